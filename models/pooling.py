"""The stance of a text to a claim from those of its windows; ``claim_head.pooled`` is the same rule in training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from data.article import UNRELATED

_LEAST = 1e-6  # of a probability that is divided by


def pooled_text(scores: np.ndarray, labels: Sequence[str]) -> list[float]:
    """The probabilities of ``labels`` for a text, from the scores (windows, labels) of its windows."""
    probabilities = softmax(scores, axis=-1)
    if UNRELATED not in labels:
        total = probabilities.sum(axis=0)
        return (total / total.sum()).tolist()
    place = list(labels).index(UNRELATED)
    least = probabilities[:, place].min()
    weights = (1 - probabilities[:, place]) / max(1 - least, _LEAST)
    total = weights @ probabilities
    total[place] = 0.0
    total = total / max(total.sum(), _LEAST) * (1 - least)
    total[place] = least
    return total.tolist()
