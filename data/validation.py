"""Checks of an Article against the annotation guideline, one message per fault.

Reading a record (``Article.from_record``) already refuses what cannot be an Article at all. The checks here find what
an annotator should mend: spans that split words or carry punctuation, spans that cross, labels outside the guideline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from .article import Article, Span
from .guideline import ENTITY_TYPES
from .words import is_punctuation, words


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: in which record and field, what is wrong, what to do."""

    record: str
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"record {self.record!r}, {self.field}: {self.problem}; {self.remedy}"


def faults(article: Article, entity_types: Collection[str] = tuple(ENTITY_TYPES)) -> Iterator[Fault]:
    """Every fault of ``article`` against the guideline, in field order.

    Args:
        entity_types: the labels that entities may have; the guideline's types unless a corpus has its own.
    """
    edges = _WordEdges(article.text)

    def fault(field: str, problem: str, remedy: str) -> Fault:
        return Fault(article.id, field, problem, remedy)

    def span_faults(field: str, span: Span) -> Iterator[Fault]:
        quoted = f"«{span.of(article.text)}» ({span.start}..{span.end})"
        if is_punctuation(article.text[span.start]) or is_punctuation(article.text[span.end - 1]):
            yield fault(field, f"{quoted} starts or ends with white space or punctuation", "leave it outside the span")
        elif not edges.fits(span):
            yield fault(field, f"{quoted} splits a word", "cover whole words, with their attached clitics")

    for i, entity in enumerate(article.entities or ()):
        field = f"entities[{i}]"
        yield from span_faults(field, entity)
        if entity.label not in entity_types:
            known = ", ".join(entity_types)
            yield fault(f"{field}.label", f"{entity.label!r} is not an entity type", f"use one of {known}")
    for outer, inner in _crossing(article.entities or ()):
        crossed = f"«{outer.of(article.text)}» crosses «{inner.of(article.text)}»"
        yield fault("entities", crossed, "nest them or make them disjoint")
    for first, second in pairwise(article.entities or ()):
        if first.span == second.span and first.label == second.label:
            repeated = f"«{first.of(article.text)}» ({first.start}..{first.end}) is tagged {first.label} twice"
            yield fault("entities", repeated, "keep one")

    for i, stance in enumerate(article.stances or ()):
        field = f"stances[{i}]"
        parts = {"cue": stance.cue, "holder": stance.holder, "target": stance.target}
        parts = {name: span for name, span in parts.items() if span is not None}
        for name, span in parts.items():
            yield from span_faults(f"{field}.{name}", span)
        names = list(parts)
        for j, a in enumerate(names):
            for b in names[j + 1 :]:
                if parts[a].overlaps(parts[b]):
                    yield fault(field, f"its {a} and {b} overlap", "keep cue, holder and target apart")
    for first, second in pairwise(article.stances or ()):
        if first.cue.overlaps(second.cue):
            shared = f"two frames share the cue «{second.cue.of(article.text)}»"
            yield fault("stances", shared, "write one frame for each cue")

    for i, claim in enumerate(article.claims or ()):
        for j, span in enumerate(claim.evidence):
            if not edges.fits(span) and not is_punctuation(article.text[span.end - 1]):
                yield fault(f"claims[{i}].evidence[{j}]", "splits a word", "cover whole sentences")


def duplicate_ids(articles: Iterable[Article]) -> Iterator[Fault]:
    """A fault for every article whose id an earlier one has."""
    seen: set[str] = set()
    for article in articles:
        if article.id in seen:
            yield Fault(article.id, "id", "an earlier record has the same id", "make ids unique")
        seen.add(article.id)


class _WordEdges:
    def __init__(self, text: str):
        spans = words(text)
        self.starts = {span.start for span in spans}
        self.ends = {span.end for span in spans}

    def fits(self, span: Span) -> bool:
        return span.start in self.starts and span.end in self.ends


def _crossing(spans: Iterable[Span]) -> Iterator[tuple[Span, Span]]:
    """Pairs of crossing spans; ``spans`` come in reading order, outer before inner."""
    open_spans: list[Span] = []
    for span in spans:
        open_spans = [other for other in open_spans if other.end > span.start]
        yield from ((other, span) for other in open_spans if other.crosses(span))
        open_spans.append(span)


def has_overlaps(spans: Iterable[Span]) -> bool:
    """True when two of ``spans``, given in reading order, share a character."""
    return any(first.overlaps(second) for first, second in pairwise(spans))
