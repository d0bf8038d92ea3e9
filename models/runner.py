"""What runs a model for the Tagger: PyTorch, or another runtime. Arrays are NumPy's, so that none of them is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from data.jsonl import FileError

from .config import QawlConfig
from .role_decoding import RoleArrays


RELEASED = Path(__file__).parent / "released"  # the checkpoint that comes with the project


class CheckpointError(FileError):
    """A folder that is not a Qawl checkpoint: which folder, what is wrong and what to do."""

    def __init__(self, folder: str | Path, problem: str):
        super().__init__(folder, None, problem)


class Runner(Protocol):
    """A loaded model.

    Attributes:
        config: its configuration; labels that it lists are labels that it scores.
        precision: ``fp32``, ``bf16`` or ``int8``.
    """

    config: QawlConfig
    precision: str

    def scores(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """One pass over a batch of ``windows.collate``.

        Returns:
            In float32, as far as the model has the heads: ``words`` (batch, words, size), the word vectors;
            ``entities`` and ``cues`` (batch, words, labels, 2); ``claims`` (batch, labels).
        """
        ...

    def roles(self, words: np.ndarray, cues: np.ndarray) -> RoleArrays:
        """Scores of holder and target of the cues of one window.

        Args:
            words: (words, size) of the window; cues: (F, 2), first word and the word after the last.
        """
        ...
