"""A word of another language was left in the sentence.

The engine did not know the word and copied it: *почти везде сейчас notable технологии*, *for heating vytápění and water*. Translate it,
or write it the way the language writes foreign words.

Three things show such a word. Where the article is not in Latin letters, a small Latin word in mid-sentence stands out (but not in Greek,
Serbian or Thai, whose press writes English words as they are). Where it is, a small word may hold letters that the language does not have
(`data/letters.tsv`). And with the source, a copy of a small source word counts when its letters are much more the source's than the
target's; English is left out there, since all the world borrows from it. Where the word list of the target's language is long (English,
German, French: `data/word-forms.tsv`), a copy also counts when that list lacks the word and the source's has it, unless English knows it
too. Names, what stands in quotation marks or brackets, a word that is
explained by the one after it, and addresses are not reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import takewhile

import regex

from tqcheck import language, lemmas, tables
from tqcheck.annotate import AnnotatedArticle, Span
from tqcheck.article import Example, Mark, Severity
from tqcheck.language import script_of

SEVERITY = Severity.MINOR
MQM = "accuracy/untranslated"
BAD = [
    "The rent covers cold water and [[vytápění]] in winter.",
    "He met the mayor, and [[dvořák]] agreed.",
    Example("Ведущий STV [[weather]] обещает дождь, и Pizza [[delivery]] закрыта.", lang="ru"),
    Example("Он читает на [[e-reader]] каждый день.", lang="ru"),
    Example("Почти везде теперь [[remarkable]] дома.", lang="ru"),
    Example("Их [[scrum]] был сильнее, хотя судья этого не видел.", lang="ru"),
    Example("Він живе на вулиці [[nábřeží]] вже третій рік.", lang="uk"),
    Example("На обід був [[guláš]] і хліб.", lang="uk", source_lang="cs", source_text="K obědu byl guláš a chléb."),
    Example("这个国家成了 [[tinderbox]] 一样。", lang="zh"),
    Example("町は[[tinderbox]]になり、人々は去った。", lang="ja"),
    Example("उसने अंत में एक [[ellipsis]] जोड़ा और चला गया।", lang="hi"),
    Example("Кметът говори за [[shambles]] в града.", lang="bg"),
    Example("ראש העיר דיבר על [[shambles]] בעיר אתמול.", lang="he"),
    Example("Tap Factory [[reset]] под Advanced.", lang="ru", source_lang="en", source_text="Tap Factory reset under Advanced."),
    Example("Он купил [[second hand]] куртку.", lang="ru", source_lang="en", source_text="He bought a second hand jacket."),
    Example("Der Preis für [[różności]] stieg im Mai.", lang="de"),
    Example("Le prix du [[szczęście]] a encore augmenté.", lang="fr"),
    Example("He may stoop to [[nachcípaného]] one day.", source_lang="cs", source_text="Jednou se sníží k nachcípaného."),
    Example(
        "Die Regierung macht eine [[shambolic]] Figur.", lang="de", source_lang="en", source_text="The government cuts a shambolic figure."
    ),
    Example("I am [[superfroh]] about it.", source_lang="de", source_text="Ich bin superfroh darüber."),
    Example("Er sprach von einer „[[woefully]] Antwort“.", lang="de", source_lang="en", source_text="He spoke of a “woefully answer”."),
    Example("Certains manient le [[flinte]] sans raison.", lang="fr", source_lang="de", source_text="Manche führen die Flinte ohne Grund."),
    Example("Le but est [[vorgegeben]] par la loi.", lang="fr", source_lang="de", source_text="Das Ziel ist durch das Gesetz vorgegeben."),
]
GOOD = [
    "Česká spořitelna and the union Svaz měst a obcí agreed at the café in São Paulo.",
    "The word “příkop” means ditch; a tavern (krčma) stood there, and živě, or live, was the sign.",
    "See https://example.org/město or #město.",
    Example("Он читал oOh!media и The Paper, слушал A-ha и Take That.", lang="ru"),
    Example("Криптобиржа binance закрыта.", lang="ru", source_lang="en", source_text="The exchange binance is closed. Binance said so."),
    Example("Рід середній (neutrum) і чоловічий.", lang="uk", source_lang="cs", source_text="Rod střední (neutrum) a mužský."),
    Example("Слово «bullying» новое, по-английски bullying означает травлю.", lang="ru"),
    Example("Ланац је отворио outlet у граду.", lang="sr"),
    Example("Το franchise έκλεισε.", lang="el", source_lang="en", source_text="The franchise closed."),
    Example("Пишите на https://example.org/desk или desk@example.org.", lang="ru", source_lang="en", source_text="Write to the desk."),
    Example("It happened at the Vrbické cesta near here.", source_lang="cs", source_text="Stalo se to na Vrbické cestě, cesta je tam."),
    Example(
        "Das Virus ist neu, sagte sie am weekend.", lang="de", source_lang="en", source_text="The virus is new, she said at the weekend."
    ),
    Example("Le virus et le chaos du podcast.", lang="fr", source_lang="de", source_text="Der Virus und das Chaos des Podcast."),
    Example("Sie mag das screening.", lang="de", source_lang="en", source_text="She likes the screening."),
    Example(
        "Die Association française des exploitants de discothèques klagt.",
        lang="de",
        source_lang="fr",
        source_text="L'association française des exploitants de discothèques porte plainte.",
    ),
    Example("Les ateliers de Málaga et la paella à l'œuvre.", lang="fr"),
    Example("धारा ⅰⅱⅲ के तहत मामला दर्ज हुआ।", lang="hi"),
    Example("他用 iPhone 登录 web 服务器，每小时 120 km。", lang="zh"),
]
MISSED = [
    "I am [[superfroh]] with it.",
    Example("The engine is [[furt]] slow.", source_lang="cs", source_text="Motor je furt pomalý."),
    Example("Odmítl to [[claim]] vedení.", lang="cs", source_lang="en", source_text="He denied the claim of the board."),
]

_WORD = r"[[\p{L}&&\p{Latin}]--\p{Lu}--\p{Lt}--ªº]"  # no Roman numerals such as ⅳ, which are Latin and no letters
_RUN = rf"(?:{_WORD}-)?{_WORD}{{2,}}+(?:[ -]{_WORD}{{2,}}+)*+"
_LATIN = regex.compile(rf"(?<![\p{{L}}\p{{M}}\d_'’.@#/&!+<-]){_RUN}(?![\p{{L}}\p{{M}}\d_'’@/:&>]|[.-][\p{{L}}\d])", regex.V1)
_GLUED = regex.compile(rf"(?<![\p{{Latin}}\p{{M}}\d_'’.@#/&!+<-]){_RUN}(?![\p{{Latin}}\p{{M}}\d_'’@/:&>]|[.-][\p{{Latin}}\d])", regex.V1)
_SMALL = regex.compile(r"(?<![\p{L}\p{M}\d_'’.@#/&+-])\p{Ll}{5,40}+(?![\p{L}\p{M}\d_'’@/:&-]|[.][\p{L}\d])")
_PART = regex.compile(r"\p{L}[\p{L}\p{M}]*")
_WORD_BEFORE = regex.compile(r"(?<![\p{L}\p{M}])(\p{L}[\p{L}\p{M}.'’-]*)[ \u00a0]$")
_LATIN_BEFORE = regex.compile(r"[\p{Latin}\d][.&–-]$|[.&–]$")
_LATIN_AFTER = regex.compile(r"[ ,.&–-]{0,2}[\p{Latin}\d]")
_OPENING, _CLOSING = "“”„«»‘\"'「『《(（[", "”“»«’\"'」』》)）]"
_BRACKETS = {"(": ")", "（": "）", "[": "]"}
_EXPLAINED = regex.compile(r"[”“»«’\"'」』]?(?:[ ,]*[(（=]|,? (?:or|oder|ou|o|czyli|nebo|то есть|означа\p{L}+|means?|–|—) )")
_NEAR = 80  # characters within which a bracket or a Latin name is looked for
_LATIN_SHARE = 0.5  # of the letters around: beyond, the sentence is untranslated, not a word
_BORROWED_FROM = "en"
_TITLE_WORDS = 4
_OWN_SHARE = 0.6  # of the words around a copied one that are the target's
_MAX_WORD = 40
_QUOTED = regex.compile(r"[“„«»\"][^“”„«»\"\n]{1,200}+[”“»«\"]")
_SAMPLE = 1000  # letters from which the script of Serbian is read off
_MAX_NAME = 8  # words of a name that are looked back over


def check(article: AnnotatedArticle, *, min_letters: int = 4, min_margin: float = 15.0) -> Iterator[Mark]:
    """Yield a finding for each run of small words of another language.

    Args:
        article: the article.
        min_letters: the length of the longest word of a run from which it is looked at.
        min_margin: nats by which the source's language must be ahead of the article's in a word that stands in both texts.
    """
    if article.language.tag in _latin_letters() and script_of(article.text[:_SAMPLE]) in {"Latin", ""}:
        copies = (*_copies(article, min_margin), *_unlisted_copies(article, min_letters))
        found = dict.fromkeys((*_with_foreign_letters(article, min_letters), *copies))
        for span in sorted(found):
            word = article.text[slice(*span)]
            message = f"“{word}” is no word of this language: it was not translated, or is a name that lost its capital."
            yield Mark(*span, message, confidence=0.8)
    elif article.language.tag in _other_scripts():
        yield from _in_latin_letters(article, min_letters)


# -- Latin words in a text of another script ----------------------------------------------------------------------------


@cache
def _other_scripts() -> frozenset[str]:
    """The languages that are not written in Latin letters, nor write foreign words in them."""
    rows = tables.table("alphabets")
    return frozenset(row["lang"] for row in rows if tables.is_in_other_letters(row["lang"]) and row["latin_loans"] == "no")


def _in_latin_letters(article: AnnotatedArticle, min_letters: int) -> Iterator[Mark]:
    names = set(_PART.findall(_source_of(article))) | set(_PART.findall(article.text))
    for match in (_LATIN if article.language.spaced else _GLUED).finditer(article.text):
        words = _PART.findall(match.group())
        is_name = any(word.capitalize() in names or word.upper() in names for word in words)
        if not is_name and max(map(len, words)) >= min_letters and not _is_meant(article, Span(*match.span())):
            yield Mark(*match.span(), f"“{match.group()}” was left in Latin letters: it was not translated.", confidence=0.8)


def _source_of(article: AnnotatedArticle) -> str:
    record = article.article
    return " ".join((record.source_title or "", record.source_text or "", *(record.source_segments or ())))


def _is_meant(article: AnnotatedArticle, span: Span) -> bool:
    """Quoted, in brackets, explained, part of a name in Latin letters, or in a sentence that is Latin as a whole."""
    text = article.text
    before, after = text[max(0, span.start - _NEAR) : span.start], text[span.end : span.end + _NEAR]
    if _is_quoted(before, after):
        return True
    if _LATIN_BEFORE.search(before) or _LATIN_AFTER.match(after):
        return True
    around = before + after
    if _is_small_in_source(article, span):
        return False
    return len(regex.findall(r"\p{Latin}", around)) > _LATIN_SHARE * sum(map(str.isalpha, around))


def _is_small_in_source(article: AnnotatedArticle, span: Span) -> bool:
    """Whether a single word is one of the source's, in its aligned stretch and in its word list: no name, then."""
    word = article.text[slice(*span)]
    pair = next((pair for pair in article.pairs if pair.start <= span.start < pair.end), None)
    return pair is not None and bool(lemmas.is_listed(word, article.source_lang or language.UNKNOWN)) and word in _PART.findall(pair.source)


def _is_quoted(before: str, after: str) -> bool:
    if (before and after and before[-1] in _OPENING and after[0] in _CLOSING) or _EXPLAINED.match(after):
        return True
    return any(before.rfind(left) > before.rfind(right) and right in after for left, right in _BRACKETS.items())


# -- words of another language in the same script -----------------------------------------------------------------------


@cache
def _latin_letters() -> dict[str, regex.Pattern[str]]:
    """For each language in Latin letters, the Latin letters that it does not write."""
    rows = tables.table("letters")
    return {row["lang"]: regex.compile(rf"[\p{{Latin}}--[a-zA-Z{row['letters']}{row['letters'].upper()}]]", regex.V1) for row in rows}


def _with_foreign_letters(article: AnnotatedArticle, min_letters: int) -> Iterator[Span]:
    foreign = _latin_letters()[article.language.tag]
    end = 0
    for letter in foreign.finditer(article.text) if not article.text.isascii() else ():
        if letter.start() < end:
            continue
        end = letter.end()
        for match in _SMALL.finditer(article.text, max(0, letter.start() - _MAX_WORD), letter.end() + _MAX_WORD):
            if not match.start() <= letter.start() < match.end():
                continue
            span, end = Span(*match.span()), match.end()
            before = _word_before(article, span)
            is_name = before[:1].isupper() and (not article.language.noun_capitals or bool(foreign.search(before)))
            if span.end - span.start >= min_letters and not is_name and not _is_foreign_on_purpose(article, span):
                yield span


def _copies(article: AnnotatedArticle, min_margin: float) -> Iterator[Span]:
    own, source_lang = article.language.tag, article.source_lang and tables.language(article.source_lang).tag
    if source_lang in (None, own, _BORROWED_FROM) or source_lang not in _latin_letters() or not (source := _source_of(article)):
        return
    copied = set(_PART.findall(source))
    names = copied | set(_PART.findall(article.text))
    for match in _SMALL.finditer(article.text):
        word, span = match.group(), Span(*match.span())
        if word not in copied or word.capitalize() in names or _is_in_copied_name(article, span, copied) or _follows_a_name(article, span):
            continue
        nats = language.nats(word, (source_lang, own))
        foreign = len(nats) == 2 and nats[source_lang] - nats[own] >= min_margin and not lemmas.is_known(word, own)
        if foreign and not _is_foreign_on_purpose(article, span):
            yield span


def _unlisted_copies(article: AnnotatedArticle, min_letters: int) -> Iterator[Span]:
    """Small words that stand in the aligned source, that the target's long word list lacks and the source's has."""
    own, other = article.language, tables.language(article.source_lang or language.UNKNOWN)
    if not (article.has_source and lemmas.forms_of(own.tag).long_list and lemmas.forms_of(other.tag).dictionary) or own.tag == other.tag:
        return
    names = set(_PART.findall(article.text))
    for pair in article.pairs:
        copied = set(_PART.findall(pair.source))
        small = {word.lower() for word in copied} if other.noun_capitals else copied
        for match in _SMALL.finditer(article.text, pair.start, pair.end):
            word, span = match.group(), Span(*match.span())
            if len(word) < min_letters or word not in small or word.capitalize() in names:
                continue
            if _is_listed_elsewhere(word, own, other) or _follows_a_name(article, span) or _is_in_copied_name(article, span, copied):
                continue
            if _copied_run(article, span, copied) >= _TITLE_WORDS or not _is_in_own_words(article, span):
                continue
            if not _is_foreign_on_purpose(article, span, quoted_too=_is_quoted_in(pair.source, word)):
                yield span


def _is_listed_elsewhere(word: str, own: tables.Language, other: tables.Language) -> bool:
    """Whether a copied word is not the source's alone: the target's list has it, the source's lacks it, or English lends it to all."""
    bases = lemmas.keys(word, own.tag)
    known = any(lemmas.is_listed(base, own.tag) if own.noun_capitals else lemmas.is_known(base, own.tag) for base in bases)
    if known or not lemmas.is_known(word, other.tag):
        return True
    if other.tag == _BORROWED_FROM:
        return not own.noun_capitals or bool(lemmas.is_known(word, own.tag))
    return bool(lemmas.is_known(word, _BORROWED_FROM))


def _copied_run(article: AnnotatedArticle, span: Span, copied: set[str]) -> int:
    """How many words in a row were copied: a name, a title or a sentence has more of them."""
    before = _PART.findall(article.text[max(0, span.start - _NEAR) : span.start].rpartition("\n")[2])
    after = _PART.findall(article.text[span.end : span.end + _NEAR].partition("\n")[0])
    return 1 + sum(sum(1 for _ in takewhile(copied.__contains__, words)) for words in (before[::-1], after))


def _is_in_own_words(article: AnnotatedArticle, span: Span) -> bool:
    """Whether most words around are the target's: a sentence of the source's is no business of a rule about words."""
    around = article.text[max(0, span.start - _NEAR) : span.start] + article.text[span.end : span.end + _NEAR]
    words = [word for word in _PART.findall(around)[1:-1] if len(word) > 1]
    return sum(bool(lemmas.is_known(word, article.language.tag)) for word in words) >= _OWN_SHARE * len(words)


def _is_quoted_in(source: str, word: str) -> bool:
    """Whether the source has the word within quotation marks, so that those of the translation say nothing; not within a title."""
    quoted = (match[0] for match in _QUOTED.finditer(source))
    return any(word in text and text.islower() for text in quoted)


def _follows_a_name(article: AnnotatedArticle, span: Span) -> bool:
    """*Malostranské náměstí*: the word before has a capital and is none of the target's."""
    before = _word_before(article, span)
    return before[:1].isupper() and lemmas.is_known(before, article.language.tag) is False


def _is_in_copied_name(article: AnnotatedArticle, span: Span, copied: set[str]) -> bool:
    """Whether copied words lead back to a capital: *Svaz měst a obcí*."""
    start = span.start
    for _ in range(_MAX_NAME):
        before = _word_before(article, Span(start, span.end))
        if before[:1].isupper() or before not in copied:
            return before[:1].isupper() and bool({before, before.lower()} & copied)
        start -= len(before) + 1
    return False


def _word_before(article: AnnotatedArticle, span: Span) -> str:
    match = _WORD_BEFORE.search(article.text, max(0, span.start - _MAX_WORD), span.start)
    return match[1] if match else ""


def _is_foreign_on_purpose(article: AnnotatedArticle, span: Span, *, quoted_too: bool = False) -> bool:
    """Quoted (unless the source quotes it too), in brackets, explained, or in an address."""
    text = article.text
    before, after = text[max(0, span.start - _NEAR) : span.start].rpartition("\n")[2], text[span.end : span.end + _NEAR].partition("\n")[0]
    if (article.in_quotation(span.start) and not quoted_too) or _is_quoted(before, after):
        return True
    token = before.rsplit(None, 1)[-1] if before and not before[-1].isspace() else ""
    return "/" in token or "#" in token or "@" in token
