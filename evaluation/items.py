"""What was right and what was wrong, an entity or frame a row, to be counted by what they are like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pandas as pd
import regex
import snowballstemmer

from data.article import Article, Entity
from data.validation import overlapping
from data.words import bare, words

from .mistakes import entity_mistakes
from .pairing import Pair

pd.set_option("mode.string_storage", "python")  # Arrow's strings hold no half characters, which texts may have

NOTHING = "–"  # in the place of a label that one side lacks
MOST = 4  # words and more are one group
_STEMMER = snowballstemmer.stemmer("arabic")
_HASHTAG = regex.compile(r"#[\p{L}\p{M}\p{N}_]+")
_PREFIX = regex.compile(r"[وف]?[بكل]|[وف]")
_PREFIX_AND_ARTICLE = regex.compile(r"([وف]?[بك]|[وف])ال|[وف]?لل")


def entity_items(pairs: Iterable[Pair], training: Iterable[Article] | None = None) -> pd.DataFrame:
    """The gold entities.

    Args:
        training: the articles that the system was trained on, if they are known.

    Returns:
        Columns ``label``, ``found`` (span and type are right), ``words`` (its length), ``nesting`` (entities around
        it), ``hashtag`` (it lies in one), ``prefix`` (a conjunction or preposition is written onto its first word, as
        far as the article ال or another mention without it shows), and, where ``training`` is given, ``training``:
        whether its text, without diacritics, was seen there with its type, with other types only, or never.
    """
    pairs = [pair for pair in pairs if pair[0].entities is not None]
    seen = None if training is None else _labels_by_text(training)
    first_words = {_words(entity, gold)[0] for gold, _ in pairs for entity in gold.entities}
    rows = []
    for gold, predicted in pairs:
        right = {(e.span, e.label) for e in predicted.entities or ()}
        outer = Counter(id(inner) for around, inner in overlapping(gold.entities) if around.covers(inner))
        hashtags = [match.span() for match in _HASHTAG.finditer(gold.text)]
        for entity in gold.entities:
            own = _words(entity, gold)
            row = {
                "label": entity.label,
                "found": (entity.span, entity.label) in right,
                "words": str(len(own)) if len(own) < MOST else f"{MOST} and more",
                "nesting": f"inside {outer[id(entity)]}" if outer[id(entity)] else "outermost",
                "hashtag": "in a hashtag" if any(s <= entity.start < e for s, e in hashtags) else "elsewhere",
                "prefix": "with a prefix" if _has_prefix(own[0], first_words) else "without",
            }
            if seen is not None:
                labels = seen.get(bare(entity.of(gold.text)), ())
                row["training"] = "seen" if entity.label in labels else "seen with other types" if labels else "unseen"
            rows.append(row)
    return pd.DataFrame(rows)


def mistake_items(pairs: Iterable[Pair]) -> pd.DataFrame:
    """The entities that are not right, see ``entity_mistakes``: ``article``, ``kind``, ``gold`` and ``predicted`` type."""
    rows = [
        {
            "article": m.article,
            "kind": m.kind,
            "gold": m.gold.label if m.gold else NOTHING,
            "predicted": m.predicted.label if m.predicted else NOTHING,
        }
        for gold, predicted in pairs
        if gold.entities is not None
        for m in entity_mistakes(gold, predicted)
    ]
    return pd.DataFrame(rows, columns=["article", "kind", "gold", "predicted"])


def cue_items(pairs: Iterable[Pair]) -> pd.DataFrame:
    """The cues of either side: ``stem``, and the polarity that each side gives the span, in ``gold`` and ``predicted``.

    The stem is Snowball's of the cue's last word without diacritics, which joins most forms of a verb with each other.
    """
    rows = []
    for gold, predicted in pairs:
        if gold.stances is None:
            continue
        sides = [{s.cue: s.label for s in article.stances or ()} for article in (gold, predicted)]
        for cue in sorted(sides[0].keys() | sides[1].keys()):
            bared = bare(cue.of(gold.text)).split()  # empty for a cue of marks or white space alone
            stem = _STEMMER.stemWord(bared[-1]) if bared else cue.of(gold.text)
            rows.append({"stem": stem, "gold": sides[0].get(cue, NOTHING), "predicted": sides[1].get(cue, NOTHING)})
    return pd.DataFrame(rows, columns=["stem", "gold", "predicted"])


def frame_items(pairs: Iterable[Pair]) -> pd.DataFrame:
    """The gold frames: ``label``, and whether the prediction has the ``cue`` (with polarity) and, given that, a frame
    of it with the right ``holder``, the right ``target``."""
    rows = []
    for gold, predicted in pairs:
        for stance in gold.stances or ():
            ours = [s for s in predicted.stances or () if (s.cue, s.label) == (stance.cue, stance.label)]
            rows.append(
                {
                    "label": stance.label,
                    "cue": bool(ours),
                    "holder": any(s.holder == stance.holder for s in ours),
                    "target": any(s.target == stance.target for s in ours),
                }
            )
    return pd.DataFrame(rows, columns=["label", "cue", "holder", "target"])


def claim_items(pairs: Iterable[Pair]) -> pd.DataFrame:
    """The gold claims: the ``gold`` and the ``predicted`` stance."""
    rows = []
    for gold, predicted in pairs:
        theirs = {c.claim: c.label for c in predicted.claims or ()}
        rows += [{"gold": c.label, "predicted": theirs.get(c.claim, NOTHING)} for c in gold.claims or ()]
    return pd.DataFrame(rows, columns=["gold", "predicted"])


def _labels_by_text(articles: Iterable[Article]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for article in articles:
        for entity in article.entities or ():
            found.setdefault(bare(entity.of(article.text)), set()).add(entity.label)
    return found


def _words(entity: Entity, article: Article) -> list[str]:
    text = bare(entity.of(article.text))
    return [word.of(text) for word in words(text)] or [text]


def _has_prefix(word: str, others: set[str]) -> bool:
    match = _PREFIX.match(word)
    return bool(_PREFIX_AND_ARTICLE.match(word)) or bool(match and word[match.end() :] in others)
