import numpy as np
import pytest
import torch
from hypothesis import given, settings
from scipy.special import logsumexp

from models.role_decoding import RoleArrays, decode_roles
from tests.models.test_role_head import all_spans, brute, cases, scores_of


def arrays(scores, cue):
    found = (scores.start, scores.end, scores.inside, scores.none)
    return RoleArrays(*(tensor.numpy() for tensor in found), np.array([cue]))


@given(cases)
@settings(max_examples=60, deadline=None)
def test_the_best_span_is_the_best_of_all(case):
    seed, words, cue, barred = case
    scores = scores_of(seed, words, cue)
    mask = np.array([[word in barred for word in range(words)]])
    for role in (0, 1):
        ranked = {span: brute(scores, role, span) for span in all_spans(words, cue, barred)}
        ranked[(-1, -1)] = scores.none[0, role].item()
        spans, score = arrays(scores, cue).best(role, mask)
        assert tuple(spans[0].tolist()) == max(ranked, key=ranked.get)
        assert score[0] == pytest.approx(max(ranked.values()), abs=1e-4)


@given(cases)
@settings(max_examples=60, deadline=None)
def test_the_partition_function_is_the_one_of_training(case):
    seed, words, cue, _ = case
    scores = scores_of(seed, words, cue)
    assert torch.allclose(
        scores.log_partition(), torch.from_numpy(arrays(scores, cue).log_partition()).float(), atol=1e-4
    )


@given(cases)
@settings(max_examples=60, deadline=None)
def test_holder_and_target_never_overlap_and_have_their_joint_probability(case):
    seed, words, cue, _ = case
    scores = scores_of(seed, words, cue)
    (holder,), (target,), (probability,) = decode_roles(arrays(scores, cue))
    assert not set(range(*holder)) & set(range(*target))
    expected = 0.0
    for role, span in enumerate((tuple(holder), tuple(target))):
        own = scores.none[0, role].item() if span[0] < 0 else brute(scores, role, span)
        every = [brute(scores, role, s) for s in all_spans(words, cue)] + [scores.none[0, role].item()]
        expected += own - logsumexp(every)
    assert probability == pytest.approx(np.exp(expected), abs=1e-5)
