"""Public corpora by name, as Articles: from a folder, or from the Hugging Face hub.

A corpus is looked for in the folder of its name inside ``$QAWL_CORPORA`` (by default ``../shared/corpora`` beside the
checkout), then on the hub where it is there. None of the corpora are part of this project; each keeps its authors'
licence. ``python -m data corpora`` lists them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from .article import Article, Entity
from .columns import read_columns
from .jsonl import read_jsonl
from .pairs import STANCES, read_pairs
from .tables import Row, read_hub, read_rows
from .tags import detokenised
from .tokens import read_tokens


def _columns(paths: list[Path], name: str, labels: Mapping[str, str]) -> Iterator[Article]:
    for path in paths:
        place = name if len(paths) == 1 else f"{name}-{path.stem}"
        yield from map(detokenised, read_columns(path, name=place, labels=labels, strict=False))


def _tokens(rows: Iterable[Row], name: str, labels: Mapping[str, str]) -> Iterator[Article]:
    return map(detokenised, read_tokens(rows, name, labels))


def _pairs(claim: str, text: str, stance: str = "stance", **options):
    return lambda rows, name, labels: read_pairs(rows, name, claim=claim, text=text, stance=stance, **options)


def _records(paths: list[Path], name: str, labels: Mapping[str, str]) -> Iterator[Article]:
    return chain.from_iterable(map(read_jsonl, paths))


@dataclass(frozen=True)
class Corpus:
    """Where a corpus's splits lie, how they are read, and whose they are.

    Attributes:
        files: the file of each split in the corpus's folder, or a pattern of several.
        rows: reads rows of a table (columns of its own, or ``tokens`` and ``ner_tags``); None for other files only.
        read: reads files that are no tables.
        labels: the corpus's labels → ours; what it does not name is kept.
        hub: dataset id, configuration and revision on the hub.
    """

    files: dict[str, str]
    licence: str
    citation: str
    rows: Callable[[Iterable[Row], str, Mapping[str, str]], Iterator[Article]] | None = None
    read: Callable[[list[Path], str, Mapping[str, str]], Iterator[Article]] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    hub: tuple[str, str | None, str | None] | None = None


# Types and slips of the pen in AQMAR's files; MIS0 to MIS3 are types of the article's own topic.
_AQMAR = {
    "PER": "PERS",
    **dict.fromkeys(["MIS", "MIS0", "MIS1", "MIS2", "MIS3", "MIS-1", "MIS-2", "MISS", "MISS1", "MIS1`"], "MISC"),
    **dict.fromkeys(["ENGLISH", "SPANISH"], "MISC"),
    "-ORG": "ORG",
    "OO": "O",
    "IO": "O",
}

# Mawqif names its targets in English; encoders of Arabic read them better in Arabic.
_MAWQIF = {
    "Covid Vaccine": "لقاح كورونا",
    "Digital Transformation": "التحول الرقمي",
    "Women empowerment": "تمكين المرأة",
}

CORPORA = {
    "anercorp": Corpus(
        {"train": "*train*", "test": "*test*"},
        "for research",
        "Benajiba, Rosso and Benedí, ANERsys, CICLing 2007",
        rows=_tokens,
        read=_columns,
    ),
    "wojood-sample": Corpus(
        {"train": "train.txt", "dev": "val.txt", "test": "test.txt"},
        "MIT",
        "Jarrar, Khalilia and Ghanem, Wojood, LREC 2022",
        read=_columns,
    ),
    "aqmar": Corpus(
        {"all": "*.txt"},
        "CC BY-SA 3.0",
        "Mohit, Schneider, Bhowmick, Oflazer and Smith, AQMAR, EACL 2012",
        rows=_tokens,
        read=_columns,
        labels=_AQMAR,
    ),
    "wikiann-ar": Corpus(
        {"train": "train*.parquet", "validation": "validation*.parquet", "test": "test*.parquet"},
        "not stated; texts from Wikipedia, CC BY-SA",
        "Pan et al., ACL 2017; splits of Rahimi, Li and Cohn, ACL 2019",
        rows=_tokens,
        labels={"PER": "PERS"},
        hub=("unimelb-nlp/wikiann", "ar", None),
    ),
    "ans": Corpus(
        {"train": "train.csv", "dev": "dev.csv", "test": "test.csv"},
        "Apache-2.0",
        "Khouja, Stance Prediction and Claim Verification: An Arabic Perspective, FEVER 2020",
        rows=_pairs("s1", "s2"),
        labels=STANCES,
    ),
    "mawqif": Corpus(
        {"train": "train.csv", "test": "test.csv"},
        "for research",
        "Alturayeif, Luqman and Ahmed, Mawqif, WANLP 2022",
        rows=_pairs("target", "text", id="ID", claims=_MAWQIF),
        labels=STANCES,
    ),
    "arastance": Corpus(
        {"train": "train.jsonl", "dev": "dev.jsonl", "test": "test.jsonl"},
        "not stated; ask its authors",
        "Alhindi, Alabdulkarim, Alshehri, Abdul-Mageed and Nakov, AraStance, NLP4IF 2021",
        rows=_pairs("claim", "article"),
        labels=STANCES,
        hub=("strombergnlp/arastance", None, "refs/convert/parquet"),
    ),
    "arabicfc": Corpus(
        {"all": "*.json"},
        "for research",
        "Baly, Mohtarami, Glass, Màrquez, Moschitti and Nakov, NAACL 2018",
        rows=_pairs("Claim", "Article", "Stance", id="ID"),
        labels=STANCES,
    ),
    "news": Corpus(
        {"train": "train.jsonl", "dev": "dev.jsonl"},
        "for research",
        "texts: Ahdath.info; Baly et al., NAACL 2018",
        read=_records,
    ),
    "raw": Corpus(
        {"ahdath": "ahdath.jsonl", "arabicfc": "arabicfc.jsonl"},
        "for research",
        "unlabelled news: Ahdath.info; Baly et al., NAACL 2018",
        read=_records,
    ),
}


class CorpusError(ValueError):
    """A corpus, split or folder that is not there, and what to do."""


def corpora_folder() -> Path:
    return Path(os.environ.get("QAWL_CORPORA", Path(__file__).parents[2] / "shared" / "corpora"))


def load_corpus(
    name: str, split: str, join: int = 1, folder: str | Path | None = None, hub: str | None = None
) -> list[Article]:
    """One split of a public corpus. Ids begin with the corpus's name and split, unless it has ids of its own.

    Args:
        name: a key of ``CORPORA``.
        split: the split's name, which may be cut by percentages of its articles: ``train[:90%]``, ``train[90%:]``.
        join: how many neighbouring articles (sentences, in column corpora) become one, as lines.
        folder: the folder of the corpus's files, if not in the folder of corpora.
        hub: the id of a ``datasets`` dataset to read it from instead.

    Raises:
        CorpusError: there is no such corpus or split, its files are missing, or ``join`` is no number of articles.
        FileError: a file or row is broken, or the hub cannot be reached.
    """
    if name not in CORPORA:
        raise CorpusError(f"corpus {name!r} is unknown; use one of {', '.join(CORPORA)}")
    corpus = CORPORA[name]
    match = re.fullmatch(r"([\w-]+)(?:\[(?:(\d+)%)?:(?:(\d+)%)?\])?", str(split))
    if not match or match[1] not in corpus.files:
        raise CorpusError(f"{name} has no split {split!r}; use {', '.join(corpus.files)}, cut like train[:90%]")
    if isinstance(join, bool) or not isinstance(join, int) or join < 1:
        raise CorpusError(f"join: {join!r} is not a number of articles; use 1 or more")
    articles = list(_articles(name, corpus, match[1], folder, hub))
    first, last = (len(articles) * int(match[i] or default) // 100 for i, default in ((2, 0), (3, 100)))
    chosen = articles[first:last]
    return [joined(chosen[i : i + join]) for i in range(0, len(chosen), join)] if join > 1 else chosen


def files_of(name: str, split: str, folder: str | Path | None = None) -> list[Path]:
    """The files of one split in the corpus's folder, in the order of their names; none if it is not there."""
    return sorted(Path(folder or corpora_folder() / name).glob(CORPORA[name].files[split]))


def _articles(name: str, corpus: Corpus, split: str, folder: str | Path | None, hub: str | None) -> Iterator[Article]:
    paths = [] if hub else files_of(name, split, folder)
    place = name if split == "all" else f"{name}-{split}"
    if paths:
        if corpus.read:
            return corpus.read(paths, place, corpus.labels)
        return corpus.rows(chain.from_iterable(map(read_rows, paths)), place, corpus.labels)
    if corpus.rows and (hub or corpus.hub and not folder):
        id, config, revision = (hub, None, None) if hub else corpus.hub
        return corpus.rows(read_hub(id, config, "train" if split == "all" else split, revision), place, corpus.labels)
    if hub:
        raise CorpusError(f"{name} is not read from the hub; put its files in a folder")
    wanted = Path(folder or corpora_folder() / name) / corpus.files[split]
    raise CorpusError(f"{name}: {wanted} is missing; put the corpus there, name its folder, or set QAWL_CORPORA")


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
