import json

import datasets
import pytest

from data.jsonl import FileError
from data.tables import Row, read_hub, read_rows

TOKENS = datasets.Features(
    {
        "tokens": datasets.List(datasets.Value("string")),
        "ner_tags": datasets.List(datasets.ClassLabel(names=["O", "B-PER"])),
    }
)


def save(path, content):
    path.write_text(content, encoding="utf-8")
    return path


def parquet(path, tags=(1, 0)):
    datasets.Dataset.from_list([{"tokens": ["عمر", "هنا"], "ner_tags": list(tags)}], features=TOKENS).to_parquet(path)
    return path


@pytest.mark.parametrize(
    ("name", "content", "lines"),
    [
        ("t.csv", 'a,b\n"نص\nآخر",2\nx,y\n', [({"a": "نص\nآخر", "b": "2"}, 3), ({"a": "x", "b": "y"}, 4)]),
        ("t.jsonl", '{"a": 1}\n\n{"a": 2}\n', [({"a": 1}, 1), ({"a": 2}, 3)]),
        ("t.json", '{"a": ["نص"]}', [({"a": ["نص"]}, None)]),
        ("t.json", '[{"a": 1}, {"a": 2}]', [({"a": 1}, None), ({"a": 2}, None)]),
    ],
)
def test_rows_of_every_form_are_read_with_their_lines(tmp_path, name, content, lines):
    path = save(tmp_path / name, content)
    assert list(read_rows(path)) == [Row(values, path, line) for values, line in lines]


def test_parquet_classes_are_given_by_name(tmp_path):
    path = parquet(tmp_path / "t.parquet")
    assert list(read_rows(path)) == [Row({"tokens": ["عمر", "هنا"], "ner_tags": ["B-PER", "O"]}, path, 1)]


def test_a_dataset_is_read_by_its_id(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "some-dataset"
    folder.mkdir()
    parquet(folder / "test-00000-of-00001.parquet")
    rows = list(read_hub(str(folder), None, "test"))
    assert rows == [Row({"tokens": ["عمر", "هنا"], "ner_tags": ["B-PER", "O"]}, str(folder), 1)]
    with pytest.raises(FileError, match="some-dataset: split dev cannot be loaded from the hub .* name its folder"):
        list(read_hub(str(folder), None, "dev"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.json", "{", "t.json: is not JSON"),
        ("t.json", "[" * 100_000, "t.json: is not JSON"),
        ("t.jsonl", "[1]\n", "t.jsonl:1: is not an object"),
        ("t.parquet", "no", "t.parquet: cannot be read as Parquet"),
    ],
)
def test_files_of_another_form_are_named(tmp_path, name, content, message):
    with pytest.raises(FileError) as error:
        list(read_rows(save(tmp_path / name, content)))
    assert message in str(error.value)


def test_a_missing_or_undecodable_csv_is_named(tmp_path):
    with pytest.raises(FileError, match="t.json: cannot be read .* check the path"):
        list(read_rows(tmp_path / "t.json"))
    with pytest.raises(FileError, match="t.csv: cannot be read .* check the path"):
        list(read_rows(tmp_path / "t.csv"))
    (tmp_path / "t.csv").write_bytes(b"a\n\xff\n")
    with pytest.raises(FileError, match="t.csv: is not CSV in UTF-8"):
        list(read_rows(tmp_path / "t.csv"))


def test_a_class_without_a_name_is_named(tmp_path):
    path = tmp_path / "t.parquet"
    table = parquet(path)
    import pyarrow.parquet as pq

    raw = pq.read_table(table)
    raw = raw.set_column(1, raw.schema.field(1), [[[1, 7]]])
    pq.write_table(raw, path)
    with pytest.raises(FileError, match=r"t.parquet:1: has the ner_tags \[1, 7\], which has no name"):
        list(read_rows(path))


def test_json_strings_keep_their_characters(tmp_path):
    text = "قـــال 😀 \u202b\ufefb"
    path = save(tmp_path / "t.jsonl", json.dumps({"a": text}) + "\n")
    assert next(read_rows(path)).values["a"] == text
