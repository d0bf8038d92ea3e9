"""Words and sentences of Arabic news, as spans into the text as it was published.

A word is a run of letters, marks, digits and tatweel; attached clitics and diacritics belong to it, and the underscores
of a hashtag join it. Everything else that is visible (a quote, a comma, ``#``, an emoji) is a word of its own, so that
any span an annotator may draw is a run of whole words. White space, bidi controls and other invisible characters
between words belong to no word.
"""

from __future__ import annotations

import regex

from .article import Span

_CORE = r"[\p{L}\p{N}\p{M}]"
_EMOJI = r"\p{ExtPict} [\p{M}\p{EMod}]*"
_WORD = regex.compile(
    rf"""
    {_CORE}+
    (?: (?: [_\p{{Cf}}]+                                # hashtag underscores, joiners and bidi marks inside a word
          | (?<=\p{{N}}) [.,٫٬:/] (?=\p{{N}})           # 3.5  1,000  10:30  28/11/2017
          | (?<=[A-Za-z0-9]) [.@\-] (?=[A-Za-z0-9])     # www.example.com  name@host  F-16
        ) {_CORE}+ )*
    | \p{{RI}}{{2}}                                     # a flag
    | {_EMOJI} (?: \u200d {_EMOJI} )*
    | [^\s\p{{Cc}}\p{{Cf}}\p{{Cs}}] \p{{M}}*            # one symbol, with what modifies it
    """,
    regex.VERBOSE,
)

# A full stop ends a sentence unless it closes an initial («د. محمد», «أ.ف.ب») or sits inside a number or address,
# which _WORD already holds together. Newspapers often leave out the space after it.
_SENTENCE_END = regex.compile(
    r"""
    (?: (?<! (?<!\p{L}\p{M}*) \p{L}\p{M}* ) (?<!\p{N}(?=\.\p{N})) (?<![A-Za-z0-9](?=\.[A-Za-z0-9])) \. | [!؟?…۔] )
      \p{M}* (?: [!؟?.…۔] \p{M}* )*
      (?: [^\S\r\n\u2028\u2029]* (?: ["'”’»)\]}] \p{M}* )+ (?= \s | $ ) )?
    | [\r\n\u2028\u2029]+
    """,
    regex.VERBOSE,
)

_VISIBLE = regex.compile(r"[^\s\p{Cc}\p{Cf}\p{Cs}]")
_ORNAMENT = regex.compile(r"[\p{Mn}ـ]")
_PUNCTUATION = regex.compile(r"[\p{P}\p{Z}\s\p{Cc}\p{Cf}--[%٪‰]]", regex.V1)


def words(text: str) -> list[Span]:
    """The words of ``text`` in order, disjoint; see the module for what a word is."""
    return [Span(m.start(), m.end()) for m in _WORD.finditer(text)]


def sentences(text: str) -> list[Span]:
    """The sentences of ``text`` in order, without the white space around them.

    A line break always ends a sentence, so headlines and bullet lines stand alone. Closing quotes and brackets stay
    with the sentence they close.
    """
    spans, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        _add_stripped(spans, text, start, match.end())
        start = match.end()
    _add_stripped(spans, text, start, len(text))
    return spans


def _add_stripped(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if _VISIBLE.search(stripped):
        start += len(piece) - len(piece.lstrip())
        spans.append(Span(start, start + len(stripped)))


def is_punctuation(character: str) -> bool:
    """True for white space, invisible controls and punctuation other than the percent signs.

    No guideline span starts or ends with such a character.
    """
    return bool(_PUNCTUATION.fullmatch(character))


def bare(text: str) -> str:
    """``text`` without diacritics and tatweel, for counting what readers take for the same."""
    return _ORNAMENT.sub("", text)
