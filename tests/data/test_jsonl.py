import gzip
import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.article import Article
from data.jsonl import FileError, read_jsonl, read_text, to_line, write_jsonl, write_text
from tests.articles import SMALL
from tests.data.strategies import articles, scores


@given(article=articles(scores=scores))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip_is_exact(tmp_path, article):
    write_jsonl(tmp_path / "a.jsonl", [article, SMALL])
    assert list(read_jsonl(tmp_path / "a.jsonl")) == [article, SMALL]


def test_a_gzipped_file_is_written_where_its_name_says_so(tmp_path):
    write_jsonl(tmp_path / "a.jsonl.gz", [SMALL])
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()).decode() == to_line(SMALL)
    assert list(read_jsonl(tmp_path / "a.jsonl.gz")) == [SMALL]


def test_a_file_is_not_emptied_for_articles_that_cannot_be_written(tmp_path):
    write_jsonl(tmp_path / "a.jsonl", [SMALL])
    with pytest.raises(TypeError):
        write_jsonl(tmp_path / "a.jsonl", [replace(SMALL, meta={"a": object()})])
    assert list(read_jsonl(tmp_path / "a.jsonl")) == [SMALL]


def test_a_lone_surrogate_survives(tmp_path):
    article = Article("a", "خبر\ud800")
    (tmp_path / "a.jsonl").write_text(to_line(article), encoding="utf-8")
    assert list(read_jsonl(tmp_path / "a.jsonl")) == [article]


def test_broken_lines_are_reported_and_the_rest_is_read(tmp_path):
    path = tmp_path / "mixed.jsonl"
    good = to_line(SMALL).encode()
    path.write_bytes(good + b"{not json\n" + b"\xff\xfe\n" + b"\n" + b'{"id": "x"}\n' + good)
    faults = []
    assert list(read_jsonl(path, faults.append)) == [SMALL, SMALL]
    assert [(f.line, str(f).removeprefix(f"{path}:")) for f in faults] == [
        (
            2,
            "2: is not JSON (Expecting property name enclosed in double quotes at column 2); write one object a line",
        ),
        (3, "3: is not UTF-8 at byte 0; save it as UTF-8"),
        (5, "5: record 'x', text: is missing; add \"text\""),
    ]


def test_without_a_handler_the_first_broken_line_raises(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(to_line(SMALL) + "[]\n", encoding="utf-8")
    with pytest.raises(FileError, match=r"a\.jsonl:2: record '\?', record: is a list"):
        list(read_jsonl(path))


def test_a_missing_file_is_named():
    with pytest.raises(FileError, match="nowhere.jsonl: cannot be read .* check the path"):
        list(read_jsonl("nowhere.jsonl"))


def test_a_byte_order_mark_is_no_text(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + json.dumps(SMALL.to_record()).encode() + b"\r\n")
    assert list(read_jsonl(tmp_path / "a.jsonl")) == [SMALL]


def test_text_files_are_read_as_they_are(tmp_path):
    (tmp_path / "a.txt").write_bytes("سطر\r\nآخر".encode())
    assert read_text(tmp_path / "a.txt") == "سطر\r\nآخر"
    (tmp_path / "b.txt").write_bytes(b"abc\xff")
    with pytest.raises(FileError, match=r"b\.txt: is not UTF-8 at byte 3; save it as UTF-8"):
        read_text(tmp_path / "b.txt")


def test_only_a_line_feed_ends_a_line(tmp_path):
    article = Article("a", "سطر\u2028\x85\r")
    write_jsonl(tmp_path / "a.jsonl", [article])
    assert list(read_jsonl(tmp_path / "a.jsonl")) == [article]


@pytest.mark.parametrize("line", ["[" * 100_000, '{"id": ' + "9" * 5_000 + "}"])
def test_json_that_python_cannot_hold_is_a_fault_of_its_line(tmp_path, line):
    path, found = tmp_path / "a.jsonl", []
    path.write_text(f"{line}\n{to_line(SMALL)}", encoding="utf-8")
    assert list(read_jsonl(path, found.append)) == [SMALL]
    assert found[0].line == 1 and "nested too deeply or with a number too long" in str(found[0])


@given(st.text())
def test_text_is_written_and_read_unchanged(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "text.txt"
    write_text(path, content)
    assert read_text(path) == content


@given(st.binary(max_size=60) | st.dictionaries(st.text(), st.text()).map(lambda record: json.dumps(record).encode()))
def test_any_bytes_are_articles_or_file_errors(tmp_path_factory, content):
    path, found = tmp_path_factory.getbasetemp() / "any.jsonl", []
    path.write_bytes(content)
    list(read_jsonl(path, found.append))
    assert all(error.line for error in found)
