"""The inference wrapper: a checkpoint folder in, tagged Articles out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import regex
from transformers import PreTrainedTokenizerFast

from data.article import UNRELATED, Article, Claim, Evidence, Span
from data.words import sentences, words

from .folder import CLAIMS
from .pooling import pooled_text
from .reading import Reading, confidence, read_entities, read_stances, temperature_of
from .runner import CHUNK, RELEASED, Runner
from .windows import Window, Windower, collate

EVIDENCE = 3  # sentences that are shown for a stance to a claim
SHORTEST = (
    2  # words with letters that such a sentence has, where the text has any of them; a full stop alone tells nothing
)
PAIRS = 32  # of claim and text whose windows are sorted by length together
_LETTERS = regex.compile(r"\p{L}+")
T, R = TypeVar("T"), TypeVar("R")


class ClaimError(ValueError):
    """A claim that cannot be judged: why, and what to do."""


class Tagger:
    """Tags texts with a trained model.

    Args:
        runner: what runs the model, see ``Runner``.
        tokenizer: its fast tokenizer.

    Attributes:
        judge: what holds texts against claims in its place, with a model of its own; None without one.
    """

    def __init__(self, runner: Runner, tokenizer: PreTrainedTokenizerFast):
        self.runner, self.config, self.tokenizer = runner, runner.config, tokenizer
        self.judge: Tagger | None = None
        self.windower = Windower(tokenizer, size=self.config.window, overlap=self.config.overlap)

    @classmethod
    def from_pretrained(
        cls,
        folder: str | Path = RELEASED,
        precision: str = "auto",
        device: str | None = None,
        threads: int | None = None,
    ) -> Tagger:
        """Load a checkpoint that ``python -m training`` or ``save_pretrained`` wrote, or one exported to ONNX, which needs
        no PyTorch. A model in its folder ``claims`` is the judge.

        Args:
            folder: by default the checkpoint that comes with the project.
            precision: ``fp32``, ``bf16`` or ``auto`` (bf16 where the processor has it); of an ONNX export see
                ``OnnxRunner``.
            device: PyTorch's name of it; by default a GPU where there is one.
            threads: how many cores are used, for the whole process; by default what the runtime chooses.

        Raises:
            CheckpointError: there is no such folder, or it holds no Qawl checkpoint.
        """
        folder = Path(folder)
        tagger = cls._alone(folder, precision, device, threads)
        if (folder / CLAIMS / "config.json").is_file():
            tagger.judge = cls._alone(folder / CLAIMS, precision, device, threads)
        return tagger

    @classmethod
    def _alone(cls, folder: Path, precision: str, device: str | None, threads: int | None) -> Tagger:
        if (folder / "scores.onnx").is_file():
            from .onnx_runner import OnnxRunner

            runner = OnnxRunner(folder, precision, threads)
            return cls(runner, runner.tokenizer)
        import torch

        from .checkpoint import load_checkpoint
        from .torch_runner import TorchRunner

        if threads:
            torch.set_num_threads(threads)
        model, tokenizer = load_checkpoint(folder)
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        return cls(TorchRunner(model.to(device), precision).frozen(), tokenizer)

    @property
    def claim_labels(self) -> list[str]:
        """The stances to a claim that it knows; none without a claims head."""
        return self.judge.claim_labels if self.judge else self.config.claim_labels

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the checkpoint.

        Raises:
            ValueError: it was loaded in bf16, which would lose digits of its weights.
        """
        if self.runner.model.dtype.itemsize < 4:
            raise ValueError(
                "save_pretrained: the weights are rounded to bf16; load the checkpoint with precision='fp32'"
            )
        self.runner.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        if self.judge:
            self.judge.save_pretrained(Path(folder) / CLAIMS)

    def tag(self, text: str, id: str = "text") -> Article:
        """One text, tagged. A layer that the model has no head for is ``None``, and claims are."""
        return self.tag_articles([Article(id, text)])[0]

    def tag_batch(self, texts: Iterable[str]) -> list[Article]:
        """Several texts, tagged, with ids ``text-1``, ``text-2``, …"""
        return list(self.stream(Article(f"text-{i}", text) for i, text in enumerate(texts, 1)))

    def stance(self, claim: str, text: str) -> Claim:
        """The stance of a text to a claim: label, probability, and the text's clearest sentences as evidence."""
        return self.stance_batch([(claim, text)])[0]

    def stance_batch(self, pairs: Iterable[tuple[str, str]]) -> list[Claim]:
        """The stances of (claim, text) pairs, in their order; see ``stance``.

        A text without words is unrelated. The others have up to ``EVIDENCE`` sentences, the clearest first, of at least
        ``SHORTEST`` words if there are any: a sentence's score is the probability that it alone takes the text's stance.
        An unrelated text has none.

        Raises:
            ClaimError: the model has no claims head, or a claim has no words.
        """
        if self.judge:
            return self.judge.stance_batch(pairs)
        pairs = list(pairs)
        if not self.config.claim_labels:
            raise ClaimError("this checkpoint has no claims head; train on articles with claims, or choose another")
        for claim, _ in pairs:
            if not words(claim):
                raise ClaimError(f"claim: {claim!r} has no words; give a sentence")
        return [
            stance for first in range(0, len(pairs), PAIRS) for stance in self._stances(pairs[first : first + PAIRS])
        ]

    def _stances(self, pairs: list[tuple[str, str]]) -> Iterator[Claim]:
        found = self._probabilities(pairs)
        labels = self.config.claim_labels
        best = [max(range(len(p)), key=p.__getitem__) if p else None for p in found]
        related = [i is not None and labels[i] != UNRELATED for i in best]
        parts = [_telling(text) if shown else [] for (_, text), shown in zip(pairs, related)]
        # The only one of a text has the text's own probabilities.
        alone = [[(claim, p.of(text)) for p in own] for (claim, text), own in zip(pairs, parts) if len(own) > 1]
        each = iter(self._probabilities([pair for own in alone for pair in own]))
        for (claim, _), p, i, own in zip(pairs, found, best, parts):
            if i is None:
                yield Claim(claim, UNRELATED, (), 1.0)
                continue
            scores = [p] if len(own) == 1 else [next(each) for _ in own]
            shown = sorted(((q[i], s) for s, q in zip(own, scores) if q), key=lambda scored: -scored[0])[:EVIDENCE]
            evidence = tuple(Evidence(s.start, s.end, self._score(score)) for score, s in shown)
            yield Claim(claim, labels[i], evidence, self._score(p[i]))

    def _score(self, probability: float) -> float:
        return confidence(probability, temperature_of(self.config, "claims"))

    def _probabilities(self, pairs: list[tuple[str, str]]) -> list[list[float] | None]:
        """The probability of each claim label for each (claim, text); None for a text without words."""
        cut = [self.windower.windows(text, claim)[1] for claim, text in pairs]
        results = self._run([window for windows in cut for window in windows])
        probabilities: list[list[float] | None] = []
        for windows in cut:
            scores = [next(results)["claims"] for _ in windows]
            probabilities.append(pooled_text(np.stack(scores), self.config.claim_labels) if scores else None)
        return probabilities

    def stream(
        self,
        articles: Iterable[Article],
        claims: Sequence[str] | None = None,
        on_fault: Callable[[Article, Exception], None] | None = None,
    ) -> Iterator[Article]:
        """Tagged copies of ``articles`` in their order, reading a little ahead so that windows batch well.

        Args:
            claims: as for ``tag_articles``.
            on_fault: called with an article that cannot be tagged and the reason; it is then given back untagged.
                Without it the reason is raised.
        """
        with self.runner.pool() as pool:
            work = partial(self.tag_articles, claims=claims)
            chunks = _chunks(articles, self.runner.chunk)
            for chunk, coming in _in_order(pool, work, chunks, self.runner.workers + 1):
                try:
                    tagged = coming.result()
                except Exception as error:  # whatever an article does to the model must not stop the others
                    if on_fault is None or (claims and isinstance(error, ClaimError)):
                        raise
                    tagged = [self._tagged_alone(article, claims, on_fault) for article in chunk]
                yield from tagged

    def _tagged_alone(self, article: Article, claims, on_fault) -> Article:
        try:
            return self.tag_articles([article], claims)[0]
        except Exception as error:
            on_fault(article, error)
            return article.without_annotation()

    def tag_articles(self, articles: Sequence[Article], claims: Sequence[str] | None = None) -> list[Article]:
        """Tagged copies of ``articles``: same id, text and meta; a layer that the model has no head for is unknown.

        Args:
            claims: what every article is held against; by default each against the claims that it has.
        """
        return self._read(articles, *self._scored(articles, claims))

    def _scored(
        self, articles: Sequence[Article], claims: Sequence[str] | None
    ) -> tuple[list[Reading], list[tuple[Claim, ...] | None]]:
        """What the model says of each article: all that its passes over windows give, undecoded, and its claims."""
        asked = [claims if claims is not None else [c.claim for c in a.claims or ()] for a in articles]
        stances = iter(())
        if self.claim_labels or claims:
            stances = iter(self.stance_batch((c, a.text) for a, own in zip(articles, asked) for c in own))
        held = [tuple(next(stances) for _ in own) if own and self.claim_labels else None for own in asked]
        if not self.config.entity_labels and not self.config.stance_labels:
            return [], held
        cut = [self.windower.windows(article.text) for article in articles]
        results = self._run([window for _, windows in cut for window in windows])
        readings = [
            Reading(self.config, article.text, spans, windows, [next(results) for _ in windows])
            for article, (spans, windows) in zip(articles, cut)
        ]
        return readings, held

    def _read(
        self, articles: Sequence[Article], readings: list[Reading], held: list[tuple[Claim, ...] | None]
    ) -> list[Article]:
        nothing = [None] * len(articles)
        entities = read_entities(readings, self.config) if readings else nothing
        stances = read_stances(readings, self.runner) if readings else nothing
        return [Article(a.id, a.text, *layers, a.meta) for a, *layers in zip(articles, entities, stances, held)]

    def _run(self, windows: Sequence[Window]) -> Iterator[dict[str, np.ndarray]]:
        """Word vectors and head scores of each window, in order; computed in batches of like lengths."""
        results: list[dict[str, np.ndarray]] = [{} for _ in windows]
        for rows in _batches(windows, self.runner.batch_pieces):
            found = self.runner.scores(collate([windows[row] for row in rows], self.tokenizer))
            for place, row in enumerate(rows):
                count = windows[row].words
                results[row] = {
                    name: array[place] if name == "claims" else array[place, :count] for name, array in found.items()
                }
        return iter(results)


def _chunks(articles: Iterable[Article], characters: int) -> Iterator[list[Article]]:
    """Articles one after the other until they have so many characters together; every ``CHUNK`` of them begin anew."""
    chunk: list[Article] = []
    for number, article in enumerate(articles, 1):
        chunk.append(article)
        if number % CHUNK == 0 or sum(len(each.text) for each in chunk) >= characters:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _telling(text: str) -> list[Span]:
    """The sentences that may be evidence: those of ``SHORTEST`` words with letters, or else all."""
    found = sentences(text)
    return [s for s in found if len(_LETTERS.findall(s.of(text))) >= SHORTEST] or found


def _in_order(pool: Executor, work: Callable[[T], R], items: Iterable[T], most: int) -> Iterator[tuple[T, Future[R]]]:
    """Each item with its result to come, in order; at most ``most`` items are held."""
    waiting: deque[tuple[T, Future[R]]] = deque()
    for item in items:
        waiting.append((item, pool.submit(work, item)))
        if len(waiting) == most:
            yield waiting.popleft()
    yield from waiting


def _batches(windows: Sequence[Window], pieces: int) -> Iterator[list[int]]:
    """Rows of ``windows``, longest first, in batches of at most ``pieces`` pieces with padding."""
    batch: list[int] = []
    for row in sorted(range(len(windows)), key=lambda r: -windows[r].length):
        if batch and (len(batch) + 1) * windows[batch[0]].length > pieces:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
