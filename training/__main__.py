"""python -m training CONFIG: fine-tune and score what a YAML file describes; sweep: search for better settings of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from accelerate import PartialState
from transformers.utils import logging

from data.article import RecordError
from data.corpora import CorpusError
from data.jsonl import FileError
from evaluation.pairing import PairingError
from models.base import BaseError

from .config import ConfigError, RunConfig


def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    logging.set_verbosity_error()
    logging.disable_progress_bar()  # those of loading and saving; the one of training stays
    command = {"sweep": sweep, "card": card}.get(argv[0]) if argv else None
    return _guarded(lambda: command(argv[1:]) if command else run(argv))


def run(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        usage="%(prog)s CONFIG [--seed N] [--output DIR] [--dry-run | --fractions F...]\n"
        "       %(prog)s sweep SWEEP\n       %(prog)s card RUN [RUN...]",
        description="Fine-tune an Arabic BERT for entities, stances and claims as a YAML file says, keep the checkpoint "
        "that is best on dev, and score it. A run that was stopped goes on when started again.",
        epilog="Examples: python -m training configs/quickstart.yaml; "
        "python -m training configs/wojood.yaml --seed 2 --output runs/wojood-2; "
        "python -m training configs/news.yaml --fractions 0.25 0.5 1; "
        "accelerate launch --config_file configs/accelerate/ddp.yaml -m training configs/wojood.yaml",
    )
    parser.add_argument("config", help="the run's YAML file, see configs/")
    parser.add_argument("--output", help="folder of the run, instead of the config's")
    parser.add_argument("--seed", type=int, help="random seed, instead of the config's")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="check config and data, time a few steps, say what the run would take, and train nothing",
    )
    parser.add_argument(
        "--fractions",
        type=float,
        nargs="+",
        metavar="F",
        help="train on these shares of the training articles, one run each, and plot dev's scores against them",
    )
    options = parser.parse_args(argv)
    from .run import is_finished, plan, train

    config = RunConfig.load(options.config)
    if options.output:
        config.output = options.output
    if options.seed is not None:
        config.training["seed"] = options.seed
    if options.dry_run:
        plan(config).print()
    elif options.fractions:
        from .curve import Curve  # only here: it draws with an extra

        Curve.of(config, options.fractions).write(config.output)
    else:
        before = is_finished(config.output)
        metrics = train(config)
        if PartialState().is_main_process:
            _report(config, metrics)
            if before:
                print("It was finished before, and nothing was trained now; to train anew, remove that folder.")


def sweep(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training sweep",
        description="Try settings of a config, each in a run of its own, and write down the best on dev. A run that falls "
        "behind the others is given up early. A sweep that was stopped goes on when started again.",
        epilog="Example: python -m training sweep configs/sweeps/wojood.yaml",
    )
    parser.add_argument("sweep", help="the sweep's YAML file: config, output, trials and space, see configs/sweeps/")
    options = parser.parse_args(argv)
    from .sweep import SweepConfig, search  # only here: it needs an extra

    search(SweepConfig.load(options.sweep))


def card(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training card",
        description="Write the model card of a finished run (README.md in its folder) again, with the mean and standard "
        "deviation of its scores over other runs of the same recipe.",
        epilog="Example: python -m training card runs/news-1 runs/news-2 runs/news-3",
    )
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    parser.add_argument("seeds", metavar="RUN", nargs="*", help="runs that differ from it in the seed")
    options = parser.parse_args(argv)
    from .card import write_card

    write_card(options.run, options.seeds)


def _report(config: RunConfig, metrics: dict) -> None:
    from evaluation.table import print_scores

    for name in ("dev", "test"):
        if name in metrics:
            print_scores(metrics[name], title=f"{config.output}: {name}")
    print(f"The model is in {config.output}, its scores in {config.output}/metrics.json.")


def _guarded(command: Callable[[], None]) -> int:
    """The exit code of a command; what users can mend is said in a line, not a traceback."""
    from .trainer import DivergenceError

    try:
        command()
    except (ConfigError, CorpusError, FileError, RecordError, PairingError, BaseError, DivergenceError) as error:
        print("\n".join(f"error: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(f"error: {error}; README.md says which extra has it", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"error: {error.filename or 'disk'}: {error.strerror or error}; what was trained is kept up to the "
            "last whole checkpoint, the same command goes on from there",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
