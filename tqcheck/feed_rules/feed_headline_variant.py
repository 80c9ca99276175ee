"""One headline of the source is translated in two ways.

The agency sends a story again, or a column comes every week under the same headline, and the engine translates the headline anew: *Storm
over Bonn*, then *A tempest above Bonn*. Readers take the two for two stories, and so does a search. Use one translation.

The rule needs the source, with its title (`source_title`) or with segments of which the first is the headline. Headlines of the source are
one when they have the same letters and digits, whatever the marks and capitals; so are translations. The translation that more articles
have is suggested; where none has more, the first by date stays, and nothing is suggested: which one is better, a person must tell.
Headlines of one or two words are left alone (*Comment*, *In brief*), and editions (pt-BR, pt-PT) may differ.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, Place, Row, Severity
from tqcheck.feed import LAST, MOST_RELATED, FeedExample, FeedMark, Kept, edition, first_rows, here, moment, named, plain, there

SEVERITY = Severity.MINOR
MQM = "style/inconsistent-style"
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_MIN_WORDS = 3  # of a headline: shorter ones head columns
_MIN_LETTERS = 6  # the same where words are not separated
_READABLE = 60  # letters of the headline in its key


def _translations(lang: str, source_lang: str, source: str, *titles: str, tags: tuple[str, ...] = ()) -> FeedExample:
    articles = tuple(
        Article(f"a{number}", text="…", title=title, lang=tag, source_lang=source_lang, source_title=source)
        for number, (title, tag) in enumerate(zip(titles, tags or (lang,) * len(titles), strict=True), 1)
    )
    return FeedExample("\n\n".join(f"{one.id}: {source} / {one.title}" for one in articles), lang=lang, articles=articles)


BAD = [
    _translations("en", "de", "Sturm über Bonn", "Storm over Bonn", "[[A tempest above Bonn]]", "Storm over Bonn"),
    _translations("de", "en", "Storm over Bonn", "Sturm über Bonn", "Sturm über Bonn", "[[Bonn im Sturm]]"),
    _translations("cs", "en", "STORM over “Bonn”", "Bouře nad Bonnem", "[[Vichřice v Bonnu]]"),
    _translations("zh", "ja", "ボンで嵐が続く", "波恩风暴持续", "波恩风暴持续", "[[暴风雨席卷波恩]]"),
]
GOOD = [
    _translations("en", "de", "Sturm über Bonn", "Storm over Bonn", "Storm over “Bonn”", "STORM OVER BONN"),
    _translations("de", "en", "In brief", "Kurz notiert", "In Kürze"),
    _translations("pt", "en", "The train to Moscow", "O comboio para Moscovo", "O trem para Moscou", tags=("pt-PT", "pt-BR")),
]
MISSED: list[FeedExample] = []


def record(article: AnnotatedArticle, score: float) -> Iterator[Kept]:
    """Keep the headline under that of the source."""
    del score
    source, place = _headlines(article)
    if place is None or not _says_something(source, article.source_lang) or not article.source_lang:
        return
    words = _folded(source)
    digest = hashlib.blake2b(words.encode(), digest_size=8).hexdigest()
    key = f"{edition(article)}\t{tables.language(article.source_lang).tag}\t{words[:_READABLE]}\t{digest}"
    yield Kept(key, [plain(place), source], moment(article.article.published) or LAST)


def _headlines(article: AnnotatedArticle) -> tuple[str, Place | None]:
    """The headline of the source, and the place of its translation; None where one of the two is not to be told."""
    line, given = article.headline, article.article
    if line is None:
        return "", None
    place = article.place(line.start, line.end)
    if line.field == "title":
        return given.source_title or "", place
    if line.segment is not None and given.source_segments is not None:
        return given.source_segments[line.segment], place
    return "", None


def _says_something(headline: str, lang: str | None) -> bool:
    if tables.language(lang or "").spaced:
        return len(_WORD.findall(headline)) >= _MIN_WORDS
    return len(_folded(headline)) >= _MIN_LETTERS


def _folded(headline: str) -> str:
    return " ".join(_WORD.findall(headline.casefold()))


def check(rows: Iterator[Row]) -> Iterator[FeedMark]:
    """Yield one finding for each article whose headline is not the one that most articles have."""
    by_form: dict[str, list[Row]] = defaultdict(list)
    for row in first_rows(rows):
        by_form[_folded(row.read()[0][-1])].append(row)
    ranked = sorted(by_form, key=lambda form: (-len(by_form[form]), by_form[form][0].order, by_form[form][0].article))
    main = by_form[ranked[0]]
    title = main[0].read()[0][-1]
    related = tuple(there(row.read()[0], row.article) for row in main[:MOST_RELATED])
    for form in ranked[1:]:
        suggestion = title if len(main) > len(by_form[form]) else None
        for row in by_form[form]:
            place, source = row.read()
            message = f"“{title}” is the headline in {named(one.article for one in main)}, for the same headline of the source: “{source}”."
            yield FeedMark(row.article, here(place), message, suggestion, confidence=0.8, related=related)
