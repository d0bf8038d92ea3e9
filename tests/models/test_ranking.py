from data.article import Article, Claim, Evidence
from models.ranking import Rank, print_ranking


def held(id, label, score, *evidence):
    return Article(id, "نعم. لا [صحة] له.", claims=(Claim("خبر", label, evidence, score),))


ARTICLES = [
    held("a", "unrelated", 0.9),
    held("b", "against", 0.6, Evidence(5, 17, 0.7), Evidence(0, 4, 0.1)),
    held("c", "favor", 0.5),
    held("d", "against", 0.8),
    held("e", "neutral", 0.7),
    held("f", "favor", 0.9),
]


def test_articles_for_come_before_those_against_and_the_surest_first():
    assert [rank.id for rank in sorted(map(Rank.of, ARTICLES), key=lambda rank: rank.order)] == [
        "f",
        "c",
        "d",
        "b",
        "e",
        "a",
    ]


def test_the_ranking_shows_the_clearest_sentence(capsys):
    print_ranking(map(Rank.of, ARTICLES[1::-1]))
    second, first = [line for line in capsys.readouterr().err.splitlines() if "0." in line]
    assert [cell.strip() for cell in first.strip("│").split("│")] == ["unrelated", "0.90", "a", ""]
    assert [cell.strip() for cell in second.strip("│").split("│")] == ["against", "0.60", "b", "لا [صحة] له."]
