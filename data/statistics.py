"""What a corpus holds: lengths, entity types and their nesting, frames by polarity, and the cues that express them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from rich.table import Table

from .article import CLAIM_LABELS, LAYERS, STANCE_LABELS, Article
from .validation import overlapping
from .words import bare, sentences, words


@dataclass
class Statistics:
    """Counts over articles.

    Attributes:
        words: the words of each article.
        layers: the articles that have each layer annotated.
        entities: the mentions of each entity type, by their text.
        nested: the entities of each type that lie inside another.
        depths: the entities at each depth, 1 for those inside no other.
        polarities: the frames of each polarity.
        holders, targets: the frames of each polarity that have a holder, a target.
        cues: the frames of each cue, without diacritics and tatweel, by polarity.
        claims: the claims of each label.
    """

    words: list[int] = field(default_factory=list)
    sentences: int = 0
    layers: Counter[str] = field(default_factory=Counter)
    entities: dict[str, Counter[str]] = field(default_factory=dict)
    nested: Counter[str] = field(default_factory=Counter)
    depths: Counter[int] = field(default_factory=Counter)
    polarities: Counter[str] = field(default_factory=Counter)
    holders: Counter[str] = field(default_factory=Counter)
    targets: Counter[str] = field(default_factory=Counter)
    cues: dict[str, Counter[str]] = field(default_factory=dict)
    claims: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, articles: Iterable[Article]) -> Statistics:
        """The statistics of ``articles``, read once."""
        statistics = cls()
        for article in articles:
            statistics.words.append(len(words(article.text)))
            statistics.sentences += len(sentences(article.text))
            statistics.layers.update(name for name in LAYERS if getattr(article, name) is not None)
            statistics._add_entities(article)
            statistics._add_stances(article)
            statistics.claims.update(claim.label for claim in article.claims or ())
        return statistics

    def _add_entities(self, article: Article) -> None:
        entities = article.entities or ()
        outer = Counter(id(inner) for around, inner in overlapping(entities) if around.covers(inner))
        for entity in entities:
            self.entities.setdefault(entity.label, Counter())[entity.of(article.text)] += 1
            self.depths[outer[id(entity)] + 1] += 1
            self.nested[entity.label] += outer[id(entity)] > 0

    def _add_stances(self, article: Article) -> None:
        for stance in article.stances or ():
            self.polarities[stance.label] += 1
            self.holders[stance.label] += stance.holder is not None
            self.targets[stance.label] += stance.target is not None
            cue = bare(stance.cue.of(article.text))
            self.cues.setdefault(cue, Counter())[stance.label] += 1

    def tables(self, cues: int) -> list[Table]:
        """The tables for a terminal, with the ``cues`` most frequent cues; a table without rows is left out."""
        tables = [self._articles(), self._entities(), self._depths(), self._frames(), self._cues(cues), self._claims()]
        return [table for table in tables if table.row_count]

    def _articles(self) -> Table:
        table = _table("Articles", "", "count")
        table.add_row("articles", f"{len(self.words):,}")
        table.add_row("sentences", f"{self.sentences:,}")
        table.add_row("words", f"{sum(self.words):,}")
        if self.words:
            spread = f"{min(self.words):,} – {median(self.words):,g} – {max(self.words):,}"
            table.add_row("words an article: least – median – most", spread)
        for name in LAYERS:
            table.add_row(f"with {name} annotated", f"{self.layers[name]:,}")
        return table

    def _entities(self) -> Table:
        table = _table("Entities", "type", "count", "share", "distinct", "nested", "most frequent")
        total = sum(self.depths.values())
        for label, mentions in sorted(self.entities.items(), key=lambda item: (-item[1].total(), item[0])):
            count = mentions.total()
            numbers = f"{count:,}", f"{count / total:.1%}", f"{len(mentions):,}", f"{self.nested[label]:,}"
            most = mentions.most_common(1)[0][0]
            table.add_row(label, *numbers, " ".join(most.split()))
        return table

    def _depths(self) -> Table:
        table = _table("Nesting", "depth", "entities")
        for depth, count in sorted(self.depths.items()):
            table.add_row(str(depth), f"{count:,}")
        return table

    def _frames(self) -> Table:
        table = _table("Stance frames", "polarity", "count", "share", "with holder", "with target")
        total = self.polarities.total()
        for label in STANCE_LABELS:
            if total:
                count = self.polarities[label]
                roles = f"{self.holders[label]:,}", f"{self.targets[label]:,}"
                table.add_row(label, f"{count:,}", f"{count / total:.1%}", *roles)
        return table

    def _cues(self, most: int) -> Table:
        table = _table(f"Cues ({len(self.cues):,} distinct)", "cue", *STANCE_LABELS)
        ranked = sorted(self.cues.items(), key=lambda item: (-item[1].total(), item[0]))
        for cue, polarities in ranked[:most]:
            table.add_row(cue, *(f"{polarities[label]:,}" if polarities[label] else "" for label in STANCE_LABELS))
        return table

    def _claims(self) -> Table:
        table = _table("Claims", "label", "count")
        for label in CLAIM_LABELS:
            if self.claims:
                table.add_row(label, f"{self.claims[label]:,}")
        return table


def _table(title: str, first: str, *numbers: str) -> Table:
    """A table whose first column holds names and the others numbers."""
    table = Table(title=title, title_justify="left")
    table.add_column(first, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="left" if name == "most frequent" else "right")
    return table
