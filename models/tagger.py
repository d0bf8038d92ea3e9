"""The inference wrapper: a checkpoint folder in, tagged Articles out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from data.article import Article, Entity, Span, Stance
from data.jsonl import FileError
from data.words import is_punctuation

from .decoding import TaggedSpan, decode_flat, decode_nested
from .hardware import has_bf16
from .modeling import QawlModel
from .role_head import ROLES
from .windows import Window, Windower, collate, owners

BATCH_PIECES = 4096  # pieces, padding included, that one forward pass reads
CHUNK = 64  # articles whose windows are sorted by length together


class CheckpointError(FileError):
    """A folder that is not a Qawl checkpoint: which folder, what is wrong and what to do."""

    def __init__(self, folder: Path, problem: str):
        super().__init__(folder, None, problem)


class Tagger:
    """Tags texts with a trained model.

    Args:
        model: a ``QawlModel``.
        tokenizer: its fast tokenizer.
        precision: ``fp32``, ``bf16`` or ``auto`` (bf16 where the processor has it).
    """

    def __init__(self, model: QawlModel, tokenizer: PreTrainedTokenizerFast, precision: str = "auto"):
        if precision not in ("auto", "fp32", "bf16"):
            raise ValueError(f"precision: {precision!r} is unknown; use auto, fp32 or bf16")
        self.model, self.tokenizer = model, tokenizer
        self.bf16 = precision == "bf16" or (precision == "auto" and has_bf16(model.device))
        self.windower = Windower(tokenizer, size=model.config.window, overlap=model.config.overlap)

    @classmethod
    def from_pretrained(cls, folder: str | Path, precision: str = "auto", device: str | None = None) -> Tagger:
        """Load a checkpoint that ``python -m training`` or ``save_pretrained`` wrote.

        Raises:
            CheckpointError: there is no such folder, or it holds no Qawl checkpoint.
        """
        folder = Path(folder)
        if not (folder / "config.json").is_file():
            raise CheckpointError(folder, "holds no config.json; give a folder that python -m training wrote")
        try:
            model, loading = QawlModel.from_pretrained(folder, use_safetensors=True, output_loading_info=True)
            tokenizer = AutoTokenizer.from_pretrained(folder)
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise CheckpointError(folder, f"is not a whole Qawl checkpoint: {error}") from error
        wrong = {name: sorted(map(str, keys)) for name, keys in loading.items() if keys}
        if wrong:
            raise CheckpointError(folder, f"is not a whole Qawl checkpoint: {wrong}; train or copy it again")
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        return cls(model.to(device), tokenizer, precision)

    def save_pretrained(self, folder: str | Path) -> None:
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def tag(self, text: str, id: str = "text") -> Article:
        """One text, tagged. Layers that the model has no head for stay ``None``."""
        return self.tag_articles([Article(id, text)])[0]

    def tag_batch(self, texts: Iterable[str]) -> list[Article]:
        """Several texts, tagged, with ids ``text-1``, ``text-2``, …"""
        return list(self.stream(Article(f"text-{i}", text) for i, text in enumerate(texts, 1)))

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Tagged copies of ``articles`` in their order, reading a little ahead so that windows batch well."""
        articles = iter(articles)
        while chunk := list(islice(articles, CHUNK)):
            yield from self.tag_articles(chunk)

    def tag_articles(self, articles: Sequence[Article]) -> list[Article]:
        """Tagged copies of ``articles``: same id, text and meta; entities and stances by the model, claims unknown."""
        cut = [self.windower.windows(article.text) for article in articles]
        results = self._run([window for _, windows in cut for window in windows])
        tagged = []
        for article, (spans, windows) in zip(articles, cut):
            reading = _Reading(self.model, article.text, spans, windows, [next(results) for _ in windows])
            tagged.append(Article(article.id, article.text, reading.entities(), reading.stances(), meta=article.meta))
        return tagged

    @torch.inference_mode()
    def _run(self, windows: Sequence[Window]) -> Iterator[dict[str, torch.Tensor]]:
        """Word vectors and head scores of each window, in order; computed in batches of like lengths."""
        self.model.eval()
        results: list[dict[str, torch.Tensor]] = [{} for _ in windows]
        device = self.model.device
        for rows in _batches(windows):
            batch = {k: v.to(device) for k, v in collate([windows[r] for r in rows], self.tokenizer).items()}
            with torch.autocast(device.type, torch.bfloat16, enabled=self.bf16):
                output = self.model(**batch)
            named = {"words": output.words, "entities": output.entities, "cues": output.cues}
            for place, row in enumerate(rows):
                count = windows[row].words
                results[row] = {k: v[place, :count].float() for k, v in named.items() if v is not None}
        return iter(results)


def _batches(windows: Sequence[Window]) -> Iterator[list[int]]:
    """Rows of ``windows``, longest first, in batches of at most ``BATCH_PIECES`` pieces with padding."""
    batch: list[int] = []
    for row in sorted(range(len(windows)), key=lambda r: -windows[r].length):
        if batch and (len(batch) + 1) * windows[batch[0]].length > BATCH_PIECES:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


class _Reading:
    """What the model says of one article: window results joined over its words, decoded into spans of its text."""

    def __init__(self, model: QawlModel, text: str, spans: list[Span], windows: list[Window], results: list[dict]):
        self.model, self.config = model, model.config
        self.marks = [is_punctuation(text[span.start]) for span in spans]
        self.spans, self.windows, self.results = spans, windows, results
        self.owner = owners(windows, len(spans))

    def entities(self) -> tuple[Entity, ...] | None:
        if self.model.entities is None:
            return None
        if not self.spans:
            return ()
        decode = decode_nested if self.config.nested else decode_flat
        found = decode(self._joined("entities"))
        if not self.config.punctuated:
            found = [trimmed for span in found if (trimmed := self._trimmed(span))]
        return tuple(
            Entity(*self._characters(span.start, span.end), self.config.entity_labels[span.label], _rounded(span.score))
            for span in found
        )

    def stances(self) -> tuple[Stance, ...] | None:
        if self.model.cues is None:
            return None
        if not self.spans:
            return ()
        by_window: dict[int, list[TaggedSpan]] = {}
        for cue in filter(None, map(self._trimmed, decode_flat(self._joined("cues")))):
            by_window.setdefault(int(self.owner[cue.start]), []).append(cue)
        return tuple(stance for window, cues in by_window.items() for stance in self._frames(window, cues))

    def _joined(self, head: str) -> np.ndarray:
        """A head's scores (words, labels, 2) for the whole article, each word from the window that owns it."""
        scores = np.zeros((len(self.spans), *self.results[0][head].shape[1:]), dtype=np.float64)
        for i, (window, result) in enumerate(zip(self.windows, self.results)):
            own = np.flatnonzero(self.owner[window.start : window.end] == i)
            scores[window.start + own] = result[head].cpu().numpy()[own]
        return scores

    @torch.inference_mode()
    def _frames(self, number: int, cues: list[TaggedSpan]) -> Iterator[Stance]:
        """The frames of the cues that window ``number`` owns; holder and target never overlap."""
        window, words = self.windows[number], self.results[number]["words"]
        places = [(cue.start - window.start, min(cue.end, window.end) - window.start) for cue in cues]
        scores = self.model.roles(
            words[None],
            torch.tensor([window.words], device=words.device),
            torch.zeros(len(cues), dtype=torch.long, device=words.device),
            torch.tensor(places, device=words.device),
        )
        log_partition = scores.log_partition().cpu()
        target, target_score = scores.best(ROLES.index("target"))
        place = torch.arange(window.words, device=words.device)
        barred = (place >= target[:, :1]) & (place < target[:, 1:])
        holder, holder_score = scores.best(ROLES.index("holder"), barred)
        log_probs = torch.stack([holder_score, target_score], -1).cpu() - log_partition
        for i, cue in enumerate(cues):
            role_score = float(log_probs[i].sum().exp().clamp(max=1))
            yield Stance(
                self.config.stance_labels[cue.label],
                Span(*self._characters(cue.start, cue.end)),
                self._role(window, holder[i]),
                self._role(window, target[i]),
                _rounded(cue.score * role_score),
            )

    def _role(self, window: Window, words: torch.Tensor) -> Span | None:
        start, end = words.tolist()
        if start < 0:
            return None
        span = self._trimmed(TaggedSpan(window.start + start, window.start + end, 0, 1.0))
        return Span(*self._characters(span.start, span.end)) if span else None

    def _trimmed(self, span: TaggedSpan) -> TaggedSpan | None:
        """``span`` without punctuation at its edges; None when nothing is left."""
        inside = [word for word in range(span.start, span.end) if not self.marks[word]]
        return replace(span, start=inside[0], end=inside[-1] + 1) if inside else None

    def _characters(self, start: int, end: int) -> tuple[int, int]:
        return self.spans[start].start, self.spans[end - 1].end


def _rounded(score: float) -> float:
    return round(score, 4)
