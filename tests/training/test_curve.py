import json

import pytest

from tests.training.corpus import ARTICLES
from training.__main__ import main
from training.config import RunConfig
from training.curve import Curve
from training.run import _drawn


def test_the_gain_is_of_the_last_doubling():
    curve = Curve([25, 50, 200], {"entities": [0.5, 0.6, 0.64], "cues": [0.5, 0.7, 0.7]})
    assert curve.gains() == {"entities": pytest.approx(0.02), "cues": pytest.approx(0.0)}  # 200 is two doublings of 50
    entities, cues = curve.verdict()
    assert entities == "entities: +2.0 F1 by the last doubling of the articles; more annotation would help"
    assert cues.endswith("more annotation of this kind would hardly help")


def test_a_smaller_share_is_part_of_a_larger():
    half, most = (_drawn(ARTICLES, share, seed=3) for share in (0.5, 0.75))
    assert (len(half), len(most)) == (6, 9)
    assert [a for a in most if a in half] == half
    assert _drawn(ARTICLES, 1.0, seed=3) == ARTICLES


def test_shares_are_trained_and_drawn(run, tmp_path, capsys):
    run()
    assert main([str(tmp_path / "run.yaml"), "--output", str(tmp_path / "curve"), "--fractions", "1", "0.5"]) == 0
    record = json.loads((tmp_path / "curve" / "curve.json").read_text())
    assert record["articles"] == [6, 12]
    assert set(record["scores"]) == {"entities", "cues", "frames"}
    assert "<svg" in (tmp_path / "curve" / "curve.svg").read_text()
    assert "by the last doubling" in capsys.readouterr().out


def test_shares_of_the_same_articles_are_one_point(monkeypatch, tmp_path):
    def train(config):
        entry = {"step": 1, "eval_entity_f1": config.fraction}
        return {"training": {"history": [entry], "best_step": 1, "articles": max(1, round(4 * config.fraction))}}

    monkeypatch.setattr("training.curve.train", train)
    curve = Curve.of(RunConfig(str(tmp_path), [], []), [0.5, 0.6, 1])
    assert curve == Curve([2, 4], {"entities": [0.5, 1]})


def test_a_share_above_one_is_refused(run, tmp_path, capsys):
    run()
    assert main([str(tmp_path / "run.yaml"), "--fractions", "10"]) == 1
    assert "error: --fractions: 10.0 is not a share of the articles" in capsys.readouterr().err
