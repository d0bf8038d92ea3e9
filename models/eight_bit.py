"""Weights in a quarter of the space: eight bits each, with a scale for every row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

FILE = "model.int8.safetensors"
_SCALE = ".scale"  # after a tensor's name: the scales of its rows


def save_eight_bit(model: nn.Module, folder: str | Path) -> None:
    """Write the model's weights to ``folder/FILE``, see ``stored``."""
    save_file(stored(model.state_dict()), Path(folder) / FILE, {"format": "pt"})


def load_eight_bit(folder: str | Path) -> dict[str, Tensor]:
    """The weights that ``save_eight_bit`` wrote, by name, in fp32."""
    return restored(load_file(Path(folder) / FILE))


def stored(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights by name as they are kept.

    A matrix keeps round(127 w / m) for each weight w, m being the largest magnitude of its row, and m / 127 as the row's
    scale (symmetric quantisation, Jacob et al., CVPR 2018, section 2.1); vectors are kept in half precision.
    """
    tensors = {}
    for name, weight in weights.items():
        weight = weight.detach().float().cpu()
        if weight.ndim == 2:
            tensors[name], tensors[name + _SCALE] = rounded(weight)
        else:
            tensors[name] = weight.half()
    return tensors


def restored(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What ``stored`` kept, by name, in fp32."""
    return {
        name: tensor.float() * tensors[name + _SCALE].float() if name + _SCALE in tensors else tensor.float()
        for name, tensor in tensors.items()
        if not name.endswith(_SCALE)
    }


def rounded(weight: Tensor) -> tuple[Tensor, Tensor]:
    """A matrix (rows, columns) in fp32 → its numbers in int8 and the scales (rows, 1) in half precision. A matrix that was
    read from such numbers gives the same ones again, but for rows of less than 0.01 throughout."""
    scale = (weight.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127).half()
    return (weight / scale.float().clamp(min=1e-8)).round().clamp(-127, 127).to(torch.int8), scale
