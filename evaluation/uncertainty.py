"""How far a score, or the difference of two, would move with other articles.

Articles, not spans, are resampled, because the spans of an article depend on one another.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .tally import Tally

LEVEL = 0.95
SIGNIFICANT = 0.05
RESAMPLES = 2000
PERMUTATIONS = 9999
_BATCH = 100  # samples that are scored at once, so that memory stays small


@dataclass(frozen=True)
class Comparison:
    """The first system's score less the second's, its confidence interval, and how likely chance alone makes it as large."""

    difference: float
    interval: tuple[float, float]
    p_value: float


def interval(tally: Tally, seed: int = 0) -> tuple[float, float]:
    """The 95% confidence interval of a score: percentile bootstrap over articles (Efron and Tibshirani, 1993, chapter 13).

    A label that a sample lacks, in gold and in the predictions, does not count there. With fewer than two articles, or where
    every sample lacks all of them, it is the score twice.
    """
    return _interval(tally.f1, tally.sampled, len(tally.counts), seed)


def compare(first: Tally, second: Tally, seed: int = 0) -> Comparison:
    """Two systems on the same articles.

    The interval is a paired bootstrap's (Koehn, EMNLP 2004). The p-value is two-sided, from approximate randomisation:
    on every article the systems' outputs change places with probability 1/2 (Noreen, 1989; Yeh, COLING 2000).

    Raises:
        ValueError: the two were not counted on the same articles.
    """
    size = len(first.counts)
    if len(second.counts) != size:
        raise ValueError(f"{size} and {len(second.counts)} articles; compare systems on the same articles")
    both = Tally(np.concatenate([first.counts, second.counts]))

    def exchanged(ours: np.ndarray, theirs: np.ndarray, axis: int) -> np.ndarray:
        return both.scores(ours) - both.scores(theirs)

    p_value = 1.0
    if size > 1:
        p_value = stats.permutation_test(
            (np.arange(size), np.arange(size) + size),
            exchanged,
            permutation_type="samples",
            vectorized=True,
            n_resamples=PERMUTATIONS,
            batch=_BATCH,
            rng=np.random.default_rng(seed),
        ).pvalue
    difference = first.f1 - second.f1
    spread = _interval(difference, lambda articles: first.sampled(articles) - second.sampled(articles), size, seed)
    return Comparison(difference, spread, float(p_value))


def _interval(value: float, scores: Callable[[np.ndarray], np.ndarray], size: int, seed: int) -> tuple[float, float]:
    if size < 2:
        return value, value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # a score that is the same in every sample
        found = stats.bootstrap(
            (np.arange(size),),
            lambda sample, axis: scores(sample),
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=_BATCH,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).bootstrap_distribution
    found = found[np.isfinite(found)]
    if not len(found):
        return value, value
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
