import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from accelerate.commands.config.config_args import load_config_from_file
from accelerate.commands.launch import launch_command_parser
from safetensors import safe_open

from data.yaml_text import read_yaml, to_yaml

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs/accelerate").glob("*.yaml"))
RUN = {
    "ddp": ["-m", "training"],
    "fsdp": [str(ROOT / "tests/training/sharded.py")],
}


def launched(config, name):
    """Train in two processes on the CPU, as ``accelerate launch`` with a config of ``configs/accelerate`` does."""
    options = ["--config_file", str(ROOT / f"configs/accelerate/{name}.yaml"), "--num_processes", "2"]
    options += ["--num_cpu_threads_per_process", "1", "--main_process_port", "0"]
    command = [sys.executable, "-m", "accelerate.commands.launch", *options, *RUN[name], str(config)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)


def changed(tmp_path, training_changes=(), **changes):
    """The config of the run before, in batches half as large, which are as large again in two processes."""
    config = read_yaml(tmp_path / "run.yaml") | {"output": str(tmp_path / "two"), **changes}
    config["training"] |= {"per_device_train_batch_size": 2, **dict(training_changes)}
    (tmp_path / "two.yaml").write_text(to_yaml(config))
    return tmp_path / "two.yaml"


def weights(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        return {name: (file.get_slice(name).get_dtype(), file.get_slice(name).get_shape()) for name in file.keys()}


STREAMED = {"epochs": None, "streaming": True, "training_changes": {"max_steps": 120}}


@pytest.mark.parametrize(
    ("name", "length", "bf16"),
    [("ddp", {"epochs": 40}, False), ("ddp", STREAMED, False), ("fsdp", {"epochs": 40}, True)],
    ids=["whole", "streamed", "in parts"],
)
def test_two_processes_end_where_one_does(run, tmp_path, name, length, bf16):
    """Batches of four in one process, and of two in each of two, are the same steps but for dropout and precision."""
    _, one = run(**length)
    ended = launched(changed(tmp_path, {"bf16": bf16}), name)
    assert ended.returncode == 0, ended.stderr[-3000:]
    first, second = (json.loads((folder / "metrics.json").read_text()) for folder in (one, tmp_path / "two"))
    assert second["training"]["steps"] == first["training"]["steps"] == 120
    for metrics in (first, second):
        assert metrics["dev"]["entities"]["micro"]["f1"] == pytest.approx(1.0)
        assert metrics["dev"]["stances"]["graph"]["f1"] == pytest.approx(1.0)
    assert ended.stdout.count("The model is in") == 1  # said by the first process only
    assert weights(tmp_path / "two") == weights(one)
    assert (tmp_path / "two" / "config.json").read_bytes() == (one / "config.json").read_bytes()


def test_what_takes_whole_weights_is_refused_where_they_are_in_parts(run, tmp_path):
    run()
    ended = launched(changed(tmp_path, average_decay=0.9), "fsdp")
    assert ended.returncode == 1
    assert "error: lora, average_decay: take whole weights, of which a process has a part with FSDP" in ended.stderr


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_accelerate_reads_its_configs_and_knows_their_keys(path):
    config = load_config_from_file(str(path))
    assert config.num_processes == 2 and config.mixed_precision == "no"
    options = vars(launch_command_parser().parse_args(["training"]))
    assert config.fsdp_config.keys() <= options.keys()
