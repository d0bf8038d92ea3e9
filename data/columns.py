"""Token columns: a word and its tags a line, a blank line between sentences; each sentence is an Article.

Two corpora forms are read by one rule. Flat IOB2 (``.conll``) has one tag a word; Wojood's nested form
(Jarrar et al., LREC 2022) has one or more, and a type may repeat where entities of that type nest.

Columns hold words and entities. The text is the words with single spaces between them, and ids are not held: a sentence
is named after its file and place. ``tokenised`` brings any article into this shape.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from .article import Article, Entity, RecordError, Span
from .jsonl import FileError, read_text, report, write_text
from .parts import refuse
from .tags import continuing_nothing, is_tag, renamed, tagged
from .validation import overlapping
from .words import sentences, words

S = TypeVar("S", bound=Span)


def read_columns(
    path: str | Path,
    on_fault: Callable[[FileError], None] | None = None,
    *,
    name: str | None = None,
    labels: Mapping[str, str] | None = None,
    strict: bool = True,
) -> Iterator[Article]:
    """The sentences of a column file as Articles, their words joined by single spaces; see ``tagged``.

    Tabs or spaces set the columns apart.

    Args:
        on_fault: called with the fault of each broken sentence, which is then passed over; without it the first raises.
        name: what ids begin with, by default the file's stem; the sentence's number from 1 follows.
        labels: new names of the tags or their types; see ``renamed``.
        strict: an ``I-`` tag that continues nothing is a fault; published corpora have some, which then are no entities.

    Raises:
        FileError: the file cannot be read, or a line has no tag or a tag that is not O, B-TYPE or I-TYPE.
    """
    sentence: list[tuple[str, list[str]]] = []
    fault = None
    count = 0
    for number, line in enumerate([*read_text(path).split("\n"), ""], 1):
        word, *tags = re.split("[ \t]+", line.removesuffix("\r").strip(" \t"))
        tags = [renamed(tag, labels or {}) for tag in tags]
        if word and (not tags or not all(map(is_tag, tags))):
            fault = fault or FileError(path, number, "is not a word and its tags; write WORD, then O, B-TYPE or I-TYPE")
        elif word:
            before = sentence[-1][1] if sentence else []
            if strict and not fault and (stray := continuing_nothing(tags, before)):
                fault = FileError(path, number, f"{stray[0]} continues nothing; write B{stray[0][1:]} where it begins")
            sentence.append((word, tags))
        elif sentence or fault:
            count += 1
            if fault:
                report(fault, on_fault)
            else:
                yield tagged(f"{name or Path(path).stem}-{count}", sentence)
            sentence, fault = [], None


def write_conll(path: str | Path, articles: Iterable[Article]) -> None:
    """Write Articles as flat IOB2 columns, word TAB tag.

    Raises:
        RecordError: as for ``write_wojood``, or entities overlap; nothing is written.
    """

    def flat(article: Article) -> str:
        for first, second in overlapping(article.entities or ()):
            problem = f"{_quoted(article, first)} overlaps {_quoted(article, second)}"
            raise RecordError(article.id, "entities", problem, "write the nested form (--to wojood)")
        return _sentence(article, "\t")

    write_text(path, "".join([flat(article) for article in articles]))


def write_wojood(path: str | Path, articles: Iterable[Article]) -> None:
    """Write Articles as Wojood's nested columns: the word and its tags, outermost first, with single spaces.

    Raises:
        RecordError: an article is not words with single spaces, an entity splits a word, two of a type cross, a label
            has spaces, entities are not annotated, or there is more than text and entities; nothing is written.
    """
    write_text(path, "".join([_sentence(article, " ") for article in articles]))


def _sentence(article: Article, separator: str) -> str:
    """The lines of one article, and a blank one."""
    refuse(article, ["meta", "scores", "stances", "claims"], "columns")
    if article.entities is None:
        raise RecordError(article.id, "entities", "are not annotated, which columns cannot say", "annotate them")
    pieces = article.text.split(" ")
    if not all(pieces) or re.search("[\t\n]", article.text):
        raise RecordError(article.id, "text", "is not words with single spaces", "convert with --tokenize")
    starts, at = [], 0
    for piece in pieces:
        starts.append(at)
        at += len(piece) + 1
    _check_entities(article, set(starts), {start + len(piece) for start, piece in zip(starts, pieces)})
    lines = []
    entities, inside = list(reversed(article.entities)), []
    for start, piece in zip(starts, pieces):
        inside = [entity for entity in inside if entity.end > start]
        while entities and entities[-1].start == start:
            inside.append(entities.pop())
        tags = [f"{'B' if entity.start == start else 'I'}-{entity.label}" for entity in inside]
        lines.append(piece + separator + " ".join(tags or ["O"]) + "\n")
    return "".join(lines) + "\n"


def _check_entities(article: Article, starts: set[int], ends: set[int]) -> None:
    for entity in article.entities:
        if entity.start not in starts or entity.end not in ends:
            problem = f"{_quoted(article, entity)} splits a word"
            raise RecordError(article.id, "entities", problem, "cover whole words, or convert with --tokenize")
        if not re.fullmatch(r"[^ \t\r\n]+", entity.label):
            raise RecordError(article.id, "entities", f"label {entity.label!r} has white space", "rename it")
    for first, second in overlapping(article.entities):
        if first.label == second.label and first.crosses(second):
            problem = f"{_quoted(article, first)} crosses {_quoted(article, second)}"
            raise RecordError(article.id, "entities", problem, "nest them or make them disjoint")


def _quoted(article: Article, entity: Entity) -> str:
    return f"«{entity.of(article.text)}» ({entity.start}..{entity.end})"


def tokenised(article: Article) -> Iterator[Article]:
    """The sentences of an article, each an Article of its words with single spaces between them.

    Ids are the article's and the sentence's number from 1. A sentence does not end inside an entity.

    Raises:
        RecordError: an entity splits a word, or the article has stances or claims.
    """
    refuse(article, ["stances", "claims"], "tokenised sentences")
    entities = article.entities or ()
    spans = words(article.text)
    starts, ends = {span.start for span in spans}, {span.end for span in spans}
    for entity in entities:
        if entity.start not in starts or entity.end not in ends:
            raise RecordError(article.id, "entities", f"{_quoted(article, entity)} splits a word", "cover whole words")
    for number, sentence in enumerate(_uncut(sentences(article.text), entities), 1):
        moved_starts, moved_ends, pieces, at = {}, {}, [], 0
        for word in _within(spans, sentence):
            moved_starts[word.start] = at
            at += word.end - word.start
            moved_ends[word.end] = at
            at += 1
            pieces.append(word.of(article.text))
        moved = [
            replace(entity, start=moved_starts[entity.start], end=moved_ends[entity.end])
            for entity in _within(entities, sentence)
        ]
        layer = moved if article.entities is not None else None
        yield Article(f"{article.id}-{number}", " ".join(pieces), layer, meta=article.meta)


def _within(spans: Sequence[S], sentence: Span) -> Sequence[S]:
    """Those of ``spans``, in reading order, that lie in a sentence, which cuts none of them."""
    first = bisect_left(spans, sentence.start, key=attrgetter("start"))
    return spans[first : bisect_left(spans, sentence.end, first, key=attrgetter("start"))]


def _uncut(pieces: Iterable[Span], entities: Iterable[Entity]) -> list[Span]:
    """Neighbouring sentences are one where an entity reaches from one into the next."""
    entities = sorted(entities, key=lambda entity: entity.start)
    joined: list[Span] = []
    reached, place = 0, 0  # the end of the entities that start before the piece
    for piece in pieces:
        while place < len(entities) and entities[place].start < piece.start:
            reached = max(reached, entities[place].end)
            place += 1
        if joined and reached > piece.start:
            joined[-1] = Span(joined[-1].start, piece.end)
        else:
            joined.append(piece)
    return joined
