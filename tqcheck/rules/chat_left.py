"""What a chat model said beside its translation is left in the text: *Here is the translation:*, a refusal, a note, an offer, Markdown.

A language model that translates likes to talk: it introduces the text, says what it would not translate, explains its choices, offers
more, and wraps all this in Markdown. None of it is the article. Remove it; after a refusal the passage has still to be translated.
The phrases are in `data/chat-phrases.tsv`. They count at the start of a sentence and outside quotation marks, so an article about
chatbots may quote them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Line, Span
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/addition"
BAD = [
    "[[Here is the translation of the article into English:]]\n\nThe bridge reopened on Monday.",
    "The bridge reopened.\n\n[[Note: I have translated the idiom literally.]] [[Let me know if you need a freer version.]]",
    "[[Here's the English translation of the report:]]\n\nThe bridge reopened on Monday.",
    "The bridge reopened.\n\n[[Note: the name of the river was kept in its original form.]]",
    Example("[[Hier ist die deutsche Übersetzung des Berichts:]]\n\nDie Brücke ist wieder offen.", lang="de"),
    Example("[[İşte haberin Türkçe çevirisi:]]\n\nKöprü pazartesi günü yeniden açıldı.", lang="tr"),
    Example("[[以下は記事の日本語訳です：]]\n\n橋は月曜日に再開した。", lang="ja"),
    Example("Il ponte ha riaperto.\n\n[[Nota: ho lasciato il nome del fiume nella forma originale.]]", lang="it"),
    "[[As an AI language model, I cannot give an opinion on the vote.]] The vote is on Sunday.",
    "The bridge [[```]]reopened``` on Monday.",
    "The mayor [[**resigned**]] on Monday.",
    "[[Sure, here's the translated text:]] The bridge reopened.",
    "The bridge reopened.\n\n[[[Translated text]]]",
    "[[##]] The bridge\n\nIt reopened on Monday.",
    Example("[[I apologize, but I don't feel comfortable translating this text.]]", lang="cs"),
    Example("[[Hier ist die Übersetzung:]]\n\nDie Brücke ist wieder offen.", lang="de"),
    Example("Le pont a rouvert lundi.\n\n[[Remarque : la traduction du titre est libre.]]", lang="fr"),
    Example("[[Lo siento, pero no puedo traducir este texto.]]", lang="es"),
    Example("[[Вибачте, але я не можу перекласти цей текст.]]", lang="uk"),
    Example("[[以下は翻訳です：]]\n橋は月曜日に再開した。", lang="ja"),
    Example("[[Překlad:]]\n\nMost byl v pondělí otevřen.", lang="cs"),
]
GOOD = [
    "“As an AI language model, I have no opinion,” the chatbot wrote back.",
    "As an AI language model, the program has no opinion of its own.",
    "The chatbot answered: “I cannot translate this text.” Then it fell silent.",
    "He ended the call. Let me know if you need any more, she had written.",
    "I'm sorry, but I can't come, he said. Here is the translation he made.",
    "Here is the plan: the bridge opens on Monday.\n\nTranslation: Jane Miller",
    "The review says f**king good, or s**t, in 5 ** 2 words; xxx *** or so.",
    "His words [translation] were clear. # 1 in the charts.",
    "The bridge reopened.\n\nNote: the original version of this article named another river.",
    "Bridge reopens\n\nThe mayor said this:\n\n“It is open.”",
    Example("Es tut mir leid, aber ich kann nicht kommen, sagte sie.", lang="de"),
    Example("Voici le plan : le pont rouvre lundi.\n\nTraduction : Jeanne Martin", lang="fr"),
    Example("Přepište: nemohu přijít. Překlad: Jan Novák", lang="cs"),
    Example("「申し訳ありませんが、翻訳できません」と彼は言った。", lang="ja"),
]
MISSED = ["[[This wording keeps the playful tone of the original.]] The bridge reopened."]

_WHAT = {
    "label": "announces the translation",
    "lead-in": "announces the translation",
    "self": "is the model speaking of itself",
    "refusal": "is the model declining to translate: the passage has still to be translated",
    "note": "is the model's note on its translation",
    "offer": "is the model's offer to do more",
}
_MARKDOWN = regex.compile(
    r"""
      (?P<fence> ``` )
    | (?<![\p{L}\p{N}*]) (?P<bold> \*\*(?=[^\s*])[^*\n]{1,200}(?<=\S)\*\* ) (?![\p{L}\p{N}*])
    | ^[ ]{0,3}(?P<heading> \#{2,6} ) (?=[ ]+\p{L})
    """,
    regex.VERBOSE | regex.MULTILINE,
)
_MARKDOWN_TRIGGER = regex.compile(r"```|\*\*|^[ ]{0,3}##", regex.MULTILINE)
_SLOT = regex.compile(r"\[([^\[\]\n]{2,60})\]")
_OPENERS = " \u00a0([*_`>•-–—#"
_INTERJECTION = regex.compile(r"\p{L}{2,10}(?: \p{L}{2,10})?[,!，！、]\s*")
_MANY_SIGNS = 4
_HEAD = 120  # no entry is longer
_KEY = 3  # letters of an entry by which it is looked up
_OPENING_LINES = 2  # an introduction stands at the head; further down *Here is the translation of his letter:* is journalism
_LEAD_COLON = 60  # characters from the entry to its colon
_CLOSING_LINES = 3  # a note of the model's stands at the end
_NOTE_LABEL = regex.compile(r"(?:[*_(\[※]{0,3})([\p{L}\p{M}]{1,15})[ \u00a0]?[:：.]")
_INTRODUCED = regex.compile(r"[:：]\**\s*$")


class _Phrase(NamedTuple):
    entry: str
    kind: str
    match: str
    lang: str


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each sentence of the model's own, and for Markdown and empty slots it left."""
    strong: list[Mark] = [*_markdown(article), *_slots(article)]
    weak: list[Mark] = []
    starts = _line_starts(article)
    for sentence in article.sentences:
        at_line = starts.get(sentence.start)
        found = _phrase(article, sentence, at_line)
        if at_line and not (found and found[2]):
            found = _unlisted(article, sentence, *at_line) or found
        if found is None or article.in_quotation(sentence.start):
            continue
        phrase, end, sure = found
        message = f"“{_short(article.text[sentence.start : end])}” {_WHAT[phrase.kind]}; it is not part of the article."
        mark = Mark(sentence.start, end, message, suggestion="", confidence=0.95 if sure else 0.85)
        (strong if sure else weak).append(mark)
    yield from strong
    if strong:
        yield from weak


def _line_starts(article: AnnotatedArticle) -> dict[int, tuple[int, Line]]:
    return {line.start: (index, line) for index, line in enumerate(article.lines)}


def _phrase(article: AnnotatedArticle, sentence: Span, at_line: tuple[int, Line] | None) -> tuple[_Phrase, int, bool] | None:
    """The phrase that a sentence begins with, where the finding ends, and whether the phrase alone is proof."""
    head = _fold(article.text[sentence.start : min(sentence.start + _HEAD, sentence.end)])
    plain = head.lstrip(_OPENERS)
    phrase = _longest(plain)
    if phrase is None and at_line and (interjection := _INTERJECTION.match(plain)):
        plain = plain[interjection.end() :]
        phrase = _longest(plain)
    if phrase is None:
        return None
    if phrase.match in {"colon", "lead"}:
        end = _introduction(article, sentence, phrase, len(head) - len(plain), at_line)
        return (phrase, end, True) if end else None
    sure = phrase.match == "start" or _says_translate(article.text[sentence.start : sentence.end], phrase.lang)
    return phrase, sentence.end, sure


def _unlisted(article: AnnotatedArticle, sentence: Span, index: int, line: Line) -> tuple[_Phrase, int, bool] | None:
    """An introduction or a note in words of its own: *Here is the German translation of the report:*, *Note: … in its original form*."""
    plain = _fold(line.text[: 2 * _HEAD]).lstrip(_OPENERS)
    if index < _OPENING_LINES and len(line.text) <= _HEAD and _INTRODUCED.search(line.text):
        lang = next((lang for lang, words in _pointers().items() if plain.startswith(words) and _says_translate(line.text, lang)), None)
        return (_Phrase("", "lead-in", "lead", lang), line.end, True) if lang else None
    label = _NOTE_LABEL.match(plain) if index >= len(article.lines) - _CLOSING_LINES or index < _OPENING_LINES else None
    langs = [lang for lang, labels in _note_labels().items() if label and label[1] in labels]
    kept = next((lang for lang in langs if any(entry in plain for entry in _kept().get(lang, ()))), None)
    return (_Phrase("", "note", "start", kept), sentence.end, True) if kept else None


@cache
def _pointers() -> dict[str, tuple[str, ...]]:
    """The words by which introductions point to what follows: *here*, *below*, *voici*; two characters where words are not separated."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in tables.table("chat-phrases"):
        if row["kind"] == "lead-in":
            found[row["lang"]].add(row["entry"].split()[0] + " " if tables.language(row["lang"]).spaced else row["entry"][:2])
    return {lang: tuple(sorted(words)) for lang, words in found.items()}


@cache
def _note_labels() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in tables.table("chat-phrases"):
        if row["kind"] == "note" and (match := _NOTE_LABEL.match(row["entry"])):
            found[row["lang"]].add(match[1])
    return {lang: frozenset(labels) for lang, labels in found.items()}


@cache
def _kept() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in tables.table("chat-phrases"):
        if row["match"] == "within-note":
            found[row["lang"]].append(row["entry"])
    return {lang: tuple(entries) for lang, entries in found.items()}


def _longest(text: str) -> _Phrase | None:
    candidates = [phrase for phrase in _phrases().get(text[:_KEY], ()) if _begins(text, phrase.entry)]
    return max(candidates, key=lambda phrase: len(phrase.entry), default=None)


def _begins(text: str, entry: str) -> bool:
    following = text[len(entry) : len(entry) + 1]
    return text.startswith(entry) and (not following.isalpha() or not entry[-1].isascii())


def _introduction(article: AnnotatedArticle, sentence: Span, phrase: _Phrase, skipped: int, at_line: tuple[int, Line] | None) -> int | None:
    """Where an introduction ends: behind its colon. None when it is no introduction."""
    if at_line is None:
        return None
    index, line = at_line
    after = sentence.start + skipped + len(phrase.entry)
    opens = index < _OPENING_LINES
    room = _LEAD_COLON if opens and phrase.match == "lead" else 3
    tail = article.text[after : min(after + room, line.end)]
    colon = regex.search(r"[:：]\**", tail)
    if colon is None:
        return None
    end = after + colon.end()
    alone = end >= line.end
    if phrase.match == "colon":
        return end if alone or (index == 0 and len(line.text) > _HEAD) else None
    return end if opens or alone else None


def _says_translate(sentence: str, lang: str) -> bool:
    folded = _fold(sentence)
    return any(stem in folded for stem in _stems()[lang])


def _markdown(article: AnnotatedArticle) -> Iterator[Mark]:
    """Fences, a finding for each line; bold type and headings, one for the article when there are many: then all of it is Markdown."""
    if not _MARKDOWN_TRIGGER.search(article.text):
        return
    fences: dict[int, list[Span]] = defaultdict(list)
    signs: list[Mark] = []
    for match in _MARKDOWN.finditer(article.text):
        if match.lastgroup == "fence":
            line = article.line_at(match.start())
            fences[line.start if line else match.start()].append(Span(*match.span()))
        elif match.lastgroup == "bold":
            text = match.group("bold")
            message = f"“{_short(text)}” is bold in Markdown, as chat models write it."
            signs.append(Mark(*match.span("bold"), message, text[2:-2], confidence=0.85))
        else:
            message = f"“{match.group('heading')}” marks a heading in Markdown, as chat models write it."
            signs.append(Mark(*match.span("heading"), message, "", confidence=0.85))
    for first, *rest in fences.values():
        message = "“```” is the fence in which a chat model puts its answer; what stands around it is the model talking."
        yield Mark(*first, message, suggestion="", confidence=0.95, related=tuple(rest))
    if len(signs) < _MANY_SIGNS:
        yield from signs
    else:
        yield replace(signs[0], related=tuple((mark.start, mark.end) for mark in signs[1:]), confidence=0.7)


def _slots(article: AnnotatedArticle) -> Iterator[Mark]:
    if "[" not in article.text:
        return
    for match in _SLOT.finditer(article.text):
        inside = _fold(match.group(1)).strip(" .…")
        whole = (line := article.line_at(match.start())) is not None and (line.start, line.end) == match.span()
        if inside in _placeholders() and (whole or " " in inside):
            yield Mark(*match.span(), f"“{match.group()}” is an empty slot of the model's answer: the text is missing.", confidence=0.9)


@cache
def _phrases() -> dict[str, tuple[_Phrase, ...]]:
    found: dict[str, list[_Phrase]] = defaultdict(list)
    for row in tables.table("chat-phrases"):
        if row["match"] not in {"within", "within-note", "bracket"}:
            found[row["entry"][:_KEY]].append(_Phrase(row["entry"], row["kind"], row["match"], row["lang"]))
    return {key: tuple(phrases) for key, phrases in found.items()}


@cache
def _stems() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in tables.table("chat-phrases"):
        if row["match"] == "within":
            found[row["lang"]].append(row["entry"])
    return {lang: tuple(stems) for lang, stems in found.items()}


@cache
def _placeholders() -> frozenset[str]:
    return frozenset(row["entry"] for row in tables.table("chat-phrases") if row["match"] == "bracket")


def _fold(text: str) -> str:
    return text.lower().replace("i\u0307", "i").replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"
