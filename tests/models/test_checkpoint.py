import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from models import eight_bit
from models.eight_bit import save_eight_bit
from models.runner import CheckpointError
from models.tagger import Tagger


@pytest.fixture
def folder(tiny_tagger, tmp_path):
    tiny_tagger.save_pretrained(tmp_path)
    return tmp_path


def refused(folder, message):
    with pytest.raises(CheckpointError, match=message) as error:
        Tagger.from_pretrained(folder)
    assert str(error.value).startswith(f"{folder}: ")


def change(folder, file="config.json", **values):
    """Set keys of a JSON file; ``encoder__x`` is x of the encoder."""
    record = json.loads((folder / file).read_text())
    for name, value in values.items():
        place = record["encoder"] if name.startswith("encoder__") else record
        place[name.removeprefix("encoder__")] = value
    (folder / file).write_text(json.dumps(record))


def test_a_missing_folder_is_named(tmp_path):
    refused(tmp_path / "nowhere", "holds no config.json; give a folder that python -m training wrote")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (lambda w: {**w, "entities.bias": torch.zeros(3)}, "ignore_mismatched_sizes"),
        (lambda w: {name: weight for name, weight in w.items() if name != "cues.bias"}, "'missing_keys': .'cues.bias'"),
        (lambda w: {**w, "evil": torch.zeros(3)}, "'unexpected_keys': .'evil'"),
        (lambda w: {**w, "cues.bias": w["cues.bias"] * float("nan")}, "weights that are no numbers in cues.bias"),
    ],
)
def test_other_weights_are_refused(folder, weights, message):
    path = folder / "model.safetensors"
    save_file(weights(load_file(path)), path, {"format": "pt"})
    refused(folder, message)


@pytest.mark.parametrize("content", [b"", b"broken", b"\xff" * 64])
def test_broken_weights_are_refused(folder, content):
    (folder / "model.safetensors").write_bytes(content)
    refused(folder, "is not a whole Qawl checkpoint: .*; train or copy it again")


def test_cut_weights_are_refused(folder):
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-100])
    refused(folder, "is not a whole Qawl checkpoint")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"encoder__hidden_size": -32}, "is not a whole Qawl checkpoint"),
        ({"encoder__num_hidden_layers": -1}, "is not a whole Qawl checkpoint"),
        ({"encoder__num_hidden_layers": 10**9}, "num_hidden_layers: 1000000000 is not a whole number from 1 to 1000"),
        ({"encoder__attn_implementation": "a/kernel"}, "'a/kernel' is code of the hub, which is not run"),
        ({"attn_implementation": "a/kernel"}, "'a/kernel' is code of the hub, which is not run"),
        (
            {"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}},
            "is not a whole Qawl checkpoint",
        ),
        ({"encoder__model_type": "clip"}, "is not a whole Qawl checkpoint"),
        ({"encoder__hidden_act": "evil"}, "is not a whole Qawl checkpoint"),
        ({"dtype": "evil"}, "is not a whole Qawl checkpoint"),
        ({"encoder__vocab_size": 10**12}, "is not a whole Qawl checkpoint"),
        ({"encoder__model_type": "evil"}, "evil"),
        ({"encoder": None}, "is not a whole Qawl checkpoint"),
        ({"model_type": "bert"}, "config.json is not of a qawl model"),
        ({"window": -5}, "window: -5 is not a whole number from 68 to 128"),
        ({"window": 4000}, "window: 4000 is not a whole number from 68 to 128"),
        ({"window": "a"}, "window: 'a' is not a whole number"),
        ({"overlap": 73}, "overlap: 73 is not a whole number from 0 to 72"),
        ({"role_size": -5}, "role_size: -5 is not a whole number from 1"),
        ({"entity_labels": [1, 2, 3]}, r"entity_labels: \[1, 2, 3\] are not names"),
        ({"entity_labels": ["A", "A", "B"]}, "entity_labels: .* has one twice"),
        ({"stance_labels": ["evil", "favor", "neutral"]}, "stance_labels: .* are not some of favor, against, neutral"),
        ({"claim_labels": "favor"}, "claim_labels: .* are not some of"),
        ({"temperatures": {"entities": 0}}, "temperatures: 0 of entities is not a positive number"),
        ({"temperatures": {"entities": True}}, "temperatures: True of entities"),
        ({"temperatures": {"entities": "x"}}, "temperatures: 'x' of entities"),
    ],
)
def test_a_config_that_no_run_writes_is_refused(folder, values, message):
    change(folder, **values)
    refused(folder, message)


@pytest.mark.parametrize("content", ["{", "[]", "null", "[" * 100_000, '{"model_type": "qawl"}'])
def test_what_is_no_config_is_refused(folder, content):
    (folder / "config.json").write_text(content)
    refused(folder, "is not a whole Qawl checkpoint")


def test_pickles_are_never_read(folder):
    (folder / "model.safetensors").unlink()
    torch.save({"entities.bias": torch.zeros(6)}, folder / "pytorch_model.bin")
    refused(folder, "no file named model.safetensors")


def test_an_index_that_names_files_elsewhere_is_refused(folder):
    (folder / "model.safetensors").unlink()
    index = {"metadata": {}, "weight_map": {"entities.bias": "../../secret.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    refused(folder, "'../../secret.safetensors', which is no file of the folder")


@pytest.mark.parametrize("index", ["{", "[]", '{"weight_map": []}', '{"weight_map": {"entities.bias": 1}}'])
def test_what_is_no_index_is_refused(folder, index):
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    (folder / "model.safetensors.index.json").write_text(index)
    refused(folder, "is not a whole Qawl checkpoint")


def test_a_tokenizer_of_another_encoder_is_refused(folder):
    record = json.loads((folder / "tokenizer.json").read_text())
    record["model"]["vocab"]["##more"] = len(record["model"]["vocab"])
    (folder / "tokenizer.json").write_text(json.dumps(record))
    refused(folder, r"its tokenizer has a piece (\d+), and its encoder knows \1 pieces from 0")


@pytest.mark.parametrize("name", ["pad_token", "cls_token", "sep_token"])
def test_a_tokenizer_without_its_special_pieces_is_refused(folder, name):
    change(folder, "tokenizer_config.json", **{name: None})
    refused(folder, f"its tokenizer has no {name}")


def test_eight_bit_weights_that_do_not_fit_are_refused(tiny_tagger, folder):
    (folder / "model.safetensors").unlink()
    save_eight_bit(tiny_tagger.runner.model, folder)
    Tagger.from_pretrained(folder)
    whole = load_file(folder / eight_bit.FILE)
    for changed in (
        {**whole, "entities.bias": torch.zeros(3)},
        {name: weight for name, weight in whole.items() if name != "cues.bias"},
        {**whole, "entities.score.weight.scale": torch.zeros(3, 5, 7)},
        {**whole, "evil": torch.zeros(3)},
    ):
        save_file(changed, folder / eight_bit.FILE, {"format": "pt"})
        refused(folder, "is not a whole Qawl checkpoint")


def test_a_tokenizer_that_is_missing_or_broken_is_refused(folder):
    (folder / "tokenizer.json").write_text("{")
    refused(folder, "is not a whole Qawl checkpoint")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    refused(folder, "is not a whole Qawl checkpoint")


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_code_in_the_folder_is_not_run(folder, file):
    names = {"AutoConfig": "evil.C", "AutoModel": "evil.M", "AutoTokenizer": ["evil.T", "evil.T"]}
    change(folder, file, auto_map=names)
    (folder / "evil.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\n")
    try:
        Tagger.from_pretrained(folder)
    except CheckpointError as error:
        assert "trust_remote_code" in str(error)
    assert not (folder / "ran").exists()
