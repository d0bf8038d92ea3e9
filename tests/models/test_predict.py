import json
import re

import pytest

from data.article import Article
from data.jsonl import read_jsonl, to_line
from models.predict import main
from models.ranking import ranked
from tests.articles import SMALL


@pytest.fixture
def checkpoint(tiny_tagger, tmp_path):
    folder = tmp_path / "checkpoint"
    tiny_tagger.save_pretrained(folder)
    return str(folder)


def test_texts_and_articles_become_one_jsonl(checkpoint, tmp_path):
    (tmp_path / "letter.txt").write_text("قال زيد إنه وصل.", encoding="utf-8")
    (tmp_path / "news.jsonl").write_text(to_line(SMALL), encoding="utf-8")
    files = [str(tmp_path / "news.jsonl"), str(tmp_path / "letter.txt")]
    output, view = tmp_path / "out.jsonl", tmp_path / "out.html"
    assert main([*files, "--checkpoint", checkpoint, "-o", str(output), "--view", str(view)]) == 0
    tagged = list(read_jsonl(output))
    assert [(a.id, a.text) for a in tagged] == [("small-1", SMALL.text), ("letter", "قال زيد إنه وصل.")]
    assert all(a.entities is not None and a.stances is not None for a in tagged)
    assert view.read_text(encoding="utf-8").count("<article ") == 2


def test_output_goes_to_the_screen_without_a_file(checkpoint, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("خبر", encoding="utf-8")
    assert main([str(tmp_path / "a.txt"), "--checkpoint", checkpoint]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "خبر"


def test_broken_inputs_are_named_and_passed_over(checkpoint, tmp_path, capsys):
    (tmp_path / "news.jsonl").write_bytes(to_line(SMALL).encode() + b"{\n" + to_line(SMALL).encode())
    (tmp_path / "bad.txt").write_bytes(b"\xff")
    files = [str(tmp_path / name) for name in ("news.jsonl", "bad.txt", "none.txt")]
    assert main([*files, "--checkpoint", checkpoint, "-o", str(tmp_path / "out.jsonl")]) == 1
    assert len(list(read_jsonl(tmp_path / "out.jsonl"))) == 2
    errors = capsys.readouterr().err
    assert f"error: {tmp_path}/news.jsonl:2: is not JSON" in errors
    assert f"error: {tmp_path}/bad.txt: is not UTF-8 at byte 0; save it as UTF-8" in errors
    assert f"error: {tmp_path}/none.txt: cannot be read (No such file or directory); check the path" in errors
    assert "3 broken inputs were passed over" in errors


def test_a_missing_checkpoint_is_an_error_not_a_traceback(tmp_path, capsys):
    (tmp_path / "a.txt").write_text("خبر", encoding="utf-8")
    assert main([str(tmp_path / "a.txt"), "--checkpoint", str(tmp_path / "no")]) == 2
    assert "no: holds no config.json; give a folder that python -m training wrote" in capsys.readouterr().err


def test_an_unwritable_output_is_named(checkpoint, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("خبر", encoding="utf-8")
    target = str(tmp_path / "no" / "out.jsonl")
    assert main([str(tmp_path / "a.txt"), "--checkpoint", checkpoint, "-o", target]) == 2
    assert f"error: {target} cannot be written (No such file or directory); check the path" in capsys.readouterr().err


def test_articles_are_ranked_by_their_stance_to_a_claim(checkpoint, tmp_path, capsys):
    articles = [Article(str(i), text) for i, text in enumerate(["نعم.", SMALL.text, " ", "لا صحة لما قيل في دمشق."])]
    (tmp_path / "news.jsonl").write_text("".join(map(to_line, articles)), encoding="utf-8")
    output, view = tmp_path / "out.jsonl", tmp_path / "out.html"
    arguments = [str(tmp_path / "news.jsonl"), "--checkpoint", checkpoint, "-o", str(output), "--view", str(view)]
    assert main([*arguments, "--claim", "ظهر الخبر"]) == 0
    held = list(read_jsonl(output))
    assert [a.id for a in held] == ["0", "1", "2", "3"]
    assert all(a.claims[0].claim == "ظهر الخبر" and len(a.claims) == 1 for a in held)
    ids = [a.id for a in ranked(held)]
    page = view.read_text(encoding="utf-8")
    assert re.findall(r"<h2[^>]*>(\d)<", page) == ids
    table = [line for line in capsys.readouterr().err.splitlines() if re.search(r"│ [01]\.\d\d ", line)]
    assert [line.split("│")[3].strip() for line in table] == ids


def test_a_claim_that_cannot_be_judged_is_an_error(checkpoint, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("خبر", encoding="utf-8")
    assert main([str(tmp_path / "a.txt"), "--checkpoint", checkpoint, "--claim", " "]) == 2
    assert "error: claim: ' ' has no words; give a sentence" in capsys.readouterr().err
