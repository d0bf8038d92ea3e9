import pytest
import torch

from models.base import BaseError, load_base


def test_a_folder_is_a_base(tiny_base):
    encoder, tokenizer = load_base(str(tiny_base))
    assert encoder.config.hidden_size == 32 and tokenizer.is_fast


def test_a_missing_folder_is_named():
    with pytest.raises(BaseError, match="base: ./nowhere is not a folder; give a folder, a hub name or embedded"):
        load_base("./nowhere")


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(BaseError, match=f"base: {tmp_path} cannot be loaded"):
        load_base(str(tmp_path))


def test_pickled_weights_are_refused(tiny_base, tmp_path):
    encoder, tokenizer = load_base(str(tiny_base))
    tokenizer.save_pretrained(tmp_path)
    encoder.config.save_pretrained(tmp_path)
    torch.save(encoder.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(BaseError, match="cannot be loaded"):
        load_base(str(tmp_path))
