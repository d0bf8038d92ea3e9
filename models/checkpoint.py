"""Checkpoint folders, which may come from strangers: what is wrong with one is told before it is used.

Only safetensors are read, never pickles, and no code from the folder is run.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from numbers import Real
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from data.article import CLAIM_LABELS, STANCE_LABELS

from .config import QawlConfig
from .modeling import QawlModel
from .runner import CheckpointError
from .windows import MAX_WORD


def load_checkpoint(folder: Path) -> tuple[QawlModel, PreTrainedTokenizerFast]:
    """The model and the tokenizer of a folder that ``save_pretrained`` wrote.

    Raises:
        CheckpointError: there is no such folder, or it holds no whole Qawl checkpoint.
    """
    if not (folder / "config.json").is_file():
        raise CheckpointError(folder, "holds no config.json; give a folder that python -m training wrote")
    try:
        if problem := next(_record_problems(folder), None):
            raise ValueError(problem)
        config = QawlConfig.from_pretrained(folder, trust_remote_code=False)
        if problem := next(_config_problems(config), None):
            raise ValueError(f"config.json: {problem}")
        model, loading = QawlModel.from_pretrained(
            folder, config=config, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(folder, f"is not a whole Qawl checkpoint: {error}; train or copy it again") from error
    wrong = {name: sorted(map(str, keys)) for name, keys in loading.items() if keys}
    broken = [name for name, weight in model.state_dict().items() if not torch.isfinite(weight).all()]
    if wrong or broken:
        found = wrong or f"weights that are no numbers in {', '.join(broken)}"
        raise CheckpointError(folder, f"is not a whole Qawl checkpoint: {found}; train or copy it again")
    return model, tokenizer


def _record_problems(folder: Path) -> Iterator[str]:
    """What is wrong with the folder's files before any of them is believed."""
    record = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if not isinstance(record, dict) or record.get("model_type") != QawlConfig.model_type:
        yield f"config.json is not of a {QawlConfig.model_type} model"
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        files = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        yield from (f"{index.name} names {file!r}, which is no file of the folder" for file in files if "/" in file)


def _config_problems(config: QawlConfig) -> Iterator[str]:
    """What no ``training`` run could have written."""
    for name, known in (("entity_labels", None), ("stance_labels", STANCE_LABELS), ("claim_labels", CLAIM_LABELS)):
        labels = getattr(config, name)
        if not all(isinstance(label, str) and label and (known is None or label in known) for label in labels):
            yield f"{name}: {labels!r} are not {'names' if known is None else 'some of ' + ', '.join(known)}"
        elif len(set(labels)) < len(labels):
            yield f"{name}: {labels!r} has one twice"
    positions = getattr(config.encoder, "max_position_embeddings", math.inf)
    for name, least, most in (
        ("window", MAX_WORD + 2, positions),
        ("overlap", 0, config.window),
        ("role_size", 1, math.inf),
    ):
        value = getattr(config, name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            yield f"{name}: {value!r} is not a whole number from {least} to {most}"
            return
    for layer, temperature in config.temperatures.items():
        if not isinstance(temperature, Real) or not 0 < temperature < math.inf:
            yield f"temperatures: {temperature!r} of {layer} is not a positive number"
