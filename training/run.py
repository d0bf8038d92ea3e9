"""One run: config → articles → features → Trainer → a folder with the best model and its metrics."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from transformers import TrainingArguments, set_seed
from transformers.trainer_utils import get_last_checkpoint

from data.article import Article
from data.leaks import find_leaks
from data.sources import load_sources
from data.validation import has_overlaps, overlapping
from evaluation.score import score
from models.base import load_base
from models.config import QawlConfig
from models.hardware import has_bf16
from models.modeling import QawlModel
from models.tagger import Tagger
from models.windows import Windower

from .config import ConfigError, RunConfig
from .features import Collator, build_features
from .optimizer import build_optimizer
from .trainer import QawlTrainer, article_metrics


def train(config: RunConfig) -> dict:
    """Run ``config`` and return what metrics.json holds: dev scores and, where the config names a test, test scores.

    A run that was stopped goes on from its last whole checkpoint when it is started again with the same config.

    Raises:
        ConfigError: the data cannot be trained on, or the folder holds a run of another config.
    """
    output = Path(config.output)
    args = training_arguments(config)
    _claim_folder(output, config)
    set_seed(args.seed)
    articles = {name: load_sources(getattr(config, name)) for name in ("train", "dev", "test")}
    check_spans(articles)
    check_metric(config.metric, articles["dev"])
    check_leaks(config, articles)
    encoder, tokenizer = load_base(config.base, config.revision)
    model = QawlModel(model_config(config, encoder.config, articles), encoder)
    windower = _windower(config, encoder, tokenizer)
    optimizer = build_optimizer(
        model, args, head_learning_rate=config.head_learning_rate, layer_decay=config.layer_decay
    )
    precision = "bf16" if args.bf16 else "fp32"
    trainer = QawlTrainer(
        model=model,
        args=args,
        train_dataset=build_features(articles["train"], model.config, windower),
        eval_dataset=[],
        data_collator=Collator(model.config, tokenizer),
        processing_class=tokenizer,
        optimizers=(optimizer, None),
        dev=articles["dev"],
        precision=precision,
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(args.output_dir) if _has_checkpoint(args) else None)
    tagger = Tagger(model, tokenizer, precision)
    tagger.save_pretrained(output)
    metrics = {
        name: score(articles[name], tagger.stream(articles[name])) for name in ("dev", "test") if articles[name]
    }
    metrics["training"] = {
        "seed": args.seed,
        "steps": trainer.state.global_step,
        "best_step": trainer.state.best_global_step,
        "best_" + config.metric: trainer.state.best_metric,
        "history": [entry for entry in trainer.state.log_history if "eval_score" in entry],
    }
    (output / "metrics.json").write_text(json.dumps(metrics, ensure_ascii=False, indent=1), encoding="utf-8")
    shutil.rmtree(args.output_dir)
    return metrics


def check_metric(metric: str, dev: list[Article]) -> None:
    """Raises ConfigError when evaluation on ``dev`` will not give ``metric``."""
    known = article_metrics(dev, dev)
    if metric not in known:
        raise ConfigError(f"metric: {metric} is unknown; use one of {', '.join(known)}")


def check_spans(articles: dict[str, list[Article]]) -> None:
    """Raises ConfigError when entities of an article cross, which no tags can say."""
    for name, part in articles.items():
        for article in part:
            for first, second in overlapping(article.entities or ()):
                if first.crosses(second):
                    raise ConfigError(
                        f"{name}: record {article.id!r}: entities «{first.of(article.text)}» and "
                        f"«{second.of(article.text)}» cross; python -m data validate lists every fault of a file"
                    )


def check_leaks(config: RunConfig, articles: dict[str, list[Article]]) -> None:
    """Raises ConfigError when splits share near-duplicate articles, unless the config allows them."""
    leaks = find_leaks(articles)
    if leaks and not config.allow_leaks:
        pairs = "; ".join(map(str, leaks[:10])) + ("; …" if len(leaks) > 10 else "")
        raise ConfigError(
            f"{len(leaks)} near-duplicates across splits: {pairs}. Move or remove them; where a published split must "
            "stay as it is, set allow_leaks: true"
        )


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
    cuda = torch.cuda.is_available()
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
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_" + config.metric,
        "greater_is_better": True,
        "dataloader_pin_memory": cuda,
        "report_to": "none",
        "seed": 13,
    }
    try:
        return TrainingArguments(**{**defaults, **config.training})
    except (TypeError, ValueError) as error:
        raise ConfigError(f"training: {error}") from error


def model_config(config: RunConfig, encoder_config, articles: dict[str, list[Article]]) -> QawlConfig:
    """The model's configuration: sizes from the run, label sets from the training articles.

    Raises:
        ConfigError: there is nothing to train on, or dev or test has a label that training never shows.
    """
    found = {name: (_entity_labels(part), _stance_labels(part)) for name, part in articles.items()}
    entity_labels, stance_labels = found["train"]
    if not entity_labels and not stance_labels:
        raise ConfigError("train: no article has entities or stances; annotate some or choose another source")
    for name in ("dev", "test"):
        for layer, labels, known in zip(("entities", "stances"), found[name], found["train"]):
            if known and (unseen := labels - known):
                raise ConfigError(f"{name}: {layer} have labels that train never shows: {', '.join(sorted(unseen))}")
    if not articles["dev"]:
        raise ConfigError("dev: has no articles; dev chooses the checkpoint")
    return QawlConfig(
        encoder=encoder_config,
        entity_labels=sorted(entity_labels),
        nested=any(has_overlaps(article.entities or ()) for article in articles["train"]),
        stance_labels=sorted(stance_labels),
        window=config.window,
        overlap=config.overlap,
        role_size=config.role_size,
        dropout=config.dropout,
    )


def _entity_labels(articles: list[Article]) -> set[str]:
    return {entity.label for article in articles for entity in article.entities or ()}


def _stance_labels(articles: list[Article]) -> set[str]:
    return {stance.label for article in articles for stance in article.stances or ()}


def _claim_folder(output: Path, config: RunConfig) -> None:
    """Write run.yaml, or check that the folder's own is the same run."""
    run_file = output / "run.yaml"
    if run_file.exists() and run_file.read_text(encoding="utf-8") != config.to_yaml():
        raise ConfigError(f"{output} holds a run of another config; name another output or remove the folder")
    output.mkdir(parents=True, exist_ok=True)
    run_file.write_text(config.to_yaml(), encoding="utf-8")


def _has_checkpoint(args: TrainingArguments) -> bool:
    return Path(args.output_dir).is_dir() and get_last_checkpoint(args.output_dir) is not None
