"""Where a run's articles come from: files of any known format by path, or public corpora by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .article import LAYERS, Article
from .corpora import CORPORA, CorpusError, load_corpus
from .formats import format_of
from .parts import without
from .passages import passages
from .unrelated import with_claims_of, with_unrelated

Source = str | dict
ELSEWHERE = "…/"  # before the name of a file in a run.yaml that does not tell where it lay
OPTIONS = ("join", "folder", "hub")


def read_source(source: Source) -> Iterator[Article]:
    """The articles of one source; of JSONL and Parquet files one after the other as they are asked for, while a public
    corpus and files of other formats may be held whole.

    Args:
        source: the path of a file (``python -m data convert --help`` lists the formats), ``{"file": path}``, or
            ``{"corpus": name, "split": split}`` with an optional ``join``, ``folder`` or ``hub``, see ``load_corpus``.
            ``layers`` in either mapping names the layers to keep; the others are then unknown. ``unrelated`` holds each
            article against so many claims of other articles too, see ``with_unrelated``, or, as ``{count: N, of: SOURCE}``,
            of another source's, see ``with_claims_of``; ``passages: true`` then puts the passages that decide the claims in
            the place of the articles, see ``passages``.

    Raises:
        FileError: the file cannot be read or has a broken record.
        CorpusError: the corpus or its file is not there, or the source is none of these forms.
    """
    if isinstance(source, str):
        source = {"file": source}
    if not isinstance(source, dict):
        raise CorpusError(_not_a_source(source))
    named = {key: value for key, value in source.items() if key not in ("layers", "unrelated", "passages")}
    if not all(isinstance(named[key], str) for key in named.keys() - {"join"}):
        raise CorpusError(_not_a_source(source))
    if named.keys() == {"file"}:
        articles = format_of(named["file"]).read(named["file"], None)
    elif {"corpus", "split"} <= named.keys() <= {"corpus", "split", *OPTIONS}:
        articles = load_corpus(named.pop("corpus"), named.pop("split"), **named)
    else:
        raise CorpusError(_not_a_source(source))
    if "layers" in source:
        articles = _kept(articles, source["layers"])
    if "unrelated" in source:
        articles = _held(articles, source["unrelated"])
    if "passages" in source:
        articles = _passages(articles, source["passages"])
    yield from articles


def load_source(source: Source) -> list[Article]:
    """The articles of one source, see ``read_source``."""
    return list(read_source(source))


def parse_source(text: str) -> Source:
    """A source as it is written on a command line: ``CORPUS:SPLIT`` or ``CORPUS:SPLIT:JOIN``, else a file's path."""
    name, _, rest = text.partition(":")
    if name not in CORPORA or not rest:
        return text
    split, join = re.fullmatch(r"(.*?)(?::(\d+))?", rest).groups()
    return {"corpus": name, "split": split, **({"join": int(join)} if join else {})}


def load_sources(sources: list[Source]) -> list[Article]:
    """The articles of several sources, one after the other."""
    return [article for source in sources for article in load_source(source)]


def _not_a_source(source: object) -> str:
    return f"{source!r} is not a source; give a path, {{file: PATH}} or {{corpus: NAME, split: SPLIT}}"


def _kept(articles: Iterable[Article], layers: object) -> Iterator[Article]:
    if not isinstance(layers, list) or not layers or not all(layer in LAYERS for layer in layers):
        raise CorpusError(f"layers: {layers!r} is not a list of layers; use some of {', '.join(LAYERS)}")
    return (without(article, set(LAYERS) - set(layers)) for article in articles)


def _held(articles: Iterable[Article], wanted: object) -> Iterator[Article]:
    count = wanted.get("count") if isinstance(wanted, dict) and wanted.keys() == {"count", "of"} else wanted
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise CorpusError(
            f"unrelated: {wanted!r} is not a number of claims; use 1 or more, or {{count: N, of: SOURCE}}"
        )
    if not isinstance(wanted, dict):
        return with_unrelated(articles, count)
    claims = dict.fromkeys(claim.claim for other in read_source(wanted["of"]) for claim in other.claims or ())
    if not claims:
        raise CorpusError(f"unrelated: {wanted['of']!r} has no claims; name a source that has")
    return with_claims_of(articles, [*claims], count)


def _passages(articles: Iterable[Article], wanted: object) -> Iterator[Article]:
    if wanted is not True:
        raise CorpusError(f"passages: {wanted!r} is not true; leave it out for whole articles")
    return passages(articles)
