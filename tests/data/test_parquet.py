from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import parquet
from data.article import Article, RecordError
from data.jsonl import FileError
from data.parquet import read_parquet, write_parquet
from tests.articles import SMALL
from tests.data.strategies import articles, scores


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(articles(scores=scores), max_size=4))
def test_every_article_comes_back(tmp_path, found):
    write_parquet(tmp_path / "a.parquet", found)
    assert list(read_parquet(tmp_path / "a.parquet")) == found


def test_articles_stream_in_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS", 2)
    many = [Article(str(i), "خبر") for i in range(5)]
    write_parquet(tmp_path / "a.parquet", iter(many))
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups == 3
    assert list(read_parquet(tmp_path / "a.parquet")) == many


def test_a_table_with_id_and_text_is_enough(tmp_path):
    pq.write_table(pa.table({"id": ["1"], "text": ["خبر"], "other": [3]}), tmp_path / "a.parquet")
    assert list(read_parquet(tmp_path / "a.parquet")) == [Article("1", "خبر")]


def test_broken_rows_are_named_and_passed_over(tmp_path):
    pq.write_table(pa.table({"id": ["1", None, "3"], "text": ["خبر", "خبر", "خبر"]}), tmp_path / "a.parquet")
    faults = []
    assert [a.id for a in read_parquet(tmp_path / "a.parquet", faults.append)] == ["1", "3"]
    assert [(fault.line, "id: is missing" in fault.problem) for fault in faults] == [(2, True)]
    with pytest.raises(FileError, match="a.parquet:2: record"):
        list(read_parquet(tmp_path / "a.parquet"))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.parquet").write_text("خبر")
    with pytest.raises(FileError, match="is not a Parquet file"):
        list(read_parquet(tmp_path / "a.parquet"))
    with pytest.raises(FileError, match="b.parquet: cannot be read .*; check the path"):
        list(read_parquet(tmp_path / "b.parquet"))


@pytest.mark.parametrize(
    ("meta", "problem"),
    [("[" * 100_000, "nested too deeply"), ("{", "is not a JSON object"), ("[]", "meta: is a list")],
)
def test_meta_data_that_is_no_object_is_a_fault_of_its_row(tmp_path, meta, problem):
    pq.write_table(pa.table({"id": ["1", "2"], "text": ["خبر"] * 2, "meta": [meta, None]}), tmp_path / "a.parquet")
    faults = []
    assert list(read_parquet(tmp_path / "a.parquet", faults.append)) == [Article("2", "خبر")]
    assert [fault.line for fault in faults] == [1] and problem in str(faults[0])


def test_meta_data_may_be_columns_of_their_own(tmp_path):
    table = pa.table({"id": ["1", "2"], "text": ["خبر"] * 2, "meta": [{"source": "س"}, None]})
    pq.write_table(table, tmp_path / "a.parquet")
    assert list(read_parquet(tmp_path / "a.parquet")) == [
        Article("1", "خبر", meta={"source": "س"}),
        Article("2", "خبر"),
    ]


def test_what_breaks_inside_the_file_is_told_with_its_place(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS", 2)
    latin = pa.array(["قبل".encode(), "قبل".encode(), b"\xff", b"x"]).view(pa.string())  # text that is not UTF-8
    pq.write_table(pa.table({"id": list("1234"), "text": latin}), tmp_path / "a.parquet")
    write_parquet(tmp_path / "b.parquet", [Article(str(i), "خبر" * 400 + str(i)) for i in range(4)])
    whole = bytearray((tmp_path / "b.parquet").read_bytes())
    whole[4:600] = bytes(596)  # the first pages; the list of them at the end stays
    (tmp_path / "b.parquet").write_bytes(whole)
    for name, read in (("a", ["1", "2"]), ("b", [])):
        faults = []
        assert [a.id for a in read_parquet(tmp_path / f"{name}.parquet", faults.append)] == read
        assert [fault.line for fault in faults] == [len(read) + 1] and "cannot be read on from here" in str(faults[0])
        with pytest.raises(FileError, match="cannot be read on from here"):
            list(read_parquet(tmp_path / f"{name}.parquet"))


def test_half_a_character_is_refused(tmp_path):
    write_parquet(tmp_path / "a.parquet", [SMALL])
    with pytest.raises(RecordError, match="half a character"):
        write_parquet(tmp_path / "a.parquet", [SMALL, Article("b", "\ud800")])
    assert list(read_parquet(tmp_path / "a.parquet")) == [SMALL]  # what was there stays, and nothing beside it
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def test_meta_data_that_json_cannot_hold_are_a_fault_of_their_row(tmp_path):
    meta = [{"date": datetime(2026, 1, 2)}, None]
    pq.write_table(pa.table({"id": ["1", "2"], "text": ["خبر"] * 2, "meta": meta}), tmp_path / "a.parquet")
    faults = []
    assert list(read_parquet(tmp_path / "a.parquet", faults.append)) == [Article("2", "خبر")]
    assert [fault.line for fault in faults] == [1] and "meta: holds what JSON has not" in str(faults[0])
