"""Articles that were held against one claim, ranked: those for it, against it, neither, and unrelated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from data.article import CLAIM_LABELS, Article


@dataclass(frozen=True)
class Rank:
    """An article's stance to its only claim: id, label, score, and the clearest sentence, "" for none."""

    id: str
    label: str
    score: float
    sentence: str

    @classmethod
    def of(cls, article: Article) -> Rank:
        (claim,) = article.claims
        sentence = claim.evidence[0].of(article.text) if claim.evidence else ""
        return cls(article.id, claim.label, claim.score, sentence)

    @property
    def order(self) -> tuple[int, float]:
        """By label in the order of ``CLAIM_LABELS``, the surest of each label first."""
        return CLAIM_LABELS.index(self.label), -self.score


def print_ranking(ranks: Iterable[Rank]) -> None:
    """Print the stance, its score, the article and its clearest sentence, a row each, on standard error."""
    table = Table("stance", "score", "article", "clearest sentence")
    for rank in sorted(ranks, key=lambda rank: rank.order):
        table.add_row(rank.label, f"{rank.score:.2f}", rank.id, rank.sentence)
    Console(stderr=True, markup=False, emoji=False, highlight=False).print(table)
