import pytest

from data.article import Article, Claim
from data.jsonl import FileError
from data.pairs import read_pairs


def read(tmp_path, name, content, **columns):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return list(read_pairs(path, **{"claim": "claim", "text": "article", **columns}))


def test_csv_rows_become_articles_with_a_claim(tmp_path):
    rows = 'claim,article,stance\nصح الخبر,"نفت الوزارة، الخبر\nأمس",Disagree\nصح,نعم,agree\n'
    assert read(tmp_path, "t.csv", rows) == [
        Article("t-1", "نفت الوزارة، الخبر\nأمس", claims=(Claim("صح الخبر", "against"),)),
        Article("t-2", "نعم", claims=(Claim("صح", "favor"),)),
    ]


def test_jsonl_rows_do_too(tmp_path):
    rows = '{"no": 7, "claim": "ك", "article": "نص", "stance": "Unrelated"}\n'
    assert read(tmp_path, "t.jsonl", rows, id="no") == [Article("7", "نص", claims=(Claim("ك", "unrelated"),))]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("claim,article\nك,نص\n", "t.csv:2: has no stance; the columns are claim, article"),
        ("claim,article,stance\nك,نص,maybe\n", "t.csv:2: has the stance 'maybe'; known are agree, favor, "),
    ],
)
def test_a_broken_row_is_named(tmp_path, content, message):
    with pytest.raises(FileError) as error:
        read(tmp_path, "t.csv", content)
    assert message in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileError, match="t.csv: cannot be read .* check the path"):
        list(read_pairs(tmp_path / "t.csv", claim="c", text="t"))
