"""What a finding is known by when it is met again: in a baseline, in another translation, in the alerts of a code host.

A fingerprint has two halves. The first is the article, the rule and the words found; the second is up to three words on either side, in
the same sentence. No line, offset or severity enters, nor the message: a finding stays itself when lines move, when another part of the
article is edited, when articles come in another order, and when the engine says the same with other marks or capitals.

An article is known by its `id`, so a feed may be renamed. One without an id is known by its file, named from the working folder: then
equal findings in equal words are told apart only by their number, and a renamed file is a new one.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import NamedTuple, Self

import regex

from tqcheck import origin
from tqcheck.article import Article, Finding

CONTEXT_WORDS = 3  # on either side of a finding
CONTEXT_LETTERS = 100
_SENTENCE_END = regex.compile(r"[.!?…。！？؟।\n]")  # a sentence may have moved without its neighbours
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")


class Fingerprint(NamedTuple):
    """Two hashes, in hexadecimal digits: of the finding alone, and of the words around it."""

    alone: str
    context: str

    def __str__(self) -> str:
        """As files have it."""
        return f"{self.alone}-{self.context}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. Raises ValueError."""
        alone, _, context = text.partition("-")
        if not (len(alone) == 16 and len(context) == 8 and set(alone + context) <= set("0123456789abcdef")):
            raise ValueError(f"'{text[:40]}' is no fingerprint")
        return cls(alone, context)


def fingerprint(article: Article, finding: Finding) -> Fingerprint:
    """The fingerprint of a finding of an article."""
    return Fingerprint(_digest([article_key(article), *alone(finding)], 16), _digest(context(article, finding), 8))


def article_key(article: Article) -> str:
    """What an article is known by: its own id or, where that is only its place in the input, its file."""
    if article.id != article.origin:
        return article.id
    return origin.relative(origin.parse(article.origin).file)


def alone(finding: Finding) -> tuple[str, Hashable]:
    """The rule and the words found, whatever their case and the marks between them."""
    surface = unicodedata.normalize("NFC", finding.surface.casefold())
    return finding.rule, tuple(_WORD.findall(surface)) or " ".join(surface.split())


def context(article: Article, finding: Finding) -> tuple[str, ...]:
    """The words before and after a finding in its sentence, with an empty one in its place."""
    text = _field(article, finding)
    before = _SENTENCE_END.split(text[max(0, finding.start - CONTEXT_LETTERS) : finding.start])[-1]
    after = _SENTENCE_END.split(text[finding.end : finding.end + CONTEXT_LETTERS])[0]
    return (*_words(before)[-CONTEXT_WORDS:], "", *_words(after)[:CONTEXT_WORDS])


class Numbering:
    """Tells equal fingerprints apart by a number: `1f0c...-9a3b...:2` is the second. Remembers one article, or one file without ids."""

    def __init__(self) -> None:
        self._key: str | None = None
        self._counts: Counter[Fingerprint] = Counter()

    def numbered(self, article: Article, findings: Iterable[Finding]) -> list[str]:
        """The numbered fingerprints of an article's findings, in their order."""
        key = article_key(article)
        if key != self._key:
            self._key = key
            self._counts.clear()
        names = []
        for finding in findings:
            print_ = fingerprint(article, finding)
            self._counts[print_] += 1
            names.append(f"{print_}:{self._counts[print_]}")
        return names


def _field(article: Article, finding: Finding) -> str:
    if finding.segment is not None:
        return (article.segments or ())[finding.segment]
    return (article.title if finding.field == "title" else article.text) or ""


def _words(text: str) -> list[str]:
    return list(_WORD.findall(unicodedata.normalize("NFC", text.casefold())))


def _digest(value: object, digits: int) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:digits]
