"""Near-duplicate articles across splits, which would let a model be scored on what it was trained on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from datasketch import MinHash, MinHashLSH

from .article import Article
from .words import words

SHINGLE = 4  # neighbouring words that make one feature of a text
SHORTEST = 20  # words; datelines and stock phrases below that recur without being leaks
PERMUTATIONS = 128
_WEIGHTS = (0.02, 0.98)  # of a candidate compared for nothing, and of a leak missed


@dataclass(frozen=True)
class Leak:
    """Two articles of different splits with nearly the same text; ``similarity`` is their shingles' Jaccard index."""

    split: str
    id: str
    other_split: str
    other_id: str
    similarity: float

    def __str__(self) -> str:
        return f"{self.split} {self.id!r} and {self.other_split} {self.other_id!r} ({self.similarity:.0%} the same)"


def find_leaks(splits: Mapping[str, Iterable[Article]], threshold: float = 0.7) -> list[Leak]:
    """Pairs of articles from different splits whose texts are nearly the same.

    Candidates come from locality-sensitive hashing of MinHash signatures (Broder, 1997, "On the resemblance and
    containment of documents"); their Jaccard index over word shingles is then computed exactly.

    Args:
        splits: the articles of each split, by its name; those of the last are only passed through, none are held.
        threshold: the least Jaccard index that counts as a leak.
    """
    index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, weights=_WEIGHTS)
    seen: list[tuple[str, str, set[bytes]]] = []
    leaks = []
    for number, (split, articles) in enumerate(splits.items(), 1):
        signed = []
        for article in articles:
            shingles = _shingles(article)
            if not shingles:
                continue
            signature = _signature(shingles)
            for place in sorted(index.query(signature)):
                other_split, other_id, other = seen[place]
                similarity = len(shingles & other) / len(shingles | other)
                if similarity >= threshold:
                    leaks.append(Leak(other_split, other_id, split, article.id, similarity))
            if number < len(splits):
                signed.append((article.id, shingles, signature))
        for id, shingles, signature in signed:
            index.insert(len(seen), signature)
            seen.append((split, id, shingles))
    return leaks


def _shingles(article: Article) -> set[bytes]:
    """Runs of ``SHINGLE`` words; none for a text that is too short to be an article of its own."""
    found = [span.of(article.text) for span in words(article.text)]
    if len(found) < SHORTEST:
        return set()
    return {" ".join(found[i : i + SHINGLE]).encode("utf-8", "replace") for i in range(len(found) - SHINGLE + 1)}


def _signature(shingles: set[bytes]) -> MinHash:
    signature = MinHash(num_perm=PERMUTATIONS)
    signature.update_batch(list(shingles))
    return signature
