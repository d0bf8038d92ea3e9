import pytest

from data.article import Article, Claim
from data.jsonl import FileError
from data.pairs import read_pairs
from data.tables import Row


def read(*values, **columns):
    rows = [Row(value, "t.csv", line) for line, value in enumerate(values, 2)]
    return list(read_pairs(rows, "t", claim="claim", text="article", **columns))


def test_rows_become_articles_with_a_claim():
    assert read(
        {"claim": "صح الخبر", "article": "نفت الوزارة، الخبر\nأمس", "stance": "Disagree"},
        {"claim": "صح", "article": "نعم", "stance": " agree"},
    ) == [
        Article("t-1", "نفت الوزارة، الخبر\nأمس", claims=(Claim("صح الخبر", "against"),)),
        Article("t-2", "نعم", claims=(Claim("صح", "favor"),)),
    ]


def test_a_rows_own_id_is_kept():
    row = {"no": 7, "claim": "ك", "article": "نص", "stance": "Unrelated"}
    assert read(row, id="no") == [Article("t-7", "نص", claims=(Claim("ك", "unrelated"),))]


def test_claims_may_be_read_in_other_words():
    rows = [{"claim": claim, "article": "نص", "stance": "favor"} for claim in ("Peace", "Trade")]
    assert [a.claims[0].claim for a in read(*rows, claims={"Peace": "السلام"})] == ["السلام", "Trade"]


def test_a_claim_may_have_many_texts():
    row = {"claim": "ك", "article": ["نص", "نص آخر"], "stance": ["Discuss", "Other"]}
    assert read(row) == [
        Article("t-1-1", "نص", claims=(Claim("ك", "neutral"),)),
        Article("t-1-2", "نص آخر", claims=(Claim("ك", "unrelated"),)),
    ]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"claim": "ك", "article": "نص", "stance": None}, "t.csv:2: has no stance; the columns are claim, article, "),
        ({"claim": "ك", "stance": "agree"}, "t.csv:2: has no article; the columns are claim, stance"),
        ({"claim": " ", "article": "نص", "stance": "agree"}, "t.csv:2: has the claim ' '; give a sentence"),
        ({"claim": ["ك"], "article": "نص", "stance": "agree"}, "t.csv:2: has the claim ['ك']; give a sentence"),
        ({"claim": "ك", "article": [None], "stance": ["agree"]}, "t.csv:2: article and stance are neither one text"),
        ({"claim": "ك", "article": "نص", "stance": "maybe"}, "t.csv:2: has the stance 'maybe'; known are agree, favor"),
        ({"claim": "ك", "article": ["نص"], "stance": [3]}, "t.csv:2: has the stance 3; known are agree, favor, "),
        ({"claim": "ك", "article": ["نص"], "stance": []}, "t.csv:2: article and stance are neither one text each nor"),
        ({"claim": "ك", "article": ["نص"], "stance": "agree"}, "t.csv:2: article and stance are neither one text"),
    ],
)
def test_a_broken_row_is_named(values, message):
    with pytest.raises(FileError) as error:
        read(values)
    assert message in str(error.value)
