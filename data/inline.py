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
cue: the first one that no earlier ``>>>`` line has taken); ``^2`` after it picks the second, and so on, and ``^@57`` the
one at offset 57. A ``???`` line holds a claim: label, claim, evidence spans.

In the text ``\\`` escapes ``[``, ``]``, ``\\`` and a line that starts like one of these marks; ``\\n`` and ``\\r`` are line
breaks. In frame lines it also escapes ``|``, ``^`` and a lone ``-``. Scores cannot be held.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from .article import CLAIM_LABELS, STANCE_LABELS, Article, Claim, Entity, RecordError, Span, Stance
from .jsonl import FileError, read_text
from .words import words

_ID, _FRAME, _CLAIM = "### ", ">>> ", "??? "
_ENTITY_START = re.compile(r"\[([^\s\[\]\\]+) ")
_USUAL_LAYERS = ("entities", "stances")


def read_inline(path: str | Path) -> Iterator[Article]:
    """The Articles of a file in inline brackets.

    Raises:
        FileError: naming the line of an unclosed bracket, a quotation that the text lacks, or any other fault.
    """
    lines = read_text(path).split("\n")
    starts = [i for i, line in enumerate(lines) if line.startswith(_ID) and not (i and lines[i - 1].startswith(_ID))]
    if any(line.strip() for line in lines[: starts[0] if starts else None]):
        raise FileError(path, 1, f"text before the first record; start each record with «{_ID}ID»")
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        yield _Record(path, lines[start:end], start + 1).article()


def write_inline(path: str | Path, articles: Iterable[Article]) -> None:
    """Write Articles in inline brackets.

    Raises:
        RecordError: an article has what the format cannot hold: scores, or entities that cross.
    """
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        stream.write("\n".join(to_inline(article) for article in articles))


def to_inline(article: Article) -> str:
    """One article in inline brackets, ending in a line break."""
    _refuse_scores(article)
    lines = [_ID + _escape_line(article.id)]
    layers = [name for name in ("entities", "stances", "claims") if getattr(article, name) is not None]
    if article.meta:
        lines.append(_ID + json.dumps(article.meta, ensure_ascii=False))
    if tuple(name for name in layers if name != "claims") != _USUAL_LAYERS or article.claims == ():
        lines.append(f"{_ID}layers: {', '.join(layers)}")
    lines.append(_bracketed(article))
    quotes = _Quotes(article.text)
    for stance in article.stances or ():
        cue = quotes.write(stance.cue, quotes.next_cue)
        quotes.cues.append(stance.cue)
        near = quotes.nearest_to(stance.cue)
        roles = [quotes.write(span, near) if span else "-" for span in (stance.holder, stance.target)]
        lines.append(_FRAME + " | ".join([stance.label, cue, *roles]))
    for claim in article.claims or ():
        evidence = [quotes.write(span, quotes.first) for span in claim.evidence]
        lines.append(_CLAIM + " | ".join([claim.label, _escape_part(claim.claim), *evidence]))
    return "\n".join(lines) + "\n"


def _refuse_scores(article: Article) -> None:
    for name in ("entities", "stances", "claims"):
        if any(item.score is not None for item in getattr(article, name) or ()):
            raise RecordError(article.id, name, "inline brackets cannot hold scores", "drop the scores first")


def _bracketed(article: Article) -> str:
    """The text with its entities in brackets, marks escaped."""
    opening: dict[int, list[str]] = {}
    closing: dict[int, int] = {}
    open_ends: list[int] = []
    for entity in article.entities or ():
        open_ends = [end for end in open_ends if end > entity.start]
        if open_ends and entity.end > min(open_ends):
            quoted = entity.of(article.text)
            raise RecordError(article.id, "entities", f"«{quoted}» crosses another entity", "nest them")
        if not _ENTITY_START.fullmatch(f"[{entity.label} "):
            raise RecordError(article.id, "entities", f"label {entity.label!r} has spaces or brackets", "rename it")
        open_ends.append(entity.end)
        opening.setdefault(entity.start, []).append(f"[{entity.label} ")
        closing[entity.end] = closing.get(entity.end, 0) + 1
    pieces = []
    for i, character in enumerate(article.text):
        pieces.append("]" * closing.get(i, 0) + "".join(opening.get(i, ())))
        pieces.append(_TEXT_ESCAPES.get(character, character))
    pieces.append("]" * closing.get(len(article.text), 0))
    lines = "".join(pieces).split("\n")
    lines = ["\\" + line if line.startswith((_ID, _FRAME, _CLAIM)) else line for line in lines]
    text = "\n".join(lines)
    core = text.strip("\n")
    leading = len(text) - len(text.lstrip("\n"))
    return "\\n" * leading + core + "\\n" * (len(text) - leading - len(core) if core else 0)


_TEXT_ESCAPES = {"[": "\\[", "]": "\\]", "\\": "\\\\", "\r": "\\r"}
_PART_ESCAPES = {"|": "\\|", "^": "\\^", "\\": "\\\\", "\n": "\\n", "\r": "\\r"}


def _escape_line(line: str) -> str:
    return line.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _escape_part(part: str) -> str:
    """A field of a ``>>>`` or ``???`` line; its outer spaces are escaped because fields are stripped."""
    escaped = "".join(_PART_ESCAPES.get(c, c) for c in part)
    if part == "-":
        return "\\-"
    head = "".join("\\" + c for c in escaped[: len(escaped) - len(escaped.lstrip())])
    tail_length = len(escaped) - len(escaped.rstrip()) if escaped.strip() else 0
    tail = "".join("\\" + c for c in escaped[len(escaped) - tail_length :]) if tail_length else ""
    return head + escaped.strip() + tail


def _unescape(escaped: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), escaped, flags=re.DOTALL)


class _Quotes:
    """Finds quotations in a text, and writes spans as quotations that are found again."""

    def __init__(self, text: str):
        self.text = text
        spans = words(text)
        self.starts, self.ends = {s.start for s in spans}, {s.end for s in spans}
        self.cues: list[Span] = []

    def candidates(self, quote: str) -> list[Span]:
        """Where ``quote`` stands as whole words; where it never does, every place it stands."""
        found, at = [], self.text.find(quote)
        while at >= 0:
            found.append(Span(at, at + len(quote)))
            at = self.text.find(quote, at + 1)
        whole = [span for span in found if span.start in self.starts and span.end in self.ends]
        return whole or found

    def next_cue(self, candidates: list[Span]) -> Span:
        return next((span for span in candidates if span not in self.cues), candidates[0])

    def nearest_to(self, cue: Span):
        def gap(span: Span) -> int:
            return max(span.start - cue.end, cue.start - span.end)

        def pick(candidates: list[Span]) -> Span:
            return min((c for c in candidates if not c.overlaps(cue)), key=gap, default=candidates[0])

        return pick

    @staticmethod
    def first(candidates: list[Span]) -> Span:
        return candidates[0]

    def write(self, span: Span, pick) -> str:
        quote = span.of(self.text)
        candidates = self.candidates(quote)
        if pick(candidates) == span:
            return _escape_part(quote)
        place = candidates.index(span) + 1 if span in candidates else f"@{span.start}"
        return f"{_escape_part(quote)}^{place}"

    def read(self, part: str, pick) -> Span:
        match = re.fullmatch(r"(.*?)(?:(?<!\\)((?:\\\\)*)\^(@?)(\d+))?", part, re.DOTALL)
        quote = _unescape(match[1] + (match[2] or ""))
        candidates = self.candidates(quote) if quote else []
        if not candidates:
            raise ValueError(f"«{quote}» is not in the text; quote it exactly, without brackets")
        if match[4] is None:
            return pick(candidates)
        number = int(match[4])
        if match[3]:
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
        header = [line.removeprefix(_ID) for line in self.lines if line.startswith(_ID)]
        body_start = len(header)
        body_end = next(
            (i for i, line in enumerate(self.lines) if line.startswith((_FRAME, _CLAIM))), len(self.lines)
        )
        meta, layers = self.header(header)
        text, entities = self.body(body_start, body_end)
        stances, claims = self.frames(body_end, _Quotes(text))
        if (entities and "entities" not in layers) or (stances and "stances" not in layers):
            self.fail(0, "has annotation in a layer that its layers line leaves out; name every annotated layer")
        return Article(
            id=_unescape(header[0]).strip(),
            text=text,
            entities=tuple(entities) if "entities" in layers else None,
            stances=tuple(stances) if "stances" in layers else None,
            claims=tuple(claims) if claims or "claims" in layers else None,
            meta=meta,
        )

    def header(self, header: list[str]) -> tuple[dict, tuple[str, ...]]:
        meta, layers = {}, _USUAL_LAYERS
        for i, line in enumerate(header[1:], 1):
            if line.startswith("layers:"):
                layers = tuple(name for name in line.removeprefix("layers:").replace(",", " ").split())
                if unknown := set(layers) - {"entities", "stances", "claims"}:
                    self.fail(i, f"unknown layer {sorted(unknown)}; use entities, stances, claims")
                continue
            try:
                meta = json.loads(line)
            except json.JSONDecodeError as error:
                self.fail(i, f"is not a JSON object ({error.msg}); write {_ID}{{\"source\": ...}}")
            if not isinstance(meta, dict):
                self.fail(i, "is not a JSON object; write it in braces")
        return meta, layers

    def body(self, start: int, end: int) -> tuple[str, list[Entity]]:
        while end > start and not self.lines[end - 1].strip():
            end -= 1
        marked = "\n".join(self.lines[start:end])
        text: list[str] = []
        opened: list[tuple[int, str, int, int]] = []
        entities: list[tuple[int, Entity]] = []
        i = order = 0
        line = start
        while i < len(marked):
            character = marked[i]
            line += character == "\n"
            if character == "\\" and i + 1 < len(marked):
                text.append(_unescape(marked[i : i + 2]))
                line += marked[i + 1] == "\n"
                i += 2
            elif character == "[":
                match = _ENTITY_START.match(marked, i)
                if not match:
                    self.fail(line, "a bracket without «LABEL »; write [LABEL words], or \\[ for a bracket of the text")
                opened.append((len(text), match[1], line, order))
                order += 1
                i = match.end()
            elif character == "]":
                if not opened:
                    self.fail(line, "closes a bracket that was never opened; write \\] for a bracket of the text")
                begin, label, _, place = opened.pop()
                if begin == len(text):
                    self.fail(line, f"[{label} ] is empty; put the words inside")
                entities.append((place, Entity(begin, len(text), label)))
                i += 1
            else:
                text.append(character)
                i += 1
        if opened:
            self.fail(opened[-1][2], f"[{opened[-1][1]} is never closed; add ]")
        return "".join(text), [entity for _, entity in sorted(entities, key=lambda pair: pair[0])]

    def frames(self, start: int, quotes: _Quotes) -> tuple[list[Stance], list[Claim]]:
        stances: list[Stance] = []
        claims: list[Claim] = []
        for i in range(start, len(self.lines)):
            line = self.lines[i]
            if not line.strip():
                continue
            parts = [part.strip(" ") for part in re.split(r"(?<!\\)(?:\\\\)*\|", line[len(_FRAME) :])]
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
        quotes.cues.append(cue)
        near = quotes.nearest_to(cue)
        holder, target = (None if part == "-" else quotes.read(part, near) for part in parts[2:])
        return Stance(parts[0], cue, holder, target)

    def claim(self, parts: list[str], quotes: _Quotes) -> Claim:
        if len(parts) < 2 or parts[0] not in CLAIM_LABELS:
            raise ValueError(f"write label | claim | evidence ..., the label one of {', '.join(CLAIM_LABELS)}")
        evidence = tuple(quotes.read(part, quotes.first) for part in parts[2:])
        return Claim(_unescape(parts[1]), parts[0], evidence)
