"""The naughty strings of tests/data/naughty.txt, and the articles that hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

NAUGHTY = Path(__file__).with_name("data") / "naughty.txt"
TEXTS = ("title", "text", "source_title", "source_text", "reference_text", "url", "published", "system", "lang", "source_lang", "id")
LISTS = ("segments", "source_segments", "reference_segments")
GROUPS = (
    ("text",),
    ("id", "title", "url", "published", "system", "reference_text", "an unknown key"),
    LISTS,
    ("source_title", "source_text"),
    ("lang",),
    ("source_lang",),
)
FIELDS = (*TEXTS, *LISTS, "an unknown key")


@cache
def families() -> Mapping[str, tuple[str, ...]]:
    """The strings by family, in the file's order."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in NAUGHTY.read_text("utf-8").split("\n"):
        if line.startswith("## "):
            name = line[3:].partition(":")[0]
            found[name] = []
        elif line and not line.startswith("#"):
            value = json.loads(line)
            found[name].append(value if isinstance(value, str) else value[0] * value[1])
    return {family: tuple(strings) for family, strings in found.items()}


def strings() -> list[str]:
    return [string for family in families().values() for string in family]


def is_speakable(string: str) -> bool:
    """Whether a file can hold it: no half of a character, no NUL."""
    try:
        string.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in string


def rows(family: str) -> Iterator[dict[str, Any]]:
    """An article for each string of a family and each field."""
    for number, string in enumerate(families()[family]):
        for field in FIELDS:
            yield row(f"{number}-{field.replace(' ', '-')}", (field,), string)


def articles(family: str) -> Iterator[dict[str, Any]]:
    """Fewer articles that have each string in each field: fields that do not get into each other's way are filled together."""
    for number, string in enumerate(families()[family]):
        if is_speakable(string):
            for fields in GROUPS:
                yield row(f"{number}-{fields[0]}", fields, string)


def row(article: str, fields: tuple[str, ...], string: str) -> dict[str, Any]:
    """An article in which something is to be found, with the string in some of its fields."""
    found = "He left Kyiv. The train from Kiev was late."
    values: dict[str, Any] = {"id": article, "lang": "en", "title": "The train to Kyiv", "text": found}
    if "segments" in fields or {*LISTS} & {*fields}:
        values |= {"text": None, "segments": [found, "Two."]}
    for field in fields:
        if field in LISTS:
            values[field] = [around(string, "\n"), string or "Two."]
        else:
            values[field] = {"text": around(string), "id": f"{string}{article}"}.get(field, string)
    return {key: value for key, value in values.items() if value is not None}


def around(string: str, blank: str = "\n\n") -> str:
    """A text with findings whose words, places and context are the string's neighbours, or hold it."""
    return f"He left Kyiv {string} on Monday.{blank}{string}{blank}The train from Kiev {string} was late. ( {string} ) he said ."
