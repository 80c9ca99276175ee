"""The same story stands in the feed twice.

An agency sends a story again, an update brings it back with two sentences changed, or a second engine translates it once more: the reader
meets it twice. Take one away, or make it an update of the other. The first by date of publication stays (`published`; without one, the
first by id); each later one is a finding, at its headline.

Stories are one when they use the same words: words of four letters and more, by their first five letters, so that endings do not count,
and without function words and page furniture; pairs of characters where words are not separated, of syllables in Vietnamese. What share of
the words of both they have in common (Jaccard) is estimated from 128 minhashes (Broder 1997). With a source, articles whose source is the
same, letter by letter, are one story whatever the translations look like.

Reports of one kind have the same words, too: the weather, the stock exchange, the police's accidents, last night's drones. But their
numbers and names are others: where no more than half of them are shared, these are two stories. Where there are next to none of them, and
where the articles were published on two days, only nearly the same words make one story: a series comes every day, an agency's second
version within hours. Short items, of which words say little, are left alone. An event that two agencies report in much the same words is
marked: readers meet it twice.

Only articles in one language are compared, and editions (pt-BR, pt-PT) each for itself. No article is compared with all others: those
meet that have the same four minhashes somewhere in 32 rows of four. Two texts with 80 % of their words in common do so nearly always, with
50 % in seven cases of eight.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, Row, Severity
from tqcheck.feed import LAST, FeedExample, FeedMark, Kept, edition, here, moment, plain, there
from tqcheck.names import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint32]
    Sketch = NDArray[np.uint8]

SEVERITY = Severity.MINOR
MQM = "style/organizational-style"
_STORY = {
    "en": "The river rose by two metres during the night, said the mayor of Bonn on Tuesday. Firefighters filled sandbags along the "
    "promenade, three schools stayed closed, and the railway stopped its trains between Cologne and Koblenz. Meteorologists expect "
    "more rain until the weekend. Shopkeepers carried furniture to upper floors.",
    "de": "Der Fluss stieg in der Nacht um zwei Meter, sagte der Bürgermeister von Bonn am Dienstag. Feuerwehrleute füllten Sandsäcke "
    "an der Promenade, drei Schulen blieben geschlossen, und die Bahn stellte ihre Züge zwischen Köln und Koblenz ein. Meteorologen "
    "erwarten weiteren Regen bis zum Wochenende. Händler trugen Möbel in obere Stockwerke.",
    "uk": "Річка піднялася вночі на два метри, повідомив мер Бонна у вівторок. Пожежники наповнювали мішки з піском уздовж набережної, три "
    "школи залишилися зачиненими, а залізниця зупинила потяги між Кельном і Кобленцом. Метеорологи очікують дощів до вихідних. "
    "Крамарі переносили меблі на верхні поверхи.",
}
_ANOTHER = {
    "en": "Parliament debated the budget for seven hours, and the opposition left the chamber before the vote. The finance minister "
    "promised lower taxes for families, higher pensions and a commission that will examine subsidies for farmers. Economists doubt "
    "the figures. Trade unions announced strikes in hospitals and airports.",
    "de": "Das Parlament beriet sieben Stunden über den Haushalt, und die Opposition verließ vor der Abstimmung den Saal. Der "
    "Finanzminister versprach niedrigere Steuern für Familien, höhere Renten und eine Kommission, die Beihilfen für Landwirte "
    "prüfen soll. Ökonomen zweifeln an den Zahlen. Gewerkschaften kündigten Streiks in Krankenhäusern und an Flughäfen an.",
}
_MARKET = (
    "Shares closed higher in Frankfurt on {}. The leading index gained {} points and reached {}, the technology index {}. Turnover was {} "
    "million, after {} million before. Among winners were carmakers and banks, while energy suppliers lost ground. The euro traded at "
    "{} dollars in the afternoon; bonds hardly moved, and analysts expect quiet weeks before summer holidays."
)
_ACCIDENT = (
    "A driver was {} injured in an accident near {} on {}. According to the police, the {} lost control of the car on a wet road for "
    "reasons that are not known, left the carriageway and hit a tree. Rescue workers brought the {} to hospital. The damage is put at "
    "several thousand euros. The road was closed for hours. The police ask witnesses to come forward."
)
_FORECAST = (
    "Der Tag beginnt im Norden {} mit {} Schauern, die im Laufe des Vormittags nach Osten ziehen. Im Süden bleibt es meist {}. An der "
    "Küste weht {} Wind, in den Bergen gibt es Böen. In der Nacht klart der Himmel auf, in den Tälern bildet sich {}. Autofahrer sollten "
    "vorsichtig sein."
)
_FLOOD_LATER = _STORY["en"].replace("by two metres", "by three metres").replace("three schools", "five schools")


def _feed(lang: str, *articles: Article) -> FeedExample:
    shown = (f"{one.id}{f' ({one.published})' if one.published else ''}: {one.title} / {one.text}" for one in articles)
    return FeedExample("\n\n".join(shown), lang=lang, articles=articles)


def _article(number: int, lang: str, title: str, text: str, published: str | None = None) -> Article:
    return Article(f"a{number}", title=title, text=text, lang=lang, published=published)


BAD = [
    _feed(
        "en",
        _article(1, "en", "[[River rises in Bonn]]", f"{_STORY['en']} No one was hurt.", "2023-05-25T12:00:00Z"),
        _article(2, "en", "Flood in Bonn", _STORY["en"], "2023-05-25T10:00:00+02:00"),
        _article(3, "en", "Budget debated", _ANOTHER["en"]),
    ),
    _feed("de", _article(1, "de", "Hochwasser in Bonn", _STORY["de"]), _article(2, "de", "[[Bonn: Der Rhein steigt]]", _STORY["de"])),
    _feed(
        "uk",
        _article(1, "uk", "Повінь у Бонні", _STORY["uk"]),
        _article(2, "uk", "[[Бонн під водою]]", _STORY["uk"].replace("Метеорологи очікують", "Синоптики чекають")),
    ),
    _feed(  # an update
        "en",
        _article(1, "en", "River rises", _STORY["en"], "2023-05-25T08:00:00Z"),
        _article(2, "en", "[[River still rises]]", _FLOOD_LATER, "2023-05-25T17:00:00Z"),
    ),
]
GOOD = [
    _feed("en", _article(1, "en", "River rises", _STORY["en"]), _article(2, "en", "Budget debated", _ANOTHER["en"])),
    _feed("de", _article(1, "de", "Hochwasser", _STORY["de"]), _article(2, "de", "Haushalt", _ANOTHER["de"])),
    _feed(
        "en",
        _article(1, "en", "Shares gain", _MARKET.format("Tuesday", 114, 16210, 3312, 4210, 3904, "1.0834")),
        _article(2, "en", "Shares close higher", _MARKET.format("Friday", 57, 16345, 3298, 3877, 4102, "1.0911")),
    ),
    _feed(
        "en",
        _article(1, "en", "Driver injured", _ACCIDENT.format("slightly", "Neudorf", "Monday", "woman", "woman")),
        _article(2, "en", "Driver injured", _ACCIDENT.format("badly", "Altheim", "Friday", "man", "man")),
    ),
    _feed(
        "de",
        _article(1, "de", "Das Wetter", _FORECAST.format("bewölkt", "vereinzelten", "trocken", "mäßiger", "Nebel"), "2023-05-25T04:00:00Z"),
        _article(2, "de", "Das Wetter", _FORECAST.format("heiter", "kräftigen", "sonnig", "starker", "Reif"), "2023-05-26T04:00:00Z"),
    ),
    _feed("pt", _article(1, "pt-PT", "River rises", _STORY["en"]), _article(2, "pt-BR", "River rises", _STORY["en"])),  # two editions
    _feed("en", _article(1, "en", "In brief", "The bridge is open again."), _article(2, "en", "In brief", "The bridge is open again.")),
]
MISSED = [
    _feed(  # told anew, in other words
        "en",
        _article(1, "en", "Flood in Bonn", _STORY["en"]),
        _article(
            2,
            "en",
            "[[Bonn under water]]",
            "After hours of downpours the Rhine has left its bed. Pupils were sent home, commuters waited in vain, and crews piled up "
            "bags of sand where people usually stroll. Forecasters see no end before Saturday. Merchants moved goods upstairs.",
        ),
    )
]

_BANDS, _ROWS = 32, 4  # of minhashes: the trade-off is in the manual page
_HASHES = _BANDS * _ROWS
_BYTE = 256
_MIN_LETTERS = 4  # of a word that says what a story is about
_STEM = 5  # its first letters
_LETTERS = 6  # of a stretch that is compared where words are not separated
_MIN_WORDS = 25  # different ones, of an article
_MOST_ROWS = 1_000  # of a band: more have it in common by their furniture
_MIN_NUMBERS = 4  # different ones: where an article has fewer, they tell nothing
_MIN_FACTS = 2  # the same of numbers and names together
_MOST_FACTS = 24  # of each kind
_SHARED_FACTS = 0.5  # of those of the article that has fewer: more must be shared
_NEARLY_THE_SAME = 0.75  # of the words: where nothing but words speaks for one story
_ANOTHER_DAY = timedelta(hours=18)  # between two reports of a series: the second may come somewhat earlier in its day
_FACT = "<u4"  # a number or a name, as its hash
_WORD = regex.compile(r"[\p{L}\p{M}]+|\p{N}[\p{N}.,]*")
_HAN = regex.compile(r"\p{Han}")
_NUMBER = regex.compile(r"\p{N}(?:[\p{N}.,]*\p{N})?")


def record(article: AnnotatedArticle, score: float) -> Iterator[Kept]:
    """Keep a sketch of the article's words under each band of it, and under its source."""
    del score
    lines = [line for line in article.lines if line.leftover is None]
    words = _words(article, [line.text for line in lines])
    if len(words) < _MIN_WORDS or not lines:
        return
    hashes = _minhashes(words)
    head = article.headline or lines[0]
    sketch = _text(hashes % _BYTE, "uint8")
    content = [
        plain(article.place(head.start, head.end)),
        article.article.published,
        sketch,
        *_facts(article, [line.text for line in lines]),
    ]
    order = moment(article.article.published) or LAST
    meeting = edition(article)
    for band in range(_BANDS):
        key = _digest(hashes[band * _ROWS : (band + 1) * _ROWS].astype("<u4").tobytes())
        yield Kept(f"{meeting}\t{band}\t{key}", content, order)
    if article.has_source:
        yield Kept(f"{meeting}\tsource\t{_digest(' '.join(article.source.split()).encode())}", content, order)


def _words(article: AnnotatedArticle, lines: list[str]) -> frozenset[str]:
    """What a story is about: the beginnings of its longer words, its numbers; pairs of characters where words are not separated."""
    if not article.language.spaced:
        text = "".join(run for line in lines for run in _WORD.findall(line))
        size = 2 if _HAN.search(text) else _LETTERS  # Thai has few letters
        return frozenset(text[at : at + size] for at in range(len(text) - size + 1))
    if article.language.tones:  # Vietnamese: a word is two syllables, as a rule
        return frozenset(f"{one} {other}".lower() for line in lines for one, other in pairwise(_WORD.findall(line)))
    functional = tables.entries("function-words", article.language.tag)
    found = {word for line in lines for word in _WORD.findall(line)}
    return frozenset(
        fold(word)[:_STEM] for word in found if word[0].isnumeric() or (len(word) >= _MIN_LETTERS and word.lower() not in functional)
    )


def _facts(article: AnnotatedArticle, lines: list[str]) -> tuple[str, str]:
    """Numbers, and names: what is another one in another report of the same kind."""
    names = {fold(name.form)[:_STEM] for name in article.names if not name.sentence_initial}
    return _least({number for line in lines for number in _NUMBER.findall(line)}), _least(names)


def _least(facts: set[str]) -> str:
    """The hashes of some facts; of many the least (Broder's bottom k), so that two articles keep the same ones."""
    import numpy as np

    return _text(np.array(sorted({zlib.crc32(fact.encode()) for fact in facts})[:_MOST_FACTS], dtype=np.uint32), _FACT)


def _minhashes(words: frozenset[str]) -> Hashes:
    """The least hash of the words under each of _HASHES multiply-shift functions (Dietzfelbinger et al. 1997)."""
    import numpy as np

    factors, shifts = _functions()
    values = np.array([zlib.crc32(word.encode()) for word in sorted(words)], dtype=np.uint64)
    hashed = (values[:, None] * factors + shifts) >> np.uint64(32)
    least: Hashes = hashed.min(axis=0).astype(np.uint32)
    return least


@cache
def _functions() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Numbers as good as random, the same everywhere and always."""
    import numpy as np

    drawn = b"".join(hashlib.blake2b(str(number).encode(), digest_size=16).digest() for number in range(_HASHES))
    both = np.frombuffer(drawn, dtype="<u8").astype(np.uint64).reshape(2, _HASHES)
    return both[0] | np.uint64(1), both[1]


def _text(numbers: NDArray[np.uint32], kind: str) -> str:
    return base64.b64encode(numbers.astype(kind).tobytes()).decode()


def _numbers(text: str, kind: str) -> NDArray[Any]:
    import numpy as np

    return np.frombuffer(base64.b64decode(text), dtype=kind)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def check(rows: Iterator[Row], *, min_similarity: float = 0.4) -> Iterator[FeedMark]:
    """Yield one finding for each article that tells what an earlier one tells.

    Args:
        rows: those of one band, or of one source.
        min_similarity: share of their words that two articles must have in common.
    """
    # On the articles of ../shared/eval/dev two translations of one text by different engines share 0.37 to 0.66 of their words (5th and
    # 75th percentile of 1839 pairs), translations of two texts mostly less than 0.13 (99.9th percentile of 340,000); but two agencies'
    # reports of one event shared 0.36, 0.50 and 0.52. Of their names and numbers translations of one text share 0.86 (median; 96 % more
    # than half). benchmarks/feed_rules.py --stories measures what that comes to.
    import numpy as np

    group = list(islice(rows, _MOST_ROWS))
    contents = [row.read() for row in group]
    is_source = group[0].key.split("\t")[1] == "source"
    sketches = np.array([_numbers(content[2], "uint8") for content in contents])
    for at in range(1, len(group)):
        alike = np.ones(at) if is_source else _similarities(sketches[:at], sketches[at])
        for first in np.flatnonzero(alike >= min_similarity).tolist():
            if group[first].article == group[at].article:
                continue
            if is_source or _is_one_story(group[first], contents[first], group[at], contents[at], float(alike[first])):
                yield _mark(group[first], contents[first], group[at], contents[at], None if is_source else float(alike[first]))
                break


def _similarities(sketches: NDArray[np.uint8], sketch: Sketch) -> NDArray[np.float64]:
    """Estimates of the share of words in common (b-bit minwise hashing, Li and König 2010)."""
    same: NDArray[np.float64] = (sketches == sketch).mean(axis=1)
    return (same - 1 / _BYTE) / (1 - 1 / _BYTE)


def _is_one_story(first: Row, content: list[Any], again: Row, own: list[Any], similarity: float) -> bool:
    """Whether two articles in much the same words are about the same thing, and not two of a series."""
    numbers, names = (_shared(_numbers(content[kind], _FACT), _numbers(own[kind], _FACT)) for kind in (3, 4))
    both = (numbers[0] + names[0], numbers[1] + names[1])
    # Numbers alone, too: where all nouns have capitals they are lost among these. A few of them may change from version to version.
    told = [(shared, fewer) for (shared, fewer), least in ((numbers, _MIN_NUMBERS), (both, _MIN_FACTS)) if fewer >= least]
    if any(shared <= _SHARED_FACTS * fewer for shared, fewer in told):
        return False
    return similarity >= _NEARLY_THE_SAME or (bool(told) and not _are_of_two_days(first.order, again.order))


def _shared(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> tuple[int, int]:
    """How many facts two articles have in common, and how many the one has that has fewer."""
    cut = min((int(facts[-1]) for facts in (one, other) if len(facts) == _MOST_FACTS), default=2**32)
    few, many = sorted(({fact for fact in facts.tolist() if fact <= cut} for facts in (one, other)), key=len)
    return len(few & many), len(few)


def _are_of_two_days(one: str, other: str) -> bool:
    if LAST in {one, other}:
        return False
    return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) >= _ANOTHER_DAY


def _mark(first: Row, content: list[Any], again: Row, own: list[Any], similarity: float | None) -> FeedMark:
    when = f" ({content[1]})" if content[1] else ""
    why = "the source is the same" if similarity is None else f"about {min(1.0, similarity):.0%} of the words are the same"
    message = f"This story stands in the feed already, as {first.article}{when}: {why}."
    related = (there(content[0], first.article),)
    return FeedMark(again.article, here(own[0]), message, None, 0.9, related, about="story", rank=f"{first.order}\t{first.article}")
