"""One run: config → articles → features → Trainer → a folder with the best model and its metrics."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from datasets import concatenate_datasets
from transformers import PreTrainedModel, TrainerCallback, TrainingArguments, set_seed
from transformers.integrations import TensorBoardCallback

from data.article import LAYERS, Article
from data.yaml_text import read_yaml
from evaluation.score import score
from models.base import is_checkpoint, load_base, take_heads
from models.config import QawlConfig
from models.hardware import has_bf16
from models.modeling import QawlModel
from models.windows import Windower

from .card import METRICS, write_card
from .checkpoints import check_room, check_writable, last_checkpoint, write_json, write_whole
from .checks import Articles, check_articles, load_articles
from .config import SEED, UNLABELLED, ConfigError, RunConfig
from .features import Collator, build_features, stream_features
from .frequencies import with_shifts
from .plan import Plan
from .provenance import PROVENANCE, articles_of, provenance
from .stream import check_streamable
from .survey import Survey
from .teachers import bare, read_teachers, with_taught
from .trainer import QawlTrainer

if TYPE_CHECKING:
    from peft import PeftModel


def train(config: RunConfig, callbacks: Sequence[TrainerCallback] = ()) -> dict:
    """Run ``config`` and return what metrics.json holds: dev scores and, where the config names a test, test scores.

    A run that was stopped goes on from its last whole checkpoint when it is started again with the same config and
    articles, and one that was finished is not run again.

    Args:
        callbacks: added to the trainer's.

    Raises:
        ConfigError: the data cannot be trained on, or the folder holds a run of another config or of other articles.
    """
    output = Path(config.output)
    check_streamable(config)
    args = training_arguments(config)
    _refuse_other_run(output, config)
    if is_finished(output):
        if args.process_index == 0 and Path(args.output_dir).exists():
            _close(output, args)  # it was killed between its metrics and this
        return json.loads((output / METRICS).read_text(encoding="utf-8"))
    check_writable(output)
    set_seed(args.seed)
    articles, surveys = _checked(config, args.seed)
    _refuse_other_articles(output, surveys)
    trainer = build_trainer(config, args, articles, surveys["train"])
    check_room(output, trainer.model)
    first = trainer.is_world_process_zero()
    if first:
        write_whole(output / "run.yaml", config.to_shared_yaml())
        if not (output / PROVENANCE).exists():
            write_json(output / PROVENANCE, provenance(surveys))
    if trainer.pop_callback(TensorBoardCallback):
        from torch.utils.tensorboard import SummaryWriter  # only here: an extra

        trainer.add_callback(_Curves(SummaryWriter(output / "logs")))  # checkpoints/ does not stay
    for callback in callbacks:
        trainer.add_callback(callback)
    trainer.train(resume_from_checkpoint=last_checkpoint(args.output_dir))
    if config.lora:
        trainer.model.encoder = trainer.model.encoder.merge_and_unload()
    tagger = trainer.tagger()
    metrics = {name: score(articles[name], tagger.stream(articles[name])) for name in ("dev", "test") if articles[name]}
    metrics["training"] = {
        "seed": args.seed,
        "articles": surveys["train"].articles,
        "steps": trainer.state.global_step,
        "best_step": trainer.state.best_global_step,
        "kept_step": trainer.state.best_global_step if args.load_best_model_at_end else trainer.state.global_step,
        "best_" + config.metric: trainer.state.best_metric,
        "history": [entry for entry in trainer.state.log_history if "eval_score" in entry],
    }
    if first:
        tagger.save_pretrained(output)
        write_json(output / METRICS, metrics)
        _close(output, args)
    trainer.accelerator.wait_for_everyone()
    return metrics


class _Curves(TensorBoardCallback):
    """Losses and scores for TensorBoard, without the arguments, which hold paths of this machine; run.yaml has the rest."""

    def on_train_begin(self, args, state, control, **kwargs):
        pass


def _checked(config: RunConfig, seed: int) -> tuple[Articles, dict[str, Survey]]:
    """The articles of each split, of train the run's share of them, and what was found in them.

    Raises:
        ConfigError: naming everything that is wrong with them.
    """
    articles = load_articles(config)
    surveys = check_articles(config, articles)
    if config.fraction < 1:
        articles["train"] = _drawn(articles["train"], config.fraction, seed)
        surveys["train"] = Survey.of(articles["train"])
    return articles, surveys


def _drawn(articles: list[Article], fraction: float, seed: int) -> list[Article]:
    """A share of the articles in their order; a smaller share of the same seed is part of a larger one."""
    places = list(range(len(articles)))
    random.Random(seed).shuffle(places)
    return [articles[place] for place in sorted(places[: max(1, round(fraction * len(articles)))])]


def is_finished(output: str | Path) -> bool:
    """True when the run of this folder has its model and its scores."""
    return Path(output, METRICS).exists()


def chosen(metrics: dict) -> dict[str, float]:
    """Dev's scores, as they were logged, of the weights that a run keeps: those of the best step, or the last."""
    training = metrics["training"]
    kept = training.get("kept_step", training["best_step"])  # without in runs of an earlier version
    return next((entry for entry in training["history"] if entry["step"] == kept), training["history"][-1])


def _close(output: Path, args: TrainingArguments) -> None:
    """What is left to do when a run's model and scores are written."""
    write_card(output)
    shutil.rmtree(args.output_dir)


def plan(config: RunConfig) -> Plan:
    """What ``config`` would do; its model is built and tried for a few steps, and nothing is kept.

    Raises:
        ConfigError: naming everything that is wrong with the config and its data.
    """
    check_streamable(config)
    output = Path(config.output)
    _refuse_other_run(output, config)
    there = next(folder for folder in (output, *output.absolute().parents) if folder.exists())
    check_writable(there)
    with tempfile.TemporaryDirectory() as folder:  # a Trainer makes its folder
        args = training_arguments(replace(config, output=folder))
        set_seed(args.seed)
        articles, surveys = _checked(config, args.seed)
        _refuse_other_articles(output, surveys)
        trainer = build_trainer(config, args, articles, surveys["train"])
        check_room(there, trainer.model)
        return Plan.of(args, articles, surveys, trainer)


def build_trainer(config: RunConfig, args: TrainingArguments, articles: Articles, shown: Survey) -> QawlTrainer:
    """The trainer of a run, its model on top of the base encoder.

    Args:
        shown: what was found in the training articles.

    Raises:
        ConfigError: windows do not fit the base, or what is asked for cannot be done with FSDP.
    """
    encoder, tokenizer = load_base(config.base, config.revision)
    if args.use_cpu and args.bf16:
        # The fused one is slow backwards there: a step would take 1.2 to 1.6 times as long.
        encoder.set_attn_implementation("eager")
    model = QawlModel(model_config(config, encoder.config, shown), encoder)
    if is_checkpoint(config.base):
        take_heads(model, config.base)
    if config.lora:
        model.encoder = _with_lora(model.encoder, config.lora)
    windower = _windower(config, encoder, tokenizer)
    if config.streaming:
        rows = stream_features(articles["train"], model.config, windower, args.seed)
    else:
        rows = labelled = build_features(articles["train"], model.config, windower)
        if config.teachers:
            teachers = read_teachers(config.teachers, model.to(args.device), tokenizer)
            rows = with_taught(labelled, teachers, tokenizer, config.teacher_weight)
            if articles[UNLABELLED]:
                pairs = bare(articles[UNLABELLED], model.config.claim_labels[0])
                more = build_features(pairs, model.config, windower)
                rows = concatenate_datasets([rows, with_taught(more, teachers, tokenizer, 1.0)])
        if config.logit_adjustment:
            rows = with_shifts(rows, labelled, model.config.claim_labels, config.logit_adjustment)
    trainer = QawlTrainer(
        model=model,
        args=args,
        train_dataset=rows,
        eval_dataset=[],
        data_collator=Collator(model.config, tokenizer, twice=config.rdrop > 0),
        processing_class=tokenizer,
        dev=articles["dev"],
        head_learning_rate=config.head_learning_rate,
        layer_decay=config.layer_decay,
        rdrop=config.rdrop,
        average_decay=config.average_decay,
        batch_pieces=config.batch_pieces,
    )
    if trainer.is_fsdp_enabled and (config.lora or config.average_decay):
        raise ConfigError(
            "lora, average_decay: take whole weights, of which a process has a part with FSDP; leave them out or "
            "launch with configs/accelerate/ddp.yaml"
        )
    return trainer


def _with_lora(encoder: PreTrainedModel, options: dict) -> PeftModel:
    """The encoder frozen, with low-rank updates of its linear layers to train (Hu et al., LoRA, ICLR 2022)."""
    from peft import LoraConfig, get_peft_model  # only here: an extra

    try:
        return get_peft_model(encoder, LoraConfig(**{"target_modules": "all-linear", **options}))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"lora: {error}; it takes what peft.LoraConfig takes") from error


def _windower(config: RunConfig, encoder, tokenizer) -> Windower:
    positions = getattr(encoder.config, "max_position_embeddings", config.window)
    if config.window > positions:
        raise ConfigError(f"window: {config.window} pieces are more than the {positions} that the base reads")
    try:
        return Windower(tokenizer, size=config.window, overlap=config.overlap)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def training_arguments(config: RunConfig) -> TrainingArguments:
    """``TrainingArguments`` with this project's defaults under what the config's ``training`` says."""
    cuda, processes = torch.cuda.is_available(), int(os.environ.get("WORLD_SIZE", 1))
    defaults = {
        "output_dir": str(Path(config.output) / "checkpoints"),
        "use_cpu": not cuda,
        "bf16": has_bf16("cuda" if cuda else "cpu"),
        "learning_rate": 2e-4,
        "warmup_steps": 0.1,
        "weight_decay": 0.01,
        "num_train_epochs": 10,
        "per_device_train_batch_size": 8,
        "train_sampling_strategy": "group_by_length",
        "remove_unused_columns": False,
        "eval_strategy": "epoch",
        "save_strategy": "epoch",
        "save_total_limit": 1,
        "logging_steps": 20,
        "disable_tqdm": False,
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_" + config.metric,
        "greater_is_better": True,
        "dataloader_pin_memory": cuda,
        "ddp_backend": "gloo" if processes > 1 and not cuda else None,
        "ddp_find_unused_parameters": True if processes > 1 else None,  # a batch may lack the layer of a head
        "report_to": "tensorboard" if find_spec("tensorboard") else "none",
        "seed": SEED,
    }
    if config.streaming:
        defaults |= {
            "train_sampling_strategy": "random",
            "eval_strategy": "steps",
            "save_strategy": "steps",
            "eval_steps": 0.1,
            "save_steps": config.training.get("eval_steps", 0.1),
            # Each process reads the whole stream and keeps its own rows: a batch cannot be cut in parts and sent.
            "accelerator_config": {"dispatch_batches": False},
        }
    try:
        return TrainingArguments(**{**defaults, **config.training})
    except (TypeError, ValueError) as error:
        raise ConfigError(f"training: {error}") from error


def model_config(config: RunConfig, encoder_config, shown: Survey) -> QawlConfig:
    """The model's configuration: sizes from the run, label sets from the training articles."""
    entities, stances, claims = (sorted(shown.labels[layer]) for layer in LAYERS)
    return QawlConfig(
        encoder=encoder_config,
        entity_labels=entities,
        nested=shown.nested,
        punctuated=shown.punctuated,
        stance_labels=stances,
        claim_labels=claims,
        window=config.window,
        overlap=config.overlap,
        role_size=config.role_size,
        dropout=config.dropout,
    )


def _refuse_other_run(output: Path, config: RunConfig) -> None:
    """Raises ConfigError when the folder holds a run of another config."""
    run_file = output / "run.yaml"
    if not run_file.exists():
        return
    told = read_yaml(run_file)
    if not isinstance(told, dict):
        raise ConfigError(f"{run_file} does not tell which run this is; name another output or remove the folder")
    if keys := config.differing(told):
        raise ConfigError(
            f"{output} holds a run of another config ({', '.join(keys)}); name another output or remove the folder"
        )


def _refuse_other_articles(output: Path, surveys: dict[str, Survey]) -> None:
    """Raises ConfigError when the folder holds a run that began with other articles than these."""
    if not (output / PROVENANCE).exists():
        return
    begun = json.loads((output / PROVENANCE).read_text(encoding="utf-8"))["articles"]
    if names := [name for name, found in articles_of(surveys).items() if begun.get(name) != found]:
        raise ConfigError(
            f"{output} holds a run that began with other articles ({', '.join(names)}); name another output or remove "
            "the folder"
        )
