from data.article import Article, Claim
from data.unrelated import with_claims_of, with_unrelated

FIRST = Article(
    "1", "نفت الوزارة الخبر.", claims=(Claim("الوزارة تنفي الخبر", "favor"), Claim("سقوط طائرة", "unrelated"))
)
SECOND = Article("2", "فاز الفريق.", claims=(Claim("الفريق يخسر", "against"),))
UNKNOWN = Article("3", "نص")


def test_claims_of_articles_before_are_unrelated_unless_they_were():
    held = list(with_unrelated([FIRST, UNKNOWN, SECOND], 3))
    assert held[:2] == [FIRST, UNKNOWN]
    assert held[2].claims == (*SECOND.claims, Claim("الوزارة تنفي الخبر", "unrelated"))


def test_no_more_than_asked_for_and_the_same_each_time():
    articles = [
        Article(str(i), "نص", claims=(Claim(f"قول {i}", "favor"), Claim(f"زعم {i}", "neutral"))) for i in range(9)
    ]
    held = list(with_unrelated(articles, 2))
    assert [len(article.claims) for article in held] == [2] + [4] * 8
    assert held == list(with_unrelated(articles, 2))
    for article, before in zip(held, articles):
        drawn = article.claims[2:]
        assert len({claim.claim for claim in drawn}) == len(drawn)
        assert all(claim.label == "unrelated" and claim.evidence == () for claim in drawn)
        assert not {claim.claim for claim in drawn} & {claim.claim for claim in before.claims}


def test_a_claim_of_its_own_or_drawn_before_is_not_drawn():
    same, other = Claim("تمكين المرأة", "favor"), Claim("لقاح كورونا", "against")
    articles = [Article(str(i), "نص", claims=(claim,)) for i, claim in enumerate([same, same, other, same])]
    drawn = [[claim.claim for claim in article.claims[1:]] for article in with_unrelated(articles, 3)]
    assert drawn == [[], [], ["تمكين المرأة"], ["لقاح كورونا"]]


def test_claims_of_elsewhere_are_unrelated_also_to_articles_without_claims():
    claims = ["الوزارة تنفي الخبر", "زعم", "قول"]
    first, unknown = with_claims_of([FIRST, UNKNOWN], claims, 3)
    assert first.claims[:2] == FIRST.claims and {c.claim for c in first.claims[2:]} == {
        "زعم",
        "قول",
    }  # its own is not drawn
    assert sorted(c.claim for c in unknown.claims) == sorted(claims)
    assert {c.label for c in unknown.claims} == {"unrelated"}
    few = [[c.claim for c in article.claims] for article in with_claims_of([UNKNOWN] * 20, claims, 1)]
    assert {len(drawn) for drawn in few} == {1} and {drawn[0] for drawn in few} == set(claims)
    assert few == [[c.claim for c in article.claims] for article in with_claims_of([UNKNOWN] * 20, claims, 1)]
