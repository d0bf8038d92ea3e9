"""Everything that can be scored of predicted articles, in one call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from data.article import Article

from .claims import claim_scores
from .entities import flat_scores, is_flat, nested_scores
from .pairing import pair
from .stances import stance_scores


def score(gold: Iterable[Article], predicted: Iterable[Article]) -> dict[str, Any]:
    """Score every layer that gold has.

    Returns:
        ``articles``, their number; ``entities`` as ``nested_scores``; ``flat_entities`` as ``flat_scores`` when no gold
        entities overlap; ``stances`` as ``stance_scores``; ``claims`` as ``claim_scores``. A layer that no gold article has is left out.

    Raises:
        PairingError: the predictions do not belong to the gold articles.
    """
    pairs = pair(gold, predicted)
    result: dict[str, Any] = {"articles": len(pairs)}
    if any(article.entities is not None for article, _ in pairs):
        result["entities"] = nested_scores(pairs)
        if is_flat(article for article, _ in pairs):
            result["flat_entities"] = flat_scores(pairs)
    if any(article.stances is not None for article, _ in pairs):
        result["stances"] = stance_scores(pairs)
    if any(article.claims is not None for article, _ in pairs):
        result["claims"] = claim_scores(pairs)
    return result


def flat_metrics(result: dict[str, Any]) -> dict[str, float]:
    """The headline numbers of ``score`` under flat names, ``entity_f1``, ``cue_f1``, ``graph_f1``, …"""
    headline = {}
    if "entities" in result:
        headline["entity_f1"] = result["entities"]["micro"]["f1"]
    if "flat_entities" in result:
        headline["flat_entity_f1"] = result["flat_entities"]["micro"]["f1"]
    for name in ("cue", "holder", "target", "targeted", "graph"):
        if "stances" in result:
            headline[f"{name}_f1"] = result["stances"][name]["f1"]
    for name in ("accuracy", "macro_f1", "favor_against_f1"):
        if name in result.get("claims", {}):
            headline[f"claim_{name}"] = result["claims"][name]
    return headline
