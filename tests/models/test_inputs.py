import gzip
import tracemalloc

import pytest

from data import jsonl
from data.article import Article
from data.jsonl import to_line, write_jsonl
from data.parquet import write_parquet
from models.inputs import changes, count_inputs, read_inputs

ARTICLES = [Article(str(i), f"خبر {i}") for i in range(3)]


@pytest.fixture
def files(tmp_path):
    write_jsonl(tmp_path / "a.jsonl", ARTICLES)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes()))
    write_parquet(tmp_path / "c.parquet", ARTICLES)
    (tmp_path / "texts").mkdir()
    for name in ("2.txt", "1.txt", "readme.md"):
        (tmp_path / "texts" / name).write_text(f"خبر {name}", encoding="utf-8")
    return [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl.gz", "c.parquet", "texts")]


def test_every_kind_of_file_is_read_in_order(files):
    found, faults = [], []
    found = list(read_inputs(files, faults.append))
    assert found == [*ARTICLES * 3, Article("1", "خبر 1.txt"), Article("2", "خبر 2.txt")] and faults == []
    assert count_inputs(files) == 11


def test_a_folder_stands_for_all_such_files_in_it_but_those_of_faults(files, tmp_path):
    (tmp_path / "a.jsonl.faults.jsonl").write_text('{"file": "a"}\n')
    (tmp_path / "D.TXT").write_text("خبر", encoding="utf-8")
    faults = []
    assert list(read_inputs([str(tmp_path)], faults.append)) == [Article("D", "خبر"), *ARTICLES * 3]
    assert faults == [] and count_inputs([str(tmp_path)]) == 10


def test_files_of_other_kinds_and_folders_of_none_are_named(tmp_path):
    names = ["a.csv", "b.json", "c.ndjson", "empty"]
    for name in names[:3]:
        (tmp_path / name).write_text("خبر", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "letter").write_text("خبر", encoding="utf-8")
    faults = []
    found = list(read_inputs([str(tmp_path / name) for name in [*names, "letter"]], faults.append))
    assert found == [Article("letter", "خبر")]
    assert [fault.problem for fault in faults] == [
        *["is of no kind that is read here; give .jsonl, .jsonl.gz, .parquet, .txt"] * 3,
        "holds no .jsonl, .jsonl.gz, .parquet, .txt; name the files",
    ]


def test_broken_files_are_named_and_the_rest_is_read(files, tmp_path):
    whole = gzip.compress("".join(map(to_line, ARTICLES)).encode())
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[:-12])
    (tmp_path / "no.jsonl.gz").write_bytes(b"no gzip")
    (tmp_path / "no.parquet").write_bytes(b"no parquet")
    paths = [str(tmp_path / name) for name in ("cut.jsonl.gz", "no.jsonl.gz", "no.parquet", "none.txt", "a.jsonl")]
    faults = []
    found = list(read_inputs(paths, faults.append))
    assert found[-3:] == ARTICLES
    assert [(f.path, f.line) for f in faults if f.path != paths[0]] == [
        (paths[1], 1),
        (paths[2], None),
        (paths[3], None),
    ]
    assert "cannot be read on from here" in str(faults[0])
    assert count_inputs(paths) == 3


def test_an_endless_line_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonl, "LONGEST", 100)
    path = tmp_path / "a.jsonl"
    path.write_text("x" * 1000 + "\n" + to_line(ARTICLES[0]) + "y" * 250, encoding="utf-8")
    faults = []
    assert list(read_inputs([str(path)], faults.append)) == ARTICLES[:1]
    assert [fault.line for fault in faults] == [1, 3] and "is longer than 0 MiB" in str(faults[0])


def test_counting_articles_holds_no_endless_line_either(tmp_path):
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(64):
            stream.write(b"x" * (1 << 20))
        stream.write(b"\n" + to_line(ARTICLES[0]).encode())
    tracemalloc.start()
    assert count_inputs([str(path)]) == 2
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_lines_are_counted_as_they_are_read(tmp_path):
    path = tmp_path / "a.jsonl"
    for content, count in (("", 0), ("{}\n \n{}", 2), ("\n\n", 0), ("{}\n", 1), (" " * (3 << 20) + "{}\n", 1)):
        path.write_text(content)
        assert count_inputs([str(path)]) == count


def test_a_text_file_with_a_blank_name_is_named_in_full(tmp_path):
    (tmp_path / " .txt").write_text("خبر", encoding="utf-8")
    assert list(read_inputs([str(tmp_path)], print)) == [Article(" .txt", "خبر")]


def test_a_changed_file_is_told(files, tmp_path):
    before = changes(files)
    assert changes(files) == before and len(before) == 5
    with open(tmp_path / "a.jsonl", "a") as stream:
        stream.write("\n")
    assert changes(files) != before
