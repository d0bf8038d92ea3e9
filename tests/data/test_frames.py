import pytest

from data.article import Span, Stance
from data.frames import Mark, frames

CUE, HOLDER, TARGET = (
    Mark("1", Span(0, 3), "against", 0.5),
    Mark("2", Span(4, 7), "holder"),
    Mark("3", Span(8, 9), "target"),
)
ENTITY = Mark("4", Span(10, 12), None)
MARKS = {1: CUE, 2: HOLDER, 3: TARGET, 4: ENTITY}


def test_a_cue_with_relations_is_a_frame():
    assert frames(MARKS, [(1, 2, "holder"), (3, 1, None)]) == [
        Stance("against", Span(0, 3), Span(4, 7), Span(8, 9), 0.5)
    ]


def test_a_cue_alone_is_a_frame_and_an_entity_alone_is_none():
    assert frames({1: CUE, 4: ENTITY}, []) == [Stance("against", Span(0, 3), score=0.5)]


def test_an_entity_or_another_cue_may_be_a_target():
    marks = {1: CUE, 4: ENTITY, 5: Mark("5", Span(13, 14), "favor")}
    assert frames(marks, [(1, 5, "target"), (5, 4, "holder")]) == [
        Stance("against", Span(0, 3), None, Span(13, 14), 0.5),
        Stance("favor", Span(13, 14), Span(10, 12)),
    ]


def test_two_cues_may_share_a_holder():
    found = frames({1: CUE, 2: HOLDER, 5: CUE}, [(1, 2, None), (5, 2, None)])
    assert [frame.holder for frame in found] == [Span(4, 7)] * 2


@pytest.mark.parametrize(
    "relations, message",
    [
        ([(2, 3, "holder")], "the relation from 2 to 3 does not join a cue with a marked span"),
        ([(1, 9, "holder")], "the relation from 1 to 9 does not join a cue with a marked span"),
        ([(1, 4, "by")], "the relation from 1 to 4 is labelled 'by'; label it holder or target"),
        ([(1, 4, None)], "the relation from 1 to 4 has no label; label it holder or target"),
        ([(1, 2, None), (1, 4, "holder")], "the relation from 1 to 4 is a second holder of one cue; keep one"),
        ([(1, 2, None)], "3 is a holder or target of no cue; draw a relation from its cue to it"),
    ],
)
def test_relations_that_make_no_frame_are_refused(relations, message):
    with pytest.raises(ValueError) as error:
        frames(MARKS, relations)
    assert str(error.value).startswith(message)
