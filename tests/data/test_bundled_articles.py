from collections import Counter
from pathlib import Path

import pytest

from data.article import CLAIM_LABELS, UNRELATED, Span
from data.jsonl import read_jsonl
from data.leaks import find_leaks
from data.validation import duplicate_ids, faults
from data.words import sentences

FOLDER = Path(__file__).parents[2] / "data" / "articles"
SPLITS = {name: list(read_jsonl(FOLDER / f"{name}.jsonl")) for name in ("train", "more", "dev", "test")}
SHORT = list(read_jsonl(FOLDER / "claims.jsonl"))
SECOND = list(read_jsonl(FOLDER / "second.jsonl"))
ALL = [article for articles in SPLITS.values() for article in articles]


def test_splits():
    assert [len(articles) for articles in SPLITS.values()] == [208, 828, 52, 52]


def test_the_second_annotation_is_of_48_of_the_first_texts_and_40_of_the_later_ones():
    texts = {article.id: article.text for article in ALL}
    later = {article.id for article in SPLITS["more"]}
    assert len(SECOND) == 88 and sum(article.id in later for article in SECOND) == 40
    assert all(article.text == texts[article.id] for article in SECOND)
    assert [str(fault) for article in SECOND for fault in faults(article)] == []


def test_ids_are_unique_over_splits():
    assert list(duplicate_ids([*ALL, *SHORT])) == []


@pytest.mark.parametrize("article", ALL, ids=lambda article: article.id)
def test_articles_follow_the_guideline(article):
    assert [str(fault) for fault in faults(article)] == []
    assert 120 <= len(article.text.split()) <= 300
    assert article.entities is not None and article.stances is not None
    assert article.meta["source"] == "written for Qawl"


def test_no_paragraph_is_in_two_articles():
    seen = {}
    for article in ALL:
        for line in article.text.splitlines():
            if len(line.split()) > 4:  # shorter ones are formulas such as «بسم الله الرحمن الرحيم»
                assert seen.setdefault(line, article.id) == article.id


def test_splits_share_no_near_duplicates():
    assert find_leaks({**SPLITS, "claims": SHORT}) == []


def test_some_articles_have_no_stance():
    assert sum(not article.stances for article in ALL) >= 3


@pytest.mark.parametrize(
    "name, counts", [("train", {12: 156, 8: 52}), ("more", {8: 576}), ("dev", {12: 38, 8: 14}), ("test", {4: 40})]
)
def test_articles_have_as_many_claims_of_each_stance(name, counts):
    held = [article for article in SPLITS[name] if article.claims is not None]
    assert Counter(len(article.claims) for article in held) == counts
    for article in held:
        assert sorted(claim.label for claim in article.claims) == sorted(CLAIM_LABELS * (len(article.claims) // 4))
        whole = set(sentences(article.text))
        for claim in article.claims:
            assert bool(claim.evidence) == (claim.label != UNRELATED)
            assert {Span(e.start, e.end) for e in claim.evidence} <= whole


def test_short_items_have_two_claims_of_each_stance_but_unrelated_ones():
    assert len(SHORT) == 1120
    for item in SHORT:
        assert [str(fault) for fault in faults(item)] == [] and 45 <= len(item.text.split()) <= 110
        assert item.entities is None and item.stances is None and item.meta["source"] == "written for Qawl"
        assert Counter(claim.label for claim in item.claims) == {"favor": 2, "against": 2, "neutral": 2}
        whole = set(sentences(item.text))
        assert all(claim.evidence and {Span(e.start, e.end) for e in claim.evidence} <= whole for claim in item.claims)


def test_no_claim_copies_its_article():
    for article in (*ALL, *SHORT):
        for claim in article.claims or ():
            words = claim.claim.split()
            assert 4 <= len(words) <= 22
            assert not any(" ".join(words[i : i + 7]) in article.text for i in range(len(words) - 6))
