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
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from data.article import Article, Span
from data.words import words

from .counts import Counts, f1
from .pairing import Pair

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


def stance_scores(pairs: Iterable[Pair]) -> dict[str, Any]:
    """All stance scores; pairs whose gold lacks the layer are left out.

    Returns:
        ``cue`` (exact span and polarity), ``holder`` and ``target`` (exact spans, each counted once an article) and
        ``targeted`` (exact target and polarity) as ``Counts.to_record`` gives them; ``graph`` and
        ``unlabelled_graph`` (polarity not asked) with precision, recall and f1; ``polarities`` with the cue's row for
        each polarity.
    """
    pairs = [pair for pair in pairs if pair[0].stances is not None]
    spans = {name: Counts() for name in ("cue", "holder", "target", "targeted")}
    polarities: dict[str, Counts] = {}
    for pair in pairs:
        sides = [article.stances or () for article in pair]
        spans["cue"].add(*({(s.cue, s.label) for s in side} for side in sides))
        spans["holder"].add(*({s.holder for s in side if s.holder} for side in sides))
        spans["target"].add(*({s.target for s in side if s.target} for side in sides))
        spans["targeted"].add(*({(s.target, s.label) for s in side if s.target} for side in sides))
        for label in {s.label for side in sides for s in side}:
            counts = polarities.setdefault(label, Counts())
            counts.add(*({s.cue for s in side if s.label == label} for side in sides))
    frames = [tuple(_frames(article) for article in pair) for pair in pairs]
    return {
        **{name: counts.to_record() for name, counts in spans.items()},
        "graph": graph_score(frames),
        "unlabelled_graph": graph_score(
            [tuple([Frame("", f.holder, f.target, f.cue) for f in side] for side in pair) for pair in frames]
        ),
        "polarities": {label: polarities[label].to_record() for label in sorted(polarities)},
    }


def graph_score(frames: Iterable[tuple[list[Frame], list[Frame]]]) -> dict[str, float]:
    """The sentiment graph F1 of SemEval-2022 task 10.

    A predicted frame counts by the largest share of its words that a gold frame of the same polarity has, provided that
    all three parts overlap; precision is the mean over predicted frames. Recall is the same with the sides exchanged.

    Args:
        frames: the gold and the predicted frames of each article.
    """
    weights: dict[str, list[float]] = {"precision": [], "recall": []}
    for gold, predicted in frames:
        weights["precision"] += [_best(frame, gold) for frame in predicted]
        weights["recall"] += [_best(frame, predicted) for frame in gold]
    precision, recall = (sum(w) / len(w) if w else 0.0 for w in weights.values())
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall)}


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
