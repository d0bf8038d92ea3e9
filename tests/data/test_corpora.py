import pytest

from data.article import Article, Entity
from data.corpora import CorpusError, joined, load_corpus

# articles, words, entities: as counted by the corpora's own documentation
COUNTS = {
    ("anercorp", "train"): (4274, 125102, 8951),
    ("anercorp", "test"): (970, 25211, 2225),
    ("wojood-sample", "train"): (1114, 18887, 2882),
    ("wojood-sample", "dev"): (158, 2743, 470),
    ("wojood-sample", "test"): (357, 5344, 870),
    ("news", "train"): (22, 4241, 631),
    ("news", "dev"): (8, 1525, 193),
}


@pytest.mark.parametrize("name, split", COUNTS)
def test_real_corpora_have_the_documented_counts(corpora, name, split):
    articles = load_corpus(name, split)
    counted = (len(articles), sum(len(a.text.split()) for a in articles), sum(len(a.entities) for a in articles))
    assert counted == COUNTS[name, split]


def test_nested_tags_are_read_as_nested_entities(corpora):
    found = [
        [(e.of(a.text), e.label) for e in a.entities]
        for a in load_corpus("wojood-sample", "train")
        if a.text.startswith("مراسلة سكرتير اللجنة القومية العربية")
    ]
    assert [
        ("سكرتير اللجنة القومية العربية في نابلس", "OCC"),
        ("اللجنة القومية العربية", "ORG"),
        ("نابلس", "GPE"),
        ("واحد", "CARDINAL"),
        ("1948", "DATE"),
    ] in found


def test_the_news_stances_are_read(corpora):
    stances = [stance for a in load_corpus("news", "train") for stance in a.stances]
    assert {label: sum(s.label == label for s in stances) for label in ("favor", "neutral", "against")} == {
        "favor": 71,
        "neutral": 93,
        "against": 29,
    }


@pytest.mark.parametrize(
    ("name", "split", "counts"),
    [
        ("ans", "train", {"against": 1686, "favor": 903, "neutral": 63}),
        ("ans", "dev", {"against": 471, "favor": 268, "neutral": 16}),
        ("ans", "test", {"against": 242, "favor": 130, "neutral": 7}),
        ("mawqif", "train", {"favor": 2148, "against": 1021, "neutral": 333}),
        ("mawqif", "test", {"favor": 380, "against": 180, "neutral": 59}),
    ],
)
def test_claim_corpora_are_mapped_to_our_labels(corpora, name, split, counts):
    articles = load_corpus(name, split)
    labels = [claim.label for article in articles for claim in article.claims]
    assert {label: labels.count(label) for label in set(labels)} == counts
    assert all(article.entities is None and article.stances is None for article in articles)


def test_a_target_is_the_claim_of_its_tweet(corpora):
    first = load_corpus("mawqif", "test")[0]
    assert (first.id, first.claims[0].claim, first.claims[0].label) == ("2", "Women empowerment", "against")


def test_only_words_and_entities_can_be_joined():
    with pytest.raises(CorpusError, match="join: 'a' is more than words and entities; leave join out"):
        joined([Article("a", "نص", (), ())])


def test_a_split_can_be_cut_by_percent(corpora):
    first, last = load_corpus("anercorp", "train[:90%]"), load_corpus("anercorp", "train[90%:]")
    assert (len(first), len(last)) == (3846, 428)
    assert first + last == load_corpus("anercorp", "train")


def test_joining_keeps_every_entity(corpora):
    single, joined = load_corpus("anercorp", "test"), load_corpus("anercorp", "test", join=6)
    assert len(joined) == 162
    assert [(e.of(a.text), e.label) for a in joined for e in a.entities] == [
        (e.of(a.text), e.label) for a in single for e in a.entities
    ]


def test_joined_articles_are_lines():
    articles = [Article("a", "زار حلب", (Entity(4, 7, "GPE"),)), Article("b", "دمشق", (Entity(0, 4, "GPE"),))]
    assert joined(articles) == Article("a", "زار حلب\nدمشق", (Entity(4, 7, "GPE"), Entity(8, 12, "GPE")))


def test_unknown_names_are_refused():
    with pytest.raises(CorpusError, match="corpus 'anerkorp' is unknown; use one of anercorp, "):
        load_corpus("anerkorp", "train")
    with pytest.raises(CorpusError, match=r"anercorp has no split 'dev'; use train, test, cut like train\[:90%\]"):
        load_corpus("anercorp", "dev")


def test_a_missing_folder_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("QAWL_CORPORA", str(tmp_path))
    with pytest.raises(CorpusError, match="anercorp/train.conll is missing; put the corpus there or set QAWL_CORPORA"):
        load_corpus("anercorp", "train")
