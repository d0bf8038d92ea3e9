from data.article import Article, Claim, Evidence
from data.passages import WORDS, passages

FOUND = "وصلت القافلة إلى المدينة."
DENIED = "نفى المحافظ وصول القافلة."
TRADE = "ارتفعت أسعار القمح."
SPORT = "فاز فريق البلدة بالكأس."
TEXT = " ".join([FOUND, DENIED, TRADE, SPORT])


def held(*claims, text=TEXT):
    return [(p.text, p.claims) for p in passages([Article("a", text, claims=claims)])]


def evidence(sentence, text=TEXT):
    return Evidence(text.index(sentence), text.index(sentence) + len(sentence))


def test_a_claim_stands_beside_its_evidence_and_is_unrelated_to_a_sentence_far_from_it():
    claim = Claim("القافلة لم تصل", "against", (evidence(FOUND), evidence(DENIED)))
    (near, labelled), (far, unrelated) = held(claim)
    assert f"{FOUND} {DENIED}" in near and TEXT.startswith(near)
    assert labelled == (Claim("القافلة لم تصل", "against"),)
    assert far == SPORT and unrelated == (Claim("القافلة لم تصل", "unrelated"),)


def test_a_sentence_that_shares_two_words_with_the_claim_is_not_taken_for_unrelated():
    claim = Claim("فاز فريق العاصمة", "neutral", (evidence(FOUND),))
    assert [labels[0].label for _, labels in held(claim)] == ["neutral", "unrelated"]
    assert [text for text, _ in held(claim)][1] == TRADE


def test_an_unrelated_claim_stands_beside_the_sentence_most_like_it():
    found = held(Claim("ارتفعت أسعار النفط", "unrelated"))
    assert any(TRADE in text for text, _ in found)
    assert {labels for _, labels in found} == {(Claim("ارتفعت أسعار النفط", "unrelated"),)}


def test_evidence_is_kept_whole_and_widened_up_to_a_number_of_words():
    long = " ".join(["كلمة"] * WORDS) + "."
    text = f"{FOUND} {long} {DENIED}"
    assert held(Claim("زعم", "favor", (evidence(long, text),)), text=text) == [(long, (Claim("زعم", "favor"),))]


def test_claims_without_evidence_and_articles_without_claims_give_nothing():
    assert held(Claim("زعم", "favor")) == []
    assert list(passages([Article("a", TEXT)])) == []


def test_the_same_articles_give_the_same_passages_with_ids_of_their_own():
    articles = [Article("a", TEXT, claims=(Claim("زعم", "favor", (evidence(FOUND),)), Claim("قول", "unrelated")))]
    found = list(passages(articles))
    assert found == list(passages(articles))
    assert [p.id for p in found] == [f"a-{i + 1}" for i in range(len(found))]
