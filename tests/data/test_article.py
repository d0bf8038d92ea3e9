import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.article import Article, Entity, RecordError, Span, Stance
from tests.articles import SMALL
from tests.data.strategies import articles, scores

RECORD = {
    "id": "small-1",
    "text": "نفت وزارة الصحة في دمشق الخبر.",
    "entities": [{"start": 4, "end": 15, "label": "ORG"}, {"start": 19, "end": 23, "label": "GPE"}],
    "stances": [
        {
            "label": "against",
            "cue": {"start": 0, "end": 3},
            "holder": {"start": 4, "end": 15},
            "target": {"start": 24, "end": 29},
        }
    ],
}


def test_reads_and_writes_the_record():
    assert Article.from_record(RECORD) == SMALL
    assert SMALL.to_record() == RECORD


def test_spans_slice_the_text():
    stance = SMALL.stances[0]
    assert [s.of(SMALL.text) for s in (stance.cue, stance.holder, stance.target)] == ["نفت", "وزارة الصحة", "الخبر"]


def test_an_absent_layer_is_unknown_and_an_empty_one_is_none_here():
    article = Article.from_record({"id": "a", "text": "خبر", "entities": []})
    assert article.entities == () and article.stances is None and article.claims is None
    assert article.to_record() == {"id": "a", "text": "خبر", "entities": []}


def test_entities_are_in_reading_order_outer_before_inner():
    inner, outer, first = Entity(5, 9, "GPE"), Entity(5, 12, "ORG"), Entity(0, 3, "PERS")
    assert Article("a", "x" * 12, (inner, outer, first)).entities == (first, outer, inner)


def test_scores_are_kept():
    article = Article("a", "قال", (), (Stance("neutral", Span(0, 3), score=0.5),))
    assert Article.from_record(article.to_record()) == article


def fault(**changes):
    with pytest.raises(RecordError) as error:
        Article.from_record({**RECORD, **changes})
    return str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"entities": [{"start": 4, "end": 40, "label": "ORG"}]},
            "record 'small-1', entities[0]: span 4..40 is empty or outside the text of 30 characters; "
            "count code points from 0, end exclusive",
        ),
        ({"entities": [{"start": 4, "end": 15}]}, "record 'small-1', entities[0].label: is missing; add \"label\""),
        ({"entities": [{"start": 5, "end": 5, "label": "X"}]}, "span 5..5 is empty"),
        ({"entities": [{"start": True, "end": 5, "label": "X"}]}, "entities[0].start: is a bool; make it a int"),
        ({"entities": {}}, "record 'small-1', entities: is a dict; make it a list"),
        ({"entities": [7]}, "entities[0]: is a int; make it an object"),
        ({"text": None}, "record 'small-1', text: is a NoneType; make it a str"),
        ({"id": ""}, "id: is missing or not a non-empty string"),
        (
            {"stances": [{"label": "pro", "cue": {"start": 0, "end": 3}}]},
            "record 'small-1', stances[0].label: 'pro' is unknown; use one of favor, against, neutral",
        ),
        ({"stances": [{"label": "favor"}]}, "stances[0].cue: is missing"),
        ({"entities": [{"start": 0, "end": 3, "label": "X", "score": 2}]}, ": 2 is not a number from 0 to 1"),
        ({"claim": []}, "record 'small-1', claim: is no field of a record; did you mean \"claims\"?"),
        ({"Meta": {"source": "x"}}, 'Meta: is no field of a record; did you mean "meta"?'),
        (
            {"stances": [{"label": "favor", "cue": {"start": 0, "end": 3}, "Holder": {"start": 4, "end": 15}}]},
            'stances[0].Holder: is no field of a record; did you mean "holder"?',
        ),
        (
            {"entities": [{"start": 0, "end": 3, "label": "X", "scores": 1}]},
            'entities[0].scores: is no field of a record; did you mean "score"?',
        ),
        (
            {"claims": [{"claim": "c", "label": "favor", "evidences": []}]},
            'claims[0].evidences: is no field of a record; did you mean "evidence"?',
        ),
        ({"claims": [{"claim": "c", "label": "maybe"}]}, "claims[0].label: 'maybe' is unknown"),
        ({"claims": [{"claim": " ", "label": "favor"}]}, "claims[0].claim: is empty; give a sentence"),
    ],
)
def test_a_fault_names_record_field_and_remedy(changes, message):
    assert message in fault(**changes)


def test_what_a_record_says_beside_its_fields_is_passed_over():
    """So that articles with a link, a claim or a stance of their own, as other projects have them, are read."""
    entity = {"start": 4, "end": 15, "label": "ORG", "text": "وزارة الصحة", "id": 7}
    other = {"url": "https://example.org", "claim": "صح الخبر", "stance": "disagree", "tags": ["صحة"]}
    article = Article.from_record({"id": "a", "text": SMALL.text, "entities": [entity], **other})
    assert article == Article("a", SMALL.text, (Entity(4, 15, "ORG"),))


def test_a_record_that_is_no_object_is_refused():
    with pytest.raises(RecordError, match="record: is a list; give one JSON object a line"):
        Article.from_record([1])


def test_a_question_mark_is_an_id_like_any_other():
    assert Article.from_record({"id": "?", "text": ""}).id == "?"


def test_spans_cover_overlap_and_cross():
    assert Span(4, 15).covers(Span(4, 15)) and not Span(10, 15).covers(Span(4, 15))
    assert Span(0, 5).overlaps(Span(4, 9)) and not Span(0, 4).overlaps(Span(4, 9))
    assert Span(0, 5).crosses(Span(4, 9)) and not Span(4, 15).crosses(Span(10, 15))


def test_an_article_without_annotation_keeps_text_and_meta():
    assert Article("a", "x", (), (), (), {"k": 1}).without_annotation() == Article("a", "x", meta={"k": 1})


@given(articles(scores=scores))
def test_every_article_comes_back_from_its_record(article):
    assert Article.from_record(article.to_record()) == article


fields = st.sampled_from("id text meta entities stances claims evidence cue label start end".split())
junk = st.recursive(
    st.none() | st.integers(-1, 3) | fields,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(fields, inner, max_size=4),
    max_leaves=20,
)


@given(junk, junk)
def test_anything_else_is_an_article_or_a_record_error(record, layer):
    for candidate in (
        record,
        {"id": "a", "text": "xx", "entities": layer},
        {"id": "a", "text": "xx", "stances": layer},
    ):
        try:
            Article.from_record(candidate)
        except RecordError:
            pass
