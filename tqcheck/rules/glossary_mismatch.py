"""The project's glossary asks for another term, or for none.

The engine writes *Heizpumpe* where the house has decided on *Wärmepumpe*. Name the house's termbases in the configuration
(`glossary = ["terms.csv"]`, CSV, TSV, TBX or TMX) or with `--glossary`; without one this rule is silent.

Three things are reported. A term that the glossary forbids, wherever it stands in the translation. With the source at hand, a term of the
source whose translation has none of the terms that the glossary allows, in any form: inflected, derived, within a compound; the sentence
is marked. And a term that must not be translated and was not copied. Where a source term stands within a longer one, the longer is asked
for. A term in small letters is not asked for where the source has a capital in mid-sentence (*Bill*, *May*).
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from tqcheck.annotate import AnnotatedArticle, Pair
from tqcheck.article import Example, Mark, Severity
from tqcheck.glossary import Entry
from tqcheck.terms import Asked, is_copied, stands

SEVERITY = Severity.MINOR
MQM = "terminology/inconsistent-with-terminology-resource"

_PUMP = "source,target,forbidden,source_lang,lang\nheat pump,Wärmepumpe,Heizpumpe,en,de"
_KEEP = "source,do_not_translate\nGreen Dot,yes\niPhone,yes"
BAD = [
    Example("[[Die Heizanlage ist neu.]]", lang="de", source_lang="en", source_text="The heat pump is new.", glossary=_PUMP),
    Example("Die [[Heizpumpen]] sind neu.", lang="de", source_lang="en", source_text="The heat pumps are new.", glossary=_PUMP),
    Example("Eine [[Heizpumpe]] steht im Keller.", lang="de", glossary=_PUMP),
    Example(
        "[[Les impôts augmentent.]] Il pleut.",
        lang="fr",
        source_lang="de",
        source_text="Die Mehrwertsteuern steigen. Es regnet.",
        same=("Les impôts augmentent.", "Die Mehrwertsteuern steigen."),
        glossary="source,target\nMehrwertsteuer,TVA|taxe sur la valeur ajoutée",
    ),
    Example("[[Koupil si chytrý telefon.]]", lang="cs", source_lang="en", source_text="He bought an iPhone.", glossary=_KEEP),
    Example("[[Der Grüne Punkt hilft.]]", lang="de", source_lang="en", source_text="Green Dot helps.", glossary=_KEEP),
    Example(
        "[[Вчера говорил министр.]]",
        lang="ru",
        source_lang="en",
        source_text="The chancellor spoke yesterday.",
        glossary="en,ru\nchancellor,канцлер",
    ),
    Example(
        "[[央行昨天开会。]]",
        lang="zh",
        source_lang="en",
        source_text="The European Central Bank met.",
        glossary="en,zh\nEuropean Central Bank,欧洲中央银行",
    ),
    Example(
        "[[The pumps are new.]]",
        lang="en",
        source_lang="ja",
        source_text="ヒートポンプは新しい。",
        glossary="ja,en\nヒートポンプ,heat pump",
    ),
    Example(
        "[[Банк підвищив плату.]]",
        lang="uk",
        source_lang="cs",
        source_text="Banka zvýšila úrokové sazby.",
        glossary="cs,uk\núroková sazba,процентна ставка",
    ),
    Example(
        "Der Konzern und die Behörde schweigen. [[Sie kaufte die Aktien.]]",
        lang="de",
        source_lang="en",
        source_text="The group and the agency are silent. The holding company bought the shares.",
        same=("Sie kaufte die Aktien.", "The holding company bought the shares."),
        glossary="source;target\nholding company;Holdinggesellschaft",
    ),
]
GOOD = [
    Example("Die Heizanlage ist neu.", lang="de", source_lang="en", source_text="The heat pump is new."),
    Example("Die neuen Wärmepumpen sind da.", lang="de", source_lang="en", source_text="The new heat pumps are here.", glossary=_PUMP),
    Example(
        "Der Wärmepumpenhersteller schweigt.", lang="de", source_lang="en", source_text="The heat-pump maker is silent.", glossary=_PUMP
    ),
    Example("Die Pumpe ist neu.", lang="de", source_lang="en", source_text="The pump is new.", glossary=_PUMP),
    Example(
        "Koupil si dva iPhony; o iPhonu sní každý.",
        lang="cs",
        source_lang="en",
        source_text="He bought two iPhones; all dream of an iPhone.",
        glossary=_KEEP,
    ),
    Example(
        "Vládní výdaje rostou.", lang="cs", source_lang="en", source_text="Government spending grows.", glossary="en,cs\ngovernment,vláda"
    ),
    Example("Bill Novak signed it.", lang="en", source_lang="cs", source_text="Podepsal to Bill Novak.", glossary="cs,en\nbill,draft"),
    Example(
        "La Banque centrale européenne a délibéré.",
        lang="fr",
        source_lang="en",
        source_text="The European Central Bank met.",
        glossary="en,fr\nEuropean Central Bank,Banque centrale européenne",
    ),
    Example(
        "О процентных ставках не говорили.",
        lang="ru",
        source_lang="en",
        source_text="Interest rates were not mentioned.",
        glossary="en,ru\ninterest rate,процентная ставка",
    ),
    Example("Die Holding kaufte Aktien.", lang="de", source_lang="cs", source_text="Holding koupil akcie.", glossary=_PUMP),
    Example(
        "欧洲中央银行昨天开会。",
        lang="zh",
        source_lang="en",
        source_text="The European Central Bank met yesterday.",
        glossary="en,zh\nEuropean Central Bank,欧洲中央银行",
    ),
    Example("히트 펌프를 샀다.", lang="ko", source_lang="en", source_text="He bought a heat pump.", glossary="en,ko\nheat pump,히트펌프"),
    Example(
        "הוא דיבר על הבנק המרכזי.",
        lang="he",
        source_lang="en",
        source_text="He spoke about the central bank.",
        glossary="en,he\ncentral bank,בנק מרכזי",
    ),
]
MISSED = [
    Example(
        "[[Die Heizanlage ist neu]], schrieb der Wärmepumpenverband.",
        lang="de",
        source_lang="en",
        source_text="The heat pump is new, the heat pump association wrote.",
        glossary=_PUMP,
    )
]


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each forbidden term, and for each sentence that lacks a term that its source has."""
    if article.termbase is None:
        return
    asked = article.termbase.between(article.source_lang if article.has_source else None, article.lang)
    refused = list(_forbidden(article, asked))
    yield from refused
    if asked.entries and article.has_source:
        yield from _missing(article, asked, refused)


def _forbidden(article: AnnotatedArticle, asked: Asked) -> Iterator[Mark]:
    for found in asked.forbidden.find(article.text):
        entry = asked.forbidden_of[found.number]
        surface = article.text[found.start : found.end]
        remedy = f"write “{entry.targets[0]}”" if entry.targets else "write something else"
        message = f"“{surface}” is not to be used, says the glossary ({_file(entry)}): {remedy}."
        yield Mark(found.start, found.end, message, entry.targets[0] if entry.targets else None, confidence=0.9)


def _file(entry: Entry) -> str:
    """terms.csv:12, without the folders, which differ from machine to machine."""
    return PurePath(entry.where).name


def _missing(article: AnnotatedArticle, asked: Asked, refused: Sequence[Mark]) -> Iterator[Mark]:
    """One finding for each entry that a pair's source has and its target lacks, unless a forbidden term was found there."""
    pairs = [pair for pair in article.pairs if pair.source]
    starts = [pair.source_start for pair in pairs]
    wanted: dict[int, dict[tuple[int, int], list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for found in asked.sources.find(article.source):
        index = bisect.bisect_right(starts, found.start) - 1
        if index >= 0 and found.end <= pairs[index].source_end:
            wanted[index][found.start, found.end].append(asked.entries[found.number])
    for index, places in sorted(wanted.items()):
        told = set()
        target = _target_around(article, pairs, index)
        for (start, end), entries in sorted(places.items()):
            if entries[0] in told or not pairs[index].target or any(_is_met(entry, target, article.lang) for entry in entries):
                continue
            told.add(entries[0])
            own, other = _place(article, pairs[index], start)
            if not any(own <= mark.start < other and mark.suggestion in entries[0].targets for mark in refused):
                yield Mark(own, other, _message(entries, article.source[start:end]), entries[0].targets[0], confidence=0.75)


def _target_around(article: AnnotatedArticle, pairs: Sequence[Pair], index: int) -> str:
    """The target of a pair; of an unaligned text with its neighbours', since the border may lie elsewhere."""
    if article.article.source_segments is not None:
        return pairs[index].target
    return "\n".join(pair.target for pair in pairs[max(0, index - 1) : index + 2])


def _is_met(entry: Entry, target: str, lang: str) -> bool:
    if entry.do_not_translate and is_copied(entry.source, target):
        return True
    allowed = entry.targets[1:] if entry.do_not_translate else entry.targets
    return any(stands(term, target, lang) for term in allowed)


def _place(article: AnnotatedArticle, pair: Pair, source_position: int) -> tuple[int, int]:
    """The sentence of the translation that stands for a place of the source."""
    within = [
        small
        for small in article.sentence_pairs
        if small.target.strip() and small.source_start <= source_position < small.source_end and pair.start <= small.start < pair.end
    ]
    return (within[0] if within else pair).span


def _message(entries: Sequence[Entry], surface: str) -> str:
    entry = entries[0]
    if entry.do_not_translate and len(entry.targets) == 1:
        return f"“{entry.source}” must stay as it is, says the glossary ({_file(entry)}); the translation does not have it."
    terms = " or ".join(f"“{term}”" for term in dict.fromkeys(term for each in entries for term in each.targets))
    return f"The source has “{surface}”, for which the glossary ({_file(entry)}) asks for {terms}; the translation has no such term."
