import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.article import Article, Claim, Entity, RecordError, Span, Stance
from data.brat import read_brat, write_brat
from data.jsonl import FileError
from tests.data.strategies import articles

TEXT = "نفت وزيرة الصحة\nالخبر."
ARTICLE = Article(
    "a/1",
    TEXT,
    [Entity(4, 15, "OCC"), Entity(10, 15, "ORG")],
    [Stance("against", Span(0, 3), Span(4, 15), Span(10, 21)), Stance("favor", Span(10, 15))],
)
STANDOFF = """\
T1\tOCC 4 15\tوزيرة الصحة
T2\tORG 10 15\tالصحة
T3\tAgainst 0 3\tنفت
T4\tHolder 4 15\tوزيرة الصحة
T5\tTarget 10 15;16 21\tالصحة الخبر
E1\tAgainst:T3 Holder:T4 Target:T5
T6\tFavor 10 15\tالصحة
E2\tFavor:T6
"""


@pytest.fixture
def folder(tmp_path):
    def write(standoff, text=TEXT, config=None):
        (tmp_path / "a.txt").write_bytes(text.encode())
        (tmp_path / "a.ann").write_bytes(standoff.encode())
        if config:
            (tmp_path / "annotation.conf").write_text(config)
        return tmp_path

    return write


def test_an_article_is_a_text_file_and_standoff_lines(tmp_path):
    write_brat(tmp_path / "new", [ARTICLE])
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["a%2F1.ann", "a%2F1.txt", "annotation.conf"]
    assert (tmp_path / "new" / "a%2F1.txt").read_text() == TEXT
    assert (tmp_path / "new" / "a%2F1.ann").read_text() == STANDOFF
    assert list(read_brat(tmp_path / "new")) == list(read_brat(tmp_path / "new" / "a%2F1.ann")) == [ARTICLE]


def test_the_configuration_lists_the_guideline_s_types_and_the_corpus_s_own(tmp_path):
    write_brat(tmp_path, [Article("a", "قال", [Entity(0, 3, "MISC")], ())])
    lines = (tmp_path / "annotation.conf").read_text().splitlines()
    assert lines[0:2] == ["[entities]", "PERS"] and lines[21:25] == ["CURR", "MISC", "Holder", "Target"]
    assert lines[-6:-1] == [
        "[events]",
        *(f"{p} Holder?:<ENTITY>, Target?:<ENTITY>" for p in ("Favor", "Against", "Neutral")),
        "",
    ]


@pytest.mark.parametrize("layers", [{}, {"entities": ()}, {"stances": ()}, {"entities": (), "stances": ()}])
def test_the_configuration_keeps_which_layers_are_known(tmp_path, layers):
    write_brat(tmp_path, [Article("a", "قال", **layers)])
    assert list(read_brat(tmp_path)) == [Article("a", "قال", **layers)]


def test_a_folder_from_elsewhere_has_entities_and_stances_where_there_are_events(folder):
    assert next(read_brat(folder("T1\tORG 10 15\tالصحة\n"))) == Article("a", TEXT, [Entity(10, 15, "ORG")])
    (article,) = read_brat(
        folder(
            "T7\tNeutral 0 3\tنفت\r\nT9\tOCC 4 15\tوزيرة الصحة\nE1\tNeutral:T7 Target:T9\n#1\tAnnotatorNotes E1\tراجع\n"
        )
    )
    assert article.entities == (Entity(4, 15, "OCC"),)
    assert article.stances == (Stance("neutral", Span(0, 3), None, Span(4, 15)),)


@pytest.mark.parametrize(
    "line, problem",
    [
        ("T1\tORG 10 15;16 21\tالصحة الخبر", None),
        (
            "T1\tORG 0 3;10 15\tنفت الصحة",
            "0 3;10 15 is discontinuous, which an Article cannot hold; mark one stretch of text",
        ),
        ("T1\tORG 10 23\tالصحة", "10 23 is empty or outside the text of 22 characters; correct it"),
        ("T1\tORG 5 5\t", "5 5 is empty or outside the text of 22 characters; correct it"),
        ("T1\tORG 9 14\tالصحة", "marks « الصح» but repeats «الصحة»; the .txt file has changed, restore it"),
        (
            f"T1\tORG 1{'0' * 5000} 15\tالصحة",
            "is no text-bound annotation; write ID, tab, TYPE START END, tab, the text",
        ),
        ("T1 ORG 10 15 الصحة", "is no text-bound annotation; write ID, tab, TYPE START END, tab, the text"),
        ("T1\tFavor 0 3\tنفت", "T1 is a Favor of no frame; make it part of an event, or remove it"),
        (
            "R1\tEquiv Arg1:T1 Arg2:T2",
            "«R1\tEquiv Arg1:T1 Arg» is no entity (T), event (E) or note (#); an Article cannot hold it, remove it",
        ),
        ("E1\tAttack:T1", "event type 'Attack' is no polarity; use Favor, Against, Neutral, or remove it"),
        ("E1\tFavor:T1", "argument Favor:T1 is no text-bound annotation (T) of this file; point to one"),
        ("E1\t", "event type '' is no polarity; use Favor, Against, Neutral, or remove it"),
    ],
)
def test_a_line_that_an_article_cannot_hold_is_named(folder, line, problem):
    path, found = folder(f"\n{line}\n"), []
    assert len(list(read_brat(path, found.append))) == (problem is None)
    assert [str(error) for error in found] == ([f"{path}/a.ann:2: {problem}"] if problem else [])


def test_an_id_that_is_there_twice_is_named(folder):
    path, found = folder("T1\tORG 0 3\tنفت\nT1\tORG 10 15\tالصحة\n"), []
    assert list(read_brat(path, found.append)) == []
    assert [str(error) for error in found] == [f"{path}/a.ann:2: has the id T1 of line 1; give each its own"]


def test_a_byte_order_mark_of_an_annotation_file_is_no_fault(folder):
    (article,) = read_brat(folder("\ufeffT1\tORG 10 15\tالصحة\n"))
    assert article.entities == (Entity(10, 15, "ORG"),)


def test_a_frame_has_one_holder_and_one_target(folder):
    path = folder("T1\tFavor 0 3\tنفت\nT2\tORG 10 15\tالصحة\nE1\tFavor:T1 Holder:T2 Holder2:T2\n")
    with pytest.raises(
        FileError, match="a.ann:3: argument Holder2:T2 is one too many; a frame has a cue, a Holder and a Target"
    ):
        list(read_brat(path))


def test_files_that_are_missing_are_named(tmp_path, folder):
    with pytest.raises(FileError, match="has no .ann files; name the folder that holds them"):
        list(read_brat(tmp_path))
    folder("")
    (tmp_path / "a.txt").unlink()
    with pytest.raises(
        FileError, match=r"a.txt: cannot be read \(No such file or directory\); put .txt and .ann in one folder"
    ):
        list(read_brat(tmp_path))


def test_frames_without_their_types_in_the_configuration_are_a_fault(folder):
    path = folder(STANDOFF, config="[entities]\nORG\n[events]\n# none\n")
    with pytest.raises(FileError, match="has stances, but annotation.conf has no types for them; add them there"):
        list(read_brat(path))


@pytest.mark.parametrize(
    "written, message",
    [
        ([Article("a", "قال", meta={"x": 1})], "record 'a', meta: cannot be held by brat; drop it with --drop meta"),
        (
            [Article("a", "قال", claims=[Claim("x", "favor")])],
            "record 'a', claims: cannot be held by brat; drop it with --drop claims",
        ),
        (
            [Article("a", "قال", ()), Article("b", "", (), ())],
            "record 'b', layers: are not those of the first article, and brat configures a folder as a whole; "
            "convert them apart, or --drop a layer",
        ),
        (
            [Article("a", ""), Article("a", "")],
            "record 'a', id: is used twice, and files are named after it; make ids unique",
        ),
        (
            [Article("a", ""), Article("ا" * 126, "")],
            f"record {'ا' * 126!r}, id: is too long for a file's name; shorten it",
        ),
        (
            [Article("a", "قال\n", [Entity(0, 4, "A")])],
            "record 'a', A: span 0..4 starts or ends with a line break; leave the line break outside the span",
        ),
    ],
)
def test_what_brat_cannot_hold_is_refused_and_nothing_written(tmp_path, written, message):
    with pytest.raises(RecordError) as error:
        write_brat(tmp_path / "new", written)
    assert str(error.value) == message and not (tmp_path / "new").exists()


@pytest.mark.parametrize("label", ["Favor", "Holder", "A B", "نوع"])
def test_labels_that_brat_lacks_are_refused(tmp_path, label):
    with pytest.raises(RecordError, match="is no entity type of brat; use Latin letters and _, but not "):
        write_brat(tmp_path, [Article("a", "قال", [Entity(0, 3, label)])])


def test_annotations_are_never_overwritten(folder):
    with pytest.raises(FileError, match="has annotations already; name a new folder"):
        write_brat(folder(STANDOFF), [ARTICLE])


@given(
    st.lists(
        articles(claims=False, meta=False, labels=st.sampled_from(["ORG", "x-1"])), max_size=3, unique_by=lambda a: a.id
    )
)
def test_articles_come_back_from_a_folder_unchanged(written):
    with tempfile.TemporaryDirectory() as folder:
        try:
            write_brat(folder, written)
        except RecordError as error:
            assert error.field == "layers" or "line break" in error.problem
        else:
            assert not written or sorted(read_brat(folder), key=lambda a: a.id) == sorted(written, key=lambda a: a.id)


@given(st.text(st.sampled_from("TE#R12\tOFavor:5;03 \n"), max_size=40))
def test_any_lines_are_articles_or_file_errors(content):
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/a.txt", "w") as text, open(f"{folder}/a.ann", "w") as standoff:
            text.write("Favor")
            standoff.write(content)
        for article in read_brat(folder, lambda error: None):
            assert Article.from_record(article.to_record()) == article
