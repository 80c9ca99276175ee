"""A sentence or line is in another language than the article: it was not translated.

The engine skipped it, copied it, or fell back into the source language. Translate it. A sentence counts when its script is not the
article's, or when it has hardly any of the small words of the article's language (`data/function-words.tsv`), has those of another,
and its spelling speaks for that other one by a wide margin; or by a very wide one when neighbours share their small words (Slovak in a
Czech article). Foreign words in quotation marks or brackets, addresses, hashtags, names
and titles are not held against a sentence, and a sentence that is quoted as a whole is left alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache, cached_property
from typing import NamedTuple

import regex

from tqcheck import language, lemmas, tables
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
    Example("La torre está cerrada. [[A new roof of copper is due in June.]] Llueve.", lang="es"),
    Example("Most je zavřený. [[Strecha mestskej knižnice sa opravuje už druhý týždeň a čitatelia musia čakať.]] Prší.", lang="cs"),
    Example("La torre está cerrada. [[O telhado da biblioteca foi reparado por uma empresa da cidade.]] Llueve.", lang="es"),
    Example("المكتبة مغلقة. [[سقف کتابخانه شهر در ماه گذشته تعمیر شد و هنوز بسته است.]]", lang="ar"),
    Example("הספרייה סגורה. [[Крышу городской библиотеки чинят уже вторую неделю.]] יורד גשם.", lang="he"),
    Example("図書館は閉まっている。[[市图书馆的屋顶已经修了两个星期。]]雨が降っている。", lang="ja"),
    Example("도서관은 닫혀 있다. [[市立図書館の屋根はまだ修理中だ。]]", lang="ko"),
    Example("图书馆关门了。[[市立図書館の屋根はまだ修理しているところだ。]]", lang="zh"),
    Example("Η βιβλιοθήκη είναι κλειστή. [[Kütüphanenin çatısı onarılıyor, okurlar bekliyor.]]", lang="el"),
    Example("大桥已经开通。[[The mayor said that the works were finished on time.]]", lang="zh"),
    Example(
        "Мост открыт.\n\n[[Bridge Closure Dates, Road Works Map]]",
        lang="ru",
        source_lang="en",
        source_text="The bridge is open.\n\nBridge Closure Dates, Road Works Map",
    ),
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
    Example("Teplotu udává portál weather.com podle serveru U.S. Weather.", lang="cs"),
    Example("大統領選挙結果確定。", lang="ja"),
    Example("Η ταινία The Lord of the Rings προβάλλεται.", lang="el"),
    Example("Kuća je na brdu, a most je preko rijeke i otvoren je za sve.", lang="sr"),
]
MISSED = [
    Example("Мост открыт.\n\n[[Bridge Closure Dates and Road Works]]", lang="ru"),
    Example("Most je otevřený.\n\n[[Tap Factory reset now]]", lang="cs"),
    "The bridge is open. [[„Wir sind froh, dass die Brücke wieder offen ist“]]",
]

_MIN_LETTERS = 20  # below, the profiles guess: see language.MIN_LETTERS
_MIN_WORDS = 4
_SAMPLE = 3000  # letters from which the script of Serbian or Kazakh is read off
_MIN_OTHER_SCRIPT = 8  # letters; an ideograph says more than a letter, and script leaves no doubt
_LISTED_SHARE = 0.8  # of the copied words of a sentence
_FARTHER = 3  # times the margin by which spelling alone must speak for a language
_MIN_SMALL = 4  # words in lower case: names prove nothing
_MIN_SMALL_LETTERS = 18
_MIN_HAN = 8  # characters without kana or Hangul among them
_MIN_KANA, _KANA_SHARE = 5, 0.2
_OWN_SHARE = 0.1  # of the words: with more small words of its own, a sentence is in the article's language
_OTHER_HITS = 2  # small words of the other language
_SCRIPT_SHARE = 0.8  # of the letters of a sentence
_CLASS = {"Kana": r"\p{Han}\p{Hiragana}\p{Katakana}", "Han": r"\p{Han}\p{Bopomofo}", "Hangul": r"\p{Hangul}\p{Han}"}
_EAST_ASIAN = frozenset({"zh", "ja", "ko"})
_TWINS = (
    frozenset({"hr", "sr", "bs", "sh", "sl"}),
    frozenset({"nb", "no", "nn", "da"}),
    frozenset({"id", "ms"}),
)  # nobody tells them apart
_PROFILE = {("sr", "Latin"): "hr", ("bs", "Latin"): "hr", ("sr", "Cyrillic"): "mk", ("nb", "Latin"): "no", ("nn", "Latin"): "no"}
_HAN = regex.compile(r"\p{Han}")
# Small words that Japanese lacks or writes otherwise.
_CHINESE = regex.compile("[这這们們没該该个個也已将從从与為为说說她它很把给給还還於于对您吗呢吧了的是]")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_HANGUL = regex.compile(r"\p{Hangul}")
_SMALL = regex.compile(r"(?<![\p{L}\p{M}\p{Nd}.@/_-])[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{M}’']*+(?![\p{L}\p{Nd}@/_-]|\.\p{L})")
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*")
_LATIN = regex.compile(r"\p{Latin}")
_LATIN_RUN = regex.compile(r"(?<![\p{L}\p{M}'’])['’]*+(?:\p{Latin}[\p{Latin}\p{M}'’]*+[^\p{L}\n]{1,4}+){3}\p{Latin}")
_ASIDE = regex.compile(
    r"“[^“”\n]{1,500}”|„[^„“”\"\n]{1,500}[“”\"]|«[^«»\n]{1,500}»|‘[^‘’\n]{1,500}’(?!\p{L})|「[^「」\n]{1,500}」|\"[^\"\n]{1,500}\""
    r"|\([^()\n]{1,500}\)|\[[^\[\]\n]{1,500}\]|（[^（）\n]{1,500}）|(?:https?://|www\.)\S+|(?<!\S)[^\s@]++@\S+|[@#]\S+"
)
_QUOTE_MARKS = '“”„«»"‘’「」『』'


class _Words(NamedTuple):
    of: dict[str, frozenset[str]]  # language -> its small words
    langs: dict[str, frozenset[str]]  # small word -> its languages
    in_names: frozenset[str]
    own_only: dict[str, frozenset[str]]  # language -> those of its small words that no other one has, but for its twins


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

    def says(self, words: list[str]) -> bool:
        """Whether words were copied from the source and most are in the word list of its language: no list of names, then."""
        known = sum(bool(lemmas.is_listed(word.lower(), self.lang)) for word in words) if self.lang else 0
        return known >= max(_MIN_WORDS, _LISTED_SHARE * len(words)) and self.has(" ".join(words))


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
    listed = tables.scripts(tag) or (("Latin",) if tag in _words().of else ())
    if len(listed) == 1:
        return listed[0]
    found = language.script_of(article.text[:_SAMPLE]) if listed else ""
    return found if found in listed else ""


@cache
def _words() -> _Words:
    of: dict[str, set[str]] = defaultdict(set)
    langs: dict[str, set[str]] = defaultdict(set)
    for row in tables.table("function-words"):
        of[row["lang"]].add(row["entry"])
        langs[row["entry"]].add(row["lang"])
    in_names = frozenset(row["entry"] for row in tables.table("function-words") if row["in_names"] == "yes")
    own_only = {
        lang: frozenset(word for word in words if all(_are_twins(other, lang) for other in langs[word])) for lang, words in of.items()
    }
    return _Words(
        {key: frozenset(value) for key, value in of.items()}, {key: frozenset(value) for key, value in langs.items()}, in_names, own_only
    )


# -- another script ---------------------------------------------------------------------------------------------------


@cache
def _outside(script: str) -> regex.Pattern[str]:
    own = _CLASS.get(script, rf"\p{{{script}}}")
    return regex.compile(rf"[\p{{L}}--\p{{Common}}--\p{{Inherited}}--[{own}\p{{Latin}}]]", regex.V1)


def _other_script(article: AnnotatedArticle, script: str) -> Iterator[tuple[Span, str]]:
    """The lines and sentences that are wholly in a script that is neither the article's own nor Latin."""
    outside = _outside(script)
    if article.text.isascii():
        return
    if outside.search(article.text):
        spans = [Span(line.start, line.end) for line in article.lines] + [s for s in article.sentences if not _is_quoted(article, s)]
        for span in spans:
            text = _ASIDE.sub(" ", article.text[span.start : span.end])
            count = len(outside.findall(text))
            if count >= _MIN_OTHER_SCRIPT and count >= _SCRIPT_SHARE * sum(map(str.isalpha, text)):
                yield span, language.guess(text).lang
    if script in _CLASS and article.language.tag in _EAST_ASIAN:
        for span in article.sentences:
            lang = _neighbour(_ASIDE.sub(" ", article.text[span.start : span.end]), article.language.tag)
            if lang and not _is_quoted(article, span):
                yield span, lang


def _neighbour(text: str, own: str) -> str | None:
    """Chinese, Japanese and Korean share characters: a sentence of many without kana is Chinese, one with them Japanese."""
    han, kana = len(_HAN.findall(text)), len(_KANA.findall(text))
    if own != "ja" and kana >= _MIN_KANA and kana >= _KANA_SHARE * sum(map(str.isalpha, text)):
        return "ja"
    if own != "zh" and han >= _MIN_HAN and not kana and not _HANGUL.search(text) and _CHINESE.search(text):
        return "zh" if text.rstrip().endswith("。") and han >= _SCRIPT_SHARE * sum(map(str.isalpha, text)) else None
    return None


# -- another language -------------------------------------------------------------------------------------------------


def _other_language(article: AnnotatedArticle, source: _Source, sentence: Span, script: str, margin: float) -> str | None:
    """The language of a sentence that is not the article's, or None."""
    text = article.text[sentence.start : sentence.end]
    own = article.language.tag
    own_words = _words().of.get(own, frozenset())
    if script != "Latin" and _LATIN_RUN.search(text):
        return _latin_sentence(_ASIDE.sub(" ", text), own, source)
    if not own_words or len(text) < _MIN_LETTERS or _has_own(text, _words().own_only[own]):
        return None
    text = _ASIDE.sub(" ", text)
    words = [word.lower() for word in _WORD.findall(text)]
    if len(words) < _MIN_WORDS or sum(map(len, words)) < _MIN_LETTERS or _has_own(text, _words().own_only[own]):
        return None
    likely = [] if _has_own(text, own_words) else _likely(text, words, own, source)
    margins = {lang: margin if lang == source.lang else 2 * margin for lang in likely}
    return (likely and _by_spelling(text, own, margins, script)) or _by_small_words(text, own, script, _FARTHER * margin)


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
    if source.says(words):
        return source.lang
    likely = _likely(text, [word.lower() for word in words], own, source)
    small = [word for word in words if word[0].islower()]
    if not likely and len(small) >= _MIN_SMALL - 1 and sum(map(len, small)) >= max(_MIN_SMALL_LETTERS, letters / 2):
        return language.guess(" ".join(words)).lang
    if not likely or (len(small) < _OTHER_HITS and not source.has(text)):
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


def _by_small_words(text: str, own: str, script: str, margin: float) -> str | None:
    """The language for which the spelling of the words in lower case speaks so clearly that no small word of it is needed."""
    small = [word for word in _SMALL.findall(text) if (word[:1].islower() and word not in _words().in_names) or script == "Arabic"]
    if len(set(small)) < _MIN_SMALL or sum(map(len, small)) < _MIN_SMALL_LETTERS:
        return None
    has = Counter(lang for word in set(small) for lang in _words().langs.get(word, ()))
    least = max(1, has[own])
    if all(count < least or _are_twins(lang, own) for lang, count in has.items()):
        return None
    margins = {lang: margin for lang in _of_script(script) if not _are_twins(lang, own)}
    found = _by_spelling(" ".join(small), own, margins, script)
    return found if found and has[found] >= least else None


@cache
def _of_script(script: str) -> tuple[str, ...]:
    """The languages whose small words are listed, by the script of these."""
    return tuple(sorted(lang for lang, words in _words().of.items() if language.script_of(" ".join(words)) == script))


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
