"""What belongs to the page, not to the article, is left in the text: advertising, *Read also*, share buttons, captions.

The text was cut out of a web page together with what stood around it, and all was translated. Remove the line, or move a caption to
its picture. The phrases are in `data/boilerplate.tsv`, by language; a whole line must consist of one, begin with one
(*Read also: …*) or end with one (*…, illustrative photo*), so a sentence that happens to contain the words is not touched.
A whole line is recognised in any language, since leftovers often stay untranslated.
"""

from __future__ import annotations

from collections.abc import Iterator

from tqcheck.annotate import AnnotatedArticle, Zone
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/addition"
BAD = [
    "The bridge reopened.\n\n[[Advertisement'; }]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Read also: Why the dam broke]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Cars and mud – illustrative photo.]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Illustrative photo. Photo: press service]]\n\nTraffic is back.",
    "The bridge reopened.\n\n[[Photo: Reuters]]\n\nTraffic is back.",
    Example("Die Brücke ist offen.\n\n[[Anzeige]]\n\nDer Verkehr rollt.", lang="de"),
    Example("Most je otevřen.\n\n[[Čtěte také: Proč praskla hráz]]\n\nAuta jezdí.", lang="cs"),
    Example("Міст відкрито.\n\n[[Читайте також: Чому прорвало дамбу]]\n\nРух відновлено.", lang="uk"),
    Example("The bridge reopened.\n\n[[Reklama]]\n\nTraffic is back.", lang="en"),
]
GOOD = [
    "The bridge reopened.\n\nThe advertisement for it had cost a million, the photo another one.",
    "Photo of the year goes to Anna Lind\n\nThe jury chose it on Monday from a thousand entries.",
    "The bridge reopened.\n\nShare prices fell.\n\nComments were not to be had.",
    Example("Die Brücke ist offen.\n\nAuch die Anzeige gegen den Bürgermeister wurde zurückgezogen.", lang="de"),
    Example("Most je otevřen.\n\nReklama na něj stála milion korun.", lang="cs"),
    Example("Міст відкрито.\n\nРеклама коштувала мільйон.", lang="uk"),
]
MISSED = ["The bridge reopened.\n\n[[You will not believe what happened next]]\n\nTraffic is back."]

_WHAT = {
    "advertisement": "an advertising label",
    "read-also": "a pointer to another article",
    "share": "a share button",
    "subscribe": "an invitation to subscribe",
    "cookie": "a cookie notice",
    "caption": "a photo caption",
    "credit": "a photo credit",
    "source-note": "a source note",
    "comments": "a link to the comments",
    "copyright": "a copyright notice",
    "video": "a pointer to a video",
}
_MINOR = {"caption", "credit", "source-note"}


def check(article: AnnotatedArticle) -> Iterator[Mark]:
    """Yield a finding for each leftover line."""
    if len(article.lines) < 2:
        return
    for line in article.lines:
        if line.leftover and line.zone is not Zone.HEADLINE:
            severity = Severity.MINOR if line.leftover in _MINOR else None
            message = f"This line is {_WHAT.get(line.leftover, 'a leftover')} of the page, not part of the article."
            yield Mark(line.start, line.end, message, suggestion="", severity=severity, confidence=0.9)
