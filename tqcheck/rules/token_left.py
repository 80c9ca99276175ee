"""A token of the translation engine is left in the text.

Engines cut words into pieces and mark them with signs of their own: `▁`, `@@`, `##`, `<unk>` for what they could not read,
`</s>` or `<|endoftext|>` for the end. A reader must never see them. Where `<unk>`, `⁇` or `�` stands, a character of the original
is lost: look it up and put it back. HTML's own tags, `<s>` among them, are reported by markup-left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import regex

from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "design-and-markup/markup-tag"
FIX = "safe"
FIX_ALIKE = True
BAD = [
    "He called it [[<unk>]]a good day[[<unk>]] on Monday.",
    "The vote is set for 3 [[⁇]] 5 May.",
    "The min[[@@ ]]ister spoke for 2 [[@-@]] 3 hours.",
    Example("Remont trwał [[@@]] czternaście miesięcy.", lang="pl"),
    "The[[▁]]mayor[[▁]]resigned.",
    "The may [[##]]or resigned.",
    "That is all. [[<|endoftext|>]]",
    "The mayor resigned.[[</s>]]",
    "[[<extra_id_0>]] The bridge is closed. [[[PAD]]] [[[PAD]]]",
    "TheĠmayorĠresigned".replace("Ġ", "[[Ġ]]") + ".",
    "The mayor [[__PH_1__]] resigned in [[⦅date⦆]] of that year.",
    "He paid [[⟨unk⟩]] euros.",
    Example("[[__de__]] Der Bürgermeister trat zur[[�]]ck.", lang="de"),
    Example("[[>>fra<<]] Le maire a [[[UNK]]] démissionné.", lang="fr"),
    Example("[[<2uk>]] Міський голова об[[<unk>]]їхав округ.", lang="uk"),
    Example("市長は[[<unk>]]辞任した。", lang="ja"),
    Example("El alcalde dimitió[[</think>]] el lunes.", lang="es"),
    Example("Starosta odstoupil. ([[<url>]])", lang="cs"),
]
GOOD = [
    "Write to desk@example.org or @mayor; the rate is 5 < 7.",
    "The chart ▁▂▃▅▇ shows the rise, the form has a line: ________.",
    "The method __init__ starts the program, see # 5 and ## 6.",
    "Press <Enter> to go on [UN Security Council].",
    Example("Ġorġ Borg viżita ġnien u Ġużeppi kien hemm.", lang="mt"),
    Example("Ġgantija est un temple de Malte.", lang="fr"),
    Example("本当⁇と彼は叫んだ。", lang="ja"),
    Example("Preis: 3@5 Euro, siehe #Berlin.", lang="de"),
]
MISSED = [
    "The [[_]]mayor [[_]]resigned.",
]

_SPECIAL = (
    "s|unk|pad|bos|eos|mask|sep|cls|eot|eod|blank|tgt|src|sos|extra_id_\\d{1,4}|ent_?\\d{0,3}|ph_?\\d{0,3}|reserved_?\\w{0,20}|unused\\d{1,4}|start_of_turn"
    "|end_of_turn|think|url|num|number|email|user|0x[0-9A-Fa-f]{2}|2[a-z]{2,3}"
)
_TRIGGER = regex.compile(
    r"[▁⁇ĠĊ�￭￨｟⦅⟨]|@@|@[-–,./:]@|<[|/\p{Ll}\d<UPMSBE]|>>[a-z]|\[/?[A-Z]{3}|__[A-Za-z]|\p{L} ##\p{Ll}|âĢ"
    r"|_(?:Latn|Cyrl|Arab|Han[st]|Deva|Hebr|Grek)\b"
)
_TOKEN = regex.compile(
    rf"""
      (?P<lost> </?(?i:unk)\d{{0,2}}> | ⟨(?i:unk)⟩ | \[(?i:UNK)\] | ⁇+ | \uFFFD+ )
    | (?P<special> </?(?:{_SPECIAL})> | <(?:PAD|BOS|EOS|MASK|SEP|CLS)> | \[/?(?:PAD|MASK|SEP|CLS|BOS|EOS|INST)\]
        | <\|[\w▁｜ -]{{1,40}}\|> | <</?SYS>> | ｟[^｟｠\n]{{0,40}}｠ | ⦅[^⦅⦆\n]{{0,40}}⦆
        | (?<![\p{{L}}\d_])__[A-Z]{{2,12}}(?:_?\d{{1,3}})?__(?![\p{{L}}\d_]) | ⟨/?(?:{_SPECIAL})⟩ )
    | (?P<language> (?<![\p{{L}}\d_])__(?:label__)?[a-z]{{2,3}}(?:_[A-Z][a-z]{{3}})?__(?![\p{{L}}\d_])
        | ^[ ]{{0,3}}>>[a-z]{{2,3}}(?:_[A-Z][a-z]{{3}})?<<
        | (?<![\p{{L}}\d_])[a-z]{{3}}_(?:Latn|Cyrl|Arab|Han[st]|Deva|Hebr|Grek)(?![\p{{L}}\d_]) )
    | (?P<joiner> (?<=[\p{{L}}\p{{M}}])@@(?:[ ]|(?=\s|$)) | (?<=\s)@@(?=\s)
        | (?<=[ ])@[-–,./:]@(?=[ ]) | (?<=\p{{L}}[ ])\#\#(?=\p{{Ll}}) | ￭ | ￨ )
    | (?P<blank> (?<![▁-█])▁(?![▁-█]) | (?<=[\p{{Ll}}.,;:!?\d])[ĠĊ]+ )
    | (?P<byte> âĢ[ĵĶĺĻľĿ¦] )
    """,
    regex.VERBOSE | regex.MULTILINE,
)
_WHAT = {
    "lost": "“{token}” stands where the engine could not read or write a character: look up what the original has there.",
    "special": "“{token}” is a control token of the translation engine, not text.",
    "language": "“{token}” is a language tag of the translation engine, not text.",
    "joiner": "“{token}” is a sign by which the engine joins pieces of words, not text.",
    "blank": "“{token}” is the engine's sign for a blank, not text.",
    "byte": "“{token}” is an apostrophe, quotation mark or dash in the engine's own code.",
}
_BYTES = {"âĢĵ": "–", "âĢĶ": "—", "âĢĺ": "‘", "âĢĻ": "’", "âĢľ": "“", "âĢĿ": "”", "âĢ¦": "…"}
_MANY = 20


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each token; a token that runs through the whole text is reported once, with all its places."""
    if not _TRIGGER.search(article.text):
        return
    by_token: dict[str, list[Mark]] = defaultdict(list)
    for match in _TOKEN.finditer(article.text):
        kind, token = match.lastgroup or "", match.group()
        if token.startswith("⁇") and not article.language.spaced:
            continue  # Japanese and Chinese print it for a doubled question mark
        message = _WHAT[kind].format(token=token.strip())
        by_token[token].append(Mark(match.start(), match.end(), message, _suggestion(kind, token), confidence=0.97))
    for marks in by_token.values():
        if len(marks) < _MANY:
            yield from marks
        else:
            first, *rest = marks
            yield replace(first, related=tuple((mark.start, mark.end) for mark in rest))


def _suggestion(kind: str, token: str) -> str | None:
    if kind == "lost":
        return None
    if kind == "joiner" and token.startswith("@") and token.endswith("@") and len(token) == 3:
        return token[1]
    return {"blank": " ", "byte": _BYTES.get(token)}.get(kind, "")
