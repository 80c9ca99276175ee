"""The output of `tqcheck compare`: text for a terminal, Markdown for a pull request, JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from tqcheck.article import Finding
from tqcheck.compare import LOWER_IS_BETTER, MQM, Comparison, PairChange, ScoreChange
from tqcheck.report.jsonformat import dumps
from tqcheck.report.markdown import escaped
from tqcheck.report.stream import Out, Writes, utf8
from tqcheck.report.visible import clip, visible

FORMATS = ("text", "json", "markdown")
CLEAR = 0.05  # both p-values must be below it
WORST = 10  # new findings that are told
MOST_NAMED = 10  # articles that only one side has
LONGEST_MESSAGE = 300
LABELS: Mapping[str, str] = {
    MQM: "MQM score",
    "similarity": "similarity to the source",
    "reference_similarity": "similarity to the reference",
    "bleu": "BLEU",
    "chrf": "chrF",
    "chrf++": "chrF++",
    "ter": "TER (less is better)",
}
IN_HUNDREDTHS = frozenset({"adequacy", "similarity", "reference_similarity"})


def write(format: str, comparison: Comparison, out: Out, signature: str) -> None:  # noqa: A002 - as the option is called
    """Write a comparison in one of FORMATS."""
    writers: Mapping[str, Callable[[Comparison, Out, str], None]] = {"text": _write_text, "json": _write_json, "markdown": _write_markdown}
    writers[format](comparison, out, signature)


def verdict(name: str, change: ScoreChange) -> str:
    """Return "better", "worse", "the same", or "no clear difference" when chance could have made it."""
    if change.old == change.new:
        return "the same"
    if change.bootstrap is None or change.randomization is None:
        return "one text only"
    if max(change.bootstrap, change.randomization) >= CLEAR:
        return "no clear difference"
    return "better" if (change.new > change.old) != (name in LOWER_IS_BETTER) else "worse"


# -- JSON ---------------------------------------------------------------------------------------------------------------


def _write_json(comparison: Comparison, out: Out, signature: str) -> None:
    utf8(out).write(dumps(_as_dict(comparison, signature), indent=1) + "\n")


def _as_dict(comparison: Comparison, signature: str) -> dict[str, Any]:
    return {
        "old": comparison.old,
        "new": comparison.new,
        "articles": comparison.articles,
        "only_old": list(comparison.only_old),
        "only_new": list(comparison.only_new),
        "unpaired": list(comparison.unpaired),
        "scores": [_pair_dict(pair) for pair in comparison.pairs],
        "rules": {rule: {"gone": c.gone, "came": c.came, "stayed": c.stayed} for rule, c in comparison.rules.items()},
        "came": [finding.as_dict() for finding in comparison.came],
        "gone": [finding.as_dict() for finding in comparison.gone],
        "signature": signature,
    }


def _pair_dict(pair: PairChange) -> dict[str, Any]:
    scores = {
        name: {
            "old": change.old,
            "new": change.new,
            "verdict": verdict(name, change),
            "units": change.units,
            "p_bootstrap": change.bootstrap,
            "p_randomization": change.randomization,
        }
        for name, change in pair.scores.items()
    }
    head = {"lang": pair.lang, "source_lang": pair.source_lang, "articles": pair.articles}
    return {**head, "scores": scores, "signatures": dict(pair.signatures)}


# -- text ---------------------------------------------------------------------------------------------------------------


def _write_text(comparison: Comparison, out: Out, signature: str) -> None:
    encoding = getattr(out, "encoding", None) or "utf-8"
    for line in _text_lines(comparison, signature):
        cast("Writes", out).write(visible(line).rstrip().encode(encoding, "backslashreplace").decode(encoding) + "\n")


def _text_lines(comparison: Comparison, signature: str) -> Iterator[str]:
    yield f"OLD {comparison.old}"
    yield f"NEW {comparison.new}"
    yield f"{_number(comparison.articles, 'article')} in both"
    yield from _left_out(comparison)
    for pair in comparison.pairs:
        yield from ("", _head(pair))
        yield from _columns(["", "OLD", "NEW", "change", "p (bootstrap)", "p (randomization)", ""], _score_rows(pair))
        yield from (f"  {_metric(name):8}{text}" for name, text in pair.signatures.items())
    yield ""
    if comparison.rules:
        yield from _columns(["Findings", "gone", "came", "stayed"], _rule_rows(comparison), indent="")
    else:
        yield "No findings on either side."
    if comparison.came:
        yield from ("", _worst_title(comparison))
        for finding in comparison.came[:WORST]:
            yield f"  {finding.severity}: {finding.rule}: {_place(finding)}: {_clipped(finding.message)}"
            yield f"      {_clipped(finding.surface)}"
    yield from ("", f"tqcheck {signature}")


def _left_out(comparison: Comparison) -> Iterator[str]:
    for ids, what in (
        (comparison.only_old, "only in OLD"),
        (comparison.only_new, "only in NEW"),
        (comparison.unpaired, "with other segments in NEW (compared by findings and MQM score alone)"),
    ):
        if ids:
            more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
            yield f"{_number(len(ids), 'article')} {what}: {', '.join(map(_clipped, ids[:MOST_NAMED]))}{more}"


def _head(pair: PairChange) -> str:
    languages = pair.lang if pair.source_lang is None else f"{pair.lang} from {pair.source_lang}"
    units = max((change.units for name, change in pair.scores.items() if name != MQM), default=0)
    articles = f"{languages}: {_number(pair.articles, 'article')}"
    return f"{articles}, {_number(units, 'segment')}" if units else articles


def _score_rows(pair: PairChange) -> Iterator[list[str]]:
    for name, change in pair.scores.items():
        digits = 3 if name in IN_HUNDREDTHS else 1
        old, new = (f"{value:.{digits}f}" for value in (change.old, change.new))
        p_values = ("–" if p is None else f"{p:.4f}" for p in (change.bootstrap, change.randomization))
        yield [LABELS.get(name, name), old, new, f"{change.new - change.old:+.{digits}f}", *p_values, verdict(name, change)]


def _rule_rows(comparison: Comparison) -> Iterator[list[str]]:
    changes = comparison.rules.values()
    for rule, change in comparison.rules.items():
        yield [rule, str(change.gone), str(change.came), str(change.stayed)]
    yield ["all", str(sum(c.gone for c in changes)), str(sum(c.came for c in changes)), str(sum(c.stayed for c in changes))]


def _columns(heading: list[str], rows: Iterator[list[str]], indent: str = "  ") -> Iterator[str]:
    """Rows under a heading; the first column and a last one without a heading stand left, numbers stand right."""
    table = [heading, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(heading))]
    for row in table:
        first, *others = row
        cells = [f"{cell:>{width}}" if title else cell for cell, width, title in zip(others, widths[1:], heading[1:], strict=True)]
        yield f"{indent}{first:{widths[0]}}  " + "  ".join(cells)


# -- Markdown -----------------------------------------------------------------------------------------------------------


def _write_markdown(comparison: Comparison, out: Out, signature: str) -> None:
    utf8(out).write("\n".join(_markdown_lines(comparison, signature)) + "\n")


def _markdown_lines(comparison: Comparison, signature: str) -> Iterator[str]:
    yield "# Old and new translation"
    yield ""
    yield f"{escaped(comparison.old)} (old) and {escaped(comparison.new)} (new): {_number(comparison.articles, 'article')} in both."
    yield from (f"\n{escaped(line)}" for line in _left_out(comparison))
    for pair in comparison.pairs:
        yield from ("", f"## {escaped(_head(pair))}", "")
        yield from _table(["score", "old", "new", "change", "p (bootstrap)", "p (randomization)", "verdict"], _score_rows(pair))
        yield from ("", *(f"- {_metric(name)}: {escaped(text)}" for name, text in pair.signatures.items()))
    yield from ("", "## Findings", "")
    if comparison.rules:
        yield from _table(["rule", "gone", "came", "stayed"], _rule_rows(comparison))
    else:
        yield "None on either side."
    if comparison.came:
        yield from ("", f"### {_worst_title(comparison)}", "")
        for finding in comparison.came[:WORST]:
            message, surface = escaped(_clipped(finding.message)), escaped(_clipped(finding.surface))
            yield f"- **{finding.severity}** {escaped(finding.rule)}, {escaped(_place(finding))}: {message} ⟦{surface}⟧"
    yield from ("", escaped(signature))


def _table(heading: Sequence[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield "".join("| --- " if name in {"score", "rule", "verdict"} else "| ---: " for name in heading) + "|"
    yield from (f"| {' | '.join(map(escaped, row))} |" for row in rows)


# -- words --------------------------------------------------------------------------------------------------------------


def _worst_title(comparison: Comparison) -> str:
    shown = min(WORST, len(comparison.came))
    return "New findings" if shown == len(comparison.came) else f"The {shown} worst of {len(comparison.came)} new findings"


def _place(finding: Finding) -> str:
    field = finding.field if finding.segment is None else f"{finding.field}[{finding.segment}]"
    return f"{_clipped(finding.article)} {field} {finding.start}"


def _metric(name: str) -> str:
    return LABELS.get(name, name).partition(" (")[0]


def _clipped(text: str) -> str:
    return visible(clip(text, LONGEST_MESSAGE))


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
