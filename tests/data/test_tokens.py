import pytest

from data.article import Article, Entity
from data.jsonl import FileError
from data.tables import Row
from data.tokens import read_tokens


def test_rows_of_tokens_become_articles():
    rows = [Row({"tokens": ["زار", "عمر", "حلب"], "ner_tags": ["O", "B-PER", "B-LOC"]}, "t", 1)]
    assert list(read_tokens(rows, "w", {"PER": "PERS"})) == [
        Article("w-1", "زار عمر حلب", [Entity(4, 7, "PERS"), Entity(8, 11, "LOC")])
    ]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"tokens": ["نعم"]}, "t:3: has no tokens and ner_tags of the same length"),
        ({"tokens": ["نعم", "لا"], "ner_tags": ["O"]}, "t:3: has no tokens and ner_tags of the same length"),
        ({"tokens": [2018], "ner_tags": ["O"]}, "t:3: has no tokens and ner_tags of the same length"),
        ({"tokens": ["نعم"], "ner_tags": [1]}, "t:3: has a tag that is not O, B-TYPE or I-TYPE: 1"),
    ],
)
def test_a_broken_row_is_named(values, message):
    with pytest.raises(FileError) as error:
        list(read_tokens([Row(values, "t", 3)], "w", {}))
    assert message in str(error.value)
