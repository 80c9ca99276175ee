"""A word mixes letters of two scripts, or stands in a script that the language is not written in.

*Tо, что надо* begins with a Latin T: it looks right, but search, spelling checker and screen reader stumble. Engines and keyboards
leave such letters, and engines also leave whole words of the source (*more than 美元 11 billion*) or half of one (*Foukatме*). Write the
word in one script, or translate it. Foreign words in brackets, in quotation marks of their own, in addresses and hashtags are
quoted on purpose and not reported. The lookalikes are in `data/lookalikes.tsv`, letters that a language lacks in `data/alphabets.tsv`.
"""

from __future__ import annotations

import bisect
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Span
from tqcheck.article import Example, Mark, Severity
from tqcheck.language import script_of

SEVERITY = Severity.MAJOR
MQM = "linguistic-conventions/character-encoding"
BAD = [
    "More than [[美元]] 11 billion flowed in.",
    "We meet in [[Prazі]] on Monday.",
    "It was 20 °[[С]] in town.",
    "He walked [[пока этих воров не]] caught sight of him.",
    "You can really [[можна]] say so.",
    Example("[[Tо]], что надо, сказал мэр города.", lang="ru"),
    Example("Вітер [[Foukatме]] з південного заходу на захід.", lang="uk"),
    Example("Робота називається роман яни [[Эйровой]] і вийшла торік.", lang="uk"),
    Example("Ruské jednotky spáchaly [[геноcid]] ve městě.", lang="cs"),
    Example("Le maire [[Зеленский]] a pris la parole lundi.", lang="fr"),
    Example("Ο δήμαρχος [[παραιτήθnκε]] τη Δευτέρα.", lang="el"),
    Example("市長は昨日[[Зеленский]]と会談した。", lang="ja"),
    Example("Градоначелник je рекао [[дa]] долази сутра.", lang="sr"),
]
GOOD = [
    "The word “правда” means truth, and Pravda (Правда) is a newspaper.",
    "The Tai (傣族) live in the south; the sign read «Слава Україні».",
    "The poster had the hashtag #поэтроссии and the site https://пример.рф/ on it.",
    "Take 5 μm of α-synuclein, β-carotene, π and Ωm; ΔT is small.",
    "The fraternity ΑΦΑ meets; the letter Ы is Russian.",
    "He wrote ¯\\_(ツ)_/¯ below.",
    Example("Рост COVIDом и SMSки, PRщик, IT-компания, Bitcoinом.", lang="ru"),
    Example("Компания BMW продала X5 и iPhone 15 в ТЦ.", lang="ru"),
    Example("Le journal « Правда » (La Vérité) est russe ; il fait 20 °C.", lang="fr"),
    Example("Der Ort Київ/Kyjiw liegt am Dnipro.", lang="de"),
    Example("由 Julian Fellowes 和 Sonja Warfield 编剧，将于下个月在 HBO 首映。", lang="zh"),
    Example("他用 iPhone 拍照，品牌叫鲜の味，唱卡拉OK。", lang="zh"),
    Example("AIの会社とNHK、α線、Tシャツ、Q&A。", lang="ja"),
    Example("삼성전자는 AI와 5G, 美 정부, 北의 발표를 봤다.", lang="ko"),
    Example("ב-BBC אמרו כי COVID-19 חזר.", lang="he"),
]
MISSED = [
    "The Tai [[傣族]] (an ethnic group) live there.",
    Example("Хэштег [[SpeakUpForДемократия]] стал популярен.", lang="ru"),
]

_ALLOWED = {
    "Latin": r"\p{Latin}",
    "Cyrillic": r"\p{Cyrillic}\p{Latin}",
    "Greek": r"\p{Greek}\p{Latin}",
    "Han": r"\p{Han}\p{Bopomofo}\p{Latin}",
    "Kana": r"\p{Han}\p{Hiragana}\p{Katakana}\p{Latin}",
    "Hangul": r"\p{Hangul}\p{Han}\p{Latin}",
    "Arabic": r"\p{Arabic}\p{Latin}",
    "Hebrew": r"\p{Hebrew}\p{Latin}",
    "Devanagari": r"\p{Devanagari}\p{Latin}",
    "Bengali": r"\p{Bengali}\p{Latin}",
    "Thai": r"\p{Thai}\p{Latin}",
}
_ALPHABETIC = ("Latin", "Cyrillic", "Greek")  # among these a mixed word is a slip; 卡拉OK and 5G는 are words
_SAMPLE = 3000  # letters from which the article's own script is read off
_MIXED = regex.compile(
    r"[\p{Cyrillic}\p{Greek}]\p{M}*\p{Latin}|\p{Latin}\p{M}*[\p{Cyrillic}\p{Greek}]"
    r"|\p{Cyrillic}\p{M}*\p{Greek}|\p{Greek}\p{M}*\p{Cyrillic}"
)
_SCRIPT = {name: regex.compile(rf"\p{{{name}}}") for name in _ALPHABETIC}
_LONE_LATIN = regex.compile(r"(?<=\p{Cyrillic},? )[aoi](?= \p{Cyrillic})")
_ENDINGS = "а|у|е|и|ы|і|о|ю|я|й|ом|ем|ам|ах|ов|ів|ой|ою|ею|ами|ові|еві|ът|та|то|те|ский|ская|ские|ово"
_INFLECTED = regex.compile(
    rf"\p{{Lu}}[\p{{Lu}}\d]+\p{{Cyrillic}}{{1,6}}|(?=\p{{Latin}}*\p{{Lu}})\p{{Latin}}{{2,}}(?:{_ENDINGS})"
)  # SMSки, Bitcoinом
_CAMEL = regex.compile(r"\p{Latin}*\p{Ll}\p{Cyrillic}*(?<=\p{Ll})\p{Lu}|\p{Latin}{2,}(?<=\p{Ll})\p{Lu}\p{Ll}")
_OPENING = "“„‟«»‹›‚‘’\"'「『《〈（(["
_CLOSING = "”“»«›‹’‘\"'」』》〉）)]"
_BRACKETS = {"(": ")", "（": "）", "[": "]", "【": "】"}
_NEAR = 80  # characters within which a bracket is looked for
_TOKEN_PART = 100  # characters of an address that are looked at
_MAX_WORD = 60  # longer "words" are not words
_MANY = 6
_FOREIGN_SHARE = 0.8  # of the letters of a line: beyond, the whole line is untranslated
_MIN_ALONE = 2  # a single letter of another alphabet is spoken of, not written with, unless it looks like one's own


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each word of mixed script and each run of words in a foreign script.

    Where lookalikes run through the whole text it is one finding, with all its places.
    """
    text = article.text
    if text.isascii() or (own := _own_script(article)) not in _ALLOWED:
        return
    lang = article.language.tag
    mixed = list(_mixed_words(text, own, lang)) if own in _ALPHABETIC else []
    marks = [_mark_mixed(text, span, own, lang) for span in mixed]
    if own == "Cyrillic":
        marks += [mark for match in _LONE_LATIN.finditer(text) if (mark := _mark_lone(text, match.span(), lang))]
    lookalikes = [mark for mark in marks if mark.suggestion is not None]
    if len(lookalikes) >= _MANY:
        first, *rest = sorted(lookalikes, key=lambda mark: mark.start)
        message = f"{first.message} So it is in {len(lookalikes)} words of the text."
        yield replace(first, message=message, related=tuple((mark.start, mark.end) for mark in rest))
        marks = [mark for mark in marks if mark.suggestion is None]
    yield from marks
    ends = [end for _, end in mixed]  # in order, as they do not overlap
    for span in _foreign_runs(text, own):
        after = bisect.bisect_right(ends, span.start)
        if not (after < len(mixed) and mixed[after].start < span.end) and (mark := _mark_foreign(article, span, own)):
            yield mark
    yield from _wrong_letters(article)


def _own_script(article: AnnotatedArticle) -> str:
    """The script that the article should be in: its language's, else the one that most of it is in."""
    scripts = tables.scripts(article.language.tag)
    if len(scripts) == 1:
        return scripts[0]
    found = script_of(article.text[:_SAMPLE])
    return found if not scripts or found in scripts else ""


# -- a word of two scripts --------------------------------------------------------------------------------------------


def _mixed_words(text: str, own: str, lang: str) -> Iterator[Span]:
    end = 0
    for match in _MIXED.finditer(text):
        if match.start() < end:
            continue
        span = _letters_around(text, match.start(), match.end())
        end = span.end
        if span.end - span.start <= _MAX_WORD and not _is_right_mix(text, span, own, lang):
            yield span


def _letters_around(text: str, start: int, end: int) -> Span:
    first, last = max(0, start - _MAX_WORD), min(len(text), end + _MAX_WORD)
    while start > first and _is_letter(text[start - 1]):
        start -= 1
    while end < last and _is_letter(text[end]):
        end += 1
    return Span(start, end)


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM"


def _is_right_mix(text: str, span: Span, own: str, lang: str) -> bool:
    word = text[span.start : span.end]
    greek = len(_SCRIPT["Greek"].findall(word))
    if greek and own != "Greek" and (word.isupper() or (greek == 1 and not _respelt(word, own, lang))):
        return True  # ΦΒΚ; μm, Ωm, ΔT
    if greek and own != "Greek" and len(word) - greek <= 1:
        return True  # αM
    if own == "Cyrillic" and (_INFLECTED.fullmatch(word) or (_CAMEL.search(word) and not _respelt(word, own, lang))):
        return True
    return _in_address(text, span)


def _mark_mixed(text: str, span: Span, own: str, lang: str) -> Mark:
    word = text[span.start : span.end]
    counts = {name: len(pattern.findall(word)) for name, pattern in _SCRIPT.items()}
    present = sorted((name for name in counts if counts[name]), key=lambda name: (-counts[name], name != own))
    respelt = ((name, meant) for name in dict.fromkeys((own, *present)) if (meant := _respelt(word, name, lang)))
    into, suggestion = next(respelt, (present[0], None))
    intruders = dict.fromkeys(char for char in word if not _SCRIPT[into].match(char) and char.isalpha())
    named = ", ".join(f"“{char}” is U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() for char in list(intruders)[:3])
    message = f"“{word}” mixes {' and '.join(sorted(present))} letters: {named}."
    return Mark(span.start, span.end, message, suggestion, confidence=0.95 if suggestion else 0.85)


def _mark_lone(text: str, span: tuple[int, int], lang: str) -> Mark | None:
    char = text[span[0]]
    meant = _respelt(char, "Cyrillic", lang)
    message = f"“{char}” is U+{ord(char):04X} {unicodedata.name(char)} among Cyrillic words."
    return Mark(*span, message, meant, confidence=0.9) if meant else None


def _respelt(word: str, script: str, lang: str) -> str | None:
    """The word with all letters in one script, where the others are lookalikes; None where they are not, or none is."""
    table = _lookalikes(lang).get(script, {})
    letters = [char if _SCRIPT[script].match(char) or not char.isalpha() else table.get(char) for char in word]
    respelt = "".join(char for char in letters if char)
    return respelt if None not in letters and respelt != word else None


@cache
def _lookalikes(lang: str) -> dict[str, dict[str, str]]:
    """For each script, the letters of others that look like one of its own; for Cyrillic and Greek, of those that `lang` writes."""
    found: dict[str, dict[str, str]] = {name: {} for name in _ALPHABETIC}
    for row in tables.table("lookalikes"):
        found["Latin"][row["lookalike"]] = row["latin"]
        if row["langs"] == "*" or lang in row["langs"].split():
            found[row["script"]][row["latin"]] = row["lookalike"]
    return found


# -- a word in a foreign script ---------------------------------------------------------------------------------------


@cache
def _foreign(own: str) -> regex.Pattern[str]:
    letter = rf"[\p{{L}}--\p{{Common}}--\p{{Inherited}}--[{_ALLOWED[own]}]]"
    word = rf"{letter}[{letter}\p{{M}}ー]*"
    return regex.compile(rf"{word}(?:[ \u00a0,，、・–-]{{1,2}}{word})*", regex.V1)


def _foreign_runs(text: str, own: str) -> Iterator[Span]:
    for match in _foreign(own).finditer(text):
        yield Span(*match.span())


def _mark_foreign(article: AnnotatedArticle, span: Span, own: str) -> Mark | None:
    text, run = article.text, article.text[span.start : span.end]
    script = script_of(run)
    if _is_symbol(run, script, own) or _is_quoted(text, span) or _in_address(text, span) or _is_foreign_line(article, span, own):
        return None
    name = script if script in _ALLOWED else "a foreign script"
    suggestion = _respelt(run, own, article.language.tag) if own in _ALPHABETIC else None
    shown = run if len(run) <= 40 else run[:39] + "…"
    what = f"{name} letters" if name in _ALLOWED else name
    code = f" (U+{ord(run):04X} {unicodedata.name(run, '')})" if len(run) == 1 else ""
    return Mark(span.start, span.end, f"“{shown}”{code} is in {what}, which readers of this text do not read.", suggestion, confidence=0.9)


def _is_symbol(run: str, script: str, own: str) -> bool:
    """Letters that are used as signs: α, ΑΦΑ, の in Chinese; a single letter that does not pass for one of the text's own."""
    if script == "Greek":
        return len(run) < _MIN_ALONE or run.isupper()
    if own == "Latin" and script == "Cyrillic":
        return len(run) < _MIN_ALONE and run not in _lookalikes("")["Latin"]
    return own != "Latin" and len(run) < _MIN_ALONE


def _is_quoted(text: str, span: Span) -> bool:
    """In quotation marks of its own, in brackets, or explained by a bracket or slash."""
    before, after = text[max(0, span.start - _NEAR) : span.start], text[span.end : span.end + _NEAR]
    before, after = before.rpartition("\n")[2], after.partition("\n")[0]
    near_before, near_after = before.rstrip(" \u00a0"), after.lstrip(" \u00a0.,!?…。！？")
    if near_before[-1:] in _OPENING and near_before and near_after[:1] in _CLOSING and near_after:
        return True
    if near_before.endswith("/") or near_after.startswith(("/", "(", "（")):
        return True
    return any(before.rfind(left) > before.rfind(right) and right in after for left, right in _BRACKETS.items())


def _in_address(text: str, span: Span) -> bool:
    """In a URL, an e-mail address, a handle or a hashtag."""
    before = regex.split(r"\s", text[max(0, span.start - _TOKEN_PART) : span.start])[-1]
    after = regex.split(r"\s", text[span.end : span.end + _TOKEN_PART], maxsplit=1)[0]
    return "://" in before or "www." in before or "@" in before or "#" in before or "@" in after


def _is_foreign_line(article: AnnotatedArticle, span: Span, own: str) -> bool:
    """Whether most of the line is foreign: then it is an untranslated segment, not a word."""
    line = article.line_at(span.start)
    return line is not None and _is_mostly_foreign(line.text, own)


@lru_cache(maxsize=8)  # asked for every foreign word of a line
def _is_mostly_foreign(line: str, own: str) -> bool:
    foreign = sum(len(match.group()) for match in _foreign(own).finditer(line))
    return foreign > _FOREIGN_SHARE * sum(map(str.isalpha, line))


# -- a letter that the language lacks ---------------------------------------------------------------------------------


@cache
def _without(lang: str) -> regex.Pattern[str] | None:
    letters = "".join(row["without"] for row in tables.table("alphabets") if row["lang"] == lang).strip("-")
    return regex.compile(f"[{letters}{letters.upper()}]") if letters else None


def _wrong_letters(article: AnnotatedArticle) -> Iterator[Mark]:
    lacking = _without(article.language.tag)
    end = 0
    for match in lacking.finditer(article.text) if lacking else ():
        if match.start() < end:
            continue
        span = _letters_around(article.text, match.start(), match.end())
        end = span.end
        if not (_is_quoted(article.text, span) or article.in_quotation(span.start) or _in_address(article.text, span)):
            word = article.text[span.start : span.end]
            yield Mark(*span, f"“{word}” is not spelt with the letters of this language: it has no “{match.group()}”.", confidence=0.8)
