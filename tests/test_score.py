import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_article import a_finding

from tqcheck.article import Gate, Penalty, Severity
from tqcheck.score import penalty, score

severities = st.lists(st.sampled_from(list(Severity)), max_size=20)


def findings(*levels: str):
    return [a_finding(severity=Severity(level)) for level in levels]


def test_findings_are_counted_and_weighed_per_1000_words():
    weights = {"minor": 1.0, "major": 5.0, "critical": 25.0}
    assert penalty(findings("minor", "minor", "major"), 500) == Penalty(2, 1, 0, 14.0, weights)
    assert penalty(findings("critical"), 100) == Penalty(0, 0, 1, 250.0, weights)
    assert penalty([], 0) == Penalty(0, 0, 0, 0.0, weights)


def test_other_weights_give_other_points():
    assert penalty(findings("minor", "major"), 100, {"minor": 0.5, "major": 2, "critical": 9}).per_1000_words == 25.0


def test_no_word_counts_as_one():
    assert penalty(findings("minor"), 0).per_1000_words == 1000.0


@pytest.mark.parametrize(("points", "value"), [(0.0, 100.0), (100.0, 50.0), (34.3, 74.5), (1e9, 0.0)])
def test_a_score_falls_with_the_points_and_never_below_zero(points, value):
    assert score(Penalty(0, 0, 0, points)) == value


@given(severities, st.sampled_from(list(Severity)), st.integers(0, 5000))
def test_one_more_finding_never_raises_the_score(levels, more, words):
    before = score(penalty(findings(*levels), words))
    after = score(penalty(findings(*levels, more), words))
    assert 0 <= after <= before <= 100


@pytest.mark.parametrize(
    ("levels", "fail_on", "wanted"),
    [
        ([], "minor", "pass"),
        (["minor"], "minor", "fail"),
        (["minor"], "major", "pass"),
        (["minor", "critical"], "major", "fail"),
        (["major"], "critical", "pass"),
        (["critical"], "critical", "fail"),
        (["critical"], "never", "pass"),
    ],
)
def test_the_gate_fails_from_the_named_severity_on(levels, fail_on, wanted):
    assert Gate(fail_on).verdict(findings(*levels), 50.0) == wanted


@pytest.mark.parametrize(("value", "wanted"), [(49.9, "fail"), (50.0, "pass")])
def test_the_gate_fails_under_the_score_even_when_findings_never_fail_it(value, wanted):
    assert Gate("never", 50).verdict([], value) == wanted
