"""A model run by PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import torch

from . import attention
from .hardware import has_bf16
from .modeling import QawlModel
from .role_batches import GIVEN, role_arrays
from .role_decoding import RoleArrays
from .runner import CPU_CHUNK, CPU_PIECES

_GPU_PIECES, _GPU_CHUNK = 16384, 200_000  # pieces of one pass, characters


class TorchRunner:
    """See ``Runner``.

    Args:
        precision: ``fp32``, ``bf16`` (matrix products only) or ``auto`` (bf16 where the processor has it).
    """

    def __init__(self, model: QawlModel, precision: str = "auto"):
        if precision not in ("auto", "fp32", "bf16"):
            raise ValueError(f"precision: {precision!r} is unknown; use auto, fp32 or bf16")
        self.model, self.config = model, model.config
        bf16 = precision == "bf16" or (precision == "auto" and has_bf16(model.device))
        self.precision = "bf16" if bf16 else "fp32"
        self.on_cpu = model.device.type == "cpu"
        self.batch_pieces, self.chunk = (CPU_PIECES, CPU_CHUNK) if self.on_cpu else (_GPU_PIECES, _GPU_CHUNK)

    def frozen(self) -> TorchRunner:
        """This runner, its model made ready for inference alone: on a processor with bf16, whole in bf16, so that no
        pass converts the weights, and with ``attention``, which takes fewer passes over the scores, where it serves."""
        if self.precision == "bf16" and self.on_cpu:
            self.model.to(torch.bfloat16)
            if attention.serves(self.model.encoder.config):
                self.model.encoder.set_attn_implementation(attention.NAME)
        return self

    @property
    def workers(self) -> int:
        return torch.get_num_threads() if self.on_cpu else 2

    @contextmanager
    def pool(self) -> Iterator[Executor]:
        """On a processor each thread computes on one core: cores that share a product wait for one another, those with
        products of their own do not. With a GPU one chunk is decoded while the next one is read."""
        threads = torch.get_num_threads()
        with ThreadPoolExecutor(
            self.workers, initializer=torch.set_num_threads, initargs=(1 if self.on_cpu else threads,)
        ) as pool:
            try:
                yield pool
            finally:
                torch.set_num_threads(threads)  # also of threads begun later, which take what was set last

    @torch.inference_mode()
    def scores(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.model.eval()
        device = self.model.device
        converted = self.precision == "bf16" and self.model.dtype == torch.float32
        with torch.autocast(device.type, torch.bfloat16, enabled=converted):
            output = self.model(**{name: torch.from_numpy(array).to(device) for name, array in batch.items()})
        found = {name: getattr(output, name) for name in ("words", "entities", "cues", "claims")}
        return {name: tensor.float().cpu().numpy() for name, tensor in found.items() if tensor is not None}

    def roles(self, windows: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[RoleArrays]:
        return role_arrays(windows, self._roles)

    @torch.inference_mode()
    def _roles(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.model.eval()
        asked = {name: torch.from_numpy(array).to(self.model.device) for name, array in arrays.items()}
        scores = self.model.roles(**asked | {"words": asked["words"].to(self.model.dtype)})
        return {name: getattr(scores, name).float().cpu().numpy() for name in GIVEN}
