"""``python -m data``: check annotated articles, convert them, count what they hold, and compare annotators."""

from __future__ import annotations

import argparse
import re
import sys

from rich.console import Console

from .article import RecordError
from .columns import tokenised
from .formats import FORMATS, format_of
from .guideline import ENTITY_TYPES
from .jsonl import FileError
from .parts import PARTS, without
from .statistics import Statistics
from .validation import duplicate_ids, faults


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # what is shown of a text may be half a character
    try:
        return options.run(options)
    except FileError as error:
        print(error, file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    return 1


def validate(options: argparse.Namespace) -> int:
    """Print every fault of every file; 1 if there is any."""
    found = checked = 0
    for path in options.files:
        broken: list[FileError] = []
        articles = []
        try:
            articles.extend(format_of(path, options.format).read(path, broken.append))
        except FileError as error:
            broken.append(error)
        messages = [str(error) for error in broken]
        messages += [f"{path}: {fault}" for article in articles for fault in faults(article, options.types)]
        messages += [f"{path}: {fault}" for fault in duplicate_ids(articles)]
        for message in messages:
            print(message)
        found, checked = found + len(messages), checked + len(articles) + len(broken)
    print(f"{checked} records, {found} faults", file=sys.stderr)
    return 1 if found else 0


def convert(options: argparse.Namespace) -> int:
    """Read one file, write another; 1 if a record could not be read or held."""
    source, target = format_of(options.source, options.read), format_of(options.target, options.write)
    broken: list[FileError] = []
    articles = [without(article, options.drop) for article in source.read(options.source, broken.append)]
    for error in broken:
        print(error, file=sys.stderr)
    if broken and not options.skip:
        print(f"{options.target} is not written; mend the records, or leave them out with --skip", file=sys.stderr)
        return 1
    try:
        if options.tokenize:
            articles = [sentence for article in articles for sentence in tokenised(article)]
        target.write(options.target, articles)
    except RecordError as error:
        print(f"{options.source}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{options.target}: cannot be written ({error.strerror}); check the path", file=sys.stderr)
        return 1
    print(f"{options.target}: {len(articles)} articles", file=sys.stderr)
    return 0


def stats(options: argparse.Namespace) -> int:
    """Print the tables of one file."""
    statistics = Statistics.of(format_of(options.file, options.format).read(options.file, None))
    console = Console(markup=False, emoji=False, highlight=False)
    for table in statistics.tables(options.cues):
        console.print(table)
    return 0


def agree(options: argparse.Namespace) -> int:
    """Print how far two files agree and where they do not."""
    from evaluation.agreement import agreement  # here, because evaluation stands on data
    from evaluation.pairing import PairingError

    try:
        found = agreement(*(format_of(path, options.format).read(path, None) for path in options.files))
    except PairingError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"articles: {found['articles']}")
    for place in ("first", "second"):
        if found[f"only_{place}"]:
            print(f"only in the {place}, not compared: {found[f'only_{place}']}")
    for layer in ("entities", "stances"):
        for name, value in found.get(layer, {}).items():
            print(f"{layer} {name.replace('_', ' ').replace('f1', 'F1')}: {value:.3f}")
    for row in found["disagreements"]:
        print("\t".join(_cell(row[name]) for name in ("article", "kind", "first", "second")))
    return 0


def _cell(text: str) -> str:
    """``text`` as a cell that a spreadsheet shows and does not compute: one line, and no formula."""
    text = re.sub(r"[\t\r\n]", "⏎", text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def corpora(options: argparse.Namespace) -> int:
    """Print what is known of the public corpora, and where each would be read from."""
    from .corpora import CORPORA, corpora_folder, files_of  # here, because datasets takes a second to import

    for name, corpus in CORPORA.items():
        here = [split for split in corpus.files if files_of(name, split)]
        print(f"{name}\n  {corpus.citation}\n  licence: {corpus.licence}\n  splits: {', '.join(corpus.files)}")
        if corpus.labels:
            print(f"  labels: {', '.join(f'{theirs} → {ours}' for theirs, ours in corpus.labels.items())}")
        if here:
            print(f"  {corpora_folder() / name}: {', '.join(here)}")
        elif corpus.hub:
            print(f"  hub: {' '.join(filter(None, corpus.hub))}")
        else:
            print(f"  not here: {corpora_folder() / name}/ {', '.join(corpus.files.values())}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m data",
        description="Check annotated articles, convert them between formats, count what they hold, and compare annotators.",
        epilog="Each command explains itself: python -m data validate --help",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_validate(commands)
    _add_convert(commands)
    _add_stats(commands)
    _add_agree(commands)
    commands.add_parser(
        "corpora",
        help="list the public corpora that a config can name",
        description="List the public corpora that a config can name (corpus: NAME, split: SPLIT): whose they are, their "
        "licence and splits, how their labels map to ours, and the folder or hub dataset they are read from. "
        "QAWL_CORPORA names the folder of corpora.",
    ).set_defaults(run=corpora)
    return parser


def _add_validate(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "validate",
        help="check files against the annotation guideline",
        description="Check files against the annotation guideline. Every fault is a line on standard output: the file "
        "(and line, where a record cannot be read), the record, the field, what is wrong, what to do. Broken records "
        "are passed over and the rest still checked. The exit code is 1 when there is any fault, else 0.",
        epilog="Examples:\n  python -m data validate train.jsonl dev.jsonl\n"
        "  python -m data validate notes.txt\n  python -m data validate train.conll --types PERS,LOC,ORG,MISC",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("files", nargs="+", metavar="FILE")
    command.add_argument("--from", dest="format", **_FORMAT_NAMES, help="the files' format, if not by their ending")
    command.add_argument(
        "--types",
        type=lambda names: names.split(","),
        default=list(ENTITY_TYPES),
        metavar="A,B,...",
        help="the entity types that are allowed, if not the guideline's: " + ", ".join(ENTITY_TYPES),
    )
    command.set_defaults(run=validate)


def _add_convert(commands: argparse._SubParsersAction) -> None:
    endings = "\n".join(f"  {format.name:<14}{' '.join(format.endings):<16}{format.about}" for format in FORMATS)
    command = commands.add_parser(
        "convert",
        help="bring articles into another format",
        description="Bring articles into another format. A record that cannot be read, or that the other format cannot "
        "hold,\nis named with what to do, and nothing is written. What you can spare is dropped by --drop.",
        epilog=f"Formats, by name and ending:\n{endings}\n\nExamples:\n"
        "  python -m data convert notes.txt train.jsonl\n"
        "  python -m data convert predictions.jsonl to-correct.txt --drop scores\n"
        "  python -m data convert train.jsonl train.wojood --drop meta,stances --tokenize",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("source", metavar="IN")
    command.add_argument("target", metavar="OUT")
    command.add_argument("--from", dest="read", **_FORMAT_NAMES, help="the format of IN, if not by its ending")
    command.add_argument("--to", dest="write", **_FORMAT_NAMES, help="the format of OUT, if not by its ending")
    command.add_argument(
        "--drop",
        type=_parts,
        default=[],
        metavar="PART,...",
        help=f"leave out parts of every article: {', '.join(PARTS)}",
    )
    command.add_argument("--tokenize", action="store_true", help="make each sentence an article of spaced words")
    command.add_argument("--skip", action="store_true", help="leave out the records that cannot be read")
    command.set_defaults(run=convert)


def _add_stats(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "stats",
        help="count what a file holds",
        description="Count what a file holds: articles and their lengths, entity types and nesting, stance frames by "
        "polarity, the cues that express them, claims.",
        epilog="Example:\n  python -m data stats train.jsonl --cues 50",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("file", metavar="FILE")
    command.add_argument("--from", dest="format", **_FORMAT_NAMES, help="the file's format, if not by its ending")
    command.add_argument("--cues", type=int, default=20, metavar="N", help="show the N most frequent cues (default 20)")
    command.set_defaults(run=stats)


def _add_agree(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "agree",
        help="compare two annotators",
        description="Compare two annotations of the articles that both have: span F1 of entities, and of cues, holders and targets, "
        "graph F1 of frames, Cohen's kappa on words; then a line for each disagreement worth adjudicating: the "
        "article, what differs, what the first has, what the second has, set apart by tabs.",
        epilog="Example:\n  python -m data agree first.jsonl second.jsonl > to-adjudicate.tsv",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("files", nargs=2, metavar="FILE")
    command.add_argument("--from", dest="format", **_FORMAT_NAMES, help="the files' format, if not by their endings")
    command.set_defaults(run=agree)


_FORMAT_NAMES = {"choices": [format.name for format in FORMATS], "metavar": "FORMAT"}


def _parts(names: str) -> list[str]:
    parts = names.split(",")
    if unknown := set(parts) - set(PARTS):
        raise argparse.ArgumentTypeError(f"unknown part {', '.join(sorted(unknown))}; use {', '.join(PARTS)}")
    return parts


if __name__ == "__main__":
    sys.exit(main())
