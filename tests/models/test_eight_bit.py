import torch
from safetensors.torch import load_file
from torch import nn

from models.eight_bit import FILE, load_eight_bit, save_eight_bit
from models.tagger import Tagger
from tests.articles import SMALL


def test_rows_have_their_own_scale(tmp_path):
    layer = nn.Linear(3, 2)
    layer.weight.data = torch.tensor([[1.27, -0.64, 0.0], [127.0, 1.0, 0.4]])
    layer.bias.data = torch.tensor([0.5, -2.0])
    save_eight_bit(layer, tmp_path)
    stored = load_file(tmp_path / FILE)
    assert stored["weight"].dtype == torch.int8 and stored["bias"].dtype == torch.float16
    assert stored["weight"].tolist() == [[127, -64, 0], [127, 1, 0]]  # steps of 0.01 and of 1
    weights = load_eight_bit(tmp_path)
    assert torch.allclose(weights["weight"], layer.weight, atol=0.51, rtol=0.01)
    assert weights["bias"].tolist() == [0.5, -2.0] and set(weights) == {"weight", "bias"}


def test_a_row_of_zeros_stays_zero(tmp_path):
    layer = nn.Linear(2, 1, bias=False)
    layer.weight.data.zero_()
    save_eight_bit(layer, tmp_path)
    assert load_eight_bit(tmp_path)["weight"].tolist() == [[0.0, 0.0]]


def test_a_checkpoint_in_eight_bits_is_loaded_like_any(tiny_tagger, tmp_path):
    tiny_tagger.runner.model.config.save_pretrained(tmp_path)
    tiny_tagger.tokenizer.save_pretrained(tmp_path)
    save_eight_bit(tiny_tagger.runner.model, tmp_path)
    loaded = Tagger.from_pretrained(tmp_path, "fp32")
    for name, weight in tiny_tagger.runner.model.state_dict().items():
        bound = weight.abs().amax(-1, keepdim=True) / 127 if weight.ndim == 2 else weight.abs() / 1000 + 1e-6
        assert (loaded.runner.model.state_dict()[name] - weight).abs().le(bound).all(), name
    assert loaded.tag(SMALL.text).entities is not None
