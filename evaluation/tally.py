"""What a score is computed from, kept for each article, so that articles can be resampled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np

Items = Iterable[Hashable]


@dataclass(frozen=True)
class Tally:
    """Four numbers for each article and class: hits among the predicted, predicted, hits among gold, gold.

    Precision is the first over the second, recall the third over the fourth, each summed over articles first; F1 is
    their harmonic mean (van Rijsbergen, Information Retrieval, 1979, chapter 7). A ratio over nothing is 0. The two
    kinds of hits differ only where an item can be right in part. A score over several classes is the mean of their F1.

    Args:
        counts: (articles, classes, 4).
    """

    counts: np.ndarray

    @classmethod
    def of(cls, sides: Iterable[tuple[Items, Items]]) -> Tally:
        """Of one class, from the gold and predicted items of each article; one that occurs twice counts twice."""
        return cls(np.array([[_counts(*side)] for side in sides], dtype=float).reshape(-1, 1, 4))

    @classmethod
    def mean_of(cls, tallies: Iterable[Tally]) -> Tally:
        """The classes of several tallies over the same articles as one score."""
        return cls(np.concatenate([tally.counts for tally in tallies], axis=1))

    def scores(self, articles: np.ndarray | None = None) -> np.ndarray:
        """The score of samples (…, size) of articles given by place, (…); of all articles once by default."""
        counts = self.counts if articles is None else self.counts[articles]
        return _f1(*_ratios(counts.sum(axis=-3))).mean(axis=-1)

    def sampled(self, articles: np.ndarray) -> np.ndarray:
        """As ``scores``, without the classes that gold and the predictions have, but not in a sample; NaN where there are no
        others."""
        totals = self.counts[articles].sum(axis=-3)
        there = (totals[..., 1::2].sum(axis=-1) > 0) | (self.counts[..., 1::2].sum(axis=(0, 2)) == 0)
        classes = there.sum(axis=-1)
        summed = _f1(*_ratios(totals)).sum(axis=-1, where=there)
        return np.divide(summed, classes, out=np.full_like(summed, np.nan), where=classes > 0)

    @property
    def f1(self) -> float:
        return float(self.scores())

    def to_record(self) -> dict[str, float]:
        """Precision, recall and F1 of a tally of one class, and the number of items on each side."""
        total = self.counts.sum(axis=0)
        precision, recall = _ratios(total)
        return {
            "precision": precision.item(),
            "recall": recall.item(),
            "f1": _f1(precision, recall).item(),
            "predicted": int(total[0, 1]),
            "gold": int(total[0, 3]),
        }


def _counts(gold: Items, predicted: Items) -> list[int]:
    gold, predicted = Counter(gold), Counter(predicted)
    hits = (gold & predicted).total()
    return [hits, predicted.total(), hits, gold.total()]


def _ratios(totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Precision and recall from counts (…, 4)."""
    hits, items = totals[..., 0::2], totals[..., 1::2]
    ratios = np.divide(hits, items, out=np.zeros_like(hits), where=items > 0)
    return ratios[..., 0], ratios[..., 1]


def _f1(precision: np.ndarray, recall: np.ndarray) -> np.ndarray:
    both = precision + recall
    return np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0)
