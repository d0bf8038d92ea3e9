"""An encoder's updates for claims alone: what it was trained to tag stays as it is.

Every matrix W of the encoder's linear layers is read as W + U D, U and D being of a low rank (LoRA; Hu et al., ICLR 2022,
section 4.1), in passes over a claim and a text, and as W in all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_READS_CLAIMS: ContextVar[bool] = ContextVar("reads_claims", default=False)  # of this thread's pass


class ClaimAdapter(nn.Module):
    """The updates, which change nothing before they are trained.

    Args:
        encoder: whose linear layers are updated, in passes within ``used``.
        rank: of each update.
    """

    def __init__(self, encoder: nn.Module, rank: int):
        super().__init__()
        self.rank = rank
        self.names = [name for name, layer in encoder.named_modules() if isinstance(layer, nn.Linear)]
        self.updates = nn.ModuleList(_Update(encoder.get_submodule(name), rank) for name in self.names)

    @contextmanager
    def used(self) -> Iterator[None]:
        """The encoder's passes of this thread are updated; those of other threads are not."""
        before = _READS_CLAIMS.set(True)
        try:
            yield
        finally:
            _READS_CLAIMS.reset(before)

    @torch.no_grad()
    def merge_into(self, encoder: nn.Module) -> None:
        """Give an encoder of the same layers the updated matrices for its own."""
        for name, update in zip(self.names, self.updates):
            encoder.get_submodule(name).weight += update.up @ update.down


class _Update(nn.Module):
    """U D of one linear layer, to whose output it adds itself."""

    def __init__(self, layer: nn.Linear, rank: int):
        super().__init__()
        self.down = nn.Parameter(torch.randn(rank, layer.in_features) / rank)
        self.up = nn.Parameter(torch.zeros(layer.out_features, rank))
        layer.register_forward_hook(self._added)

    def _added(self, layer: nn.Linear, inputs: tuple[Tensor], output: Tensor) -> Tensor:
        return output + F.linear(F.linear(inputs[0], self.down), self.up) if _READS_CLAIMS.get() else output
