from math import log

import pytest
import torch

from data.article import Article, Claim
from models.modeling import QawlOutput
from tests.articles import SMALL
from training.consistency import divergence
from training.features import Collator, build_features

HELD = Article("held", "قال زيد نعم.", claims=(Claim("قال نعم", "favor"),))

P, Q = torch.tensor([0.75, 0.25]), torch.tensor([0.5, 0.5])
# KL(P, Q) and KL(Q, P), summed over both outcomes, half of each
APART = (0.75 * log(1.5) + 0.25 * log(0.5) + 0.5 * log(2 / 3) + 0.5 * log(2)) / 2


def output(**halves):
    return QawlOutput(loss=torch.zeros(()), **{name: torch.cat(sides) for name, sides in halves.items()})


def tags(probability):
    """One window of two words and one label whose B has the probability, against O; I is never."""
    b = torch.full((1, 2, 1), log(probability / (1 - probability)))
    return torch.stack([b, torch.full_like(b, -1e4)], -1)


def test_tags_diverge_on_words_that_have_gold(tiny_tagger):
    inputs = {"entity_tags": torch.tensor([[[0], [-100]]] * 2)}
    found = divergence(tiny_tagger.runner.model, output(entities=(tags(0.25), tags(0.5))), inputs)
    assert float(found) == pytest.approx(APART, abs=1e-5)
    nothing = {"entity_tags": torch.full((2, 2, 1), -100)}
    assert float(divergence(tiny_tagger.runner.model, output(entities=(tags(0.25), tags(0.5))), nothing)) == 0.0


def test_claims_diverge_by_pair(tiny_tagger):
    # of four labels two have the probabilities, the others none; the second window of a half is held against no claim
    sides = [torch.stack([p.log()[0], p.log()[1], *torch.full((2,), -1e4)])[None] for p in (P, Q)]
    halves = [torch.cat([side, torch.zeros(1, 4)]) for side in sides]
    inputs = {"pairs": torch.tensor([0, -1, 1, -1])}
    assert float(divergence(tiny_tagger.runner.model, output(claims=halves), inputs)) == pytest.approx(APART, abs=1e-4)


def test_halves_that_agree_do_not_diverge(tiny_tagger):
    zeros = torch.zeros(2, 2, 1, dtype=torch.long)
    same = output(entities=(tags(0.3), tags(0.3)), cues=(tags(0.6), tags(0.6)))
    assert float(divergence(tiny_tagger.runner.model, same, {"entity_tags": zeros, "cue_tags": zeros})) == 0.0


def test_a_doubled_batch_costs_the_same_and_does_not_diverge_without_dropout(tiny_tagger):
    rows = list(build_features([SMALL, HELD], tiny_tagger.runner.model.config, tiny_tagger.windower))
    model = tiny_tagger.runner.model.eval()
    once, twice = (Collator(model.config, tiny_tagger.tokenizer, twice=doubled)(rows) for doubled in (False, True))
    assert once.pop("ids") == twice.pop("ids") == ["small-1", "held"]
    passed, alone = model(**twice), model(**once)
    for head, loss in alone.losses.items():
        pairs = 2 if "claims" in head else 1  # fewer than sixteen pairs weigh by their number, which doubles
        assert torch.isclose(passed.losses[head], pairs * loss, atol=1e-5)
    assert float(divergence(model, passed, twice)) == pytest.approx(0.0, abs=1e-6)
