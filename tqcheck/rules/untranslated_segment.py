"""A sentence or line is in another language than the article: it was not translated.

The engine skipped it, copied it, or fell back into the source language. Translate it. A sentence counts when its script is not the
article's, or when it has hardly any of the small words of the article's language (`data/function-words.tsv`), has those of another,
and its spelling speaks for that other one by a wide margin. Foreign words in quotation marks or brackets, addresses, hashtags, names
and titles are not held against a sentence, and a sentence that is quoted as a whole is left alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache, cached_property
from typing import NamedTuple

import regex

from tqcheck import language, tables
from tqcheck.annotate import AnnotatedArticle, Line, Span
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/untranslated"
BAD = [
    "The bridge is open. [[Die Stadt hat am Montag die neue Brücke über den Fluss eröffnet.]] Traffic is back.",
    "The bridge is open.\n\n[[Міст знову відкрито для руху]]\n\nTraffic is back in town.",
    Example("Le pont est ouvert. [[The city council has opened the new bridge over the river.]]", lang="fr"),
    Example("Die Brücke ist offen.\n\n[[Les habitants de la ville sont contents de pouvoir traverser le fleuve.]]", lang="de"),
    Example("Most je otevřený. [[The mayor said that the works were finished on time.]] Lidé slaví.", lang="cs"),
    Example("Мост открыт. [[The mayor said that the works were finished on time.]] Люди празднуют.", lang="ru"),
    Example("Міст відкрито. [[Мэр города сказал, что работы были закончены уже на этой неделе.]] Люди святкують.", lang="uk"),
    Example("大桥已经开通。[[The mayor said that the works were finished on time.]]", lang="zh"),
    Example(
        "Most je otevřený.\n\n[[Seattle Protests: Fires and Pepper Spray Across City]]\n\nLidé slaví.",
        lang="cs",
        source_lang="en",
        source_text="The bridge is open.\n\nSeattle Protests: Fires and Pepper Spray Across City\n\nPeople celebrate.",
    ),
]
GOOD = [
    "He quoted “Die Würde des Menschen ist unantastbar, sie zu achten ist Pflicht” and sat down.",
    "The players were Müller, Neuer, Kimmich, Gnabry, Goretzka, Hummels and Boateng.",
    "“Liberté, égalité, fraternité pour tous les habitants de la ville.”",
    "The bridge is open.\n\nvon der Leyen, de la Cruz, van den Berg, di Maria, de los Santos",
    Example("Er las The Lord of the Rings und The Catcher in the Rye im Original.", lang="de"),
    Example("Il a chanté « I want to hold your hand and be with you » à Paris.", lang="fr"),
    Example("Он читал «The Lord of the Rings and the Two Towers» в оригинале.", lang="ru"),
    Example(
        "Hokejová liga\n\nElite League: Dundee Stars - Belfast Giants 5:3",
        lang="cs",
        source_lang="en",
        source_text="Elite League: Dundee Stars - Belfast Giants 5:3",
    ),
    Example("Snimak: REUTERS/Jan van de Berg, Carla de los Santos", lang="hr"),
    Example("Manchester United, Real Madrid, Bayern Munich, Paris Saint-Germain", lang="ru"),
    Example("Píše o tom The New York Times. Více na https://example.org/the-mayor-said-that-it-is-so", lang="cs"),
    Example("Kuća je na brdu, a most je preko rijeke i otvoren je za sve.", lang="sr"),
]
MISSED = [
    Example("Мост открыт.\n\n[[Apple Music Documents & Data Storage Size]]", lang="ru"),
    Example("Most je otevřený.\n\n[[Tap Factory reset now]]", lang="cs"),
    "The bridge is open. [[„Wir sind froh, dass die Brücke wieder offen ist“]]",
]

_MIN_LETTERS = 20  # below, the profiles guess: see language.MIN_LETTERS
_MIN_WORDS = 4
_SAMPLE = 3000  # letters from which the script of Serbian or Kazakh is read off
_MIN_OTHER_SCRIPT = 8  # letters; an ideograph says more than a letter, and script leaves no doubt
_OWN_SHARE = 0.1  # of the words: with more small words of its own, a sentence is in the article's language
_OTHER_HITS = 2  # small words of the other language
_SCRIPT_SHARE = 0.8  # of the letters of a sentence
_CLASS = {"Kana": r"\p{Han}\p{Hiragana}\p{Katakana}", "Han": r"\p{Han}\p{Bopomofo}", "Hangul": r"\p{Hangul}\p{Han}"}
_TWINS = (
    frozenset({"hr", "sr", "bs", "sh", "sl"}),
    frozenset({"nb", "no", "nn", "da"}),
    frozenset({"id", "ms"}),
)  # nobody tells them apart
_PROFILE = {("sr", "Latin"): "hr", ("bs", "Latin"): "hr", ("sr", "Cyrillic"): "mk", ("nb", "Latin"): "no", ("nn", "Latin"): "no"}
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*")
_LATIN = regex.compile(r"\p{Latin}")
_LATIN_RUN = regex.compile(r"(?<!\p{L})(?:\p{Latin}[\p{Latin}\p{M}'’]*+[^\p{L}\n]{1,4}+){3}\p{Latin}")
_ASIDE = regex.compile(
    r"“[^“”\n]{1,500}”|„[^„“”\"\n]{1,500}[“”\"]|«[^«»\n]{1,500}»|‘[^‘’\n]{1,500}’(?!\p{L})|「[^「」\n]{1,500}」|\"[^\"\n]{1,500}\""
    r"|\([^()\n]{1,500}\)|\[[^\[\]\n]{1,500}\]|（[^（）\n]{1,500}）|(?:https?://|www\.)\S+|(?<!\S)[^\s@]++@\S+|[@#]\S+"
)
_QUOTE_MARKS = '“”„«»"‘’「」『』'


class _Words(NamedTuple):
    of: dict[str, frozenset[str]]  # language -> its small words
    langs: dict[str, frozenset[str]]  # small word -> its languages
    in_names: frozenset[str]


class _Source:
    """The words of the source text, without what stands between them."""

    def __init__(self, article: AnnotatedArticle) -> None:
        self._article = article.article
        self.lang = tables.language(article.source_lang).tag if article.source_lang else ""

    @cached_property
    def _letters(self) -> str:
        parts = (self._article.source_title, self._article.source_text, *(self._article.source_segments or ()))
        return _letters(" ".join(part for part in parts if part))

    def has(self, text: str) -> bool:
        """Whether a text of some length was copied from the source."""
        letters = _letters(text)
        return len(letters) >= _MIN_LETTERS and letters in self._letters


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text)).lower()


def check(article: AnnotatedArticle, *, margin: float = language.PRIOR) -> Iterator[Mark]:
    """Yield a finding for each stretch of sentences in another language, or in another script.

    Args:
        article: the article.
        margin: nats by which the source's language must beat the article's own; twice as many for any other language.
    """
    script = _script(article)
    if not script:
        return
    source = _Source(article)
    found = dict(_other_script(article, script))
    if script == "Latin" or article.language.tag in _words().of or _LATIN_RUN.search(article.text):
        for sentence in article.sentences:
            lang = _other_language(article, source, sentence, script, margin)
            if lang and not _is_quoted(article, sentence):
                found.setdefault(sentence, lang)
    yield from _marks(article, found, source.lang)


def _script(article: AnnotatedArticle) -> str:
    """The script that the article should be in; "" for a language that the tables do not know: then nothing is said."""
    tag = article.language.tag
    listed = _scripts().get(tag, ("Latin",) if tag in _words().of else ())
    if len(listed) == 1:
        return listed[0]
    found = language.script_of(article.text[:_SAMPLE]) if listed else ""
    return found if found in listed else ""


@cache
def _scripts() -> dict[str, tuple[str, ...]]:
    return {row["lang"]: tuple(row["scripts"].split()) for row in tables.table("alphabets")}


@cache
def _words() -> _Words:
    of: dict[str, set[str]] = defaultdict(set)
    langs: dict[str, set[str]] = defaultdict(set)
    for row in tables.table("function-words"):
        of[row["lang"]].add(row["entry"])
        langs[row["entry"]].add(row["lang"])
    in_names = frozenset(row["entry"] for row in tables.table("function-words") if row["in_names"] == "yes")
    return _Words({key: frozenset(value) for key, value in of.items()}, {key: frozenset(value) for key, value in langs.items()}, in_names)


# -- another script ---------------------------------------------------------------------------------------------------


@cache
def _outside(script: str) -> regex.Pattern[str]:
    own = _CLASS.get(script, rf"\p{{{script}}}")
    return regex.compile(rf"[\p{{L}}--\p{{Common}}--\p{{Inherited}}--[{own}\p{{Latin}}]]", regex.V1)


def _other_script(article: AnnotatedArticle, script: str) -> Iterator[tuple[Span, str]]:
    """The lines that are wholly in a script that is neither the article's own nor Latin."""
    outside = _outside(script)
    if article.text.isascii() or not outside.search(article.text):
        return
    for line in article.lines:
        text = _ASIDE.sub(" ", line.text)
        count = len(outside.findall(text))
        if count >= _MIN_OTHER_SCRIPT and count >= _SCRIPT_SHARE * sum(map(str.isalpha, text)):
            yield Span(line.start, line.end), language.guess(text).lang


# -- another language -------------------------------------------------------------------------------------------------


def _other_language(article: AnnotatedArticle, source: _Source, sentence: Span, script: str, margin: float) -> str | None:
    """The language of a sentence that is not the article's, or None."""
    text = article.text[sentence.start : sentence.end]
    own = article.language.tag
    own_words = _words().of.get(own, frozenset())
    if script != "Latin" and _LATIN_RUN.search(text):
        return _latin_sentence(_ASIDE.sub(" ", text), own, source)
    if not own_words or len(text) < _MIN_LETTERS or _has_own(text, own_words):
        return None
    text = _ASIDE.sub(" ", text)
    words = [word.lower() for word in _WORD.findall(text)]
    if len(words) < _MIN_WORDS or sum(map(len, words)) < _MIN_LETTERS or _has_own(text, own_words):
        return None
    likely = _likely(text, words, own, source)
    margins = {lang: margin if lang == source.lang else 2 * margin for lang in likely}
    return _by_spelling(text, own, margins, script) if likely else None


def _has_own(text: str, own_words: frozenset[str]) -> bool:
    words = _WORD.findall(text)
    return sum(word.lower() in own_words for word in words) >= _OWN_SHARE * len(words)


def _likely(text: str, words: list[str], own: str, source: _Source) -> list[str]:
    """The languages whose small words a sentence has: two, or one when the source has the sentence."""
    table = _words()
    small = set(words) - table.of.get(own, frozenset())
    hits = Counter(lang for word in small for lang in table.langs.get(word, ()) if not _are_twins(lang, own))
    proofs = Counter(lang for word in small - table.in_names for lang in table.langs.get(word, ()))
    likely = [lang for lang, count in hits.items() if count >= _OTHER_HITS and proofs[lang]]
    if source.lang not in likely and hits[source.lang] and source.has(text):
        likely.append(source.lang)
    return sorted(likely)


def _are_twins(one: str, other: str) -> bool:
    return one == other or any(one in twins and other in twins for twins in _TWINS)


def _latin_sentence(text: str, own: str, source: _Source) -> str | None:
    """A sentence in Latin letters where the article is in others: it must read like a sentence, not like a list of names."""
    words = [word for word in _WORD.findall(text) if _LATIN.match(word)]
    letters = sum(map(len, words))
    if len(words) < _MIN_WORDS or letters < _MIN_LETTERS or letters < _SCRIPT_SHARE * sum(map(str.isalpha, text)):
        return None
    likely = _likely(text, [word.lower() for word in words], own, source)
    if not likely or (sum(word[0].islower() for word in words) < _OTHER_HITS and not source.has(text)):
        return None
    scores = language.nats(text, tuple(likely))
    return max(likely, key=lambda lang: (scores.get(lang, float("-inf")), lang))


def _by_spelling(text: str, own: str, margins: dict[str, float], script: str) -> str | None:
    """The language that is ahead of the article's own by its margin, in nats; the one farthest ahead if there are several."""
    scores = language.nats(text, tuple(dict.fromkeys(_profile(lang, script) for lang in (own, *margins))))
    mine = scores.get(_profile(own, script))
    if mine is None:
        return None
    ahead = {lang: scores[_profile(lang, script)] - mine for lang in margins if _profile(lang, script) in scores}
    best = max(ahead, key=lambda lang: (ahead[lang], lang), default=None)
    return best if best and ahead[best] > margins[best] else None


def _profile(lang: str, script: str) -> str:
    return _PROFILE.get((lang, script), lang)


# -- findings ---------------------------------------------------------------------------------------------------------


def _is_quoted(article: AnnotatedArticle, sentence: Span) -> bool:
    return article.in_quotation(sentence.start) or article.text[sentence.start] in _QUOTE_MARKS


def _marks(article: AnnotatedArticle, found: dict[Span, str], source: str) -> Iterator[Mark]:
    """One finding for sentences of one line that follow each other."""
    stretches: list[tuple[int, int, str, Line | None]] = []
    for (start, end), lang in sorted(found.items()):
        line = article.line_at(start)
        if stretches and stretches[-1][3] is line and not article.text[stretches[-1][1] : start].strip():
            stretches[-1] = (stretches[-1][0], max(end, stretches[-1][1]), stretches[-1][2], line)
        else:
            stretches.append((start, end, lang, line))
    for start, end, lang, _ in stretches:
        what = f"in the source's language ({lang})" if lang == source else f"not in the article's language, but in another ({lang})"
        yield Mark(start, end, f"This is {what}: it was left untranslated.", confidence=0.95 if lang == source else 0.9)
