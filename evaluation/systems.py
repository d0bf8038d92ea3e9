"""What is evaluated: a checkpoint, which tags the gold articles now, or a file of any system's predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from data.article import Article
from data.jsonl import FileError, read_jsonl
from data.parquet import read_parquet
from data.sources import ELSEWHERE, Source
from data.yaml_text import read_yaml

if TYPE_CHECKING:
    from models.tagger import Tagger


def training_sources(system: Path) -> list[Source] | None:
    """What a run's run.yaml says that it was trained on; None for what is no run, or was trained on a part of it or on files
    whose places it does not tell."""
    config = run_config(system)
    if config is None or config.get("fraction", 1) < 1 or ELSEWHERE in str(config["train"]):
        return None
    return config["train"]


def run_config(system: Path) -> dict[str, Any] | None:
    """What a run's run.yaml says; None for what is no run.

    Raises:
        FileError: the file is no run's configuration.
    """
    run = system / "run.yaml"
    if not run.is_file():
        return None
    try:
        config = read_yaml(run)
    except FileError:
        config = None
    if not isinstance(config, dict) or "train" not in config:
        raise FileError(run, None, "is not a run's configuration; train again, or remove it")
    return config


def predictions(system: str | Path, articles: list[Article]) -> list[Article]:
    """The system's annotation of the articles.

    Args:
        system: a checkpoint's folder, or a JSONL or Parquet file of predicted articles, which are returned as they are.

    Raises:
        FileError: the folder holds no checkpoint, or the file cannot be read.
    """
    if Path(system).is_file():
        return list((read_parquet if Path(system).suffix == ".parquet" else read_jsonl)(system))
    return tagged(load_tagger(system), articles, f"tagging, {system}")


def load_tagger(checkpoint: str | Path) -> Tagger:
    """The tagger of a checkpoint's folder, without the talk of loading it.

    Raises:
        FileError: the folder holds no checkpoint.
    """
    from transformers.utils import logging

    from models.tagger import Tagger  # only here: predictions are scored without a model

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    return Tagger.from_pretrained(checkpoint)


def tagged(tagger: Tagger, articles: list[Article], title: str = "tagging") -> list[Article]:
    """The articles as the tagger annotates them, with a progress bar."""
    return list(tqdm(tagger.stream(articles), total=len(articles), desc=title, unit=" articles"))
