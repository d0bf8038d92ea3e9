"""A model run from a folder that ``python -m models.export --to onnx`` wrote. Needs no PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from .folder import read_config, read_tokenizer
from .graphs import OnnxRuntimeGraph, OpenVinoGraph, is_for_openvino, openvino_has_bf16
from .role_batches import ASKED, role_arrays
from .role_decoding import RoleArrays
from .runner import CheckpointError
from .windows import rounded_up

SCORES, ROLES = "scores.onnx", "roles.onnx"


class OnnxRunner:
    """See ``Runner``.

    Args:
        folder: with the configuration and the two graphs.
        precision: ``bf16``, by OpenVINO; ``fp32``, by ONNX Runtime; ``int8``, by the one that the export is for; or
            ``auto``: by OpenVINO where it is installed and the processor has bf16, in bf16 or in 8 bits as the export
            is, else by ONNX Runtime.
        threads: how many cores are used; by default all.

    Raises:
        CheckpointError: the folder holds no whole export, or none of that precision.
    """

    def __init__(self, folder: str | Path, precision: str = "auto", threads: int | None = None):
        openvino = precision != "fp32" and openvino_has_bf16()
        if precision == "bf16" and not openvino:
            raise CheckpointError(
                folder,
                "is run in bf16 by OpenVINO, on a processor that has bf16: pip install openvino, or use --precision auto",
            )
        try:
            openvino = openvino and (precision != "int8" or is_for_openvino(Path(folder) / SCORES))
            graph = partial(OpenVinoGraph, in_bf16=precision == "bf16") if openvino else OnnxRuntimeGraph
            self._load(Path(folder), graph, threads)
        except Exception as error:  # the libraries' own errors have no base of their own
            reason = " ".join(str(error).split())  # OpenVINO's has several lines
            raise CheckpointError(folder, f"is not a whole ONNX export: {reason}; export it again") from error
        if precision not in ("auto", self.precision):
            raise CheckpointError(folder, f"is an export that runs in {self.precision} here, not in {precision}; use auto")

    def _load(self, folder: Path, graph: Callable[..., OnnxRuntimeGraph | OpenVinoGraph], threads: int | None) -> None:
        self.config = read_config(folder)
        self.tokenizer = read_tokenizer(folder, self.config)
        self._scores = graph(folder / SCORES, threads)
        self._roles = graph(folder / ROLES, threads) if self.config.stance_labels else None
        self.precision = self._scores.precision
        self.batch_pieces, self.chunk, self.workers = self._scores.pieces, self._scores.chunk, self._scores.workers
        for name, axis, labels in (
            ("entities", 2, self.config.entity_labels),
            ("cues", 2, self.config.stance_labels),
            ("claims", 1, self.config.claim_labels),
        ):
            shape = self._scores.shapes.get(name, [])
            if labels and shape[axis : axis + 1] != [len(labels)]:
                raise ValueError(f"{SCORES} scores other {name} than the {len(labels)} labels of config.json")
        if self._roles is not None and set(self._roles.asked) != set(ASKED):
            raise ValueError(f"{ROLES} reads {', '.join(self._roles.asked)}, not {', '.join(ASKED)}")

    def pool(self) -> Executor:
        return ThreadPoolExecutor(self.workers)

    def scores(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        most = batch["lengths"].max()
        found = self._scores({**self._padded(batch), "slots": np.arange(rounded_up(most, self._scores.step))})
        return {name: array if name == "claims" else array[:, :most] for name, array in found.items()}

    def _padded(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The batch with pieces of padding up to a multiple of the graph's step, as far as the encoder has positions."""
        length = batch["input_ids"].shape[1]
        positions = getattr(self.config.encoder, "max_position_embeddings", math.inf)
        more = min(rounded_up(length, self._scores.step), positions) - length
        if not more:
            return batch
        fill = {"input_ids": self.tokenizer.pad_token_id, "attention_mask": 0, "token_type_ids": 0, "word_ids": -1}
        padded = {n: np.pad(batch[n], ((0, 0), (0, more)), constant_values=value) for n, value in fill.items()}
        return batch | padded

    def roles(self, windows: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[RoleArrays]:
        return role_arrays(windows, self._roles, self._roles.step)
