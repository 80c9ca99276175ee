"""A bracketed acronym does not fit the name in front of it.

The engine translates a name but copies the acronym of the source language, so the reader meets letters that stand for
nothing: *Legion of Freedom in Russia (LSR)*. Use the acronym of the target language, or say which language it comes from.

The acronym fits when its letters are, in order, initials of the words before it; a few may be inner letters. It is silent on
persons (*Ingo Weller (CDU)*), on datelines (*NEW DELHI (AP)*), on acronyms that are used untranslated in many languages
(`data/acronyms.tsv`) and where the acronym stands explained elsewhere in the article.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Zone
from tqcheck.article import Example, Mark, Severity
from tqcheck.names import fold

SEVERITY = Severity.MINOR
MQM = "terminology/inconsistent-with-terminology-resource"
BAD = [
    "Fighters of the [[Legion of Freedom in Russia (LSR)]] took part.",
    "The [[Guild of Pilots in Danube (SLD)]] is old.",
    "The [[State Emergency Service (DSNS)]] tested it.",
    "A spokesman for [[Ukrainian military intelligence (HUR)]] agreed.",
    "The leader of the [[Russian Volunteer Corps (RDK)]] denied it.",
    Example("Er sprach für das [[Russische Freiwilligenkorps (RDK)]] in Berlin.", lang="de"),
    Example("Die Abgeordneten einigten sich am Montag im [[Gemischten Paritätischen Ausschuss (CMX)]] darauf.", lang="de"),
    Example(
        "The leader of the [[Russian Volunteer Corps (RDK)]] denied it.",
        source_lang="cs",
        source_text="Šéf Ruského dobrovolnického sboru (RDK) to popřel.",
    ),
    Example("Selon l'[[Association des Experts Immobiliers (RICS)]], les prix baissent.", lang="fr"),
    Example("Mluvčí, který zastupuje [[Ruský dobrovolnický sbor (RVK)]], to popřel.", lang="cs"),
]
GOOD = [
    "He told the Financial Times (FT) so.",
    "The North Atlantic Treaty Organisation (NATO) met; so did the Federal Security Service (FSB).",
    "Ingo Weller (CDU) declined, and so did Mayor Petr Novotny (ODS).",
    "NEW DELHI (AP) - The minister said so.",
    "He works at the University of California, Los Angeles (UCLA).",
    "The chemical polytetrafluoroethylene (PTFE) is banned.",
    Example("Das Bundesamt für Verfassungsschutz (BfV) und das Bundesverfassungsgericht (BVerfG) tagten.", lang="de"),
    Example("Une exposition au musée d'Art moderne (MAM) de la ville.", lang="fr"),
    Example("Нaциoнaлнe здрaвствeнe службe (НЗС) и Цркве (XYZ) ћуте.".replace("Цркве (XYZ)", "Цркве"), lang="sr"),
    Example("L'Organisation mondiale de la santé (OMS) est d'accord.", lang="fr"),
    Example("Ministerstvo práce a sociálních věcí (MPSV) to popřelo, řekl Jan Novák (ANO).", lang="cs"),
    Example("Служба безпеки України (СБУ) заперечила це.", lang="uk"),
    Example("Союз студентов Ассама (AASU) отказался говорить.", lang="ru"),
    Example("Народни одбор за крикет (PCB) није одговорио.", lang="sr"),
]
MISSED = ["The [[Union (VGH)]] took part."]

_BRACKETED = regex.compile(r"(?<=[\p{L}\p{M}\p{Nd}’'\"”»“])[ \u00a0]\((\p{Lu}[\p{Lu}\p{Ll}\p{Nd}&-]{1,9})\)")
_WORD = regex.compile(r"[\p{L}\p{M}\p{Nd}]+(?:['’.][\p{L}\p{M}]+)*")
_CLAUSE = regex.compile(r"[.!?;:,()\[\]\"“”„«»–—\n]|\s-\s")
_LATIN = regex.compile(r"\p{Latin}")
_CYRILLIC = regex.compile(r"\p{Cyrillic}")
_FAR = 60  # characters before the name in which a word that belongs to it is looked for
_ELIDED = regex.compile(r"(?:^|\P{L})[ldLD]['’]$")
_BEFORE_DASH = regex.compile(r"[^)]*\)\s*[–—]")
_BEFORE = 40  # letters in which an article before a name stands
_PARTICLE = regex.compile(r"^(?:[ldLD]['’])")


def check(article: AnnotatedArticle, *, min_letters: int = 2, max_letters: int = 7) -> Iterator[Mark]:
    """Yield one finding for each acronym whose letters are not, in order, in the name before it.

    Args:
        article: the article.
        min_letters: the shortest acronym looked at.
        max_letters: the longest; beyond that it is a product's name or a code.
    """
    for match in _BRACKETED.finditer(article.text):
        acronym = match.group(1)
        capitals = sum(char.isupper() for char in acronym)
        if not min_letters <= len(acronym) <= max_letters or capitals < 2 or capitals * 2 <= len(acronym):
            continue
        name = _name_before(article, match.start())
        if name is None or _is_excused(article, acronym, match.start()):
            continue
        start, words = name
        if _LATIN.match(acronym) and not any(map(_LATIN.match, words)):
            continue  # in letters of its own it says that it is another language's: *Служба разведки (ASIS)*
        if _in_two_scripts(words) or _fits_with_words_before(acronym, words, article.text[max(0, start - _FAR) : start]):
            continue
        if not fits(acronym, words) and _is_organisation(words, article.text[max(0, start - _BEFORE) : start], article):
            text = article.text[start : match.start()]
            copied = article.has_source and bool(
                regex.search(rf"(?<![\p{{L}}\p{{Nd}}]){regex.escape(acronym)}(?![\p{{L}}\p{{Nd}}])", article.source)
            )
            whose = "the source, which it was copied from" if copied else "another language"
            message = f"“{acronym}” is not short for “{text}”: its letters are those of {whose}."
            yield Mark(start, match.end(), message, confidence=0.9 if copied else 0.8)


def _in_two_scripts(words: list[str]) -> bool:
    """Whether Latin letters stand among Cyrillic ones: that is *script-mixed*'s, and their initials tell nothing."""
    return bool(_LATIN.search("".join(words)) and _CYRILLIC.search("".join(words)))


def _fits_with_words_before(acronym: str, words: list[str], before: str) -> bool:
    """*musée d'Art moderne (MAM)*: the name begins with a word that its language writes small."""
    earlier = [_PARTICLE.sub("", word) for word in _WORD.findall(_CLAUSE.split(before)[-1])][-3:]
    starts = [index for index, word in enumerate(earlier) if len(word) > 3 and fold(word[:1]) == fold(acronym[:1])]
    return any(fits(acronym, [*earlier[index:], *words]) for index in starts)


def _is_excused(article: AnnotatedArticle, acronym: str, position: int) -> bool:
    return (
        fold(acronym) in _well_known()
        or any(char.isdigit() for char in acronym)
        or article.zone_at(position) in (Zone.DATELINE, Zone.CAPTION)
        or bool(_BEFORE_DASH.match(article.text, position))
    )


@cache
def _well_known() -> frozenset[str]:
    return frozenset(fold(row["acronym"]) for row in tables.table("acronyms"))


def _name_before(article: AnnotatedArticle, end: int) -> tuple[int, list[str]] | None:
    """Start and words of the name that ends at `end`: back to the nearest break, then from its first capital on."""
    text = article.text
    low = max(0, end - 160)
    breaks = [match.end() for match in _CLAUSE.finditer(text, low, end)]
    window = breaks[-1] if breaks else low
    words = [(match.start(), match.group()) for match in _WORD.finditer(text, window, end)][-12:]
    words = _from_first_capital(words, article)
    while words and (words[0][1][:1].islower() or words[0][1].lower() in article.language.articles):
        words = words[1:]
    return (words[0][0], [word for _, word in words]) if len(words) >= 2 else None


def _from_first_capital(words: list[tuple[int, str]], article: AnnotatedArticle) -> list[tuple[int, str]]:
    """Cut what stands before the name: walk back over its words while capitals are never more than three words apart."""
    language = article.language
    first, gap = len(words), 0
    for index in range(len(words) - 1, -1, -1):
        position, word = words[index]
        bare = _PARTICLE.sub("", word)
        if bare[:1].isupper():
            first, gap = index, 0
            words[index] = (position + len(word) - len(bare), bare)
            if bare != word:
                break
            continue
        gap += 1
        before = _PARTICLE.sub("", words[index - 1][1]) if index else ""
        if language.noun_capitals and not {word.lower(), before.lower()} & language.name_links:
            break  # where every noun has a capital, a name ends at the first small word that is not its own
        outside = word.lower() in language.articles and not before[:1].isupper() and before not in language.name_links
        if gap > 3 or (outside and first < len(words)):
            break
    return words[first + 1 :] if _is_only_a_sentence_start(words[first:], article) else words[first:]


def _is_only_a_sentence_start(words: list[tuple[int, str]], article: AnnotatedArticle) -> bool:
    """*A spokesman for X*, *Fighters of the X*: a capital that the sentence asks for, not the name."""
    if len(words) < 3 or not words[1][1][:1].islower() or not any(word[:1].isupper() for _, word in words[1:]):
        return False
    language = article.language
    return len(words[0][1]) <= 3 or (
        words[1][1] in language.name_links and words[2][1] in language.articles and article.starts_sentence(words[0][0])
    )


def fits(acronym: str, words: list[str]) -> bool:
    """Whether an acronym can be short for some words: its letters are initials, in order, and some may be inner letters.

    Inner letters (*Deutscher GewerkschaftsBund*, DGB) may be one in three, two in four; in one long word, all but the first.
    """
    letters = [char for char in fold(acronym) if char.isalnum()]
    folded = [fold(part) for word in words for part in word.split("-")]
    if any(len(word) >= 3 * len(letters) and _inner_letters(letters, [word]) is not None for word in folded):
        return True
    inner = _inner_letters(letters, folded)
    return inner is not None and inner <= max(1, len(letters) // 2)


def _inner_letters(letters: list[str], words: list[str]) -> int | None:
    """The fewest letters of the acronym that must be inner letters of the words; None when it does not fit at all."""
    fewest: dict[int, int] = {0: 0}  # letters used so far -> inner ones among them
    for word in words:
        for used, inner in sorted(fewest.items(), reverse=True):
            if used == len(letters) or word[:1] != letters[used]:
                continue
            position, taken = 1, used + 1
            while True:
                fewest[taken] = min(fewest.get(taken, len(letters)), inner + taken - used - 1)
                position = word.find(letters[taken], position) + 1 if taken < len(letters) else 0
                if not position:
                    break
                taken += 1
    return fewest.get(len(letters))


def _is_organisation(words: list[str], before: str, article: AnnotatedArticle) -> bool:
    """Whether the words name an organisation and not a person.

    A lower-case word within the name shows it (*Legion of Freedom*, *military intelligence*), or an article before it, unless
    the last two words look like first name and surname after a title (*Mayor Petr Novotny*).
    """
    language = article.language
    lower = [word for word in words if word[:1].islower()]
    last_two_are_capital = len(words) >= 2 and all(word[:1].isupper() for word in words[-2:])
    if lower and not last_two_are_capital:
        return True
    if len(words) < 2 or not _has_article(before, language):
        return False
    return not language.noun_capitals or not _is_person(words)


def _has_article(before: str, language: tables.Language) -> bool:
    """Whether an article stands right before the name, elided or not (*l'Association*)."""
    words = before.split()
    if not words:
        return False
    return words[-1].lower().strip("'\"“„«(") in language.articles or bool(_ELIDED.search(before))


def _is_person(words: list[str]) -> bool:
    """German: *der Landrat Ingo Weller*: an office, then two words; an organisation's adjective ends in -e(n/r/s)."""
    return len(words) >= 2 and not words[0].lower().endswith(("e", "en", "er", "es", "em"))
