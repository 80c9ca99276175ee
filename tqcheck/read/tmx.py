"""TMX 1.1 to 1.4: the units of each language pair are parallel segments of articles of their own.

The source is the variant in the language of the unit's or the header's `srclang`, or the first one where that says `*all*`. Every other
variant is a translation of it. A unit with one variant is not translated, and left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from tqcheck.article import Origin, Problem
from tqcheck.errors import ReadError
from tqcheck.read.rows import Options, Row
from tqcheck.read.units import Units, refuse_untranslated, text_and_codes
from tqcheck.read.xmlfile import XmlFile
from tqcheck.read.xmlparser import XML_LANG, line, local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_VERSION = re.compile(r"1\.[1-4][a-z]?")
_ANY = "*all*"


class _Variant(NamedTuple):
    lang: str
    text: str
    origin: Origin


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield the rows of each language pair. Raises ReadError where the file breaks off, or for a version that is not known."""
    yield from rows_of(XmlFile(stream, options.row_cap), name, options)


def rows_of(file: XmlFile, name: str, options: Options) -> Iterator[Row | Problem]:
    """The same for a file whose root has been seen."""
    _refuse_other(file)
    memory = _Memory(name)
    try:
        for event, element in file.elements("header", "tu", unit="tu"):
            if event == "broken":
                memory.problems += 1
                yield from file.broken(name)
            elif local(element) == "header":
                memory.source_lang = (element.get("srclang") or _ANY).strip()
            elif event == "end":
                yield from memory.take(element)
                file.release(element)
    except ReadError:
        yield from memory.rests()
        raise
    yield from memory.rests()
    yield from memory.untranslated(allow_empty=options.allow_empty)


class _Memory:
    """The units of a file, by their language pairs."""

    def __init__(self, name: str) -> None:
        self.source_lang = _ANY
        self.problems = 0
        self._name = name
        self._pairs: dict[tuple[str, str], Units] = {}
        self._parts: set[str] = set()
        self._alone = 0  # units of one variant

    def take(self, unit: etree._Element) -> Iterator[Row | Problem]:
        """Give each translation to the articles of its pair, which are named by its language, and if need be by both."""
        found = _variants(unit, (unit.get("srclang") or self.source_lang).strip())
        if isinstance(found, str):
            self.problems += 1
            yield Problem(f"{self._name}:{line(unit)}", found)
            return
        self._alone += len(found) < 2
        for target in found[1:]:
            yield from self._units(found[0].lang, target).add(target.text, found[0].text, target.origin)

    def _units(self, source_lang: str, target: _Variant) -> Units:
        key = (source_lang.lower(), target.lang.lower())
        if key not in self._pairs:
            part = f"{source_lang}-{target.lang}" if key[1] in self._parts else target.lang
            self._parts.add(key[1])
            self._pairs[key] = Units(self._name, part, {"lang": target.lang, "source_lang": source_lang}, target.origin.line)
        return self._pairs[key]

    def rests(self) -> Iterator[Row]:
        for units in self._pairs.values():
            yield from units.rest()

    def untranslated(self, *, allow_empty: bool) -> Iterator[Problem]:
        """Yield a problem for each language without any translation. Raises EmptyInputError when there is none at all."""
        taken = sum(units.taken for units in self._pairs.values())
        if taken and not allow_empty:
            for units in self._pairs.values():
                yield from units.untranslated("language")
        elif not self.problems:
            refuse_untranslated(taken, self._alone + sum(units.left_out for units in self._pairs.values()))


def _refuse_other(file: XmlFile) -> None:
    root = file.root
    if root.name != "tmx":
        raise ReadError(f"is no TMX: its root is <{root.name}>", root.line)
    version = root.attributes.get("version", "1.4").strip()
    if not _VERSION.fullmatch(version):
        raise ReadError(f"is TMX {version[:20]}, which is not known: 1.1 to 1.4 are read; export it as one of them", root.line)


def _variants(unit: etree._Element, source_lang: str) -> list[_Variant] | str:
    """The variants of a unit, that of the source first; or what is wrong with them."""
    found = []
    for variant in unit.iterfind("{*}tuv"):
        lang = (variant.get(XML_LANG) or variant.get("lang") or "").strip()
        if not lang:
            return "has a variant without xml:lang: say which language it is in"
        segment = variant.find("{*}seg")
        if segment is not None:
            text, codes = text_and_codes(segment)
            found.append(_Variant(lang, text, Origin(line(segment), unit.get("tuid"), codes)))
    if source_lang.lower() != _ANY and len(found) > 1:
        source = _best(found, source_lang)
        if source is None:
            return f"has no variant in the source language '{source_lang[:40]}': add it, or correct srclang"
        found.remove(source)
        found.insert(0, source)
    return found


def _best(variants: list[_Variant], lang: str) -> _Variant | None:
    """The variant in a language, or else in a regional form of it, or the other way round."""
    for length in (None, 1):
        wanted = _tag(lang, length)
        if found := next((variant for variant in variants if _tag(variant.lang, length) == wanted), None):
            return found
    return None


def _tag(lang: str, length: int | None) -> list[str]:
    return lang.lower().replace("_", "-").split("-")[:length]
