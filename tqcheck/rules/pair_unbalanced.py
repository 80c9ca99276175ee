"""A quotation mark or bracket stands without its partner.

*“We are ready, he said.* or *the ministry (of justice said so*: the engine dropped a mark, or moved one out of its sentence, and the
reader no longer knows who speaks. Put the other mark where the quotation ends; the source shows where.

A quotation may run over several paragraphs or segments, each of which opens it anew while only the last closes it. Nested quotations, German
„ “, Swedish ” ”, Polish „ ”, reversed » «, list labels *a)*, *1)*, smileys, inches and seconds, and Hebrew abbreviations (ארה"ב) are known.
Single marks ’ ' are not looked at: they are apostrophes too often.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import regex

from tqcheck.annotate import AnnotatedArticle, Line
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MINOR
MQM = "linguistic-conventions/punctuation"
BAD = [
    "[[“]]We are ready, he said. Then he left.",
    'We are ready,[["]] he said. Then he left.',
    '[["]]They said, "Kyiv is not." As occupiers under the law they left.',
    "The ministry [[(]]of justice said so on Monday.",
    "The ministry of justice[[)]] said so on Monday.",
    Example("[[„]]Wir sind bereit, sagte er. Dann ging er.", lang="de"),
    Example("[[«]] Nous sommes prêts, dit-il. Puis il partit.", lang="fr"),
    Example("Он сказал: [[«]]Мы готовы. И ушёл.", lang="ru"),
    Example("[[”]]Vi är redo, sade han. Sedan gick han.", lang="sv"),
    Example("他说：[[“]]我们准备好了。然后他走了。", lang="zh"),
    Example("市長は[[「]]橋を開く、と言った。", lang="ja"),
]
GOOD = [
    "“We are ready,” he said. “He called it ‘a new start’ (or so) and left.”",
    "“We are ready. We have waited.\n\n“We will go now.\n\n“And we will stay,” he said.",
    '"We are ready.\n\nWe will go now," he said.',
    "It has a) a roof, b) a door and 3) a floor. He smiled :) and ;-) and left.",
    'The screen is 27" wide, and he is 5\'10" tall. It stands at 40°26\'46" north.',
    "the ’90s, rock ’n’ roll, the dogs’ bowls",
    Example("„Wir lesen ‚Faust‘“, sagte er. »Alle«, sagte sie.", lang="de"),
    Example("« Nous partons.\n\n» Nous revenons », dit-il.", lang="fr"),
    Example("—¿Vamos? «Sí.\n\n»Ahora mismo», dijo.", lang="es"),
    Example("”Vi är redo”, sade han. ”Alla.”", lang="sv"),
    Example("„Jesteśmy gotowi”, powiedział.", lang="pl"),
    Example('נשיא ארה"ב אמר: "אנחנו מוכנים".', lang="he"),
    Example("«Мы готовы», — сказал он. Привет)", lang="ru"),
    Example("他说：“我们准备好了。”他读《红楼梦》（第一回）。", lang="zh"),
]
MISSED = ["He called it 'a new start[[,]] and left."]

PAIRS = {"(": ")", "（": "）", "[": "]", "［": "］", "{": "}", "【": "】", "「": "」", "『": "』", "《": "》", "〈": "〉", "〔": "〕"}
_FAMILY = {"（": "(", "）": "(", ")": "(", "］": "[", "]": "[", "［": "["} | {close: open_ for open_, close in PAIRS.items() if open_ in "{【「『《〈〔"}
_QUOTES = frozenset("\"“”„‟«»")
_MARK = regex.compile(r"[()（）\[\]［］{}【】「」『』《》〈〉〔〕\"“”„‟«»]")
_LABEL = regex.compile(r"(?:^|[\s(（;,.:/–—-])(?:\p{L}|\p{Nd}{1,3}|[ivxIVX]{1,4})\.?$")
_SMILEY_MOUTH = regex.compile(r"[:;=8xX][-'^o]?$")
_OPENS_AFTER = frozenset(" \t\u00a0\u202f\u2009([{（［【「『《〈-–—/„“‘‚'«¿¡‐\u200f\u200e")
_CLOSES_BEFORE = frozenset(" \t\u00a0\u202f\u2009.,;:!?…)]}）］】」』》〉-–—/’‘'»”“。，、；：！？؛،؟।\u200f\u200e")


class _Open(NamedTuple):
    position: int
    family: str
    line: int


def check(article: AnnotatedArticle, *, max_lines: int = 10) -> Iterator[Mark]:
    """Yield a finding for each mark without partner.

    Args:
        article: the article.
        max_lines: over how many lines or segments a quotation or bracket may run.
    """
    text = article.text
    waiting: list[_Open] = []
    alone: list[int] = []
    for number, line in enumerate(article.lines):
        opened, closed, first = _of_line(article, line, number)
        for position, family in closed:
            partner = next((one for one in reversed(waiting) if one.family == family and number - one.line <= max_lines), None)
            if partner:
                waiting.remove(partner)
            elif not first == position:
                alone.append(position)
        for one in opened:
            if one.family in '"«' and one.position == first:
                waiting = [other for other in waiting if other.family != one.family]
            waiting.append(one)
    for position in sorted(alone + [one.position for one in waiting]):
        yield Mark(position, position + 1, "alone")


def _of_line(article: AnnotatedArticle, line: Line, number: int):
    text = line.text
    stack: list[_Open] = []
    closed: list[tuple[int, str]] = []
    first = None
    for match in _MARK.finditer(text):
        char, at = match.group(), match.start()
        if at == 0 and char in _QUOTES: first = line.start
        if char in _QUOTES:
            family = "«" if char in "«»" else '"'
            role = _quote_role(article, text, at, char, any(one.family == family for one in stack))
            if role is None: continue
        else:
            family = _FAMILY.get(char, char)
            role = char in PAIRS
            if not role and char == ")" and not any(o.family == family for o in stack) and (_LABEL.search(text[max(0, at-8):at]) or _SMILEY_MOUTH.search(text[max(0,at-2):at])): continue
            if role and char == "(" and _SMILEY_MOUTH.search(text[max(0,at-2):at]): continue
        if role:
            stack.append(_Open(line.start + at, family, number))
        else:
            partner = next((k for k in range(len(stack)-1, -1, -1) if stack[k].family == family), None)
            if partner is None and family in '"«':
                partner = None
            if partner is None:
                closed.append((line.start + at, family))
            else:
                del stack[partner]
    return stack, closed, first


def _quote_role(article, text, at, char, is_open):
    before = text[at-1] if at else " "
    after = text[at+1] if at + 1 < len(text) else " "
    if char == '"':
        if before.isdigit() and not is_open: return None
        if article.language.tag == "he" and before.isalpha() and after.isalpha(): return None
    if char in "„‟": return True
    opens = before in _OPENS_AFTER and after not in " \t"
    closes = after in _CLOSES_BEFORE and before not in " \t"
    if char in "«»" and article.language.space_before: return char == "«"
    if opens and not closes: return True
    if closes and not opens: return False
    if char == "“": return True if article.language.tag in ("en","zh","ko","fr","es","it","pt","nl","tr","ja") else not is_open
    if char == "”": return False
    if char == "«": return True
    if char == "»": return False
    return not is_open
