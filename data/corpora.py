"""Public corpora by name, as Articles, read from a local folder.

The folder is ``$QAWL_CORPORA``, by default ``../shared/corpora`` beside the checkout. None of the corpora are part of
this project; each keeps its authors' licence.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .article import Article, Entity
from .columns import read_columns
from .jsonl import read_jsonl
from .pairs import read_pairs


@dataclass(frozen=True)
class Corpus:
    """Where a corpus's splits lie in the corpora folder, how they are read, and whose they are."""

    files: dict[str, str]
    read: Callable[[Path], Iterator[Article]]
    licence: str
    citation: str


CORPORA = {
    "anercorp": Corpus(
        {"train": "anercorp/train.conll", "test": "anercorp/test.conll"},
        read_columns,
        "for research",
        "Benajiba, Rosso and Benedí, ANERsys, CICLing 2007",
    ),
    "wojood-sample": Corpus(
        {"train": "wojood-sample/train.txt", "dev": "wojood-sample/val.txt", "test": "wojood-sample/test.txt"},
        read_columns,
        "MIT",
        "Jarrar, Khalilia and Ghanem, Wojood, LREC 2022",
    ),
    "ans": Corpus(
        {"train": "ans/train.csv", "dev": "ans/dev.csv", "test": "ans/test.csv"},
        partial(read_pairs, claim="s1", text="s2"),
        "Apache-2.0",
        "Khouja, Stance Prediction and Claim Verification: An Arabic Perspective, FEVER 2020",
    ),
    "mawqif": Corpus(
        {"train": "mawqif/train.csv", "test": "mawqif/test.csv"},
        partial(read_pairs, claim="target", text="text", id="ID"),
        "for research",
        "Alturayeif, Luqman and Ahmed, Mawqif, WANLP 2022",
    ),
    "news": Corpus(
        {"train": "news/train.jsonl", "dev": "news/dev.jsonl"},
        read_jsonl,
        "for research",
        "texts: Ahdath.info; Baly et al., NAACL 2018",
    ),
}


class CorpusError(ValueError):
    """A corpus, split or folder that is not there, and what to do."""


def corpora_folder() -> Path:
    return Path(os.environ.get("QAWL_CORPORA", Path(__file__).parents[2] / "shared" / "corpora"))


def load_corpus(name: str, split: str, join: int = 1) -> list[Article]:
    """One split of a public corpus.

    Args:
        name: a key of ``CORPORA``.
        split: the split's name, which may be cut by percentages of its articles: ``train[:90%]``, ``train[90%:]``.
        join: how many neighbouring articles (sentences, in column corpora) become one, as lines.

    Raises:
        CorpusError: there is no such corpus or split, or its file is missing.
    """
    if name not in CORPORA:
        raise CorpusError(f"corpus {name!r} is unknown; use one of {', '.join(CORPORA)}")
    corpus = CORPORA[name]
    match = re.fullmatch(r"([\w-]+)(?:\[(?:(\d+)%)?:(?:(\d+)%)?\])?", split)
    if not match or match[1] not in corpus.files:
        raise CorpusError(f"{name} has no split {split!r}; use {', '.join(corpus.files)}, cut like train[:90%]")
    path = corpora_folder() / corpus.files[match[1]]
    if not path.is_file():
        raise CorpusError(f"{name}: {path} is missing; put the corpus there or set QAWL_CORPORA to its folder")
    articles = list(corpus.read(path))
    first, last = (len(articles) * int(match[i] or default) // 100 for i, default in ((2, 0), (3, 100)))
    chosen = articles[first:last]
    return [joined(chosen[i : i + join]) for i in range(0, len(chosen), join)] if join > 1 else chosen


def joined(articles: list[Article]) -> Article:
    """Neighbouring articles as one, a line each, with the entities that all of them must have annotated.

    Raises:
        CorpusError: an article has something else annotated, or no entities.
    """
    entities, at = [], 0
    for article in articles:
        if article.entities is None or article.stances is not None or article.claims is not None:
            raise CorpusError(f"join: {article.id!r} is more than words and entities; leave join out")
        entities += [Entity(e.start + at, e.end + at, e.label, e.score) for e in article.entities]
        at += len(article.text) + 1
    return Article(articles[0].id, "\n".join(article.text for article in articles), tuple(entities))
