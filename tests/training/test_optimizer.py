import pytest
from transformers import TrainingArguments

from training.optimizer import build_optimizer


@pytest.fixture
def rates(tiny_tagger, tmp_path):
    args = TrainingArguments(output_dir=str(tmp_path), learning_rate=1e-4, weight_decay=0.1, use_cpu=True)
    optimizer = build_optimizer(tiny_tagger.runner.model, args, head_learning_rate=1e-3, layer_decay=0.5)
    found = {id(p): (g["lr"], g["weight_decay"]) for g in optimizer.param_groups for p in g["params"]}
    return {name: found[id(p)] for name, p in tiny_tagger.runner.model.named_parameters()}


def test_heads_layers_and_embeddings_learn_at_their_rates(rates):
    assert rates["entities.score.weight"] == (1e-3, 0.1)
    assert rates["roles.word.weight"] == (1e-3, 0.1)
    assert rates["encoder.encoder.layer.0.attention.self.query.weight"] == (1e-4, 0.1)  # the only layer is the top one
    assert rates["encoder.embeddings.word_embeddings.weight"] == (5e-5, 0.1)


def test_biases_and_norms_do_not_decay(rates):
    assert rates["entities.bias"] == (1e-3, 0.0)
    assert rates["encoder.encoder.layer.0.output.LayerNorm.weight"] == (1e-4, 0.0)


def test_every_parameter_is_in_a_group(rates, tiny_tagger):
    assert len(rates) == len(list(tiny_tagger.runner.model.parameters()))
