import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from data.words import is_punctuation, sentences, words
from tests.data.strategies import texts


def word_texts(text):
    return [span.of(text) for span in words(text)]


def sentence_texts(text):
    return [span.of(text) for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("وقال «بنك الساحل»:", ["وقال", "«", "بنك", "الساحل", "»", ":"]),
        ("#بنك_الساحل", ["#", "بنك_الساحل"]),
        ("“نعم” ‘لا’", ["“", "نعم", "”", "‘", "لا", "’"]),
        ("الـــسلام مُحَمَّدٌ", ["الـــسلام", "مُحَمَّدٌ"]),
        ("ﷲ ﻻ ﺍﻟﻌﺮﺑﻴﺔ", ["ﷲ", "ﻻ", "ﺍﻟﻌﺮﺑﻴﺔ"]),
        ("٢٠١٨ و2018، 3.5 و٣٫٥", ["٢٠١٨", "و2018", "،", "3.5", "و٣٫٥"]),
        ("28/11/2017 10:30 1,000", ["28/11/2017", "10:30", "1,000"]),
        ("20% ٪50", ["20", "%", "٪", "50"]),
        ("قال:إن الخبر.وأضاف", ["قال", ":", "إن", "الخبر", ".", "وأضاف"]),
        ("F-16 www.a.com x@y.org", ["F-16", "www.a.com", "x@y.org"]),
        ("سورية-سورية أ.ف.ب", ["سورية", "-", "سورية", "أ", ".", "ف", ".", "ب"]),
        ("خبر🙂 👨‍👩‍👧", ["خبر", "🙂", "👨‍👩‍👧"]),
        ("\u200fالرئيس\u200f.", ["الرئيس", "."]),
        ("• بند", ["•", "بند"]),
        (" \n\t\u200f", []),
        ("", []),
    ],
)
def test_words(text, expected):
    assert word_texts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("قال نعم. ثم ذهب؟ أجل!", ["قال نعم.", "ثم ذهب؟", "أجل!"]),
        ("انتهى الخبر.وأضاف المصدر", ["انتهى الخبر.", "وأضاف المصدر"]),
        ("عنوان\n- بند أول\n• بند ثان", ["عنوان", "- بند أول", "• بند ثان"]),
        ("قال د. محمد لـ أ.ف.ب إن الأمر انتهى.", ["قال د. محمد لـ أ.ف.ب إن الأمر انتهى."]),
        ("بلغ 3.5 مليون. وزاد", ["بلغ 3.5 مليون.", "وزاد"]),
        ("قال: «انتهينا.» وخرج", ["قال: «انتهينا.»", "وخرج"]),
        ("سنرى... ثم نقرر", ["سنرى...", "ثم نقرر"]),
        ("انظر www.a.com ثم", ["انظر www.a.com ثم"]),
        ("عام 2018. وفي", ["عام 2018.", "وفي"]),
        ("الخبر . وقال", ["الخبر .", "وقال"]),
        ("", []),
    ],
)
def test_sentences(text, expected):
    assert sentence_texts(text) == expected


@given(texts)
def test_words_are_disjoint_in_order_and_hold_every_letter_digit_and_symbol(text):
    spans = words(text)
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:]))
    covered = {i for span in spans for i in range(span.start, span.end)}
    missed = [c for i, c in enumerate(text) if i not in covered]
    assert not [c for c in missed if regex.match(r"[\p{L}\p{N}\p{M}\p{P}\p{S}]", c)]


@given(texts)
def test_no_sentence_cuts_a_word_and_no_word_is_left_out(text):
    inside = [[w for w in words(text) if s.covers(w)] for s in sentences(text)]
    assert sum(inside, []) == words(text)


@given(st.sampled_from(list("،؛؟.«»\"'()#_ \u200f\n")))
def test_punctuation_and_space(character):
    assert is_punctuation(character)


@pytest.mark.parametrize("character", ["ا", "5", "٥", "%", "٪", "$", "🙂", "َ"])
def test_what_may_end_a_span(character):
    assert not is_punctuation(character)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("👍🏽🇸🇾❤️!", ["👍🏽", "🇸🇾", "❤️", "!"]),
        ("_عاجل_", ["_", "عاجل", "_"]),
        ("ال\u200fخبر می\u200cرود", ["ال\u200fخبر", "می\u200cرود"]),
    ],
)
def test_what_belongs_together_is_one_word(text, expected):
    assert word_texts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("«قال (نعم.)» ثم", ["«قال (نعم.)»", "ثم"]),
        ('انتهى .\n" وقال "', ["انتهى .", '" وقال "']),
        ("عنوان\r\n\r\nنص\u2028آخر", ["عنوان", "نص", "آخر"]),
        ("نعم.\n\u200f\n", ["نعم."]),
    ],
)
def test_closing_marks_stay_and_line_breaks_end(text, expected):
    assert sentence_texts(text) == expected


@given(texts | st.text("ا.ً؟\u200d👍🇸🏽1½ _«»\n"))
def test_sentences_are_disjoint_in_order_and_stripped(text):
    spans = sentences(text)
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:]))
    assert all(span.of(text) == span.of(text).strip() for span in spans)
    assert all(any(span.covers(word) for word in words(text)) for span in spans)
    assert all(any(span.covers(word) for span in spans) for word in words(text))
