import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_for_tests import HOSTILE, a_hostile_report, a_report

from tqcheck.article import Problem, SegmentReport
from tqcheck.report import Tally, stream_writer
from tqcheck.report.markdown import escaped, report_markdown


def markdown_of(*reports, problems=()):
    out = io.StringIO()
    writer, tally = stream_writer("markdown", out), Tally()
    for report in reports:
        writer.add(report)
        tally.add(report)
    for problem in problems:
        tally.add_problem(problem)
    writer.close(tally.summary())
    return out.getvalue()


def test_an_article_has_a_section_and_the_run_a_summary():
    assert markdown_of(a_report(), problems=[Problem("f:7", "is not JSON")]) == (
        "# Translation quality\n\n"
        "## a1\n\n"
        "**fail**, score 44.4: 0 critical, 0 major, 1 minor in 8 words · article a1 · en\n\n"
        "- **minor** name-variant, text 1:20: “Kiev” here, “Kyiv” elsewhere.\n"
        "  > Kyiv held out, but ⟦Kiev⟧ was shelled.\n\n"
        "  Suggestion: Kyiv\n\n"
        "  See also: text 1:1 “Kyiv”\n\n\n"
        "## Summary\n\n"
        "| articles | passed | failed | words | critical | major | minor | not checked |\n"
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| 1 | 0 | 1 | 8 | 0 | 0 | 1 | 1 |\n\n"
        "| rule | findings |\n| --- | ---: |\n| name-variant | 1 |\n\n"
        "Not checked:\n\n- f:7: is not JSON\n"
    )


def test_an_empty_run_has_a_summary():
    assert "| 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |" in markdown_of()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_article_can_forge_markup(text):
    output = markdown_of(a_hostile_report(text))
    assert not re.search(r"(?<!\\)[<\[`]", output)
    assert not re.search(r"https?://|www\.e|@team|#1\b|\{\{|\{%", output)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202a-\u202e]", output)
    assert output.count("\n## ") == 2  # the article and the summary


@given(st.text())
def test_escaped_text_is_one_line_without_live_signs(text):
    result = escaped(text)
    assert "\n" not in result
    assert not re.search(r"[<>\[\]`*_|$~{}&]", re.sub(r"\\.", "", result))


def test_the_least_adequate_lines_stand_beside_their_source():
    segments = tuple(
        SegmentReport("text", None, 0, 0, "body", text, source, None, adequacy)
        for text, source, adequacy in (("One | two", "Eins", 0.9), ("", "Zwei", 0.0), ("Three", None, None), ("Four", "Vier", 0.3))
    )
    section = report_markdown(a_report(segments=segments))
    assert section[section.index("Adequacy") :].splitlines() == [
        "Adequacy 0.40 in the mean of 3 lines. The least adequate:",
        "",
        "| adequacy | similarity | source | translation |",
        "| ---: | ---: | --- | --- |",
        "| 0.00 | – | Zwei | (not translated) |",
        "| 0.30 | – | Vier | Four |",
        "| 0.90 | – | Eins | One \\| two |",
        "",
    ]
    assert "Adequacy" not in report_markdown(a_report())
