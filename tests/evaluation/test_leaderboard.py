import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from data.article import Entity
from data.jsonl import FileError, write_jsonl
from data.yaml_text import to_yaml
from evaluation.__main__ import main
from evaluation.leaderboard import Leaderboard, seeds_together
from tests.articles import SMALL

GOLD = [replace(SMALL, id=str(i), stances=None) for i in range(8)]
WRONG = (Entity(4, 9, "ORG"),)


@pytest.fixture
def files(tmp_path):
    """Gold, a system that is right, and one that is right on the first article only."""
    for name, articles in (
        ("gold", GOLD),
        ("right", GOLD),
        ("wrong", [GOLD[0], *(replace(article, entities=WRONG) for article in GOLD[1:])]),
    ):
        write_jsonl(tmp_path / f"{name}.jsonl", articles)
    return tmp_path


def test_the_best_is_found_and_what_differs_from_it_is_marked(files):
    board = Leaderboard.of(
        [str(files / "wrong.jsonl"), str(files / "right.jsonl")], [str(files / "gold.jsonl")], ("entity_f1", "cue_f1")
    )
    wrong, right = board.entries
    # of 16 gold entities 2 are found, among 2 + 7 predicted: F1 4 / 25
    assert wrong.scores == [pytest.approx(4 / 25)] and right.scores == [1.0]
    assert right.comparison is None
    # of the 256 exchanges all that leave the seven together make as large a difference: 2 of the 128 that matter
    assert wrong.comparison.p_value == pytest.approx(2 / 128)
    assert (str(wrong), str(right)) == ("16.0*", "100.0")
    stream = io.StringIO()
    board.print(Console(file=stream, width=200))
    assert "entity_f1" in stream.getvalue() and "cue_f1" not in stream.getvalue()


def run(folder, name, **config):
    (folder / name).mkdir()
    (folder / name / "run.yaml").write_text(to_yaml({"output": name, **config}))
    return str(folder / name)


def test_runs_that_differ_in_seed_and_output_are_one_system(tmp_path):
    one = run(tmp_path, "a-1", train=[], base="embedded", training={"seed": 1, "learning_rate": 1e-4})
    two = run(tmp_path, "a-2", train=[], base="embedded", training={"seed": 2, "learning_rate": 1e-4})
    other = run(tmp_path, "b", train=[], base="embedded", training={"seed": 1, "learning_rate": 3e-4})
    assert seeds_together([one, other, two, "theirs.jsonl"]) == {
        one: [one, two],
        other: [other],
        "theirs.jsonl": ["theirs.jsonl"],
    }


@pytest.mark.parametrize("content", ["", "a: [", "[]"])
def test_a_file_that_is_no_configuration_is_named(tmp_path, content):
    (tmp_path / "run.yaml").write_text(content)
    with pytest.raises(FileError, match="run.yaml: is not a run's configuration"):
        seeds_together([str(tmp_path)])


def test_a_measure_that_is_none_is_named(files, capsys):
    arguments = ["compare", str(files / "right.jsonl"), "--on", str(files / "gold.jsonl"), "--measures"]
    assert main([*arguments, "cue_f1", "entity-f1"]) == 1
    assert (
        "error: --measures: entity-f1: not here; these articles have entity_f1, entity_f1/" in capsys.readouterr().err
    )


def test_names_are_shown_as_they_are(files, monkeypatch, capsys):
    monkeypatch.chdir(files)
    (files / "right.jsonl").rename("[x].jsonl")
    assert main(["compare", "[x].jsonl", "--on", "gold.jsonl"]) == 0
    assert "[x].jsonl" in capsys.readouterr().out


def test_the_command_writes_every_comparison(files, capsys):
    paths = [str(files / name) for name in ("right.jsonl", "wrong.jsonl")]
    output = files / "board.json"
    assert main(["compare", *paths, "--on", str(files / "gold.jsonl"), "-o", str(output)]) == 0
    right, wrong = json.loads(output.read_text())
    assert right["comparison"] is None and wrong["comparison"]["difference"] == pytest.approx(4 / 25 - 1)
    assert "16.0*" in capsys.readouterr().out
