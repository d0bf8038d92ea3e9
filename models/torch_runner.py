"""A model run by PyTorch."""

from __future__ import annotations

import numpy as np
import torch

from .hardware import has_bf16
from .modeling import QawlModel
from .role_decoding import RoleArrays


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

    @torch.inference_mode()
    def scores(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.model.eval()
        device = self.model.device
        with torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            output = self.model(**{name: torch.from_numpy(array).to(device) for name, array in batch.items()})
        found = {name: getattr(output, name) for name in ("words", "entities", "cues", "claims")}
        return {name: tensor.float().cpu().numpy() for name, tensor in found.items() if tensor is not None}

    @torch.inference_mode()
    def roles(self, words: np.ndarray, cues: np.ndarray) -> RoleArrays:
        self.model.eval()
        device = self.model.device
        found = self.model.roles(
            torch.from_numpy(words).to(device)[None],
            torch.tensor([len(words)], device=device),
            torch.zeros(len(cues), dtype=torch.long, device=device),
            torch.from_numpy(cues).to(device),
        )
        return RoleArrays(*(t.cpu().numpy() for t in (found.start, found.end, found.inside, found.none)), cues)
