"""Stances of articles to claims: accuracy, macro-F1 and the official measures of the public corpora."""

from __future__ import annotations

from statistics import mean
from typing import Any

from sklearn.metrics import f1_score, precision_recall_fscore_support

from data.article import Article

_MISSING = "missing"
MANY = 10  # texts that a claim must have on average for its own F1 to mean something


def claim_scores(pairs: list[tuple[Article, Article]]) -> dict[str, Any]:
    """Score the claims of (gold, predicted) articles; a claim that the prediction lacks counts as wrong.

    Returns:
        ``claims``, their number, ``accuracy``, ``macro_f1`` over the labels that gold has (the measure of ANS, Khouja
        2020, section 5, and of AraStance), and ``labels`` with precision, recall, F1 and number of gold claims of each.
        Where the claims are few targets of many texts, also ``favor_against_f1``: the mean of favor F1 and against F1
        for each target, then over targets (Mawqif, Alturayeif et al. 2022, section 5).
    """
    rows = [
        (claim.claim, claim.label, _label(claim.claim, ours)) for gold, ours in pairs for claim in gold.claims or ()
    ]
    if not rows:
        return {"claims": 0, "accuracy": 0.0, "macro_f1": 0.0, "labels": {}}
    targets, gold, predicted = zip(*rows)
    labels = sorted(set(gold))
    columns = precision_recall_fscore_support(gold, predicted, labels=labels, zero_division=0.0)
    table = {
        label: {"precision": float(p), "recall": float(r), "f1": float(f1), "gold": int(count)}
        for label, p, r, f1, count in zip(labels, *columns)
    }
    result = {
        "claims": len(rows),
        "accuracy": mean(float(a == b) for a, b in zip(gold, predicted)),
        "macro_f1": mean(row["f1"] for row in table.values()),
        "labels": table,
    }
    if len(rows) >= MANY * len(set(targets)):
        result["favor_against_f1"] = mean(_favor_against(rows, target) for target in sorted(set(targets)))
    return result


def _label(claim: str, article: Article) -> str:
    return next((c.label for c in article.claims or () if c.claim == claim), _MISSING)


def _favor_against(rows: list[tuple[str, str, str]], target: str) -> float:
    gold, predicted = zip(*[row[1:] for row in rows if row[0] == target])
    return float(f1_score(gold, predicted, labels=["favor", "against"], average="macro", zero_division=0.0))
