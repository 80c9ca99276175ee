"""The skeleton that `tqcheck new RULE` writes: a rule that runs, with its examples, ready to be changed.

tqcheck new dummy-left --folder my_rules     writes my_rules/dummy_left.py
tqcheck check --rules my_rules INPUT         runs it beside the others (while it is PREVIEW: with --preview, or --select dummy-left)
"""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import Path

from tqcheck.errors import ConfigError, WriteError

TEMPLATE = '''"""Say in one line what is wrong.

Say here why the engine does it and what an editor should do about it. This is the rule's manual page ('tqcheck explain {rule}').
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MINOR
MQM = "style/inconsistent-style"  # the category of the MQM typology
PREVIEW = True  # until its findings on real articles were read
BAD = [
    "[[Lorem ipsum]] was left here.",
    Example("Hier blieb [[Lorem ipsum]] stehen.", lang="de"),
    Example("On a laissé [[Lorem ipsum]] ici.", lang="fr"),
]
GOOD = ["Nothing was left here."]  # the nearest right text, not a random one
MISSED = ["[[Dolor sit amet]] was left here."]  # what it does not find is public, too

_DUMMY = regex.compile(r"\\bLorem ipsum\\b")


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each piece of dummy text. Keyword-only parameters become the rule's options."""
    for match in _DUMMY.finditer(article.text):
        yield Mark(match.start(), match.end(), "This is dummy text.", suggestion="")
'''


def write(rule: str, folder: Path, taken: Container[str] = ()) -> Path:
    """Write the skeleton of a rule as FOLDER/rule_name.py; `taken`: names that it must not have.

    Raises ConfigError for a bad name, WriteError when it cannot be written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", rule):
        raise ConfigError(f"'{rule}' is not a rule name: name what is wrong, in lower case with hyphens, as in headline-repeated")
    if rule in taken:
        raise ConfigError(f"'{rule}' is a rule of tqcheck already: give yours another name")
    path = folder / f"{rule.replace('-', '_')}.py"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.format(rule=rule))
    except FileExistsError as error:
        raise WriteError(f"{path}: exists already: choose another name or remove it") from error
    except OSError as error:
        raise WriteError(f"{path}: cannot be written: {error.strerror}") from error
    return path
