import math

import pytest
import torch

from models.claim_head import ClaimHead, claim_loss, pooled

FAVOR, AGAINST, UNRELATED = range(3)


def scores(*probabilities):
    return torch.tensor(probabilities).log()


def test_one_window_keeps_its_probabilities():
    for unrelated in (None, UNRELATED):
        assert torch.allclose(
            pooled(scores([0.2, 0.5, 0.3]), torch.tensor([0]), unrelated), torch.tensor([[0.2, 0.5, 0.3]])
        )


def test_a_text_is_as_unrelated_as_its_most_related_window():
    windows = scores([0.1, 0.0, 0.9], [0.2, 0.6, 0.2], [0.0, 0.0, 1.0])
    # of the weights 1 and 64: favor 0.1 + 64 * 0.2 and against 64 * 0.6 share what the second leaves of one: 0.8
    expected = torch.tensor([[0.8 * 12.9 / 51.3, 0.8 * 38.4 / 51.3, 0.2]])
    assert torch.allclose(pooled(windows, torch.tensor([0, 0, 0]), UNRELATED), expected, atol=1e-6)


def test_without_an_unrelated_label_windows_are_averaged():
    windows = scores([0.1, 0.9], [0.3, 0.7])
    assert torch.allclose(pooled(windows, torch.tensor([0, 0]), None), torch.tensor([[0.2, 0.8]]))


def test_pairs_are_pooled_apart():
    windows = scores([0.1, 0.0, 0.9], [0.5, 0.25, 0.25], [0.3, 0.1, 0.6])
    expected = torch.tensor([[0.3, 0.1, 0.6], [0.5, 0.25, 0.25]])
    assert torch.allclose(pooled(windows, torch.tensor([0, 1, 0]), UNRELATED)[:, UNRELATED], expected[:, UNRELATED])
    assert torch.allclose(pooled(windows, torch.tensor([0, 1, 0]), UNRELATED)[1], expected[1])
    # of the weights 1 and 16: 0.1 + 16 * 0.3 and 16 * 0.1 share 0.4
    expected = torch.tensor([0.4 * 4.9 / 6.5, 0.4 * 1.6 / 6.5, 0.6])
    assert torch.allclose(pooled(windows, torch.tensor([0, 1, 0]), UNRELATED)[0], expected)


def test_windows_that_are_surely_unrelated_stay_probabilities_and_have_a_slope():
    windows = torch.tensor([[0.0, 0.0, 200.0]], requires_grad=True)
    found = pooled(windows, torch.tensor([0]), UNRELATED)
    assert found.tolist() == [[0.0, 0.0, 1.0]]
    claim_loss(found, torch.tensor([FAVOR])).backward()
    assert torch.isfinite(windows.grad).all()


def test_means_of_claim_and_text_are_compared():
    head = ClaimHead(size=2, labels=1, dropout=0.5).eval()
    head.dense, head.score = torch.nn.Identity(), torch.nn.Identity()
    pieces = torch.tensor([[[1.0, 0.0], [3.0, 2.0], [0.0, 4.0], [9.0, 9.0]]])
    found = head(pieces, torch.tensor([[1, 1, 1, 0]]), torch.tensor([[0, 0, 1, 1]]))
    # claim (2, 1), text (0, 4), difference (2, 3), product (0, 4)
    assert torch.equal(found, torch.tanh(torch.tensor([[2.0, 1.0, 0.0, 4.0, 2.0, 3.0, 0.0, 4.0]])))


def test_a_window_without_a_claim_has_finite_scores():
    head = ClaimHead(size=4, labels=3, dropout=0.5).eval()
    assert torch.isfinite(head(torch.randn(1, 3, 4), torch.ones(1, 3), torch.zeros(1, 3))).all()


def test_shifts_say_what_is_frequent_so_that_probabilities_need_not():
    found, labels = torch.tensor([[0.5, 0.5, 0.0], [0.25, 0.75, 0.0]]), torch.tensor([FAVOR, AGAINST])
    assert claim_loss(found, labels).item() == pytest.approx(2 / 16 * (math.log(2) + math.log(4 / 3)) / 2, rel=1e-5)
    # A ninth of the probability of against counts: 9/10 of the first pair is favor, and 1/4 of the second against.
    shifts = torch.tensor([[0.0, -math.log(9), 0.0]]).expand(2, -1)
    assert claim_loss(found, labels, shifts).item() == pytest.approx(
        2 / 16 * (math.log(10 / 9) + math.log(4)) / 2, rel=1e-5
    )


@pytest.mark.parametrize(("pairs", "share"), [(1, 1 / 16), (8, 0.5), (16, 1.0), (40, 1.0)])
def test_few_pairs_count_for_less(pairs, share):
    found = torch.tensor([[0.5, 0.25, 0.25]]).repeat(pairs, 1)
    loss = claim_loss(found, torch.zeros(pairs, dtype=torch.long))
    assert loss.item() == pytest.approx(share * math.log(2))
