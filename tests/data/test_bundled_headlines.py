from collections import Counter
from pathlib import Path

import pytest

from data.parquet import read_parquet
from data.validation import duplicate_ids, faults

FOLDER = Path(__file__).parents[2] / "data" / "headlines"
FILES = {path.stem: list(read_parquet(path)) for path in sorted(FOLDER.glob("*.parquet"))}
ALL = [article for articles in FILES.values() for article in articles]


def headlines(name):
    return {article.text for article in FILES[name]} | {c.claim for article in FILES[name] for c in article.claims}


@pytest.mark.parametrize(
    "name, events, pairs",
    [
        ("first", 4679, {"favor": 25741, "against": 30420}),
        ("second", 2400, {"favor": 12000, "against": 14400}),
        ("edits", 2152, {"favor": 15064, "against": 15064}),
        ("reworded", 3949, {"favor": 35541, "against": 39490}),
        ("lighter", 2083, {"favor": 18747, "against": 20830}),
        ("dev", 120, {"favor": 654, "against": 774}),
        ("edits-dev", 60, {"favor": 420, "against": 420}),
        ("reworded-dev", 60, {"favor": 540, "against": 600}),
        ("lighter-dev", 60, {"favor": 540, "against": 600}),
    ],
)
def test_counts_are_those_of_the_datasheet(name, events, pairs):
    assert len({article.id.rpartition("-")[0] for article in FILES[name]}) == events
    assert Counter(claim.label for article in FILES[name] for claim in article.claims) == pairs


def test_records_are_whole():
    assert list(duplicate_ids(ALL)) == []
    assert [str(fault) for article in ALL for fault in faults(article)] == []


def test_headlines_are_short():
    words = [len(text.split()) for name in FILES for text in headlines(name)]
    assert min(words) >= 2 and max(words) <= 20


def test_dev_shares_no_headline_with_training():
    dev = {name for name in FILES if name.endswith("dev")}
    train = set().union(*(headlines(name) for name in FILES.keys() - dev))
    assert not train & set().union(*(headlines(name) for name in dev))


def test_no_pair_is_labelled_in_two_ways():
    seen = {}
    for article in ALL:
        for claim in article.claims:
            assert seen.setdefault(frozenset((article.text, claim.claim)), claim.label) == claim.label
