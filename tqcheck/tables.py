"""Language knowledge is data: the tables of `tqcheck/data/`, read once.

A table is UTF-8, tab-separated, one entry a line, with a header line; lines that begin with `# ` before the header say
where the entries come from. `data/languages.tsv` holds what rules must know of a language; a language that is not in it
gets the cautious defaults of `Language`.

The configuration may extend some tables (`table_extensions.py`). Which extension holds is a state of the process, for rules ask the tables
wherever they need them: `with using(extension):` puts one in force, and all that was made of the tables of another one, in any module of
tqcheck or of rules from outside, is forgotten. Changing between two at every article is right, but slow. Outside of `using`, the tables
are as the last one that used them had them.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from tqcheck.table_extensions import Extension

DATA = resources.files("tqcheck") / "data"


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `data/NAME.tsv` with those of the extension in force, as mappings from column to cell."""
    return _extension.applied(name, shipped(name)) if _extension else shipped(name)


@cache
def shipped(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `data/NAME.tsv` as they are."""
    lines = [line for line in _content(name).splitlines() if line and not line.startswith("# ")]
    columns = lines[0].split("\t")
    return tuple(dict(zip(columns, line.split("\t"), strict=True)) for line in lines[1:])


@cache
def entries(name: str, lang: str, kind: str | None = None) -> frozenset[str]:
    """The entries of a language in `data/NAME.tsv`, of one kind or of all."""
    return frozenset(row["entry"] for row in table(name) if row["lang"] == lang and (kind is None or row["kind"] == kind))


def alternation(entries: Iterable[str]) -> str:
    """A pattern for any of some entries, a longer one before those that it begins with; without entries it matches nothing."""
    return "|".join(map(regex.escape, sorted(entries, key=lambda entry: (-len(entry), entry)))) or "(?!)"


@cache
def scripts(lang: str) -> tuple[str, ...]:
    """The scripts that a language is written in, by `data/alphabets.tsv`; none for a language that is not listed there."""
    return next((tuple(row["scripts"].split()) for row in table("alphabets") if row["lang"] == lang), ())


def is_in_other_letters(lang: str) -> bool:
    """Whether a language is known to be written in letters that are not Latin."""
    return bool(scripts(lang)) and "Latin" not in scripts(lang)


@cache
def _content(name: str) -> str:
    return (DATA / f"{name}.tsv").read_text(encoding="utf-8")


def digest(extension: Extension | None = None) -> str:
    """A short hash of all tables, and of what adequacy was fitted to, and one of their extension: part of every report's signature."""
    return f"{_digest()}+{extension.digest}" if extension and extension.digest else _digest()


@cache
def _digest() -> str:
    entries = sorted((entry for entry in DATA.iterdir() if entry.name.endswith((".tsv", ".json", ".npz"))), key=lambda entry: entry.name)
    return hashlib.sha256(b"\0".join(entry.read_bytes() for entry in entries)).hexdigest()[:8]


# -- extensions -----------------------------------------------------------------------------------------------------------

_extension: Extension | None = None  # in force; None: the tables as they are
_users: list[int] = []  # the threads that work with it
_turn = threading.Condition()
# What these keep is not made of tables that can be extended: models, the rules themselves.
_KEPT = ("adequacy", "embed", "fluency", "language", "metrics", "outside", "rules", "static_model", "table_extensions")


@contextmanager
def using(extension: Extension) -> Iterator[None]:
    """Work with extended tables. Threads with the same extension work side by side, one with another waits until they are done."""
    wanted = extension if extension.digest else None
    with _turn:
        if wanted != _extension and threading.get_ident() in _users:
            raise RuntimeError("tables cannot be extended in another way amidst the work with them: a rule must not call tqcheck.check")
        _turn.wait_for(lambda: wanted == _extension or not _users)
        _put_in_force(wanted)
        _users.append(threading.get_ident())
    try:
        yield
    finally:
        with _turn:
            _users.remove(threading.get_ident())
            _turn.notify_all()


def _put_in_force(extension: Extension | None) -> None:
    global _extension  # noqa: PLW0603 - see the module's docstring
    if extension != _extension:
        _extension = extension
        kept_whole = {f"tqcheck.{name}" for name in _KEPT}
        for module in list(sys.modules.values()):
            if isinstance(module, ModuleType) and module.__name__ not in kept_whole and _knows_tqcheck(module):
                for kept in list(vars(module).values()):
                    if type(kept) is _Cached:
                        kept.cache_clear()


_Cached = type(table)


def _knows_tqcheck(module: ModuleType) -> bool:
    """Whether a module is one of tqcheck, or has imported something from there: so it may keep what it made of a table."""
    return module.__name__.startswith("tqcheck.") or any(
        str(value.__name__ if type(value) is ModuleType else value.__module__).startswith("tqcheck.")
        for value in list(vars(module).values())
        if type(value) in {ModuleType, FunctionType, type}
    )


@dataclass(frozen=True)
class Language:
    """What rules must know of a language (columns of `data/languages.tsv`).

    inflects_names: names change their ending by case (Kyjev, Kyjeva), so a difference in the ending means nothing.
    noun_capitals: every noun is written with a capital (German), so a capital does not show a name.
    spaced: words are separated by blanks.
    space_before: marks that take a blank before them (French).
    ordinal_dot: a number with a full stop is an ordinal (3. Mai), so the stop does not end a sentence.
    articles: the definite articles.
    name_links: what may stand before an article within a name (*Ministry of the Interior*).
    determiners: where every noun has a capital, the words besides articles that show a noun and not a name (*seine Partei*).
    tones: marks on vowels tell words apart, so names that differ in them are two (Vietnamese *Dòng*, *Đông*).
    comma_in_quotes: the comma may stand inside the closing quotation mark or outside, by the house's style (English).
    """

    tag: str
    inflects_names: bool = True
    noun_capitals: bool = False
    spaced: bool = True
    space_before: str = ""
    ordinal_dot: bool = True
    articles: frozenset[str] = frozenset()
    name_links: frozenset[str] = frozenset()
    comma_in_quotes: bool = False
    determiners: frozenset[str] = frozenset()
    tones: bool = False


@cache
def language(tag: str) -> Language:
    """The entry for a BCP 47 tag, found by its primary subtag."""
    primary = tag.replace("_", "-").split("-")[0].lower()
    for row in table("languages"):
        if row["lang"] == primary:
            return Language(
                tag=primary,
                inflects_names=row["inflects_names"] == "yes",
                noun_capitals=row["noun_capitals"] == "yes",
                spaced=row["spaced"] == "yes",
                space_before=row["space_before"].strip("-"),
                ordinal_dot=row["ordinal_dot"] == "yes",
                articles=frozenset(row["articles"].split()) - {"-"},
                name_links=frozenset(row["name_links"].split()) - {"-"},
                determiners=frozenset(row["determiners"].split()) - {"-"},
                comma_in_quotes=row["comma_in_quotes"] == "either",
                tones=row["tones"] == "yes",
            )
    return Language(tag=primary)
