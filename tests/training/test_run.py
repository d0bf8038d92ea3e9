import json
import sys
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from transformers.models.bert.modeling_bert import BertAttention

from data.article import Article, Claim, Entity
from data.yaml_text import read_yaml
from models.base import load_base
from models.tagger import Tagger
from tests.training.corpus import ARTICLES, VERBS
from training.__main__ import main
from training.trainer import QawlTrainer


def test_a_run_learns_what_it_is_shown(run, capsys):
    code, folder = run(epochs=40)
    assert code == 0
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["dev"]["entities"]["micro"]["f1"] == 1.0
    assert metrics["dev"]["stances"]["graph"]["f1"] == 1.0
    assert metrics["training"]["seed"] == 13 and metrics["training"]["steps"] == 120
    assert "graph" in capsys.readouterr().out
    tagger = Tagger.from_pretrained(folder, precision="fp32", device="cpu")
    tagged = tagger.tag(ARTICLES[0].text)
    assert [(e.of(tagged.text), e.label) for e in tagged.entities] == [("وزارة الصحة", "ORG"), ("دمشق", "GPE")]
    (stance,) = tagged.stances
    assert (stance.label, stance.holder.of(tagged.text), stance.target.of(tagged.text)) == (
        "against",
        "وزارة الصحة",
        "الخبر",
    )


def test_the_folder_holds_the_model_its_config_and_no_checkpoints(run):
    _, folder = run()
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "run.yaml", "metrics.json"} <= names
    assert "checkpoints" not in names and not any(name.endswith(".bin") for name in names)
    resolved = read_yaml(folder / "run.yaml")
    assert resolved["layer_decay"] == 1.0 and resolved["training"]["num_train_epochs"] == 1


def test_the_folder_names_no_place_of_this_machine(run, tmp_path, tiny_base):
    _, folder = run(training_changes={"logging_steps": 1})
    assert main(["card", str(folder)]) == 0
    places = {
        str(place) for place in (tmp_path, tiny_base, Path.cwd(), Path.home(), Path(sys.prefix)) if place != Path("/")
    }
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"run.yaml", "provenance.json", "README.md", "tokenizer_config.json"} <= {path.name for path in files}
    assert any("tfevents" in path.name for path in files)
    found = [(path.name, place) for path in files for place in places if place.encode() in path.read_bytes()]
    assert found == []


def test_labels_come_from_the_corpus(run):
    _, folder = run()
    config = json.loads((folder / "config.json").read_text())
    assert config["entity_labels"] == ["GPE", "ORG"] and config["stance_labels"] == ["against", "favor", "neutral"]
    assert config["nested"] is False and config["punctuated"] is False


def test_entities_of_the_corpus_with_punctuation_at_their_edges_are_learnt_as_such(run):
    quoted = Article("q", "قالت «دمشق» نعم", (Entity(5, 11, "GPE"),))
    _, folder = run(shown=[*ARTICLES, quoted])
    assert json.loads((folder / "config.json").read_text())["punctuated"] is True


def test_the_same_seed_gives_the_same_metrics(run, tmp_path):
    _, folder = run(epochs=2)
    _, again = run(epochs=2, output=str(tmp_path / "again"))
    assert (again / "metrics.json").read_bytes() == (folder / "metrics.json").read_bytes()
    assert (again / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()


def test_a_stopped_run_goes_on_and_ends_like_an_undisturbed_one(run, tmp_path, monkeypatch):
    _, whole = run(epochs=4)
    evaluate = QawlTrainer.evaluate

    def stopped(trainer, *args, **kwargs):
        if trainer.state.epoch == 3:
            raise KeyboardInterrupt
        return evaluate(trainer, *args, **kwargs)

    monkeypatch.setattr(QawlTrainer, "evaluate", stopped)
    assert run(epochs=4, output=str(tmp_path / "stopped"))[0] == 130
    started = []

    def resumed(trainer, *args, **kwargs):
        started.append(trainer.state.epoch)
        return evaluate(trainer, *args, **kwargs)

    monkeypatch.setattr(QawlTrainer, "evaluate", resumed)
    code, folder = run(epochs=4, output=str(tmp_path / "stopped"))
    assert code == 0 and started == [3, 4]
    assert json.loads((folder / "metrics.json").read_text()) == json.loads((whole / "metrics.json").read_text())
    assert (folder / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train": ["nowhere.jsonl"]}, "nowhere.jsonl: cannot be read (No such file or directory); check the path"),
        ({"train": [{"corpus": "anercorps", "split": "train"}]}, "corpus 'anercorps' is unknown; use one of "),
        ({"base": "./nowhere"}, "base: ./nowhere is not a folder"),
        ({"metric": "f1"}, "metric: f1 is unknown; use one of "),
        ({"training": {"eval_strategy": "sometimes"}}, "training: "),
        ({"window": 20}, "window: 20 pieces are too few; use at least 68"),
        ({"window": 200}, "window: 200 pieces are more than the 128 that the base reads"),
    ],
)
def test_mistakes_are_errors_not_tracebacks(run, capsys, changes, message):
    code, _ = run(**changes)
    assert code == 1 and message in capsys.readouterr().err


def test_a_label_that_training_never_shows_is_named(run, capsys):
    code, _ = run(held=[Article("d", "قال زيد", (Entity(4, 7, "PERS"),))])
    assert code == 1
    assert "error: dev: entities have labels that train never shows: PERS" in capsys.readouterr().err


def test_crossing_entities_are_named(run, capsys):
    crossing = Article("x", "قال زيد نعم", (Entity(0, 7, "ORG"), Entity(4, 11, "GPE")))
    code, _ = run(shown=[*ARTICLES, crossing])
    assert code == 1 and "train: record 'x': entities «قال زيد» and «زيد نعم» cross" in capsys.readouterr().err


def test_repeated_ids_in_dev_are_named(run, capsys):
    code, _ = run(held=[ARTICLES[0], ARTICLES[0]])
    assert code == 1 and "error: dev: the id '0-0' occurs 2 times; make ids unique" in capsys.readouterr().err


def test_nothing_to_train_on_is_named(run, capsys):
    code, _ = run(shown=[Article("d", "قال زيد")], held=[Article("e", "قال زيد")])
    assert code == 1 and "error: train: no article has entities, stances or claims" in capsys.readouterr().err


def test_a_leak_between_splits_stops_the_run_with_the_pairs_named(run, capsys):
    long = Article("long", " ".join(f"كلمة{i}" for i in range(40)), (), ())
    code, folder = run(shown=[*ARTICLES, long], held=[*ARTICLES[:2], long])
    assert code == 1
    assert "1 near-duplicates across splits: dev 'long' and train 'long' (100% the same)" in capsys.readouterr().err
    code, _ = run(shown=[*ARTICLES, long], held=[*ARTICLES[:2], long], allow_leaks=True, output=f"{folder}-2")
    assert code == 0


def test_a_finished_run_is_not_run_again(run, capsys):
    _, folder = run()
    assert "finished before" not in capsys.readouterr().out
    before = (folder / "model.safetensors").stat().st_mtime_ns
    code, _ = run(output=f"{folder}/", training_changes={"seed": 13})
    assert code == 0 and (folder / "model.safetensors").stat().st_mtime_ns == before
    assert "It was finished before, and nothing was trained now" in capsys.readouterr().out


def test_a_run_that_was_killed_after_its_scores_is_closed(run):
    _, folder = run()
    (folder / "README.md").unlink()
    (folder / "checkpoints").mkdir()
    assert run()[0] == 0
    assert (folder / "README.md").exists() and not (folder / "checkpoints").exists()


def test_a_run_that_began_with_other_articles_does_not_go_on(run, capsys):
    _, folder = run()
    (folder / "metrics.json").unlink()
    assert run(shown=ARTICLES[1:])[0] == 1
    assert f"{folder} holds a run that began with other articles (train); name another" in capsys.readouterr().err
    assert main([str(folder.parent / "run.yaml"), "--dry-run"]) == 1
    assert "began with other articles (train)" in capsys.readouterr().err
    (folder / "run.yaml").write_text("")
    assert run()[0] == 1
    assert "run.yaml does not tell which run this is; name another output" in capsys.readouterr().err


def test_a_mended_config_may_use_the_folder_of_the_mistake(run):
    assert run(metric="f1")[0] == 1
    assert run()[0] == 0


def test_a_folder_with_another_run_is_not_overwritten(run, capsys):
    run()
    code, _ = run(epochs=2)
    assert code == 1 and "holds a run of another config (training)" in capsys.readouterr().err


HELD = [
    Article(f"{verb}-{city}", f"{verb} الوزارة ذلك في {city}.", claims=(Claim("وقع ذلك", label),))
    for verb, label in VERBS.items()
    for city in ("دمشق", "بغداد", "تونس", "عمان")
]


def test_tags_and_claims_are_learnt_together(run, capsys):
    code, folder = run(shown=[*ARTICLES, *HELD], held=[*ARTICLES[::4], *HELD[::4]], epochs=30, logit_adjustment=1.0)
    assert code == 0
    dev = json.loads((folder / "metrics.json").read_text())["dev"]
    assert dev["entities"]["micro"]["f1"] == dev["stances"]["graph"]["f1"] == dev["claims"]["macro_f1"] == 1.0
    assert "claims: macro-F1" in capsys.readouterr().out
    stance = Tagger.from_pretrained(folder, precision="fp32", device="cpu").stance("وقع ذلك", HELD[0].text)
    assert stance.label == "against" and [e.of(HELD[0].text) for e in stance.evidence] == [HELD[0].text]


@pytest.mark.parametrize(("adjustment", "favor"), [(0.0, 0.75), (1.0, 0.5)])
def test_where_texts_say_nothing_the_frequent_side_is_expected_as_far_as_the_config_says(run, adjustment, favor):
    sides = ["favor", "favor", "favor", "against"] * 8
    same = [Article(f"same-{n}", "قيل ذلك.", claims=(Claim("وقع", side),)) for n, side in enumerate(sides)]
    _, folder = run(shown=same, held=same[:4], epochs=20, logit_adjustment=adjustment, allow_leaks=True)
    stance = Tagger.from_pretrained(folder, precision="fp32", device="cpu").stance("وقع", "قيل ذلك.")
    score = stance.score if stance.label == "favor" else 1 - stance.score
    assert score == pytest.approx(favor, abs=0.1)


def test_an_adjustment_without_sides_is_refused(run, capsys):
    assert run(logit_adjustment=0.5)[0] == 1
    assert "logit_adjustment: train has no claims with the stances favor and against" in capsys.readouterr().err


def test_a_run_with_two_passes_learns_too(run):
    code, folder = run(epochs=40, rdrop=1.0)
    assert code == 0
    assert json.loads((folder / "metrics.json").read_text())["dev"]["stances"]["graph"]["f1"] == 1.0


def test_low_rank_updates_are_trained_and_merged(run, tiny_base):
    code, folder = run(epochs=40, lora={"r": 4, "lora_alpha": 16})
    assert code == 0
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["dev"]["stances"]["graph"]["f1"] == 1.0
    tagger = Tagger.from_pretrained(folder, precision="fp32", device="cpu")  # an ordinary checkpoint again
    assert not any("lora" in name for name in tagger.runner.model.state_dict())
    base = load_base(str(tiny_base))[0].state_dict()
    changed = {n for n, w in tagger.runner.model.encoder.state_dict().items() if not torch.equal(w, base[n])}
    assert changed and all(name.endswith("weight") and "embeddings" not in name for name in changed)


def test_an_option_that_lora_lacks_is_named(run, capsys):
    assert run(lora={"rank": 4})[0] == 1
    assert "error: lora: " in capsys.readouterr().err


@pytest.mark.parametrize("lora", [None, {"r": 4}])
@pytest.mark.parametrize("switch", ["gradient_checkpointing", "activation_checkpointing"])
def test_gradient_checkpointing_changes_no_weight(run, tmp_path, monkeypatch, switch, lora):
    """Under its old name and its new one in transformers; every layer of the encoder is passed again backwards."""
    passes, forward = [], BertAttention.forward

    def counted(layer, *args, **kwargs):
        passes.append(layer.training)
        return forward(layer, *args, **kwargs)

    monkeypatch.setattr(BertAttention, "forward", counted)
    _, folder = run(lora=lora)
    assert passes.count(True) == 3  # steps of one layer
    passes.clear()
    _, other = run(lora=lora, output=str(tmp_path / "other"), training_changes={switch: True})
    assert passes.count(True) == 6
    assert (folder / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()


def test_tensorboard_has_the_losses_and_the_scores(run):
    _, folder = run(training_changes={"logging_steps": 1})
    events = EventAccumulator(str(folder / "logs")).Reload()
    assert {"train/loss_entities", "train/loss_cues", "eval/entity_f1", "eval/graph_f1"} <= set(
        events.Tags()["scalars"]
    )
    assert len(events.Scalars("train/loss_entities")) == 3
