import pytest

from data.article import Article, Claim, Evidence
from evaluation.claims import claim_scores, claim_tallies


def pairs(*rows):
    """(claim, gold label, predicted label or None) → (gold, predicted) articles."""
    return [
        (
            Article(str(i), "خبر", claims=(Claim(claim, gold),)),
            Article(str(i), "خبر", claims=None if ours is None else (Claim(claim, ours),)),
        )
        for i, (claim, gold, ours) in enumerate(rows)
    ]


def scores(found):
    return claim_scores(claim_tallies(found))


def test_hand_checked():
    result = scores(
        pairs(
            ("أ", "favor", "favor"),
            ("ب", "favor", "against"),
            ("ج", "against", "against"),
            ("د", "neutral", "favor"),
            ("ه", "against", "unrelated"),
        )
    )
    assert (result["claims"], result["accuracy"]) == (5, pytest.approx(0.4))
    # favor and against: one of two predicted, one of two gold; neutral: nothing. Gold has no unrelated.
    assert {label: row["f1"] for label, row in result["labels"].items()} == {"favor": 0.5, "against": 0.5, "neutral": 0}
    assert result["labels"]["favor"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "predicted": 2, "gold": 2}
    assert result["macro_f1"] == pytest.approx(1 / 3)
    assert "favor_against_f1" not in result


def test_a_claim_that_was_not_judged_is_wrong():
    result = scores(pairs(("أ", "favor", None), ("ب", "favor", "favor")))
    assert result["accuracy"] == 0.5 and result["labels"]["favor"]["recall"] == 0.5


def test_claims_are_matched_by_their_text():
    gold = Article("a", "خبر", claims=(Claim("أ", "favor"), Claim("ب", "against")))
    ours = Article("a", "خبر", claims=(Claim("ب", "against"), Claim("أ", "favor")))
    assert scores([(gold, ours)])["accuracy"] == 1.0


def test_targets_count_alike_in_the_mean_of_favor_and_against():
    result = scores(
        pairs(
            *[("لقاح", "favor", "favor")] * 8,
            *[("لقاح", "against", "against")] * 8,
            *[("لقاح", "neutral", "neutral")] * 4,
            *[("عمل", "favor", "favor")] * 3,
            *[("عمل", "against", "favor")] * 3,
        )
    )
    # لقاح: favor 1, against 1. عمل: favor has precision 1/2 and recall 1, F1 2/3; against 0. Neutral is not counted.
    assert result["favor_against_f1"] == pytest.approx((1 + (2 / 3 + 0) / 2) / 2)


def test_articles_without_claims_score_nothing():
    assert scores([(Article("a", "خبر", claims=()), Article("a", "خبر"))])["macro_f1"] == 0.0


def test_evidence_is_matched_by_sentence():
    def held(*evidence):
        return Article("a", "نعم. لا. ربما.", claims=(Claim("أ", "favor", evidence), Claim("ب", "unrelated")))

    first, second, third = Evidence(0, 4), Evidence(5, 8), Evidence(9, 14)
    result = scores([(held(second, first), held(first, third)), (held(second), held(third, second))])
    # found are one of two and one of one; predicted are four, gold three; the first sentence is right once
    assert result["evidence_f1"] == pytest.approx(2 * (2 / 4) * (2 / 3) / (2 / 4 + 2 / 3))
    assert result["first_evidence"] == 0.5
    missing = scores([(held(first), Article("a", "نعم. لا. ربما."))])
    assert missing["evidence_f1"] == missing["first_evidence"] == 0.0
    assert "evidence_f1" not in scores([(held(), held(first))])
