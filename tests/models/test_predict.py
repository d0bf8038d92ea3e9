import fcntl
import json
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from data.article import Article
from data.formats import format_of
from data.jsonl import read_jsonl, to_line
from models.output import Output
from models.predict import main
from models.ranking import Rank
from models.tagger import Tagger
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
    assert f"error: {target}.partial: No such file or directory; " in capsys.readouterr().err


def test_articles_are_ranked_by_their_stance_to_a_claim(checkpoint, tmp_path, capsys):
    articles = [Article(str(i), text) for i, text in enumerate(["نعم.", SMALL.text, " ", "لا صحة لما قيل في دمشق."])]
    (tmp_path / "news.jsonl").write_text("".join(map(to_line, articles)), encoding="utf-8")
    output, view = tmp_path / "out.jsonl", tmp_path / "out.html"
    arguments = [str(tmp_path / "news.jsonl"), "--checkpoint", checkpoint, "-o", str(output), "--view", str(view)]
    assert main([*arguments, "--claim", "ظهر الخبر"]) == 0
    held = list(read_jsonl(output))
    assert [a.id for a in held] == ["0", "1", "2", "3"]
    assert all(a.claims[0].claim == "ظهر الخبر" and len(a.claims) == 1 for a in held)
    ids = [rank.id for rank in sorted(map(Rank.of, held), key=lambda rank: rank.order)]
    page = view.read_text(encoding="utf-8")
    assert re.findall(r"<h2[^>]*>(\d)<", page) == ids
    table = [line for line in capsys.readouterr().err.splitlines() if re.search(r"│ [01]\.\d\d ", line)]
    assert [line.split("│")[3].strip() for line in table] == ids


def test_a_claim_that_cannot_be_judged_is_an_error(checkpoint, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("خبر", encoding="utf-8")
    assert main([str(tmp_path / "a.txt"), "--checkpoint", checkpoint, "--claim", " "]) == 2
    assert "error: claim: ' ' has no words; give a sentence" in capsys.readouterr().err


ROOT = Path(__file__).parents[2]
MANY = [Article(str(i), f"قال زيد {i} إنه وصل إلى دمشق. ونفت الوزارة الخبر {'حقا ' * (i % 7)}.") for i in range(1000)]


@pytest.fixture
def many(tmp_path):
    path = tmp_path / "many.jsonl"
    lines = [to_line(article) for article in MANY]
    path.write_text("".join([*lines[:90], "{\n", *lines[90:]]), encoding="utf-8")
    return str(path)


def predicted(arguments, **options):
    """Run the command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": str(torch.get_num_threads())}
    return subprocess.Popen(
        [sys.executable, "-m", "models.predict", *arguments],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_killed_run_is_gone_on_with_and_ends_the_same(checkpoint, many, tmp_path, ending):
    whole, output = str(tmp_path / f"whole.{ending}"), str(tmp_path / f"out.{ending}")
    assert main([many, "--checkpoint", checkpoint, "-o", whole]) == 1
    process = predicted([many, "--checkpoint", checkpoint, "-o", output])
    partial = Path(f"{output}.partial")
    while not (partial.exists() and partial.stat().st_size) and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    process.communicate()
    assert partial.exists()  # it was stopped on its way
    assert main([many, "--checkpoint", checkpoint, "-o", output, "--resume"]) == 1
    assert Path(output).read_bytes() == Path(whole).read_bytes()
    assert [a.id for a in format_of(output).read(output, None)] == [a.id for a in MANY]
    faults = [json.loads(line) for line in Path(f"{output}.faults.jsonl").read_text("utf-8").splitlines()]
    assert [(fault["file"], fault["line"]) for fault in faults] == [(many, 91)]


def test_a_run_that_is_asked_to_end_says_how_to_go_on(checkpoint, many, tmp_path):
    output = str(tmp_path / "out.jsonl")
    process = predicted([many, "--checkpoint", checkpoint, "-o", output])
    while not Path(f"{output}.partial.json").exists() and process.poll() is None:
        time.sleep(0.002)
    process.terminate()
    _, said = process.communicate()
    assert process.returncode == 130 and f"what was tagged is in {output}.partial, --resume goes on with it" in said


def test_an_article_that_the_model_cannot_bear_is_written_untagged_and_named(
    checkpoint, many, tmp_path, monkeypatch, capsys
):
    scored = Tagger._scored

    def fragile(tagger, articles, claims):
        if any(article.id == "70" for article in articles):
            raise RuntimeError("boom")
        return scored(tagger, articles, claims)

    output = tmp_path / "out.jsonl"
    monkeypatch.setattr(Tagger, "_scored", fragile)
    assert main([many, "--checkpoint", checkpoint, "-o", str(output)]) == 1
    found = {a.id: a for a in read_jsonl(output)}
    assert list(found) == [a.id for a in MANY] and found["70"].entities is None
    assert all(article.entities is not None for id, article in found.items() if id != "70")
    assert "article '70': could not be tagged (RuntimeError('boom')); it is written untagged" in capsys.readouterr().err


def test_an_input_that_changes_meanwhile_is_told(checkpoint, many, tmp_path, monkeypatch, capsys):
    scored = Tagger._scored

    def slow(tagger, articles, claims):
        with open(many, "a") as stream:
            stream.write("\n")
        return scored(tagger, articles, claims)

    monkeypatch.setattr(Tagger, "_scored", slow)
    assert main([many, "--checkpoint", checkpoint, "-o", str(tmp_path / "out.jsonl")]) == 1
    assert f"error: {many}: changed while it was read; tag it again" in capsys.readouterr().err


def test_a_disk_that_fills_keeps_what_was_tagged(checkpoint, many, tmp_path, monkeypatch, capsys):
    output = str(tmp_path / "out.jsonl")
    write = Output.write

    def full(self, article):
        if self.done == 130:
            raise OSError(28, "No space left on device")
        write(self, article)

    with monkeypatch.context() as patched:
        patched.setattr(Output, "write", full)
        assert main([many, "--checkpoint", checkpoint, "-o", output]) == 2
    assert f"No space left on device; what was tagged is in {output}.partial, --resume" in capsys.readouterr().err
    assert main([many, "--checkpoint", checkpoint, "-o", output, "--resume"]) == 1
    assert [a.id for a in read_jsonl(output)] == [a.id for a in MANY]


def test_a_disk_that_fills_in_the_middle_of_a_line_loses_and_doubles_nothing(checkpoint, many, tmp_path):
    whole, output = str(tmp_path / "whole.jsonl"), str(tmp_path / "out.jsonl")
    assert main([many, "--checkpoint", checkpoint, "-o", whole]) == 1
    room = Path(whole).stat().st_size // 2 + 7
    process = predicted(
        [many, "--checkpoint", checkpoint, "-o", output],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY)),
    )
    _, said = process.communicate()
    assert process.returncode == 2 and f"File too large; what was tagged is in {output}.partial, --resume" in said
    assert not Path(output).exists() and Path(f"{output}.partial").stat().st_size == room
    assert main([many, "--checkpoint", checkpoint, "-o", output, "--resume"]) == 1
    assert Path(output).read_bytes() == Path(whole).read_bytes()


def listed(output):
    return [json.loads(line) for line in Path(f"{output}.faults.jsonl").read_text("utf-8").splitlines()]


def test_a_second_run_on_the_same_output_leaves_the_first_ones_faults(checkpoint, many, tmp_path, capsys):
    output = str(tmp_path / "out.jsonl")
    Path(f"{output}.faults.jsonl").write_text("{}\n")
    with open(f"{output}.partial", "ab") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        assert main([many, "--checkpoint", checkpoint, "-o", output]) == 2
    assert "is being written by another run; wait for it or name another" in capsys.readouterr().err
    assert listed(output) == [{}]


def test_going_on_with_a_finished_run_changes_nothing(checkpoint, many, tmp_path, capsys):
    output = str(tmp_path / "out.jsonl")
    assert main([many, "--checkpoint", checkpoint, "-o", output]) == 1
    before, faults = Path(output).read_bytes(), listed(output)
    assert main([many, "--checkpoint", checkpoint, "-o", output, "--resume"]) == 1  # as before: an input is broken
    assert Path(output).read_bytes() == before and listed(output) == faults and len(faults) == 1
    assert f"{output} is whole; there is nothing to go on with" in capsys.readouterr().err


def test_articles_that_a_stopped_run_wrote_untagged_are_still_told(checkpoint, many, tmp_path, monkeypatch, capsys):
    output = str(tmp_path / "out.jsonl")
    tags, write = Tagger._scored, Output.write

    def fragile(tagger, articles, claims):
        if {"5", "140"} & {article.id for article in articles}:
            raise RuntimeError("boom")
        return tags(tagger, articles, claims)

    def full(self, article):
        if self.done == 150:
            raise OSError(28, "No space left on device")
        write(self, article)

    monkeypatch.setattr(Tagger, "_scored", fragile)
    with monkeypatch.context() as patched:
        patched.setattr(Output, "write", full)
        assert main([many, "--checkpoint", checkpoint, "-o", output]) == 2
    capsys.readouterr()
    # Two chunks of 64 stay, the third is tagged again: 5 is told from before, 140 and the broken line are found again.
    assert main([many, "--checkpoint", checkpoint, "-o", output, "--resume"]) == 1
    assert [fault["file"] for fault in listed(output)] == ["article '5'", many, "article '140'"]
    assert "3 broken inputs were passed over" in capsys.readouterr().err
    assert [a.id for a in read_jsonl(output) if a.entities is None] == ["5", "140"]


def test_half_a_character_is_named_where_the_output_cannot_hold_it(checkpoint, tmp_path, capsys):
    half = Article("half", "خبر \ud800 آخر")
    (tmp_path / "news.jsonl").write_text(to_line(SMALL) + to_line(half), encoding="utf-8")
    arguments = [str(tmp_path / "news.jsonl"), "--checkpoint", checkpoint, "-o"]
    assert main([*arguments, str(tmp_path / "out.parquet")]) == 1
    assert [a.id for a in format_of("a.parquet").read(tmp_path / "out.parquet", None)] == ["small-1"]
    assert "article 'half': record: has half a character (a lone surrogate); remove it" in capsys.readouterr().err
    assert main([*arguments, str(tmp_path / "out.jsonl")]) == 0
    assert [a.text for a in read_jsonl(tmp_path / "out.jsonl")] == [SMALL.text, half.text]


def test_names_of_files_need_not_be_utf_8(checkpoint, tmp_path):
    name = os.fsdecode(bytes(tmp_path) + b"/\xce\xc8\xd1")  # «خبر» in Windows-1256
    Path(f"{name}.txt").write_text("خبر", encoding="utf-8")
    arguments = [f"{name}.txt", f"{name}-none.txt", "--checkpoint", checkpoint]
    assert main([*arguments, "-o", f"{name}.jsonl", "--view", f"{name}.html"]) == 1
    assert [(a.id, a.text) for a in read_jsonl(f"{name}.jsonl")] == [(Path(name).name, "خبر")]
    assert len(listed(f"{name}.jsonl")) == 1


def test_a_page_that_cannot_be_written_is_not_the_loss_of_the_output(checkpoint, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("خبر", encoding="utf-8")
    output, view = str(tmp_path / "out.jsonl"), str(tmp_path / "no" / "page.html")
    assert main([str(tmp_path / "a.txt"), "--checkpoint", checkpoint, "-o", output, "--view", view]) == 2
    assert f"error: {view}: No such file or directory; no output is left half written" in capsys.readouterr().err
    assert [a.id for a in read_jsonl(output)] == ["a"]
    view = str(tmp_path / "page.html")
    assert main([str(tmp_path / "a.txt"), "--checkpoint", checkpoint, "-o", output, "--view", view, "--resume"]) == 0
    assert "خبر" in Path(view).read_text(encoding="utf-8")


def test_a_finished_output_of_another_claim_is_told_apart(checkpoint, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("خبر", encoding="utf-8")
    arguments = [str(tmp_path / "a.txt"), "--checkpoint", checkpoint, "-o", str(tmp_path / "out.jsonl"), "--claim"]
    assert main([*arguments, "وصل زيد"]) == 0
    ranking = capsys.readouterr().err.split("clearest sentence")[1]
    assert main([*arguments, "وصل زيد", "--resume"]) == 0
    assert capsys.readouterr().err.split("clearest sentence")[1] == ranking
    assert main([*arguments, "غادر زيد", "--resume"]) == 2
    assert "out.jsonl: is of a run with another claim ('وصل زيد', now 'غادر زيد')" in capsys.readouterr().err


def test_a_finished_output_of_other_inputs_is_told_apart(checkpoint, tmp_path, capsys):
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(f"خبر {name}", encoding="utf-8")
    rest = ["--checkpoint", checkpoint, "-o", str(tmp_path / "out.jsonl")]
    assert main([str(tmp_path / "a.txt"), *rest]) == 0
    assert main([str(tmp_path / "b.txt"), *rest, "--resume"]) == 2
    assert "out.jsonl: is of a run with another inputs" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["-o", "--view"])
def test_what_is_read_is_not_written_over(checkpoint, tmp_path, capsys, option):
    path = tmp_path / "news.jsonl"
    path.write_text(to_line(SMALL), encoding="utf-8")
    for given in (str(path), str(tmp_path)):
        assert main([given, "--checkpoint", checkpoint, option, f"{tmp_path}/../{tmp_path.name}/news.jsonl"]) == 2
        assert "news.jsonl: is read as well; name another output" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == to_line(SMALL)


def test_an_output_may_lie_in_the_folder_that_is_read(checkpoint, tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text("خبر", encoding="utf-8")
    (folder / "sub.txt").mkdir()
    for name in ("out.jsonl", "out.jsonl", "other.jsonl"):
        assert main([str(folder), "--checkpoint", checkpoint, "-o", str(folder / name)]) == 0
        assert [article.id for article in read_jsonl(folder / name)] == ["a"]


def test_an_output_may_be_called_like_another_format(checkpoint, tmp_path):
    (tmp_path / "a.txt").write_text("خبر", encoding="utf-8")
    output, view = str(tmp_path / "out.doccano.jsonl"), tmp_path / "out.html"
    assert main([str(tmp_path / "a.txt"), "--checkpoint", checkpoint, "-o", output, "--view", str(view)]) == 0
    assert "خبر" in view.read_text(encoding="utf-8")


def test_a_page_without_an_output_file_is_in_the_order_of_the_ranking(checkpoint, many, tmp_path, capsys):
    for output, view in ((["-o", str(tmp_path / "out.jsonl")], "filed.html"), ([], "screen.html")):
        arguments = [many, "--checkpoint", checkpoint, "--claim", "وصل زيد", "--view", str(tmp_path / view)]
        assert main([*arguments, *output]) == 1
    assert (tmp_path / "screen.html").read_text("utf-8") == (tmp_path / "filed.html").read_text("utf-8")


def test_resuming_standard_output_is_a_usage_error(checkpoint, many, capsys):
    with pytest.raises(SystemExit):
        main([many, "--checkpoint", checkpoint, "--resume"])
    assert "--resume needs -o" in capsys.readouterr().err


def test_the_ranking_of_a_run_that_was_gone_on_with_is_of_all_articles(checkpoint, many, tmp_path, monkeypatch, capsys):
    arguments = [many, "--checkpoint", checkpoint, "-o", str(tmp_path / "out.jsonl"), "--claim", "وصل زيد"]
    write = Output.write

    def full(self, article):
        if self.done == 130:
            raise OSError(28, "No space left on device")
        write(self, article)

    with monkeypatch.context() as patched:
        patched.setattr(Output, "write", full)
        assert main(arguments) == 2
    capsys.readouterr()
    assert main([*arguments, "--resume"]) == 1
    table = [line for line in capsys.readouterr().err.splitlines() if re.search(r"│ [01]\.\d\d ", line)]
    assert {line.split("│")[3].strip() for line in table} == {article.id for article in MANY}
