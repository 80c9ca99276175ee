"""XLIFF and TMX: the text of a target or variant is edited within its element; inline codes stay where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tqcheck.read.units import CODES, text_and_codes
from tqcheck.read.xmlparser import XML_LANG, line, local
from tqcheck.rewrite import xmltext
from tqcheck.rewrite.letters import Change, File, Opened, Patch

if TYPE_CHECKING:
    from lxml import etree

    from tqcheck.article import Article


def opened(file: File) -> Opened:
    """The file. Raises CannotFixError when it is broken."""
    xml = xmltext.opened(file)
    candidates = list(_targets(xml.root) if file.kind == "xliff" else _variants(xml.root))
    by_place: dict[tuple[object, ...], list[etree._Element]] = {}
    for lang, unit, element in candidates:
        text, codes = text_and_codes(element)
        by_place.setdefault((line(element), unit, lang, text, codes), []).append(element)

    def patches(change: Change) -> Iterator[Patch]:
        article = change.article
        for (_field, segment), edits in change.edits.items():
            element = _element(file, by_place, article, segment or 0)
            letters = xml.letters(element, CODES | {"cp"}, broken_lines=True)
            if letters.value != (article.segments or ())[segment or 0]:
                raise file.cannot(f"unit {article.segment_origins[segment or 0].unit}: the place of its text is not plain")
            yield from letters.patches(edits)

    return Opened(xml.text, patches, xml.encode)


def _element(file: File, by_place: dict[tuple[object, ...], list[etree._Element]], article: Article, segment: int) -> etree._Element:
    """The element of a segment; of those that cannot be told apart, which stand on one line, the one that comes at its turn."""
    texts, origins = article.segments or (), article.segment_origins
    lang = None if file.kind == "xliff" else article.lang
    keys = [(origin.line, origin.unit, lang, text, origin.codes) for text, origin in zip(texts, origins, strict=True)]
    found = by_place.get(keys[segment], [])
    turn = keys[:segment].count(keys[segment])
    if len(found) != keys.count(keys[segment]):
        raise file.cannot(f"unit {origins[segment].unit}: another one looks the same")
    return found[turn]


def _targets(root: etree._Element) -> Iterator[tuple[None, str | None, etree._Element]]:
    """The targets of units and segments, with the names that their reader gives them."""
    for target in root.iter("{*}target"):
        around = target.getparent()
        if around is None or local(around) not in {"trans-unit", "segment"}:
            continue
        if local(around) == "trans-unit":
            yield None, around.get("id"), target
            continue
        unit = around.getparent()
        if unit is not None:
            segments = unit.findall("{*}segment")
            own = "" if len(segments) == 1 else f"/{around.get('id') or segments.index(around) + 1}"
            yield None, f"{unit.get('id')}{own}", target


def _variants(root: etree._Element) -> Iterator[tuple[str, str | None, etree._Element]]:
    """The segments of variants, with their languages and the ids of their units."""
    for variant in root.iter("{*}tuv"):
        segment, unit = variant.find("{*}seg"), variant.getparent()
        if segment is not None and unit is not None:
            yield (variant.get(XML_LANG) or variant.get("lang") or "").strip(), unit.get("tuid"), segment
