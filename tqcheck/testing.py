"""Runs the BAD, GOOD and MISSED examples of any rule: for our own tests, and for people who write their own rules.

A file of pytest that runs the examples of all rules in a folder (the path is seen from where pytest is started):

    from tqcheck import testing
    def test_my_rules(): testing.check_rules("my_rules")

`check_rule` does so for one rule module, of a package of rules for instance. Examples are checked with the tables as tqcheck brings them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from tqcheck import feed, outside, tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, Example, Mark, Row
from tqcheck.calibration import Thresholds
from tqcheck.embed import Vectors, load_vectors
from tqcheck.feed import FeedExample
from tqcheck.glossary import Glossary, of_table
from tqcheck.rules import Rule, all_rules, rule_of
from tqcheck.table_extensions import Extension
from tqcheck.terms import Termbase

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPEN, CLOSE = "[[", "]]"
Spot = tuple[str, str, int, int]


def unmark(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Take the `[[ ]]` marks out of a text: (the plain text, the spans they covered). Raises ValueError when they don't pair."""
    plain, spans = "", []
    while OPEN in text:
        before, _, rest = text.partition(OPEN)
        inside, closed, text = rest.partition(CLOSE)
        if not closed:
            raise ValueError(f"'{OPEN}' without '{CLOSE}' in {rest[:40]!r}")
        while text.startswith("]"):  # the marked stretch itself ends with a bracket
            inside, text = inside + "]", text[1:]
        spans.append((len(plain) + len(before), len(plain) + len(before) + len(inside)))
        plain += before + inside
    return plain + text, spans


def article_of(example: Example) -> tuple[AnnotatedArticle, list[tuple[int, int]]]:
    """The annotated article of an example, and the spans that must be found in its `text`."""
    text, spans = unmark(example.text)
    title, title_spans = unmark(example.title) if example.title is not None else (None, [])
    article = Article(
        "example",
        text=text,
        title=title,
        lang=example.lang,
        source_lang=example.source_lang,
        source_text=example.source_text,
        source_title=example.source_title,
    )
    shift = 0 if title is None else len(title) + 1
    vectors = load_vectors() if example.bundled else stand_in(example.same)
    asked = Termbase(Glossary(("terms.csv",), tuple(of_table(example.glossary, "terms.csv")))) if example.glossary else None
    annotated = AnnotatedArticle(article, vectors, {"*": example.prefer}, asked)
    return annotated, title_spans + [(start + shift, end + shift) for start, end in spans]


def feed_of(example: FeedExample) -> tuple[list[Article], set[Spot]]:
    """The articles of a feed example without their marks, and what must be found in them: article, field, start, end."""
    articles, wanted = [], set()
    for marked in example.articles:
        text, spans = unmark(marked.text or "")
        title, title_spans = unmark(marked.title or "")
        wanted |= {(marked.id, "text", *span) for span in spans} | {(marked.id, "title", *span) for span in title_spans}
        articles.append(replace(marked, text=text, title=title if marked.title is not None else None))
    return articles, wanted


def feed_marks_of(rule: Rule, example: FeedExample) -> list[feed.FeedMark]:
    """What a feed rule finds in an example."""
    groups: dict[str, list[Row]] = {}
    for article in feed_of(example)[0]:
        vectors = load_vectors() if example.bundled else stand_in(example.same)
        annotated = AnnotatedArticle(article, vectors, {"*": example.prefer})
        for row in feed.records(annotated, rule, article.extra.get("score", 100.0)):
            groups.setdefault(row.key, []).append(row)
    marks = [mark for rows in groups.values() if len(rows) > 1 for mark in feed.marks(rule, rows, {})]
    articles = dict.fromkeys(mark.article for mark in marks)
    return [mark for article in articles for mark in feed.settled(one for one in marks if one.article == article)]


def stand_in(same: Sequence[str]) -> Vectors:
    """A model for examples: the texts of `same` mean the same, all others have nothing to do with each other."""
    import numpy as np

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        axes = [0 if text in same else 1 + sum(map(ord, text)) % 997 for text in texts]
        vectors: NDArray[np.float32] = np.eye(998, dtype=np.float32)[axes]
        return vectors

    return Vectors("stand-in", encode, Thresholds(same=0.9, possibly=0.8, unrelated=0.1), independent=True)


def marks_of(rule: Rule, example: Example) -> tuple[list[Mark], list[tuple[int, int]], str]:
    """What a rule finds in an example, what it should find, and the text both refer to."""
    article, wanted = article_of(example)
    with tables.using(Extension()):
        return list(rule.marks(article, {})), wanted, article.text


def failure(rule: Rule, example: Example) -> str | None:
    """Why an example fails, in words; None when the rule marks exactly what the example marks."""
    if isinstance(example, FeedExample):
        must = feed_of(example)[1]
        does = {(mark.article, mark.place.field, mark.place.start, mark.place.end) for mark in feed_marks_of(rule, example)}
        return None if must == does else f"{rule.id}: in {example.text!r} the rule must mark {sorted(must)}, but marks {sorted(does)}"
    marks, wanted, text = marks_of(rule, example)
    found = sorted((mark.start, mark.end) for mark in marks)
    if found == sorted(wanted):
        return None
    show = [[text[start:end] for start, end in spans] for spans in (sorted(wanted), found)]
    return f"{rule.id}: in {text!r} the rule must mark {show[0]}, but marks {show[1]}"


def check_rules(*paths: str | Path) -> None:
    """Run all examples of the rules that are in some files and folders; raises AssertionError naming each one that fails.

    Raises ConfigError for a rule that cannot be loaded, or has the name of another one.
    """
    files = outside.read(paths)
    known = all_rules(files)
    failures = [failure for file in files for failure in _failures(known[file.rule])]
    if failures:
        raise AssertionError("\n".join(failures))


def has_marks(example: Example) -> bool:
    """Whether an example marks what must be found."""
    return bool(feed_of(example)[1] if isinstance(example, FeedExample) else article_of(example)[1])


def check_rule(module: ModuleType | Rule) -> None:
    """Run all examples of a rule; raises AssertionError naming each one that fails.

    A BAD example must be marked exactly, a GOOD one not at all; a MISSED one must really be missed, or it belongs in BAD.
    """
    failures = _failures(module if isinstance(module, Rule) else rule_of(module))
    if failures:
        raise AssertionError("\n".join(failures))


def _failures(rule: Rule) -> list[str]:
    failures = [message for example in rule.bad if (message := failure(rule, example))]
    failures += [f"GOOD {message}" for example in rule.good if (message := failure(rule, example))]
    failures += [
        f"{rule.id}: {example.text!r} is found by now: move it from MISSED to BAD" for example in rule.missed if not failure(rule, example)
    ]
    for kind, examples in (("BAD", rule.bad), ("MISSED", rule.missed)):
        failures += [f"{rule.id}: {kind} example {example.text!r} marks nothing" for example in examples if not has_marks(example)]
    return failures
