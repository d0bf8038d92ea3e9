"""Scores as a table on the screen."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

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
}


def print_scores(result: dict[str, Any], title: str, console: Console | None = None) -> None:
    """Print what ``score`` returned, in percent, with ``intervals`` where the result has them."""
    shown = _Table(title, result)
    if "entities" in result:
        shown.add("entities, nested spans (micro)", result["entities"]["micro"], "entity_f1")
        for label, row in result["entities"]["labels"].items():
            shown.add("  " + label, row, f"entity_f1/{label}")
    if "flat_entities" in result:
        shown.add("entities, flat (seqeval strict IOB2)", result["flat_entities"]["micro"], "flat_entity_f1")
    if "stances" in result:
        shown.table.add_section()
        for name, named in _STANCES.items():
            shown.add("stances: " + named, result["stances"][name], f"{name}_f1")
        for label, row in result["stances"]["polarities"].items():
            shown.add("  cue, " + label, row, f"cue_f1/{label}")
    if "claims" in result:
        shown.table.add_section()
        for name, named in _CLAIMS.items():
            if name in result["claims"]:
                shown.add(f"claims: {named}", {"f1": result["claims"][name]}, f"claim_{name}")
        for label, row in result["claims"]["labels"].items():
            shown.add(f"  claim, {label}", row, f"claim_f1/{label}")
    (console or Console()).print(shown.table)


class _Table:
    def __init__(self, title: str, result: dict[str, Any]):
        self.intervals = result.get("intervals", {})
        self.table = Table(title=f"{title} ({result['articles']} articles)", title_justify="left")
        self.table.add_column("")
        for name in ("precision", "recall", "F1", *(["95% CI"] if self.intervals else []), "gold"):
            self.table.add_column(name, justify="right")

    def add(self, name: str, row: dict[str, float], measure: str) -> None:
        """A row; those of a whole layer, whose measure is not one label's, are bold."""
        cells = [f"{100 * row[key]:.1f}" if key in row else "" for key in ("precision", "recall", "f1")]
        if self.intervals:
            low, high = self.intervals[measure]
            cells.append(f"{100 * low:.1f}–{100 * high:.1f}")
        self.table.add_row(name, *cells, str(row.get("gold", "")), style="" if "/" in measure else "bold")
