"""A word or phrase over and over: a decoder that got stuck.

*The reform of state-owned state-owned state-owned enterprises*, *in the region in the region*: the engine lost its place and wrote
the same words again, sometimes to the end of the line. What it left out meanwhile may be missing: look at the source.

Found are: a word or phrase three times in a row (five times where commas, full stops or hyphens stand between, or within quotation marks:
a slogan, a stutter, *no, no, no*), three words or more twice in a row, and a long stretch that comes back in the same paragraph.
Laughter, songs, figures and dotted lines are left alone. A single word twice is *word-doubled*'s, a whole sentence *sentence-repeated*'s.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import regex

from tqcheck.annotate import AnnotatedArticle, Line
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/addition"
BAD = [
    "The reform of [[state-owned state-owned state-owned]] enterprises goes on.",
    "In [[the second round of the second round of the]] tournament they met again.",
    "The flood [[in the region in the region]] is over.",
    "Who uses it and [[one person, one person, one person, one person, one person]].",
    "When the hair on the bees is cut together, [[the hair on the bees is cut]].",
    Example("Die Konsolidierung [[ausstehender ausstehender ausstehender]] Zahlungen läuft.", lang="de"),
    Example("Elle cherche [[un lieu pour jouer un lieu pour jouer]] le soir.", lang="fr"),
    Example("З погляду його [[західних західних західних західних]] критиків.", lang="uk"),
    Example("首演[[百老汇百老汇百老汇百老汇]]。", lang="zh"),
    Example("双层[[奶油奶油奶油]]蛋卷很好吃。", lang="zh"),
]
GOOD = [
    "He laughed: ha ha ha ha. They sang la la la la la. No, no, no, he said.",
    "“Build the bridge! Build the bridge! Build the bridge!” they shouted.",
    "The code is 1 1 1 1 1 1. Location, location, location.",
    "From day to day to day. It was very, very, very late. Again and again and again.",
    "It is the bridge of the city, the river of the city and the harbour of the city.",
    "The Embassy of the Republic of Freedonia in London said: the Embassy of the Republic of Freedonia in London is shut.",
    "A paper counts 3 hours for each page printed in national journals, 5 hours for each page printed in local journals.",
    "He said that the bridge would open. She said that the bridge would not.",
    Example(
        "Sebagian benar-benar percaya atau mungkin percaya pada Ana, lainnya benar-benar percaya atau mungkin percaya pada Budi.", lang="id"
    ),
    Example("Von Stadt zu Stadt zu Stadt, Schritt für Schritt.", lang="de"),
    Example("Olé, olé, olé, olé, chantaient-ils.", lang="fr"),
    Example("哈哈哈哈哈，他笑了。好好好。……————", lang="zh"),
]
MISSED = [
    "The men will be brought to justice and [[will be brought to justice]].",
    "He came from [[Yufuin, Yufuin, Yufuin]], the town of inns.",
]

MAX_PERIOD = 16
MAX_GAP = 12  # words between a stretch and its return: further apart it is an echo that a writer may want
MIN_DIFFERENT = 6  # words of a stretch: languages that double words make long stretches of few (*benar-benar percaya atau mungkin percaya*)
MAX_STRETCHES = 2  # more in one line is a list
MANY = 5  # repeats from which a loop is critical, and no slogan or stutter any more
VERY_MANY = 12  # nobody laughs or counts that long
_CJK = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
_TOKEN = regex.compile(rf"(?V1){_CJK}|[[\p{{L}}\p{{Nd}}]--{_CJK}][[\p{{L}}\p{{M}}\p{{Nd}}]--{_CJK}]*+")
_CJK_CHARACTER = regex.compile(_CJK)
_PAUSE = regex.compile(r"[,;:.!?…–—\-‐‑·•|/、，。！？；：،؛؟।]")
_SENTENCE_END = regex.compile(r"[.!?。！？।؟…][\p{Pe}\p{Pf}\"']*(?:\s|$)|[。！？]")
_SOUNDS = frozenset(
    regex.findall(
        r"\S+",
        """
        ha he hi ho hu hey la lá là na no não nein nie ne nu όχι nej ei нет ні не да yes ja tra ta da o oh ah uh bla blah bye boo so ole olé
        go win knock tap tik tok tick beep ding bum boom bang very sehr très muy molto очень ха хи хе ля бла ла ναι non
        哈 呵 嘿 啊 嗚 呜 哦 嘻 好 是 对 對 不 あ う え お ふ へ は ハ ア わ ワ ー ｗ ㅋ ㅎ ㅠ 하 히
        """,
    )
)


class _Run(NamedTuple):
    """Tokens start to end (exclusive): each equals the one a period before it."""

    start: int
    end: int
    period: int

    @property
    def repeats(self) -> int:
        return (self.end - self.start) // self.period


@dataclass(frozen=True)
class _Tokens:
    """The words of a line (characters in CJK) and where they stand in the article."""

    line: Line
    folded: list[str]

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        return [match.span() for match in _TOKEN.finditer(self.line.text)]

    def text(self, start: int, end: int) -> str:
        return self.line.text[self.spans[start][0] : self.spans[end - 1][1]]

    def place(self, start: int, end: int) -> tuple[int, int]:
        return self.line.start + self.spans[start][0], self.line.start + self.spans[end - 1][1]

    def gaps(self, run: _Run) -> list[str]:
        """What stands between the words of a run."""
        near = self.spans[run.start : run.end]
        return [self.line.text[one[1] : other[0]] for one, other in itertools.pairwise(near)]

    def width(self, start: int) -> int:
        """How many tokens make a word here."""
        return 2 if _CJK_CHARACTER.match(self.folded[start]) else 1


def check(article: AnnotatedArticle, *, min_repeats: int = 3, min_phrase: int = 3, min_stretch: int = 7) -> Iterator[Mark]:
    """Yield a finding for each loop, from its first to its last word.

    Args:
        article: the article.
        min_repeats: times in a row from which a word or phrase is a loop.
        min_phrase: words of a phrase from which twice in a row is too often (characters in CJK: twice as many).
        min_stretch: words of a stretch that must not come back soon in the same line (characters in CJK: twice as many).
    """
    for line in article.lines:
        tokens = _Tokens(line, [token.casefold() for token in _TOKEN.findall(line.text)])
        again = len(tokens.folded) - len(set(tokens.folded))
        if again < min(min_repeats - 1, min_phrase):
            continue
        end = 0
        for run in sorted(_runs(tokens.folded)):
            if run.start >= end and _is_loop(article, tokens, run, min_repeats, min_phrase):
                end = run.end
                yield _loop(tokens, run)
        if again >= min_stretch:
            yield from _stretches(article, tokens, min_stretch, end)


def _runs(tokens: Sequence[str]) -> Iterator[_Run]:
    """All runs of two periods or more, periods up to MAX_PERIOD. Linear: every period passes over a token once."""
    seen: dict[str, int] = {}
    passed = [0] * (MAX_PERIOD + 1)
    for index, token in enumerate(tokens):
        period = index - seen.get(token, -MAX_PERIOD - 1)
        seen[token] = index
        if period > MAX_PERIOD or index < passed[period]:
            continue
        start = index
        while start > max(passed[period], period) and tokens[start - 1] == tokens[start - 1 - period]:
            start -= 1
        end = index + 1
        while end < len(tokens) and tokens[end] == tokens[end - period]:
            end += 1
        passed[period] = end
        if end - start >= period:
            yield _Run(start - period, end, period)


def _is_loop(article: AnnotatedArticle, tokens: _Tokens, run: _Run, min_repeats: int, min_phrase: int) -> bool:
    if run.repeats >= VERY_MANY:
        return True
    width = tokens.width(run.start)
    words = tokens.folded[run.start : run.start + run.period]
    if all(word.isdecimal() or word in _SOUNDS for word in words) or (len(words) == len(words[0]) == 1 and run.repeats <= min_repeats):
        return False  # 1 1 1, ha ha ha, A A A, 看看看
    if run.repeats < min_repeats and (run.period < min_phrase * width or any(word.isdecimal() for word in words)):
        return False
    quoted = _in_one_quotation(article, *tokens.place(run.start, run.end))
    pauses = [gap for gap in tokens.gaps(run) if _PAUSE.search(gap) and (gap != "-" or run.period == 1)]
    if not pauses:
        return not quoted or run.repeats >= MANY
    if any(_SENTENCE_END.match(gap) for gap in pauses) or run.period < 2 * min_phrase * width:
        return run.repeats >= (MANY if quoted or run.period == 1 else MANY - 1)
    return not quoted


def _loop(tokens: _Tokens, run: _Run) -> Mark:
    phrase = tokens.text(run.start, run.start + run.period)
    times = "twice" if run.repeats == 2 else f"{run.repeats} times"
    message = f"“{phrase}” stands here {times} in a row: the engine was stuck."
    severity = Severity.CRITICAL if run.repeats >= MANY else None
    return Mark(
        *tokens.place(run.start, run.end), message, suggestion=phrase, severity=severity, confidence=0.95 if run.repeats > 2 else 0.85
    )


def _stretches(article: AnnotatedArticle, tokens: _Tokens, min_stretch: int, looped: int) -> Iterator[Mark]:
    """Long stretches that stand twice, and not three times (then it is a list), with little between them."""
    words = tokens.folded
    first: dict[tuple[str, ...], int] = {}
    found: list[tuple[int, int, int]] = []
    start = 0
    while start < len(words):
        length = min_stretch * tokens.width(start)
        gram = tuple(words[start : start + length])
        at = first.setdefault(gram, start)
        if len(gram) < length or at + length > start:
            start += 1
            continue
        while start + length < len(words) and at + length < start and words[at + length] == words[start + length]:
            length += 1
        found.append((at, start, length))
        start += length
    if len(found) > MAX_STRETCHES or len({at for at, _, _ in found}) < len(found):
        return
    for at, start, length in found:
        if start >= looped and not _is_meant(article, tokens, at, start, length):
            message = "These words stand here a second time, shortly after the first."
            yield Mark(
                *tokens.place(start, start + length), message, suggestion="", confidence=0.7, related=(tokens.place(at, at + length),)
            )


def _is_meant(article: AnnotatedArticle, tokens: _Tokens, at: int, start: int, length: int) -> bool:
    """Whether the stretch is an echo, the item of a list, a long name, part of one quotation or a whole sentence."""
    if start - at - length > MAX_GAP * tokens.width(start):
        return True
    text = tokens.text(start, start + length)
    if _SENTENCE_END.search(text) or _in_one_quotation(article, *tokens.place(at, start + length)):
        return True
    long_words = [word for word in text.split() if len(word) > 3]
    if sum(word[0].isupper() for word in long_words) * 3 > len(long_words) * 2 and not article.language.noun_capitals:
        return True  # the name of an institution
    if len(set(tokens.folded[start : start + length])) < max(length * 2 / 3, MIN_DIFFERENT * tokens.width(start)):
        return True
    after = tokens.line.text[tokens.spans[start + length - 1][1] :]
    return _is_list(tokens, at - 1, start - 1, -1) or (not _SENTENCE_END.match(after) and _is_list(tokens, at + length, start + length, 1))


def _is_list(tokens: _Tokens, one: int, other: int, step: int) -> bool:
    """Whether two different names or figures stand at the two places, or the same word one step further."""
    if min(one, other) < 0 or max(one, other) >= len(tokens.folded) or tokens.folded[one] == tokens.folded[other]:
        return False
    pair = [tokens.text(place, place + 1) for place in (one, other)]
    if all(word[:1].isupper() or word.isdecimal() for word in pair):
        return True
    if min(one, other) + step < 0 or max(one, other) + step >= len(tokens.folded):
        return False
    beyond = [tokens.folded[place + step] for place in (one, other)]
    return all(word.isdecimal() for word in beyond) or (beyond[0] == beyond[1] and len(beyond[0]) > 3)


def _in_one_quotation(article: AnnotatedArticle, start: int, end: int) -> bool:
    index = bisect.bisect_right(article.quotations, (start, len(article.text))) - 1
    return index >= 0 and article.quotations[index].end >= end
