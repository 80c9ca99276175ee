"""`tqcheck config`: the configuration in force, as TOML, and the reference of all its keys, as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from tqcheck.article import RuleGate
from tqcheck.config import Options
from tqcheck.feed_options import CHANGEABLE, CONDITIONS, FeedOptions
from tqcheck.glossary import Glossary
from tqcheck.report.visible import is_hidden
from tqcheck.suppress import CONDITIONS as IGNORE_CONDITIONS
from tqcheck.suppress import Suppression

# key, what it takes, what it does; in the order in which a reader wants them
REFERENCE: tuple[tuple[str, str, str], ...] = (
    ("select", "list of rules", "only these rules run"),
    ("ignore", "list of rules, or of tables", "rules that do not run; `{ rule, reason, ... }` takes away single findings: {ignore}"),
    ("preview", "true or false", "rules on probation run too"),
    ("feed-rules", "true or false", "rules that look at the whole feed run too: one name in two forms across articles, a story told twice"),
    ("rules.RULE", "table", "options of a rule; `tqcheck explain RULE` names them"),
    ("severity.RULE", "minor, major, critical", "how grave the findings of a rule are, instead of what the rule says"),
    ("weights", "table", "what a finding weighs in the score: `minor`, `major`, `critical`"),
    ("fail-on", "minor, major, critical, never", "the severity from which a finding fails its article"),
    ("fail-under", "number", "the score below which an article fails"),
    (
        "gate.RULE",
        "severity, or table",
        "a `fail-on` of the rule's own; `max-findings`: so many of its findings in one article are let pass",
    ),
    ("feed", "list of tables", "what is different for some articles: those that meet {feed_conditions} get {feed_changes}"),
    ("glossary", "path, or list of paths", "the project's termbases, named from the folder of the configuration file"),
    ("baseline", "path", "a file of accepted findings (`tqcheck baseline`), named from the folder of the configuration file"),
    ("style", "text, or list of texts", "style guides whose forms of names are the house's"),
    ("prefer", "table", '`Kyiv = ["Kiev"]`: the house\'s form of a name, and what it replaces; a table is for one language'),
    ("model", "text", "the sentence model: `bundled`, `e5`, `none`, a name of sentence-transformers or a path"),
    ("device", "text", "where a model of sentence-transformers runs, as torch names it"),
    ("lang", "language tag", "the language of articles that do not say theirs; without it, it is detected"),
    ("source-lang", "language tag", "the language they were translated from"),
    ("columns", "table", '`title = "headline"`: our name of a column, and the input\'s'),
    ("jobs", "number", "processes"),
)


def reference() -> str:
    """All keys, as a Markdown table."""
    told = {
        "ignore": _names(IGNORE_CONDITIONS) + ", `expires`",
        "feed_conditions": _names(CONDITIONS),
        "feed_changes": _names(CHANGEABLE),
    }
    lines = ["| key | takes | does | default |", "| --- | --- | --- | --- |"]
    for key, takes, does in REFERENCE:
        for name, text in told.items():
            does = does.replace(f"{{{name}}}", text)  # noqa: PLW2901
        lines.append(f"| `{key}` | {takes} | {does} | {_default(key)} |")
    return "\n".join(lines)


def effective(options: Options) -> str:
    """Options as a tqcheck.toml that gives the same ones, keys without a value left out."""
    values = {option.name.replace("_", "-"): _plain(getattr(options, option.name)) for option in fields(options)}
    values["rules"] = _hyphened(values["rules"])
    values["prefer"] = values["prefer"].pop("*", {}) | values["prefer"]
    values["ignore"] = [*values["ignore"], *values.pop("suppress")]
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None and not isinstance(value, dict)]
    tables = [f"\n[{key}]\n" + "\n".join(_entries(value)) for key, value in values.items() if isinstance(value, dict) and value]
    return "\n".join(lines + tables)


def _entries(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{_key(key)} = {_toml(value)}"


def _plain(value: Any) -> Any:  # noqa: ANN401 - options have many types
    """A value of `Options` as the file has it."""
    if isinstance(value, Glossary):
        return list(value.files) or None
    if isinstance(value, RuleGate):
        return {name: given for name, given in (("fail-on", value.fail_on), ("max-findings", value.max_findings)) if given}
    if isinstance(value, Suppression):
        given = {"rule": value.rule, **value.conditions, "reason": value.reason}
        return {key: _plain(entry) for key, entry in given.items()} | ({"expires": value.expires} if value.expires else {})
    if isinstance(value, FeedOptions):
        given = {name: getattr(value, name) for name in CONDITIONS if getattr(value, name)} | dict(value.changes)
        plain = {key.replace("_", "-"): _plain(entry) for key, entry in given.items() if entry is not None}
        return plain | ({"rules": _hyphened(plain["rules"])} if "rules" in plain else {})
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value


def _hyphened(rules: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The options of rules, named as in the file."""
    return {rule: {key.replace("_", "-"): value for key, value in given.items()} for rule, given in rules.items()}


def _toml(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_entries(value)) + " }" if value else "{}"
    if isinstance(value, list):
        several = any(isinstance(entry, Mapping) for entry in value)
        joint, ends = (",\n    ", ("[\n    ", ",\n]")) if several else (", ", ("[", "]"))
        return ends[0] + joint.join(map(_toml, value)) + ends[1]
    return str(value) if isinstance(value, date) else _key(value, bare=False) if isinstance(value, str) else json.dumps(value)


def _key(text: str, *, bare: bool = True) -> str:
    """A key, or a text in quotation marks, with an escape for all that nobody would see."""
    if bare and text and all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in text):
        return text
    escapes = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(f"\\U{ord(letter):08x}" if is_hidden(letter) else escapes.get(letter, letter) for letter in text) + '"'


def _default(key: str) -> str:
    name = key.partition(".")[0].replace("-", "_")
    value = _plain(getattr(Options(), name))
    return "" if value is None or value in ([], {}) else f"`{_toml(value)}`"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name.replace('_', '-')}`" for name in names)
