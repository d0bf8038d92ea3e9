import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.article import Article, Claim, Entity, RecordError, Span, Stance
from data.jsonl import FileError
from data.label_studio import read_label_studio, write_label_studio
from tests.data.strategies import articles, scores

TEXT = "👍 نفت الوزيرة الخبر"
ARTICLE = Article(
    "a-1",
    TEXT,
    [Entity(6, 13, "OCC")],
    [Stance("against", Span(2, 5), Span(6, 13), Span(14, 19))],
    meta={"source": "كتب للاختبار"},
)


@pytest.fixture
def read(tmp_path):
    def read(tasks, on_fault=None):
        path = tmp_path / "export.json"
        path.write_text(json.dumps(tasks))
        return list(read_label_studio(path, on_fault))

    return read


def region(start, end, text, label="ORG", control="entities", id="x", **more):
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    value = {key: item for key, item in value.items() if item is not None}
    return {"id": id, "from_name": control, "to_name": "text", "type": "labels", "value": value} | more


def task(*result, text="قال زيد إن زيدا سيعود", **more):
    return {"id": 17, "data": {"text": text}, "annotations": [{"id": 1, "result": list(result)}]} | more


def entities(article):
    return [(e.start, e.end) for e in article.entities]


def test_a_task_holds_offsets_in_utf_16_units_and_frames_as_relations(tmp_path):
    write_label_studio(tmp_path / "a.json", [ARTICLE])
    (written,) = json.loads((tmp_path / "a.json").read_text())
    assert written["data"] == {
        "text": TEXT,
        "id": "a-1",
        "meta": {"source": "كتب للاختبار"},
        "layers": ["entities", "stances"],
    }
    assert "predictions" not in written
    assert written["annotations"][0]["result"] == [
        region(7, 14, "الوزيرة", "OCC", id="r1"),
        region(3, 6, "نفت", "against", "stances", id="r2"),
        region(7, 14, "الوزيرة", "holder", "stances", id="r3"),
        {"type": "relation", "from_id": "r2", "to_id": "r3", "direction": "right", "labels": ["holder"]},
        region(15, 20, "الخبر", "target", "stances", id="r4"),
        {"type": "relation", "from_id": "r2", "to_id": "r4", "direction": "right", "labels": ["target"]},
    ]
    assert list(read_label_studio(tmp_path / "a.json")) == [ARTICLE]


def test_an_article_with_scores_is_a_prediction(tmp_path):
    article = Article(
        "a", "قال زيد", [Entity(4, 7, "PERS", 0.5)], [Stance("neutral", Span(0, 3), Span(4, 7), score=1.0)]
    )
    write_label_studio(tmp_path / "a.json", [article])
    (written,) = json.loads((tmp_path / "a.json").read_text())
    assert "annotations" not in written and written["predictions"][0]["score"] == 0.75
    assert [item.get("score") for item in written["predictions"][0]["result"]] == [0.5, 1.0, None, None]
    assert list(read_label_studio(tmp_path / "a.json")) == [article]


def test_region_ids_are_unique_in_the_file(tmp_path):
    write_label_studio(tmp_path / "a.json", [Article("a", "قال", [Entity(0, 3, "A")])] * 2)
    assert [t["annotations"][0]["result"][0]["id"] for t in json.loads((tmp_path / "a.json").read_text())] == [
        "r1",
        "r2",
    ]


def test_an_export_from_elsewhere_has_entities_and_keeps_its_other_data_as_meta(read):
    found = read([task(region(4, 7, "زيد", control="label")) | {"data": {"text": "قال زيد", "source": "x"}}])
    assert found == [Article("17", "قال زيد", [Entity(4, 7, "ORG")], meta={"source": "x"})]


def test_an_annotation_wins_over_predictions_and_has_no_scores(read):
    (article,) = read([task(region(4, 7, "زيد", score=0.5), predictions=[{"result": []}])])
    assert article.entities == (Entity(4, 7, "ORG"),)
    (article,) = read(
        [
            task()
            | {
                "annotations": [{"was_cancelled": True, "result": []}],
                "predictions": [{"result": [region(4, 7, "زيد", score=0.5)]}],
            }
        ]
    )
    assert article.entities == (Entity(4, 7, "ORG", 0.5),)


def test_a_task_without_annotation_has_unknown_layers_and_one_with_an_empty_one_has_no_entities(read):
    raw, empty = read([{"data": {"text": "قال"}}, task()])
    (none,) = read([{"id": None, "data": {"text": "قال", "id": None}}])
    assert none == raw == Article("export-1", "قال") and (empty.entities, empty.stances) == ((), None)


def test_a_region_with_two_labels_is_two_entities(read):
    marked = region(4, 7, "زيد")
    marked["value"]["labels"] = ["PERS", "NORP"]
    assert read([task(marked)])[0].entities == (Entity(4, 7, "PERS"), Entity(4, 7, "NORP"))


def test_a_relation_may_be_drawn_backwards_and_to_an_entity(read):
    (article,) = read(
        [
            task(
                region(4, 7, "زيد", "PERS", id="e"),
                region(0, 3, "قال", "neutral", "stances", id="c"),
                {"type": "relation", "from_id": "e", "to_id": "c", "direction": "left", "labels": ["holder"]},
            )
        ]
    )
    assert article.stances == (Stance("neutral", Span(0, 3), Span(4, 7)),)


EMOJI = "👍👍 قال زيد إن زيدا سيعود"


@pytest.mark.parametrize(
    "text, start, end, quote, expected",
    [
        (EMOJI, 9, 12, "زيد", (7, 10)),  # UTF-16 units, as they should be
        (EMOJI, 7, 10, "زيد", (7, 10)),  # code points
        (EMOJI, 7, 10, None, (5, 8)),  # nothing repeated: UTF-16 units
        ("قال زيد إن زيدا سيعود", 5, 8, "زيد", (4, 7)),  # one off, the other «زيد» is far away
        ("قال زيد إن زيدا سيعود", 17, 22, "سيعود", (16, 21)),  # one off and past the end
        ("قال زيد إن زيدا سيعود", 0, 5, "سيعود", (16, 21)),  # far off, but only one place fits
        ("قال زيد\n\nإن", 4, 11, "زيد\\n\\nإن", (4, 11)),  # a line break repeated as two letters
        ("قال زيد\r\nإن", 3, 10, "زيد\nإن", (4, 11)),
    ],
)
def test_a_span_lies_where_its_text_stands(read, text, start, end, quote, expected):
    assert entities(read([task(region(start, end, quote), text=text) | {"data": {"text": text}}])[0]) == [expected]


def test_a_moved_span_is_logged(read, caplog):
    with caplog.at_level(logging.WARNING):
        read([task(region(5, 8, "زيد"))])
    assert caplog.messages[0].endswith("export.json: task 1: region 'x' moved from 5..8 to its text at 4..7")


@pytest.mark.parametrize(
    "broken, message",
    [
        (task(region(30, 33, "زيد")), "region 'x', 30..33, repeats «زيد», which stands at 2 places; mark it again"),
        (task(region(4, 7, "عمرو")), "region 'x', 4..7, repeats «عمرو», which is not in the text; mark it again"),
        (task(region(18, 22, None)), "region 'x', 18..22, is not inside the text and repeats none; mark it again"),
        (task(region(7, 7, None)), "region 'x', 7..7, is not inside the text and repeats none; mark it again"),
        (
            task(region("/p[1]", "/p[1]", "x")),
            "region 'x' has no start and end numbers; label a Text tag, not HyperText",
        ),
        (task(region(4, 7, "زيد"), region(4, 7, "زيد")), "region 'x' is there twice; label it by one control only"),
        (
            task({"id": "x", "type": "choices", "value": {"choices": ["y"]}}),
            "has annotations with other results than labels on text and relations; export only those",
        ),
        (task(annotations=[{"result": []}] * 2), "has 2 annotations; keep the one that counts"),
        ({"text": "قال"}, "has no data object; export the project as JSON, not as JSON-MIN"),
        ({"data": {"ner": "قال"}}, "has no text in its data; call the field of the article's text «text»"),
        ({"data": {"text": "قال", "id": " "}}, "has an empty id in its data; give a unique one"),
        (
            task(annotations=[], predictions=[{"result": [region(4, 7, "زيد", score=2)]}]),
            "region 'x' has score 2, not a number from 0 to 1; correct it or remove it",
        ),
        (
            task(region(4, 7, "زيد", "ORG", "stances")),
            "region 'x' has the labels ORG; give it one of favor, against, neutral, holder, target",
        ),
        (
            task(region(4, 7, "زيد", "holder", "stances")),
            "region 'x' is a holder or target of no cue; draw a relation from its cue to it",
        ),
        (
            task(region(4, 7, "زيد"), {"type": "relation", "from_id": "x", "to_id": "x"}),
            "the relation from 'x' to 'x' does not join a cue with a marked span; an Article cannot hold it, remove it",
        ),
        (
            task(
                region(0, 3, "قال", "favor", "stances", "c"),
                region(4, 7, "زيد"),
                {"type": "relation", "from_id": "c", "to_id": "x"},
            ),
            "the relation from 'c' to 'x' has no label; label it holder or target",
        ),
        (
            task(
                region(0, 3, "قال", "favor", "stances", "c"),
                region(4, 7, "زيد"),
                *[{"type": "relation", "from_id": "c", "to_id": "x", "labels": ["holder"]}] * 2,
            ),
            "the relation from 'c' to 'x' is a second holder of one cue; keep one, or mark one span that covers both",
        ),
    ],
)
def test_a_task_that_an_article_cannot_hold_is_named_and_the_others_still_read(read, tmp_path, broken, message):
    found = []
    assert [a.id for a in read([broken, task()], found.append)] == ["17"]
    assert [str(error) for error in found] == [f"{tmp_path}/export.json: task 1: {message}"]


def test_a_file_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(FileError, match=r"a.json: is not JSON \(Expecting .*\); export the project as JSON"):
        list(read_label_studio(tmp_path / "a.json"))


def test_claims_are_refused(tmp_path):
    with pytest.raises(RecordError, match="claims: cannot be held by Label Studio; drop it with --drop claims"):
        write_label_studio(tmp_path / "a.json", [Article("a", "", claims=[Claim("x", "favor")])])


@given(st.lists(articles(scores=scores, claims=False), max_size=3))
def test_articles_come_back_from_a_file_unchanged(tmp_path_factory, written):
    path = tmp_path_factory.getbasetemp() / "round.json"
    write_label_studio(path, written)
    assert list(read_label_studio(path)) == written


keys = st.sampled_from(
    "data text id annotations predictions result type labels relation value start end from_id to_id score".split()
)
junk = st.recursive(
    st.none() | st.integers(-1, 3) | keys,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(junk, junk)
def test_anything_else_is_articles_or_file_errors(tmp_path_factory, task, result):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps([task, {"data": {"text": "xx"}, "annotations": [{"result": [result]}]}]))
    for article in read_label_studio(path, lambda error: None):
        assert Article.from_record(article.to_record()) == article
