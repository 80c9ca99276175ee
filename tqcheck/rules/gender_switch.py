"""One person is a man in one place of the article and a woman in another.

The engine translates sentence by sentence. Where the source drops the pronoun or does not mark it, it guesses: *A woman of forty was
found ill. He works at a hospital.* Read who is meant, and use one.

Three things show it. A pronoun opens a sentence, but the sentence before speaks of one person alone, who is of the other sex (English,
Spanish and the Scandinavian languages, whose pronouns stand for persons). The same name is the subject of *said* in its masculine and in
its feminine form (most Slavic languages). The same surname stands after *Mr* and after *Mrs*.

The rule is silent as soon as anybody else could be meant: a second name, *the driver*, *their child*; two first names, a couple; what is
said in quotations. The words are in `data/gender-words.tsv`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Span
from tqcheck.article import Example, Mark, Severity
from tqcheck.names import NAME, Mention, first_names

SEVERITY = Severity.MAJOR
MQM = "accuracy/mistranslation"
PREVIEW = True  # too few findings on real articles to judge by
BAD = [
    "A woman of forty was found to be ill on Sunday in Karbel, Osten County. [[He]] works at a hospital nearby.",
    "The champion became a mother in June and still loves her sport. [[He]] plans to come back next year.",
    "He worked hard and did everything himself. [[She]] flew along with a laugh.",
    "Tamsin is quite well because she rested. But [[he]] stays in bed until Friday.",
    "Mr Karbel opened the hall at noon. In the evening [[Mrs Karbel]] closed it.",
    Example("Kvinnan var hemma när det hände, och hon ringde. [[Han]] är sjuk nu.", lang="sv"),
    Example("Kvinden blev fundet i skoven i nat. [[Han]] er nu i sikkerhed.", lang="da"),
    Example("La mujer llegó tarde a la estación. [[Él]] dijo que nevaba.", lang="es"),
    Example("Frau Karbel kam gegen Mittag. Am Abend ging [[Herr Karbel]] heim, sagte Frau Karbel.", lang="de"),
    Example("„Prší,“ řekla Karbelová. „Sníží se,“ [[řekl Karbelová]] a odešla.", lang="cs"),
    Example("„Prší,“ řekla Merkel. Podle ní je zima. [[Merkel dodal]], že přijede.", lang="cs"),
    Example("«Дождь идёт», — сказала Софи Ридж. «Снег», — [[заявил Софи Ридж]]. Софи Ридж добавила: «Лёд».", lang="ru"),
    Example("„Pada”, powiedział Nowak. Potem [[dodała Nowak]], że wraca. Nowak potwierdził to.", lang="pl"),
]
GOOD = [
    "A woman met the driver on Sunday. He works at a hospital nearby.",
    "He visited Tamsin on Sunday. She was ill.",
    "Tamsin said he was late. She was ill.",
    "He called his mother. She was ill.",
    "“A woman was here.” He shut the door. The men and women left. She stayed.",
    "The pilot said he was well. She worked hard and did everything herself that day. He sang.",
    "Mr and Mrs Karbel came. Mr Karbel sang; Mrs Karbel danced.",
    "Mr Jan Karbel sang. Mrs Eva Karbel danced.",
    Example("„Prší,“ řekla Eva Novak. „Sněží,“ řekl Jan Novak.", lang="cs"),
    Example("Помощник Иванова сказал, что идёт дождь. Иванова сказала, что нет.", lang="ru"),
    Example("Herr Karbel und seine Frau kamen. Frau Karbel sang, Herr Karbel tanzte.", lang="de"),
    Example("La mujer y su hijo llegaron tarde. Él dijo que nevaba.", lang="es"),
]
MISSED = [
    "She was at home when her daughter saw a rainbow over Karbel. [[He]] watched it for an hour.",
    Example("Die Frau kam gegen Mittag. [[Er]] sagte, es regne.", lang="de"),
]

_PLAIN = r"[\p{L}\p{M}]++(?:[-'’][\p{L}\p{M}]++)*+"
_WORD = regex.compile(rf"(?<word>{_PLAIN})")
_SECOND = regex.compile(rf",? (?<word>{_PLAIN})")
_MIN_WORDS = 6  # of the sentence before: shorter ones are dialogue (*Why? she asked.*)
_BACK = 2  # sentences before that one, of which none may bring in a person whom the pronoun fits
_REFLEXIVE = r"(?: (?:se|si|je|sie))?"


class _Words(NamedTuple):
    """The words of a language that show a person's sex, case-folded, by gender "m" or "f"."""

    subject: dict[str, str]  # pronoun -> gender
    shows: dict[str, str]  # pronoun, form or noun -> gender
    either: frozenset[str]
    title: dict[str, str]
    verb: dict[str, str]


class _Use(NamedTuple):
    """A name with what shows a gender beside it."""

    start: int
    end: int
    gender: str
    given: str  # the first name, or ""


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield one finding for each pronoun, verb or title that is of the other gender."""
    words = _words(article.language.tag)
    if words.subject:
        yield from _pronouns(article, words)
    if words.verb:
        yield from _compared(article, _verbs(article, words.verb), "verb")
    if words.title:
        yield from _compared(article, _titles(article, words.title), "title")


@cache
def _words(lang: str) -> _Words:
    rows = [row for row in tables.table("gender-words") if row["lang"] == lang]

    def of(*kinds: str) -> dict[str, str]:
        found = {row["masculine"]: "m" for row in rows if row["kind"] in kinds}
        return found | {row["feminine"]: "f" for row in rows if row["kind"] in kinds}

    return _Words(of("subject"), of("subject", "form", "noun"), _kind(lang, "either"), of("title"), of("verb"))


# -- pronouns -----------------------------------------------------------------------------------------------------------


def _pronouns(article: AnnotatedArticle, words: _Words) -> Iterator[Mark]:
    text = article.text
    mentions = _by_sentence(article)
    for index in range(1, len(article.sentences)):
        before, sentence = article.sentences[index - 1 : index + 1]
        match = _subject(text, sentence, words)
        if match is None or article.in_quotation(match.start("word")):
            continue
        gender = words.subject[match["word"].lower()]
        shown = _only_person(article, before, mentions.get(index - 1, []), words)
        if shown is None or words.shows[text[slice(*shown)].lower()] == gender:
            continue
        if not any(_may_hold(text, earlier, gender, words) for earlier in article.sentences[max(0, index - 1 - _BACK) : index - 1]):
            person = text[slice(*shown)]
            message = f"“{match['word']}” here, but the sentence before speaks of one person alone: “{person}”."
            yield Mark(*match.span("word"), message, confidence=0.7, related=(shown,))


def _subject(text: str, sentence: Span, words: _Words) -> regex.Match[str] | None:
    """The pronoun that opens a sentence, perhaps after one other word: *But he*."""
    match = _WORD.search(text, *sentence)
    for _ in range(2):
        if match is None or match["word"].lower() in words.subject:
            return match
        match = _SECOND.match(text, match.end(), sentence.end)
    return None


def _by_sentence(article: AnnotatedArticle) -> dict[int, list[Mention]]:
    """The names in each sentence, by the sentence's number."""
    found: dict[int, list[Mention]] = defaultdict(list)
    index = 0
    for mention in article.names:
        while index < len(article.sentences) and article.sentences[index].end <= mention.start:
            index += 1
        found[index].append(mention)
    return found


def _only_person(article: AnnotatedArticle, sentence: Span, mentions: list[Mention], words: _Words) -> tuple[int, int] | None:
    """The word that shows the sex of the one person a sentence speaks of; None when there may be more persons, or none."""
    found = [(match.span(), match.group().lower()) for match in _WORD.finditer(article.text, *sentence)]
    if len(found) < _MIN_WORDS or any(word in words.either for _, word in found):
        return None
    shown = [(span, word) for span, word in found if word in words.shows]
    if not shown or len({words.shows[word] for _, word in shown}) > 1 or any(article.in_quotation(span[0]) for span, _ in shown):
        return None
    names = [mention for mention in _not_places(article, mentions) if mention.form.lower() not in words.shows]
    if not names:
        return shown[0][0]
    speech = tables.entries("attributions", article.language.tag, "verb")  # who says it is somebody else
    alone = len(names) == 1 and names[0].start == sentence.start and not any(word in speech for _, word in found)
    return shown[0][0] if alone and shown[0][1] in words.subject else None


def _may_hold(text: str, sentence: Span, gender: str, words: _Words) -> bool:
    """Whether a sentence brings in a person of a gender."""
    return any(words.shows.get(match["word"].lower()) == gender for match in _WORD.finditer(text, *sentence))


def _not_places(article: AnnotatedArticle, mentions: list[Mention]) -> Iterator[Mention]:
    """The names that may be a person's: no months and weekdays, no places (*in Suwa, Nagano Prefecture*)."""
    lang = article.language.tag
    calendar, function_words = tables.entries("calendar", lang), tables.entries("function-words", lang)
    place = -1  # where the last place ended
    for mention in mentions:
        word = mention.form.lower()
        if word in calendar or (mention.sentence_initial and word in function_words):
            continue
        before = article.text[max(0, mention.start - 12) : mention.start].split()
        if (before and before[-1] in _kind(lang, "place")) or article.text[place : mention.start] in {" ", ", "}:
            place = mention.end
        else:
            yield mention


# -- verbs and titles ---------------------------------------------------------------------------------------------------


def _verbs(article: AnnotatedArticle, verbs: dict[str, str]) -> Iterator[tuple[str, _Use]]:
    """Names right beside a verb of saying: *řekla Nováková*, and at the start of a sentence *Nováková řekla*."""
    for match in _verb_pattern(article.language.tag).finditer(article.text):
        name = match["after"] or match["before"]
        if match["before"] and not article.starts_sentence(match.start()):
            continue
        verb = "verb" if match["verb"] else "verb2"
        end = max(match.end(), match.end(verb))
        yield name, _Use(match.start(), end, verbs[match[verb].lower()], match["given"] or "")


@cache
def _verb_pattern(lang: str) -> regex.Pattern[str]:
    verbs = tables.alternation(_words(lang).verb)
    return regex.compile(
        rf"(?<![\p{{L}}-])(?:(?<verb>{verbs}|{verbs.title()}){_REFLEXIVE} (?:(?<given>{NAME}) )?(?<after>{NAME})(?! \p{{Lu}})"
        rf"|(?<before>{NAME})(?={_REFLEXIVE} (?<verb2>{verbs})(?![\p{{L}}-])(?! \p{{Lu}})))"
    )


def _titles(article: AnnotatedArticle, titles: dict[str, str]) -> Iterator[tuple[str, _Use]]:
    for match in _title_pattern(article.language.tag).finditer(article.text):
        yield match["name"], _Use(*match.span(), titles[match["title"]], match["given"] or "")


@cache
def _title_pattern(lang: str) -> regex.Pattern[str]:
    titles = tables.alternation(_words(lang).title)
    return regex.compile(rf"(?<![\p{{L}}-])(?<title>{titles})[ \u00a0](?:(?<given>{NAME})[ \u00a0])?(?<name>{NAME})(?![ \u00a0]\p{{Lu}})")


def _compared(article: AnnotatedArticle, found: Iterator[tuple[str, _Use]], kind: str) -> Iterator[Mark]:
    """One finding for each name that is used with both genders, at the first use of the rarer."""
    uses: dict[str, list[_Use]] = defaultdict(list)
    for name, use in found:
        uses[name].append(use)
    for name, own in sorted(uses.items()):
        by_gender = {gender: [use for use in own if use.gender == gender] for gender in ("m", "f")}
        if not all(by_gender.values()) or _may_be_two(article, name, by_gender, kind):
            continue
        rarer = min(by_gender, key=lambda gender: (len(by_gender[gender]), -by_gender[gender][0].start))
        here, there = by_gender[rarer][0], by_gender["f" if rarer == "m" else "m"][0]
        surfaces = [article.text[use.start : use.end] for use in (here, there)]
        message = f"“{surfaces[0]}” here, but “{surfaces[1]}” elsewhere in the article: one person as a man and as a woman."
        yield Mark(here.start, here.end, message, confidence=0.75, related=((there.start, there.end),))


def _may_be_two(article: AnnotatedArticle, name: str, by_gender: dict[str, list[_Use]], kind: str) -> bool:
    """Two first names with the surname anywhere in the article; or, for titles, a couple."""
    titles = _words(article.language.tag).title
    first = first_names(article.names, name) - set(titles) - {title.capitalize() for title in titles}
    given = [{use.given for use in uses if use.given} for uses in by_gender.values()]
    if len(first) > 1 or (all(given) and given[0].isdisjoint(given[1])):
        return True
    return kind == "title" and _family(article.language.tag).search(article.text) is not None


@cache
def _family(lang: str) -> regex.Pattern[str]:
    return regex.compile(rf"(?<!\p{{L}})(?:{tables.alternation(_kind(lang, 'family'))})(?!\p{{L}})", regex.IGNORECASE)


@cache
def _kind(lang: str, kind: str) -> frozenset[str]:
    return frozenset(row["masculine"] for row in tables.table("gender-words") if (row["lang"], row["kind"]) == (lang, kind))
