import pytest

from data.article import Article, Entity
from data.formats import FORMATS, format_of
from data.jsonl import FileError


@pytest.mark.parametrize(
    "path, name",
    [
        ("a/b.jsonl", "jsonl"),
        ("b.parquet", "parquet"),
        ("b.txt", "inline"),
        ("b.conll", "conll"),
        ("b.wojood", "wojood"),
        ("b.json", "label-studio"),
        ("b.doccano.jsonl", "doccano"),
    ],
)
def test_a_format_is_known_by_its_ending(path, name):
    assert format_of(path).name == name


def test_a_format_s_name_wins_over_the_ending():
    assert format_of("train.txt", "wojood").name == "wojood"


def test_an_unknown_ending_is_refused_with_the_known_names():
    with pytest.raises(
        FileError, match=r"a.xml: is of no known format; name one of jsonl \(.jsonl\), parquet \(.parquet\), inline "
    ):
        format_of("a.xml")
    with pytest.raises(FileError):
        format_of("a.jsonl", "xml")


def test_a_folder_is_brat_s(tmp_path):
    assert format_of(tmp_path).name == format_of("new/").name == format_of("a.ann").name == "brat"


def test_names_and_endings_are_unique():
    endings = [ending for format in FORMATS for ending in format.endings]
    assert len(set(endings)) == len(endings) and len({format.name for format in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
def test_every_format_gives_back_what_it_was_given(format, tmp_path):
    path = tmp_path / f"out{format.endings[0]}"
    article = Article("out-1", "زار زيد دمشق", [Entity(4, 7, "PERS"), Entity(8, 12, "GPE")])
    format.write(path, [article])
    found = []
    assert list(format_of(path).read(path, found.append)) == [article] and found == []
