import copy
from dataclasses import replace

import pytest
import torch

from data.article import Article, Claim, Entity, Evidence, Span, Stance
from models.tag_head import IGNORE
from tests.articles import SMALL
from training.features import Collator, build_features


@pytest.fixture
def build(tiny_tagger):
    def rows(*articles):
        return list(build_features(articles, tiny_tagger.runner.model.config, tiny_tagger.windower))

    return rows


@pytest.fixture
def collate(tiny_tagger):
    return Collator(tiny_tagger.runner.model.config, tiny_tagger.tokenizer)


@pytest.fixture
def passed(collate):
    """What the model is given of a batch: all but the ids, which the trainer keeps for its messages."""
    return lambda rows: {name: values for name, values in collate(rows).items() if name != "ids"}


def test_spans_become_word_ranges(build):
    (row,) = build(SMALL)
    # نفت | وزارة الصحة | في | دمشق | الخبر | . ; labels GPE ORG PERS and against favor neutral
    assert row["entities"] == [[1, 3, 1], [4, 5, 0]]
    assert row["frames"] == [[0, 1, 0, 1, 3, 5, 6]]


def test_absent_roles_are_minus_one(build):
    (row,) = build(replace(SMALL, stances=(Stance("favor", Span(0, 3)),)))
    assert row["frames"] == [[0, 1, 1, -1, -1, -1, -1]]


def test_an_absent_layer_is_null_and_an_empty_one_is_not(build):
    (row,) = build(replace(SMALL, entities=None, stances=()))
    assert row["entities"] is None and row["frames"] == []


def test_an_article_without_words_has_no_rows(build):
    assert len(build(replace(SMALL, text=SMALL.text), Article("b", " ", (), ()))) == 1


def test_a_frame_is_in_every_window_that_has_its_cue(build):
    sentence = "نفت وزارة الخبر. "  # 4 words, 14 pieces: windows of 70 pieces hold five sentences
    text = sentence * 8
    article = Article("long", text, (), (Stance("against", Span(0, 3), Span(4, 9), Span(10, 15)),))
    rows = build(article)
    assert [len(row["frames"]) for row in rows] == [1] + [0] * (len(rows) - 1)
    last = len(sentence) * 7
    rows = build(replace(article, stances=(Stance("against", Span(last, last + 3), Span(0, 3), None),)))
    assert rows[-1]["frames"][0][3:] == [-1, -1, -1, -1]  # the holder is in another window


def test_tags_of_a_batch(build, collate):
    other = replace(SMALL, id="b", text="في دمشق", entities=None, stances=())
    batch = collate(build(SMALL, other))
    tags = batch["entity_tags"]
    assert tags.shape == (2, 7, 3)
    assert tags[0, :, 1].tolist() == [0, 1, 2, 0, 0, 0, 0] and tags[0, :, 0].tolist() == [0, 0, 0, 0, 1, 0, 0]
    assert (tags[1] == IGNORE).all()
    assert batch["cue_tags"][0, :, 0].tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert batch["cue_tags"][1, :, 0].tolist() == [0, 0] + [IGNORE] * 5
    assert batch["frame_windows"].tolist() == [0] and batch["frame_cues"].tolist() == [[0, 1]]
    assert batch["frame_roles"].tolist() == [[[1, 3], [5, 6]]]


def test_a_batch_without_frames_has_empty_ones(build, collate):
    batch = collate(build(replace(SMALL, stances=())))
    assert batch["frame_cues"].shape == (0, 2) and batch["frame_roles"].shape == (0, 2, 2)


def test_of_two_entities_of_a_label_the_outer_is_tagged(build, collate):
    nested = (Entity(4, 23, "ORG"), Entity(10, 15, "ORG"))
    tags = collate(build(replace(SMALL, entities=nested)))["entity_tags"]
    assert tags[0, :, 1].tolist() == [0, 1, 2, 2, 2, 0, 0]


def test_articles_without_a_layer_cost_no_loss(tiny_tagger, build, passed):
    model = tiny_tagger.runner.model.eval()
    both = model(**passed(build(SMALL))).loss
    entities = model(**passed(build(replace(SMALL, stances=None)))).loss
    stances = model(**passed(build(replace(SMALL, entities=None)))).loss
    assert torch.isclose(both, entities + stances)


def test_an_article_without_annotation_has_no_rows(build):
    assert [row["id"] for row in build(SMALL.without_annotation(), replace(SMALL, id="b"))] == ["b"]


def test_a_model_without_heads_for_tags_is_given_no_rows_to_tag(tiny_tagger):
    config = copy.deepcopy(tiny_tagger.runner.model.config)
    config.entity_labels, config.stance_labels = [], []
    held = replace(SMALL, claims=(Claim("ظهر الخبر", "against"),))
    (row,) = build_features([SMALL, held], config, tiny_tagger.windower)
    assert row["stance"] == 1 and row["entities"] is None


HELD = replace(SMALL, entities=None, stances=None, claims=(Claim("ظهر الخبر", "against"), Claim("نفي", "neutral")))


def test_each_claim_is_a_row_with_the_windows_of_the_text(build):
    first, second = build(HELD)
    assert (first["stance"], second["stance"]) == (1, 2)  # against and neutral of favor against neutral unrelated
    assert len(first["claim"]) == 5 and len(first["windows"]) == 1 and len(first["windows"][0]) == 7
    assert first["length"] == 25 + 2 + 5 + 1  # the pieces of text, special tokens, claim and its separator
    assert first["entities"] is None and first["frames"] is None


def test_a_text_of_many_windows_is_one_row(build):
    (row,) = build(replace(HELD, text=SMALL.text * 30, claims=HELD.claims[:1]))
    assert len(row["windows"]) == 8


def test_each_sentence_of_evidence_is_held_against_the_claim_too(build):
    text = "نعم. لا صحة للخبر. ربما."
    claim = Claim("ظهر الخبر", "against", (Evidence(5, 18), Evidence(0, 4)))
    whole, first, second = build(Article("a", text, claims=(claim,)))
    assert [row["stance"] for row in (whole, first, second)] == [1, 1, 1]
    # words and full stops: نعم . لا صحة للخبر . ربما .
    assert [len(row["windows"][0]) for row in (whole, first, second)] == [8, 4, 2]
    assert first["claim"] == whole["claim"]


def test_an_article_with_every_layer_is_tagged_and_held(build):
    tagged, held = build(replace(SMALL, claims=HELD.claims[:1]))
    assert tagged["entities"] and tagged["stance"] is None and held["stance"] == 1


def test_windows_of_a_batch_know_their_pair(build, collate):
    long = replace(HELD, id="c", text=SMALL.text * 4, claims=HELD.claims[1:])
    batch = collate(build(replace(HELD, claims=HELD.claims[:1]), SMALL, long))
    windows = len(batch["input_ids"]) - 2
    assert windows > 1 and batch["pairs"].tolist() == [0, -1] + [1] * windows
    assert batch["pair_stances"].tolist() == [1, 2]
    assert (batch["entity_tags"][0] == IGNORE).all() and (batch["cue_tags"][2:] == IGNORE).all()
    assert batch["frame_windows"].tolist() == [1]


def test_tagging_and_claims_in_a_batch_cost_their_sum(tiny_tagger, build, passed):
    model = tiny_tagger.runner.model.eval()
    together = model(**passed(build(SMALL, HELD))).loss
    apart = model(**passed(build(SMALL))).loss + model(**passed(build(HELD))).loss
    assert torch.isclose(together, apart)
