"""Records as plain values and back: what JSON can hold, and what the types of the fields say it was.

Not pickle: a file of ours may have been changed by others, and reading it must run nothing.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")


def to_plain(value: Any) -> Any:  # noqa: ANN401 - any record, or what stands in one
    """A record as dicts and lists; what JSON does not know becomes text, so that two values can still be told apart."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, int, float)):
        return value
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(entry) for entry in value]
    return repr(value)


def from_plain(kind: type[Record], plain: Any) -> Record:  # noqa: ANN401 - a JSON value may be anything
    """The record of this kind that `to_plain` made `plain` of. Raises ValueError for anything else."""
    try:
        made: Record = _made(kind, plain)
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"is no {kind.__name__}: {error}") from None
    return made


def values_from_plain(kind: type, plain: Any) -> dict[str, Any]:  # noqa: ANN401
    """Some fields of a record of this kind, by name. Raises ValueError."""
    try:
        return {name: _made(_hints(kind)[name], value) for name, value in _expect(plain, dict).items()}
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"are no fields of {kind.__name__}: {error}") from None


def _made(kind: Any, plain: Any) -> Any:  # noqa: ANN401, PLR0911 - a type may be written in many ways
    if kind is Any:
        return plain
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return None if plain is None else _made(next(part for part in inner if part is not type(None)), plain)
    if origin is Literal:
        if plain not in inner:
            raise ValueError(f"{plain!r} is none of {inner}")
        return plain
    if origin is tuple:
        return tuple(_made(inner[0], entry) for entry in _expect(plain, list))
    if isinstance(kind, type) and issubclass(kind, tuple):  # a NamedTuple
        return kind(*(_made(hint, entry) for hint, entry in zip(get_type_hints(kind).values(), _expect(plain, list), strict=True)))
    if origin is not None:  # Mapping[str, ...]
        return {key: _made(inner[1], entry) for key, entry in _expect(plain, dict).items()}
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(**{name: _made(hint, plain[name]) for name, hint in _hints(kind).items() if name in _expect(plain, dict)})
    if issubclass(kind, Enum):
        return kind(plain)
    return _expect(plain, (int, float) if kind is float else kind)


def _expect(plain: Any, kind: Any) -> Any:  # noqa: ANN401
    if not isinstance(plain, kind) or (isinstance(plain, bool) and kind is not bool):
        raise ValueError(f"{plain!r} is no {kind}")
    return plain


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
