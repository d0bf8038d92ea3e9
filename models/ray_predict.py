"""Batch prediction on many machines: Ray Data hands chunks of articles to tagging processes and keeps their order."""

from __future__ import annotations

import logging
import os
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

import pyarrow as pa
import ray
import ray.data
from ray.data import ActorPoolStrategy, DataContext, Datasource, ReadTask
from ray.data.block import BlockMetadata
from ray.exceptions import RayError

from data.article import Article
from data.jsonl import FileError

from .inputs import read_inputs, untagged, whole
from .runner import CHUNK
from .tagger import ClaimError, Tagger


class ClusterError(RuntimeError):
    """A cluster that cannot be used, or on which the job failed: why, and what to do."""


@contextmanager
def cluster(workers: int) -> Iterator[None]:
    """Be connected to the cluster of ``RAY_ADDRESS`` or, where that is not set, to one of this process's own.

    Raises:
        ClusterError: there is no cluster at ``RAY_ADDRESS``, this machine is not one of its machines, or none starts here.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = os.environ.get("RAY_ADDRESS", "local")
    own = {"num_cpus": workers, "include_dashboard": False} if address == "local" else {}
    stop = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address, logging_level="error", log_to_driver=False, **own)
    except Exception as error:  # ray.init has no error of its own
        problem = str(error).rstrip(".")
        remedy = "start it by ray start --head, or unset RAY_ADDRESS to tag on this machine"
        if own:
            remedy = "the machine may be too busy; start the command again, or without --ray"
        raise ClusterError(f"cluster {address!r}: {problem}; {remedy}") from error
    signal.signal(signal.SIGTERM, stop)  # ray.init has put its own, which ends the process without a word
    try:
        yield
    finally:
        ray.shutdown()


def tag(
    files: list[str],
    *,
    done: int,
    checkpoint: str,
    precision: str,
    claims: list[str] | None,
    workers: int,
    parquet: bool,
    on_fault: Callable[[FileError], None],
    on_untagged: Callable[[FileError], None],
) -> Iterator[Article]:
    """The articles of ``files``, tagged by ``workers`` processes, in their order; see ``Tagger.stream``.

    The files are read on this machine. The checkpoint must be at the same path on every machine of the cluster. A process
    that dies is started again and tags its chunk anew.

    Args:
        done: articles at the beginning that are passed over.
        precision: ``fp32`` or ``bf16``, the same in every process.
        parquet: the articles will be written to Parquet, which cannot hold all; see ``inputs.whole``.
        on_fault: called with what is broken, in the order of the articles, before those that are read with it.
        on_untagged: the same for an article that the model cannot bear, which is given back untagged.

    Raises:
        ClaimError: a claim has no words.
        ClusterError: the job failed on the cluster.
    """
    logging.getLogger("ray.data").setLevel("WARNING")
    logging.getLogger("ray.data._internal.progress").setLevel("ERROR")
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    context.target_max_block_size = 1  # byte, so that every row is a block of its own, which any worker may take
    rows = ray.data.read_datasource(Chunks(files, done, parquet), num_cpus=0, override_num_blocks=1).map_batches(
        Worker,
        fn_constructor_kwargs={"checkpoint": str(Path(checkpoint).resolve()), "precision": precision, "claims": claims},
        compute=ActorPoolStrategy(size=workers),
        num_cpus=1,
        batch_size=1,
        batch_format="pyarrow",
    )
    try:
        for row in rows.iter_rows():
            articles, faults, failed, refusal = pickle.loads(row["chunk"])
            for fault in faults:
                on_fault(FileError(*fault))
            for fault in failed:
                on_untagged(FileError(*fault))
            if refusal:
                raise refusal
            yield from articles
    except RayError as error:
        raise ClusterError(f"the job failed on the cluster: {str(error).strip().splitlines()[-1]}") from error


class Chunks(Datasource):
    """The inputs, read on the machine of the command: a row holds a chunk of articles and what was broken before its end.

    Args:
        files: as for ``read_inputs``.
        done: articles at the beginning that are passed over.
        parquet: as for ``tag``.
    """

    supports_distributed_reads = False

    def __init__(self, files: list[str], done: int, parquet: bool = False):
        super().__init__()
        self.files, self.done, self.parquet = files, done, parquet

    def estimate_inmemory_data_size(self) -> None:
        return None

    def get_read_tasks(self, parallelism: int, per_task_row_limit=None, data_context=None) -> list[ReadTask]:
        unknown = BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None, input_files=None)
        return [ReadTask(partial(_chunks, self.files, self.done, self.parquet, os.getcwd()), unknown)]


class Worker:
    """Tags a chunk at a time in a process of its own, with one thread; see ``tag``."""

    def __init__(self, checkpoint: str, precision: str, claims: list[str] | None):
        self.tagger, self.claims = Tagger.from_pretrained(checkpoint, precision, "cpu", threads=1), claims

    def __call__(self, rows: pa.Table) -> pa.Table:
        articles, faults, failed, _ = pickle.loads(rows["chunk"][0].as_py())
        tagged = self.tagger.stream(articles, self.claims, lambda *fault: failed.append(_fault(untagged(*fault))))
        try:
            return _row(list(tagged), faults, failed)
        except ClaimError as error:
            return _row([], faults, refusal=error)


def _chunks(files: list[str], done: int, parquet: bool, folder: str) -> Iterator[pa.Table]:
    with chdir(folder):  # the paths are as they were given to the command
        faults = []

        def broken(error: FileError) -> None:
            faults.append(_fault(error))

        articles = read_inputs(files, broken)
        if parquet:
            articles = whole(articles, broken)
        for _ in islice(articles, done):
            pass
        while chunk := list(islice(articles, CHUNK)):
            yield _row(chunk, faults)
            faults.clear()
        if faults:
            yield _row([], faults)


def _row(
    articles: list[Article], faults: list[tuple], failed: Sequence[tuple] = (), refusal: ClaimError | None = None
) -> pa.Table:
    return pa.table({"chunk": [pickle.dumps((articles, faults, list(failed), refusal))]})


def _fault(error: FileError) -> tuple:
    return error.path, error.line, error.problem
