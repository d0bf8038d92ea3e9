"""The base encoder by name: ``embedded``, a local folder, a checkpoint of this project, or a hub name."""

from __future__ import annotations

import json
from pathlib import Path

from huggingface_hub import is_offline_mode
from huggingface_hub.errors import LocalEntryNotFoundError
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import logging

from .checkpoint import load_checkpoint
from .config import QawlConfig
from .embedded import embedded_folder
from .modeling import QawlModel


_LABELS = {
    "entities": "entity_labels",
    "cues": "stance_labels",
    "roles": "stance_labels",
    "claims": "claim_labels",
}  # of each head, as the configuration calls them


class BaseError(ValueError):
    """A base encoder that cannot be loaded: its name, and what to do."""


def load_base(name: str, revision: str | None = None) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """The encoder and the fast tokenizer of the base ``name``.

    Args:
        name: ``embedded``, a folder that ``save_pretrained`` wrote, also one of this project's checkpoints, of which the
            encoder is taken, or a hub name such as ``aubmindlab/bert-base-arabertv02``, which is downloaded once; with
            ``HF_HUB_OFFLINE=1`` only what was downloaded before is read, and nothing is asked of the network.
        revision: the branch, tag or commit of a hub name.

    Raises:
        BaseError: nothing can be loaded under that name, it is not downloaded and nothing may be, or its tokenizer is
            not a fast one.
    """
    source = embedded_folder() if name == "embedded" else name
    if name.startswith((".", "/")) and not Path(name).is_dir():
        raise BaseError(f"base: {name} is not a folder; give a folder, a hub name or embedded")
    if is_checkpoint(name):
        model, tokenizer = load_checkpoint(Path(name))
        return model.encoder, tokenizer
    quiet = logging.get_verbosity()
    logging.set_verbosity_error()  # a pre-training head that the encoder leaves unused is no news
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, revision=revision, use_fast=True, trust_remote_code=False)
        encoder = AutoModel.from_pretrained(source, revision=revision, use_safetensors=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        if is_offline_mode() and isinstance(error.__cause__, LocalEntryNotFoundError):
            download = f"hf download {name}" + (f" --revision {revision}" if revision else "")
            raise BaseError(
                f"base: {name} is not downloaded and HF_HUB_OFFLINE is set; run {download} without it where there is a "
                "connection, or give a folder or embedded"
            ) from error
        reason = str(error).splitlines()[0]
        raise BaseError(f"base: {name} cannot be loaded ({reason}); check the name and the connection") from error
    finally:
        logging.set_verbosity(quiet)
    if not tokenizer.is_fast:
        raise BaseError(f"base: {name} has no fast tokenizer, which aligns pieces to words; choose another base")
    encoder.config._name_or_path = name  # not the folder of this machine's cache
    return encoder, tokenizer


def is_checkpoint(name: str) -> bool:
    """True when ``name`` is the folder of one of this project's checkpoints."""
    path = Path(name) / "config.json"
    return path.is_file() and json.loads(path.read_text(encoding="utf-8")).get("model_type") == QawlConfig.model_type


def take_heads(model: QawlModel, checkpoint: str) -> list[str]:
    """Give ``model`` the weights of those heads of a checkpoint that have the same labels and sizes; their names.

    Raises:
        CheckpointError: there is no whole checkpoint.
    """
    source, _ = load_checkpoint(Path(checkpoint))
    taken = []
    for name, labels in _LABELS.items():
        ours, theirs = getattr(model, name), getattr(source, name)
        if ours is None or theirs is None or getattr(model.config, labels) != getattr(source.config, labels):
            continue
        weights = theirs.state_dict()
        if all(weights[key].shape == weight.shape for key, weight in ours.state_dict().items()):
            ours.load_state_dict(weights)
            taken.append(name)
    return taken
