import pytest

from data.article import Article, Entity
from evaluation.relabelling import parse_labels, relabelled


def test_types_are_renamed_and_those_that_are_not_named_are_left_out():
    article = Article(
        "a", "زار زيد دمشق أمس", (Entity(4, 7, "PERS"), Entity(8, 12, "GPE", 0.9), Entity(13, 16, "DATE"))
    )
    found = relabelled(article, {"PERS": "PERS", "GPE": "LOC"})
    assert found.entities == (Entity(4, 7, "PERS"), Entity(8, 12, "LOC", 0.9))


def test_two_types_that_become_one_are_one_entity():
    article = Article("a", "مطار دمشق", (Entity(0, 9, "FAC"), Entity(0, 9, "GPE")))
    assert relabelled(article, {"FAC": "LOC", "GPE": "LOC"}).entities == (Entity(0, 9, "LOC"),)


def test_a_layer_that_is_unknown_stays_unknown():
    assert relabelled(Article("a", "دمشق"), {"GPE": "LOC"}).entities is None


def test_pairs_of_types_are_read():
    assert parse_labels(["GPE=LOC", "FAC=LOC"]) == {"GPE": "LOC", "FAC": "LOC"}


@pytest.mark.parametrize("texts", [["GPE"], ["=LOC"], ["GPE="], ["GPE=LOC", "GPE=ORG"]])
def test_what_is_no_pair_of_types_is_refused(texts):
    with pytest.raises(ValueError, match="^labels: "):
        parse_labels(texts)
