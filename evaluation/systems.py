"""What is evaluated: a checkpoint, which tags the gold articles now, or a file of any system's predictions."""

from __future__ import annotations

from pathlib import Path

from tqdm import tqdm

from data.article import Article
from data.jsonl import read_jsonl


def predictions(system: str | Path, articles: list[Article]) -> list[Article]:
    """The system's annotation of the articles.

    Args:
        system: a checkpoint's folder, or a JSONL file of predicted articles, which are returned as they are.

    Raises:
        FileError: the folder holds no checkpoint, or the file cannot be read.
    """
    if Path(system).is_file():
        return list(read_jsonl(system))
    from transformers.utils import logging

    from models.tagger import Tagger  # only here: predictions are scored without a model

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    tagger = Tagger.from_pretrained(system)
    return list(tqdm(tagger.stream(articles), total=len(articles), desc=f"tagging, {system}", unit=" articles"))
