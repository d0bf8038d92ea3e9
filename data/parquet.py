"""Articles in Parquet: a row an article, a column for each part of the record, ``meta`` as JSON text."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .article import Article
from .jsonl import FileError, report
from .parts import refuse

ROWS = 1024  # articles that are read or written at once

_SPAN = {"start": pa.int32(), "end": pa.int32()}
_SCORE = {"score": pa.float64()}


def _items(**fields: pa.DataType) -> pa.DataType:
    return pa.list_(pa.struct(fields))


SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "text": pa.string(),
        "meta": pa.string(),
        "entities": _items(**_SPAN, label=pa.string(), **_SCORE),
        "stances": _items(
            label=pa.string(), cue=pa.struct(_SPAN), holder=pa.struct(_SPAN), target=pa.struct(_SPAN), **_SCORE
        ),
        "claims": _items(claim=pa.string(), label=pa.string(), evidence=_items(**_SPAN, **_SCORE), **_SCORE),
    }
)


def read_parquet(path: str | Path, on_fault: Callable[[FileError], None] | None = None) -> Iterator[Article]:
    """The Articles of a Parquet file, streaming; it needs the columns ``id`` and ``text``, others may be missing.

    Args:
        on_fault: called with each broken row (its number from 1), which is then passed over; without it the first
            one raises. So does what breaks in the middle of the file, and nothing is read after that.

    Raises:
        FileError: the file is no Parquet file, or a row is broken and ``on_fault`` is None.
    """
    try:
        file = pq.ParquetFile(path)
    except OSError as error:
        raise FileError(path, None, f"cannot be read ({error.strerror or error}); check the path") from error
    except pa.ArrowInvalid as error:
        raise FileError(path, None, f"is not a Parquet file ({error})") from error
    with file:
        number = 0
        batches = file.iter_batches(ROWS, columns=[c for c in SCHEMA.names if c in file.schema_arrow.names])
        while True:
            try:
                records = next(batches).to_pylist()
            except StopIteration:
                return
            except (OSError, ValueError, pa.ArrowException) as error:
                problem = f"cannot be read on from here ({error}); write the file again"
                report(FileError(path, number + 1, problem), on_fault)
                return
            for record in records:
                number += 1
                try:
                    article = Article.from_record(record | {"meta": _meta(record.get("meta"))})
                except ValueError as error:
                    report(FileError(path, number, str(error)), on_fault)
                else:
                    yield article


def _meta(value: Any) -> Any:
    """Meta data as they are in a record, from JSON text or from columns of their own. Any fault is a ValueError."""
    try:
        if not isinstance(value, str):
            json.dumps(value)
            return value
        return json.loads(value)
    except TypeError as error:
        raise ValueError(f"meta: holds what JSON has not ({error}); write it as text") from error
    except RecursionError as error:
        raise ValueError("meta: is JSON nested too deeply; write one flat object") from error
    except ValueError as error:
        raise ValueError(f"meta: is not a JSON object ({error}); write it as one") from error


def write_parquet(path: str | Path, articles: Iterable[Article]) -> None:
    """Write Articles to a Parquet file, streaming; a file that is there stays until the new one is whole.

    Raises:
        RecordError: a text has half a character, which UTF-8 cannot hold.
    """
    articles, new = iter(articles), Path(f"{path}.writing")
    try:
        with pq.ParquetWriter(new, SCHEMA) as writer:
            while rows := [_row(article) for article in islice(articles, ROWS)]:
                writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def _row(article: Article) -> dict:
    refuse(article, (), "Parquet")
    record = article.to_record()
    return {**record, "meta": json.dumps(article.meta, ensure_ascii=False) if article.meta else None}
