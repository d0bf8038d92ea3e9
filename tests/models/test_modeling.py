import torch

from models.base import load_base
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


def test_shifts_of_pairs_are_added_to_scores_in_the_loss_alone(tiny_tagger):
    model = tiny_tagger.runner.model.eval()
    labels = {"pairs": torch.tensor([0]), "pair_stances": torch.tensor([1])}
    shifts = torch.tensor([[0.0, -2.0, 0.5, 0.0]])
    plain = model(**inputs(), **labels).claims
    shifted = model(**inputs(), **labels, pair_shifts=shifts)
    assert torch.equal(shifted.claims, plain)
    assert torch.isclose(shifted.losses["claims"], -1 / 16 * (plain + shifts).log_softmax(-1)[0, 1])
