"""The stance of a text to a claim from those of its windows; ``claim_head.pooled`` is the same rule in training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from data.article import UNRELATED

FEW = 6  # windows, about those of a bundled article; of many one looks related by chance
LEAST = 1e-6  # of a probability that is divided by, or whose logarithm is taken


def pooled_text(scores: np.ndarray, labels: Sequence[str]) -> list[float]:
    """The probabilities of ``labels`` for a text, from the scores (windows, labels) of its windows."""
    probabilities = softmax(scores, axis=-1)
    if UNRELATED not in labels:
        total = probabilities.sum(axis=0)
        return (total / total.sum()).tolist()
    place = list(labels).index(UNRELATED)
    least = probabilities[:, place].min()
    most = 1 - least
    shares = ((1 - probabilities[:, place]) / max(most, LEAST)) ** 2 @ probabilities
    shares[place] = 0.0
    most *= min(1.0, (FEW / len(scores)) ** 0.5)
    related = most / (most + least)
    pooled = shares / max(shares.sum(), LEAST) * related
    pooled[place] = 1 - related
    return pooled.tolist()
