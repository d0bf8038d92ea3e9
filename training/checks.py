"""What can be wrong with a run's articles, found before training starts."""

from __future__ import annotations

from data.article import LAYERS, Article
from data.leaks import find_leaks
from data.validation import overlapping

from .config import ConfigError, RunConfig
from .trainer import article_metrics


def check_articles(config: RunConfig, articles: dict[str, list[Article]]) -> None:
    """Check the articles of each split.

    Raises:
        ConfigError: there is nothing to train or choose on, dev or test has a label that train never shows, entities
            cross, evaluation will not give the config's metric, or splits share near-duplicates.
        PairingError: an id occurs twice in dev.
    """
    _check_labels(articles)
    _check_spans(articles)
    _check_metric(config.metric, articles["dev"])
    _check_leaks(config, articles)


def entity_labels(articles: list[Article]) -> set[str]:
    return {entity.label for article in articles for entity in article.entities or ()}


def stance_labels(articles: list[Article]) -> set[str]:
    return {stance.label for article in articles for stance in article.stances or ()}


def claim_labels(articles: list[Article]) -> set[str]:
    return {claim.label for article in articles for claim in article.claims or ()}


def _check_labels(articles: dict[str, list[Article]]) -> None:
    found = {name: (entity_labels(part), stance_labels(part), claim_labels(part)) for name, part in articles.items()}
    if not any(found["train"]):
        raise ConfigError("train: no article has entities, stances or claims; annotate some or choose another source")
    if not articles["dev"]:
        raise ConfigError("dev: has no articles; dev chooses the checkpoint")
    for name in ("dev", "test"):
        for layer, labels, known in zip(LAYERS, found[name], found["train"]):
            if known and (unseen := labels - known):
                raise ConfigError(f"{name}: {layer} have labels that train never shows: {', '.join(sorted(unseen))}")


def _check_metric(metric: str, dev: list[Article]) -> None:
    """Raises ConfigError when evaluation on ``dev`` will not give ``metric``."""
    known = article_metrics(dev, dev)
    if metric not in known:
        raise ConfigError(f"metric: {metric} is unknown; use one of {', '.join(known)}")


def _check_spans(articles: dict[str, list[Article]]) -> None:
    """Raises ConfigError when entities of an article cross, which no tags can say."""
    for name, part in articles.items():
        for article in part:
            for first, second in overlapping(article.entities or ()):
                if first.crosses(second):
                    raise ConfigError(
                        f"{name}: record {article.id!r}: entities «{first.of(article.text)}» and "
                        f"«{second.of(article.text)}» cross; python -m data validate lists every fault of a file"
                    )


def _check_leaks(config: RunConfig, articles: dict[str, list[Article]]) -> None:
    """Raises ConfigError when splits share near-duplicate articles, unless the config allows them."""
    leaks = find_leaks(articles)
    if leaks and not config.allow_leaks:
        pairs = "; ".join(map(str, leaks[:10])) + ("; …" if len(leaks) > 10 else "")
        raise ConfigError(
            f"{len(leaks)} near-duplicates across splits: {pairs}. Move or remove them; where a published split must "
            "stay as it is, set allow_leaks: true"
        )
