"""The configuration and the tokenizer of a checkpoint folder, which may come from a stranger. Needs no PyTorch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from numbers import Real
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerFast

from data.article import CLAIM_LABELS, STANCE_LABELS

from .config import QawlConfig
from .windows import SMALLEST

CLAIMS = "claims"  # the folder, in a checkpoint's, of the model that holds its texts against claims
TOKENIZER = "tokenizer.json"
CARD = "README.md"  # as the hub calls a model card
MOST_LAYERS = 1000  # far more than any encoder has, and few enough to be built before their weights are missed


def read_config(folder: Path) -> QawlConfig:
    """The configuration of a folder, after everything in it was checked that no ``training`` run could have written.

    Raises:
        ValueError: saying what is wrong with it. What transformers makes of a strange file may raise anything else.
    """
    if problem := next(_record_problems(folder), None):
        raise ValueError(problem)
    config = QawlConfig.from_pretrained(folder, trust_remote_code=False)
    if problem := next(_config_problems(config), None):
        raise ValueError(f"config.json: {problem}")
    return config


def read_tokenizer(folder: Path, config: QawlConfig) -> PreTrainedTokenizerFast:
    """The tokenizer of a folder, or of the one above where this one has none, as a model that is stored as differences from
    that one's has none of its own.

    Raises:
        ValueError: it does not fit the encoder. What transformers makes of a strange file may raise anything else.
    """
    whole = folder.absolute()
    above = not (whole / TOKENIZER).is_file() and (whole.parent / TOKENIZER).is_file()
    tokenizer = AutoTokenizer.from_pretrained(whole.parent if above else folder, trust_remote_code=False)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ValueError(f"its tokenizer has no {TOKENIZER}")
    for name in ("pad_token", "cls_token", "sep_token"):
        if getattr(tokenizer, f"{name}_id") is None:
            raise ValueError(f"its tokenizer has no {name}")
    known, last = config.encoder.vocab_size, max(tokenizer.get_vocab().values())
    if last >= known:
        raise ValueError(f"its tokenizer has a piece {last}, and its encoder knows {known} pieces from 0")
    return tokenizer


def _record_problems(folder: Path) -> Iterator[str]:
    """What is wrong with the folder's files before any of them is believed."""
    record = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if not isinstance(record, dict) or record.get("model_type") != QawlConfig.model_type:
        yield f"config.json is not of a {QawlConfig.model_type} model"
    for part in (record, record.get("encoder")):
        for name, value in part.items() if isinstance(part, dict) else ():
            if name.endswith("attn_implementation") and "/" in str(value):
                yield f"config.json: {name}: {value!r} is code of the hub, which is not run"
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
    for name, value, least, most in (
        ("encoder.num_hidden_layers", getattr(config.encoder, "num_hidden_layers", 1), 1, MOST_LAYERS),
        ("window", config.window, SMALLEST, positions),
        ("overlap", config.overlap, 0, config.window),
        ("role_size", config.role_size, 1, math.inf),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            yield f"{name}: {value!r} is not a whole number from {least} to {most}"
            return
    for layer, temperature in config.temperatures.items():
        if isinstance(temperature, bool) or not isinstance(temperature, Real) or not 0 < temperature < math.inf:
            yield f"temperatures: {temperature!r} of {layer} is not a positive number"
