"""Findings that the newsroom has accepted: an entry of `ignore` in the configuration that has a reason.

    ignore = [
        "quote-style-mixed",
        { rule = "name-variant", lang = "cs", surface = "Kiev*", reason = "the style of the agency", expires = 2027-01-31 },
    ]

A bare rule name takes the rule out of the run. A table takes away the findings that meet all its conditions; they are counted, but do
not weigh. The conditions, each a text or a list of texts of which one must fit:

    lang      language tag of the article: "cs" is also cs-CZ
    feed      glob on the file that the article was read from; without a slash, on the file's name alone
    system    glob on the engine's name            url     glob on the article's address
    article   glob on the article's id             field   title, text or segments
    surface   glob on the very letters of the finding, or these letters themselves; upper and lower case differ

`expires` is the last day on which an entry holds, in UTC: afterwards the configuration is refused, so that somebody looks again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase

from tqcheck import origin
from tqcheck.article import Article, Finding
from tqcheck.errors import ConfigError


@dataclass(frozen=True)
class Suppression:
    """Findings of one rule that do not count, and why. An empty condition is none."""

    rule: str
    reason: str
    lang: tuple[str, ...] = ()
    feed: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    url: tuple[str, ...] = ()
    article: tuple[str, ...] = ()
    field: tuple[str, ...] = ()
    surface: tuple[str, ...] = ()
    expires: date | None = None

    @property
    def conditions(self) -> dict[str, tuple[str, ...]]:
        """What must fit, by key: all that decides what the entry takes away, besides its rule."""
        return {name: value for name in CONDITIONS if (value := getattr(self, name))}

    def covers(self, article: Article, lang: str, finding: Finding) -> bool:
        """Whether a finding is one that this entry takes away. `lang` is the article's language, given or detected."""
        return (
            finding.rule == self.rule
            and any_of(speaks, lang, self.lang)
            and any_of(is_file, origin.parse(article.origin).file, self.feed)
            and any_of(fits, article.system or "", self.system)
            and any_of(fits, article.url or "", self.url)
            and any_of(fits, article.id, self.article)
            and any_of(fits, finding.field, self.field)
            and any_of(fits, finding.surface, self.surface)
        )

    def __str__(self) -> str:
        """How messages name the entry."""
        conditions = "".join(f", {name} {' or '.join(value)}" for name, value in self.conditions.items())
        return f"{self.rule}{conditions} ({self.reason})"


CONDITIONS = tuple(f.name for f in fields(Suppression) if f.name not in {"rule", "reason", "expires"})


def today() -> date:
    """The day that `expires` is compared with: that of the clock, in UTC, or that of TQCHECK_TODAY (for tests and for looking ahead).

    SOURCE_DATE_EPOCH is not asked: build systems set it to years long gone, and nothing would ever expire. Raises ConfigError.
    """
    given = os.environ.get("TQCHECK_TODAY")
    try:
        return date.fromisoformat(given) if given else datetime.now(UTC).date()
    except ValueError:
        raise ConfigError(f"the environment's TQCHECK_TODAY must be a date as in 2027-01-31, not {given!r}") from None


def any_of(fit: Callable[[str, str], bool], value: str, wanted: tuple[str, ...]) -> bool:
    """Whether one of the wanted texts fits; without any, everything does."""
    return not wanted or any(fit(value, one) for one in wanted)


def fits(value: str, glob: str) -> bool:
    """Whether a text is what a glob means, or the glob itself."""
    return value == glob or fnmatchcase(value, glob)


def speaks(lang: str, wanted: str) -> bool:
    """Whether a language is the wanted one, or a regional form of it."""
    lang, wanted = (tag.replace("_", "-").lower() for tag in (lang, wanted))
    return lang == wanted or lang.startswith(f"{wanted}-")


def is_file(path: str, glob: str) -> bool:
    """Whether a path is meant: as it was given or from the working folder, or by its name alone where the glob has no slash."""
    path = path.replace("\\", "/")
    if "/" not in glob:
        return fits(path.rpartition("/")[2], glob)
    return fits(path, glob) or fits(origin.relative(path), glob)
