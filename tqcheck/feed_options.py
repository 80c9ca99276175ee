"""Options for some of the articles: the `[[tool.tqcheck.feed]]` tables of the configuration.

    [[tool.tqcheck.feed]]
    files = "sports/*"
    fail-on = "critical"
    ignore = ["headline-unsupported"]

    [[tool.tqcheck.feed]]
    lang = ["cs", "sk"]
    gate.punctuation-stray = { max-findings = 2 }

Conditions are those of `ignore` (suppress.py): `files` and `system` are globs, `url` too, `lang` is a language tag; all that are given must
fit. Every table that fits holds, in the order of the file: a later one wins, `ignore` adds to what is ignored already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tqcheck import origin
from tqcheck.article import Article
from tqcheck.suppress import any_of, fits, is_file, speaks

if TYPE_CHECKING:
    from tqcheck.config import Options

CONDITIONS = ("files", "lang", "system", "url")
CHANGEABLE = ("select", "ignore", "preview", "rules", "severity", "weights", "fail_on", "fail_under", "gate")


@dataclass(frozen=True)
class FeedOptions:
    """Which articles, and what is different for them: names of `Options` with checked values."""

    files: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    url: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def covers(self, article: Article, lang: str) -> bool:
        """Whether an article is one of those meant. `lang` is its language, given or detected."""
        return (
            any_of(is_file, origin.parse(article.origin).file, self.files)
            and any_of(speaks, lang, self.lang)
            and any_of(fits, article.system or "", self.system)
            and any_of(fits, article.url or "", self.url)
        )

    def without(self, names: set[str]) -> FeedOptions:
        """The same without some changes: what the command line says wins."""
        changes = {name: value for name, value in self.changes.items() if name not in names}
        if "fail_on" in names and "gate" in changes:
            changes["gate"] = ungraded(changes["gate"])
        return replace(self, changes=changes)


def ungraded(gate: Mapping[str, Any]) -> dict[str, Any]:
    """The gate of rules without severities of their own, after --fail-on has set one for all."""
    return {rule: replace(own, fail_on=None) for rule, own in gate.items()}


def changed(options: Options, feeds: tuple[FeedOptions, ...]) -> Options:
    """The options that hold where these tables fit."""
    for feed in feeds:
        values = {name: _joined(name, getattr(options, name), value) for name, value in feed.changes.items()}
        options = replace(options, **values)
    return options


def _joined(name: str, before: Any, value: Any) -> Any:  # noqa: ANN401 - options have many types
    if name == "ignore":
        return tuple(dict.fromkeys((*before, *value)))
    if name == "rules":
        return dict(before) | {rule: dict(before.get(rule, {})) | dict(given) for rule, given in value.items()}
    return dict(before) | dict(value) if isinstance(value, Mapping) else value
