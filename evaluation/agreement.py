"""Agreement of two annotators on the same articles, and the disagreements to adjudicate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sklearn.metrics import cohen_kappa_score

from data.article import Article, Entity, Span, Stance
from data.words import words

from .entities import nested_tallies
from .mistakes import entity_mistakes
from .pairing import Pair, PairingError, pair
from .stances import stance_tallies


@dataclass(frozen=True)
class Disagreement:
    """One place where the annotators differ: the article, what kind it is, and what each has there, «» for nothing."""

    article: str
    kind: str
    first: str
    second: str


def agreement(first: Iterable[Article], second: Iterable[Article]) -> dict[str, Any]:
    """How far two annotators agree on the articles and layers that both have.

    F1 does not depend on which annotator is taken for gold (Hripcsak and Rothschild, JAMIA 2005); kappa is Cohen's
    (1960) over words, each labelled with all entity types, or the cue polarity, that cover it.

    Returns:
        ``articles``, the number compared, and ``only_first`` and ``only_second``, those that one side lacks;
        ``entities``: span F1 ``f1`` and ``kappa``; ``stances``: ``cue_f1``, ``holder_f1``, ``target_f1``, ``graph_f1``
        and ``kappa``; ``disagreements``: their records.

    Raises:
        PairingError: the two have no article in common, an article's texts differ, or an id occurs twice.
    """
    first, second = list(first), list(second)
    shared = {article.id for article in first} & {article.id for article in second}
    if not shared:
        raise PairingError("the two have no article in common; give two annotations of the same articles")
    pairs = pair(*([article for article in side if article.id in shared] for side in (first, second)))
    result: dict[str, Any] = {
        "articles": len(pairs),
        "only_first": len(first) - len(pairs),
        "only_second": len(second) - len(pairs),
    }
    entities = [p for p in pairs if all(article.entities is not None for article in p)]
    if entities:
        result["entities"] = {
            "f1": nested_tallies(entities)["entity_f1"].f1,
            "kappa": _kappa(entities, lambda article: [(e, e.label) for e in article.entities]),
        }
    stances = [p for p in pairs if all(article.stances is not None for article in p)]
    if stances:
        found = stance_tallies(stances)
        result["stances"] = {name: found[name].f1 for name in ("cue_f1", "holder_f1", "target_f1", "graph_f1")}
        result["stances"]["kappa"] = _kappa(stances, lambda article: [(s.cue, s.label) for s in article.stances])
    found = [d for p in entities for d in _entity_disagreements(*p)]
    found += [d for p in stances for d in _stance_disagreements(*p)]
    result["disagreements"] = [asdict(disagreement) for disagreement in found]
    return result


def _kappa(pairs: list[Pair], labelled) -> float:
    sides = [[label for p in pairs for label in _word_labels(p[side], labelled(p[side]))] for side in (0, 1)]
    if sides[0] == sides[1]:
        return 1.0  # also where both have one and the same label throughout, which leaves kappa undefined
    return float(cohen_kappa_score(*sides))


def _word_labels(article: Article, spans: list[tuple[Span, str]]) -> list[str]:
    return ["+".join(sorted(label for span, label in spans if span.overlaps(word))) for word in words(article.text)]


def _entity_disagreements(first: Article, second: Article) -> Iterator[Disagreement]:
    def shown(entity: Entity | None) -> str:
        return f"{entity.label} «{entity.of(first.text)}»" if entity else "«»"

    for mistake in entity_mistakes(first, second):
        kind = "entity" if mistake.kind in ("missed", "spurious") else f"entity {mistake.kind}"
        yield Disagreement(first.id, kind, shown(mistake.gold), shown(mistake.predicted))


def _stance_disagreements(first: Article, second: Article) -> Iterator[Disagreement]:
    """Frames by their cues: cues that only one side has, and what differs in frames whose cues are the same, with their
    polarity, or else overlap."""
    text = first.text

    def quoted(span: Span | None) -> str:
        return f"«{span.of(text)}»" if span else "«»"

    def differing(a: Stance, b: Stance) -> Iterator[Disagreement]:
        if a.label != b.label:
            yield Disagreement(first.id, "polarity", f"{a.label} {quoted(a.cue)}", f"{b.label} {quoted(b.cue)}")
        for part in ("cue", "holder", "target"):
            mine, theirs = getattr(a, part), getattr(b, part)
            if mine != theirs:
                at = "" if part == "cue" else f" of {quoted(a.cue)}"
                yield Disagreement(first.id, part + at, quoted(mine), quoted(theirs))

    unmatched = list(second.stances)
    matches: dict[int, Stance] = {}
    for fits in (lambda a, b: (a.label, a.cue) == (b.label, b.cue), lambda a, b: a.cue.overlaps(b.cue)):
        for place, stance in enumerate(first.stances):
            if place in matches:
                continue
            if match := next((other for other in unmatched if fits(stance, other)), None):
                unmatched.remove(match)
                matches[place] = match
    for place, stance in enumerate(first.stances):
        if place in matches:
            yield from differing(stance, matches[place])
        else:
            yield Disagreement(first.id, "frame", f"{stance.label} {quoted(stance.cue)}", "«»")
    for stance in unmatched:
        yield Disagreement(first.id, "frame", "«»", f"{stance.label} {quoted(stance.cue)}")
