"""What Hypothesis builds articles from: news out of corpora/, the faults out of the rules' own examples, and nasty pieces between them.

Text made of random letters reaches no rule. Here a paragraph is a true one, or a fault that some rule is there for, or either with
something hostile put into it; so most examples have findings, and each rule fires in some (`test_properties.py` says so).
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from pathlib import Path

from hypothesis import strategies as st
from naughty_for_tests import is_speakable, strings

from tqcheck import testing
from tqcheck.article import Article, Example
from tqcheck.calibration import Thresholds
from tqcheck.embed import Vectors
from tqcheck.glossary import Glossary, of_table
from tqcheck.rules import all_rules

CLEAN = Path(__file__).resolve().parent.parent / "corpora" / "clean"
LANGS = ("en", "de", "cs", "uk", "fr", "zh", "ar", "es", "pl", "ru")
LONGEST = 400  # letters of a paragraph: examples are many, and need not be long


@cache
def paragraphs(lang: str) -> tuple[str, ...]:
    """The paragraphs of corpora/clean in a language, in human hand and without a fault."""
    rows = [json.loads(line) for line in (CLEAN / f"{lang}.jsonl").read_text("utf-8").splitlines()]
    return tuple(part for row in rows for part in row["text"].split("\n\n") if part.strip() and len(part) <= LONGEST)


@cache
def faults(*langs: str) -> dict[str, tuple[Example, ...]]:
    """The bad examples of each rule that has some in these languages (in any, without languages) and no style of its own."""
    found = {
        rule.id: tuple(example for example in rule.bad if (not langs or example.lang in langs) and not example.prefer)
        for rule in all_rules().values()
    }
    return {rule: examples for rule, examples in found.items() if examples}


@cache
def termbase() -> Glossary:
    """All terms that the examples ask for, as one glossary."""
    tables = sorted({example.glossary for rule in all_rules().values() for example in rule.bad if example.glossary})
    return Glossary(("terms.csv",), tuple(concept for table in tables for concept in of_table(table, "terms.csv")))


def word_vectors() -> Vectors:
    """A model that costs nothing: texts mean the same as far as they share words. Unit rows, shape (texts, 256)."""
    import zlib

    import numpy as np

    def encode(texts):
        rows = np.zeros((len(texts), 256), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.casefold().split() or [""]:
                row[zlib.crc32(word.encode("utf-8", "replace")) % 256] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    return Vectors("words", encode, Thresholds(same=0.9, possibly=0.8, unrelated=0.1), independent=True)


# -- pieces -------------------------------------------------------------------------------------------------------------

nasty = st.sampled_from([string for string in strings() if is_speakable(string) and len(string) < 80])
unicode_runs = st.one_of(
    st.text(max_size=12),
    st.text(st.characters(categories=["Mn", "Me", "Cf"]), max_size=12),  # marks, joiners, bidi controls
    st.text(st.characters(categories=["Cn", "Co", "So"]), max_size=8),  # not given out, private, signs
    st.text(st.sampled_from("\U000e0041\U000e0020\U000e007f🏴🇺🇦👩\u200d👧\ufe0f🏽\u20e3"), max_size=8),  # tags, flags, joined emoji
)
unspeakable = st.sampled_from(("\ud800", "\udfff", "\ude00\ud83d", "\x00"))
langs = st.sampled_from(LANGS)


@st.composite
def dirty(draw, text):
    """A text with up to two hostile pieces put in anywhere."""
    value = draw(text)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(value)))
        value = value[:at] + draw(nasty | unicode_runs) + value[at:]
    return value


def prose(lang: str):
    """One to three paragraphs of human news."""
    return st.lists(st.sampled_from(paragraphs(lang)), min_size=1, max_size=3).map("\n\n".join)


@st.composite
def articles(draw, *, hostile=True, with_source=None, article_id="a1", rules=()):
    """An article around a fault that some rule (or one of `rules`) is there for: true paragraphs, hostile pieces, a source or none."""
    rule = draw(st.sampled_from(rules or sorted(faults())))
    example = draw(st.sampled_from(faults()[rule]))
    plain = testing.unmark(example.text)[0]
    lang = example.lang
    around = prose(lang) if (CLEAN / f"{lang}.jsonl").is_file() else st.just("")
    parts = [plain, *(draw(around) for _ in range(draw(st.integers(0, 1))))]
    source_text = example.source_text and "\n\n".join((example.source_text, *parts[1:]))
    if draw(st.booleans()) and not example.source_text:
        parts = draw(st.permutations(parts))
    text = "\n\n".join(filter(None, parts))
    if hostile:
        text = draw(st.one_of(st.just(text), dirty(st.just(text))))
    if with_source is False:
        source_text = None
    elif with_source and source_text is None:
        source_text = draw(prose("de"))
    given_lang = lang if with_source or draw(st.integers(0, 4)) else None  # now and then the language is to be found out
    return Article(
        article_id,
        text=text if text.strip() else "News.",
        title=example.title and testing.unmark(example.title)[0],
        lang=given_lang,
        source_lang=(example.source_lang or "de") if source_text else None,
        source_text=source_text,
        source_title=example.source_title if source_text else None,
        origin=f"feed.jsonl:{article_id.removeprefix('a')}",
    )


@st.composite
def feeds(draw, *, least=1, most=3, **options):
    """Articles with different ids."""
    return [draw(articles(article_id=f"a{number}", **options)) for number in range(1, draw(st.integers(least, most)) + 1)]


def _plain(text: str) -> str:
    """Text as every format can hold it: no controls, and blanks as HTML leaves them."""
    letters = (
        letter for letter in text if unicodedata.category(letter) not in {"Cc", "Cf", "Zl", "Zp", "Cn", "Co", "Cs"} or letter == "\n"
    )
    return " ".join("".join(letters).split())


@st.composite
def plain_rows(draw, *, most=3):
    """Rows that any format can hold: titles and paragraphs on one line each, in which nothing is markup."""
    rows = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        lang = draw(st.sampled_from(("en", "de", "cs", "uk", "fr")))
        known = [testing.unmark(example.text)[0] for examples in faults(lang).values() for example in examples if not example.source_text]
        lines = draw(st.lists(st.sampled_from(known) | st.sampled_from(paragraphs(lang)), min_size=1, max_size=4))
        lines = [line for text in lines for line in map(_plain, text.split("\n")) if line and not set(line) & set("<>&#*_`[]|{}\\")]
        rows.append(
            {"id": f"a{number}", "lang": lang, "title": draw(st.sampled_from(paragraphs(lang))).split(".")[0], "lines": lines or ["News."]}
        )
    return rows


@st.composite
def pairs(draw):
    """An article in segments that are parallel to their sources."""
    lang = draw(st.sampled_from(("en", "cs", "uk", "fr")))
    segments = [draw(st.sampled_from(paragraphs(lang))) for _ in range(draw(st.integers(1, 4)))]
    sources = [draw(st.sampled_from(paragraphs("de"))) for _ in segments]
    spoilt = [_plain(draw(dirty(st.just(segment)))) or "News." for segment in segments]
    return {"id": "a1", "lang": lang, "source_lang": "de", "segments": spoilt, "source_segments": [_plain(source) for source in sources]}
