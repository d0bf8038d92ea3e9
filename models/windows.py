"""Texts as the encoder reads them: words cut into pieces, and windows of whole sentences over long articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from transformers import PreTrainedTokenizerFast

from data.article import Span
from data.words import sentences, words

MAX_WORD = 64  # characters of a word that the encoder reads; what follows them is still part of the word
# One claim is held against many texts and one headline against several, so the pieces of so many texts of at most so many
# characters are kept.
KEPT, SHORT = 256, 512
SMALLEST = MAX_WORD + 4  # the longest word and the least of a claim, two special tokens and a separator


@dataclass(frozen=True, slots=True)
class Window:
    """Words ``start`` to ``end`` (exclusive) of an article, with the pieces of each.

    Where a claim is held against the article, its pieces are read before the words.
    """

    start: int
    end: int
    pieces: list[list[int]]
    claim: list[int] = field(default_factory=list)

    @property
    def words(self) -> int:
        return self.end - self.start

    @property
    def length(self) -> int:
        """Pieces that the encoder reads for this window, special tokens included."""
        return sum(map(len, self.pieces)) + 2 + _taken(self.claim)


class Windower:
    """Cuts texts into windows for one tokenizer.

    Args:
        size: the most pieces of a window, special tokens included.
        overlap: the most pieces that a window repeats of the one before it, as whole sentences.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, *, size: int, overlap: int):
        if size < SMALLEST:
            raise ValueError(f"window: {size} pieces are too few; use at least {SMALLEST}")
        if not 0 <= overlap < size - 2:
            raise ValueError(f"overlap: {overlap} does not fit a window of {size} pieces; use a smaller one")
        self.tokenizer, self.size, self.overlap = tokenizer, size, overlap
        # Settings that a saved tokenizer may have, which transformers would undo in the first call: threads would meet there.
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.no_padding()
        self._kept = lru_cache(KEPT)(self._cut)

    def windows(self, text: str, claim: str = "") -> tuple[list[Span], list[Window]]:
        """The words of ``text`` and its windows, which together cover every word; no words give no windows.

        Args:
            claim: what the text is held against, read again in every window; cut off where it would take more than
                half of one.
        """
        spans, pieces = self._read(text)
        if not spans:
            return [], []
        sizes = np.array([len(p) for p in pieces])
        read = self._claim_pieces(claim) if claim else []
        room = self.size - 2 - _taken(read)
        units = _units(_sentence_starts(text, spans), sizes, room)
        return spans, [Window(a, b, pieces[a:b], read) for a, b in self._grouped(units, sizes, room)]

    def _read(self, text: str) -> tuple[list[Span], list[list[int]]]:
        return (self._kept if len(text) <= SHORT else self._cut)(text)

    def _cut(self, text: str) -> tuple[list[Span], list[list[int]]]:
        """The words of ``text`` and the pieces of each."""
        spans = words(text)
        return spans, self._pieces([text[s.start : min(s.end, s.start + MAX_WORD)] for s in spans])

    def _claim_pieces(self, claim: str) -> list[int]:
        flat = [piece for pieces in self._read(claim)[1] for piece in pieces]
        return flat[: min(self.size // 2, self.size - MAX_WORD - 3)]

    def _pieces(self, texts: list[str]) -> list[list[int]]:
        encoded = self.tokenizer.backend_tokenizer.encode(texts, is_pretokenized=True, add_special_tokens=False)
        ids = encoded.ids
        word_ids = np.array(encoded.word_ids, np.int64)  # in the order of words, as the pieces are
        sizes = np.bincount(word_ids, minlength=len(texts))
        ends = np.cumsum(sizes)
        firsts, lasts = (ends - sizes).tolist(), (ends - sizes + np.minimum(sizes, MAX_WORD)).tolist()
        return [ids[first:last] for first, last in zip(firsts, lasts)]

    def _grouped(self, units: list[tuple[int, int]], sizes: np.ndarray, room: int) -> list[tuple[int, int]]:
        """Word ranges of windows: as many units as fit, the last ones repeated in the next window for context."""
        lengths = [int(sizes[a:b].sum()) for a, b in units]
        ranges, first, last = [], 0, 0
        while True:
            total = sum(lengths[first:last])
            while last < len(units) and total + lengths[last] <= room:
                total += lengths[last]
                last += 1
            ranges.append((units[first][0], units[last - 1][1]))
            if last == len(units):
                return ranges
            repeated, first = 0, last
            # One more unit is repeated as long as there is still room for the unit that comes next.
            while repeated + lengths[first - 1] <= min(self.overlap, room - lengths[last]):
                first -= 1
                repeated += lengths[first]


def _taken(claim: list[int]) -> int:
    """Pieces of a window that a claim takes, with the separator after it."""
    return len(claim) + 1 if claim else 0


def _units(starts: list[int], sizes: np.ndarray, room: int) -> list[tuple[int, int]]:
    """Sentences as word ranges; one that has more pieces than ``room`` is cut into parts that do not."""
    units = []
    for start, end in zip(starts, [*starts[1:], len(sizes)]):
        size = 0
        for word in range(start, end):
            if size + sizes[word] > room:
                units.append((start, word))
                start, size = word, 0
            size += sizes[word]
        units.append((start, end))
    return units


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


def collate(windows: Sequence[Window], tokenizer: PreTrainedTokenizerFast) -> dict[str, np.ndarray]:
    """A padded batch of windows: the first arguments of ``QawlModel.forward``, as int64 arrays."""
    length = max(window.length for window in windows)
    ids = np.full((len(windows), length), tokenizer.pad_token_id)
    word_ids = np.full((len(windows), length), -1)
    types = np.zeros_like(ids)
    for row, window in enumerate(windows):
        flat = [piece for pieces in window.pieces for piece in pieces]
        claim = [*window.claim, tokenizer.sep_token_id] if window.claim else []
        ids[row, : window.length] = [tokenizer.cls_token_id, *claim, *flat, tokenizer.sep_token_id]
        first = 1 + len(claim)
        word_ids[row, first : first + len(flat)] = np.repeat(np.arange(window.words), [len(p) for p in window.pieces])
        if claim:
            types[row, first : window.length] = 1
    lengths = np.array([window.length for window in windows])
    return {
        "input_ids": ids,
        "attention_mask": (np.arange(length) < lengths[:, None]).astype(np.int64),
        "token_type_ids": types,
        "word_ids": word_ids,
        "lengths": np.array([window.words for window in windows]),
    }


def rounded_up(number: int, step: int) -> int:
    """The smallest multiple of ``step`` that is no less."""
    return int(-(-number // step) * step)
