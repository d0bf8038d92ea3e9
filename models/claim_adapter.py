"""An encoder's updates for claims alone: what it was trained to tag stays as it is.

Every matrix W of the encoder's linear layers is read as W + U D, U and D being of a low rank (LoRA; Hu et al., ICLR 2022,
section 4.1), in passes over a claim and a text, and as W in all others.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call


class ClaimAdapter(nn.Module):
    """The updates, which change nothing before they are trained.

    Args:
        encoder: whose linear layers are updated.
        rank: of each update.
    """

    def __init__(self, encoder: nn.Module, rank: int):
        super().__init__()
        self.names = [name for name, layer in encoder.named_modules() if isinstance(layer, nn.Linear)]
        layers = [encoder.get_submodule(name) for name in self.names]
        self.down = nn.ParameterList(torch.randn(rank, layer.in_features) / rank for layer in layers)
        self.up = nn.ParameterList(torch.zeros(layer.out_features, rank) for layer in layers)

    @torch.no_grad()
    def merge_into(self, encoder: nn.Module) -> None:
        """Give an encoder the updated matrices for its own."""
        encoder.load_state_dict(self.weights(encoder), strict=False)

    def weights(self, encoder: nn.Module) -> dict[str, Tensor]:
        """The updated matrices by their names in the encoder."""
        return {
            f"{name}.weight": encoder.get_submodule(name).weight + up @ down
            for name, down, up in zip(self.names, self.down, self.up)
        }

    def forward(self, encoder: nn.Module, **inputs: Tensor):
        """A pass of the encoder with its updated matrices."""
        return functional_call(encoder, self.weights(encoder), kwargs=inputs)
