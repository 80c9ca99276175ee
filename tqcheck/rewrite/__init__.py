"""Writes fixed articles back into the very file they came from: one module per format, beside its reader in `read`.

A format's module says where in the file each character of a field stands, and how a new one is written there; what is edited is the text
of the file at these places, and nothing else. In the end the new file is read again: unless it holds exactly the articles that were meant,
it is not written. So a format that is more than its module knows can make a fix fail, but never spoil a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tqcheck.article import Article, Problem
from tqcheck.read import read_bytes
from tqcheck.rewrite import feed, html, jsontext, markdown, parquet, po, table, text, units
from tqcheck.rewrite.letters import CannotFixError, Change, File
from tqcheck.rewrite.xmltext import root_of

if TYPE_CHECKING:
    from tqcheck.fix import FixedArticle
    from tqcheck.read.rows import Options

__all__ = ["BY_FIELD", "CannotFixError", "kind_of", "rewrite"]

_Rewriter = Callable[[File, Sequence[Change]], bytes]

_REWRITERS: Mapping[str, _Rewriter] = {
    "text": text.rewrite,
    "markdown": markdown.rewrite,
    "jsonl": jsontext.lines,
    "json": jsontext.whole,
    "csv": table.rewrite,
    "tsv": table.rewrite,
    "parquet": parquet.rewrite,
    "po": po.rewrite,
    "xliff": units.rewrite,
    "tmx": units.rewrite,
    "rss": feed.rewrite,
    "atom": feed.rewrite,
    "html": html.rewrite,
}
BY_FIELD = frozenset({"jsonl", "json", "csv", "tsv", "parquet"})  # an article a line, or none at all: a diff of lines shows nothing
_ROOTS = {"rss": "rss", "RDF": "rss", "feed": "atom", "entry": "atom", "xliff": "xliff", "tmx": "tmx", "html": "html", "nitf": "nitf"}


def kind_of(raw: bytes, input_format: str) -> str:
    """The format that a file is, looked into where the name says only XML."""
    if input_format != "xml":
        return input_format
    root = root_of(raw)
    return _ROOTS.get(root, root or "xml")


@dataclass(frozen=True)
class _Read:
    articles: list[Article]
    problems: list[Problem]


def rewrite(raw: bytes, name: str, input_format: str, options: Options, fixed: Sequence[FixedArticle]) -> bytes:
    """The file with its articles fixed; `fixed` are all articles that were read from it, in order. Raises CannotFixError."""
    changes = [Change(number, article.before, article.edits) for number, article in enumerate(fixed) if article.edits]
    if not changes:
        return raw
    kind = kind_of(raw, input_format)
    if kind not in _REWRITERS:
        raise CannotFixError(kind, "its text is not kept in one place")
    after = _REWRITERS[kind](File(raw, name, kind, options), changes)
    _prove(raw, after, kind, _Proof(name, input_format, options), fixed)
    return after


@dataclass(frozen=True)
class _Proof:
    name: str
    input_format: str
    options: Options

    def read(self, raw: bytes) -> _Read:
        records = list(read_bytes(raw, self.name, self.input_format, self.options))
        return _Read(
            [record for record in records if isinstance(record, Article)], [record for record in records if isinstance(record, Problem)]
        )


def _prove(raw: bytes, after: bytes, kind: str, proof: _Proof, fixed: Sequence[FixedArticle]) -> None:
    """Raise CannotFixError unless the new file holds what was meant, and what could not be read is what it was."""
    was, now = proof.read(raw), proof.read(after)
    if len(now.articles) != len(fixed) or [problem.reason for problem in was.problems] != [problem.reason for problem in now.problems]:
        raise CannotFixError(kind, "the fixed file would not be read as the same articles")
    for article, is_now in zip(fixed, now.articles, strict=True):
        if _content(article.after) != _content(is_now):
            raise CannotFixError(kind, f"article {article.before.id[:60]}: the place of its text in the file is not plain")


def _content(article: Article) -> Article:
    """An article without its places, which shift when lines before it go."""
    return replace(
        article,
        id="" if article.id.startswith(article.origin) else article.id,
        origin="",
        segment_origins=(),
        extra={key: value for key, value in article.extra.items() if key not in {"summary"}},
    )
