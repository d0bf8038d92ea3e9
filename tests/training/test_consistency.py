from math import log

import pytest
import torch

from models.modeling import QawlOutput
from training.consistency import divergence

P, Q = torch.tensor([0.75, 0.25]), torch.tensor([0.5, 0.5])
# KL(P, Q) and KL(Q, P), summed over both outcomes, half of each
APART = (0.75 * log(1.5) + 0.25 * log(0.5) + 0.5 * log(2 / 3) + 0.5 * log(2)) / 2


def output(**scores):
    return QawlOutput(loss=torch.zeros(()), **scores)


def tags(probability):
    """One window of two words and one label whose B has the probability, against O; I is never."""
    b = torch.full((1, 2, 1), log(probability / (1 - probability)))
    return torch.stack([b, torch.full_like(b, -1e4)], -1)


def test_tags_diverge_on_words_that_have_gold(tiny_tagger):
    inputs = {"entity_tags": torch.tensor([[[0], [-100]]])}
    found = divergence(tiny_tagger.model, output(entities=tags(0.25)), output(entities=tags(0.5)), inputs)
    assert float(found) == pytest.approx(APART, abs=1e-5)
    nothing = {"entity_tags": torch.full((1, 2, 1), -100)}
    assert float(divergence(tiny_tagger.model, output(entities=tags(0.25)), output(entities=tags(0.5)), nothing)) == 0.0


def test_claims_diverge_by_pair(tiny_tagger):
    # of four labels two have the probabilities, the others none
    sides = [torch.stack([p.log()[0], p.log()[1], *torch.full((2,), -1e4)])[None] for p in (P, Q)]
    first, second = (torch.cat([side, torch.zeros(1, 4)]) for side in sides)
    inputs = {"pairs": torch.tensor([0, -1])}  # the second window is not held against a claim
    found = divergence(tiny_tagger.model, output(claims=first), output(claims=second), inputs)
    assert float(found) == pytest.approx(APART, abs=1e-4)


def test_passes_that_agree_do_not_diverge(tiny_tagger):
    inputs = {"entity_tags": torch.zeros(1, 2, 1, dtype=torch.long), "cue_tags": torch.zeros(1, 2, 1, dtype=torch.long)}
    same = output(entities=tags(0.3), cues=tags(0.6))
    assert float(divergence(tiny_tagger.model, same, same, inputs)) == 0.0
