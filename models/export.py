"""python -m models.export CHECKPOINT OUT --to FORM: a checkpoint for other uses, see ``FORMS``."""

from __future__ import annotations

import argparse
import copy
import sys
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing
from torch import nn
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from . import eight_bit
from .differences import BITS, save_differences
from .folder import CARD, CLAIMS, TOKENIZER
from .modeling import QawlModel
from .runner import CheckpointError
from .tagger import Tagger
from .torch_runner import TorchRunner


def to_int8(tagger: Tagger, folder: Path, bits: int = BITS) -> None:
    """The whole checkpoint, a quarter of the size: see ``eight_bit``; of a judge only what sets it apart from the tagger's
    model in so many ``bits``, see ``differences``."""
    model = tagger.runner.model
    model.config.save_pretrained(folder)
    tagger.tokenizer.save_pretrained(folder)
    eight_bit.save_eight_bit(model, folder)
    if tagger.judge:
        to_differences(tagger.judge, folder / CLAIMS, bits)


def to_differences(tagger: Tagger, folder: Path, bits: int = BITS) -> None:
    """What sets the checkpoint apart from the one in eight bits in the folder above, in so many bits: see
    ``differences``.

    Raises:
        CheckpointError: there is none, or the checkpoint has a judge, which would be lost.
    """
    above = folder.absolute().parent
    if tagger.judge:
        raise CheckpointError(
            folder, f"cannot be written: there are two models; give their folder {CLAIMS}, or use --to int8"
        )
    if not (above / eight_bit.FILE).is_file():
        raise CheckpointError(above, "holds no checkpoint in eight bits; write one there with --to int8 first")
    tagger.config.save_pretrained(folder)
    if tagger.tokenizer.backend_tokenizer.to_str() != Tokenizer.from_file(str(above / TOKENIZER)).to_str():
        tagger.tokenizer.save_pretrained(folder)
    save_differences(tagger.runner.model, folder, bits)


def to_onnx(tagger: Tagger, folder: Path, precision: str = "fp32") -> None:
    """The whole checkpoint as ONNX graphs, which ``Tagger.from_pretrained`` runs without PyTorch."""
    from .onnx_export import export_onnx  # only here: it needs an extra

    tagger.config.save_pretrained(folder)
    tagger.tokenizer.save_pretrained(folder)
    export_onnx(tagger.runner.model, folder, precision)
    if tagger.judge:
        to_onnx(tagger.judge, folder / CLAIMS, precision)


def to_stock(tagger: Tagger, folder: Path) -> None:
    """Models that transformers' own pipelines load without this project: the entities in ``entities``, for
    ``token-classification``, and the stances to claims in ``claims``, for ``text-classification``.

    Raises:
        CheckpointError: the checkpoint has neither.
    """
    judge = tagger.judge or tagger
    if tagger.runner.model.entities is None and judge.runner.model.claims is None:
        raise CheckpointError(folder, "cannot be written: the checkpoint has no entities and no claims head")
    claims = None if judge.runner.model.claims is None else stock_claims(judge.runner.model)  # may refuse
    if tagger.runner.model.entities is not None:
        stock_entities(tagger.runner.model).save_pretrained(folder / "entities")
        tagger.tokenizer.save_pretrained(folder / "entities")
    if claims is not None:
        claims.save_pretrained(folder / CLAIMS)
        _of_pairs(judge.tokenizer).save_pretrained(folder / CLAIMS)


def stock_entities(model: QawlModel) -> PreTrainedModel:
    """A token classifier over O and the B and I of every type: the flat reading of the entities head.

    It classifies pieces where this project classifies the mean of a word's pieces; as the head is linear, the mean of
    its logits over a word are this project's.
    """
    labels = ["O", *(f"{tag}-{label}" for label in model.config.entity_labels for tag in "BI")]
    stock = AutoModelForTokenClassification.from_config(_labelled(model, labels))
    stock.base_model.load_state_dict(model.encoder.state_dict())
    weight, bias = model.entities.score.weight, model.entities.bias
    stock.classifier.weight = nn.Parameter(torch.cat([torch.zeros_like(weight[:1]), weight]))
    stock.classifier.bias = nn.Parameter(torch.cat([torch.zeros_like(bias[:1]), bias]))
    return stock.eval()


def stock_claims(model: QawlModel) -> PreTrainedModel:
    """A classifier of a claim and a text, in this order, that reads the first piece, see ``ClaimHead.stock_scores``.

    Raises:
        CheckpointError: the encoder is not of the kind whose classifier reads a pooled first piece.
    """
    stock = AutoModelForSequenceClassification.from_config(_labelled(model, model.config.claim_labels))
    if getattr(stock.base_model, "pooler", None) is None:
        raise CheckpointError(
            model.config.encoder.model_type, "has another sequence classifier than BERT; its claims have no stock form"
        )
    stock.base_model.load_state_dict(model.encoder.state_dict(), strict=False)
    stock.base_model.pooler.dense.load_state_dict(model.claims.pooler.state_dict())
    stock.classifier.load_state_dict(model.claims.stock.state_dict())
    return stock.eval()


def _of_pairs(tokenizer: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    """The tokenizer, joining claim and text as ``windows.collate`` does: one separator, and type 1 for the text."""
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    tokenizer.init_kwargs["model_input_names"] = tokenizer.model_input_names  # or it would not be saved
    first, end = tokenizer.cls_token, tokenizer.sep_token
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{first} $A {end}",
        pair=f"{first} $A {end} $B:1 {end}:1",
        special_tokens=[(first, tokenizer.cls_token_id), (end, tokenizer.sep_token_id)],
    )
    return tokenizer


def _labelled(model: QawlModel, labels: list[str]) -> PreTrainedConfig:
    """The encoder's configuration, with the labels of a stock head."""
    config = type(model.config.encoder).from_dict(model.config.encoder.to_dict())
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in config.id2label.items()}
    return config


_JUDGED = f"\n## Stances to claims\n\nThe model in `{CLAIMS}` reads them; see its card.\n".encode()
_WITH_BITS = ("int8", "differences")
FORMS = {
    "int8": to_int8,
    "differences": to_differences,
    "onnx": to_onnx,
    "onnx-int8": partial(to_onnx, precision="int8"),
    "openvino": partial(to_onnx, precision="int8-rows"),
    "stock": to_stock,
}


def _loaded(folder: Path) -> Tagger:
    """A checkpoint to be written in another form.

    Raises:
        CheckpointError: there is none, or it is graphs already.
    """
    tagger = Tagger.from_pretrained(folder, "fp32", "cpu")
    if not isinstance(tagger.runner, TorchRunner):
        raise CheckpointError(folder, "holds graphs, which have no other form; give the checkpoint that they came from")
    return tagger


def _copy_cards(source: Path, judge: Path | None, folder: Path) -> None:
    """The model cards of a checkpoint and of its judge, as far as there are any, go with the models."""
    judged = judge is not None and (judge / CARD).is_file()
    if judged:
        (folder / CLAIMS / CARD).write_bytes((judge / CARD).read_bytes())
    if (source / CARD).is_file():
        card = (source / CARD).read_bytes()
        (folder / CARD).write_bytes(card + _JUDGED if judged and _JUDGED not in card else card)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m models.export",
        description="Write a checkpoint in another form. int8: the same checkpoint in a quarter of the space, which "
        "everything here loads. differences: in a folder inside one of those, what sets a checkpoint of the same base apart from "
        "it, in a quarter of that space, see --bits. onnx: graphs that everything here runs without PyTorch, in bf16 by OpenVINO "
        "(extra: openvino) or in fp32 by ONNX Runtime. onnx-int8: half the space, and ONNX Runtime multiplies in 8 bits. "
        "openvino: the same for OpenVINO, the fastest. stock: plain classifiers of tokens (OUT/entities; flat: of entities "
        "that overlap it knows one) and of claim and text (OUT/claims), which transformers.pipeline loads without this "
        "project.",
        epilog="Example: python -m models.export runs/news released --to int8 --claims runs/ans",
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="folder that python -m training wrote")
    parser.add_argument("folder", metavar="OUT", help="folder to write")
    parser.add_argument("--to", required=True, choices=sorted(FORMS))
    parser.add_argument(
        "--claims",
        metavar="CHECKPOINT",
        help="another checkpoint, which then holds texts against claims; in int8 it takes a quarter of the space of the first "
        "where both are of one base",
    )
    parser.add_argument(
        "--bits",
        type=int,
        choices=range(1, 9),
        metavar="N",
        help=f"of a weight's difference, with int8 for --claims and with differences: {BITS} unless given; 4 where the "
        "checkpoint was trained in two steps, long and then shortly, as configs/ans-all.yaml is",
    )
    options = parser.parse_args(argv)
    if options.bits and options.to not in _WITH_BITS:
        parser.error(f"--bits goes with --to {' or '.join(_WITH_BITS)}; leave it out")
    try:
        source, folder = Path(options.checkpoint), Path(options.folder)
        judge = Path(options.claims or source)
        if (judge / CLAIMS / "config.json").is_file():
            judge = judge / CLAIMS
        tagger = _loaded(source)
        if options.claims:
            tagger.judge = _loaded(judge)
            if not tagger.claim_labels:
                raise CheckpointError(judge, "has no claims head; train on articles with claims, or leave --claims out")
        if options.bits and options.to == "int8" and not tagger.judge:
            raise CheckpointError(source, "has no claims in a model of their own, which --bits is for; leave it out")
        # Files of another form would be taken for the checkpoint, or for its judge.
        if folder.exists() and any(folder.iterdir()):
            raise CheckpointError(folder, "holds something already; remove it, or name another folder")
        FORMS[options.to](tagger, folder, **({"bits": options.bits} if options.bits else {}))
        if options.to != "stock":  # whose users have other commands than a card's
            _copy_cards(source, judge if tagger.judge else None, folder)
    except CheckpointError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(f"error: {error}; README.md says which extra has it", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}; name another folder", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in Path(options.folder).rglob("*") if path.is_file()) / 1e6
    print(f"{options.folder} holds the checkpoint as {options.to}, {size:.1f} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
