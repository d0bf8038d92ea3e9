"""What readers and writers do with texts that are written to break them; time is counted in lines of Python."""

import io
from dataclasses import replace

import pytest
from hypothesis import given

from data.article import Article, Entity, RecordError
from data.formats import FORMATS
from data.page import Page
from data.words import sentences, words
from tests.data.strategies import articles, broken_texts
from tests.hostile import NAMES, annotated, hostile, lines_run, nested

SIZE = 3_000


@pytest.mark.parametrize("name", NAMES)
def test_any_text_has_words_in_sentences(name):
    text = hostile(name, SIZE)
    found, parts = words(text), sentences(text)
    assert all(a.end <= b.start for spans in (found, parts) for a, b in zip(spans, spans[1:]))
    assert sum(sentence.covers(word) for sentence in parts for word in found) == len(found)


@given(broken_texts)
def test_half_characters_and_controls_break_no_word_and_no_sentence(text):
    found, parts = words(text), sentences(text)
    assert [word for sentence in parts for word in found if sentence.covers(word)] == found
    assert not any("\ud800" <= character <= "\udfff" for word in found for character in word.of(text))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("read", [words, sentences])
def test_twice_the_text_is_twice_the_work(name, read):
    short, long = (lines_run(read, hostile(name, size)) for size in (SIZE, 2 * SIZE))
    assert long <= 2.1 * short + 100


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
@pytest.mark.parametrize("make", [annotated, nested])
def test_twice_the_annotation_is_twice_the_work_of_every_format(tmp_path, format, make):
    """As far as the file is twice as long: columns repeat every entity on each of its words."""
    lines, bytes_written = {}, {}
    for size in (1, 2):
        article = make(size * 1500 if make is annotated else size * 100)
        if format.name in ("conll", "wojood"):
            article = replace(article, stances=None)
        path = tmp_path / str(size) / f"a{format.endings[0]}"
        path.parent.mkdir()
        if format.name == "conll" and make is nested:
            with pytest.raises(RecordError, match="overlaps"):
                format.write(path, [article])
            return
        lines[size] = (
            lines_run(format.write, path, [article]),
            lines_run(lambda: lines.setdefault("read", list(format.read(path, None)))),
        )
        assert [len(a.entities) for a in lines.pop("read")] == [len(article.entities)]
        files = [path, *path.rglob("*")] if path.is_dir() else [path]
        bytes_written[size] = sum(file.stat().st_size for file in files if file.is_file())
    most = 1.1 * max(2, bytes_written[2] / bytes_written[1])
    assert all(long <= most * short + 2000 for short, long in zip(lines[1], lines[2]))


@given(articles(texts=broken_texts, claims=False, meta=False))
def test_every_writer_holds_an_article_or_refuses_it_by_name(tmp_path_factory, article):
    folder = tmp_path_factory.mktemp("formats")
    for format in FORMATS:
        path = folder / f"a{format.endings[0]}"
        try:
            format.write(path, [article])
        except RecordError as error:
            assert error.record == article.id
        else:
            (found,) = format.read(path, None)
            assert found.text == article.text and list(found.entities or ()) == list(article.entities or ())


@given(articles(texts=broken_texts))
def test_a_page_of_any_article_is_written(article):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="replace")
    with Page(stream, article.id) as page:
        page.add(article)
    stream.flush()
    shown = stream.buffer.getvalue().decode()
    assert shown.count("<script") == 1 and shown.count('class="entity"') == len(article.entities or ())


def test_a_page_shows_entities_that_nest_deeper_than_python_calls():
    stream = io.StringIO()
    with Page(stream, "") as page:
        page.add(nested(3_000))
    assert stream.getvalue().count('<span class="entity"') == stream.getvalue().count("<b>ORG</b></span>") == 3_000


def test_entities_that_cross_leave_the_text_of_a_page_whole():
    stream = io.StringIO()
    with Page(stream, "") as page:
        page.add(Article("a", "قال زيد نعم", [Entity(0, 7, "A"), Entity(4, 11, "B")]))
    assert stream.getvalue().count("</span>") == stream.getvalue().count("<span")
    assert "قال " in stream.getvalue() and "زيد" in stream.getvalue() and " نعم" in stream.getvalue()


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
@pytest.mark.parametrize("name", NAMES)
def test_any_text_in_any_file_is_articles_or_file_errors(tmp_path, format, name):
    content = hostile(name, SIZE).encode("utf-8", "surrogatepass")
    path = tmp_path / f"a{format.endings[-1]}"
    for start in (b"", b"### a\n", b'{"id": "a", "text": "', b"T1\tORG 0 1\t", b"PAR1"):
        path.write_bytes(start + content)
        path.with_suffix(".txt").write_bytes(start + content)
        found = []
        try:
            for article in format.read(path, found.append):
                assert Article.from_record(article.to_record()) == article
        except ValueError as error:
            found.append(error)
        assert all(type(error).__name__ == "FileError" for error in found)
