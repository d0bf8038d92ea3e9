import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data.article import Article
from data.jsonl import to_line
from models.export import main
from models.runner import CheckpointError
from models.tagger import Tagger
from models.windows import collate
from tests.articles import SMALL

ROOT = Path(__file__).parents[2]
ARTICLES = [SMALL.without_annotation(), Article("long", SMALL.text * 20), Article("short", "خبر"), Article("none", " ")]


@pytest.fixture
def exported(tiny_tagger, tmp_path):
    tiny_tagger.save_pretrained(tmp_path / "checkpoint")
    assert main([str(tmp_path / "checkpoint"), str(tmp_path / "onnx"), "--to", "onnx"]) == 0
    return tmp_path / "onnx"


def test_the_graphs_score_as_the_model_does(tiny_tagger, exported):
    onnx = Tagger.from_pretrained(exported).runner
    assert onnx.precision == "fp32"
    for text in (SMALL.text, SMALL.text * 5, "خبر"):
        _, windows = tiny_tagger.windower.windows(text, "ظهر الخبر")
        batch = collate(windows, tiny_tagger.tokenizer)
        ours, theirs = tiny_tagger.runner.scores(batch), onnx.scores(batch)
        assert ours.keys() == theirs.keys() == {"words", "entities", "cues", "claims"}
        assert all(np.allclose(ours[name], theirs[name], atol=1e-4) for name in ours)
        words, cues = ours["words"][0, : windows[0].words], np.array([[0, 1]])
        roles = [runner.roles([(words, cues)])[0] for runner in (tiny_tagger.runner, onnx)]
        for name in ("start", "end", "inside", "none"):
            assert np.allclose(*(getattr(role, name) for role in roles), atol=1e-4)


def test_eight_bits_score_nearly_as_the_model_does(tiny_tagger, tmp_path):
    tiny_tagger.save_pretrained(tmp_path / "checkpoint")
    assert main([str(tmp_path / "checkpoint"), str(tmp_path / "small"), "--to", "onnx-int8"]) == 0
    onnx = Tagger.from_pretrained(tmp_path / "small").runner
    assert onnx.precision == "int8"
    _, windows = tiny_tagger.windower.windows(SMALL.text, "ظهر الخبر")
    batch = collate(windows, tiny_tagger.tokenizer)
    ours, theirs = tiny_tagger.runner.scores(batch), onnx.scores(batch)
    assert all(np.abs(ours[name] - theirs[name]).max() < 0.05 * np.abs(ours[name]).max() for name in ours)
    assert any((ours[name] != theirs[name]).any() for name in ours)


def test_articles_are_tagged_the_same(tiny_tagger, exported):
    def spans(tagger):
        return [
            ([(e.span, e.label) for e in a.entities], [(s.label, s.cue, s.holder, s.target) for s in a.stances])
            for a in tagger.stream(ARTICLES)
        ]

    assert spans(Tagger.from_pretrained(exported)) == spans(tiny_tagger)


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


@pytest.mark.parametrize("name", ["scores.onnx", "roles.onnx", "config.json"])
def test_a_broken_export_is_named(exported, name):
    (exported / name).write_bytes(b"broken")
    with pytest.raises(CheckpointError, match="onnx: is not a whole ONNX export: .*; export it again"):
        Tagger.from_pretrained(exported)
