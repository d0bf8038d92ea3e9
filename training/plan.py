"""What a run would do, without doing it: data, labels, sizes, and the time and memory of a few steps on trial."""

from __future__ import annotations

import math
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import torch
from datasets import Dataset, IterableDataset
from rich.console import Console
from rich.table import Table
from transformers import TrainingArguments

from data.article import LAYERS
from data.words import words

from .checks import Articles
from .survey import Survey
from .trainer import QawlTrainer

TRIALS = 4  # steps that are timed: at even places from the shortest batch to the longest, or the first of equal pieces
SAMPLE = 1024  # rows of a stream that stand for all of them


@dataclass(frozen=True)
class Plan:
    """What ``--dry-run`` shows.

    Attributes:
        splits: the rows of the table of splits: articles, words, and items of each layer.
        labels: the labels of each layer.
        rows: windows, and texts held against a claim, that are trained on in an epoch; None for a stream.
        steps: in the whole run; seconds: of one step, without evaluation; memory: at its peak, in GiB.
    """

    splits: dict[str, list[int]]
    labels: dict[str, list[str]]
    parameters: int
    rows: int | None
    steps: int
    seconds: float
    memory: float

    @classmethod
    def of(cls, args: TrainingArguments, articles: Articles, surveys: dict[str, Survey], trainer: QawlTrainer):
        rows = trainer.train_dataset
        streaming = isinstance(rows, IterableDataset)
        seconds, memory = _trial(trainer, Dataset.from_list([*rows.take(SAMPLE)], rows.features) if streaming else rows)
        return cls(
            splits={
                name: [survey.articles, sum(len(words(article.text)) for article in articles[name])]
                + [found.total() for found in survey.labels.values()]
                for name, survey in surveys.items()
                if survey.articles
            },
            labels={layer: sorted(found) for layer, found in surveys["train"].labels.items() if found},
            parameters=sum(p.numel() for p in trainer.model.parameters()),
            rows=None if streaming else len(rows),
            steps=args.max_steps if args.max_steps > 0 else _steps(args, trainer),
            seconds=seconds * args.gradient_accumulation_steps,
            memory=memory,
        )

    def print(self, console: Console | None = None) -> None:
        console = console or Console()
        table = Table("split", "articles", "words", *LAYERS, title="Data", title_justify="left")
        for name, counts in self.splits.items():
            table.add_row(name, *(f"{count:,}" for count in counts))
        console.print(table)
        for name, labels in self.labels.items():
            console.print(f"{name}: {len(labels)} labels, {', '.join(labels)}", highlight=False)
        hours = self.seconds * self.steps / 3600
        rows = "windows streamed" if self.rows is None else f"{self.rows:,} windows an epoch"
        console.print(
            f"{self.parameters / 1e6:.1f} million parameters, {rows}, {self.steps:,} steps\n"
            f"{self.seconds:.2f} s a step on trial: about {hours * 60:.0f} min in all without evaluation; "
            f"{self.memory:.1f} GiB of memory at the peak\nNothing was trained and nothing was written.",
            highlight=False,
        )


def _steps(args: TrainingArguments, trainer: QawlTrainer) -> int:
    batches = len(trainer.get_train_dataloader())
    return math.ceil(math.ceil(batches / args.gradient_accumulation_steps) * args.num_train_epochs)


def _trial(trainer: QawlTrainer, rows: Dataset) -> tuple[float, float]:
    """Seconds of an average step, forward and back and the optimizer's, and the memory at the peak in GiB."""
    trainer.model.to(trainer.args.device)
    trainer.create_optimizer()
    for batch in _samples(trainer, rows):  # the first pass fills caches
        _step(trainer, batch)
        break
    start = time.perf_counter()
    batches = list(_samples(trainer, rows))
    for batch in batches:
        _step(trainer, batch)
    seconds = (time.perf_counter() - start) / len(batches)
    if trainer.args.device.type == "cuda":
        return seconds, torch.cuda.max_memory_allocated() / 2**30
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def _samples(trainer: QawlTrainer, rows: Dataset) -> Iterator[dict]:
    if trainer.batch_pieces:
        yield from islice(trainer.get_train_dataloader(), TRIALS)
        return
    places = sorted(range(len(rows)), key=lambda place: rows[place]["length"])
    size = min(trainer.args.per_device_train_batch_size, len(places))
    for i in range(TRIALS):
        first = (len(places) - size) * i // (TRIALS - 1)
        yield trainer.data_collator([rows[place] for place in places[first : first + size]])


def _step(trainer: QawlTrainer, batch: dict) -> None:
    trainer.model.train()
    batch = trainer._prepare_inputs({name: values for name, values in batch.items() if name != "ids"})
    with torch.autocast(trainer.args.device.type, torch.bfloat16, enabled=trainer.args.bf16):
        loss = trainer.compute_loss(trainer.model, batch)
    loss.backward()
    trainer.optimizer.step()
    trainer.optimizer.zero_grad()
