import shutil
from re import escape

import pytest
import torch
from huggingface_hub import constants

from models.base import BaseError, load_base, take_heads
from models.config import QawlConfig
from models.modeling import QawlModel


def test_a_folder_is_a_base(tiny_base):
    encoder, tokenizer = load_base(str(tiny_base))
    assert encoder.config.hidden_size == 64 and tokenizer.is_fast


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


def test_a_checkpoint_is_a_base_and_its_heads_are_taken_where_labels_are_the_same(tiny_tagger, tmp_path):
    tiny_tagger.save_pretrained(tmp_path)
    encoder, _ = load_base(str(tmp_path))
    known = tiny_tagger.config
    config = QawlConfig(
        encoder=encoder.config,
        entity_labels=known.entity_labels,
        stance_labels=known.stance_labels,
        claim_labels=["favor", "against"],
        window=72,
        overlap=24,
        role_size=known.role_size + 1,
    )
    model, source = QawlModel(config, encoder), tiny_tagger.runner.model
    assert take_heads(model, str(tmp_path)) == ["entities", "cues"]  # claims have other labels, roles another size
    assert torch.equal(model.entities.score.weight, source.entities.score.weight)
    layer = "encoder.layer.0.attention.self.query.weight"
    assert torch.equal(model.encoder.state_dict()[layer], source.encoder.state_dict()[layer])


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """The hub's cache, which is empty, on a machine with HF_HUB_OFFLINE=1."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("revision", "option"), [(None, ""), ("v2", " --revision v2")])
def test_a_hub_name_that_is_not_downloaded_is_named_offline_with_what_to_do(offline, revision, option):
    told = (
        "base: someone/some-bert is not downloaded and HF_HUB_OFFLINE is set; "
        f"run hf download someone/some-bert{option} without it where there is a connection, or give a folder or "
        "embedded"
    )
    with pytest.raises(BaseError, match=f"^{escape(told)}$"):
        load_base("someone/some-bert", revision)


def test_a_downloaded_revision_of_a_hub_name_is_a_base_offline(offline, tiny_base):
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshots = offline / "models--someone--some-bert" / "snapshots"
    shutil.copytree(tiny_base, snapshots / commit)
    encoder, _ = load_base("someone/some-bert", commit)
    assert encoder.config.hidden_size == 64 and encoder.config._name_or_path == "someone/some-bert"
    with pytest.raises(BaseError, match="hf download someone/some-bert --revision main "):
        load_base("someone/some-bert", "main")
