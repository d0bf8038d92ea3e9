"""Where a run's articles come from: files of any known format by path, or public corpora by name."""

from __future__ import annotations

from .article import Article
from .corpora import CorpusError, load_corpus
from .formats import format_of

Source = str | dict
OPTIONS = ("join", "folder", "hub")


def load_source(source: Source) -> list[Article]:
    """The articles of one source.

    Args:
        source: the path of a file (``python -m data convert --help`` lists the formats), or ``{"corpus": name,
            "split": split}`` with an optional ``join``, ``folder`` or ``hub``, see ``load_corpus``.

    Raises:
        FileError: the file cannot be read or has a broken record.
        CorpusError: the corpus or its file is not there, or the source is neither form.
    """
    if isinstance(source, str):
        return list(format_of(source).read(source, None))
    if isinstance(source, dict) and {"corpus", "split"} <= source.keys() <= {"corpus", "split", *OPTIONS}:
        options = {key: source[key] for key in OPTIONS if key in source}
        return load_corpus(source["corpus"], source["split"], **options)
    raise CorpusError(f"{source!r} is not a source; give a path or {{corpus: NAME, split: SPLIT}}")


def load_sources(sources: list[Source]) -> list[Article]:
    """The articles of several sources, one after the other."""
    return [article for source in sources for article in load_source(source)]
