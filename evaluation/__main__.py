"""python -m evaluation SYSTEM ARTICLES: score a checkpoint, or any system's predictions; compare: score several."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from data.article import LAYERS, Article
from data.corpora import CorpusError
from data.jsonl import FileError
from data.sources import load_source, load_sources, parse_source

from .calibration import scored_items
from .leaderboard import Leaderboard
from .pairing import PairingError, pair
from .relabelling import parse_labels, relabelled
from .robustness import losses, print_losses
from .score import MEASURES, MeasureError, intervals, score, tallies
from .systems import load_tagger, predictions, tagged, training_sources
from .table import print_scores

SYSTEM = "a checkpoint's folder, or JSONL or Parquet of any system's predicted articles"
ARTICLES = "the gold articles: a file, or CORPUS:SPLIT of a public corpus (python -m data corpora), with :6 to join six sentences"


def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    try:
        if argv[:1] and argv[0] in COMMANDS:
            COMMANDS[argv[0]](argv[1:])
        else:
            evaluate(argv)
    except (CorpusError, FileError, MeasureError, PairingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(f"error: {error}; README.md says which extra has it", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error.filename} cannot be written ({error.strerror}); name another with -o", file=sys.stderr)
        return 1
    return 0


def evaluate(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation",
        usage="%(prog)s SYSTEM ARTICLES [--report DIR] [-o JSON]\n"
        "       %(prog)s compare SYSTEM SYSTEM... --on ARTICLES...\n"
        "       %(prog)s robustness CHECKPOINT ARTICLES\n"
        "       %(prog)s calibrate CHECKPOINT ARTICLES\n"
        "       %(prog)s benchmark CHECKPOINT ARTICLES",
        description="Score a checkpoint, or the predictions of any system, on annotated articles: strict span F1 of "
        "entities, nested and, where gold is flat, by seqeval; span, targeted and graph F1 of stance frames; accuracy "
        "and macro-F1 of claims. Each with its 95% confidence interval by bootstrap over articles.",
        epilog="Examples: python -m evaluation runs/quickstart data/articles/test.jsonl; "
        "python -m evaluation runs/wojood wojood-sample:test; python -m evaluation theirs.jsonl gold.jsonl",
    )
    parser.add_argument("system", metavar="SYSTEM", help=SYSTEM)
    parser.add_argument("articles", metavar="ARTICLES", help=ARTICLES)
    parser.add_argument("-o", "--output", metavar="JSON", help="where the scores go (default: beside what is scored)")
    parser.add_argument(
        "--report", metavar="DIR", help="folder for a report in HTML and Markdown: scores, mistakes, calibration, plots"
    )
    parser.add_argument(
        "--train", metavar="ARTICLES", nargs="+", help="what the system was trained on, if it is not a run that says so"
    )
    parser.add_argument(
        "--labels",
        metavar="SYSTEM=GOLD",
        nargs="+",
        help="the system's entity types under gold's names, for gold of another type set (GPE=LOC FAC=LOC ORG=ORG); those "
        "that are not named are left out",
    )
    options = parser.parse_args(argv)
    if options.train and not options.report:
        parser.error("--train goes with --report; give both")
    system = Path(options.system)
    beside = system.parent / f"scores-{system.stem}" if system.is_file() else system / "scores"
    output = Path(options.output or f"{beside}-{_name(options.articles)}.json")
    try:
        labels = parse_labels(options.labels or ())
    except ValueError as error:
        parser.error(str(error))
    gold = _gold(options.articles)
    if all(getattr(article, layer) is None for article in gold for layer in LAYERS):
        raise CorpusError(f"{options.articles}: has no annotation that could be scored; name annotated articles")
    predicted = predictions(system, gold)
    if labels:
        predicted = [relabelled(article, labels) for article in predicted]
    pairs = pair(gold, predicted)
    result = {**score(gold, predicted), "intervals": intervals(tallies(pairs))}
    text = json.dumps(result, ensure_ascii=False, indent=1)
    output.write_text(text, encoding="utf-8", errors="backslashreplace")  # a label may hold half a character
    print_scores(result, title=f"{system} on {options.articles}")
    print(f"The scores are in {output}.")
    if options.report:
        from .report import Report  # only here: its libraries are an extra

        sources = [parse_source(text) for text in options.train] if options.train else training_sources(system)
        training = None if sources is None else load_sources(sources)
        Report.of(f"{system} on {options.articles}", result, pairs, training).write(options.report)
        print(f"The report is in {options.report}/report.html.")


def compare(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation compare",
        description="Score several systems on the same articles and say which differences are beyond chance. Runs whose "
        "run.yaml differs only in seed and output are one row: mean and standard deviation over the seeds. A star marks "
        "a score that differs from the best one (p < 0.05, approximate randomisation over articles, two-sided).",
        epilog="Example: python -m evaluation compare runs/news-1 runs/news-2 runs/quickstart "
        "--on news:dev data/articles/test.jsonl",
    )
    parser.add_argument("systems", metavar="SYSTEM", nargs="+", help=SYSTEM)
    parser.add_argument("--on", metavar="ARTICLES", nargs="+", required=True, help=ARTICLES)
    parser.add_argument(
        "--measures", metavar="NAME", nargs="+", default=MEASURES, help=f"what is shown (default: {' '.join(MEASURES)})"
    )
    parser.add_argument("-o", "--output", metavar="JSON", help="where all scores, differences and p-values go")
    options = parser.parse_args(argv)
    board = Leaderboard.of(options.systems, options.on, options.measures)
    if options.output:
        Path(options.output).write_text(json.dumps(board.to_record(), ensure_ascii=False, indent=1), encoding="utf-8")
    board.print()


def robustness(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation robustness",
        description="Score a checkpoint on articles as they are and with spelling noise that Arabic really has: what "
        "each costs. A star marks a loss beyond chance (p < 0.05, approximate randomisation over articles, two-sided).",
        epilog="Example: python -m evaluation robustness runs/news news:dev",
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="a checkpoint's folder")
    parser.add_argument("articles", metavar="ARTICLES", help=ARTICLES)
    parser.add_argument("--measures", metavar="NAME", nargs="+", default=MEASURES, help="what is shown")
    options = parser.parse_args(argv)
    print_losses(losses(load_tagger(options.checkpoint), _gold(options.articles), options.measures))


def calibrate(argv: list[str]) -> None:
    from models.folder import CLAIMS

    parser = argparse.ArgumentParser(
        prog="python -m evaluation calibrate",
        description="Fit a temperature for each layer's scores and store it in the checkpoint, so that a score is the "
        "share of such items that are right. What is tagged stays the same. Use articles that were not trained on.",
        epilog="Example: python -m evaluation calibrate runs/quickstart data/articles/dev.jsonl",
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="a checkpoint's folder")
    parser.add_argument("articles", metavar="ARTICLES", help=ARTICLES)
    options = parser.parse_args(argv)
    tagger, gold = load_tagger(options.checkpoint), _gold(options.articles)
    configs = {Path(options.checkpoint): tagger.config}
    if tagger.judge:
        configs[Path(options.checkpoint) / CLAIMS] = tagger.judge.config
    before = {folder: config.temperatures for folder, config in configs.items()}
    for config in configs.values():
        config.temperatures = {}
    layers = scored_items(pair(gold, tagged(tagger, gold)))
    temperatures = {name: round(items.temperature(), 3) for name, items in layers.items()}
    for folder, config in configs.items():
        config.temperatures = before[folder] | temperatures  # a judge may have been calibrated on other articles
        config.save_pretrained(folder)
    for name, items in layers.items():
        temperature = temperatures[name]
        print(
            f"{name}: temperature {temperature}, expected calibration error {items.error():.3f} before, "
            f"{items.tempered(temperature).error():.3f} after"
        )
    print(f"The temperatures are in {options.checkpoint}/config.json.")


def benchmark(argv: list[str]) -> None:
    from models.graphs import openvino_has_bf16

    from .benchmark import OURS, STOCK, compared, flops, growth, peak, print_comparison, print_growth

    parser = argparse.ArgumentParser(
        prog="python -m evaluation benchmark",
        description="Words a second, start-up time and peak memory of batch inference, beside transformers' own "
        "token-classification pipeline on the checkpoint's entities, in one run on the same articles; the share of the "
        "machine's measured matrix-multiply peak; and how speed and memory grow with length and number of articles.",
        epilog="Example: python -m evaluation benchmark runs/news data/articles/test.jsonl",
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="a checkpoint's folder")
    parser.add_argument("articles", metavar="ARTICLES", help=ARTICLES)
    parser.add_argument("--count", type=int, default=200, metavar="N", help="articles to tag (default: 200)")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="turns; the median is shown (default: 3)")
    options = parser.parse_args(argv)
    if options.count < 1 or options.repeats < 1:
        parser.error("--count and --repeats: give 1 or more")
    articles = [article.without_annotation() for article in _gold(options.articles)[: options.count]]
    checkpoint = Path(options.checkpoint)
    tagger = load_tagger(checkpoint)  # what cannot be measured is told before anything is
    if (checkpoint / "scores.onnx").is_file():
        parser.error(f"{checkpoint}: holds graphs; give the checkpoint that they came from")
    if not tagger.config.entity_labels:
        parser.error(f"{checkpoint}: has no entities, which transformers' pipeline is measured on; give another")
    ours = [way for way in OURS if not way.startswith("openvino-") or openvino_has_bf16()]
    ways = [*ours, *(f"stock-{size}" for size in STOCK)]
    peaks = {precision: peak(precision) for precision in ("fp32", "bf16", "int8")}
    print(", ".join(f"{name} matrix products: {speed / 1e9:,.0f} GFLOP/s" for name, speed in peaks.items()))
    print_comparison(compared(checkpoint, articles, ways, options.repeats), flops(checkpoint, articles), peaks)
    fastest = "openvino-int8" if "openvino-int8" in ours else "bf16"
    print(f"How {fastest} grows:")
    print_growth(growth(checkpoint, articles, fastest))


COMMANDS = {"benchmark": benchmark, "compare": compare, "robustness": robustness, "calibrate": calibrate}


def _gold(articles: str) -> list[Article]:
    """The articles that an argument names.

    Raises:
        CorpusError, FileError: as ``load_source``; there are none.
    """
    found = load_source(parse_source(articles))
    if not found:
        raise CorpusError(f"{articles}: holds no articles; name others")
    return found


def _name(articles: str) -> str:
    """What the scores on ``articles`` are called in file names."""
    source = parse_source(articles)
    if isinstance(source, str):
        return Path(source).stem
    whole = re.sub(r"\[(?:(\d+)%)?:(?:(\d+)%)?\]", lambda cut: f"-{cut[1] or 0}-{cut[2] or 100}", articles)
    return re.sub(r"\W+", "-", whole).strip("-")


if __name__ == "__main__":
    sys.exit(main())
