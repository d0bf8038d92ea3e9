"""Batches of about as many pieces each, whatever the lengths of their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler

from models.windows import rounded_up

BUCKET = 16  # pieces; rows of one bucket count as equally long and are mixed anew in every epoch


class PieceBatches(Sampler[list[int]]):
    """Rows of like lengths, as many to a batch as fit into ``pieces`` with padding; there are as many in every epoch.

    Short rows (headlines, tweets) and long ones (articles) then weigh in training by what is in them, and a step takes
    about the same time and memory.

    Args:
        lengths: pieces of each row's longest window.
        windows: number of each row's windows.
        pieces: the most of a batch; a row that alone has more is a batch of its own.
        seed: of the order; the epoch's number is added to it.
    """

    def __init__(self, lengths: Sequence[int], windows: Sequence[int], pieces: int, seed: int):
        self.costs = [(rounded_up(length, BUCKET), count) for length, count in zip(lengths, windows, strict=True)]
        self.pieces, self.seed, self.epoch = pieces, seed, 0

    @property
    def sampler(self) -> PieceBatches:
        """Where Accelerate looks for ``set_epoch`` when it deals batches to several processes."""
        return self

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[list[int]]:
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        order = torch.randperm(len(self.costs), generator=generator).tolist()
        batches = list(self._cut(sorted(order, key=self.costs.__getitem__)))
        yield from (batches[i] for i in torch.randperm(len(batches), generator=generator).tolist())

    def __len__(self) -> int:
        return sum(1 for _ in self._cut(sorted(range(len(self.costs)), key=self.costs.__getitem__)))

    def _cut(self, rows: list[int]) -> Iterator[list[int]]:
        """Where it cuts depends on the sorted costs alone, which are the same in every epoch."""
        batch, count = [], 0
        for row in rows:
            length, windows = self.costs[row]
            if batch and (count + windows) * length > self.pieces:
                yield batch
                batch, count = [], 0
            batch.append(row)
            count += windows
        if batch:
            yield batch
