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

from .output import FAULTS, RUN

_LINES = (".jsonl", ".jsonl.gz")
_KINDS = (*_LINES, ".parquet", ".txt")
_PART = 1 << 20  # bytes of a line that are held to count it


def read_inputs(paths: list[str], on_fault: Callable[[FileError], None]) -> Iterator[Article]:
    """The articles of ``.jsonl``, ``.jsonl.gz`` and ``.parquet`` files and of each ``.txt`` or file without an ending, as one
    article whose id is the file's name without its ending. A folder stands for such files in it, by name.

    Args:
        on_fault: called with each broken file or record, which is then passed over.
    """
    for path in files_of(paths):
        try:
            if path.is_dir():
                raise FileError(path, None, f"holds no {', '.join(_KINDS)}; name the files")
            elif _ends(path, _LINES):
                yield from read_jsonl(path, on_fault)
            elif _ends(path, (".parquet",)):
                yield from read_parquet(path, on_fault)
            elif _ends(path, (".txt",)) or not path.suffix:
                yield Article(path.stem if path.stem.strip() else path.name, read_text(path))
            else:
                raise FileError(path, None, f"is of no kind that is read here; give {', '.join(_KINDS)}")
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
    return sum(_count(path) for path in files_of(paths))


def changes(paths: list[str]) -> list[list]:
    """The path, size in bytes and time of change of every file, to tell whether one is another by now."""
    return [[str(p), p.stat().st_size, p.stat().st_mtime_ns] for p in files_of(paths) if p.exists() and not p.is_dir()]


def untagged(article: Article, error: Exception) -> FileError:
    """The fault of an article that the model cannot bear."""
    return FileError(f"article {article.id!r}", None, f"could not be tagged ({error!r}); it is written untagged")


def files_of(paths: list[str]) -> Iterator[Path]:
    """The files that are read, and folders that hold none. In a folder, the outputs of earlier runs are passed over."""
    for path in map(Path, paths):
        inside = sorted(filter(_is_input, path.glob("*"))) if path.is_dir() else []
        yield from inside or [path]


def _is_input(path: Path) -> bool:
    if not path.is_file() or not _ends(path, _KINDS) or _ends(path, (FAULTS,)):
        return False
    return not Path(f"{path}{RUN}").exists()


def _ends(path: Path, endings: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(endings)


def _count(path: Path) -> int:
    try:
        if _ends(path, _LINES):
            opener = gzip.open if path.suffix == ".gz" else open
            with opener(path, "rb") as stream:
                return _lines(stream)
        if _ends(path, (".parquet",)):
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
