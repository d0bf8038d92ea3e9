import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from data.yaml_text import read_yaml, to_yaml
from training import checkpoints
from training.checkpoints import check_room, last_checkpoint
from training.config import ConfigError
from training.trainer import QawlTrainer

ROOT = Path(__file__).parents[2]


def killed(config, method, count):
    """Run ``config`` in a process of its own that dies when the trainer's method is called the ``count``th time."""
    command = [sys.executable, str(ROOT / "tests/training/killed.py"), method, str(count), str(config)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": str(torch.get_num_threads())}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


# Twelve articles in batches of four are three steps an epoch, and a checkpoint is written after each.
@pytest.mark.parametrize(
    ("method", "count", "whole", "batch_pieces"),
    [
        ("training_step", 8, ["checkpoint-6"], 0),  # in the middle of the third epoch
        ("training_step", 8, ["checkpoint-6"], 128),  # four rows of up to 32 pieces
        ("_save_optimizer_and_scheduler", 3, ["checkpoint-6"], 0),  # weights are written, the rest is not
        ("_save_rng_state", 1, [], 0),  # in the first checkpoint of all
    ],
)
def test_a_killed_run_goes_on_and_ends_with_the_same_weights(run, tmp_path, method, count, whole, batch_pieces):
    _, undisturbed = run(epochs=4, batch_pieces=batch_pieces)
    config = read_yaml(tmp_path / "run.yaml")
    config["output"] = str(tmp_path / "killed")
    (tmp_path / "killed.yaml").write_text(to_yaml(config))
    ended = killed(tmp_path / "killed.yaml", method, count)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    left = {path.name for path in (tmp_path / "killed" / "checkpoints").iterdir()} - {checkpoints.WRITING}
    assert set(whole) <= left
    code, folder = run(epochs=4, output=str(tmp_path / "killed"), batch_pieces=batch_pieces)
    assert code == 0
    assert (folder / "model.safetensors").read_bytes() == (undisturbed / "model.safetensors").read_bytes()
    metrics = [json.loads((f / "metrics.json").read_text()) for f in (folder, undisturbed)]
    assert metrics[0] == metrics[1]


def test_a_full_disk_keeps_the_last_whole_checkpoint(run, tmp_path, monkeypatch, capsys):
    save = QawlTrainer._save_rng_state

    def full(trainer, folder):
        if trainer.state.global_step > 3:
            raise OSError(28, "No space left on device")
        save(trainer, folder)

    _, undisturbed = run(epochs=2)
    with monkeypatch.context() as patched:
        patched.setattr(QawlTrainer, "_save_rng_state", full)
        assert run(epochs=2, output=str(tmp_path / "full"))[0] == 1
    assert "No space left on device; what was trained is kept" in capsys.readouterr().err
    assert last_checkpoint(tmp_path / "full" / "checkpoints").endswith("checkpoint-3")
    code, folder = run(epochs=2, output=str(tmp_path / "full"))
    assert code == 0
    assert (folder / "model.safetensors").read_bytes() == (undisturbed / "model.safetensors").read_bytes()


def test_too_small_a_disk_is_named_before_training(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(2**40, 2**40, 2**30))
    # 2**28 weights of 4 bytes, three times each, in three checkpoints: 9 GiB
    model = torch.nn.Linear(2**14, 2**14, bias=False, device="meta")
    with pytest.raises(ConfigError, match="1.0 GiB of free disk and checkpoints need up to 9.0; free some"):
        check_room(tmp_path, model)


def test_an_unwritable_folder_is_named_before_training(run, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    code, _ = run(output=str(tmp_path / "file" / "run"))
    assert code == 1 and "run cannot be written (Not a directory); name another folder" in capsys.readouterr().err


def test_there_is_no_checkpoint_without_a_folder(tmp_path):
    assert last_checkpoint(tmp_path / "nowhere") is None
