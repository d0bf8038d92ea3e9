"""Search for the settings of a config that are best on dev, with Optuna."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import optuna
from matplotlib.figure import Figure
from optuna.trial import Trial, TrialState
from transformers import TrainerCallback

from .config import ConfigError, RunConfig, read_config
from .keys import is_number, is_whole
from .run import chosen, train
from .trainer import DivergenceError

_PARTS = 100  # of an epoch; Optuna counts in whole numbers and keeps the first score of each


@dataclass
class SweepConfig:
    """What one YAML file says.

    Args:
        config: the path of the config whose settings are tried; its ``metric`` on dev is what is searched for.
        output: folder of the sweep: a run for each trial, ``sweep.db``, ``sweep.svg`` and ``best.yaml``.
        trials: how many runs there are in all, those that were given up included.
        space: for each setting (``layer_decay``, ``training.learning_rate``, …) the values to choose from, as a list, or
            ``{low: …, high: …}`` with an optional ``log: true`` or ``step: …``.
        seed: of the search.
    """

    config: str
    output: str
    trials: int
    space: dict[str, Any]
    seed: int = 13

    @classmethod
    def load(cls, path: str | Path) -> SweepConfig:
        """Read a YAML file.

        Raises:
            ConfigError: the file is not YAML, or has other keys than these.
        """
        values = read_config(path)
        try:
            sweep = cls(**values)
        except TypeError as error:
            known = ", ".join(f.name for f in fields(cls))
            raise ConfigError(f"{path}: is not a sweep ({error}); its keys are {known}") from error
        for name, value in (("trials", sweep.trials), ("seed", sweep.seed)):
            if not is_whole(value) or value < 0:
                raise ConfigError(f"{path}: {name}: {value!r} is not a whole number from 0")
        if not isinstance(sweep.space, dict) or not sweep.space:
            raise ConfigError(f"{path}: space: names no setting; see configs/sweeps/")
        for name, values in sweep.space.items():
            if not (isinstance(values, list) and values or _is_range(values)):
                raise ConfigError(f"{path}: space.{name}: give a list of values or numbers as {{low: …, high: …}}")
        return sweep


def _is_range(values: Any) -> bool:
    if not isinstance(values, dict) or not {"low", "high"} <= values.keys():
        return False
    return is_number(values["low"]) and is_number(values["high"]) and values["low"] <= values["high"]


def search(sweep: SweepConfig) -> optuna.Study:
    """Run the trials that are left, draw them and write the best config.

    A trial is given up when it is behind the median of the others at the same epoch (Optuna's ``MedianPruner``), or when
    it diverges. The study is kept in a database: what was stopped in the middle is run on when the sweep is started again.

    Raises:
        ConfigError: a setting of the space is none of the config's, or a config cannot be trained on.
    """
    folder = Path(sweep.output)
    folder.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name="sweep",
        storage=f"sqlite:///{folder / 'sweep.db'}",
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=_PARTS),
        load_if_exists=True,
    )
    for trial in study.get_trials(states=[TrialState.RUNNING]):  # killed with an earlier sweep
        study.tell(trial.number, state=TrialState.FAIL)
    others = study.get_trials(states=[TrialState.COMPLETE, TrialState.PRUNED, TrialState.WAITING])
    known = [trial.params or trial.system_attrs.get("fixed_params") for trial in others]
    for trial in study.get_trials(states=[TrialState.FAIL]):  # these go on
        if trial.params not in known:
            known.append(trial.params)
            study.enqueue_trial(trial.params)
    # A sampler draws from its beginning in every process: of the same seed it would draw the first trials' settings again.
    study.sampler = optuna.samplers.TPESampler(seed=sweep.seed + len(study.trials))
    ended = len(study.get_trials(states=[TrialState.COMPLETE, TrialState.PRUNED]))
    study.optimize(lambda trial: _score(trial, sweep), n_trials=max(0, sweep.trials - ended))
    _write(study, sweep, folder)
    return study


def _score(trial: Trial, sweep: SweepConfig) -> float:
    config = settings(sweep, {name: _suggested(trial, name, values) for name, values in sweep.space.items()})
    metric = "eval_" + config.metric
    try:
        metrics = train(config, callbacks=[_Pruning(trial, metric)])
    except DivergenceError as error:
        print(f"trial {trial.number}: given up, {error}")
        raise optuna.TrialPruned from error
    best = chosen(metrics)[metric]
    shown = ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in trial.params.items()
    )
    print(f"trial {trial.number}: {config.metric} {best:.4f} with {shown}")
    return best


def settings(sweep: SweepConfig, chosen: dict[str, Any]) -> RunConfig:
    """The sweep's config with the chosen settings, and a folder named after them.

    Raises:
        ConfigError: a setting is none of the config's.
    """
    config = RunConfig.load(sweep.config)
    values = {f.name: deepcopy(getattr(config, f.name)) for f in fields(config)}
    for name, value in chosen.items():
        place = values["training"] if name.startswith("training.") else values
        place[name.removeprefix("training.")] = value
    name = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:12]
    values["output"] = str(Path(sweep.output) / f"run-{name}")
    return RunConfig.of(values, sweep.config)


def _suggested(trial: Trial, name: str, values: list | dict[str, Any]) -> Any:
    if isinstance(values, list):
        return trial.suggest_categorical(name, values)
    low, high = values["low"], values["high"]
    options = {key: values[key] for key in ("log", "step") if key in values}
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(name, low, high, **options)
    return trial.suggest_float(name, low, high, **options)


class _Pruning(TrainerCallback):
    """Tells the study dev's score after each evaluation and gives the run up when the study says so."""

    def __init__(self, trial: Trial, metric: str):
        self.trial, self.metric = trial, metric

    def on_evaluate(self, args, state, control, metrics=None, **kwargs):
        self.trial.report(metrics[self.metric], round(_PARTS * state.epoch))
        if self.trial.should_prune():
            print(f"trial {self.trial.number}: given up at epoch {state.epoch:.3g}, {metrics[self.metric]:.4f}")
            raise optuna.TrialPruned


def _write(study: optuna.Study, sweep: SweepConfig, folder: Path) -> None:
    whole = study.get_trials(states=[TrialState.COMPLETE])
    if not whole:
        raise ConfigError(f"{folder}: every trial was given up; choose other values, as lower learning rates")
    best = settings(sweep, study.best_params)
    best.output = str(folder / "best")
    (folder / "best.yaml").write_text(best.to_yaml(), encoding="utf-8")
    figure = Figure(figsize=(3.2 * len(sweep.space), 3.2), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(sweep.space), squeeze=False, sharey=True)[0], sweep.space):
        axes.plot([trial.params[name] for trial in whole], [trial.value for trial in whole], "o")
        axes.set(xlabel=name.removeprefix("training."), xscale="log" if _is_log(sweep.space[name]) else "linear")
        axes.grid(color="#e5e5e5")
    figure.supylabel(best.metric)
    figure.savefig(folder / "sweep.svg", metadata={"Date": None})
    print(f"The best of {len(study.trials)} trials has {best.metric} {study.best_value:.4f}; it is {folder}/best.yaml.")


def _is_log(values: list | dict[str, Any]) -> bool:
    return isinstance(values, dict) and values.get("log", False)
