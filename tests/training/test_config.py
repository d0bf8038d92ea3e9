import re

import pytest

from data.yaml_text import read_yaml
from training.config import ConfigError, RunConfig

GOOD = "output: runs/x\ntrain: [a.jsonl]\ndev: b.jsonl\n"


def write(tmp_path, text):
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def load(tmp_path, text):
    return RunConfig.load(write(tmp_path, text))


def test_a_minimal_config_has_defaults_and_lists(tmp_path):
    config = load(tmp_path, GOOD)
    assert (config.base, config.train, config.dev, config.test) == ("embedded", ["a.jsonl"], ["b.jsonl"], [])


def test_a_key_that_says_nothing_is_as_good_as_none(tmp_path):
    assert load(tmp_path, GOOD + "test:\nteachers:\nlora:\n") == load(tmp_path, GOOD)


def test_a_small_number_needs_no_point(tmp_path):
    assert load(tmp_path, GOOD + "training: {learning_rate: 3e-4}\n").training == {"learning_rate": 0.0003}


def test_runs_differ_in_what_they_do_not_in_how_it_is_written(tmp_path):
    config = load(tmp_path, GOOD + "training: {num_train_epochs: 3, seed: 13}\n")
    told = {"output": "./runs/x/", "train": ["a.jsonl"], "dev": ["b.jsonl"], "training": {"num_train_epochs": 3}}
    assert config.differing(told) == []
    assert config.differing(told | {"rdrop": 0.0, "claim_balance": 1.0, "dev": ["c.jsonl"]}) == ["dev", "claim_balance"]


def test_the_resolved_config_reads_back(tmp_path):
    config = load(tmp_path, GOOD + "layer_decay: 0.9\ntraining: {num_train_epochs: 3}\n")
    assert load(tmp_path, config.to_yaml()) == config


def test_what_a_run_s_folder_says_names_no_place_of_this_machine_and_no_token(tmp_path):
    config = load(
        tmp_path,
        "output: /home/sara/runs/x\nbase: ~/models/arabert\n"
        "train: [a/b.jsonl, /home/sara/secret/b.jsonl, {corpus: ans, split: train, folder: /mnt/ans}]\n"
        "dev: /home/other/b.jsonl\ntraining: {hub_token: hf_abc, deepspeed: /tmp/ds.json}\n",
    )
    shared = read_yaml(write(tmp_path, config.to_shared_yaml()))
    assert shared["train"][0] == "a/b.jsonl"
    assert re.fullmatch(r"…/b\.jsonl@[0-9a-f]{8}", shared["train"][1]) and shared["train"][1] != shared["dev"][0]
    assert re.fullmatch(r"…/ans@[0-9a-f]{8}", shared["train"][2]["folder"]) and shared["train"][2]["corpus"] == "ans"
    assert shared["base"].startswith("…/arabert@") and shared["output"].startswith("…/x@")
    assert shared["training"]["hub_token"] == "…" and shared["training"]["deepspeed"].startswith("…/ds.json@")
    assert not re.search("sara|home|mnt|tmp|hf_", config.to_shared_yaml())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "layer_decey: 0.9\n", "layer_decey is unknown; did you mean layer_decay?"),
        (
            GOOD + "training: {num_train_epoch: 3}\n",
            "training.num_train_epoch is unknown; did you mean training.num_train_epochs?",
        ),
        (GOOD + 'training: {learning_rate: "0,0003"}\n', "training.learning_rate: '0,0003' is not a number"),
        (GOOD + "training: {max_steps: 1e4}\n", "training.max_steps: 10000.0 is not a whole number"),
        (
            GOOD + "training: {load_best_model_at_end: no}\n",
            "training.load_best_model_at_end: 'no' is not true or false",
        ),
        (GOOD + "training: {seed: -1}\n", "training.seed: -1 is not a number from 0, below 2**32"),
        (
            GOOD + "training: {output_dir: .}\n",
            "training.output_dir: leave it out; checkpoints are kept in the run's own",
        ),
        (GOOD + "training: {optim: adafactor}\n", "training.optim: leave it out; AdamW is what trains here"),
        (GOOD + 'allow_leaks: "false"\n', "allow_leaks: 'false' is not true or false"),
        (GOOD + "metric: 3\n", "metric: 3 is not a text"),
        ("output:\ntrain: [a]\ndev: [b]\n", "output is missing; see configs/quickstart.yaml"),
        (GOOD + "dev: c.jsonl\n", "run.yaml:4: is not YAML: found duplicate key"),
        (GOOD + "training: fast\n", "training: 'fast' is not a mapping; see configs/quickstart.yaml"),
        (GOOD + "fraction: 0\n", "fraction: 0 is not a share above 0, up to 1"),
        (GOOD + "dropout: 1.0\n", "dropout: 1.0 is not a share from 0, below 1"),
        (GOOD + "average_decay: -0.5\n", "average_decay: -0.5 is not a share from 0, below 1"),
        (GOOD + "logit_adjustment: 2\n", "logit_adjustment: 2 is not a number from 0 to 1"),
        (GOOD + "rdrop: true\n", "rdrop: True is not a number from 0"),
        (GOOD + "batch_pieces: -1\n", "batch_pieces: -1 is not a whole number from 0"),
        (GOOD + "window: 96.0\n", "window: 96.0 is not a whole number from 1"),
        (GOOD + "lora: {}\n", "lora: {} names no option of peft.LoraConfig"),
        ("output: x\ntrain: [a]\n", "dev is missing; see configs/quickstart.yaml"),
        ("- a\n", "is not a mapping of keys; see configs/quickstart.yaml"),
        ("a: [", "is not YAML"),
    ],
)
def test_mistakes_are_named(tmp_path, text, message):
    with pytest.raises(ConfigError) as error:
        load(tmp_path, text)
    assert message in str(error.value)


def test_a_missing_file_is_named():
    with pytest.raises(ConfigError, match="nowhere.yaml: cannot be read .* check the path"):
        RunConfig.load("nowhere.yaml")
