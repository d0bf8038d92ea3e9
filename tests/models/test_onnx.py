import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from data.article import Article
from data.jsonl import to_line
from models.export import main
from models.graphs import openvino_has_bf16
from models.onnx_export import _round_rows
from models.role_batches import role_arrays
from models.runner import CheckpointError
from models.tagger import Tagger
from models.windows import collate
from tests.articles import SMALL

ROOT = Path(__file__).parents[2]
ARTICLES = [SMALL.without_annotation(), Article("long", SMALL.text * 20), Article("short", "خبر"), Article("none", " ")]


@pytest.fixture
def export(tiny_tagger, tmp_path):
    """Exports the tiny tagger in a form, and gives the folder."""

    def export(form):
        tiny_tagger.save_pretrained(tmp_path / "checkpoint")
        assert main([str(tmp_path / "checkpoint"), str(tmp_path / form), "--to", form]) == 0
        return tmp_path / form

    return export


@pytest.fixture
def exported(export):
    return export("onnx")


def test_the_graphs_score_as_the_model_does(tiny_tagger, exported):
    runner = Tagger.from_pretrained(exported, "fp32").runner
    assert runner.precision == "fp32"
    for text in (SMALL.text, SMALL.text * 5, "خبر"):
        _, windows = tiny_tagger.windower.windows(text, "ظهر الخبر")
        batch = collate(windows, tiny_tagger.tokenizer)
        ours, theirs = tiny_tagger.runner.scores(batch), runner.scores(batch)
        assert ours.keys() == theirs.keys() == {"words", "entities", "cues", "claims"}
        assert all(np.allclose(ours[name], theirs[name], atol=1e-4) for name in ours)
        words, cues = ours["words"][0, : windows[0].words], np.array([[0, 1]])
        roles = [each.roles([(words, cues)])[0] for each in (tiny_tagger.runner, runner)]
        for name in ("start", "end", "inside", "none"):
            assert np.allclose(*(getattr(role, name) for role in roles), atol=1e-4)


def test_eight_bits_score_nearly_as_the_model_does(tiny_tagger, export):
    runner = Tagger.from_pretrained(export("onnx-int8"), "int8").runner
    assert runner.precision == "int8"
    _, windows = tiny_tagger.windower.windows(SMALL.text, "ظهر الخبر")
    batch = collate(windows, tiny_tagger.tokenizer)
    ours, theirs = tiny_tagger.runner.scores(batch), runner.scores(batch)
    assert all(np.abs(ours[name] - theirs[name]).max() < 0.05 * np.abs(ours[name]).max() for name in ours)
    assert any((ours[name] != theirs[name]).any() for name in ours)


def test_openvinos_graphs_hold_a_checkpoint_in_eight_bits_without_loss(export, tmp_path):
    assert main([str(export("int8")), str(tmp_path / "graphs"), "--to", "openvino"]) == 0
    graph = onnx.load(tmp_path / "graphs" / "scores.onnx").graph
    tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    products = (node for node in graph.node if node.op_type == "MatMul")
    kept = {node.name: node.input[1] for node in products if f"{node.input[1]}.int8" in tensors}
    small, runner = (Tagger.from_pretrained(tmp_path / name, "fp32") for name in ("int8", "graphs"))
    assert len(kept) == 6 * small.config.encoder.num_hidden_layers
    for node, name in kept.items():
        weight = small.runner.model.get_parameter(node.removeprefix("/").replace("/", ".").replace("MatMul", "weight"))
        assert (tensors[f"{name}.int8"] * tensors[f"{name}.scale"] == weight.detach().numpy().T).all(), node
    batch = collate(small.windower.windows(SMALL.text, "ظهر الخبر")[1], small.tokenizer)
    ours, theirs = small.runner.scores(batch), runner.runner.scores(batch)
    assert all(np.allclose(ours[name], theirs[name], atol=5e-3) for name in ours)


def test_articles_are_tagged_the_same(tiny_tagger, exported):
    def spans(tagger):
        return [
            ([(e.span, e.label) for e in a.entities], [(s.label, s.cue, s.holder, s.target) for s in a.stances])
            for a in tagger.stream(ARTICLES)
        ]

    assert spans(Tagger.from_pretrained(exported, "fp32")) == spans(tiny_tagger)


def test_roles_of_windows_together_are_those_of_each_alone(tiny_tagger, exported):
    rng = np.random.default_rng(0)
    size = tiny_tagger.config.encoder.hidden_size
    asked = [
        (rng.standard_normal((words, size), np.float32), np.array([[start, start + 1] for start in range(cues)]))
        for words, cues in [(9, 2), (3, 1), (30, 4)] * 7
    ]
    fp32 = [tiny_tagger.runner, Tagger.from_pretrained(exported, "fp32").runner]
    padded = role_arrays(asked, tiny_tagger.runner._roles, step=16)
    for runner, together in [*((each, each.roles(asked)) for each in fp32), (tiny_tagger.runner, padded)]:
        assert len(together) == 21
        for one, pair in zip(together, asked):
            (alone,) = runner.roles([pair])
            assert one.start.shape == (len(pair[1]), 2, len(pair[0]))
            for name in ("start", "end", "inside", "none", "cues"):
                assert np.allclose(getattr(one, name), getattr(alone, name), atol=1e-4)


@pytest.mark.skipif(not openvino_has_bf16(), reason="OpenVINO has no bf16 here")
@pytest.mark.parametrize(
    "form, asked, used",
    [
        ("onnx", "auto", "bf16"),
        ("openvino", "auto", "int8"),
        ("openvino", "int8", "int8"),
        ("openvino", "bf16", "bf16"),
        ("onnx-int8", "auto", "bf16"),
    ],
)
def test_openvino_scores_nearly_as_the_model_does_from_any_thread(tiny_tagger, export, form, asked, used):
    runner = Tagger.from_pretrained(export(form), asked).runner
    assert runner.precision == used
    batches = []
    for text in (SMALL.text, SMALL.text * 5, "خبر"):
        batches.append(collate(tiny_tagger.windower.windows(text, "ظهر الخبر")[1], tiny_tagger.tokenizer))
    with runner.pool() as pool:
        for batch, theirs in zip(batches * 4, pool.map(runner.scores, batches * 4)):
            ours = tiny_tagger.runner.scores(batch)
            assert ours.keys() == theirs.keys() == {"words", "entities", "cues", "claims"}
            for name in ours:
                assert theirs[name].dtype == np.float32
                assert np.abs(ours[name] - theirs[name]).max() < 0.05 * np.abs(ours[name]).max()


def test_only_matrices_of_whole_blocks_go_to_eight_bits():
    numbers = {"whole": 64, "short": 32, "odd": 72}  # of each row that a product sums over
    weights = [numpy_helper.from_array(np.ones((rows, 8), np.float32), name) for name, rows in numbers.items()]
    products = [helper.make_node("MatMul", [f"{n}.in", n], [f"{n}.out"], f"/encoder/{n}") for n in numbers]
    graph = helper.make_graph(products, "graph", [], [], weights)
    _round_rows(graph)
    assert {t.name for t in graph.initializer} == {"whole.int8", "whole.scale", "short", "odd"}
    assert [(n.op_type, n.output[0]) for n in graph.node if n.op_type != "MatMul"] == [("DequantizeLinear", "whole")]


@pytest.mark.skipif(not openvino_has_bf16(), reason="OpenVINO has no bf16 here")
@pytest.mark.parametrize("form", ["onnx", "openvino"])
def test_openvino_tags_articles_alike_in_any_batch(export, form):
    tagger = Tagger.from_pretrained(export(form))
    alone = [tagger.tag_articles([article])[0] for article in ARTICLES]
    assert [a.entities for a in alone] == [a.entities for a in tagger.stream(ARTICLES)]


def test_bf16_without_openvino_is_refused(exported, monkeypatch):
    monkeypatch.setattr("models.onnx_runner.openvino_has_bf16", lambda: False)
    with pytest.raises(CheckpointError, match="run in bf16 by OpenVINO, .*: pip install openvino"):
        Tagger.from_pretrained(exported, "bf16")
    assert Tagger.from_pretrained(exported).runner.precision == "fp32"


def test_a_graph_without_its_precision_is_refused(exported):
    graph = onnx.load(exported / "scores.onnx")
    del graph.metadata_props[:]
    onnx.save(graph, exported / "scores.onnx")
    with pytest.raises(CheckpointError, match="is not a whole ONNX export: 'precision'"):
        Tagger.from_pretrained(exported, "fp32")


def test_another_precision_than_the_exports_is_refused(exported):
    with pytest.raises(CheckpointError, match="is an export that runs in fp32 here, not in int8; use auto"):
        Tagger.from_pretrained(exported, "int8")


def test_pytorch_is_not_asked_for(exported, tmp_path):
    (tmp_path / "a.jsonl").write_text("".join(map(to_line, ARTICLES)), encoding="utf-8")
    code = (
        "import sys\n"
        "from importlib.machinery import PathFinder\n"
        "class WithoutTorch:\n"
        "    find_distributions = staticmethod(PathFinder.find_distributions)\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        return None if name == 'torch' else PathFinder.find_spec(name, path, target)\n"
        "sys.meta_path[:] = [WithoutTorch() if finder is PathFinder else finder for finder in sys.meta_path]\n"
        "from models.predict import main\n"
        f"sys.exit(main([{str(tmp_path / 'a.jsonl')!r}, '--checkpoint', {str(exported)!r}, '-o', {str(tmp_path / 'o.jsonl')!r}]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert len((tmp_path / "o.jsonl").read_text("utf-8").splitlines()) == 4


def test_graphs_of_another_configuration_are_refused(exported):
    record = json.loads((exported / "config.json").read_text())
    (exported / "config.json").write_text(json.dumps(record | {"entity_labels": ["GPE", "ORG"]}))
    with pytest.raises(CheckpointError, match="scores.onnx scores other entities than the 2 labels of config.json"):
        Tagger.from_pretrained(exported)
    (exported / "config.json").write_text(json.dumps(record | {"window": -5}))
    with pytest.raises(CheckpointError, match="window: -5 is not a whole number"):
        Tagger.from_pretrained(exported)


def test_a_graph_with_weights_outside_its_folder_is_refused(exported, tmp_path):
    graph = onnx.load(exported / "scores.onnx")
    onnx.save(graph, exported / "scores.onnx", save_as_external_data=True, location="weights", size_threshold=0)
    (exported / "weights").rename(tmp_path / "secret")
    graph = onnx.load(exported / "scores.onnx", load_external_data=False)
    for tensor in graph.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = "../secret"
    (exported / "scores.onnx").write_bytes(graph.SerializeToString())
    with pytest.raises(CheckpointError, match="is not a whole ONNX export"):
        Tagger.from_pretrained(exported)


@pytest.mark.parametrize("name", ["scores.onnx", "roles.onnx", "config.json", "tokenizer.json"])
def test_a_broken_export_is_named(exported, name):
    (exported / name).write_bytes(b"broken")
    with pytest.raises(CheckpointError, match="onnx: is not a whole ONNX export: .*; export it again"):
        Tagger.from_pretrained(exported)
