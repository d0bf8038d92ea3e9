"""A model beside another one of its shape, as what sets its weights apart: a few bits for each.

Two models that were fine-tuned from one base differ little, and their difference bears far coarser steps than weights
do (BitDelta, Liu et al., NeurIPS 2024, section 3.1, which keeps one bit). The other model is the one in eight bits in the
folder above.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from . import eight_bit

FILE = "differences.safetensors"
_CODES, _STEP = ".codes", ".step"  # after a matrix's name
_VOCABULARY = "word_embeddings.weight"  # the end of its matrix's name: it has one bit, which is enough
BITS = 2  # of the other matrices' weights, unless another number is asked for
_NEAR = 0.75  # of a matrix's own norm: what is further from the other model's is kept in eight bits; unrelated ones are 1.4 apart
_ROUNDS = 12  # of fitting steps and codes to one another


def save_differences(model: nn.Module, folder: str | Path, bits: int = BITS) -> None:
    """Write the model's weights to ``folder/FILE``, matrices as differences from those of the model in the folder above.

    A difference is (c + 1/2) s with a step s for each row and a code c, -2 to 1 in two bits and -1 to 0 in one. Vectors,
    and matrices that have no like there, are kept as in ``eight_bit``.

    Args:
        bits: of a weight, from 1 to 8; those of the vocabulary have one. Two are enough for what one training set apart;
            where a short one followed a long one, what the short one did is smaller than their steps, and four are.
    """
    other, digest = _above(folder)
    weights = {name: weight.detach().float().cpu() for name, weight in model.state_dict().items()}
    apart = {name for name, weight in weights.items() if weight.ndim == 2 and _is_near(weight, other.get(name))}
    tensors = eight_bit.stored({name: weight for name, weight in weights.items() if name not in apart})
    for name in apart:
        codes, tensors[name + _STEP] = coded(weights[name] - other[name], _bits(name, bits))
        tensors[name + _CODES] = packed(codes, _bits(name, bits))
    save_file(tensors, Path(folder) / FILE, {"format": "pt", "from": digest, "bits": str(bits)})


def load_differences(folder: str | Path) -> dict[str, Tensor]:
    """The weights that ``save_differences`` wrote, by name, in fp32.

    Raises:
        ValueError: the model in the folder above is another one than then, or the file is broken.
    """
    other, digest = _above(folder)
    with safe_open(Path(folder) / FILE, "pt") as file:
        metadata = file.metadata() or {}
    if metadata.get("from") != digest:
        raise ValueError(f"{FILE} holds differences from other weights than {eight_bit.FILE} in the folder above")
    said = metadata.get("bits", str(BITS))
    if said not in map(str, range(1, 9)):
        raise ValueError(f"{FILE}: its weights have {said!r} bits, which is not a number from 1 to 8")
    tensors = load_file(Path(folder) / FILE)
    weights = eight_bit.restored({n: t for n, t in tensors.items() if not n.endswith((_CODES, _STEP))})
    for name in (name.removesuffix(_STEP) for name in tensors if name.endswith(_STEP)):
        codes, step = tensors.get(name + _CODES), tensors[name + _STEP]
        (rows, columns), bits = other[name].shape, _bits(name, int(said))
        wanted = (rows, -(-bits * columns // 8))
        if codes is None or codes.dtype != torch.uint8 or codes.shape != wanted or step.shape != (rows, 1):
            raise ValueError(f"{FILE}: {name} has other codes or steps than its {rows} by {columns} weights take")
        weights[name] = other[name] + (unpacked(codes, bits, columns) + 0.5) * step.float()
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
    unsigned = (codes.numpy().astype(np.int16) + 2 ** (bits - 1)).astype(np.uint8)  # 128 is too much for int8
    places = unsigned[..., None] >> np.arange(bits, dtype=np.uint8) & 1
    return torch.from_numpy(np.packbits(places.reshape(len(codes), -1), axis=1))


def unpacked(packed: Tensor, bits: int, columns: int) -> Tensor:
    """The codes (rows, columns) that ``packed`` packed."""
    places = np.unpackbits(packed.numpy(), axis=1, count=bits * columns).reshape(len(packed), columns, bits)
    codes = (places << np.arange(bits, dtype=np.uint8)).sum(-1, dtype=np.int64) - 2 ** (bits - 1)
    return torch.from_numpy(codes)


def _bits(name: str, bits: int) -> int:
    return 1 if name.endswith(_VOCABULARY) else bits


def _is_near(weight: Tensor, other: Tensor | None) -> bool:
    """True where fine-tuning alone may have set two matrices apart."""
    return other is not None and other.shape == weight.shape and bool((weight - other).norm() < _NEAR * weight.norm())


def _above(folder: str | Path) -> tuple[dict[str, Tensor], str]:
    """The weights in the folder above, by name, and the hash of their file."""
    above = Path(folder).absolute().parent
    with open(above / eight_bit.FILE, "rb") as file:
        return eight_bit.load_eight_bit(above), hashlib.file_digest(file, "sha256").hexdigest()
