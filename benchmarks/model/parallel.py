"""Parallel text out of packages: translated package descriptions, message catalogues, dictionaries, help pages, CLDR names.

Every function takes the folder of an unpacked source (see fetch.py) and yields `Pair`s of an English text and its translation. Nothing is
fetched here and nothing is thrown away but what cannot teach a word: format strings, keyboard shortcuts, texts equal to their English.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

LONGEST = 400  # characters; a longer text is cut into its lines first


class Pair(NamedTuple):
    """An English text and the same in another language (a BCP 47 primary subtag)."""

    lang: str
    english: str
    text: str


LOCALES = {"no": "nb", "nn": "nn", "iw": "he", "in": "id", "ji": "yi", "fil": "tl", "zh_Hant": "zh", "nor": "nb"}
ISO_639_3 = {
    "afr": "af", "ara": "ar", "bul": "bg", "ces": "cs", "cym": "cy", "dan": "da", "deu": "de", "ell": "el", "epo": "eo", "fin": "fi",
    "fra": "fr", "gle": "ga", "hin": "hi", "hrv": "hr", "hun": "hu", "ind": "id", "isl": "is", "ita": "it", "jpn": "ja", "lat": "la",
    "lit": "lt", "nld": "nl", "nor": "nb", "pol": "pl", "por": "pt", "rus": "ru", "slk": "sk", "slv": "sl", "spa": "es", "srp": "sr",
    "swe": "sv", "swh": "sw", "tur": "tr",
}  # fmt: skip


def language(locale: str) -> str | None:
    """The primary subtag of a locale: pt_BR and pt-BR are pt. None for English and for test locales."""
    lang = re.split(r"[_@.-]", locale)[0]
    lang = LOCALES.get(locale, LOCALES.get(lang, lang))
    return lang if re.fullmatch(r"[a-z]{2,3}", lang) and lang not in {"en", "tok", "qqq", "qqx"} else None


_MARKUP = re.compile(
    r"</?[A-Za-z][^<>]*>|\{\{[^{}]*\}\}|\$\[[^\]]*\]|\$\{?[\w|]+\}?|\\[nt]"
    r"|%(?:\d+\$)?[-+ 0#]*\d*\.?\d*(?:l{0,2}[diouxXeEfFgGcs]|n)|%\d+"  # of printf and of Qt
)
_SHORTCUT = re.compile(r"[&_~](?=\w)|\([&_~]\w\)")
_PLURAL = re.compile(r"\{\{(?:PLURAL|plural|GENDER|gender)[^|{}]*\|([^|{}]*)[^{}]*\}\}")
_LINK = re.compile(r"\[\[(?:[^|\]]*\|)?([^\]]*)\]\]")
_SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """The words of an interface text: without markup, shortcuts and placeholders."""
    text = html.unescape(_LINK.sub(r"\1", _PLURAL.sub(r"\1", text)))
    return _SPACES.sub(" ", _SHORTCUT.sub("", _MARKUP.sub(" ", text))).strip(" .:…")


def pair(lang: str | None, english: str, text: str) -> Iterator[Pair]:
    """The pair, if both sides hold words and differ."""
    english, text = plain(english), plain(text)
    if lang and english != text and max(len(english), len(text)) <= LONGEST and letters(english) >= 2 and letters(text) >= 1:
        yield Pair(lang, english, text)


def letters(text: str) -> int:
    """How many letters a text holds."""
    return sum(map(str.isalpha, text))


def lines(lang: str | None, english: str, text: str) -> Iterator[Pair]:
    """Pairs of the lines of two texts with equally many of them."""
    ours, theirs = [[line for line in whole.split("\n") if line.strip()] for whole in (english, text)]
    if len(ours) == len(theirs):
        for one, other in zip(ours, theirs, strict=True):
            yield from pair(lang, one, other)


def catalogues(folder: Path) -> Iterator[Pair]:
    """Compiled gettext catalogues, anywhere below a folder."""
    for path in sorted(folder.rglob("LC_MESSAGES/*.mo")):
        lang = language(path.parent.parent.name)
        if lang:
            for english, text in messages(path.read_bytes()):
                yield from lines(lang, english, text)


def messages(content: bytes) -> Iterator[tuple[str, str]]:
    """The message ids and translations of a .mo file (GNU gettext manual, 10.3); of plurals the first form of each."""
    order = "<" if content[:4] == b"\xde\x12\x04\x95" else ">"
    count, ids, texts = struct.unpack_from(order + "III", content, 8)
    for index in range(count):
        found = []
        for table in (ids, texts):
            length, at = struct.unpack_from(order + "II", content, table + 8 * index)
            found.append(content[at : at + length].decode("utf-8", "replace"))
        english, text = found
        english = english.split("\x04")[-1]  # the context stands before it
        if english:
            yield english.split("\x00")[0].split("^")[-1], text.split("\x00")[0]


def descriptions(folder: Path) -> Iterator[Pair]:
    """Debian's package descriptions: `Translation-xx` files, joined by the checksum of the English text."""
    english = dict(_stanzas(folder.glob("*_Translation-en")))
    for path in sorted(folder.glob("*_Translation-*")):
        lang = language(path.name.rsplit("-", 1)[1].replace("%5f", "_"))
        if lang:
            for key, text in _stanzas([path]):
                if key in english:
                    yield from lines(lang, english[key], text)


def _stanzas(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        key, paragraphs = "", [""]
        for line in [*path.read_text("utf-8", "replace").split("\n"), ""]:
            if line.startswith("Description-md5:"):
                key = line.split()[1]
            elif line.startswith("Description-") and ":" in line:
                paragraphs = [line.split(":", 1)[1].strip(), ""]
            elif line.startswith((" .", "  ", " -", " *")):
                paragraphs.append("" if line.strip() == "." else line.strip())
            elif line.startswith(" "):
                paragraphs[-1] += " " + line.strip()
            elif not line and key:
                yield key, "\n".join(paragraphs)
                key = ""


_PHONETICS = re.compile(r"\s*/.*?/(?=\s*(?:<|$))|\s*<[^>]*>|\([^)]*\)|\[[^\]]*\]|^\s*\d+\.\s*")


def dictionary(folder: Path) -> Iterator[Pair]:
    """FreeDict's bilingual dictionaries (dictd format): the headword with each of its translations."""
    for path in sorted(folder.rglob("freedict-*.dict.dz")):
        one, other = path.name.removesuffix(".dict.dz").split("-")[1:]
        lang = ISO_639_3.get(other if one == "eng" else one)
        if lang is None:
            continue
        index = path.with_name(path.name.replace(".dict.dz", ".index")).read_text("utf-8", "replace")
        content = gzip.decompress(path.read_bytes())
        seen = set()
        for line in index.splitlines():
            word, at, length = line.split("\t")[:3]
            if word.startswith("00") or (at, length) in seen:
                continue
            seen.add((at, length))
            start = _base64(at)
            yield from _entry(lang, content[start : start + _base64(length)].decode("utf-8", "replace"), english_first=one == "eng")


def _base64(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 64 + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".index(digit)
    return number


def _entry(lang: str, entry: str, *, english_first: bool) -> Iterator[Pair]:
    head, *body = entry.split("\n")
    word = _PHONETICS.sub("", head).strip()
    for line in body[:6]:
        meaning = _PHONETICS.sub("", line).strip()
        if not meaning or ":" in line or len(meaning) > 60 or line.startswith(("  ", "Syn", "see", "\t")):
            continue
        meaning = meaning.replace("\u0301", "")  # stress marks, which no newspaper prints
        yield from pair(lang, *((word, meaning) if english_first else (meaning, word)))
        if english_first and not re.match(r"\s*\d+\.", line):
            break  # what follows is an explanation in English


def help_pages(folder: Path) -> Iterator[Pair]:
    """LibreOffice's help: paragraphs of the HTML pages, joined by page and paragraph id."""
    root = {path.name.removeprefix("libreoffice-help-"): path for path in folder.glob("libreoffice-help-*")}
    english = _paragraphs(root["en-us"])
    for code, path in sorted(root.items()):
        lang = language(code)
        if lang:
            for key, text in _paragraphs(path).items():
                if key in english:
                    yield from pair(lang, english[key], text)


_PARAGRAPH = re.compile(r'<(p|h\d) id="(par_id\w+|hd_id\w+)"[^>]*>(.*?)</\1>', re.DOTALL)


def _paragraphs(folder: Path) -> dict[tuple[str, str], str]:
    found = {}
    for path in sorted(folder.rglob("*.html")):
        page = str(path).split("/text/", 1)[-1]
        for _, key, text in _PARAGRAPH.findall(path.read_text("utf-8", "replace")):
            found[page, key] = text
    return found


_BLOCK = re.compile(r"<(p|title|desc)>(.*?)</\1>", re.DOTALL)


def user_guide(folder: Path) -> Iterator[Pair]:
    """GNOME's user guide: the paragraphs of a page in order, where the translation has as many."""
    pages = {path: path.read_text("utf-8", "replace") for path in sorted(folder.rglob("*.page"))}
    for path, content in pages.items():
        at = path.parts.index("help") + 1
        lang = language(path.parts[at])
        original = Path(*path.parts[:at], "C", *path.parts[at + 1 :])
        if lang and original in pages:
            ours, theirs = _BLOCK.findall(pages[original]), _BLOCK.findall(content)
            if [tag for tag, _ in ours] == [tag for tag, _ in theirs]:
                for (_, english), (_, text) in zip(ours, theirs, strict=True):
                    yield from pair(lang, english, text)


def wiki_messages(folder: Path) -> Iterator[Pair]:
    """MediaWiki's messages: one JSON file a language."""
    for original in sorted(folder.rglob("i18n/**/en.json")):
        english = json.loads(original.read_text("utf-8"))
        for path in sorted(original.parent.glob("*.json")):
            lang = language(path.stem)
            if lang and len(lang) == 2:
                for key, text in json.loads(path.read_text("utf-8")).items():
                    if isinstance(text, str) and isinstance(english.get(key), str):
                        yield from pair(lang, english[key], text)


_FLUENT = re.compile(r"^(?:\s*\.)?([a-zA-Z][\w-]*)\s*=\s*(.*)$")


def language_packs(folder: Path) -> Iterator[Pair]:
    """Firefox's language packs, against the British one."""
    packs = {path.stem.split("@")[0].removeprefix("langpack-"): path for path in sorted(folder.rglob("langpack-*.xpi"))}
    english = _strings(packs["en-GB"])
    for code, path in packs.items():
        lang = language(code)
        if lang:
            for key, text in _strings(path).items():
                if key in english:
                    yield from pair(lang, english[key], text)


def _strings(pack: Path) -> dict[tuple[str, str, str], str]:
    found = {}
    code = pack.stem.split("@")[0].removeprefix("langpack-")
    with zipfile.ZipFile(pack) as archive:
        for name in archive.namelist():
            if name.endswith((".ftl", ".properties")):
                message = ""
                for line in archive.read(name).decode("utf-8", "replace").splitlines():
                    if match := _FLUENT.match(line):
                        message = message if line[:1].isspace() else match[1]
                        found[name.replace(code, ""), message, match[1]] = match[2]
    return found


def cldr(folder: Path) -> Iterator[Pair]:
    """CLDR's names of countries, languages, months and days, and the keywords of emoji: words of every day in a hundred languages."""
    names = {path.name: list(_names(path)) for path in sorted((folder / "main").iterdir()) if path.is_dir()}
    english = dict(names["en"])
    for code, found in names.items():
        lang = language(code)
        if lang:
            for key, text in found:
                if key in english:
                    yield from pair(lang, english[key], text)
    for kind in ("annotations", "annotationsDerived"):
        english = dict(_keywords(folder / kind / "en"))
        for path in sorted((folder / kind).iterdir()) if (folder / kind).is_dir() else ():
            lang = language(path.name)
            if lang:
                for key, text in _keywords(path):
                    if key in english:
                        yield from pair(lang, english[key], text)


def _names(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.json")):
        stack = [("", json.loads(path.read_text("utf-8")).get("main", {}).get(folder.name, {}))]
        while stack:
            key, value = stack.pop()
            if isinstance(value, dict):
                stack += [(f"{key}/{name}", inner) for name, inner in value.items()]
            elif isinstance(value, str) and "{" not in value and "/narrow" not in key and "short" not in key.lower():
                yield f"{path.stem}{key}", value


def _keywords(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        for emoji, entry in next(iter(content.values())).get("annotations", {}).items():
            if "tts" in entry:
                yield f"{emoji}/name", entry["tts"][0]
            yield f"{emoji}/words", ", ".join(entry.get("default", []))


def fingerprint(text: str) -> int:
    """A number between 0 and 99 that depends on a text alone: what is held out does not change when sources are added."""
    return hashlib.sha256(text.casefold().encode("utf-8", "replace")).digest()[0] * 100 // 256
