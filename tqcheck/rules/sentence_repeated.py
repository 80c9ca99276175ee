"""A sentence or paragraph stands again in the same article, word for word or nearly so.

*The port opens on Monday. (...) The port will open on Monday.*: the engine translated a sentence twice, or a page's teaser came along
with the text. Keep the better one.

Compared are sentences of six words or more, letters and figures only. Nearly the same means: almost the same words, the same names and the same
figures. The headline again is *headline-repeated*'s, a line of the page *boilerplate-left*'s; items of a list and results that differ in their
figures, refrains and slogans in quotation marks and a lead that sums up are left alone. With a sentence model, sentences that say the same in
other words are found too, where names and figures agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from tqcheck.annotate import AnnotatedArticle, Zone
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/addition"
NEEDS_VECTORS = "sentence in other words"
BAD = [
    "The mayor opened the new bridge on Monday. It cost a million. [[The mayor opened the new bridge on Monday.]]",
    "The mayor opened the new bridge on Monday in Lund.\n\nIt cost a million.\n\n[[The mayor opened a new bridge on Monday in Lund.]]",
    Example("Der Fluss trat in der Nacht über die Ufer. Niemand kam um. [[Der Fluss trat in der Nacht über die Ufer!]]", lang="de"),
    Example("Мэр открыл в понедельник новый мост через реку. Было шумно. [[Мэр открыл в понедельник новый мост через реку.]]", lang="ru"),
    Example("市长在星期一为新桥主持通车仪式。天气很好。[[市长在星期一为新桥主持通车仪式。]]", lang="zh"),
    Example(
        "The mayor opened the new bridge over the river in Lund. It rained. [[In Lund a new river crossing was opened by the mayor.]]",
        same=("The mayor opened the new bridge over the river in Lund.", "In Lund a new river crossing was opened by the mayor."),
    ),
]
GOOD = [
    "The mayor opened the new bridge on Monday. The mayor closed the new bridge on Friday.",
    "The north bridge carries 300 cars an hour at noon. The north bridge carries 500 cars an hour at noon.",
    "He came from Lund to the bridge on Monday. He came from Malmö to the bridge on Monday.",
    "Yes, we can. It rained. Yes, we can.",
    "“We shall not leave this valley, not now, not ever,” she sang. It rained. “We shall not leave this valley, not now, not ever.”",
    Example("Die Stadt baut eine neue Brücke über den Fluss. Die Stadt baut keine neue Brücke über den Fluss.", lang="de"),
    Example("Il n'a pas plu pendant trois mois. La récolte est perdue.", lang="fr"),
]
MISSED = ["The mayor opened the bridge on Monday. It rained. [[On Monday the bridge was opened by the town's mayor.]]"]


def check(article: AnnotatedArticle, *, min_words: int = 6, near: float = 0.85) -> Iterator[Mark]:
    seen = {}
    for s in article.sentences:
        key = " ".join(regex.findall(r"[\p{L}\p{M}\p{Nd}]+", article.text[s.start:s.end].casefold()))
        n = len(key.split()) if article.language.spaced else len(key) // 2
        if n < min_words: continue
        if key in seen:
            yield Mark(s.start, s.end, "exact", related=((seen[key].start, seen[key].end),))
        else: seen[key] = s
