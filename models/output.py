"""Tagged articles on disk, in a file that has its name only when all of them are there."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from data.article import Article
from data.formats import format_of
from data.jsonl import FileError, read_jsonl, to_line

from .runner import CHUNK

# How files beside an output end: what its run was, and what was broken in its inputs.
RUN, FAULTS = ".run.json", ".faults.jsonl"


class OutputError(FileError):
    """An output that cannot be written or gone on with: which file, why, and what to do."""


class Output:
    """Writes articles to ``PATH.partial`` as they come, and to ``PATH`` at the end; use it as a context manager.

    A run that is killed leaves the partial file. To go on, the articles that are there are passed over, all but those of
    the last chunk: articles are tagged a chunk at a time, and a whole chunk gives the same bytes again. Beside either file
    is what its run was, ``PATH.partial.json`` and ``PATH.run.json``.

    Args:
        path: a ``.jsonl`` or ``.parquet`` file.
        run: everything that the output depends on, as JSON.
        resume: go on with the partial file, if there is one.

    Attributes:
        done: the articles that are there already.
        finished: True when the whole output was there before.

    Raises:
        OutputError: another run writes this output, a partial file is there and ``resume`` is False, or what is to be gone
            on with is of another run.
    """

    def __init__(self, path: str | Path, run: dict[str, Any], *, resume: bool):
        self.path = Path(path)
        self.partial = Path(f"{path}.partial")
        self.partial_run, self.whole_run = Path(f"{self.partial}.json"), Path(f"{path}{RUN}")
        self.run, self.done = json.loads(json.dumps(run)), 0
        self.finished = resume and self.path.exists() and not self.partial.exists()
        if self.finished:
            self._check_run(self.path, self.whole_run)
            return
        if self.path.suffix not in (".jsonl", ".parquet"):
            raise OutputError(self.path, None, "is neither .jsonl nor .parquet; name it so")
        stopped = self.partial.exists()
        self.stream = open(self.partial, "ab")
        try:
            fcntl.flock(self.stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.stream.close()
            raise OutputError(self.path, None, "is being written by another run; wait for it or name another") from None
        try:
            if stopped and not resume:
                raise OutputError(
                    self.partial, None, "is what a stopped run left; go on with it by --resume, or remove it"
                )
            if stopped:
                self._check_run(self.partial, self.partial_run)
                self.done = self._cut()
            self.partial_run.write_text(json.dumps(self.run), encoding="utf-8")  # names may be no UTF-8
        except BaseException:
            self.stream.close()
            raise

    def write(self, article: Article) -> None:
        self.stream.write(to_line(article).encode("utf-8"))
        self.done += 1
        if self.done % CHUNK == 0:
            self.stream.flush()

    def finish(self) -> None:
        """Give the output its name; the partial file goes."""
        self.stream.flush()
        if self.path.suffix == ".parquet":
            format_of(self.path).write(self.path, read_jsonl(self.partial))
            self.partial.unlink()
        else:
            os.replace(self.partial, self.path)
        os.replace(self.partial_run, self.whole_run)

    def __enter__(self) -> Output:
        return self

    def __exit__(self, *_) -> None:
        if not self.finished:
            self.stream.close()

    def _check_run(self, path: Path, run_file: Path) -> None:
        try:
            before = json.loads(run_file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            problem = (
                f"{run_file.name} does not tell which run it is of; name another output, or remove it to start anew"
            )
            raise OutputError(path, None, problem) from error
        for name, value in self.run.items():
            if before.get(name) != value:
                raise OutputError(
                    path,
                    None,
                    f"is of a run with another {name} ({before.get(name)!r}, now {value!r}); remove it to start anew",
                )

    def _cut(self) -> int:
        """Cut the partial file down to whole chunks, and return how many articles those are."""
        ends, at = [], 0
        with open(self.partial, "rb") as stream:
            for line in stream:
                at += len(line)
                if line.endswith(b"\n"):
                    ends.append(at)
        kept = len(ends) // CHUNK * CHUNK
        os.truncate(self.partial, ends[kept - 1] if kept else 0)
        return kept
