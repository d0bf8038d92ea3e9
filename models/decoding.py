"""From tag scores to well-formed spans.

The best tag sequence under the one constraint that I follows B or I of the same label, by the Viterbi algorithm
(Viterbi, 1967) in log space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .tags import B, I, O

_SLOTS = 65536  # words, padding included, that are decoded together
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class TaggedSpan:
    """Words ``start`` to ``end`` (exclusive) with a label's index; ``score`` is the mean probability of its tags."""

    start: int
    end: int
    label: int
    score: float


def decode_nested(texts: Sequence[np.ndarray]) -> list[list[TaggedSpan]]:
    """Spans of every label on its own, so that spans of different labels may overlap; crossing ones are resolved.

    Args:
        texts: of each text the B and I scores against O, (words, labels, 2).
    """
    found = []
    for group in _groups(texts):
        log_probs = [_log_probs(np.pad(scores, ((0, 0), (0, 0), (1, 0)))) for scores in group]
        paths = viterbi(np.concatenate(_padded(log_probs), axis=1))
        paths = np.split(paths, len(group), axis=1)
        found += [_without_crossing(_spans(path[: len(own)], own)) for path, own in zip(paths, log_probs)]
    return found


def decode_flat(texts: Sequence[np.ndarray]) -> list[list[TaggedSpan]]:
    """Spans that never overlap, one decision a word over all labels.

    Args:
        texts: as for ``decode_nested``.
    """
    found = []
    for group in _groups(texts):
        log_probs = [
            _log_probs(np.pad(scores.reshape(len(scores), 2 * scores.shape[1]), ((0, 0), (1, 0)))) for scores in group
        ]
        paths = _flat_viterbi(np.stack(_padded(log_probs), axis=1))
        found += [_flat_spans(path[: len(own)], own) for path, own in zip(paths.T, log_probs)]
    return found


def _groups(texts: Sequence[np.ndarray]) -> Iterator[Sequence[np.ndarray]]:
    """Neighbouring texts that are decoded together, a step for each word of the longest: as many as fit into ``_SLOTS``
    words when all are as long as that."""
    first = 0
    for last in range(1, len(texts) + 1):
        longest = max(len(scores) for scores in texts[first : last + 1])
        if last == len(texts) or (last + 1 - first) * longest > _SLOTS:
            yield texts[first:last]
            first = last


def _padded(log_probs: list[np.ndarray]) -> list[np.ndarray]:
    """All as long as the longest; the words that are added are O for certain, which changes no path before them."""
    words = max(map(len, log_probs))
    padded = []
    for own in log_probs:
        array = np.full((words, *own.shape[1:]), _NEVER)
        array[..., O] = 0.0
        array[: len(own)] = own
        padded.append(array)
    return padded


def viterbi(log_probs: np.ndarray) -> np.ndarray:
    """The best well-formed O, B, I sequence of each column.

    Args:
        log_probs: (words, columns, 3).

    Returns:
        (words, columns) of ``O``, ``B``, ``I``.
    """
    words, columns, _ = log_probs.shape
    came_from = np.zeros((words, columns, 2), dtype=np.int8)  # best previous tag for {O, B} and for I
    best = np.array([0.0, 0.0, -np.inf]) + (log_probs[0] if words else 0)
    rows = np.arange(columns)
    for word in range(1, words):
        previous_any = best.argmax(-1)
        previous_inside = np.where(best[:, B] >= best[:, I], B, I)
        came_from[word, :, 0], came_from[word, :, 1] = previous_any, previous_inside
        from_any, from_inside = best[rows, previous_any], best[rows, previous_inside]
        best = np.stack([from_any, from_any, from_inside], -1) + log_probs[word]
    path = np.zeros((words, columns), dtype=np.int64)
    if words:
        path[-1] = best.argmax(-1)
    for word in range(words - 1, 0, -1):
        path[word - 1] = came_from[word, rows, (path[word] == I).astype(int)]
    return path


def _flat_viterbi(log_probs: np.ndarray) -> np.ndarray:
    """The best well-formed paths (words, texts) over O, B-first, I-first, B-second, I-second, … of (words, texts, tags)."""
    words, texts, tags = log_probs.shape
    path = np.zeros((words, texts), dtype=np.int64)
    if not words:
        return path
    came_from = np.zeros((words, texts, tags), dtype=np.int64)
    allowed_start = np.where((np.arange(tags) > 0) & (np.arange(tags) % 2 == 0), -np.inf, 0.0)
    insides, rows = np.arange(2, tags, 2), np.arange(texts)
    best = allowed_start + log_probs[0]
    for word in range(1, words):
        came_from[word] = best.argmax(-1)[:, None]
        step = np.repeat(best.max(-1, keepdims=True), tags, axis=-1)
        own = np.where(best[:, insides - 1] >= best[:, insides], insides - 1, insides)
        step[:, insides], came_from[word][:, insides] = np.take_along_axis(best, own, -1), own
        best = step + log_probs[word]
    path[-1] = best.argmax(-1)
    for word in range(words - 1, 0, -1):
        path[word - 1] = came_from[word, rows, path[word]]
    return path


def _flat_spans(path: np.ndarray, log_probs: np.ndarray) -> list[TaggedSpan]:
    """The B I* runs of one ``path`` (words,) over O, B-first, I-first, …"""
    spans = []
    for start in np.flatnonzero((path != O) & (path % 2 == B)):
        end = start + 1
        while end < len(path) and path[end] == path[start] + 1:
            end += 1
        score = np.exp(log_probs[np.arange(start, end), path[start:end]]).mean()
        spans.append(TaggedSpan(int(start), end, int(path[start] - 1) // 2, float(score)))
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
