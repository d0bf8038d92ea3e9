import numpy as np
import pytest

from evaluation.tally import Tally


def test_counts_add_up_over_articles():
    tally = Tally.of([(["a", "b", "b"], ["b", "c"]), (["a"], ["a"])])
    # right: one b, one a; predicted 3; gold 4
    assert tally.to_record() == {
        "precision": pytest.approx(2 / 3),
        "recall": 0.5,
        "f1": pytest.approx(4 / 7),
        "predicted": 3,
        "gold": 4,
    }
    assert tally.f1 == pytest.approx(4 / 7)


def test_an_item_that_occurs_twice_must_be_predicted_twice():
    assert Tally.of([(["a", "a"], ["a"])]).to_record()["recall"] == 0.5


def test_ratios_over_nothing_are_zero():
    for tally in (Tally.of([]), Tally.of([([], [])])):
        assert tally.to_record() == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "predicted": 0, "gold": 0}


def test_samples_of_articles_are_scored_at_once():
    tally = Tally.of([(["a"], ["a"]), (["a"], []), ([], ["a"])])
    # articles 0 and 1: precision 1, recall 1/2; article 0 twice: all right; article 2 alone: nothing right
    samples = np.array([[0, 1], [0, 0], [2, 2]])
    assert tally.scores(samples) == pytest.approx([2 / 3, 1.0, 0.0])


def test_a_mean_over_classes_weighs_them_alike():
    first, second = Tally.of([("aaa", "aaa"), ("a", "a")]), Tally.of([("b", ""), ("", "b")])
    assert Tally.mean_of([first, second]).f1 == 0.5
