"""A word of the source was left in the sentence, in the letters of the source.

The engine did not know the word and copied it: *почти везде сейчас notable технологии*. Translate it, or write it the way the language
writes foreign words. The rule needs the source, and speaks only where the article's script is not Latin: there a small Latin word in
mid-sentence stands out. Names, what stands in brackets or quotation marks of its own, and addresses are not reported, nor is anything
in Greek, whose press writes English words as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Span
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MINOR
MQM = "accuracy/untranslated"
BAD = [
    Example(
        "Почти везде сейчас [[notable]] технологии.",
        lang="ru",
        source_lang="en",
        source_text="Technology is notable almost everywhere now.",
    ),
    Example("Їх [[scrum]] був сильний.", lang="uk", source_lang="en", source_text="Their scrum was strong."),
    Example("这个国家成了 [[tinderbox]] 一样。", lang="zh", source_lang="en", source_text="The country became a tinderbox."),
    Example("На обід був [[guláš]] і хліб.", lang="uk", source_lang="cs", source_text="K obědu byl guláš a chléb."),
    Example("Он купил [[second hand]] куртку.", lang="ru", source_lang="en", source_text="He bought a second hand jacket."),
]
GOOD = [
    Example("Он читал Mint condition и oOh!media.", lang="ru", source_lang="en", source_text="He read Mint condition and oOh!media."),
    Example("Криптобиржа binance закрыта.", lang="ru", source_lang="en", source_text="The exchange binance is closed. Binance said so."),
    Example("Рід середній (neutrum) і чоловічий.", lang="uk", source_lang="cs", source_text="Rod střední (neutrum) a mužský."),
    Example("Слово «bullying» новое.", lang="ru", source_lang="en", source_text="The word bullying is new."),
    Example("Το franchise έκλεισε.", lang="el", source_lang="en", source_text="The franchise closed."),
    Example("Пишите на https://example.org/desk или desk@example.org.", lang="ru", source_lang="en", source_text="Write to the desk."),
    Example("Sie mag das screening.", lang="de", source_lang="en", source_text="She likes the screening."),
    Example("Файл имеет тип jpeg.", lang="ru", source_lang="en", source_text="The file is of another kind."),
]
MISSED = [
    Example("I am [[superfroh]] with it.", lang="en", source_lang="de", source_text="Ich bin superfroh damit."),
    Example("Комикс в категории Mint [[condition]].", lang="ru", source_lang="en", source_text="A comic in Mint condition."),
]

_WORD = r"[\p{Latin}--\p{Lu}--\p{Lt}--ªº]"
_LATIN = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}\d_'’.@#/&!+-]){_WORD}{{2,}}+(?:[ -]{_WORD}{{2,}}+)*+(?![\p{{L}}\p{{M}}\d_'’@/:&]|[.-][\p{{L}}\d])", regex.V1
)
_GLUED = regex.compile(
    rf"(?<![\p{{Latin}}\p{{M}}\d_'’.@#/&!+-]){_WORD}{{2,}}+(?:[ -]{_WORD}{{2,}}+)*+(?![\p{{Latin}}\p{{M}}\d_'’@/:&]|[.-][\p{{Latin}}\d])",
    regex.V1,
)
_PART = regex.compile(r"\p{L}[\p{L}\p{M}]*")
_OPENING, _CLOSING = "“„«‘\"'「『《(（[", "”“»’\"'」』》)）]"
_BRACKETS = {"(": ")", "（": "）", "[": "]"}
_NEAR = 80  # characters within which a bracket or a Latin name is looked for
_LATIN_SHARE = 0.5  # of the letters around: beyond, the sentence is untranslated, not a word


def check(article: AnnotatedArticle, *, min_letters: int = 4) -> Iterator[Mark]:
    """Yield a finding for each run of small source words in a text of another script.

    Args:
        article: the article, with its source.
        min_letters: the length of the longest word of a run from which it is looked at.
    """
    scripts = _scripts().get(article.language.tag)
    record = article.article
    if not scripts or not (record.source_text or record.source_segments):
        return
    source = " ".join((record.source_title or "", record.source_text or "", *(record.source_segments or ())))
    if not (names := set(_PART.findall(source))):
        return
    here = set(_PART.findall(article.text)) | names
    for match in (_LATIN if article.language.spaced else _GLUED).finditer(article.text):
        words = _PART.findall(match.group())
        copied = all(word in names and word.capitalize() not in here for word in words)
        if copied and max(map(len, words)) >= min_letters and not _is_meant(article, Span(*match.span())):
            yield Mark(*match.span(), f"“{match.group()}” was left as it stands in the source.", confidence=0.8)


@cache
def _scripts() -> dict[str, str]:
    """The languages that are written in one script, not Latin, and do not write foreign words in Latin letters."""
    rows = tables.table("alphabets")
    return {row["lang"]: row["scripts"] for row in rows if "Latin" not in row["scripts"] and row["latin_loans"] == "no"}


def _is_meant(article: AnnotatedArticle, span: Span) -> bool:
    """Quoted, in brackets, part of a name in Latin letters, or in a sentence that is Latin as a whole."""
    text = article.text
    before, after = text[max(0, span.start - _NEAR) : span.start], text[span.end : span.end + _NEAR]
    if before[-1:] in _OPENING and after[:1] in _CLOSING and before and after:
        return True
    if any(before.rfind(left) > before.rfind(right) and right in after for left, right in _BRACKETS.items()):
        return True
    if regex.search(r"[\p{Latin}\d][ ,.&–-]{0,2}$", before) or regex.match(r"[ ,.&–-]{0,2}[\p{Latin}\d]", after):
        return True
    around = before + after
    return len(regex.findall(r"\p{Latin}", around)) > _LATIN_SHARE * sum(map(str.isalpha, around))
