import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.article import Article, Span, Stance
from data.words import words
from evaluation.stances import stance_scores, stance_tallies
from tests.data.strategies import articles

# words:   0   1     2     3    4    5    6    7
TEXT = "نفت وزارة الصحة أن الخبر صحيح وقال زيد"
WORDS = words(TEXT)


def span(first, last):
    """Words ``first`` to ``last`` inclusive."""
    return Span(WORDS[first].start, WORDS[last].end)


GOLD = Stance("against", span(0, 0), span(1, 2), span(4, 5))


def scores(gold, predicted):
    return stance_scores(stance_tallies([(Article("a", TEXT, None, gold), Article("a", TEXT, None, predicted))]))


def graph(gold, predicted):
    found = scores(gold, predicted)["graph"]
    return found["precision"], found["recall"]


def test_the_same_frame_is_right_everywhere():
    found = scores((GOLD,), (GOLD,))
    for name in ("cue", "holder", "target", "targeted", "graph", "unlabelled_graph"):
        assert found[name]["f1"] == 1.0


def test_a_partial_frame_counts_by_its_overlap():
    predicted = Stance("against", span(0, 0), span(2, 2), span(3, 5))
    # precision: holder 1/1, target 2/3, cue 1/1 -> (1 + 2/3 + 1) / 3 = 8/9
    # recall: holder 1/2, target 2/2, cue 1/1 -> (1/2 + 1 + 1) / 3 = 5/6
    assert graph((GOLD,), (predicted,)) == (pytest.approx(8 / 9), pytest.approx(5 / 6))


def test_a_part_that_does_not_overlap_makes_the_frame_wrong():
    assert graph((GOLD,), (Stance("against", span(0, 0), span(7, 7), span(4, 5)),)) == (0.0, 0.0)


def test_an_absent_part_matches_only_an_absent_part():
    without = Stance("against", span(0, 0), None, span(4, 5))
    assert graph((without,), (without,)) == (1.0, 1.0)
    assert graph((GOLD,), (without,)) == (0.0, 0.0)
    assert graph((without,), (GOLD,)) == (0.0, 0.0)


def test_polarity_must_agree_unless_it_is_not_asked():
    found = scores((GOLD,), (Stance("favor", GOLD.cue, GOLD.holder, GOLD.target),))
    assert found["graph"]["f1"] == 0.0 and found["unlabelled_graph"]["f1"] == 1.0
    assert found["cue"]["f1"] == found["targeted"]["f1"] == 0.0
    assert found["holder"]["f1"] == found["target"]["f1"] == 1.0


def test_a_frame_takes_the_gold_frame_that_fits_best():
    other = Stance("against", span(0, 0), span(1, 2), span(5, 5))
    # precision: the prediction is GOLD itself: 1. recall: GOLD 1, other (1 + 1 + 1) / 3 = 1.
    assert graph((GOLD, other), (GOLD,)) == (1.0, 1.0)


def test_a_frame_of_another_polarity_gives_no_weight():
    closer = Stance("favor", span(0, 0), span(1, 2), span(3, 5))
    predicted = Stance("against", span(0, 0), span(1, 2), span(3, 5))
    # precision: GOLD has 2 of the target's 3 words: (1 + 1 + 2/3) / 3 = 8/9; by ``closer`` it would be 1
    # recall: GOLD (1 + 1 + 1) / 3 = 1, ``closer`` 0
    assert graph((GOLD, closer), (predicted,)) == (pytest.approx(8 / 9), 0.5)


def test_missed_and_spurious_frames_cost():
    second = Stance("neutral", span(6, 6), span(7, 7), None)
    assert graph((GOLD, second), (GOLD,)) == (1.0, 0.5)
    assert graph((GOLD,), (GOLD, second)) == (0.5, 1.0)


def test_spans_are_exact_and_counted_once_an_article():
    second = Stance("neutral", span(6, 6), span(1, 2), span(4, 4))
    found = scores((GOLD, second), (GOLD, Stance("neutral", span(6, 6), span(1, 1), span(4, 5))))
    # cues 2 of 2; holders: gold {1-2}, predicted {1-2, 1}; targets: gold {4-5, 4}, predicted {4-5}
    assert found["cue"]["f1"] == 1.0
    assert (found["holder"]["precision"], found["holder"]["recall"]) == (0.5, 1.0)
    assert (found["target"]["precision"], found["target"]["recall"]) == (1.0, 0.5)
    # targeted: gold {(4-5, against), (4, neutral)}, predicted {(4-5, against), (4-5, neutral)}
    assert found["targeted"]["f1"] == 0.5


def test_cues_have_a_row_for_each_polarity():
    second = Stance("neutral", span(6, 6))
    rows = scores((GOLD, second), (GOLD,))["polarities"]
    assert rows["against"]["f1"] == 1.0 and rows["neutral"]["f1"] == 0.0 and rows["neutral"]["gold"] == 1


def test_an_article_without_gold_stances_is_left_out():
    pairs = [(Article("a", TEXT), Article("a", TEXT, None, (GOLD,)))]
    assert stance_scores(stance_tallies(pairs))["cue"]["predicted"] == 0


@given(articles(claims=False, meta=False), st.data())
def test_exchanging_gold_and_prediction_exchanges_precision_and_recall(article, data):
    text = article.text
    spans = st.integers(0, max(0, len(text) - 1)).flatmap(
        lambda a: st.integers(a + 1, len(text)).map(lambda b: Span(a, b))
    )
    frames = st.builds(Stance, st.sampled_from(["favor", "against"]), spans, st.none() | spans, st.none() | spans)
    sides = [Article("a", text, None, data.draw(st.lists(frames, max_size=3 if text else 0))) for _ in range(2)]
    there, back = (stance_scores(stance_tallies([(a, b)]))["graph"] for a, b in (sides, sides[::-1]))
    assert (there["precision"], there["recall"]) == (back["recall"], back["precision"])
    assert 0 <= there["f1"] <= 1 + 1e-9 and there["f1"] == pytest.approx(back["f1"])


@given(st.lists(articles(claims=False, meta=False), max_size=3))
def test_gold_against_itself_is_right(found):
    frames = [stance for article in found for stance in article.stances or ()]
    has = {
        "cue": frames,
        "holder": [s for s in frames if s.holder],
        "target": [s for s in frames if s.target],
        "targeted": [s for s in frames if s.target],
        "graph": frames,
        "unlabelled_graph": frames,
    }
    result = stance_scores(stance_tallies([(article, article) for article in found]))
    for name, items in has.items():
        assert result[name]["f1"] == pytest.approx(1.0 if items else 0.0), name
