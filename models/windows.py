"""Texts as the encoder reads them: words cut into pieces, and windows of whole sentences over long articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from data.article import Span
from data.words import sentences, words

MAX_WORD = 64  # characters of a word that the encoder reads; what follows them is still part of the word


@dataclass(frozen=True, slots=True)
class Window:
    """Words ``start`` to ``end`` (exclusive) of an article, with the pieces of each."""

    start: int
    end: int
    pieces: list[list[int]]

    @property
    def words(self) -> int:
        return self.end - self.start

    @property
    def length(self) -> int:
        """Pieces that the encoder reads for this window, special tokens included."""
        return sum(map(len, self.pieces)) + 2


class Windower:
    """Cuts texts into windows for one tokenizer.

    Args:
        size: the most pieces of a window, special tokens included.
        overlap: the most pieces that a window repeats of the one before it, as whole sentences.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, *, size: int, overlap: int):
        if size < MAX_WORD + 2:
            raise ValueError(f"window: {size} pieces are too few; use at least {MAX_WORD + 2}")
        if not 0 <= overlap < size - 2:
            raise ValueError(f"overlap: {overlap} does not fit a window of {size} pieces; use a smaller one")
        self.tokenizer, self.size, self.overlap = tokenizer, size, overlap

    def windows(self, text: str) -> tuple[list[Span], list[Window]]:
        """The words of ``text`` and its windows, which together cover every word; no words give no windows."""
        spans = words(text)
        if not spans:
            return [], []
        pieces = self._pieces([text[s.start : min(s.end, s.start + MAX_WORD)] for s in spans])
        sizes = np.array([len(p) for p in pieces])
        units = self._units(_sentence_starts(text, spans), sizes)
        return spans, [Window(a, b, pieces[a:b]) for a, b in self._grouped(units, sizes)]

    def _pieces(self, texts: list[str]) -> list[list[int]]:
        encoded = self.tokenizer(texts, is_split_into_words=True, add_special_tokens=False, verbose=False)
        pieces: list[list[int]] = [[] for _ in texts]
        for word, piece in zip(encoded.word_ids(), encoded.input_ids, strict=True):
            pieces[word].append(piece)
        return [p[:MAX_WORD] for p in pieces]

    def _units(self, starts: list[int], sizes: np.ndarray) -> list[tuple[int, int]]:
        """Sentences as word ranges; one that does not fit a window is cut into parts that do."""
        units = []
        for start, end in zip(starts, [*starts[1:], len(sizes)]):
            size = 0
            for word in range(start, end):
                if size + sizes[word] > self.size - 2:
                    units.append((start, word))
                    start, size = word, 0
                size += sizes[word]
            units.append((start, end))
        return units

    def _grouped(self, units: list[tuple[int, int]], sizes: np.ndarray) -> list[tuple[int, int]]:
        """Word ranges of windows: as many units as fit, the last ones repeated in the next window for context."""
        lengths = [int(sizes[a:b].sum()) for a, b in units]
        ranges, first, last = [], 0, 0
        while True:
            total = sum(lengths[first:last])
            while last < len(units) and total + lengths[last] <= self.size - 2:
                total += lengths[last]
                last += 1
            ranges.append((units[first][0], units[last - 1][1]))
            if last == len(units):
                return ranges
            repeated, first = 0, last
            while repeated + lengths[first - 1] <= self.overlap and self._fits(repeated, lengths, first, last):
                first -= 1
                repeated += lengths[first]

    def _fits(self, repeated: int, lengths: list[int], first: int, last: int) -> bool:
        """True when repeating one more unit still leaves room for the unit that comes next."""
        return repeated + lengths[first - 1] + lengths[last] <= self.size - 2


def _sentence_starts(text: str, spans: list[Span]) -> list[int]:
    """The index of the first word of each sentence that has words."""
    starts, word = [], 0
    for sentence in sentences(text):
        if word < len(spans) and spans[word].start < sentence.end:
            starts.append(word)
        while word < len(spans) and spans[word].start < sentence.end:
            word += 1
    return starts


def owners(windows: Sequence[Window], count: int) -> np.ndarray:
    """For each of ``count`` words the index of the window that decides it: where it has most context.

    The context of a word in a window is its distance in words to the nearer edge; the edges of the article are as far
    as can be.
    """
    best, owner = np.full(count, -1), np.zeros(count, dtype=np.int64)
    for i, window in enumerate(windows):
        place = np.arange(window.start, window.end)
        left = place - window.start if window.start > 0 else np.full(len(place), count)
        right = window.end - 1 - place if window.end < count else np.full(len(place), count)
        context = np.minimum(left, right)
        better = context > best[place]
        best[place[better]], owner[place[better]] = context[better], i
    return owner


def collate(windows: Sequence[Window], tokenizer: PreTrainedTokenizerFast) -> dict[str, Tensor]:
    """A padded batch of windows: the first four arguments of ``QawlModel.forward``."""
    length = max(window.length for window in windows)
    ids = torch.full((len(windows), length), tokenizer.pad_token_id)
    word_ids = torch.full((len(windows), length), -1)
    for row, window in enumerate(windows):
        flat = [piece for pieces in window.pieces for piece in pieces]
        ids[row, : len(flat) + 2] = torch.tensor([tokenizer.cls_token_id, *flat, tokenizer.sep_token_id])
        owner = [word for word, pieces in enumerate(window.pieces) for _ in pieces]
        word_ids[row, 1 : len(flat) + 1] = torch.tensor(owner, dtype=torch.long)
    lengths = torch.tensor([window.length for window in windows])
    return {
        "input_ids": ids,
        "attention_mask": (torch.arange(length) < lengths[:, None]).long(),
        "word_ids": word_ids,
        "lengths": torch.tensor([window.words for window in windows]),
    }
