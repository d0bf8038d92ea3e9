"""brat standoff: a folder with a ``.txt`` and an ``.ann`` file for each article (brat.nlplab.org/standoff.html).

Entities are text-bound annotations. A stance frame is an event: its trigger is the cue, its type ``Favor``, ``Against``
or ``Neutral``, its arguments ``Holder`` and ``Target``, which point to annotations of those types or to entities.
Offsets are code points. An annotation that runs over a line break is written in fragments, as brat does, and joined in
reading.

Files are named after ids. ``annotation.conf`` lists the types, and so says which layers a folder's articles have.
Meta data, scores and claims cannot be held; annotators' notes (``#``) are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .article import STANCE_LABELS, Article, Entity, RecordError, Span, Stance
from .guideline import ENTITY_TYPES
from .jsonl import FileError, report
from .parts import refuse

_POLARITIES = {label.capitalize(): label for label in STANCE_LABELS}
_ROLES = ("Holder", "Target")
_OURS = {*_POLARITIES, *_ROLES}
_LONGEST_NAME = 255  # bytes of a file name on most systems
_CONFIG = "annotation.conf"


def read_brat(path: str | Path, on_fault: Callable[[FileError], None] | None = None) -> Iterator[Article]:
    """The Articles of a folder in the order of their file names, or the one of an ``.ann`` file.

    Layers are those of the folder's ``annotation.conf``; without one, entities, and stances where there is an event.

    Args:
        on_fault: called with the fault of each broken article, which is then passed over; without it the first raises.

    Raises:
        FileError: a file is missing, or a line is none that an Article can hold.
    """
    path = Path(path)
    files = sorted(path.glob("*.ann")) if path.is_dir() else [path]
    if not files:
        raise FileError(path, None, "has no .ann files; name the folder that holds them beside their .txt files")
    layers = _read_config(files[0].parent / _CONFIG)
    for file in files:
        try:
            article = _Document(file).article(layers)
        except FileError as error:
            report(error, on_fault)
        else:
            yield article


def write_brat(path: str | Path, articles: Iterable[Article]) -> None:
    """Write Articles into a new folder, with the ``annotation.conf`` that brat needs to show them.

    Raises:
        FileError: the folder has annotations, which are never overwritten.
        RecordError: an article has what brat cannot hold, or other layers than the first; nothing is written.
    """
    path, articles = Path(path), list(articles)
    if any(path.glob("*.ann")):
        raise FileError(path, None, "has annotations already; name a new folder")
    files: dict[str, tuple[str, str]] = {}
    for article in articles:
        if _layers(article) != _layers(articles[0]):
            problem = "are not those of the first article, and brat configures a folder as a whole"
            raise RecordError(article.id, "layers", problem, "convert them apart, or --drop a layer")
        name = _file_name(article.id)
        if name in files:
            raise RecordError(article.id, "id", "is used twice, and files are named after it", "make ids unique")
        if len(f"{name}.txt".encode()) > _LONGEST_NAME:
            raise RecordError(article.id, "id", "is too long for a file's name", "shorten it")
        files[name] = article.text, _standoff(article)
    path.mkdir(parents=True, exist_ok=True)
    (path / _CONFIG).write_text(_config(articles), encoding="utf-8")
    for name, contents in files.items():
        for ending, content in zip((".txt", ".ann"), contents):
            (path / f"{name}{ending}").write_bytes(content.encode())


def _file_name(id: str) -> str:
    """The id with the characters that file names lack as %XX, as in a URL."""
    return re.sub(r'[%/\\:*?"<>|\x00-\x1f]|^\.', lambda m: f"%{ord(m[0]):02X}", id)


def _id(file_name: str) -> str:
    return re.sub(r"%([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), file_name)


def _layers(article: Article) -> list[str]:
    return [name for name in ("entities", "stances") if getattr(article, name) is not None]


def _config(articles: list[Article]) -> str:
    """An ``annotation.conf`` for the layers of ``articles``: the guideline's entity types and theirs, the frames."""
    layers = _layers(articles[0]) if articles else []
    labels = {entity.label: None for article in articles for entity in article.entities or ()}
    entities = [*(ENTITY_TYPES | labels)] if "entities" in layers else []
    arguments = ", ".join(f"{role}?:<ENTITY>" for role in _ROLES)
    frames = [f"{polarity} {arguments}" for polarity in _POLARITIES] if "stances" in layers else []
    overlap = "<OVERLAP> Arg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>"
    roles = list(_ROLES) if frames else []
    return "\n".join(
        ["[entities]", *entities, *roles, "", "[relations]", overlap, "", "[events]", *frames, "", "[attributes]", ""]
    )


def _read_config(path: Path) -> list[str] | None:
    """The layers that an ``annotation.conf`` has types for, or None without such a file."""
    if not path.is_file():
        return None
    section, types = "", {"entities": set(), "events": set()}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#") and section in types:
            types[section].add(line.split()[0].lstrip("!"))
    layers = {"entities": types["entities"] - _OURS, "stances": types["events"] & _OURS}
    return [name for name, found in layers.items() if found]


def _standoff(article: Article) -> str:
    """The lines of the article's ``.ann`` file."""
    refuse(article, ["meta", "scores", "claims"], "brat")
    lines: list[str] = []
    marks = 0

    def mark(label: str, span: Span) -> str:
        nonlocal marks
        marks += 1
        quoted = span.of(article.text)
        if quoted != quoted.strip("\n"):
            problem = f"span {span.start}..{span.end} starts or ends with a line break"
            raise RecordError(article.id, label, problem, "leave the line break outside the span")
        pieces = [(span.start + m.start(), span.start + m.end()) for m in re.finditer(r"[^\n]+", quoted)]
        places = ";".join(f"{start} {end}" for start, end in pieces)
        lines.append(f"T{marks}\t{label} {places}\t{_reference(article.text, pieces)}")
        return f"T{marks}"

    for entity in article.entities or ():
        if entity.label in _OURS or not re.fullmatch(r"[A-Za-z0-9_-]+", entity.label):
            problem = f"label {entity.label!r} is no entity type of brat"
            raise RecordError(article.id, "entities", problem, f"use Latin letters and _, but not {', '.join(_OURS)}")
        mark(entity.label, entity)
    for number, stance in enumerate(article.stances or (), 1):
        arguments = [f"{stance.label.capitalize()}:{mark(stance.label.capitalize(), stance.cue)}"]
        for role, span in zip(_ROLES, (stance.holder, stance.target)):
            if span:
                arguments.append(f"{role}:{mark(role, span)}")
        lines.append(f"E{number}\t{' '.join(arguments)}")
    return "".join(f"{line}\n" for line in lines)


def _reference(text: str, pieces: list[tuple[int, int]]) -> str:
    """The text that an annotation repeats, on one line."""
    return " ".join(text[start:end] for start, end in pieces).replace("\r", " ")


@dataclass
class _Mark:
    """A text-bound annotation, the line it stands on, and whether a frame uses it."""

    line: int
    label: str
    span: Span
    used: bool = False


class _Document:
    """Reads an ``.ann`` file beside its ``.txt`` file."""

    def __init__(self, path: Path):
        self.path = path
        self.text = self._decoded(path.with_suffix(".txt"))
        lines = self._decoded(path).removeprefix("\ufeff").split("\n")
        self.lines = {number: line.removesuffix("\r") for number, line in enumerate(lines, 1) if line.strip()}

    def _decoded(self, path: Path) -> str:
        try:
            return path.read_bytes().decode()
        except OSError as error:
            problem = f"cannot be read ({error.strerror}); put .txt and .ann in one folder"
            raise FileError(path, None, problem) from error
        except UnicodeDecodeError as error:
            raise FileError(path, None, f"is not UTF-8 at byte {error.start}; save it as UTF-8") from error

    def fail(self, line: int, problem: str):
        raise FileError(self.path, line, problem)

    def article(self, layers: list[str] | None) -> Article:
        marks: dict[str, _Mark] = {}
        for number, line in self.lines.items():
            if not line.startswith("T"):
                continue
            name, mark = line.split("\t")[0], self.mark(number, line)
            if marks.setdefault(name, mark) is not mark:
                self.fail(number, f"has the id {name} of line {marks[name].line}; give each its own")
        stances = [self.frame(n, line, marks) for n, line in self.lines.items() if line.startswith("E")]
        for number, line in self.lines.items():
            if line[0] not in "TE#":
                problem = f"«{line[:20]}» is no entity (T), event (E) or note (#)"
                self.fail(number, f"{problem}; an Article cannot hold it, remove it")
        for name, mark in marks.items():
            if mark.label in _OURS and not mark.used:
                self.fail(mark.line, f"{name} is a {mark.label} of no frame; make it part of an event, or remove it")
        entities = [Entity(m.span.start, m.span.end, m.label) for m in marks.values() if m.label not in _OURS]
        if layers is None:
            layers = ["entities", *(["stances"] if stances else [])]
        found = {"entities": entities, "stances": stances}
        for name, items in found.items():
            if items and name not in layers:
                raise FileError(self.path, None, f"has {name}, but {_CONFIG} has no types for them; add them there")
        return Article(_id(self.path.stem), self.text, **{name: found[name] for name in layers})

    def mark(self, number: int, line: str) -> _Mark:
        match = re.fullmatch(r"T\d+\t(\S+) (\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)\t(.*)", line, re.DOTALL)
        if not match:
            self.fail(number, "is no text-bound annotation; write ID, tab, TYPE START END, tab, the text")
        pieces = [tuple(map(int, piece.split())) for piece in match[2].split(";")]
        edges = [edge for piece in pieces for edge in piece]
        span = Span(edges[0], edges[-1])
        if edges != sorted(edges) or not span.start < span.end <= len(self.text):
            self.fail(number, f"{match[2]} is empty or outside the text of {len(self.text)} characters; correct it")
        if any(self.text[a[1] : b[0]].strip() for a, b in zip(pieces, pieces[1:])):
            self.fail(number, f"{match[2]} is discontinuous, which an Article cannot hold; mark one stretch of text")
        reference = _reference(self.text, pieces)
        if reference.strip() != match[3].strip():
            self.fail(number, f"marks «{reference}» but repeats «{match[3]}»; the .txt file has changed, restore it")
        return _Mark(number, match[1], span)

    def frame(self, number: int, line: str, marks: dict[str, _Mark]) -> Stance:
        arguments = [argument.partition(":")[::2] for argument in line.partition("\t")[2].split()]
        polarity = arguments[0][0] if arguments else ""
        if polarity not in _POLARITIES:
            self.fail(number, f"event type {polarity!r} is no polarity; use {', '.join(_POLARITIES)}, or remove it")
        spans: dict[str, Span] = {}
        for role, name in arguments:
            if role not in (polarity, *_ROLES) or role in spans:
                self.fail(number, f"argument {role}:{name} is one too many; a frame has a cue, a Holder and a Target")
            if name not in marks:
                self.fail(number, f"argument {role}:{name} is no text-bound annotation (T) of this file; point to one")
            marks[name].used = True
            spans[role] = marks[name].span
        return Stance(_POLARITIES[polarity], spans[polarity], *(spans.get(role) for role in _ROLES))
