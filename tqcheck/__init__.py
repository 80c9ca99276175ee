"""tqcheck: finds what betrays the machine in translated news.

    report = tqcheck.check({"text": "Kyiv fell silent. The train from Kiev was late."})
    for finding in report.findings:
        print(finding.surface, finding.message)

The public names are Article, Finding, Report, check, check_feed, check_frame, score_frame and load_model. All else may change.
"""

from __future__ import annotations

TYPE_CHECKING = False  # nothing at all is imported here: until `early.listen` a signal would show a traceback
if TYPE_CHECKING:
    from typing import Any

    from tqcheck.api import check, check_feed
    from tqcheck.article import Article, Finding, Report
    from tqcheck.embed import load_model
    from tqcheck.frame import check_frame, score_frame

__all__ = ["Article", "Finding", "Report", "check", "check_feed", "check_frame", "load_model", "score_frame"]
__version__ = "0.1.0"

_HOME = {
    "Article": "tqcheck.article",
    "Finding": "tqcheck.article",
    "Report": "tqcheck.article",
    "check": "tqcheck.api",
    "check_feed": "tqcheck.api",
    "check_frame": "tqcheck.frame",
    "score_frame": "tqcheck.frame",
    "load_model": "tqcheck.embed",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    """Import a public name when it is first used: `tqcheck --help` must not pay for pandas or torch."""
    from importlib import import_module

    if name == "spark":
        return import_module("tqcheck.spark")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'tqcheck' has no attribute {name!r}")
