"""Articles as training examples: windows with the tags and frames that fall in them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import Any

import torch
from datasets import Dataset, Features, IterableDataset, List, Value
from torch import Tensor

from data.article import Article, Span, Stance
from data.frames import ROLES
from models.config import QawlConfig
from models.tag_head import IGNORE
from models.tags import B, I
from models.windows import Window, Windower, collate

from .stream import Stream

ABSENT = [-1, -1]
BUFFER = 4096  # rows that a stream holds to draw from, about 100 MiB of full windows
READ = 8  # windows of an article that training holds against a claim; more would not fit into memory


def build_features(articles: Iterable[Article], config: QawlConfig, windower: Windower) -> Dataset:
    """Rows to tag, one for each window of each article, and rows to hold against a claim, one for each claim of an
    article and one for each sentence of its evidence.

    Columns: ``id`` of the article, ``windows`` with the pieces of each word and ``length`` of the longest in pieces. To
    tag: ``entities`` as (start word, end word, label index) and ``frames`` as (cue, label index, holder, target) in the
    only window, null where the article lacks the layer. To hold against a claim: the claim's pieces in ``claim``, its
    label index in ``stance``, which are null in the other rows.

    Raises:
        KeyError: an article has a label that ``config`` lacks.
    """
    return Dataset.from_list([row for article in articles for row in _rows(article, config, windower)], _COLUMNS)


def stream_features(articles: Stream, config: QawlConfig, windower: Windower, seed: int) -> IterableDataset:
    """The rows of ``build_features`` without end: pass after pass over the articles, each row drawn at random from the
    next ``BUFFER`` ones. The same seed draws the same.

    Raises:
        KeyError: an article has a label that ``config`` lacks.
    """

    def rows() -> Iterator[dict[str, Any]]:
        passes = (articles.mixed() for _ in repeat(None))
        for article in chain.from_iterable(passes):
            yield from _rows(article, config, windower)

    return IterableDataset.from_generator(rows, _COLUMNS).shuffle(seed, buffer_size=BUFFER)


_COLUMNS = Features(
    {
        "id": Value("string"),
        "windows": List(List(List(Value("int32")))),
        "length": Value("int32"),
        "entities": List(List(Value("int32"))),
        "frames": List(List(Value("int32"))),
        "claim": List(Value("int32")),
        "stance": Value("int32"),
    }
)


def _rows(article: Article, config: QawlConfig, windower: Windower) -> Iterator[dict[str, Any]]:
    if (article.entities is not None and config.entity_labels) or (
        article.stances is not None and config.stance_labels
    ):
        spans, windows = windower.windows(article.text)
        to_words = _WordIndex(spans)
        for window in windows:
            yield {
                "id": article.id,
                "windows": [window.pieces],
                "length": window.length,
                "entities": _entities(article, window, to_words, config.entity_labels),
                "frames": _frames(article, window, to_words, config.stance_labels),
                "claim": None,
                "stance": None,
            }
    for claim in (config.claim_labels and article.claims) or ():
        # Each sentence that shows the stance takes it alone too, which is what predicted evidence is ranked by.
        for text in (article.text, *(sentence.of(article.text) for sentence in claim.evidence)):
            _, windows = windower.windows(text, claim.claim)
            if windows:
                yield {
                    "id": article.id,
                    "windows": [window.pieces for window in windows[:READ]],
                    "length": max(window.length for window in windows[:READ]),
                    "entities": None,
                    "frames": None,
                    "claim": windows[0].claim,
                    "stance": config.claim_labels.index(claim.label),
                }


class _WordIndex:
    """Character spans → word ranges."""

    def __init__(self, words: list[Span]):
        self.starts, self.ends = [w.start for w in words], [w.end for w in words]

    def range(self, span: Span) -> tuple[int, int]:
        """The words that ``span`` touches, end exclusive."""
        return bisect_right(self.ends, span.start), bisect_left(self.starts, span.end)


def _clipped(words: tuple[int, int], window: Window) -> list[int]:
    """A word range as places in ``window``, or ``ABSENT`` when it lies outside."""
    start, end = max(words[0], window.start), min(words[1], window.end)
    return [start - window.start, end - window.start] if start < end else ABSENT


def _entities(article: Article, window: Window, index: _WordIndex, labels: list[str]) -> list[list[int]] | None:
    if article.entities is None or not labels:
        return None
    placed = ((_clipped(index.range(entity), window), labels.index(entity.label)) for entity in article.entities)
    return [[*words, label] for words, label in placed if words != ABSENT]


def _frames(article: Article, window: Window, index: _WordIndex, labels: list[str]) -> list[list[int]] | None:
    """Frames whose cue touches the window, as seven numbers: cue, label, holder, target."""
    if article.stances is None or not labels:
        return None
    frames = []
    for stance in article.stances:
        cue = _clipped(index.range(stance.cue), window)
        if cue != ABSENT:
            frames.append([*cue, labels.index(stance.label), *_roles(stance, cue, window, index)])
    return frames


def _roles(stance: Stance, cue: list[int], window: Window, index: _WordIndex) -> list[int]:
    roles = []
    for role in ROLES:
        span = getattr(stance, role)
        words = _clipped(index.range(span), window) if span else ABSENT
        touches_cue = words[0] < cue[1] and cue[0] < words[1]
        roles += ABSENT if touches_cue else words
    return roles


class Collator:
    """Rows of ``build_features`` → the arguments of ``QawlModel.forward``, and the articles' ``ids``.

    Args:
        twice: repeat the rows in the second half of the batch, for R-Drop.
    """

    def __init__(self, config: QawlConfig, tokenizer, *, twice: bool = False):
        self.config, self.tokenizer, self.twice = config, tokenizer, twice

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Tensor]:
        ids = [row["id"] for row in rows]
        rows = rows * 2 if self.twice else rows
        places = [place for place, row in enumerate(rows) for _ in row["windows"]]
        pieces = [window for row in rows for window in row["windows"]]
        windows = [Window(0, len(p), p, rows[place]["claim"] or []) for p, place in zip(pieces, places)]
        batch: dict[str, Any] = {k: torch.from_numpy(v) for k, v in collate(windows, self.tokenizer).items()}
        batch["ids"] = ids
        words = int(batch["lengths"].max())
        rows_of = [rows[place] for place in places]
        if self.config.entity_labels:
            spans = [row["entities"] for row in rows_of]
            batch["entity_tags"] = _tags(spans, batch["lengths"], words, len(self.config.entity_labels))
        if self.config.stance_labels:
            frames = [row["frames"] for row in rows_of]
            cues = [None if f is None else [frame[:3] for frame in f] for f in frames]
            batch["cue_tags"] = _tags(cues, batch["lengths"], words, len(self.config.stance_labels))
            flat = [(row, frame) for row, found in enumerate(frames) for frame in found or ()]
            batch["frame_windows"] = torch.tensor([row for row, _ in flat], dtype=torch.long)
            batch["frame_cues"] = torch.tensor([f[:2] for _, f in flat], dtype=torch.long).view(-1, 2)
            batch["frame_roles"] = torch.tensor([f[3:] for _, f in flat], dtype=torch.long).view(-1, len(ROLES), 2)
        if self.config.claim_labels:
            stances = [row["stance"] for row in rows]
            numbers = iter(range(len(rows)))
            pairs = [next(numbers) if stance is not None else -1 for stance in stances]
            batch["pairs"] = torch.tensor([pairs[place] for place in places])
            taught = [row["taught"] for row in rows if row.get("taught")]
            labels = [s for s in stances if s is not None]
            batch["pair_stances"] = torch.tensor(taught) if taught else torch.tensor(labels, dtype=torch.long)
            if shifts := [row["shifts"] for row in rows if row.get("shifts")]:
                batch["pair_shifts"] = torch.tensor(shifts)
        return batch


def _tags(spans: list[list[list[int]] | None], lengths: Tensor, words: int, labels: int) -> Tensor:
    """(start, end, label) spans of windows → tags (batch, words, labels); the longer of two spans of a label wins."""
    tags = torch.full((len(spans), words, labels), IGNORE)
    for row, found in enumerate(spans):
        if found is None:
            continue
        tags[row, : lengths[row]] = 0
        for start, end, label in sorted(found, key=lambda s: s[1] - s[0], reverse=True):
            if not tags[row, start:end, label].any():
                tags[row, start, label] = B
                tags[row, start + 1 : end, label] = I
    return tags
