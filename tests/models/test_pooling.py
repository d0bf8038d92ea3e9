import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import softmax

from models.claim_head import pooled
from models.pooling import pooled_text


def test_one_window_that_speaks_of_the_claim_is_enough():
    scores = np.log([[0.1, 0.1, 0.8], [0.2, 0.6, 0.2]])
    # unrelated is as unlikely as in the second window; its weight is 16 times the first's, so that favor and against
    # share the rest as 0.1 + 16 * 0.2 to 0.1 + 16 * 0.6
    expected = [0.8 * 3.3 / 13, 0.8 * 9.7 / 13, 0.2]
    assert pooled_text(scores, ["favor", "against", "unrelated"]) == pytest.approx(expected)


def test_one_window_of_many_that_speaks_of_the_claim_may_do_so_by_chance():
    labels = ["favor", "against", "unrelated"]
    scores = np.log([[0.6, 0.2, 0.2], *[[1e-9, 1e-9, 1.0]] * 5])
    assert pooled_text(scores, labels) == pytest.approx([0.6, 0.2, 0.2])
    # four times as many windows halve the odds of 4
    assert pooled_text(np.concatenate([scores] + [scores[1:2]] * 18), labels)[2] == pytest.approx(1 / 3)


@given(arrays(np.float32, (1, 4), elements=st.floats(-9, 9, width=32)))
def test_one_window_keeps_its_probabilities(scores):
    labels = ["favor", "against", "neutral", "unrelated"]
    assert pooled_text(scores, labels) == pytest.approx(softmax(scores[0]).tolist(), abs=1e-5)


@given(
    st.integers(1, 9).flatmap(lambda n: arrays(np.float32, (n, 4), elements=st.floats(-9, 9, width=32))), st.booleans()
)
def test_texts_are_pooled_as_in_training(scores, with_unrelated):
    labels = ["favor", "against", "neutral", "unrelated" if with_unrelated else "other"]
    one = torch.zeros(len(scores), dtype=torch.long)
    trained = pooled(torch.from_numpy(scores), one, 3 if with_unrelated else None)[0]
    assert pooled_text(scores, labels) == pytest.approx(trained.tolist(), abs=1e-5)
