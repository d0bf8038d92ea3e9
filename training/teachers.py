"""Pairs of claim and text labelled softly, by models that were trained on them before (Hinton, Vinyals and Dean, "Distilling
the Knowledge in a Neural Network", 2015, section 2, at temperature 1).

Several seeds of one recipe err in different places; one model that learns their mean beside the labels comes near what
they are together, and takes the time of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from datasets import Dataset, List, Value
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm
from transformers import PreTrainedTokenizerBase

from data.article import Article, Claim
from models.base import is_checkpoint
from models.checkpoint import load_checkpoint
from models.modeling import QawlModel
from models.torch_runner import TorchRunner

from .batches import PieceBatches
from .config import ConfigError
from .features import Collator

_READ = ("input_ids", "attention_mask", "token_type_ids", "word_ids", "lengths")  # of a batch, what is no label


def read_teachers(names: Sequence[str], model: QawlModel, tokenizer: PreTrainedTokenizerBase) -> list[QawlModel]:
    """The teachers of ``model``, read to where it is.

    Args:
        names: folders of checkpoints.
        model, tokenizer: what will be trained, and its tokenizer.

    Raises:
        ConfigError: a teacher is no checkpoint, or has other pieces or claim labels than the model.
    """
    return [_teacher(name, model, tokenizer) for name in names]


def with_taught(
    rows: Dataset, teachers: Sequence[QawlModel], tokenizer: PreTrainedTokenizerBase, weight: float
) -> Dataset:
    """The rows of ``features.build_features`` with a column ``taught``: for a row that is held against a claim, the
    probabilities to learn for the teachers' claim labels; null in the others.

    Args:
        teachers: whose mean is taken, see ``read_teachers``.
        weight: the teachers' share of the probabilities, the rest being the row's label.
    """
    held = [place for place, stance in enumerate(rows["stance"]) if stance is not None]
    taken = rows.select(held)
    said = torch.stack([_said(taken, teacher, tokenizer) for teacher in teachers]).mean(0)
    soft = weight * said + (1 - weight) * F.one_hot(torch.tensor(taken["stance"]), said.shape[1])
    column: list[list[float] | None] = [None] * len(rows)
    for place, probabilities in zip(held, soft.tolist(), strict=True):
        column[place] = probabilities
    return rows.add_column("taught", column, feature=List(Value("float32")))


def bare(articles: Iterable[Article], label: str) -> Iterator[Article]:
    """Of each article the text and its claims, without evidence and all with ``label``, which stands for none: what
    teachers say takes its place."""
    for article in articles:
        yield Article(article.id, article.text, claims=tuple(Claim(held.claim, label) for held in article.claims or ()))


def _teacher(name: str, model: QawlModel, tokenizer: PreTrainedTokenizerBase) -> QawlModel:
    if not is_checkpoint(name):
        raise ConfigError(f"teachers: {name} is not the folder of a checkpoint; train it first")
    teacher, its_tokenizer = load_checkpoint(Path(name))
    if teacher.config.claim_labels != model.config.claim_labels:
        raise ConfigError(
            f"teachers: {name} has the claim labels {teacher.config.claim_labels}, this run has "
            f"{model.config.claim_labels}; name a checkpoint that was trained on the same"
        )
    if its_tokenizer.get_vocab() != tokenizer.get_vocab():
        raise ConfigError(f"teachers: {name} reads other pieces than this run's base; name one of the same base")
    return teacher.to(model.device)


def _said(rows: Dataset, teacher: QawlModel, tokenizer: PreTrainedTokenizerBase) -> Tensor:
    """The probabilities (rows, claim labels) that the teacher gives."""
    runner, collator = TorchRunner(teacher), Collator(teacher.config, tokenizer)
    counts = [len(windows) for windows in rows["windows"]]
    found = torch.zeros(len(rows), len(teacher.config.claim_labels))
    batches = PieceBatches(rows["length"], counts, runner.batch_pieces, seed=0)
    for places in tqdm(batches, desc="teachers", unit=" batches"):
        batch = collator(rows.select(places).to_list())
        scores = runner.scores({name: batch[name].numpy() for name in _READ})
        found[places] = teacher.pooled_claims(torch.from_numpy(scores["claims"]), batch["pairs"])
    return found
