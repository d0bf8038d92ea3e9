import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.article import Article, Entity
from data.words import words
from evaluation.entities import flat_scores, flat_tallies, is_flat, nested_scores, nested_tallies
from tests.data.strategies import articles

TEXT = "زار وزير خارجية مصر مدينة حلب أمس"
WORDS = words(TEXT)
OCC, GPE, CITY, DATE = Entity(4, 19, "OCC"), Entity(16, 19, "GPE"), Entity(26, 29, "GPE"), Entity(30, 33, "DATE")


def pair(gold, predicted):
    return Article("a", TEXT, gold), Article("a", TEXT, predicted)


def nested_of(pairs):
    return nested_scores(nested_tallies(pairs))


def test_nested_spans_are_strict():
    wrong_label = Entity(30, 33, "TIME")
    too_short = Entity(4, 15, "OCC")
    scores = nested_of([pair((OCC, GPE, CITY, DATE), (too_short, GPE, CITY, wrong_label))])
    # right: the two GPE of four predicted and four gold
    assert scores["micro"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "predicted": 4, "gold": 4}
    assert scores["labels"]["GPE"]["f1"] == 1.0
    assert scores["labels"]["OCC"]["f1"] == scores["labels"]["DATE"]["f1"] == scores["labels"]["TIME"]["f1"] == 0.0
    assert scores["labels"]["TIME"]["predicted"] == 1 and scores["labels"]["TIME"]["gold"] == 0


def test_counts_add_up_over_articles():
    scores = nested_of([pair((GPE, CITY), (GPE,)), pair((DATE,), (DATE, CITY))])
    # right 2, predicted 3, gold 3
    assert scores["micro"]["f1"] == pytest.approx(2 / 3)


def test_an_article_without_gold_is_left_out_and_one_without_prediction_is_missed():
    scores = nested_of([pair(None, (GPE,)), pair((GPE,), None)])
    assert (scores["micro"]["predicted"], scores["micro"]["gold"]) == (0, 1)


def test_flat_scores_are_those_of_seqeval_strict():
    gold, predicted = (GPE, CITY, DATE), (GPE, Entity(20, 29, "GPE"), DATE)
    scores = flat_scores([pair(gold, predicted)])
    # right: GPE and DATE; «مدينة حلب» is one word too long
    assert scores["micro"]["precision"] == scores["micro"]["recall"] == pytest.approx(2 / 3)
    assert scores["labels"]["GPE"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "gold": 2}
    assert scores["labels"]["DATE"]["f1"] == 1.0


@st.composite
def flat_layer(draw):
    """Entities over whole words of TEXT that do not overlap."""
    found, place = [], 0
    while place < len(WORDS):
        length, label = draw(st.integers(0, 3)), draw(st.sampled_from(["ORG", "GPE", "OCC"]))
        run = WORDS[place : place + length]
        if run:
            found.append(Entity(run[0].start, run[-1].end, label))
        place += max(1, length)
    return tuple(found)


@given(flat_layer(), flat_layer())
def test_seqeval_and_span_counts_agree_where_both_sides_are_flat(gold, predicted):
    nested, flat = nested_of([pair(gold, predicted)]), flat_scores([pair(gold, predicted)])
    assert set(nested["labels"]) == set(flat["labels"])
    tallies = flat_tallies([pair(gold, predicted)])
    assert tallies["flat_entity_f1"].f1 == pytest.approx(flat["micro"]["f1"])
    assert all(
        tallies[f"flat_entity_f1/{label}"].f1 == pytest.approx(row["f1"]) for label, row in flat["labels"].items()
    )
    rows = [(nested["labels"][label], flat["labels"][label]) for label in nested["labels"]]
    for row, other in [(nested["micro"], flat["micro"]), *rows]:
        assert {key: row[key] for key in other} == pytest.approx(other)
        assert all(0 <= row[key] <= 1 for key in ("precision", "recall", "f1"))


def test_neighbours_of_one_label_stay_two_entities():
    neighbours = (Entity(20, 25, "GPE"), Entity(26, 29, "GPE"))
    assert flat_scores([pair(neighbours, neighbours)])["micro"]["gold"] == 2
    assert flat_scores([pair(neighbours, (Entity(20, 29, "GPE"),))])["micro"]["f1"] == 0.0


def test_of_overlapping_predictions_the_outermost_counts():
    assert flat_scores([pair((OCC, CITY), (OCC, GPE, CITY))])["micro"]["f1"] == 1.0


def test_no_entities_anywhere_score_zero():
    assert flat_scores([pair((), ())])["micro"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "gold": 0}


def test_flatness():
    assert is_flat([Article("a", TEXT, (OCC, CITY)), Article("b", TEXT)])
    assert not is_flat([Article("a", TEXT, (OCC, GPE))])


@given(st.lists(articles(claims=False, meta=False), max_size=3))
def test_gold_against_itself_is_right(found):
    pairs = [(article, article) for article in found]
    entities = sum(len(article.entities or ()) for article in found)
    assert nested_of(pairs)["micro"]["f1"] == (1.0 if entities else 0.0)
