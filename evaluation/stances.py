"""Stance frame scores: spans, targets with polarity, and whole frames as graphs.

Graph F1 is the measure of SemEval-2022 task 10 (Barnes et al., "SemEval 2022 Task 10: Structured Sentiment Analysis",
2022). Targeted F1 and graph F1 without polarity come from Barnes et al., "Structured Sentiment Analysis as Dependency
Graph Parsing", 2021. The cue stands in the place of the sentiment expression; tokens are the words of ``data.words``.

Two things differ. The 2021 span F1 counts tokens; here a cue, holder or target is right when its whole span is. The
2022 script, once a frame of the same polarity overlaps, takes the best overlap with a frame of any polarity; here only
frames of the same polarity give weight.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.article import Article, Span, Stance
from data.words import words

from .pairing import Pair
from .tally import Tally

_NOTHING = frozenset([-1])  # an absent part: overlaps wholly with an absent part and not at all with words


@dataclass(frozen=True)
class Frame:
    """A stance frame as sets of word places."""

    label: str
    holder: frozenset[int]
    target: frozenset[int]
    cue: frozenset[int]

    def overlap(self, other: Frame) -> float:
        """The share of this frame's words that ``other`` has, averaged over the three parts; 0 unless all overlap."""
        shares = [
            len(mine & others) / len(mine)
            for mine, others in ((self.holder, other.holder), (self.target, other.target), (self.cue, other.cue))
        ]
        return sum(shares) / len(shares) if all(shares) else 0.0


def stance_tallies(pairs: Iterable[Pair]) -> dict[str, Tally]:
    """All that is scored of stance frames; an article whose gold lacks the layer counts nothing.

    Returns:
        ``cue_f1`` (exact span and polarity) and ``cue_f1/POLARITY``; ``holder_f1`` and ``target_f1`` (exact spans, each
        counted once an article); ``targeted_f1`` (exact target and polarity); ``graph_f1`` and ``unlabelled_graph_f1``
        (polarity not asked), see ``graph_tally``.
    """
    articles = [(None, None) if gold.stances is None else (gold, ours) for gold, ours in pairs]
    stances = [tuple(article.stances or () if article else () for article in pair) for pair in articles]
    frames = [tuple(_frames(article) if article else [] for article in pair) for pair in articles]

    def tally(key: Callable[[Stance], Hashable | None]) -> Tally:
        return Tally.of([tuple({key(s) for s in side} - {None} for side in pair) for pair in stances])

    polarities = sorted({s.label for pair in stances for side in pair for s in side})
    return {
        "cue_f1": tally(lambda s: (s.cue, s.label)),
        **{f"cue_f1/{label}": tally(lambda s: s.cue if s.label == label else None) for label in polarities},
        "holder_f1": tally(lambda s: s.holder),
        "target_f1": tally(lambda s: s.target),
        "targeted_f1": tally(lambda s: (s.target, s.label) if s.target else None),
        "graph_f1": graph_tally(frames),
        "unlabelled_graph_f1": graph_tally([tuple([replace(f, label="") for f in s] for s in pair) for pair in frames]),
    }


def graph_tally(frames: Iterable[tuple[list[Frame], list[Frame]]]) -> Tally:
    """The sentiment graph score of SemEval-2022 task 10.

    A predicted frame counts by the largest share of its words that a gold frame of the same polarity has, provided that
    all three parts overlap; precision is the mean over predicted frames. Recall is the same with the sides exchanged.

    Args:
        frames: the gold and the predicted frames of each article.
    """
    counts = [
        [[sum(_best(f, gold) for f in ours), len(ours), sum(_best(f, ours) for f in gold), len(gold)]]
        for gold, ours in frames
    ]
    return Tally(np.array(counts, dtype=float).reshape(-1, 1, 4))


def stance_scores(tallies: Mapping[str, Tally]) -> dict[str, Any]:
    """``cue``, ``holder``, ``target``, ``targeted``, ``graph``, ``unlabelled_graph`` and, under ``polarities``, the
    cue's row for each polarity, from ``stance_tallies``."""
    rows = {name: tally.to_record() for name, tally in tallies.items()}
    polarities = {name.partition("/")[2]: row for name, row in rows.items() if "/" in name}
    return {
        **{name.removesuffix("_f1"): row for name, row in rows.items() if "/" not in name},
        "polarities": polarities,
    }


def _best(frame: Frame, others: list[Frame]) -> float:
    return max((frame.overlap(other) for other in others if other.label == frame.label), default=0.0)


def _frames(article: Article) -> list[Frame]:
    spans = words(article.text)
    starts, ends = [w.start for w in spans], [w.end for w in spans]

    def places(span: Span | None) -> frozenset[int]:
        if span is None:
            return _NOTHING
        return frozenset(range(bisect_right(ends, span.start), bisect_left(starts, span.end))) or _NOTHING

    return [Frame(s.label, places(s.holder), places(s.target), places(s.cue)) for s in article.stances or ()]
