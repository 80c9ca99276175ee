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

Your own rules are such files, too. `tqcheck new dummy-left --folder my_rules` writes one that runs; `tqcheck check --rules my_rules` runs
it beside the rules of this folder, and so does `rules = ["./my_rules"]` in the configuration (tqcheck/outside.py says more). Its examples
are its tests; these two lines in a file of pytest run those of all rules of the folder:

    from tqcheck import testing
    def test_my_rules(): testing.check_rules("my_rules")
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tqcheck import outside
from tqcheck.article import Example, Mark, Severity
from tqcheck.errors import ConfigError, unknown
from tqcheck.outside import OutsideModule, RuleFile

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
    where: str = ""  # how messages name it, when it comes from outside
    version: str = ""  # what tells a rule from outside from its next version
    record: Callable[..., Iterator[Kept]] | None = field(default=None, repr=False)  # of feed rules alone (feed_rules/__init__.py)

    @property
    def is_for_feeds(self) -> bool:
        """Whether the rule looks at a whole feed, and not at an article."""
        return self.record is not None

    def marks(self, article: AnnotatedArticle, options: Mapping[str, Any]) -> Iterator[Mark]:
        """Run the rule on an article."""
        return self.check(article, **options)


def all_rules(extra: tuple[RuleFile, ...] = ()) -> Mapping[str, Rule]:
    """All rules by id, in alphabetical order: those of this folder, also those for a whole feed, of installed packages, and of some files.

    Raises ConfigError for a rule from outside that cannot be loaded, or has the name of another one.
    """
    return _with_those(extra)


@cache
def _with_those(extra: tuple[RuleFile, ...]) -> Mapping[str, Rule]:
    rules = dict(_shipped())
    for found in outside.modules(extra):
        rule = _outside_rule(found)
        if rule.id in rules:
            other = rules[rule.id].where or "tqcheck itself"
            raise ConfigError(f"{found.where}: there is a rule '{rule.id}' already, of {other}: rename the file")
        rules[rule.id] = rule
    return dict(sorted(rules.items()))


@cache
def _shipped() -> Mapping[str, Rule]:
    from tqcheck import feed_rules

    shelves = {__name__: __path__, feed_rules.__name__: feed_rules.__path__}
    names = [f"{shelf}.{module.name}" for shelf, path in shelves.items() for module in pkgutil.iter_modules(path)]
    return {rule.id: rule for rule in (rule_of(importlib.import_module(name)) for name in names)}


def _outside_rule(found: OutsideModule) -> Rule:
    try:
        return replace(rule_of(found.module), where=found.where, version=found.version)
    except ConfigError as error:
        raise ConfigError(f"{found.where}: {error}") from None


def rule_of(module: ModuleType) -> Rule:
    """Read a rule module. Raises ConfigError when it lacks what every rule has, or says what no rule can mean."""
    rule_id = module.__name__.rpartition(".")[2].replace("_", "-")
    lacking = [name for name in ("SEVERITY", "MQM", "BAD", "GOOD", "check") if not hasattr(module, name)]
    if lacking or not (module.__doc__ or "").strip():
        raise ConfigError(f"rule '{rule_id}' ({module.__file__}) lacks {', '.join(lacking or ['a docstring'])}: see 'tqcheck new --help'")
    wrong = next(_wrong(module), None)
    if wrong:
        raise ConfigError(f"rule '{rule_id}' ({module.__file__}): {wrong}: 'tqcheck new' writes a rule that runs")
    manual = inspect.cleandoc(module.__doc__ or "")
    return Rule(
        id=rule_id,
        summary=manual.splitlines()[0],
        manual=manual,
        severity=Severity(module.SEVERITY),
        mqm=module.MQM,
        check=module.check,
        options={parameter.name: parameter.default for parameter in _parameters(module) if parameter.kind is parameter.KEYWORD_ONLY},
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


def _wrong(module: ModuleType) -> Iterator[str]:
    """What a module says that no rule can mean."""
    if module.SEVERITY not in set(Severity):
        yield f"SEVERITY is {module.SEVERITY!r}, not one of {', '.join(Severity)}"
    if not isinstance(module.MQM, str) or not module.MQM:
        yield f"MQM is {module.MQM!r}, not a category of the MQM typology"
    if getattr(module, "FIX", "unsafe") not in FIXES:
        yield f"FIX is {module.FIX!r}, not one of {', '.join(FIXES)}"
    for name, types in _OTHER_NAMES.items():
        if not isinstance(getattr(module, name, False), types):
            yield f"{name} is {getattr(module, name)!r}, not {' or '.join(kind.__name__ for kind in types)}"
    for name in ("BAD", "GOOD", "MISSED"):
        examples = getattr(module, name, ())
        if not isinstance(examples, (list, tuple)) or not all(isinstance(example, (str, Example)) for example in examples):
            yield f"{name} is no list of texts and Examples"
    yield from _wrong_check(module)


def _wrong_check(module: ModuleType) -> Iterator[str]:
    if not callable(module.check):
        yield "check is no function"
        return
    parameters = _parameters(module)
    if not parameters or parameters[0].kind not in {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}:
        yield "check must take the article first"
    for option in parameters[1:]:
        if option.kind is not option.KEYWORD_ONLY or option.default is option.empty:
            yield f"the option '{option.name}' of check must stand after a '*' and have a default"


FIXES = ("safe", "blanks", "style", "unsafe")
_OTHER_NAMES: Mapping[str, tuple[type, ...]] = {
    "NEEDS_VECTORS": (bool, str),
    "PREVIEW": (bool,),
    "FIX_FROM": (int, float),
    "FIX_ALIKE": (bool,),
}


def _parameters(module: ModuleType) -> list[inspect.Parameter]:
    return list(inspect.signature(module.check).parameters.values())


def _examples(examples: Sequence[str | Example]) -> tuple[Example, ...]:
    return tuple(Example(example) if isinstance(example, str) else example for example in examples)


def choose(
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    *,
    preview: bool = False,
    feed: bool = False,
    extra: tuple[RuleFile, ...] = (),
) -> tuple[Rule, ...]:
    """The rules to run: all stable ones, or those selected, less those ignored. Raises ConfigError for a name that is no rule.

    Rules for whole feeds are among them when they are selected by name, or all with `feed`.
    """
    rules = all_rules(extra)
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
