"""Inline brackets: a format for annotating by hand in any text editor.

    ### ahd-117
    ### {"source": "written for this corpus"}
    نفت [OCC وزيرة [ORG الصحة]] [PERS سلمى الخطيب] صحة الخبر، وأكدت أن المخزون كاف.
    >>> against | نفت | وزيرة الصحة | صحة الخبر
    >>> favor | وأكدت | - | المخزون كاف

A record starts with ``### id``; a second ``###`` line may hold ``meta`` as a JSON object, a third names the annotated
layers when they are not the usual two (``### layers: entities``). Then comes the text, with every entity in brackets
after its label, then a ``>>>`` line for each stance frame: polarity, cue, holder, target (``-`` when absent), each
quoted from the text. A quotation that occurs several times as whole words means the occurrence next to the cue (for a
cue: the first one that no earlier ``>>>`` line has taken); ``^2`` after it picks the second, and so on, and ``^@57``
the one at offset 57. A ``???`` line holds a claim: label, claim, evidence spans. Blank lines round the text do not
count.

In the text ``\\`` escapes ``[``, ``]``, ``\\`` and a line that starts like one of these marks, also after white space;
``\\n`` and ``\\r`` are line breaks. In the other lines it also escapes ``|``, ``^``, a space at either end and a lone
``-``. Scores cannot be held.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from pathlib import Path

import regex

from .article import CLAIM_LABELS, LAYERS, STANCE_LABELS, Article, Claim, Entity, Evidence, RecordError, Span, Stance
from .jsonl import FileError, read_text, report, write_text
from .parts import refuse
from .validation import first_crossing
from .words import words

_ID, _FRAME, _CLAIM = _MARKS = ("###", ">>>", "???")
_MARKED = regex.compile(r"[\s\p{Cf}]*(?:\#\#\#|>>>|\?\?\?)")  # a direction mark before one is not seen
_start = attrgetter("start")
_USUAL_LAYERS = ["entities", "stances"]
_LABEL = r"[^\s\[\]\\]+"
_TOKEN = re.compile(
    rf"\\. | \[(?P<label>{_LABEL})[ ] | (?P<bracket>[\[\]]) | (?P<plain>[^\\\[\]]+ | \\\Z)", re.X | re.S
)
_PART = re.compile(r"(?:\A | \|) ((?: \\. | [^|\\] | \\\Z )*)", re.X | re.S)
_TRIMMED = re.compile(r"[ ]* ((?: \\. | [^\\] | \\\Z )*?) [ ]*", re.X | re.S)
_PLACED = re.compile(r"((?: \\. | [^\\^] | \\\Z )*) (?: \^ (@?) (\d+) )?", re.X | re.S)


def read_inline(path: str | Path, on_fault: Callable[[FileError], None] | None = None) -> Iterator[Article]:
    """The Articles of a file in inline brackets.

    Args:
        on_fault: called with the fault of each broken record, which is then passed over; without it the first raises.

    Raises:
        FileError: naming the line of an unclosed bracket, a quotation that the text lacks, or any other fault.
    """
    lines = [line.removesuffix("\r") for line in read_text(path).split("\n")]
    starts = [i for i, line in enumerate(lines) if line.startswith(_ID) and not (i and lines[i - 1].startswith(_ID))]
    for i, line in enumerate(lines[: starts[0] if starts else None]):
        if line.strip():
            report(FileError(path, i + 1, f"text before the first record; start each record with «{_ID} ID»"), on_fault)
            break
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        try:
            article = _Record(path, lines[start:end], start + 1).article()
        except FileError as error:
            report(error, on_fault)
        else:
            yield article


def write_inline(path: str | Path, articles: Iterable[Article]) -> None:
    """Write Articles in inline brackets.

    Raises:
        RecordError: an article has what the format cannot hold, see ``to_inline``; nothing is written.
    """
    content = "\n".join(to_inline(article) for article in articles)
    write_text(path, content)


def to_inline(article: Article) -> str:
    """One article in inline brackets, ending in a line break.

    Raises:
        RecordError: the article has scores, entities that cross, a label with spaces or brackets, or a lone surrogate.
    """
    refuse(article, ["scores"], "inline brackets")
    layers = [name for name in LAYERS if getattr(article, name) is not None]
    lines = [f"{_ID} {_escaped(article.id, '')}"]
    if article.meta:
        lines.append(f"{_ID} {json.dumps(article.meta, ensure_ascii=False)}")
    if layers not in (_USUAL_LAYERS, [*_USUAL_LAYERS, "claims"]) or article.claims == ():
        lines.append(f"{_ID} layers: {', '.join(layers)}")
    lines.append(_bracketed(article))
    quotes = _Quotes(article.text)
    for stance in article.stances or ():
        cue = quotes.write(stance.cue, quotes.next_cue)
        quotes.cues.add(stance.cue)
        near = quotes.nearest_to(stance.cue)
        roles = [quotes.write(span, near) if span else "-" for span in (stance.holder, stance.target)]
        lines.append(f"{_FRAME} {' | '.join([stance.label, cue, *roles])}")
    for claim in article.claims or ():
        evidence = [quotes.write(span, quotes.first) for span in claim.evidence]
        lines.append(f"{_CLAIM} {' | '.join([claim.label, _escaped(claim.claim), *evidence])}")
    return "\n".join(lines) + "\n"


def _bracketed(article: Article) -> str:
    """The text with its entities in brackets, marks escaped."""
    entities = article.entities or ()
    if found := first_crossing(entities):
        outer, inner = (entity.of(article.text) for entity in found)
        raise RecordError(article.id, "entities", f"«{outer}» crosses «{inner}»", "nest them or make them disjoint")
    opening = [""] * (len(article.text) + 1)
    closing = [""] * (len(article.text) + 1)
    for entity in entities:
        if not re.fullmatch(_LABEL, entity.label):
            raise RecordError(article.id, "entities", f"label {entity.label!r} has spaces or brackets", "rename it")
        opening[entity.start] += f"[{entity.label} "
        closing[entity.end] += "]"
    pieces = ["\\" + c if c in "[]\\" else "\\r" if c == "\r" else c for c in article.text] + [""]
    text = "".join(closing[i] + opening[i] + piece for i, piece in enumerate(pieces))
    text = re.sub(r"\A\s+|\s+\Z", lambda m: m[0].replace("\n", "\\n"), text)
    if text and not text.strip():
        return "\\" + text
    return "\n".join("\\" + line if _MARKED.match(line) else line for line in text.split("\n"))


def _escaped(part: str, marks: str = "|^") -> str:
    """A field of a line; its outer spaces are escaped because fields are trimmed, a lone «-» as it means absent."""
    if part == "-":
        return "\\-"
    part = "".join("\\" + c if c in marks + "\\" else c for c in part)
    part = part.replace("\n", "\\n").replace("\r", "\\r")
    return re.sub(r"\A +| +\Z", lambda m: "\\ " * len(m[0]), part)


def _unescaped(part: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), part, flags=re.DOTALL)


class _Quotes:
    """Finds quotations in a text, and writes spans as quotations that are found again."""

    def __init__(self, text: str):
        self.text = text
        spans = words(text)
        self.starts, self.ends = {s.start for s in spans}, {s.end for s in spans}
        self.cues: set[Span] = set()
        self.found: dict[str, list[Span]] = {}  # by quotation
        self.passed: dict[Span, int] = {}  # by a quotation's first place, how many of its places are taken

    def candidates(self, quote: str) -> list[Span]:
        """Where ``quote`` stands as whole words; where it never does, every place it stands."""
        if quote not in self.found:
            found, at = [], self.text.find(quote)
            while at >= 0:
                found.append(Span(at, at + len(quote)))
                at = self.text.find(quote, at + 1)
            whole = [span for span in found if span.start in self.starts and span.end in self.ends]
            self.found[quote] = whole or found
        return self.found[quote]

    def next_cue(self, candidates: list[Span]) -> Span:
        """The first that no cue has taken; the first of all where every one is taken."""
        place = self.passed.get(candidates[0], 0)
        while place < len(candidates) and candidates[place] in self.cues:
            place += 1
        self.passed[candidates[0]] = place
        return candidates[place] if place < len(candidates) else candidates[0]

    def nearest_to(self, cue: Span):
        def gap(span: Span) -> int:
            return max(span.start - cue.end, cue.start - span.end)

        def pick(candidates: list[Span]) -> Span:
            """The nearest that does not overlap the cue; of two as near, the one before it."""
            length = candidates[0].end - candidates[0].start
            before = bisect_right(candidates, cue.start - length, key=_start) - 1
            after = bisect_left(candidates, cue.end, key=_start)
            beside = [*candidates[max(before, 0) : before + 1], *candidates[after : after + 1]]
            return min(beside, key=gap, default=candidates[0])

        return pick

    @staticmethod
    def first(candidates: list[Span]) -> Span:
        return candidates[0]

    def write(self, span: Span, pick) -> str:
        quote = span.of(self.text)
        candidates = self.candidates(quote)
        if pick(candidates) == span:
            return _escaped(quote)
        place = bisect_left(candidates, span.start, key=_start)
        number = place + 1 if candidates[place : place + 1] == [span] else f"@{span.start}"
        return f"{_escaped(quote)}^{number}"

    def read(self, part: str, pick) -> Span:
        match = _PLACED.fullmatch(part)
        if not match or not match[1]:
            remedy = "quote the text, then ^2 for its second place, and write \\^ for ^"
            raise ValueError(f"«{part}» is no quotation; {remedy}")
        quote = _unescaped(match[1])
        candidates = self.candidates(quote)
        if not candidates:
            raise ValueError(f"«{quote}» is not in the text; quote it exactly, without brackets")
        if match[3] is None:
            return pick(candidates)
        number = int(match[3])
        if match[2]:
            if not self.text.startswith(quote, number):
                raise ValueError(f"«{quote}» is not at offset {number}; correct it")
            return Span(number, number + len(quote))
        if not 1 <= number <= len(candidates):
            raise ValueError(f"«{quote}» occurs {len(candidates)} times, not {number}; correct the number after ^")
        return candidates[number - 1]


class _Record:
    """Parses the lines of one record; ``first`` is the file's number of its first line."""

    def __init__(self, path: str | Path, lines: list[str], first: int):
        self.path, self.lines, self.first = path, lines, first

    def fail(self, index: int, problem: str):
        raise FileError(self.path, self.first + index, problem)

    def article(self) -> Article:
        places = enumerate(self.lines)
        body = next((i for i, line in places if not line.startswith(_ID)), len(self.lines))
        frames = next((i for i in range(body, len(self.lines)) if self.lines[i].startswith(_MARKS)), len(self.lines))
        id = _unescaped(self.trimmed(0))
        if not id.strip():
            self.fail(0, f"has no id; write a unique one after {_ID}")
        meta, named = self.header(body)
        text, entities = self.body(body, frames)
        stances, claims = self.frames(frames, _Quotes(text))
        found = {"entities": entities, "stances": stances, "claims": claims}
        layers = named if named is not None else [*_USUAL_LAYERS, *(["claims"] if claims else [])]
        for name, items in found.items():
            if items and name not in layers:
                self.fail(0, f"has {name} but its layers line does not name them; name every annotated layer")
        return Article(id, text, meta=meta, **{name: found[name] for name in layers})

    def trimmed(self, index: int) -> str:
        return _TRIMMED.fullmatch(self.lines[index][len(_ID) :])[1]

    def header(self, end: int) -> tuple[dict, list[str] | None]:
        """The meta data, and the layers where they are named."""
        meta, layers = {}, None
        for i in range(1, end):
            line = self.trimmed(i)
            if line.startswith("layers:"):
                layers = line.removeprefix("layers:").replace(",", " ").split()
                if unknown := set(layers) - set(LAYERS):
                    self.fail(i, f"names unknown layers {', '.join(sorted(unknown))}; use {', '.join(LAYERS)}")
                continue
            try:
                meta = json.loads(line)
            except (ValueError, RecursionError) as error:
                self.fail(i, f'is not a JSON object ({error}); write {_ID} {{"source": ...}}')
            if not isinstance(meta, dict):
                self.fail(i, "is not a JSON object; write it in braces")
        return meta, layers

    def body(self, start: int, end: int) -> tuple[str, list[Entity]]:
        while start < end and not self.lines[end - 1].strip():
            end -= 1
        while start < end and not self.lines[start].strip():
            start += 1
        for i in range(start, end):
            if _MARKED.match(self.lines[i]):
                self.fail(i, "a mark after white space; start the line with it, or write \\ before a line of the text")
        marked = "\n".join(self.lines[start:end])
        pieces, length, line, entities = [], 0, start, []
        opened: list[tuple[int, str, int, int]] = []
        for token in _TOKEN.finditer(marked):
            if token["label"]:
                opened.append((len(entities), token["label"], length, line))
                entities.append(None)
            elif token["bracket"] == "]" and opened:
                place, label, begin, _ = opened.pop()
                if begin == length:
                    self.fail(line, f"[{label} ] is empty; put the words inside")
                entities[place] = Entity(begin, length, label)
            elif token["bracket"] == "]":
                self.fail(line, "closes a bracket that was never opened; write \\] for a bracket of the text")
            elif token["bracket"]:
                self.fail(line, "a bracket without «LABEL »; write [LABEL words], or \\[ for a bracket of the text")
            else:
                pieces.append(token["plain"] or _unescaped(token[0]))
                length += len(pieces[-1])
                line += token[0].count("\n")
        if opened:
            self.fail(opened[-1][3], f"[{opened[-1][1]} is never closed; add ]")
        return "".join(pieces), entities

    def frames(self, start: int, quotes: _Quotes) -> tuple[list[Stance], list[Claim]]:
        stances: list[Stance] = []
        claims: list[Claim] = []
        for i in range(start, len(self.lines)):
            line = self.lines[i]
            if not line.strip():
                continue
            parts = [_TRIMMED.fullmatch(part)[1] for part in _PART.findall(line[len(_FRAME) :])]
            try:
                if line.startswith(_FRAME):
                    stances.append(self.frame(parts, quotes))
                elif line.startswith(_CLAIM):
                    claims.append(self.claim(parts, quotes))
                else:
                    raise ValueError(f"text after the frames; put it above the first «{_FRAME}» line")
            except ValueError as error:
                self.fail(i, str(error))
        return stances, claims

    def frame(self, parts: list[str], quotes: _Quotes) -> Stance:
        if len(parts) != 4:
            raise ValueError(f"has {len(parts)} fields; write polarity | cue | holder | target, - for an absent one")
        if parts[0] not in STANCE_LABELS:
            raise ValueError(f"{parts[0]!r} is not a polarity; use {', '.join(STANCE_LABELS)}")
        cue = quotes.read(parts[1], quotes.next_cue)
        quotes.cues.add(cue)
        near = quotes.nearest_to(cue)
        holder, target = (None if part == "-" else quotes.read(part, near) for part in parts[2:])
        return Stance(parts[0], cue, holder, target)

    def claim(self, parts: list[str], quotes: _Quotes) -> Claim:
        if len(parts) < 2 or parts[0] not in CLAIM_LABELS:
            raise ValueError(f"write label | claim | evidence ..., the label one of {', '.join(CLAIM_LABELS)}")
        if not parts[1].strip():
            raise ValueError("has an empty claim; give a sentence")
        spans = [quotes.read(part, quotes.first) for part in parts[2:]]
        return Claim(_unescaped(parts[1]), parts[0], tuple(Evidence(span.start, span.end) for span in spans))
