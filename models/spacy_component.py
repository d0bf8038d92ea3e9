"""Qawl in a spaCy pipeline: ``nlp.add_pipe("qawl", config={"checkpoint": FOLDER})``.

A document then has ``doc.ents``, the outermost entities; ``doc.spans["entities"]``, all of them; ``doc._.stances``, the
stance frames with their parts as spans; and ``doc._.article``, the tagged Article itself, whose offsets are exact. spaCy
cuts words in other places, so a span is widened to whole tokens where the two differ. What is kept with the document is
the article's record as JSON (``doc.user_data["qawl"]``), so that documents can be stored, copied and sent to other processes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

import data.article
from data.article import Article

from .tagger import Tagger

_KEY = "qawl"


@dataclass(frozen=True)
class DocStance:
    """A stance frame of a document: as ``data.article.Stance``, its parts as spans of the document."""

    label: str
    cue: Span
    holder: Span | None
    target: Span | None
    score: float | None


@Language.factory("qawl", assigns=["doc.ents", "doc.spans", "doc._.stances", "doc._.article"])
class QawlComponent:
    """Tags documents with a checkpoint.

    Args:
        checkpoint: folder that ``python -m training`` wrote.
        precision: see ``Tagger``.

    Raises:
        CheckpointError: the folder holds no checkpoint.
    """

    def __init__(self, nlp: Language, name: str, checkpoint: str, precision: str = "auto"):
        self.tagger = Tagger.from_pretrained(checkpoint, precision)

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, docs: Iterable[Doc], batch_size: int = 64) -> Iterator[Doc]:
        """Tag documents as they come; ``batch_size`` is spaCy's and changes nothing, windows are batched by length."""
        docs = iter(docs)
        waiting: list[Doc] = []

        def articles() -> Iterator[Article]:
            for doc in docs:
                waiting.append(doc)
                yield Article("doc", doc.text)

        for article in self.tagger.stream(articles()):
            yield _annotated(waiting.pop(0), article)


def _annotated(doc: Doc, article: Article) -> Doc:
    entities = [_span(doc, entity, entity.label) for entity in article.entities or ()]
    doc.spans["entities"] = entities
    doc.set_ents(filter_spans(entities))
    doc.user_data[_KEY] = json.dumps(article.to_record())
    return doc


def _span(doc: Doc, part: data.article.Span | None, label: str = "") -> Span | None:
    return part and doc.char_span(part.start, part.end, label=label, alignment_mode="expand")


def _article(doc: Doc) -> Article | None:
    """None for a document that was not tagged."""
    return Article.from_record(json.loads(doc.user_data[_KEY])) if _KEY in doc.user_data else None


def _stances(doc: Doc) -> tuple[DocStance, ...] | None:
    article = _article(doc)
    return article and tuple(
        DocStance(s.label, _span(doc, s.cue), _span(doc, s.holder), _span(doc, s.target), s.score)
        for s in article.stances or ()
    )


Doc.set_extension("article", getter=_article, force=True)
Doc.set_extension("stances", getter=_stances, force=True)
