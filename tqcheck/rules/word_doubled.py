"""A word stands twice in a row.

*The the minister*, *he has has said*: the engine wrote the word once for the source and once more for itself, or an edit left
both the old word and the new. Take one out, and look whether another word belongs in its place.

What may well stand twice is in `data/word-doublings.tsv`, by language: *had had*, German *die die*, French *nous nous*, Czech
*se se*, *very very*, *ha ha*, *Duran Duran*. In languages that double words freely (Turkish, Hindi, Arabic, Indonesian ...) or write
without blanks only words are looked for that never are. A word over and over is *repetition-loop*'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MINOR
MQM = "accuracy/addition"
FIX = "safe"
FIX_FROM = 0.9  # in lower case; two capitals may be a name
BAD = [
    "He opened [[the the]] bridge on Monday.",
    "[[The the]] bridge is open.",
    "The mayor [[has has]] said so.",
    Example("Er fuhr [[nach nach]] Hause.", lang="de"),
    Example("Il est venu [[avec avec]] sa sœur.", lang="fr"),
    Example("Most je [[na na]] konci města.", lang="cs"),
    Example("Он пришёл [[в в]] понедельник, а ушёл в среду.", lang="ru"),
    Example("Köprü [[ve ve]] yol açıldı.", lang="tr"),
    Example("Koupil klobouk [[a a]] kabát.", lang="cs"),
    Example("Kupił kapelusz [[i i]] płaszcz.", lang="pl"),
    Example("Müdür [[açıklamıştır açıklamıştır]] bunu.", lang="tr"),
    Example("وفتحت [[المكتبة المكتبة]] أبوابها.", lang="ar"),
    Example("הספרייה נפתחה בשנה [[שעברה שעברה]] לציבור.", lang="he"),
    Example("도서관은 어제 문을 [[열었다고 열었다고]] 한다.", lang="ko"),
    Example("这是市长[[的的]]桥。", lang="zh"),
    Example("市長は橋[[をを]]開いた。", lang="ja"),
]
GOOD = [
    "The Bora Bora hotel was full, and so was the Bora Bora inn. They sang na na na.",
    "He had had enough, and that that was so he knew. He said no, no. No no, he said.",
    "Those in the know know it. What it is is a bridge.",
    "He heard Duran Duran in Baden Baden, and the band Talk Talk.",
    "Read the The Hague verdict. It took us US troops. Vitamin C C.",
    "He wanted more, more, and the bridge. The bridge\nbridge",
    "Section A a b b of 10 10.",
    Example("Die Leute, die die Brücke sahen, wussten, dass sie sie sahen.", lang="de"),
    Example("Nous nous voyons là où vous vous trouvez.", lang="fr"),
    Example("Bojí se se mnou mluvit. To to je.", lang="cs"),
    Example("Yavaş yavaş geldi, zaman zaman durdu.", lang="tr"),
    Example("W w. XIX stał tu młyn.", lang="pl"),
    Example("A 3. b oldal, c c lap.", lang="hu"),
    Example("그는 하루하루 조금 조금 걸었다.", lang="ko"),
    Example("他们建桥的目的的确很好，天天看看。", lang="zh"),
    Example("ますます多くの人々が来た。", lang="ja"),
]
MISSED = [
    "He fell ill with the corona[[virus virus]].",
    Example("Köprü [[salı salı]] açıldı.", lang="tr"),
]

# Where words are doubled freely, those of so many letters are not: what is doubled there are short adverbs, numbers and sounds.
_TOO_LONG_TO_DOUBLE = {"tr": 9, "ar": 6, "he": 5, "fa": 7, "hi": 9, "ko": 4}
_BLANK = "[ \u00a0\u202f]"
_BESIDE = r"\p{L}\p{M}\p{Nd}'’@/_&\-‐–"  # a doubled word is no part of a compound, address or elision
_DOUBLED = regex.compile(
    rf"(?<![{_BESIDE}.#+])(?P<word>\p{{L}}[\p{{L}}\p{{M}}]*+){_BLANK}++(?P<again>(?P=word))(?![{_BESIDE}])(?!\.\p{{L}})",
    regex.IGNORECASE,
)
_LAST_WORD = regex.compile(rf"([\p{{L}}\p{{M}}]++){_BLANK}++$")
_NEXT_WORD = regex.compile(rf"{_BLANK}++([\p{{L}}\p{{M}}]++)")
_LETTERS_ONLY = regex.compile(r"(?<![\p{L}\p{M}'’.-])[\p{L}\p{M}]++")
_LETTERS = 200  # as far as neighbours are looked at: no word is longer


class _Words(NamedTuple):
    """What a language says of doubled words."""

    right: frozenset[str]
    wrong: frozenset[str]
    unspaced: regex.Pattern[str] | None


@cache
def _words(lang: str) -> _Words | None:
    rows = [row for row in tables.table("word-doublings") if row["lang"] in {lang, "*"}]
    if not any(row["lang"] == lang for row in rows):
        return None
    wrong = [row for row in rows if row["kind"] == "wrong"]
    return _Words(
        right=frozenset(row["entry"] for row in rows if row["kind"] == "right"),
        wrong=frozenset(row["entry"] for row in wrong),
        unspaced=None if tables.language(lang).spaced else regex.compile("|".join(map(_with_neighbours, wrong)) or "(?!)"),
    )


def _with_neighbours(row: Mapping[str, str]) -> str:
    entry = regex.escape(row["entry"])
    half = regex.escape(row["entry"][: len(row["entry"]) // 2])
    return (
        f"(?<!{half}{''.join(f'|{char}' for char in row['not_after'])}){entry}(?!{half}{''.join(f'|{char}' for char in row['not_before'])})"
    )


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each word that stands twice in a row, both words covered."""
    words = _words(article.language.tag)
    if words is None:
        return
    if words.unspaced:
        for match in words.unspaced.finditer(article.text):
            once = match.group()[: len(match.group()) // 2]
            yield Mark(*match.span(), f"“{once}” stands twice.", suggestion=once)
        return
    matches = [match for match in _DOUBLED.finditer(article.text) if _is_wrong(match["word"].casefold(), words, article.language.tag)]
    alone = _standing_alone(article.text, matches) | _letters_that_are_words(article.language.tag)
    for match in matches:
        if not _is_meant(article, match, alone):
            message = f"“{match['word']}” stands twice: take one out, or see whether another word belongs there."
            yield Mark(*match.span(), message, suggestion=match["word"], confidence=0.9 if match["word"].islower() else 0.75)


@cache
def _letters_that_are_words(lang: str) -> frozenset[str]:
    """*a*, *i*, *s*, *w*: small words of one letter."""
    return frozenset(word for word in tables.entries("function-words", lang) if len(word) == 1)


def _is_wrong(word: str, words: _Words, lang: str) -> bool:
    if not words.wrong:
        return word not in words.right
    return word in words.wrong or (word not in words.right and len(word) >= _TOO_LONG_TO_DOUBLE.get(lang, len(word) + 1))


def _is_meant(article: AnnotatedArticle, match: regex.Match[str], alone: Collection[str]) -> bool:
    """Whether the two words are a name and a word, a name said twice by right, letters, or part of a longer run."""
    word, again = match["word"], match["again"]
    before = _LAST_WORD.search(article.text, max(0, match.start() - _LETTERS), match.start())
    after = _NEXT_WORD.match(article.text, match.end(), match.end() + _LETTERS)
    if any(beside and beside[1].casefold() == word.casefold() for beside in (before, after)):
        return True  # three in a row are repetition-loop's
    if word != again and len(word) == 1 and article.text.startswith(".", match.end()):
        return True  # Polish *W w. XIX*: an abbreviation
    if word != again:  # the The Hague verdict, took us US troops; but *The the*
        return not (again.islower() and word.istitle() and article.starts_sentence(match.start()))
    if len(word) == 1:  # a letter, unless the article uses it as a word
        return not word.islower() or word not in alone or article.text.startswith(".", match.end())
    if word.islower() or not word[0].isupper():
        return False
    return word.isupper() or len(word) <= 3 or word not in alone


def _standing_alone(text: str, matches: list[regex.Match[str]]) -> frozenset[str]:
    """Which of the doubled words also stand once somewhere: *Tenet* and *в*, but neither half of *Duran Duran*."""
    doubled = Counter(match["word"] for match in matches)
    if not any(len(word) == 1 or word[0].isupper() for word in doubled):
        return frozenset()
    counts = Counter(_LETTERS_ONLY.findall(text))
    return frozenset(word for word, pairs in doubled.items() if counts[word] > 2 * pairs)
