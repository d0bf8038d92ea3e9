"""Scores as the rows of a table, and as a table on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_STANCES = {
    "cue": "cue with polarity",
    "holder": "holder",
    "target": "target",
    "targeted": "targeted (target with polarity)",
    "graph": "graph",
    "unlabelled_graph": "graph, polarity not asked",
}


_CLAIMS = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "favor_against_f1": "mean F1 of favor and against, over targets",
    "evidence_f1": "evidence sentences",
    "first_evidence": "first evidence is right",
}


@dataclass(frozen=True)
class ScoreRow:
    """One measure: its name in ``tallies``, how readers call it, and its numbers in percent as text, "" for none."""

    measure: str
    name: str
    precision: str
    recall: str
    f1: str
    interval: str
    gold: str

    @property
    def layer(self) -> str:
        return self.name.partition(":")[0]

    @property
    def whole(self) -> bool:
        """True for a measure of all labels together."""
        return "/" not in self.measure


def score_rows(result: dict[str, Any]) -> Iterator[ScoreRow]:
    """The rows of what ``score`` returned, with ``intervals`` where the result has them."""

    def row(measure: str, name: str, numbers: dict[str, float]) -> ScoreRow:
        shown = (f"{100 * numbers[key]:.1f}" if key in numbers else "" for key in ("precision", "recall", "f1"))
        ends = result.get("intervals", {}).get(measure, ())
        return ScoreRow(
            measure, name, *shown, "–".join(f"{100 * end:.1f}" for end in ends), str(numbers.get("gold", ""))
        )

    if "entities" in result:
        yield row("entity_f1", "entities: nested spans (micro)", result["entities"]["micro"])
        for label, numbers in result["entities"]["labels"].items():
            yield row(f"entity_f1/{label}", f"entities: {label}", numbers)
    if "flat_entities" in result:
        yield row("flat_entity_f1", "entities: flat (seqeval strict)", result["flat_entities"]["micro"])
    if "stances" in result:
        for name, shown in _STANCES.items():
            yield row(f"{name}_f1", f"stances: {shown}", result["stances"][name])
        for label, numbers in result["stances"]["polarities"].items():
            yield row(f"cue_f1/{label}", f"stances: cue, {label}", numbers)
    if "claims" in result:
        for name, shown in _CLAIMS.items():
            if name in result["claims"]:
                yield row(f"claim_{name}", f"claims: {shown}", {"f1": result["claims"][name]})
        for label, numbers in result["claims"]["labels"].items():
            yield row(f"claim_f1/{label}", f"claims: {label}", numbers)


def print_scores(result: dict[str, Any], title: str, console: Console | None = None) -> None:
    """Print what ``score`` returned, in percent, those of all labels together in bold."""
    rows = list(score_rows(result))
    with_intervals = any(row.interval for row in rows)
    table = Table(title=_shown(f"{title} ({result['articles']} articles)"), title_justify="left")
    table.add_column("")
    for name in ("precision", "recall", "F1", *(["95% CI"] if with_intervals else []), "gold"):
        table.add_column(name, justify="right")
    for before, row in zip([None, *rows], rows):
        if before and before.layer != row.layer:
            table.add_section()
        interval = [row.interval] if with_intervals else []
        style = "bold" if row.whole else ""
        table.add_row(_shown(row.name), row.precision, row.recall, row.f1, *interval, row.gold, style=style)
    (console or Console()).print(table)


def _shown(text: str) -> Text:
    """``text`` as it is, brackets included; half a character, which a label may hold, is escaped."""
    return Text(text.encode("utf-8", "backslashreplace").decode())
