"""A running average of the weights, which generalises better than the last ones and needs no other step size.

The exponential moving average of Polyak and Juditsky (1992), as used for fine-tuning since Izmailov et al. ("Averaging
Weights Leads to Wider Optima", UAI 2018); the decay starts small, so that the first steps do not weigh on it for long.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

FILE = "average.safetensors"
_STEPS = "steps"


class Average:
    """The average of a model's parameters.

    Args:
        decay: what is kept of the average at each step, at most; 0.998 averages over about 500 steps.
    """

    def __init__(self, model: nn.Module, decay: float):
        self.decay, self.steps = decay, 0
        self.names = [name for name, _ in model.named_parameters()]
        self.weights = [p.detach().clone() for p in model.parameters()]

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take in the weights after a step."""
        self.steps += 1
        kept = min(self.decay, self.steps / (self.steps + 9))
        torch._foreach_lerp_(self.weights, [p.detach() for p in model.parameters()], 1 - kept)

    @contextmanager
    def used(self, model: nn.Module) -> Iterator[None]:
        """The model has the average in the place of its own weights."""
        own = [p.data for p in model.parameters()]
        self._put(model, self.weights)
        try:
            yield
        finally:
            self._put(model, own)

    def save(self, folder: str | Path) -> None:
        save_file({**dict(zip(self.names, self.weights)), _STEPS: torch.tensor(self.steps)}, Path(folder) / FILE)

    def load(self, folder: str | Path) -> None:
        """Take the average that ``save`` wrote."""
        found = load_file(Path(folder) / FILE, device=str(self.weights[0].device))
        self.weights, self.steps = [found[name] for name in self.names], int(found[_STEPS])

    def apply(self, model: nn.Module) -> None:
        """The model takes the average for its weights."""
        self._put(model, [w.clone() for w in self.weights])

    @staticmethod
    def _put(model: nn.Module, weights: list[torch.Tensor]) -> None:
        for parameter, weight in zip(model.parameters(), weights):
            parameter.data = weight
