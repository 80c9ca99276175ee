import io

import pytest
from reports_for_tests import a_finding, a_report, an_article

from tqcheck.article import Problem, Severity
from tqcheck.errors import ConfigError
from tqcheck.report import FORMATS, Summary, Tally, stream_writer


def test_a_tally_counts_articles_findings_words_and_problems():
    article, tally = an_article(), Tally()
    findings = (a_finding(article, 0, 4, rule="word-doubled", severity=Severity.CRITICAL), *[a_finding(article, 19, 23)] * 2)
    tally.add(a_report(article, findings, score=20.0, problems=(Problem("a1", "crashed", "x"),), rules_not_run=("meaning-drift",)))
    tally.add(a_report(article, (), score=100.0))
    tally.add_problem(Problem("f:1", "is not JSON"))
    summary = tally.summary()
    assert (summary.articles, summary.passed, summary.failed, summary.words, summary.findings) == (2, 1, 1, 16, 3)
    assert list(summary.by_severity.items()) == [(Severity.CRITICAL, 1), (Severity.MAJOR, 0), (Severity.MINOR, 2)]
    assert list(summary.by_rule.items()) == [("name-variant", 2), ("word-doubled", 1)]
    assert summary.scores == (0, 0, 1, 0, 0, 0, 0, 0, 0, 1)
    assert (summary.problems, [problem.where for problem in summary.first_problems]) == (2, ["a1", "f:1"])
    assert summary.rules_not_run == ("meaning-drift",)


def test_only_the_first_problems_are_kept():
    tally = Tally()
    for line in range(1000):
        tally.add_problem(Problem(f"f:{line}", "is not JSON"))
    assert (tally.summary().problems, len(tally.summary().first_problems)) == (1000, 20)


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_can_be_written(format_name):
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, "utf-8", write_through=True)
    writer = stream_writer(format_name, out)
    writer.add(a_report())
    writer.close(Summary())
    assert raw.getvalue()


def test_an_unknown_format_is_an_error_with_the_near_name():
    with pytest.raises(ConfigError, match="unknown format 'jsnl': did you mean 'jsonl'"):
        stream_writer("jsnl", io.StringIO())


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"articles": 1}, 0),
        ({"articles": 1, "failed": 1}, 1),
        ({"articles": 1, "failed": 1, "problems": 1}, 2),
        ({"problems": 1, "may_be_empty": True}, 2),
        ({}, 2),
        ({"may_be_empty": True}, 0),
    ],
)
def test_what_could_not_be_checked_outranks_what_failed(values, code):
    assert Summary(**values).exit_code == code
