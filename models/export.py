"""python -m models.export CHECKPOINT OUT --to int8|onnx|stock: a checkpoint for other uses."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModelForTokenClassification, PreTrainedModel

from .eight_bit import save_eight_bit
from .modeling import QawlModel
from .runner import CheckpointError
from .tagger import Tagger


def to_int8(tagger: Tagger, folder: Path) -> None:
    """The whole checkpoint, a quarter of the size: see ``eight_bit``."""
    tagger.runner.model.config.save_pretrained(folder)
    tagger.tokenizer.save_pretrained(folder)
    save_eight_bit(tagger.runner.model, folder)


def to_onnx(tagger: Tagger, folder: Path) -> None:
    """The whole checkpoint as ONNX graphs, which ``Tagger.from_pretrained`` runs without PyTorch."""
    from .onnx_export import export_onnx  # only here: it needs an extra

    tagger.config.save_pretrained(folder)
    tagger.tokenizer.save_pretrained(folder)
    export_onnx(tagger.runner.model, folder)


def to_stock(tagger: Tagger, folder: Path) -> None:
    """The entities as a model that transformers' own ``token-classification`` pipeline loads without this project.

    Raises:
        CheckpointError: the checkpoint has no entities.
    """
    if tagger.runner.model.entities is None:
        raise CheckpointError(folder, "cannot be written: the checkpoint has no entities head")
    stock_entities(tagger.runner.model).save_pretrained(folder)
    tagger.tokenizer.save_pretrained(folder)


def stock_entities(model: QawlModel) -> PreTrainedModel:
    """A token classifier over O and the B and I of every type: the flat reading of the entities head.

    It classifies pieces where this project classifies the mean of a word's pieces; as the head is linear, the mean of
    its logits over a word are this project's.
    """
    labels = ["O", *(f"{tag}-{label}" for label in model.config.entity_labels for tag in "BI")]
    config = type(model.config.encoder).from_dict(model.config.encoder.to_dict())
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in config.id2label.items()}
    stock = AutoModelForTokenClassification.from_config(config)
    stock.base_model.load_state_dict(model.encoder.state_dict())
    weight, bias = model.entities.score.weight, model.entities.bias
    stock.classifier.weight = nn.Parameter(torch.cat([torch.zeros_like(weight[:1]), weight]))
    stock.classifier.bias = nn.Parameter(torch.cat([torch.zeros_like(bias[:1]), bias]))
    return stock.eval()


FORMS = {"int8": to_int8, "onnx": to_onnx, "stock": to_stock}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m models.export",
        description="Write a checkpoint in another form. int8: the same checkpoint in a quarter of the space, which "
        "everything here loads. onnx: graphs that everything here runs by ONNX Runtime, without PyTorch. stock: its entities as a plain token classifier, which transformers.pipeline loads "
        "without this project (flat: of entities that overlap it knows one).",
        epilog="Example: python -m models.export runs/news released --to int8",
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="folder that python -m training wrote")
    parser.add_argument("folder", metavar="OUT", help="folder to write")
    parser.add_argument("--to", required=True, choices=sorted(FORMS))
    options = parser.parse_args(argv)
    try:
        tagger = Tagger.from_pretrained(options.checkpoint, "fp32", "cpu")
        Path(options.folder).mkdir(parents=True, exist_ok=True)
        FORMS[options.to](tagger, Path(options.folder))
    except CheckpointError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}; name another folder", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in Path(options.folder).iterdir()) / 1e6
    print(f"{options.folder} holds the checkpoint as {options.to}, {size:.1f} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
