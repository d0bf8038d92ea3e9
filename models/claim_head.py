"""Stance of a text to a claim: both are read together, claim first, and then compared.

A text that is longer than a window is read in several, each with the claim. They are pooled so that one window that
speaks of the claim is enough, and few that seem to by chance are not: the odds that the text is related are those of its
most related window, times sqrt(FEW / windows) where it has more than ``FEW``. The other labels share that in proportion
to their mean probabilities, each window weighed by the square of how related it is. One window alone keeps its
probabilities.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .pooling import FEW, LEAST

_PAIRS = 16  # of a batch whose loss is their plain average


class ClaimHead(nn.Module):
    """Scores of the labels for every window.

    The mean vectors u of the claim's pieces and v of the text's, each with the marks around it, are compared as
    [u; v; |u - v|; u * v] (InferSent, Conneau et al., EMNLP 2017, section 2.2), each already seen in the light of the
    other by the encoder.
    """

    def __init__(self, *, size: int, labels: int, dropout: float):
        super().__init__()
        self.dense = nn.Linear(4 * size, size)
        self.dropout = nn.Dropout(dropout)
        self.score = nn.Linear(size, labels)
        self.pooler = nn.Linear(size, size)
        self.stock = nn.Linear(size, labels)

    def stock_scores(self, pieces: Tensor) -> Tensor:
        """Piece vectors (windows, pieces, size) → scores (windows, labels) read off the first piece, as BERT has it.

        Learnt beside the other scores and used by nothing here: it is what a stock sequence classifier can hold.
        """
        return self.stock(self.dropout(torch.tanh(self.pooler(pieces[:, 0]))))

    def forward(self, pieces: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Piece vectors (windows, pieces, size), their mask and types (windows, pieces) → scores (windows, labels)."""
        claim = _mean(pieces, attention_mask * (1 - token_type_ids))
        text = _mean(pieces, attention_mask * token_type_ids)
        compared = torch.cat([claim, text, (claim - text).abs(), claim * text], dim=-1)
        return self.score(self.dropout(torch.tanh(self.dense(self.dropout(compared)))))


def _mean(pieces: Tensor, mask: Tensor) -> Tensor:
    """The mean (windows, size) of the pieces that ``mask`` has; zero where it has none."""
    mask = mask[..., None].to(pieces.dtype)
    return (pieces * mask).sum(1) / mask.sum(1).clamp(min=1)


def pooled(scores: Tensor, pairs: Tensor, unrelated: int | None) -> Tensor:
    """Probabilities (pairs, labels) of texts from the scores (windows, labels) of their windows.

    Args:
        pairs: (windows,) the pair of claim and text that each window belongs to, counted from 0.
        unrelated: the label that means it, if there is one.
    """
    probabilities = scores.float().softmax(-1)
    windows = pairs.bincount()
    total = probabilities.new_zeros(len(windows), scores.shape[1])
    if unrelated is None:
        total = total.index_add(0, pairs, probabilities)
        return total / total.sum(-1, keepdim=True)
    least = probabilities.new_ones(len(windows)).scatter_reduce(0, pairs, probabilities[:, unrelated], "amin")
    most = 1 - least
    weights = ((1 - probabilities[:, unrelated]) / most[pairs].clamp(min=LEAST)).square()
    total = total.index_add(0, pairs, probabilities * weights[:, None])
    shares = total.index_fill(1, torch.tensor([unrelated], device=scores.device), 0.0)
    shares = shares / shares.sum(-1, keepdim=True).clamp(min=LEAST)
    chance = (FEW / windows).sqrt().clamp(max=1.0)
    related = most * chance / (most * chance + least)
    return (
        shares * related[:, None]
        + F.one_hot(torch.tensor(unrelated, device=scores.device), scores.shape[1]) * (1 - related)[:, None]
    )


def claim_loss(probabilities: Tensor, labels: Tensor, shifts: Tensor | None = None) -> Tensor:
    """The mean cross-entropy with ``labels``, either one for each pair (pairs,) or their probabilities (pairs, labels).

    Fewer than ``_PAIRS`` pairs count for less in proportion, so that a pair of long texts, which come few to a batch,
    weighs what a pair of headlines does.

    Args:
        shifts: (pairs, labels) added to the log-probabilities: with the logarithm of how frequent labels are, the
            probabilities without it are those of labels that are equally frequent (Menon et al., "Long-tail learning
            via logit adjustment", ICLR 2021, equation 10).
    """
    share = min(1.0, len(labels) / _PAIRS)
    scores = probabilities.clamp(min=LEAST).log()
    return share * F.cross_entropy(scores if shifts is None else scores + shifts, labels)
