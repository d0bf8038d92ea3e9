"""Tables of claims and texts: each row an Article with one claim, from CSV or JSONL."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .article import Article, Claim
from .jsonl import FileError, read_objects

# What the corpora call the four stances of a text to a claim, in lower case.
LABELS = {
    "agree": "favor",
    "favor": "favor",
    "disagree": "against",
    "against": "against",
    "discuss": "neutral",
    "other": "neutral",
    "none": "neutral",
    "unrelated": "unrelated",
}


def read_pairs(
    path: Path, *, claim: str, text: str, stance: str = "stance", id: str | None = None
) -> Iterator[Article]:
    """The rows of a table as Articles whose entities and stances are unknown.

    Args:
        claim, text, stance: the columns' names.
        id: the column of ids; without it they are the file's stem and the row's number from 1.

    Raises:
        FileError: the file cannot be read, or a row lacks a column or has a stance that ``LABELS`` lacks.
    """
    for number, (line, row) in enumerate(_rows(path), 1):
        missing = [name for name in (claim, text, stance) if not isinstance(row.get(name), str)]
        if missing:
            raise FileError(path, line, f"has no {', '.join(missing)}; the columns are {', '.join(map(str, row))}")
        label = LABELS.get(row[stance].strip().lower())
        if label is None:
            raise FileError(path, line, f"has the stance {row[stance]!r}; known are {', '.join(LABELS)}")
        name = str(row[id]) if id else f"{path.stem}-{number}"
        yield Article(name, row[text], claims=(Claim(row[claim], label),))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a CSV or JSONL file with the numbers of their (last) lines."""
    if path.suffix == ".jsonl":
        yield from read_objects(path)
        return
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise FileError(path, None, f"cannot be read ({error.strerror}); check the path") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileError(path, None, f"is not CSV in UTF-8 ({error}); save it as that") from error
