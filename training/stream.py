"""Training articles that are read from their files whenever they are needed, for a corpus larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import chain
from operator import itemgetter

from data.article import Article
from data.sources import Source, read_source

from .config import ConfigError, RunConfig


class Stream:
    """The articles of sources, one source after the other; none are held between one pass and the next.

    Args:
        sizes: how many articles each source has.
    """

    def __init__(self, sources: Sequence[Source], sizes: Sequence[int]):
        self.sources, self.sizes = sources, sizes

    def __len__(self) -> int:
        return sum(self.sizes)

    def __iter__(self) -> Iterator[Article]:
        return chain.from_iterable(map(read_source, self.sources))

    def mixed(self) -> Iterator[Article]:
        """All articles once, those of each source in their order and spread evenly over the whole."""
        spread = [_placed(source, size) for source, size in zip(self.sources, self.sizes)]
        return (article for _, article in merge(*spread, key=itemgetter(0)))


def _placed(source: Source, size: int) -> Iterator[tuple[float, Article]]:
    """The articles of a source with their places between 0 and 1."""
    return (((number + 0.5) / size, article) for number, article in enumerate(read_source(source)))


def check_streamable(config: RunConfig) -> None:
    """Raises ConfigError when ``config`` asks for a stream and for what cannot be done with one; all of it is named."""
    if config.streaming and (problems := [*_problems(config)]):
        raise ConfigError("\n".join(problems))


def _problems(config: RunConfig) -> Iterator[str]:
    training = config.training
    if config.fraction < 1:
        yield "fraction: a stream is read whole; leave fraction out, or set streaming: false"
    if training.get("max_steps", -1) <= 0:
        yield "training.max_steps: a stream has no epochs; give the number of steps"
    if "num_train_epochs" in training:
        yield "training.num_train_epochs: a stream has no epochs; give training.max_steps in its place"
    for key in ("eval_strategy", "save_strategy", "logging_strategy"):
        if training.get(key) == "epoch":
            yield f"training.{key}: a stream has no epochs; write steps"
    if config.teachers:
        yield "teachers: they read all pairs before training, and a stream has no end; leave them out"
    if config.unlabelled:
        yield "unlabelled: only teachers say anything of these pairs; leave it out"
    if config.logit_adjustment:
        yield "logit_adjustment: it counts all stances before training, and a stream has no end; leave it out"
    if config.batch_pieces:
        yield "batch_pieces: the lengths of a stream are not known before; give training.per_device_train_batch_size"
    if "train_sampling_strategy" in training:
        yield "training.train_sampling_strategy: a stream is drawn from a buffer in random order; leave it out"
