"""A report of one evaluation: scores, where they are lost, and the hardest articles, as one HTML page and as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup

from data.article import Article
from data.jsonl import write_jsonl
from data.page import TEMPLATES, render

from . import plots
from .calibration import Scored, scored_items
from .items import NOTHING, claim_items, cue_items, entity_items, frame_items, mistake_items
from .mistakes import KINDS
from .pairing import Pair
from .table import score_rows

HARDEST = 5  # articles that are shown
MANY = 15  # rows of a long table, and the least cues of a stem that a share is given for

_RECALL = {
    "training": "Recall of entities by whether training had their text",
    "words": "Recall of entities by length in words",
    "nesting": "Recall of entities by the entities around them",
    "prefix": "Recall of entities whose first word has a conjunction or preposition attached",
    "hashtag": "Recall of entities in hashtags",
}


@dataclass
class Section:
    """A heading with what stands under it: a remark, a table, a plot (SVG)."""

    title: str
    note: str = ""
    table: pd.DataFrame | None = None
    plot: str = ""


@dataclass
class Report:
    """Everything that the report says.

    Attributes:
        hardest: the (gold, predicted) articles with the most mistakes, and that number.
    """

    title: str
    scores: dict[str, Any]
    sections: list[Section] = field(default_factory=list)
    hardest: list[tuple[Pair, int]] = field(default_factory=list)

    @classmethod
    def of(cls, title: str, scores: dict[str, Any], pairs: list[Pair], training: list[Article] | None) -> Report:
        """Analyse predicted articles.

        Args:
            scores: what ``score`` returned for the pairs, with ``intervals``.
            training: the articles that the system was trained on, if they are known.
        """
        scores, training = _whole(scores), training and [_whole_article(article) for article in training]
        pairs = [(_whole_article(gold), _whole_article(predicted)) for gold, predicted in pairs]
        sections = [_scores(scores), *_entities(pairs, training), *_stances(pairs), *_claims(pairs), *_scored(pairs)]
        counted = sorted(((p, _mistakes(p)) for p in pairs), key=lambda item: -item[1])
        return cls(title, scores, sections, [item for item in counted[:HARDEST] if item[1]])

    def write(self, folder: str | Path) -> None:
        """Write ``report.html``, ``report.md``, ``scores.json`` and the hardest articles' ``hardest.jsonl``."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("report.html", "report.md"):
            text = _TEMPLATES.get_template(f"{name}.j2").render(report=self, article=lambda a: Markup(render(a)))
            (folder / name).write_text(text, encoding="utf-8")
        (folder / "scores.json").write_text(json.dumps(self.scores, ensure_ascii=False, indent=1), encoding="utf-8")
        write_jsonl(folder / "hardest.jsonl", [predicted for (_, predicted), _ in self.hardest])


def _markdown(value: object) -> str:
    """A name as text on one line of Markdown, also in a table's cell."""
    text = re.sub(r"\s+", " ", str(value)).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", text)


_TEMPLATES = Environment(
    loader=ChoiceLoader([FileSystemLoader(Path(__file__).parent / "templates"), TEMPLATES.loader]),
    autoescape=lambda name: name.endswith(".html.j2"),
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["md"] = _markdown


def _whole(value: Any) -> Any:
    """``value``, of JSON's types, with a replacement mark for each half character, which neither tables nor files hold."""
    return json.loads(re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(value, ensure_ascii=False)))


def _whole_article(article: Article) -> Article:
    return Article.from_record(_whole(article.to_record()))


def _scores(scores: dict[str, Any]) -> Section:
    rows = list(score_rows(scores))
    table = pd.DataFrame(
        [(r.name, r.precision, r.recall, r.f1, r.interval, r.gold) for r in rows],
        columns=["", "precision", "recall", "F1", "95% CI", "gold"],
    ).set_index("")
    plot = plots.intervals(
        {r.name: float(r.f1) / 100 for r in rows if r.whole}, {r.name: scores["intervals"][r.measure] for r in rows}
    )
    note = "Confidence intervals are bootstrapped over articles."
    return Section("Scores", note, table, plot)


def _entities(pairs: list[Pair], training: list[Article] | None) -> list[Section]:
    items, mistakes = entity_items(pairs, training), mistake_items(pairs)
    if not len(items) and not len(mistakes):
        return []
    kinds = mistakes["kind"].value_counts().reindex(KINDS, fill_value=0)
    by_type = pd.crosstab(
        mistakes["gold"].where(mistakes["kind"] != "spurious", mistakes["predicted"]), mistakes["kind"]
    )
    by_type = by_type.reindex(columns=list(KINDS), fill_value=0)
    by_type = by_type.loc[by_type.sum(axis=1).sort_values(ascending=False).index]
    found = items["found"].sum() if len(items) else 0
    sections = [
        Section(
            "Mistakes in entities",
            f"Of {len(items)} gold entities {found} are right. The others, and those that only the system has: "
            + ", ".join(f"{kind} {count}" for kind, count in kinds.items())
            + ".",
            by_type.rename_axis("type", axis=0).rename_axis(None, axis=1),
            plots.stacked(by_type, "mistakes"),
        )
    ]
    confused = mistakes[(mistakes["gold"] != NOTHING) & (mistakes["predicted"] != NOTHING)]
    confused = confused[confused["gold"] != confused["predicted"]]
    if len(confused):
        counts = pd.crosstab(confused["gold"], confused["predicted"])
        top = confused.value_counts(["gold", "predicted"]).head(MANY).rename("entities").reset_index()
        sections.append(Section("Types taken for one another", "", top.set_index("gold"), plots.confusion(counts)))
    for column, title in _RECALL.items():
        if column in items and items[column].nunique() > 1:
            sections.append(_recall(items, column, title))
    return sections


def _recall(items: pd.DataFrame, column: str, title: str) -> Section:
    groups = items.groupby(column)["found"].agg(["sum", "size", "mean"])
    plot = plots.bars(groups["mean"].to_dict(), groups["size"].to_dict(), "recall (strict span and type)")
    table = groups.rename(columns={"sum": "found", "size": "gold", "mean": "recall"})
    return Section(title, "", _percent(table, ["recall"]), plot)


def _stances(pairs: list[Pair]) -> list[Section]:
    cues, frames = cue_items(pairs), frame_items(pairs)
    if not len(cues):
        return []
    cues["outcome"] = "right"
    cues.loc[cues["gold"] != cues["predicted"], "outcome"] = "wrong polarity"
    cues.loc[cues["predicted"] == NOTHING, "outcome"] = "missed"
    cues.loc[cues["gold"] == NOTHING, "outcome"] = "spurious"
    outcomes = ["right", "wrong polarity", "missed", "spurious"]
    by_stem = pd.crosstab(cues["stem"], cues["outcome"]).reindex(columns=outcomes, fill_value=0)
    wrong = by_stem.drop(columns="right").sum(axis=1)
    worst = by_stem.loc[wrong.sort_values(ascending=False, kind="stable").index][:MANY]
    worst = worst[worst.drop(columns="right").sum(axis=1) > 0]
    sections = [
        Section("Polarity of cues", "A dash is a cue that one side lacks.", None, plots.confusion(_crossed(cues)))
    ]
    if len(worst):
        sections.append(
            Section(
                "Cues with the most mistakes, by stem",
                "Stems are Snowball's, of the cue's last word.",
                worst.rename_axis("stem").rename_axis(None, axis=1),
                plots.stacked(worst, "cues"),
            )
        )
    if len(frames):
        whole = frames[frames["cue"]]
        gold = frames.groupby("label").size()
        share = whole.groupby("label")[["holder", "target"]].mean().reindex(gold.index)
        share.insert(0, "gold frames", gold)
        share.insert(1, "cue right", frames.groupby("label")["cue"].mean())
        both = int((whole["holder"] & whole["target"]).sum())
        sections.append(
            Section(
                "Frames that break",
                f"Of {len(frames)} gold frames {len(whole)} have the right cue, and of those "
                f"{both} the right holder and target, {int((~whole['holder'] & whole['target']).sum())} a wrong holder "
                f"only, {int((whole['holder'] & ~whole['target']).sum())} a wrong target only, "
                f"{int((~whole['holder'] & ~whole['target']).sum())} both wrong. Holder and target below are shares of "
                "frames whose cue is right.",
                _percent(share, ["cue right", "holder", "target"]),
            )
        )
    return sections


def _claims(pairs: list[Pair]) -> list[Section]:
    items = claim_items(pairs)
    return [Section("Stances to claims", "", None, plots.confusion(_crossed(items)))] if len(items) else []


def _scored(pairs: list[Pair]) -> list[Section]:
    layers = scored_items(pairs)
    if not layers:
        return []
    rows = {name: _calibration(items) for name, items in layers.items()}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("layer")
    note = (
        "Points on the diagonal mean what they say. ECE is the expected calibration error over ten bins; a temperature "
        "above 1 says that scores are too sure. The last column is the ECE that the temperature would leave on these "
        "same articles; fit it on others with python -m evaluation calibrate."
    )
    return [Section("Calibration of scores", note, table, plots.reliability(layers))]


def _calibration(items: Scored) -> Mapping[str, str]:
    temperature = items.temperature()
    return {
        "items": str(len(items.scores)),
        "mean score": f"{items.scores.mean():.3f}",
        "right": f"{items.right.mean():.3f}",
        "ECE": f"{items.error():.3f}",
        "temperature": f"{temperature:.2f}",
        "ECE then": f"{items.tempered(temperature).error():.3f}",
    }


def _crossed(items: pd.DataFrame) -> pd.DataFrame:
    """Counts of gold by predicted, the same labels on both sides, nothing last."""
    labels = sorted({*items["gold"], *items["predicted"]}, key=lambda label: (label == NOTHING, label))
    return pd.crosstab(items["gold"], items["predicted"]).reindex(index=labels, columns=labels, fill_value=0)


def _percent(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return table.assign(
        **{name: ["" if pd.isna(value) else f"{100 * value:.1f}" for value in table[name]] for name in columns}
    )


def _mistakes(pair: Pair) -> int:
    """Entities, cues and claims that are wrong on either side."""
    cues, claims = cue_items([pair]), claim_items([pair])
    wrong = (cues["gold"] != cues["predicted"]).sum() + (claims["gold"] != claims["predicted"]).sum()
    return len(mistake_items([pair])) + int(wrong)
