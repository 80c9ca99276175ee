"""The shelf: one module per rule, and nothing else. A rule's file name is its id, with underscores for hyphens.

A rule module has
    a docstring: first line what is wrong, then the manual page
    SEVERITY     how bad one finding is (MQM)
    MQM          the category of the MQM typology (themqm.org) that a finding counts in
    BAD, GOOD, MISSED   examples: must be found with exactly these marks; must stay silent; known to be missed
    check(article, *, option=default, ...)   yields Marks; the keyword-only parameters are the rule's options
and where needed
    NEEDS_VECTORS  True when it cannot run without a sentence model; a phrase when only that part of it cannot
    PREVIEW        True while it is on probation: it runs only with --preview or when selected by name
    FIX            when `tqcheck fix` may write a suggestion without being asked twice, because it cannot change what is said:
                   "safe" always, "blanks" when it changes blanks alone, "style" when the house style asks for it; else "unsafe"
    FIX_FROM       the confidence from which that holds; below it a fix is unsafe
    FIX_ALIKE      True when the related places of the very same letters have the very same fault
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tqcheck.article import Example, Mark, Severity
from tqcheck.errors import ConfigError, unknown

if TYPE_CHECKING:
    from tqcheck.annotate import AnnotatedArticle
    from tqcheck.feed import Kept


@dataclass(frozen=True)
class Rule:
    """A rule as the rest of the program sees it: what its module says of itself."""

    id: str
    summary: str
    manual: str
    severity: Severity
    mqm: str
    check: Callable[..., Iterator[Any]] = field(repr=False)  # of Marks; for feeds, of FeedMarks
    options: Mapping[str, Any] = field(hash=False)
    needs_vectors: bool | str
    preview: bool
    fix: str
    fix_from: float
    fix_alike: bool
    bad: tuple[Example, ...] = field(repr=False)
    good: tuple[Example, ...] = field(repr=False)
    missed: tuple[Example, ...] = field(repr=False)
    record: Callable[..., Iterator[Kept]] | None = field(default=None, repr=False)  # of feed rules alone (feed_rules/__init__.py)

    @property
    def is_for_feeds(self) -> bool:
        """Whether the rule looks at a whole feed, and not at an article."""
        return self.record is not None

    def marks(self, article: AnnotatedArticle, options: Mapping[str, Any]) -> Iterator[Mark]:
        """Run the rule on an article."""
        return self.check(article, **options)


@cache
def all_rules() -> Mapping[str, Rule]:
    """All rules of the package, also those for a whole feed, by id, in alphabetical order."""
    from tqcheck import feed_rules

    shelves = {__name__: __path__, feed_rules.__name__: feed_rules.__path__}
    names = [f"{shelf}.{module.name}" for shelf, path in shelves.items() for module in pkgutil.iter_modules(path)]
    rules = [rule_of(importlib.import_module(name)) for name in names]
    return {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.id)}


def rule_of(module: ModuleType) -> Rule:
    """Read a rule module. Raises ConfigError when it lacks what every rule has."""
    rule_id = module.__name__.rpartition(".")[2].replace("_", "-")
    lacking = [name for name in ("SEVERITY", "MQM", "BAD", "GOOD", "check") if not hasattr(module, name)]
    if lacking or not module.__doc__:
        raise ConfigError(f"rule '{rule_id}' ({module.__file__}) lacks {', '.join(lacking or ['a docstring'])}: see 'tqcheck new --help'")
    parameters = inspect.signature(module.check).parameters.values()
    manual = inspect.cleandoc(module.__doc__)
    return Rule(
        id=rule_id,
        summary=manual.splitlines()[0],
        manual=manual,
        severity=Severity(module.SEVERITY),
        mqm=module.MQM,
        check=module.check,
        options={parameter.name: parameter.default for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY},
        needs_vectors=getattr(module, "NEEDS_VECTORS", False),
        preview=getattr(module, "PREVIEW", False),
        fix=getattr(module, "FIX", "unsafe"),
        fix_from=getattr(module, "FIX_FROM", 0.0),
        fix_alike=getattr(module, "FIX_ALIKE", False),
        bad=_examples(module.BAD),
        good=_examples(module.GOOD),
        missed=_examples(getattr(module, "MISSED", ())),
        record=getattr(module, "record", None),
    )


def _examples(examples: Sequence[str | Example]) -> tuple[Example, ...]:
    return tuple(Example(example) if isinstance(example, str) else example for example in examples)


def choose(select: Sequence[str] = (), ignore: Sequence[str] = (), *, preview: bool = False, feed: bool = False) -> tuple[Rule, ...]:
    """The rules to run: all stable ones, or those selected, less those ignored. Raises ConfigError for a name that is no rule.

    Rules for whole feeds are among them when they are selected by name, or all with `feed`.
    """
    rules = all_rules()
    for name in (*select, *ignore):
        if name not in rules:
            raise ConfigError(unknown("rule", name, rules))
    wanted = [
        rule
        for rule in rules.values()
        if rule.id in select or ((preview or not rule.preview) and (feed if rule.is_for_feeds else not select))
    ]
    chosen = tuple(rule for rule in wanted if rule.id not in ignore)
    if not chosen:
        raise ConfigError("no rule is left to run: --ignore takes away all that --select names")
    return chosen
