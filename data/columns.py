"""Token columns: a word and its tags a line, a blank line between sentences; each sentence is an Article.

Two corpora forms are read by one rule. Flat IOB2 (``.conll``) has one tag a word; Wojood's nested form
(Jarrar et al., LREC 2022) has one or more, and a type may repeat where entities of that type nest.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .article import Article, Entity
from .jsonl import FileError, read_text


def read_columns(path: str | Path) -> Iterator[Article]:
    """The sentences of a column file as Articles, their words joined by single spaces.

    Ids are the file's stem and the sentence's number from 1. An ``I-`` tag that continues nothing is
    no entity, as in seqeval's strict mode.

    Raises:
        FileError: the file cannot be read, or a line has no tag or a tag that is not O, B-TYPE or I-TYPE.
    """
    sentence: list[tuple[str, list[str]]] = []
    count = 0
    lines = read_text(path).splitlines()
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            word, *tags = line.split()
            if not tags or not all(tag == "O" or tag[:2] in ("B-", "I-") and tag[2:] for tag in tags):
                raise FileError(path, number, "is not a word and its tags; write WORD, then O, B-TYPE or I-TYPE")
            sentence.append((word, tags))
        elif sentence:
            count += 1
            yield _article(f"{Path(path).stem}-{count}", sentence)
            sentence = []


def _article(id: str, sentence: list[tuple[str, list[str]]]) -> Article:
    """Joins the words and follows the tags; of several entities of one type, the outermost stays open longest."""
    entities: list[Entity] = []
    open_starts: dict[str, list[int]] = {}
    at = 0
    for word, tags in sentence:
        inside = [tag[2:] for tag in tags if tag.startswith("I-")]
        for label, starts in open_starts.items():
            while len(starts) > inside.count(label):
                entities.append(Entity(starts.pop(), at - 1, label))
        for tag in tags:
            if tag.startswith("B-"):
                open_starts.setdefault(tag[2:], []).append(at)
        at += len(word) + 1
    for label, starts in open_starts.items():
        entities.extend(Entity(start, at - 1, label) for start in starts)
    return Article(id, " ".join(word for word, _ in sentence), tuple(entities))
