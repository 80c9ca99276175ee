"""Two systems of quotation marks, or two habits at them, stand in one article.

“Curly” marks here and "straight" ones there, or „German“ and «French» ones; or in English the comma inside the closing mark three times
(“We are ready,” he said) and once outside (“under control”, he said). The engine takes its marks from the sentence at hand. Use one
system: the majority's, or the house's.

Quotations within quotations take other marks by right and are not counted, nor are inch and minute marks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import regex

from tqcheck.annotate import AnnotatedArticle, Span
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
]
GOOD = [
    "“We are ready,” he said. “He called it ‘a new start’ and left.”",
    "“We rebel,” he said. It is “under control”, he said.",
    '“The screen is 27" wide,” he said, “and 5\'10" is my height.” “Fine,” she said.',
    Example("«Він прочитав роман „Місто“ вчора», — сказав він. «Усі».", lang="uk"),
    Example("„Wir lesen ‚Faust‘“, sagte er. „Alle.“", lang="de"),
    Example("« Nous partons, dit-il. « Il a dit “non” hier. » « Tous », dit-elle. « Moi aussi. »", lang="fr"),
    Example("« Il a dit “non” hier », dit-elle. « Tous. »", lang="fr"),
]
MISSED = ['He said “no. Then she said [["]]yes.']

_SYSTEM = {"“": "“ ”", "”": "“ ”", '"': '" "', "„": "„ “", "«": "« »", "»": "» «", "「": "「 」"}
_QUOTATION = regex.compile(
    r"“[^“”\n]{1,2000}”|„[^„“”\"\n]{1,2000}[“”\"]|«[^«»\n]{1,2000}»|»[^«»\n]{1,2000}«|「[^「」\n]{1,2000}」"
    r"|(?<![\p{Nd}\p{Latin}\p{Cyrillic}\p{Greek}])\"[^\"\n]{1,2000}\"(?![\p{Latin}\p{Cyrillic}\p{Greek}])"
)
_UNLIKE = regex.compile(r"„[^„“”\"\n]{1,1000}(\")")
_LIKE = regex.compile(r"„[^„“”\"\n]{1,1000}[“”]")
_GUILLEMET = regex.compile("[«»]")
_COMMA_INSIDE = regex.compile(r"[“\"][^“”\"\n]{3,600},[”\"]")
_COMMA_OUTSIDE = regex.compile(
    r"([“\"][^“”\"\n]{3,600}[”\"],)[ \u00a0](?:he|she|they|[\p{L}.]+[ \u00a0])[ \u00a0]?(?:said|says|told|added|wrote|explained|stated)\b"
)


def check(article: AnnotatedArticle, *, min_main: int = 2, min_inside: int = 2) -> Iterator[Mark]:
    """Yield one finding for each minority system, at its first quotation, and for commas outside where they mostly stand inside.

    Args:
        article: the article.
        min_main: quotations of the main system from which on another system is out of style.
        min_inside: commas inside the closing mark from which on one outside is out of style.
    """
    systems: dict[str, list[Span]] = defaultdict(list)
    first_guillemet = _GUILLEMET.search(article.text)
    for match in _QUOTATION.finditer(article.text):
        opening = match.group()[0]
        if opening != "»" or (first_guillemet and first_guillemet.group() == "»"):
            systems[_SYSTEM[opening]].append(Span(*match.span()))
    if len(systems) > 1:
        yield from _minorities(article, systems, min_main)
    yield from _unlike_pairs(article)
    if article.language.comma_in_quotes:
        yield from _commas(article, min_inside)


def _minorities(article: AnnotatedArticle, systems: dict[str, list[Span]], min_main: int) -> Iterator[Mark]:
    main, *others = sorted(systems, key=lambda system: (-len(systems[system]), systems[system][0].start))
    if len(systems[main]) < min_main:
        return
    for system in others:
        outer = [span for span in systems[system] if not _is_nested(article, span, main)]
        if not outer:
            continue
        first, *rest = outer
        message = f"Quotation marks {system} here, but {main} elsewhere in the article: use one system."
        related = ((systems[main][0].start, systems[main][0].end), *((span.start, span.end) for span in rest))
        yield Mark(first.start, first.end, message, confidence=0.8, related=related)


def _unlike_pairs(article: AnnotatedArticle) -> Iterator[Mark]:
    """*„Wir gehen", sagte er*: opened in one system, closed in the other, where others of the article are closed as they should be."""
    unlike = list(_UNLIKE.finditer(article.text))
    if unlike and _LIKE.search(article.text):
        first, *rest = (match.span(1) for match in unlike)
        yield Mark(*first, "This quotation opens with „ and closes with a straight mark.", confidence=0.75, related=tuple(rest))


def _is_nested(article: AnnotatedArticle, span: Span, main: str) -> bool:
    """Whether a quotation of the main system stands open before it in the same line: a paragraph need not close its own."""
    line = article.line_at(span.start)
    before = article.text[line.start if line else span.start : span.start]
    opening, closing = main[0], main[-1]
    return opening != closing and before.count(opening) > before.count(closing)


def _commas(article: AnnotatedArticle, min_inside: int) -> Iterator[Mark]:
    inside = [match.span() for match in _COMMA_INSIDE.finditer(article.text)]
    outside = [match.span(1) for match in _COMMA_OUTSIDE.finditer(article.text)]
    if not outside or len(inside) < min_inside or len(inside) <= len(outside):
        return
    message = "The comma stands outside the closing quotation mark here, but inside it elsewhere in the article."
    yield Mark(*outside[0], message, confidence=0.6, related=(inside[0], *outside[1:]))
