import pytest
import torch
from torch.nn import functional as F
from transformers import BertConfig, ModernBertConfig

from models.attention import attention, serves

MASK = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])


def drawn(scale=1.0, dtype=torch.float32):
    """Query, key and value of two texts of five pieces, two heads of four."""
    torch.manual_seed(0)
    return [(scale * torch.randn(2, 2, 5, 4)).to(dtype) for _ in range(3)]


def usual(query, key, value, mask=None):
    mask = mask if mask is None else mask[:, None, None]
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask).transpose(1, 2)


@pytest.mark.parametrize("mask", [None, MASK])
def test_it_is_the_usual_attention(mask):
    found, weights = attention(None, *drawn(), mask)
    assert weights is None
    torch.testing.assert_close(found, usual(*drawn(), mask))


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("scale", [20.0, 1e3])
def test_scores_whose_exponential_is_too_large_are_taken_too(mask, scale):
    torch.testing.assert_close(attention(None, *drawn(scale), mask)[0], usual(*drawn(scale), mask))


def test_scores_whose_exponentials_all_vanish_are_taken_too():
    query, key, value = drawn()
    query, key = query.abs() * 1e2, -key.abs() * 1e2
    torch.testing.assert_close(attention(None, query, key, value, None)[0], usual(query, key, value))


def test_in_bf16_it_is_as_near_as_bf16_is():
    found, _ = attention(None, *drawn(dtype=torch.bfloat16), MASK)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), usual(*drawn(), MASK), atol=0.02, rtol=0.02)


def test_padding_changes_nothing():
    query, key, value = drawn(dtype=torch.bfloat16)
    other = value.clone()
    other[1, :, 3:], key_too = 7.0, key.clone()
    key_too[1, :, 3:] = -3.0
    found, _ = attention(None, query, key_too, other, MASK)
    assert torch.equal(found, attention(None, query, key, value, MASK)[0])


def test_it_does_not_serve_layers_that_see_only_pieces_nearby():
    assert serves(BertConfig())
    assert not serves(ModernBertConfig())
