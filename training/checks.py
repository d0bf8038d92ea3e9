"""What can be wrong with a run's articles, found before training starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from data.article import Article, RecordError
from data.corpora import CorpusError
from data.jsonl import FileError
from data.leaks import find_leaks
from data.sources import Source, load_source, read_source

from .config import SPLITS, UNLABELLED, ConfigError, RunConfig
from .frequencies import SIDES
from .stream import Stream
from .survey import Survey
from .trainer import article_metrics

Articles = dict[str, list[Article] | Stream]  # of each split; only train may be a stream


def load_articles(config: RunConfig) -> Articles:
    """The articles of each split; with ``config.streaming`` those of train are read through once and not held.

    Raises:
        ConfigError: naming every source that cannot be read.
    """
    articles: Articles = {}
    problems = []
    for name in (*SPLITS, UNLABELLED):
        streaming = config.streaming and name == "train"
        read, found = _size if streaming else load_source, []
        for source in getattr(config, name):
            try:
                found.append(read(source))
            except (CorpusError, FileError, RecordError) as error:
                problems.append(f"{name}: {error}")
        articles[name] = Stream(config.train, found) if streaming else list(chain.from_iterable(found))
    if problems:
        raise ConfigError("\n".join(problems))
    return articles


def _size(source: Source) -> int:
    return sum(1 for _ in read_source(source))


def check_articles(config: RunConfig, articles: Articles) -> dict[str, Survey]:
    """Check the articles of each split, and return what was found in them.

    Raises:
        ConfigError: naming everything that is wrong: there is nothing to train or choose on, dev or test has a label
            that train never shows, no stances to claims are there for what asks for some, an id occurs twice in dev or
            test, entities cross, evaluation will not give the config's metric, or splits share near-duplicates.
    """
    surveys = {name: Survey.of(part) for name, part in articles.items()}
    problems = [
        *_labels(surveys),
        *_claims(config, surveys),
        *_ids(articles),
        *_spans(surveys),
        *_metric(config.metric, articles["dev"]),
        *_leaks(config, articles),
    ]
    if problems:
        raise ConfigError("\n".join(problems))
    return surveys


def _labels(surveys: dict[str, Survey]) -> Iterator[str]:
    shown = surveys["train"].labels
    if not any(shown.values()):
        yield "train: no article has entities, stances or claims; annotate some or choose another source"
    if not surveys["dev"].articles:
        yield "dev: has no articles; dev chooses the checkpoint"
    for name in ("dev", "test"):
        for layer, known in shown.items():
            if known and (unseen := surveys[name].labels[layer].keys() - known.keys()):
                yield f"{name}: {layer} have labels that train never shows: {', '.join(sorted(unseen))}"


def _claims(config: RunConfig, surveys: dict[str, Survey]) -> Iterator[str]:
    if config.logit_adjustment and not set(SIDES) & surveys["train"].labels["claims"].keys():
        yield f"logit_adjustment: train has no claims with the stances {' and '.join(SIDES)}; leave it out"
    if config.unlabelled and not config.teachers:
        yield "unlabelled: only teachers say anything of these pairs; name some, or list the sources under train"
    if config.unlabelled and not surveys[UNLABELLED].labels["claims"]:
        yield "unlabelled: no article has claims; give each those that teachers shall hold it against, with any stance"


def _ids(articles: Articles) -> Iterator[str]:
    for name in ("dev", "test"):
        for id, count in Counter(article.id for article in articles[name]).items():
            if count > 1:
                yield f"{name}: the id {id!r} occurs {count} times; make ids unique, predictions are matched by them"


def _metric(metric: str, dev: list[Article]) -> Iterator[str]:
    """A problem when evaluation on ``dev`` will not give ``metric``."""
    dev = [replace(article, id=str(i)) for i, article in enumerate(dev)]  # one that occurs twice is another problem
    known = article_metrics(dev, dev)
    if metric not in known:
        yield f"metric: {metric} is unknown; use one of {', '.join(known)}"


def _spans(surveys: dict[str, Survey]) -> Iterator[str]:
    """Entities of an article that cross."""
    for name in SPLITS:
        for id, first, second in surveys[name].crossing:
            yield (
                f"{name}: record {id!r}: entities «{first}» and «{second}» cross; "
                "python -m data validate lists every fault of a file"
            )


def _leaks(config: RunConfig, articles: Articles) -> Iterator[str]:
    """Near-duplicate articles in different splits, unless the config allows them."""
    held_first = {name: articles[name] for name in ("test", "dev")}  # train, which may be a stream, comes last
    held_first["train"] = chain(articles["train"], articles[UNLABELLED])
    leaks = [] if config.allow_leaks else find_leaks(held_first)
    if leaks:
        pairs = "; ".join(map(str, leaks[:10])) + ("; …" if len(leaks) > 10 else "")
        yield (
            f"{len(leaks)} near-duplicates across splits: {pairs}. Move or remove them; where a published split must "
            "stay as it is, set allow_leaks: true"
        )
