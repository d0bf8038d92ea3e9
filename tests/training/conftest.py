"""A small corpus and a run on it, on the tiny base."""

from pathlib import Path

import pytest

from data.jsonl import write_jsonl
from data.yaml_text import to_yaml
from tests.training.corpus import ARTICLES
from training.__main__ import main


@pytest.fixture
def run(tmp_path, tiny_base):
    """Writes data and a config, runs it, and returns the exit code and the run's folder; no epochs leave them out."""

    def start(shown=ARTICLES, held=ARTICLES[:6], epochs=1, training_changes=(), **changes):
        for name, articles in (("train", shown), ("dev", held)):
            write_jsonl(tmp_path / f"{name}.jsonl", articles)
        config = {
            "output": str(tmp_path / "run"),
            "base": str(tiny_base),
            "train": [str(tmp_path / "train.jsonl")],
            "dev": [str(tmp_path / "dev.jsonl")],
            "window": 72,
            "overlap": 24,
            "head_learning_rate": 0.01,
            "training": {
                **({"num_train_epochs": epochs} if epochs else {}),
                "learning_rate": 0.003,
                "per_device_train_batch_size": 4,
                "bf16": False,
                "disable_tqdm": True,
                **dict(training_changes),
            },
        } | changes
        (tmp_path / "run.yaml").write_text(to_yaml(config), encoding="utf-8")
        return main([str(tmp_path / "run.yaml")]), Path(config["output"])

    return start
