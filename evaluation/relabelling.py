"""A system's entity types as the gold articles name them, so that systems of other type sets can be scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from data.article import Article


def parse_labels(texts: Sequence[str]) -> dict[str, str]:
    """``["GPE=LOC", "PERS=PERS"]`` → the system's types and gold's.

    Raises:
        ValueError: a text is not of that form, or names a type twice.
    """
    labels: dict[str, str] = {}
    for text in texts:
        ours, sign, theirs = text.partition("=")
        if not ours or not sign or not theirs:
            raise ValueError(f"labels: {text!r} is not of the form SYSTEM=GOLD, such as GPE=LOC")
        if ours in labels:
            raise ValueError(f"labels: {ours} is named twice; a type of the system has one name in gold")
        labels[ours] = theirs
    return labels


def relabelled(article: Article, labels: Mapping[str, str]) -> Article:
    """The article with its entities' types renamed; entities of types that ``labels`` lacks are left out, and of those
    that then have the same place and type one is kept."""
    if article.entities is None:
        return article
    renamed = {
        (e.start, e.end, labels[e.label]): replace(e, label=labels[e.label])
        for e in article.entities
        if e.label in labels
    }
    return replace(article, entities=tuple(renamed.values()))
