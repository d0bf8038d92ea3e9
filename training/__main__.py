"""python -m training CONFIG: fine-tune and score what a YAML file describes."""

from __future__ import annotations

import argparse
import sys

from accelerate import PartialState
from transformers.utils import logging

from data.article import RecordError
from data.corpora import CorpusError
from data.jsonl import FileError
from evaluation.pairing import PairingError
from models.base import BaseError

from .config import ConfigError, RunConfig


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Fine-tune an Arabic BERT for entities and stances as a YAML file says, keep the checkpoint that is "
        "best on dev, and score it. A run that was stopped goes on when started again.",
        epilog="Examples: python -m training configs/quickstart.yaml; "
        "python -m training configs/wojood.yaml --seed 2 --output runs/wojood-2",
    )
    parser.add_argument("config", help="the run's YAML file, see configs/")
    parser.add_argument("--output", help="folder of the run, instead of the config's")
    parser.add_argument("--seed", type=int, help="random seed, instead of the config's")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="check config and data, time a few steps, say what the run would take, and train nothing",
    )
    options = parser.parse_args(argv)
    logging.set_verbosity_error()
    logging.disable_progress_bar()  # those of loading and saving; the one of training stays
    from .run import plan, train
    from .trainer import DivergenceError

    try:
        config = RunConfig.load(options.config)
        if options.output:
            config.output = options.output
        if options.seed is not None:
            config.training["seed"] = options.seed
        if options.dry_run:
            plan(config).print()
            return 0
        metrics = train(config)
    except (
        ConfigError,
        CorpusError,
        FileError,
        RecordError,
        PairingError,
        BaseError,
        DivergenceError,
        ModuleNotFoundError,
    ) as error:
        print("\n".join(f"error: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"error: {error.filename or config.output}: {error.strerror or error}; what was trained is kept up to the "
            "last whole checkpoint, the same command goes on from there",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    if PartialState().is_main_process:
        _report(config, metrics)
    return 0


def _report(config: RunConfig, metrics: dict) -> None:
    from evaluation.table import print_scores

    for name in ("dev", "test"):
        if name in metrics:
            print_scores(metrics[name], title=f"{config.output}: {name}")
    print(f"The model is in {config.output}, its scores in {config.output}/metrics.json.")


if __name__ == "__main__":
    sys.exit(main())
