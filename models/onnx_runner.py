"""A model run by ONNX Runtime, from a folder that ``python -m models.export --to onnx`` wrote. Needs no PyTorch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime

from .folder import read_config, read_tokenizer
from .role_decoding import RoleArrays
from .runner import CPU_CHUNK, CPU_PIECES, CheckpointError

SCORES, ROLES = "scores.onnx", "roles.onnx"


class OnnxRunner:
    """See ``Runner``.

    Args:
        folder: with the configuration and the two graphs.
        threads: of one matrix product; by default as many as there are cores.

    Raises:
        CheckpointError: the folder holds no whole export.
    """

    batch_pieces, chunk = CPU_PIECES, CPU_CHUNK
    workers = 2  # one chunk is decoded while the next one is read

    def __init__(self, folder: str | Path, threads: int | None = None):
        try:
            self._load(Path(folder), threads)
        except Exception as error:  # ONNX Runtime's own errors have no base of their own
            raise CheckpointError(folder, f"is not a whole ONNX export: {error}; export it again") from error

    def _load(self, folder: Path, threads: int | None) -> None:
        self.config = read_config(folder)
        self.tokenizer = read_tokenizer(folder, self.config)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
        graphs = [str(folder / name) for name in (SCORES, ROLES)]
        self._scores = onnxruntime.InferenceSession(graphs[0], options)
        self._roles = onnxruntime.InferenceSession(graphs[1], options) if self.config.stance_labels else None
        self.precision = self._scores.get_modelmeta().custom_metadata_map["precision"]
        self._asked = {each.name for each in self._scores.get_inputs()}
        shapes = {each.name: each.shape for each in self._scores.get_outputs()}
        self._given = list(shapes)
        for name, axis, labels in (
            ("entities", 2, self.config.entity_labels),
            ("cues", 2, self.config.stance_labels),
            ("claims", 1, self.config.claim_labels),
        ):
            if labels and (name not in shapes or shapes[name][axis : axis + 1] != [len(labels)]):
                raise ValueError(f"{SCORES} scores other {name} than the {len(labels)} labels of config.json")

    def pool(self) -> Executor:
        return ThreadPoolExecutor(self.workers)

    def scores(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        arrays = {**batch, "slots": np.arange(batch["lengths"].max())}
        found = self._scores.run(self._given, {name: arrays[name] for name in self._asked})
        return dict(zip(self._given, found))

    def roles(self, windows: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[RoleArrays]:
        return [RoleArrays(*self._roles.run(None, {"words": words, "cues": cues}), cues) for words, cues in windows]
