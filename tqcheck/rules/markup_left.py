"""Markup or program code is left in the text.

HTML tags, character references, pieces of JavaScript or CSS and template braces belong to the page, not to the article. They
come along when the text is cut out of the page, and the engine translates around them. Remove them.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

import regex

from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "design-and-markup/markup-tag"
FIX = "safe"
BAD = [
    "The minister [[<b>]]denied[[</b>]] the report.",
    "Smith[[&nbsp;]][[&amp;]] Sons closed.",
    "Advertisement[['; }]]",
    "[[googletag.cmd.push(function() { display(1); });]]",
    "The price is [[{{ price }}]] today.",
    Example('Der Minister [[<a href="https://example.org/x">]]dementierte[[</a>]] am Montag.', lang="de"),
    Example("Le ministre a d[[&eacute;]]menti.", lang="fr"),
    Example("Міністр заперечив це[[<br />]] у понеділок.", lang="uk"),
    "The [[{user_name}]] paid [[%s]] euros to [[{0}]] on Monday.",
    '[[[caption id="1" align="left"]]]The bridge[[[/caption]]] reopened.',
]
GOOD = [
    "The gap is 3 < 5, and 7 > 2, said the teacher.",
    "Johnson & Johnson; Marks & Spencer.",
    "I love it <3 and so do you.",
    "He wrote [sic] in the margin {twice}.",
    "Turnout was 50 %, in some towns 60%; the set {0, 1} is finite.",
    Example("Die Firma Müller & Söhne <Berlin> schließt.", lang="de"),
    Example("L'entreprise « A & B » ferme.", lang="fr"),
]
MISSED = ["The class [[.article-body p:first-child]] was translated."]

_TAGS = (
    "a|abbr|article|aside|audio|b|blockquote|body|br|button|center|code|div|em|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html"
    "|i|iframe|img|input|label|li|link|main|meta|nav|noscript|ol|p|picture|pre|script|section|small|source|span|strong|style|sub|sup|svg"
    "|table|tbody|td|th|thead|title|tr|u|ul|video"
)
_MARKUP = regex.compile(
    rf"""
      (?P<comment> <!--[^>\n]{{0,2000}}> )
    | (?P<tag> </?(?:{_TAGS})(?:[ \t][^<>\n]{{0,2000}})?/?> )
    | (?P<entity> &(?:[A-Za-z][A-Za-z0-9]{{1,30}}|\#\d{{1,7}}|\#x[0-9A-Fa-f]{{1,6}}); )
    | (?P<script> (?<![\p{{L}}\d_.$])(?:
          (?:[A-Za-z_$][\w$]*\.)+[A-Za-z_$][\w$]*\([^\n]{{0,500}}\)(?:[ ]*;)?
        | (?:var|let|const)[ ]+[A-Za-z_$][\w$]*[ ]*=[^\n]{{1,500}}?;
        | function[ ]*[\w$]*\([\w$, ]{{0,100}}\)[ ]*\{{[^\n]{{0,500}}
      ) )
    | (?P<template> \{{\{{[^{{}}\n]{{1,200}}\}}\}} | \$\{{[\w.\s]{{1,100}}\}}
        | (?<![\w{{])\{{(?:\d|[a-z]{{2,15}}_[a-z_]{{2,20}})\}}(?![\w}}])
        | (?<![^\s("“„«])%(?:\d\$)?[sd](?![\p{{L}}\d%]) | \{{%[^%\n]{{1,200}}%\}} | <%[^%\n]{{1,200}}%> )
    | (?P<shortcode> \[/?(?:caption|gallery|embed|video|audio|vc_\w+)(?:[ ][^\]\n]{{0,500}})?\] )
    | (?P<debris> ['"]?\)?[ ]?;[ ]?\}}(?:[ ]?[;)}}])* | \}}[ ]?\)[ ]?;(?:[ ]?[;)}}])* )
    """,
    regex.VERBOSE,
)
_WHAT = {
    "comment": "an HTML comment",
    "tag": "an HTML tag",
    "entity": "an HTML character reference",
    "script": "a piece of program code",
    "template": "a placeholder of the page's template",
    "shortcode": "a code of the content management system",
    "debris": "debris of program code",
}
_TRIGGER = regex.compile(r"[<&{}\[]|%[\dsd]|[\w$]\(")


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each piece of markup; a character reference suggests its character."""
    if not _TRIGGER.search(article.text):
        return
    for match in _MARKUP.finditer(article.text):
        kind, code = match.lastgroup or "", match.group()
        suggestion = html.unescape(code) if kind == "entity" else ""
        if suggestion == code:
            continue  # &nosuch; is not a character reference
        yield Mark(match.start(), match.end(), f"“{_short(code)}” is {_WHAT[kind]}, not text.", suggestion, confidence=0.97)


def _short(code: str) -> str:
    code = " ".join(code.split())
    return code if len(code) <= 40 else code[:39] + "…"
