import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from models.differences import FILE, coded, load_differences, packed, save_differences, unpacked
from models.eight_bit import load_eight_bit, save_eight_bit


def test_codes_and_steps_are_the_nearest_by_least_squares():
    codes, step = coded(torch.tensor([[0.5, -0.5, 1.5, -1.5], [2.0, -4.0, 0.0, 0.0]]), 2)
    assert codes[0].tolist() == [0, -1, 1, -2] and step[0].item() == 1.0  # (code + 1/2) step is the row itself
    codes, step = coded(torch.tensor([[1.0, -3.0, 2.0, -2.0]]), 1)
    assert codes.tolist() == [[0, -1, 0, -1]] and step.item() == 4.0  # half of it is the mean magnitude


def test_a_row_without_differences_stays_so():
    codes, step = coded(torch.zeros(1, 8), 2)
    assert ((codes + 0.5) * step == 0).all()


@given(st.integers(1, 8), st.integers(1, 5), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_packed_codes_are_given_back(bits, rows, columns, seed):
    half = 2 ** (bits - 1)
    codes = torch.randint(-half, half, (rows, columns), generator=torch.Generator().manual_seed(seed))
    found = packed(codes.to(torch.int8), bits)
    assert found.dtype == torch.uint8 and found.shape == (rows, -(-bits * columns // 8))
    assert torch.equal(unpacked(found, bits, columns), codes)


@pytest.fixture
def pair(tmp_path):
    """A model, and in a folder with one below it another one, near it but for the head."""
    torch.manual_seed(0)
    model = nn.ModuleDict({"layer": nn.Linear(16, 4), "head": nn.Linear(16, 2)})
    other = nn.ModuleDict({"layer": nn.Linear(16, 4), "head": nn.Linear(16, 2)})
    other["layer"].weight.data = model["layer"].weight.detach() + 0.01 * torch.randn(4, 16)
    save_eight_bit(other, tmp_path)
    (tmp_path / "claims").mkdir()
    return model, tmp_path / "claims"


def test_a_model_is_kept_as_what_sets_it_apart(pair):
    model, folder = pair
    save_differences(model, folder)
    kept = load_file(folder / FILE)
    assert kept["layer.weight.codes"].shape == (4, 4)  # two bits for each of 16 weights
    assert kept["head.weight"].dtype == torch.int8  # two heads are no nearer to one another than any
    assert kept["layer.bias"].dtype == torch.float16
    weights, other = load_differences(folder), load_eight_bit(folder.parent)
    assert weights.keys() == model.state_dict().keys()
    apart = (other["layer.weight"] - model["layer"].weight).square().mean()
    assert (
        weights["layer.weight"] - model["layer"].weight
    ).square().mean() < 0.2 * apart  # 0.12 for a normal distribution
    assert torch.allclose(weights["head.weight"], model["head"].weight, atol=2e-3)


@pytest.mark.parametrize(("bits", "lost"), [(1, 0.4), (2, 0.15), (4, 0.02), (8, 0.001)])
def test_more_bits_lose_less(pair, bits, lost):
    model, folder = pair
    save_differences(model, folder, bits)
    assert load_file(folder / FILE)["layer.weight.codes"].shape == (4, 2 * bits)
    other, weight = load_eight_bit(folder.parent)["layer.weight"], model["layer"].weight
    far = (load_differences(folder)["layer.weight"] - weight).square().mean()
    assert far < lost * (other - weight).square().mean()


@pytest.mark.parametrize("bits", ["0", "9", "two"])
def test_a_number_of_bits_that_is_none_is_refused(pair, bits):
    model, folder = pair
    save_differences(model, folder)
    with safe_open(folder / FILE, "pt") as file:
        metadata = file.metadata()
    save_file(load_file(folder / FILE), folder / FILE, metadata | {"bits": bits})
    with pytest.raises(ValueError, match=f"its weights have '{bits}' bits, which is not a number from 1 to 8"):
        load_differences(folder)


def test_differences_from_other_weights_are_refused(pair):
    model, folder = pair
    save_differences(model, folder)
    save_eight_bit(model, folder.parent)
    with pytest.raises(
        ValueError, match="differences from other weights than model.int8.safetensors in the folder above"
    ):
        load_differences(folder)


@pytest.mark.parametrize(
    ("end", "value"),
    [
        ("codes", None),
        ("codes", torch.zeros(1, 4, dtype=torch.uint8)),
        ("codes", torch.zeros(4, 8, dtype=torch.uint8)),
        ("codes", torch.zeros(4, 4)),
        ("step", torch.ones(1, 1)),
        ("step", torch.ones(4, 1, 1)),
    ],
)
def test_broken_differences_are_refused(pair, end, value):
    model, folder = pair
    save_differences(model, folder)
    with safe_open(folder / FILE, "pt") as file:
        metadata = file.metadata()
    tensors = load_file(folder / FILE) | {f"layer.weight.{end}": value}
    save_file({name: tensor for name, tensor in tensors.items() if tensor is not None}, folder / FILE, metadata)
    with pytest.raises(ValueError, match="layer.weight has other codes or steps than its 4 by 16 weights take"):
        load_differences(folder)
