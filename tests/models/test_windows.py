import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.words import words
from models.base import load_base
from models.windows import Window, Windower, collate, owners
from tests.data.strategies import texts


@pytest.fixture(scope="module")
def tokenizer(tiny_base):
    return load_base(str(tiny_base))[1]


def windower(tokenizer, size=72, overlap=24):
    return Windower(tokenizer, size=size, overlap=overlap)


def ranges(windows):
    return [(w.start, w.end) for w in windows]


def sentence(letters):
    """A sentence of ``letters`` one-letter words, each one piece, and a full stop, which is one more."""
    return " ".join("ا" * letters) + " ."


def test_a_short_text_is_one_window(tokenizer):
    spans, windows = windower(tokenizer).windows("نفت الوزارة الخبر.")
    assert len(spans) == 4 and ranges(windows) == [(0, 4)]
    assert [len(pieces) for pieces in windows[0].pieces] == [3, 7, 5, 1]
    assert windows[0].length == 18


def test_windows_end_with_sentences_and_repeat_the_last_ones(tokenizer):
    # Five sentences of 20 pieces: three fit into 70, and one more fits into the overlap of 24.
    text = " ".join([sentence(19)] * 5)
    _, windows = windower(tokenizer).windows(text)
    assert ranges(windows) == [(0, 60), (40, 100)]


def test_a_sentence_that_fits_no_window_is_cut_at_words(tokenizer):
    _, windows = windower(tokenizer, overlap=0).windows(sentence(150))
    assert ranges(windows) == [(0, 70), (70, 140), (140, 151)]


def test_text_without_words_has_no_windows(tokenizer):
    assert windower(tokenizer).windows(" \n\u200f") == ([], [])


def test_words_without_pieces_are_kept(tokenizer):
    spans, (window,) = windower(tokenizer).windows("ا \u064b ب")
    assert len(spans) == 3 and [len(p) for p in window.pieces] == [1, 0, 1]


def test_a_claim_takes_room_in_every_window(tokenizer):
    text = " ".join([sentence(19)] * 5)
    _, windows = windower(tokenizer, size=100, overlap=0).windows(text, "قال زيد")
    # 98 pieces less 6 of the claim and a separator leave room for four sentences of 20.
    assert ranges(windows) == [(0, 80), (80, 100)]
    assert [w.length for w in windows] == [80 + 7 + 2, 20 + 7 + 2]
    assert all(len(w.claim) == 6 for w in windows)


def test_a_long_claim_is_cut_to_half_a_window(tokenizer):
    _, (window,) = windower(tokenizer, size=200, overlap=0).windows("نعم", "ا " * 150)
    assert len(window.claim) == 100
    _, (window,) = windower(tokenizer, size=72, overlap=0).windows("نعم", "ا " * 150)
    assert len(window.claim) == 5  # a word of 64 pieces must still fit beside it


def test_a_word_decides_where_it_has_most_context():
    windows = [Window(0, 6, []), Window(4, 10, [])]
    # Word 4 has one word after it in the first window and none before it in the second; word 5 the reverse.
    assert owners(windows, 10).tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]


def test_windows_that_are_too_small_are_refused(tokenizer):
    with pytest.raises(ValueError, match="window: 20 pieces are too few; use at least 68"):
        Windower(tokenizer, size=20, overlap=0)
    with pytest.raises(ValueError, match="overlap: 80 does not fit a window of 72 pieces"):
        Windower(tokenizer, size=72, overlap=80)


@given(st.lists(texts, max_size=12), st.integers(68, 90), st.integers(0, 60), texts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_windows_fit_and_cover_every_word(tokenizer, parts, size, overlap, claim):
    text = " . ".join(parts * 3)
    spans, windows = windower(tokenizer, size, overlap).windows(text, claim)
    assert spans == words(text)
    assert all(window.length <= size and window.words == len(window.pieces) > 0 for window in windows)
    assert {word for w in windows for word in range(w.start, w.end)} == set(range(len(spans)))
    owner = owners(windows, len(spans))
    assert all(windows[owner[word]].start <= word < windows[owner[word]].end for word in range(len(spans)))
    assert np.all(np.diff(owner) >= 0)


def test_a_batch_is_padded(tokenizer):
    batch = collate([Window(0, 2, [[5, 6], [7]]), Window(0, 1, [[8]])], tokenizer)
    assert batch["input_ids"].tolist() == [[2, 5, 6, 7, 3], [2, 8, 3, 0, 0]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]
    assert batch["word_ids"].tolist() == [[-1, 0, 0, 1, -1], [-1, 0, -1, -1, -1]]
    assert batch["lengths"].tolist() == [2, 1]


def test_a_claim_is_read_before_the_words(tokenizer):
    batch = collate([Window(0, 2, [[5, 6], [7]], [9, 8]), Window(0, 1, [[8]])], tokenizer)
    assert batch["input_ids"].tolist() == [[2, 9, 8, 3, 5, 6, 7, 3], [2, 8, 3, 0, 0, 0, 0, 0]]
    assert batch["token_type_ids"].tolist() == [[0, 0, 0, 0, 1, 1, 1, 1], [0] * 8]
    assert batch["word_ids"].tolist() == [[-1, -1, -1, -1, 0, 0, 1, -1], [-1, 0, -1, -1, -1, -1, -1, -1]]
    assert batch["lengths"].tolist() == [2, 1]
