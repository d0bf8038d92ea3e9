"""Stances of articles to claims: accuracy, macro-F1 and the official measures of the public corpora."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from data.article import Article, Claim

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
        Alturayeif et al. 2022, section 5). Where gold has evidence, also ``claim_evidence_f1``, of the sentences that
        show the stance (exact spans), and ``claim_first_evidence``, how often the first sentence that the prediction
        shows is one of gold's.
    """
    pairs = list(pairs)
    rows = [[(c.claim, c.label, _label(c, ours)) for c in gold.claims or ()] for gold, ours in pairs]
    labels = sorted({label for own in rows for _, label, _ in own})
    each = {label: _tally(rows, label) for label in labels}
    tallies = {"claim_accuracy": _accuracy(rows)}
    tallies["claim_macro_f1"] = Tally.mean_of(each.values()) if each else Tally.of([([], [])] * len(rows))
    tallies |= {f"claim_f1/{label}": tally for label, tally in each.items()}
    targets = sorted({target for own in rows for target, _, _ in own})
    if targets and sum(map(len, rows)) >= MANY * len(targets):
        both = [_tally(rows, label, target) for target in targets for label in ("favor", "against")]
        tallies["claim_favor_against_f1"] = Tally.mean_of(both)
    if any(claim.evidence for gold, _ in pairs for claim in gold.claims or ()):
        tallies |= _evidence(pairs)
    return tallies


def _evidence(pairs: list[Pair]) -> dict[str, Tally]:
    shown = [
        [(_spans(claim), _spans(_same(claim, ours))) for claim in gold.claims or () if claim.evidence]
        for gold, ours in pairs
    ]
    sides = [
        tuple([(i, span) for i, claim in enumerate(own) for span in claim[side]] for side in (0, 1)) for own in shown
    ]
    firsts = [[sum(ours[:1] != [] and ours[0] in gold for gold, ours in own), len(own)] * 2 for own in shown]
    return {
        "claim_evidence_f1": Tally.of(sides),
        "claim_first_evidence": Tally(np.array(firsts, dtype=float).reshape(-1, 1, 4)),
    }


def _spans(claim: Claim | None) -> list[tuple[int, int]]:
    return [(sentence.start, sentence.end) for sentence in claim.evidence] if claim else []


def claim_scores(tallies: Mapping[str, Tally]) -> dict[str, Any]:
    """``claims``, their number; ``accuracy``, ``macro_f1`` and the others where they are measured; and ``labels`` with a
    row for each, from ``claim_tallies``."""
    rows = {name.removeprefix("claim_"): tally for name, tally in tallies.items()}
    return {
        "claims": rows["accuracy"].to_record()["gold"],
        **{name: tally.f1 for name, tally in rows.items() if "/" not in name},
        "labels": {name.partition("/")[2]: tally.to_record() for name, tally in rows.items() if "/" in name},
    }


def _same(claim: Claim, article: Article) -> Claim | None:
    """The article's claim of the same words."""
    return next((c for c in article.claims or () if c.claim == claim.claim), None)


def _label(claim: Claim, article: Article) -> str:
    found = _same(claim, article)
    return found.label if found else _MISSING


def _tally(rows: list[list[Row]], label: str, target: str | None = None) -> Tally:
    """Of one label, over the claims that are ``target``, or over all."""
    asked = [[row for row in own if target in (None, row[0])] for own in rows]
    sides = [tuple([i for i, row in enumerate(own) if row[side] == label] for side in (1, 2)) for own in asked]
    return Tally.of(sides)


def _accuracy(rows: list[list[Row]]) -> Tally:
    """The share of right claims, as a tally whose precision and recall are both it."""
    counts = [[sum(gold == ours for _, gold, ours in own), len(own)] * 2 for own in rows]
    return Tally(np.array(counts, dtype=float).reshape(-1, 1, 4))
