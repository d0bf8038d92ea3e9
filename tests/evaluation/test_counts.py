import pytest

from evaluation.counts import Counts, f1


def test_counts():
    counts = Counts()
    counts.add(["a", "b", "b"], ["b", "c"])
    counts.add(["a"], ["a"])
    # correct: one b, one a; predicted 3; gold 4
    assert (counts.correct, counts.predicted, counts.gold) == (2, 3, 4)
    assert (counts.precision, counts.recall) == (2 / 3, 1 / 2)
    assert counts.f1 == f1(2 / 3, 1 / 2) == pytest.approx(4 / 7)


def test_an_item_that_occurs_twice_must_be_predicted_twice():
    counts = Counts()
    counts.add(["a", "a"], ["a"])
    assert counts.recall == 0.5


def test_ratios_over_nothing_are_zero():
    assert Counts().to_record() == {
        "precision": 0.0,
        "recall": 0.0,
        "f1": 0.0,
        "correct": 0,
        "predicted": 0,
        "gold": 0,
    }
