"""Checks of an Article against the annotation guideline, one message per fault.

Reading a record (``Article.from_record``) already refuses what cannot be an Article at all. The checks here find what
an annotator should mend: spans that split words or carry punctuation, spans that cross, labels outside the guideline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeVar

from .article import Article, Span
from .guideline import ENTITY_TYPES
from .words import is_punctuation, words

S = TypeVar("S", bound=Span)


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
    check = _Check(article)
    yield from check.text()
    yield from check.entities(entity_types)
    yield from check.stances()
    yield from check.claims()


def duplicate_ids(articles: Iterable[Article]) -> Iterator[Fault]:
    """A fault for every article whose id an earlier one has."""
    seen: set[str] = set()
    for article in articles:
        if article.id in seen:
            yield Fault(article.id, "id", "an earlier record has the same id", "make ids unique")
        seen.add(article.id)


class _Check:
    """The checks of one article, a method for each part of the record."""

    def __init__(self, article: Article):
        self.article = article
        spans = words(article.text)
        self.starts = {span.start for span in spans}
        self.ends = {span.end for span in spans}

    def fault(self, field: str, problem: str, remedy: str) -> Fault:
        return Fault(self.article.id, field, problem, remedy)

    def quoted(self, span: Span) -> str:
        piece = "⏎".join(span.of(self.article.text).splitlines())
        if len(piece) > 60:
            piece = f"{piece[:40]} … {piece[-15:]}"
        return f"«{piece}» ({span.start}..{span.end})"

    def span(self, field: str, span: Span) -> Iterator[Fault]:
        text = self.article.text
        if is_punctuation(text[span.start]) or is_punctuation(text[span.end - 1]):
            problem = f"{self.quoted(span)} starts or ends with white space or punctuation"
            yield self.fault(field, problem, "leave it outside the span")
        elif not self.is_words(span):
            problem = f"{self.quoted(span)} splits a word"
            yield self.fault(field, problem, "cover whole words, with their attached clitics")

    def is_words(self, span: Span) -> bool:
        return span.start in self.starts and span.end in self.ends

    def text(self) -> Iterator[Fault]:
        lone = next((i for i, c in enumerate(self.article.text) if "\ud800" <= c <= "\udfff"), None)
        if lone is not None:
            yield self.fault("text", f"has half a character (a lone surrogate) at {lone}", "remove it")

    def entities(self, types: Collection[str]) -> Iterator[Fault]:
        entities = self.article.entities or ()
        for i, entity in enumerate(entities):
            yield from self.span(f"entities[{i}]", entity)
            if entity.label not in types:
                problem = f"{entity.label!r} is not an entity type"
                yield self.fault(f"entities[{i}].label", problem, f"use one of {', '.join(types)}")
        for outer, inner in overlapping(entities):
            if outer.crosses(inner):
                problem = f"{self.quoted(outer)} crosses {self.quoted(inner)}"
                yield self.fault("entities", problem, "nest them or make them disjoint")
            elif (outer.span, outer.label) == (inner.span, inner.label):
                yield self.fault("entities", f"{self.quoted(outer)} is tagged {outer.label} twice", "keep one")

    def stances(self) -> Iterator[Fault]:
        stances = self.article.stances or ()
        for i, stance in enumerate(stances):
            parts = {"cue": stance.cue, "holder": stance.holder, "target": stance.target}
            parts = {name: span for name, span in parts.items() if span is not None}
            for name, span in parts.items():
                yield from self.span(f"stances[{i}].{name}", span)
            for a, b in combinations(parts, 2):
                if parts[a].overlaps(parts[b]):
                    problem = f"its {a} and {b} overlap"
                    yield self.fault(f"stances[{i}]", problem, "keep cue, holder and target apart")
        for first, second in overlapping([stance.cue for stance in stances]):
            problem = f"two frames share a cue, {self.quoted(first)} and {self.quoted(second)}"
            yield self.fault("stances", problem, "write one frame for each cue")

    def claims(self) -> Iterator[Fault]:
        for i, claim in enumerate(self.article.claims or ()):
            for j, span in enumerate(claim.evidence):
                if not self.is_words(span):
                    problem = f"{self.quoted(span)} splits a word or ends in white space"
                    yield self.fault(f"claims[{i}].evidence[{j}]", problem, "cover whole sentences")


def overlapping(spans: Iterable[S]) -> Iterator[tuple[S, S]]:
    """Pairs of spans that share a character; ``spans`` come in reading order."""
    open_spans: list[S] = []
    for span in spans:
        open_spans = [other for other in open_spans if other.end > span.start]
        yield from ((other, span) for other in open_spans)
        open_spans.append(span)


def first_crossing(spans: Iterable[S]) -> tuple[S, S] | None:
    """Two of ``spans`` that cross, or None; they come in reading order, of those that start together the longest first."""
    around: list[S] = []  # each within the one before it
    for span in spans:
        while around and around[-1].end <= span.start:
            around.pop()
        if around and around[-1].crosses(span):
            return around[-1], span
        around.append(span)
    return None


def has_overlaps(spans: Iterable[Span]) -> bool:
    """True when two of ``spans``, given in reading order, share a character."""
    return any(first.overlaps(second) for first, second in pairwise(spans))
