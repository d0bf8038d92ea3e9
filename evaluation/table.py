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
    """Print what ``score`` returned, in percent."""
    table = Table(title=f"{title} ({result['articles']} articles)", title_justify="left")
    for name, justify in (
        ("", "left"),
        ("precision", "right"),
        ("recall", "right"),
        ("F1", "right"),
        ("gold", "right"),
    ):
        table.add_column(name, justify=justify)
    if "entities" in result:
        _add(table, "entities, nested spans (micro)", result["entities"]["micro"], "bold")
        for label, row in result["entities"]["labels"].items():
            _add(table, "  " + label, row)
    if "flat_entities" in result:
        _add(table, "entities, flat (seqeval strict IOB2)", result["flat_entities"]["micro"], "bold")
    if "stances" in result:
        table.add_section()
        for name, shown in _STANCES.items():
            _add(table, "stances: " + shown, result["stances"][name], "bold")
        for label, row in result["stances"]["polarities"].items():
            _add(table, "  cue, " + label, row)
    if "claims" in result:
        table.add_section()
        for name, shown in _CLAIMS.items():
            if name in result["claims"]:
                table.add_row(f"claims: {shown}", "", "", f"{100 * result['claims'][name]:.1f}", style="bold")
        for label, row in result["claims"]["labels"].items():
            _add(table, f"  claim, {label}", row)
    (console or Console()).print(table)


def _add(table: Table, name: str, row: dict[str, float], style: str = "") -> None:
    numbers = (f"{100 * row[key]:.1f}" for key in ("precision", "recall", "f1"))
    table.add_row(name, *numbers, str(row.get("gold", "")), style=style)
