import pytest

from data.article import Article, Claim, Entity
from tests.articles import SMALL
from training.survey import Survey

ARTICLE = Article("a", "مصر", (Entity(0, 3, "GPE"),))
OTHER = Article("b", "مصر", (Entity(0, 3, "GPE"),))


def test_labels_are_counted_by_layer():
    held = Article("c", "نعم", claims=(Claim("نعم", "favor"), Claim("لا", "against"), Claim("بلى", "favor")))
    survey = Survey.of(iter([SMALL, held, ARTICLE]))
    assert survey.articles == 3
    assert survey.labels == {
        "entities": {"ORG": 1, "GPE": 2},
        "stances": {"against": 1},
        "claims": {"favor": 2, "against": 1},
    }


@pytest.mark.parametrize(
    ("entities", "nested", "punctuated"),
    [
        ((Entity(5, 9, "GPE"),), False, False),
        ((Entity(0, 9, "ORG"), Entity(5, 9, "GPE")), True, False),
        ((Entity(4, 10, "GPE"),), False, True),
    ],
)
def test_one_article_makes_a_corpus_nested_or_punctuated(entities, nested, punctuated):
    survey = Survey.of([ARTICLE, Article("q", "قال «دمشق» نعم", entities), ARTICLE])
    assert (survey.nested, survey.punctuated) == (nested, punctuated)


def test_crossing_entities_are_named():
    crossing = Article("x", "قال زيد نعم", (Entity(0, 7, "ORG"), Entity(4, 11, "GPE")))
    assert Survey.of([ARTICLE, crossing]).crossing == [("x", "قال زيد", "زيد نعم")]


def test_the_hash_is_of_the_records_and_their_order():
    def hashed(*articles):
        return Survey.of(articles).sha256

    assert hashed(ARTICLE, OTHER) == hashed(Article("a", "مصر", (Entity(0, 3, "GPE"),)), OTHER)
    assert len({hashed(ARTICLE, OTHER), hashed(OTHER, ARTICLE), hashed(ARTICLE), hashed()}) == 4
