"""Hypothesis strategies for Articles: hostile text, nested entities, frames, claims, unknown layers."""

from hypothesis import strategies as st

from data.article import CLAIM_LABELS, STANCE_LABELS, Article, Claim, Entity, Evidence, Span, Stance

MARKS = list("[]\\|^-#>?@nr12 \t\n\r\u2028\x85")
ARABIC = list("قالًـﷺﻻ،؟٣«»”._👍🏽🇸\u200f\u200d\ufeff")
characters = st.sampled_from(MARKS + ARABIC) | st.characters(exclude_categories=["Cs"])
lines = st.sampled_from(["### ", ">>> ", "??? ", "###", "- ", "[ORG ", "قال ", "قال ", "نفى "])
texts = st.lists(characters | lines, max_size=25).map("".join)
# With half characters and controls too, which no file in UTF-8 holds but any string may.
broken = st.sampled_from("\ud800\udfff\u202e\u2067\u2069\u200d\u200c\u0600\u064b\ufeff\x00") | st.characters()
broken_texts = st.lists(characters | broken | lines, max_size=25).map("".join)
scores = st.none() | st.floats(0, 1)
labels = st.sampled_from(["ORG", "GPE", "PERS"]) | st.text("ABCابت_.-#>", min_size=1, max_size=4)
metas = st.dictionaries(
    texts,
    st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner, max_size=2)),
    max_size=2,
)


@st.composite
def spans(draw, text: str) -> Span:
    start = draw(st.integers(0, len(text) - 1))
    return Span(start, draw(st.integers(start + 1, len(text))))


@st.composite
def articles(draw, texts=texts, labels=labels, scores=st.none(), claims=True, meta=True, nested=True) -> Article:
    """An article whose entities never cross; without ``nested`` they never overlap either."""
    text = draw(texts)
    span = spans(text) if text else st.nothing()

    def layer(item):
        return draw(st.none() | st.lists(item, max_size=4 if text else 0))

    entities = layer(st.builds(lambda s, label, score: Entity(s.start, s.end, label, score), span, labels, scores))
    if entities is not None:
        clash = Span.crosses if nested else Span.overlaps
        entities = [e for i, e in enumerate(entities) if not any(clash(e, other) for other in entities[:i])]
    role = st.none() | span
    evidence = st.builds(lambda s, score: Evidence(s.start, s.end, score), span, scores)
    evidence = st.lists(evidence, max_size=2).map(tuple)
    return Article(
        draw(st.text(characters, min_size=1, max_size=6).filter(str.strip)),
        text,
        entities,
        layer(st.builds(Stance, st.sampled_from(STANCE_LABELS), span, role, role, scores)),
        layer(st.builds(Claim, texts.filter(str.strip), st.sampled_from(CLAIM_LABELS), evidence, scores))
        if claims
        else None,
        draw(metas) if meta else {},
    )
