"""gettext PO: the translated messages of a file are parallel segments.

Left out are messages that are not translated, fuzzy or obsolete, and the header, whose `Language` (and `X-Source-Language`) is that of the
article. Each plural form is a segment of its own. A message that is broken costs only itself.

Read without a library: polib 1.2 ends at the first broken line, gives other broken messages back as empty ones, takes a text that is the
name of a file for that file, and cuts a message at U+2028.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from tqcheck.article import Origin, Problem
from tqcheck.errors import EmptyInputError, ReadError
from tqcheck.read.html import is_known
from tqcheck.read.rows import Line, Options, Row, lines, too_long
from tqcheck.read.units import Units, refuse_untranslated

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYWORD = re.compile(r'(?P<key>msgctxt|msgid_plural|msgid|msgstr(?:\[(?P<form>\d{1,3})\])?)[ \t]*(?="|\Z)')
_BEGIN = re.compile(r'msg(?:id|ctxt)[ \t]*(?="|\Z)')
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"[ \t]*')
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_HEADER = re.compile(r"^(?P<name>[\w-]+):[ \t]*(?P<value>.*)$", re.MULTILINE)
_SCRIPTS = {"latin": "Latn", "cyrillic": "Cyrl", "arabic": "Arab", "devanagari": "Deva"}  # as locales name them
_CHARSET = re.compile(r"charset=(?P<name>[\w.:-]+)", re.IGNORECASE)
LONGEST_UNIT_NAME = 60
_OTHERS = "the message was left out, the others are read"


class _BrokenError(ValueError):
    """A line that breaks its message."""


@dataclass
class _Message:
    """A message as far as it was read: its parts by keyword, and the line where each begins."""

    parts: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)  # the parts that hold anything; to put all lines together for that takes its time
    key: str = ""  # of the part that a line of its own goes on
    letters: int = 0
    is_fuzzy: bool = False

    def text(self, key: str) -> str:
        return "".join(self.parts.get(key, ()))

    @property
    def is_header(self) -> bool:
        return "msgstr" in self.parts and "msgid" not in self.filled and "msgctxt" not in self.parts

    @property
    def is_whole(self) -> bool:
        return any(key.startswith("msgstr") for key in self.parts)

    def take(self, line: str, number: int, cap: int) -> None:
        """Take a line of the message, of at most `cap` letters in all. Raises _BrokenError."""
        keyword = _KEYWORD.match(line)
        if keyword:
            self.key = keyword["key"]
            if self.key in self.parts:
                raise _BrokenError(f"says {self.key} twice")
            self.parts[self.key], self.lines[self.key] = [], number
            line = line[keyword.end() :]
        quoted = _QUOTED.fullmatch(line)
        if not quoted:
            raise _BrokenError(
                "has a quotation mark that is not closed, or not escaped" if '"' in line else "has a line that is no message"
            )
        if not self.key:
            raise _BrokenError("has a text without msgid or msgstr")
        text = _ESCAPE.sub(_unescaped, quoted[1])
        if "\x00" in text:
            raise _BrokenError("holds a NUL character, which no text may")
        if text:
            self.filled.add(self.key)
        self.parts[self.key].append(text)
        self.letters += len(text) + 1
        if self.letters > cap:
            raise _BrokenError(too_long(cap))


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    return chr(int(code, 8)) if code.isdigit() and code[0] in "01234567" else _ESCAPED.get(code, code)


def rows(stream: BinaryIO, name: str, options: Options) -> Iterator[Row | Problem]:
    """Yield the file's rows, and a problem for each broken message. Raises ReadError when it is no PO file."""
    languages: dict[str, str] = {}
    units = Units(name, "", languages)
    problems = 0
    for message in _messages(stream, name, options.row_cap):
        if isinstance(message, Problem):
            problems += 1
            yield message
        elif message.is_header:
            yield from units.rest()
            languages.update(_languages(message.text("msgstr")))
        elif message.is_fuzzy:
            units.leave_out()
        else:
            yield from _segments(message, units)
    yield from units.rest()
    if not problems:
        refuse_untranslated(units.taken, units.left_out)


def _languages(header: str) -> dict[str, str]:
    said = {found["name"].lower(): found["value"].strip() for found in _HEADER.finditer(header)}
    languages = {"lang": said.get("language"), "source_lang": said.get("x-source-language")}
    return {key: _tag(name) for key, name in languages.items() if name}


def _tag(locale: str) -> str:
    """The BCP 47 tag of a locale's name: sr_RS@latin is sr-Latn-RS."""
    name, _, modifier = locale.partition("@")
    lang, _, region = name.partition(".")[0].replace("-", "_").partition("_")
    return "-".join(part for part in (lang, _SCRIPTS.get(modifier.lower()), region.replace("_", "-")) if part)


def _segments(message: _Message, units: Units) -> Iterator[Row]:
    """The forms of a message, each with what it translates: the first of several the singular, all others the plural."""
    forms = [key for key in message.parts if key.startswith("msgstr")]
    unit = " ".join((message.text("msgctxt") or message.text("msgid")).split())
    unit = unit if len(unit) <= LONGEST_UNIT_NAME else f"{unit[:LONGEST_UNIT_NAME]}…"
    for number, key in enumerate(forms):
        is_singular = "msgid_plural" not in message.parts or (number == 0 and len(forms) > 1)
        source = message.text("msgid" if is_singular else "msgid_plural")
        yield from units.add(message.text(key), source, Origin(message.lines[key], unit + key.removeprefix("msgstr")))


def _messages(stream: BinaryIO, name: str, cap: int) -> Iterator[_Message | Problem]:
    """Yield the messages, and a problem for each that is broken: what follows up to a blank line or a comment is passed over."""
    message, is_broken, is_first, encoding = _Message(), False, True, "utf-8"
    for line in lines(stream, cap):
        try:
            text = _decoded(line, encoding, cap).strip(" \t\r\n")
            if not text or text.startswith("#") or (_BEGIN.match(text) and (message.is_whole or is_broken)):
                if message.parts and not is_broken:
                    yield _ended(message, name)
                message, is_broken = (_Message(), False) if message.parts or is_broken else (message, False)
                message.is_fuzzy |= text.startswith("#,") and "fuzzy" in text
            if text and not text.startswith("#") and not is_broken:
                if is_first and not _BEGIN.match(text):
                    raise ReadError("is no PO file: it does not begin with msgid", line.number)
                is_first = False
                message.take(text, line.number, cap)
                encoding = _encoding(message) or encoding
        except _BrokenError as error:
            if not is_broken:
                yield Problem(f"{name}:{line.number}", f"{error}: {_OTHERS}")
            is_broken = True
    if message.parts and not is_broken:
        yield _ended(message, name)
    if is_first and not is_broken:
        raise EmptyInputError("is empty: there is nothing to check")


def _ended(message: _Message, name: str) -> _Message | Problem:
    if message.is_whole and "msgid" in message.parts:
        return message
    what = "msgstr" if "msgid" in message.parts else "msgid"
    return Problem(f"{name}:{next(iter(message.lines.values()))}", f"has no {what}, the file may have been cut: {_OTHERS}")


def _decoded(line: Line, encoding: str, cap: int) -> str:
    if line.raw is None:
        raise _BrokenError(too_long(cap))
    try:
        return line.raw.decode(encoding)
    except UnicodeDecodeError as error:
        byte = f"byte 0x{line.raw[error.start]:02x} at byte {line.offset + error.start} of the file"
        raise _BrokenError(f"is not {encoding}, which it should be ({byte}); say the charset in the header") from None


def _encoding(message: _Message) -> str | None:
    """The encoding that the header names, once its line is read. Raises ReadError for one that no PO file may ask for."""
    if message.key != "msgstr" or "msgid" in message.filled or not (found := _CHARSET.search(message.parts["msgstr"][-1])):
        return None
    name = found["name"].lower()
    if name == "charset":  # as the template has it
        return None
    if not is_known(name):
        raise ReadError(f"declares the charset '{name[:40]}', which is not known: save it as UTF-8", message.lines["msgstr"])
    return name
