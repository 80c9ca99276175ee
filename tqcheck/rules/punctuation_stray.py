"""A punctuation mark stands where none belongs, or a blank is missing or too many at one.

*at their disposal .*, *Gladkov. , which entered*, *the plan,, he said*, *was over.The police*: such places are left when an engine
moves words across a mark, or drops a quotation mark or a link between two marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, is_abbreviation
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MINOR
MQM = "linguistic-conventions/punctuation"
FIX = "blanks"
FIX_ALIKE = True
BAD = [
    "They had vehicles at their disposal[[ .]] They used two.",
    "said the governor, Ivan Hrebin[[. ,]] which entered it.",
    "He bought apples, pears[[,.]] Then he left.",
    "The plan[[,,]] he said, is dead.",
    "It was over[[.]]The police left.",
    "He came[[ ,]] saw and left.",
    "The men ([[ ]]all armed) left.",
    'It grew and caused [[" ]]avalanches of snow.[[ "]] Nobody slept.',
    "The mayor[[ ']]s car and the town[[ ’ ]]s bridge don[[' ]]t last.",
    Example("Le maire de l[[ ’ ]]Isle aime l[[' ]]eau, dit-il.", lang="fr"),
    Example("Il sindaco dell[[ ’ ]]isola ama l[[' ]]acqua.", lang="it"),
    '"It is late.\n\nWe go now,[[ "]] he said.',
    Example('"Es ist spät.\n\nWir gehen![[ "]]', lang="de"),
    Example("Das ist der Plan[[ .]] Er gilt ab Montag.", lang="de"),
    Example("Le plan est prêt[[ .]] Il entre en vigueur lundi.", lang="fr"),
    Example("План готовий[[ .]] Він діє з понеділка.", lang="uk"),
    Example("Plán je hotový[[.,]] řekl mluvčí.", lang="cs"),
    Example("Obvinil je z [[,,]]koluze“ a odešel.", lang="cs"),
    Example("Он назвал это [[,,]]началом“ и ушёл.", lang="ru"),
    "Prices fell by 3 %[[. ,]] wages by 2%[[,,]] he said.",
    Example("המכרז נסגר אתמול[[.]]התוצאה תפורסם מחר.", lang="he"),
    Example("وأغلقت المكتبة اليوم[[.]]وستفتح غدا.", lang="ar"),
    Example("पुस्तकालय कल बंद हुआ[[।]]वह सोमवार को खुलेगा।", lang="hi"),
    Example("도서관은 어제 문을 닫았다[[.]]월요일에 다시 연다.", lang="ko"),
    Example("图书馆昨天关门了[[。。]]星期一重新开放[[，。]]", lang="zh"),
    "Then he cried: Get out![[.]] They left (all of the FBI[[ ]]).",
]
GOOD = [
    'He said: "I came.\n"\nThen he left.',
    "He works for a .NET shop, uses Node.js and reads example.org/a,b daily.",
    "She works at Yahoo!. He smiled ;-) at it, and left :-) She saw it ) too.",
    "Wait ... what? He said: “Well …” and left at 5 p.m., she said.",
    "It cost $.50, i.e. half a dollar. In the U.S., too, e.g., that is cheap.",
    "The score was 3 : 2. What?! No!!",
    "He reads Yahoo!News and Kostroma.Today and smiles :) at it. They call it -Yahoo!News here.",
    "The dogs' tails, the '90s, rock 'n' roll; he said 'no' so often that 'the car' s' was lost.",
    Example("L'an 2000 et l’eau ; « l’ » est un article, dit-il.", lang="fr"),
    'The screen is 27" wide, he said "enough" and "no more" to it. So " it is',
    Example('Il a dit " assez " et il est parti.', lang="fr"),
    Example("Le plan est prêt ; il entre en vigueur lundi. Vraiment ?", lang="fr"),
    Example("Im 19. Jh., z. B. in Bonn, u.a. am Rhein.", lang="de"),
    Example("В т.ч. на 5 тыс., т.е. много; г.Киев.", lang="ru"),
    Example("El 3.º, etc., y S.A., dijo.", lang="es"),
    Example("כתובתו ת.ד. 12, בע.מ. ארה.ב ושעה 12.30, אמר לאפ.בי.איי ושהדי.אן.איי נמצא.", lang="he"),
    Example("图书馆？！是的……真的。。。", lang="zh"),
    Example("他说：“好。”然后走了( Anna Lind )。", lang="zh"),
]
MISSED = [
    "He gave it to[[,]] the man.",
    Example("大桥已经开通[[ ]]。车辆可以通行。", lang="zh"),  # human translators leave such blanks too
]

_BLANK = "[ \u00a0\u202f\u2009]"
_STRAY = regex.compile(
    rf"""
      (?P<joined> (?<=[\p{{L}}\p{{M}}\p{{Nd}})\]"”»’%]) (?:\.{_BLANK},(?![,.\d]) | (?<=\p{{Ll}}{{5}})\.,) (?={_BLANK}?\p{{L}}) )
    | (?P<dots> (?<=[\p{{L}}\p{{M}}\p{{Nd}})\]"”»]) (?<![.\s]\p{{L}}) \.\.(?![.\p{{L}}\p{{Nd}}/\\]) )
    | (?P<comma_stop> (?<=[\p{{L}}\p{{M}}\p{{Nd}})\]"”»%]) ,{_BLANK}?\.(?![.\p{{Nd}}]) (?=\s|$) )
    | (?P<commas> (?<=[\p{{L}}\p{{M}}\p{{Nd}})\]"”»%]) ,{_BLANK}?,(?![,\p{{Nd}}]) (?=\s) )
    | (?P<before> (?<=[\p{{L}}\p{{M}}\p{{Nd}})\]%"”»’])({_BLANK})
          (?:[,;!?](?=[\s\p{{Pf}}"')\]]|$)|:(?=\s|$) | \.(?=[\s\p{{Pf}}"')\]]|$)(?!{_BLANK}?\.)) )
    | (?P<opened> (?<=\([ \u00a0])(?<=\(.)(?=[\p{{L}}\p{{Nd}}]) )
    | (?P<closed> (?<=[\p{{L}}\p{{Nd}}.!?])[ ](?=\)) )
    | (?P<low> (?<=[\s(]|^) ,, (?=\p{{L}}{{2}}) )
    | (?P<after_mark> (?<=\p{{Ll}}{{2}}[!?]) \.(?![.\p{{L}}\p{{Nd}}]) )
    | (?P<missing> (?<=[\p{{Ll}}]{{2}}|\p{{Ll}}[)»”"]) [.!?] (?=\p{{Lu}}[\p{{Ll}}\s]) )
    | (?P<uncased_missing> (?<=[\p{{Arabic}}\p{{Hebrew}}]{{4}}|\p{{Hangul}}{{3}}|[\p{{Devanagari}}]{{3}}) [.।؟۔]
          (?=(?!\p{{M}})[\p{{Arabic}}\p{{Hebrew}}\p{{Hangul}}\p{{Devanagari}}]{{2}}) (?!\p{{L}}{{1,5}}\.) )
    | (?P<wide> (?<![。，、])(?:。。|，。|、。|。，|，，)(?![。，、]) )
    | (?P<comma_missing> (?<=\p{{Ll}}{{2}}),(?=\p{{Ll}}{{2}}) )
    """,
    regex.VERBOSE | regex.MULTILINE,
)
# Where the pattern above can match at all: plain characters, found ten times faster than by trying it everywhere.
_CANDIDATE = re.compile(
    r"(?P<low>[\s(](?=,,\w))|(?P<opened>\([ \u00a0])|[ \u00a0\u202f\u2009][,;:!?.)]|\.[ \u00a0]?,|\.\.|,[ \u00a0]?[.,]"
    r"|(?P<after_mark>[!?])(?=\.)|[.!?,।؟۔](?=[^\W\d_])|[。，、][。，]"
)
_MESSAGE = {
    "joined": "A full stop and a comma in a row: the sentence was torn apart here, or one mark is too many.",
    "dots": "Two full stops in a row: one is too many, or an ellipsis lacks one.",
    "comma_stop": "A comma and a full stop in a row: one is too many, or something between them was lost.",
    "commas": "Two commas in a row: one is too many.",
    "low": "Two commas stand for a quotation mark here.",
    "after_mark": "There is a full stop after “{mark}”: one mark is too many.",
    "before": "There is a blank before “{mark}”.",
    "opened": "There is a blank after the opening bracket.",
    "closed": "There is a blank before the closing bracket.",
    "missing": "A blank is missing after “{mark}”.",
    "uncased_missing": "A blank is missing after “{mark}”.",
    "wide": "Two marks in a row: one is too many.",
    "comma_missing": "A blank is missing after the comma.",
}
_SUGGESTION = {"wide": "。", "closed": "", "comma_missing": ", ", "commas": ",", "dots": ".", "low": "„", "after_mark": ""}
_QUOTED_BLANK = re.compile(r'"[ \u00a0]|[ \u00a0]"')
_STRAIGHT = re.compile('"')
_OPENS = re.compile(r"[\s(\[–—-]")
_STOPS = frozenset(".,!?…")
_FAR = 300  # characters within which an opening bracket is looked for
_LATIN = regex.compile(r"\p{Latin}")
_OPENERS = "-–—([„“«\"'"
_LETTERS = re.compile(r"[^\W\d_]+")
_DOMAINS = frozenset(
    re.findall(r"\S+", "com org net info eu ua ru cz de fr uk pl io jp cn gov edu today news media life live online site tv me one press")
)  # names of news sites that are written with a capital: *Kostroma.Today*
_APART = regex.compile(
    r"""
      (?P<possessive> (?<=\p{L})[ \u00a0]['’][ \u00a0]?(?=(?:s|t|re|ve|ll)\b) | (?<=\p{L})['’][ \u00a0](?=(?:s|t|re|ve|ll)[ \u00a0.,]) )
    | (?P<elided> (?<=\b(?:[ldjnmtcsLDJNMTCS]|[Qq]u|[Dd]ell|[Aa]ll|[Nn]ell|[Uu]n))
          (?:[ \u00a0]['’][ \u00a0]?|['’][ \u00a0])(?=[\p{Ll}\p{Lu}]) )
    """,
    regex.VERBOSE,
)
_APART_TRIGGER = re.compile(r"[ \u00a0]['’]|['’][ \u00a0]")
_ELIDING = frozenset({"fr", "it", "ca"})
_SHORTEST = 4  # letters from one mark to the other: less is no quotation
_MARKS = regex.compile(r"[.,;:!?]")
_MANY = 8
_ADDRESS = regex.compile(r"://|www\.|@\w|#\w|\w\.(?:com|org|net|info|eu|ua|ru|cz|de|fr|uk|pl|io|jp|cn|gov|edu)\b", regex.IGNORECASE)
_LONGEST_ADDRESS = 200


def check(article: AnnotatedArticle, *, max_share: float = 0.3) -> Iterator[Mark]:
    """Yield a finding for each stray mark.

    Args:
        article: the article.
        max_share: when more than this share of an article's marks of one kind has a blank before it, that is a (foreign or
            tokenised) convention of the whole text, and reported once.
    """
    tokenised: list[Mark] = []
    end = -1
    for candidate in _CANDIDATE.finditer(article.text):
        match = _STRAY.match(article.text, candidate.end() if candidate.lastgroup else candidate.start())
        if match is None or match.start() < end:
            continue
        end = match.end()
        kind = next(name for name, value in match.groupdict().items() if value is not None)
        mark = _stray(article, match, kind)
        if mark is None or _is_in_address(article.text, match.start()):
            continue
        if kind == "before":
            tokenised.append(mark)
        else:
            yield mark
    tokenised += _apart(article)
    if "»" not in article.language.space_before:
        tokenised += _blanks_in_quotations(article)
    if len(tokenised) < _MANY or len(tokenised) < max_share * len(_MARKS.findall(article.text)):
        yield from tokenised
    else:
        first, *rest = tokenised
        message = "The whole text has blanks at its punctuation marks."
        yield replace(first, message=message, related=tuple((mark.start, mark.end) for mark in rest))


def _blanks_in_quotations(article: AnnotatedArticle) -> Iterator[Mark]:
    """*He said " enough " and left*: straight marks are paired off within a line, if they can be."""
    text = article.text
    for line in article.lines if _QUOTED_BLANK.search(text) else ():
        marks = [match.start() for match in _STRAIGHT.finditer(text, line.start, line.end)]
        if len(marks) % 2:
            yield from _blank_before_lone_mark(text, [at for at in marks if at > line.start], line.end)
            continue
        for opening, closing in zip(marks[::2], marks[1::2], strict=True):
            if not (_OPENS.search(text, max(line.start, opening - 1), opening) or opening == line.start) or closing - opening < _SHORTEST:
                continue
            if text[opening + 1].isspace():
                yield Mark(opening, opening + 2, "There is a blank after the opening quotation mark.", suggestion='"')
            if text[closing - 1].isspace() and not text[closing + 1 : closing + 2].isalnum():
                yield Mark(closing - 1, closing + 1, "There is a blank before the closing quotation mark.", suggestion='"')


def _apart(article: AnnotatedArticle) -> Iterator[Mark]:
    """*the mayor 's*, *l ’ économie*: blanks at an apostrophe, as a tokeniser leaves them."""
    text, lang = article.text, article.language.tag
    if not _APART_TRIGGER.search(text) or not (lang == "en" or lang in _ELIDING):
        return
    for match in _APART.finditer(text):
        if (match.lastgroup == "elided") == (lang in _ELIDING) and not _is_closing_single(text, match.start()):
            sign = match.group().strip(" \u00a0")
            yield Mark(*match.span(), "There is a blank at the apostrophe.", suggestion=sign)


def _is_closing_single(text: str, at: int) -> bool:
    """Whether the mark closes a quotation: *he said ‘no’ s that*; seen by an opening mark before it in the same line."""
    before = text[max(0, at - 80) : at].rpartition("\n")[2]
    return "‘" in before or bool(regex.search(r"(?<![\p{L}\d])'(?!(?:s|t|re|ve|ll|m|d|n)\b)\p{L}", before))


def _blank_before_lone_mark(text: str, marks: list[int], end: int) -> Iterator[Mark]:
    """*as it is, " he said*: a quotation that began in a line before."""
    for at in marks:
        if text[at - 2 : at - 1] in _STOPS and text[at - 1].isspace() and (at + 1 == end or text[at + 1].isspace()):
            yield Mark(at - 1, at + 1, "There is a blank before the closing quotation mark.", suggestion='"')


def _is_in_address(text: str, position: int) -> bool:
    """Whether a position lies in a URL, an e-mail address, a handle or a tag, as far as the blanks around it show."""
    before = text[max(0, position - _LONGEST_ADDRESS) : position].rsplit(None, 1)
    after = text[position : position + _LONGEST_ADDRESS].split(None, 1)
    if text[position].isspace() or not after:
        return False
    return bool(_ADDRESS.search((before[-1] if before and not text[position - 1].isspace() else "") + after[0]))


def _stray(article: AnnotatedArticle, match: regex.Match[str], kind: str) -> Mark | None:
    start, end = match.span()
    sign = article.text[start - 1] if kind == "after_mark" else match.group().strip()
    if _is_right(article, start, end, kind, sign):
        return None
    if kind == "opened":
        return Mark(start - 1, start, _MESSAGE[kind], suggestion="")
    suggestion = {"before": sign, "missing": f"{sign} ", "uncased_missing": f"{sign} "} | _SUGGESTION
    severity = Severity.MAJOR if kind == "joined" else None
    return Mark(start, end, _MESSAGE[kind].format(mark=sign), suggestion.get(kind), severity=severity)


def _is_right(article: AnnotatedArticle, start: int, end: int, kind: str, sign: str) -> bool:
    """What looks stray but belongs there: French, *3 : 2*, names with a mark, abbreviations, smileys."""
    text = article.text
    right = False
    match kind:
        case "before":
            right = sign in article.language.space_before or (sign == ":" and text[start - 1].isdigit())
        case "missing":
            right = _is_name_with_mark(article, start, sign)
        case "after_mark":
            right = _word_before(article, start - 1).lstrip(_OPENERS)[:1].isupper()  # Yahoo!.
        case "joined":
            right = sign == ".," and _is_abbreviation(article, start)
        case "opened" | "closed":
            beside = _LATIN.match(text, end if kind == "opened" else start - 1)
            low = max(0, start - _FAR)
            right = kind == "closed" and text.rfind("(", low, start) <= text.rfind(")", low, start)  # a smiley, the label of a list
            right = right or bool(beside and tables.is_in_other_letters(article.language.tag))  # a blank between Latin letters and Han
    return right


def _is_name_with_mark(article: AnnotatedArticle, at: int, sign: str) -> bool:
    if not _word_before(article, at).lstrip(_OPENERS)[:1].isupper():
        return False
    follows = _LETTERS.match(article.text, at + 1)
    return sign != "." or (follows is not None and follows.group().lower() in _DOMAINS)


def _is_abbreviation(article: AnnotatedArticle, stop: int) -> bool:
    return is_abbreviation(_word_before(article, stop), article.language.tag)


def _word_before(article: AnnotatedArticle, stop: int) -> str:
    return article.text[max(0, stop - 30) : stop].split()[-1]
