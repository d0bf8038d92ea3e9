"""Whether scores mean what they say: of all items scored 0.8, are four in five right?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_expit, logit
from sklearn.calibration import calibration_curve

from data.article import LAYERS

from .pairing import Pair

BINS = 10
_EDGE = 1e-4  # the last digit of a score; 0 and 1 have no finite log odds
_RANGE = (-2.5, 2.5)  # of the logarithm of a temperature


@dataclass(frozen=True)
class Scored:
    """The predicted items of one layer: their scores and whether each is right, both (items,)."""

    scores: np.ndarray
    right: np.ndarray

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """The mean score and the share that is right in each of ``BINS`` equal bins that has items."""
        right, scores = calibration_curve(self.right, self.scores, n_bins=BINS)
        return scores, right

    def error(self) -> float:
        """The expected calibration error over ``BINS`` equal bins (Guo et al., ICML 2017, equation 3); 0 of no items."""
        if not len(self.scores):
            return 0.0
        place = np.minimum((self.scores * BINS).astype(int), BINS - 1)
        gaps = np.bincount(place, self.right - self.scores, minlength=BINS)
        return float(np.abs(gaps).sum() / len(self.scores))

    def tempered(self, temperature: float) -> Scored:
        """The items with the log odds of their scores divided by ``temperature``."""
        odds = logit(np.clip(self.scores, _EDGE, 1 - _EDGE))
        return Scored(expit(odds / temperature), self.right)

    def temperature(self) -> float:
        """The temperature that makes the outcomes likeliest (Guo et al., ICML 2017, section 4.2); 1 of no items."""
        if not len(self.scores):
            return 1.0
        odds = logit(np.clip(self.scores, _EDGE, 1 - _EDGE)) * np.where(self.right, 1, -1)
        found = minimize_scalar(lambda log: -log_expit(odds / np.exp(log)).mean(), bounds=_RANGE, method="bounded")
        return float(np.exp(found.x))


def scored_items(pairs: Iterable[Pair]) -> dict[str, Scored]:
    """The scored predictions of each layer that gold has and the prediction scores.

    An entity is right with its span and type, a stance frame with its polarity and all three spans, a claim with its
    label.
    """
    items: dict[str, list[tuple[float, bool]]] = {name: [] for name in LAYERS}
    for gold, predicted in pairs:
        for name in LAYERS:
            if getattr(gold, name) is not None:
                right = {_identity(item) for item in getattr(gold, name)}
                mine = [item for item in getattr(predicted, name) or () if item.score is not None]
                items[name] += [(item.score, _identity(item) in right) for item in mine]
    return {
        name: Scored(*(np.array(column, dtype=float) for column in zip(*rows))) for name, rows in items.items() if rows
    }


def _identity(item) -> tuple:
    """What of an entity, stance or claim must agree for it to be right."""
    names = {
        "Entity": ("start", "end", "label"),
        "Stance": ("label", "cue", "holder", "target"),
        "Claim": ("claim", "label"),
    }
    return tuple(getattr(item, name) for name in names[type(item).__name__])
