"""From tag scores to well-formed spans.

The best tag sequence under the one constraint that I follows B or I of the same label, by the Viterbi algorithm
(Viterbi, 1967) in log space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .tags import B, I, O


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
        scores: (words, labels, 2), the B and I scores of a text against O.
    """
    logits = np.pad(scores, ((0, 0), (0, 0), (1, 0)))
    log_probs = logits - _logsumexp(logits)
    return _without_crossing(_spans(viterbi(log_probs), log_probs))


def decode_flat(scores: np.ndarray) -> list[TaggedSpan]:
    """Spans that never overlap, one decision a word over all labels.

    Args:
        scores: (words, labels, 2), the B and I scores of a text against O.
    """
    words, labels, _ = scores.shape
    logits = np.pad(scores.reshape(words, -1), ((0, 0), (1, 0)))
    log_probs = logits - _logsumexp(logits)
    path = _flat_viterbi(log_probs)
    spans, start = [], None
    for word in range(words + 1):
        tag = path[word] if word < words else O
        if start is not None and (tag == O or tag % 2 == B or word == words):
            label = (path[start] - 1) // 2
            score = np.exp(log_probs[np.arange(start, word), path[start:word]]).mean()
            spans.append(TaggedSpan(start, word, int(label), float(score)))
            start = None
        if tag != O and start is None:
            start = word
    return spans


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
    """The best well-formed path (words,) over O, B-first, I-first, B-second, I-second, … of (words, tags)."""
    words, tags = log_probs.shape
    came_from = np.zeros((words, tags), dtype=np.int64)
    allowed_start = np.where((np.arange(tags) > 0) & (np.arange(tags) % 2 == 0), -np.inf, 0.0)
    insides = np.arange(2, tags, 2)
    best = allowed_start + log_probs[0]
    for word in range(1, words):
        step = np.full(tags, best.max())
        came_from[word] = best.argmax()
        own = np.where(best[insides - 1] >= best[insides], insides - 1, insides)
        step[insides], came_from[word, insides] = best[own], own
        best = step + log_probs[word]
    path = np.zeros(words, dtype=np.int64)
    path[-1] = best.argmax()
    for word in range(words - 1, 0, -1):
        path[word - 1] = came_from[word, path[word]]
    return path


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


def _logsumexp(logits: np.ndarray) -> np.ndarray:
    top = logits.max(-1, keepdims=True)
    return top + np.log(np.exp(logits - top).sum(-1, keepdims=True))
