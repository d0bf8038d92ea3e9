"""Claims that an article does not speak of, taken from other articles.

A claim alone gives its label away more often than chance does; beside another article the same claim is unrelated, so
a model that is trained on both has to read the article.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random

from .article import UNRELATED, Article, Claim

NEAR = 64  # claims that are drawn from: those of the articles just before, whose themes are often alike


def with_unrelated(articles: Iterable[Article], count: int) -> Iterator[Article]:
    """The articles, each held against up to ``count`` claims more: of articles before it, and unrelated to it.

    Articles whose claims are unknown stay as they are; claims that are unrelated where they stand are not taken, nor those
    that the article is held against itself. That articles speak of different events is the caller's to know. The same
    articles draw the same claims.
    """
    random, before = Random(0), deque(maxlen=NEAR)
    for article in articles:
        if article.claims is None:
            yield article
            continue
        own = {claim.claim for claim in article.claims}
        others = [claim for claim in dict.fromkeys(before) if claim not in own]
        drawn = random.sample(others, min(count, len(others)))
        yield _held(article, drawn)
        before.extend(claim.claim for claim in article.claims if claim.label != UNRELATED)


def with_claims_of(articles: Iterable[Article], claims: Sequence[str], count: int) -> Iterator[Article]:
    """The articles, each held against up to ``count`` of ``claims`` more, unrelated to it, also where its own are unknown.

    That no article speaks of them is the caller's to know. The same articles and claims draw the same.
    """
    random = Random(0)
    for article in articles:
        own = {claim.claim for claim in article.claims or ()}
        drawn = [claim for claim in random.sample(claims, min(count, len(claims))) if claim not in own]
        yield _held(article, drawn)


def _held(article: Article, claims: Iterable[str]) -> Article:
    """The article held against ``claims`` too, as unrelated ones."""
    return replace(article, claims=(*(article.claims or ()), *(Claim(claim, UNRELATED) for claim in claims)))
