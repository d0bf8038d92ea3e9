"""python -m evaluation CHECKPOINT ARTICLES.jsonl: score a checkpoint, or any system's predictions."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

from data.article import Article
from data.jsonl import FileError, read_jsonl

from .pairing import PairingError
from .score import score
from .table import print_scores


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation",
        usage="%(prog)s CHECKPOINT ARTICLES.jsonl [-o JSON]\n       %(prog)s --predictions FILE ARTICLES.jsonl [-o JSON]",
        description="Score a checkpoint, or the predictions of any system, on annotated articles: strict span F1 of "
        "entities, nested and, where gold is flat, by seqeval; span, targeted and graph F1 of stance frames.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="the checkpoint's folder, then the gold JSONL")
    parser.add_argument("--predictions", metavar="FILE", help="JSONL of predicted articles, in place of a checkpoint")
    parser.add_argument("-o", "--output", metavar="JSON", help="where the scores go (default: beside what is scored)")
    options = parser.parse_args(argv)
    if len(options.paths) != (1 if options.predictions else 2):
        parser.error("give CHECKPOINT ARTICLES.jsonl, or --predictions FILE ARTICLES.jsonl")
    gold_path = Path(options.paths[-1])
    scored = Path(options.predictions or options.paths[0])
    beside = scored.parent if options.predictions else scored
    output = Path(options.output or beside / f"scores-{gold_path.stem}.json")
    try:
        gold = list(read_jsonl(gold_path))
        predicted = list(read_jsonl(scored)) if options.predictions else _tag(scored, gold)
        result = score(gold, predicted)
        output.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    except (FileError, PairingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {output} cannot be written ({error.strerror}); name another with -o", file=sys.stderr)
        return 1
    print_scores(result, title=f"{scored} on {gold_path}")
    print(f"The scores are in {output}.")
    return 0


def _tag(checkpoint: Path, articles: list[Article]) -> list[Article]:
    from transformers.utils import logging

    from models.tagger import Tagger

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    tagger = Tagger.from_pretrained(checkpoint)
    return list(tqdm(tagger.stream(articles), total=len(articles), desc="tagging", unit=" articles"))


if __name__ == "__main__":
    sys.exit(main())
