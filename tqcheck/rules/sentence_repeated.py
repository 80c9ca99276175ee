"""A sentence or paragraph stands again in the same article, word for word or nearly so.

*The port opens on Monday. (...) The port will open on Monday.*: the engine translated a sentence twice, or a page's teaser came along
with the text. Keep the better one.

Compared are sentences of six words or more, letters and figures only. Nearly the same means: almost the same words, the same names
and the same figures. The headline again is *headline-repeated*'s, a line of the page *boilerplate-left*'s; items of a list and results
that differ in their figures, refrains and slogans in quotation marks and a lead that sums up are left alone. With a sentence model,
sentences that say the same in other words are found too, where names and figures agree.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity
from tqcheck.embed import cosine

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
        "It was a long day. The mayor opened the new bridge over the river in Lund. It rained. "
        "[[In Lund a new river crossing was opened by the mayor.]]",
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


LEAD = 1  # sentences at the top that may sum up what follows
MIN_SHARED = 2  # longer words that two sentences must share before they are compared by vectors
MAX_COMPARED = 200  # sentences of an article whose vectors are compared: pairs grow with the square
RARE_WORDS = 4  # words by which near repeats are looked up: two sentences nearly the same share most of their rarest
MAX_CANDIDATES = 8  # near repeats looked at for one sentence, by one word; named where it cuts
_WORD = regex.compile(r"(?V1)[\p{Han}\p{Hiragana}\p{Katakana}]|[[\p{L}\p{M}\p{Nd}]--[\p{Han}\p{Hiragana}\p{Katakana}]]++")
_CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_FIGURE = regex.compile(r"\p{Nd}+(?:[.,:]\p{Nd}+)*")
_COMPLETE = regex.compile(r"[.!?…。！？؟۔।][\p{Pe}\p{Pf}\"'”’»]*$")
_DASHED = regex.compile(r"(?<=[.!?…][\"”»]?)\s+(?=[-–—]\s?[\"“«])")


@dataclass(frozen=True)
class _Sentence:
    """A sentence and what is compared of it."""

    start: int
    end: int
    text: str
    words: tuple[str, ...]
    index: int

    @cached_property
    def figures(self) -> list[str]:
        return sorted(_FIGURE.findall(self.text))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The beginnings of the longer words; in CJK the characters."""
        return frozenset(word[:4] for word in self.words if len(word) > 3 or _CJK.match(word))

    @cached_property
    def names(self) -> frozenset[str]:
        """The beginnings of the capitalised words after the first: as many letters as no inflection changes."""
        return frozenset(word[:4] for word in _WORD.findall(self.text)[1:] if word[0].isupper())


def check(
    article: AnnotatedArticle, *, min_words: int = 6, near: float = 0.8, margin: float = 0.4, min_words_paraphrase: int = 8
) -> Iterator[Mark]:
    """Yield a finding for each sentence that an earlier one has said.

    Args:
        article: the article.
        min_words: a shorter sentence may well come back (two characters count as a word in CJK).
        near: share of words that two sentences must have in common to be nearly the same.
        margin: how far above the model's threshold for "the same headline" the similarity of a paraphrase must be, as a share of what is
            left up to 1 (every model has a scale of its own).
        min_words_paraphrase: a shorter sentence is too little for the model to tell.
    """
    sentences = [sentence for sentence in _sentences(article) if _length(article, sentence) >= min_words]
    told: set[int] = set()
    for sentence, earlier in _again(article, sentences, near):
        told.add(sentence.index)
        same = sentence.words == earlier.words
        message = "This sentence stands in the article already." if same else "Nearly the same sentence stands in the article already."
        yield _mark(sentence, earlier, message + " Keep one of the two.", confidence=0.9 if same else 0.85)
    if article.vectors is not None:
        long = [s for s in sentences if s.index not in told and _length(article, s) >= min_words_paraphrase]
        if len(long) > MAX_COMPARED:
            article.limit(f"sentence-repeated: of {len(long)} sentences the first {MAX_COMPARED} were compared in meaning")
        yield from _paraphrases(article, long[:MAX_COMPARED], margin)


def _mark(sentence: _Sentence, earlier: _Sentence, message: str, confidence: float, similarity: float | None = None) -> Mark:
    related = ((earlier.start, earlier.end),)
    return Mark(sentence.start, sentence.end, message, suggestion="", confidence=confidence, similarity=similarity, related=related)


def _length(article: AnnotatedArticle, sentence: _Sentence) -> int:
    return len(sentence.words) // (1 if article.language.spaced else 2)


def _sentences(article: AnnotatedArticle) -> Iterator[_Sentence]:
    """The whole sentences of the running text; a heading or a quotation set apart ends without a full stop."""
    headline = article.headline
    index = 0
    for start, end in article.sentences:
        if headline and start < headline.end:
            continue
        stretch = article.text[start:end]
        cuts = [0, *(match.end() for match in _DASHED.finditer(stretch)), len(stretch)]
        for one, other in itertools.pairwise(cuts):
            text = stretch[one:other].rstrip()
            if _COMPLETE.search(text):
                index += 1
                yield _Sentence(start + one, start + one + len(text), text, tuple(_WORD.findall(text.casefold())), index)


def _again(article: AnnotatedArticle, sentences: Sequence[_Sentence], near: float) -> Iterator[tuple[_Sentence, _Sentence]]:
    """Sentences with the earlier one that they repeat: the same words, or among those that share a rare word, nearly so."""
    first: dict[tuple[str, ...], _Sentence] = {}
    sharing: dict[str, list[_Sentence]] = defaultdict(list)
    frequency = Counter(word for sentence in sentences for word in set(sentence.words))
    for sentence in sentences:
        earlier = first.setdefault(sentence.words, sentence)
        if earlier is not sentence:
            if not _is_refrain(article, sentence):
                yield sentence, earlier
            continue
        shared = [word for word in set(sentence.words) if frequency[word] > 1]
        if len(shared) >= near * len(set(sentence.words)) - 2:
            rare = sorted(shared, key=lambda word: (frequency[word], word))[:RARE_WORDS]
            candidates = {other.index: other for word in rare for other in sharing[word][-MAX_CANDIDATES:]}
            match = next((other for _, other in sorted(candidates.items()) if _is_nearly(article, sentence, other, near)), None)
            if match and not _is_refrain(article, sentence):
                yield sentence, match
            alike = max((len(sharing[word]) for word in rare), default=0)
            if match is None and alike > MAX_CANDIDATES:
                told = f"sentence-repeated: of {{}} sentences that share a rare word each was compared with the last {MAX_CANDIDATES}"
                article.limit(told, alike)
            for word in rare:
                sharing[word].append(sentence)


def _is_refrain(article: AnnotatedArticle, sentence: _Sentence) -> bool:
    """Whether the whole sentence is quoted: what is said twice may be printed twice."""
    return article.in_quotation(sentence.start) and article.in_quotation(max(sentence.start, sentence.end - 2))


def _is_nearly(article: AnnotatedArticle, one: _Sentence, other: _Sentence, near: float) -> bool:
    first, second = set(one.words), set(other.words)
    common = len(first & second)
    if common < near * max(len(first), len(second)) or one.figures != other.figures:
        return False
    different = (first - second, second - first)
    if not article.language.noun_capitals and one.names != other.names:
        return False
    denials = tables.entries("denials", article.language.tag)
    return not (different[0] | different[1]) & denials and all(_matched(*pair) for pair in (different, different[::-1]))


def _matched(words: set[str], others: set[str]) -> bool:
    """Whether each word is a small one, or another form of one of the others."""
    return all(len(word) <= 3 or any(word[:4] == other[:4] for other in others) for word in words)


def _paraphrases(article: AnnotatedArticle, sentences: Sequence[_Sentence], margin: float) -> Iterator[Mark]:
    """Sentences that say in other words what an earlier one said: very similar vectors, the same names and figures."""
    vectors = article.vectors
    if vectors is None or len(sentences) < 2:
        return
    pairs = [
        (sentence, earlier)
        for row, sentence in enumerate(sentences)
        for earlier in sentences[:row]
        if earlier.index > LEAD and _may_say_the_same(article, sentence, earlier)
    ]
    if not pairs:
        return
    least = vectors.thresholds.same + margin * (1 - vectors.thresholds.same)
    compared = {one.index: one.text for pair in pairs for one in pair}
    matrix = vectors.of(list(compared.values()))
    places = {index: place for place, index in enumerate(compared)}
    told: set[int] = set()
    for sentence, earlier in pairs:
        similarity = cosine(matrix[places[sentence.index]], matrix[places[earlier.index]])
        if similarity >= least and sentence.index not in told:
            told.add(sentence.index)
            message = "This sentence says in other words what another one has said: keep one of the two."
            yield _mark(sentence, earlier, message, confidence=0.7, similarity=similarity)


def _may_say_the_same(article: AnnotatedArticle, one: _Sentence, other: _Sentence) -> bool:
    if one.figures != other.figures or not 0.6 <= len(one.text) / len(other.text) <= 1.67:
        return False
    if len(one.stems & other.stems) < MIN_SHARED:
        return False
    denials = tables.entries("denials", article.language.tag)
    if len(denials & set(one.words)) != len(denials & set(other.words)):
        return False
    return article.language.noun_capitals or one.names == other.names
