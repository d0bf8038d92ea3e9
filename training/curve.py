"""Learning curves: how dev's scores grow with the training articles, and whether more annotation would help."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from .config import ConfigError, RunConfig
from .run import chosen, train

# What stands for a layer on the curve; the rest is in each run's metrics.json.
LAYERS = {
    "entities": "eval_entity_f1",
    "cues": "eval_cue_f1",
    "frames": "eval_graph_f1",
    "claims": "eval_claim_macro_f1",
}
WORTH = 0.01  # F1 gained by the last doubling of the articles that makes more annotation worth while


@dataclass(frozen=True)
class Curve:
    """The scores on dev of each layer for each share of the training articles, both growing together.

    Attributes:
        articles: the number of training articles of each share.
        scores: for each layer of dev its score with each of them, at the step that was chosen.
    """

    articles: list[int]
    scores: dict[str, list[float]]

    @classmethod
    def of(cls, config: RunConfig, fractions: Sequence[float]) -> Curve:
        """Train on each share, in ``config.output/fraction-F``; runs that were finished before are not run again.

        Raises:
            ConfigError: a share is not in 0..1, or the config cannot be trained on.
        """
        if wrong := [fraction for fraction in fractions if not 0 < fraction <= 1]:
            raise ConfigError(f"--fractions: {wrong[0]} is not a share of the articles; give numbers up to 1")
        articles, scores = [], {}
        for fraction in sorted(set(fractions)):
            folder = Path(config.output) / f"fraction-{fraction:g}"
            metrics = train(replace(config, fraction=fraction, output=str(folder)))
            if metrics["training"]["articles"] in articles:
                continue  # of few articles two shares may be the same
            dev = chosen(metrics)
            articles.append(metrics["training"]["articles"])
            for layer, key in LAYERS.items():
                if key in dev:
                    scores.setdefault(layer, []).append(dev[key])
        return cls(articles, scores)

    def gains(self) -> dict[str, float]:
        """What each layer gained by the last doubling of the articles, judged by its last two points."""
        if len(self.articles) < 2:
            return {}
        doublings = log2(self.articles[-1] / self.articles[-2])
        return {layer: (values[-1] - values[-2]) / doublings for layer, values in self.scores.items()}

    def verdict(self) -> list[str]:
        """A line for each layer: whether more articles would help it."""
        return [
            f"{layer}: {100 * gain:+.1f} F1 by the last doubling of the articles; "
            + ("more annotation would help" if gain >= WORTH else "more annotation of this kind would hardly help")
            for layer, gain in self.gains().items()
        ]

    def write(self, folder: str | Path) -> None:
        """Write ``curve.json`` and ``curve.svg``, and print the verdict."""
        folder = Path(folder)
        record = {"articles": self.articles, "scores": self.scores, "gains": self.gains()}
        (folder / "curve.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
        figure = Figure(figsize=(6, 4), layout="constrained")
        axes = figure.subplots()
        for layer, values in self.scores.items():
            axes.plot(self.articles, values, "o-", label=layer)
        axes.set(xscale="log", xlabel="training articles", ylabel="dev F1", ylim=(0, 1), xticks=self.articles)
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.minorticks_off()
        axes.grid(color="#e5e5e5")
        axes.legend(frameon=False)
        figure.savefig(folder / "curve.svg", metadata={"Date": None})
        print("\n".join([*self.verdict(), f"The curve is in {folder}/curve.svg."]))
