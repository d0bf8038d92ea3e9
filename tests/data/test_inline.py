import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.article import Article, Claim, Entity, Evidence, RecordError, Span, Stance
from data.inline import read_inline, to_inline, write_inline
from data.jsonl import FileError
from tests.articles import SMALL
from tests.data.strategies import articles


@given(article=articles())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
def test_round_trip_is_exact(tmp_path, article):
    write_inline(tmp_path / "a.txt", [article, SMALL])
    assert list(read_inline(tmp_path / "a.txt")) == [article, SMALL]


def test_what_a_record_looks_like():
    article = Article(
        "a",
        "نفت وزارة صحة دمشق الخبر.",
        (Entity(4, 18, "ORG"), Entity(14, 18, "GPE")),
        (Stance("against", Span(0, 3), None, Span(19, 24)),),
        meta={"source": "x"},
    )
    assert to_inline(article) == (
        '### a\n### {"source": "x"}\nنفت [ORG وزارة صحة [GPE دمشق]] الخبر.\n>>> against | نفت | - | الخبر\n'
    )


def read(tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    return list(read_inline(path))


def test_a_repeated_quotation_is_the_one_nearest_to_the_cue(tmp_path):
    (article,) = read(tmp_path, "### a\nالوزير صامت. نفى الوزير. الوزير.\n>>> against | نفى | الوزير | -\n")
    assert article.stances[0].holder == Span(17, 23)


def test_a_number_picks_an_occurrence(tmp_path):
    (article,) = read(tmp_path, "### a\nالوزير صامت. نفى الوزير. الوزير.\n>>> against | نفى | الوزير^3 | -\n")
    assert article.stances[0].holder == Span(25, 31)


def test_each_line_takes_the_next_cue(tmp_path):
    (article,) = read(tmp_path, "### a\nقال ثم قال\n>>> neutral | قال | - | -\n>>> neutral | قال | - | -\n")
    assert [s.cue for s in article.stances] == [Span(0, 3), Span(7, 10)]


def test_quotations_are_whole_words_where_they_can_be(tmp_path):
    (article,) = read(tmp_path, "### a\nقالت هي وقال هو: قال\n>>> neutral | قال | - | -\n")
    assert article.stances[0].cue == Span(17, 20)


def test_claims(tmp_path):
    (article,) = read(tmp_path, "### a\nنفت الخبر.\n??? against | صح الخبر | نفت الخبر.\n")
    assert article.claims == (Claim("صح الخبر", "against", (Evidence(0, 10),)),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("### a\nنص [ORG بلا نهاية\n", "2: [ORG is never closed; add ]"),
        ("### a\nسطر\nنص زائد]\n", "3: closes a bracket that was never opened"),
        ("### a\nنص [قوس]\n", "2: a bracket without «LABEL »"),
        ("### a\nنص\n>>> against | نفى | - | -\n", "3: «نفى» is not in the text; quote it exactly, without brackets"),
        ("### a\nنفى\n>>> against | نفى\n", "3: has 2 fields; write polarity | cue | holder | target"),
        ("### a\nنفى\n>>> anti | نفى | - | -\n", "3: 'anti' is not a polarity; use favor, against, neutral"),
        ("### a\nنفى\n>>> against | نفى^2 | - | -\n", "3: «نفى» occurs 1 times, not 2"),
        ("### a\nنفى\n>>> against | نفى | - | -\nنص\n", "4: text after the frames"),
        ("نص\n### a\n", "1: text before the first record"),
        ("### a\n### {bad\nنص\n", "2: is not a JSON object"),
        ("### \nنص\n", "1: has no id"),
        ("### a\nنفى\n >>> against | نفى | - | -\n", "3: a mark after white space; start the line with it, or write"),
        ("### a\nنص\n\u200f### b\nنص\n", "3: a mark after white space"),
        ("### a\nنص\n??? favor | \n", "3: has an empty claim; give a sentence"),
    ],
)
def test_a_fault_names_the_line(tmp_path, text, message):
    with pytest.raises(FileError) as error:
        read(tmp_path, text)
    assert str(error.value).removeprefix(f"{tmp_path / 'a.txt'}:").startswith(message)


def test_of_two_quotations_as_near_the_one_before_the_cue_is_meant(tmp_path):
    (article,) = read(tmp_path, "### a\nزيد نفى زيد\n>>> against | نفى | زيد | -\n")
    assert article.stances[0].holder == Span(0, 3)


def test_a_quotation_that_only_the_cue_holds_is_found_in_it(tmp_path):
    (article,) = read(tmp_path, "### a\nنفى زيد\n>>> against | نفى زيد | زيد | -\n")
    assert article.stances[0].holder == Span(4, 7)


def test_scores_are_refused():
    with pytest.raises(RecordError, match="scores: cannot be held by inline brackets; drop it with --drop scores"):
        to_inline(Article("a", "قال", (Entity(0, 3, "X", 0.5),)))


def test_crossing_entities_are_refused():
    with pytest.raises(RecordError, match="crosses «قال»; nest them or make them disjoint"):
        to_inline(Article("a", "قال قال", (Entity(0, 5, "X"), Entity(4, 7, "Y"))))


def test_windows_line_ends_a_bom_and_blank_lines_round_the_text_do_not_count(tmp_path):
    plain = "### a\n[A سطر]\n\nآخر\n>>> neutral | سطر | - | -\n\n### b\n\n"
    other = "\ufeff" + plain.replace("### a\n", "### a\n\n").replace("\n>>>", "\n\n>>>").replace("\n", "\r\n")
    assert read(tmp_path, other) == read(tmp_path, plain)
    assert [article.text for article in read(tmp_path, plain)] == ["سطر\n\nآخر", ""]


def test_layers_are_entities_and_stances_unless_named(tmp_path):
    usual, named, none = read(tmp_path, "### a\nنص\n### b\n### layers: entities, claims\nنص\n### c\n### layers:\nنص\n")
    assert (usual.entities, usual.stances, usual.claims) == ((), (), None)
    assert (named.entities, named.stances, named.claims) == ((), None, ())
    assert (none.entities, none.stances, none.claims) == (None, None, None)


def test_a_layer_that_is_annotated_must_be_among_the_named_ones(tmp_path):
    with pytest.raises(FileError, match=":1: has entities but its layers line does not name them"):
        read(tmp_path, "### a\n### layers: stances\n[A نص]\n")
    with pytest.raises(FileError, match=":2: names unknown layers entity; use entities, stances, claims"):
        read(tmp_path, "### a\n### layers: entity\nنص\n")


def test_backslashes_escape_marks_in_pairs(tmp_path):
    text = "\\[لا\\] \\\\ a^2 b|c \\\\\\\\|\n\\### ليس سجلا"
    (article,) = read(tmp_path, f"### a\n{text}\n>>> neutral | a\\^2 | \\\\^3 | \\\\\\|\n")
    assert article.text == "[لا] \\ a^2 b|c \\\\|\n### ليس سجلا"
    assert article.stances == (Stance("neutral", Span(7, 10), Span(16, 17), Span(16, 18)),)
    assert list(read(tmp_path, to_inline(article))) == [article]


def test_lines_of_a_text_that_look_like_marks_are_escaped(tmp_path):
    article = Article("a", "قال\n >>> لا\n\u200f### ب\n??? ج", (), ())
    assert to_inline(article) == "### a\nقال\n\\ >>> لا\n\\\u200f### ب\n\\??? ج\n"
    assert read(tmp_path, to_inline(article)) == [article]


def test_an_offset_picks_a_place_inside_a_word(tmp_path):
    (article,) = read(tmp_path, "### a\nقال وقال\n>>> neutral | قال^@5 | - | -\n")
    assert article.stances[0].cue == Span(5, 8)


def test_a_broken_record_is_reported_and_the_others_are_read(tmp_path):
    path, found = tmp_path / "a.txt", []
    path.write_text("### a\n[A x\n\n### b\nx\n\n### c\nx\n>>>no\n", encoding="utf-8")
    assert [article.id for article in read_inline(path, found.append)] == ["b"]
    assert [error.line for error in found] == [2, 9]


def test_nothing_is_written_when_an_article_cannot_be_held(tmp_path):
    for refused in (Article("b", "قال", (Entity(0, 3, "A B"),)), Article("b", "\udc00")):
        with pytest.raises(RecordError):
            write_inline(tmp_path / "a.txt", [SMALL, refused])
    assert not (tmp_path / "a.txt").exists()


@given(st.text(st.sampled_from("#>? \n\r\\[]|^@2Aق-{}:"), max_size=40))
def test_any_text_is_articles_or_file_errors(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(content.encode())
    found = []
    for article in read_inline(path, found.append):
        assert Article.from_record(article.to_record()) == article
    assert all(error.line for error in found)
