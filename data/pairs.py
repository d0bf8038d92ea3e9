"""Tables of claims and texts: each text an Article with one claim."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from .article import Article, Claim
from .tables import Row

# What corpora call the four stances of a text to a claim, in lower case → what we do.
STANCES = {
    "agree": "favor",
    "favor": "favor",
    "disagree": "against",
    "against": "against",
    "discuss": "neutral",
    "other": "unrelated",  # in Arabic News Stance a headline of something else that shares a name or a word
    "none": "neutral",
    "unrelated": "unrelated",
}


def read_pairs(
    rows: Iterable[Row],
    name: str,
    *,
    claim: str,
    text: str,
    stance: str = "stance",
    id: str | None = None,
    claims: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Article]:
    """The texts of a table's rows as Articles whose entities and stances are unknown.

    A row holds one text and its stance, or equally long lists of both.

    Args:
        name: what ids begin with; the row's id or number from 1 follows, and in lists the text's number from 1.
        claim, text, stance: the columns' names.
        id: the column of ids.
        claims: a claim of the corpus → the words it is read in; others stay as they are.

    Raises:
        FileError: a row lacks a column, its claim is empty, its lists differ in length, or it has a stance that
            ``STANCES`` lacks.
    """
    for number, row in enumerate(rows, 1):
        missing = [column for column in (claim, text, stance, id) if column and row.values.get(column) is None]
        if missing:
            raise row.fault(f"has no {', '.join(missing)}; the columns are {', '.join(map(str, row.values))}")
        if not isinstance(row.values[claim], str) or not row.values[claim].strip():
            raise row.fault(f"has the {claim} {row.values[claim]!r}; give a sentence")
        place = f"{name}-{row.values[id] if id else number}"
        texts, stances = row.values[text], row.values[stance]
        if (
            isinstance(texts, list)
            and isinstance(stances, list)
            and len(texts) == len(stances)
            and all(isinstance(one, str) for one in texts)
        ):
            pairs = [(f"{place}-{i}", *pair) for i, pair in enumerate(zip(texts, stances), 1)]
        elif isinstance(texts, str) and isinstance(stances, str):
            pairs = [(place, texts, stances)]
        else:
            raise row.fault(f"{text} and {stance} are neither one text each nor lists of the same length")
        for article_id, article_text, label in pairs:
            if not isinstance(label, str) or label.strip().lower() not in STANCES:
                raise row.fault(f"has the stance {label!r}; known are {', '.join(STANCES)}")
            held = Claim(claims.get(row.values[claim], row.values[claim]), STANCES[label.strip().lower()])
            yield Article(article_id, article_text, claims=(held,))
