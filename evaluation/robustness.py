"""What spelling noise costs a tagger: the same articles, clean and with each noise of ``data.noise``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from data.article import Article
from data.noise import NOISES, noised

from .pairing import pair
from .score import check_measures, tallies
from .systems import tagged
from .uncertainty import SIGNIFICANT, Comparison, compare

if TYPE_CHECKING:
    from models.tagger import Tagger


@dataclass(frozen=True)
class Loss:
    """A measure on noised articles, and how it compares with the same articles as they are.

    Attributes:
        noise: one of ``NOISES``, or "" for the articles as they are.
        comparison: noised less clean; None for the articles as they are.
    """

    noise: str
    measure: str
    score: float
    comparison: Comparison | None

    def __str__(self) -> str:
        """The score in percent, or what the noise changed, with a star where it is beyond chance."""
        if self.comparison is None:
            return f"{100 * self.score:.1f}"
        star = "*" if self.comparison.p_value < SIGNIFICANT else ""
        return f"{100 * self.comparison.difference:+.1f}{star}"


def losses(tagger: Tagger, articles: list[Article], measures: Iterable[str]) -> list[Loss]:
    """Those of ``measures`` that the articles allow, clean and then with each noise.

    Raises:
        MeasureError: a measure is none.
    """
    clean = tallies(pair(articles, tagged(tagger, articles, "clean")))
    measures = list(measures)
    check_measures(measures, clean)
    shown = [measure for measure in measures if measure in clean]
    found = [Loss("", measure, clean[measure].f1, None) for measure in shown]
    for noise in NOISES:
        noisy = [noised(article, noise) for article in articles]
        scores = tallies(pair(noisy, tagged(tagger, noisy, noise)))
        left = [name for name in shown if name in scores]  # a type may be neither in gold nor found any longer
        found += [Loss(noise, name, scores[name].f1, compare(scores[name], clean[name])) for name in left]
    return found


def print_losses(found: list[Loss], console: Console | None = None) -> None:
    """A table: noises down, measures across, the clean scores first and then the changes."""
    measures = list(dict.fromkeys(loss.measure for loss in found))
    table = Table("noise", caption="change against the articles as they are; * p < 0.05", caption_justify="left")
    for measure in measures:
        table.add_column(measure, justify="right")
    for noise in dict.fromkeys(loss.noise for loss in found):
        cells = {loss.measure: str(loss) for loss in found if loss.noise == noise}
        table.add_row(noise or "none", *(cells[measure] for measure in measures), end_section=not noise)
    (console or Console()).print(table)
