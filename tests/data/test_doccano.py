import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.article import Article, Claim, Entity, RecordError, Span, Stance
from data.doccano import read_doccano, write_doccano
from tests.data.strategies import articles, texts

TEXT = "نفت وزيرة الصحة الخبر"
ARTICLE = Article(
    "a-1",
    TEXT,
    [Entity(4, 15, "OCC")],
    [Stance("against", Span(0, 3), Span(4, 15)), Stance("favor", Span(16, 21))],
    meta={"x": 1},
)
RECORD = {
    "id": "a-1",
    "text": TEXT,
    "entities": [
        {"id": 1, "start_offset": 4, "end_offset": 15, "label": "OCC"},
        {"id": 2, "start_offset": 0, "end_offset": 3, "label": "stance:against"},
        {"id": 3, "start_offset": 4, "end_offset": 15, "label": "stance:holder"},
        {"id": 4, "start_offset": 16, "end_offset": 21, "label": "stance:favor"},
    ],
    "relations": [{"id": 1, "from_id": 2, "to_id": 3, "type": "holder"}],
    "meta": {"x": 1},
    "layers": ["entities", "stances"],
}


@pytest.fixture
def read(tmp_path):
    def read(*records, on_fault=None):
        path = tmp_path / "e.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return list(read_doccano(path, on_fault))

    return read


def test_an_article_is_a_line_with_entities_and_relations(tmp_path):
    write_doccano(tmp_path / "e.jsonl", [ARTICLE])
    assert [json.loads(line) for line in (tmp_path / "e.jsonl").read_text().splitlines()] == [RECORD]
    assert list(read_doccano(tmp_path / "e.jsonl")) == [ARTICLE]


def test_an_export_from_elsewhere_numbers_its_marks_anew_and_adds_columns(read):
    record = {
        "id": 7,
        "text": TEXT,
        "source": "كتب للاختبار",
        "entities": [
            {"id": 90, "start_offset": 0, "end_offset": 3, "label": "stance:neutral"},
            {"id": 91, "start_offset": 4, "end_offset": 15, "label": "OCC"},
        ],
        "relations": [{"id": 5, "from_id": 91, "to_id": 90, "type": "holder"}],
        "Comments": ["راجع"],
        "meta": float("nan"),
    }
    assert read(record) == [
        Article(
            "7",
            TEXT,
            [Entity(4, 15, "OCC")],
            [Stance("neutral", Span(0, 3), Span(4, 15))],
            meta={"source": "كتب للاختبار"},
        )
    ]


def test_the_form_without_relations(read):
    assert read({"text": TEXT, "label": [[4, 15, "OCC"], [0, 3, "stance:favor"]]}, {"text": TEXT, "label": []}) == [
        Article("e-1", TEXT, [Entity(4, 15, "OCC")], [Stance("favor", Span(0, 3))]),
        Article("e-2", TEXT, ()),
    ]
    assert read({"text": TEXT, "id": None, "labels": [[4, 15, "OCC"]]}) == [
        Article("e-1", TEXT, [Entity(4, 15, "OCC")])  # as older versions exported
    ]


def mark(start, end, label, **more):
    return {"start_offset": start, "end_offset": end, "label": label} | more


@pytest.mark.parametrize(
    "record, message",
    [
        ([], "is no object with a text; export the project as JSONL"),
        ({"text": "x", "id": " "}, "has an empty id; give a unique one"),
        ({"text": "x", "entities": [1]}, "has entities that are no objects with ids; export the project as JSONL"),
        (
            {"text": "x", "label": ["ORG"]},
            "has a label that is not [START, END, TYPE]; export a sequence labelling project as JSONL",
        ),
        (
            {"text": "x", "label": [[0, "1", "A"]]},
            "has a mark without label, start_offset and end_offset "
            "({'start_offset': 0, 'end_offset': '1', 'label': 'A'}); give it all three",
        ),
        (
            {"text": "x", "label": [[0, 2, "A"]]},
            "mark 'A' at 0..2 is empty or outside the text of 1 characters; "
            "count code points: no grapheme clusters in the project's settings",
        ),
        (
            {"text": "x", "label": [[0, 1, "stance:for"]]},
            "mark 'stance:for' is no part of a frame; "
            "label it stance: and one of favor, against, neutral, holder, target",
        ),
        (
            {"text": "x", "entities": [mark(0, 1, "stance:holder", id=1)]},
            "mark 'stance:holder' at 0..1 is a holder or target of no cue; draw a relation from its cue to it",
        ),
        (
            {"text": "xy", "entities": [mark(0, 1, "A", id=1), mark(1, 2, "A", id=1)]},
            "mark 'A' at 1..2 has the id of another one; give each its own",
        ),
        ({"text": "x", "relations": [{"from_id": 1, "to_id": 2}]}, "has a relation without a type; give it one"),
        (
            {"text": "x", "relations": [{"from_id": 1, "to_id": 2, "type": "holder"}]},
            "the relation from 1 to 2 does not join a cue with a marked span; an Article cannot hold it, remove it",
        ),
        (
            {
                "text": "xy",
                "entities": [mark(0, 1, "stance:favor", id=1), mark(1, 2, "A", id=2)],
                "relations": [{"from_id": 1, "to_id": 2, "type": "by"}],
            },
            "the relation from 1 to 2 is labelled 'by'; label it holder or target",
        ),
    ],
)
def test_a_line_that_an_article_cannot_hold_is_named_and_the_others_still_read(read, tmp_path, record, message):
    found = []
    assert len(read({"text": "x"}, record, {"text": "x"}, on_fault=found.append)) == 2
    assert [str(error) for error in found] == [f"{tmp_path}/e.jsonl:2: {message}"]


@pytest.mark.parametrize(
    "article, message",
    [
        (Article("a", "x", [Entity(0, 1, "A", 0.5)]), "scores: cannot be held by doccano; drop it with --drop scores"),
        (
            Article("a", "x", claims=[Claim("y", "favor")]),
            "claims: cannot be held by doccano; drop it with --drop claims",
        ),
        (Article("a", ""), "text: is empty, which doccano refuses; leave the article out"),
        (Article("a", "x", [Entity(0, 1, "stance:x")]), "entities: label 'stance:x' is kept for frames; rename it"),
    ],
)
def test_what_doccano_cannot_hold_is_refused_and_nothing_written(tmp_path, article, message):
    with pytest.raises(RecordError) as error:
        write_doccano(tmp_path / "e.jsonl", [ARTICLE, article])
    assert str(error.value) == f"record 'a', {message}" and not (tmp_path / "e.jsonl").exists()


@given(st.lists(articles(texts=texts.filter(bool), claims=False), max_size=3))
def test_articles_come_back_from_a_file_unchanged(tmp_path_factory, written):
    path = tmp_path_factory.getbasetemp() / "round.doccano.jsonl"
    write_doccano(path, written)
    assert list(read_doccano(path)) == written


keys = st.sampled_from(
    "id text entities relations label layers meta start_offset end_offset from_id to_id type".split()
)
junk = st.recursive(
    st.none() | st.integers(-1, 3) | keys,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(junk, junk, junk)
def test_anything_else_is_articles_or_file_errors(tmp_path_factory, record, entities, relations):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    records = [
        record,
        {"text": "xxx", "entities": entities, "relations": relations},
        {"text": "xxx", "label": entities},
    ]
    path.write_text("".join(json.dumps(r) + "\n" for r in records))
    for article in read_doccano(path, lambda error: None):
        assert Article.from_record(article.to_record()) == article
