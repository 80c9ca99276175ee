"""The project's glossary: which term of the source asks for which term of the translation, what stays as it is, what nobody may write.

Read from CSV or TSV (a row a term), TBX or TMX; `termbase.py` reads the latter two. The entries are records that travel to worker
processes, and their digest is part of every report's signature.

    source,target,forbidden,note
    heat pump,Wärmepumpe | Wärmepumpen-Anlage,Heizpumpe,as the ministry writes it
    source,target,source_lang,lang,status,do_not_translate,case_sensitive
    iPhone,,en,*,,yes,yes

Several terms in a cell are separated by "|". Columns may also be named by language (`en;de;cs`): then a row is one concept, and the
glossary works from each language to each other. An entry without a language holds for all of them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import regex

from tqcheck import tables, termbase
from tqcheck.errors import ConfigError, EmptyInputError, ReadError, unknown
from tqcheck.termbase import ADMITTED, FORBIDDEN, PREFERRED, Concept, Word

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "source": ("source_term", "src", "term", "from"),
    "target": ("target_term", "tgt", "translation", "preferred", "to"),
    "source_lang": ("source_language", "src_lang"),
    "lang": ("language", "target_lang", "target_language", "tgt_lang"),
    "status": ("usage", "administrative_status"),
    "forbidden": ("forbidden_terms", "deprecated", "avoid"),
    "do_not_translate": ("dnt", "keep", "untranslatable"),
    "case_sensitive": ("case", "match_case"),
    "note": ("comment", "definition", "remark", "domain"),
}
_COLUMNS = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases)}
_YES, _NO = ("yes", "y", "true", "1", "x"), ("no", "n", "false", "0", "")
_SUFFIXES = (".csv", ".tsv", ".tbx", ".tmx")
_TAG = regex.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_LETTER = regex.compile(r"[\p{L}\p{Nd}]")


@dataclass(frozen=True)
class Entry:
    """What the glossary says of one term of the source: see `Glossary.between`. All forms are NFC.

    targets: the terms that may stand for it, the preferred one first. forbidden: those that may not stand in any translation.
    """

    source: str  # "" where only the translation is ruled
    targets: tuple[str, ...]
    forbidden: tuple[str, ...]
    do_not_translate: bool
    case_sensitive: bool
    where: str  # FILE:LINE


@dataclass(frozen=True)
class Glossary:
    """The concepts of all files that the configuration names. Empty when it names none."""

    files: tuple[str, ...] = ()
    concepts: tuple[Concept, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.concepts)

    @property
    def digest(self) -> str:
        """A short hash of all entries: two reports with the same one asked for the same terms."""
        found = hashlib.sha256()
        for concept in self.concepts:
            found.update(repr(replace(concept, where="")).encode())
        return found.hexdigest()[:8]

    def between(self, source_lang: str | None, lang: str) -> list[Entry]:
        """The entries for one direction; without a source language those that rule the translation alone."""
        source, target = _primary(source_lang or ""), _primary(lang)
        return [entry for concept in self.concepts for entry in _entries(concept, source, target)]


def _primary(tag: str) -> str:
    return tables.language(tag).tag if tag not in {"", "*"} else ""


def _entries(concept: Concept, source_lang: str, lang: str) -> Iterator[Entry]:
    targets = [word for word in concept.targets if _primary(word.lang) in {"", lang}]
    forbidden = tuple(word.text for word in targets if word.status == FORBIDDEN)
    ranked = sorted((word for word in targets if word.status != FORBIDDEN), key=lambda word: word.status != PREFERRED)
    allowed = tuple(dict.fromkeys(word.text for word in ranked))
    keep = concept.do_not_translate and concept.holds_for(lang, _primary)
    sources = [word for word in concept.sources if source_lang and _primary(word.lang) in {"", source_lang}] if source_lang != lang else []
    if not (allowed or keep):
        sources = []
    for text in dict.fromkeys(word.text for word in sources):
        yield Entry(text, (*((text,) if keep else ()), *allowed), forbidden, keep, concept.case_sensitive or keep, concept.where)
    if not sources and forbidden:
        yield Entry("", allowed, forbidden, do_not_translate=False, case_sensitive=concept.case_sensitive, where=concept.where)


# -- files --------------------------------------------------------------------------------------------------------------


def load(paths: Iterable[str | Path]) -> Glossary:
    """Read glossary files. Raises ConfigError or ReadError, with file, line and remedy."""
    files = tuple(Path(path) for path in paths)
    return Glossary(tuple(map(str, files)), tuple(concept for path in files for concept in _read(path)))


def _read(path: Path) -> list[Concept]:
    if path.suffix.lower() not in _SUFFIXES:
        raise ConfigError(f"{path}: no glossary is known by this suffix: CSV, TSV, TBX and TMX are ({', '.join(_SUFFIXES)})")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReadError(f"{path}: cannot be read: {error.strerror}: name a glossary file, relative to the configuration file") from error
    if not content.strip():
        raise EmptyInputError(f"{path}: is empty: a glossary without a term checks nothing")
    if path.suffix.lower() in {".tbx", ".tmx"}:
        return termbase.read(content, str(path))
    return of_table(_decoded(content, path), str(path), "\t" if path.suffix.lower() == ".tsv" else None)


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ReadError(f"{path}:{line}: is not UTF-8: save it as “CSV UTF-8”") from None


def of_table(content: str, name: str, delimiter: str | None = None) -> list[Concept]:
    """The concepts of a table; the delimiter is what the header has if it is not given. Raises ConfigError and ReadError."""
    header = content.lstrip().partition("\n")[0]
    delimiter = delimiter or next((mark for mark in "\t;," if mark in header), ",")
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows += ((reader.line_num, [unicodedata.normalize("NFC", cell.strip()) for cell in row]) for row in reader)
    except csv.Error as error:
        raise ReadError(f"{name}:{reader.line_num}: {error}: write a quotation mark within a quoted cell twice") from None
    rows = [(line, row) for line, row in rows if any(row)]
    if not rows:
        raise EmptyInputError(f"{name}: is empty: a glossary without a term checks nothing")
    (line, names), *rows = rows
    columns = _header(names, f"{name}:{line}")
    found = [_concept(dict(zip(columns, _full(row, columns, f"{name}:{line}"), strict=True)), f"{name}:{line}") for line, row in rows]
    if not found:
        raise EmptyInputError(f"{name}: has a header, but no term")
    return list(_merged(found))


def _header(names: Sequence[str], where: str) -> list[str]:
    """Our names of the columns; a column named by a language keeps its tag. Raises ConfigError for any other."""
    columns = [_column(name, where) for name in names]
    if twice := next((name for name in columns if columns.count(name) > 1), None):
        raise ConfigError(f"{where}: has the column '{twice}' twice: keep one of them")
    languages = [name for name in columns if name not in _ALIASES]
    if not languages and not {"target", "forbidden", "do_not_translate"} & set(columns):
        raise ConfigError(f"{where}: has no column 'target': the header must be 'source,target', or languages ('en,de')")
    if languages and {"source", "target", "source_lang", "lang", "status", "forbidden"} & set(columns):
        raise ConfigError(f"{where}: names columns by languages ('{languages[0]}') and by 'source' or 'target': use one of the two ways")
    return columns


def _column(name: str, where: str) -> str:
    plain = name.lower().replace(" ", "_").replace("-", "_")
    if plain in _COLUMNS:
        return _COLUMNS[plain]
    if _TAG.fullmatch(name) and any(row["lang"] == _primary(name) for row in tables.table("languages")):
        return name
    raise ConfigError(f"{where}: {unknown('column', name, _COLUMNS)}")


def _full(row: list[str], columns: Sequence[str], where: str) -> list[str]:
    if len(row) > len(columns) and any(row[len(columns) :]):
        raise ReadError(
            f"{where}: has {len(row)} cells, the header has {len(columns)}: put quotation marks around a cell with the delimiter"
        )
    return (row + [""] * len(columns))[: len(columns)]


def _concept(row: Mapping[str, str], where: str) -> Concept:
    keep, case = (_flag(row.get(name, ""), name, where) for name in ("do_not_translate", "case_sensitive"))
    if languages := [name for name in row if name not in _ALIASES]:
        words = tuple(Word(text, lang, PREFERRED) for lang in languages for text in _texts(row[lang], where))
        if len(words) < 2:
            raise ConfigError(f"{where}: has a term in one language only: give its translation, or leave the row out")
        return Concept(words, words, where, do_not_translate=keep, case_sensitive=case)
    source_lang, lang = (_lang(row.get(name, ""), name, where) for name in ("source_lang", "lang"))
    status, refused = _status(row, where)
    sources = tuple(Word(text, source_lang, PREFERRED) for text in _texts(row.get("source", ""), where))
    targets = [
        Word(text, lang, status if number == 0 or status == FORBIDDEN else ADMITTED)
        for number, text in enumerate(_texts(row.get("target", ""), where))
    ]
    targets += [Word(text, lang, FORBIDDEN) for text in refused]
    if not sources and not refused and status != FORBIDDEN:
        raise ConfigError(f"{where}: has no source term: give one, or a forbidden term")
    if not targets and not keep:
        raise ConfigError(f"{where}: “{sources[0].text}” has no target term: give one, or say 'yes' under do_not_translate")
    return Concept(sources, tuple(targets), where, do_not_translate=keep, case_sensitive=case, lang=lang)


def _status(row: Mapping[str, str], where: str) -> tuple[str, tuple[str, ...]]:
    """The status of the target terms of a row, and the terms that its column 'forbidden' names."""
    status = termbase.status_of(row["status"], where) if row.get("status") else PREFERRED
    forbidden = row.get("forbidden", "")
    if forbidden.lower() in _YES:
        return FORBIDDEN, ()
    return status, _texts(forbidden, where) if forbidden.lower() not in _NO else ()


def _texts(cell: str, where: str) -> tuple[str, ...]:
    texts = tuple(dict.fromkeys(part for part in map(str.strip, cell.split("|")) if part))
    for text in texts:
        if not _LETTER.search(text):
            raise ConfigError(f"{where}: “{text}” has neither letter nor figure: it cannot be a term")
    return texts


def _lang(cell: str, column: str, where: str) -> str:
    if cell in {"", "*"}:
        return ""
    if not _TAG.fullmatch(cell.lower()):
        raise ConfigError(f"{where}: '{cell}' under {column} is no language tag: write 'de' or 'pt-BR', or '*' for all")
    return cell


def _flag(cell: str, column: str, where: str) -> bool:
    if cell.lower() not in (*_YES, *_NO):
        raise ConfigError(f"{where}: '{cell}' under {column} must be yes or no")
    return cell.lower() in _YES


def _merged(concepts: Iterable[Concept]) -> Iterator[Concept]:
    """Rows of the same source term and languages made one: several targets may stand on several rows. Raises ConfigError."""
    by_source: dict[object, Concept] = {}
    for concept in concepts:
        key = (concept.sources, concept.lang, concept.where if not concept.sources or concept.sources is concept.targets else "")
        by_source[key] = by_source[key].joined(concept) if key in by_source else concept
    for concept in by_source.values():
        allowed = {(word.text, word.lang) for word in concept.targets if word.status != FORBIDDEN}
        for word in concept.targets:
            if word.status == FORBIDDEN and (word.text, word.lang) in allowed:
                raise ConfigError(f"{concept.where}: “{word.text}” is both asked for and forbidden: decide on one")
        yield concept
