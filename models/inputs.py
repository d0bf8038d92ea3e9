"""What is tagged: articles in files of several kinds, read as they come."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq
from pyarrow import ArrowInvalid

from data.article import Article, RecordError
from data.jsonl import FileError, read_jsonl, read_text
from data.parquet import read_parquet
from data.parts import refuse

ENDINGS = (".jsonl", ".jsonl.gz", ".parquet")  # of files with many articles; every other file is one
_PART = 1 << 20  # bytes of a line that are held to count it


def read_inputs(paths: list[str], on_fault: Callable[[FileError], None]) -> Iterator[Article]:
    """The articles of ``.jsonl``, ``.jsonl.gz`` and ``.parquet`` files and of each other file, as one article whose id
    is the file's name without its ending. A folder stands for the ``.txt`` files in it, by name.

    Args:
        on_fault: called with each broken file or record, which is then passed over.
    """
    for path in _files(paths):
        try:
            if path.name.endswith(ENDINGS[:2]):
                yield from read_jsonl(path, on_fault)
            elif path.suffix == ".parquet":
                yield from read_parquet(path, on_fault)
            else:
                yield Article(path.stem if path.stem.strip() else path.name, read_text(path))
        except FileError as error:
            on_fault(error)


def whole(articles: Iterable[Article], on_fault: Callable[[FileError], None]) -> Iterator[Article]:
    """The articles without half a character, which Parquet cannot hold; the others go to ``on_fault``."""
    for article in articles:
        try:
            refuse(article, (), "Parquet")
        except RecordError as error:
            problem = f"{error.field}: {error.problem}; {error.remedy}, or write .jsonl"
            on_fault(FileError(f"article {article.id!r}", None, problem))
        else:
            yield article


def count_inputs(paths: list[str]) -> int:
    """About how many articles ``read_inputs`` will give: broken records are counted too, unreadable files are not."""
    return sum(_count(path) for path in _files(paths))


def changes(paths: list[str]) -> list[list]:
    """The path, size in bytes and time of change of every file, to tell whether one is another by now."""
    return [[str(p), p.stat().st_size, p.stat().st_mtime_ns] for p in _files(paths) if p.exists()]


def untagged(article: Article, error: Exception) -> FileError:
    """The fault of an article that the model cannot bear."""
    return FileError(f"article {article.id!r}", None, f"could not be tagged ({error!r}); it is written untagged")


def _files(paths: list[str]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(path.glob("*.txt"))
        else:
            yield path


def _count(path: Path) -> int:
    try:
        if path.name.endswith(ENDINGS[:2]):
            opener = gzip.open if path.suffix == ".gz" else open
            with opener(path, "rb") as stream:
                return _lines(stream)
        if path.suffix == ".parquet":
            with pq.ParquetFile(path) as file:
                return file.metadata.num_rows
        return int(path.is_file())
    except (OSError, EOFError, zlib.error, ArrowInvalid):
        return 0


def _lines(stream: BinaryIO) -> int:
    """The lines that are not blank, of which no more than a part is held, however long they are."""
    count, blank = 0, True
    while part := stream.readline(_PART):
        blank = blank and part.isspace()
        if part.endswith(b"\n"):
            count, blank = count + (not blank), True
    return count + (not blank)
