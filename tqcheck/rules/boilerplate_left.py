"""What belongs to the page, not to the article, is left in the text: advertising, *Read also*, share buttons, captions.

The text was cut out of a web page together with what stood around it, and all was translated. Remove the line, or move a caption to
its picture. The phrases are in `data/boilerplate.tsv`, by language; a whole line must consist of one, begin with one
(*Read also: …*) or end with one (*…, illustrative photo*), so a sentence that happens to contain the words is not touched.
A whole line is recognised in any language, since leftovers often stay untranslated.

A line that holds no known phrase can be known by its layout. A short line that ends like no sentence is mostly a subheading, so a second
sign is asked for: it stands several times by itself, it stands between two leftovers or in a list that follows *Read also*, it is a menu
(*Home | News | Sport*), a path or a time stamp. Sentence vectors tell more of them: a short line that is clearly nearer to the known
phrases than to the headline and the lines around it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import regex

from tqcheck import leftovers, tables
from tqcheck.annotate import AnnotatedArticle, Line, Zone
from tqcheck.article import Example, Mark, Severity
from tqcheck.embed import cosine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tqcheck.embed import Vectors

    _Phrases = tuple[NDArray[np.float32], tuple[str, ...]]

SEVERITY = Severity.MAJOR
MQM = "accuracy/addition"
FIX = "safe"
FIX_FROM = 0.9  # a known phrase; what only looks like a leftover is looked at
NEEDS_VECTORS = "short lines unlike their neighbours"
BAD = [
    "The bridge reopened.\n\n[[Advertisement'; }]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Read also: Why the dam broke]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Cars and mud – illustrative photo.]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Illustrative photo. Photo: press service]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Photo: Reuters]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[(Photo: Anna Lind)]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Anna Lind/Reuters]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[bridge_1200x800.jpg]]\n\n[[3 min read]]\n\nTraffic is back.",
    "The bridge is open\n\n[[Home > City > Traffic]]\n\nTraffic is back.\n\nThe mayor came.",
    "The bridge reopened.\n\n[[News | Sport | Weather]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Tell us what you think]]\n\nTraffic is back.\n\n[[Tell us what you think]]\n\nThe mayor came.",
    "The bridge reopened.\n\nTraffic is back.\n\n[[Related articles]]\n\n[[Why the dam broke]]\n\n[[Who pays for the new road]]",
    Example(
        "The bridge reopened.\n\n[[Take us with you on your phone]]\n\nTraffic is back.",
        same=("Take us with you on your phone", "get our app"),
    ),
    Example("Die Brücke ist offen.\n\n[[Anzeige]]\n\nDer Verkehr rollt.", lang="de"),
    Example("Die Brücke ist offen.\n\n[[Teilen]]\n\n[[Mein Konto]]\n\n[[Kommentare (5)]]\n\nDer Verkehr rollt.", lang="de"),
    Example(
        "Die Brücke ist offen.\n\n[[Sag es deinen Freunden weiter]]\n\nAuto an Auto.",
        lang="de",
        same=("Sag es deinen freunden weiter", "artikel teilen"),
    ),
    Example("Most je otevřen.\n\n[[Čtěte také: Proč praskla hráz]]\n\nAuta jezdí.", lang="cs"),
    Example("Most je otevřen.\n\n[[12.05.2023 14:30]]\n\nAuta jezdí.", lang="cs"),
    Example("Міст відкрито.\n\n[[Читайте також: Чому прорвало дамбу]]\n\nРух відновлено.", lang="uk"),
    Example(
        "Міст відкрито.\n\n[[Усе найцікавіше у вашій пошті]]\n\nРух відновлено.",
        lang="uk",
        same=("Усе найцікавіше у вашій пошті", "читати далі за передплатою"),
    ),
    Example("The bridge reopened.\n\n[[Reklama]]\n\nTraffic is back.", lang="en"),
]
GOOD = [
    "The bridge reopened.\n\nThe advertisement for it had cost a million, the photo another one.",
    "Photo of the year goes to Anna Lind\n\nThe jury chose it on Monday from a thousand entries.",
    "The bridge reopened.\n\nShare prices fell.\n\nComments were not to be had.",
    "The bridge reopened.\n\nThe long way round\n\nFor three years all drove through the valley.",
    "The bridge reopened.\n\nAnna Lind\n\nIt is fine.\n\nThe Mayor\n\nIt is not.\n\nAnna Lind\n\nIt is.\n\nThe Mayor\n\nNo.",
    "The bridge reopened.\n\nMonday 12/5\n\nIt rained.\n\n14:30\n\nThe mayor came.\n\nLund – Malmö 3 : 2\n\nThey won.",
    "The bridge reopened.\n\nWho came\n\nflour\n\nbutter\n\nthree eggs",
    Example("The paper sold out.\n\nIt came by phone\n\nTraffic is back.", same=("The paper sold out.", "It came by phone", "get our app")),
    Example("Die Brücke ist offen.\n\nAuch die Anzeige gegen den Bürgermeister wurde zurückgezogen.", lang="de"),
    Example("Die Brücke ist offen.\n\nDer lange Umweg\n\nDrei Jahre fuhren alle durch das Tal.", lang="de"),
    Example("Most je otevřen.\n\nReklama na něj stála milion korun.", lang="cs"),
    Example("Міст відкрито.\n\nРеклама коштувала мільйон.", lang="uk"),
]
MISSED = ["The bridge reopened.\n\n[[You will not believe what happened next]]\n\nTraffic is back."]

_WHAT = {
    "advertisement": "an advertising label",
    "app": "an invitation to install an app",
    "read-also": "a pointer to another article",
    "reading-time": "a reading time",
    "share": "a share button",
    "subscribe": "an invitation to subscribe",
    "cookie": "a cookie notice",
    "caption": "a photo caption",
    "counter": "a counter",
    "credit": "a photo credit",
    "file": "the name of a file",
    "source-note": "a source note",
    "comments": "a link to the comments",
    "copyright": "a copyright notice",
    "video": "a pointer to a video",
}
_MINOR = {"caption", "credit", "source-note"}
_EDGE = 3  # how many lines at the head and at the foot may hold a path or a time stamp
_AROUND = 2  # how many lines before and after a short line it is compared with
_OF_ARTICLE = {"caption", "credit", "source-note", "copyright"}  # lines that may well stand beside lines of the article
_NOT_COMPARED = {"caption", "copyright", "reading-time"}  # phrases that say little of the page, or much that any line may say
_LEAST_WORDS = 2  # a single word is mostly a subheading: *Finances*, *Comments*
_NEED_TWO_WORDS = {"share", "credit", "source-note"}  # *photo*, *x*, *source* alone are near to anything about photos
_LETTERS = regex.compile(r"[^\p{L}\p{M}]+")
_DIGIT = regex.compile(r"\p{Nd}")
_PHRASES: WeakKeyDictionary[Vectors, dict[tuple[str, ...], _Phrases]] = WeakKeyDictionary()


def check(article: AnnotatedArticle, *, min_words: int = 3, margin: float = 0.7) -> Iterator[Mark]:
    """Yield a finding for each leftover line.

    Args:
        article: the article.
        min_words: a shorter line without a known phrase may stand again and again, as a speaker's name does.
        margin: how much nearer a short line must be to a known phrase than to its neighbours, as a share of the stretch between the model's
            thresholds `unrelated` and `same`. At 0.7 none of 267 such lines in 1.1 million words of human translation is marked, and
            0.9 % of 4257 other short ones, taken without their full stop; see tests/test_leftovers.py for what is found.
    """
    lines = article.lines
    if len(lines) < 2:
        return
    by_layout = {**_between(lines), **_after_pointer(lines), **_repeated(lines, min_words), **_shaped(lines)}
    unlike = _unlike_neighbours(article, article.vectors, margin) if article.vectors is not None else {}
    for index, line in enumerate(lines):
        if line.zone is Zone.HEADLINE:
            continue
        if line.leftover:
            severity = Severity.MINOR if line.leftover in _MINOR else None
            message = f"This line is {_WHAT.get(line.leftover, 'a leftover')} of the page, not part of the article."
            yield Mark(line.start, line.end, message, suggestion="", severity=severity, confidence=0.9)
        elif index in by_layout:
            message = f"This line {by_layout[index]}: it belongs to the page, not to the article."
            yield Mark(line.start, line.end, message, suggestion="", confidence=0.8)
        elif index in unlike:
            kind, near = unlike[index]
            severity = Severity.MINOR if kind in _MINOR else None
            message = f"This short line is unlike its neighbours and reads like {_WHAT[kind]} of the page, not like part of the article."
            yield Mark(line.start, line.end, message, suggestion="", severity=severity, confidence=0.7, similarity=near)


# -- layout -------------------------------------------------------------------------------------------------------------


def _stands_alone(line: Line) -> bool:
    return line.zone is Zone.BODY and not line.leftover and leftovers.stands_alone(line.text)


def _is_of_page(line: Line) -> bool:
    return line.leftover is not None and line.leftover not in _OF_ARTICLE


def _stands_between_sentences(lines: Sequence[Line], index: int) -> bool:
    """A short line with running text, the headline or the end of the article on at least one side: no verse, no list."""
    if not _stands_alone(lines[index]):
        return False
    around = [lines[place] for place in (index - 1, index + 1) if 0 <= place < len(lines)]
    return len(around) < 2 or not all(_stands_alone(line) for line in around)


def _between(lines: Sequence[Line]) -> dict[int, str]:
    """Short lines between two leftovers, as buttons stand in a row."""
    inner = range(1, len(lines) - 1)
    found = [i for i in inner if _is_of_page(lines[i - 1]) and _is_of_page(lines[i + 1]) and _stands_alone(lines[i])]
    return dict.fromkeys(found, "stands between two leftovers of the page")


def _after_pointer(lines: Sequence[Line]) -> dict[int, str]:
    """The headlines that follow *Related articles* down to the end, if there are two or more."""
    start = len(lines)
    while start and (_is_of_page(lines[start - 1]) or (lines[start - 1].zone is Zone.BODY and _is_unfinished(lines[start - 1]))):
        start -= 1
    pointer = next((i for i in range(start, len(lines)) if lines[i].leftover == "read-also"), len(lines))
    found = [i for i in range(pointer + 1, len(lines)) if not lines[i].leftover]
    return dict.fromkeys(found, "follows a pointer to other articles") if len(found) > 1 else {}


def _is_unfinished(line: Line) -> bool:
    return not line.leftover and leftovers.is_unfinished(line.text) and leftovers.words_of(line.text) <= 2 * leftovers.MAX_WORDS


def _repeated(lines: Sequence[Line], min_words: int) -> dict[int, str]:
    """Short lines that stand more than once between sentences, and are no name: *Story continues below*."""
    places = [i for i in range(len(lines)) if _stands_between_sentences(lines, i) and _is_label(lines[i].text, min_words)]
    plain = {i: _LETTERS.sub(" ", lines[i].text).casefold() for i in places}
    counts = Counter(plain.values())
    headline = _LETTERS.sub(" ", lines[0].text).casefold()  # a headline again is another rule's
    return {i: f"stands {counts[text]} times by itself" for i, text in plain.items() if counts[text] > 1 and text != headline}


def _is_label(text: str, min_words: int) -> bool:
    """Whether a line is long enough and, but for its first word, in lower case: else it may be the name of who speaks."""
    return leftovers.words_of(text) >= min_words and not _DIGIT.search(text) and all(not word[:1].isupper() for word in text.split()[1:])


def _shaped(lines: Sequence[Line]) -> dict[int, str]:
    """Menus; and paths and time stamps, which only at the head and the foot are none of the article's own."""
    found = {}
    for index, line in enumerate(lines):
        if not _stands_alone(line):
            continue
        if leftovers.is_menu(line.text) and not any(leftovers.is_menu(near.text) for near in _neighbours(lines, index)):
            found[index] = "is a menu"
        elif not _EDGE < index < len(lines) - _EDGE:
            if leftovers.is_path(line.text):
                found[index] = "is a path through the site"
            elif leftovers.is_time_stamp(line.text):
                found[index] = "is a time stamp"
    return found


def _neighbours(lines: Sequence[Line], index: int) -> Sequence[Line]:
    return [*lines[max(0, index - 1) : index], *lines[index + 1 : index + 2]]


# -- vectors ------------------------------------------------------------------------------------------------------------


def _unlike_neighbours(article: AnnotatedArticle, vectors: Vectors, margin: float) -> dict[int, tuple[str, float]]:
    """The short lines that are nearer to a phrase than to their neighbours: the phrase's kind, and the cosine to it."""
    lines = article.lines
    short = [i for i in range(len(lines)) if _stands_between_sentences(lines, i) and leftovers.words_of(lines[i].text) >= _LEAST_WORDS]
    around = {i: near_by for i in short if (near_by := _around(lines, i))}
    if not around:
        return {}
    places = sorted({place for i, near_by in around.items() for place in (i, *near_by)})
    vector = dict(zip(places, vectors.of([lines[place].text for place in places]), strict=True))
    langs = (article.language.tag, tables.language(article.article.source_lang or "en").tag, "en")
    phrases, kinds = _phrases(vectors, tuple(dict.fromkeys(langs)))
    limit = margin * (vectors.thresholds.same - vectors.thresholds.unrelated)
    found: dict[int, tuple[str, float]] = {}
    for index, others in around.items():
        nearest = int((phrases @ vector[index]).argmax())
        near = cosine(phrases[nearest], vector[index])
        if near - max(cosine(vector[other], vector[index]) for other in others) >= limit:
            found[index] = kinds[nearest], near
    return found


def _around(lines: Sequence[Line], index: int) -> list[int]:
    """Where the headline and the lines of the article next to a line are."""
    near = {0, *range(max(0, index - _AROUND), min(len(lines), index + 1 + _AROUND))} - {index}
    return [place for place in sorted(near) if not lines[place].leftover]


def _phrases(vectors: Vectors, langs: tuple[str, ...]) -> _Phrases:
    """The vectors of the phrases of some languages, shape (phrases, dimension), and the kind of each; computed once for a model."""
    known = _PHRASES.setdefault(vectors, {})
    if langs not in known:
        rows = [row for row in tables.table("boilerplate") if row["lang"] in langs and row["kind"] not in _NOT_COMPARED]
        rows = [row for row in rows if row["kind"] not in _NEED_TWO_WORDS or leftovers.words_of(row["entry"]) > 1]
        known[langs] = vectors.of([row["entry"] for row in rows]), tuple(row["kind"] for row in rows)
    return known[langs]
