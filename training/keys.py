"""What a config's keys may say; every mistake is told with its key and what to write in its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, get_type_hints

from transformers import TrainingArguments

_TYPES = get_type_hints(TrainingArguments)
_NOT_OURS = {
    "output_dir": "checkpoints are kept in the run's own folder; give output",
    "metric_for_best_model": "give metric",
    "greater_is_better": "of every metric here more is better",
    "resume_from_checkpoint": "a run that was stopped goes on by itself",
    "optim": "AdamW is what trains here",
    "optim_args": "AdamW is what trains here",
    "label_smoothing_factor": "no head here smooths labels",
    "per_device_eval_batch_size": "dev is tagged in batches by the number of pieces",
}


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


_ALLOWED = [
    ("a text", ("output", "base", "revision", "metric"), _is_text),
    ("true or false", ("streaming", "allow_leaks"), _is_bool),
    ("a share above 0, up to 1", ("fraction", "layer_decay"), lambda value: is_number(value) and 0 < value <= 1),
    ("a share from 0, below 1", ("dropout", "average_decay"), lambda value: is_number(value) and 0 <= value < 1),
    ("a number from 0 to 1", ("logit_adjustment", "teacher_weight"), lambda v: is_number(v) and 0 <= v <= 1),
    ("a number from 0", ("rdrop", "head_learning_rate"), lambda value: is_number(value) and value >= 0),
    ("a whole number from 0", ("overlap", "batch_pieces"), lambda value: is_whole(value) and value >= 0),
    ("a whole number from 1", ("window", "role_size"), lambda value: is_whole(value) and value >= 1),
]
_KINDS = {bool: ("true or false", _is_bool), int: ("a whole number", is_whole), float: ("a number", is_number)}


def problems(values: dict[str, Any], known: Iterable[str], required: Iterable[str]) -> Iterator[str]:
    """A line for each mistake in a config's keys, those of ``training`` included.

    Args:
        values: what the YAML file says, without keys that say nothing.
    """
    training = values.get("training", {})
    yield from _unknown(values, set(known), "")
    yield from (f"{key} is missing; see configs/quickstart.yaml" for key in required if key not in values)
    for wanted, keys, allowed in _ALLOWED:
        for key in keys:
            if key in values and not allowed(values[key]):
                yield f"{key}: {values[key]!r} is not {wanted}"
    lora = values.get("lora")
    if lora is not None and not (isinstance(lora, dict) and lora):
        yield f"lora: {lora!r} names no option of peft.LoraConfig; give its rank, as {{r: 16}}, or leave lora out"
    if not isinstance(training, dict):
        yield f"training: {training!r} is not a mapping; see configs/quickstart.yaml"
    else:
        yield from _of_training(training)


def _of_training(training: dict[str, Any]) -> Iterator[str]:
    """Mistakes in what goes to ``TrainingArguments``, which checks few of its values before they are used."""
    yield from _unknown(training, set(_TYPES), "training.")
    for key, value in training.items():
        wanted, allowed = _KINDS.get(_TYPES.get(key), ("", lambda value: True))
        if key in _NOT_OURS:
            yield f"training.{key}: leave it out; {_NOT_OURS[key]}"
        elif not allowed(value):
            yield f"training.{key}: {value!r} is not {wanted}"
        elif key == "seed" and not 0 <= value < 2**32:
            yield f"training.seed: {value!r} is not a number from 0, below 2**32"


def _unknown(values: dict, known: set[str], prefix: str) -> Iterator[str]:
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else "see training/config.py for the keys"
            yield f"{prefix}{key} is unknown; {hint}"
