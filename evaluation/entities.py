"""Entity scores: strict spans, nested or flat."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from data.article import Article, Entity
from data.validation import has_overlaps
from data.words import words

from .counts import Counts
from .pairing import Pair


def nested_scores(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Strict span micro-F1: an entity is right when start, end and label all are.

    Pairs whose gold lacks the layer are left out; a prediction that lacks it predicts nothing.

    Returns:
        ``micro`` and, under ``labels``, a row for each label, each as ``Counts.to_record`` gives it.
    """
    micro, rows = Counts(), {}
    for gold, predicted in pairs:
        if gold.entities is None:
            continue
        sides = [[(e.start, e.end, e.label) for e in article.entities or ()] for article in (gold, predicted)]
        micro.add(*sides)
        for label in {item[2] for side in sides for item in side}:
            rows.setdefault(label, Counts()).add(*([item for item in side if item[2] == label] for side in sides))
    return {"micro": micro.to_record(), "labels": {label: rows[label].to_record() for label in sorted(rows)}}


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
