"""Qawl JSONL: one Article record a line, UTF-8."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from .article import Article, RecordError

LONGEST = 64 << 20  # bytes of a line: many books, and little enough for memory


class FileError(ValueError):
    """A fault in a file: which file, which line, what is wrong and what to do."""

    def __init__(self, path: str | Path, line: int | None, problem: str):
        where = f"{path}:{line}" if line else str(path)
        super().__init__(f"{where}: {problem}")
        self.path, self.line, self.problem = str(path), line, problem


def read_lines(path: str | Path, on_fault: Callable[[FileError], None] | None = None) -> Iterator[tuple[int, str]]:
    """The non-empty lines of a UTF-8 text file, which may be gzipped, with their numbers from 1, streaming.

    Only ``\\n`` ends a line. A line that is not UTF-8 or longer than ``LONGEST`` bytes goes to ``on_fault`` and is passed
    over, or raises without one; so does what breaks in the middle of the file, and nothing is read after that.

    Raises:
        FileError: the file cannot be opened, or a line is broken and ``on_fault`` is None.
    """
    try:
        stream = gzip.open(path, "rb") if str(path).endswith(".gz") else open(path, "rb")
    except OSError as error:
        raise FileError(path, None, f"cannot be read ({error.strerror}); check the path") from error
    with stream:
        for number in count(1):
            try:
                raw = stream.readline(LONGEST)
                if len(raw) == LONGEST and not raw.endswith(b"\n"):
                    while (rest := stream.readline(LONGEST)) and not rest.endswith(b"\n"):
                        pass
                    problem = f"is longer than {LONGEST >> 20} MiB; write one article a line"
                    report(FileError(path, number, problem), on_fault)
                    continue
            except (OSError, EOFError, zlib.error) as error:
                report(
                    FileError(path, number, f"cannot be read on from here ({error}); write the file again"), on_fault
                )
                return
            if not raw:
                return
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").removesuffix("\n").removesuffix("\r")
            except UnicodeDecodeError as error:
                report(FileError(path, number, f"is not UTF-8 at byte {error.start}; save it as UTF-8"), on_fault)
                continue
            if line.strip():
                yield number, line


def read_text(path: str | Path) -> str:
    """A whole UTF-8 text file, its line breaks as they are.

    Raises:
        FileError: the file cannot be opened or is not UTF-8.
    """
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileError(path, None, f"cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise FileError(path, None, f"is not UTF-8 at byte {error.start}; save it as UTF-8") from error


def write_text(path: str | Path, content: str) -> None:
    """Write a text file that ``read_text`` gives back unchanged, also when the content starts with a BOM character."""
    Path(path).write_bytes(content.encode("utf-8-sig" if content.startswith("\ufeff") else "utf-8"))


def read_jsonl(path: str | Path, on_fault: Callable[[FileError], None] | None = None) -> Iterator[Article]:
    """The Articles of a JSONL file, streaming.

    Args:
        on_fault: called with each broken line, which is then passed over; without it the first one raises.

    Raises:
        FileError: the file cannot be opened, or a line is broken and ``on_fault`` is None.
    """
    for number, record in read_objects(path, on_fault):
        try:
            article = Article.from_record(record)
        except RecordError as error:
            report(FileError(path, number, str(error)), on_fault)
        else:
            yield article


def read_objects(path: str | Path, on_fault: Callable[[FileError], None] | None = None) -> Iterator[tuple[int, Any]]:
    """The decoded lines of any JSONL file with their numbers from 1, streaming; see ``read_jsonl`` for faults."""
    for number, line in read_lines(path, on_fault):
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            problem = f"is not JSON ({error.msg} at column {error.colno}); write one object a line"
            report(FileError(path, number, problem), on_fault)
        except (ValueError, RecursionError) as error:
            problem = f"is JSON nested too deeply or with a number too long ({error}); write one flat record a line"
            report(FileError(path, number, problem), on_fault)
        else:
            yield number, value


def write_jsonl(path: str | Path, articles: Iterable[Article]) -> None:
    """Write Articles to a JSONL file, one a line; it is gzipped where its name ends in ``.gz``."""
    lines = [to_line(article) for article in articles]  # before a file that is there is emptied
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "wt", encoding="utf-8", newline="\n") as stream:
        stream.writelines(lines)


def to_line(article: Article) -> str:
    """The article's JSONL line, with its line break. Lone surrogates, which UTF-8 cannot hold, are written escaped."""
    record = article.to_record()
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        line = json.dumps(record)
    return line + "\n"


def report(error: FileError, on_fault: Callable[[FileError], None] | None) -> None:
    """Hand ``error`` to ``on_fault``, or raise it when there is none."""
    if on_fault is None:
        raise error
    on_fault(error)
