from collections import Counter

import pytest
from rich.console import Console

from data.article import Article, Claim, Entity, Span, Stance
from data.statistics import Statistics

TEXT = "نفت وزيرة صحة دمشق الخبر. وأكَّدت الوزارة."
ARTICLES = [
    Article(
        "a",
        TEXT,
        [Entity(4, 18, "OCC"), Entity(10, 18, "ORG"), Entity(14, 18, "GPE"), Entity(34, 41, "ORG")],
        [Stance("against", Span(0, 3), Span(4, 18), Span(19, 24)), Stance("favor", Span(26, 33), Span(34, 41))],
        [Claim("الخبر صحيح", "against")],
    ),
    Article("b", "وأكدت.", (), [Stance("favor", Span(0, 5)), Stance("neutral", Span(0, 5))]),
    Article("c", ""),
]


@pytest.fixture(scope="module")
def statistics():
    return Statistics.of(iter(ARTICLES))


def test_lengths_and_layers(statistics):
    assert statistics.words == [9, 2, 0] and statistics.sentences == 3
    assert statistics.layers == {"entities": 2, "stances": 2, "claims": 1}


def test_entities_by_type_text_and_depth(statistics):
    assert statistics.entities == {
        "OCC": Counter(["وزيرة صحة دمشق"]),
        "ORG": Counter(["صحة دمشق", "الوزارة"]),
        "GPE": Counter(["دمشق"]),
    }
    assert statistics.depths == {1: 2, 2: 1, 3: 1}
    assert +statistics.nested == {"ORG": 1, "GPE": 1}


def test_frames_by_polarity_and_cues_without_diacritics(statistics):
    assert statistics.polarities == {"against": 1, "favor": 2, "neutral": 1}
    assert +statistics.holders == {"against": 1, "favor": 1} and +statistics.targets == {"against": 1}
    assert statistics.cues == {"نفت": Counter(["against"]), "وأكدت": Counter(["favor", "favor", "neutral"])}
    assert statistics.claims == {"against": 1}


def test_the_tables_rank_types_and_cues_and_leave_out_what_is_not_there(statistics):
    titles = [table.title for table in statistics.tables(cues=1)]
    assert titles == ["Articles", "Entities", "Nesting", "Stance frames", "Cues (2 distinct)", "Claims"]
    assert [table.title for table in Statistics.of([]).tables(cues=1)] == ["Articles"]
    console = Console(width=100, markup=False)
    with console.capture() as captured:
        for table in statistics.tables(cues=1):
            console.print(table)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in captured.get().splitlines() if "│" in line]
    assert ["words an article: least – median – most", "0 – 2 – 9"] in rows
    assert ["ORG", "2", "50.0%", "2", "1", "صحة دمشق"] in rows
    assert ["favor", "2", "50.0%", "1", "0"] in rows
    assert ["وأكدت", "2", "", "1"] in rows and not any(row[0] == "نفت" for row in rows)
