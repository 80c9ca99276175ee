"""A quotation mark or bracket stands without its partner.

*“We are ready, he said.* or *the ministry (of justice said so*: the engine dropped a mark, or moved one out of its sentence, and the
reader no longer knows who speaks. Put the other mark where the quotation ends; the source shows where.

A quotation may run over several paragraphs or segments, each of which opens it anew while only the last closes it; and where a feed
drops a paragraph, a quotation loses its end. So a lone mark counts only where the line itself shows the fault: blanks on both sides,
an odd number of straight marks, a quotation that begins in mid-sentence or after a colon; or, by option, when the source segment has
all its marks. Brackets always count. Nested quotations, German „ “, Swedish ” ”, Polish „ ”, reversed » «, list labels *a)*, *1)*,
smileys, inches and seconds, and Hebrew abbreviations are known. Single marks ’ ' are not looked at: they are apostrophes too often.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Line
from tqcheck.article import Example, Mark, Severity
from tqcheck.tables import Language

SEVERITY = Severity.MINOR
MQM = "linguistic-conventions/punctuation"
BAD = [
    'The agency said: [["]]We are ready. Then everyone left.',
    'The users are saving less after [["]]nineties fashion went away.',
    'They said, [["]]Kyiv stands. "All of it" stands.',
    '[["]]We are ready, he said.\n\nThe mayor nodded.\n\nShe called it "a new start" and left.',
    Example('Er nannte es einen Anfang [["]], und ging.', lang="de"),
    Example('[["]]Nous partons, dit-il.\n\nLe maire parla d\'un "début" et partit.', lang="fr"),
    Example('[["]]Мы готовы, сказал мэр.\n\nПотом он назвал это "началом" и ушёл.', lang="ru"),
    'He will tell you later, [["]] Sasha replied.',
    "The ministry [[(]]of justice said so on Monday.",
    "The ministry of justice[[)]] said so on Monday.",
    Example("Der Plan ist [[„]]wichtig für die Stadt, sagte er.", lang="de"),
    Example("L'agence a dit : [[\"]]Nous sommes prêts. Puis tous partirent.", lang="fr"),
    Example("Он назвал это [[«]]новым началом, и ушёл.", lang="ru"),
    Example("Han kallade det [[”]]ett nytt hopp, och gick.", lang="sv"),
    Example("Dijo: [[¿]]Adónde va el puente. Y se fue.", lang="es"),
    Example("市長はそれを[[「]]新しい始まりだと述べた。橋は開いた。", lang="ja"),
    Example("उसने इसे [[“]]नई शुरुआत कहा और चला गया। पुल खुला है।", lang="hi"),
    Example("他说[[（]]他是市长，然后走了。", lang="zh"),
]
GOOD = [
    "“We are ready,” he said. “He called it ‘a new start’ (or so) and left.”",
    "“We are ready. We have waited.\n\n“We will go now.\n\n“And we will stay,” he said.",
    '"We are ready.\n\nWe will go now," he said.',
    'He said: "We are ready.\n\nWe will go now," and left.',
    '"We are ready,” he said.\n\nThen he left.\n\nHe called it "a start" and left.',
    '"We are ready.\n\nWe will go now, " he said.\n\nHe called it "a start" and left.',
    '"We are ready.\n\n"We will go now.\n\nAnd we will stay," he said.',
    "He came home happy) Then we ate. See you tomorrow)",
    "It has a) a roof, b) a door and 3) a floor. He smiled :) and ;-) and left, aged (58).",
    'The screen is 27" wide, and he is 5\'10" tall. It stands at 40°26\'46" north.',
    "the ’90s, rock ’n’ roll, the dogs’ bowls",
    Example("„Wir lesen ‚Faust‘“, sagte er. »Alle«, sagte sie.", lang="de"),
    Example("« Nous partons.\n\n» Nous revenons », dit-il.", lang="fr"),
    Example("—¿Vamos? «Sí.\n\n»Ahora mismo», dijo.", lang="es"),
    Example("”Vi är redo”, sade han. ”Alla.”", lang="sv"),
    Example("„Jesteśmy gotowi”, powiedział.", lang="pl"),
    Example('נשיא ארה"ב אמר: "אנחנו מוכנים".', lang="he"),
    Example('יש שם ו"אפילו חימום", לדבריה. דמי ההשתתפות יהיו 50 ש"ח.', lang="he"),
    Example("«Мы готовы», — сказал он. Привет))", lang="ru"),
    Example("他说：“我们准备好了。”他读《红楼梦》（第一回）。", lang="zh"),
]
MISSED = [
    "He called it 'a new start[[,]] and left.",
    "“We are ready. It will take a year[[.]]",
]

_PAIRS = {"(": ")", "（": "）", "[": "]", "［": "］", "【": "】", "「": "」", "『": "』", "《": "》", "〈": "〉", "〔": "〕"}
_FAMILY = {close: opening for opening, close in _PAIRS.items()} | {"（": "(", "）": "(", "［": "[", "］": "[", "«": "«", "»": "«"}
_FAMILY |= dict.fromkeys("“”„‟", '"')
_QUOTES = frozenset('"“”„‟«»「」『』')
_MARK = regex.compile(r"[()（）\[\]［］【】「」『』《》〈〉〔〕\"“”„‟«»]")
_LABEL = regex.compile(r"(?:^|[\s(（;,.:/–—-])(?:\p{L}|\p{Nd}{1,3}|[ivxIVX]{1,4})\.?$")
_GERSHAYIM = regex.compile(r"\p{Hebrew}[\"”“]\p{Hebrew}")  # ארה"ב
_PREFIXED = regex.compile(r"(?:\W|^)\p{Hebrew}[\"”“]\p{Hebrew}{2}")  # ו"אפילו
_EYES = regex.compile(r"[:;=][-'^o]?$")
_INSTEAD_OF_STOP = regex.compile(r"\p{Ll}\)(?:\s*$|[ \u00a0]\p{Lu})")
_AFTER = regex.compile(r"[\p{L}\p{Nd}]")
_OPENS_AFTER = frozenset(" \t\u00a0\u202f\u2009([{（［【「『《〈-–—/„“‘‚'«¿¡‐\u200f\u200e")
_CLOSES_BEFORE = frozenset(" \t\u00a0\u202f\u2009.,;:!?…)]}）］】」』》〉-–—/’‘'»”“。，、；：！？؛،؟।\u200f\u200e")
_OTHER_CLOSING = regex.compile(r"(?<=[\p{L}\p{Nd}.,!?，。！？])[“”»’](?!\p{L}\p{Ll}{0,2}\b)")
_DASHES = " \t\u00a0–—-"
_STOPS = frozenset(".,;:!?")
# Where letters have no case, what stands before shows it; not in Chinese and Arabic, where human translators lose as many marks.
_UNCASED = regex.compile(r"[\p{Hiragana}\p{Katakana}\p{Hangul}\p{Devanagari}]|\p{Han}(?=[^。]{0,400}[\p{Hiragana}\p{Katakana}])")
_MID_SENTENCE = regex.compile(r"[\p{Lo}\p{M}][ ]?\Z")
_BLANKS = frozenset(" \t\u00a0\u202f\u2009")
# Both are named where they cut.
MAX_WAITING = 20  # marks that wait for a partner in later lines
MAX_DEPTH = 20  # how deep pairs may nest
_NEAR = 40  # letters within which a line that goes on must show a letter
_CURLY_OPENS = frozenset({"en", "zh", "ko", "fr", "es", "it", "pt", "nl", "tr", "ja"})  # where “ opens when blanks do not tell


class _Sign(NamedTuple):
    """A mark that found no partner in its line; positions count from the line's start."""

    at: int
    char: str
    opens: bool

    @property
    def family(self) -> str:
        return _FAMILY.get(self.char, self.char)


class _Waiting(NamedTuple):
    """A mark that may find its partner in a later line."""

    sign: _Sign
    line: Line
    number: int
    first: int  # where the first mark of the line stands
    straight: int  # how many straight quotation marks the line has


def check(article: AnnotatedArticle, *, max_lines: int = 10, by_source: bool = False) -> Iterator[Mark]:
    """Yield a finding for each mark without partner.

    Args:
        article: the article.
        max_lines: over how many lines or segments a quotation or bracket may run.
        by_source: report any mark without partner where the source segment has all of its marks. Off, because human translators
            lose marks too: it finds half as many faults again, and three to four times as many of theirs.
    """
    waiting: list[_Waiting] = []
    alone: list[_Waiting] = []
    for number, line in enumerate(article.lines):
        turned = max(line.text.rfind("¿"), line.text.rfind("¡"))
        if turned > max(line.text.rfind("?"), line.text.rfind("!")):
            yield Mark(line.start + turned, line.start + turned + 1, "This mark is never closed.", confidence=0.85)
        first = _MARK.search(line.text)
        if not first:
            continue
        straight = line.text.count('"')
        for sign in _without_partner(article, line.text, article.language):
            here = _Waiting(sign, line, number, first.start(), straight)
            closes = not sign.opens or _closes_after_blank(line.text, sign.at)
            partner = next((one for one in reversed(waiting) if one.sign.family == sign.family), None) if closes else None
            if sign.opens and not (partner and number - partner.number <= max_lines):
                waiting.append(here)
                if len(waiting) > MAX_WAITING:
                    alone.append(_given_up(article, waiting, number - max_lines))
            elif partner and number - partner.number <= max_lines:
                waiting.remove(partner)
            else:
                alone.append(here)
    for one in sorted(alone + waiting, key=lambda one: (one.number, one.sign.at)):
        if _is_sure(article, one) or _is_overtaken(article, one, max_lines) or (by_source and _is_balanced_in_source(article, one.line)):
            yield _mark(one)


def _given_up(article: AnnotatedArticle, waiting: list[_Waiting], earliest: int) -> _Waiting:
    """The first mark that waits, which now waits no more; named where its line is late enough for a partner still to come."""
    if waiting[0].number >= earliest:
        article.limit(f"pair-unbalanced: of more than {MAX_WAITING} marks open at once the first were taken to stay so")
    return waiting.pop(0)


def _mark(one: _Waiting) -> Mark:
    line, sign = one.line, one.sign
    kind = "quotation mark" if sign.char in _QUOTES else "bracket"
    message = f"This {kind} is never closed." if sign.opens else f"This {kind} closes what was never opened."
    related = ((line.start + one.first, line.start + one.first + 1),) if one.first != sign.at else ()
    return Mark(line.start + sign.at, line.start + sign.at + 1, message, confidence=0.75, related=related)


def _is_sure(article: AnnotatedArticle, one: _Waiting) -> bool:
    """Whether the quotation does not just go on in a line that the article lacks: feeds cut quotations, and so did the source."""
    sign, text, at = one.sign, one.line.text, one.sign.at
    if sign.char not in _QUOTES:
        return True
    after = text[at + 1 : at + 2]
    if _is_loose(article.language, text, at):
        return True
    uncased = sign.char in "“「『" and _UNCASED.match(text, at + 1) and _MID_SENTENCE.search(text, max(0, at - 2), at)
    if sign.opens and (after.islower() or uncased):
        return True  # a quotation that begins in mid-sentence ends in that sentence
    if sign.char != '"':
        return False
    return one.straight in {3, 5, 7} or (sign.opens and text[max(0, at - 3) : at].rstrip()[-1:] == ":")


def _is_overtaken(article: AnnotatedArticle, one: _Waiting, max_lines: int) -> bool:
    """Whether another quotation begins while this one, which began with its line, has not ended.

    It may be that every paragraph of a long quotation opens it anew: then the very next line begins with a mark.
    """
    sign = one.sign
    if sign.char != '"' or not sign.opens or sign.at > one.first or one.line.text[: sign.at].strip(_DASHES):
        return False
    if _OTHER_CLOSING.search(one.line.text, sign.at + 1):
        return False  # closed, with a mark of another system: *quote-style-mixed*
    following = article.lines[one.number + 1 : one.number + 1 + max_lines]
    marked = next((distance for distance, line in enumerate(following) if '"' in line.text), None)
    if marked is None:
        return False
    return marked > 0 or not following[0].text.lstrip(_DASHES).startswith('"')


def _closes_after_blank(text: str, at: int) -> bool:
    """*as it is, " he said*: the blank before it is *punctuation-stray*'s."""
    loose = at > 1 and text[at - 1] in _BLANKS and (at + 1 == len(text) or text[at + 1] in _BLANKS)
    return loose and text[at] in '"”“' and text[at - 2] in _STOPS


def _is_loose(language: Language, text: str, at: int) -> bool:
    """Whether blanks stand on both sides, or one before and a comma or full stop after: in no style but the French."""
    if language.space_before and text[at] in "«»":
        return False
    after = text[at + 1 : at + 2]
    return at > 0 and text[at - 1] in _BLANKS and (not after or after in _BLANKS or (after in _STOPS and text[at] in '"„'))


def _is_balanced_in_source(article: AnnotatedArticle, line: Line) -> bool:
    sources = article.article.source_segments
    if sources is None or line.segment is None or not article.source_lang or not sources[line.segment].strip():
        return False
    return not _without_partner(article, sources[line.segment], tables.language(article.source_lang))


def _without_partner(article: AnnotatedArticle, text: str, language: Language) -> list[_Sign]:
    """The marks of a line that have no partner in it, in order."""
    opened: list[_Sign] = []
    alone: list[_Sign] = []
    for match in _MARK.finditer(text):
        char, at = match.group(), match.start()
        family = _FAMILY.get(char, char)
        inside = next(
            (index for index in range(len(opened) - 1, max(-1, len(opened) - MAX_DEPTH - 1), -1) if opened[index].family == family), None
        )
        opens = _role(text, at, language, is_open=inside is not None)
        if inside is None and len(opened) > MAX_DEPTH and opens is not None and (not opens or char in _QUOTES):
            article.limit(f"pair-unbalanced: of {{}} marks open at once the last {MAX_DEPTH} were looked at for a partner", len(opened))
        if opens:
            opened.append(_Sign(at, char, True))
        elif opens is not None and inside is not None:
            del opened[inside]
        elif opens is not None:
            alone.append(_Sign(at, char, False))
    return sorted(alone + opened)


def _role(text: str, at: int, language: Language, *, is_open: bool) -> bool | None:
    """Whether a mark opens; None when it is no mark of a pair."""
    char = text[at]
    if char not in '"“”„‟«»':
        return None if char in "()" and _is_label_or_smiley(text, at, is_open=is_open) else char in _PAIRS
    before, after = text[at - 1 : at] or " ", text[at + 1 : at + 2] or " "
    if (gershayim := bool(_GERSHAYIM.match(text, max(0, at - 1)))) or (char == '"' and before.isdecimal() and not is_open):
        return True if gershayim and not is_open and _PREFIXED.match(text, max(0, at - 2)) else None  # ארה"ב, 27"
    if char in "„‟" or (language.space_before and char in "«»"):
        return char != "»"
    if not text[max(0, at - 3) : at].strip(" –—-") and at <= 3:
        return True
    if at + _NEAR > len(text) and not _AFTER.search(text, at + 1):
        return False
    return _role_by_blanks(char, before, after, language, is_open=is_open)


def _role_by_blanks(char: str, before: str, after: str, language: Language, *, is_open: bool) -> bool:
    opens = before in _OPENS_AFTER and after not in _BLANKS
    closes = after in _CLOSES_BEFORE and before not in _BLANKS
    if opens != closes:
        return opens
    if before in _BLANKS and after in _BLANKS:
        return not is_open
    if char == "“" and language.tag in _CURLY_OPENS:
        return True
    return char == "«" if char in "”«»" else not is_open


def _is_label_or_smiley(text: str, at: int, *, is_open: bool) -> bool:
    if text[at] == ")" and is_open:
        return False
    if text[at] == ")" and _INSTEAD_OF_STOP.match(text, at - 1):
        return True  # *See you)*, as Russians and Ukrainians smile
    if _EYES.search(text[max(0, at - 2) : at]):
        return True
    return text[at] == ")" and (bool(_LABEL.search(text[max(0, at - 8) : at])) or ")" in {text[at - 1 : at], text[at + 1 : at + 2]})
