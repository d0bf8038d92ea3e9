"""Tables of sentences as tokens and their tags, the form of named entities on the hub: each row an Article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .article import Article
from .tables import Row
from .tags import is_tag, renamed, tagged


def read_tokens(rows: Iterable[Row], name: str, labels: Mapping[str, str]) -> Iterator[Article]:
    """The rows of a table of sentences, columns ``tokens`` and ``ner_tags``, as Articles; see ``tagged``.

    Args:
        name: what ids begin with; the row's number from 1 follows.
        labels: new names of the tags or their types; see ``renamed``.

    Raises:
        FileError: a row lacks a column, its lists differ in length, or a tag is not O, B-TYPE or I-TYPE.
    """
    for number, row in enumerate(rows, 1):
        tokens, found = row.values.get("tokens"), row.values.get("ner_tags")
        both = isinstance(tokens, list) and isinstance(found, list) and len(tokens) == len(found)
        if not both or not all(isinstance(token, str) for token in tokens):
            raise row.fault("has no tokens and ner_tags of the same length; name a table of sentences with both")
        tags = [renamed(str(tag), labels) for tag in found]
        if not all(map(is_tag, tags)):
            raise row.fault(f"has a tag that is not O, B-TYPE or I-TYPE: {', '.join(sorted(set(tags)))}")
        yield tagged(f"{name}-{number}", [(token, [tag]) for token, tag in zip(tokens, tags)])
