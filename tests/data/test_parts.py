import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.article import Article, Claim, Entity, RecordError, Span, Stance
from data.parts import PARTS, has, refuse, without
from tests.data.strategies import articles, scores

FULL = Article(
    "a",
    "قال زيد",
    [Entity(4, 7, "PERS", 0.5)],
    [Stance("favor", Span(0, 3), score=0.25)],
    [Claim("x", "favor")],
    {"source": "y"},
)


def test_an_article_goes_without_the_parts_that_are_dropped():
    assert without(FULL, ["meta", "claims"]) == Article("a", "قال زيد", FULL.entities, FULL.stances)
    assert without(FULL, ["scores"]) == Article(
        "a", "قال زيد", [Entity(4, 7, "PERS")], [Stance("favor", Span(0, 3))], FULL.claims, FULL.meta
    )
    assert without(FULL, PARTS) == Article("a", "قال زيد")


def test_an_empty_layer_is_a_part_and_an_unknown_one_is_none():
    assert has(Article("a", "", entities=()), "entities") and not has(Article("a", ""), "entities")


def test_a_part_is_refused_with_the_way_to_drop_it():
    with pytest.raises(RecordError) as error:
        refuse(FULL, ["scores"], "brat")
    assert str(error.value) == "record 'a', scores: cannot be held by brat; drop it with --drop scores"
    assert refuse(without(FULL, ["scores"]), ["scores"], "brat") is None


@given(articles(scores=scores), st.sets(st.sampled_from(PARTS)))
def test_no_dropped_part_is_left_and_every_other_one_is(article, parts):
    left = without(article, parts)
    assert not any(has(left, part) for part in parts)
    assert all(getattr(left, name) == getattr(article, name) for name in {"id", "text", "meta"} - parts)
