"""Stances of articles to claims: accuracy, macro-F1 and the official measures of the public corpora."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from data.article import Article

from .pairing import Pair
from .tally import Tally

_MISSING = "missing"
MANY = 10  # texts that a claim must have on average for its own F1 to mean something

Row = tuple[str, str, str]  # the claim, its gold label, the predicted label


def claim_tallies(pairs: Iterable[Pair]) -> dict[str, Tally]:
    """All that is scored of claims; a claim that the prediction lacks counts as wrong.

    Returns:
        ``claim_accuracy``; ``claim_macro_f1`` over the labels that gold has (the measure of ANS, Khouja 2020, section 5,
        and of AraStance); ``claim_f1/LABEL`` for each of them. Where the claims are few targets of many texts, also
        ``claim_favor_against_f1``: the mean of favor F1 and against F1 for each target, then over targets (Mawqif,
        Alturayeif et al. 2022, section 5).
    """
    rows = [[(c.claim, c.label, _label(c.claim, ours)) for c in gold.claims or ()] for gold, ours in pairs]
    labels = sorted({label for own in rows for _, label, _ in own})
    each = {label: _tally(rows, label) for label in labels}
    tallies = {"claim_accuracy": _accuracy(rows)}
    tallies["claim_macro_f1"] = Tally.mean_of(each.values()) if each else Tally.of([([], [])] * len(rows))
    tallies |= {f"claim_f1/{label}": tally for label, tally in each.items()}
    targets = sorted({target for own in rows for target, _, _ in own})
    if targets and sum(map(len, rows)) >= MANY * len(targets):
        both = [_tally(rows, label, target) for target in targets for label in ("favor", "against")]
        tallies["claim_favor_against_f1"] = Tally.mean_of(both)
    return tallies


def claim_scores(tallies: Mapping[str, Tally]) -> dict[str, Any]:
    """``claims``, their number, ``accuracy``, ``macro_f1`` and where it is measured ``favor_against_f1``, and ``labels``
    with a row for each, from ``claim_tallies``."""
    rows = {name.removeprefix("claim_"): tally for name, tally in tallies.items()}
    return {
        "claims": rows["accuracy"].to_record()["gold"],
        **{name: tally.f1 for name, tally in rows.items() if "/" not in name},
        "labels": {name.partition("/")[2]: tally.to_record() for name, tally in rows.items() if "/" in name},
    }


def _label(claim: str, article: Article) -> str:
    return next((c.label for c in article.claims or () if c.claim == claim), _MISSING)


def _tally(rows: list[list[Row]], label: str, target: str | None = None) -> Tally:
    """Of one label, over the claims that are ``target``, or over all."""
    asked = [[row for row in own if target in (None, row[0])] for own in rows]
    sides = [tuple([i for i, row in enumerate(own) if row[side] == label] for side in (1, 2)) for own in asked]
    return Tally.of(sides)


def _accuracy(rows: list[list[Row]]) -> Tally:
    """The share of right claims, as a tally whose precision and recall are both it."""
    counts = [[sum(gold == ours for _, gold, ours in own), len(own)] * 2 for own in rows]
    return Tally(np.array(counts, dtype=float).reshape(-1, 1, 4))
