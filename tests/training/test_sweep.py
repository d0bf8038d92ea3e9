import optuna
import pytest

from data.yaml_text import read_yaml, to_yaml
from training.__main__ import main
from training.config import ConfigError
from training.sweep import SweepConfig, search, settings
from training.trainer import DivergenceError


@pytest.fixture
def sweep(run, tmp_path):
    """Writes a sweep over the small run's config."""

    def write(trials=3, **space):
        run(training_changes={"eval_strategy": "epoch"})
        values = {
            "config": str(tmp_path / "run.yaml"),
            "output": str(tmp_path / "sweep"),
            "trials": trials,
            "space": space
            or {"training.learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}, "layer_decay": [0.9, 1.0]},
        }
        (tmp_path / "sweep.yaml").write_text(to_yaml(values))
        return str(tmp_path / "sweep.yaml")

    return write


def finished(score):
    """What a run that was evaluated twice returns, its last weights kept."""
    history = [{"step": 1, "eval_score": 0.99}, {"step": 2, "eval_score": score}]
    return {"training": {"history": history, "best_step": 1, "kept_step": 2}}


def test_the_best_settings_are_written_as_a_config(sweep, tmp_path, capsys):
    assert main(["sweep", sweep()]) == 0
    study = optuna.load_study(study_name="sweep", storage=f"sqlite:///{tmp_path / 'sweep' / 'sweep.db'}")
    assert len(study.trials) == 3
    best = read_yaml(tmp_path / "sweep" / "best.yaml")
    assert best["training"]["learning_rate"] == study.best_params["training.learning_rate"]
    assert best["layer_decay"] == study.best_params["layer_decay"]
    assert study.best_value == max(trial.value for trial in study.trials)
    assert "<svg" in (tmp_path / "sweep" / "sweep.svg").read_text()
    assert "The best of 3 trials" in capsys.readouterr().out


def test_a_sweep_that_was_stopped_goes_on(sweep, tmp_path, monkeypatch):
    config = SweepConfig.load(sweep(trials=2))
    begun = []

    def killed(run_config, callbacks=()):
        begun.append(run_config)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("training.sweep.train", killed)
        with pytest.raises(KeyboardInterrupt):
            search(config)
    study = search(config)
    states = [trial.state.name for trial in study.trials]
    assert states == ["FAIL", "COMPLETE", "COMPLETE"]
    assert study.trials[1].params == study.trials[0].params
    assert (tmp_path / "sweep").joinpath(settings(config, study.trials[0].params).output).is_dir()
    assert settings(config, study.trials[0].params) == begun[0]
    assert len(search(config).trials) == 3  # nothing is left to do


def test_a_run_behind_the_others_is_given_up(sweep, monkeypatch):
    config = SweepConfig.load(sweep(trials=6))
    scores = iter([0.9, 0.8, 0.9, 0.8, 0.1, 0.95])

    def train(run_config, callbacks=()):
        score = next(scores)
        (pruning,) = callbacks
        state = type("State", (), {"epoch": 0.0})
        for epoch in (0.6, 1.2, 1.8):
            state.epoch = epoch
            pruning.on_evaluate(None, state, None, metrics={"eval_score": score})
        return finished(score)

    monkeypatch.setattr("training.sweep.train", train)
    trials = search(config).trials
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 4 + ["PRUNED", "COMPLETE"]
    assert trials[0].intermediate_values == {60: 0.9, 120: 0.9, 180: 0.9}  # by hundredths of an epoch
    assert max(trials[4].intermediate_values) == 120  # the first score after an epoch


def test_a_run_that_diverges_is_given_up(sweep, monkeypatch):
    outcomes = iter([DivergenceError(3, float("nan"), ["a"]), None])

    def train(run_config, callbacks=()):
        if error := next(outcomes):
            raise error
        return finished(0.5)

    monkeypatch.setattr("training.sweep.train", train)
    study = search(SweepConfig.load(sweep(trials=2)))
    assert [trial.state.name for trial in study.trials] == ["PRUNED", "COMPLETE"]
    assert study.best_value == 0.5


def test_a_sweep_in_which_everything_is_given_up_says_so(sweep, monkeypatch, capsys):
    def train(run_config, callbacks=()):
        raise DivergenceError(3, float("nan"), ["a"])

    path = sweep(trials=2)
    monkeypatch.setattr("training.sweep.train", train)
    assert main(["sweep", path]) == 1
    assert "every trial was given up; choose other values" in capsys.readouterr().err


def test_a_sweep_that_goes_on_tries_other_settings(sweep, monkeypatch):
    monkeypatch.setattr("training.sweep.train", lambda run_config, callbacks=(): finished(0.5))
    config = SweepConfig.load(sweep(trials=2))
    search(config)
    config.trials = 4
    tried = [trial.params["training.learning_rate"] for trial in search(config).trials]
    assert len(set(tried)) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "s.yaml:1: is not YAML"),
        ("- a", "is not a sweep"),
        ("config: c\noutput: o\ntrials: many\nspace: {}\n", "trials: 'many' is not a whole number from 0"),
        (
            "config: c\noutput: o\ntrials: 3\nspace: {rdrop: {low: 1, high: b}}\n",
            "space.rdrop: give a list of values or",
        ),
        ("config: c\noutput: o\ntrials: 3\nspaces: {}\n", "its keys are config, output, trials, space, seed"),
        ("config: c\noutput: o\ntrials: 3\nspace: {}\n", "space: names no setting"),
        ("config: c\noutput: o\ntrials: 3\nspace: {window: 3}\n", "space.window: give a list of values or"),
    ],
)
def test_mistakes_are_named(tmp_path, text, message):
    (tmp_path / "s.yaml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        SweepConfig.load(tmp_path / "s.yaml")


def test_a_setting_that_the_config_lacks_is_named(sweep, capsys):
    assert main(["sweep", sweep(layer_decey=[0.9])]) == 1
    assert "layer_decey is unknown; did you mean layer_decay?" in capsys.readouterr().err
