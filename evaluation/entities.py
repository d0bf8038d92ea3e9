"""Entity scores: strict spans, nested or flat."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seqeval.metrics import classification_report
from seqeval.scheme import IOB2, Entities

from data.article import Article, Entity
from data.validation import has_overlaps
from data.words import words

from .pairing import Pair
from .tally import Tally


def nested_tallies(pairs: Iterable[Pair]) -> dict[str, Tally]:
    """Strict spans: an entity is right when start, end and label all are.

    An article whose gold lacks the layer counts nothing; a prediction that lacks it predicts nothing.

    Returns:
        ``entity_f1`` over all entities and ``entity_f1/LABEL`` for each label.
    """
    return _tallies("entity_f1", ((_entities(gold), _entities(ours)) for gold, ours in _asked(pairs)))


def flat_tallies(pairs: Iterable[Pair]) -> dict[str, Tally]:
    """As seqeval counts in strict mode, see ``flat_scores``: ``flat_entity_f1`` and ``flat_entity_f1/LABEL``."""
    return _tallies("flat_entity_f1", ((_chunks(gold), _chunks(ours)) for gold, ours in _asked(pairs)))


def nested_scores(tallies: Mapping[str, Tally]) -> dict[str, Any]:
    """``micro`` and, under ``labels``, a row for each label, from ``nested_tallies``."""
    rows = {name.partition("/")[2]: tally.to_record() for name, tally in tallies.items()}
    return {"micro": rows.pop(""), "labels": rows}


def is_flat(articles: Iterable[Article]) -> bool:
    """True when no article has entities that overlap."""
    return not any(has_overlaps(article.entities or ()) for article in articles)


def flat_scores(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Entity F1 by seqeval in strict mode over IOB2 tags of words, one sequence an article.

    Of predictions that overlap the outermost counts.

    Returns:
        ``micro`` and ``labels`` as in ``nested_scores``, with precision, recall, f1 and gold.
    """
    pairs = [pair for pair in pairs if pair[0].entities is not None]
    gold = [_tags(article) for article, _ in pairs]
    predicted = [_tags(article) for _, article in pairs]
    if not any(tag != "O" for sequence in gold + predicted for tag in sequence):
        return {"micro": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "gold": 0}, "labels": {}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a label without predictions has precision 0, as seqeval then warns
        report = classification_report(gold, predicted, mode="strict", scheme=IOB2, output_dict=True, zero_division=0)
    rows = {label: _row(values) for label, values in report.items() if not label.endswith(" avg")}
    return {"micro": _row(report["micro avg"]), "labels": rows}


def _row(values: dict[str, Any]) -> dict[str, float]:
    return {
        "precision": float(values["precision"]),
        "recall": float(values["recall"]),
        "f1": float(values["f1-score"]),
        "gold": int(values["support"]),
    }


def _tags(article: Article) -> list[str]:
    """IOB2 tags of the article's words."""
    outermost: list[Entity] = []
    for entity in article.entities or ():
        if not outermost or entity.start >= outermost[-1].end:
            outermost.append(entity)
    tags, waiting, begun = [], iter(outermost), None
    entity = next(waiting, None)
    for word in words(article.text):
        while entity and entity.end <= word.start:
            entity = next(waiting, None)
        if entity and entity.overlaps(word):
            tags.append(("I-" if begun is entity else "B-") + entity.label)
            begun = entity
        else:
            tags.append("O")
    return tags


def _asked(pairs: Iterable[Pair]) -> Iterator[tuple[Article | None, Article | None]]:
    """The pairs, those whose gold lacks entities emptied."""
    return ((None, None) if gold.entities is None else (gold, ours) for gold, ours in pairs)


def _entities(article: Article | None) -> list[tuple[str, int, int]]:
    return [(e.label, e.start, e.end) for e in article.entities or ()] if article else []


def _chunks(article: Article | None) -> list[tuple[str, int, int]]:
    """The outermost entities as words, read off the tags as seqeval does."""
    if not article:
        return []
    return [(chunk.tag, chunk.start, chunk.end) for chunk in Entities([_tags(article)], IOB2).entities[0]]


def _tallies(name: str, sides: Iterable[tuple[list, list]]) -> dict[str, Tally]:
    sides = list(sides)
    labels = sorted({item[0] for side in sides for items in side for item in items})
    return {
        name: Tally.of(sides),
        **{f"{name}/{label}": Tally.of([_labelled(side, label) for side in sides]) for label in labels},
    }


def _labelled(side: tuple[list, list], label: str) -> tuple[list, ...]:
    return tuple([item for item in items if item[0] == label] for items in side)
