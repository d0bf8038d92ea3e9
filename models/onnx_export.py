"""A model as ONNX graphs: one for the scores of a batch of windows, one for holder and target given cues."""

from __future__ import annotations

import copy
import logging
import warnings
from pathlib import Path

import onnx
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from torch import Tensor, nn

from .eight_bit import rounded
from .graphs import OPENVINO_BLOCK
from .modeling import QawlModel, pool_words
from .onnx_runner import ROLES, SCORES
from .role_batches import ASKED, GIVEN

_INT8 = 4  # ONNX Runtime's accuracy level that multiplies in int8
_OPSET = 18  # the first whose scatter adds up, which averaging a word's pieces needs


_BLOCK = 32  # weights of a row that share a scale
_ENCODER = "/encoder/"  # what the names of the encoder's nodes begin with


def export_onnx(model: QawlModel, folder: Path, precision: str = "fp32") -> None:
    """Write ``scores.onnx`` and, for a model with stances, ``roles.onnx``.

    Args:
        precision: ``fp32``, or ``int8`` for ONNX Runtime: matrices in blocks of 32 weights with a scale each, multiplied
            with activations that are rounded to 8 bits in blocks alike. One scale for a whole row of activations would
            round away all but the few very large ones that BERT has (Bondarenko et al., EMNLP 2021). Or ``int8-rows`` for
            OpenVINO, which rounds the activations alike: the encoder's matrices as ``eight_bit`` stores
            them. ONNX Runtime multiplies those in fp32.
    """
    model = copy.deepcopy(model).cpu().float().eval()
    model.encoder.set_attn_implementation("eager")  # the fused one is not exported faithfully
    _export_scores(model, folder / SCORES)
    if model.roles is not None:
        _export_roles(model, folder / ROLES)
    graph = onnx.load(folder / SCORES)
    if precision == "int8":
        graph = _quantised(graph)
    elif precision == "int8-rows":
        _round_rows(graph.graph)
    helper.set_model_props(graph, {"precision": "int8" if precision == "int8" else "fp32"})
    onnx.save(graph, folder / SCORES)


def _quantised(graph: onnx.ModelProto) -> onnx.ModelProto:
    logging.getLogger(MatMulNBitsQuantizer.__module__).setLevel(logging.WARNING)  # it tells of every node
    quantiser = MatMulNBitsQuantizer(graph, bits=8, block_size=_BLOCK, is_symmetric=True, accuracy_level=_INT8)
    quantiser.process()
    return quantiser.model.model


def _round_rows(graph: onnx.GraphProto) -> None:
    """Keep the encoder's matrices in 8 bits, with a scale for each row of PyTorch's, which is a column of ONNX's.

    A matrix whose rows are not whole blocks stays as it is: on processors with AMX, OpenVINO (2026.4) was seen to multiply
    those of 32, 48, 72, 80, 200, 304, 312 and 328 numbers wrongly, and those of 96, 160 and 352 right.
    """
    matrices = {tensor.name: tensor for tensor in graph.initializer}
    products = (node for node in graph.node if node.op_type == "MatMul" and node.name.startswith(_ENCODER))
    for name in dict.fromkeys(node.input[1] for node in products if node.input[1] in matrices):
        if matrices[name].dims[0] % OPENVINO_BLOCK:
            continue
        weights, scales = rounded(torch.from_numpy(numpy_helper.to_array(matrices[name]).T.copy()))
        stored = {f"{name}.int8": weights.T.contiguous(), f"{name}.scale": scales.float().flatten()}
        graph.initializer.remove(matrices[name])
        graph.initializer.extend(numpy_helper.from_array(tensor.numpy(), key) for key, tensor in stored.items())
        graph.node.insert(0, helper.make_node("DequantizeLinear", list(stored), [name], f"{name}.float", axis=1))


class _Scores(nn.Module):
    """``QawlModel.forward`` without losses; ``slots`` counts the words of the longest window."""

    def __init__(self, model: QawlModel):
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor, word_ids: Tensor, slots: Tensor
    ) -> tuple[Tensor, ...]:
        model = self.model
        pieces = model.encode(input_ids, attention_mask, token_type_ids)
        words = pool_words(pieces, word_ids, slots.shape[0])
        found = [words]
        for head in (model.entities, model.cues):
            if head is not None:
                found.append(head(words))
        if model.claims is not None:
            found.append(model.claims(pieces, attention_mask, token_type_ids))
        return tuple(found)


class _Roles(nn.Module):
    def __init__(self, model: QawlModel):
        super().__init__()
        self.roles = model.roles

    def forward(self, words: Tensor, lengths: Tensor, window: Tensor, cues: Tensor) -> tuple[Tensor, ...]:
        found = self.roles(words, lengths, window, cues)
        return tuple(getattr(found, name) for name in GIVEN)


def _export_scores(model: QawlModel, path: Path) -> None:
    ids = torch.full((2, 12), 5)
    ids[:, 6:] += 1
    word_ids = torch.tensor([[-1, *range(10), -1]] * 2)
    types = torch.tensor([[0] * 4 + [1] * 8] * 2)
    given = ["words"] + ["entities"] * (model.entities is not None) + ["cues"] * (model.cues is not None)
    given += ["claims"] * (model.claims is not None)
    batch = {0: "batch", 1: "pieces"}
    axes = {name: batch for name in ("input_ids", "attention_mask", "token_type_ids", "word_ids")}
    axes |= {"slots": {0: "words"}, "claims": {0: "batch"}}
    axes |= {name: {0: "batch", 1: "words"} for name in ("words", "entities", "cues")}
    _export(
        _Scores(model),
        (ids, torch.ones_like(ids), types, word_ids, torch.arange(10)),
        path,
        ["input_ids", "attention_mask", "token_type_ids", "word_ids", "slots"],
        given,
        axes,
    )


def _export_roles(model: QawlModel, path: Path) -> None:
    words = torch.randn(2, 9, model.config.encoder.hidden_size)
    axes = {"words": {0: "batch", 1: "words"}, "lengths": {0: "batch"}, "window": {0: "frames"}}
    axes |= {"cues": {0: "frames"}, "none": {0: "frames"}}
    axes |= {name: {0: "frames", 2: "words"} for name in ("start", "end", "inside")}
    window, cues = torch.tensor([0, 1, 1]), torch.tensor([[2, 3], [5, 7], [0, 1]])
    _export(_Roles(model), (words, torch.tensor([9, 8]), window, cues), path, list(ASKED), list(GIVEN), axes)


def _export(module: nn.Module, inputs: tuple, path: Path, asked: list[str], given: list[str], axes: dict) -> None:
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of shapes that are constants here, as the tests of other shapes show
        torch.onnx.export(
            module,
            inputs,
            path,
            input_names=asked,
            output_names=given,
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
