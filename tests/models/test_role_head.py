import itertools

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.role_head import RoleHead, RoleScores, _bucket, role_loss


def scores_of(seed, words, cue):
    """Random scores of one cue over ``words`` words."""
    generator = torch.Generator().manual_seed(seed)
    place = torch.arange(words)[None]
    return RoleScores(
        start=torch.randn(1, 2, words, generator=generator) * 2,
        end=torch.randn(1, 2, words, generator=generator) * 2,
        inside=torch.randn(1, 2, words, generator=generator) * 2,
        none=torch.randn(1, 2, generator=generator) * 2,
        before=place < cue[0],
        after=place >= cue[1],
    )


def all_spans(words, cue, barred=()):
    """Every span that touches neither the cue nor a barred word."""
    closed = set(range(*cue)) | set(barred)
    pairs = itertools.combinations(range(words + 1), 2)
    return [(i, j) for i, j in pairs if not closed & set(range(i, j))]


def brute(scores, role, span):
    i, j = span
    return (scores.start[0, role, i] + scores.inside[0, role, i:j].sum() + scores.end[0, role, j - 1]).item()


cases = st.integers(1, 7).flatmap(
    lambda words: st.tuples(
        st.integers(0, 10_000),
        st.just(words),
        st.integers(0, words - 1).flatmap(lambda a: st.tuples(st.just(a), st.integers(a + 1, words))),
        st.sets(st.integers(0, words - 1)),
    )
)


@given(cases)
@settings(max_examples=60, deadline=None)
def test_the_partition_function_is_the_sum_over_all_spans_and_none(case):
    seed, words, cue, _ = case
    scores = scores_of(seed, words, cue)
    for role in (0, 1):
        every = [brute(scores, role, span) for span in all_spans(words, cue)] + [scores.none[0, role].item()]
        assert torch.isclose(scores.log_partition()[0, role], torch.tensor(every).logsumexp(0), atol=1e-4)


def test_a_span_scores_its_start_its_insides_and_its_end():
    scores = scores_of(0, 5, (2, 3))
    spans = torch.tensor([[[3, 5], [-1, -1]]])
    expected = [brute(scores, 0, (3, 5)), scores.none[0, 1].item()]
    assert torch.allclose(scores.of(spans), torch.tensor([expected]), atol=1e-5)


def test_padding_never_counts():
    torch.manual_seed(0)
    head = RoleHead(size=6, hidden=8, dropout=0.0).eval()
    words = torch.randn(1, 4, 6)
    padded = torch.cat([words, torch.randn(1, 3, 6)], 1)
    window, cues = torch.tensor([0]), torch.tensor([[1, 2]])
    alone = head(words, torch.tensor([4]), window, cues)
    in_batch = head(padded, torch.tensor([4]), window, cues)
    assert torch.allclose(alone.log_partition(), in_batch.log_partition(), atol=1e-5)
    assert torch.allclose(alone.start, in_batch.start[..., :4], atol=1e-5)


def test_loss_is_the_negative_log_probability_of_gold():
    scores = scores_of(1, 3, (0, 1))
    gold = torch.tensor([[[1, 2], [-1, -1]]])
    expected = 0.0
    for role, span in enumerate([(1, 2), (-1, -1)]):
        every = [brute(scores, role, s) for s in all_spans(3, (0, 1))] + [scores.none[0, role].item()]
        chosen = scores.none[0, role].item() if span[0] < 0 else brute(scores, role, span)
        expected += torch.tensor(every).logsumexp(0).item() - chosen
    assert torch.isclose(role_loss(scores, gold), torch.tensor(expected), atol=1e-4)


def test_distances_have_signed_buckets_that_widen():
    distances = torch.tensor([-1000, -8, -4, -1, 0, 1, 4, 5, 8, 16, 1000])
    assert _bucket(distances).tolist() == [0, 16, 20, 23, 24, 25, 28, 29, 32, 36, 48]
