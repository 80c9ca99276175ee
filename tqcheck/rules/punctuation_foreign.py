"""The marks of another language: „ “ in English, “ ” in Russian, full-width commas in German, a Latin comma in Chinese.

The engine copies the source's marks, or takes those of the language it saw most in training. Use the marks of the language that the
reader reads.

Which quotation marks are right in which language is in `data/punctuation.tsv` (CLDR, and what newsrooms use besides): Swiss « » in German,
“ ” in Ukrainian, straight marks anywhere are right. Ideographic and full-width marks are right in Chinese and Japanese, and around a word
in these scripts. Latin commas and full stops between Chinese or Japanese characters are not.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MINOR
MQM = "linguistic-conventions/punctuation"
BAD = [
    "He called it [[„a new start“]] and left.",
    "The bridge is open[[。]] Cars may cross.",
    "Five[[，]]recently, crossed it [[（]]by car[[）]].",
    Example("Er nannte es [[“einen Anfang”]] und ging.", lang="de"),
    Example("Er nannte es [[„einen Anfang”]] und ging.", lang="de"),
    Example("Он назвал это [[“началом”]] и ушёл.", lang="ru"),
    Example("Il parla d'[[„un début“]] et partit.", lang="fr"),
    Example("Il ponte è aperto[[،]] dice il sindaco.", lang="it"),
    Example("Most je otevřen[[。]] Auta mohou jet.", lang="cs"),
    Example("市长来了[[,]]桥开了。", lang="zh"),
    Example("市长来了[[.]]", lang="zh"),
    Example("市長が来た[[,]]橋が開いた。", lang="ja"),
]
GOOD = [
    "He called it “a new start”, or 'a start', or \"so\".",
    "The novel 《红楼梦》 and the sign 「東京」 are old.",
    Example('Er nannte es „einen Anfang“, »so« oder «so» oder "so".', lang="de"),
    Example("Він назвав це «початком», „так“ чи “так”.", lang="uk"),
    Example("Он сказал: «Я читаю “Войну и мир”, – и ушёл».", lang="ru"),
    Example('« Oui », “oui” et "oui".', lang="fr"),
    Example("Han sade ”ja” och “nej”.", lang="sv"),
    Example("他说：“桥开了。”共3,500人，1.5公里，U.S.A.", lang="zh"),
    Example("市長は「橋が開いた」と言った。", lang="ja"),
]
MISSED = ["The film ●[[『]]キン肉マン[[』]] is out."]

_CJK = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
_IS_CJK = regex.compile(_CJK)
_WIDE = regex.compile(r"[。，、：；！？（）「」『』【】《》〈〉～]")
_ARABIC = regex.compile(r"(?<!\p{Arabic}\s?)[،؛؟](?!\s?\p{Arabic})")
_WIDE_OPENING = frozenset("（「『【《〈")
_WIDE_CLOSING = frozenset("）」』】》〉")
_KOREAN_TOO = frozenset("「」『』【】《》〈〉～")
_LATIN = regex.compile(rf"(?<={_CJK})(?:,(?=\s?{_CJK})|\.(?![.\p{{L}}\p{{Nd}}])(?=[\s”」』\"]|$))", regex.MULTILINE)
_QUOTE = regex.compile(
    r"(?<=^|[\s(\[—–'’-])[“”„«»](?=[\p{L}\p{Nd}])|(?<=[\p{L}\p{Nd}.,!?…%])[“”„«»](?=$|[\s.,;:!?)\]—–-])",
    regex.MULTILINE,
)
_MARKS = frozenset("“”„«»")
_ARABIC_TEXT = frozenset({"ar", "fa"})
_LENGTH = 400  # letters within which a quotation's opening mark is looked for


@cache
def _marks_of(lang: str) -> frozenset[str]:
    """All quotation marks that are right in a language; empty when the table does not know it."""
    rows = [row for row in tables.table("punctuation") if row["lang"] == lang]
    return frozenset(row[column] for row in rows for column in ("opening", "closing"))


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each wide mark; one, with all its places, for a foreign quotation mark or for Latin ones in Chinese."""
    right = _marks_of(article.language.tag)
    if not right:
        return
    if not article.language.spaced:
        yield from _latin(article)
        return
    if not article.text.isascii():
        yield from _wide(article)
        yield from _arabic(article)
        yield from _quotation_marks(article, right)


def _latin(article: AnnotatedArticle) -> Iterator[Mark]:
    spans = [match.span() for match in _LATIN.finditer(article.text)]
    for sign, right, name in ((",", "，", "comma"), (".", "。", "full stop")):
        first, *rest = [span for span in spans if article.text[span[0]] == sign] or [(-1, -1)]
        if first[0] >= 0:
            better = "、" if sign == "," and article.language.tag == "ja" else right
            yield Mark(*first, f"A Latin {name} between characters: “{better}” is right here.", suggestion=better, related=tuple(rest))


def _wide(article: AnnotatedArticle) -> Iterator[Mark]:
    for match in _WIDE.finditer(article.text):
        char, at = match.group(), match.start()
        if article.language.tag == "ko" and char in _KOREAN_TOO:
            continue
        before = bool(_IS_CJK.match(article.text[max(0, at - 3) : at].rstrip()[-1:]))
        after = bool(_IS_CJK.match(article.text[at + 1 : at + 4].lstrip()[:1]))
        if (before and after) or (after and char in _WIDE_OPENING) or (before and char in _WIDE_CLOSING):
            continue  # 《红楼梦》 in English
        yield Mark(at, at + 1, f"“{char}” is a mark of Chinese or Japanese: take the mark of the article's language.", confidence=0.95)


def _arabic(article: AnnotatedArticle) -> Iterator[Mark]:
    if article.language.tag not in _ARABIC_TEXT:
        for match in _ARABIC.finditer(article.text):
            yield Mark(*match.span(), f"“{match.group()}” is an Arabic mark: take the mark of the article's language.", confidence=0.95)


def _quotation_marks(article: AnnotatedArticle, right: frozenset[str]) -> Iterator[Mark]:
    """One finding for each foreign mark: the whole quotation, or the mark alone where its partner is not to be seen."""
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for start, end in _pairs(article.text):
        foreign = next((char for char in (article.text[start], article.text[end - 1]) if char in _MARKS and char not in right), None)
        if foreign and not _is_nested(article, start, end):
            places[foreign].append((start, end))
    for char, (first, *rest) in places.items():
        yield Mark(*first, f"The mark {char} is no quotation mark of this language.", confidence=0.85, related=tuple(rest))


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    """Quotations with both marks, and marks alone."""
    opened = -1
    for match in _QUOTE.finditer(text):
        at = match.start()
        opens = text[at + 1 : at + 2].isalnum()
        near = opened >= max(0, at - _LENGTH) and "\n" not in text[opened:at]
        if opened >= 0 and (opens or not near):
            yield opened, opened + 1
            opened = -1
        if opens:
            opened = at
        else:
            yield (opened if opened >= 0 else at), at + 1
            opened = -1
    if opened >= 0:
        yield opened, opened + 1


def _is_nested(article: AnnotatedArticle, start: int, end: int) -> bool:
    """Whether it stands within a quotation of other marks: there houses differ."""
    index = bisect.bisect_left(article.quotations, (start, 0)) - 1
    return index >= 0 and article.quotations[index].end > end
