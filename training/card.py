"""The model card of a run: what it was trained on, how, how good it is, and what it is not for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from huggingface_hub import ModelCard, ModelCardData
from jinja2 import Environment, FileSystemLoader

from data.corpora import CORPORA
from data.yaml_text import read_yaml, to_yaml
from evaluation.table import ScoreRow, score_rows
from models.folder import CARD

from .config import SPLITS, UNLABELLED, ConfigError
from .provenance import PROVENANCE

METRICS = "metrics.json"
_HEADS = {"entity": "entities", "stance": "stances", "claim": "stances to claims"}
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), trim_blocks=True, lstrip_blocks=True
)


def write_card(folder: str | Path, seeds: Sequence[str | Path] = ()) -> None:
    """Write the card of a finished run into its folder.

    Args:
        seeds: other runs of the same recipe; scores are then means with standard deviations over all of them.

    Raises:
        ConfigError: a folder holds no finished run, or a run was not scored on what the first one was.
    """
    folder = Path(folder)
    runs = [_read(run, METRICS) for run in (folder, *seeds)]
    configs = _lineage(folder)
    for run, metrics in zip(seeds, runs[1:]):
        if missing := [name for name in ("dev", "test") if name in runs[0] and name not in metrics]:
            raise ConfigError(f"{run} has no scores on {', '.join(missing)}, as {folder} has; name runs of one recipe")
    model = _read(folder, "config.json")
    # The run.yaml of an earlier run has no unlabelled sources.
    named = [source for config in configs for name in (*SPLITS, UNLABELLED) for source in config.get(name, ())]
    corpora = sorted({source["corpus"] for source in named if isinstance(source, dict) and "corpus" in source})
    for config in configs:
        config.pop("output")  # a folder of this machine
    text = _TEMPLATES.get_template("card.md.j2").render(
        model=model,
        heads=[name for layer, name in _HEADS.items() if model[f"{layer}_labels"]],
        config=configs[0],
        base=configs[-1]["base"],
        corpora={name: CORPORA[name] for name in corpora},
        origin=_read(folder, PROVENANCE),
        tables={name: _scores([run[name] for run in runs]) for name in ("dev", "test") if name in runs[0]},
        seeds=[run["training"]["seed"] for run in runs],
        recipes=[to_yaml(config).strip() for config in configs],
    )
    data = ModelCardData(
        language="ar",
        license="other",
        library_name="transformers",
        tags=["named-entity-recognition", "stance-detection"],
    )
    ModelCard(f"---\n{data.to_yaml()}\n---\n\n{text}").save(folder / CARD)


def _lineage(folder: Path) -> list[dict[str, Any]]:
    """The configs of a run and of the runs that it went on from, the last one first."""
    configs, seen = [], set()
    while (run := (folder / "run.yaml").resolve()).is_file() and run not in seen:
        seen.add(run)
        configs.append(read_yaml(run))
        folder = Path(configs[-1]["base"])
    return configs


def _read(folder: str | Path, name: str) -> dict[str, Any]:
    path = Path(folder) / name
    if not path.is_file():
        raise ConfigError(f"{path} is missing; name the folder of a finished run")
    return json.loads(path.read_text(encoding="utf-8"))


def _scores(results: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """The name, the score over all runs and the gold items of every measure of all labels together."""
    rows = [[row for row in score_rows(result) if row.whole] for result in results]
    return [(same[0].name, _spread(same), same[0].gold) for same in zip(*rows)]


def _spread(rows: Sequence[ScoreRow]) -> str:
    scores = [float(row.f1) for row in rows]
    return f"{mean(scores):.1f} ± {stdev(scores):.1f}" if len(scores) > 1 else rows[0].f1
