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


def long(word):
    """A sentence too long to stand in a passage with another like it."""
    return " ".join([word] * (WORDS // 2 + 1)) + "."


def test_an_unrelated_claim_stands_beside_the_sentence_most_like_it():
    text = " ".join([long("قافلة"), long("قمح"), long("نفط"), long("كأس")])
    found = held(Claim("ارتفع سعر نفط اليوم", "unrelated"), text=text)
    assert long("نفط") in [text for text, _ in found] and 1 <= len(found) <= 2
    assert {labels for _, labels in found} == {(Claim("ارتفع سعر نفط اليوم", "unrelated"),)}


def test_a_passage_goes_from_the_first_sentence_of_evidence_to_the_last():
    text = " ".join([long("قافلة"), long("قمح"), long("نفط"), long("كأس")])
    spans = Evidence(text.index("قمح"), text.index("كأس") - 1)  # over two sentences
    assert held(Claim("زعم", "favor", (spans,)), text=text)[0][0] == " ".join([long("قمح"), long("نفط")])


def test_passages_are_widened_but_not_beyond_a_number_of_words():
    text = " ".join(f"جملة رقم {i}." for i in range(40))
    claims = [Claim(f"زعم {i}", "favor", (evidence(f"جملة رقم {i}.", text),)) for i in range(40)]
    words = [len(text.split()) for text, labels in held(*claims, text=text) if labels[0].label == "favor"]
    assert min(words) == 3 and 12 < max(words) <= WORDS


def test_a_text_without_sentences_gives_nothing():
    assert held(Claim("زعم", "unrelated"), Claim("قول", "favor"), text=" \n") == []


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
