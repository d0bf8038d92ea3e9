from dataclasses import replace

from hypothesis import given

from data.article import Claim, Entity, Evidence, Span, Stance
from data.validation import duplicate_ids, faults, has_overlaps
from tests.articles import SMALL
from tests.data.strategies import articles, scores


def messages(**changes):
    return [str(fault) for fault in faults(replace(SMALL, **changes))]


def test_a_sound_article_has_no_faults():
    assert messages() == []


def test_a_split_word_is_a_fault():
    assert messages(entities=(Entity(4, 9, "ORG"), Entity(20, 23, "GPE"))) == [
        "record 'small-1', entities[1]: «مشق» (20..23) splits a word; cover whole words, with their attached clitics"
    ]


def test_punctuation_at_the_edge_is_a_fault():
    assert messages(stances=(Stance("against", Span(0, 3), None, Span(24, 30)),)) == [
        "record 'small-1', stances[0].target: «الخبر.» (24..30) starts or ends with white space or punctuation; "
        "leave it outside the span"
    ]


def test_an_unknown_entity_type_is_a_fault():
    (message,) = messages(entities=(Entity(4, 15, "ORGS"),))
    assert message.startswith("record 'small-1', entities[0].label: 'ORGS' is not an entity type; use one of PERS, ")


def test_crossing_entities_are_a_fault():
    crossing = (Entity(4, 15, "ORG"), Entity(10, 23, "LOC"))
    assert messages(entities=crossing) == [
        "record 'small-1', entities: «وزارة الصحة» (4..15) crosses «الصحة في دمشق» (10..23); "
        "nest them or make them disjoint"
    ]


def test_nested_entities_are_sound():
    assert messages(entities=(Entity(4, 23, "ORG"), Entity(19, 23, "GPE"))) == []


def test_an_entity_tagged_twice_is_a_fault():
    assert messages(entities=(Entity(19, 23, "GPE"), Entity(19, 23, "GPE"))) == [
        "record 'small-1', entities: «دمشق» (19..23) is tagged GPE twice; keep one"
    ]


def test_overlapping_parts_of_a_frame_are_a_fault():
    stance = Stance("against", Span(0, 3), Span(4, 15), Span(10, 29))
    assert messages(stances=(stance,)) == [
        "record 'small-1', stances[0]: its holder and target overlap; keep cue, holder and target apart"
    ]


def test_two_frames_on_one_cue_are_a_fault():
    frame = SMALL.stances[0]
    assert messages(stances=(frame, replace(frame, label="favor"))) == [
        "record 'small-1', stances: two frames share a cue, «نفت» (0..3) and «نفت» (0..3); write one frame for each cue"
    ]


def test_evidence_may_end_in_a_full_stop_but_not_within_a_word():
    assert messages(claims=(Claim("c", "against", (Evidence(0, 30),)),)) == []
    assert messages(claims=(Claim("c", "against", (Evidence(0, 28),)),)) == [
        "record 'small-1', claims[0].evidence[0]: «نفت وزارة الصحة في دمشق الخب» (0..28) splits a word or ends in "
        "white space; cover whole sentences"
    ]


def test_repeated_ids_are_faults():
    assert [f.record for f in duplicate_ids([SMALL, SMALL, replace(SMALL, id="b")])] == ["small-1"]


def test_overlaps():
    assert has_overlaps([Span(0, 5), Span(4, 6)])
    assert not has_overlaps([Span(0, 5), Span(5, 6)])


def test_an_entity_tagged_twice_is_found_with_another_type_between():
    twice = (Entity(19, 23, "GPE"), Entity(19, 23, "LOC"), Entity(19, 23, "GPE"))
    assert messages(entities=twice) == ["record 'small-1', entities: «دمشق» (19..23) is tagged GPE twice; keep one"]


def test_a_cue_inside_a_longer_one_is_found_with_another_between():
    cues = (Span(0, 9), Span(0, 3), Span(4, 9))
    found = messages(stances=tuple(Stance("favor", cue) for cue in cues))
    assert [message.split("; ")[0].split("share a cue, ")[1] for message in found] == [
        "«نفت» (0..3) and «نفت وزارة» (0..9)",
        "«نفت وزارة» (0..9) and «وزارة» (4..9)",
    ]


def test_evidence_ends_with_its_last_word():
    (message,) = messages(text=SMALL.text + " ", claims=(Claim("c", "against", (Evidence(0, 31),)),))
    assert "(0..31) splits a word or ends in white space" in message


def test_a_long_span_is_quoted_on_one_line_and_shortened():
    text = "قال " + "نعم " * 20 + "\nثم خرج من"
    (message,) = messages(text=text, stances=None, entities=(Entity(0, len(text) - 1, "EVENT"),))
    assert "«قال نعم نعم نعم نعم نعم نعم نعم نعم نعم  … م نعم ⏎ثم خرج م» (0..93) splits a word" in message


def test_a_lone_surrogate_is_a_fault_because_tokenizers_refuse_it():
    assert messages(text="قال \ud83d نعم", entities=None, stances=None) == [
        "record 'small-1', text: has half a character (a lone surrogate) at 4; remove it"
    ]


@given(articles(scores=scores))
def test_any_article_can_be_checked(article):
    assert all(fault.record == article.id and fault.remedy for fault in faults(article))
