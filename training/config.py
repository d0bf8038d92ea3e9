"""The run configuration: one YAML file is one run that can be repeated."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from data.jsonl import FileError
from data.sources import ELSEWHERE, Source
from data.yaml_text import read_yaml, to_yaml

from .keys import problems

SPLITS = ("train", "dev", "test")
UNLABELLED = "unlabelled"  # beside them: what only teachers label
SEED = 13  # of a run whose config names none


class ConfigError(ValueError):
    """A configuration that cannot be run: which file and key, and what to do."""


@dataclass
class RunConfig:
    """What one YAML file says.

    Args:
        output: folder of the run: the best model, its tokenizer, metrics.json, run.yaml and checkpoints/.
        train, dev, test: sources of articles, see ``data.sources``; dev chooses the checkpoint, unless
            ``training.load_best_model_at_end`` is false, which keeps the last weights; test is scored once.
        fraction: the share of the training articles that is used, drawn with the run's seed.
        streaming: read the training articles from their files as they are trained on, for a corpus larger than memory.
            Every article comes once in a pass, those of each source spread evenly over it, and passes follow one
            another until ``training.max_steps``. A stream has no epochs: dev is scored ten times in a run, or every
            ``training.eval_steps``. Windows are drawn from a buffer (``training.features.BUFFER``) and not grouped by
            length, so a file is best shuffled before. A run that was stopped reads again what it had read. Sources that
            are not JSONL or Parquet files are held whole.
        base: the encoder's name, see ``models.base``; from a checkpoint of this project training goes on with its heads
            too, as far as labels are the same; revision: the branch, tag or commit of a hub name.
        window, overlap, role_size, dropout: see ``models.config``.
        head_learning_rate: learning rate of the heads; the encoder's is ``training.learning_rate``.
        logit_adjustment: how far a model is kept from expecting what is frequent for a claim, favor or against: 0 leaves
            it to, 1 has it take both for as frequent (see ``training.frequencies``). Teachers are best trained without:
            what they say would be adjusted twice.
        layer_decay: factor on the encoder's learning rate for each layer further from the heads.
        rdrop: weight of R-Drop, which makes two passes with different dropout agree (see ``training.consistency``) and a
            step cost twice as much; it starts after a quarter of the run and grows to this over the next. 0 for none, 1 is
            what the paper calls alpha = 2.
        average_decay: keep a running average of the weights, which is what is scored and kept (see
            ``training.averaging``), with this much of it left at each step; 0 for none, 0.998 averages over 500 steps.
        teachers: checkpoints of runs on the same claims; what they say of each pair, on average, is learnt beside its label
            (see ``training.teachers``), with this share of the two: teacher_weight.
        unlabelled: sources of more pairs for teachers; the claims' own labels and evidence, and what else is annotated,
            is not read.
        lora: train low-rank updates of the frozen encoder in its place, with these options of ``peft.LoraConfig`` (r,
            lora_alpha, …); they are merged into the weights when training ends. None to train the encoder itself.
        batch_pieces: the most pieces of a batch, padding included, in the place of ``per_device_train_batch_size`` rows (see
            ``training.batches``); 0 for the latter. For rows of very different lengths.
        metric: the dev metric that chooses the checkpoint; ``score`` is the mean of entity, cue and graph F1
            and the claims' macro-F1, as far as dev has the layers.
        allow_leaks: train although splits share near-duplicate articles.
        training: what ``transformers.TrainingArguments`` takes, but for what ``keys`` refuses; ``activation_checkpointing: true`` (or
            its old name ``gradient_checkpointing``) keeps no activations inside a layer and passes it again backwards:
            less memory for more time.
    """

    output: str
    train: list[Source]
    dev: list[Source]
    test: list[Source] = field(default_factory=list)
    fraction: float = 1.0
    streaming: bool = False
    base: str = "embedded"
    revision: str | None = None
    window: int = 256
    overlap: int = 96
    role_size: int = 256
    dropout: float = 0.1
    head_learning_rate: float = 3e-3
    layer_decay: float = 1.0
    logit_adjustment: float = 0.0
    rdrop: float = 0.0
    average_decay: float = 0.0
    teachers: list[str] = field(default_factory=list)
    teacher_weight: float = 0.5
    unlabelled: list[Source] = field(default_factory=list)
    lora: dict[str, Any] | None = None
    batch_pieces: int = 0
    metric: str = "score"
    allow_leaks: bool = False
    training: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, path: str | Path) -> RunConfig:
        """Read a YAML file.

        Raises:
            ConfigError: the file is not YAML, lacks required keys, or has some that nobody knows; all are named.
        """
        return cls.of(read_config(path), path)

    @classmethod
    def of(cls, values: Any, path: str | Path) -> RunConfig:
        """The configuration that a YAML file holds; ``path`` is for messages.

        Raises:
            ConfigError: as ``load``.
        """
        if not isinstance(values, dict):
            raise ConfigError(f"{path}: is not a mapping of keys; see configs/quickstart.yaml")
        values = {key: value for key, value in values.items() if value is not None}
        if found := [*problems(values, [f.name for f in fields(cls)], ("output", "train", "dev"))]:
            raise ConfigError("\n".join(f"{path}: {problem}" for problem in found))
        for key in (*SPLITS, UNLABELLED, "teachers"):
            if key in values and not isinstance(values[key], list):
                values[key] = [values[key]]
        return cls(**values)

    def differing(self, told: dict[str, Any]) -> list[str]:
        """The keys in which a run's run.yaml says something else. The run's folder may be called otherwise, and a key that
        says what it would without being there is as good as none."""
        mine, theirs = _with_defaults(_shared(asdict(self))), _with_defaults(told)
        return [key for key in {**mine, **theirs} if key != "output" and mine.get(key) != theirs.get(key)]

    def to_yaml(self) -> str:
        return to_yaml(asdict(self))

    def to_shared_yaml(self) -> str:
        """The configuration as a run's folder holds it, which is given to others: without tokens, and of an absolute path,
        which names people and machines, only the last part is there, with a digest that tells it from others."""
        return to_yaml(_shared(asdict(self)))


def read_config(path: str | Path) -> Any:
    """What a config's YAML file says; raises ConfigError where ``read_yaml`` raises FileError."""
    try:
        return read_yaml(path)
    except FileError as error:
        raise ConfigError(str(error)) from error


def _with_defaults(told: dict[str, Any]) -> dict[str, Any]:
    whole = {**asdict(RunConfig("", [], [])), **told}
    return {**whole, "training": {"seed": SEED, **whole["training"]}}


def _shared(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _shared(item, str(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_shared(item, key) for item in value]
    if key.endswith("token") and value:
        return "…"
    if isinstance(value, str) and os.path.isabs(os.path.expanduser(value)):
        return f"{ELSEWHERE}{Path(value).name}@{hashlib.sha256(value.encode()).hexdigest()[:8]}"
    return value
