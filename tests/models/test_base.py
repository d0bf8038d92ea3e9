import pytest
import torch

from models.base import BaseError, load_base, take_heads
from models.config import QawlConfig
from models.modeling import QawlModel


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
