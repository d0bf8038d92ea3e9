import json
import subprocess

from training.provenance import provenance


def test_the_checkpoint_says_what_it_came_from(run):
    _, folder = run()
    origin = json.loads((folder / "provenance.json").read_text())
    assert origin["articles"]["train"]["count"] == 12 and origin["articles"]["test"]["count"] == 0
    assert {"torch", "transformers"} <= set(origin["packages"]) and origin["threads"] >= 1


def test_code_without_git_is_no_error(monkeypatch):
    def missing(*args, **kwargs):
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", missing)
    assert provenance({})["git"] is None
