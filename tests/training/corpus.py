"""Twelve articles of one sentence, which a tiny model learns in seconds."""

from data.article import Article, Entity, Span, Stance

VERBS = {"نفت": "against", "أكدت": "favor", "قالت": "neutral"}


def article(i, verb, label, city):
    """«VERB وزارة الصحة CITY الخبر», an ORG, a GPE and a frame."""
    text = f"{verb} وزارة الصحة في {city} الخبر."
    org = Span(len(verb) + 1, len(verb) + 12)
    place = text.index(city)
    entities = (Entity(org.start, org.end, "ORG"), Entity(place, place + len(city), "GPE"))
    target = Span(text.index("الخبر"), len(text) - 1)
    return Article(str(i), text, entities, (Stance(label, Span(0, len(verb)), org, target),))


ARTICLES = [
    article(f"{i}-{j}", verb, label, city)
    for i, (verb, label) in enumerate(VERBS.items())
    for j, city in enumerate(["دمشق", "بغداد", "تونس", "عمان"])
]
