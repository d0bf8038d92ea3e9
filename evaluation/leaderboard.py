"""Several systems on the same articles, with the differences that are beyond chance."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.sources import load_source, parse_source

from .pairing import pair
from .score import check_measures, tallies
from .systems import predictions, run_config
from .tally import Tally
from .uncertainty import SIGNIFICANT, Comparison, compare


@dataclass(frozen=True)
class Entry:
    """One system on some articles by one measure: the score of each seed, and how the system compares with the best.

    Attributes:
        comparison: None for the best system itself.
    """

    system: str
    articles: str
    measure: str
    scores: list[float]
    comparison: Comparison | None

    @property
    def differs(self) -> bool:
        return self.comparison is not None and self.comparison.p_value < SIGNIFICANT

    def __str__(self) -> str:
        """The score in percent, with the spread over seeds, and a star where it differs from the best."""
        spread = f" ± {100 * stdev(self.scores):.1f}" if len(self.scores) > 1 else ""
        return f"{100 * mean(self.scores):.1f}{spread}{'*' if self.differs else ''}"


@dataclass(frozen=True)
class Leaderboard:
    """The entries of every system, set of articles and measure that the articles allow."""

    entries: list[Entry]

    @classmethod
    def of(cls, systems: Sequence[str], articles: Sequence[str], measures: Sequence[str]) -> Leaderboard:
        """Score every system on every set of articles; runs of one config with several seeds are one system.

        Raises:
            CorpusError, FileError, PairingError: as ``load_source``, ``predictions`` and ``pair``.
            MeasureError: a measure is none.
        """
        entries = []
        groups = seeds_together(systems)
        for source in articles:
            gold = load_source(parse_source(source))
            found = {
                name: [tallies(pair(gold, predictions(run, gold))) for run in runs] for name, runs in groups.items()
            }
            check_measures(measures, {measure for seeds in found.values() for t in seeds for measure in t})
            for measure in measures:
                of_measure = {name: [t[measure] for t in seeds if measure in t] for name, seeds in found.items()}
                entries += _entries({name: t for name, t in of_measure.items() if t}, source, measure)
        return cls(entries)

    def to_record(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self.entries]

    def print(self, console: Console | None = None) -> None:
        """A table for each set of articles: systems down, measures across, the best in bold."""
        for source in dict.fromkeys(entry.articles for entry in self.entries):
            entries = [entry for entry in self.entries if entry.articles == source]
            measures = list(dict.fromkeys(entry.measure for entry in entries))
            caption = "± over seeds; * differs from the best, p < 0.05"
            table = Table(title=Text(source), title_justify="left", caption=caption, caption_justify="left")
            table.add_column("system")
            for measure in measures:
                table.add_column(measure, justify="right")
            for system in dict.fromkeys(entry.system for entry in entries):
                cells = {e.measure: e for e in entries if e.system == system}
                table.add_row(Text(system), *(_cell(cells.get(measure)) for measure in measures))
            (console or Console()).print(table)


def seeds_together(systems: Iterable[str]) -> dict[str, list[str]]:
    """The systems by name; runs whose run.yaml differs only in seed and output are one, named after its first run."""
    groups: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for system in dict.fromkeys(systems):
        name = names.setdefault(_recipe(Path(system)), system)
        groups.setdefault(name, []).append(system)
    return groups


def _recipe(system: Path) -> str:
    """The run's configuration without seed and output; for what is no run, its path."""
    config = run_config(system)
    if config is None:
        return str(system)
    config.pop("output", None)
    (config.get("training") or {}).pop("seed", None)
    return json.dumps(config, sort_keys=True, default=str)


def _entries(of_measure: dict[str, list[Tally]], articles: str, measure: str) -> list[Entry]:
    scores = {name: [tally.f1 for tally in seeds] for name, seeds in of_measure.items()}
    together = {name: Tally(np.mean([tally.counts for tally in seeds], axis=0)) for name, seeds in of_measure.items()}
    best = max(scores, key=lambda name: mean(scores[name]), default=None)
    return [
        Entry(name, articles, measure, scores[name], None if name == best else compare(together[name], together[best]))
        for name in scores
    ]


def _cell(entry: Entry | None) -> str:
    if entry is None:
        return ""
    return f"[bold]{entry}[/bold]" if entry.comparison is None else str(entry)
