"""Articles that were held against one claim, ranked: those for it, against it, neither, and unrelated."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from data.article import CLAIM_LABELS, Article


def ranked(articles: Iterable[Article]) -> list[Article]:
    """Articles by the label of their only claim, in the order of ``CLAIM_LABELS``, the surest of each label first."""
    return sorted(articles, key=lambda a: (CLAIM_LABELS.index(a.claims[0].label), -a.claims[0].score))


def print_ranking(articles: Iterable[Article]) -> None:
    """Print the stance, its score, the article and its clearest sentence, a row each, on standard error."""
    table = Table("stance", "score", "article", "clearest sentence")
    for article in articles:
        claim = article.claims[0]
        sentence = claim.evidence[0].of(article.text) if claim.evidence else ""
        table.add_row(claim.label, f"{claim.score:.2f}", article.id, sentence)
    Console(stderr=True, markup=False, emoji=False, highlight=False).print(table)
