"""How inputs are changed: by what their format is made of.

Bytes changed at random make XML that is broken at its second element, so that no reader is ever reached. Here elements, lines or rows are
doubled, left out, moved and swapped, and words of the format are put in and exchanged.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

Change = Callable[[random.Random, bytes, tuple[bytes, ...]], bytes]

_TAG = re.compile(rb"<[^<>]{1,200}>")
_WHOLE = re.compile(rb"<([\w:.-]{1,30})\b[^<>]*>(?:(?!<\1\b)[\s\S]){0,600}?</\1>")
_VALUE = re.compile(rb"=\s*(\"[^\"<]*\"|'[^'<]*')")

_WORDS = Path(__file__).with_name("words")  # one a line, with Python's escapes
_SHARED = {
    "jsonl": ("json",),
    "ninjs": ("json",),
    "tsv": ("csv",),
    "html": ("markup",),
    "xml": ("feed", "xliff", "tmx", "newsml", "nitf", "markup"),
    **dict.fromkeys(("feed", "xliff", "tmx", "newsml", "nitf"), ("markup",)),
}


def words_of(target: str) -> tuple[bytes, ...]:
    """The words of a target's format, and bytes that are trouble in all."""
    files = [_WORDS / name for name in (target, *_SHARED.get(target, ()), "any")]
    lines = [line for file in files if file.is_file() for line in file.read_text("ascii").splitlines()]
    return tuple(line.encode("ascii").decode("unicode_escape").encode("latin-1") for line in lines)


def mutator_for(target: str) -> Callable[[bytes, int, int], bytes] | None:
    """A mutator as libFuzzer asks for it: from bytes, their greatest length, and a seed. None leaves it to libFuzzer."""
    if target == "parquet":
        return None
    words = words_of(target)
    changes: tuple[Change, ...] = (put_in, put_in, exchange_lines, cut_out, exchange_bytes, repeat)
    if "markup" in _SHARED.get(target, ()):
        changes += (double, double, leave_out, leave_out, exchange, exchange_values, exchange_tags)

    def change(data: bytes, greatest: int, seed: int) -> bytes:
        chance = random.Random(seed)  # noqa: S311 - the same for the same seed
        for _ in range(chance.choice((1, 1, 2, 3))):
            data = chance.choice(changes)(chance, bytes(data), words)
        return data[:greatest]

    return change


def put_in(chance: random.Random, data: bytes, words: tuple[bytes, ...]) -> bytes:
    """A word anywhere, or instead of some bytes."""
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(words) + data[at + chance.choice((0, 0, 0, 1, 8)) :]


def cut_out(chance: random.Random, data: bytes, _words: tuple[bytes, ...]) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + data[at + chance.choice((1, 1, 4, 16, 64)) :]


def exchange_bytes(chance: random.Random, data: bytes, _words: tuple[bytes, ...]) -> bytes:
    """Up to four bytes by others, anywhere."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4) if data else 0):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def repeat(chance: random.Random, data: bytes, _words: tuple[bytes, ...]) -> bytes:
    """A piece again, elsewhere."""
    start, at = chance.randint(0, len(data)), chance.randint(0, len(data))
    return data[:at] + data[start : start + chance.choice((1, 4, 16, 64, 256))] + data[at:]


def exchange_lines(chance: random.Random, data: bytes, _words: tuple[bytes, ...]) -> bytes:
    """A line in another's place, and that one in its."""
    lines = data.split(b"\n")
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def double(chance: random.Random, data: bytes, _words: tuple[bytes, ...]) -> bytes:
    """An element twice, or within another."""
    found = list(_WHOLE.finditer(data))
    if not found:
        return data
    element, at = chance.choice(found), chance.choice(found).start()
    return data[:at] + element[0] + data[at:]


def leave_out(chance: random.Random, data: bytes, _words: tuple[bytes, ...]) -> bytes:
    """Without an element, or without a tag alone."""
    found = list(chance.choice((_WHOLE, _TAG)).finditer(data))
    if not found:
        return data
    element = chance.choice(found)
    return data[: element.start()] + data[element.end() :]


def exchange(chance: random.Random, data: bytes, words: tuple[bytes, ...]) -> bytes:
    """The text between two tags by a word."""
    tags = list(_TAG.finditer(data))
    if len(tags) < 2:
        return data
    number = chance.randrange(len(tags) - 1)
    return data[: tags[number].end()] + chance.choice(words) + data[tags[number + 1].start() :]


def exchange_values(chance: random.Random, data: bytes, words: tuple[bytes, ...]) -> bytes:
    """An attribute's value by another's, or by a word."""
    found = list(_VALUE.finditer(data))
    if not found:
        return data
    old = chance.choice(found)
    new = chance.choice((chance.choice(found)[1], b'"' + chance.choice(words) + b'"', b'""'))
    return data[: old.start(1)] + new + data[old.end(1) :]


def exchange_tags(chance: random.Random, data: bytes, _words: tuple[bytes, ...]) -> bytes:
    """A tag by another."""
    found = list(_TAG.finditer(data))
    if not found:
        return data
    old = chance.choice(found)
    return data[: old.start()] + chance.choice(found)[0] + data[old.end() :]
