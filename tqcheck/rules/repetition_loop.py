"""A word or phrase over and over: a decoder that got stuck.

*The reform of state-owned state-owned state-owned enterprises*, *in the region in the region*: the engine lost its place and wrote
the same words again, sometimes to the end of the line. What it left out meanwhile may be missing: look at the source.

Found are: a word or phrase three times in a row (five times where commas, full stops or hyphens stand between, or within quotation marks:
a slogan, a stutter, *no, no, no*), three words or more twice in a row, and a long stretch that comes back in the same paragraph.
Laughter, songs, figures and dotted lines are left alone. A single word twice is *word-doubled*'s, a whole sentence *sentence-repeated*'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import regex

from tqcheck.annotate import AnnotatedArticle, Line
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/addition"
BAD = [
    "The reform of [[state-owned state-owned state-owned]] enterprises goes on.",
    "In [[the second round of the second round of]] the tournament they met again.",
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
    "He said that the bridge would open. She said that the bridge would not.",
    Example("Von Stadt zu Stadt zu Stadt, Schritt für Schritt.", lang="de"),
    Example("Olé, olé, olé, olé, chantaient-ils.", lang="fr"),
    Example("哈哈哈哈哈，他笑了。好好好。……————", lang="zh"),
]
MISSED = ["He came from [[Yufuin, Yufuin, Yufuin]], the town of inns."]

MAX_PERIOD = 16
_TOKEN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]|(?:(?![\p{Han}\p{Hiragana}\p{Katakana}])[\p{L}\p{M}\p{Nd}])++")
_CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_PAUSE = regex.compile(r"[,;:.!?…–—\-‐·•|/、，。！？；：،؛؟]")
_LAUGHTER = frozenset(
    "ha he hi ho hey la na no yes da ja ne ne tra o oh ah uh hu bla blah bye so very very olé ole go win muy sehr très troppo molto много очень"
    " 哈 呵 嘿 啊 嗚 呜 哦 嘻 好 是 对 不 あ う え お ー ｗ は ハ わ ㅋ ㅎ ха хи хе ля"
    .split()
)


class _Run(NamedTuple):
    """Tokens start to end (exclusive) repeat with a period."""

    start: int
    end: int
    period: int

    @property
    def repeats(self) -> int:
        return (self.end - self.start) // self.period


def check(article: AnnotatedArticle, *, min_repeats: int = 3, min_phrase: int = 3, min_stretch: int = 7) -> Iterator[Mark]:
    """Yield a finding for each loop, from its first to its last word.

    Args:
        article: the article.
        min_repeats: times in a row from which a word or phrase is a loop.
        min_phrase: words of a phrase from which twice in a row is too often (characters in CJK: twice as many).
        min_stretch: words from which a stretch must not come back within the paragraph (characters in CJK: twice as many).
    """
    for line in article.lines:
        tokens = _TOKEN.findall(line.text.casefold())
        if len(tokens) - len(set(tokens)) >= 2:
            yield from _of_line(article, line, tokens, min_repeats, min_phrase, min_stretch)


def _of_line(article, line, tokens, min_repeats, min_phrase, min_stretch):
    spans = None
    last_end = -1
    for run in sorted(_runs(tokens)):
        if run.start < last_end: continue
        cjk = 2 if _CJK.match(tokens[run.start]) else 1
        rep = run.repeats
        if rep < min_repeats and run.period < min_phrase * cjk: continue
        if rep < 2: continue
        if spans is None: spans = [m.span() for m in _TOKEN.finditer(line.text)]
        if len(spans) != len(tokens): return
        a, b = spans[run.start][0], spans[run.end-1][1]
        yield Mark(line.start+a, line.start+b, f"{rep}x p{run.period} {'PAUSE' if _PAUSE.search(line.text[a:b]) else ''}")
        last_end = run.end
    dup = len(tokens) - len(set(tokens))
    if dup >= min_stretch:
        yield from _stretch(article, line, tokens, min_stretch)


def _stretch(article, line, tokens, min_stretch):
    n = min_stretch * (2 if sum(map(len, tokens)) < 2 * len(tokens) else 1)
    first = {}
    k = 0
    spans = None
    while k + n <= len(tokens):
        gram = tuple(tokens[k:k+n])
        at = first.setdefault(gram, k)
        if at + n <= k:
            j = n
            while k + j < len(tokens) and at + j < k and tokens[at+j] == tokens[k+j]: j += 1
            if spans is None: spans = [m.span() for m in _TOKEN.finditer(line.text)]
            if len(spans) != len(tokens): return
            yield Mark(line.start+spans[k][0], line.start+spans[k+j-1][1], f"stretch n={j} gap={k-at-j} B1={tokens[max(0,at-4):at]} A1={tokens[at+j:at+j+5]} B2={tokens[max(0,k-4):k]} A2={tokens[k+j:k+j+5]} | {'HIT' if set(tokens[at+j:min(k,at+j+5)]+tokens[max(0,at-4):at])&set(tokens[k+j:k+j+5]+tokens[max(0,k-4,at+j):k]) else ''}", related=((line.start+spans[at][0], line.start+spans[at+j-1][1]),))
            k += j
        else: k += 1


def _runs(tokens: Sequence[str]) -> Iterator[_Run]:
    """All runs in which each token equals the one a period before it, two periods long or more. Linear: every period passes once."""
    seen: dict[str, int] = {}
    passed = [0] * (MAX_PERIOD + 1)
    for index, token in enumerate(tokens):
        period = index - seen.get(token, -MAX_PERIOD - 1)
        seen[token] = index
        if period > MAX_PERIOD or index < passed[period] or token != tokens[index - period]:
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
