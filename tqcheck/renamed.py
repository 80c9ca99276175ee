"""Renderings of one source name in the translation: what stands for it, sentence by sentence."""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Iterator

import regex

from tqcheck import renderings, tables
from tqcheck.annotate import AnnotatedArticle, split_sentences
from tqcheck.names import Mention, fold, mentions
from tqcheck.renderings import MAYBE, distance, given_names, place_mentions, shared_start

_MIN_LETTERS = 4
_MAX_LETTERS = 6000  # of a segment in which every name is compared with every other; named where it cuts
_SOURCE_ENDING = 3  # letters in which two forms of one source name may differ at their end
_ONE_NAME = 0.25  # how unlike two renderings of one name may sound
_LATIN = regex.compile(r"\p{Latin}")
_LOWER = regex.compile(r"(?<![\p{L}\p{M}])\p{Ll}[\p{L}\p{M}]*+")
_TITLE = regex.compile(r"\p{Lu}[\p{L}\p{M}]+ (?:of|for|de|van|för|von)(?: the)? $")
_STEM = 3  # letters that two forms of one name share before their endings
_CASE_STEM = 2  # last letters of a name's form that cases may change, besides the ending


def source_to_compare(article: AnnotatedArticle) -> tables.Language | None:
    """The language of the source, where names can be compared with it word by word; None where they cannot, or there is no source."""
    if not article.has_source or not article.source_lang:
        return None
    source = tables.language(article.source_lang)
    languages = {source.tag, article.language.tag}
    comparable = source.spaced and article.language.spaced and len(languages) == 2 and languages <= renderings.languages()
    return source if comparable else None


def two_ways(article: AnnotatedArticle) -> Iterator[tuple[str, list[Mention], list[Mention]]]:
    """Each name of the source that the translation renders in two ways: its form, and the mentions of the one and of the other."""
    source = source_to_compare(article)
    if source is None:
        return
    behind: dict[str, list[tuple[str, Mention]]] = defaultdict(list)
    for name, mention in counterparts(article, source):
        behind[_stem(name, inflects=source.inflects_names)].append((name, mention))
    often = Counter(mention.form for mention in article.names)
    for found in behind.values():
        forms: dict[str, list[Mention]] = defaultdict(list)
        for _, mention in found:
            forms[mention.form].append(mention)
        ranked = sorted(forms, key=lambda form: (-often[form], forms[form][0].start))
        for form in ranked[1:]:
            if is_other_name(ranked[0], form, article.language) and not _is_copied_title(
                article, found[0][0], forms[ranked[0]], forms[form]
            ):
                yield found[0][0], forms[ranked[0]], forms[form]


def counterparts(article: AnnotatedArticle, source: tables.Language) -> Iterator[tuple[str, Mention]]:
    """Pairs of a source name and the one word of the translation that sounds like it and like no other source name there."""
    places = [name.start for name in article.names]
    small = set(_LOWER.findall(article.source))
    for pair in article.pairs:
        if not (pair.source and pair.target):
            continue
        letters = max(len(pair.target), len(pair.source))
        if letters > _MAX_LETTERS:
            article.limit(
                f"names: in a segment of {{}} letters none was compared with the source's: the limit is {_MAX_LETTERS:,}", letters
            )
            continue
        starts = [sentence.start for sentence in split_sentences(pair.source, source.tag)]
        others = [name for name in mentions(pair.source, starts) if len(name.form) >= _MIN_LETTERS and not name.form[:2].isupper()]
        others = [name for name in others if name.form.lower() not in small | renderings.name_words(source.tag)]
        first, last = bisect.bisect_left(places, pair.start), bisect.bisect_left(places, pair.end)
        own = [name for name in article.names[first:last] if len(name.form) >= _MIN_LETTERS]
        known = {place.start for place in place_mentions(pair.target, article.language.tag) if any(len(one) == 2 for one in place.places)}
        for name in own:
            if name.form[:2].isupper() or name.start - pair.start in known:
                continue
            near = sorted({other.form for other in others if distance(other.form, name.form) <= MAYBE})
            stems = {_stem(form, inflects=source.inflects_names) for form in near}
            if len(stems) == 1 and _as_often(near[0], others, own):
                yield near[0], name


def _as_often(name: str, others: list[Mention], own: list[Mention]) -> bool:
    """Whether as many words sound like a name as the source has mentions of it."""
    return sum(distance(name, mention.form) <= MAYBE for mention in own) == sum(distance(name, mention.form) <= MAYBE for mention in others)


def _stem(form: str, *, inflects: bool) -> str:
    folded = fold(form)
    return folded[: max(_MIN_LETTERS - 1, len(folded) - _SOURCE_ENDING)] if inflects else folded.removesuffix("s")


def _is_copied_title(article: AnnotatedArticle, name: str, main: list[Mention], other: list[Mention]) -> bool:
    """*Scotland* left as it is in *Scotland Yard*, in *BBC Scotland* or *Museum of Scotland*, and translated elsewhere."""
    for copied, renamed in ((main, other), (other, main)):
        shared = {word for mention in renamed for word in (mention.before, mention.after)}
        beside = {word for mention in copied for word in (mention.before, mention.after) if word}
        within = (beside and not beside & (shared | given_names())) or any(
            _TITLE.search(article.text[max(0, mention.start - 30) : mention.start]) for mention in copied
        )
        if copied[0].form == name != renamed[0].form and fold(name) != fold(renamed[0].form) and within:
            return True
    return False


def is_other_name(one: str, other: str, language: tables.Language) -> bool:
    """Whether two forms differ in more than an ending and in what an ending does to a stem."""
    fold_marks = fold if language.inflects_names else str.lower  # Greek *Παρίσι*, *Παρισιού*: the accent wanders
    first, second = fold_marks(one), fold_marks(other)
    if first == second or distance(one, other) > _ONE_NAME or bool(_LATIN.match(one)) != bool(_LATIN.match(other)):
        return False
    if language.noun_capitals and ("-" in one + other or abs(len(one) - len(other)) > _CASE_STEM):
        return False  # German compounds
    if language.inflects_names and first[-3:] != second[-3:] and shared_start(first, second) > _STEM:
        return False  # Polish *Rosenbergowie*, *Rosenbergach*
    at = shared_start(first, second)
    shorter = min(len(first), len(second))
    return at < shorter - _CASE_STEM if language.inflects_names else at < shorter
