"""The Article record: a text with its entities, stance frames and claims.

Offsets are Unicode code points into ``Article.text``, ``start`` inclusive and ``end`` exclusive, and the text is
never changed, so ``span.of(article.text)`` is always what a reader sees. A layer that was not annotated is ``None``;
an annotated layer with nothing in it is an empty tuple.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

STANCE_LABELS = ("favor", "against", "neutral")
UNRELATED = "unrelated"
CLAIM_LABELS = ("favor", "against", "neutral", UNRELATED)
LAYERS = ("entities", "stances", "claims")


class RecordError(ValueError):
    """A record that cannot be an Article: which record, which field, what is wrong and what to do."""

    def __init__(self, record: str, field: str, problem: str, remedy: str):
        super().__init__(f"record {record!r}, {field}: {problem}; {remedy}")
        self.record, self.field, self.problem, self.remedy = record, field, problem, remedy


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of text, ``start`` inclusive, ``end`` exclusive, in code points."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    def covers(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def crosses(self, other: Span) -> bool:
        """True when the two overlap and neither covers the other."""
        return self.overlaps(other) and not self.covers(other) and not other.covers(self)

    def to_record(self) -> dict[str, int]:
        return {"start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class Entity(Span):
    """A named mention. ``score`` is the model's confidence in 0..1, ``None`` for annotation by hand."""

    label: str
    score: float | None = None

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Stance:
    """A stance frame: a holder takes a stance (``label``) towards a target, and a cue expresses it."""

    label: str
    cue: Span
    holder: Span | None = None
    target: Span | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence(Span):
    """A sentence that shows an article's stance to a claim; ``score`` as for entities."""

    score: float | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The stance of the whole article to a claim, with the sentences that show it, the clearest first."""

    claim: str
    label: str
    evidence: tuple[Evidence, ...] = ()
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article and what is annotated on it. ``entities`` and ``stances`` are kept in reading order."""

    id: str
    text: str
    entities: tuple[Entity, ...] | None = None
    stances: tuple[Stance, ...] | None = None
    claims: tuple[Claim, ...] | None = None
    meta: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        if self.entities is not None:
            object.__setattr__(self, "entities", tuple(sorted(self.entities, key=_outer_first)))
        if self.stances is not None:
            object.__setattr__(self, "stances", tuple(sorted(self.stances, key=lambda s: (s.cue.start, s.cue.end))))
        if self.claims is not None:
            object.__setattr__(self, "claims", tuple(self.claims))

    def without_annotation(self) -> Article:
        """The same text with every layer unknown."""
        return replace(self, entities=None, stances=None, claims=None)

    @classmethod
    def from_record(cls, record: Any) -> Article:
        """Build an Article from a decoded JSON record.

        Raises:
            RecordError: a field is missing, misspelt or of the wrong type, a label is not one of the format's, or a span is
                empty or leaves the text.
        """
        return _Reader(record).article()

    def to_record(self) -> dict[str, Any]:
        """The record as plain JSON types; layers that are unknown and scores that are ``None`` are left out."""
        record: dict[str, Any] = {"id": self.id, "text": self.text}
        if self.meta:
            record["meta"] = self.meta
        if self.entities is not None:
            record["entities"] = [{**e.to_record(), "label": e.label} | _score(e.score) for e in self.entities]
        if self.stances is not None:
            record["stances"] = [
                {
                    "label": s.label,
                    "cue": s.cue.to_record(),
                    "holder": s.holder and s.holder.to_record(),
                    "target": s.target and s.target.to_record(),
                }
                | _score(s.score)
                for s in self.stances
            ]
        if self.claims is not None:
            record["claims"] = [
                {"claim": c.claim, "label": c.label, "evidence": [e.to_record() | _score(e.score) for e in c.evidence]}
                | _score(c.score)
                for c in self.claims
            ]
        return record


def _outer_first(entity: Entity) -> tuple[int, int]:
    return entity.start, -entity.end


def _score(score: float | None) -> dict[str, float]:
    return {} if score is None else {"score": score}


class _Reader:
    """Checks one decoded record field by field, so that every error names the record and the field."""

    def __init__(self, record: Any):
        if not isinstance(record, dict):
            raise RecordError("?", "record", f"is a {type(record).__name__}", "give one JSON object a line")
        self.record = record
        id = record.get("id")
        self.id = "?" if id is None else str(id)
        if not isinstance(id, str) or not id.strip():
            self.fail("id", "is missing or not a non-empty string", 'add a unique "id" string')
        self.text = self.get(record, "text", str, "text")

    def fail(self, where: str, problem: str, remedy: str):
        raise RecordError(self.id, where, problem, remedy)

    def get(self, holder: dict, key: str, kind: type, where: str) -> Any:
        if key not in holder:
            self.fail(where, "is missing", f'add "{key}"')
        value = holder[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fail(where, f"is a {type(value).__name__}", f"make it a {kind.__name__}")
        return value

    def spelt(self, item: dict, known: Collection[str], where: str = "") -> None:
        """Refuses a field that is a known one misspelt, whose annotation would be lost; any others are passed over."""
        for key in item:
            near = [] if key in known else get_close_matches(str(key).lower(), known, n=1, cutoff=0.8)
            if near and near[0] not in item:
                self.fail(f"{where}{key}", "is no field of a record", f'did you mean "{near[0]}"?')

    def article(self) -> Article:
        annotated = {key: value for key, value in self.record.items() if isinstance(value, list | dict)}
        self.spelt(annotated, (*LAYERS, "meta"))
        meta = self.get(self.record, "meta", dict, "meta") if self.record.get("meta") is not None else {}
        return Article(
            id=self.id,
            text=self.text,
            entities=self.layer("entities", self.entity),
            stances=self.layer("stances", self.stance),
            claims=self.layer("claims", self.claim),
            meta=meta,
        )

    def layer(self, name: str, read) -> tuple | None:
        if self.record.get(name) is None:
            return None
        items = self.get(self.record, name, list, name)
        for i, item in enumerate(items):
            if not isinstance(item, dict):
                self.fail(f"{name}[{i}]", f"is a {type(item).__name__}", "make it an object")
        return tuple(read(item, f"{name}[{i}]") for i, item in enumerate(items))

    def entity(self, item: dict, where: str) -> Entity:
        self.spelt(item, ("start", "end", "label", "score"), f"{where}.")
        span = self.span(item, where)
        label = self.get(item, "label", str, f"{where}.label")
        if not label.strip():
            self.fail(f"{where}.label", "is empty", "give the entity type")
        return Entity(span.start, span.end, label, self.score(item, where))

    def stance(self, item: dict, where: str) -> Stance:
        self.spelt(item, ("label", "cue", "holder", "target", "score"), f"{where}.")
        cue = self.span(self.get(item, "cue", dict, f"{where}.cue"), f"{where}.cue")
        roles = {}
        for role in ("holder", "target"):
            value = item.get(role)
            if value is not None:
                value = self.span(self.get(item, role, dict, f"{where}.{role}"), f"{where}.{role}")
            roles[role] = value
        return Stance(self.label(item, where, STANCE_LABELS), cue, **roles, score=self.score(item, where))

    def claim(self, item: dict, where: str) -> Claim:
        self.spelt(item, ("claim", "label", "evidence", "score"), f"{where}.")
        evidence = item.get("evidence", [])
        if not isinstance(evidence, list) or not all(isinstance(e, dict) for e in evidence):
            self.fail(f"{where}.evidence", "is not a list of spans", "make it a list of {start, end}")
        claim = self.get(item, "claim", str, f"{where}.claim")
        if not claim.strip():
            self.fail(f"{where}.claim", "is empty", "give a sentence")
        return Claim(
            claim,
            self.label(item, where, CLAIM_LABELS),
            tuple(self.evidence(e, f"{where}.evidence[{i}]") for i, e in enumerate(evidence)),
            self.score(item, where),
        )

    def evidence(self, item: dict, where: str) -> Evidence:
        span = self.span(item, where)
        return Evidence(span.start, span.end, self.score(item, where))

    def label(self, item: dict, where: str, allowed: tuple[str, ...]) -> str:
        label = self.get(item, "label", str, f"{where}.label")
        if label not in allowed:
            self.fail(f"{where}.label", f"{label!r} is unknown", f"use one of {', '.join(allowed)}")
        return label

    def score(self, item: dict, where: str) -> float | None:
        score = item.get("score")
        if score is None:
            return None
        if isinstance(score, bool) or not isinstance(score, (int, float)) or not 0 <= score <= 1:
            self.fail(f"{where}.score", f"{score!r} is not a number from 0 to 1", "correct it or leave it out")
        return float(score)

    def span(self, item: dict, where: str) -> Span:
        start = self.get(item, "start", int, f"{where}.start")
        end = self.get(item, "end", int, f"{where}.end")
        if not 0 <= start < end <= len(self.text):
            self.fail(
                where,
                f"span {start}..{end} is empty or outside the text of {len(self.text)} characters",
                "count code points from 0, end exclusive",
            )
        return Span(start, end)
