"""XLIFF 1.0 to 1.2 and 2.0 to 2.2: a `<file>` is an article, its units are parallel segments.

Of inline elements, `g`, `pc` and `mrk` keep their text; codes (`ph`, `x`, `bpt` ...) have none, and the places where they stood are
kept. Left out are units without a target, in the state `new`, `needs-translation` (1.2) or `initial` (2.x, when it is said), and those with
translate="no". `alt-trans` and `matches` are proposals, not the translation.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, BinaryIO

from tqcheck.article import Origin, Problem
from tqcheck.errors import EmptyInputError, ReadError
from tqcheck.read.rows import Options, Row
from tqcheck.read.units import Units, text_and_codes
from tqcheck.read.xmlfile import XmlFile
from tqcheck.read.xmlparser import line, local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_ONE, _TWO = re.compile(r"1\.[012]"), re.compile(r"2\.[012]")
_NO_SOURCE = "is a target without a source: add the source; the unit was left out, the others are read"
_UNTRANSLATED = frozenset({"new", "needs-translation", "initial"})


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield the rows of each `<file>`. Raises ReadError where the file breaks off, or for a version that is not known."""
    yield from rows_of(XmlFile(stream, options.row_cap), name, options)


def rows_of(file: XmlFile, name: str, options: Options) -> Iterator[Row | Problem]:
    """The same for a file whose root has been seen."""
    is_two = _refuse_other(file)
    parts: set[str] = set()
    units: Units | None = None
    unit = "unit" if is_two else "trans-unit"
    try:
        for event, element in file.elements("file", unit, unit=unit, part="file"):
            if event == "broken":
                yield from _broken(file.broken(name), units)
            elif local(element) == unit and event == "end":
                yield from _unit(element, units, name, is_two=is_two)
                file.release(element)
            elif local(element) == "file":
                yield from _ended(units, options)
                units = _units(element, file, name, parts) if event == "start" else None
                if event == "end":
                    file.release(element)
    except ReadError:
        if units is not None:
            yield from units.rest()
        raise
    yield from _ended(units, options)  # where the end of the last <file> stood in a unit that is broken
    if not parts:
        raise EmptyInputError("holds no <file>: there is nothing to check")


def _ended(units: Units | None, options: Options) -> Iterator[Row | Problem]:
    if units is not None:
        yield from units.rest()
        yield from () if options.allow_empty else units.untranslated("<file>")


def _broken(problems: Iterator[Problem], units: Units | None) -> Iterator[Problem]:
    for problem in problems:
        yield problem if units is None else units.note(problem)


def _unit(element: etree._Element, units: Units | None, name: str, *, is_two: bool) -> Iterator[Row | Problem]:
    if units is None:
        yield Problem(f"{name}:{line(element)}", "is a unit that stands in no <file>, and was not read: put it into one")
    else:
        yield from _segments(element, units, name) if is_two else _trans_unit(element, units, name)


def _refuse_other(file: XmlFile) -> bool:
    """Whether it is XLIFF 2. Raises ReadError when it is no XLIFF, or of a version that is not known."""
    root = file.root
    if root.name != "xliff":
        raise ReadError(f"is no XLIFF: its root is <{root.name}>", root.line)
    version = root.attributes.get("version", "").strip()
    if not _ONE.fullmatch(version) and not _TWO.fullmatch(version):
        said = f"is XLIFF {version[:20]}, which is not known" if version else "does not say its version"
        raise ReadError(f"{said}: 1.0 to 1.2 and 2.0 to 2.2 are read; export it as one of them", root.line)
    return version.startswith("2")


def _units(element: etree._Element, file: XmlFile, name: str, parts: set[str]) -> Units:
    """What gathers the units of a `<file>`; a second one of the same name gets a number."""
    about = file.root.attributes
    part = element.get("original") or element.get("id") or str(len(parts) + 1)
    if part in parts:
        part = next(other for number in itertools.count(2) if (other := f"{part}~{number}") not in parts)
    parts.add(part)
    languages = {
        "lang": element.get("target-language") or about.get("trgLang"),
        "source_lang": element.get("source-language") or about.get("srcLang"),
    }
    return Units(name, part, {key: tag for key, tag in languages.items() if tag}, line(element))


def _trans_unit(element: etree._Element, units: Units, name: str) -> Iterator[Row | Problem]:
    """A unit of XLIFF 1: only its own target counts, not those of its `alt-trans`."""
    source, target = element.find("{*}source"), element.find("{*}target")
    if target is None or target.get("state") in _UNTRANSLATED or _is_fixed(element):
        units.leave_out()
    elif source is None:
        yield units.note(Problem(f"{name}:{line(target)}", _NO_SOURCE))
    else:
        yield from _pair(source, target, element.get("id"), units)


def _segments(element: etree._Element, units: Units, name: str) -> Iterator[Row | Problem]:
    """The segments of a unit of XLIFF 2, by the order of the source."""
    fixed = _is_fixed(element)
    segments = element.findall("{*}segment")
    for number, segment in enumerate(segments, start=1):
        source, target = segment.find("{*}source"), segment.find("{*}target")
        if target is None or fixed or segment.get("state") in _UNTRANSLATED:
            units.leave_out()
        elif source is None:
            yield units.note(Problem(f"{name}:{line(target)}", _NO_SOURCE))
        else:
            own = "" if len(segments) == 1 else f"/{segment.get('id') or number}"
            yield from _pair(source, target, f"{element.get('id')}{own}", units)


def _pair(source: etree._Element, target: etree._Element, unit: str | None, units: Units) -> Iterator[Row]:
    text, codes = text_and_codes(target)
    yield from units.add(text, text_and_codes(source)[0], Origin(line(target), unit, codes))


def _is_fixed(element: etree._Element) -> bool:
    """Whether the unit, or the nearest element around it that says so, must not be translated."""
    said = (outer.get("translate") for outer in (element, *element.iterancestors()))
    return next((answer for answer in said if answer is not None), "yes") == "no"
