"""From tag scores to well-formed spans.

The best tag sequence under the one constraint that I follows B or I of the same label, by the Viterbi algorithm
(Viterbi, 1967) in log space.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .tags import B, I, O

_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class TaggedSpan:
    """Words ``start`` to ``end`` (exclusive) with a label's index; ``score`` is the mean probability of its tags."""

    start: int
    end: int
    label: int
    score: float


def decode_nested(scores: np.ndarray) -> list[TaggedSpan]:
    """Spans of every label on its own, so that spans of different labels may overlap; crossing ones are resolved.

    Args:
        scores: the B and I scores of a text against O, (words, labels, 2).
    """
    log_probs = _log_probs(np.pad(scores, ((0, 0), (0, 0), (1, 0))))
    return _without_crossing(_spans(viterbi(log_probs), log_probs))


def decode_flat(scores: np.ndarray) -> list[TaggedSpan]:
    """Spans that never overlap, one decision a word over all labels.

    Args:
        scores: as for ``decode_nested``.
    """
    log_probs = _log_probs(np.pad(scores.reshape(len(scores), 2 * scores.shape[1]), ((0, 0), (1, 0))))
    return _flat_spans(viterbi(log_probs[:, None])[:, 0], log_probs)


def viterbi(log_probs: np.ndarray) -> np.ndarray:
    """The best well-formed path of each column over the tags O, B-first, I-first, B-second, I-second, …

    Args:
        log_probs: (words, columns, tags).

    Returns:
        (words, columns) of indices of tags.
    """
    path = log_probs.argmax(-1)
    allowed = _allowed(log_probs.shape[-1])
    before = np.concatenate([np.zeros_like(path[:1]), path[:-1]])
    broken = (allowed[before, path] < 0).any(0)  # elsewhere the likeliest tags are well-formed together
    if broken.any():
        path[:, broken] = _searched(log_probs[:, broken], allowed)
    return path


def _searched(log_probs: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """``viterbi`` of columns that need a search.

    The words are cut into about as many blocks as a block has words. All blocks are searched side by side for every tag
    that may stand before them, and then joined, which takes a number of steps that grows with the square root of the
    words.
    """
    words, columns, tags = log_probs.shape
    size = max(1, math.isqrt(words))
    blocks = -(-words // size)
    padded = np.full((blocks * size, columns, tags), _NEVER)
    padded[..., O] = 0.0  # the words that are added are O for certain, which changes no path before them
    padded[:words] = log_probs
    padded = padded.reshape(blocks, size, columns, tags)

    # (blocks, columns, tag before the block, tag): the best path's score, and the tag that it came from
    best = allowed + padded[:, 0, :, None]
    came_from = np.empty((size, blocks, columns, tags, tags), np.int16)
    for place in range(1, size):
        steps = best[..., None] + allowed
        came_from[place] = steps.argmax(-2)
        best = steps.max(-2) + padded[:, place, :, None]

    entered = np.empty((blocks, columns, tags), np.int16)  # the tag before each block, by its last tag
    so_far = np.where(np.arange(tags) == O, 0.0, _NEVER) + np.zeros((columns, 1))
    for block in range(blocks):
        paths = so_far[..., None] + best[block]
        entered[block], so_far = paths.argmax(-2), paths.max(-2)
    last = np.empty((blocks, columns), np.int64)
    before, tag, every = np.empty_like(last), so_far.argmax(-1), np.arange(columns)
    for block in range(blocks - 1, -1, -1):
        last[block], before[block] = tag, entered[block, every, tag]
        tag = before[block]

    path = np.empty((blocks, size, columns), np.int64)
    path[:, -1] = last
    each = np.arange(blocks)[:, None]
    for place in range(size - 1, 0, -1):
        path[:, place - 1] = came_from[place, each, every, before, path[:, place]]
    return path.reshape(-1, columns)[:words]


def _allowed(tags: int) -> np.ndarray:
    """(tag, next tag): 0 where it may follow, else ``_NEVER``; I follows the B and I of its label, the others any."""
    after = np.arange(tags)
    inside = (after > O) & (after % 2 == 0)
    own = (after[:, None] == after) | (after[:, None] == after - 1)
    return np.where(~inside | own, 0.0, _NEVER)


def _flat_spans(path: np.ndarray, log_probs: np.ndarray) -> list[TaggedSpan]:
    """The B I* runs of one ``path`` (words,) over O, B-first, I-first, …"""
    spans = []
    for start in np.flatnonzero((path != O) & (path % 2 == B)):
        end = start + 1
        while end < len(path) and path[end] == path[start] + 1:
            end += 1
        score = np.exp(log_probs[np.arange(start, end), path[start:end]]).mean()
        spans.append(TaggedSpan(int(start), int(end), int(path[start] - 1) // 2, float(score)))
    return spans


def _spans(path: np.ndarray, log_probs: np.ndarray) -> list[TaggedSpan]:
    """The B I* runs of every column of ``path`` (words, columns)."""
    words = len(path)
    spans = []
    for start, label in zip(*np.nonzero(path == B)):
        end = start + 1
        while end < words and path[end, label] == I:
            end += 1
        probabilities = np.exp(log_probs[np.arange(start, end), label, path[start:end, label]])
        spans.append(TaggedSpan(int(start), int(end), int(label), float(probabilities.mean())))
    return spans


def _without_crossing(spans: list[TaggedSpan]) -> list[TaggedSpan]:
    """Drops the less certain of two spans that cross, so that the rest nest or are disjoint.

    Only the words inside a span are looked at, and spans of one label are disjoint, so time grows with the words.
    """
    words = max((span.end for span in spans), default=0)
    # Of the kept spans that start at a word, the furthest end; of those that end before a word, the first start.
    furthest, first = np.full(words + 1, -1), np.full(words + 1, words)
    kept: list[TaggedSpan] = []
    for span in sorted(spans, key=lambda s: (-s.score, s.start, s.end, s.label)):
        inside = slice(span.start + 1, span.end)
        if furthest[inside].max(initial=-1) > span.end or first[inside].min(initial=words) < span.start:
            continue
        kept.append(span)
        furthest[span.start] = max(furthest[span.start], span.end)
        first[span.end] = min(first[span.end], span.start)
    return sorted(kept, key=lambda s: (s.start, -s.end, s.label))


def _log_probs(logits: np.ndarray) -> np.ndarray:
    top = logits.max(-1, keepdims=True)
    return logits - top - np.log(np.exp(logits - top).sum(-1, keepdims=True))
