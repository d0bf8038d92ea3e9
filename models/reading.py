"""From a model's scores of an article's windows to entities and stance frames in its text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from data.article import Entity, Span, Stance
from data.words import is_punctuation

from .config import QawlConfig
from .decoding import TaggedSpan, decode_flat, decode_nested
from .role_decoding import RoleArrays, decode_roles
from .runner import Runner
from .windows import Window, owners


class Reading:
    """What the model says of one article: window results joined over its words, decoded into spans of its text."""

    def __init__(self, config: QawlConfig, text: str, spans: list[Span], windows: list[Window], results: list[dict]):
        self.config = config
        self.marks = [is_punctuation(text[span.start]) for span in spans]
        self.spans, self.windows, self.results = spans, windows, results
        self.owner = owners(windows, len(spans))

    def scores(self, head: str, labels: int) -> np.ndarray:
        """A head's scores (words, labels, 2) for the whole article, each word from the window that owns it."""
        scores = np.zeros((len(self.spans), labels, 2))
        for i, (window, result) in enumerate(zip(self.windows, self.results)):
            own = np.flatnonzero(self.owner[window.start : window.end] == i)
            scores[window.start + own] = result[head][own]
        return scores

    def entities(self, found: list[TaggedSpan]) -> tuple[Entity, ...]:
        if not self.config.punctuated:
            found = [trimmed for span in found if (trimmed := self._trimmed(span))]
        labels, temperature = self.config.entity_labels, temperature_of(self.config, "entities")
        return tuple(
            Entity(*self._characters(span.start, span.end), labels[span.label], confidence(span.score, temperature))
            for span in found
        )

    def cues(self, found: list[TaggedSpan]) -> dict[int, list[TaggedSpan]]:
        """The cues by the window that owns them."""
        by_window: dict[int, list[TaggedSpan]] = {}
        for cue in filter(None, map(self._trimmed, found)):
            by_window.setdefault(int(self.owner[cue.start]), []).append(cue)
        return by_window

    def asked(self, number: int, cues: list[TaggedSpan]) -> tuple[np.ndarray, np.ndarray]:
        """What ``Runner.roles`` takes for the cues of window ``number``."""
        window = self.windows[number]
        places = [(cue.start - window.start, min(cue.end, window.end) - window.start) for cue in cues]
        return self.results[number]["words"], np.array(places)

    def frames(self, number: int, cues: list[TaggedSpan], scores: RoleArrays) -> Iterator[Stance]:
        """The frames of the cues that window ``number`` owns; holder and target never overlap."""
        window = self.windows[number]
        labels, temperature = self.config.stance_labels, temperature_of(self.config, "stances")
        holders, targets, probabilities = decode_roles(scores)
        for cue, holder, target, probability in zip(cues, holders, targets, probabilities):
            yield Stance(
                labels[cue.label],
                Span(*self._characters(cue.start, cue.end)),
                self._role(window, *holder.tolist()),
                self._role(window, *target.tolist()),
                confidence(cue.score * float(probability), temperature),
            )

    def _role(self, window: Window, start: int, end: int) -> Span | None:
        if start < 0:
            return None
        span = self._trimmed(TaggedSpan(window.start + start, window.start + end, 0, 1.0))
        return Span(*self._characters(span.start, span.end)) if span else None

    def _trimmed(self, span: TaggedSpan) -> TaggedSpan | None:
        """``span`` without punctuation at its edges; None when nothing is left."""
        inside = [word for word in range(span.start, span.end) if not self.marks[word]]
        return replace(span, start=inside[0], end=inside[-1] + 1) if inside else None

    def _characters(self, start: int, end: int) -> tuple[int, int]:
        return self.spans[start].start, self.spans[end - 1].end


def read_entities(readings: Sequence[Reading], config: QawlConfig) -> list[tuple[Entity, ...] | None]:
    """The entities of each article; None each for a model without entities."""
    if not config.entity_labels:
        return [None] * len(readings)
    decode = decode_nested if config.nested else decode_flat
    labels = len(config.entity_labels)
    return [reading.entities(decode(reading.scores("entities", labels))) for reading in readings]


def read_stances(readings: Sequence[Reading], runner: Runner) -> list[tuple[Stance, ...] | None]:
    """The stance frames of each article, whose roles are scored together; None each for a model without stances."""
    labels = len(runner.config.stance_labels)
    if not labels:
        return [None] * len(readings)
    cues = [reading.cues(decode_flat(reading.scores("cues", labels))) for reading in readings]
    asked = [reading.asked(*each) for reading, own in zip(readings, cues) for each in own.items()]
    roles = iter(runner.roles(asked))
    return [
        tuple(stance for each in own.items() for stance in reading.frames(*each, next(roles)))
        for reading, own in zip(readings, cues)
    ]


def temperature_of(config: QawlConfig, layer: str) -> float:
    """What ``confidence`` takes for a layer. Looked up once for many items: a configuration's attributes are slow."""
    return config.temperatures.get(layer, 1.0)


def confidence(probability: float, temperature: float) -> float:
    """The score of an item: the model's probability at the temperature of its layer."""
    if temperature != 1.0 and 0.0 < probability < 1.0:
        probability = 1 / (1 + (1 / probability - 1) ** (1 / temperature))
    return round(probability, 4)
