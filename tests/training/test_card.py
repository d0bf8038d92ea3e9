import json
import re

import pytest
from huggingface_hub import ModelCard

from data.corpora import CORPORA
from data.yaml_text import read_yaml, to_yaml
from training.__main__ import main


def test_a_finished_run_has_a_card(run):
    _, folder = run(epochs=2)
    card = ModelCard.load(folder / "README.md")
    assert card.data.language == "ar" and "stance-detection" in card.data.tags
    metrics = json.loads((folder / "metrics.json").read_text())
    f1 = 100 * metrics["dev"]["entities"]["micro"]["f1"]
    assert f"| entities: nested spans (micro) | {f1:.1f} | 12 |" in card.text
    assert card.text.strip().splitlines()[0] == "# Qawl: entities, stances in Arabic news"
    assert "one seed (13)" in card.text and "who is named (2 flat entity types)" in card.text
    assert re.search(r"- train: 12 articles, SHA-256 of their records `[0-9a-f]{16}…`", card.text)
    assert "num_train_epochs: 2" in card.text and "claim" not in card.text.split("## Recipe")[0]


def test_scores_of_several_seeds_are_means_with_their_spread(run, tmp_path, capsys):
    _, folder = run(epochs=2)
    other = json.loads((folder / "metrics.json").read_text())
    other["dev"]["entities"]["micro"]["f1"] = other["dev"]["entities"]["micro"]["f1"] + 0.1
    other["training"]["seed"] = 14
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "metrics.json").write_text(json.dumps(other))
    assert main(["card", str(folder), str(tmp_path / "other")]) == 0
    first = json.loads((folder / "metrics.json").read_text())["dev"]["entities"]["micro"]["f1"]
    card = (folder / "README.md").read_text()
    shown = re.search(r"\| entities: nested spans \(micro\) \| ([\d.]+) ± ([\d.]+) \|", card)
    assert float(shown[1]) == pytest.approx(100 * first + 5, abs=0.11) and float(shown[2]) == pytest.approx(
        7.1, abs=0.11
    )
    assert "over the seeds 13, 14, the first of which gave these weights" in card


def test_a_corpus_that_only_teachers_label_is_cited(run):
    _, folder = run()
    named = {"corpus": "mawqif", "split": "train"}
    config = read_yaml(folder / "run.yaml")
    (folder / "run.yaml").write_text(to_yaml(config | {"unlabelled": [named]}))
    assert main(["card", str(folder)]) == 0
    assert f"- mawqif: {CORPORA['mawqif'].citation}" in (folder / "README.md").read_text()
    del config["unlabelled"]  # as runs have it of before there was the key
    (folder / "run.yaml").write_text(to_yaml(config))
    assert main(["card", str(folder)]) == 0


def test_a_folder_without_a_run_is_named(tmp_path, capsys):
    assert main(["card", str(tmp_path)]) == 1
    assert "metrics.json is missing; name the folder of a finished run" in capsys.readouterr().err


def test_the_card_has_the_recipes_of_the_runs_before(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(output="first", epochs=2)
    run(output="second", base="first")
    card = (tmp_path / "second" / "README.md").read_text()
    assert "Training went on from the checkpoint `first`" in card
    last, first = card.split("The checkpoint that it went on from:")
    assert "num_train_epochs: 1" in last and "num_train_epochs: 2" in first


def test_a_run_that_names_itself_as_its_base_is_told_once(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(output="first")
    path = tmp_path / "first" / "run.yaml"
    path.write_text(re.sub("(?m)^base: .*", "base: first", path.read_text()))
    assert main(["card", "first"]) == 0
    assert (tmp_path / "first" / "README.md").read_text().count("num_train_epochs: 1") == 1
