"""A right-to-left HTML page of annotated articles, for readers.

Entities are coloured by type and nest; each stance frame is a card that says who, by which cue, what and with which
polarity, and that lights up its parts in the text. The page is one file without outside resources.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

from jinja2 import Environment, FileSystemLoader

from .article import Article, Span
from .guideline import ENTITY_TYPES

_TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
_TEMPLATES.trim_blocks = _TEMPLATES.lstrip_blocks = True


class Page:
    """Writes articles to an HTML page as they come; use it as a context manager.

    Args:
        stream: where the page goes, a text stream in UTF-8.
        title: the page's title.
    """

    def __init__(self, stream: TextIO, title: str):
        self.stream, self.title, self.count = stream, title, 0

    def __enter__(self) -> Page:
        head = _TEMPLATES.get_template("head.html.j2")
        self.stream.write(head.render(title=self.title, hues=_HUES, names=ENTITY_TYPES))
        return self

    def add(self, article: Article) -> None:
        self.count += 1
        body = _TEMPLATES.get_template("article.html.j2")
        frames = [_frame(article, i) for i in range(len(article.stances or ()))]
        self.stream.write(
            body.render(article=article, nodes=_nodes(article), frames=frames, hues=_HUES, number=self.count)
        )

    def __exit__(self, *_) -> None:
        self.stream.write("</main>\n</body>\n</html>\n")


_HUES = {label: round(i * 137.5) % 360 for i, label in enumerate(ENTITY_TYPES)}


def _frame(article: Article, number: int) -> dict[str, Any]:
    stance = article.stances[number]
    quoted = {
        part: span.of(article.text) if span else None
        for part, span in (("cue", stance.cue), ("holder", stance.holder), ("target", stance.target))
    }
    return {"number": number, "label": stance.label, "score": stance.score, **quoted}


def _nodes(article: Article) -> list[dict[str, Any]]:
    """The text as a tree: entities hold their children, leaves hold text and the frame parts that they belong to."""
    parts = [
        (span, f"{part}-{i}", f"{part} {stance.label}" if part == "cue" else part)
        for i, stance in enumerate(article.stances or ())
        for part, span in (("cue", stance.cue), ("holder", stance.holder), ("target", stance.target))
        if span
    ]
    edges = {0, len(article.text)}
    for span in [*(part[0] for part in parts), *(article.entities or ())]:
        edges |= {span.start, span.end}
    root: dict[str, Any] = {"span": Span(0, len(article.text)), "children": []}
    path = [root]
    entities = list(reversed(article.entities or ()))
    points = sorted(edges)
    for start, end in zip(points, points[1:]):
        while len(path) > 1 and path[-1]["span"].end <= start:
            path.pop()
        while entities and entities[-1].start == start:
            entity = entities.pop()
            node = {"span": entity, "label": entity.label, "score": entity.score, "children": []}
            path[-1]["children"].append(node)
            path.append(node)
        mine = [(name, style) for span, name, style in parts if span.start <= start and end <= span.end]
        path[-1]["children"].append(
            {
                "text": article.text[start:end],
                "parts": " ".join(name for name, _ in mine),
                "styles": " ".join(dict.fromkeys(style for _, style in mine if style.startswith("cue"))),
            }
        )
    return root["children"]
