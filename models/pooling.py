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
    total = probabilities.sum(axis=0)
    if UNRELATED not in labels:
        return (total / total.sum()).tolist()
    place = list(labels).index(UNRELATED)
    least, total[place] = probabilities[:, place].min(), 0.0
    total = total / max(total.sum(), _LEAST) * (1 - least)
    total[place] = least
    return total.tolist()
