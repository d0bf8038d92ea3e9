"""A small article with known offsets."""

from data.article import Article, Entity, Span, Stance

SMALL = Article(
    "small-1",
    "نفت وزارة الصحة في دمشق الخبر.",
    entities=(Entity(4, 15, "ORG"), Entity(19, 23, "GPE")),
    stances=(Stance("against", Span(0, 3), Span(4, 15), Span(24, 29)),),
)
