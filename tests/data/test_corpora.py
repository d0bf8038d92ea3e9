import datasets
import pytest

from data.article import Article, Claim, Entity
from data.columns import read_columns
from data.corpora import CorpusError, files_of, joined, load_corpus
from data.sources import load_source
from data.words import words

# articles and entities (of columns also the words): as counted by the corpora's own documentation
COUNTS = {
    ("anercorp", "train"): (4274, 8951),
    ("anercorp", "test"): (970, 2225),
    ("wojood-sample", "train"): (1114, 2882),
    ("wojood-sample", "dev"): (158, 470),
    ("wojood-sample", "test"): (357, 870),
    ("news", "train"): (22, 631),
    ("news", "dev"): (8, 193),
}


@pytest.mark.parametrize("name, split", COUNTS)
def test_real_corpora_have_the_documented_counts(corpora, name, split):
    articles = load_corpus(name, split)
    assert (len(articles), sum(len(a.entities) for a in articles)) == COUNTS[name, split]
    assert len({a.id for a in articles}) == len(articles)


@pytest.mark.parametrize("name, split", [key for key in COUNTS if key[0] != "news"])
def test_real_columns_are_detokenised_without_changing_a_word_or_an_entity(corpora, name, split):
    (path,) = files_of(name, split)
    for ours, columns in zip(load_corpus(name, split), read_columns(path, strict=False), strict=True):
        assert [w.of(ours.text) for w in words(ours.text)] == [w.of(columns.text) for w in words(columns.text)]
        assert [(e.of(ours.text).replace(" ", ""), e.label) for e in ours.entities] == [
            (e.of(columns.text).replace(" ", ""), e.label) for e in columns.entities
        ]


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


def test_raw_news_is_without_annotation(corpora):
    articles = [article for split in ("ahdath", "arabicfc") for article in load_corpus("raw", split)]
    assert len(articles) == 493
    assert all(a.entities is None and a.stances is None and a.claims is None for a in articles)


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
        ("ans", "train", {"against": 1686, "favor": 903, "unrelated": 63}),
        ("ans", "dev", {"against": 471, "favor": 268, "unrelated": 16}),
        ("ans", "test", {"against": 242, "favor": 130, "unrelated": 7}),
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
    assert (first.id, first.claims[0].claim, first.claims[0].label) == ("mawqif-test-2", "تمكين المرأة", "against")


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


@pytest.mark.parametrize("join", [0, -3, "6", True])
def test_a_number_of_articles_to_join_that_is_none_is_refused(join):
    with pytest.raises(CorpusError, match=f"join: {join!r} is not a number of articles; use 1 or more"):
        load_corpus("anercorp", "test", join=join)


def test_a_split_that_is_no_text_is_refused():
    with pytest.raises(CorpusError, match="anercorp has no split 5; use train, test"):
        load_corpus("anercorp", 5)


def test_a_missing_folder_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("QAWL_CORPORA", str(tmp_path))
    with pytest.raises(CorpusError, match="anercorp: .*anercorp/.train. is missing; put the corpus there, name its"):
        load_corpus("anercorp", "train")


def test_aqmar_is_a_file_for_each_wikipedia_article(tmp_path):
    (tmp_path / "Atom.txt").write_text("الذرة B-MIS1\n( O\nAtom B-ENGLISH\n) OO\n\n. O\n", encoding="utf-8")
    (tmp_path / "Damascus.txt").write_text("في O\nجامعة B-ORG\nدمشق I--ORG\n\n", encoding="utf-8")
    assert load_corpus("aqmar", "all", folder=tmp_path) == [
        Article("aqmar-Atom-1", "الذرة (Atom)", [Entity(0, 5, "MISC"), Entity(7, 11, "MISC")]),
        Article("aqmar-Atom-2", ".", []),
        Article("aqmar-Damascus-1", "في جامعة دمشق", [Entity(3, 13, "ORG")]),
    ]


def wikiann(folder, split):
    tags = datasets.List(datasets.ClassLabel(names=["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]))
    features = datasets.Features({"tokens": datasets.List(datasets.Value("string")), "ner_tags": tags})
    folder.mkdir()
    for part, row in enumerate([(["طه", "حسين", "،"], [1, 2, 0]), (["نهر", "النيل"], [0, 5])]):
        rows = [dict(zip(("tokens", "ner_tags"), row))]
        datasets.Dataset.from_list(rows, features=features).to_parquet(folder / f"{split}-0000{part}-of-00002.parquet")


WIKIANN = [
    Article("wikiann-ar-train-1", "طه حسين،", [Entity(0, 7, "PERS")]),
    Article("wikiann-ar-train-2", "نهر النيل", [Entity(4, 9, "LOC")]),
]


def test_wikiann_is_parquet_of_tokens(tmp_path):
    wikiann(tmp_path / "wikiann", "train")
    assert load_corpus("wikiann-ar", "train", folder=tmp_path / "wikiann") == WIKIANN


def test_a_corpus_that_is_nowhere_near_is_loaded_from_the_hub(tmp_path, monkeypatch):
    monkeypatch.setenv("QAWL_CORPORA", str(tmp_path))
    wikiann(tmp_path / "hub", "train")
    asked, load = [], datasets.load_dataset

    def hub(*id, **options):
        asked.append((*id, options))
        return load(str(tmp_path / "hub"), split=options["split"], cache_dir=tmp_path / "cache")

    monkeypatch.setattr("data.tables.load_dataset", hub)
    assert load_corpus("wikiann-ar", "train") == WIKIANN
    assert asked == [("unimelb-nlp/wikiann", "ar", {"split": "train", "revision": None})]


def test_a_hub_dataset_may_be_named(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    wikiann(tmp_path / "anercorp", "train")
    articles = load_source({"corpus": "anercorp", "split": "train", "hub": str(tmp_path / "anercorp")})
    assert [article.id for article in articles] == ["anercorp-train-1", "anercorp-train-2"]
    with pytest.raises(CorpusError, match="news is not read from the hub; put its files in a folder"):
        load_corpus("news", "train", hub="someone/news")


def test_arastance_is_a_claim_and_its_articles_a_line(tmp_path):
    line = '{"filename": "1", "claim": "ك", "article": ["نص", "نص آخر"], "stance": ["Agree", "Unrelated"]}\n'
    (tmp_path / "dev.jsonl").write_text(line, encoding="utf-8")
    assert load_corpus("arastance", "dev", folder=tmp_path) == [
        Article("arastance-dev-1-1", "نص", claims=(Claim("ك", "favor"),)),
        Article("arastance-dev-1-2", "نص آخر", claims=(Claim("ك", "unrelated"),)),
    ]


def test_arabicfc_is_a_file_for_each_claim(tmp_path):
    (tmp_path / "7.json").write_text(
        '{"ID": 7, "Claim": "ك", "Fact": "F", "Article": ["نص"], "URL": ["u"], "Stance": ["discuss"], "Rationale": [[]]}',
        encoding="utf-8",
    )
    assert load_corpus("arabicfc", "all", folder=tmp_path) == [
        Article("arabicfc-7-1", "نص", claims=(Claim("ك", "neutral"),))
    ]


def test_a_folder_without_the_files_is_named(tmp_path):
    with pytest.raises(CorpusError, match=r"wikiann-ar: .*/test\*.parquet is missing"):
        load_corpus("wikiann-ar", "test", folder=tmp_path)
