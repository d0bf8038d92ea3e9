"""What a run has to know of a split's articles before it trains, found in one pass over them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from data.article import LAYERS, Article
from data.validation import has_overlaps, overlapping
from data.words import is_punctuation


@dataclass
class Survey:
    """What was found in articles, none of which are held.

    Attributes:
        articles: how many there are; sha256: the hash of their records in their order, the same again wherever they
            were read from.
        labels: of each layer, how often each label occurs.
        nested: entities of an article overlap; punctuated: an entity starts or ends with punctuation.
        crossing: the id of an article and the texts of two of its entities that cross, which no tags can say.
    """

    articles: int = 0
    sha256: str = ""
    labels: dict[str, Counter[str]] = field(default_factory=lambda: {layer: Counter() for layer in LAYERS})
    nested: bool = False
    punctuated: bool = False
    crossing: list[tuple[str, str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, articles: Iterable[Article]) -> Survey:
        survey, digest = cls(), hashlib.sha256()
        for article in articles:
            survey._add(article)
            digest.update(json.dumps(article.to_record(), ensure_ascii=True, sort_keys=True).encode())
            digest.update(b"\n")
        survey.sha256 = digest.hexdigest()
        return survey

    def _add(self, article: Article) -> None:
        self.articles += 1
        for layer in LAYERS:
            self.labels[layer].update(item.label for item in getattr(article, layer) or ())
        entities = article.entities or ()
        self.nested = self.nested or has_overlaps(entities)
        edges = (article.text[place] for entity in entities for place in (entity.start, entity.end - 1))
        self.punctuated = self.punctuated or any(map(is_punctuation, edges))
        self.crossing += (
            (article.id, first.of(article.text), second.of(article.text))
            for first, second in overlapping(entities)
            if first.crosses(second)
        )
