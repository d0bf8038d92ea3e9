import math

import torch

from models.tag_head import IGNORE, TagHead, flat_logits, flat_tags, tag_loss, with_outside


def test_scores_have_a_b_and_an_i_for_each_label():
    head = TagHead(size=8, labels=3)
    assert head(torch.zeros(2, 5, 8)).shape == (2, 5, 3, 2)


def test_a_new_head_says_outside():
    logits = with_outside(TagHead(size=8, labels=2)(torch.zeros(1, 1, 8)))
    assert torch.softmax(logits, -1)[0, 0, 0, 0] > 0.9


def test_nested_loss_sums_over_labels_and_averages_over_words():
    scores = torch.zeros(1, 2, 3, 2)  # every tag of every label has probability 1/3
    tags = torch.tensor([[[1, 2, 0], [0, 0, 1]]])
    assert math.isclose(tag_loss(scores, tags, nested=True), 3 * math.log(3), rel_tol=1e-6)


def test_flat_loss_is_one_decision_a_word():
    scores = torch.zeros(1, 2, 3, 2)  # O and six tags, probability 1/7 each
    tags = torch.tensor([[[0, 2, 0], [0, 0, 0]]])
    assert math.isclose(tag_loss(scores, tags, nested=False), math.log(7), rel_tol=1e-6)


def test_words_without_tags_cost_nothing():
    scores = torch.randn(2, 2, 3, 2, requires_grad=True)
    tags = torch.full((2, 2, 3), IGNORE)
    tags[0, 0] = torch.tensor([1, 0, 0])
    loss = tag_loss(scores, tags, nested=True)
    loss.backward()
    assert torch.equal(loss, tag_loss(scores[:1, :1], tags[:1, :1], nested=True))
    assert scores.grad[0, 0].abs().sum() > 0 and scores.grad[1].abs().sum() == 0 and scores.grad[0, 1].abs().sum() == 0


def test_a_batch_without_any_tags_has_zero_loss_and_zero_gradient():
    scores = torch.randn(1, 2, 3, 2, requires_grad=True)
    loss = tag_loss(scores, torch.full((1, 2, 3), IGNORE), nested=True)
    loss.backward()
    assert loss == 0 and scores.grad.abs().sum() == 0


def test_flat_tags_index_flat_logits():
    scores = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    assert flat_logits(scores).tolist() == [[0, 1, 2, 3, 4]]
    assert flat_tags(torch.tensor([[0, 0], [1, 0], [2, 0], [0, 1], [0, 2]])).tolist() == [0, 1, 2, 3, 4]
