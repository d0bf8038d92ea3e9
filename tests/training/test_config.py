import pytest

from training.config import ConfigError, RunConfig

GOOD = "output: runs/x\ntrain: [a.jsonl]\ndev: b.jsonl\n"


def load(tmp_path, text):
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return RunConfig.load(path)


def test_a_minimal_config_has_defaults_and_lists(tmp_path):
    config = load(tmp_path, GOOD)
    assert (config.base, config.train, config.dev, config.test) == ("embedded", ["a.jsonl"], ["b.jsonl"], [])


def test_the_resolved_config_reads_back(tmp_path):
    config = load(tmp_path, GOOD + "layer_decay: 0.9\ntraining: {num_train_epochs: 3}\n")
    assert load(tmp_path, config.to_yaml()) == config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "layer_decey: 0.9\n", "layer_decey is unknown; did you mean layer_decay?"),
        (
            GOOD + "training: {num_train_epoch: 3}\n",
            "training.num_train_epoch is unknown; did you mean training.num_train_epochs?",
        ),
        (GOOD + "training: {learning_rate: 3e-4}\n", "training.learning_rate: '3e-4' is text; write 3.0e-4"),
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
