"""The report's plots, as SVG whose letters are drawn as shapes, so that Arabic looks the same in every reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .calibration import Scored

_BLUE, _GREY, _RED = "#2c6fad", "#9aa5b1", "#c0392b"


def bars(values: Mapping[str, float], counts: Mapping[str, int], label: str) -> str:
    """Horizontal bars of shares, each with the number of items that it rests on."""
    figure = Figure(figsize=(6.5, 0.6 + 0.34 * len(values)), layout="constrained")
    axes = figure.subplots()
    names = list(values)[::-1]
    drawn = axes.barh(list(map(_plain, names)), [values[name] for name in names], color=_BLUE)
    axes.bar_label(drawn, [f"{100 * values[name]:.0f}%  of {counts[name]}" for name in names], padding=4, color="#444")
    axes.set(xlim=(0, 1.25), xticks=[], xlabel=label)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    return _svg(figure)


def intervals(scores: Mapping[str, float], ranges: Mapping[str, tuple[float, float]]) -> str:
    """Scores as points with their confidence intervals."""
    figure = Figure(figsize=(6.5, 0.6 + 0.28 * len(scores)), layout="constrained")
    axes = figure.subplots()
    for place, (name, score) in enumerate(reversed(scores.items())):
        axes.plot(ranges[name], [place, place], color=_GREY, linewidth=4, solid_capstyle="round")
        axes.plot(score, place, "o", color=_BLUE)
    names = list(map(_plain, reversed(scores)))
    axes.set(yticks=range(len(scores)), yticklabels=names, xlim=(0, 1), xlabel="F1 and its 95% CI")
    axes.grid(axis="x", color="#e5e5e5")
    axes.spines[["top", "right"]].set_visible(False)
    return _svg(figure)


def confusion(counts: pd.DataFrame) -> str:
    """Counts of gold labels (rows) by predicted labels (columns)."""
    size = 2 + 0.42 * max(counts.shape)
    figure = Figure(figsize=(size, size), layout="constrained")
    axes = figure.subplots()
    axes.pcolormesh(np.sqrt(counts), cmap="Blues")
    axes.set(xlabel="predicted", ylabel="gold", aspect="equal")
    axes.set_xticks(np.arange(counts.shape[1]) + 0.5, map(_plain, counts.columns), rotation=90)
    axes.set_yticks(np.arange(counts.shape[0]) + 0.5, map(_plain, counts.index))
    axes.invert_yaxis()
    brightest = counts.to_numpy().max(initial=1)
    for (row, column), count in np.ndenumerate(counts.to_numpy()):
        if count:
            color = "white" if count > brightest / 3 else "black"
            axes.text(column + 0.5, row + 0.5, str(count), ha="center", va="center", fontsize=8, color=color)
    return _svg(figure)


def reliability(layers: Mapping[str, Scored]) -> str:
    """For each layer the share that is right against the mean score, with the number of items of each score below."""
    figure = Figure(figsize=(3.1 * len(layers), 3.6), layout="constrained")
    grid = figure.subplots(2, len(layers), sharex=True, squeeze=False, height_ratios=(4, 1))
    for (name, items), above, below in zip(layers.items(), *grid):
        above.plot([0, 1], [0, 1], ":", color=_GREY)
        above.plot(*items.curve(), "o-", color=_BLUE)
        above.set(title=f"{name}: ECE {items.error():.3f}", xlim=(0, 1), ylim=(0, 1.02), ylabel="share right")
        below.hist(items.scores, bins=20, range=(0, 1), color=_GREY)
        below.set(xlabel="score", yticks=[])
        for axes in (above, below):
            axes.spines[["top", "right"]].set_visible(False)
    return _svg(figure)


def stacked(counts: pd.DataFrame, label: str) -> str:
    """Horizontal bars of counts, a row a bar, a column a colour."""
    figure = Figure(figsize=(6.5, 1.5 + 0.3 * len(counts)), layout="constrained")
    axes = figure.subplots()
    left = np.zeros(len(counts))
    names = list(map(_plain, counts.index))[::-1]
    for column, color in zip(counts.columns, (_BLUE, "#e0a030", _RED, _GREY, "#6b4c9a")):
        widths = counts[column].to_numpy()[::-1]
        axes.barh(names, widths, left=left, color=color, label=column)
        left += widths
    axes.set(xlabel=label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    return _svg(figure)


def _plain(name: str) -> str:
    """A label or a stem that is drawn as it is: dollar signs set no formula, and what has no shape is a replacement mark."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "\ufffd", str(name)).replace("$", r"\$")


def _svg(figure: Figure) -> str:
    stream = StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()[stream.getvalue().index("<svg") :]
