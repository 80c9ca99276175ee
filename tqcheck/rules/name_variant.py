"""One person, place or organisation stands under two spellings in the same article.

*Kyiv* in one sentence and *Kiev* in the next; *Cherniak*, then *Chernyak*; *Legion of Freedom in Russia*, then *Legions of Freedom to
Russia*: the engine translates each sentence for itself. Use one form throughout.

Three ways lead to a finding. Place names come in pairs from `data/place-names.tsv`. Other names are one when they differ only as
transliteration systems do (`names.py`) or in an accent. Names of several words are one when their capitalised words agree but for a
plural, and the small words between them do not. The form that is used less is reported once, at its first mention; the others are
related places.

An old form in a quotation or in a title (the *Kiev Courier*) is right. First names are one person's only with the same surname. In
languages that inflect names a difference in the ending means nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import combinations

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity
from tqcheck.names import Mention, NamePhrase, fold, phrases, squeezed, transliteration_key

SEVERITY = Severity.MINOR
MQM = "style/inconsistent-style"
BAD = [
    "He left Kyiv on Monday. The train from [[Kiev]] was late. In Kyiv it rained.",
    "A spokesman, Andriy Cherniak, agreed. Later [[Chernyak]] denied it, but Cherniak insisted.",
    "In Zhovtnevoye it rained. He left [[Zhovtnevoe]] at noon, and Zhovtnevoye was quiet.",
    "The Legion of Freedom in Russia took part. So the [[Legions of Freedom to Russia]] agreed.",
    "Mr Sánchez spoke first. “It is late,” [[Sanchez]] said. Then Sánchez left.",
    Example("Er fuhr nach Kyjiw. In [[Kiew]] regnete es. Aus Kyjiw kam Post.", lang="de"),
    Example("M. Fuest est venu. Selon [[Füst]], tout va bien. Fuest est reparti.", lang="fr"),
    Example("Premiér Módí mluvil s lidmi. Pak řekl [[Modi]], že Módí odjede.", lang="cs"),
    Example("Tramwaj jedzie przez Lwów. We [[Lvivie]] padało, a Lwów spał.", lang="pl"),
    Example("Prezident Zelenskyj promluvil. Pak [[Zelenskij]] odjel a Zelenskyj se vrátil.", lang="cs"),
]
GOOD = [
    "He left Kiev on Monday. The train from Kiev was late.",
    "Kyiv fell silent. “Kiev is ours,” he shouted, and the Kiev Courier printed it in Kyiv.",
    "Iran and Iraq, Austria and Australia, Slovakia and Slovenia signed.",
    "Volodymyr Zelensky called Vladimir Putin. Sergei Ryabkov met Sergey Lavrov.",
    "The Bank of England and the Bank of Ireland agreed; the House of Lords did not.",
    "Mario met Maria and Marie in Paris. Erik Larsen and Erika Larsen came.",
    "He saw the Kingdom and the EU; he left the Kingdom for the EU.",
    Example("Unia on vahva. Hän matkusti Eurooppaan, pois Euroopan etelästä.", lang="fi"),
    Example("In Parijs regende het. De Paris Fashion Week opende in Parijs.", lang="nl"),
    Example("Přijel do Kyjeva. Kyjev mlčel, před Kyjevem hořelo.", lang="cs"),
    Example("Der Hafen von Bad Sankt Anna lag da. Die Flotte des Hafens von Bad Sankt Anna schlief.", lang="de"),
    Example("Die National Party regierte. Seine Partei, der Kongress, nicht.", lang="de"),
    Example("Die Maße des Hauses, die Masse der Leute.", lang="de"),
    Example("Slovenská vláda hlasovala. Zo Slovenska odišli.", lang="sk"),
]
MISSED = ["He trusts Mykola Sad. Then [[Nikolay Sad]] left. Mykola Sad smiled."]

_MIN_LETTERS = 4  # of a name compared by transliteration: shorter ones are alike by chance
_MIN_LETTERS_SENTENCE_INITIAL = 7  # of a name that is only seen at the start of sentences: it may be an ordinary word


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield one finding for each minority form of a name."""
    seen: set[int] = set()
    for mark in (*_places(article), *_transliterations(article), *_phrases(article)):
        if mark.start not in seen:
            seen.add(mark.start)
            yield mark


# -- places, from the table ---------------------------------------------------------------------------------------------


def _places(article: AnnotatedArticle) -> Iterator[Mark]:
    pairs, pattern = _place_pairs(article.language.tag)
    if pattern is None:
        return
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for match in pattern.finditer(article.text):
        found[_base_form(match)].append(match.span())
    for prefer, variant in sorted(pairs):
        if prefer in found and variant in found:
            yield from _pair(article, prefer, found[prefer], variant, found[variant])


@cache
def _place_pairs(lang: str) -> tuple[set[tuple[str, str]], regex.Pattern[str] | None]:
    rows = [row for row in tables.table("place-names") if row["lang"] == lang and row["note"] != "co-use"]
    pairs = {(row["prefer"], row["variant"]) for row in rows}
    by_prefer: dict[str, set[str]] = defaultdict(set)
    for prefer, variant in pairs:
        by_prefer[prefer].add(variant)
    pairs |= {pair for variants in by_prefer.values() for pair in combinations(sorted(variants), 2)}
    forms = sorted({form for pair in pairs for form in pair}, key=lambda form: (-len(form), form))
    if not forms:
        return pairs, None
    inflects = tables.language(lang).inflects_names
    stems = "|".join(f"(?P<f{number}>{_stem_pattern(form) if inflects else regex.escape(form)})" for number, form in enumerate(forms))
    pattern = regex.compile(rf"(?<![\p{{L}}\p{{M}}\p{{Nd}}_@#/-])(?:{stems})(?![\p{{L}}\p{{M}}\p{{Nd}}]|-\p{{Lu}})")
    _FORMS.update({(pattern, f"f{number}"): form for number, form in enumerate(forms)})
    return pairs, pattern


def _stem_pattern(form: str) -> str:
    """A form and its cases: a final vowel may go, an ending of three letters may come (*Lviv*, *Lvivie*; *Odessa*, *Odessy*)."""
    stem = regex.sub(r"[aeiouyáéíóúýаеиіоуыяю]$", "", form) if len(form) > _MIN_STEM else form
    return rf"{regex.escape(stem)}\p{{Ll}}{{0,3}}"


_FORMS: dict[tuple[regex.Pattern[str], str], str] = {}
_MIN_STEM = 4


def _base_form(match: regex.Match[str]) -> str:
    return _FORMS[match.re, match.lastgroup or ""]


def _pair(
    article: AnnotatedArticle, prefer: str, there: list[tuple[int, int]], variant: str, here: list[tuple[int, int]]
) -> Iterator[Mark]:
    here = [span for span in here if not _is_excused(article, *span)]
    there = [span for span in there if not _is_excused(article, *span)]
    if not here or not there:
        return
    if len(here) > len(there):
        prefer, there, variant, here = variant, here, prefer, there
    surface, other = (article.text[slice(*spans[0])] for spans in (here, there))
    message = f"“{surface}” here, but “{other}” elsewhere in the article: the same place under two names."
    yield Mark(*here[0], message, prefer, confidence=0.95, related=(there[0], *here[1:]))


def _is_excused(article: AnnotatedArticle, start: int, end: int) -> bool:
    """In a quotation, or in front of another capitalised word (*the Kiev Courier*): a title."""
    if article.in_quotation(start):
        return True
    follows = article.text[end : end + 2]
    return not article.language.noun_capitals and len(follows) == 2 and follows[0] in " \u00a0" and follows[1].isupper()


# -- transliterations -----------------------------------------------------------------------------------------------------


def _transliterations(article: AnnotatedArticle) -> Iterator[Mark]:
    groups: dict[tuple[str, str], dict[str, list[Mention]]] = defaultdict(lambda: defaultdict(list))
    for mention in article.names:
        if len(mention.form) >= _MIN_LETTERS and not mention.form.isupper():
            groups["sound", transliteration_key(mention.form)][mention.form].append(mention)
            groups["letters", fold(mention.form).replace("-", "")][mention.form].append(mention)
    for forms in groups.values():
        if len(forms) > 1:
            yield from _compare(article, forms)


def _compare(article: AnnotatedArticle, forms: dict[str, list[Mention]]) -> Iterator[Mark]:
    ranked = sorted(forms, key=lambda form: (-len(forms[form]), forms[form][0].start))
    main = ranked[0]
    for form in ranked[1:]:
        mentions = [mention for mention in forms[form] if not article.in_quotation(mention.start)]
        if mentions and _is_one_name(article, forms[main], mentions):
            related = ((forms[main][0].start, forms[main][0].end), *((m.start, m.end) for m in mentions[1:]))
            message = f"“{form}” here, but “{main}” elsewhere in the article: one name in two spellings."
            yield Mark(mentions[0].start, mentions[0].end, message, main, confidence=0.85, related=related)


def _is_one_name(article: AnnotatedArticle, main: list[Mention], other: list[Mention]) -> bool:
    language = article.language
    if language.noun_capitals and _common_word(article, main[0].form, other[0].form):
        return False
    short = min(len(main[0].form), len(other[0].form)) < _MIN_LETTERS_SENTENCE_INITIAL
    if (short and all(mention.sentence_initial for mention in (*main, *other))) or _stands_in_lower_case(
        article, main[0].form, other[0].form
    ):
        return False
    if language.inflects_names and _differ_only_at_the_end(main[0].form, other[0].form):
        return False
    if language.inflects_names and squeezed(main[0].form) == squeezed(other[0].form):
        return False  # Finnish *Euroopan*, *Eurooppaan*
    return not _are_two_people(main, other) and not _is_part_of_a_title(main, other)


def _are_two_people(main: list[Mention], other: list[Mention]) -> bool:
    """First names with two different surnames, or surnames after two different first names."""
    for side in ("after", "before"):
        first = {fold(word) for mention in main if (word := getattr(mention, side))}
        second = {fold(word) for mention in other if (word := getattr(mention, side))}
        if (
            first
            and second
            and not any(one == two or transliteration_key(one) == transliteration_key(two) for one in first for two in second)
        ):
            return True
    return False


def _is_part_of_a_title(main: list[Mention], other: list[Mention]) -> bool:
    """*Paris Fashion Week* in an article on *Parijs*: all mentions go on with a word that the main form never has after it."""
    after = {fold(mention.after) for mention in main}
    return all(mention.after and fold(mention.after) not in after for mention in other)


def _stands_in_lower_case(article: AnnotatedArticle, *forms: str) -> bool:
    return any(regex.search(rf"(?<![\p{{L}}\p{{M}}]){regex.escape(form.lower())}(?![\p{{L}}\p{{M}}])", article.text) for form in forms)


def _common_word(article: AnnotatedArticle, *forms: str) -> bool:
    """In a language that capitalises nouns, a name shows by a missing article or determiner before it every time."""
    determiners = article.language.articles | article.language.determiners
    before = [article.text[max(0, mention.start - 15) : mention.start].split()[-1:] for mention in article.names if mention.form in forms]
    return any(words and words[0].lower() in determiners for words in before)


def _differ_only_at_the_end(one: str, other: str, ending: int = 2) -> bool:
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= max(len(one), len(other)) - ending and not _same_ending(one, other, shared)


def _same_ending(one: str, other: str, shared: int) -> bool:
    """*Zelenskyj* and *Zelenskij* differ before their last letter, which they share: no case ending does that."""
    return shared < min(len(one), len(other)) - 1 and one[-1] == other[-1]


# -- names of several words -----------------------------------------------------------------------------------------------


def _phrases(article: AnnotatedArticle) -> Iterator[Mark]:
    groups: dict[tuple[str, ...], list[NamePhrase]] = defaultdict(list)
    for phrase in phrases(article.text, article.language.articles):
        if len(phrase.content) >= 3 and phrase.connectors:
            groups[tuple(_singular(fold(word)) for word in phrase.content)].append(phrase)
    for group in groups.values():
        if len(group) > 1:
            yield from _drift(article, group)


def _drift(article: AnnotatedArticle, group: list[NamePhrase]) -> Iterator[Mark]:
    text = article.text
    main = group[0]
    reported: set[str] = set()
    for phrase in group[1:]:
        surface = text[phrase.start : phrase.end]
        if surface in reported or not _drifts(main, phrase, article) or article.in_quotation(phrase.start):
            continue
        reported.add(surface)
        form = text[main.start : main.end]
        message = f"“{surface}” here, but “{form}” elsewhere in the article: one organisation under two names."
        yield Mark(phrase.start, phrase.end, message, form, confidence=0.85, severity=Severity.MAJOR, related=((main.start, main.end),))


def _drifts(one: NamePhrase, other: NamePhrase, article: AnnotatedArticle) -> bool:
    """Another number, or other small words between the same capitalised ones; one of them must be shared, or it is a list."""
    plural = not (article.language.inflects_names or article.language.noun_capitals) and tuple(map(fold, one.content)) != tuple(
        map(fold, other.content)
    )
    first, second = (set(phrase.connectors) - article.language.articles for phrase in (one, other))
    return plural or (first != second and bool(first & second))


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > 4 else word
