"""What runs a model for the Tagger: PyTorch, or another runtime. Arrays are NumPy's, so that none of them is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import numpy as np

from data.jsonl import FileError

from .config import QawlConfig
from .role_decoding import RoleArrays


RELEASED = Path(__file__).parent / "released"  # the checkpoint that comes with the project

CPU_PIECES = 1536  # of one pass: their vectors then stay in a processor's cache between two layers
CPU_CHUNK = 16_000  # characters: some full passes, and parts small enough to keep all cores at work to the end
CHUNK = 32  # articles at most that are read together; a batch run goes on at a multiple of it


class CheckpointError(FileError):
    """A folder that is not a Qawl checkpoint: which folder, what is wrong and what to do."""

    def __init__(self, folder: str | Path, problem: str):
        super().__init__(folder, None, problem)


class Runner(Protocol):
    """A loaded model.

    Attributes:
        config: its configuration; labels that it lists are labels that it scores.
        precision: ``fp32``, ``bf16`` or ``int8``.
        batch_pieces: how many pieces, padding included, one pass reads best.
        chunk: how many characters of articles are read together, their windows sorted by length.
        workers: how many chunks are in work at once.
    """

    config: QawlConfig
    precision: str
    batch_pieces: int
    chunk: int
    workers: int

    def pool(self) -> AbstractContextManager[Executor]:
        """The ``workers`` threads that chunks are tagged in."""
        ...

    def scores(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """One pass over a batch of ``windows.collate``.

        Returns:
            In float32, as far as the model has the heads: ``words`` (batch, words, size), the word vectors;
            ``entities`` and ``cues`` (batch, words, labels, 2); ``claims`` (batch, labels).
        """
        ...

    def roles(self, windows: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[RoleArrays]:
        """Scores of holder and target of the cues of each window.

        Args:
            windows: of each its words (words, size) and its cues (F, 2), first word and the word after the last.
        """
        ...
