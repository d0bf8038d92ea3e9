"""From scores of holder and target to the best span of each, given a cue; see ``role_head`` for what the scores mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from data.frames import ROLES

_NEVER = -1e4
_STEP = 1e6  # more than any score, so that a maximum never runs on from one stretch of words into the next


@dataclass(frozen=True)
class RoleArrays:
    """Scores of F cues over the W words of one window, for each of the two roles.

    ``start``, ``end`` and ``inside`` are (F, 2, W); ``none`` is (F, 2); ``cues`` (F, 2), first word and the word after
    the last.
    """

    start: np.ndarray
    end: np.ndarray
    inside: np.ndarray
    none: np.ndarray
    cues: np.ndarray

    def __post_init__(self):
        total = self.inside.astype(np.float64).cumsum(-1)
        # A span from i to j scores left[i] + right[j].
        object.__setattr__(self, "left", self.start - (total - self.inside))
        object.__setattr__(self, "right", self.end + total)

    def sides(self) -> tuple[np.ndarray, np.ndarray]:
        """The words (F, W) before and after each cue."""
        place = np.arange(self.start.shape[-1])
        return place < self.cues[:, :1], place >= self.cues[:, 1:]

    def log_partition(self) -> np.ndarray:
        """Logarithm of the summed exponentials of all spans and «none», (F, 2)."""
        ends = [self.none[..., None]]
        for side in self.sides():
            reached = np.logaddexp.accumulate(np.where(side[:, None], self.left, _NEVER), axis=-1)
            ends.append(np.where(side[:, None], reached + self.right, _NEVER))
        return logsumexp(np.concatenate(ends, axis=-1), axis=-1)

    def best(self, role: int, barred: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The best span of ``role`` for each cue, (F, 2) words or -1 for «none», and its score (F,).

        Args:
            barred: (F, W) words that the span may not touch.
        """
        before, after = self.sides()
        allowed = (before | after) if barred is None else (before | after) & ~barred
        # A span stays within one stretch of allowed words; later stretches are raised above all earlier ones.
        raised = (~allowed).cumsum(-1) * _STEP
        left = np.where(allowed, self.left[:, role], _NEVER) + raised
        reached = np.maximum.accumulate(left, axis=-1)
        place = np.arange(left.shape[-1])
        first = np.maximum.accumulate(np.where(left == reached, place, 0), axis=-1)
        scores = np.where(allowed, reached - raised + self.right[:, role], _NEVER)
        last = scores.argmax(-1)
        score, none = scores.max(-1), self.none[:, role]
        spans = np.stack([np.take_along_axis(first, last[:, None], -1)[:, 0], last + 1], axis=-1)
        found = score > none
        return np.where(found[:, None], spans, -1), np.where(found, score, none)


def decode_roles(scores: RoleArrays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The holders and the targets (F, 2), words or -1 for none, which never overlap, and their joint probability (F,)."""
    targets, target_score = scores.best(ROLES.index("target"))
    place = np.arange(scores.start.shape[-1])
    barred = (place >= targets[:, :1]) & (place < targets[:, 1:])
    holders, holder_score = scores.best(ROLES.index("holder"), barred)
    log_probability = holder_score + target_score - scores.log_partition().sum(-1)
    return holders, targets, np.exp(np.minimum(log_probability, 0.0))
