"""A newsroom's own rows for the tables of `tqcheck/data`, and rows taken out of them.

    [tool.tqcheck.tables]
    boilerplate = "our-boilerplate.tsv"
    abbreviations = ["abbreviations.tsv", "military.tsv"]

A file has the columns of the table that it extends, named in its first line; a column that may be blank can be left out. Lines that begin
with `# ` are comments. A row whose key (the columns in bold in `tqcheck config --reference`) is that of a row of the table takes its place,
any other is added. A row that begins with a hyphen takes rows out: all whose cells are those that it gives, cells left empty or left out
say nothing. Columns are set off by a tabulator:

    lang  kind           entry                    match
    de    advertisement  bezahlte partnerschaft   line
    -de                  anzeige

What may be extended are words and names. What describes a language, or was fitted to data, is the program's.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.errors import ConfigError, unknown

Row = dict[str, str]


class Extendable(NamedTuple):
    """A table that may be extended: the columns that tell its rows apart, and what it holds."""

    key: tuple[str, ...]
    holds: str


EXTENDABLE: Mapping[str, Extendable] = {
    "abbreviations": Extendable(("lang", "entry"), "words whose full stop does not end a sentence"),
    "acronyms": Extendable(("acronym",), "acronyms that are right after a name in another language"),
    "age-words": Extendable(("lang", "kind", "entry"), "what stands before and after an age"),
    "agencies": Extendable(("agency",), "news agencies, as they stand in a picture's credit"),
    "attributions": Extendable(("lang", "entry", "kind"), "how a language says who said something"),
    "boilerplate": Extendable(("lang", "entry", "match"), "lines that belong to the page, not to the article"),
    "calendar": Extendable(("lang", "kind", "entry"), "names of months and weekdays"),
    "chat-phrases": Extendable(("lang", "entry", "kind"), "what a chat model says beside its translation"),
    "denials": Extendable(("lang", "entry"), "words that turn a sentence into its opposite"),
    "first-names": Extendable(("name",), "first names and their forms in other languages"),
    "function-words": Extendable(("lang", "entry"), "words by which a sentence shows its language"),
    "gender-words": Extendable(("lang", "kind", "masculine", "feminine"), "words for a man, and for a woman"),
    "given-names": Extendable(("name",), "first names that are also words"),
    "loose-words": Extendable(("lang", "entry"), "words that are no terms: they may be translated in many ways"),
    "name-words": Extendable(("lang", "word"), "words of which names are made (*treaty*, *street*)"),
    "negations": Extendable(("lang", "entry"), "words that negate"),
    "no-noun-endings": Extendable(("lang", "entry"), "endings by which a word is no noun"),
    "number-words": Extendable(("lang", "entry"), "number words, and units in headlines"),
    "place-names": Extendable(("lang", "prefer", "variant"), "two spellings of one place's name"),
    "places": Extendable(("place", "lang", "kind"), "places by their names in each language"),
    "quantity-words": Extendable(("lang", "entry", "kind"), "number words and their parts"),
    "spelling-variants": Extendable(("lang", "word", "one"), "two spellings of one word, both right"),
    "style-guides": Extendable(("guide", "lang", "prefer", "instead"), "names as style guides want them"),
    "units": Extendable(("lang", "entry"), "units of measurement and currencies"),
    "word-doublings": Extendable(("lang", "entry"), "words that may stand twice in a row, and that may not"),
}
_MAY_BE_BLANK = frozenset({"note", "not_after", "not_before", "example", "provenance", "source", "stands for"})
_CLOSED = frozenset({"kind", "match", "note", "in_names"})  # columns that take what the table has, and nothing else
_PLAIN_WORDS = frozenset({"entry", "word"})
_CONTRADICTS = {"place-names": ("lang", "prefer", "variant"), "style-guides": ("guide", "prefer", "instead")}
_TAG = regex.compile(r"[a-z]{2,3}")
_WORD_END = regex.compile(r"[\p{L}\p{M}\p{N}]$")
_LETTERS = regex.compile(r"[\p{L}\p{M}]*")
_HIDDEN = regex.compile(r"[\p{Cc}\p{Zs}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff--[ ]]", flags=regex.V1)


@dataclass(frozen=True)
class Extension:
    """What is added to tables and taken out of them. Two are the same when they do the same, wherever their files lie."""

    digest: str = ""  # "" when there is none
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)  # table -> its files
    added: Mapping[str, tuple[Row, ...]] = field(default_factory=dict, compare=False, repr=False)
    dropped: Mapping[str, frozenset[tuple[str, ...]]] = field(default_factory=dict, compare=False, repr=False)  # whole rows

    def applied(self, name: str, rows: Sequence[Row]) -> tuple[Row, ...]:
        """The rows of a table, with what it says of them."""
        dropped = self.dropped.get(name, frozenset())
        return (*(row for row in rows if tuple(row.values()) not in dropped), *self.added.get(name, ()))


def load(paths: Mapping[str, Sequence[str | Path]]) -> Extension:
    """Read the files that extend tables (table -> files). Raises ConfigError with file, line and remedy."""
    added: dict[str, tuple[Row, ...]] = {}
    dropped: dict[str, frozenset[tuple[str, ...]]] = {}
    for name, files in sorted(paths.items()):
        if name not in EXTENDABLE:
            raise ConfigError(unknown("table that can be extended", name, EXTENDABLE))
        added[name], dropped[name] = _merged(name, [line for file in files for line in _lines(name, Path(file))])
    told = repr((sorted(added.items()), sorted((name, sorted(rows)) for name, rows in dropped.items())))
    return Extension(
        digest=hashlib.sha256(told.encode()).hexdigest()[:8] if any(added.values()) or any(dropped.values()) else "",
        files={name: tuple(map(str, files)) for name, files in paths.items()},
        added=added,
        dropped=dropped,
    )


class _Line(NamedTuple):
    where: str
    row: Row  # without the cells that are left out
    drops: bool


def _lines(name: str, path: Path) -> Iterator[_Line]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"tables.{name}: {path}: cannot be read: {error.strerror}: mend the path, or leave the table out") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"tables.{name}: {path}: is not UTF-8: save it as UTF-8") from error
    header: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        cells, where = line.removesuffix("\r").split("\t"), f"{path}:{number}"
        if line.startswith("# ") or not "".join(cells).strip():
            continue
        if not header:
            header = _header(name, cells, where)
        elif cells[0].startswith("-"):
            yield _Line(where, _dropping(header, [cells[0][1:], *cells[1:]], where), drops=True)
        elif len(cells) != len(header):
            raise ConfigError(f"{where}: has {_cells(len(cells))}, not {len(header)} as the first line: set cells off by one tabulator")
        else:
            row = dict(zip(header, cells, strict=True))
            _refuse_wrong(name, row, where)
            yield _Line(where, {column: row.get(column, "") for column in _columns(name)}, drops=False)
    if not header:
        raise ConfigError(f"tables.{name}: {path}: is empty: its first line names the columns: {_shown(_columns(name))}")


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _shown(columns: Sequence[str]) -> str:
    return ", ".join(columns)


def _columns(name: str) -> tuple[str, ...]:
    return tuple(tables.shipped(name)[0])


def _header(name: str, cells: list[str], where: str) -> list[str]:
    columns = _columns(name)
    wrong = next((cell for cell in cells if cell not in columns), None)
    if wrong is not None:
        raise ConfigError(f"{where}: {unknown('column', wrong, columns)}: the first line names the columns: {_shown(columns)}")
    lacking = [column for column in columns if column not in cells and column not in _MAY_BE_BLANK]
    if lacking or len(set(cells)) < len(cells):
        reason = f"lacks the column '{lacking[0]}'" if lacking else "names a column twice"
        raise ConfigError(f"{where}: {reason}: the first line names the columns: {_shown(columns)}")
    return cells


def _dropping(header: list[str], cells: list[str], where: str) -> Row:
    if len(cells) > len(header):
        raise ConfigError(f"{where}: has {_cells(len(cells))}, not {len(header)} as the first line: set cells off by one tabulator")
    given = {column: cell for column, cell in zip(header, cells, strict=False) if cell}
    if not given.keys() - {"lang", "kind"}:
        raise ConfigError(f"{where}: says no entry to take out: give the cells of the row, set off by tabulators")
    return given


def _merged(name: str, lines: Sequence[_Line]) -> tuple[tuple[Row, ...], frozenset[tuple[str, ...]]]:
    """The rows to add, and the rows of the table that go: those taken out, and those whose place is taken."""
    shipped, key = tables.shipped(name), EXTENDABLE[name].key
    added: dict[tuple[str, ...], _Line] = {}
    gone: set[tuple[str, ...]] = set()
    for line in lines:
        if line.drops:
            found = [row for row in shipped if line.row.items() <= row.items()]
            if not found:
                raise ConfigError(f"{line.where}: takes nothing out: tqcheck's table '{name}' has no such row: mend it, or remove it")
            gone.update(tuple(row.values()) for row in found)
            continue
        place = tuple(line.row[column] for column in key)
        if place in added and added[place].row != line.row:
            raise ConfigError(f"{line.where}: says something else of {_shown(place)} than {added[place].where}: keep one of the two rows")
        added.setdefault(place, line)
    gone.update(tuple(row.values()) for row in shipped if tuple(row[column] for column in key) in added)
    if name in _CONTRADICTS:
        _refuse_contradictions(name, [row for row in shipped if tuple(row.values()) not in gone], list(added.values()))
    return tuple(line.row for line in added.values()), frozenset(gone)


def _refuse_contradictions(name: str, kept: Sequence[Row], added: Sequence[_Line]) -> None:
    """No form may be right in one row and wrong in another."""
    group, right, wrong = _CONTRADICTS[name]
    rows = [*kept, *(line.row for line in added)]
    by_right, by_wrong = ({(row[group], row[column]): row for row in rows} for column in (right, wrong))
    for line in added:
        for column, others in ((right, by_wrong), (wrong, by_right)):
            other = others.get((line.row[group], line.row[column]))
            if other is not None:
                form, row = line.row[column], "⇥".join(other[part] for part in EXTENDABLE[name].key)
                raise ConfigError(
                    f"{line.where}: '{form}' would be right in one row and wrong in another: take that one out by '-{row}' "
                    "(⇥: a tabulator), or turn this one round"
                )


# -- what a cell may hold ---------------------------------------------------------------------------------------------------


def _refuse_wrong(name: str, row: Row, where: str) -> None:
    for column, cell in row.items():
        fault = _fault(name, column, cell)
        if fault:
            raise ConfigError(f"{where}: {column} {fault}")


def _fault(name: str, column: str, cell: str) -> str | None:
    if not cell:
        return None if column in _MAY_BE_BLANK else "is blank: give it, or remove the row"
    check = _CHECKS.get((name, column))
    return _as_text(cell) or _as_in_the_table(name, column, cell) or (check(cell) if check else None)


def _as_text(cell: str) -> str | None:
    if cell != cell.strip() or _HIDDEN.search(cell):
        return f"{cell!r} has blanks around it, or characters that nobody sees: remove them"
    if unicodedata.normalize("NFC", cell) != cell:
        return f"'{cell}' is not in the normal form NFC: save it so"
    return None


def _as_in_the_table(name: str, column: str, cell: str) -> str | None:
    if column == "lang" and not (_TAG.fullmatch(cell) or (cell == "*" and cell in _values(name, column))):
        return f"'{cell}' is no primary language tag: give it in lower case without the region, as in 'de'"
    if column in _CLOSED and cell not in _values(name, column):
        return unknown("value", cell, _values(name, column))
    if column in _PLAIN_WORDS and cell != cell.lower() and _all_are(name, column, str.islower):
        return f"'{cell}' must be in lower case: '{cell.lower()}'"
    if column in _PLAIN_WORDS and not _WORD_END.search(cell) and _all_are(name, column, _ends_in_a_letter):
        return f"'{cell}' must end with a letter or a figure, not with a punctuation mark"
    return None


@cache
def _values(name: str, column: str) -> frozenset[str]:
    return frozenset(row[column] for row in tables.shipped(name))


@cache
def _all_are(name: str, column: str, fits: Callable[[str], bool]) -> bool:
    """Whether the cells of a column of the table itself are so, as far as they hold letters with two cases."""
    return all(fits(cell) for cell in _values(name, column) if fits is not str.islower or cell.lower() != cell.upper())


def _ends_in_a_letter(cell: str) -> bool:
    return _WORD_END.search(cell) is not None


def _number(cell: str) -> str | None:
    try:
        values = [Decimal(value) for value in cell.split()]
    except InvalidOperation:
        values = []
    is_fine = values and all(value.is_finite() and value >= 0 for value in values)
    return None if is_fine else f"'{cell}' is no number in figures, as in 1000 or 0.5"


def _factor(cell: str) -> str | None:
    return _number(cell) or (None if len(cell.split()) == 1 and Decimal(cell) else f"'{cell}' must be one number above 0")


def _value(cell: str) -> str | None:
    return None if cell == "unit" or regex.fullmatch(r"[1-9][0-9]*", cell) else f"'{cell}' must be a whole number in figures, or 'unit'"


def _day(cell: str) -> str | None:
    known = regex.fullmatch(r"0[1-9]|1[0-2]|[1-7]", cell)
    return None if known else f"'{cell}' must be the number of a month, 01 to 12, or of a weekday, 1 to 7"


def _letters(cell: str) -> str | None:
    return None if _LETTERS.fullmatch(cell) else f"'{cell}' must hold letters alone"


_CHECKS: Mapping[tuple[str, str], Callable[[str], str | None]] = {
    ("units", "factor"): _factor,
    ("quantity-words", "value"): _number,
    ("number-words", "value"): _value,
    ("calendar", "number"): _day,
    ("word-doublings", "not_after"): _letters,
    ("word-doublings", "not_before"): _letters,
}
