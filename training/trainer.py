"""Hugging Face's Trainer, evaluated on articles: what is scored is what a user would get."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from statistics import mean

from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from transformers import ProgressCallback, Trainer, TrainerCallback
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import rotate_checkpoints

from data.article import Article
from evaluation.pairing import pair
from evaluation.score import headlines, tallies
from models.modeling import QawlModel
from models.tagger import Tagger
from models.torch_runner import TorchRunner

from .averaging import Average
from .batches import PieceBatches
from .checkpoints import WRITING, published
from .consistency import divergence
from .optimizer import build_optimizer
from .progress import Progress


def article_metrics(gold: Sequence[Article], predicted: Iterable[Article]) -> dict[str, float]:
    """``headlines``, and ``score``: the mean of entity, cue, graph and claims' macro-F1 as far as gold has them."""
    metrics = headlines(tallies(pair(gold, predicted)))
    chosen = [metrics[key] for key in ("entity_f1", "cue_f1", "graph_f1", "claim_macro_f1") if key in metrics]
    return {**metrics, "score": mean(chosen) if chosen else 0.0}


FIRST = 20  # steps that show how large losses are where a run begins
FIRST_LOSSES = "first_losses.json"  # of a checkpoint: the losses of these steps
PLAIN = 0.25  # of a run's steps, before R-Drop has any weight, and in which its weight then grows
DIVERGED = 5.0  # times the largest of them is taken for diverging


class DivergenceError(RuntimeError):
    """A loss that no longer means anything: at which step, on which records, and what to do."""

    def __init__(self, step: int, loss: float, records: Sequence[str]):
        super().__init__(
            f"step {step}: the loss is {loss:.4g} on records {', '.join(map(repr, records))}; "
            "look at them, or lower learning_rate and head_learning_rate"
        )


class QawlTrainer(Trainer):
    """A ``Trainer`` whose ``evaluate`` tags articles and scores them.

    Args:
        dev: the articles that ``evaluate`` scores when it is given none.
        head_learning_rate, layer_decay: see ``optimizer``.
        rdrop: weight of the divergence between a batch's halves, which a doubling collator makes alike, see
            ``consistency``; 0 for none.
        average_decay: of the average of the weights, see ``averaging``, which is then what is scored and what the best
            model is; 0 for the weights themselves.
        batch_pieces: the most pieces of a batch, see ``batches``; 0 for batches of as many rows each.
    """

    def __init__(
        self,
        *args,
        dev: Sequence[Article],
        head_learning_rate: float,
        layer_decay: float = 1.0,
        rdrop: float = 0.0,
        average_decay: float = 0.0,
        batch_pieces: int = 0,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.dev, self.rdrop, self.batch_pieces = dev, rdrop, batch_pieces
        self.head_learning_rate, self.layer_decay = head_learning_rate, layer_decay
        self.average = Average(self.model, average_decay) if average_decay else None
        if self.average:
            self.add_callback(_Averaging(self.average))
        if self.pop_callback(ProgressCallback):
            self.add_callback(Progress)
        self._heads, self._counted = Counter(), Counter()  # losses and how often each was had, since they were logged
        self._logged = time.perf_counter()
        self._first: list[float] = []  # the first losses, which later ones are measured by

    def get_train_dataloader(self) -> DataLoader:
        if not self.batch_pieces:
            return super().get_train_dataloader()
        rows = self.train_dataset
        counts = [len(windows) for windows in rows["windows"]]
        seed = self.args.seed if self.args.data_seed is None else self.args.data_seed
        batches = PieceBatches(rows["length"], counts, self.batch_pieces, seed)
        loader = DataLoader(
            rows,
            batch_sampler=batches,
            collate_fn=self.data_collator,
            pin_memory=self.args.dataloader_pin_memory,
            num_workers=self.args.dataloader_num_workers,
        )
        return self.accelerator.prepare(loader)

    def create_optimizer(self, model=None) -> Optimizer:
        if self.optimizer is None:
            rates = {"head_learning_rate": self.head_learning_rate, "layer_decay": self.layer_decay}
            self.optimizer = build_optimizer(model or self.model, self.args, **rates)
        return self.optimizer

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """The model's loss; with R-Drop the weighed divergence of the batch's two halves more.

        The weight is nothing for a quarter of the run and grows to ``rdrop`` over the next: agreeing from the start is
        easiest for a head that says the same of everything, and some seeds then never leave that.
        """
        output = model(**inputs)
        loss = output.loss
        self._heads.update({name: float(part.detach()) for name, part in output.losses.items()})
        self._counted.update({**dict.fromkeys(output.losses, 1), "words": int(inputs["lengths"].sum())})
        if self.rdrop:
            quarters = self.state.global_step / max(1.0, PLAIN * self.state.max_steps)
            weight = self.rdrop * min(1.0, max(0.0, quarters - 1.0))
            loss = loss + weight * divergence(self.accelerator.unwrap_model(model), output, inputs)
        return (loss, output) if return_outputs else loss

    def training_step(self, model, inputs, num_items_in_batch=None):
        """One step; a loss that is not a number, or far above where it began, stops the run.

        Raises:
            DivergenceError: naming the step and the batch's records.
        """
        ids = inputs.pop("ids")
        loss = super().training_step(model, inputs, num_items_in_batch)
        value = float(loss)
        begun = len(self._first) == FIRST
        if not math.isfinite(value) or (begun and value > DIVERGED * max(self._first)):
            raise DivergenceError(self.state.global_step + 1, value, ids)
        if not begun:
            self._first.append(value)
        return loss

    def log(self, logs, start_time=None) -> None:
        """Log ``loss`` by head too, as ``loss_entities``, …, and the words read a second since the last time."""
        if "loss" in logs:
            now = time.perf_counter()
            logs |= {f"loss_{name}": total / self._counted[name] for name, total in self._heads.items()}
            logs["words_per_second"] = self._counted["words"] / (now - self._logged)
            self._heads.clear()
            self._counted.clear()
            self._logged = now
        super().log(logs, start_time)

    def _save_checkpoint(self, model, trial) -> None:
        """Save to a folder aside, and give the checkpoint its name when it is whole."""
        folder = Path(self.args.output_dir)
        aside = folder / WRITING
        name = f"checkpoint-{self.state.global_step}"
        try:
            self.args.output_dir = str(aside)
            super()._save_checkpoint(model, trial)
            if self.args.should_save:
                (aside / name / FIRST_LOSSES).write_text(json.dumps(self._first), encoding="utf-8")
                if self.average:
                    self.average.save(aside / name)
        finally:
            self.args.output_dir = str(folder)
        if self.state.best_global_step == self.state.global_step:
            self.state.best_model_checkpoint = str(folder / name)
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            self.state.save_to_json(str(aside / name / TRAINER_STATE_NAME))
            published(aside / name, folder)
            rotate_checkpoints(str(folder), self.args.save_total_limit, self.state.best_model_checkpoint)
        self.accelerator.wait_for_everyone()

    def _load_from_checkpoint(self, resume_from_checkpoint, model=None) -> None:
        super()._load_from_checkpoint(resume_from_checkpoint, model)
        self._first = json.loads(Path(resume_from_checkpoint, FIRST_LOSSES).read_text(encoding="utf-8"))
        if self.average:
            self.average.load(resume_from_checkpoint)

    def _load_best_model(self) -> None:
        super()._load_best_model()
        if self.average:
            self.average.load(self.state.best_model_checkpoint)

    def tagger(self) -> Tagger:
        """A tagger with the model as it is now, in the precision that it is trained in."""
        model = self._gathered() if self.is_fsdp_enabled else self.model
        return Tagger(TorchRunner(model, "bf16" if self.args.bf16 else "fp32"), self.processing_class)

    def _gathered(self) -> QawlModel:
        """A copy of the model with all its weights, of which each process trains a part with FSDP."""
        weights = get_model_state_dict(self.model, options=StateDictOptions(full_state_dict=True))
        model = QawlModel(self.model.config).to(self.args.device)
        model.load_state_dict(weights)
        return model

    def evaluate(
        self, eval_dataset: Sequence[Article] | None = None, ignore_keys=None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Score the model on articles; keys are those of ``article_metrics`` with the prefix."""
        gold = self.dev if eval_dataset is None else eval_dataset
        with self.average.used(self.model) if self.average else nullcontext():
            metrics = article_metrics(gold, self.tagger().stream(gold))
        metrics = {f"{metric_key_prefix}_{key}": value for key, value in metrics.items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


class _Averaging(TrainerCallback):
    """Averages the weights after each step of the optimizer; at the end the model takes the average."""

    def __init__(self, average: Average):
        self.average = average

    def on_step_end(self, args, state, control, model=None, **kwargs):
        self.average.update(model)

    def on_train_end(self, args, state, control, model=None, **kwargs):
        self.average.apply(model)
