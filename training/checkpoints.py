"""Checkpoints of a run that was stopped: always whole, and room for them before training starts."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from torch import nn
from transformers.trainer_utils import get_last_checkpoint

from .config import ConfigError

WRITING = "writing"  # the folder inside checkpoints/ in which one is written before it gets its name
_COPIES = 3  # the weights and AdamW's two moments, in fp32
_AT_ONCE = 3  # the best checkpoint, the last, and the one that is being written


def last_checkpoint(folder: str | Path) -> str | None:
    """The newest whole checkpoint; what a killed run left half written is removed."""
    if not Path(folder).is_dir():
        return None
    shutil.rmtree(Path(folder) / WRITING, ignore_errors=True)
    return get_last_checkpoint(folder)


def check_writable(folder: Path) -> None:
    """Raises ConfigError when ``folder`` cannot be made or written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigError(f"output: {folder} cannot be written ({error.strerror}); name another folder") from error


def check_room(folder: Path, model: nn.Module) -> None:
    """Raises ConfigError when the disk of ``folder`` has no room for the model's checkpoints."""
    needed = _AT_ONCE * _COPIES * sum(p.numel() * p.element_size() for p in model.parameters())
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ConfigError(
            f"output: {folder} has {free / 2**30:.1f} GiB of free disk and checkpoints need up to "
            f"{needed / 2**30:.1f}; free some or name a folder on another disk"
        )


def published(checkpoint: Path, folder: Path) -> Path:
    """Move a whole checkpoint from ``WRITING`` to ``folder``, where it replaces one of its name."""
    place = folder / checkpoint.name
    if place.exists():
        shutil.rmtree(place)
    os.rename(checkpoint, place)
    return place


def write_whole(path: Path, text: str) -> None:
    """Write a file that is either whole or not there, also when the run is killed or the disk is full."""
    aside = path.with_name(path.name + ".part")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)


def write_json(path: Path, value: Any) -> None:
    """``write_whole`` of plain types."""
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1))
