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

OURS = ("fp32", "bf16", "int8", "openvino-bf16", "openvino-int8")  # int8 alone: by ONNX Runtime
STOCK = (1, 8, 32)  # batch sizes of the pipeline
WARM = 8  # articles that are tagged before the clock starts
_PEAK_SIZE = 2048  # rows of the square matrices that show the machine's peak
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Measure:
    """One way of tagging the same articles.

    Attributes:
        seconds: to tag them; startup: until the first article was tagged, imports and loading included.
        memory: of the process at its peak, in MiB.
    """

    name: str
    words: int
    seconds: float
    startup: float
    memory: float

    @property
    def speed(self) -> float:
        """Words a second."""
        return self.words / self.seconds


def compared(checkpoint: Path, articles: Sequence[Article], ways: Iterable[str], repeats: int) -> dict[str, Measure]:
    """The median measure of each way; see ``measure`` for their names. The ways take turns, ``repeats`` times."""
    found: dict[str, list[Measure]] = {}
    ways = list(ways)
    with tempfile.TemporaryDirectory() as folder:
        write_jsonl(Path(folder) / "articles.jsonl", articles)
        exported = _exported(checkpoint, ways, Path(folder))
        for _ in range(repeats):
            for way in ways:
                command = [
                    sys.executable,
                    "-m",
                    "evaluation.benchmark",
                    way,
                    str(exported[way]),
                    f"{folder}/articles.jsonl",
                ]
                ended = subprocess.run(command, capture_output=True, text=True, cwd=_ROOT)
                if ended.returncode:
                    raise RuntimeError(f"{way}: {ended.stderr[-2000:]}")
                found.setdefault(way, []).append(Measure(**json.loads(ended.stdout.splitlines()[-1])))
    return {way: sorted(runs, key=lambda run: run.seconds)[len(runs) // 2] for way, runs in found.items()}


def _exported(checkpoint: Path, ways: Sequence[str], folder: Path) -> dict[str, Path]:
    """The folder that each way loads: the checkpoint, or an export of it, which is written here."""
    from models.export import FORMS
    from models.tagger import Tagger

    own = {"openvino-bf16": "onnx", "openvino-int8": "openvino", "int8": "onnx-int8"}
    forms = {way: "stock" if way.startswith("stock-") else own.get(way) for way in ways}
    for form in sorted(set(filter(None, forms.values()))):
        (folder / form).mkdir()
        FORMS[form](Tagger.from_pretrained(checkpoint, "fp32", "cpu"), folder / form)
    return {way: folder / form if form else checkpoint for way, form in forms.items()}


def measure(way: str, checkpoint: str, path: str) -> Measure:
    """Tag the articles of a JSONL file in this process.

    Args:
        way: ``fp32``, ``bf16`` or ``int8`` (by ONNX Runtime) for this project with all heads of the checkpoint,
            ``openvino-bf16`` and ``openvino-int8`` the same by OpenVINO,
            ``stock-8`` for transformers' ``token-classification`` pipeline at that batch size on the exported entities.
        checkpoint: the folder that the way loads, see ``_exported``.
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
    return Measure(way, sum(len(words(a.text)) for a in articles), seconds, startup, _peak_memory())


def _peak_memory() -> float:
    """MiB of this process at its peak, without what the process that started it had, which ``getrusage`` counts too."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS: bytes


def peak(precision: str) -> float:
    """Multiplications and additions a second of large square matrices, the best of several products."""
    import torch

    kind = {"fp32": torch.float32, "bf16": torch.bfloat16, "int8": torch.int8}[precision]
    product = torch._int_mm if precision == "int8" else torch.mm
    a, b = (torch.randint(-100, 100, (_PEAK_SIZE, _PEAK_SIZE)).to(kind) for _ in range(2))
    times = []
    for _ in range(8):
        start = time.perf_counter()
        product(a, b)
        times.append(time.perf_counter() - start)
    return 2 * _PEAK_SIZE**3 / min(times)


def _precision(way: str) -> str:
    return way.removeprefix("openvino-")


def _ours(checkpoint: str, way: str):
    from models.tagger import Tagger

    tagger = Tagger.from_pretrained(checkpoint, "auto" if way.startswith("openvino-") else way)
    return lambda articles: sum(1 for _ in tagger.stream(articles))


def _stock(checkpoint: str, batch: int):
    from transformers import pipeline

    # stride: long articles are read in overlapping windows, as here; without it the pipeline cuts them off
    tags = pipeline(
        "token-classification",
        f"{checkpoint}/entities",
        aggregation_strategy="first",
        batch_size=batch,
        stride=96,
        device="cpu",
    )
    return lambda articles: sum(1 for _ in tags([article.text for article in articles]))


def flops(checkpoint: Path, articles: Sequence[Article]) -> float:
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


def print_comparison(
    found: dict[str, Measure], work: float, peaks: dict[str, float], console: Console | None = None
) -> None:
    """Words a second, against the pipeline's best, start-up, memory, and the share of the machine's peak.

    Args:
        work: the ``flops`` of the articles; peaks: the ``peak`` of each precision.
    """
    stock = max((m.speed for m in found.values() if m.name.startswith("stock-")), default=None)
    table = Table("", "words/s", "× stock's best", "start-up s", "peak MiB", "of matmul peak")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, m in found.items():
        share = work / m.seconds / peaks.get(_precision(name), peaks["fp32"])
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
