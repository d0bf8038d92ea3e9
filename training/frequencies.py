"""Stances that are rare for a claim are not held back (logit adjustment; Menon et al., "Long-tail learning via logit
adjustment", ICLR 2021, section 4).

Of tweets on a target nine in ten may be in favor. A model that learns this says favor where it is unsure, and seldom
finds those that are against. Here the loss adds to its scores what the frequencies alone would say, so that it learns
the rest.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from datasets import Dataset, List, Value

SIDES = ("favor", "against")  # which are weighed against one another; other labels stay as frequent as they are
OFTEN = 50  # rows of a claim; those of claims that have fewer are counted together


def with_shifts(rows: Dataset, labelled: Dataset, labels: Sequence[str], strength: float) -> Dataset:
    """The rows of ``features.build_features`` with a column ``shifts``: for a row that is held against a claim, what is
    added to the log-probability of each label in the loss; null in the others.

    That is ``strength`` times the logarithm of how many of the claim's rows take the label's side, as a share of those
    that take the more frequent one; nothing for labels that are no side.

    Args:
        labelled: the rows whose stances are counted.
    """
    counts: defaultdict[tuple[int, ...], Counter[str]] = defaultdict(Counter)
    for claim, stance in zip(labelled["claim"], labelled["stance"], strict=True):
        if claim is not None:
            counts[tuple(claim)][labels[stance]] += 1
    often = {claim: _shifts(found, labels, strength) for claim, found in counts.items() if found.total() >= OFTEN}
    few = sum((found for claim, found in counts.items() if claim not in often), Counter())
    seldom = _shifts(few, labels, strength)
    column = [None if claim is None else often.get(tuple(claim), seldom) for claim in rows["claim"]]
    return rows.add_column("shifts", column, feature=List(Value("float32")))


def _shifts(counts: Counter[str], labels: Sequence[str], strength: float) -> list[float]:
    """One is added to each count, so that a side which nobody takes has a logarithm."""
    most = max(counts[side] for side in SIDES) + 1
    return [strength * math.log((counts[label] + 1) / most) if label in SIDES else 0.0 for label in labels]
