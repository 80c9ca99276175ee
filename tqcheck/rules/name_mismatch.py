"""A name of the source became another one in the translation.

*Austria* in the source is *Australia* here; the sentence is about *Murray* and the translation says *Miller*. Put in the name of the
source.

Names are compared by sound across languages and scripts, places also by the gazetteer (`renderings.py`, `data/places.tsv`), so *Пекин*
is *Beijing* and *Wien* is *Bécs*. Translators rephrase: they put a pronoun or an office for a name, a capital for its country, and
translate what only looks like a name. So a finding needs a name on both sides that the other side does not have in any form, and proof
that both are names that go by sound: a place that the gazetteer knows, a name that other sentences of the article render by sound, or one
that follows the same first name. People in Chinese characters cannot be compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import regex

from tqcheck import lemmas, renderings, tables
from tqcheck.annotate import AnnotatedArticle, Pair, split_sentences
from tqcheck.article import Example, Mark, Severity
from tqcheck.names import Mention, fold, mentions
from tqcheck.renderings import MAYBE, SAME, distance, given_names, place_mentions, romanised

SEVERITY = Severity.MAJOR
MQM = "accuracy/mistranslation"
BAD = [
    Example("The train to [[Australia]] was late.", source_lang="de", source_text="Der Zug nach Österreich kam zu spät."),
    Example("Он вчера прилетел в [[Ирак]].", lang="ru", source_lang="en", source_text="Yesterday he flew to Iran."),
    Example("Včera odletěl do [[Nigérie]].", lang="cs", source_lang="en", source_text="Yesterday he flew to Niger."),
    Example("Gestern flog er nach [[Slowenien]].", lang="de", source_lang="sk", source_text="Včera odletel na Slovensko."),
    Example("Tegnap elutazott [[Prágába]].", lang="hu", source_lang="cs", source_text="Včera odjel do Vídně."),
    Example("他昨天飞往[[伊拉克]]。", lang="zh", source_lang="en", source_text="Yesterday he flew to Iran."),
    Example("彼は昨日[[イラク]]へ飛んだ。", lang="ja", source_lang="en", source_text="Yesterday he flew to Iran."),
    Example("그는 어제 [[이라크]]로 갔다.", lang="ko", source_lang="en", source_text="Yesterday he flew to Iran."),
    Example("سافر أمس إلى [[العراق]].", lang="ar", source_lang="fr", source_text="Hier, il est parti pour le Canada."),
    Example("הוא טס אתמול ל[[עיראק]].".replace("ל[[", "[[ל"), lang="he", source_lang="en", source_text="Yesterday he flew to Austria."),
    Example("वह कल [[इराक]] गया।", lang="hi", source_lang="en", source_text="Yesterday he flew to Austria."),
    Example("Yesterday he flew to [[Iraq]].", source_lang="zh", source_text="他昨天飞往伊朗。"),
    Example("A mother of two, Anna [[Fields]] won.", source_lang="pl", source_text="Wygrała Anna Kowalska, matka dwojga dzieci."),
    Example("Wygrał Mark [[Łąki]], ojciec dwojga dzieci.", lang="pl", source_lang="en", source_text="A father of two, Mark Meadows won."),
    Example(
        "The exhibition was opened by curator [[Imogen Hathersage]], who had chosen all the paintings.",
        source_lang="uk",
        source_text="Виставку відкрила кураторка Оксана Бондарчук, яка вибрала всі картини.",
    ),
    Example(
        "Yesterday Murray lost to Okafor.\nIn 2019 the crowd saw how [[Okafor]] wept.\nThen Murray left.",
        source_lang="cs",
        source_text="Včera Murray prohrál s Okaforem.\nV roce 2019 publikum vidělo, jak Murray pláče.\nPotom Murray odešel.",
    ),
    Example(
        "Вчера Келлер встретил Брандта.\nВ 2019 году суд услышал, что [[Брандт]] молчит.\nПотом Келлер ушёл.",
        lang="ru",
        source_lang="en",
        source_text="Yesterday Keller met Brandt.\nIn 2019 the court was told that Keller says nothing.\nThen Keller left.",
    ),
]
GOOD = [
    Example("The train to Vienna was late.", source_lang="hu", source_text="A bécsi vonat késett."),
    Example("He flew to Beijing.", source_lang="ru", source_text="Он прилетел в Пекин."),
    Example("Moscow said nothing.", source_lang="de", source_text="Russland sagte nichts."),
    Example("The French minister spoke of Britain.", source_lang="cs", source_text="Francouzský ministr mluvil o Velké Británii."),
    Example("Zelenskyy met Scholz in Kyiv.", source_lang="uk", source_text="У Києві Зеленський зустрівся із Шольцом."),
    Example(
        "ゼレンスキー氏はワシントンでトランプ氏と会った。", lang="ja", source_lang="en", source_text="Zelensky met Trump in Washington."
    ),
    Example("Zahrál ho Rudý prapor.", lang="cs", source_lang="en", source_text="It was played by Crimson Banner."),
    Example("Potkali se v Bílém domě.", lang="cs", source_lang="en", source_text="They met in the White House."),
    Example("他在华盛顿见了特朗普。", lang="zh", source_lang="en", source_text="He met Trump in Washington."),
    Example("He said that Novák would come.", source_lang="cs", source_text="Řekl, že přijde."),
    Example("Auf der John-Straße war es still.", lang="de", source_lang="en", source_text="It was quiet on John Street."),
    Example("Sanoi että Lontoossa sataa.", lang="fi", source_lang="en", source_text="He said that it rains in London."),
    Example(
        "Leroy touched the ball.\nThen Leroy Sané left.", source_lang="de", source_text="Sané berührte den Ball.\nDann ging Leroy Sané."
    ),
]
MISSED = [
    Example("A mother of two, [[Fields]] won.", source_lang="pl", source_text="Wygrała Polańska, matka dwojga dzieci."),
    Example("In [[Bern]] it rained.", source_lang="de", source_text="In Genf regnete es."),
]

_MIN_LETTERS = 3
_MAX_LETTERS = 6000  # of a segment in which every name is compared with every word
_MOST_COMPARISONS = 1600  # of the names of one segment with each other; with more names it is a list
_AROUND = 8  # names to both sides of the same place that are compared then
_KEY = 5  # letters of a name's sound by which its forms are known: endings follow
_MIN_INITIAL = 6  # letters of a place's name at the start of a sentence
_OFTEN = 2  # sentences in which a name goes by sound, so that it does in this one
FULL_NAME = 2  # words
_NEAR = 0.3  # of the sentence: how far from its place a name may stand in the translation
_UNLIKE = 0.37  # how unlike two names must sound that are two: below it one may be the other in another spelling
_UNLIKE_ACROSS_SCRIPTS = 0.5
_MIN_PART = 4  # letters of a name that is found inside of another word
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*+")
_CASED = regex.compile(r"[\p{Lu}\p{Ll}]")
_UNCASED = frozenset({"ar", "fa", "he", "hi", "ja", "ko", "th", "zh"})
SMALL = 0.2  # how unlike a word in lower case may sound, where names have capitals
_LATIN = regex.compile(r"\p{Latin}")
_HAN = regex.compile(r"\p{Han}")
_KATAKANA = regex.compile(r"[\p{Katakana}ー]{3,}+")


class _Place(NamedTuple):
    start: int
    form: str
    mention: renderings.PlaceMention


class _Side:
    """One side of a pair: its words, names and places. Offsets are within its text."""

    def __init__(self, text: str, around: str, lang: str) -> None:
        """`around`: the text, and what stands before and after it where the alignment may be off by a sentence."""
        self.text = text
        self.around = around
        self.lang = lang

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All words, and the parts of words with hyphens."""
        return tuple(dict.fromkeys(_WORD.findall(self.around)))

    @cached_property
    def spoken(self) -> str:
        """All words as they sound, in a row."""
        return " ".join(map(romanised, self.words))

    @cached_property
    def names(self) -> tuple[Mention, ...]:
        """Words with a capital; in Japanese, words in katakana; where there are no capitals, all words of some length."""
        if self.lang in _UNCASED - {"ja"}:
            return tuple(
                Mention(m.start(), m.end(), m.group(), False, "", "") for m in _WORD.finditer(self.text) if len(m.group()) >= _MIN_PART
            )
        if self.lang == "ja":
            return tuple(Mention(m.start(), m.end(), m.group(), False, "", "") for m in _KATAKANA.finditer(self.text))
        starts = [sentence.start for sentence in split_sentences(self.text, self.lang)]
        return tuple(
            name for name in mentions(self.text, starts) if len(romanised(name.form)) >= _MIN_LETTERS and not name.form[:2].isupper()
        )

    @cached_property
    def cased(self) -> bool:
        """Whether the script has capitals, so that a name shows."""
        return bool(_CASED.search(self.around)) and self.lang not in _UNCASED

    @cached_property
    def latin(self) -> bool:
        """Whether most letters are Latin."""
        return 2 * len(_LATIN.findall(self.text)) > len(self.text)

    @cached_property
    def noun_capitals(self) -> bool:
        """Whether a capital says nothing of a name."""
        return tables.language(self.lang).noun_capitals

    @cached_property
    def is_written_in_han(self) -> bool:
        """Whether names may stand in Chinese characters, which cannot be compared by sound."""
        return bool(_HAN.search(self.around))

    @cached_property
    def places(self) -> tuple[renderings.PlaceMention, ...]:
        """The places of the text itself."""
        return place_mentions(self.text, self.lang)

    @cached_property
    def capitals_show(self) -> bool:
        """Whether a capital shows a name: not in German, and not *in a Headline Like This*."""
        long = [word for word in _WORD.findall(self.text) if len(word) >= _MIN_PART]
        return self.cased and not self.noun_capitals and 2 * sum(word[0].isupper() for word in long) <= len(long)

    def names_nation(self, name: Mention) -> bool:
        """Whether a word is the adjective of a nation: *Czech*, which translators put in as they like."""
        return any(place.start == name.start and not place.sure for place in self.places)

    def names_place(self, name: Mention) -> bool:
        """Whether a name is, or is a part of, a place's."""
        return any(place.start <= name.start < place.end for place in self.places)

    @cached_property
    def place_words(self) -> frozenset[str]:
        """The words of places whose name the gazetteer has in this language."""
        known = (place for place in self.places if place.sure and all(renderings.speaks_of(one, self.lang) for one in place.places))
        return frozenset(word for place in known for word in _WORD.findall(self.text[place.start : place.end]))

    def surface(self, place: renderings.PlaceMention) -> str:
        """A place as it is written here."""
        return self.text[place.start : place.end]

    @cached_property
    def countries(self) -> frozenset[str]:
        """The countries of all places named here or nearby."""
        return frozenset(country for place in place_mentions(self.around, self.lang) for country in place.countries)


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield one finding for each name that stands in the place of a name of the source."""
    if not article.has_source or not article.source_lang:
        return
    lang, source_lang = article.language.tag, tables.language(article.source_lang).tag
    if lang == source_lang or not {lang, source_lang} <= renderings.languages():
        return
    sides = list(_sides(article, lang, source_lang))
    for _, own, other in sides:
        if len(own.names) * len(other.names) > _MOST_COMPARISONS:
            told = f"name-mismatch: of {{}} names of a segment each was compared with {2 * _AROUND} of its source"
            article.limit(told, len(own.names))
    known = _renderings(sides)
    for pair, own, other in sides:
        yield from _exchanged(pair, own, other, known)


def _sides(article: AnnotatedArticle, lang: str, source_lang: str) -> Iterator[tuple[Pair, _Side, _Side]]:
    pairs = article.pairs
    lines = [[line for line in text.split("\n") if line.strip()] for text in (article.text, article.source)]
    parallel = article.article.source_segments is not None or len(lines[0]) == len(lines[1])
    for index, pair in enumerate(pairs):
        if not (pair.target.strip() and pair.source.strip()):
            continue
        if (letters := max(len(pair.target), len(pair.source))) > _MAX_LETTERS:
            article.limit(
                f"name-mismatch: a segment of {{}} letters was not compared with its source: the limit is {_MAX_LETTERS:,}", letters
            )
        else:
            near = [pair] if parallel else pairs[max(0, index - 1) : index + 2]
            around = ["\n".join(other.target for other in near), "\n".join(other.source for other in near)]
            yield pair, _Side(pair.target, around[0], lang), _Side(pair.source, around[1], source_lang)


# -- what the article shows -----------------------------------------------------------------------------------------------


class _Known(NamedTuple):
    """Names that go by sound in this article, by their key, on both sides; words that also stand in lower case; who is named how.

    beside: for a name of the source the names of the translation that stand for its neighbours: *Leroy*, for *Sane*.
    """

    own: Mapping[str, int]  # and in how many sentences
    others: Mapping[str, int]
    small: frozenset[str]
    beside: Mapping[str, frozenset[str]]


def _renderings(sides: Sequence[tuple[Pair, _Side, _Side]]) -> _Known:
    own: dict[str, set[str]] = defaultdict(set)
    times: Counter[str] = Counter()
    own_times: Counter[str] = Counter()
    neighbours: dict[str, set[str]] = defaultdict(set)
    small: set[str] = set()
    for _, here, there in sides:
        small.update(fold(word) for side in (here, there) for word in side.words if word[0].islower())
        for place, name in enumerate(there.names):
            neighbours[_key(name.form)].update(_key(word) for word in (name.before, name.after) if word)
            heard = [
                mention.form
                for mention in _facing(place, there.names, here.names)
                if not (mention.sentence_initial and name.sentence_initial)
                and len(romanised(mention.form)) > _MIN_LETTERS
                and distance(name.form, mention.form) <= SAME
            ]
            own[_key(name.form)].update(map(_key, heard))
            times[_key(name.form)] += bool(heard)
            own_times.update(set(map(_key, heard)))
    beside = {name: frozenset(form for other in others for form in own.get(other, ())) for name, others in neighbours.items()}
    return _Known(own_times, +times, frozenset(small), beside)


def _facing(place: int, names: Sequence[Mention], others: Sequence[Mention]) -> Sequence[Mention]:
    """The names that one of `names` may be in the other language: all, or of very many those that stand about as far on."""
    if len(names) * len(others) <= _MOST_COMPARISONS:
        return others
    middle = place * len(others) // len(names)
    return others[max(0, middle - _AROUND) : middle + _AROUND]


def _key(form: str) -> str:
    return romanised(form)[:_KEY]


# -- exchanged names ------------------------------------------------------------------------------------------------------


def _exchanged(pair: Pair, own: _Side, other: _Side, known: _Known) -> Iterator[Mark]:
    here, there = _lost_places(own, other), _lost_places(other, own)
    lost = [name for name in other.names if _is_name(name, other, known.small) and not _has_counterpart(name.form, other, own)]
    if there or lost:
        new = [name for name in own.names if _is_name(name, own, known.small) and not _has_counterpart(name.form, own, other)]
        seen: set[int] = set()
        for one in here:
            source = next((place for place in there if not _share_a_word(own.surface(one), other.surface(place))), None)
            if source is not None:
                seen.add(one.start)
                yield _mark(pair, one.start, one.end, other.surface(source))
        person, instead = _one_full_name(lost, other, known.small), _one_full_name(new, own, known.small)
        if person and instead and _is_someone_else(person, instead, own, other):
            yield _mark(pair, instead[0].start, instead[-1].end, other.text[person[0].start : person[-1].end])
            return
        claimed: set[int] = set()
        for name in new:
            replaced = next((old for old in lost if _replaced(old, name, known, own, other)), None) or _only_one(
                lost, new, known, own, other
            )
            if own.names_nation(name):
                continue
            if replaced is not None and name.start not in seen and replaced.start not in claimed:
                claimed.add(replaced.start)
                yield _mark(pair, name.start, name.end, replaced.form)


def _share_a_word(one: str, other: str) -> bool:
    """*North Korea*, *South Korean*: the one may stand for *the North*, and the adjective of the other in small letters."""
    words, others = _WORD.findall(one), _WORD.findall(other)
    return len(words) + len(others) > 2 and any(distance(word, second) <= SMALL for word in words for second in others)


def _mark(pair: Pair, start: int, end: int, source: str) -> Mark:
    surface = pair.target[start:end]
    message = f"“{surface}” here, but the source has “{source}”, which the translation does not name."
    return Mark(pair.start + start, pair.start + end, message, confidence=0.75)


def _is_name(name: Mention, side: _Side, small: frozenset[str]) -> bool:
    """Whether a word is nothing but a name, as far as the article and `data/name-words.tsv` tell."""
    return not side.cased or (fold(name.form) not in small and name.form.lower() not in renderings.name_words(side.lang))


def _replaced(old: Mention, new: Mention, known: _Known, own: _Side, other: _Side) -> bool:
    """Whether there is proof that both words are names that go by sound."""
    if own.is_written_in_han or other.is_written_in_han:
        return False
    if distance(old.form, new.form) < _unlike(own, other) or _key(new.form) in known.beside.get(_key(old.form), ()):
        return False
    person = _share_a_name(old, new, capitals_show=own.capitals_show and other.capitals_show)
    if person or own.noun_capitals or new.sentence_initial or other.names_place(old) != own.names_place(new):
        return person
    often = 1 if own.cased and other.cased else _OFTEN
    return known.others.get(_key(old.form), 0) >= often and known.own.get(_key(new.form), 0) >= often


def _unlike(own: _Side, other: _Side) -> float:
    return _UNLIKE if own.latin and other.latin else _UNLIKE_ACROSS_SCRIPTS


def _only_one(lost: list[Mention], new: list[Mention], known: _Known, own: _Side, other: _Side) -> Mention | None:
    """The one name that is lost, and that others sentences have more than once, where just one stands that the source has not."""
    if len(new) != 1 or len(lost) != 1 or not own.cased or own.noun_capitals or other.is_written_in_han:
        return None
    old, name = lost[0], new[0]
    if known.others.get(_key(old.form), 0) < _OFTEN or name.sentence_initial or distance(old.form, name.form) < _unlike(own, other):
        return None
    if _key(name.form) in known.beside.get(_key(old.form), ()) or (other.names_place(old) and not own.names_place(name)):
        return None
    return old if abs(old.start / len(other.text) - name.start / len(own.text)) < _NEAR else None


def _one_full_name(unmatched: Sequence[Mention], side: _Side, small: frozenset[str]) -> list[Mention]:
    """The one given name and surname of which the other side has neither; none where there are several, or where a word may be no name."""
    if not side.cased or not side.capitals_show:
        return []
    starts = {name.start for name in unmatched}
    every = [name for name in side.names if _is_name(name, side, small)]
    groups: list[list[Mention]] = []
    for name in every:
        if groups and side.text[groups[-1][-1].end : name.start] in {" ", "\u00a0"}:
            groups[-1].append(name)
        else:
            groups.append([name])
    groups = [group[1:] if len(group) > FULL_NAME and group[0].sentence_initial else group for group in groups]
    full = [group for group in groups if len(group) == FULL_NAME and all(name.start in starts for name in group)]
    return full[0] if len(full) == 1 and _is_person(full[0], side.lang) else []


def _is_person(full: Sequence[Mention], lang: str) -> bool:
    """Whether two words are a name and nothing else.

    Two capitals in a row are enough where only the first word of *Červený kříž* has one. In English and its like neither may be in the
    dictionary, save that the first may be a given name.
    """
    first, last = full
    if min(len(first.form), len(last.form)) < _MIN_PART:
        return False
    if not renderings.name_words(lang):
        return True
    known = [lemmas.is_listed(name.form.lower(), lang) is not False for name in full]
    return not known[1] and (not known[0] or first.form in given_names())


def _is_someone_else(person: Sequence[Mention], instead: Sequence[Mention], own: _Side, other: _Side) -> bool:
    """Whether two full names are two people: no part sounds like one of the other, and both stand at about the same place."""
    if own.is_written_in_han or other.is_written_in_han or any(other.names_place(name) for name in person):
        return False
    if any(distance(one.form, two.form) < _unlike(own, other) for one in person for two in instead):
        return False
    return abs(person[0].start / len(other.text) - instead[0].start / len(own.text)) < _NEAR


def _share_a_name(old: Mention, new: Mention, *, capitals_show: bool) -> bool:
    """Whether they stand beside the same name, one of the two being a given name: *Mark Meadows*, *Mark Miller*."""
    given = given_names()
    if not {old.before, new.before} & {""} and distance(old.before, new.before) == 0 and capitals_show and len(new.before) >= _MIN_PART:
        return True
    if capitals_show and old.after and new.after and old.form in given and distance(old.after, new.after) <= SAME:
        return True
    return (old.before in given or new.before in given) and distance(old.before, new.before) <= SAME


def _lost_places(side: _Side, other: _Side) -> list[renderings.PlaceMention]:
    """The places of one side of which the other has nothing: not the country, not a city in it, not the nation's adjective."""
    return [
        place
        for place in side.places
        if place.sure
        and not (side.cased and _is_doubtful(side, place))
        and not place.countries & other.countries
        and (not other.is_written_in_han or all(renderings.speaks_of(one, other.lang) for one in place.places))
        and not any(
            _has_counterpart(word, side, other, place=all(renderings.speaks_of(one, other.lang) for one in place.places))
            for word in _WORD.findall(side.text[place.start : place.end])
            if len(word) > 2
        )
    ]


def _is_doubtful(side: _Side, place: renderings.PlaceMention) -> bool:
    """A short word that may owe its capital to the sentence: Spanish *Pero* is no *Perú*."""
    return place.end - place.start < _MIN_INITIAL and not side.text[: place.start].strip(" \"'“”„«»‘’—–-")


def _extends(long: str, short: str) -> bool:
    """Whether a name only has an ending more: Slovak *Mayová*, *May*; but *Johnson* is not *John*."""
    rest = len(long) - len(short)
    if len(short) < 2 or not long.startswith(short) or long.endswith("son"):
        return False
    return len(short) > 2 or rest < 4


def _has_counterpart(form: str, side: _Side, other: _Side, *, place: bool = False) -> bool:
    """Whether the other side may have a word for a name: by its sound, as a part of a word, or by the gazetteer.

    Where the name is a place's, words that name another place are not what it sounds like: *Österreich*, *Australia*.
    """
    words = [word for word in other.words if word not in other.place_words] if place else other.words
    capital, small = (SMALL, SMALL) if place and other.cased else (MAYBE, SMALL if other.cased else MAYBE)
    for part in _WORD.findall(form):
        spoken = romanised(part)
        if len(spoken) < _MIN_LETTERS or (
            len(spoken) >= _MIN_PART and not place and spoken[: max(_MIN_PART, len(spoken) - 2)] in other.spoken
        ):
            return True
        if any(_extends(romanised(word), spoken) or _extends(spoken, romanised(word)) for word in words if word[0].isupper()):
            return True
        if any(distance(part, word) <= (capital if word[0].isupper() else small) for word in words):
            return True
    countries = {country for place in side.places if side.text[place.start : place.end] in form for country in place.countries}
    return bool(countries & other.countries)
