import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def launched(config, processes):
    """Train in several processes on the CPU, as ``accelerate launch -m training`` does."""
    options = ["--config_file", str(ROOT / "configs/accelerate/ddp.yaml"), "--num_processes", str(processes)]
    options += ["--num_cpu_threads_per_process", "1", "--main_process_port", "0"]
    command = [sys.executable, "-m", "accelerate.commands.launch", *options, "-m", "training", str(config)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    "length", [{"epochs": 40}, {"epochs": None, "streaming": True, "training_changes": {"max_steps": 120}}]
)
def test_two_processes_end_where_one_does(run, tmp_path, length):
    """Batches of four in one process, and of two in each of two, are the same steps but for dropout."""
    _, one = run(**length)
    config = yaml.safe_load((tmp_path / "run.yaml").read_text())
    config["output"] = str(tmp_path / "two")
    config["training"]["per_device_train_batch_size"] = 2
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(config))
    ended = launched(tmp_path / "two.yaml", 2)
    assert ended.returncode == 0, ended.stderr[-3000:]
    first, second = (json.loads((folder / "metrics.json").read_text()) for folder in (one, tmp_path / "two"))
    assert second["training"]["steps"] == first["training"]["steps"] == 120
    for metrics in (first, second):
        assert metrics["dev"]["entities"]["micro"]["f1"] == pytest.approx(1.0)
        assert metrics["dev"]["stances"]["graph"]["f1"] == pytest.approx(1.0)
    assert ended.stdout.count("The model is in") == 1  # said by the first process only
