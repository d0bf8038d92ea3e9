from dataclasses import replace

import pytest

from data.article import Article
from evaluation.pairing import PairingError, pair

A, B = Article("a", "نص"), Article("b", "نص آخر")


def test_pairs_are_by_id_in_the_order_of_gold():
    assert pair([A, B], [B, A]) == [(A, A), (B, B)]


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        ([A, B], [A], "article 'b' has no prediction; predict every gold article"),
        ([A], [A, B], "prediction 'b' has no gold article"),
        ([A], [replace(A, text="نص ")], "article 'a': the prediction's text differs from gold's"),
        ([A, A], [A], "gold articles: the id 'a' occurs twice"),
        ([A], [A, A], "predictions: the id 'a' occurs twice"),
    ],
)
def test_what_does_not_belong_together_is_named(gold, predicted, message):
    with pytest.raises(PairingError) as error:
        pair(gold, predicted)
    assert str(error.value).startswith(message)
