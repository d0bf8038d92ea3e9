import numpy as np
import pytest

from data.article import Article, Claim, Entity, Span, Stance
from evaluation.calibration import Scored, scored_items


def scored(*rows):
    return Scored(*(np.array(column, dtype=float) for column in zip(*rows)))


def test_the_expected_calibration_error_is_the_mean_gap_of_bins():
    # bin 0.8–0.9: mean score 0.8, half right, gap 0.3 of two items; bin 0.2–0.3: none right, gap 0.2 of two items
    items = scored((0.8, True), (0.8, False), (0.2, False), (0.2, False))
    assert items.error() == pytest.approx((2 * 0.3 + 2 * 0.2) / 4)
    assert scored((1.0, True), (0.0, False)).error() == 0.0


def test_the_curve_has_a_point_for_each_bin_with_items():
    scores, right = scored((0.81, True), (0.85, False), (0.2, False)).curve()
    assert scores == pytest.approx([0.2, 0.83]) and right == pytest.approx([0.0, 0.5])


def test_the_temperature_brings_back_the_true_odds():
    # three of four items are right, but all are scored 0.9: ln(0.9 / 0.1) / T = ln(0.75 / 0.25), so T = 2
    items = scored(*[(0.9, True)] * 3, (0.9, False))
    assert items.temperature() == pytest.approx(2.0, rel=1e-3)
    assert items.tempered(2.0).scores == pytest.approx(0.75)
    assert items.tempered(2.0).error() == pytest.approx(0.0, abs=1e-9)


def test_items_of_every_layer_with_what_makes_them_right():
    text = "نفت مصر الخبر"
    frame = Stance("against", Span(0, 3), Span(4, 7), Span(8, 13))
    gold = Article("a", text, (Entity(4, 7, "GPE"),), (frame,), (Claim("خبر", "against"),))
    ours = Article(
        "a",
        text,
        (Entity(4, 7, "GPE", 0.9), Entity(8, 13, "ORG", 0.4)),
        (Stance("against", Span(0, 3), Span(4, 7), None, 0.7),),
        (Claim("خبر", "against", (), 0.6),),
    )
    found = {name: (s.scores.tolist(), s.right.tolist()) for name, s in scored_items([(gold, ours)]).items()}
    assert found == {"entities": ([0.9, 0.4], [1, 0]), "stances": ([0.7], [0]), "claims": ([0.6], [1])}


def test_predictions_without_scores_are_not_calibrated():
    article = Article("a", "مصر", (Entity(0, 3, "GPE"),))
    assert scored_items([(article, article)]) == {}
