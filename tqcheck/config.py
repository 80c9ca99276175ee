"""Options: from the command line, from `[tool.tqcheck]` in pyproject.toml or from tqcheck.toml, in that order of precedence.

A key that does not exist is an error that names the near one: a gate that checks nothing because of a typo is the worst gate.

    [tool.tqcheck]
    ignore = [
        "quote-style-mixed",
        { rule = "name-variant", lang = "cs", surface = "Kiev*", reason = "the style of the agency", expires = 2027-01-31 },
    ]
    fail-on = "major"
    style = "un"
    glossary = ["terms.csv", "termbase.tbx"]
    [tool.tqcheck.prefer]
    Kyiv = ["Kiev", "Kyyiv"]
    de = { Kyjiw = ["Kiew"] }
    [tool.tqcheck.weights]
    minor = 0.5
    [tool.tqcheck.severity]
    name-variant = "major"
    [tool.tqcheck.rules.acronym-mismatch]
    min-letters = 3
    [tool.tqcheck.gate]
    name-variant = "never"
    punctuation-stray = { max-findings = 3 }
    [[tool.tqcheck.feed]]
    files = "sports/*"
    fail-on = "critical"

`ignore` takes rules out of the run; an entry with a reason takes away only the findings that meet its conditions, until it expires
(`suppress.py`). `prefer` is the house style: the form of a name, and the forms that it replaces; a table is for one language alone. `style`
names one or more guides of `data/style-guides.tsv`, which the house's own entries go before. `glossary` names
the project's termbases, by paths from the folder of the configuration file (`glossary.py`). `gate` is for rules that fail an article
otherwise than the rest: from another severity, or from more findings on. `feed` is for some of the articles (`feed_options.py`). What the
command line says wins over these, too.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tqcheck import feed_options, glossary, origin, score, suppress, tables
from tqcheck.article import ARTICLE_KEYS, RuleGate, Severity
from tqcheck.embed import BUNDLED
from tqcheck.errors import ConfigError, unknown
from tqcheck.feed_options import FeedOptions
from tqcheck.glossary import Glossary
from tqcheck.rules import all_rules
from tqcheck.suppress import Suppression

FAIL_ON = (*map(str, Severity), "never")


@dataclass(frozen=True)
class Options:
    """All that decides what a run finds and how it is weighed. Frozen and picklable: it travels to worker processes."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    suppress: tuple[Suppression, ...] = ()  # the entries of `ignore` that have a reason
    style: tuple[str, ...] = ()  # guides of data/style-guides.tsv
    prefer: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict, hash=False)  # language or "*" -> form -> replaces
    glossary: Glossary = field(default_factory=Glossary)  # read when the options are made: what a run asks for does not change under it
    preview: bool = False
    feed_rules: bool = False  # rules that look at the whole feed run too
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)  # rule id -> its options
    severity: Mapping[str, str] = field(default_factory=dict, hash=False)  # rule id -> minor, major, critical
    weights: Mapping[str, float] = field(default_factory=lambda: dict(score.WEIGHTS), hash=False)
    fail_on: str = "minor"
    fail_under: float | None = None
    gate: Mapping[str, RuleGate] = field(default_factory=dict, hash=False)  # rule id -> how it is gated differently
    feed: tuple[FeedOptions, ...] = ()  # what is different for some of the articles
    baseline: str | None = None  # a file of accepted findings; in a configuration file, as seen from there
    model: str = BUNDLED
    device: str | None = None
    lang: str | None = None
    source_lang: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    jobs: int = 1


_KEYS = {option.name.replace("_", "-"): option.name for option in fields(Options) if option.name != "suppress"}


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
        return override(Options(), _beside(path.parent, content))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def _beside(folder: Path, content: dict[str, Any]) -> dict[str, Any]:
    """The content of a configuration file, with the paths in it taken from the file's folder."""
    beside: dict[str, Any] = {}
    if "glossary" in content:
        beside["glossary"] = [str(folder / name) for name in _texts("glossary", content["glossary"])]
    if "baseline" in content:
        beside["baseline"] = origin.relative(str(folder / _expect("baseline", content["baseline"], str)))
    return content | beside


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
        if name == "ignore":
            values |= _ignored(key, value)
        else:
            values[name] = _checked(name, key, value)
    return replace(options, **(_winning(options, set(values)) | values))


def _winning(options: Options, given: set[str]) -> dict[str, Any]:
    """The options of single feeds and rules that remain when something is given anew for all."""
    remaining: dict[str, Any] = {"feed": tuple(feed.without(given) for feed in options.feed)}
    return remaining | ({"gate": feed_options.ungraded(options.gate)} if "fail_on" in given else {})


def house_style(options: Options) -> dict[str, dict[str, tuple[str, ...]]]:
    """The names that the house has decided on: language, or "*" for all, -> form -> the forms it replaces.

    The rows of the chosen guides come first; one that contradicts an entry of the house's own is left out.
    """
    style: dict[str, dict[str, tuple[str, ...]]] = {}
    own = {lang: set(entries) | {form for forms in entries.values() for form in forms} for lang, entries in options.prefer.items()}
    for row in tables.table("style-guides"):
        decided = own.get("*", set()) | own.get(row["lang"], set())
        if row["guide"] in options.style and not {row["prefer"], row["instead"]} & decided:
            forms = style.setdefault(row["lang"], {})
            forms[row["prefer"]] = (*forms.get(row["prefer"], ()), row["instead"])
    for lang, entries in options.prefer.items():
        style.setdefault(lang, {}).update(entries)
    return style


def _checked(name: str, key: str, value: Any) -> Any:  # noqa: ANN401 - a TOML value may be anything
    check = _CHECKS.get(name)
    return check(key, value) if check else _expect(key, value, str, *((type(None),) if name in _MAY_BE_NONE else ()))


def _ignored(key: str, value: Any) -> dict[str, Any]:  # noqa: ANN401
    """The two kinds of entries of `ignore`: rule names, and tables with a reason."""
    entries = _expect(key, value, list, tuple)
    tables_given = [(f"{key}[{index}]", entry) for index, entry in enumerate(entries) if isinstance(entry, Mapping)]
    suppressed = tuple(_suppression(where, entry) for where, entry in tables_given)
    names = _rule_names(key, [entry for entry in entries if not isinstance(entry, Mapping)])
    return {"ignore": names, **({"suppress": suppressed} if suppressed else {})}  # names on the command line leave the tables alone


def _suppression(where: str, entry: Mapping[str, Any]) -> Suppression:
    for key in entry:
        if key not in _SUPPRESSION_KEYS:
            raise ConfigError(f"'{where}': {unknown('key', str(key), _SUPPRESSION_KEYS)}")
    if "rule" not in entry:
        raise ConfigError(f"'{where}' needs a 'rule'")
    rule = _rule(_expect(f"{where}.rule", entry["rule"], str))
    reason = _expect(f"{where}.reason", entry.get("reason", ""), str).strip()
    if not reason:
        raise ConfigError(f"'{where}' needs a 'reason': say why {rule} may be ignored there")
    conditions = {name: _texts(f"{where}.{name}", entry[name]) for name in suppress.CONDITIONS if name in entry}
    for name in conditions.get("field", ()):
        _one_of(f"field of {where}", name, ["title", "text", "segments"])
    expires = entry.get("expires")
    if expires is not None and (not isinstance(expires, date) or isinstance(expires, datetime)):
        raise ConfigError(f"'{where}.expires' must be a date without quotation marks, as in 2027-01-31, not {expires!r}")
    found = Suppression(rule, reason, expires=expires, **conditions)
    if expires is not None and expires < suppress.today():
        raise ConfigError(f"'{where}' expired on {expires}: {found}: look again, then remove the entry or set a later date")
    return found


_SUPPRESSION_KEYS = [option.name for option in fields(Suppression)]


def _texts(key: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401
    texts = (value,) if isinstance(value, str) else tuple(_expect(key, value, str, list, tuple))
    for text in texts:
        if not _expect(f"an entry of {key}", text, str).strip():
            raise ConfigError(f"'{key}' holds an empty text")
    if not texts:
        raise ConfigError(f"'{key}' is empty: leave it out, or name something")
    return texts


def _glossaries(key: str, value: Any) -> Glossary:  # noqa: ANN401
    if isinstance(value, Glossary):
        return value
    paths = [value] if isinstance(value, (str, Path)) else _expect(key, value, list, tuple)
    return glossary.load(_expect(f"an entry of {key}", path, str, Path) for path in paths)


def _guides(key: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401
    known = sorted({row["guide"] for row in tables.table("style-guides")})
    given = (value,) if isinstance(value, str) else _expect(key, value, str, list, tuple)
    return tuple(_one_of("style guide", guide, known) for guide in given)


def _preferences(key: str, value: Any) -> dict[str, dict[str, tuple[str, ...]]]:  # noqa: ANN401
    """`Kyiv = ["Kiev"]` holds in every language, `de = { Kyjiw = ["Kiew"] }` in one."""
    by_language: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, given in _table(key, value).items():
        if isinstance(given, Mapping):
            lang = tables.language(name).tag
            if not (lang.isascii() and lang.isalpha() and len(lang) in {2, 3}):
                raise ConfigError(
                    f"'{key}.{name}' is no language tag: a table holds what is preferred in one language, a list what '{name}' replaces"
                )
            by_language.setdefault(lang, {}).update((form, _replaced(f"{key}.{name}.{form}", form, forms)) for form, forms in given.items())
        else:
            by_language.setdefault("*", {})[name] = _replaced(f"{key}.{name}", name, given)
    for lang, entries in by_language.items():
        _refuse_contradictions(key, by_language.get("*", {}) | entries if lang != "*" else entries)
    return by_language


def _replaced(key: str, form: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401
    if not form.strip():
        raise ConfigError(f"'{key}' is no name: write the form that the house prefers, and a list of those it replaces")
    return _texts(key, value)


def _refuse_contradictions(key: str, entries: Mapping[str, tuple[str, ...]]) -> None:
    replaced: dict[str, str] = {}
    for form, forms in entries.items():
        for other in forms:
            if other in entries or replaced.setdefault(other, form) != form:
                raise ConfigError(f"'{key}' both prefers and replaces '{other}', or replaces it twice: decide on one form")


def _rule_names(key: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(_rule(_expect(f"an entry of {key}", entry, str)) for entry in _expect(key, value, list, tuple))


def _all_rule_options(key: str, value: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    return {_rule(rule): _rule_options(rule, given) for rule, given in _table(key, value).items()}


def _severities(key: str, value: Any) -> dict[str, str]:  # noqa: ANN401
    levels = list(map(str, Severity))
    return {_rule(rule): _one_of(f"severity of {rule}", level, levels) for rule, level in _table(key, value).items()}


def _weights(key: str, value: Any) -> dict[str, float]:  # noqa: ANN401
    return dict(score.WEIGHTS) | _some_weights(key, value)


def _some_weights(key: str, value: Any) -> dict[str, float]:  # noqa: ANN401
    return {_one_of("weight", level, list(score.WEIGHTS)): _weight(level, w) for level, w in _table(key, value).items()}


def _rule_gates(key: str, value: Any) -> dict[str, RuleGate]:  # noqa: ANN401
    """`name-variant = "never"`, or `name-variant = { fail-on = "major", max-findings = 3 }`."""
    return {_rule(rule): _rule_gate(f"{key}.{rule}", given) for rule, given in _table(key, value).items()}


def _rule_gate(key: str, value: Any) -> RuleGate:  # noqa: ANN401
    given = {"fail-on": value} if isinstance(value, str) else {name.replace("_", "-"): entry for name, entry in _table(key, value).items()}
    for name in given:
        if name not in {"fail-on", "max-findings"}:
            raise ConfigError(f"'{key}': {unknown('key', name, ['fail-on', 'max-findings'])}")
    fail_on = _one_of(f"severity of {key}", given["fail-on"], list(FAIL_ON)) if "fail-on" in given else None
    most = _expect(f"{key}.max-findings", given.get("max-findings", 0), int)
    if most < 0:
        raise ConfigError(f"'{key}.max-findings' must not be negative, but is {most}")
    return RuleGate(fail_on, most)


def _feeds(key: str, value: Any) -> tuple[FeedOptions, ...]:  # noqa: ANN401
    return tuple(_feed(f"{key}[{index}]", _table(f"{key}[{index}]", given)) for index, given in enumerate(_expect(key, value, list, tuple)))


def _feed(where: str, given: Mapping[str, Any]) -> FeedOptions:
    known = {name.replace("_", "-"): name for name in (*feed_options.CONDITIONS, *feed_options.CHANGEABLE)}
    conditions: dict[str, tuple[str, ...]] = {}
    changes: dict[str, Any] = {}
    for key, value in given.items():
        name = known.get(key.replace("_", "-"))
        if name is None:
            raise ConfigError(f"'{where}': {unknown('key', key, known)}")
        if name in feed_options.CONDITIONS:
            conditions[name] = _texts(f"{where}.{key}", value)
        else:
            check = {"ignore": _rule_names, "weights": _some_weights}.get(name) or _CHECKS[name]
            changes[name] = check(f"{where}.{key}" if name != "rules" else key, value)
    if not conditions:
        raise ConfigError(f"'{where}' says for no articles that it is meant for them: give one of {', '.join(feed_options.CONDITIONS)}")
    return FeedOptions(**conditions, changes=changes)


def _columns(key: str, value: Any) -> dict[str, str]:  # noqa: ANN401
    given = _table(key, value)
    return {_one_of("column", ours, list(ARTICLE_KEYS)): _expect(f"{key}.{ours}", theirs, str) for ours, theirs in given.items()}


def _score_limit(key: str, value: Any) -> float | None:  # noqa: ANN401
    return None if value is None else _number(key, value)


def _jobs(key: str, value: Any) -> int:  # noqa: ANN401
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigError(f"'{key}' must be a whole number of 1 or more, not {value!r}")
    return value


_MAY_BE_NONE = {"baseline", "device", "lang", "source_lang"}
_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "select": _rule_names,
    "style": _guides,
    "glossary": _glossaries,
    "prefer": _preferences,
    "preview": lambda key, value: _expect(key, value, bool),
    "feed_rules": lambda key, value: _expect(key, value, bool),
    "rules": _all_rule_options,
    "severity": _severities,
    "weights": _weights,
    "fail_on": lambda _, value: _one_of("fail-on", value, list(FAIL_ON)),
    "fail_under": _score_limit,
    "gate": _rule_gates,
    "feed": _feeds,
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
