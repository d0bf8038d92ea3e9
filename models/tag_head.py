"""Word tagging with B and I scores for each label, O being the zero that they are measured against.

The same scores serve both readings. Nested: each label decides for itself, a softmax over (O, B, I) for every word and
label. Flat: one softmax for every word over O and the B and I of all labels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

IGNORE = -100
RARE = -3.0  # first bias of B and I: most words are O, and a head that starts there learns faster


class TagHead(nn.Module):
    """Scores of B and I for every word and label."""

    def __init__(self, *, size: int, labels: int):
        super().__init__()
        self.labels = labels
        self.score = nn.Linear(size, 2 * labels, bias=False)
        self.bias = nn.Parameter(torch.full((2 * labels,), RARE))

    def forward(self, words: Tensor) -> Tensor:
        """Word vectors (batch, words, size) → scores (batch, words, labels, 2)."""
        return (self.score(words) + self.bias).unflatten(-1, (self.labels, 2))


def tag_loss(scores: Tensor, tags: Tensor, *, nested: bool) -> Tensor:
    """Cross-entropy summed over the labels of a word, averaged over the words that have tags.

    Args:
        scores: (batch, words, labels, 2), the B and I scores against O.
        tags: (batch, words, labels), each ``O``, ``B``, ``I`` or ``IGNORE``.
        nested: True to let every label decide for itself, False for one decision a word.
    """
    known = tags[..., 0] != IGNORE
    if not known.any():
        return scores.sum() * 0.0
    scores, tags = scores[known].float(), tags[known]  # (known words, labels, 2), (known words, labels)
    if nested:
        each = F.cross_entropy(with_outside(scores).flatten(0, 1), tags.flatten(), reduction="sum")
        return each / len(tags)
    return F.cross_entropy(flat_logits(scores), flat_tags(tags))


def with_outside(scores: Tensor) -> Tensor:
    """Scores (..., labels, 2) → logits (..., labels, 3) over O, B, I."""
    return F.pad(scores, (1, 0))


def flat_logits(scores: Tensor) -> Tensor:
    """Scores (..., labels, 2) → logits (..., 1 + 2 * labels) over O, B-first, I-first, B-second, I-second, …"""
    return F.pad(scores.flatten(-2), (1, 0))


def flat_tags(tags: Tensor) -> Tensor:
    """Tags (..., labels) of which at most one is not O → indices (...) into ``flat_logits``."""
    label = (tags > 0).int().argmax(-1)
    tag = tags.gather(-1, label[..., None]).squeeze(-1)
    return torch.where(tag > 0, 2 * label + tag, 0)
