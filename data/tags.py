"""Words and their IOB2 tags as Articles, for token columns and tables of tokens alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain

from .article import Article, Entity


def is_tag(tag: object) -> bool:
    """True for O, B-TYPE and I-TYPE."""
    return isinstance(tag, str) and (tag == "O" or tag[:2] in ("B-", "I-") and tag[2:].strip() != "")


def renamed(tag: str, labels: Mapping[str, str]) -> str:
    """``tag`` with its type renamed by ``labels``, which may also name whole tags (a corpus's slips of the pen)."""
    return labels.get(tag) or tag[:2] + labels.get(tag[2:], tag[2:])


def continuing_nothing(tags: Iterable[str], before: Iterable[str]) -> list[str]:
    """The ``I-`` tags of a word that the tags of the word before do not let it have."""
    inside = Counter(tag[2:] for tag in before if tag != "O")
    wanted = Counter(tag[2:] for tag in tags if tag.startswith("I-"))
    return [f"I-{label}" for label in wanted - inside]


def tagged(id: str, sentence: Iterable[tuple[str, list[str]]]) -> Article:
    """An Article of words with single spaces between them, and the entities that their tags say.

    A word has one tag or, where entities nest, several, and a type may repeat among them; of several entities of one
    type, the innermost ends first. An ``I-`` tag that continues nothing is no entity, as in seqeval's strict mode.

    Args:
        sentence: each word with its tags, all of which ``is_tag``.
    """
    words: list[str] = []
    entities: list[Entity] = []
    opened: dict[str, list[int]] = {}
    at = 0
    for word, tags in sentence:
        end = at + len(word)
        inside = Counter(tags)
        opened = {label: places[: inside[f"I-{label}"]] for label, places in opened.items() if f"I-{label}" in inside}
        for place in chain(*opened.values()):
            entities[place] = replace(entities[place], end=end)
        for tag in tags:
            if tag.startswith("B-"):
                opened.setdefault(tag[2:], []).append(len(entities))
                entities.append(Entity(at, end, tag[2:]))
        words.append(word)
        at = end + 1
    return Article(id, " ".join(words), entities)


# Marks that stand against the word before them, and against the one after.
_CLOSING = set("،؛؟,;:.!?…)]}»”’%٪")
_OPENING = set("([{«“‘")


def detokenised(article: Article) -> Article:
    """``tagged``'s article without the spaces before closing marks and after opening ones; entities move along.

    Of straight quotes the first opens, the next closes. ``data.words`` finds the same words in both texts.
    """
    text: list[str] = []
    starts, ends = {}, {}
    quoted = glued = False
    old = new = 0
    for word in article.text.split(" "):
        opens = word in _OPENING or word == '"' and not quoted
        closes = word in _CLOSING or word == '"' and quoted
        if text and not glued and not closes:
            text.append(" ")
            new += 1
        starts[old], ends[old + len(word)] = new, new + len(word)
        text.append(word)
        old, new = old + len(word) + 1, new + len(word)
        glued, quoted = opens, quoted ^ (word == '"')
    moved = [replace(e, start=starts[e.start], end=ends[e.end]) for e in article.entities or ()]
    return replace(article, text="".join(text), entities=moved)
