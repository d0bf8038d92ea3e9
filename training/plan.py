"""What a run would do, without doing it: data, labels, sizes, and the time and memory of a few steps on trial."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import torch
from rich.console import Console
from rich.table import Table
from transformers import TrainingArguments

from data.article import LAYERS, Article
from data.words import words

from .trainer import QawlTrainer

TRIALS = 4  # steps that are timed, at even places from the shortest batch to the longest


@dataclass(frozen=True)
class Plan:
    """What ``--dry-run`` shows.

    Attributes:
        splits: the rows of the table of splits: articles, words, and items of each layer.
        labels: the labels of each layer.
        rows: windows, and texts held against a claim, that are trained on in an epoch.
        steps: in the whole run; seconds: of one step, without evaluation; memory: at its peak, in GiB.
    """

    splits: dict[str, list[int]]
    labels: dict[str, list[str]]
    parameters: int
    rows: int
    steps: int
    seconds: float
    memory: float

    @classmethod
    def of(cls, args: TrainingArguments, articles: dict[str, list[Article]], trainer: QawlTrainer):
        model = trainer.model.config
        labels = dict(zip(LAYERS, (model.entity_labels, model.stance_labels, model.claim_labels)))
        seconds, memory = _trial(trainer)
        batches = len(trainer.get_train_dataloader())
        steps_an_epoch = max(1, batches // args.gradient_accumulation_steps)
        steps = args.max_steps if args.max_steps > 0 else int(steps_an_epoch * args.num_train_epochs)
        return cls(
            splits={name: _counts(part) for name, part in articles.items() if part},
            labels={name: found for name, found in labels.items() if found},
            parameters=sum(p.numel() for p in trainer.model.parameters()),
            rows=len(trainer.train_dataset),
            steps=steps,
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
        console.print(
            f"{self.parameters / 1e6:.1f} million parameters, {self.rows:,} windows an epoch, {self.steps:,} steps\n"
            f"{self.seconds:.2f} s a step on trial: about {hours * 60:.0f} min in all without evaluation; "
            f"{self.memory:.1f} GiB of memory at the peak\nNothing was trained and nothing was written.",
            highlight=False,
        )


def _counts(articles: list[Article]) -> list[int]:
    items = (sum(len(getattr(article, layer) or ()) for article in articles) for layer in LAYERS)
    return [len(articles), sum(len(words(article.text)) for article in articles), *items]


def _trial(trainer: QawlTrainer) -> tuple[float, float]:
    """Seconds of an average step, forward and back and the optimizer's, and the memory at the peak in GiB."""
    trainer.model.to(trainer.args.device)
    for batch in _samples(trainer):  # the first pass fills caches
        _step(trainer, batch)
        break
    start = time.perf_counter()
    batches = list(_samples(trainer))
    for batch in batches:
        _step(trainer, batch)
    seconds = (time.perf_counter() - start) / len(batches)
    if trainer.args.device.type == "cuda":
        return seconds, torch.cuda.max_memory_allocated() / 2**30
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def _samples(trainer: QawlTrainer) -> Iterator[dict]:
    if trainer.batch_pieces:
        yield from islice(trainer.get_train_dataloader(), TRIALS)
        return
    rows = sorted(range(len(trainer.train_dataset)), key=lambda row: trainer.train_dataset[row]["length"])
    size = min(trainer.args.per_device_train_batch_size, len(rows))
    for i in range(TRIALS):
        first = (len(rows) - size) * i // (TRIALS - 1)
        yield trainer.data_collator([trainer.train_dataset[row] for row in rows[first : first + size]])


def _step(trainer: QawlTrainer, batch: dict) -> None:
    trainer.model.train()
    batch = trainer._prepare_inputs({name: values for name, values in batch.items() if name != "ids"})
    with torch.autocast(trainer.args.device.type, torch.bfloat16, enabled=trainer.args.bf16):
        loss = trainer.compute_loss(trainer.model, batch)
    loss.backward()
    trainer.optimizer.step()
    trainer.optimizer.zero_grad()
