"""Two systems of quotation marks, or two habits at them, stand in one article.

“Curly” marks here and "straight" ones there, or „German“ and «French» ones; or in English the comma inside the closing mark three times
(“We are ready,” he said) and once outside (“under control”, he said). The engine takes its marks from the sentence at hand. Use one
system: the majority's, or the house's.

Quotations within quotations take other marks by right and are not counted, even where the outer one began in an earlier paragraph; nor
are headlines, inch and minute marks, or a title in Latin letters in a text of another script. “ ” and " " look so much alike that many
houses let them stand side by side: there the rarer ones count as a slip only when the others are at least twice as many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Span, Zone
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MINOR
MQM = "style/inconsistent-style"
BAD = [
    '“We are ready,” he said. “All of us.” Then he called it [["a new start"]] and left.',
    "“We rebel,” he said. “We go,” she said. It is [[“under the strictest control”,]] he said.",
    Example('„Wir sind bereit“, sagte er. „Alle.“ Er nannte es [["einen Anfang"]] und ging.', lang="de"),
    Example('« Nous sommes prêts », dit-il. « Tous. » Il parla d\'[["un début"]] et partit.', lang="fr"),
    Example('«Ми готові», — сказав він. «Усі». Він назвав це [["початком"]] і пішов.', lang="uk"),
    Example('“我们准备好了，”他说。“所有人。”他称之为[["新的开始"]]，然后离开了。', lang="zh"),
    Example('„Wir sind bereit“, sagte er. „Alle.“ Er rief: „Wir gehen[["]], und ging.', lang="de"),
    Example('«Мы готовы», — сказал он. «Все». Потом крикнул: «Уходим[["]], — и ушёл.', lang="ru"),
    '“We are ready,” he said. “All of us.” And he wrote: “We go[["]], and left.',
    Example('”Vi är redo”, sade hon. ”Alla.” ”Ja.” ”Nej.” Han kallade det [["en början"]] och gick.', lang="sv"),
    Example("”Olemme valmiita”, hän sanoi. ”Kaikki.” Hän kutsui sitä [[«aluksi»]] ja lähti.", lang="fi"),
    Example('"Jesteśmy gotowi", mówi. "Wszyscy." To [[„początek”]], dodał.', lang="pl"),
]
GOOD = [
    "“We are ready,” he said. “He called it ‘a new start’ and left.”",
    "“We rebel,” he said. It is “under control”, he said.",
    Example('"Yes", he said. "All of us." Then he called it "a start" and left.', title="Mayor opens “the bridge” at last"),
    'He said "yes" and "no". She said “perhaps” and “never”, and "fine" was all.',
    Example('"Мы уходим. Он сказал\n\n«Нет» вчера", — говорит она. "Все".', lang="ru"),
    Example("«Мы уходим.\n\nОн назвал это “началом”», — говорит она. «Все». «Да».", lang="ru"),
    Example('Он сказал: «Да». «Нет», — ответил он и читал "The Paper".', lang="ru"),
    '“The screen is 27" wide,” he said, “and 5\'10" is my height.” “Fine,” she said.',
    Example("«Він прочитав роман „Місто“ вчора», — сказав він. «Усі».", lang="uk"),
    Example("„Wir lesen ‚Faust‘“, sagte er. „Alle.“", lang="de"),
    Example("« Nous partons, dit-il. « Il a dit “non” hier. » « Tous », dit-elle. « Moi aussi. »", lang="fr"),
    Example("« Il a dit “non” hier », dit-elle. « Tous. »", lang="fr"),
]
MISSED = ['He said “no. Then she said [["]]yes.']

_SYSTEM = {"“": "“ ”", "”": "” ”", '"': '" "', "„": "„ “", "«": "« »", "»": "» «", "「": "「 」"}
_QUOTATION = regex.compile(
    r"(?<![^\s(\[–—-])”(?=[\p{L}\p{Nd}…])[^“”\n]{1,2000}”|“[^“”\n]{1,2000}”|„[^„“”\"\n]{1,2000}[“”\"]|«[^«»\n]{1,2000}»|»[^«»\n]{1,2000}«|「[^「」\n]{1,2000}」"
    r"|(?<![\p{Nd}\p{Latin}\p{Cyrillic}\p{Greek}])\"[^\"\n]{1,2000}\"(?![\p{Latin}\p{Cyrillic}\p{Greek}])"
)
_UNLIKE = regex.compile(r"(?:„[^„“”\"\n]{1,1000}|“[^„“”\"\n]{1,1000}|«[^«»\"\n]{1,1000})(?<![\s(\d])(\")(?![\p{L}\d])")
_LIKE = {
    "„": regex.compile(r"„[^„“”\"\n]{1,1000}[“”]"),
    "“": regex.compile(r"“[^„“”\"\n]{1,1000}”"),
    "«": regex.compile(r"«[^«»\"\n]{1,1000}»"),
}
_OWN_LETTER = regex.compile(r"(?!\p{Latin})\p{L}")
_TWINS = ({"“ ”", '" "'}, {"” ”", '" "'})  # systems that are hard to tell apart
_MOSTLY = 2  # times as many as are not, “ quotations must be closed as they should be
_FAR = 1500  # characters within which an outer quotation begins and ends
_GUILLEMET = regex.compile("[«»]")
_COMMA_INSIDE = regex.compile(r"[“\"][^“”\"\n]{3,600},[”\"]")
_COMMA_OUTSIDE = regex.compile(
    r"([“\"][^“”\"\n]{3,600}[”\"],)[ \u00a0](?:he|she|they|[\p{L}.]+[ \u00a0])[ \u00a0]?(?:said|says|told|added|wrote|explained|stated)\b"
)


def check(article: AnnotatedArticle, *, min_main: int = 2, min_inside: int = 2, twin_share: float = 0.5) -> Iterator[Mark]:
    """Yield one finding for each minority system, at its first quotation, and for commas outside where they mostly stand inside.

    Args:
        article: the article.
        min_main: quotations of the main system from which on another system is out of style.
        min_inside: commas inside the closing mark from which on one outside is out of style.
        twin_share: between “ ” and " ", the share of the main system from which on the other is no slip but a habit.
    """
    systems: dict[str, list[Span]] = defaultdict(list)
    own = _own_systems(article.language.tag)
    first_guillemet = _GUILLEMET.search(article.text)
    for match in _QUOTATION.finditer(article.text):
        opening = match.group()[0]
        if article.zone_at(match.start()) is Zone.HEADLINE:
            continue  # headlines have marks of their own in many houses
        if opening != "»" or (first_guillemet and first_guillemet.group() == "»"):
            system = _SYSTEM[opening]
            if "” ”" in own and system == "“ ”":
                system = "” ”"  # Swedish and Finnish readers see no difference
            if system != "” ”" or system in own:
                systems[system].append(Span(*match.span()))
    if len(systems) > 1:
        yield from _minorities(article, systems, min_main, twin_share)
    yield from _unlike_pairs(article)
    if article.language.comma_in_quotes:
        yield from _commas(article, min_inside)


@cache
def _own_systems(lang: str) -> frozenset[str]:
    return frozenset(f"{row['opening']} {row['closing']}" for row in tables.table("punctuation") if row["lang"] == lang)


def _minorities(article: AnnotatedArticle, systems: dict[str, list[Span]], min_main: int, twin_share: float) -> Iterator[Mark]:
    main, *others = sorted(systems, key=lambda system: (-len(systems[system]), systems[system][0].start))
    if len(systems[main]) < min_main:
        return
    for system in others:
        outer = [span for span in systems[system] if not _is_nested(article, span, main) and not _is_foreign_title(article, span)]
        if not outer or ({main, system} in _TWINS and len(systems[main]) * twin_share < len(systems[system])):
            continue
        first, *rest = outer
        message = f"Quotation marks {system} here, but {main} elsewhere in the article: use one system."
        related = ((systems[main][0].start, systems[main][0].end), *((span.start, span.end) for span in rest))
        yield Mark(first.start, first.end, message, confidence=0.8, related=related)


def _unlike_pairs(article: AnnotatedArticle) -> Iterator[Mark]:
    """*„Wir gehen", sagte er*: opened in one system, closed in the other, where others of the article are closed as they should be."""
    unlike: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for match in _UNLIKE.finditer(article.text):
        line = article.line_at(match.start())
        if match.group()[0] == "„" or (line and _is_odd(line.text, '"')):
            unlike[match.group()[0]].append(match.span(1))
    for opening, (first, *rest) in unlike.items():
        if sum(1 for _ in _LIKE[opening].finditer(article.text)) >= (_MOSTLY * (1 + len(rest)) if opening == "“" else 1):
            message = f"This quotation opens with {opening} and closes with a straight mark."
            yield Mark(*first, message, confidence=0.75, related=tuple(rest))


@lru_cache(maxsize=8)  # asked for every quotation of a line
def _is_odd(line: str, mark: str) -> bool:
    return line.count(mark) % 2 == 1


def _is_nested(article: AnnotatedArticle, span: Span, main: str) -> bool:
    """Whether a quotation of the main system stands open around it: one that a paragraph before began, or that its own line ends."""
    opening, closing = main[0], "“”" if main[0] == "„" else main[-1]
    line = article.line_at(span.start)
    if opening == closing:
        return bool(line and _is_odd(line.text, opening))
    before = article.text[max(0, span.start - _FAR) : span.start]
    if before.rfind(opening) > max(before.rfind(mark) for mark in closing):
        return True
    after = article.text[span.end : min(line.end if line else span.end, span.end + _FAR)]
    ends = [at for mark in closing if (at := after.find(mark)) >= 0]
    return bool(ends) and not 0 <= after.find(opening) < min(ends)


def _is_foreign_title(article: AnnotatedArticle, span: Span) -> bool:
    """Whether it is all in Latin letters where the article is not."""
    return tables.is_in_other_letters(article.language.tag) and not _OWN_LETTER.search(article.text, span.start, span.end)


def _commas(article: AnnotatedArticle, min_inside: int) -> Iterator[Mark]:
    inside = [match.span() for match in _COMMA_INSIDE.finditer(article.text)]
    outside = [match.span(1) for match in _COMMA_OUTSIDE.finditer(article.text)]
    if not outside or len(inside) < min_inside or len(inside) <= len(outside):
        return
    message = "The comma stands outside the closing quotation mark here, but inside it elsewhere in the article."
    yield Mark(*outside[0], message, confidence=0.6, related=(inside[0], *outside[1:]))
