"""A model beside another one of its shape, as what sets its weights apart: one or two bits for each.

Two models that were fine-tuned from one base differ little, and their difference bears far coarser steps than weights
do (BitDelta, Liu et al., NeurIPS 2024, section 3.1, which keeps one bit).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from .eight_bit import restored, stored

FILE = "differences.safetensors"
_CODES, _STEP = ".codes", ".step"  # after a matrix's name
_VOCABULARY = "word_embeddings.weight"  # the end of its matrix's name: it has one bit, the others two
_ROUNDS = 12  # of fitting steps and codes to one another


def save_differences(model: nn.Module, other: Mapping[str, Tensor], folder: str | Path) -> None:
    """Write the model's weights to ``folder/FILE``, as differences from those of ``other`` that have their shapes.

    A difference is (c + 1/2) s with a step s for each row and a code c, -2 to 1 in two bits and -1 to 0 in one. What
    ``other`` lacks, and vectors, are kept as in ``eight_bit``.
    """
    weights = {name: weight.detach().float().cpu() for name, weight in model.state_dict().items()}
    apart = {n for n, w in weights.items() if w.ndim == 2 and n in other and other[n].shape == w.shape}
    tensors = stored({name: weight for name, weight in weights.items() if name not in apart})
    for name in apart:
        bits = 1 if name.endswith(_VOCABULARY) else 2
        codes, step = coded(weights[name] - other[name], bits)
        tensors |= {name + _CODES: packed(codes, bits), name + _STEP: step}
    save_file(tensors, Path(folder) / FILE, {"format": "pt"})


def load_differences(folder: str | Path, other: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights that ``save_differences`` wrote, by name, in fp32.

    Raises:
        KeyError: ``other`` lacks a matrix that it had then.
    """
    tensors = load_file(Path(folder) / FILE)
    apart = {name.removesuffix(_STEP) for name in tensors if name.endswith(_STEP)}
    weights = restored({n: t for n, t in tensors.items() if not n.endswith((_CODES, _STEP))})
    for name in apart:
        codes = unpacked(tensors[name + _CODES], other[name].shape[1])
        weights[name] = other[name] + (codes + 0.5) * tensors[name + _STEP].float()
    return weights


def coded(matrix: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Codes (rows, columns) from -2^(bits-1) to 2^(bits-1) - 1, and steps (rows, 1) in half precision, that make
    (code + 1/2) step nearest to the matrix by least squares: codes for the steps and steps for the codes, in turns."""
    half = 2 ** (bits - 1)
    step = (matrix.square().mean(1, keepdim=True).sqrt() * 2 / half).half()
    for _ in range(_ROUNDS):
        codes = (matrix / step.float().clamp(min=1e-8)).floor().clamp(-half, half - 1)
        levels = codes + 0.5
        step = ((matrix * levels).sum(1, keepdim=True) / levels.square().sum(1, keepdim=True)).half()
    return codes.to(torch.int8), step


def packed(codes: Tensor, bits: int) -> Tensor:
    """Codes (rows, columns) as bytes (rows, bits * columns / 8, rounded up)."""
    places = (codes.numpy() + 2 ** (bits - 1)).astype(np.uint8)[..., None] >> np.arange(bits, dtype=np.uint8) & 1
    return torch.from_numpy(np.packbits(places.reshape(len(codes), -1), axis=1))


def unpacked(packed: Tensor, columns: int) -> Tensor:
    """The codes (rows, columns) that ``packed`` packed."""
    bits = packed.shape[1] * 8 // columns
    places = np.unpackbits(packed.numpy(), axis=1, count=bits * columns).reshape(len(packed), columns, bits)
    codes = (places << np.arange(bits, dtype=np.uint8)).sum(-1, dtype=np.int64) - 2 ** (bits - 1)
    return torch.from_numpy(codes)
