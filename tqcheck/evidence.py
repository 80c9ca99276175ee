"""What a sentence and its translation show about how much of the meaning was kept: named figures, each one explainable.

Nothing here is fitted: `adequacy.py` weighs what is found here. Figures of faults are zero where nothing speaks against the translation;
those of meaning (similarity, kept, grounded) are one at best, what is summed over words (gaps, unsaid, unfounded) is never quite zero,
and some only tell how hard the sentence is.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

import regex
from anyascii import anyascii

from tqcheck import language, names, quantities, renderings, tables
from tqcheck.coverage import length_deviation
from tqcheck.fluency import fluency
from tqcheck.rules.negation_mismatch import signs
from tqcheck.rules.number_mismatch import unanswered
from tqcheck.static_model import speakable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tqcheck.static_model import StaticModel

DECIMALS = 4
# Both are named where they cut, with the score.
MAX_LETTERS = 4000  # of a segment that are looked at
MAX_WORDS = 400  # whose best match on the other side is looked for
BRIEF, LENGTHY = 50, 150  # letters of English: the judged sentences of MLQE-PE lie between them
ALONE = 0.35  # cosine below which a word has no counterpart on the other side
DOUBTFUL, SLOPE = 0.4, 12.0  # cosine at which a word has one as likely as not, and how soon that changes
SLACK = 0.3  # ridge of the regression of a word on the words of the other side: none of them may be stretched to fit
_CJK = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]"
_TOKEN = regex.compile(rf"(?V1){_CJK}|[[\p{{L}}\p{{M}}\p{{Nd}}]--{_CJK}]++(?:['’-](?!{_CJK})[\p{{L}}\p{{M}}\p{{Nd}}]++){{0,99}}+")
_NUMBER = regex.compile(r"\p{Nd}++(?:[.,'’\u00a0\u202f٬٫]\p{Nd}++){0,99}+")
_MARK = regex.compile(r"[\p{P}\p{S}]")
_END = regex.compile(r"([^\s\p{Pf}\p{Pe}\"'”’»“])[\s\p{Pf}\p{Pe}\"'”’»“]*+\Z")
_ENDS = {**dict.fromkeys(".。।۔", "."), **dict.fromkeys("?？؟;", "?"), **dict.fromkeys("!！", "!"), **dict.fromkeys(":：", ":"), "…": "."}
_QUESTION = regex.compile(r"[?？؟;](?=[\s\p{P}]|\Z)")
_STRAY = regex.compile(
    r"(?<=[\p{L}\p{M}\p{Nd}\p{Pe}\p{Pf}%])[ \u00a0](?:[,.](?=\s|\Z)|[;:!?](?=\s|\Z))"
    r"|,[ ]?,|(?<![.\s]),[ ]?\.(?![.\p{Nd}])|(?<=\p{L})\.[ ]?,(?=[ ]\p{Lu})|(?<=\p{Ll}{2})[,;](?=\p{Ll}{2})"
    r"|(?<=\p{Ll}{2})[.!?](?=\p{Lu}\p{Ll})"
    r"|(?<=\()[ ]|(?<=\p{L})[ ](?=\))|(?<=\p{L})[ ](?:['’](?:s|t|re|ve|ll|d|m)|n['’]t)\b|[。，、]{2}|(?<=\p{Ll})['’][ ](?:s|t|re|ve|ll)\b"
)
_QUOTES = regex.compile(r"[\"“”„«»「」『』《》]")
_BRACKETS = regex.compile(r"[()\[\]（）【】]")
_COMMAS = regex.compile(r"[,，、،;；]")
_NO_STOP = frozenset({"Thai"})  # scripts whose sentences end without a mark
_HEARD, _MIN_HEARD = 4, 3  # consonants at the start of a name that are looked for in the other side, and how many it must have
_NO_CONSONANT = re.compile(r"[^bdfgklmnprstvz]")
_ALIKE = str.maketrans({"c": "k", "q": "k", "w": "v", "x": "k", "y": None, "h": None, "j": None})


@cache
def scripts_of(lang: str) -> frozenset[str]:
    """The scripts that a language is written in; Latin for one that the table does not know."""
    row = next((row for row in tables.table("alphabets") if row["lang"] == lang), None)
    found = set(row["scripts"].split()) if row else {"Latin"}
    return frozenset(found | ({"Han"} if "Kana" in found else set()) | ({"Kana"} if "Han" in found else set()))


@cache
def _denials(lang: str) -> frozenset[str]:
    return frozenset(row["entry"] for row in tables.table("denials") if row["lang"] == lang)


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a pair, with what is asked of it, each computed once."""

    full: str
    lang: str

    @cached_property
    def text(self) -> str:
        """What is looked at."""
        return speakable(self.full[:MAX_LETTERS]).strip()

    @cached_property
    def tokens(self) -> list[str]:
        """Words, characters where words are not separated."""
        return _TOKEN.findall(self.text)

    @cached_property
    def folded(self) -> list[str]:
        """The words in lower case."""
        return [token.casefold() for token in self.tokens]

    @cached_property
    def letters(self) -> int:
        """Letters and digits, without blanks and marks."""
        return sum(map(len, self.tokens))

    @cached_property
    def numbers(self) -> Counter[str]:
        """Numbers in digits: without the marks between them, as decimals of ASCII."""
        found = ("".join(str(int(char)) for char in match if char.isdecimal()).lstrip("0") for match in _NUMBER.findall(self.text))
        return Counter(number or "0" for number in found)

    @cached_property
    def quantities(self) -> tuple[quantities.Quantity, ...]:
        """Numbers in digits and words, and what each may be worth."""
        return quantities.find(self.text, self.lang)

    @cached_property
    def denials(self) -> int | None:
        """How often it denies plainly (`data/negations.tsv`); None for a language that the table does not have."""
        known = signs(self.lang)
        return len(known.denials(self.text)) if known else None

    @cached_property
    def places(self) -> tuple[renderings.PlaceMention, ...] | None:
        """The places it names (`data/places.tsv`); None for a language that the table does not have."""
        return renderings.place_mentions(self.text, self.lang) if self.lang in renderings.languages() else None

    @cached_property
    def sound(self) -> str:
        """How all its words sound, in one row of consonants."""
        return _sound(self.text)

    @cached_property
    def end(self) -> str:
        """The kind of the last mark, "" for none."""
        found = _END.search(self.text)
        return _ENDS.get(found[1], "") if found else ""

    @cached_property
    def is_cased(self) -> bool:
        """Whether it holds letters that could be capitals."""
        return self.text.lower() != self.text.upper()

    def count(self, pattern: regex.Pattern[str]) -> int:
        """How often a pattern matches."""
        return sum(1 for _ in pattern.finditer(self.text))


@dataclass(frozen=True, eq=False)
class Words:
    """The vectors of the words of a text (of pieces, where words are not separated): sums of the table's rows.

    rows: float32, shape (words, dimension); weight: their lengths, which is what a word says; pieces: the piece numbers of the text;
    count: words of the text, of which the first MAX_WORDS are here.
    """

    forms: list[str]
    rows: NDArray[np.float32]
    weight: NDArray[np.float32]
    pieces: list[int]
    count: int


def words(text: str, model: StaticModel) -> Words:
    """Cut a text into words and give each its vector."""
    import numpy as np

    cut = model.tokenizer.encode(text, add_special_tokens=False)
    pieces = np.array(cut.ids, dtype=np.intp)
    vectors = model.rows.take(pieces, axis=0) * model.scales.take(pieces)[:, None]
    starts, forms, last_end, unspaced = [], [], -1, False
    for index, ((start, end), word) in enumerate(zip(cut.offsets, cut.tokens, strict=True)):
        is_cjk = end > start and text[end - 1] > "\u2e80"
        if index == 0 or word.startswith("▁") or is_cjk or unspaced or not text[start:end].isalnum() or start > last_end:
            starts.append(index)
            forms.append(text[start:end])
        else:
            forms[-1] += text[start:end]
        last_end, unspaced = end, is_cjk
    if not starts:
        empty = np.zeros((0, model.get_embedding_dimension()), np.float32)
        return Words([], empty, np.zeros(0, np.float32), [], 0)
    rows = np.add.reduceat(vectors, starts, axis=0)[:MAX_WORDS]
    return Words([form.strip() for form in forms[:MAX_WORDS]], rows, np.sqrt(np.square(rows).sum(axis=1)), cut.ids, len(forms))


def limits(sides: Sequence[Side], words_of_sides: Sequence[Words]) -> tuple[tuple[str, int], ...]:
    """What was not looked at of a pair, in the form of `AnnotatedArticle.limit`: what is told, and the actual value for its `{}`."""
    letters, count = max(len(side.full) for side in sides), max(words.count for words in words_of_sides)
    found = []
    if letters > MAX_LETTERS:
        found.append((f"of a segment of {{}} letters the first {MAX_LETTERS:,} were looked at", letters))
    if count > MAX_WORDS:
        found.append((f"of {{}} words of a segment the first {MAX_WORDS} were looked for on the other side", count))
    return tuple(found)


# -- what is said -----------------------------------------------------------------------------------------------------


def meaning(source: Words, target: Words) -> dict[str, float]:
    """How alike the two are as a whole, and word by word.

    similarity: cosine of the sums.
    kept, grounded: what the words of the source (the target) find on the other side at best, weighed by what they say.
    lost, invented: the share of what they say that finds nothing there.
    missed, stranger: by how much the cosine would rise without one word of the source (the target).
    """
    import numpy as np

    if not len(source.rows) or not len(target.rows):
        return (
            dict.fromkeys(("similarity", "kept", "grounded"), 0.0)
            | dict.fromkeys(("lost", "invented", "missed", "stranger"), 1.0)
            | dict.fromkeys(("weakest_kept", "weakest_grounded", "density", "focus", "source_focus"), 0.0)
            | dict.fromkeys(_GAPS, 1.0)
        )
    one, other = source.rows.sum(axis=0), target.rows.sum(axis=0)
    units = [(side.rows / np.maximum(side.weight, np.float32(1e-6))[:, None]).astype(np.float32) for side in (source, target)]
    cosines = (units[0] @ units[1].T).astype(np.float32)
    table = cosines.copy()
    _mark_same(table, source.forms, target.forms)
    best_of_source, best_of_target = table.max(axis=1), table.max(axis=0)
    similarity = _cosine(one, other)
    return {
        "similarity": similarity,
        "kept": float(np.average(best_of_source, weights=source.weight + 1e-6)),
        "grounded": float(np.average(best_of_target, weights=target.weight + 1e-6)),
        "lost": float(np.average(best_of_source < ALONE, weights=source.weight + 1e-6)),
        "invented": float(np.average(best_of_target < ALONE, weights=target.weight + 1e-6)),
        "missed": _best_without(source.rows, one, other) - similarity,
        "stranger": _best_without(target.rows, other, one) - similarity,
        "weakest_kept": _weakest(best_of_source, source.weight),
        "weakest_grounded": _weakest(best_of_target, target.weight),
        "density": math.log((other_length := math.sqrt(float(other @ other))) + 0.1) - math.log(math.sqrt(float(one @ one)) + 0.1),
        "focus": other_length / float(target.weight.sum() + 1e-6),
        "source_focus": math.sqrt(float(one @ one)) / float(source.weight.sum() + 1e-6),
        "apart": math.sqrt(float(np.square(one - other).sum())) / (math.sqrt(float(one @ one)) + 1e-6),
        **_gaps((source.weight, target.weight), units, cosines, (best_of_source, best_of_target)),
    }


_GAPS = (
    "apart", "gaps", "far", "unsaid", "all_unsaid", "target_gaps", "target_far", "unfounded", "all_unfounded",
)  # fmt: skip


def _gaps(
    weights: tuple[NDArray[np.float32], NDArray[np.float32]],
    units: Sequence[NDArray[np.float32]],
    cosines: NDArray[np.float32],
    best: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> dict[str, float]:
    """What has no counterpart, summed over words: every word that is lost or put in makes it more, however long the sentence is.

    All is a share of what the source says, of the target's words too: a mean over its own words would fall with each word put in.
    gaps: words without a near word; far: squared distances to the nearest one; unsaid, all_unsaid: what no mixture of the words on the
    other side says (squared, and plain). target_gaps, target_far, unfounded, all_unfounded: the same of the target's words.
    """
    import numpy as np

    whole = float(weights[0].sum()) + 1e-6
    found: dict[str, float] = {}
    for names_, products, other, mass, near in (
        (_GAPS[1:5], cosines, units[1], weights[0], best[0]),
        (_GAPS[5:9], cosines.T, units[0], weights[1], best[1]),
    ):
        shared = other @ other.T
        shared.flat[:: len(other) + 1] += np.float32(SLACK)
        rest = np.maximum(1 - (products * np.linalg.solve(shared, products.T).T).sum(axis=1), 0)
        doubt = 1 / (1 + np.exp((near - DOUBTFUL) * SLOPE))
        sums = (float((mass * each).sum()) / whole for each in (doubt, np.square(1 - near), np.square(rest), rest))
        found.update(zip(names_, sums, strict=True))
    return found


def _weakest(best: NDArray[np.float32], weight: NDArray[np.float32]) -> float:
    """The match that a quarter of what is said does not reach."""
    import numpy as np

    order = np.argsort(best, kind="stable")
    reached = np.cumsum(weight[order])
    return float(best[order][np.searchsorted(reached, 0.25 * reached[-1])])


def _cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(one @ other / max(math.sqrt(float(one @ one)) * math.sqrt(float(other @ other)), 1e-9))


def _best_without(rows: NDArray[np.float32], whole: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """The best cosine that leaving out one word gives."""
    import numpy as np

    if len(rows) < 2:
        return _cosine(whole, other)
    rest = whole - rows
    lengths = np.sqrt(np.square(rest).sum(axis=1)) * math.sqrt(float(other @ other))
    return max(float((rest @ other / np.maximum(lengths, 1e-9)).max()), _cosine(whole, other))


def _mark_same(table: NDArray[np.float32], source: list[str], target: list[str]) -> None:
    """A name or number that stands on both sides is its own translation, whatever the table thinks of its pieces."""
    places: dict[str, list[int]] = {}
    for column, form in enumerate(target):
        if key := _key(form):
            places.setdefault(key, []).append(column)
    for row, form in enumerate(source):
        for column in places.get(_key(form), ()):
            table[row, column] = 1.0


def _key(form: str) -> str:
    """What a name is in any alphabet: consonants of its ASCII form; a number itself; "" for other words."""
    if form.isdecimal():
        return form
    if not form or not (form[0].isupper() or form[0].isdigit()):
        return ""
    return names.fold(form)


# -- how it is said ---------------------------------------------------------------------------------------------------


def form(source: Side, target: Side) -> dict[str, float]:
    """What can be seen without knowing the words."""
    return {
        **_numbers(source, target),
        **_copies(source, target),
        **_length(source, target),
        **_marks(source, target),
        **_case(source, target),
        **_repeats(source, target),
        **_names(source, target),
        **_places(source, target),
        **_wording(source, target),
    }


def language_of_both(source: Side, target: Side, source_pieces: list[int], target_pieces: list[int]) -> dict[str, float]:
    """How usual the rows of pieces are on either side (see fluency.py)."""
    one, other = fluency(source_pieces, source.letters), fluency(target_pieces, target.letters)
    return {**other, **{f"source_{name}": value for name, value in one.items()}}


def _numbers(source: Side, target: Side) -> dict[str, float]:
    """Numbers by their digits, and by what they are worth where those differ (*30 tisíc*, *30,000*)."""
    lost, added = source.numbers - target.numbers, target.numbers - source.numbers
    found: dict[str, float] = {
        "number_lost": min(lost.total(), 3),
        "number_added": min(added.total(), 3),
        "numbers": min(source.numbers.total(), 5),
    }
    if source.numbers == target.numbers or source.lang == target.lang:
        return found | {"quantity_lost": 0.0, "quantity_added": 0.0}
    return found | {
        "quantity_lost": min(len(unanswered(source.quantities, target.quantities)), 3),
        "quantity_added": min(len(unanswered(target.quantities, source.quantities)), 3),
    }


def _copies(source: Side, target: Side) -> dict[str, float]:
    """copied: the share of the target's letters in words of the source that are neither names nor numbers."""
    known = {token for token in source.tokens if len(token) > 3}
    same = [t for t in target.tokens if t in known and not (t[0].isupper() or any(map(str.isdecimal, t)))]
    scripts = scripts_of(target.lang)
    foreign = sum(
        len(token) for token in target.tokens
        if token.isalpha() and (script := language.script_of(token[0])) and script not in scripts
    )  # fmt: skip
    letters = max(target.letters, 1)
    return {"copied": sum(map(len, same)) / letters, "foreign_script": foreign / letters}


def _length(source: Side, target: Side) -> dict[str, float]:
    """How the length differs from what is usual, and how long the source is, in letters of English.

    ratio, short, long: on the measured languages of `adequacy.json`; terse, wordy: the same without a step, in standard deviations.
    """
    own, other = letters_of(source.lang), letters_of(target.lang)
    size = len(source.text) / own
    ratio = math.log((len(target.text) / other + 10) / (size + 10))
    deviation = length_deviation(source.text, target.text, source.lang, target.lang) or 0.0
    return {
        "terse": math.log1p(math.exp(-max(-20.0, min(20.0, deviation)))),
        "wordy": math.log1p(math.exp(max(-20.0, min(20.0, deviation)))),
        "ratio": ratio,
        "short": max(0.0, -ratio - 0.1),
        "long": max(0.0, ratio - 0.1),
        "size": math.log(1 + len(source.tokens)),
        "brief": max(0.0, math.log(BRIEF / (size + 1))),
        "lengthy": max(0.0, math.log((size + 1) / LENGTHY)),
    }


@cache
def letters_of(lang: str) -> float:
    """Letters of a language for one of English (`letters` of data/adequacy.json); 1 where it is not known."""
    known: dict[str, float] = json.loads((tables.DATA / "adequacy.json").read_text("utf-8"))["letters"]
    return known.get(tables.language(lang).tag, 1.0)


def _marks(source: Side, target: Side) -> dict[str, float]:
    def differ(pattern: regex.Pattern[str], most: int) -> float:
        return min(abs(source.count(pattern) - target.count(pattern)), most)

    return {
        "end": float(bool(source.end) and target.end != source.end and not _NO_STOP & scripts_of(target.lang)),
        "question": differ(_QUESTION, 1),
        "quotes": differ(_QUOTES, 4),
        "brackets": differ(_BRACKETS, 2),
        "commas": max(target.count(_COMMAS) - source.count(_COMMAS), 0) / math.sqrt(len(target.tokens) + 1),
        "stray": min(max(target.count(_STRAY) - (source.count(_STRAY) if source.count(_STRAY) > 1 else 0), 0), 4),
    }


def _case(source: Side, target: Side) -> dict[str, float]:
    """lower_start: it begins with a small letter though the source does not; small: what the source writes with a capital is small."""
    if not target.is_cased or not target.tokens:
        return {"lower_start": 0.0, "small": 0.0, "capitals": 0.0}
    first = next((char for char in target.text if char.isalpha()), "")
    starts_small = first.islower() and target.tokens[0][0] == first and not (source.tokens and source.tokens[0][0].islower())
    capitals = {names.fold(t) for t in source.tokens[1:] if len(t) > 2 and t[0].isupper()}
    small = sum(1 for t in target.tokens if t[0].islower() and t in capitals)
    any_capital = any(token[0].isupper() for token in target.tokens[1:])
    return {
        "lower_start": float(starts_small),
        "small": min(small, 3) + float(starts_small and not any_capital),
        "capitals": sum(token[0].isupper() for token in target.tokens[1:]) / len(target.tokens),
    }


def _repeats(source: Side, target: Side) -> dict[str, float]:
    """doubled: words that stand twice in a row, beyond those of the source; looped: the share of word pairs that come back."""

    def doubled(side: Side) -> int:
        return sum(1 for one, other in zip(side.folded, side.folded[1:], strict=False) if one == other and len(one) > 1)

    def looped(side: Side) -> float:
        triples = list(zip(side.folded, side.folded[1:], side.folded[2:], strict=False))
        return 1 - len(set(triples)) / len(triples) if triples else 0.0

    return {"doubled": min(max(doubled(target) - doubled(source), 0), 4), "looped": max(looped(target) - looped(source), 0.0)}


def _names(source: Side, target: Side) -> dict[str, float]:
    """names: the share of the target's capitalised words in mid-sentence whose sound no word of the source has."""
    wanted = [token for token in target.tokens[1:] if token[0].isupper() and len(token) > 2]
    if not wanted or not target.is_cased or tables.language(target.lang).noun_capitals:
        return {"names": 0.0, "named": 0.0}
    sounds = {_sound(token) for token in source.tokens} | {source.sound}
    whole = source.sound
    lost = sum(1 for token in wanted if (sound := _sound(token)) not in sounds and (len(sound) < 3 or sound not in whole))
    return {"names": lost / len(wanted), "named": len(wanted) / len(target.tokens)}


@lru_cache(maxsize=65536)
def _sound(word: str) -> str:
    """The consonants of a word in ASCII."""
    return _NO_CONSONANT.sub("", anyascii(word).lower().translate(_ALIKE))


def _places(source: Side, target: Side) -> dict[str, float]:
    """places_lost, places_added: places on one side of whose country the other one says nothing; names_lost: as `names`, of the source."""
    found = {"places_lost": 0.0, "places_added": 0.0, "names_lost": 0.0}
    if source.lang == target.lang:
        return found
    if source.places is not None and target.places is not None:
        found["places_lost"] = min(_unsaid_places(source.places, target.places), 3)
        found["places_added"] = min(_unsaid_places(target.places, source.places), 3)
    if source.is_cased and not tables.language(source.lang).noun_capitals:
        known = {source.text[place.start : place.end] for place in source.places or ()}
        wanted = {token for token in source.tokens[1:] if token[0].isupper() and len(token) > 2} - known
        heard = (sound[:_HEARD] for token in wanted if len(sound := _sound(token)) >= _MIN_HEARD)
        found["names_lost"] = min(sum(sound not in target.sound for sound in heard), 3)
    return found


def _unsaid_places(named: Sequence[renderings.PlaceMention], others: Sequence[renderings.PlaceMention]) -> int:
    countries = {country for place in others for country in place.countries}
    return sum(place.sure and not place.countries & countries for place in named)


def _wording(source: Side, target: Side) -> dict[str, float]:
    """How long the words are, and how many stand more than once: it tells how hard a sentence is, not how good."""
    return {
        "word_length": target.letters / max(len(target.tokens), 1),
        "source_word_length": source.letters / max(len(source.tokens), 1),
        "variety": len(set(target.folded)) / max(len(target.tokens), 1),
        "source_variety": len(set(source.folded)) / max(len(source.tokens), 1),
        "source_names": sum(token[0].isupper() for token in source.tokens[1:]) / max(len(source.tokens), 1),
        "source_commas": source.count(_COMMAS) / max(len(source.tokens), 1),
    }


def denial(source: Side, target: Side) -> dict[str, float]:
    """Whether one side denies and the other does not; by how many plain denials one has more (fewer_denials, more_denials)."""
    here, there = source.denials, target.denials
    more = 0 if here is None or there is None else there - here
    counted = {"fewer_denials": float(max(0, min(2, -more))), "more_denials": float(max(0, min(2, more)))}
    known, other = _denials(source.lang), _denials(target.lang)
    if not known or not other:
        return counted | {"denial_lost": 0.0, "denial_added": 0.0}
    one, two = _denies(source, known), _denies(target, other)
    return counted | {"denial_lost": float(one > 0 and not two), "denial_added": float(two > 0 and not one)}


def _denies(side: Side, known: Mapping[str, object] | frozenset[str]) -> int:
    if tables.language(side.lang).spaced and side.lang != "ko":
        return sum(1 for token in side.folded if token in known)
    return sum(side.text.count(entry) for entry in known)


# -- whether it is language -------------------------------------------------------------------------------------------


def tongue(source: Side, target: Side) -> dict[str, float]:
    """foreign: by how many nats a letter the target looks more like the source's language than like its own."""
    if source.lang == target.lang or not target.letters:
        return {"foreign": 0.0}
    nats = language.nats(target.text[:1000], (source.lang, target.lang))
    if len(nats) < 2:
        return {"foreign": 0.0}
    return {"foreign": max(0.0, min(2.0, (nats[source.lang] - nats[target.lang]) / target.letters + 0.3))}


def evidence(source: Side, target: Side, model: StaticModel) -> dict[str, float]:
    """All figures of a pair."""
    return of_words(source, target, words(source.text, model), words(target.text, model))


def of_words(source: Side, target: Side, one: Words, other: Words) -> dict[str, float]:
    """The same, of words that were cut before. Rounded: the last digits of a sum differ from processor to processor."""
    found = {
        **meaning(one, other),
        **language_of_both(source, target, one.pieces, other.pieces),
        **form(source, target),
        **denial(source, target),
        **tongue(source, target),
    }
    return {name: round(float(value), DECIMALS) + 0.0 for name, value in found.items()}
