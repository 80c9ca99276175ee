"""One person, place or organisation stands under two spellings in the same article.

*Kyiv* in one sentence and *Kiev* in the next; *Cherniak*, then *Chernyak*; *Legion of Freedom in Russia*, then *Legions of Freedom to
Russia*: the engine translates each sentence for itself. Use one form throughout.

Three ways lead to a finding. Place names come in pairs from `data/place-names.tsv`. Other names are one when they differ only as
transliteration systems do (`names.py`) or in an accent. Names of several words are one when their capitalised words agree but for a
plural, and the small words between them do not. With a source there is a fourth: one name of the source that the translation renders
in two ways (*Schejbal*: *Шейбал*, *Щейбал*); and where the source has both spellings itself, nothing is said. The form that is used
less is reported once, at its first mention; the others are related places.

A house style decides for good (`prefer` and `style` in the configuration): its form is the suggestion, whatever the majority uses, and
a form that it replaces is a finding even when the article uses no other. Endings of cases are allowed for where the language has them.

An old form in a quotation or in a title (the *Kiev Courier*) is right. First names are one person's only with the same surname. In
languages that inflect names a difference in the ending means nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity
from tqcheck.names import Mention, NamePhrase, fold, phrases, transliteration_key
from tqcheck.renamed import two_ways
from tqcheck.spellings import ENDING, first_names, is_excused, is_respelt, is_spoken, pattern_of, place_pairs, side_by_side

SEVERITY = Severity.MINOR
MQM = "style/inconsistent-style"
FIX = "style"
FIX_ALIKE = True
BAD = [
    "He left Kyiv on Monday. The train from [[Kiev]] was late. In Kyiv it rained.",
    "A spokesman, Andriy Cherniak, agreed. Later [[Chernyak]] denied it, but Cherniak insisted.",
    "In Zhovtnevoye it rained. He left [[Zhovtnevoe]] at noon, and Zhovtnevoye was quiet.",
    "The Legion of Freedom in Russia took part. So the [[Legions of Freedom to Russia]] agreed.",
    "Mr Sánchez spoke first. “It is late,” [[Sanchez]] said. Then Sánchez left.",
    Example("Отишъл в Харков. Влакът от [[Харкив]] закъсня, а Харков спеше.", lang="bg"),
    Example("Otišao je u Kijev. Vlak iz [[Kyjiva]] kasni, a Kijev spava.", lang="hr"),
    Example("Hän matkusti Kiovaan. Juna [[Kyivistä]] oli myöhässä, ja Kiova nukkui.", lang="fi"),
    Example("Πήγε στο Χάρκοβο. Το τρένο από το [[Χάρκιβ]] άργησε και το Χάρκοβο κοιμόταν.", lang="el"),
    Example("وصل إلى خاركيف. وقال إنه غادر [[خاركوف]] ثم عاد إلى خاركيف.", lang="ar"),
    Example("彼はキーウに行った。[[キエフ]]からの列車は遅れ、キーウは静かだった。", lang="ja"),
    Example("그는 키이우에 갔다. [[키예프]]에서 온 기차는 늦었고 키이우는 조용했다.", lang="ko"),
    Example("他去了敖德萨。从[[奥德萨]]来的火车晚点，敖德萨很安静。", lang="zh"),
    Example("वह कीव गया। [[कीएव]] से ट्रेन देर से आई, और कीव शांत था।", lang="hi"),
    Example("Er fuhr nach Kyjiw. In [[Kiew]] regnete es. Aus Kyjiw kam Post.", lang="de"),
    Example("M. Fuest est venu. Selon [[Füst]], tout va bien. Fuest est reparti.", lang="fr"),
    Example("Premiér Módí mluvil s lidmi. Pak řekl [[Modi]], že Módí odjede.", lang="cs"),
    Example("Tramwaj jedzie przez Lwów. We [[Lvivie]] padało, a Lwów spał.", lang="pl"),
    Example("Prezident Zelenskyj promluvil. Pak [[Zelenskij]] odjel a Zelenskyj se vrátil.", lang="cs"),
    Example("Mluvil ministr Kubracky. Pak [[Kubrackyj]] odjel, ale Kubracky se vrátil.", lang="cs"),
    Example("Prezydent Zelenski mówił. Potem [[Zelenskij]] wyjechał, a Zelenski wrócił.", lang="pl"),
    "He trusts Mykola Sad. Then [[Nikolay]] Sad left. Mykola Sad smiled.",
    Example("Говорив Володимир Марченко. Потім [[Владимир]] Марченко пішов, а Володимир Марченко лишився.", lang="uk"),
    Example("Er traut Mykola Sad. Dann ging [[Nikolai]] Sad. Mykola Sad lächelte.", lang="de"),
    "Mr Lukashenko spoke to the press. Then [[Lukashenka]] left, but Lukashenko returned.",
    "Ivan Dvořák won again. Later [[Dvorak]] of Slavia Prague fell, said Dvořák.",
    "Tests for COVID-19 are free. He caught [[Covid-19]] in May, and COVID-19 again in June.",
    Example("La UNESCO decidió. Según la [[Unesco]], la UNESCO paga.", lang="es"),
    Example("Er hatte COVID-19. Wer [[Covid-19]] hat, bleibt zu Hause. COVID-19 bleibt.", lang="de"),
    Example("У Пардубіцькому краї холодно. Жителі [[Пардубицького]] краю мовчать.", lang="uk"),
    "The centre “Viasna” said so. Then “[[Vyasna]]” closed, but Viasna lives.",
    Example(
        "Говорив Шейбал у Брно.\nПотім [[Щейбал]] пішов, а Шейбал повернувся.",
        lang="uk",
        source_lang="cs",
        source_text="Mluvil Schejbal v Brně.\nPak Schejbal odešel a Schejbal se vrátil.",
    ),
    Example("Trains left [[Kiev]] at noon. By night Kiev was dark.", prefer={"Kyiv": ("Kiev", "Kyyiv")}),
    Example("Trains left [[Kiev]] at noon. Kiev slept; Kyiv was dark in Kiev’s books.", prefer={"Kyiv": ("Kiev",)}),
    Example("In [[Cote d’Ivoire]] it rained.", prefer={"Côte d'Ivoire": ("Cote d'Ivoire",)}),
    Example("Vlak odjel z [[Kyjeva]]. Nad Kyjevem svítalo.", lang="cs", prefer={"Kyjiv": ("Kyjev",)}),
    Example("Der Zug kam aus [[Kiew]]. In Kiew war es Nacht.", lang="de", prefer={"Kyjiw": ("Kiew",)}),
    Example("他昨天离开[[基辅]]。今天基辅下雨。", lang="zh", prefer={"基輔": ("基辅",)}),
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
    Example("In Paris war es heiß. Die Paris Fashion Week begann, und Parijs, wie der Holländer sagt, schwieg.", lang="de"),
    Example("Le ministère de la Défense dit oui. La Defense Advanced Agency se tait ; la Defense Advanced Agency doute.", lang="fr"),
    Example("Гари Холт вкара. Голът беше хубав, каза Холт.", lang="bg"),
    Example("Choveu na Flórida. A Florida Fish Commission e a Florida Fish Company calam.", lang="pt"),
    Example("La Wildlife Commission (Comisión de Fauna) dijo que la Wildlife Commission espera.", lang="es"),
    Example("Dòng chảy phương Bắc ở Đức. Vùng Trung Đông và dự án Dòng chảy.", lang="vi"),
    Example("Odnosi SAD-a i Kine su loši. Ali Sada je dobro.", lang="hr"),
    Example("Národy Jižní Afriky čekají. Pak Africký kongres volil a Jižní Afrika mlčela.", lang="cs"),
    "The dams of Shaanxi are full, those of Shanxi are not; Shanxi waits.",
    "COVID-19 LATEST NEWS\n\nTests for Covid-19 are free.".replace("Covid", "COVID"),
    Example("Die National Party regierte. Seine Partei, der Kongress, nicht.", lang="de"),
    Example("Die Maße des Hauses, die Masse der Leute. Es gab Schäden in Bonn, doch kein Schaden blieb.", lang="de"),
    Example("Olympijský skokan mluvil o Olympiádě. Ukrajinci hájí Ukrajinu.", lang="cs"),
    Example("Королівський суд і Королівство Данія. Об’єднане Королівство чекає.", lang="uk"),
    Example("Slovenská vláda hlasovala. Zo Slovenska odišli.", lang="sk"),
    Example("“Kiev is ours,” he shouted, and the Kiev Courier printed it. Kyiv slept.", prefer={"Kyiv": ("Kiev",)}),
    Example(
        "M. Fuest est venu. Selon Füst, tout va bien. Fuest est reparti.",
        lang="fr",
        source_lang="de",
        source_text="Fuest kam. Laut Füst ist alles gut. Fuest ging.",
    ),
    Example("Turkey is dry when it is cold, so she kept the turkey warm.", prefer={"Türkiye": ("Turkey",)}),
    Example("V Kyjivu pršelo. Kyjiv mlčel.", lang="cs", prefer={"Kyjiv": ("Kyjev",)}),
]
MISSED = [
    "Prince Sasha Sad spoke. Then [[Alexander]] Sad left. Sasha Sad smiled.",
    Example("Спочатку Мюнстер програвав. Потім [[Манстер]] виграв, і Мюнстер святкував.", lang="uk"),
]

_MIN_LETTERS = 4  # of a name compared by transliteration: shorter ones are alike by chance
_MIN_INFLECTED = 8  # of a name whose stem is compared without its ending
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*+")
_JOINTS = regex.compile("['’ʼ-]")
_CASE_OF_ACRONYM = regex.compile(r"\p{Lu}{2,}-\p{Ll}")  # Croatian *SAD-a*
_WITH_DIGITS = regex.compile(r"\d")
_MIN_LETTERS_SENTENCE_INITIAL = 7  # of a name that is only seen at the start of sentences: it may be an ordinary word


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield one finding for each minority form of a name, and for each that the house style replaces."""
    mentions = _house_mentions(article)
    decided = {other: form for form, others in article.preferred.items() for other in others}
    seen = {start for spans in mentions.values() for start, _ in spans}
    translated = article.has_source and tables.language(article.source_lang or "").tag != article.language.tag
    spelt = frozenset(_WORD.findall(article.source)) if translated else frozenset()
    shown: set[int] = set()
    yield from _against_house_style(article, decided, mentions)
    for mark in (
        *_places(article),
        *_transliterations(article),
        *_first_name_forms(article),
        *_cases_of_acronyms(article),
        *_phrases(article),
        *_renderings(article),
    ):
        # A form that another finding takes for the right one is not reported as its variant.
        if mark.start not in seen and mark.start not in shown and not _source_has_both(article, mark, spelt):
            seen.add(mark.start)
            shown.update(start for start, _ in mark.related)
            yield replace(mark, suggestion=decided.get(mark.suggestion or "", mark.suggestion))


# -- the house style ----------------------------------------------------------------------------------------------------


def _house_mentions(article: AnnotatedArticle) -> dict[str, list[tuple[int, int]]]:
    """Where the article uses a form that the house prefers or replaces."""
    mentions: dict[str, list[tuple[int, int]]] = defaultdict(list)
    if article.preferred:
        forms = tuple(sorted({form for form, others in article.preferred.items() for form in (form, *others)}))
        pattern, names = _forms_pattern(forms, inflects=article.language.inflects_names, spaced=article.language.spaced)
        for match in pattern.finditer(article.text):
            mentions[names[match.lastgroup or ""]].append(match.span())
    return mentions


@lru_cache(maxsize=256)
def _forms_pattern(forms: tuple[str, ...], *, inflects: bool, spaced: bool) -> tuple[regex.Pattern[str], dict[str, str]]:
    stems, names = pattern_of(forms, inflects=inflects)
    stems = regex.sub("['’]", "['’]", stems).replace("\\ ", "[ \u00a0]")
    if not spaced:
        return regex.compile(stems), names
    return regex.compile(rf"(?<![\p{{L}}\p{{M}}\p{{Nd}}_@#/-])(?:{stems})(?![\p{{L}}\p{{M}}\p{{Nd}}]|-\p{{Lu}})"), names


def _against_house_style(article: AnnotatedArticle, decided: dict[str, str], mentions: dict[str, list[tuple[int, int]]]) -> Iterator[Mark]:
    for other, form in sorted(decided.items()):
        spans = [span for span in mentions.get(other, ()) if not is_excused(article, *span)]
        if spans and other != other.lower() and _stands_in_lower_case(article, other):
            spans = [span for span in spans if not article.starts_sentence(span[0])]
        if not spans:
            continue
        right = mentions.get(form, [])
        both = " The article uses both." if right else ""
        yield Mark(*spans[0], f"House style: {form}, not {other}.{both}", form, confidence=0.97, related=(*right[:1], *spans[1:]))


# -- places, from the table ---------------------------------------------------------------------------------------------


def _places(article: AnnotatedArticle) -> Iterator[Mark]:
    pairs, pattern, names = place_pairs(article.language.tag)
    if pattern is None:
        return
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for match in pattern.finditer(article.text):
        found[names[match.lastgroup or ""]].append(match.span(match.lastgroup or 0))
    for prefer, variant in sorted(pairs):
        if prefer in found and variant in found:
            yield from _pair(article, prefer, found[prefer], variant, found[variant])


def _pair(
    article: AnnotatedArticle, prefer: str, there: list[tuple[int, int]], variant: str, here: list[tuple[int, int]]
) -> Iterator[Mark]:
    here = [span for span in here if not is_excused(article, *span)]
    there = [span for span in there if not is_excused(article, *span)]
    if not here or not there:
        return
    if len(here) > len(there) and prefer not in article.preferred:
        prefer, there, variant, here = variant, here, prefer, there
    surface, other = (article.text[slice(*spans[0])] for spans in (here, there))
    message = f"“{surface}” here, but “{other}” elsewhere in the article: the same place under two names."
    yield Mark(*here[0], message, prefer, confidence=0.95, related=(there[0], *here[1:]))


# -- transliterations -----------------------------------------------------------------------------------------------------


def _transliterations(article: AnnotatedArticle) -> Iterator[Mark]:
    groups: dict[tuple[str, str], dict[str, list[Mention]]] = defaultdict(lambda: defaultdict(list))
    tones = article.language.tones
    for mention in article.names:
        if len(mention.form) < _MIN_LETTERS or mention.form.isupper() or _CASE_OF_ACRONYM.match(mention.form):
            continue
        groups["letters", mention.form.lower() if tones else _JOINTS.sub("", fold(mention.form))][mention.form].append(mention)
        if not tones:
            groups["sound", transliteration_key(mention.form)][mention.form].append(mention)
        if article.language.inflects_names and len(mention.form) >= _MIN_INFLECTED:
            groups["stem", transliteration_key(mention.form[:-ENDING])][mention.form].append(mention)
    for (kind, _), forms in groups.items():
        if len(forms) > 1:
            yield from _compare(article, forms, kind)


def _compare(article: AnnotatedArticle, forms: dict[str, list[Mention]], kind: str) -> Iterator[Mark]:
    ranked = sorted(forms, key=lambda form: (form not in article.preferred, -len(forms[form]), forms[form][0].start))
    main = ranked[0]
    for form in ranked[1:]:
        mentions = [mention for mention in forms[form] if not is_spoken(article, mention)]
        if mentions and _is_one_name(article, forms[main], mentions, kind):
            related = ((forms[main][0].start, forms[main][0].end), *((m.start, m.end) for m in mentions[1:]))
            message = f"“{form}” here, but “{main}” elsewhere in the article: one name in two spellings."
            yield Mark(mentions[0].start, mentions[0].end, message, main, confidence=0.85, related=related)


def _is_one_name(article: AnnotatedArticle, main: list[Mention], other: list[Mention], kind: str) -> bool:
    language = article.language
    one, two = main[0].form, other[0].form
    if language.noun_capitals and (_common_word(article, one, two) or (kind == "letters" and not any(m.before for m in (*main, *other)))):
        return False  # *die Maße*, *die Masse*; *Schaden*, *Schäden*
    if frozenset((one, two)) in side_by_side(language.tag):
        return False
    if _may_be_common_words(article, main, other, kind):
        return False
    if language.inflects_names and not is_respelt(one, two, kind):
        return False
    only_marks = kind == "letters"
    return not (
        _are_two_people(main, other, only_marks=only_marks)
        or (not (only_marks and _same_letters(one, two)) and (_is_part_of_a_title(main, other) or _is_part_of_a_title(other, main)))
        or all(article.text[mention.start - 1 : mention.start] in {"(", "（"} for mention in other)
    )


def _may_be_common_words(article: AnnotatedArticle, main: list[Mention], other: list[Mention], kind: str) -> bool:
    """Words that stand in lower case, too; short ones that owe their capital to a sentence (*Голът*), unless one surname follows."""
    if _stands_in_lower_case(article, main[0].form, other[0].form):
        return True
    if min(len(main[0].form), len(other[0].form)) >= _MIN_LETTERS_SENTENCE_INITIAL:
        return False
    if {fold(mention.after) for mention in main if mention.after} & {fold(mention.after) for mention in other}:
        return False
    initial = [all(mention.sentence_initial for mention in mentions) for mentions in (main, other)]
    return any(initial) if kind == "sound" else all(initial)


def _same_letters(one: str, other: str) -> bool:
    return _JOINTS.sub("", one).lower() == _JOINTS.sub("", other).lower()


def _are_two_people(main: list[Mention], other: list[Mention], *, only_marks: bool) -> bool:
    """First names with two different surnames, or surnames after two different first names."""
    if only_marks and all(any(not mention.before and not mention.after for mention in mentions) for mentions in (main, other)):
        return False  # *Jaroslav Tvrdík*, *Tvrdík*, *Slavia Tvrdik*, *Tvrdik*
    for side in ("after", "before"):
        first = {word for mention in main if (word := getattr(mention, side))}
        second = {word for mention in other if (word := getattr(mention, side))}
        if first and second and not any(_may_be_one(one, two) for one in first for two in second):
            return True
    return False


def _may_be_one(one: str, other: str) -> bool:
    if fold(one) == fold(other) or transliteration_key(one) == transliteration_key(other):
        return True
    return bool(first_names().get(fold(one), frozenset()) & first_names().get(fold(other), frozenset()))


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


# -- renderings of one source name ------------------------------------------------------------------------------------------


def _renderings(article: AnnotatedArticle) -> Iterator[Mark]:
    """*Schejbal* of the source is *Шейбал* here and *Щейбал* there."""
    for name, main, other in two_ways(article):
        mentions = [mention for mention in other if not is_spoken(article, mention)]
        forms = [main[0].form, other[0].form]
        if fold(forms[1]) in first_names() and not {m.after for m in main} & {m.after for m in other if m.after}:
            continue  # *Sergei* Ryabkov, *Sergey* Lavrov
        if not mentions or _are_two_people(main, other, only_marks=False) or _stands_in_lower_case(article, *forms):
            continue
        message = f"“{forms[1]}” here, but “{forms[0]}” elsewhere in the article: both stand for “{name}” of the source."
        related = ((main[0].start, main[0].end), *((mention.start, mention.end) for mention in mentions[1:]))
        yield Mark(mentions[0].start, mentions[0].end, message, forms[0], confidence=0.85, related=related)


def _source_has_both(article: AnnotatedArticle, mark: Mark, spelt: frozenset[str]) -> bool:
    """*Füst* and *Fuest* are two people, or the source's own inconsistency, when the source has both, letter by letter."""
    forms = [article.text[mark.start : mark.end], article.text[slice(*mark.related[0])]] if mark.related else [""]
    return all(form in spelt for form in forms)


# -- first names and acronyms -----------------------------------------------------------------------------------------------


def _first_name_forms(article: AnnotatedArticle) -> Iterator[Mark]:
    """*Mykola Sad*, then *Nikolay Sad*: one first name in the forms of two languages, before one surname."""
    people: dict[tuple[int, str], dict[str, list[Mention]]] = defaultdict(lambda: defaultdict(list))
    for mention in article.names:
        if mention.after and not is_spoken(article, mention):
            for number in first_names().get(fold(mention.form), ()):
                people[number, transliteration_key(mention.after)][fold(mention.form)].append(mention)
    for forms in people.values():
        main, *others = sorted(forms.values(), key=lambda mentions: (-len(mentions), mentions[0].start))
        for first, *rest in others:
            if transliteration_key(first.form) == transliteration_key(main[0].form):
                continue  # *Sergei*, *Sergey*: compared above
            there = f"{main[0].form} {main[0].after}"
            message = f"“{first.form} {first.after}” here, but “{there}” elsewhere in the article: one name in two forms."
            related = ((main[0].start, main[0].end), *((mention.start, mention.end) for mention in rest))
            yield Mark(first.start, first.end, message, main[0].form, confidence=0.8, related=related)


def _cases_of_acronyms(article: AnnotatedArticle) -> Iterator[Mark]:
    """*COVID-19* here, *Covid-19* there; *UNESCO*, *Unesco*."""
    words, pattern = _acronyms()
    if not any(word in article.text for word in words):
        return
    forms: dict[str, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for match in pattern.finditer(article.text):
        line = article.line_at(match.start())
        if line is None or not line.text.isupper():
            forms[match.group().lower()][match.group()].append(match.span())
    for word, found in forms.items():
        if len(found) < 2 or (word in found and not _WITH_DIGITS.search(word)):
            continue
        main, *others = sorted(found, key=lambda form: (-len(found[form]), found[form][0]))
        for form in others:
            first, *rest = found[form]
            message = f"“{form}” here, but “{main}” elsewhere in the article: one name in two spellings."
            yield Mark(*first, message, main, confidence=0.8, related=(found[main][0], *rest))


@lru_cache(maxsize=1)
def _acronyms() -> tuple[tuple[str, ...], regex.Pattern[str]]:
    """Well-known acronyms that are spoken as words; and the pattern that finds them in any case."""
    rows = tables.table("acronyms")
    known = {row["acronym"] for row in rows if " " in row["stands for"] and "not an acronym" not in row["stands for"]}
    words = sorted(word for word in known if len(word) >= _MIN_LETTERS and word.isupper())
    pattern = regex.compile(
        rf"(?<![\p{{L}}\p{{M}}\d_@#/.’'-])(?:covid-\d{{1,2}}|{tables.alternation(words)})(?![\p{{L}}\p{{M}}\d_@-])",
        regex.IGNORECASE,
    )
    return (*words, "Covid-"), pattern


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
