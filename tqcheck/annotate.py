"""What every rule may ask of an article: its lines and zones, sentences, words, language, quotations, names, numbers, vectors, source.

All is lazy, computed once when the first rule asks, and shared. Offsets are code points of `AnnotatedArticle.text`, one string
that holds the title, then the text or the segments, with a line feed between the fields; `place` turns them back. Offsets into the
source are code points of `AnnotatedArticle.source`, made in the same way.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import regex

from tqcheck import align, language, leftovers, names, numbers, tables
from tqcheck.article import Article, FieldName, Place

if TYPE_CHECKING:
    from tqcheck.embed import Vectors
    from tqcheck.terms import Termbase


Preferred = Mapping[str, tuple[str, ...]]  # house style: a form of a name -> the forms it replaces


class Zone(StrEnum):
    """Where in the article a stretch stands: a rule that is right in the body is wrong in a headline."""

    HEADLINE = "headline"
    DATELINE = "dateline"
    CAPTION = "caption"
    BODY = "body"
    QUOTATION = "quotation"


class Span(NamedTuple):
    """A stretch of `AnnotatedArticle.text`, in code points."""

    start: int
    end: int


@dataclass(frozen=True)
class Line:
    """A paragraph, headline, caption or segment: what stands on a line of its own."""

    start: int
    end: int
    zone: Zone
    field: FieldName
    segment: int | None
    text: str
    leftover: str | None  # what it is of the page around the article: "advertisement", "caption" ... (data/boilerplate.tsv)


@dataclass(frozen=True)
class Pair:
    """A stretch of the translation and the stretch of the source that it stands for; one of the two may be empty.

    target is AnnotatedArticle.text[start:end], source is AnnotatedArticle.source[source_start:source_end].
    """

    start: int
    end: int
    source_start: int
    source_end: int
    target: str
    source: str

    @property
    def span(self) -> Span:
        """The stretch of the translation without the blanks around it: what a finding about all of it marks."""
        return Span(self.start + len(self.target) - len(self.target.lstrip()), self.start + len(self.target.rstrip()))


class _Field(NamedTuple):
    start: int
    end: int
    name: FieldName
    segment: int | None


HEADLINE_MAX_LETTERS = 200
PARAGRAPH_MAX_SENTENCES = 8  # sentence pairs that are joined to a paragraph; more than that, and a number may be anybody's
_CAPTIONS = {"caption", "credit"}
_BLANK_LINE = regex.compile(r"\n[^\S\n]*\n\s*")
_TERMINAL = regex.compile(r"[.!?…。！？؟।۔:;][\p{Pe}\p{Pf}\p{Pi}\"'”’»]*\s*$")
_FULL_STOP = regex.compile(r"[.。।۔…:;,][\p{Pe}\p{Pf}\"'”’»]*\s*$")
_CAPITALISED = r"\p{Lu}[\p{L}\p{M}.'’-]*"
_DATELINE = regex.compile(  # a few capitalised words, perhaps a date, perhaps an agency, and a dash: LYON, 3 May (AFP) –
    rf"\s*+(?:{_CAPITALISED}(?:[ /]{_CAPITALISED}){{0,4}}(?:,[^–—.\n]{{1,30}}?)?\s*+)?"
    r"(?:\(\p{Lu}[\p{L} /.-]{1,30}\)\s*+)?[–—-]{1,2}\s"
)
_WORD = regex.compile(r"[\p{L}\p{M}\p{Nd}]++(?:[-'’.,:/·][\p{L}\p{M}\p{Nd}]++){0,99}+")
# Marks that stand further apart are no pair: by definition, as that they stand in one line.
_QUOTATION = regex.compile(
    r"“[^“”\n]{1,2000}”|„[^„“”\"\n]{1,2000}[“”\"]|«[^«»\n]{1,2000}»|»[^«»\n]{1,2000}«|「[^「」\n]{1,2000}」|\"[^\"\n]{1,2000}\""
    r"|(?<![^\s(\[–—-])”(?=[\p{L}\p{Nd}…])[^“”\n]{1,2000}”"
)


class AnnotatedArticle:
    """An article with everything rules ask about it, each computed once, when first asked."""

    def __init__(
        self,
        article: Article,
        vectors: Vectors | None = None,
        prefer: Mapping[str, Preferred] | None = None,
        termbase: Termbase | None = None,
    ) -> None:
        """`prefer`: the house style of names by language, "*" for all (see `preferred`). `termbase`: the project's glossary."""
        self.article = article
        self.vectors = vectors
        self.termbase = termbase
        self._prefer = prefer or {}
        self.text, self._fields = _joined(_contents(article))
        self._starts = [field.start for field in self._fields]
        self._limits: dict[str, int] = {}

    def limit(self, told: str, actual: int = 0) -> None:
        """Say that a limit cut something: *sentence-repeated: of 412 sentences the first 200 were compared in meaning*.

        What may come up often has `{}` in its place for the actual value, the largest of which is told: an article has one line for it.
        """
        self._limits[told] = max(actual, self._limits.get(told, 0))

    @property
    def limits(self) -> tuple[str, ...]:
        """What was left out because the article is so long, in the order in which it was told."""
        read = self.vectors.told() if self.vectors is not None else ()
        return (*(limit_told(*limit) for limit in self._limits.items()), *read)

    # -- language ---------------------------------------------------------------------------------------------------

    @cached_property
    def lang(self) -> str:
        """BCP 47 tag of the target language: as given, else detected, else "und"."""
        # By its beginning: what the rest is in, untranslated-segment says.
        return self.article.lang or language.guess(self.text[:4000]).lang

    @cached_property
    def language(self) -> tables.Language:
        """What the tables know of the target language."""
        return tables.language(self.lang)

    @cached_property
    def preferred(self) -> Preferred:
        """The house style of names in this language: a form, and the forms it replaces."""
        return {**self._prefer.get("*", {}), **self._prefer.get(self.language.tag, {})}

    @cached_property
    def source_lang(self) -> str | None:
        """BCP 47 tag of the source language: as given, else detected from the source text, else None."""
        if self.article.source_lang:
            return self.article.source_lang
        source = self.article.source_text or "\n".join(self.article.source_segments or ())
        return language.guess(source[:4000]).lang if source else None

    def language_of(self, start: int, end: int) -> str:
        """The language of one stretch: the article's own, unless another is clearly ahead; "und" when there is no saying."""
        text = self.text[start:end]
        guessed = language.guess(text)
        if guessed.lang in (language.UNKNOWN, self.language.tag):
            return guessed.lang
        own = language.nats(text, (self.language.tag, guessed.lang))
        if len(own) == 2 and own[guessed.lang] - own[self.language.tag] < language.PRIOR:
            return language.UNKNOWN
        return guessed.lang

    # -- places -----------------------------------------------------------------------------------------------------

    def field_at(self, position: int) -> _Field:
        """The field that holds a position."""
        return self._fields[max(0, bisect.bisect_right(self._starts, position) - 1)]

    def place(self, start: int, end: int) -> Place:
        """Turn a stretch of `text` into a place of the input; one that runs over a field's end is cut there."""
        field = self.field_at(start)
        end = min(end, field.end)
        return Place(field.name, field.segment, start - field.start, end - field.start, self.text[start:end])

    # -- layout -----------------------------------------------------------------------------------------------------

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All lines that hold anything, in order; a paragraph that is hard-wrapped over several lines counts as one."""
        spans = [(field, span) for field in self._fields for span in _paragraphs(self.text, field.start, field.end)]
        headline = self._headline_index([span for _, span in spans])
        phrases = leftovers.phrases(tuple(dict.fromkeys((self.language.tag, tables.language(self.article.source_lang or "en").tag, "en"))))
        lines = []
        for index, (field, span) in enumerate(spans):
            content = self.text[span.start : span.end]
            leftover = leftovers.kind_of(content, phrases)
            zone = Zone.HEADLINE if index == headline else Zone.CAPTION if leftover in _CAPTIONS else Zone.BODY
            lines.append(Line(*span, zone, field.name, field.segment, content, leftover))
        return tuple(lines)

    def _headline_index(self, spans: list[Span]) -> int | None:
        """The title is the headline; without one, a first line that reads like a headline is."""
        if self.article.title is not None and self.article.title.strip():
            return 0
        if len(spans) < 2:
            return None
        first = self.text[spans[0].start : spans[0].end]
        short = len(first) <= HEADLINE_MAX_LETTERS and "\n" not in first
        return 0 if short and not _FULL_STOP.search(first) else None

    @cached_property
    def headline(self) -> Line | None:
        """The headline, if the article has one."""
        return self.lines[0] if self.lines and self.lines[0].zone is Zone.HEADLINE else None

    @cached_property
    def body(self) -> tuple[Line, ...]:
        """The lines of the running text."""
        return tuple(line for line in self.lines if line.zone is Zone.BODY)

    @cached_property
    def datelines(self) -> tuple[Span, ...]:
        """*LYON, 3 May (AFP) –* at the head of the first lines of the body."""
        found = (_DATELINE.match(line.text) for line in self.body[:2])
        return tuple(Span(line.start, line.start + match.end()) for line, match in zip(self.body[:2], found, strict=True) if match)

    @cached_property
    def quotations(self) -> tuple[Span, ...]:
        """What stands between quotation marks, marks included; marks that do not pair up are left out."""
        return tuple(Span(*match.span()) for match in _QUOTATION.finditer(self.text))

    def in_quotation(self, position: int) -> bool:
        """Whether a position stands between quotation marks."""
        index = bisect.bisect_right(self.quotations, (position, len(self.text))) - 1
        return index >= 0 and self.quotations[index].start <= position < self.quotations[index].end

    def line_at(self, position: int) -> Line | None:
        """The line that holds a position; None between lines."""
        index = bisect.bisect_right(self._line_starts, position) - 1
        return self.lines[index] if index >= 0 and position < self.lines[index].end else None

    @cached_property
    def _line_starts(self) -> list[int]:
        return [line.start for line in self.lines]

    def zone_at(self, position: int) -> Zone:
        """The zone of a position; a quotation or dateline within the body counts as such."""
        line = self.line_at(position)
        if line is None or line.zone is not Zone.BODY:
            return line.zone if line else Zone.BODY
        if any(span.start <= position < span.end for span in self.datelines):
            return Zone.DATELINE
        return Zone.QUOTATION if self.in_quotation(position) else Zone.BODY

    # -- language units ---------------------------------------------------------------------------------------------

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """The sentences of all lines, in order, without the blanks around them."""
        return tuple(sentence for line in self.lines for sentence in split_sentences(line.text, self.language.tag, line.start))

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    def starts_sentence(self, position: int) -> bool:
        """Whether only opening marks stand between the start of a sentence and a position."""
        return names.is_initial(self.text, position, self._sentence_starts)

    @cached_property
    def words(self) -> tuple[Span, ...]:
        """Words: letters and digits with inner hyphens, apostrophes and decimal marks. One a stretch in unspaced scripts."""
        return tuple(Span(*match.span()) for match in _WORD.finditer(self.text))

    @cached_property
    def word_count(self) -> int:
        """Number of words; two characters count as one word in scripts that do not separate them."""
        return len(self.text.split()) if self.language.spaced else leftovers.words_of(self.text)

    @cached_property
    def names(self) -> tuple[names.Mention, ...]:
        """Capitalised words that are not only capitalised because a sentence starts there."""
        return names.mentions(self.text, self._sentence_starts)

    @cached_property
    def numbers(self) -> tuple[numbers.Number, ...]:
        """Numbers written in digits, with their value where the notation leaves no doubt."""
        return numbers.find(self.text)

    # -- source -----------------------------------------------------------------------------------------------------

    @cached_property
    def _source(self) -> tuple[str, list[_Field]]:
        return _joined(_source_contents(self.article))

    @property
    def source(self) -> str:
        """All of the source in one string: its title, then its text or segments; "" when there is none."""
        return self._source[0]

    @property
    def has_source(self) -> bool:
        """Whether the source is given, if only of the title."""
        return bool(self.source.strip())

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """What stands for what, in the units in which numbers and names may be compared: nothing in one may be lost from the other.

        The segments as they are given; of an unaligned text, paragraphs where translation and source have the same, else sentences.
        A stretch without counterpart has an empty `source` or `target`. Empty when there is no source.
        """
        if not self.has_source:
            return ()
        if self.article.source_segments is None:
            return tuple(self._paragraph_pairs())
        return tuple(self._pair(own, other) for own, other in self._parallel_fields())

    @cached_property
    def sentence_pairs(self) -> tuple[Pair, ...]:
        """The same in the smallest units: one sentence, or two, for one or two. Within a segment when segments are given."""
        if not self.has_source:
            return ()
        if self.article.source_segments is None:
            return tuple(self._aligned(self._units(self._fields, self.text, self.lang), self._units(*self._source[::-1], self.source_lang)))
        found: list[Pair] = []
        for own, other in self._parallel_fields():
            units = self._units([own], self.text, self.lang) if own else []
            found += self._aligned(units, self._units([other], self.source, self.source_lang) if other else [], own, other)
        return tuple(found)

    def _parallel_fields(self) -> Iterator[tuple[_Field | None, _Field | None]]:
        """The fields of translation and source, each with its counterpart if it has one."""
        others = {(field.name, field.segment): field for field in self._source[1]}
        for field in self._fields:
            yield field, others.pop((field.name, field.segment), None)
        for field in others.values():
            yield None, field

    def _units(self, fields: list[_Field], text: str, lang: str | None) -> list[Span]:
        """The sentences of some fields, a title being one; the article's own are taken from `sentences`."""
        if text is self.text:
            starts = self._sentence_starts
            ranges = ((bisect.bisect_left(starts, field.start), bisect.bisect_left(starts, field.end)) for field in fields)
            return [sentence for first, last in ranges for sentence in self.sentences[first:last]]
        spans = [span for field in fields for span in _paragraphs(text, field.start, field.end)]
        tag = tables.language(lang or language.UNKNOWN).tag
        return [sentence for span in spans for sentence in split_sentences(text[span.start : span.end], tag, span.start)]

    def _aligned(self, units: list[Span], others: list[Span], own: _Field | None = None, other: _Field | None = None) -> Iterator[Pair]:
        """Pairs of sentences; where a stretch has no counterpart, the empty side stands at its place in the text."""
        targets, sources = [self.text[slice(*unit)] for unit in units], [self.source[slice(*unit)] for unit in others]
        vectors = source_vectors = None
        if self.vectors is not None and units and others and len(units) + len(others) > 2:
            both = self.vectors.of([*sources, *targets])
            source_vectors, vectors = both[: len(sources)], both[len(sources) :]
        end, source_end = own.start if own else 0, other.start if other else 0
        for bead in align.align(sources, targets, source_vectors, vectors):
            here, there = units[bead.start : bead.end], others[bead.source_start : bead.source_end]
            start, end = (here[0].start, here[-1].end) if here else (end, end)
            source_start, source_end = (there[0].start, there[-1].end) if there else (source_end, source_end)
            yield Pair(start, end, source_start, source_end, self.text[start:end], self.source[source_start:source_end])

    def _pair(self, own: _Field | None, other: _Field | None) -> Pair:
        start, end = (own.start, own.end) if own else (len(self.text), len(self.text))
        source_start, source_end = (other.start, other.end) if other else (len(self.source), len(self.source))
        return Pair(start, end, source_start, source_end, self.text[start:end], self.source[source_start:source_end])

    def _paragraph_pairs(self) -> Iterator[Pair]:
        """Sentence pairs joined up to where a line ends on both sides at once; not joined where such stretches get long."""
        waiting: list[Pair] = []
        for pair in self.sentence_pairs:
            waiting.append(pair)
            if _ends_line(self.text, pair.end) and _ends_line(self.source, pair.source_end):
                yield from self._joined_pairs(waiting)
                waiting = []
        yield from self._joined_pairs(waiting)

    def _joined_pairs(self, pairs: list[Pair]) -> list[Pair]:
        both = [pair for pair in pairs if pair.target and pair.source]
        if not 1 < len(pairs) <= PARAGRAPH_MAX_SENTENCES or not both:
            return pairs
        spans = (min(pair.start for pair in pairs), max(pair.end for pair in pairs))
        others = (min(pair.source_start for pair in pairs), max(pair.source_end for pair in pairs))
        return [Pair(*spans, *others, self.text[slice(*spans)], self.source[slice(*others)])]

    # -- meaning ----------------------------------------------------------------------------------------------------

    def similarity(self, one: str, other: str) -> float:
        """Cosine of the sentence vectors of two texts, rounded to 3 decimals. Needs `vectors`."""
        if self.vectors is None:
            raise LookupError("this rule asks for vectors: declare NEEDS_VECTORS in it")
        return self.vectors.similarity(one, other)


def limit_told(told: str, actual: int) -> str:
    """What `AnnotatedArticle.limit` was told, with the actual value in its place."""
    return told.replace("{}", f"{actual:,}")


def _joined(contents: Iterator[tuple[FieldName, int | None, str]]) -> tuple[str, list[_Field]]:
    """The fields in one string, with a line feed between them, and where each stands in it."""
    fields: list[_Field] = []
    parts: list[str] = []
    position = 0
    for name, segment, content in contents:
        fields.append(_Field(position, position + len(content), name, segment))
        parts.append(content)
        position += len(content) + 1
    return "\n".join(parts), fields


def _contents(article: Article) -> Iterator[tuple[FieldName, int | None, str]]:
    if article.title is not None:
        yield "title", None, article.title
    if article.text is not None:
        yield "text", None, article.text
    for index, segment in enumerate(article.segments or ()):
        yield "segments", index, segment


def _source_contents(article: Article) -> Iterator[tuple[FieldName, int | None, str]]:
    if article.source_title is not None:
        yield "title", None, article.source_title
    if article.source_text is not None:
        yield "text", None, article.source_text
    for index, segment in enumerate(article.source_segments or ()):
        yield "segments", index, segment


def _ends_line(text: str, position: int) -> bool:
    """Whether nothing but blanks stands between a position and the end of its line."""
    rest = text[position : position + 200].partition("\n")[0]
    return not rest.strip()


def _trim(text: str, start: int, end: int) -> Span:
    stretch = text[start:end]
    return Span(start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())) if stretch.strip() else Span(start, start)


def _paragraphs(text: str, start: int, end: int) -> Iterator[Span]:
    """The paragraphs of a field: each line is one, but a hard-wrapped block is one as a whole."""
    position = start
    for match in _BLANK_LINE.finditer(text, start, end):
        yield from _block(text, position, match.start())
        position = match.end()
    yield from _block(text, position, end)


def _block(text: str, start: int, end: int) -> Iterator[Span]:
    lines = text[start:end].split("\n")
    if _is_hard_wrapped(lines):
        yield _trim(text, start, end)
        return
    for line in lines:
        span = _trim(text, start, start + len(line))
        if span.start < span.end:
            yield span
        start += len(line) + 1


def _is_hard_wrapped(lines: list[str]) -> bool:
    """Lines of much the same length, most of which stop in mid-sentence, are one paragraph wrapped by an editor."""
    inner = [line.rstrip() for line in lines[:-1]]
    if len(inner) < 2 or not all(45 <= len(line) <= 120 for line in inner) or len(lines[-1]) > 120:
        return False
    return max(map(len, inner)) - min(map(len, inner)) <= 25 and sum(bool(_TERMINAL.search(line)) for line in inner) * 2 < len(inner)


# -- sentences ------------------------------------------------------------------------------------------------------

_BOUNDARY = regex.compile(
    r"(?:(?<=[.!?…؟۔।])(?:[ \u00a0\u202f]»|[\p{Pf}\p{Pe}\"'“”»]*)[\s\u00a0]+"
    r"(?=[\p{Ps}\p{Pi}\p{Pf}\"'„“«¿¡–—-]*\s?[\p{Lu}\p{Lt}\p{Lo}\p{Nd}])"
    r"|(?<=[。！？])[\p{Pe}\p{Pf}”]*(?![\p{Pe}\p{Pf}”。！？]))"
)


def is_abbreviation(word: str, lang: str) -> bool:
    """Whether a word, given without its last full stop, is an abbreviation that does not end a sentence."""
    word = word.lower()
    return word in tables.entries("abbreviations", lang) or word in tables.entries("abbreviations", "*")


def split_sentences(text: str, lang: str, offset: int = 0) -> Iterator[Span]:
    """Cut a line into sentences; spans are in code points, counted from `offset`, without the blanks around them."""
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match.end() == start or match.end() >= len(text) or not _ends_sentence(text[start : match.start()], lang):
            continue
        yield _shift(_trim(text, start, match.end()), offset)
        start = match.end()
    if text[start:].strip():
        yield _shift(_trim(text, start, len(text)), offset)


def _shift(span: Span, offset: int) -> Span:
    return Span(span.start + offset, span.end + offset)


def _ends_sentence(before: str, lang: str) -> bool:
    """Whether the full stop at the end of `before` ends a sentence, and not an abbreviation, initial or ordinal."""
    before = before[-40:].rstrip("\"”“»’')] \u00a0")
    if not before.endswith("."):
        return True
    word = before.rsplit(None, 1)[-1].lstrip('("“„«[')[:-1].lower()
    if is_abbreviation(word, lang) or (len(word) == 1 and word.isalpha()):
        return False
    return not (word.isdigit() and len(word) <= 2 and tables.language(lang).ordinal_dot)
