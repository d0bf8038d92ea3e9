"""What can be wrong with a run's articles, found before training starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from data.article import LAYERS, Article, RecordError
from data.corpora import CorpusError
from data.jsonl import FileError
from data.leaks import find_leaks
from data.sources import load_source
from data.validation import overlapping

from .config import ConfigError, RunConfig
from .trainer import article_metrics

SPLITS = ("train", "dev", "test")


def load_articles(config: RunConfig) -> dict[str, list[Article]]:
    """The articles of each split.

    Raises:
        ConfigError: naming every source that cannot be read.
    """
    articles: dict[str, list[Article]] = {}
    problems = []
    for name in SPLITS:
        articles[name] = []
        for source in getattr(config, name):
            try:
                articles[name] += load_source(source)
            except (CorpusError, FileError, RecordError) as error:
                problems.append(f"{name}: {error}")
    if problems:
        raise ConfigError("\n".join(problems))
    return articles


def check_articles(config: RunConfig, articles: dict[str, list[Article]]) -> None:
    """Check the articles of each split.

    Raises:
        ConfigError: naming everything that is wrong: there is nothing to train or choose on, dev or test has a label
            that train never shows, an id occurs twice in dev or test, entities cross, evaluation will not give the
            config's metric, or splits share near-duplicates.
    """
    problems = [
        *_labels(articles),
        *_ids(articles),
        *_spans(articles),
        *_metric(config.metric, articles["dev"]),
        *_leaks(config, articles),
    ]
    if problems:
        raise ConfigError("\n".join(problems))


def entity_labels(articles: list[Article]) -> set[str]:
    return {entity.label for article in articles for entity in article.entities or ()}


def stance_labels(articles: list[Article]) -> set[str]:
    return {stance.label for article in articles for stance in article.stances or ()}


def claim_labels(articles: list[Article]) -> set[str]:
    return {claim.label for article in articles for claim in article.claims or ()}


def _labels(articles: dict[str, list[Article]]) -> Iterator[str]:
    found = {name: (entity_labels(part), stance_labels(part), claim_labels(part)) for name, part in articles.items()}
    if not any(found["train"]):
        yield "train: no article has entities, stances or claims; annotate some or choose another source"
    if not articles["dev"]:
        yield "dev: has no articles; dev chooses the checkpoint"
    for name in ("dev", "test"):
        for layer, labels, known in zip(LAYERS, found[name], found["train"]):
            if known and (unseen := labels - known):
                yield f"{name}: {layer} have labels that train never shows: {', '.join(sorted(unseen))}"


def _ids(articles: dict[str, list[Article]]) -> Iterator[str]:
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


def _spans(articles: dict[str, list[Article]]) -> Iterator[str]:
    """Entities of an article that cross, which no tags can say."""
    for name, part in articles.items():
        for article in part:
            for first, second in overlapping(article.entities or ()):
                if first.crosses(second):
                    yield (
                        f"{name}: record {article.id!r}: entities «{first.of(article.text)}» and "
                        f"«{second.of(article.text)}» cross; python -m data validate lists every fault of a file"
                    )


def _leaks(config: RunConfig, articles: dict[str, list[Article]]) -> Iterator[str]:
    """Near-duplicate articles in different splits, unless the config allows them."""
    leaks = [] if config.allow_leaks else find_leaks(articles)
    if leaks:
        pairs = "; ".join(map(str, leaks[:10])) + ("; …" if len(leaks) > 10 else "")
        yield (
            f"{len(leaks)} near-duplicates across splits: {pairs}. Move or remove them; where a published split must "
            "stay as it is, set allow_leaks: true"
        )
