"""Gold and predicted articles side by side."""

from __future__ import annotations

from collections.abc import Iterable

from data.article import Article

Pair = tuple[Article, Article]


class PairingError(ValueError):
    """Predictions that do not belong to the gold articles: which article, and what to do."""


def pair(gold: Iterable[Article], predicted: Iterable[Article]) -> list[Pair]:
    """(gold, predicted) for every gold article, by id.

    Raises:
        PairingError: an id occurs twice, has no prediction or no gold article, or its texts differ.
    """
    gold_by_id, by_id = _by_id(gold, "gold articles"), _by_id(predicted, "predictions")
    pairs = []
    for id, article in gold_by_id.items():
        prediction = by_id.pop(id, None)
        if prediction is None:
            raise PairingError(f"article {id!r} has no prediction; predict every gold article")
        if prediction.text != article.text:
            raise PairingError(f"article {id!r}: the prediction's text differs from gold's; predict the same text")
        pairs.append((article, prediction))
    if by_id:
        raise PairingError(f"prediction {next(iter(by_id))!r} has no gold article; leave it out or name the right file")
    return pairs


def _by_id(articles: Iterable[Article], what: str) -> dict[str, Article]:
    found: dict[str, Article] = {}
    for article in articles:
        if article.id in found:
            raise PairingError(f"{what}: the id {article.id!r} occurs twice; make ids unique")
        found[article.id] = article
    return found
