import json
import subprocess

from data.article import Article, Entity
from training.provenance import articles_hash, provenance

ARTICLE = Article("a", "مصر", (Entity(0, 3, "GPE"),))


def test_the_checkpoint_says_what_it_came_from(run):
    _, folder = run()
    origin = json.loads((folder / "provenance.json").read_text())
    assert origin["articles"]["train"]["count"] == 12 and origin["articles"]["test"]["count"] == 0
    assert {"torch", "transformers"} <= set(origin["packages"]) and origin["threads"] >= 1


def test_the_hash_is_of_the_records_and_their_order():
    other = Article("b", "مصر", (Entity(0, 3, "GPE"),))
    assert articles_hash([ARTICLE, other]) == articles_hash([Article("a", "مصر", (Entity(0, 3, "GPE"),)), other])
    assert len({articles_hash(x) for x in ([ARTICLE, other], [other, ARTICLE], [ARTICLE], [])}) == 4


def test_code_without_git_is_no_error(monkeypatch):
    def missing(*args, **kwargs):
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", missing)
    assert provenance({})["git"] is None
