"""Claims held against the passages of an article that decide them, in the place of the whole article.

A model that reads an article in windows has to learn which of them speaks of the claim and what that one says. The
evidence tells both, and a passage costs a fraction of the article.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

import regex

from .article import UNRELATED, Article, Claim, Span
from .words import sentences

WORDS = 45  # the most words of a passage, unless its evidence has more
_STOP = 0.35  # the chance at each step that a passage is not widened further
_LONG_WORD = regex.compile(r"\w{3,}")


def passages(articles: Iterable[Article]) -> Iterator[Article]:
    """The passages of every article that its claims are held against, each an Article with one claim.

    A claim with evidence stands beside the passage from its first sentence of evidence to its last, widened by chance to
    up to ``WORDS`` words, and beside a sentence far from all evidence that shares at most one long word with the claim, to
    which it is unrelated. An unrelated claim stands beside the sentence that shares the most long words with it and, unless
    it is the same, one drawn from all, both widened. Other claims without evidence give no passage, nor do articles without
    claims; the same articles give the same passages.
    """
    random = Random(0)
    for article in articles:
        cut = sentences(article.text) if article.claims else []
        words = [_long_words(sentence.of(article.text)) for sentence in cut]
        found = [part for claim in article.claims or () for part in _parts(article, claim, cut, words, random)]
        for number, (span, claim) in enumerate(found, 1):
            yield Article(f"{article.id}-{number}", span.of(article.text), meta=article.meta, claims=(claim,))


def _parts(
    article: Article, claim: Claim, cut: list[Span], words: list[set[str]], random: Random
) -> list[tuple[Span, Claim]]:
    """The passages for one claim, of the sentences ``cut`` with the long ``words`` of each."""
    if not cut:
        return []
    asked = _long_words(claim.claim)
    shared = [len(each & asked) for each in words]
    unrelated = Claim(claim.claim, UNRELATED)
    if claim.label == UNRELATED:
        nearest = max(range(len(cut)), key=shared.__getitem__)
        return [(_widened(article, cut, i, i, random), unrelated) for i in {nearest, random.randrange(len(cut))}]
    evidence = [i for i, sentence in enumerate(cut) if any(sentence.overlaps(span) for span in claim.evidence)]
    if not evidence:
        return []
    found = [(_widened(article, cut, min(evidence), max(evidence), random), Claim(claim.claim, claim.label))]
    far = [i for i in range(len(cut)) if shared[i] <= 1 and all(abs(i - j) > 1 for j in evidence)]
    return found + [(cut[random.choice(far)], unrelated)] if far else found


def _widened(article: Article, cut: list[Span], first: int, last: int, random: Random) -> Span:
    """The span from sentence ``first`` to ``last``, with neighbours added while chance has it and they fit."""
    while True:
        sides = [(i, j) for i, j in ((first - 1, last), (first, last + 1)) if i >= 0 and j < len(cut)]
        fitting = [(i, j) for i, j in sides if len(article.text[cut[i].start : cut[j].end].split()) <= WORDS]
        if not fitting or random.random() < _STOP:
            return Span(cut[first].start, cut[last].end)
        first, last = random.choice(fitting)


def _long_words(text: str) -> set[str]:
    return set(_LONG_WORD.findall(text))
