from data.article import Article, Claim, Entity, Span, Stance
from evaluation.items import NOTHING, claim_items, cue_items, entity_items, frame_items, mistake_items

#        0         1         2         3         4
#        0123456789012345678901234567890123456789012345
TEXT = "زار وزير خارجية مصر دمشق وبدمشق التقى #وفد_حلب"
OCC, GPE, CITY = Entity(4, 19, "OCC"), Entity(16, 19, "GPE"), Entity(20, 24, "GPE")
PREFIXED, TAGGED = Entity(25, 31, "GPE"), Entity(39, 46, "ORG")
GOLD = Article("a", TEXT, (OCC, GPE, CITY, PREFIXED, TAGGED))


def test_gold_entities_with_what_they_are_like():
    training = [Article("t", "مصر دمشق وفد", (Entity(0, 3, "GPE"), Entity(4, 8, "ORG")))]
    items = entity_items([(GOLD, Article("a", TEXT, (OCC, CITY)))], training)
    assert items.to_dict("list") == {
        "label": ["OCC", "GPE", "GPE", "GPE", "ORG"],
        "found": [True, False, True, False, False],
        "words": ["3", "1", "1", "1", "1"],
        "nesting": ["outermost", "inside 1", "outermost", "outermost", "outermost"],
        "hashtag": ["elsewhere"] * 4 + ["in a hashtag"],
        "prefix": ["without", "without", "without", "with a prefix", "without"],
        "training": ["unseen", "seen", "seen with other types", "unseen", "unseen"],
    }


def test_without_training_articles_nothing_is_said_of_them():
    assert "training" not in entity_items([(GOLD, GOLD)])


def test_a_prefix_shows_by_the_article():
    text = "بالرياض للأمم الولايات"
    gold = Article("a", text, (Entity(0, 7, "GPE"), Entity(8, 13, "ORG"), Entity(14, 22, "GPE")))
    assert list(entity_items([(gold, gold)])["prefix"]) == ["with a prefix", "with a prefix", "without"]


def test_mistakes_name_both_types():
    items = mistake_items([(GOLD, Article("a", TEXT, (OCC, GPE, CITY, Entity(25, 31, "LOC"))))])
    assert items.values.tolist() == [["a", "type", "GPE", "LOC"], ["a", "missed", "ORG", NOTHING]]


#          0123456789012345678901234567
STANCES = "نفت مصر الخبر وأكّدت سوريا ذلك"
DENIES = Stance("against", Span(0, 3), Span(4, 7), Span(8, 13))
AFFIRMS = Stance("favor", Span(14, 20), Span(21, 26), Span(27, 30))


def test_cues_and_frames():
    gold = Article("a", STANCES, None, (DENIES, AFFIRMS))
    ours = Article("a", STANCES, None, (Stance("against", DENIES.cue, DENIES.holder), Stance("neutral", AFFIRMS.cue)))
    cues = cue_items([(gold, ours)])
    assert cues[["gold", "predicted"]].values.tolist() == [["against", "against"], ["favor", "neutral"]]
    assert cues["stem"][1] == "اكد"
    assert frame_items([(gold, ours)]).values.tolist() == [
        ["against", True, True, False],
        ["favor", False, False, False],
    ]


def test_claims():
    gold = Article("a", TEXT, claims=(Claim("أ", "favor"), Claim("ب", "against")))
    ours = Article("a", TEXT, claims=(Claim("أ", "neutral"),))
    assert claim_items([(gold, ours)]).values.tolist() == [["favor", "neutral"], ["against", NOTHING]]


def test_layers_that_gold_lacks_have_no_rows():
    pairs = [(Article("a", TEXT), GOLD)]
    for items in (entity_items, mistake_items, cue_items, frame_items, claim_items):
        assert len(items(pairs)) == 0
