"""Everything that can be scored of predicted articles, in one call."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from data.article import Article

from .claims import claim_scores, claim_tallies
from .entities import flat_scores, flat_tallies, is_flat, nested_scores, nested_tallies
from .pairing import Pair, pair
from .stances import stance_scores, stance_tallies
from .tally import Tally
from .uncertainty import interval

# What is shown of a system unless it is asked for other measures, as far as the articles have the layers.
MEASURES = ("entity_f1", "cue_f1", "targeted_f1", "graph_f1", "claim_macro_f1", "claim_favor_against_f1")


class MeasureError(ValueError):
    """A measure that articles do not have: which, and what they have."""


def score(gold: Iterable[Article], predicted: Iterable[Article]) -> dict[str, Any]:
    """Score every layer that gold has.

    Returns:
        ``articles``, their number; ``entities`` as ``nested_scores``; ``flat_entities`` as ``flat_scores`` when no gold
        entities overlap; ``stances`` as ``stance_scores``; ``claims`` as ``claim_scores``. A layer that no gold article
        has is left out.

    Raises:
        PairingError: the predictions do not belong to the gold articles.
    """
    pairs = pair(gold, predicted)
    result: dict[str, Any] = {"articles": len(pairs)}
    if _has(pairs, "entities"):
        result["entities"] = nested_scores(nested_tallies(pairs))
        if is_flat(article for article, _ in pairs):
            result["flat_entities"] = flat_scores(pairs)
    if _has(pairs, "stances"):
        result["stances"] = stance_scores(stance_tallies(pairs))
    if _has(pairs, "claims"):
        result["claims"] = claim_scores(claim_tallies(pairs))
    return result


def tallies(pairs: list[Pair]) -> dict[str, Tally]:
    """Of every measure that ``score`` gives, what it is computed from; under flat names: ``entity_f1``,
    ``cue_f1``, ``claim_macro_f1``, …, and ``MEASURE/LABEL`` for a label."""
    found: dict[str, Tally] = {}
    if _has(pairs, "entities"):
        found |= nested_tallies(pairs)
        if is_flat(article for article, _ in pairs):
            found |= flat_tallies(pairs)
    if _has(pairs, "stances"):
        found |= stance_tallies(pairs)
    if _has(pairs, "claims"):
        found |= claim_tallies(pairs)
    return found


def _has(pairs: list[Pair], layer: str) -> bool:
    return any(getattr(gold, layer) is not None for gold, _ in pairs)


def check_measures(measures: Iterable[str], known: Collection[str]) -> None:
    """Raises MeasureError for measures that are neither ``MEASURES`` nor ``known``."""
    if unknown := [measure for measure in measures if measure not in known and measure not in MEASURES]:
        raise MeasureError(
            f"--measures: {', '.join(unknown)}: not here; these articles have {', '.join(sorted(known))}"
        )


def headlines(found: dict[str, Tally]) -> dict[str, float]:
    """The scores of ``tallies`` that are not a single label's."""
    return {name: tally.f1 for name, tally in found.items() if "/" not in name}


def intervals(found: dict[str, Tally]) -> dict[str, tuple[float, float]]:
    """The 95% confidence interval of every score of ``tallies``."""
    return {name: interval(tally) for name, tally in found.items()}
