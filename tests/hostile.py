"""Texts that are written to break or to slow down what reads them, and work as a number to compare.

python -m tests.hostile [CHECKPOINT [CHARACTERS]] measures in seconds what the tests count in lines: how time grows with
the length of each text, of a million characters where no other number is given.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from data.article import Article, Entity, Span, Stance
from data.words import sentences, words

# Each is repeated as often as a length asks for.
PARTS = {
    "news": "نفت وزارة الصحة في دمشق الخبر، وقالت: «لا صحة له».\n",
    "one word": "ا",
    "diacritics": "\u064b\u0651",
    "a letter and diacritics": "ا\u064b\u064b\u064b\u064b ",
    "tatweel": "ـ",
    "full stops": ".",
    "initials": "أ.",
    "numbers": "1,",
    "opening brackets": "[",
    "brackets, quotes and full stops": "([{«“.”»}])",
    "line breaks": "\n",
    "spaces": " \u2003\t",
    "underscores": "_",
    "hashtags": "#وسم_",
    "backslashes": "\\",
    "lone surrogates": "\ud83d",
    "words and lone surrogates": "خبر\udc00",
    "bidi controls": "\u202e\u2067\u200f\u2069\u202c",
    "words and bidi controls": "خبر\u200f\u202e ",
    "zero-width joiners": "\u200d",
    "letters and joiners": "ا\u200d",
    "emoji sequences": "👩🏽\u200d",
    "regional indicators": "\U0001f1f8",
    "ligatures": "ﷺ",
    "unassigned and private": "\U000e0fff\ue000",
}


def hostile(name: str, length: int) -> str:
    """A text of ``length`` characters; ``nested brackets`` opens half of them and closes the rest."""
    if name == "nested brackets":
        return "[" * (length // 2) + "]" * (length - length // 2)
    return (PARTS[name] * (length // len(PARTS[name]) + 1))[:length]


NAMES = [*PARTS, "nested brackets"]


def annotated(length: int) -> Article:
    """An article of about ``length`` characters, with an entity or a frame on every word."""
    part = "نفى زيد ذلك. "
    frames = [13 * i for i in range(length // 13)]
    return Article(
        "a",
        (part * len(frames)).strip(),
        [Entity(at + 4, at + 7, "PERS") for at in frames],
        [Stance("against", Span(at, at + 3), Span(at + 4, at + 7), Span(at + 8, at + 11)) for at in frames],
    )


def nested(depth: int) -> Article:
    """Entities that nest as deep as asked for, and nothing else."""
    return Article("n", " ".join("خ" * depth), [Entity(0, 2 * (depth - i) - 1, "ORG") for i in range(depth)])


def lines_run(function: Callable, *arguments) -> int:
    """The lines of Python that a call runs: the same number on every machine."""
    count, before = 0, sys.gettrace()

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return count


def _seconds(function: Callable, *arguments) -> float:
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start


def _print(name: str, what: str, function: Callable, short, long) -> None:
    first, second = _seconds(function, short), _seconds(function, long)
    print(f"{name:<34}{what:<12}{first:9.3f}{second:9.3f}{second / max(first, 1e-9):8.1f}", flush=True)


def measure(checkpoint: str | None, length: int) -> None:
    """Print the processor seconds that ``length / 10`` and ``length`` characters take, and their ratio: 10 is linear."""
    from data.formats import FORMATS
    from data.page import render

    print(f"{'':<34}{'':<12}{length // 10:>9,}{length:>9,}   ratio")
    for name in NAMES:
        texts = hostile(name, length // 10), hostile(name, length)
        _print(name, "words", words, *texts)
        _print(name, "sentences", sentences, *texts)
        _print(name, "page", lambda text: render(Article("a", text)), *texts)
        if checkpoint:
            from models.tagger import Tagger

            _print(name, "tag", Tagger.from_pretrained(checkpoint, "fp32", "cpu").tag, *texts)
    with tempfile.TemporaryDirectory() as folder:
        for name, articles in (
            ("annotated", [annotated(length // 10), annotated(length)]),
            ("nested", [nested(length // 2000), nested(length // 200)]),
        ):
            _print(name, "page", render, *articles)
            for form in FORMATS:
                if form.name == "conll" and name == "nested":
                    continue
                held = articles
                if form.name in ("conll", "wojood"):
                    held = [replace(article, stances=None) for article in articles]
                paths = [Path(folder) / f"{name}-{i}{form.endings[0].replace('/', '-brat')}" for i in range(2)]
                _print(name, f"{form.name} out", lambda pair: form.write(pair[0], [pair[1]]), *zip(paths, held))
                _print(name, f"{form.name} in", lambda path: list(form.read(path, None)), *paths)


if __name__ == "__main__":
    measure(sys.argv[1] if len(sys.argv) > 1 else None, int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
