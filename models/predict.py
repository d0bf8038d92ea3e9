"""python -m models.predict FILE…: tag texts and articles with a checkpoint."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tqdm import tqdm

from data.article import Article
from data.jsonl import FileError, read_jsonl, read_text, to_line
from data.page import Page


def read_inputs(paths: list[str], on_fault: Callable[[FileError], None]) -> Iterator[Article]:
    """The articles of .jsonl files, and each other file as one article whose id is the file's name without ending."""
    for path in map(Path, paths):
        try:
            if path.suffix == ".jsonl":
                yield from read_jsonl(path, on_fault)
            else:
                yield Article(path.stem, read_text(path))
        except FileError as error:
            on_fault(error)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m models.predict",
        description="Tag Arabic texts with entities and stance frames. Output is Qawl JSONL, one article a line in the "
        "order of the input, with a score on everything; offsets are code points into the text as it was given.",
        epilog="A broken file or record is named on standard error and passed over; the exit code is then 1. "
        "Examples: python -m models.predict news.jsonl letter.txt --checkpoint runs/quickstart -o tagged.jsonl "
        "--view tagged.html; python -m models.predict news.jsonl --checkpoint runs/joint -o held.jsonl --claim "
        "'توصل الطرفان إلى اتفاق'",
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help=".jsonl of articles (id, text), or a .txt, one article"
    )
    parser.add_argument("--checkpoint", required=True, help="folder that python -m training wrote")
    parser.add_argument(
        "--claim",
        metavar="TEXT",
        help="hold every article against this claim: who is for it, who against, and the sentences that show it. The "
        "ranking is printed on standard error, and the page is in its order",
    )
    parser.add_argument("-o", "--output", help="JSONL file to write (default: standard output)")
    parser.add_argument("--view", metavar="HTML", help="also write a right-to-left page to read in a browser")
    parser.add_argument(
        "--precision",
        choices=("auto", "fp32", "bf16"),
        default="auto",
        help="arithmetic of the encoder; auto is bf16 where the processor has it (default)",
    )
    options = parser.parse_args(argv)

    from transformers.utils import logging

    from .ranking import print_ranking, ranked
    from .tagger import CheckpointError, ClaimError, Tagger

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    faults: list[FileError] = []

    def on_fault(error: FileError) -> None:
        faults.append(error)
        tqdm.write(f"error: {error}", file=sys.stderr)

    try:
        tagger = Tagger.from_pretrained(options.checkpoint, options.precision)
        with ExitStack() as stack:
            output = sys.stdout
            if options.output:
                output = stack.enter_context(open(options.output, "w", encoding="utf-8", newline="\n"))
            page = None
            if options.view:
                stream = stack.enter_context(open(options.view, "w", encoding="utf-8", errors="replace"))
                page = stack.enter_context(Page(stream, "قول: " + ", ".join(Path(f).name for f in options.files)))
            claims = None if options.claim is None else [options.claim]
            articles = tagger.stream(read_inputs(options.files, on_fault), claims)
            held = []
            for article in tqdm(articles, unit=" articles", desc="tagging", file=sys.stderr):
                output.write(to_line(article))
                if claims:
                    held.append(article)
                elif page:
                    page.add(article)
            if claims:
                held = ranked(held)
                for article in held if page else ():
                    page.add(article)
                print_ranking(held)
    except (CheckpointError, ClaimError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"error: {error.filename or 'output'} cannot be written ({error.strerror}); check the path", file=sys.stderr
        )
        return 2
    if faults:
        print(f"{len(faults)} broken inputs were passed over", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
