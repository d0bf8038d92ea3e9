"""Rows of tables: CSV, JSONL, JSON and Parquet files, and datasets of the Hugging Face hub."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
from datasets import ClassLabel, Dataset, load_dataset
from datasets.table import InMemoryTable

from .jsonl import FileError, read_objects, read_text


@dataclass(frozen=True)
class Row:
    """A row's values by column, and where it stands: the file (or hub id) and the line in it (or row, from 1)."""

    values: dict[str, Any]
    path: str | Path
    line: int | None

    def fault(self, problem: str) -> FileError:
        return FileError(self.path, self.line, problem)


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file; its ending says its form, CSV when unknown. A JSON file is one row or a list of rows.

    Raises:
        FileError: the file cannot be read or is not of its form.
    """
    if path.suffix == ".parquet":
        yield from _dataset_rows(_parquet(path), path)
        return
    reader = {".jsonl": read_objects, ".json": _json_rows}.get(path.suffix, _csv_rows)
    for line, values in reader(path):
        if not isinstance(values, dict):
            raise FileError(path, line, "is not an object; write one row as an object of its columns")
        yield Row(values, path, line)


def read_hub(id: str, config: str | None, split: str, revision: str | None = None) -> Iterator[Row]:
    """The rows of one split of a hub dataset, downloaded once and then read from the ``datasets`` cache.

    Numbers of a class label column are given as the class's name.

    Raises:
        FileError: the dataset, configuration or split is not there, or cannot be reached.
    """
    try:
        dataset = load_dataset(id, config, split=split, revision=revision)
    except (OSError, ValueError, RuntimeError) as error:
        first = str(error).strip().split("\n")[0]
        problem = f"split {split} cannot be loaded from the hub ({first}); check its name and the connection, or "
        raise FileError(id, None, problem + "download it and name its folder") from error
    yield from _dataset_rows(dataset, id)


def _json_rows(path: Path) -> Iterator[tuple[int | None, Any]]:
    text = read_text(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileError(path, None, f"is not JSON ({error}); save it as that") from error
    for value in content if isinstance(content, list) else [content]:
        yield None, value


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise FileError(path, None, f"cannot be read ({error.strerror}); check the path") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileError(path, None, f"is not CSV in UTF-8 ({error}); save it as that") from error


def _parquet(path: Path) -> Dataset:
    try:
        return Dataset(InMemoryTable(pyarrow.parquet.read_table(path)))
    except (OSError, pyarrow.ArrowException) as error:
        raise FileError(path, None, f"cannot be read as Parquet ({error}); download it again") from error


def _dataset_rows(dataset: Dataset, path: str | Path) -> Iterator[Row]:
    classes = {}
    for column, feature in dataset.features.items():
        feature = getattr(feature, "feature", feature)  # of a list, its items' feature
        if isinstance(feature, ClassLabel):
            classes[column] = feature
    for number, values in enumerate(dataset, 1):
        row = Row(values, path, number)
        for column, feature in classes.items():
            try:
                values[column] = feature.int2str(values[column])
            except ValueError as error:
                raise row.fault(f"has the {column} {values[column]!r}, which has no name") from error
        yield row
