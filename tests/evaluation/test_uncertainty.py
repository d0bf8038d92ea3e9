import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.tally import Tally
from evaluation.uncertainty import compare, interval

RIGHT, WRONG = ("a", "a"), ("a", "b")


def test_the_interval_of_a_share_is_close_to_the_binomial_one():
    # 60 of 100 articles right: the standard error is sqrt(.6 * .4 / 100) = .049, twice 1.96 times it is .192
    low, high = interval(Tally.of([RIGHT] * 60 + [WRONG] * 40))
    assert low < 0.6 < high
    assert high - low == pytest.approx(0.192, abs=0.02)


def test_articles_that_are_all_alike_leave_no_doubt():
    assert interval(Tally.of([RIGHT] * 5)) == (1.0, 1.0)
    assert interval(Tally.of([WRONG])) == (0.0, 0.0)
    assert interval(Tally.of([])) == (0.0, 0.0)


def test_a_sample_without_a_label_says_nothing_of_it():
    """Of ten articles one has the label: a third of the samples lack it, in which it is neither right nor wrong."""
    rare, common = Tally.of([RIGHT] + [((), ())] * 9), Tally.of([((), ())] + [RIGHT] * 9)
    assert interval(rare) == (1.0, 1.0)
    assert interval(Tally.mean_of([rare, common])) == (1.0, 1.0)
    assert interval(Tally.of([((), ())] * 9)) == (0.0, 0.0)
    found = compare(rare, rare)
    assert (found.difference, found.interval, found.p_value) == (0.0, (0.0, 0.0), 1.0)


def test_a_label_that_nobody_has_counts_as_in_the_score():
    both = Tally.mean_of([Tally.of([RIGHT] * 8), Tally.of([((), ())] * 8)])
    assert both.f1 == 0.5 and interval(both) == (0.5, 0.5)


def test_a_label_that_gold_lacks_counts_where_it_is_predicted():
    # Found by the second system alone, in half of the articles, of which a sample has some but for one in 2^10.
    never, often = Tally.of([((), ())] * 10), Tally.of([((), ("a",)), ((), ())] * 5)
    assert interval(often) == (0.0, 0.0)
    assert compare(never, often).p_value == 1.0


def test_an_interval_is_the_same_again_with_the_same_seed():
    tally = Tally.of([RIGHT] * 7 + [WRONG] * 3)
    assert interval(tally, seed=1) == interval(tally, seed=1)


def test_all_exchanges_of_few_articles_are_tried():
    # The first system is right on four articles on which the second is wrong. Of the 16 ways to exchange them one gives
    # a difference of 1 and one of -1, so that the two-sided p-value is 2/16.
    found = compare(Tally.of([RIGHT] * 4), Tally.of([WRONG] * 4))
    assert (found.difference, found.interval) == (1.0, (1.0, 1.0))
    assert found.p_value == pytest.approx(2 / 16)


def test_systems_that_answer_alike_do_not_differ():
    tally = Tally.of([RIGHT] * 6 + [WRONG] * 6)
    found = compare(tally, tally)
    assert (found.difference, found.interval, found.p_value) == (0.0, (0.0, 0.0), 1.0)


def test_a_difference_on_many_articles_is_beyond_chance():
    found = compare(Tally.of([RIGHT] * 80 + [WRONG] * 20), Tally.of([RIGHT] * 50 + [WRONG] * 50))
    assert found.difference == pytest.approx(0.3)
    assert found.interval[0] > 0.15 and found.p_value == pytest.approx(2 / 10_000)


def test_one_article_proves_nothing():
    assert compare(Tally.of([RIGHT]), Tally.of([WRONG])).p_value == 1.0


def test_other_articles_are_refused():
    with pytest.raises(ValueError, match="3 and 2 articles; compare systems on the same articles"):
        compare(Tally.of([RIGHT] * 3), Tally.of([RIGHT] * 2))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.text("ab", max_size=3), st.text("ab", max_size=3)), min_size=2, max_size=8))
def test_an_interval_lies_between_the_worst_and_the_best_articles(sides):
    tally = Tally.of(sides)
    low, high = interval(tally)
    # F1 of a sample is hits over items of both sides, which lies between the least and the most of its articles.
    alone = tally.scores(np.arange(len(sides))[:, None])
    assert min(alone) - 1e-9 <= low <= high <= max(alone) + 1e-9
