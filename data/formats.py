"""The file formats of annotated articles, by name and by file ending."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .article import Article
from .brat import read_brat, write_brat
from .columns import read_columns, write_conll, write_wojood
from .doccano import read_doccano, write_doccano
from .inline import read_inline, write_inline
from .jsonl import FileError, read_jsonl, write_jsonl
from .label_studio import read_label_studio, write_label_studio

OnFault = Callable[[FileError], None] | None


def _read_parquet(path: Path, on_fault: OnFault) -> Iterator[Article]:
    from .parquet import read_parquet  # here, because pyarrow takes long to import

    return read_parquet(path, on_fault)


def _write_parquet(path: Path, articles: Iterable[Article]) -> None:
    from .parquet import write_parquet

    write_parquet(path, articles)


@dataclass(frozen=True)
class Format:
    """A format's name, how files of it end (a folder with ``/``), what it is, and its reader and writer."""

    name: str
    endings: tuple[str, ...]
    about: str
    read: Callable[[Path, OnFault], Iterator[Article]]
    write: Callable[[Path, Iterable[Article]], None]


FORMATS = [
    Format("jsonl", (".jsonl",), "Qawl's own records, one a line; holds everything", read_jsonl, write_jsonl),
    Format(
        "parquet", (".parquet",), "a row an article, in Apache Parquet; holds everything", _read_parquet, _write_parquet
    ),
    Format("inline", (".txt",), "brackets in plain text, for annotating by hand; no scores", read_inline, write_inline),
    Format("conll", (".conll",), "flat IOB2 columns, a sentence an article", read_columns, write_conll),
    Format("wojood", (".wojood",), "nested columns as in the Wojood corpus", read_columns, write_wojood),
    Format("brat", ("/", ".ann"), "brat standoff, a folder", read_brat, write_brat),
    Format("label-studio", (".json",), "Label Studio's JSON", read_label_studio, write_label_studio),
    Format("doccano", (".doccano.jsonl",), "doccano's JSONL with relations", read_doccano, write_doccano),
]


def format_of(path: str | Path, name: str | None = None) -> Format:
    """The format called ``name``, or without one the format of the longest ending that ``path`` has.

    Raises:
        FileError: there is no such name or ending.
    """
    if name is not None:
        found = [(0, format) for format in FORMATS if format.name == name]
    else:
        shown = f"{path}/" if Path(path).is_dir() else str(path)
        found = [(len(ending), format) for format in FORMATS for ending in format.endings if shown.endswith(ending)]
    if not found:
        known = ", ".join(f"{format.name} ({' '.join(format.endings)})" for format in FORMATS)
        raise FileError(path, None, f"is of no known format; name one of {known}")
    return max(found, key=lambda pair: pair[0])[1]
