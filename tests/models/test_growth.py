"""What a Tagger holds and how its work grows; ``tests.load`` measures more of it."""

import gc
import tracemalloc

import torch

from data.article import Article
from models.runner import CHUNK
from tests.hostile import lines_run
from tests.load import text


def traced():
    """Bytes that Python and NumPy hold, and the objects that can hold others."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0], len(gc.get_objects())


def test_calls_leave_nothing_behind(tiny_tagger):
    """Warmed up with 300 calls: NumPy and PyTorch keep small blocks for use again, fewer new ones with each call."""
    torch.nn.init.constant_(tiny_tagger.runner.model.cues.bias, -2.0)  # fewer cues, for speed
    tracemalloc.start()  # before the warm-up, so that what it leaves is counted when it is replaced
    try:
        for call in range(500):
            if call == 300:
                size, objects = traced()
            long = f"{text(5 * call)} {'ا' * 2000}"  # a word of which the model reads little
            tiny_tagger.tag(long)
            if call % 10 == 0:
                tiny_tagger.stance("ظهر الخبر", long)
        grown, more = traced()
    finally:
        tracemalloc.stop()
    assert grown - size < 100_000 and more - objects < 50  # 500 bytes a call: an eighth of the text


def test_a_stream_reads_no_further_ahead_than_its_workers_take(tiny_tagger):
    read = given = furthest = 0

    def articles():
        nonlocal read, furthest
        for i in range(300):
            read += 1
            furthest = max(furthest, read - given)
            yield Article(str(i), text(i))

    for _ in tiny_tagger.stream(articles()):
        given += 1
    assert given == 300 and furthest <= (tiny_tagger.runner.workers + 1) * CHUNK


def test_twice_the_text_is_twice_the_work(tiny_tagger):
    short, long = (lines_run(tiny_tagger.tag, text(4) * times) for times in (8, 16))
    assert long <= 2.2 * short


def test_twice_the_text_is_twice_what_the_tokenizer_and_the_model_read(tiny_tagger):
    for part in ("خبر ", "[", "ا", "\u064b", "ا\u200d", "خبر\u202e "):
        read = []
        for times in (2_000, 4_000):
            _, windows = tiny_tagger.windower.windows(part * times)
            read.append(sum(window.length for window in windows))
        assert read[1] <= 2.2 * read[0]
