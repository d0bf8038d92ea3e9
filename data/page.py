"""A right-to-left HTML page of annotated articles, for readers.

Entities are coloured by type and nest; each stance frame is a card that says who, by which cue, what and with which
polarity, and that lights up its parts in the text. So is each claim, with the sentences that show the article's stance
to it, which are marked in the text. The page is one file without outside resources.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

from jinja2 import Environment, FileSystemLoader

from .article import Article
from .guideline import ENTITY_TYPES

TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
TEMPLATES.trim_blocks = TEMPLATES.lstrip_blocks = True


class Page:
    """Writes articles to an HTML page as they come; use it as a context manager.

    Args:
        stream: where the page goes, a text stream in UTF-8.
        title: the page's title.
    """

    def __init__(self, stream: TextIO, title: str):
        self.stream, self.title, self.count = stream, title, 0

    def __enter__(self) -> Page:
        head = TEMPLATES.get_template("head.html.j2")
        self.stream.write(head.render(title=self.title))
        return self

    def add(self, article: Article) -> None:
        self.count += 1
        self.stream.write(render(article, self.count))

    def __exit__(self, *_) -> None:
        self.stream.write("</main>\n</body>\n</html>\n")


def render(article: Article, number: int = 1) -> str:
    """The article as an HTML element, which ``article.css.j2`` styles."""
    frames = [_frame(article, i) for i in range(len(article.stances or ()))]
    claims = [
        {"number": i, "claim": claim, "evidence": [sentence.of(article.text) for sentence in claim.evidence]}
        for i, claim in enumerate(article.claims or ())
    ]
    return TEMPLATES.get_template("article.html.j2").render(
        article=article, nodes=_nodes(article), frames=frames, claims=claims, hues=_HUES, number=number
    )


_HUES = {label: round(i * 137.5) % 360 for i, label in enumerate(ENTITY_TYPES)}


def _frame(article: Article, number: int) -> dict[str, Any]:
    stance = article.stances[number]
    quoted = {
        part: span.of(article.text) if span else None
        for part, span in (("cue", stance.cue), ("holder", stance.holder), ("target", stance.target))
    }
    return {"number": number, "label": stance.label, "score": stance.score, **quoted}


def _nodes(article: Article) -> Iterator[dict[str, Any]]:
    """The text from start to end: entities that open and close, and between them stretches of text with the frame parts
    that they belong to. Not a tree, because entities may nest deeper than a template can call itself. Of entities that
    cross, the one that ends later is closed with the other and opened again."""
    parts = _parts(article)
    entities = list(reversed(article.entities or ()))
    edges = {0, len(article.text)}
    for span in [*(part["span"] for part in parts), *entities]:
        edges |= {span.start, span.end}
    opened, active = [], []
    for start, end in pairwise(sorted(edges)):
        ended = next((i for i, entity in enumerate(opened) if entity.end <= start), len(opened))
        going = [entity for entity in opened[ended:] if entity.end > start]
        for entity in reversed(opened[ended:]):
            yield {"closes": entity, "ends": entity.end <= start}
        for entity in going:
            yield {"opens": entity}
        opened[ended:] = going
        while entities and entities[-1].start == start:
            opened.append(entities.pop())
            yield {"opens": opened[-1]}
        active = [part for part in active if part["span"].end > start]
        while parts and parts[-1]["span"].start == start:
            active.append(parts.pop())
        names = " ".join(part["name"] for part in active)
        style = " ".join(dict.fromkeys(part["style"] for part in reversed(active) if part["style"]))
        yield {"text": article.text[start:end], "parts": names, "style": style}
    for entity in reversed(opened):
        yield {"closes": entity, "ends": True}


def _parts(article: Article) -> list[dict[str, Any]]:
    """Cue, holder and target of every frame and the evidence for every claim, the last in the text first.

    A cue and evidence have the style of their polarity.
    """
    parts = [
        {"span": span, "name": f"{name}-{i}", "style": f"cue {stance.label}" if name == "cue" else ""}
        for i, stance in enumerate(article.stances or ())
        for name, span in (("cue", stance.cue), ("holder", stance.holder), ("target", stance.target))
        if span
    ]
    parts += [
        {"span": sentence, "name": f"evidence-{i}", "style": f"evidence shows-{claim.label}"}
        for i, claim in enumerate(article.claims or ())
        for sentence in claim.evidence
    ]
    return sorted(parts, key=lambda part: part["span"].start, reverse=True)
