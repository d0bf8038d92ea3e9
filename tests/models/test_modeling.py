import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from models.base import load_base
from models.claim_adapter import ClaimAdapter
from models.config import QawlConfig
from models.modeling import QawlModel, pool_words


def test_a_word_is_the_mean_of_its_pieces():
    pieces = torch.tensor([[[9.0], [1.0], [3.0], [5.0], [7.0]]])
    word_ids = torch.tensor([[-1, 0, 0, 2, -1]])
    assert pool_words(pieces, word_ids, 3).tolist() == [[[2.0], [0.0], [5.0]]]


def inputs():
    return {
        "input_ids": torch.tensor([[2, 5, 6, 7, 3]]),
        "attention_mask": torch.ones(1, 5, dtype=torch.long),
        "word_ids": torch.tensor([[-1, 0, 0, 1, -1]]),
        "lengths": torch.tensor([2]),
    }


def test_a_model_without_stance_labels_has_no_stance_heads(tiny_base):
    encoder, _ = load_base(str(tiny_base))
    model = QawlModel(QawlConfig(encoder=encoder.config, entity_labels=["ORG"]), encoder)
    output = model(**inputs())
    assert output.entities.shape == (1, 2, 1, 2) and output.loss is None
    assert output.cues is None and output.claims is None


def test_the_loss_is_the_sum_of_the_heads(tiny_tagger):
    model = tiny_tagger.runner.model.eval()
    entities = {"entity_tags": torch.tensor([[[1, 0, 0], [0, 0, 0]]])}
    cues = {
        "cue_tags": torch.tensor([[[1, 0, 0], [0, 0, 0]]]),
        "frame_windows": torch.tensor([0]),
        "frame_cues": torch.tensor([[0, 1]]),
        "frame_roles": torch.tensor([[[-1, -1], [1, 2]]]),
    }
    output = model(**inputs(), **entities, **cues)
    assert set(output.losses) == {"entities", "cues", "roles"}
    both = output.loss
    parts = model(**inputs(), **entities).loss + model(**inputs(), **cues).loss
    assert torch.isclose(both, parts) and both > 0


def test_building_keeps_the_weights_of_the_base(tiny_base):
    encoder, _ = load_base(str(tiny_base))
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    model = QawlModel(QawlConfig(encoder=encoder.config, entity_labels=["ORG"]), encoder)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.encoder.state_dict().items())


def test_windows_without_a_claim_cost_the_claims_head_nothing(tiny_tagger):
    model = tiny_tagger.runner.model.eval()
    two = {name: torch.cat([tensor, tensor]) for name, tensor in inputs().items()}
    output = model(**two, pairs=torch.tensor([0, -1]), pair_stances=torch.tensor([2]))
    assert output.claims.shape == (2, 4)
    assert torch.isclose(output.losses["claims"], -output.claims[0].log_softmax(-1)[2] / 16)  # one pair of sixteen
    assert model(**inputs(), pairs=torch.tensor([-1]), pair_stances=torch.tensor([], dtype=torch.long)).loss is None


def test_the_claim_and_the_text_are_told_apart(tiny_tagger):
    model = tiny_tagger.runner.model.eval()
    types = torch.tensor([[0, 0, 0, 1, 1]])
    assert not torch.allclose(model(**inputs()).claims, model(**inputs(), token_type_ids=types).claims)


def test_label_weights_of_the_config_are_used(tiny_tagger):
    model = tiny_tagger.runner.model.eval()
    two = {name: torch.cat([tensor, tensor]) for name, tensor in inputs().items()}
    labels = {"pairs": torch.tensor([0, 1]), "pair_stances": torch.tensor([0, 1])}
    first, second = -model(**two).claims[0].log_softmax(-1)[:2]
    model.config.claim_weights = [3.0, 1.0, 1.0, 1.0]
    assert torch.isclose(model(**two, **labels).losses["claims"], 2 / 16 * (3 * first + second) / 4)


def held(text_from: int = 3):
    types = torch.zeros(1, 5, dtype=torch.long)
    types[:, text_from:] = 1
    return {**inputs(), "token_type_ids": types}


def test_an_adapter_that_was_not_trained_changes_nothing(tiny_tagger):
    model = tiny_tagger.runner.model.eval()
    before = model(**held()).claims
    model.claim_adapter = ClaimAdapter(model.encoder, 3)
    assert torch.equal(model(**held()).claims, before)


def test_an_adapter_updates_claims_and_no_tags(tiny_tagger, adapted_tagger):
    model = adapted_tagger.runner.model.eval()
    tags, claims = model(**inputs()).entities, model(**held()).claims
    merged = copy.deepcopy(model)
    merged.claim_adapter.merge_into(merged.encoder)
    model.claim_adapter = merged.claim_adapter = None
    assert torch.equal(tags, model(**inputs()).entities)
    assert not torch.allclose(claims, model(**held()).claims)
    assert torch.allclose(claims, merged(**held()).claims, atol=1e-6)


def test_an_adapter_adds_the_product_of_its_factors(tiny_base):
    encoder, _ = load_base(str(tiny_base))
    encoder.pooler = None
    adapter = ClaimAdapter(encoder, 2)
    assert len(adapter.names) == 6 and "encoder.layer.0.attention.self.query" in adapter.names
    layer = encoder.encoder.layer[0].output.dense
    update = adapter.updates[adapter.names.index("encoder.layer.0.output.dense")]
    assert update.up.shape == (32, 2) and update.down.shape == (2, 64)
    torch.nn.init.zeros_(update.down)
    with torch.no_grad():
        update.up[5, 1], update.down[1, 7] = 2.0, 3.0
        vector = torch.zeros(64)
        vector[7] = 10.0
        plain = layer(vector)
        with adapter.used():
            change = layer(vector) - plain
        assert change.nonzero().tolist() == [[5]] and change[5].item() == pytest.approx(60.0, abs=1e-4)
        assert torch.equal(layer(vector), plain)
        before = layer.weight.clone()
        adapter.merge_into(encoder)
        assert (layer.weight - before).nonzero().tolist() == [[5, 7]] and torch.allclose(layer(vector), plain + change)


def test_an_adapter_is_used_by_the_thread_that_asks_for_it_alone(tiny_base):
    encoder, _ = load_base(str(tiny_base))
    layer, vector = encoder.encoder.layer[0].output.dense, torch.ones(64)
    adapter = ClaimAdapter(encoder, 2)
    torch.nn.init.ones_(adapter.updates[adapter.names.index("encoder.layer.0.output.dense")].up)
    with torch.no_grad(), ThreadPoolExecutor(1) as other, adapter.used():
        assert not torch.equal(layer(vector), other.submit(torch.no_grad()(layer), vector).result())


def test_windows_with_and_without_a_claim_do_not_share_a_batch_of_a_model_with_an_adapter(adapted_tagger):
    both = {name: torch.cat([tensor, held()[name]]) for name, tensor in held(text_from=5).items()}
    with pytest.raises(ValueError, match="windows with a claim and without"):
        adapted_tagger.runner.model(**both)
