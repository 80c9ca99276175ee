"""One term of the source has two translations in the article, with no reason.

*Wärmepumpe* four times for *heat pump*, and once *Heizpumpe*: the reader takes them for two things. The engine translates each sentence
for itself. Use one word throughout, or leave it when the odd one is a matter of style.

A term is a phrase or a long noun that stands in three sentences of the source. The noun that stands in the translations of most of these,
and seldom elsewhere, is its translation. A sentence that lacks it is marked when another noun stands there that stands nowhere else, that
is nearer in meaning to the term than all other words of the sentence are, and nearer to the term than to the other words of the source. So
a pronoun, a wider word or an ellipsis is left alone, and so are names, headlines, words that are derived from each other, and a term that
the source has in another number there (*medicine*, *medicines*). Nouns that go with any sentence (`data/loose-words.tsv`: *people*,
*possibility*) are no terms.

The rule needs the source and a sentence model; of two words whose kinship the model does not know it says nothing, nor where words are not
separated by blanks. What the glossary asks for is the business of `glossary-mismatch`. On probation: translators change words on purpose,
and one finding in four is such a change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

import regex

from tqcheck import lemmas, tables
from tqcheck.annotate import AnnotatedArticle, Pair, Zone
from tqcheck.article import Example, Mark, Severity
from tqcheck.names import fold

SEVERITY = Severity.MINOR
MQM = "terminology/inconsistent-use-of-terminology"
NEEDS_VECTORS = True
PREVIEW = True  # of 67 findings on real articles 50 were right
_PUMP = (
    "The heat pump is new. A heat pump saves power. The house has a garden. Her heat pump broke down in winter. They sold the heat pump."
)
_CROWD = (
    "The protesters came at noon. Police stopped the protesters. The shops were closed. Some protesters sang until midnight. "
    "The mayor met the protesters."
)
_TRAIN = _CROWD.replace("protesters", "passengers")
_DEAL = (
    "Der Vertrag ist unterschrieben. Niemand kennt den Vertrag. Der Himmel ist blau. Der Vertrag gilt ab Montag. Die Firma hat den Vertrag."
)
_SHOP = "У центрі стоїть магазин. Магазин відкрили вранці. Дорога веде до річки. Солдати пограбували магазин. Люди чекали біля магазину."


def _example(lang: str, source_lang: str, source_text: str, text: str) -> Example:
    return Example(text, lang=lang, source_lang=source_lang, source_text=source_text, bundled=True)


BAD = [
    _example(
        "de",
        "en",
        _PUMP,
        "Die Wärmepumpe ist neu. Eine Wärmepumpe spart Strom. Das Haus hat einen Garten. Ihre [[Heizpumpe]] ging im Winter kaputt. "
        "Sie verkauften die Wärmepumpe.",
    ),
    _example(
        "de",
        "en",
        "Rescue workers came at noon. The rescue workers had dogs. The road was closed. Two rescue workers were hurt. "
        "The mayor thanked the rescue workers.",
        "Die Rettungskräfte kamen mittags. Die Rettungskräfte hatten Hunde. Die Straße war gesperrt. "
        "Zwei [[Bergungskräfte]] wurden verletzt. Der Bürgermeister dankte den Rettungskräften.",
    ),
    _example(
        "cs",
        "en",
        _CROWD,
        "Demonstranti přišli v poledne. Policie zastavila demonstranty. Obchody byly zavřené. "
        "Někteří [[protestující]] zpívali do půlnoci. Starosta se sešel s demonstranty.",
    ),
    _example(
        "ru",
        "en",
        _CROWD,
        "Протестующие пришли в полдень. Полиция остановила протестующих. Магазины были закрыты. "
        "Некоторые [[демонстранты]] пели до полуночи. Мэр встретился с протестующими.",
    ),
    _example(
        "bg",
        "en",
        _TRAIN,
        "Пътниците дойдоха на обяд. Полицията спря пътниците. Магазините бяха затворени. "
        "Някои [[пасажери]] пееха до полунощ. Кметът посрещна пътниците.",
    ),
    _example(
        "hr",
        "en",
        _TRAIN,
        "Putnici su došli u podne. Policija je zaustavila putnike. Trgovine su bile zatvorene. "
        "Neki [[pasažeri]] pjevali su do ponoći. Gradonačelnik je dočekao putnike.",
    ),
    _example(
        "es",
        "en",
        _CROWD.replace("protesters", "customers"),
        "Los clientes llegaron al mediodía. La policía detuvo a los clientes. Las tiendas estaban cerradas. "
        "Algunos [[compradores]] cantaron hasta medianoche. El alcalde recibió a los clientes.",
    ),
    _example(
        "en",
        "de",
        _DEAL,
        "The contract is signed. Nobody knows the contract. The sky is blue. The [[treaty]] is valid from Monday. "
        "The company has the contract.",
    ),
    _example(
        "fr",
        "de",
        _DEAL,
        "Le contrat est signé. Personne ne connaît le contrat. Le ciel est bleu. Le [[traité]] vaut à partir de lundi. "
        "La société a le contrat.",
    ),
    _example(
        "en",
        "uk",
        _SHOP,
        "A shop stands in the centre. The shop opened in the morning. The road leads to the river. Soldiers looted the [[store]]. "
        "People waited near the shop.",
    ),
    _example(
        "pl",
        "uk",
        _SHOP,
        "W centrum stoi sklep. Sklep otwarto rano. Droga prowadzi do rzeki. Żołnierze obrabowali [[magazyn]]. Ludzie czekali przy sklepie.",
    ),
]
GOOD = [
    _example(
        "de",
        "en",
        _PUMP,  # a pronoun
        "Die Wärmepumpe ist neu. Eine Wärmepumpe spart Strom. Das Haus hat einen Garten. Im Winter ging sie kaputt. "
        "Sie verkauften die Wärmepumpe.",
    ),
    _example(
        "de",
        "en",
        _PUMP,  # a wider word
        "Die Wärmepumpe ist neu. Eine Wärmepumpe spart Strom. Das Haus hat einen Garten. Im Winter ging das Gerät kaputt. "
        "Sie verkauften die Wärmepumpe.",
    ),
    _example(
        "de",
        "en",
        _PUMP,  # the term without its first part
        "Die Wärmepumpe ist neu. Eine Wärmepumpe spart Strom. Das Haus hat einen Garten. Ihre Pumpe ging im Winter kaputt. "
        "Sie verkauften die Wärmepumpe.",
    ),
    _example(
        "cs",
        "en",
        _CROWD,
        "Demonstranti přišli v poledne. Policie zastavila demonstranty. Obchody byly zavřené. "
        "Někteří zpívali do půlnoci. Starosta se sešel s demonstranty.",
    ),
    _example(
        "en",
        "de",
        _DEAL.replace("Der Vertrag gilt", "Das Abkommen gilt"),  # two words in the source, too
        "The contract is signed. Nobody knows the contract. The sky is blue. The treaty is valid from Monday. "
        "The company has the contract.",
    ),
    _example(
        "de",
        "en",
        _CROWD.replace("Some protesters", "A protester"),  # another form of the term in the source
        "Die Demonstranten kamen mittags. Die Polizei stoppte die Demonstranten. Die Läden waren zu. "
        "Ein Protestierender sang bis Mitternacht. Der Bürgermeister traf die Demonstranten.",
    ),
    _example(
        "en",
        "cs",
        "Lidé přišli v poledne. Policie zastavila lidi. Obchody byly zavřené. Někteří lidé zpívali. Starosta se sešel s lidmi.",
        "The people came at noon. Police stopped the people. The shops were closed. Some persons sang. The mayor met the people.",
    ),
    Example(  # what the glossary asks for is another rule's business
        "The contract is signed. Nobody knows the contract. The sky is blue. The treaty is valid from Monday. "
        "The company has the contract.",
        source_lang="de",
        source_text=_DEAL,
        bundled=True,
        glossary="de,en\nVertrag,contract",
    ),
    Example(  # a headline has its own words
        "The contract is signed. Nobody knows the contract. The sky is blue. The company has the contract.",
        title="A treaty from Monday",
        source_lang="de",
        source_text="Der Vertrag ist unterschrieben. Niemand kennt den Vertrag. Der Himmel ist blau. Die Firma hat den Vertrag.",
        source_title="Ein Vertrag ab Montag",
        bundled=True,
    ),
    "The contract is signed. Nobody knows the contract. The treaty is valid. The company has the contract.",  # no source
    _example("zh", "en", _PUMP, "热泵是新的。热泵省电。房子有花园。她的暖气泵冬天坏了。他们卖掉了热泵。"),
]
MISSED = [
    _example(  # no vector tells that the two mean the same
        "cs",
        "de",
        "Die Regierung schweigt. Alle warten auf die Regierung. Der Himmel ist blau. Die Regierung tagt am Montag. "
        "Wer führt die Regierung?",
        "Vláda mlčí. Všichni čekají na vládu. Obloha je modrá. [[Kabinet]] zasedá v pondělí. Kdo vede vládu?",
    ),
    _example(  # a term in two sentences only: neither translation is established
        "en",
        "de",
        "Der Vertrag ist unterschrieben. Der Himmel ist blau. Der Vertrag gilt ab Montag.",
        "The contract is signed. The sky is blue. The [[treaty]] is valid from Monday.",
    ),
]

_WORD = regex.compile(r"[\p{L}\p{M}]{2,}+(?:['’ʼ](?=\p{Cyrillic})[\p{L}\p{M}]+)*+")
_MIN_LETTERS = 4  # of a word that may be part of a term
_MIN_LONG = 7  # letters of a term that is one word
_MOST_WORDS = 3
_MAX_WORDS = 200  # of a unit that is looked at: more stands in no sentence; it bounds the work, and is named where it cuts
_MIN_DICE = 0.6  # of a term and its translation (Dice's coefficient over the units of the article)
# Levels are cosines on the model's own scale: 0 is unrelated, 1 possibly the same. Chosen by reading the findings on 2600 articles of WMT.
_MIN_LEVEL = 0.2  # of a term and a word that stands for it
_MIN_LEVEL_SCARCE = 0.5  # the same of a variant where the established translation stands in two sentences only
_MIN_LEVEL_VARIANT = 0.0  # of the two translations
_MIN_LEAD = 0.2  # by which a word must be nearer to the term than to any other word of the source
_SHARED = 5  # letters at the beginning that two words derived from each other share
_LONGER = 1.35  # times the letters of the term or its translation: a longer compound stands for more than the term
_LONGEST = 1.8  # times the letters of the term


class _Word(NamedTuple):
    """A word of the source or of the translation."""

    start: int
    end: int
    surface: str
    lemma: str


class _Unit(NamedTuple):
    """A pair with those of its words that say something."""

    pair: Pair
    source: tuple[_Word, ...]
    target: tuple[_Word, ...]


@dataclass(frozen=True)
class _Use:
    """A term at one place: the unit, and its words there."""

    unit: int
    words: tuple[_Word, ...]


@dataclass(frozen=True)
class _Rendering:
    """The established translation of a term: its lemma, and the words."""

    lemma: str
    words: dict[int, _Word]  # the first in each unit


def check(article: AnnotatedArticle, *, min_pairs: int = 3) -> Iterator[Mark]:
    """Yield a finding for each place where a term has another translation than elsewhere in the article.

    Args:
        article: with its source.
        min_pairs: sentences in which a term must stand; in one less, at least, its established translation.
    """
    source_lang = article.source_lang
    if not article.has_source or source_lang is None or not (article.language.spaced and tables.language(source_lang).spaced):
        return
    units = _units(article, source_lang)
    frequency = Counter(lemma for unit in units for lemma in {word.lemma for word in unit.target})
    marked: set[int] = set()
    for uses in _terms(article, units, min_pairs):
        rendering = _established(article, uses, units, frequency, min_pairs)
        for mark in _odd_ones(article, uses, rendering, units, frequency) if rendering else ():
            if mark.start not in marked:
                marked.add(mark.start)
                yield mark


# -- words --------------------------------------------------------------------------------------------------------------


def _units(article: AnnotatedArticle, source_lang: str) -> list[_Unit]:
    return [_unit(article, pair, source_lang) for pair in article.sentence_pairs]


def _unit(article: AnnotatedArticle, pair: Pair, source_lang: str) -> _Unit:
    source, target = tuple(_words(pair.source, pair.source_start, source_lang)), tuple(_words(pair.target, pair.start, article.lang))
    most = max(len(source), len(target))
    if most <= _MAX_WORDS:
        return _Unit(pair, source, target)
    article.limit(f"terms: in a sentence of {{}} words that may be terms none was looked for: the limit is {_MAX_WORDS} words", most)
    return _Unit(pair, (), ())


def _words(text: str, offset: int, lang: str) -> Iterator[_Word]:
    """The words that are long enough for a term and no function words."""
    functional = tables.entries("function-words", tables.language(lang).tag)
    for match in _WORD.finditer(text):
        if len(match[0]) >= _MIN_LETTERS and match[0].lower() not in functional:
            yield _Word(match.start() + offset, match.end() + offset, match[0], _lemma(match[0], lang))


@lru_cache(maxsize=65536)
def _lemma(word: str, lang: str) -> str:
    """One name for all forms of a word: its base form, or where no word list has it the word without its ending."""
    if not lemmas.is_known(word, lang):
        return fold(word)[: max(_MIN_LETTERS, len(word) - 2)]
    return min(lemmas.keys(word, lang) - {word.casefold()}, default=word.casefold())


@cache
def _no_noun_endings(lang: str) -> tuple[str, ...]:
    return tuple(sorted(tables.entries("no-noun-endings", lang)))


def _may_be_noun(word: _Word, lang: str) -> bool:
    if tables.language(lang).noun_capitals:
        return word.surface[0].isupper()
    endings = _no_noun_endings(tables.language(lang).tag)
    return not word.surface.lower().endswith(endings) and not word.lemma.endswith(endings)


@cache
def _loose_words(lang: str) -> frozenset[str]:
    """The lemmas of words that any translator changes with the sentence."""
    return frozenset(_lemma(entry, lang) for entry in tables.entries("loose-words", tables.language(lang).tag))


def _is_derived(one: str, other: str, lang: str) -> bool:
    """*decision* and *decided*; but *Wärmepumpe* and *Heizpumpe* only end in the same way."""
    if lemmas.is_akin(one, other, lang) or lemmas.is_akin(other, one, lang):
        return True
    a, b = fold(one), fold(other)
    shared = _SHARED if lemmas.is_known(one, lang) and lemmas.is_known(other, lang) else min(_SHARED, len(a) // 2)
    return a[:shared] == b[:shared] or _trunk(a) in b or _trunk(b) in a


def _trunk(word: str) -> str:
    """A word without its ending, to find it within compounds (*koncentrationen*, *algekoncentration*)."""
    return word[: max(_MIN_LETTERS, len(word) - 3)]


# -- terms --------------------------------------------------------------------------------------------------------------


def _terms(article: AnnotatedArticle, units: Sequence[_Unit], min_pairs: int) -> Iterator[list[_Use]]:
    """The uses of each term, the longest terms first; a word that is part of a longer term is none by itself."""
    taken = {word.start for unit in units for word in unit.source} & _in_glossary(article)
    for count in range(_MOST_WORDS, 0, -1):
        found: dict[tuple[str, ...], list[_Use]] = defaultdict(list)
        for index, unit in enumerate(units):
            for first in range(len(unit.source) - count + 1):
                words = unit.source[first : first + count]
                if not any(word.start in taken for word in words) and _may_be_term(article, words):
                    found[tuple(word.lemma for word in words)].append(_Use(index, words))
        for lemmata, uses in found.items():
            if len(set(lemmata)) == count and len({use.unit for use in uses}) >= min_pairs:
                taken.update(word.start for use in uses for word in use.words)
                yield uses


def _in_glossary(article: AnnotatedArticle) -> set[int]:
    """The places of the source's terms that the glossary knows: another rule looks after them."""
    if article.termbase is None:
        return set()
    asked = article.termbase.between(article.source_lang, article.lang)
    return {place for found in asked.sources.find(article.source) for place in range(found.start, found.end)}


def _may_be_term(article: AnnotatedArticle, words: Sequence[_Word]) -> bool:
    """Words that stand side by side and end in a noun that is no name; a single one must be long."""
    source_lang = article.source_lang or ""
    if any(word.lemma in _loose_words(source_lang) for word in words):
        return False
    if len(words) == 1 and len(words[0].surface) < _MIN_LONG:
        return False
    if any(article.source[one.end : other.start] not in {" ", "-", "\u00a0"} for one, other in pairwise(words)):
        return False
    if tables.language(source_lang).noun_capitals:
        return words[-1].surface[0].isupper() and not any(word.surface.isupper() for word in words)
    small = all(word.surface.islower() for word in words[1:]) and (words[0].surface.islower() or _is_first(article.source, words[0]))
    return small and _may_be_noun(words[-1], source_lang)


def _is_first(text: str, word: _Word) -> bool:
    """Whether a capital only shows that a line or sentence begins."""
    before = text[max(0, word.start - 4) : word.start].rstrip("\"“„«»‘'( ")
    return word.surface[1:].islower() and (not before or before[-1] in ".!?…\n")


# -- renderings ---------------------------------------------------------------------------------------------------------


def _established(
    article: AnnotatedArticle, uses: Sequence[_Use], units: Sequence[_Unit], frequency: Counter[str], min_pairs: int
) -> _Rendering | None:
    """The noun that goes with a term and means the same; None when there is no such noun, or not in most of the units."""
    own = sorted({use.unit for use in uses})
    places: dict[str, dict[int, _Word]] = defaultdict(dict)
    for index in own:
        for word in units[index].target:
            places[word.lemma].setdefault(index, word)
    best, rendering = 0.0, None
    for lemma, words in sorted(places.items()):
        dice = 2 * len(words) / (len(own) + frequency[lemma])
        if len(words) < max(2, min_pairs - 1) or len(words) * 2 < len(own) or dice < _MIN_DICE:
            continue
        level = max(_level(article, _surface(article, use), words[use.unit].surface) for use in uses if use.unit in words)
        if level >= _MIN_LEVEL and dice + level > best:
            best, rendering = dice + level, _Rendering(lemma, words)
    if rendering is None or not all(_stands_for(article, uses[0], word) for word in rendering.words.values()):
        return None
    return rendering


def _surface(article: AnnotatedArticle, use: _Use) -> str:
    return article.source[use.words[0].start : use.words[-1].end]


def _level(article: AnnotatedArticle, one: str, other: str) -> float:
    """How near two words are in meaning: 0 is unrelated for this model, 1 possibly the same."""
    assert article.vectors is not None  # for mypy: NEEDS_VECTORS
    return _levelled(article, article.similarity(one, other))


def _levelled(article: AnnotatedArticle, cosine: float) -> float:
    assert article.vectors is not None
    limits = article.vectors.thresholds
    return (cosine - limits.unrelated) / max(0.01, limits.possibly - limits.unrelated)


def _stands_for(article: AnnotatedArticle, use: _Use, word: _Word) -> bool:
    """Whether a word is a noun, no name, and no compound of more than the term."""
    name = not article.language.noun_capitals and word.surface[0].isupper() and not article.starts_sentence(word.start)
    noun = _may_be_noun(word, article.lang) and word.lemma not in _loose_words(article.lang)
    return noun and not name and len(word.surface) <= _LONGEST * len(_surface(article, use))


# -- the odd one --------------------------------------------------------------------------------------------------------


def _odd_ones(
    article: AnnotatedArticle, uses: Sequence[_Use], rendering: _Rendering, units: Sequence[_Unit], frequency: Counter[str]
) -> Iterator[Mark]:
    """Marks for the units that lack the established translation and have another one."""
    with_term = {use.unit for use in uses}
    established = next(iter(rendering.words.values()))
    odd = [
        index
        for index in sorted(with_term - rendering.words.keys())
        if not any(_is_derived(established.surface, word.surface, article.lang) for word in _around(article, units, index, with_term))
    ]
    if not odd or len(odd) * 2 > len(rendering.words):
        return
    source = tables.language(article.source_lang or "")
    forms: dict[str, _Word] = {}  # how the source writes the term where the established translation stands, and the first such place
    for use in uses:
        if use.unit in rendering.words:
            forms.setdefault(_surface(article, use).lower(), rendering.words[use.unit])
    strict = not (source.inflects_names or source.noun_capitals)  # where nouns have no cases, another form is another number
    own = set(odd)
    only = Counter(lemma for index in odd for lemma in {word.lemma for word in units[index].target})
    for use in uses:
        if use.unit not in own or (strict and _surface(article, use).lower() not in forms):
            continue
        least = _MIN_LEVEL if len(rendering.words) > 2 else _MIN_LEVEL_SCARCE
        word = _variant(article, use, established, units[use.unit], least)
        if word is not None and only[word.lemma] == frequency[word.lemma]:
            yield _mark(article, use, rendering, forms, word)


def _around(article: AnnotatedArticle, units: Sequence[_Unit], index: int, with_term: set[int]) -> Iterator[_Word]:
    """The words of a unit's translation; of an unaligned text also its neighbours', since the border may lie elsewhere."""
    yield from units[index].target
    if article.article.source_segments is None:
        for other in (index - 1, index + 1):
            if 0 <= other < len(units) and other not in with_term:
                yield from units[other].target


def _variant(article: AnnotatedArticle, use: _Use, established: _Word, unit: _Unit, least: float) -> _Word | None:
    """The word that stands for a term where the established one does not; None unless it is nearer to the term than all others are."""
    phrase = _surface(article, use)
    keys = (phrase, *(word.surface for word in use.words)) if len(use.words) > 1 else (phrase,)
    key = max(keys, key=lambda key: (_level(article, key, established.surface), key))
    levels = [_level(article, key, word.surface) for word in unit.target]
    near = max(levels, default=0.0)
    if near < least:
        return None
    word = unit.target[levels.index(near)]
    limit = max(len(phrase), len(established.surface)) * _LONGER
    if not _stands_for(article, use, word) or len(word.surface) > limit or fold(word.surface) == fold(phrase):
        return None
    line = article.line_at(word.start)
    if line is None or line.zone is Zone.HEADLINE or _level(article, established.surface, word.surface) < _MIN_LEVEL_VARIANT:
        return None
    if _level(article, phrase, word.surface) < least or any(_level(article, other, word.surface) > near + _MIN_LEAD for other in keys):
        return None
    own = {inner.start for inner in use.words}
    rivals = (_level(article, other.surface, word.surface) for other in unit.source if other.start not in own)
    return word if max(rivals, default=0.0) <= near - _MIN_LEAD else None


def _mark(article: AnnotatedArticle, use: _Use, rendering: _Rendering, forms: Mapping[str, _Word], word: _Word) -> Mark:
    """The established word is suggested as it stands where the source has the term in the same form."""
    phrase = _surface(article, use)
    alike = forms.get(phrase.lower())
    other = alike or next(iter(rendering.words.values()))
    places = len(rendering.words)
    message = f"“{word.surface}” here, but “{other.surface}” in {places} other places, for one term of the source: “{phrase}”."
    uninflected = not article.language.inflects_names and len(article.language.articles) == 1  # one article for all: no gender
    suggestion = other.surface if alike and uninflected and word.surface.islower() == other.surface.islower() else None
    similarity = article.similarity(other.surface, word.surface)
    return Mark(word.start, word.end, message, suggestion, similarity=similarity, confidence=0.6, related=((other.start, other.end),))


# -- for the whole feed -------------------------------------------------------------------------------------------------


class Translated(NamedTuple):
    """A term of the source with its established translation in an article."""

    term: str  # as it first stands in the source
    lemmata: tuple[str, ...]  # of the term
    lemma: str  # of its translation
    places: tuple[tuple[int, int], ...]  # of its translation, in the article's text
    beside: tuple[str, ...]  # the other words that stand in half of its sentences and more: of *police car* one may be *police*


def translated_terms(article: AnnotatedArticle, min_pairs: int) -> Iterator[Translated]:
    """The terms that an article translates in one way in most of at least `min_pairs` sentences."""
    source_lang = article.source_lang
    if not article.has_source or source_lang is None or not (article.language.spaced and tables.language(source_lang).spaced):
        return
    units = _units(article, source_lang)
    frequency = Counter(lemma for unit in units for lemma in {word.lemma for word in unit.target})
    for uses in _terms(article, units, min_pairs):
        rendering = _established(article, uses, units, frequency, min_pairs)
        if rendering:
            places = tuple((word.start, word.end) for word in rendering.words.values())
            own = {use.unit for use in uses}
            common = Counter(lemma for index in own for lemma in {word.lemma for word in units[index].target} - {rendering.lemma})
            beside = tuple(sorted(lemma for lemma, number in common.items() if number * 2 >= len(own)))
            yield Translated(_surface(article, uses[0]), tuple(word.lemma for word in uses[0].words), rendering.lemma, places, beside)


def are_derived(one: str, other: str, lang: str) -> bool:
    """Whether two words are forms of one, or made of one another."""
    return _is_derived(one, other, lang)
