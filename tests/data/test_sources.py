from dataclasses import replace

import pytest

from data.article import Article, Claim, Evidence
from data.corpora import CorpusError
from data.jsonl import write_jsonl
from data.sources import load_source, load_sources, parse_source, read_source
from tests.articles import SMALL

ARTICLE = replace(SMALL, claims=(Claim("ظهر الخبر", "against"),))


@pytest.fixture
def path(tmp_path):
    write_jsonl(tmp_path / "a.jsonl", [ARTICLE])
    return str(tmp_path / "a.jsonl")


def test_a_path_is_a_source_in_either_form(path):
    assert load_source(path) == load_source({"file": path}) == [ARTICLE]


def test_articles_of_a_file_are_read_as_they_are_asked_for(path, tmp_path):
    with open(path, "a", encoding="utf-8") as file:
        file.write("{\n")  # would be an error if it were read
    assert next(read_source({"file": path, "layers": ["claims"]})) == replace(ARTICLE, entities=None, stances=None)


def test_sources_follow_one_another(path):
    assert load_sources([path, {"file": path}]) == [ARTICLE, ARTICLE]


def test_layers_that_are_not_named_are_unknown(path):
    assert load_source({"file": path, "layers": ["entities"]}) == [replace(ARTICLE, stances=None, claims=None)]
    assert load_source({"file": path, "layers": ["claims", "stances"]}) == [replace(ARTICLE, entities=None)]


@pytest.mark.parametrize("layers", ["entities", ["entities", "frames"], [["entities"]], [], None, 5])
def test_unknown_layers_are_named(path, layers):
    with pytest.raises(CorpusError, match="is not a list of layers; use some of entities, stances, claims"):
        load_source({"file": path, "layers": layers})


def test_claims_of_other_articles_can_be_added(path):
    other = replace(ARTICLE, id="other", claims=(Claim("سقطت المدينة", "favor"),))
    write_jsonl(path, [ARTICLE, other])
    first, second = load_source({"file": path, "unrelated": 1, "layers": ["claims"]})
    assert [c.claim for c in first.claims] == ["ظهر الخبر"]
    assert [(c.claim, c.label) for c in second.claims] == [("سقطت المدينة", "favor"), ("ظهر الخبر", "unrelated")]


def test_claims_of_another_source_can_be_added(path, tmp_path):
    other = replace(ARTICLE, id="other", claims=(Claim("سقطت المدينة", "favor"),))
    write_jsonl(tmp_path / "others.jsonl", [other])
    source = {"file": path, "layers": ["entities"], "unrelated": {"count": 1, "of": str(tmp_path / "others.jsonl")}}
    (article,) = load_source(source)
    assert article.claims == (Claim("سقطت المدينة", "unrelated"),) and article.entities == ARTICLE.entities
    write_jsonl(tmp_path / "others.jsonl", [Article("a", "نص")])
    with pytest.raises(CorpusError, match="others.jsonl' has no claims; name a source that has"):
        load_source(source)


@pytest.mark.parametrize("count", [0, "2", None, True, {"count": 1}, {"count": 0, "of": "a.jsonl"}, {"of": "a.jsonl"}])
def test_a_number_of_unrelated_claims_that_is_none_is_refused(path, count):
    with pytest.raises(CorpusError, match="is not a number of claims; use 1 or more"):
        load_source({"file": path, "unrelated": count})


def test_passages_come_in_the_place_of_articles_after_other_claims_were_added(path):
    claim = Claim("سقطت المدينة", "favor", (Evidence(0, len(ARTICLE.text)),))
    write_jsonl(
        path, [replace(ARTICLE, claims=(claim,)), replace(ARTICLE, id="other", claims=(Claim("زعم", "unrelated"),))]
    )
    found = load_source({"file": path, "passages": True, "unrelated": 1})
    assert [(p.id, p.text, p.claims[0].claim, p.claims[0].label) for p in found] == [
        (f"{ARTICLE.id}-1", ARTICLE.text, "سقطت المدينة", "favor"),
        ("other-1", ARTICLE.text, "زعم", "unrelated"),
        ("other-2", ARTICLE.text, "سقطت المدينة", "unrelated"),
    ]
    with pytest.raises(CorpusError, match="passages: 3 is not true; leave it out for whole articles"):
        load_source({"file": path, "passages": 3})


@pytest.mark.parametrize("source", [3, {}, {"file": "a", "split": "b"}, {"corpus": "ans"}, {"layers": ["entities"]}])
def test_anything_else_is_refused(source):
    with pytest.raises(CorpusError, match=r"is not a source; give a path, \{file: PATH\} or \{corpus: NAME, split"):
        load_source(source)


def test_options_reach_the_corpus(tmp_path):
    (tmp_path / "train.csv").write_text("s1,s2,stance\nقول,قول آخر,agree\n", encoding="utf-8")
    source = {"corpus": "ans", "split": "train", "folder": str(tmp_path), "layers": ["claims"]}
    assert [a.claims[0].label for a in load_source(source)] == ["favor"]


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("anercorp:test:6", {"corpus": "anercorp", "split": "test", "join": 6}),
        ("ans:dev", {"corpus": "ans", "split": "dev"}),
        ("anercorp:train[:90%]", {"corpus": "anercorp", "split": "train[:90%]"}),
        ("anercorp:train[:90%]:8", {"corpus": "anercorp", "split": "train[:90%]", "join": 8}),
        ("ans", "ans"),
        ("C:/articles.jsonl", "C:/articles.jsonl"),
    ],
)
def test_sources_on_a_command_line(written, source):
    assert parse_source(written) == source
