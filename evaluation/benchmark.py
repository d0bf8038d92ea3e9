"""python -m evaluation benchmark CHECKPOINT: the speed and memory of batch inference, beside transformers' own pipeline.

Every way of tagging is measured in a process of its own, so that start-up time and peak memory are its own, and all of
them take turns in one run, so that they share whatever else the machine does. Figures of one run can be compared; those
of different runs or machines cannot.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from data.article import Article
from data.jsonl import read_jsonl, write_jsonl
from data.words import words

OURS = ("fp32", "bf16")
STOCK = (1, 8, 32)  # batch sizes of the pipeline
WARM = 8  # articles that are tagged before the clock starts
_PEAK_SIZE = 2048  # rows of the square matrices that show the machine's peak
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Measure:
    """One way of tagging the same articles.

    Attributes:
        seconds: to tag them; startup: until the first article was tagged, imports and loading included.
        memory: of the process at its peak, in MiB; flops: multiplications and additions a second in the encoder.
    """

    name: str
    words: int
    seconds: float
    startup: float
    memory: float
    flops: float

    @property
    def speed(self) -> float:
        """Words a second."""
        return self.words / self.seconds


def compared(checkpoint: Path, articles: Sequence[Article], ways: Iterable[str], repeats: int) -> dict[str, Measure]:
    """The median measure of each way; see ``measure`` for their names. The ways take turns, ``repeats`` times."""
    found: dict[str, list[Measure]] = {}
    with tempfile.TemporaryDirectory() as folder:
        write_jsonl(Path(folder) / "articles.jsonl", articles)
        for _ in range(repeats):
            for way in ways:
                command = [
                    sys.executable,
                    "-m",
                    "evaluation.benchmark",
                    way,
                    str(checkpoint),
                    f"{folder}/articles.jsonl",
                ]
                ended = subprocess.run(command, capture_output=True, text=True, cwd=_ROOT)
                if ended.returncode:
                    raise RuntimeError(f"{way}: {ended.stderr[-2000:]}")
                found.setdefault(way, []).append(Measure(**json.loads(ended.stdout.splitlines()[-1])))
    return {way: sorted(runs, key=lambda run: run.seconds)[len(runs) // 2] for way, runs in found.items()}


def measure(way: str, checkpoint: str, path: str) -> Measure:
    """Tag the articles of a JSONL file in this process.

    Args:
        way: ``fp32`` or ``bf16`` for this project with all heads of the checkpoint, ``stock-8`` for transformers'
            ``token-classification`` pipeline at that batch size on the exported entities.
    """
    start = time.perf_counter()
    articles = list(read_jsonl(path))
    tag = _stock(checkpoint, int(way.removeprefix("stock-"))) if way.startswith("stock-") else _ours(checkpoint, way)
    tag(articles[:1])
    startup = time.perf_counter() - start
    tag(articles[:WARM])
    start = time.perf_counter()
    tag(articles)
    seconds = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    return Measure(
        way, sum(len(words(a.text)) for a in articles), seconds, startup, memory, _flops(checkpoint, articles) / seconds
    )


def peak(precision: str) -> float:
    """Multiplications and additions a second of large square matrices, the best of several products."""
    import torch

    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    a, b = (torch.randn(_PEAK_SIZE, _PEAK_SIZE).to(kind) for _ in range(2))
    times = []
    for _ in range(8):
        start = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - start)
    return 2 * _PEAK_SIZE**3 / min(times)


def _ours(checkpoint: str, precision: str):
    from models.tagger import Tagger

    tagger = Tagger.from_pretrained(checkpoint, precision)
    return lambda articles: sum(1 for _ in tagger.stream(articles))


def _stock(checkpoint: str, batch: int):
    from transformers import pipeline

    from models.export import to_stock
    from models.tagger import Tagger

    with tempfile.TemporaryDirectory() as folder:
        to_stock(Tagger.from_pretrained(checkpoint, "fp32", "cpu"), Path(folder))
        # stride: long articles are read in overlapping windows, as here; without it the pipeline cuts them off
        tags = pipeline(
            "token-classification", folder, aggregation_strategy="first", batch_size=batch, stride=96, device="cpu"
        )
    return lambda articles: sum(1 for _ in tags([article.text for article in articles]))


def _flops(checkpoint: str, articles: Sequence[Article]) -> float:
    """Multiplications and additions of the encoder's matrix products for every piece of the articles once.

    2 (4 d^2 + 2 d f) for each piece and layer of width d and feed-forward width f; windows' overlap, padding, attention
    scores and heads are left out, so that the share of the peak is a lower bound.
    """
    from transformers import AutoTokenizer

    from models.config import QawlConfig

    encoder = QawlConfig.from_pretrained(checkpoint).encoder
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    pieces = sum(len(ids) for ids in tokenizer([a.text for a in articles], verbose=False).input_ids)
    d, f = encoder.hidden_size, encoder.intermediate_size
    return pieces * encoder.num_hidden_layers * 2 * (4 * d * d + 2 * d * f)


def print_comparison(found: dict[str, Measure], peaks: dict[str, float], console: Console | None = None) -> None:
    """Words a second, against the pipeline's best, start-up, memory, and the share of the machine's peak."""
    stock = max((m.speed for m in found.values() if m.name.startswith("stock-")), default=None)
    table = Table("", "words/s", "× stock's best", "start-up s", "peak MiB", "of matmul peak")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, m in found.items():
        share = m.flops / peaks["bf16" if name == "bf16" else "fp32"]
        times = f"{m.speed / stock:.2f}" if stock else ""
        table.add_row(name, f"{m.speed:,.0f}", times, f"{m.startup:.1f}", f"{m.memory:,.0f}", f"{share:.0%}")
    (console or Console()).print(table)


def print_growth(rows: list[tuple[str, Measure]], console: Console | None = None) -> None:
    """How speed and memory change with the length and the number of articles."""
    table = Table("articles", "words", "words/s", "peak MiB")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, m in rows:
        table.add_row(name, f"{m.words:,}", f"{m.speed:,.0f}", f"{m.memory:,.0f}")
    (console or Console()).print(table)


def growth(checkpoint: Path, articles: Sequence[Article], way: str) -> list[tuple[str, Measure]]:
    """Articles of growing length, cut from the longest ones, and growing numbers of articles as they are."""
    rows = []
    longest = sorted(articles, key=lambda article: -len(article.text))[:32]
    for characters in (200, 800, 3200):
        cut = [Article(a.id, a.text[:characters]) for a in longest]
        rows.append((f"32 of {characters} characters", compared(checkpoint, cut, [way], 1)[way]))
    for count in (64, 256, 1024):
        many = [articles[i % len(articles)] for i in range(count)]
        rows.append((f"{count} as they are", compared(checkpoint, many, [way], 1)[way]))
    return rows


if __name__ == "__main__":
    print(json.dumps(vars(measure(*sys.argv[1:]))))
