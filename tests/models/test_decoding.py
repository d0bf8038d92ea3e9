import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.decoding import TaggedSpan, _without_crossing, decode_flat, decode_nested, viterbi

HIGH, LOW = 9.0, -9.0


def scores(words, labels, **tags):
    """Scores that make ``label0="OBI…"`` certain."""
    array = np.full((words, labels, 2), LOW)
    for name, sequence in tags.items():
        for word, tag in enumerate(sequence):
            if tag != "O":
                array[word, int(name.removeprefix("label")), "BI".index(tag)] = HIGH
    return array


def found(spans):
    return [(s.start, s.end, s.label) for s in spans]


def test_nested_labels_decide_for_themselves():
    assert found(decode_nested(scores(4, 2, label0="BIIO", label1="OBIO"))) == [(0, 3, 0), (1, 3, 1)]


def test_two_entities_of_a_label_may_touch():
    assert found(decode_nested(scores(4, 1, label0="BIBI"))) == [(0, 2, 0), (2, 4, 0)]


def test_of_crossing_spans_the_more_certain_stays():
    array = scores(4, 2, label0="BIIO", label1="OBII")
    array[1, 1] = [1.0, LOW]
    assert found(decode_nested(array)) == [(0, 3, 0)]


@given(st.data())
def test_spans_that_cross_no_surer_one_are_kept(data):
    """The same as comparing each with all others, which would take the square of the time."""
    spans = []
    for label in range(3):
        edges = sorted(data.draw(st.sets(st.integers(0, 12), max_size=8)))
        spans += [TaggedSpan(a, b, label, data.draw(st.floats(0, 1))) for a, b in zip(edges[::2], edges[1::2])]
    kept = []
    for span in sorted(spans, key=lambda s: (-s.score, s.start, s.end, s.label)):
        crossing = [
            o for o in kept if o.start < span.start < o.end < span.end or span.start < o.start < span.end < o.end
        ]
        kept += [] if crossing else [span]
    assert sorted(_without_crossing(spans), key=kept.index) == kept


def test_an_inside_cannot_begin():
    array = scores(3, 1, label0="OIO")
    array[1, 0, 0] = HIGH - 1
    assert found(decode_nested(array)) == [(1, 2, 0)]


def test_flat_spans_never_overlap():
    array = scores(4, 2, label0="BIIO", label1="OOOB")
    array[1, 1, 0] = HIGH - 1
    assert found(decode_flat(array)) == [(0, 3, 0), (3, 4, 1)]


def test_flat_inside_continues_only_its_own_label():
    array = scores(2, 2, label0="BO", label1="OI")
    array[1, 1, 0] = HIGH - 1
    assert found(decode_flat(array)) == [(0, 1, 0), (1, 2, 1)]


def test_a_span_scores_the_mean_probability_of_its_tags():
    array = np.zeros((2, 1, 2))
    array[0, 0] = [np.log(8.0), 0.0]  # O 1/10, B 8/10, I 1/10
    array[1, 0] = [0.0, np.log(2.0)]  # O 1/4, B 1/4, I 2/4
    (span,) = decode_nested(array)
    assert span == TaggedSpan(0, 2, 0, span.score) and abs(span.score - (0.8 + 0.5) / 2) < 1e-9


def well_formed(path):
    """I, the even tags but O, follows the B or I of its label."""
    return all(tag == 0 or tag % 2 or (i and path[i - 1] in (tag - 1, tag)) for i, tag in enumerate(path))


@given(st.integers(1, 7), st.sampled_from([3, 5]), st.integers(0, 10_000))
@settings(max_examples=80, deadline=None)
def test_viterbi_finds_the_best_well_formed_path(words, tags, seed):
    words = min(words, 7 if tags == 3 else 5)
    log_probs = np.random.default_rng(seed).normal(size=(words, 3, tags))
    path = viterbi(log_probs)
    for column in range(3):
        paths = [p for p in itertools.product(range(tags), repeat=words) if well_formed(p)]
        best = max(paths, key=lambda p: sum(log_probs[i, column, tag] for i, tag in enumerate(p)))
        assert tuple(path[:, column]) == best


def test_a_path_may_cross_many_blocks():
    array = scores(1000, 1, label0="I" * 999 + "O")  # which the first I keeps from being well-formed
    array[:999, 0, 0] = HIGH - 1
    assert found(decode_nested(array)) == found(decode_flat(array)) == [(0, 999, 0)]


def test_a_flat_path_may_have_more_labels_than_a_byte_counts():
    array = scores(3, 200, label199="OII")
    array[1, 199, 0] = HIGH - 1
    assert found(decode_flat(array)) == [(1, 3, 199)]


def test_no_words_have_no_spans():
    assert decode_nested(np.zeros((0, 2, 2))) == decode_flat(np.zeros((0, 2, 2))) == []


@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 10_000))
@settings(max_examples=80, deadline=None)
def test_spans_are_well_formed_for_any_scores(words, labels, seed):
    array = np.random.default_rng(seed).normal(scale=3, size=(words, labels, 2))
    overlapping, disjoint = decode_nested(array), decode_flat(array)
    for spans in (overlapping, disjoint):
        assert all(0 <= s.start < s.end <= words and 0 <= s.score <= 1 for s in spans)
    assert not any(a.start < b.start < a.end < b.end for a in overlapping for b in overlapping)
    assert all(a.end <= b.start for a, b in zip(disjoint, disjoint[1:]))
