"""The same text has the same tags in fp32: alone or in any batch, in any order, thread and process."""

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import torch

from data.article import Article
from data.jsonl import read_jsonl, write_jsonl
from models.tagger import Tagger

ROOT = Path(__file__).parents[2]
PLACES = ["دمشق", "بغداد", "تونس", "عمان", "الخرطوم"]
VERBS = ["نفت", "أكدت", "قالت"]
ARTICLES = [
    Article(str(i), f"{VERBS[i % 3]} وزارة الصحة في {PLACES[i % 5]} الخبر رقم {i}. " * (1 + i * i % 11))
    for i in range(40)
]


def tags(article):
    """Everything but scores, whose last digit may be rounded differently in another batch."""
    entities = [(e.start, e.end, e.label) for e in article.entities]
    stances = [(s.label, s.cue, s.holder, s.target) for s in article.stances]
    claims = [(c.claim, c.label, {(e.start, e.end) for e in c.evidence}) for c in article.claims or ()]
    return article.id, article.text, entities, stances, claims


def scores(article):
    return [item.score for item in (*article.entities, *article.stances)]


@pytest.fixture
def alone(tiny_tagger):
    found = {article.id: tiny_tagger.tag_articles([article])[0] for article in ARTICLES}
    assert all(article.entities and article.stances for article in found.values())
    return found


def same(alone, found):
    assert len(found) == len(ARTICLES)
    for article in found:
        assert tags(article) == tags(alone[article.id])
        assert scores(article) == pytest.approx(scores(alone[article.id]), abs=1e-3)


def test_in_any_batch_and_order(tiny_tagger, alone):
    for seed in range(3):
        shuffled = random.Random(seed).sample(ARTICLES, len(ARTICLES))
        same(alone, list(tiny_tagger.stream(shuffled)))
        at = random.Random(seed).randrange(1, 39)
        same(alone, [*tiny_tagger.tag_articles(shuffled[:at]), *tiny_tagger.tag_articles(shuffled[at:])])


def test_with_any_number_of_threads_in_a_matrix_product(tiny_tagger, alone):
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            same(alone, list(tiny_tagger.stream(ARTICLES)))
    finally:
        torch.set_num_threads(before)


def test_in_another_process(tiny_tagger, alone, tmp_path):
    tiny_tagger.save_pretrained(tmp_path / "checkpoint")
    write_jsonl(tmp_path / "in.jsonl", ARTICLES)
    command = [sys.executable, "-m", "models.predict", str(tmp_path / "in.jsonl"), "--precision", "fp32"]
    command += ["--checkpoint", str(tmp_path / "checkpoint"), "-o", str(tmp_path / "out.jsonl")]
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-2000:]
    same(alone, list(read_jsonl(tmp_path / "out.jsonl")))


def test_from_four_threads_that_share_a_tagger(tiny_tagger, alone):
    start = Barrier(4)

    def tagged(number):
        start.wait(30)
        shuffled = random.Random(number).sample(ARTICLES, len(ARTICLES))
        return [tiny_tagger.tag_articles([article])[0] for article in shuffled] + list(tiny_tagger.stream(shuffled))

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(tagged, range(4)):
            same(alone, found[: len(ARTICLES)])
            same(alone, found[len(ARTICLES) :])


def test_stances_from_four_threads_that_share_a_tagger(tiny_tagger):
    pairs = [("ظهر الخبر", article.text) for article in ARTICLES]
    alone = [tiny_tagger.stance(*pair).label for pair in pairs]
    with ThreadPoolExecutor(4) as pool:
        assert [claim.label for claim in pool.map(lambda pair: tiny_tagger.stance(*pair), pairs)] == alone


def test_with_a_tokenizer_that_was_saved_with_truncation_and_padding(tiny_tagger, alone, tmp_path):
    tiny_tagger.save_pretrained(tmp_path)
    record = json.loads((tmp_path / "tokenizer.json").read_text())
    backend = tiny_tagger.tokenizer.backend_tokenizer
    backend.enable_truncation(8)
    backend.enable_padding(length=16)
    changed = json.loads(backend.to_str())
    assert changed["truncation"] and changed["padding"] and not record["truncation"]
    (tmp_path / "tokenizer.json").write_text(json.dumps(changed))
    again = Tagger.from_pretrained(tmp_path, "fp32", "cpu")
    # Nothing is left for the first call to undo while another thread reads.
    assert again.tokenizer.backend_tokenizer.truncation is None and again.tokenizer.backend_tokenizer.padding is None
    same(alone, list(again.stream(ARTICLES)))
