import pytest

from data.article import Article, Entity
from data.jsonl import write_jsonl
from data.yaml_text import to_yaml
from tests.training.corpus import ARTICLES
from training.__main__ import main


@pytest.fixture
def config(tmp_path, tiny_base):
    def write(**changes):
        write_jsonl(tmp_path / "train.jsonl", ARTICLES)
        values = {
            "output": str(tmp_path / "run"),
            "base": str(tiny_base),
            "train": [str(tmp_path / "train.jsonl")],
            "dev": [str(tmp_path / "train.jsonl")],
            "window": 72,
            "overlap": 24,
            "training": {"num_train_epochs": 5, "per_device_train_batch_size": 4, "bf16": False},
        } | changes
        (tmp_path / "config.yaml").write_text(to_yaml(values))
        return str(tmp_path / "config.yaml")

    return write


def test_a_dry_run_says_what_would_be_done_and_leaves_nothing(config, tmp_path, capsys):
    assert main([config(), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    # 12 articles in batches of 4 are 3 steps an epoch
    assert "12 windows an epoch, 15 steps" in shown
    assert "entities: 2 labels, GPE, ORG" in shown and "stances: 3 labels" in shown
    assert "s a step on trial" in shown and "GiB of memory" in shown
    # 12 sentences of 6 words and a full stop
    assert [cell.strip() for cell in shown.split("train")[1].splitlines()[0].split("│")[1:4]] == ["12", "84", "24"]
    assert not (tmp_path / "run").exists()


def test_a_dry_run_counts_as_the_run_would(config, capsys):
    training = {
        "num_train_epochs": 5,
        "per_device_train_batch_size": 4,
        "gradient_accumulation_steps": 2,
        "bf16": False,
    }
    assert main([config(training=training, fraction=0.75), "--dry-run"]) == 0
    # 9 articles in batches of 4 are 3 batches and so 2 steps an epoch, the second of one batch
    assert "9 windows an epoch, 10 steps" in capsys.readouterr().out


def test_a_dry_run_names_a_folder_that_cannot_be_written(config, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main([config(output=str(tmp_path / "file")), "--dry-run"]) == 1
    assert "error: output: " in capsys.readouterr().err


def test_a_dry_run_makes_two_passes_where_the_run_would(config):
    assert main([config(rdrop=1.0), "--dry-run"]) == 0


def test_a_dry_run_of_a_stream_counts_steps_and_no_windows(config, tmp_path, capsys):
    training = {"max_steps": 7, "per_device_train_batch_size": 4, "bf16": False}
    assert main([config(streaming=True, training=training), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "windows streamed, 7 steps" in shown
    assert [cell.strip() for cell in shown.split("train")[1].splitlines()[0].split("│")[1:4]] == ["12", "84", "24"]
    assert not (tmp_path / "run").exists()


def test_a_dry_run_names_every_mistake_of_the_data_at_once(config, tmp_path, capsys):
    (tmp_path / "broken.jsonl").write_text("{\n")
    sources = ["nowhere.jsonl", {"corpus": "ans", "split": "nowhere"}, str(tmp_path / "broken.jsonl")]
    assert main([config(train=sources), "--dry-run"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.startswith("error: train: ") for line in lines] == [True] * 3
    assert "nowhere.jsonl" in lines[0] and "ans has no split 'nowhere'" in lines[1] and "broken.jsonl:1:" in lines[2]
    held = Article("d", "قال زيد نعم", (Entity(0, 7, "PERS"), Entity(4, 11, "PERS")))
    write_jsonl(tmp_path / "held.jsonl", [held])
    assert main([config(dev=str(tmp_path / "held.jsonl"), metric="f1"), "--dry-run"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [
        part in line for part, line in zip(("labels that train never shows: PERS", "cross", "metric: f1"), lines)
    ] == [
        True,
        True,
        True,
    ]


def test_a_dry_run_names_every_mistake_of_the_config_at_once(config, capsys):
    assert main([config(widow=3, training={"learning_rate": "fast", "epochs": 1}), "--dry-run"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [
        "widow is unknown; did you mean window?" in lines[0],
        "training.epochs" in lines[1],
        "training.learning_rate: 'fast' is not a number" in lines[2],
    ] == [True] * 3
