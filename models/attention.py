"""Attention for inference in bf16 on a processor, where passes over the scores cost more than their products.

softmax(s) v = exp(s) v / exp(s) 1: the value vectors get one more component, which is 1, so that one product gives both
sides of the fraction. The scores are read twice, in exp and in that product, and pieces of padding drop out because
their value vectors are zero. The exponent is as wide in bf16 as in fp32, so that a softmax's usual subtraction of the
largest score is not needed; where it is, the plain way is taken.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedConfig
from transformers.masking_utils import flash_attention_mask

NAME = "one_product"  # for ``set_attn_implementation``


def serves(encoder: PreTrainedConfig) -> bool:
    """False for an encoder some of whose layers see only pieces nearby, as ModernBERT's do."""
    return set(getattr(encoder, "layer_types", None) or ["full_attention"]) == {"full_attention"}


def attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **_,
) -> tuple[Tensor, None]:
    """What transformers asks of an attention function; there is no dropout and attention goes both ways.

    Args:
        query, key, value: (batch, heads, pieces, size).
        attention_mask: (batch, pieces), false for padding; None where there is none.

    Returns:
        (batch, pieces, heads, size), and None for the weights.
    """
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    weights = torch.matmul(query * scaling, key.transpose(-1, -2)).exp_()
    held = F.pad(value, (0, 1), value=1.0)
    if attention_mask is not None:
        held = held * attention_mask[:, None, :, None].to(held.dtype)
    sums = torch.matmul(weights, held)
    values, total = sums[..., :-1], sums[..., -1:]
    if not (total.isfinite() & (total > 0)).all():
        mask = None if attention_mask is None else attention_mask[:, None, None].bool()
        values, total = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scaling), 1.0
    return (values / total).transpose(1, 2).contiguous(), None


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, flash_attention_mask)
