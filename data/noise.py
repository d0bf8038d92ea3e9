"""Spelling as Arabic news and its readers really vary it, put into annotated articles without losing a span."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

import regex

from .article import Article, Claim, Span, Stance

TATWEEL_SHARE = 0.2  # of the words that can take one
HASHTAG_SHARE = 0.3  # of the entities that can become one
_HARAKAT = "\u064e\u064f\u0650\u0652"
_JOINING = "بتثجحخسشصضطظعغفقكلمنهي"  # letters that join on both sides


@dataclass(frozen=True)
class Edit:
    """``text[start:end]`` becomes ``written``."""

    start: int
    end: int
    written: str


def noised(article: Article, noise: str, seed: int = 0) -> Article:
    """The article with one of ``NOISES`` in its text, every span still on the same words; the same again for a seed."""
    rng = random.Random(f"{seed} {noise} {article.id}")
    return _edited(article, list(NOISES[noise](article, rng)))


def _substitution(pattern: str, written: str) -> Callable[[Article, random.Random], Iterator[Edit]]:
    compiled = regex.compile(pattern)

    def edits(article: Article, rng: random.Random) -> Iterator[Edit]:
        return (Edit(*match.span(), written) for match in compiled.finditer(article.text))

    return edits


def _diacritics(article: Article, rng: random.Random) -> Iterator[Edit]:
    """A vowel sign on every Arabic letter that has no mark; the signs are drawn, not those of the word's meaning."""
    for match in regex.finditer(r"[ء-غف-ي](?!\p{Mn})", article.text):
        yield Edit(*match.span(), match[0] + rng.choice(_HARAKAT))


def _tatweel(article: Article, rng: random.Random) -> Iterator[Edit]:
    for match in regex.finditer(rf"[{_JOINING}](?=[\p{{Arabic}}--\p{{M}}])", article.text, regex.V1):
        if rng.random() < TATWEEL_SHARE / 2:  # a word has about two such places
            yield Edit(*match.span(), match[0] + "ـ")


def _hashtags(article: Article, rng: random.Random) -> Iterator[Edit]:
    """Entities written as hashtags, where no other span begins or ends inside."""
    edges = [edge for span in _spans(article) for edge in (span.start, span.end)]
    for entity in article.entities or ():
        whole = not any(entity.start < edge < entity.end for edge in edges)
        plain = regex.fullmatch(r"[\p{L}\p{M}\p{N}]+(?: [\p{L}\p{M}\p{N}]+)*", entity.of(article.text))
        alone = sum(entity.overlaps(other) for other in article.entities) == 1
        free = (
            not article.text[: entity.start].endswith(("#", "_")) and article.text[entity.end : entity.end + 1] != "_"
        )
        if whole and plain and alone and free and rng.random() < HASHTAG_SHARE:
            yield Edit(entity.start, entity.start, "#")
            for match in regex.finditer(" ", entity.of(article.text)):
                yield Edit(entity.start + match.start(), entity.start + match.end(), "_")


NOISES: dict[str, Callable[[Article, random.Random], Iterable[Edit]]] = {
    "alef without hamza": _substitution("[أإآ]", "ا"),
    "ha for ta marbuta": _substitution(r"ة(?!\p{L})", "ه"),
    "alef maqsura for ya": _substitution(r"ي(?!\p{L})", "ى"),
    "no diacritics": _substitution(r"(?<=\p{L}\p{Mn}*)\p{Mn}", ""),
    "full diacritics": _diacritics,
    "tatweel": _tatweel,
    "attached punctuation": _substitution(r"(?<=[،؛:.!؟»)])[ ](?=\p{Arabic})|(?<=\p{Arabic})[ ](?=[،؛:.!؟])", ""),
    "hashtags": _hashtags,
}


def _spans(article: Article) -> Iterator[Span]:
    yield from article.entities or ()
    for stance in article.stances or ():
        yield from (span for span in (stance.cue, stance.holder, stance.target) if span)
    for claim in article.claims or ():
        yield from claim.evidence


def _edited(article: Article, edits: list[Edit]) -> Article:
    """The article after disjoint edits in the order of the text; what is inserted before a span stays outside it."""
    parts, at = [], 0
    for edit in edits:
        parts += [article.text[at : edit.start], edit.written]
        at = edit.end
    parts.append(article.text[at:])
    shifts = [0, *accumulate(len(edit.written) - (edit.end - edit.start) for edit in edits)]
    ends, starts = [edit.end for edit in edits], [edit.start for edit in edits]

    def start(place: int) -> int:
        return place + shifts[bisect_right(ends, place)]

    def end(place: int) -> int:
        before = bisect_right(ends, place)
        inserted = before and starts[before - 1] == ends[before - 1] == place
        return place + shifts[before - 1 if inserted else before]

    def moved(span):
        return span and replace(span, start=start(span.start), end=end(span.end))

    def moved_stance(stance: Stance) -> Stance:
        return replace(stance, cue=moved(stance.cue), holder=moved(stance.holder), target=moved(stance.target))

    def moved_claim(claim: Claim) -> Claim:
        return replace(claim, evidence=tuple(map(moved, claim.evidence)))

    return replace(
        article,
        text="".join(parts),
        entities=article.entities and tuple(map(moved, article.entities)),
        stances=article.stances and tuple(map(moved_stance, article.stances)),
        claims=article.claims and tuple(map(moved_claim, article.claims)),
    )
