from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.article import Article, Entity, RecordError, Span, Stance
from data.columns import read_columns, tokenised, write_conll, write_wojood
from data.jsonl import FileError
from data.words import words as words_of
from tests.data.strategies import articles, characters


@pytest.fixture
def read(tmp_path):
    def read(content, on_fault=None, **options):
        path = tmp_path / "s.conll"
        path.write_text(content, encoding="utf-8", newline="")
        return list(read_columns(path, on_fault, **options))

    return read


def test_flat_columns_become_one_article_a_sentence(read):
    assert read("زار\tO\nبان\tB-PERS\nكي\tI-PERS\nدمشق\tB-LOC\n\n\nعاد\tO\n") == [
        Article("s-1", "زار بان كي دمشق", [Entity(4, 10, "PERS"), Entity(11, 15, "LOC")]),
        Article("s-2", "عاد", ()),
    ]


def test_neighbours_of_one_type_are_two_entities(read):
    assert read("دمشق B-GPE\nحلب B-GPE") == [Article("s-1", "دمشق حلب", [Entity(0, 4, "GPE"), Entity(5, 8, "GPE")])]


def test_nested_columns_also_of_one_type(read):
    (article,) = read(
        "رئيس B-OCC\nجامعة I-OCC B-ORG\nنقابة I-OCC I-ORG B-ORG\nدمشق I-OCC I-ORG I-ORG B-GPE\nوحزب I-OCC I-ORG\n. O"
    )
    assert article == Article(
        "s-1",
        "رئيس جامعة نقابة دمشق وحزب .",
        [Entity(0, 26, "OCC"), Entity(5, 26, "ORG"), Entity(11, 21, "ORG"), Entity(17, 21, "GPE")],
    )


def test_two_entities_of_one_type_on_the_same_words(read):
    (article,) = read("بان B-PERS B-PERS\nكي I-PERS I-PERS")
    assert article.entities == (Entity(0, 6, "PERS"),) * 2


def test_an_inside_tag_that_continues_nothing_is_a_fault(read):
    found = []
    content = "زار O\nبان B-PERS\nكي I-LOC\n\nزار O\n\nوزارة I-ORG\n\nبان B-PERS\nكي I-PERS I-PERS"
    assert [article.id for article in read(content, found.append)] == ["s-2"]
    problems = ["I-LOC continues nothing; write B-LOC where it begins"]
    problems += ["I-ORG continues nothing; write B-ORG where it begins"]
    problems += ["I-PERS continues nothing; write B-PERS where it begins"]
    assert [(error.line, error.problem) for error in found] == list(zip([3, 7, 10], problems))


def test_in_a_published_corpus_it_is_no_entity(read):
    assert read("زار I-PERS\nبان B-PERS\nكي I-LOC", strict=False)[0].entities == (Entity(4, 7, "PERS"),)


def test_windows_line_ends_spaces_and_a_bom(read):
    assert read("\ufeffزار  O \r\n\r\nعاد\tO\r\n") == [Article("s-1", "زار", ()), Article("s-2", "عاد", ())]


def test_a_broken_sentence_is_named_by_its_line_and_the_others_still_read(read, tmp_path):
    found = []
    assert [a.id for a in read("زار\tO\n\nبان\nكي\tX\n\nعاد\tO", found.append)] == ["s-1", "s-3"]
    message = f"{tmp_path}/s.conll:3: is not a word and its tags; write WORD, then O, B-TYPE or I-TYPE"
    assert [str(error) for error in found] == [message]
    for line in ["زار B-", "زار NN O", "-DOCSTART- -X- O O"]:
        with pytest.raises(FileError, match=":1: is not a word and its tags"):
            read(line)


def test_flat_and_nested_lines(tmp_path):
    flat = Article("a", "زار بان كي", [Entity(4, 10, "PERS")])
    nested = Article("a", "زار بان كي", [Entity(4, 7, "A"), Entity(4, 10, "PERS")])
    write_conll(tmp_path / "a", [flat, flat])
    assert (tmp_path / "a").read_text() == "زار\tO\nبان\tB-PERS\nكي\tI-PERS\n\n" * 2
    write_wojood(tmp_path / "a", [nested])
    assert (tmp_path / "a").read_text() == "زار O\nبان B-PERS B-A\nكي I-PERS\n\n"


@pytest.mark.parametrize(
    "article, message",
    [
        (Article("a", "قال", (), meta={"x": 1}), "meta: cannot be held by columns; drop it with --drop meta"),
        (
            Article("a", "قال", [Entity(0, 3, "A", 0.5)]),
            "scores: cannot be held by columns; drop it with --drop scores",
        ),
        (
            Article("a", "قال", (), [Stance("favor", Span(0, 3))]),
            "stances: cannot be held by columns; drop it with --drop stances",
        ),
        (Article("a", "قال", ()), None),
        (Article("a", "قال"), "entities: are not annotated, which columns cannot say; annotate them"),
        (Article("a", "", ()), "text: is not words with single spaces; convert with --tokenize"),
        (Article("a", "قال  نعم", ()), "text: is not words with single spaces; convert with --tokenize"),
        (Article("a", "قال\nنعم", ()), "text: is not words with single spaces; convert with --tokenize"),
        (
            Article("a", "قال زيد، نعم", [Entity(4, 7, "A")]),
            "entities: «زيد» (4..7) splits a word; cover whole words, or convert with --tokenize",
        ),
        (Article("a", "قال", [Entity(0, 3, "A B")]), "entities: label 'A B' has white space; rename it"),
        (
            Article("a", "زار بان كي", [Entity(4, 7, "A"), Entity(4, 10, "B")]),
            "entities: «بان كي» (4..10) overlaps «بان» (4..7); write the nested form (--to wojood)",
        ),
    ],
)
def test_what_flat_columns_cannot_hold_is_refused_and_nothing_written(tmp_path, article, message):
    if message is None:
        return write_conll(tmp_path / "a", [article])
    with pytest.raises(RecordError) as error:
        write_conll(tmp_path / "a", [article])
    assert str(error.value) == f"record 'a', {message}" and not (tmp_path / "a").exists()


def test_nested_columns_cannot_hold_crossing_entities_of_one_type(tmp_path):
    article = Article("a", "زار بان كي", [Entity(0, 7, "A"), Entity(4, 10, "A")])
    with pytest.raises(RecordError, match=r"«زار بان» \(0..7\) crosses «بان كي» \(4..10\); nest them"):
        write_wojood(tmp_path / "a", [article])


def test_any_article_is_tokenised_into_sentences():
    text = "قال «زيد»: نعم.وعاد\nإلى  دمشق!"
    article = Article("a", text, [Entity(5, 8, "PERS"), Entity(25, 29, "GPE")], meta={"x": 1})
    assert list(tokenised(article)) == [
        Article("a-1", "قال « زيد » : نعم .", [Entity(6, 9, "PERS")], meta={"x": 1}),
        Article("a-2", "وعاد", (), meta={"x": 1}),
        Article("a-3", "إلى دمشق !", [Entity(4, 8, "GPE")], meta={"x": 1}),
    ]
    assert [a.entities for a in tokenised(article.without_annotation())] == [None] * 3


def test_a_sentence_does_not_end_inside_an_entity_and_an_entity_does_not_split_a_word():
    assert [a.text for a in tokenised(Article("a", "موقع أحداث.أنفو هنا", [Entity(5, 15, "ORG")]))] == [
        "موقع أحداث . أنفو هنا"
    ]
    with pytest.raises(RecordError, match=r"«أحداث.أن» \(5..13\) splits a word; cover whole words"):
        list(tokenised(Article("a", "موقع أحداث.أنفو هنا", [Entity(5, 13, "ORG")])))


words = st.text(characters.filter(lambda c: c not in " \t\n"), min_size=1, max_size=4)


@st.composite
def sentence_articles(draw, nested):
    pieces = draw(st.lists(words, min_size=1, max_size=6))
    places = [(sum(map(len, pieces[:i])) + i, sum(map(len, pieces[: i + 1])) + i) for i in range(len(pieces))]
    drawn = draw(
        articles(
            texts=st.just("x" * len(pieces)),
            nested=nested,
            claims=False,
            meta=False,
            labels=st.text("AB-é", min_size=1, max_size=2),
        )
    )
    entities = [Entity(places[e.start][0], places[e.end - 1][1], e.label) for e in drawn.entities or ()]
    return Article("round-1", " ".join(pieces), entities)


@given(sentence_articles(nested=False))
def test_flat_articles_come_back_from_columns(tmp_path_factory, article):
    path = tmp_path_factory.getbasetemp() / "round.conll"
    write_conll(path, [article])
    assert list(read_columns(path)) == [article]


@given(sentence_articles(nested=True))
def test_nested_articles_come_back_from_columns(tmp_path_factory, article):
    path = tmp_path_factory.getbasetemp() / "round.wojood"
    write_wojood(path, [article])
    assert list(read_columns(path)) == [article]


@given(articles(claims=False))
def test_tokenised_sentences_hold_every_entity_and_fit_columns(article):
    article = Article(article.id, article.text, article.entities or ())
    try:
        pieces = list(tokenised(article))
    except RecordError as error:
        assert "splits a word" in str(error)
        return
    found = Counter(spoken(e.of(piece.text)) for piece in pieces for e in piece.entities)
    assert found == Counter(spoken(e.of(article.text)) for e in article.entities)


def spoken(text):
    return " ".join(word.of(text) for word in words_of(text))


def test_a_tag_whose_type_is_white_space_is_a_fault_of_its_line(tmp_path):
    (tmp_path / "a.conll").write_text("قال B-\u2029\n\nزيد B-\u2003X\n", encoding="utf-8", newline="")
    found = []
    assert [article.id for article in read_columns(tmp_path / "a.conll", found.append)] == ["a-2"]
    assert [error.line for error in found] == [1]


@given(st.text(st.sampled_from("ق أOBI-X \t\n\r\u2003\x1f"), max_size=40))
def test_any_text_is_sentences_or_file_errors(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.conll"
    path.write_text(content, encoding="utf-8", newline="")
    found = []
    for article in read_columns(path, found.append):
        assert Article.from_record(article.to_record()) == article
    assert all(error.line for error in found)


@pytest.mark.parametrize(
    "file, counts",
    [
        ("anercorp/train.conll", (4274, 125102, 8951)),
        ("anercorp/test.conll", (970, 25211, 2225)),
        ("wojood-sample/train.txt", (1114, 18887, 2882)),
        ("wojood-sample/val.txt", (158, 2743, 470)),
        ("wojood-sample/test.txt", (357, 5344, 870)),
    ],
)
def test_public_corpora_have_their_published_counts_and_survive_writing(corpora, file, counts, tmp_path):
    read = list(read_columns(corpora / file, strict=False))
    assert (len(read), sum(len(a.text.split(" ")) for a in read), sum(len(a.entities) for a in read)) == counts
    copy = tmp_path / Path(file).name
    (write_conll if "anercorp" in file else write_wojood)(copy, read)
    assert list(read_columns(copy)) == read
