import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.article import Article, Entity
from data.tags import detokenised, renamed, tagged
from data.words import words


def test_tags_become_nested_entities():
    article = tagged("a", [("رئيس", ["B-OCC"]), ("بلدية", ["I-OCC", "B-ORG"]), ("حلب", ["I-OCC", "I-ORG", "B-GPE"])])
    assert article == Article(
        "a", "رئيس بلدية حلب", [Entity(0, 14, "OCC"), Entity(5, 14, "ORG"), Entity(11, 14, "GPE")]
    )


@pytest.mark.parametrize(
    ("tag", "ours"), [("B-PER", "B-PERS"), ("I-LOC", "I-LOC"), ("O", "O"), ("OO", "O"), ("I--ORG", "I-ORG")]
)
def test_types_and_whole_tags_are_renamed(tag, ours):
    assert renamed(tag, {"PER": "PERS", "OO": "O", "-ORG": "ORG"}) == ours


def test_marks_join_the_words_they_stand_against():
    article = Article(
        "a", 'قال : " نعم " ( ثم ) ، « لا » . %', [Entity(8, 11, "X"), Entity(16, 18, "Y"), Entity(25, 27, "Z")]
    )
    assert detokenised(article) == Article(
        "a", 'قال: "نعم" (ثم)، «لا».%', [Entity(6, 9, "X"), Entity(12, 14, "Y"), Entity(18, 20, "Z")]
    )


def test_entities_grow_and_shrink_with_the_spaces_inside_them():
    assert detokenised(Article("a", "ب ( ج ) د", [Entity(0, 7, "ORG")])) == Article(
        "a", "ب (ج) د", [Entity(0, 5, "ORG")]
    )


@given(st.lists(st.sampled_from(["نعم", "لا", "3", "5", ".", ":", "،", "(", ")", '"', "«", "»", "%", "/", "-", "A"])))
def test_detokenising_changes_no_word(pieces):
    article = Article("a", " ".join(pieces), [Entity(0, len(pieces[0]), "X")] if pieces else [])
    moved = detokenised(article)
    assert [w.of(moved.text) for w in words(moved.text)] == [w.of(article.text) for w in words(article.text)]
    assert [e.of(moved.text) for e in moved.entities] == pieces[:1]
