from dataclasses import replace

import pytest

from data.article import Article, Entity, Span, Stance
from evaluation.agreement import agreement
from evaluation.pairing import PairingError
from tests.articles import SMALL

# words of SMALL: نفت | وزارة | الصحة | في | دمشق | الخبر | .


def test_the_same_annotation_agrees():
    found = agreement([SMALL], [SMALL])
    assert found["entities"] == {"f1": 1.0, "kappa": 1.0}
    assert set(found["stances"].values()) == {1.0} and found["disagreements"] == []


def test_span_f1_and_kappa():
    other = replace(SMALL, entities=(Entity(4, 15, "ORG"),))
    found = agreement([SMALL], [other])["entities"]
    assert found["f1"] == pytest.approx(2 / 3)  # one right of two and one
    # words agree on 6 of 7; chance: O 4/7 * 5/7 + ORG 2/7 * 2/7 = 24/49; kappa = (6/7 - 24/49) / (1 - 24/49)
    assert found["kappa"] == pytest.approx(18 / 25)


def kinds(first, second):
    return [tuple(d.values())[1:] for d in agreement([first], [second])["disagreements"]]


def test_entity_disagreements_are_of_type_of_boundary_or_one_sided():
    first = replace(SMALL, entities=(Entity(4, 15, "ORG"), Entity(19, 23, "GPE"), Entity(24, 29, "EVENT")))
    second = replace(SMALL, entities=(Entity(4, 9, "ORG"), Entity(19, 23, "LOC"), Entity(0, 3, "OCC")))
    assert kinds(first, second) == [
        ("entity", "«»", "OCC «نفت»"),
        ("entity boundary", "ORG «وزارة الصحة»", "ORG «وزارة»"),
        ("entity type", "GPE «دمشق»", "LOC «دمشق»"),
        ("entity", "EVENT «الخبر»", "«»"),
    ]


def test_frame_disagreements_name_the_part():
    second = replace(SMALL, stances=(Stance("neutral", Span(0, 3), None, Span(24, 29)),))
    assert kinds(SMALL, second) == [
        ("polarity", "against «نفت»", "neutral «نفت»"),
        ("holder of «نفت»", "«وزارة الصحة»", "«»"),
    ]


def test_a_frame_that_both_have_is_none_of_the_disagreements():
    wide = Stance("favor", Span(0, 15))
    assert kinds(SMALL, replace(SMALL, stances=(wide, *SMALL.stances))) == [("frame", "«»", "favor «نفت وزارة الصحة»")]
    first, second = Stance("favor", Span(0, 15)), Stance("against", Span(0, 3))
    assert kinds(replace(SMALL, stances=(first, second)), replace(SMALL, stances=(Stance("against", Span(0, 3)),))) == [
        ("frame", "favor «نفت وزارة الصحة»", "«»")
    ]


def test_frames_that_one_side_lacks():
    assert kinds(SMALL, replace(SMALL, stances=())) == [("frame", "against «نفت»", "«»")]
    assert kinds(replace(SMALL, stances=()), SMALL) == [("frame", "«»", "against «نفت»")]


def test_a_layer_that_one_side_lacks_is_left_out():
    found = agreement([SMALL], [replace(SMALL, stances=None)])
    assert "stances" not in found and found["disagreements"] == []


def test_no_labels_at_all_agree():
    empty = Article("a", "خبر", (), ())
    assert agreement([empty], [empty])["entities"] == {"f1": 0.0, "kappa": 1.0}


def test_articles_that_one_side_lacks_are_counted_not_compared():
    found = agreement([SMALL, replace(SMALL, id="b"), replace(SMALL, id="c")], [replace(SMALL, id="d"), SMALL])
    assert (found["articles"], found["only_first"], found["only_second"]) == (1, 2, 1)


def test_annotations_of_other_articles_are_refused():
    with pytest.raises(PairingError, match="the two have no article in common; give two annotations of the same"):
        agreement([SMALL], [replace(SMALL, id="b")])
