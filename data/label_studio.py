"""Label Studio: its JSON export, and tasks to import with annotations or, where there are scores, with predictions.

The labeling configuration that goes with the tasks (list the entity types of your corpus):

    <View>
      <Labels name="entities" toName="text"><Label value="PERS"/><Label value="ORG"/> ... </Labels>
      <Labels name="stances" toName="text">
        <Label value="favor"/><Label value="against"/><Label value="neutral"/>
        <Label value="holder"/><Label value="target"/>
      </Labels>
      <Relations><Relation value="holder"/><Relation value="target"/></Relations>
      <Text name="text" value="$text"/>
    </View>

A stance frame is a cue region (labelled with the polarity) and relations from it to its holder and target, which may
also be entity regions. Ids, meta data and the names of the known layers travel in the task's data. Claims cannot be
held.

Label Studio counts UTF-16 code units, but some versions count code points, and spans of right-to-left text have been
exported one character off or past the end (HumanSignal/label-studio issues 1347, 2007 and 2653, label-studio-converter
issue 37). So every span is checked against the text that its region repeats, and moved there when only one place fits.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from statistics import mean
from typing import Any

import regex

from .article import LAYERS, Article, Entity, Span
from .frames import PARTS, ROLES, Mark, frames
from .jsonl import FileError, read_text, report, write_text
from .parts import has, refuse

_STANCES = "stances"
_NEAR = 2

_log = logging.getLogger(__name__)


def read_label_studio(path: str | Path, on_fault: Callable[[FileError], None] | None = None) -> Iterator[Article]:
    """The Articles of a JSON export.

    A task's annotation is read, or else its prediction with its scores. Without layer names in the task's data, the
    layers are entities, and stances where there is one; a task with neither annotation nor prediction has none.

    Args:
        on_fault: called with the fault of each broken task, which is then passed over; without it the first raises.

    Raises:
        FileError: the file is no export, or a task or region is none that an Article can hold, or a span does not fit
            the text that it repeats and neither does exactly one other place.
    """
    try:
        tasks = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(path, None, f"is not JSON ({error}); export the project as JSON") from error
    for number, task in enumerate(tasks if isinstance(tasks, list) else [tasks], 1):
        try:
            article = _Task(path, number, task).article()
        except FileError as error:
            report(error, on_fault)
        else:
            yield article


def write_label_studio(path: str | Path, articles: Iterable[Article]) -> None:
    """Write Articles as tasks to import.

    Raises:
        RecordError: an article has claims, or half a character; nothing is written.
    """
    ids = count(1)
    write_text(path, json.dumps([_task(article, ids) for article in articles], ensure_ascii=False, indent=1) + "\n")


def _task(article: Article, ids: Iterator[int]) -> dict[str, Any]:
    refuse(article, ["claims"], "Label Studio")
    data: dict[str, Any] = {"text": article.text, "id": article.id}
    if article.meta:
        data["meta"] = article.meta
    layers = [name for name in LAYERS if getattr(article, name) is not None]
    if not layers:
        return {"data": data}
    data["layers"] = layers
    result = _result(article, ids)
    if has(article, "scores"):
        score = mean(region["score"] for region in result if "score" in region)
        return {"data": data, "predictions": [{"model_version": "qawl", "score": score, "result": result}]}
    return {"data": data, "annotations": [{"result": result}]}


def _result(article: Article, ids: Iterator[int]) -> list[dict[str, Any]]:
    """The regions and relations of an article; ``ids`` numbers the regions of the whole file."""
    units = _units(article.text)
    result: list[dict[str, Any]] = []

    def add(control: str, label: str, span: Span, score: float | None = None) -> str:
        value = {"start": units[span.start], "end": units[span.end], "text": span.of(article.text), "labels": [label]}
        region = {"id": f"r{next(ids)}", "from_name": control, "to_name": "text", "type": "labels", "value": value}
        result.append(region if score is None else region | {"score": score})
        return region["id"]

    for entity in article.entities or ():
        add("entities", entity.label, entity, entity.score)
    for stance in article.stances or ():
        cue = add(_STANCES, stance.label, stance.cue, stance.score)
        for role, span in zip(ROLES, (stance.holder, stance.target)):
            if span:
                to = add(_STANCES, role, span)
                result.append({"type": "relation", "from_id": cue, "to_id": to, "direction": "right", "labels": [role]})
    return result


def _units(text: str) -> list[int]:
    """The UTF-16 offset of every code point, and of the end."""
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if character > "\uffff" else 1))
    return offsets


class _Task:
    """Reads one task; ``number`` is its place in the file, from 1."""

    def __init__(self, path: str | Path, number: int, task: Any):
        self.path, self.place = path, f"task {number}"
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            self.fail("has no data object; export the project as JSON, not as JSON-MIN")
        self.task, self.data = task, task["data"]
        self.text = self.data.get("text")
        if not isinstance(self.text, str):
            self.fail("has no text in its data; call the field of the article's text «text»")
        ids = (self.data.get("id"), task.get("id"), f"{Path(path).stem}-{number}")
        self.id = str(next(id for id in ids if id is not None))
        if not self.id.strip():
            self.fail("has an empty id in its data; give a unique one")
        self.points = {offset: i for i, offset in enumerate(_units(self.text))}

    def fail(self, problem: str):
        raise FileError(self.path, None, f"{self.place}: {problem}")

    def article(self) -> Article:
        meta = {key: value for key, value in self.data.items() if key not in ("text", "id", "meta", "layers")}
        meta |= self.data["meta"] if isinstance(self.data.get("meta"), dict) else {}
        result, scored = self.result()
        if result is None:
            return Article(self.id, self.text, meta=meta)
        entities: list[Entity] = []
        marks: dict[str, Mark] = {}
        for region in result:
            if region["type"] == "labels":
                mark = self.mark(region, scored)
                if marks.setdefault(region["id"], mark) is not mark:
                    self.fail(f"{mark.name} is there twice; label it by one control only")
                if mark.part is None:
                    labels = region["value"]["labels"]
                    entities += [Entity(mark.span.start, mark.span.end, label, mark.score) for label in labels]
        relations = [item for item in result if item["type"] == "relation"]
        try:
            stances = frames(marks, [(r["from_id"], r["to_id"], *(r.get("labels") or [None])[:1]) for r in relations])
        except ValueError as error:
            self.fail(str(error))
        layers = self.data["layers"] if isinstance(self.data.get("layers"), list) else ["entities"]
        return Article(
            self.id,
            self.text,
            entities if entities or "entities" in layers else None,
            stances if stances or "stances" in layers else None,
            meta=meta,
        )

    def mark(self, region: dict, scored: bool) -> Mark:
        name, labels, score = f"region {region['id']!r}", region["value"]["labels"], region.get("score")
        part = labels[0] if region.get("from_name") == _STANCES else None
        if part and (len(labels) > 1 or part not in PARTS):
            self.fail(f"{name} has the labels {', '.join(labels)}; give it one of {', '.join(PARTS)}")
        if not scored or score is None:
            return Mark(name, self.span(region), part)
        if isinstance(score, bool) or not isinstance(score, (int, float)) or not 0 <= score <= 1:
            self.fail(f"{name} has score {score!r}, not a number from 0 to 1; correct it or remove it")
        return Mark(name, self.span(region), part, float(score))

    def result(self) -> tuple[list[dict] | None, bool]:
        """The items of the task's one annotation or else prediction, and whether their scores count."""
        for key, scored in (("annotations", False), ("predictions", True)):
            found = self.task[key] if isinstance(self.task.get(key), list) else []
            found = [item for item in found if isinstance(item, dict) and not item.get("was_cancelled")]
            if len(found) > 1:
                self.fail(f"has {len(found)} {key}; keep the one that counts")
            if found:
                items = found[0].get("result")
                if not isinstance(items, list) or not all(map(self.is_item, items)):
                    self.fail(f"has {key} with other results than labels on text and relations; export only those")
                return items, scored
        return None, False

    @staticmethod
    def is_item(item: Any) -> bool:
        if not isinstance(item, dict):
            return False
        value = item.get("value")
        relation = item.get("type") == "relation"
        labels = item.get("labels") or [] if relation else value.get("labels") if isinstance(value, dict) else None
        named = isinstance(labels, list) and all(isinstance(label, str) and label.strip() for label in labels)
        if relation:
            return named and isinstance(item.get("from_id"), str) and isinstance(item.get("to_id"), str)
        return bool(item.get("type") == "labels" and isinstance(item.get("id"), str) and named and labels)

    def span(self, region: dict) -> Span:
        """Where the region lies; its own offsets if they fit its text, else the one place that does."""
        value = region["value"]
        start, end, quote = value.get("start"), value.get("end"), value.get("text")
        if type(start) is not int or type(end) is not int:
            self.fail(f"region {region['id']!r} has no start and end numbers; label a Text tag, not HyperText")
        own = [(self.points.get(start), self.points.get(end)), (start, end)]
        own = [None if None in pair or not 0 <= pair[0] < pair[1] <= len(self.text) else Span(*pair) for pair in own]
        if not quote or not isinstance(quote, str):
            if own[0]:
                return own[0]
            problem = f"region {region['id']!r}, {start}..{end}, is not inside the text and repeats none"
            self.fail(f"{problem}; mark it again")
        pattern = self.pattern(quote)
        for span in own:
            if span and pattern.fullmatch(span.of(self.text)):
                return span
        places = [Span(*match.span()) for match in pattern.finditer(self.text, overlapped=True)]
        near = [span for span in places if abs(span.start - self.points.get(start, start)) <= _NEAR]
        if len(places) == 1 or len(near) == 1:
            span = (places if len(places) == 1 else near)[0]
            where = f"{self.path}: {self.place}: region {region['id']!r}"
            _log.warning("%s moved from %d..%d to its text at %d..%d", where, start, end, span.start, span.end)
            return span
        found = f"stands at {len(places)} places" if places else "is not in the text"
        self.fail(f"region {region['id']!r}, {start}..{end}, repeats «{quote}», which {found}; mark it again")

    @staticmethod
    def pattern(quote: str) -> regex.Pattern:
        """Finds the quotation whatever its white space, as a line break may be repeated as ``\\n`` in two letters."""
        gap = r"(?:\s|\\n)+"
        return regex.compile(gap.join(regex.escape(piece) for piece in regex.split(gap, quote)))
