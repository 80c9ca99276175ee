"""Options: from the command line, from `[tool.tqcheck]` in pyproject.toml or from tqcheck.toml, in that order of precedence.

A key that does not exist is an error that names the near one: a gate that checks nothing because of a typo is the worst gate.

    [tool.tqcheck]
    ignore = ["quote-style-mixed"]
    fail-on = "major"
    [tool.tqcheck.weights]
    minor = 0.5
    [tool.tqcheck.severity]
    name-variant = "major"
    [tool.tqcheck.rules.acronym-mismatch]
    min-letters = 3
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from tqcheck import score
from tqcheck.article import ARTICLE_KEYS, Severity
from tqcheck.embed import BUNDLED
from tqcheck.errors import ConfigError, unknown
from tqcheck.rules import all_rules

FAIL_ON = (*map(str, Severity), "never")


@dataclass(frozen=True)
class Options:
    """All that decides what a run finds and how it is weighed. Frozen and picklable: it travels to worker processes."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    preview: bool = False
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)  # rule id -> its options
    severity: Mapping[str, str] = field(default_factory=dict, hash=False)  # rule id -> minor, major, critical
    weights: Mapping[str, float] = field(default_factory=lambda: dict(score.WEIGHTS), hash=False)
    fail_on: str = "minor"
    fail_under: float | None = None
    model: str = BUNDLED
    device: str | None = None
    lang: str | None = None
    source_lang: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    jobs: int = 1


_KEYS = {option.name.replace("_", "-"): option.name for option in fields(Options)}


def discover(folder: Path) -> Path | None:
    """The nearest tqcheck.toml, or pyproject.toml with a [tool.tqcheck] table, in a folder or above it."""
    for place in (folder, *folder.parents):
        own, project = place / "tqcheck.toml", place / "pyproject.toml"
        if own.is_file():
            return own
        if project.is_file() and "tqcheck" in _parse(project).get("tool", {}):
            return project
    return None


def load(path: Path) -> Options:
    """Options from a file. Raises ConfigError, naming the file and the key."""
    content = _parse(path)
    if path.name == "pyproject.toml":
        content = content.get("tool", {}).get("tqcheck", {})
    try:
        return override(Options(), content)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error


def override(options: Options, changes: Mapping[str, Any]) -> Options:
    """Options with some keys changed (hyphens or underscores); all is validated. Raises ConfigError."""
    values: dict[str, Any] = {}
    for key, value in changes.items():
        name = _KEYS.get(key.replace("_", "-"))
        if name is None:
            raise ConfigError(unknown("option", key, _KEYS))
        values[name] = _checked(name, key, value)
    return replace(options, **values)


def _checked(name: str, key: str, value: Any) -> Any:  # noqa: ANN401 - a TOML value may be anything
    check = _CHECKS.get(name)
    return check(key, value) if check else _expect(key, value, str, *((type(None),) if name in _MAY_BE_NONE else ()))


def _rule_names(key: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(_rule(_expect(f"an entry of {key}", entry, str)) for entry in _expect(key, value, list, tuple))


def _all_rule_options(key: str, value: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    return {_rule(rule): _rule_options(rule, given) for rule, given in _table(key, value).items()}


def _severities(key: str, value: Any) -> dict[str, str]:  # noqa: ANN401
    levels = list(map(str, Severity))
    return {_rule(rule): _one_of(f"severity of {rule}", level, levels) for rule, level in _table(key, value).items()}


def _weights(key: str, value: Any) -> dict[str, float]:  # noqa: ANN401
    given = _table(key, value)
    return dict(score.WEIGHTS) | {_one_of("weight", level, list(score.WEIGHTS)): _weight(level, w) for level, w in given.items()}


def _columns(key: str, value: Any) -> dict[str, str]:  # noqa: ANN401
    given = _table(key, value)
    return {_one_of("column", ours, list(ARTICLE_KEYS)): _expect(f"{key}.{ours}", theirs, str) for ours, theirs in given.items()}


def _score_limit(key: str, value: Any) -> float | None:  # noqa: ANN401
    return None if value is None else _number(key, value)


def _jobs(key: str, value: Any) -> int:  # noqa: ANN401
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigError(f"'{key}' must be a whole number of 1 or more, not {value!r}")
    return value


_MAY_BE_NONE = {"device", "lang", "source_lang"}
_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "select": _rule_names,
    "ignore": _rule_names,
    "preview": lambda key, value: _expect(key, value, bool),
    "rules": _all_rule_options,
    "severity": _severities,
    "weights": _weights,
    "fail_on": lambda _, value: _one_of("fail-on", value, list(FAIL_ON)),
    "fail_under": _score_limit,
    "columns": _columns,
    "jobs": _jobs,
}


def _table(key: str, value: Any) -> Mapping[str, Any]:  # noqa: ANN401
    if not isinstance(value, Mapping):
        raise ConfigError(f"'{key}' must be a table, not {type(value).__name__}")
    return value


def _number(key: str, value: Any) -> float:  # noqa: ANN401
    number = float(_expect(key, value, int, float))
    if not math.isfinite(number):
        raise ConfigError(f"'{key}' must be a number, not {number}")
    return number


def _expect(key: str, value: Any, *types: type) -> Any:  # noqa: ANN401
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise ConfigError(f"'{key}' must be {' or '.join(kind.__name__ for kind in types)}, not {type(value).__name__}")
    return value


def _rule(name: str) -> str:
    if name not in all_rules():
        raise ConfigError(unknown("rule", name, all_rules()))
    return name


def _rule_options(rule: str, given: Mapping[str, Any]) -> dict[str, Any]:
    known = all_rules()[rule].options
    values = {}
    for key, value in _table(f"rules.{rule}", given).items():
        name = key.replace("-", "_")
        if name not in known:
            raise ConfigError(unknown(f"option of {rule}", key, [option.replace("_", "-") for option in known]))
        wanted = type(known[name])
        values[name] = _expect(f"rules.{rule}.{key}", value, *((int, float) if wanted is float else (wanted,)))
    return values


def _one_of(what: str, value: Any, known: list[str]) -> str:  # noqa: ANN401
    if not isinstance(value, str) or value not in known:
        raise ConfigError(unknown(what, str(value), known))
    return value


def _weight(level: str, value: Any) -> float:  # noqa: ANN401
    number = _number(f"weights.{level}", value)
    if number < 0:
        raise ConfigError(f"'weights.{level}' must not be negative, but is {number}")
    return number
