"""Where two annotations of an article differ in entities, and how."""

from __future__ import annotations

from dataclasses import dataclass

from data.article import Article, Entity

KINDS = ("type", "boundary", "type and boundary", "missed", "spurious")


@dataclass(frozen=True)
class Mistake:
    """An entity that is not right: its article, one of ``KINDS``, what gold has there and what the prediction has."""

    article: str
    kind: str
    gold: Entity | None
    predicted: Entity | None


def entity_mistakes(gold: Article, predicted: Article) -> list[Mistake]:
    """The entities of either side that the other lacks, each matched with at most one of the other side, in text order.

    Of two that share their span the type is wrong; of two that overlap and share their type the boundary; of others
    that overlap both. What is left of gold is missed, what is left of the prediction spurious. Closer pairs are matched
    first: by kind in that order, then by the share of characters that the two have in common.
    """
    right = {(e.span, e.label) for e in gold.entities or ()} & {(e.span, e.label) for e in predicted.entities or ()}
    left = [e for e in gold.entities or () if (e.span, e.label) not in right]
    theirs = [e for e in predicted.entities or () if (e.span, e.label) not in right]
    close = [
        (_kind(a, b), -_overlap(a, b), i, j) for i, a in enumerate(left) for j, b in enumerate(theirs) if a.overlaps(b)
    ]
    matched: dict[int, tuple[int, int]] = {}
    for kind, _, i, j in sorted(close):
        if i not in matched and j not in {place for place, _ in matched.values()}:
            matched[i] = (j, kind)
    mistakes = [Mistake(gold.id, KINDS[kind], left[i], theirs[j]) for i, (j, kind) in matched.items()]
    taken = {j for j, _ in matched.values()}
    mistakes += [Mistake(gold.id, "missed", e, None) for i, e in enumerate(left) if i not in matched]
    mistakes += [Mistake(gold.id, "spurious", None, e) for j, e in enumerate(theirs) if j not in taken]
    return sorted(mistakes, key=lambda m: (m.gold or m.predicted).start)


def _kind(gold: Entity, predicted: Entity) -> int:
    if gold.span == predicted.span:
        return KINDS.index("type")
    return KINDS.index("boundary" if gold.label == predicted.label else "type and boundary")


def _overlap(a: Entity, b: Entity) -> float:
    """The characters that both have over those that either has."""
    return (min(a.end, b.end) - max(a.start, b.start)) / (max(a.end, b.end) - min(a.start, b.start))
