import json
from datetime import date

import pytest
from reports_for_tests import HOSTILE, a_hostile_report, a_report

from tqcheck.article import Article, Finding, Gate, Problem, Report, RuleGate, Severity, Similarities
from tqcheck.records import from_plain, to_plain, values_from_plain


@pytest.mark.parametrize(
    "report",
    [
        a_report(),
        a_report(score=100, similarity=Similarities(0.1, None, -0.0), problems=(Problem("a", "b", None),)),
        *(a_hostile_report(text) for text in HOSTILE),
    ],
)
def test_a_report_is_the_same_after_a_journey_through_json(report):
    again = from_plain(Report, json.loads(json.dumps(to_plain(report))))
    assert again == report
    assert repr(again) == repr(report)
    assert isinstance(again.findings[0].severity, Severity)


def test_a_gate_with_rules_of_its_own_is_the_same_too():
    gate = Gate("major", 60.5, {"name-variant": RuleGate("never", 2)})
    assert from_plain(Gate, json.loads(json.dumps(to_plain(gate)))) == gate


def test_what_json_does_not_know_can_still_be_told_apart():
    assert to_plain({"a": date(2023, 5, 25)}) != to_plain({"a": date(2023, 5, 26)})
    json.dumps(to_plain({"a": [date(2023, 5, 25), b"x", {1: None}]}))


@pytest.mark.parametrize(
    "plain", [None, [], {}, {"where": 1, "reason": "x"}, {"where": "x"}, {"where": ["x"], "reason": "x"}, {"where": True, "reason": "x"}]
)
def test_what_is_no_such_record_is_refused(plain):
    with pytest.raises(ValueError, match="is no"):
        from_plain(Problem, plain)


def test_a_finding_of_no_known_severity_or_field_is_refused():
    plain = to_plain(a_report().findings[0])
    for change in ({"severity": "awful"}, {"field": "body"}, {"start": "1"}, {"related": {}}):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
            from_plain(Finding, plain | change)


def test_some_fields_come_back_as_what_they_were():
    assert values_from_plain(Article, {"segments": ["a", "b"], "lang": None}) == {"segments": ("a", "b"), "lang": None}
    with pytest.raises(ValueError, match="are no fields of Article"):
        values_from_plain(Article, {"colour": "red"})
