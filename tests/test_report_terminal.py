import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from reports_for_tests import HOSTILE, a_finding, a_hostile_report, a_report, an_article, place
from rich.cells import cell_len

from tqcheck.article import Article, Problem, Severity
from tqcheck.report import Tally, stream_writer


def text_of(*reports, out=None, problems=()):
    out = out or io.StringIO()
    writer, tally = stream_writer("text", out), Tally()
    for report in reports:
        writer.add(report)
        tally.add(report)
    for problem in problems:
        tally.add_problem(problem)
    writer.close(tally.summary())
    return out.getvalue() if isinstance(out, io.StringIO) else None


def test_a_finding_is_told_with_its_place_its_excerpt_and_what_to_do():
    assert text_of(a_report(), problems=[Problem("feed.jsonl:7", "is not JSON")]) == (
        "a1  en, 8 words, score 44.4, FAIL\n"
        "  feed.jsonl:1: text 1:20: minor: name-variant: “Kiev” here, “Kyiv” elsewhere.\n"
        "      | Kyiv held out, but Kiev was shelled.\n"
        "      |                    ^^^^\n"
        "      = suggestion: Kyiv\n"
        "      = see also feed.jsonl:1: text 1:1: Kyiv\n"
        "\n"
        "1 article checked: 0 passed, 1 failed, 8 words\n"
        "1 finding: 1 minor\n"
        "  name-variant       1\n"
        "1 thing could not be checked:\n"
        "  feed.jsonl:7: is not JSON\n"
    )


def test_an_article_without_findings_is_only_counted():
    assert text_of(a_report(findings=())) == "1 article checked: 1 passed, 0 failed, 8 words\n0 findings\n"


def test_an_empty_run_has_a_summary():
    assert text_of() == "0 articles checked: 0 passed, 0 failed, 0 words\n0 findings\n"


def test_the_mark_stands_under_wide_characters():
    article = Article(id="ja", text="首相は7日に発表。")
    lines = text_of(a_report(article, (a_finding(article, 3, 5),))).splitlines()
    assert lines[2:4] == ["      | 首相は7日に発表。", "      |       ^^^"]


def test_an_empty_place_gets_one_mark():
    article = an_article()
    assert "\n      |                                     ^\n" in text_of(a_report(article, (a_finding(article, 36, 36),)))


def test_a_long_line_is_cut_around_the_mark_to_a_fixed_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    article = Article(id="long", text="word " * 2000 + "Kiev" + " word" * 2000)
    excerpt, marks = text_of(a_report(article, (a_finding(article, 10_000, 10_004),))).splitlines()[2:4]
    assert 90 < len(excerpt) <= 100
    assert excerpt[marks.index("^") : marks.rindex("^") + 1] == "Kiev"


def test_a_long_line_of_wide_characters_is_cut_to_the_width_of_the_screen():
    article = Article(id="long", text="首" * 500 + "相" + "首" * 500)
    excerpt, marks = text_of(a_report(article, (a_finding(article, 500, 501),))).splitlines()[2:4]
    assert 90 < cell_len(excerpt) <= 100
    assert cell_len(excerpt[: excerpt.index("相")]) == marks.index("^")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_article_can_command_the_terminal_or_the_pipeline(text):
    output = text_of(a_hostile_report(text))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", output)
    assert not re.search(r"^\s*::|##\[|##vso\[", output, re.MULTILINE)
    assert output.count(": minor: name-variant: ") == 1


def test_a_stream_that_knows_ascii_only_gets_escapes_and_a_mark_in_the_right_place():
    raw = io.BytesIO()
    article = Article(id="ė", text="Ė Kiev")
    out = io.TextIOWrapper(raw, "ascii", write_through=True)
    text_of(a_report(article, (a_finding(article, 2, 6, message="„Kiev“"),)), out=out)
    lines = raw.getvalue().decode("ascii").splitlines()
    assert lines[1] == r"  \u0117: text 1:3: minor: name-variant: \u201eKiev\u201c"
    assert lines[2][lines[3].index("^") :] == "Kiev"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_only_a_terminal_that_wants_colour_gets_it(monkeypatch, no_color, coloured):
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert ("\x1b[" in text_of(a_report(), out=Terminal())) is coloured


def test_a_message_that_looks_like_rich_markup_or_an_emoji_is_printed_as_it_is(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    article = an_article()
    assert "[bold]x[/bold] :smile:" in text_of(
        a_report(article, (a_finding(article, 0, 4, message="[bold]x[/bold] :smile:"),)), out=Terminal()
    )


def test_crashed_rules_and_rules_that_did_not_run_are_named():
    output = text_of(a_report(findings=(), problems=(Problem("a1", "crashed", "number-mismatch"),), rules_not_run=("meaning-drift",)))
    assert "  not checked rule number-mismatch: crashed\n" in output
    assert "not run: meaning-drift" in output
    assert "1 thing could not be checked:\n  a1: rule number-mismatch: crashed\n" in output


def test_many_related_places_are_counted_not_listed():
    article = an_article()
    finding = a_finding(article, 0, 4, severity=Severity.MAJOR, related=[place(article, n, n + 1) for n in range(8)])
    assert "see also 3 more places" in text_of(a_report(article, (finding,)))


def test_rich_is_not_loaded_before_it_is_needed():
    code = "import sys, tqcheck.report; sys.exit(bool({'rich', 'pyarrow', 'jinja2'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent.parent, check=False).returncode == 0
