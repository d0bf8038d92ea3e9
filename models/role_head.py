"""Holder and target of a stance frame, given its cue: one span each, or none.

For every cue the head gives each word a start, an end and an inside score for each role. A span's score is its start
plus its end plus the insides between, and «no span» has a score of its own, so the scores define a distribution over
all spans on either side of the cue: a conditional random field whose tag sequences hold at most one span (Lafferty et
al., 2001). Running sums make its partition function linear in the number of words; ``role_decoding`` finds the best span.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from data.frames import ROLES

_DISTANCES = 48  # embeddings of the signed, logarithmic distance from the cue, half of them on each side
_NEVER = -1e4
SHORT = -0.2  # first inside score: without it most spans would be taken for long ones


@dataclass
class RoleScores:
    """Scores of F cues over the W words of their windows, for each of the two roles.

    ``start``, ``end`` and ``inside`` are (F, 2, W); ``none`` is (F, 2); ``before`` and ``after`` (F, W) are True for
    the words on either side of the cue.
    """

    start: Tensor
    end: Tensor
    inside: Tensor
    none: Tensor
    before: Tensor
    after: Tensor

    def _edges(self) -> tuple[Tensor, Tensor]:
        """Left and right edge scores (F, 2, W): a span from i to j scores left[i] + right[j]."""
        total = self.inside.cumsum(-1)
        return self.start - (total - self.inside), self.end + total

    def log_partition(self) -> Tensor:
        """Logarithm of the summed exponentials of all spans and «none», (F, 2)."""
        left, right = self._edges()
        sides = []
        for side in (self.before, self.after):
            side = side[:, None]
            reached = left.masked_fill(~side, _NEVER).logcumsumexp(-1)
            sides.append((reached + right).masked_fill(~side, _NEVER))
        return torch.cat([*sides, self.none[..., None]], -1).logsumexp(-1)

    def of(self, spans: Tensor) -> Tensor:
        """The scores (F, 2) of ``spans`` (F, 2, 2): start and end word, end exclusive, or -1 for «none»."""
        left, right = self._edges()
        first = spans[..., :1].clamp(min=0)
        last = (spans[..., 1:] - 1).clamp(min=0)
        score = (left.gather(-1, first) + right.gather(-1, last)).squeeze(-1)
        return torch.where(spans[..., 0] >= 0, score, self.none)


class RoleHead(nn.Module):
    """Scores holder and target spans for cues."""

    def __init__(self, *, size: int, hidden: int, dropout: float):
        super().__init__()
        self.word = nn.Linear(size, hidden)
        self.cue = nn.Linear(size, hidden)
        self.distance = nn.Embedding(_DISTANCES + 1, hidden)
        self.dropout = nn.Dropout(dropout)
        self.score = nn.Sequential(nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, 3 * len(ROLES)))
        self.none = nn.Linear(hidden, len(ROLES))
        self.bias = nn.Parameter(torch.tensor([[0.0, 0.0, SHORT]] * len(ROLES)))

    def forward(self, words: Tensor, lengths: Tensor, window: Tensor, cues: Tensor) -> RoleScores:
        """Score every word for every cue.

        Args:
            words: (batch, W, size) word vectors.
            lengths: (batch,) number of words in each window.
            window: (F,) the window that each cue is in.
            cues: (F, 2) first word of the cue and the word after its last.
        """
        place = torch.arange(words.shape[1], device=words.device)
        start, end = cues[:, :1], cues[:, 1:]
        in_cue = (place >= start) & (place < end)  # (F, W)
        weights = in_cue.to(words.dtype) / in_cue.sum(-1, keepdim=True)
        cue = self.cue(torch.einsum("fw,fwd->fd", weights, words[window]))
        distance = torch.where(place < start, place - start, torch.where(place >= end, place - end + 1, 0))
        hidden = self.word(words)[window] + cue[:, None] + self.distance(_bucket(distance))
        scores = self.score(self.dropout(F.gelu(hidden))).float()  # (F, W, 6)
        start_score, end_score, inside = (scores.unflatten(-1, (len(ROLES), 3)) + self.bias).permute(3, 0, 2, 1)
        real = place < lengths[window][:, None]
        return RoleScores(
            start=start_score,
            end=end_score,
            inside=inside.masked_fill(~real[:, None], 0.0),
            none=self.none(F.gelu(cue)).float(),
            before=place < start,
            after=(place >= end) & real,
        )


def _bucket(distance: Tensor) -> Tensor:
    """Signed word distances → indices 0..48: exact up to 4 words, then four buckets for each doubling."""
    size = distance.abs()
    far = 4 + (4 * torch.log2(size.clamp(min=4) / 4)).long()
    bucket = torch.where(size <= 4, size, far).clamp(max=_DISTANCES // 2)
    return _DISTANCES // 2 + distance.sign() * bucket


def role_loss(scores: RoleScores, spans: Tensor) -> Tensor:
    """Negative log-likelihood of the gold ``spans`` (F, 2, 2; -1 for «none»), summed over roles, averaged over cues."""
    return (scores.log_partition() - scores.of(spans)).sum(-1).mean()
