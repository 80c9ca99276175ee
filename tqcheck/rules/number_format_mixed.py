"""Numbers in one article follow two systems: *1,000* here and *1.000* there, *3.5* here and *3,5* there.

The reader cannot tell any more whether *1.250* is more than a thousand or little more than one. Use one system, the one of the
article's language.

Only numbers that show their system beyond doubt are compared (see *number-locale*): thousands in groups, decimals with a percent sign, a
currency, a unit or *million* beside them. Where the language has a system of its own, the other is marked; in Spanish or Arabic, where
countries differ, and in languages that the tables do not know, the rarer one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity
from tqcheck.notation import BLANK, Notation, is_foreign, notations, system_of

SEVERITY = Severity.MINOR
MQM = "style/inconsistent-style"
BAD = [
    "In May 21,000 people came, in June [[19.500]] people.",
    "Prices rose by 1.5 percent, wages by [[1,2]] percent.",
    Example("Im Mai kamen 1.200 Menschen, im Juni [[9,000,000]].", lang="de"),
    Example("L'anno scorso 2.380 litri, quest'anno [[11,500]] litri.", lang="it"),
    Example("En mayo 1.500 personas, en junio 2.700 y en julio [[1,900]] personas.", lang="es"),
    Example("Fiyatlar yüzde 1,5, ücretler yüzde [[1.2]] arttı.", lang="tr"),
    Example("Cene su porasle 1,5 odsto, plate [[1.2]] odsto.", lang="sr"),
    Example("Ceny vzrostly o 1,5 %, mzdy o [[1.2]] %.", lang="cs"),
]
GOOD = [
    "In May 21,000 people paid 3.50 euros on 3.5.2023 at 19.30, and 1,500 paid 2.5 percent more.",
    "It grew to 33.720 billion after 1,200 in May.",
    Example("Im Mai kamen 1.200 Menschen, 1,5 Prozent mehr, um 19.30 Uhr.", lang="de"),
    Example("V květnu 10 000 lidí, o 1,5 % víc.", lang="cs"),
    Example("En mayo 1.500 personas, un 2,5 % más.", lang="es"),
    Example("En mai 6 750 personnes, 1,5 % de plus.", lang="fr"),
]
MISSED = ["Prices rose by 1.5 percent, the index to [[103,63]] points."]


def check(article: AnnotatedArticle, *, min_main: int = 2) -> Iterator[Mark]:
    """Yield a finding for each number of the minor system, if the article has both.

    Args:
        article: the article.
        min_main: numbers of the main system from which on the rarer one is out of style, where the language allows both.
    """
    systems: dict[str, list[Notation]] = defaultdict(list)
    for notation in notations(article):
        systems[notation.system].append(notation)
    if len(systems) < 2:
        return
    own = system_of(article.language.tag)
    if own is None:
        systems.pop(BLANK, None)
        main = max(systems, key=lambda system: len(systems[system]))
        if len(systems[main]) < min_main or any(len(systems[other]) >= len(systems[main]) for other in systems if other != main):
            return
        own = main
    elif own not in systems:
        return
    first = systems[own][0]
    for start, end, system in sorted(notation for found in systems.values() for notation in found):
        if is_foreign(Notation(start, end, system), own):
            message = f"This number is written as {system}, others in the article as {own}: use one system."
            yield Mark(start, end, message, confidence=0.85, related=((first.start, first.end),))
