"""Claims held against the passages of an article that decide them, in the place of the whole article.

A model that reads an article in windows has to learn which of them speaks of the claim and what that one says. The
evidence tells both, and a passage costs a fraction of the article.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from random import Random

import regex

from .article import UNRELATED, Article, Claim, Span
from .words import sentences

WORDS = 45  # the most words of a passage, unless its evidence has more
_STOP = 0.35  # the chance at each step that a passage is not widened further
_LONG_WORD = regex.compile(r"\w{3,}")


def passages(articles: Iterable[Article]) -> Iterator[Article]:
    """The passages of every article that its claims are held against, each an Article with one claim.

    A claim with evidence stands beside the passage from its first sentence of evidence to its last, and beside one to which
    it is unrelated: a sentence not next to evidence that shares at most one long word with the claim. An unrelated claim
    stands beside the sentence that shares the most long words with it and, unless it is the same, one drawn from all. Every
    passage is widened by chance to up to ``WORDS`` words, an unrelated one of a claim with evidence only by others like it.
    Other claims without evidence give no passage, nor do articles without claims; the same articles give the same passages.
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
    unrelated, all_of_it = Claim(claim.claim, UNRELATED), range(len(cut))
    if claim.label == UNRELATED:
        nearest = max(all_of_it, key=shared.__getitem__)
        return [
            (_widened(article, cut, i, i, all_of_it, random), unrelated) for i in {nearest, random.choice(all_of_it)}
        ]
    evidence = [i for i, sentence in enumerate(cut) if any(sentence.overlaps(span) for span in claim.evidence)]
    if not evidence:
        return []
    decided = _widened(article, cut, min(evidence), max(evidence), all_of_it, random)
    found = [(decided, Claim(claim.claim, claim.label))]
    far = [i for i in all_of_it if shared[i] <= 1 and all(abs(i - j) > 1 for j in evidence)]
    if far:
        start = random.choice(far)
        found.append((_widened(article, cut, start, start, far, random), unrelated))
    return found


def _widened(article: Article, cut: list[Span], first: int, last: int, allowed: Container[int], random: Random) -> Span:
    """The span from sentence ``first`` to ``last``, with ``allowed`` neighbours added while chance has it and they fit."""
    while True:
        sides = [(i, j) for i, j in ((first - 1, last), (first, last + 1)) if i in allowed and j in allowed]
        fitting = [(i, j) for i, j in sides if len(article.text[cut[i].start : cut[j].end].split()) <= WORDS]
        if not fitting or random.random() < _STOP:
            return Span(cut[first].start, cut[last].end)
        first, last = random.choice(fitting)


def _long_words(text: str) -> set[str]:
    return set(_LONG_WORD.findall(text))
