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
from tqcheck.read.xmlfile import XML_LANG, XmlFile, line, local

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
    source_lang = _ANY
    left_out = problems = 0
    pairs: dict[tuple[str, str], Units] = {}
    parts: set[str] = set()
    try:
        for event, element in file.elements("header", "tu"):
            if local(element) == "header":
                source_lang = (element.get("srclang") or _ANY).strip()
            elif event == "end":
                found = _variants(element, (element.get("srclang") or source_lang).strip())
                if isinstance(found, str):
                    problems += 1
                    yield Problem(f"{name}:{line(element)}", found)
                elif len(found) < 2:
                    left_out += 1
                else:
                    yield from _pairs(found, pairs, parts, name)
                file.release(element)
    except ReadError:
        yield from _rests(pairs)
        raise
    yield from _rests(pairs)
    taken = sum(units.taken for units in pairs.values())
    if taken and not options.allow_empty:
        for units in pairs.values():
            yield from units.untranslated("language")
    elif not problems:
        refuse_untranslated(taken, left_out + sum(units.left_out for units in pairs.values()))


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


def _pairs(variants: list[_Variant], pairs: dict[tuple[str, str], Units], parts: set[str], name: str) -> Iterator[Row]:
    """Give each translation to the articles of its pair, which are named by its language, and if need be by both."""
    source, *targets = variants
    for target in targets:
        key = (source.lang.lower(), target.lang.lower())
        if key not in pairs:
            part = f"{source.lang}-{target.lang}" if key[1] in parts else target.lang
            parts.add(key[1])
            pairs[key] = Units(name, part, {"lang": target.lang, "source_lang": source.lang})
        yield from pairs[key].add(target.text, source.text, target.origin)


def _rests(pairs: dict[tuple[str, str], Units]) -> Iterator[Row]:
    for units in pairs.values():
        yield from units.rest()
