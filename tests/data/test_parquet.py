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


def test_half_a_character_is_refused(tmp_path):
    with pytest.raises(RecordError, match="half a character"):
        write_parquet(tmp_path / "a.parquet", [SMALL, Article("b", "\ud800")])
