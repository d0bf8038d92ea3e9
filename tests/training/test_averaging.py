import json

import pytest
import torch
from torch import nn

from training.averaging import Average
from training.trainer import QawlTrainer


def model_of(*weights):
    model = nn.Linear(len(weights), 1, bias=False)
    model.weight.data = torch.tensor([weights])
    return model


def test_the_average_follows_the_weights_ever_more_slowly():
    model = model_of(0.0)
    average = Average(model, decay=0.25)
    model.weight.data.fill_(1.0)
    average.update(model)  # keeps 1/10: 0.9
    assert average.weights[0].item() == pytest.approx(0.9)
    model.weight.data.fill_(2.0)
    average.update(model)  # keeps 2/11
    assert average.weights[0].item() == pytest.approx(0.9 * 2 / 11 + 2 * 9 / 11)
    for _ in range(8):
        average.update(model)
    before = average.weights[0].item()
    model.weight.data.fill_(4.0)
    average.update(model)  # the eleventh would keep 11/20 and keeps the decay
    assert average.weights[0].item() == pytest.approx(before * 0.25 + 4 * 0.75)


def test_the_model_has_its_own_weights_again():
    model = model_of(1.0, 2.0)
    average = Average(model, 0.9)
    model.weight.data = torch.tensor([[3.0, 4.0]])
    with average.used(model):
        assert model.weight.tolist() == [[1.0, 2.0]]
    assert model.weight.tolist() == [[3.0, 4.0]]


def test_a_saved_average_goes_on(tmp_path):
    model = model_of(1.0)
    average = Average(model, 0.9)
    model.weight.data.fill_(5.0)
    average.update(model)
    average.save(tmp_path)
    other = Average(model, 0.9)
    other.load(tmp_path)
    assert (other.steps, other.weights[0].item()) == (1, pytest.approx(4.6))


def test_a_run_keeps_the_average_and_goes_on_with_it(run, tmp_path, monkeypatch):
    _, whole = run(epochs=4, average_decay=0.8)
    _, plain = run(epochs=4, output=str(tmp_path / "plain"))
    assert (whole / "model.safetensors").read_bytes() != (plain / "model.safetensors").read_bytes()
    evaluate = QawlTrainer.evaluate

    def stopped(trainer, *args, **kwargs):
        if trainer.state.epoch == 3:
            raise KeyboardInterrupt
        return evaluate(trainer, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(QawlTrainer, "evaluate", stopped)
        assert run(epochs=4, average_decay=0.8, output=str(tmp_path / "stopped"))[0] == 130
    _, folder = run(epochs=4, average_decay=0.8, output=str(tmp_path / "stopped"))
    assert (folder / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_what_is_kept_is_what_was_scored(run):
    _, folder = run(epochs=6, average_decay=0.9)
    metrics = json.loads((folder / "metrics.json").read_text())
    best = max(metrics["training"]["history"], key=lambda entry: entry["eval_score"])
    assert metrics["dev"]["stances"]["cue"]["f1"] == pytest.approx(best["eval_cue_f1"])
    assert metrics["dev"]["entities"]["micro"]["f1"] == pytest.approx(best["eval_entity_f1"])


def test_where_no_checkpoint_is_chosen_the_last_average_is_kept(run, tmp_path):
    last = {"load_best_model_at_end": False}
    _, folder = run(epochs=4, average_decay=0.8, training_changes=last)
    _, plain = run(epochs=4, training_changes=last, output=str(tmp_path / "plain"))
    assert (folder / "model.safetensors").read_bytes() != (plain / "model.safetensors").read_bytes()
    metrics = json.loads((folder / "metrics.json").read_text())
    scored = metrics["training"]["history"][-1]
    assert metrics["dev"]["stances"]["cue"]["f1"] == pytest.approx(scored["eval_cue_f1"])
    assert metrics["dev"]["entities"]["micro"]["f1"] == pytest.approx(scored["eval_entity_f1"])
    assert "The last weights were kept; test was scored once." in (folder / "README.md").read_text()
