from hypothesis import given
from nervaluate import Evaluator

from data.article import Article, Entity
from evaluation.mistakes import entity_mistakes
from tests.data.strategies import articles

TEXT = "زار وزير خارجية مصر مدينة حلب أمس"
OCC, GPE, CITY, DATE = Entity(4, 19, "OCC"), Entity(16, 19, "GPE"), Entity(26, 29, "GPE"), Entity(30, 33, "DATE")


def mistakes(gold, predicted):
    found = entity_mistakes(Article("a", TEXT, gold), Article("a", TEXT, predicted))
    return [(m.kind, m.gold, m.predicted) for m in found]


def test_every_kind():
    time, longer, org = Entity(30, 33, "TIME"), Entity(20, 29, "GPE"), Entity(4, 15, "ORG")
    assert mistakes((OCC, CITY, DATE), (org, longer, time)) == [
        ("type and boundary", OCC, org),
        ("boundary", CITY, longer),
        ("type", DATE, time),
    ]
    assert mistakes((GPE,), (CITY,)) == [("missed", GPE, None), ("spurious", None, CITY)]


def test_a_right_entity_is_no_mistake_and_excuses_none_beside_it():
    assert mistakes((OCC, GPE), (OCC, GPE)) == []
    # The inner GPE is right, so that the OCC around it is missed rather than a GPE of the wrong type.
    assert mistakes((OCC, GPE), (GPE,)) == [("missed", OCC, None)]


def test_the_closest_pair_is_matched_first():
    shorter, other = Entity(9, 19, "OCC"), Entity(4, 15, "OCC")
    assert mistakes((OCC,), (shorter, other)) == [("boundary", OCC, other), ("spurious", None, shorter)]


def test_an_unknown_layer_has_nothing():
    assert mistakes(None, (GPE,)) == [("spurious", None, GPE)]


@given(articles(claims=False, meta=False), articles(claims=False, meta=False))
def test_every_wrong_entity_is_in_one_mistake(gold, other):
    found = entity_mistakes(gold, other)
    sides = [{(e.span, e.label) for e in article.entities or ()} for article in (gold, other)]
    assert {(m.gold.span, m.gold.label) for m in found if m.gold} == sides[0] - sides[1]
    assert {(m.predicted.span, m.predicted.label) for m in found if m.predicted} == sides[1] - sides[0]


def test_nervaluate_counts_the_same():
    text = "ا ب ج د ه و ز ح ط ي ك ل"
    gold = (
        Entity(0, 3, "ORG"),
        Entity(4, 7, "GPE"),
        Entity(8, 9, "PERS"),
        Entity(12, 15, "ORG"),
        Entity(18, 19, "GPE"),
    )
    predicted = (
        Entity(0, 3, "ORG"),
        Entity(4, 5, "GPE"),
        Entity(8, 9, "OCC"),
        Entity(14, 17, "GPE"),
        Entity(22, 23, "ORG"),
    )
    sides = [[[{"label": e.label, "start": e.start, "end": e.end - 1} for e in side]] for side in (gold, predicted)]
    theirs = Evaluator(*sides, tags=["ORG", "GPE", "PERS", "OCC"]).evaluate()["overall"]["strict"]
    kinds = [m.kind for m in entity_mistakes(Article("a", text, gold), Article("a", text, predicted))]
    assert kinds == ["boundary", "type", "type and boundary", "missed", "spurious"]
    assert (theirs.correct, theirs.incorrect, theirs.missed, theirs.spurious) == (1, 3, 1, 1)
    assert len(gold) - theirs.correct == theirs.incorrect + theirs.missed
