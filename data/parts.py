"""The parts of an Article that a file format may lack: its meta data, its scores and its layers.

A writer refuses what its format cannot hold, so nothing is lost unseen; dropping is the user's own decision.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import replace
from itertools import chain

from .article import LAYERS, Article, Claim, Entity, RecordError, Stance

PARTS = ("meta", "scores", *LAYERS)


def has(article: Article, part: str) -> bool:
    """True when the article has meta data, some score, or the layer (which may be empty)."""
    if part == "meta":
        return bool(article.meta)
    if part == "scores":
        evidence = (sentence for claim in article.claims or () for sentence in claim.evidence)
        layers = (getattr(article, name) or () for name in LAYERS)
        return any(item.score is not None for item in chain(*layers, evidence))
    return getattr(article, part) is not None


def without(article: Article, parts: Collection[str]) -> Article:
    """The article without its meta data, its scores or a layer."""
    kept = {name: None if name in parts else getattr(article, name) for name in LAYERS}
    if "scores" in parts:
        kept = {name: items and tuple(map(_unscored, items)) for name, items in kept.items()}
    return replace(article, meta={} if "meta" in parts else article.meta, **kept)


def _unscored(item: Entity | Stance | Claim) -> Entity | Stance | Claim:
    if isinstance(item, Claim):
        item = replace(item, evidence=tuple(replace(sentence, score=None) for sentence in item.evidence))
    return replace(item, score=None)


def refuse(article: Article, parts: Collection[str], format: str) -> None:
    """Refuses an article with any of ``parts``, which ``format`` cannot hold, or with half a character in any string.

    Raises:
        RecordError: naming the part and how to drop it.
    """
    if re.search("[\ud800-\udfff]", json.dumps(article.to_record(), ensure_ascii=False)):
        raise RecordError(article.id, "record", "has half a character (a lone surrogate)", "remove it")
    for part in parts:
        if has(article, part):
            raise RecordError(article.id, part, f"cannot be held by {format}", f"drop it with --drop {part}")
