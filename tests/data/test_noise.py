from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.article import Article, Entity, Span, Stance
from data.noise import NOISES, noised
from data.validation import faults
from data.words import bare
from tests.data.strategies import articles


def text_of(noise, text):
    return noised(Article("a", text), noise).text


@pytest.mark.parametrize(
    ("noise", "before", "after"),
    [
        ("alef without hamza", "أكد إلى آخر سأل", "اكد الى اخر سال"),
        ("ha for ta marbuta", "المدينة مدينتها ثقة، تُهْمَةٌ", "المدينه مدينتها ثقه، تُهْمَهٌ"),
        ("alef maqsura for ya", "علي في يريد العربي.", "على فى يريد العربى."),
        ("no diacritics", "نَفَتْ الخَبَرَ", "نفت الخبر"),
        ("attached punctuation", "قال: نعم ، ثم «خرج» مسرعا.", "قال:نعم،ثم «خرج»مسرعا."),
    ],
)
def test_spelling(noise, before, after):
    assert text_of(noise, before) == after


def test_full_diacritics_mark_every_letter_once():
    after = text_of("full diacritics", "نفى الخَبر")
    assert bare(after) == "نفى الخبر" and len(after) == len("نفى الخبر") + 8


def test_tatweel_lengthens_some_words_and_no_more():
    text = "المسلحين يسيطرون على المنطقة الشمالية " * 20
    after = text_of("tatweel", text)
    assert bare(after) == text and 10 < after.count("ـ") < 80


def test_entities_become_hashtags_and_keep_their_spans():
    text = "قالت وزارة الصحة إن دمشق"
    article = Article("a", text, (Entity(5, 16, "ORG"), Entity(20, 24, "GPE")))
    found = {noised(article, "hashtags", seed).text: noised(article, "hashtags", seed) for seed in range(30)}
    both = found["قالت #وزارة_الصحة إن #دمشق"]
    assert [e.of(both.text) for e in both.entities] == ["وزارة_الصحة", "دمشق"]
    assert set(found) == {text, "قالت #وزارة_الصحة إن دمشق", "قالت وزارة الصحة إن #دمشق", both.text}


def test_an_entity_with_another_span_inside_becomes_no_hashtag():
    article = Article("a", "وزير الصحة", (Entity(0, 10, "OCC"),), (Stance("favor", Span(0, 4), None, Span(5, 10)),))
    assert all(noised(article, "hashtags", seed) == article for seed in range(10))


@settings(max_examples=100, deadline=None)
@given(articles(), st.sampled_from(sorted(NOISES)), st.integers(0, 3))
def test_every_span_keeps_its_words(article, noise, seed):
    """Whatever the noise writes, each span holds what its own letters became, and the record stays whole."""
    after = noised(article, noise, seed)
    assert noised(article, noise, seed) == after

    def letters(text):
        text = (
            text.replace("#", "") if noise == "hashtags" else text
        )  # which that noise writes, also inside longer spans
        return bare(text.translate(str.maketrans("أإآةيى", "اااهىى"))).replace("_", " ")

    def spans(a):
        return [e.of(a.text) for e in a.entities or ()] + [s.cue.of(a.text) for s in a.stances or ()]

    if noise != "attached punctuation":
        assert [letters(text) for text in spans(after)] == [letters(text) for text in spans(article)]
    if not faults(article):
        assert not faults(after)
    assert replace(after, text="", entities=None, stances=None, claims=None) == replace(
        article, text="", entities=None, stances=None, claims=None
    )
