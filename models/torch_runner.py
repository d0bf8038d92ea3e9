"""A model run by PyTorch."""

from __future__ import annotations

import numpy as np
import torch

from data.frames import ROLES

from .hardware import has_bf16
from .modeling import QawlModel


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
        found = {name: output[name] for name in ("words", "entities", "cues", "claims")}
        return {name: tensor.float().cpu().numpy() for name, tensor in found.items() if tensor is not None}

    @torch.inference_mode()
    def roles(self, words: np.ndarray, cues: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        self.model.eval()
        device = self.model.device
        scores = self.model.roles(
            torch.from_numpy(words).to(device)[None],
            torch.tensor([len(words)], device=device),
            torch.zeros(len(cues), dtype=torch.long, device=device),
            torch.from_numpy(cues).to(device),
        )
        target, target_score = scores.best(ROLES.index("target"))
        place = torch.arange(len(words), device=device)
        barred = (place >= target[:, :1]) & (place < target[:, 1:])
        holder, holder_score = scores.best(ROLES.index("holder"), barred)
        log_probs = torch.stack([holder_score, target_score], -1) - scores.log_partition()
        probability = log_probs.sum(-1).exp().clamp(max=1)
        return holder.cpu().numpy(), target.cpu().numpy(), probability.cpu().numpy()
