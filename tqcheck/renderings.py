"""Renderings: whether a word of the translation can stand for a name of the source, in any two languages and scripts.

Three ways lead to a yes: both sound alike (*Зеленський*, *Selenskyj*, *ゼレンスキー*), both are forms of one place in the gazetteer
(*Wien*, *Bécs*; `data/places.tsv`), or the one place lies in the other (*Moscow* for *Russia*). Sound is compared on Latin letters
(anyascii) by an edit distance in which what writing systems leave out, add or confuse costs little: vowels in Arabic and Hebrew,
inserted vowels and l/r in Japanese, endings of cases everywhere. Chinese characters say too little of the sound: of them only the
gazetteer knows.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import regex
from anyascii import anyascii

from tqcheck import tables
from tqcheck.names import fold

SAME = 0.16  # of the letters' weight: two spellings of one name, with other endings
MAYBE = 0.33  # beyond it nobody would take the one for the other

_HAN = regex.compile(r"\p{Han}")
_SKETCHY = regex.compile(r"[\p{Arabic}\p{Hebrew}\p{Katakana}\p{Hangul}\p{Devanagari}\p{Thai}]")  # vowels missing, or put in
_PREFIXED = regex.compile(r"[\p{Arabic}\p{Hebrew}]")  # *and*, *in*, *the* are written together with the word
_NO_LETTER = regex.compile(r"[^a-z]+")
_REWRITES = tuple(
    (regex.compile(pattern), replacement)
    for pattern, replacement in (
        (r"schtsch|shch|szcz|tsch|tch|sch|sh|sz|cz|zh|ts|tz|dzh|dj|dz", "s"),
        (r"(?<=[aeiou])gh", "h"),
        (r"^[kg]n", "n"),
        (r"^wr", "r"),
        (r"ck|kh|gh|q", "k"),
        (r"c(?=[aoulrtnd]|$)", "k"),
        (r"ch", "c"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"x", "ks"),
        (r"(.)\1+", r"\1"),
    )
)
_GREEK = tuple(
    (regex.compile(pattern, regex.IGNORECASE), to)
    for pattern, to in (("μπ", "b"), ("ντ", "d"), ("γκ|γγ", "g"), ("τζ", "z"), ("ου|ού", "u"))
)
_VOWELS = frozenset("aeiouy")
_WEAK = frozenset("hjwv")  # often silent, or a vowel in another script
_ALIKE_LETTERS = (  # the later entry counts
    *(("pbfv", 0.25), ("fvw", 0.15), ("bvw", 0.3), ("td", 0.2), ("szcj", 0.2), ("hkgjc", 0.3), ("rl", 0.4), ("mn", 0.5)),
    *(("ts", 0.4), ("tc", 0.4), ("gs", 0.3), ("gz", 0.3), ("tz", 0.4), ("ds", 0.5), ("dz", 0.4)),
)
_ALIKE = {frozenset((one, other)): cost for letters, cost in _ALIKE_LETTERS for one in letters for other in letters if one != other}
_VOWEL_LIKE = {frozenset(pair): 0.15 for pair in ("wu", "wo", "vu", "vo", "ji", "je", "jy")}
_ENDING = 4  # letters of a case ending that the other form need not have
_ENDING_COST = 0.12
_PREFIX_COST = 0.1


@lru_cache(maxsize=65536)
def romanised(word: str) -> str:
    """A word in the letters a to z, as it is roughly spoken."""
    if not word.isascii():
        word = unicodedata.normalize("NFKC", word)
        for pattern, replacement in _GREEK:
            word = pattern.sub(replacement, word)
    letters = word if word.isascii() else anyascii(word)
    letters = _NO_LETTER.sub("", letters.lower())
    for pattern, replacement in _REWRITES:
        letters = pattern.sub(replacement, letters)
    return letters


@lru_cache(maxsize=262144)
def distance(one: str, other: str) -> float:
    """How unlike two words sound: 0 the same, 1 nothing in common; 1 where there are Chinese characters."""
    if _HAN.search(one) or _HAN.search(other):
        return 1.0
    first, second = romanised(one), romanised(other)
    if not first or not second:
        return 1.0
    if first == second:
        return 0.0
    sketchy = bool(_SKETCHY.search(one) or _SKETCHY.search(other))
    weight = min(_weight(first), _weight(second))
    if not sketchy:
        weight = max(weight, 1.0)
    if weight < 0.5 or _too_unlike(first, second, weight):
        return 1.0
    return min(1.0, _cost(first, second, sketchy, _prefix(one), _prefix(other)) / weight)


@lru_cache(maxsize=65536)
def _weight(letters: str) -> float:
    return sum(0.2 if letter in _VOWELS else 1.0 for letter in letters)


@lru_cache(maxsize=65536)
def _kinds(letters: str) -> tuple[int, ...]:
    """How many consonants of each kind a word has."""
    counted = Counter(map(_KIND.__getitem__, letters))
    return tuple(counted[kind] for kind in "ptrm")


def _prefix(word: str) -> int:
    return 3 if _PREFIXED.search(word) else 0


def _too_unlike(first: str, second: str, weight: float) -> bool:
    """A cheap look before the dear one: too few consonants in common, of any kind alike."""
    one, other = _kinds(first), _kinds(second)
    return sum(map(min, one, other)) < min(sum(one), sum(other)) - weight * 0.5


_KIND = (
    dict.fromkeys("aeiouyhjwv", "")
    | dict.fromkeys("pbf", "p")
    | dict.fromkeys("tdszckgq", "t")
    | dict.fromkeys("rl", "r")
    | dict.fromkeys("mn", "m")
)


def _cost(first: str, second: str, sketchy: bool, prefix: int, other_prefix: int) -> float:
    """Edit distance; up to `_ENDING` last letters of each word, and where the script joins small words to a name its first, cost little."""
    vowel, weak = (0.05, 0.15) if sketchy else (0.2, 0.3)
    drop = {letter: vowel if letter in _VOWELS else weak if letter in _WEAK else 1.0 for letter in {*first, *second}}
    drops = [drop[letter] for letter in second]
    row = [0.0]
    for j, cost in enumerate(drops):
        row.append(row[-1] + (_PREFIX_COST if j < other_prefix else cost))
    best = 99.0
    keep = (max(3, len(first) - _ENDING), max(3, len(second) - _ENDING))
    for i, letter in enumerate(first):
        out = drop[letter]
        swaps = _swaps(letter)
        above, last = row, row[0] + (_PREFIX_COST if i < prefix else out)
        diagonal, row = above[0], [last]
        for other, cost, up in zip(second, drops, above[1:], strict=True):  # the innermost loop of all: without min()
            last += cost
            if up + out < last:  # noqa: PLR1730 - see above
                last = up + out
            if diagonal + swaps[other] < last:  # noqa: PLR1730
                last = diagonal + swaps[other]
            diagonal = up
            row.append(last)
        if i + 1 >= keep[0]:
            rest = (len(first) - i - 1) * _ENDING_COST
            for j in range(keep[1], len(second) + 1):
                best = min(best, row[j] + rest + (len(second) - j) * _ENDING_COST)
    return min(best, row[-1])


@cache
def _swaps(one: str) -> dict[str, float]:
    """What it costs to put each letter of `romanised` in the place of one."""
    return {other: 0.0 if other == one else _swap(one, other) for other in _KIND}


@cache
def _swap(one: str, other: str) -> float:
    if one in _VOWELS and other in _VOWELS:
        return 0.15
    pair = frozenset((one, other))
    return min(_ALIKE.get(pair, 1.0), _VOWEL_LIKE.get(pair, 1.0))


# -- the gazetteer --------------------------------------------------------------------------------------------------------


class PlaceMention(NamedTuple):
    """A place at text[start:end]; several where the name is of several. `sure`: its own name in the language, not its adjective."""

    start: int
    end: int
    places: frozenset[str]
    sure: bool

    @property
    def countries(self) -> frozenset[str]:
        """The countries in which the places lie, or which they are."""
        return frozenset(place.split("/")[0] for place in self.places)


class _Form(NamedTuple):
    stems: tuple[str, ...]
    place: str
    sure: bool
    labelled: bool


_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*+")
_WORD_OR_DOTTED = regex.compile(r"(?<!\p{L})(?:\p{Lu}\.){2,4}|\p{L}[\p{L}\p{M}]*+")
_UNSPACED = regex.compile(r"[\p{Han}\p{Katakana}ー]+")
_FINAL_VOWEL = regex.compile(r"(?<=.{3})[aeiouyаеиіоуыяюьαεηιουωةاהي]$")
_CASED = regex.compile(r"\p{Lu}")
_MIN_UNCASED = 3  # letters that a city must have more than, where no capital shows that a word is a name
_HANGUL = regex.compile(r"\p{Hangul}")
_UNIONS = frozenset({"EU", "UN"})  # named by a dozen acronyms
_FLEETING = regex.compile(r"(?<=.{3})[eео](?=[^aeiouyаеиіоуыюя]$)")  # Czech *Vídeň*, *Vídně*
_MIN_UNLABELLED = 5  # letters of a name of which it is not known in which language it is one
_MIN_UNLABELLED_STEM = 7
_INFLECTED = 3  # letters that a case may add to a name, or put in the place of its last vowel
_MIN_GENITIVE = 5  # letters of a name to which an s may come where names have no other endings
_MIN_STEM = 5  # letters of a stem to which any ending may come; a shorter one wants a vowel
_ANY_VOWEL = frozenset("aeiouyаеиіоуыэюяєїαεηιουω")
_ADJECTIVE_ENDING = 7
_MIN_ADJECTIVE_STEM = 3
_JOINED = regex.compile(r"^(?:[وفبكل]?ال|[وفبكل]|[ובלמכשה]{1,2})(?=.{3})")


@lru_cache(maxsize=40)
def _forms(lang: str) -> tuple[dict[str, tuple[_Form, ...]], dict[str, tuple[_Form, ...]]]:
    """The place names of a language by the stem of their first word, and the adjectives by the first letters."""
    stem = _stem if tables.language(lang).inflects_names else _plain
    names: dict[str, list[_Form]] = defaultdict(list)
    adjectives: dict[str, list[_Form]] = defaultdict(list)
    for row in tables.table("places"):
        if row["lang"] not in {lang, "*"}:
            continue
        labelled = row["lang"] == lang
        for name in row["names"].split("; "):
            stems = tuple(stem(word) for word in _WORD.findall(name))
            if not stems or (not labelled and len(name) < _MIN_UNLABELLED and name.isascii()):
                continue
            if row["kind"] == "name":
                for short in {stems[0], _FLEETING.sub("", stems[0])} if labelled and len(stems) == 1 and stem is _stem else {stems[0]}:
                    names[short].append(
                        _Form((short, *stems[1:]), row["place"], labelled or (len(name) >= _MIN_UNLABELLED and len(stems) == 1), labelled)
                    )
            nation = _stem(name)
            if len(stems) == 1 and labelled and len(nation) >= _MIN_ADJECTIVE_STEM:
                adjectives[nation[:_MIN_ADJECTIVE_STEM]].append(_Form((nation,), row["place"], sure=False, labelled=True))
    return {stem: tuple(found) for stem, found in names.items()}, {stem: tuple(found) for stem, found in adjectives.items()}


@lru_cache(maxsize=65536)
def _plain(word: str) -> str:
    """In lower case, without accents; Korean syllables stay whole."""
    return unicodedata.normalize("NFC", fold(word))


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    return _FINAL_VOWEL.sub("", _plain(word))


@lru_cache(maxsize=8192)
def place_mentions(text: str, lang: str) -> tuple[PlaceMention, ...]:
    """All places that a text in a language (its primary subtag) names; the longest name counts, and a name before an adjective."""
    if lang in {"zh", "ja"}:
        return tuple(_unspaced_mentions(text, lang))
    return tuple(_spaced_mentions(text, lang))


def _spaced_mentions(text: str, lang: str) -> Iterator[PlaceMention]:
    names, adjectives = _forms(lang)
    inflects = tables.language(lang).inflects_names
    words = [(match.start(), match.end(), match.group().replace(".", "")) for match in _WORD_OR_DOTTED.finditer(text)]
    index = 0
    while index < len(words):
        start, end, word = words[index]
        found = _longest(words, index, names, inflects=inflects)
        if found:
            size, cut, forms = found
            exact = cut <= 1
            cased = word[0].isupper() or word[0] == word[0].upper()
            cased = cased and (_CASED.match(word) is not None or end - start > _MIN_UNCASED or any(len(form.place) == 2 for form in forms))
            sure = (
                cased
                and not _UNIONS & {form.place for form in forms}
                and any(form.sure for form in forms)
                and (exact or len(forms[0].stems[0]) > 3)
            )
            last = words[index + size - 1][1] - (cut if _HANGUL.match(word) else 0)
            yield PlaceMention(start, last, frozenset(form.place for form in forms), sure)
            index += size
            continue
        if places := _nation(word, adjectives):
            yield PlaceMention(start, end, places, sure=False)
        index += 1


def _longest(
    words: list[tuple[int, int, str]], index: int, names: dict[str, tuple[_Form, ...]], *, inflects: bool
) -> tuple[int, int, list[_Form]] | None:
    """The longest name that begins at a word: its number of words, the letters of its ending, and whose it is."""
    word = words[index][2]
    for bare in dict.fromkeys((word, _JOINED.sub("", word), word[1:] if _PREFIXED.match(word) else word)):
        folded = _plain(bare)
        genitive = len(folded) > _MIN_GENITIVE and folded.endswith("s")  # German *Australiens*
        for cut in range(min(_INFLECTED + 1, max(0, len(folded) - 3)) + 1 if inflects else 1 + genitive):
            if cut > 1 and len(folded) - cut < _MIN_STEM and folded[-cut] not in _ANY_VOWEL:
                continue  # Russian *Кубке* is no *Куба*
            forms = [form for form in names.get(folded[: len(folded) - cut], ()) if _goes_on(words, index, form)]
            forms = [form for form in forms if form.labelled or cut == 0 or len(folded) - cut >= _MIN_UNLABELLED_STEM]
            if forms:
                size = max(len(form.stems) for form in forms)
                return size, cut, [form for form in forms if len(form.stems) == size]
    return None


def _goes_on(words: list[tuple[int, int, str]], index: int, form: _Form) -> bool:
    rest = words[index + 1 : index + len(form.stems)]
    if len(rest) + 1 != len(form.stems):
        return False
    return all(
        _plain(word[2]).startswith(stem) and len(word[2]) <= len(stem) + _INFLECTED + 1
        for word, stem in zip(rest, form.stems[1:], strict=True)
    )


def _nation(word: str, adjectives: dict[str, tuple[_Form, ...]]) -> frozenset[str]:
    """The countries of whose name or adjective a word may be a form: *French*, *Russians*, *ruský*."""
    folded = _plain(word)
    found: dict[str, int] = {}
    for form in adjectives.get(folded[:_MIN_ADJECTIVE_STEM], ()):
        shared = shared_start(folded, form.stems[0])
        size = len(form.stems[0])
        need = max(_MIN_ADJECTIVE_STEM, size - 1) if size < 6 else size // 2 + 1
        if shared >= need and len(folded) - shared <= _ADJECTIVE_ENDING:
            found[form.place] = max(shared, found.get(form.place, 0))
    return frozenset(place for place, shared in found.items() if shared == max(found.values()))


def _unspaced_mentions(text: str, lang: str) -> Iterator[PlaceMention]:
    names = _unspaced_forms(lang)
    for run in _UNSPACED.finditer(text):
        index = run.start()
        while index < run.end():
            size = next((size for size in range(min(12, run.end() - index), 1, -1) if text[index : index + size] in names), 0)
            if size and not _within_katakana(text, index, index + size):
                places, sure = names[text[index : index + size]]
                yield PlaceMention(index, index + size, places, sure)
            index += size or 1


_KATAKANA = regex.compile(r"[\p{Katakana}ー]")


def _within_katakana(text: str, start: int, end: int) -> bool:
    """*ローマ* in *ローマン*."""
    after = bool(_KATAKANA.match(text, end)) and bool(_KATAKANA.match(text, end - 1))
    return after or (start > 0 and bool(_KATAKANA.match(text, start - 1)) and bool(_KATAKANA.match(text, start)))


@lru_cache(maxsize=4)
def _unspaced_forms(lang: str) -> dict[str, tuple[frozenset[str], bool]]:
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for row in tables.table("places"):
        if row["lang"] in {lang, "*"}:
            for name in row["names"].split("; "):
                if len(name) > 1 and _UNSPACED.fullmatch(name):
                    bare = name.removesuffix("語").removesuffix("语").removesuffix("文") if row["kind"] == "adjective" else name
                    found[bare][row["place"]] = row["lang"] == lang and row["kind"] == "name"
    return {name: (frozenset(places), all(places.values())) for name, places in found.items() if len(name) > 1}


def shared_start(one: str, other: str) -> int:
    """How many first letters two words have in common."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@cache
def speaks_of(place: str, lang: str) -> bool:
    """Whether the gazetteer has the name of a place in a language, and does not only guess by the sound."""
    return (place, lang) in _labelled()


@cache
def _labelled() -> frozenset[tuple[str, str]]:
    return frozenset((row["place"], row["lang"]) for row in tables.table("places") if row["kind"] == "name")


@cache
def languages() -> frozenset[str]:
    """The languages of which the gazetteer knows the names of places."""
    return frozenset(lang for _, lang in _labelled()) - {"*"}


@cache
def name_words(lang: str) -> frozenset[str]:
    """Ordinary words, in lower case, that a language writes with a capital within names: *Street*, *League*."""
    return frozenset(row["word"] for row in tables.table("name-words") if row["lang"] == lang)


@cache
def given_names() -> frozenset[str]:
    """Given names that many people in the news have, in Latin letters."""
    return frozenset(row["name"] for row in tables.table("given-names"))
