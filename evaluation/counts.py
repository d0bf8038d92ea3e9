"""Precision, recall and F1 from counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Counts:
    """How many items are right, predicted and gold. A ratio over nothing is 0.

    F1 is the harmonic mean of precision and recall (van Rijsbergen, Information Retrieval, 1979, chapter 7).
    """

    correct: int = 0
    predicted: int = 0
    gold: int = 0

    def add(self, gold: Iterable, predicted: Iterable) -> None:
        """Count the items of one article; an item that occurs twice must be predicted twice."""
        gold, predicted = Counter(gold), Counter(predicted)
        self.correct += (gold & predicted).total()
        self.predicted += predicted.total()
        self.gold += gold.total()

    @property
    def precision(self) -> float:
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        return f1(self.precision, self.recall)

    def to_record(self) -> dict[str, float]:
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "correct": self.correct,
            "predicted": self.predicted,
            "gold": self.gold,
        }


def f1(precision: float, recall: float) -> float:
    """The harmonic mean of the two, 0 when both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
