"""A number is written as another language writes it.

English *1,234.5* is German *1.234,5* and Czech *1 234,5*. The engine copies the figures of the source, or those it saw most,
and *1.850 people* becomes one and a bit of a person. Write the number as the readers do.

Only clear cases count: thousands in groups, and decimals with a percent sign, a currency, a unit or *million* beside them; no dates, times,
scores, versions or telephone numbers. Which marks are right is in `data/number-symbols.tsv` (CLDR); where a language has two
traditions (Spanish, Arabic) nothing is foreign. Where the article also has numbers in its own format it is *number-format-mixed*'s.
"""

from __future__ import annotations

from collections.abc import Iterator

from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity
from tqcheck.notation import Notation, is_foreign, notations, system_of

SEVERITY = Severity.MINOR
MQM = "locale-conventions/number-format"
BAD = [
    "More than [[21.000]] people came.",
    "The bridge cost [[1.500.000]] euros.",
    "Prices rose by [[1,2]] percent.",
    "Almost [[9 600]] of them came.",
    "The bridge cost €[[1.850,50]] in all.",
    Example("Die Preise stiegen um [[1.9]] Prozent.", lang="de"),
    Example("Es kamen [[1,686]] Menschen.", lang="de"),
    Example("Le pont a coûté [[6,750]] euros.", lang="fr"),
    Example("Přišlo [[10,000]] lidí.", lang="cs"),
    Example("Сюди приїхало [[152,524]] людей.", lang="uk"),
    Example("价格上涨了[[1,5]]%。", lang="zh"),
]
GOOD = [
    "More than 21,000 people paid 1,850.50 euros, 1.2 percent more than on 3.5.2023 at 19.30.",
    "Call 729 725 522 498 or +44 20 123 456. It grew to 33.720 billion, or 1.234 percent.",
    "Version 1.2.3 and 10.000.1; he won 6,4 6,3. His daughters are 8, 10,12 years old.",
    Example("Es kamen 21.000 Menschen, 1,9 Prozent mehr, um 19.30 Uhr am 3.5.2023.", lang="de"),
    Example("Měří 1,234 km a 37.7 je číslo zákona. Přišlo 10 000 lidí.", lang="cs"),
    Example("Le pont de 1,234 million et 6 750 euros.", lang="fr"),
    Example("Vinieron 1,500 personas, un 1.5 % más.", lang="es"),
    Example("价格上涨了1.5%，共3,500人。", lang="zh"),
]
MISSED = [Example("Teplota byla večer [[37.7]] stupně.", lang="cs")]


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each number in another language's format, unless the article has numbers in its own."""
    own = system_of(article.language.tag)
    if own is None:
        return
    found = list(notations(article))
    if any(notation.system == own for notation in found):
        return
    for start, end, system in found:
        if is_foreign(Notation(start, end, system), own):
            yield Mark(start, end, f"This number is written as {system}; the article's language writes {own}.", confidence=0.85)
