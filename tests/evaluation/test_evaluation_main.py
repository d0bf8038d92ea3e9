import json
from dataclasses import replace

import pytest

from data.article import CLAIM_LABELS, Claim
from data.jsonl import write_jsonl
from data.parquet import write_parquet
from data.yaml_text import to_yaml
from evaluation.__main__ import _name, main
from evaluation.systems import training_sources
from models.base import load_base
from models.config import QawlConfig
from models.modeling import QawlModel
from models.tagger import Tagger
from models.torch_runner import TorchRunner
from tests.articles import SMALL


@pytest.fixture
def gold(tmp_path):
    path = tmp_path / "gold.jsonl"
    write_jsonl(path, [SMALL])
    return str(path)


def test_predictions_of_any_system_are_scored(gold, tmp_path, capsys):
    write_jsonl(tmp_path / "theirs.jsonl", [replace(SMALL, stances=())])
    assert main([str(tmp_path / "theirs.jsonl"), gold]) == 0
    scores = json.loads((tmp_path / "scores-theirs-gold.json").read_text())
    assert scores["entities"]["micro"]["f1"] == 1.0 and scores["stances"]["graph"]["f1"] == 0.0
    assert scores["intervals"]["entity_f1"] == [1.0, 1.0]
    assert "cue with polarity" in capsys.readouterr().out


def test_types_of_another_set_are_scored_under_golds_names(gold, tmp_path, capsys):
    theirs = replace(SMALL, entities=tuple(replace(e, label=f"B{e.label}") for e in SMALL.entities))
    write_jsonl(tmp_path / "theirs.jsonl", [theirs])
    labels = sorted({f"B{e.label}={e.label}" for e in SMALL.entities})
    assert main([str(tmp_path / "theirs.jsonl"), gold, "--labels", *labels]) == 0
    assert json.loads((tmp_path / "scores-theirs-gold.json").read_text())["entities"]["micro"]["f1"] == 1.0
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path / "theirs.jsonl"), gold, "--labels", "GPE"])
    assert "labels: 'GPE' is not of the form SYSTEM=GOLD, such as GPE=LOC" in capsys.readouterr().err


def test_scores_of_two_systems_and_two_cuts_do_not_overwrite_one_another(gold, tmp_path):
    for name in ("theirs", "[ours]"):
        theirs = replace(SMALL, entities=tuple(replace(e, label="[/x]") for e in SMALL.entities))
        write_parquet(tmp_path / f"{name}.parquet", [theirs])
        assert main([str(tmp_path / f"{name}.parquet"), gold]) == 0
    assert sorted(path.name for path in tmp_path.glob("scores*")) == [
        "scores-[ours]-gold.json",
        "scores-theirs-gold.json",
    ]
    assert _name("news:train[:90%]") == "news-train-0-90" and _name("news:train[90%:]") == "news-train-90-100"
    assert _name("wojood-sample:test:8") == "wojood-sample-test-8"


def test_no_articles_are_named(gold, tmp_path, capsys):
    (tmp_path / "empty.jsonl").write_text("")
    assert main([gold, str(tmp_path / "empty.jsonl")]) == 1
    assert "empty.jsonl: holds no articles; name others" in capsys.readouterr().err


def test_a_checkpoint_is_scored(gold, tiny_tagger, tmp_path):
    tiny_tagger.save_pretrained(tmp_path / "checkpoint")
    assert main([str(tmp_path / "checkpoint"), gold, "-o", str(tmp_path / "s.json")]) == 0
    assert json.loads((tmp_path / "s.json").read_text())["articles"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "GOLD"], "error: nowhere: holds no config.json; give a folder that python -m training wrote"),
        (["GOLD", "none.jsonl"], "error: none.jsonl: cannot be read"),
        (["GOLD", "ans:nowhere"], "error: ans has no split 'nowhere'; use train, dev, test"),
        (["GOLD", "BARE"], "bare.jsonl: has no annotation that could be scored; name annotated articles"),
        (["GOLD", "GOLD", "-o", "/nowhere/s.json"], "error: /nowhere/s.json cannot be written"),
    ],
)
def test_mistakes_are_errors_not_tracebacks(gold, tmp_path, capsys, arguments, message):
    write_jsonl(tmp_path / "bare.jsonl", [SMALL.without_annotation()])
    places = {"GOLD": gold, "BARE": str(tmp_path / "bare.jsonl")}
    assert main([places.get(argument, argument) for argument in arguments]) == 1
    assert message in capsys.readouterr().err


def test_training_articles_without_a_report_are_a_usage_error(gold, capsys):
    with pytest.raises(SystemExit):
        main([gold, gold, "--train", gold])
    assert "--train goes with --report; give both" in capsys.readouterr().err


def test_what_cannot_be_measured_is_told_before_anything_is(gold, tiny_base, tmp_path, capsys):
    encoder, tokenizer = load_base(str(tiny_base))
    model = QawlModel(
        QawlConfig(encoder=encoder.config, claim_labels=["favor", "against"], window=72, overlap=24), encoder
    )
    Tagger(TorchRunner(model, "fp32"), tokenizer).save_pretrained(tmp_path / "claims")
    with pytest.raises(SystemExit):
        main(["benchmark", str(tmp_path / "claims"), gold])
    assert "claims: has no entities, which transformers' pipeline is measured on" in capsys.readouterr().err


@pytest.mark.parametrize(("changes", "told"), [({}, True), ({"fraction": 0.5}, False), ({"train": "…/a@1"}, False)])
def test_what_a_run_was_trained_on_is_told_where_it_is_whole_and_here(tmp_path, changes, told):
    config = {"train": ["a.jsonl"], **changes}
    (tmp_path / "run.yaml").write_text(to_yaml(config), encoding="utf-8")
    assert training_sources(tmp_path) == (config["train"] if told else None)


def test_predictions_for_other_articles_are_named(gold, tmp_path, capsys):
    write_jsonl(tmp_path / "theirs.jsonl", [replace(SMALL, id="other")])
    assert main([str(tmp_path / "theirs.jsonl"), gold]) == 1
    assert "error: article 'small-1' has no prediction" in capsys.readouterr().err


def test_calibration_changes_scores_and_nothing_else(gold, tiny_tagger, tmp_path, capsys):
    tiny_tagger.save_pretrained(tmp_path / "checkpoint")
    before = tiny_tagger.tag(SMALL.text)
    assert main(["calibrate", str(tmp_path / "checkpoint"), gold]) == 0
    assert "entities: temperature" in capsys.readouterr().out
    after = Tagger.from_pretrained(tmp_path / "checkpoint", "fp32")
    assert set(after.config.temperatures) == {"entities", "stances"}
    now = after.tag(SMALL.text)
    assert [e.span for e in now.entities] == [e.span for e in before.entities]
    assert [e.score for e in now.entities] != [e.score for e in before.entities]


def test_the_temperature_of_claims_goes_to_the_judge_too(tiny_tagger, tmp_path):
    tiny_tagger.judge = Tagger(tiny_tagger.runner, tiny_tagger.tokenizer)
    tiny_tagger.save_pretrained(tmp_path / "both")
    write_jsonl(tmp_path / "small.jsonl", [SMALL])
    held = [replace(SMALL, id=str(n), claims=(Claim("ظهر الخبر", label),)) for n, label in enumerate(CLAIM_LABELS)]
    write_jsonl(tmp_path / "held.jsonl", held)
    assert main(["calibrate", str(tmp_path / "both"), str(tmp_path / "held.jsonl")]) == 0
    both = Tagger.from_pretrained(tmp_path / "both", "fp32")
    assert set(both.config.temperatures) == {"entities", "stances", "claims"}
    assert both.judge.config.temperatures == both.config.temperatures
    assert main(["calibrate", str(tmp_path / "both"), str(tmp_path / "small.jsonl")]) == 0
    again = Tagger.from_pretrained(tmp_path / "both", "fp32").judge.config.temperatures
    assert again["claims"] == both.config.temperatures["claims"]  # articles without claims leave it as it was


def test_robustness_is_printed(gold, tiny_tagger, tmp_path, capsys):
    tiny_tagger.save_pretrained(tmp_path / "checkpoint")
    assert main(["robustness", str(tmp_path / "checkpoint"), gold, "--measures", "entity_f1"]) == 0
    assert "alef without hamza" in capsys.readouterr().out
