"""A link, address, tag or placeholder of the source is changed, translated or lost.

URLs, e-mail addresses, @handles, #hashtags, names of files, placeholders (`{0}`, `%s`, `{{name}}`, `${x}`) and tags (`<b>`) are not
language: whoever follows them needs every letter. Put in what the source has.

The same are: http and https, with and without www, a slash or a full stop at the end, percent-encoded or not, the case of the host. A page
in the reader's language may stand for one in the source's (*en.wikipedia.org* and *cs.wikipedia.org*, */en/* and */cs/*), a hashtag may
be translated while there are as many, and a handle may be written without its sign.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote

import regex

from tqcheck import renderings, tables
from tqcheck.annotate import AnnotatedArticle, Pair
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/mistranslation"
BAD = [
    Example(
        "Pište na [[redakce@priklad.cz]] do pátku.", lang="cs", source_lang="en", source_text="Write to redaction@priklad.cz by Friday."
    ),
    Example(
        "Mehr unter [[https://example.net/hilfe]] im Netz.",
        lang="de",
        source_lang="en",
        source_text="More at https://example.net/help on the web.",
    ),
    Example("[[Plus d'informations sur le site.]]", lang="fr", source_lang="en", source_text="More at www.example.net/info on the web."),
    Example("[[Привет, вам пришло новое письмо.]]", lang="ru", source_lang="en", source_text="Hello {user_name}, you have a new letter."),
    Example("こんにちは、[[{名前}]]さん、%s件です。", lang="ja", source_lang="en", source_text="Hello {name}, you have %s."),
    Example("[[Kliknij tutaj, aby przeczytać.]]", lang="pl", source_lang="en", source_text="Click <b>here</b> to read."),
    Example("Pobierz plik [[raport.pdf]] dzisiaj.", lang="pl", source_lang="en", source_text="Download the file report.pdf today."),
    Example("他在推特上问[[@newsrom]]要答案。", lang="zh", source_lang="en", source_text="On Twitter he asked @newsroom for an answer."),
    Example("[[그는 어제 답을 요구했다.]]", lang="ko", source_lang="en", source_text="Yesterday he asked @newsroom for an answer."),
    Example("[[كتب ذلك أمس على تويتر.]]", lang="ar", source_lang="en", source_text="Yesterday he wrote that with #savethebees."),
    Example("%d ihmistä kävi sivulla [[{1}]].", lang="fi", source_lang="en", source_text="%d people came to page {0}."),
]
GOOD = [
    Example(
        "Mehr unter http://www.example.net/help.", lang="de", source_lang="en", source_text="More at https://Example.net/help/ on the web."
    ),
    Example(
        "Viz https://cs.wikipedia.org/wiki/Vídeň a dál.",
        lang="cs",
        source_lang="en",
        source_text="See https://en.wikipedia.org/wiki/Vienna.",
    ),
    Example(
        "Siehe https://example.net/de/hilfe dazu.", lang="de", source_lang="en", source_text="See https://example.net/en/help for this."
    ),
    Example("Ver https://example.net/a%C3%B1o aquí.", lang="es", source_lang="en", source_text="See https://example.net/año here."),
    Example("Он написал это с #спаситепчёл вчера.", lang="ru", source_lang="en", source_text="Yesterday he wrote that with #savethebees."),
    Example("Zeptal se redakce Newsroom.", lang="cs", source_lang="en", source_text="He asked @Newsroom for it."),
    Example("날씨는 weather.example.com이 전했다.", lang="ko", source_lang="en", source_text="The forecast is weather.example.com's."),
    Example(
        "请登录http://www.example.com）查询，并提交。",
        lang="zh",
        source_lang="en",
        source_text="Log in at http://www.example.com) and send it.",
    ),
    Example("Bei 5 % der Leute {zweimal}.", lang="de", source_lang="en", source_text="With 5 %share of people {twice over}."),
    Example("Klikněte <b>sem</b>, {0}.", lang="cs", source_lang="en", source_text="Click <b>here</b>, {0}."),
]
MISSED = [Example("On Monday he wrote it with [[#bees]].", source_lang="cs", source_text="V pondělí to napsal s #zachrantevcely.")]

_TLD = (
    "com|org|net|edu|gov|int|eu|info|io|tv|at|au|be|bg|br|by|ca|ch|cn|cz|de|dk|es|fi|fr|gr|hr|hu|ie|il|"
    "in|ir|it|jp|kr|nl|no|pl|pt|ro|rs|ru|se|sk|tr|tw|ua|uk|us"
)
_NO_ADDRESS = r"\s<>\"“”«»„‘’\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}，。；：）（、！？"  # marks and scripts that end one without a blank
_LINK = regex.compile(
    rf"""
      (?P<url> (?:https?|ftp)://[^{_NO_ADDRESS}]{{3,2000}}
             | (?<![\p{{L}}\p{{Nd}}@./-])www\.[A-Za-z0-9-]+\.[^{_NO_ADDRESS}]{{2,2000}} )
    | (?P<mail> (?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{{0,63}}@[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}}){{1,5}} )
    | (?P<handle> (?<![\p{{Latin}}\p{{Nd}}_@/.])@[A-Za-z0-9_]{{3,30}}+(?![\p{{Latin}}@.-]) )
    | (?P<hashtag> (?<![\p{{L}}\p{{Nd}}_&/#])\#(?=[\p{{L}}\p{{M}}\p{{Nd}}_]*\p{{L}})[\p{{L}}\p{{M}}\p{{Nd}}_]{{2,80}}+ )
    | (?P<placeholder> \{{\{{[^{{}}\n]{{1,80}}\}}\}} | \$\{{[\w.]{{1,80}}\}} | (?<![A-Za-z0-9{{])\{{[\w.]{{1,30}}\}}(?![A-Za-z0-9}}])
        | (?<![\p{{L}}\p{{Nd}}%])%(?:\d\$)?[sd](?![\p{{Latin}}\d%]) )
    | (?P<tag> </?(?:a|b|br|em|i|p|span|strong|sub|sup|u)(?:[ ][^<>\n]{{0,500}})?/?> )
    | (?P<file> (?<![\p{{L}}\p{{Nd}}_./-])[\p{{L}}\p{{Nd}}_-]{{1,60}}+
        \.(?:pdf|docx?|xlsx?|pptx?|jpe?g|png|gif|zip|exe|csv|mp[34])(?![\p{{L}}\p{{Nd}}]) )
    | (?P<domain> (?<![\p{{L}}\p{{Nd}}_@./-])(?:[A-Za-z0-9-]{{2,40}}\.){{1,4}}(?:{_TLD})(?![A-Za-z0-9]|\.[A-Za-z]) )
    """,
    regex.VERBOSE,
)
_TRIGGER = regex.compile(r"[@#{%<]|://|\w\.\w")
_WHAT = {
    "url": "address",
    "mail": "e-mail address",
    "handle": "handle",
    "hashtag": "hashtag",
    "placeholder": "placeholder",
    "tag": "tag",
    "file": "file name",
    "domain": "site",
}
_SURE = frozenset({"url", "mail", "placeholder", "tag", "hashtag", "handle"})  # worth a finding when it is lost without a trace
_WORD = regex.compile(r"\p{Katakana}[\p{Katakana}ー]+|\p{L}[\p{L}\p{M}]*+")
_LOOSE_END = regex.compile(r"(?<![.,;:!?'’)\]}…*_/])[.,;:!?'’)\]}…*_/]++$")
_SCHEME = regex.compile(r"^(?:https?|ftp)://(?:www\.)?|^www\.")
_EXAMPLE = regex.compile(r"(?:^|[@./])example\.(?:com|org|net)$")
_LANGUAGE = regex.compile(r"^[a-z]{2}(?:[-_][a-z]{2,4})?$")


class _Link(NamedTuple):
    start: int
    end: int
    kind: str
    surface: str
    core: str  # what must be the same


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield one finding for each link, address, tag or placeholder that the translation has otherwise, or not at all."""
    if not article.has_source or not _TRIGGER.search(article.source):
        return
    parallel = article.article.source_segments is not None
    whole = ("", "") if parallel else (_spoken(article.text), _spoken(article.source))
    for pair in article.pairs:
        if pair.source and pair.target.strip() and _TRIGGER.search(pair.source):
            yield from _compare(pair, whole[0] or _spoken(pair.target), whole[1] or _spoken(pair.source))


def _spoken(text: str) -> str:
    return unicodedata.normalize("NFKC", unquote(text)).casefold()


def _compare(pair: Pair, target: str, source: str) -> Iterator[Mark]:
    """Compare the links of a pair; what stands elsewhere in `target` or `source` is neither lost nor new."""
    own, others = _links(pair.target), _links(pair.source)
    lost = _once(_missing(others, own, target))
    new = _missing(own, others, source)
    for link in lost:
        changed = next((other for other in new if other.kind == link.kind or {other.kind, link.kind} <= {"url", "domain"}), None)
        if changed is not None:
            new.remove(changed)
            if link.kind != "hashtag" and not _is_localised(link, changed):
                message = f"“{changed.surface}” here, but the {_WHAT[link.kind]} of the source is “{link.surface}”."
                yield Mark(pair.start + changed.start, pair.start + changed.end, message, link.surface, confidence=0.9)
        elif link.kind in _SURE and not (link.kind == "handle" and _is_spoken_of(link, pair.target)):
            message = f"The source has the {_WHAT[link.kind]} “{link.surface}”; the translation has none."
            yield Mark(*pair.span, message, confidence=0.8)


def _links(text: str) -> list[_Link]:
    found = []
    for match in _LINK.finditer(text):
        kind = match.lastgroup or ""
        surface = match.group()
        if kind in {"url", "domain", "mail"}:
            surface = _LOOSE_END.sub("", surface) if not surface.endswith("/") else surface
        found.append(_Link(match.start(), match.start() + len(surface), kind, surface, _core(kind, surface)))
    return [link for link in found if link.core and not _EXAMPLE.search(link.core)]


def _core(kind: str, surface: str) -> str:
    if kind in {"url", "domain"}:
        return _LOOSE_END.sub("", unquote(_SCHEME.sub("", surface))).casefold()
    if kind == "tag":
        return regex.split(r"[ />]", surface.lstrip("</"))[0] + ("/" if surface.startswith("</") else "")
    if kind in {"handle", "mail", "hashtag"}:
        return surface.lstrip("@#").casefold()
    return regex.sub(r"\s", "", surface)


def _missing(links: list[_Link], others: list[_Link], text: str) -> list[_Link]:
    """The links that the other side lacks; of links that stand more than once, those that are too many."""
    left = Counter((link.kind, link.core) for link in others)
    missing = []
    for link in links:
        if left[link.kind, link.core]:
            left[link.kind, link.core] -= 1
        elif link.kind in {"tag", "placeholder"} or (link.core not in text and link.core.replace("_", " ") not in text):
            missing.append(link)
    return missing


def _once(links: list[_Link]) -> list[_Link]:
    """Of tags only the first: that *</b>* is lost, too, goes without saying."""
    tags = [link for link in links if link.kind == "tag"]
    return [link for link in links if link not in tags[1:]]


def _is_spoken_of(link: _Link, text: str) -> bool:
    """Whether a text has the name behind a handle in its own letters: *@Twitter*, *ツイッター*."""
    words = _WORD.findall(text)
    return any(renderings.distance(part, word) <= renderings.MAYBE for part in link.core.split("_") if len(part) > 3 for word in words)


def _is_localised(link: _Link, other: _Link) -> bool:
    """Whether two addresses differ first in a part that names a language."""
    one, two = (regex.split(r"[./]", address.core) for address in (link, other))
    first = next(((a, b) for a, b in zip(one, two, strict=False) if a != b), ("", ""))
    return all(_LANGUAGE.match(part) and part[:2] in _languages() for part in first)


@cache
def _languages() -> frozenset[str]:
    return frozenset(row["lang"] for row in tables.table("languages"))
