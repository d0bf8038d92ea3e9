import pytest
from hypothesis import HealthCheck, given, settings

from data.article import Article, Claim, Entity, Span
from data.validation import has_overlaps
from data.words import is_punctuation, sentences, words
from models.tagger import ClaimError, Tagger
from models.torch_runner import TorchRunner
from tests.data.strategies import texts

NEWS = "نفت وزارة الصحة في دمشق الخبر، وقالت: «لا صحة له». #وزارة_الصحة\nورد الناشطون على ذلك."


def spans(article):
    yield from article.entities
    for stance in article.stances:
        yield from (span for span in (stance.cue, stance.holder, stance.target) if span)


def check(article):
    """Spans lie on word edges, entities nest, parts of a frame are apart, everything is scored."""
    edges = words(article.text)
    starts, ends = {w.start for w in edges}, {w.end for w in edges}
    assert all(span.start in starts and span.end in ends for span in spans(article))
    entities = article.entities
    assert not any(a.crosses(b) for i, a in enumerate(entities) for b in entities[i + 1 :])
    for stance in article.stances:
        parts = [span for span in (stance.cue, stance.holder, stance.target) if span]
        assert not any(a.overlaps(b) for i, a in enumerate(parts) for b in parts[i + 1 :])
    assert all(0 <= item.score <= 1 for item in (*entities, *article.stances))


def test_tagging_gives_well_formed_spans(tiny_tagger):
    article = tiny_tagger.tag(NEWS)
    assert article.text == NEWS and article.claims is None
    assert article.entities and article.stances
    check(article)


@given(texts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_text_is_tagged(tiny_tagger, text):
    article = tiny_tagger.tag(text)
    assert article.text == text
    check(article)


@pytest.mark.parametrize("text", ["", " \n", "\u200f\u200f", "\ud800"])
def test_text_without_words_has_nothing(tiny_tagger, text):
    article = tiny_tagger.tag(text)
    assert (article.entities, article.stances) == ((), ())


def test_text_without_arabic_is_tagged_like_any(tiny_tagger):
    check(tiny_tagger.tag("The ministry denied the report. 新闻"))


def test_long_text_is_read_in_windows(tiny_tagger):
    text = NEWS * 30
    assert len(tiny_tagger.windower.windows(text)[1]) > 10
    check(tiny_tagger.tag(text))


def test_a_megabyte_in_one_line(tiny_tagger):
    tiny_tagger.config.entity_labels = tiny_tagger.config.stance_labels = []  # cutting it is what is tested here
    text = "ا" * 1_000_000
    article = tiny_tagger.tag(text)
    assert article.text == text and article.entities is None and article.stances is None


def test_an_article_alone_equals_the_same_article_in_a_batch(tiny_tagger):
    together = tiny_tagger.tag_batch([NEWS, "قال زيد.", NEWS * 9])
    assert [a.id for a in together] == ["text-1", "text-2", "text-3"]
    for article in together:
        alone = tiny_tagger.tag(article.text)
        assert [(e.start, e.end, e.label) for e in alone.entities] == [
            (e.start, e.end, e.label) for e in article.entities
        ]
        assert [(s.label, s.cue, s.holder, s.target) for s in alone.stances] == [
            (s.label, s.cue, s.holder, s.target) for s in article.stances
        ]


def test_articles_keep_id_and_meta_and_lose_old_annotation(tiny_tagger):
    article = Article("a-1", "قال زيد.", (Entity(0, 3, "OLD"),), meta={"source": "s"})
    (tagged,) = tiny_tagger.tag_articles([article])
    assert (tagged.id, tagged.meta) == ("a-1", {"source": "s"})
    assert all(entity.label != "OLD" for entity in tagged.entities)


def test_stream_keeps_the_order(tiny_tagger):
    articles = [Article(str(i), "قال زيد. " * (i % 7)) for i in range(150)]
    assert [a.id for a in tiny_tagger.stream(articles)] == [str(i) for i in range(150)]


def test_no_span_has_punctuation_at_its_edges_unless_the_corpus_has(tiny_tagger):
    def edges():
        article = tiny_tagger.tag(NEWS * 3)
        return [article.text[place] for span in spans(article) for place in (span.start, span.end - 1)]

    assert not any(map(is_punctuation, edges()))
    tiny_tagger.runner.model.config.punctuated = True
    assert any(map(is_punctuation, edges()))


def test_a_flat_model_never_nests(tiny_tagger):
    tiny_tagger.runner.model.config.nested = False
    assert not has_overlaps(tiny_tagger.tag(NEWS).entities)


CLAIM = "الخبر صحيح"


def related(tagger):
    """The tagger, made to find no text unrelated."""
    tagger.runner.model.claims.score.bias.data[3] = -100.0
    return tagger


def test_a_stance_has_evidence_that_slices_sentences(tiny_tagger):
    stance = related(tiny_tagger).stance(CLAIM, NEWS)
    assert stance.claim == CLAIM and stance.label in ("favor", "against", "neutral") and 1 / 3 < stance.score <= 1
    found = [sentence.of(NEWS) for sentence in sentences(NEWS)]
    assert len(found) > 2 and {e.of(NEWS) for e in stance.evidence} <= set(found)
    assert [e.score for e in stance.evidence] == sorted((e.score for e in stance.evidence), reverse=True)


def test_evidence_is_scored_as_the_sentence_alone(tiny_tagger):
    tagger = related(tiny_tagger)
    stance = tagger.stance(CLAIM, NEWS)
    for sentence in stance.evidence:
        alone = tagger.stance(CLAIM, sentence.of(NEWS))
        assert alone.label != stance.label or alone.score == pytest.approx(sentence.score, abs=1e-3)
        assert len(alone.evidence) == 1 and alone.evidence[0].score == alone.score


def test_evidence_is_the_same_however_scores_are_calibrated(tiny_tagger):
    tagger = related(tiny_tagger)
    before = [(e.start, e.end) for e in tagger.stance(CLAIM, NEWS).evidence]
    tagger.runner.model.config.temperatures = {"claims": 0.01}  # rounds every score to 0 or 1
    after = tagger.stance(CLAIM, NEWS).evidence
    assert {e.score for e in after} <= {0.0, 1.0} and len(after) == 3
    assert [(e.start, e.end) for e in after] == before


def test_a_checkpoint_may_itself_be_called_claims(tiny_tagger, tmp_path):
    tiny_tagger.judge = Tagger(tiny_tagger.runner, tiny_tagger.tokenizer)
    tiny_tagger.save_pretrained(tmp_path / "claims")
    assert Tagger.from_pretrained(tmp_path / "claims", "fp32").judge is not None


def test_a_long_text_has_no_more_than_three_sentences_of_evidence(tiny_tagger):
    assert len(related(tiny_tagger).stance(CLAIM, NEWS * 30).evidence) == 3


def test_a_full_stop_or_a_word_alone_is_no_evidence(tiny_tagger):
    text = f". وقال . {NEWS} 2018 / 4 ."
    shown = related(tiny_tagger).stance(CLAIM, text).evidence
    assert {e.of(text) for e in shown} <= {s.of(NEWS) for s in sentences(NEWS)} and len(shown) == 3
    assert [e.of("نعم. لا.") for e in tiny_tagger.stance(CLAIM, "نعم. لا.").evidence] != []


def test_an_unrelated_text_has_no_evidence(tiny_tagger):
    tiny_tagger.runner.model.claims.score.bias.data[3] = 100.0
    stance = tiny_tagger.stance(CLAIM, NEWS)
    assert (stance.label, stance.score, stance.evidence) == ("unrelated", 1.0, ())


def test_a_text_without_words_is_unrelated(tiny_tagger):
    assert tiny_tagger.stance(CLAIM, " \n") == Claim(CLAIM, "unrelated", (), 1.0)


def test_a_pair_alone_equals_the_same_pair_in_a_batch(tiny_tagger):
    pairs = [(CLAIM, NEWS), ("قال زيد", NEWS * 9), (CLAIM, ""), ("قال زيد", "نعم.")] * 20
    together = related(tiny_tagger).stance_batch(pairs)
    assert [c.claim for c in together] == [claim for claim, _ in pairs]
    for pair, found in zip(pairs[:4], together):
        alone = tiny_tagger.stance(*pair)
        assert alone.label == found.label and alone.score == pytest.approx(found.score, abs=1e-3)


@given(texts, texts.filter(words))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_text_is_held_against_any_claim(tiny_tagger, text, claim):
    stance = tiny_tagger.stance(claim, text)
    assert set(Span(e.start, e.end) for e in stance.evidence) <= set(sentences(text)) and 0 <= stance.score <= 1


def test_articles_are_held_against_their_own_claims_or_the_given_ones(tiny_tagger):
    article = Article("a-1", NEWS, claims=(Claim("أ", "favor"), Claim("ب", "favor")))
    (own,) = tiny_tagger.tag_articles([article])
    assert [c.claim for c in own.claims] == ["أ", "ب"] and own.claims[1] == tiny_tagger.stance("ب", NEWS)
    (given,) = tiny_tagger.tag_articles([article], claims=[CLAIM])
    assert [c.claim for c in given.claims] == [CLAIM]
    check(given)


@pytest.mark.parametrize("claim", ["", " \n"])
def test_a_claim_without_words_is_refused(tiny_tagger, claim):
    with pytest.raises(ClaimError, match=r"claim: .* has no words; give a sentence"):
        tiny_tagger.stance(claim, NEWS)


def test_a_claim_of_an_article_that_cannot_be_judged_stops_no_other_article(tiny_tagger):
    articles = [
        Article("a", NEWS, claims=(Claim("\u200f", "favor"),)),
        Article("b", NEWS, claims=(Claim("أ", "favor"),)),
    ]
    told = []
    first, second = tiny_tagger.stream(articles, on_fault=lambda article, error: told.append((article.id, str(error))))
    assert first == Article("a", NEWS) and [c.claim for c in second.claims] == ["أ"]
    assert told == [("a", "claim: '\\u200f' has no words; give a sentence")]
    with pytest.raises(ClaimError):
        list(tiny_tagger.stream(articles, [" "], on_fault=lambda *_: None))


def test_a_checkpoint_without_claims_head_says_so(tiny_tagger):
    tiny_tagger.config.claim_labels = []
    with pytest.raises(ClaimError, match="this checkpoint has no claims head; train on articles with claims"):
        tiny_tagger.tag_articles([Article("a", NEWS)], claims=[CLAIM])
    (tagged,) = tiny_tagger.tag_articles([Article("a", NEWS, claims=(Claim(CLAIM, "favor"),))])
    assert tagged.claims is None


def test_a_saved_checkpoint_tags_the_same(tiny_tagger, tmp_path):
    tiny_tagger.save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").is_file() and not list(tmp_path.glob("*.bin"))
    again = Tagger.from_pretrained(tmp_path, precision="fp32", device="cpu")
    assert again.tag(NEWS) == tiny_tagger.tag(NEWS)


def test_an_unknown_precision_is_refused(tiny_tagger):
    with pytest.raises(ValueError, match="precision: 'fp8' is unknown; use auto, fp32 or bf16"):
        TorchRunner(tiny_tagger.runner.model, "fp8")


def test_a_model_with_one_head_tags_its_layer_alone(tiny_tagger):
    tiny_tagger.config.stance_labels = tiny_tagger.config.claim_labels = []
    model = tiny_tagger.runner.model
    model.cues = model.roles = model.claims = None
    article = tiny_tagger.tag(NEWS)
    assert article.entities and article.stances is None and article.claims is None
