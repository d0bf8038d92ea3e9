"""doccano: the JSONL of a sequence labelling project with relations (github.com/doccano/doccano).

    {"id": "a-1", "text": "…",
     "entities": [{"id": 1, "start_offset": 0, "end_offset": 3, "label": "stance:against"}, …],
     "relations": [{"id": 1, "from_id": 1, "to_id": 2, "type": "holder"}, …],
     "meta": {…}, "layers": ["entities", "stances"]}

A stance frame is a cue labelled ``stance:`` and its polarity, with relations of type ``holder`` and ``target`` to marks
labelled ``stance:holder`` and ``stance:target`` or to entities. doccano keeps ids, meta data and the names of the known
layers as columns of their own. Scores and claims cannot be held, nor an empty text.

The form without relations (``"label": [[0, 3, "ORG"]]``) is read too. Offsets are code points: leave the project's
option to count grapheme clusters as one character off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from .article import LAYERS, Article, Entity, RecordError, Span
from .frames import PARTS, ROLES, Mark, frames
from .jsonl import FileError, read_objects, report, write_text
from .parts import refuse

_PREFIX = "stance:"
_OWN = ("id", "text", "entities", "relations", "label", "labels", "Comments", "meta", "layers")


def read_doccano(path: str | Path, on_fault: Callable[[FileError], None] | None = None) -> Iterator[Article]:
    """The Articles of an export.

    Where no layers are named, they are entities, and stances where there is one. Comments are passed over; any further
    column becomes meta data.

    Args:
        on_fault: called with the fault of each broken line, which is then passed over; without it the first raises.

    Raises:
        FileError: the file cannot be read, or a line has a mark or relation that an Article cannot hold.
    """
    for number, record in read_objects(path, on_fault):
        try:
            article = _article(f"{Path(path).stem}-{number}", record)
        except ValueError as error:
            report(FileError(path, number, str(error)), on_fault)
        else:
            yield article


def write_doccano(path: str | Path, articles: Iterable[Article]) -> None:
    """Write Articles as lines to import.

    Raises:
        RecordError: an article has scores or claims, an empty text, half a character, or an entity type that begins
            like a part of a frame; nothing is written.
    """
    write_text(path, "".join([json.dumps(_record(article), ensure_ascii=False) + "\n" for article in articles]))


def _record(article: Article) -> dict[str, Any]:
    refuse(article, ["scores", "claims"], "doccano")
    if not article.text:
        raise RecordError(article.id, "text", "is empty, which doccano refuses", "leave the article out")
    marks: list[dict[str, Any]] = []
    relations: list[dict[str, Any]] = []

    def add(label: str, span: Span) -> int:
        marks.append({"id": len(marks) + 1, "start_offset": span.start, "end_offset": span.end, "label": label})
        return len(marks)

    for entity in article.entities or ():
        if entity.label.startswith(_PREFIX):
            raise RecordError(article.id, "entities", f"label {entity.label!r} is kept for frames", "rename it")
        add(entity.label, entity)
    for stance in article.stances or ():
        cue = add(_PREFIX + stance.label, stance.cue)
        for role, span in zip(ROLES, (stance.holder, stance.target)):
            if span:
                to = add(_PREFIX + role, span)
                relations.append({"id": len(relations) + 1, "from_id": cue, "to_id": to, "type": role})
    return {
        "id": article.id,
        "text": article.text,
        "entities": marks,
        "relations": relations,
        "meta": article.meta,
        "layers": [name for name in LAYERS if getattr(article, name) is not None],
    }


def _article(name: str, record: Any) -> Article:
    """The article of one line; ``name`` is its id if it has none. Any fault is a ValueError."""
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise ValueError("is no object with a text; export the project as JSONL")
    text, id = record["text"], str(name if record.get("id") is None else record["id"])
    if not id.strip():
        raise ValueError("has an empty id; give a unique one")
    entities: list[Entity] = []
    marks: dict[Any, Mark] = {}
    for place, item in enumerate(_items(record, "entities") or _plain(record)):
        label, span = _mark(item, text)
        part = label.removeprefix(_PREFIX) if label.startswith(_PREFIX) else None
        if part is not None and part not in PARTS:
            raise ValueError(f"mark {label!r} is no part of a frame; label it {_PREFIX} and one of {', '.join(PARTS)}")
        if part is None:
            entities.append(Entity(span.start, span.end, label))
        mark = Mark(f"mark {label!r} at {span.start}..{span.end}", span, part)
        if marks.setdefault(item.get("id", f"mark {place}"), mark) is not mark:
            raise ValueError(f"{mark.name} has the id of another one; give each its own")
    relations = _items(record, "relations")
    if not all(isinstance(r.get("type"), str) for r in relations):
        raise ValueError("has a relation without a type; give it one")
    stances = frames(marks, [(r.get("from_id"), r.get("to_id"), r["type"]) for r in relations])
    layers = record["layers"] if isinstance(record.get("layers"), list) else ["entities"]
    meta = {key: value for key, value in record.items() if key not in _OWN}
    return Article(
        id,
        text,
        entities if entities or "entities" in layers else None,
        stances if stances or "stances" in layers else None,
        meta=meta | (record["meta"] if isinstance(record.get("meta"), dict) else {}),
    )


def _items(record: dict, key: str) -> list[dict]:
    """A list of objects with ids that can be looked up; empty where the column is missing, or NaN as in exports."""
    items = record[key] if isinstance(record.get(key), list) else []
    ids = [item.get(name) for item in items if isinstance(item, dict) for name in ("id", "from_id", "to_id")]
    if not all(isinstance(item, dict) for item in items) or not all(isinstance(id, int | str | None) for id in ids):
        raise ValueError(f"has {key} that are no objects with ids; export the project as JSONL")
    return items


def _plain(record: dict) -> list[dict]:
    """The marks of the form without relations, which older exports call labels, as those of the form with them."""
    items = next((record[key] for key in ("label", "labels") if isinstance(record.get(key), list)), [])
    if not all(isinstance(item, list) and len(item) == 3 for item in items):
        raise ValueError("has a label that is not [START, END, TYPE]; export a sequence labelling project as JSONL")
    return [dict(zip(("start_offset", "end_offset", "label"), item)) for item in items]


def _mark(item: dict, text: str) -> tuple[str, Span]:
    label, start, end = item.get("label"), item.get("start_offset"), item.get("end_offset")
    if not isinstance(label, str) or not label.strip() or type(start) is not int or type(end) is not int:
        raise ValueError(f"has a mark without label, start_offset and end_offset ({item}); give it all three")
    if not 0 <= start < end <= len(text):
        problem = f"mark {label!r} at {start}..{end} is empty or outside the text of {len(text)} characters"
        raise ValueError(f"{problem}; count code points: no grapheme clusters in the project's settings")
    return label, Span(start, end)
