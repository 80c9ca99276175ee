"""Termbases in XML: TBX (v2 `martif` and v3 `tbx`, in both its styles) and TMX, whose short units count as terms.

The parser loads no DTD, resolves no entity and never goes to the network; a file that defines entities of its own is refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import regex

from tqcheck.errors import ConfigError, EmptyInputError, ReadError, unknown

if TYPE_CHECKING:
    from lxml import etree

PREFERRED, ADMITTED, FORBIDDEN = "preferred", "admitted", "forbidden"
LONGEST_TERM = 60  # letters; a longer unit of a TMX file is a sentence
MOST_WORDS = 6
_STATUSES = {
    **dict.fromkeys(("preferred", "standardized", "recommended", "approved"), PREFERRED),
    **dict.fromkeys(("admitted", "allowed", "legal", "regulated", "proposed", "new"), ADMITTED),
    **dict.fromkeys(("forbidden", "deprecated", "superseded", "obsolete", "notrecommended", "rejected", "prohibited"), FORBIDDEN),
}
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SENTENCE = regex.compile(r"[.!?…。！？؟।]\s*$|[;:\n]")
_LETTER = regex.compile(r"[\p{L}\p{Nd}]")
_CODES = {"ph", "bpt", "ept", "it", "ut"}  # of TMX: what stands in them is markup


@dataclass(frozen=True)
class Word:
    """A term of one language ("" for any) with its status."""

    text: str
    lang: str
    status: str


@dataclass(frozen=True)
class Concept:
    """Terms that mean the same. `sources` and `targets` are the same where the file does not say in which direction it works."""

    sources: tuple[Word, ...]
    targets: tuple[Word, ...]
    where: str  # FILE:LINE
    do_not_translate: bool = False
    case_sensitive: bool = False
    lang: str = ""  # the target language that do_not_translate is about, "" for any

    def holds_for(self, lang: str, primary: Callable[[str], str]) -> bool:
        """Whether the concept says anything about translations into a language."""
        return primary(self.lang) in {"", lang}

    def joined(self, other: Concept) -> Concept:
        """This concept with the targets of another."""
        return replace(
            self,
            targets=tuple(dict.fromkeys((*self.targets, *other.targets))),
            do_not_translate=self.do_not_translate or other.do_not_translate,
            case_sensitive=self.case_sensitive or other.case_sensitive,
        )


def status_of(given: str, where: str) -> str:
    """preferred, admitted or forbidden; TBX writes preferredTerm-admn-sts. Raises ConfigError for a word that says neither."""
    plain = given.strip().lower().removesuffix("-admn-sts").removesuffix("term").replace(" ", "").replace("-", "").replace("_", "")
    if plain not in _STATUSES:
        raise ConfigError(f"{where}: {unknown('status', given, _STATUSES)}")
    return _STATUSES[plain]


def read(content: bytes, name: str) -> list[Concept]:
    """The concepts of a TBX or TMX file. Raises ReadError and ConfigError, with the line and what to do."""
    root = _parsed(content, name)
    kind = _local(root)
    if kind in {"martif", "tbx"}:
        concepts = [concept for element in _all(root, "termEntry", "conceptEntry") for concept in _tbx_concept(element, name)]
        lacking = "has no concept with terms in two languages"
    elif kind == "tmx":
        concepts = [concept for unit in _all(root, "tu") for concept in _tmx_concept(unit, name)]
        lacking = f"has no unit that is short enough for a term ({MOST_WORDS} words): a translation memory of sentences is no glossary"
    else:
        raise ReadError(f"{name}: is neither TBX nor TMX: its root is <{kind}>")
    if not concepts:
        raise EmptyInputError(f"{name}: {lacking}")
    return concepts


def _parsed(content: bytes, name: str) -> etree._Element:
    from tqcheck.read import xmlfile  # lxml is slow to import

    try:
        return xmlfile.parse(content)
    except ReadError as error:
        raise ReadError(f"{name}:{error.line or 1}: {error}") from None


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _all(root: etree._Element, *names: str) -> Iterator[etree._Element]:
    return root.iter(*(f"{{*}}{name}" for name in names))


def _lang_of(element: etree._Element, where: str) -> str:
    lang = element.get(_XML_LANG) or element.get("lang")
    if not lang:
        raise ReadError(f"{where}: <{_local(element)}> has no xml:lang: say which language its terms are in")
    return lang


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


# -- TBX ----------------------------------------------------------------------------------------------------------------


def _tbx_concept(entry: etree._Element, name: str) -> Iterator[Concept]:
    words = []
    for section in _all(entry, "langSet", "langSec"):
        lang = _lang_of(section, f"{name}:{section.sourceline}")
        for group in _all(section, "tig", "ntig", "termSec"):
            texts = [_clean("".join(map(str, term.itertext()))) for term in _all(group, "term")]
            status = _tbx_status(group, name)
            words += [Word(text, lang, status) for text in texts[:1] if _LETTER.search(text)]
    if len({word.lang for word in words}) > 1 or any(word.status == FORBIDDEN for word in words):
        yield Concept(tuple(words), tuple(words), f"{name}:{entry.sourceline}")


def _tbx_status(group: etree._Element, name: str) -> str:
    """<termNote type="administrativeStatus">, or in DCT style <min:administrativeStatus>; a term without is admitted."""
    for note in group.iter():
        kind = note.get("type") if _local(note) == "termNote" else _local(note)
        if kind in {"administrativeStatus", "normativeAuthorization"} and (note.text or "").strip():
            return status_of(str(note.text), f"{name}:{note.sourceline}")
    return ADMITTED


# -- TMX ----------------------------------------------------------------------------------------------------------------


def _tmx_concept(unit: etree._Element, name: str) -> Iterator[Concept]:
    words = []
    for variant in _all(unit, "tuv"):
        lang = _lang_of(variant, f"{name}:{variant.sourceline}")
        segment = next(_all(variant, "seg"), None)
        text = _clean(_without_codes(segment)) if segment is not None else ""
        if _is_term(text):
            words.append(Word(text, lang, PREFERRED))
    if len({word.lang for word in words}) > 1:
        yield Concept(tuple(words), tuple(words), f"{name}:{unit.sourceline}")


def _without_codes(element: etree._Element) -> str:
    inner = "".join(("" if _local(child) in _CODES else _without_codes(child)) + (child.tail or "") for child in element)
    return (element.text or "") + inner


def _is_term(text: str) -> bool:
    return bool(_LETTER.search(text)) and len(text) <= LONGEST_TERM and len(text.split()) <= MOST_WORDS and not _SENTENCE.search(text)
