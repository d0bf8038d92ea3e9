import pytest
import torch

from training.trainer import QawlTrainer


@pytest.fixture
def seen(monkeypatch):
    """Every record that the trainer logs."""
    records, log = [], QawlTrainer.log

    def kept(trainer, logs, *args, **kwargs):
        log(trainer, logs, *args, **kwargs)
        records.append(dict(logs))

    monkeypatch.setattr(QawlTrainer, "log", kept)
    return records


def test_the_loss_is_logged_by_head_with_the_speed(run, seen):
    run(epochs=2, training_changes={"logging_steps": 3})
    losses = [record for record in seen if "loss" in record]
    assert len(losses) == 2
    for record in losses:
        heads = [record[f"loss_{name}"] for name in ("entities", "cues", "roles")]
        assert sum(heads) == pytest.approx(record["loss"], rel=1e-4)
        assert record["words_per_second"] > 0


def test_the_weight_of_r_drop_grows_over_the_second_quarter_of_the_run(run, seen, monkeypatch):
    monkeypatch.setattr("training.trainer.divergence", lambda *_: torch.ones(()))
    run(epochs=4, rdrop=2.0, training_changes={"logging_steps": 1})
    losses = [record for record in seen if "loss" in record]
    added = [r["loss"] - sum(value for key, value in r.items() if key.startswith("loss_")) for r in losses]
    assert added == pytest.approx([0, 0, 0, 0, 2 / 3, 4 / 3, *[2] * 6], abs=1e-3)


def break_step(monkeypatch, step, value):
    """The model's loss is ``value`` from the given step on."""
    compute = QawlTrainer.compute_loss

    def broken(trainer, *args, **kwargs):
        loss = compute(trainer, *args, **kwargs)
        return loss * value if trainer.state.global_step + 1 >= step else loss

    monkeypatch.setattr(QawlTrainer, "compute_loss", broken)


@pytest.mark.parametrize(("value", "shown"), [(float("nan"), "nan"), (1e6, "e+")])
def test_a_loss_out_of_hand_stops_the_run_and_names_the_records(run, monkeypatch, capsys, value, shown):
    break_step(monkeypatch, 22, value)
    code, folder = run(epochs=8)
    message = capsys.readouterr().err
    assert code == 1 and "error: step 22: the loss is" in message and shown in message
    assert message.count("'0-") + message.count("'1-") + message.count("'2-") == 4
    assert "lower learning_rate" in message
    assert not (folder / "metrics.json").exists()


def test_losses_are_measured_by_the_first_ones_also_when_a_run_goes_on(run, monkeypatch):
    monkeypatch.setattr("training.trainer.FIRST", 2)
    evaluate, firsts = QawlTrainer.evaluate, []

    def stopped(trainer, *args, **kwargs):
        firsts.append(list(trainer._first))
        if len(firsts) == 2:
            raise KeyboardInterrupt
        return evaluate(trainer, *args, **kwargs)

    monkeypatch.setattr(QawlTrainer, "evaluate", stopped)
    assert [run(epochs=3)[0], run(epochs=3)[0]] == [130, 0]
    assert len(firsts[0]) == 2 and firsts == [firsts[0]] * 4  # after epochs 1 and 2, and again 2 and 3


def test_progress_shows_devs_scores(run, capsys):
    run(epochs=2, training_changes={"disable_tqdm": False, "logging_steps": 1})
    shown = capsys.readouterr()
    assert "epoch 1: entity_f1 " in shown.out + shown.err and "graph_f1" in shown.out + shown.err
    assert "entities=" in shown.err and "words/s=" in shown.err
    assert "{'loss'" not in shown.out


def test_weights_are_the_same_whatever_is_logged(run, tmp_path):
    _, folder = run(epochs=1)
    _, other = run(epochs=1, output=str(tmp_path / "other"), training_changes={"logging_steps": 1})
    assert (folder / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()
