import io
import json

import pytest
from reports_for_tests import HOSTILE, a_hostile_report, a_report, an_article

from tqcheck.article import FINDING_KEYS
from tqcheck.report import Tally, stream_writer
from tqcheck.report.jsonformat import dumps


def written(format_name, *reports, out=None):
    out = out or io.StringIO()
    writer, tally = stream_writer(format_name, out), Tally()
    for report in reports:
        writer.add(report)
        tally.add(report)
    writer.close(tally.summary())
    return out.getvalue()


def strict(text):
    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def test_the_array_has_a_report_a_line():
    reports = [a_report(an_article(id=name)) for name in ("a1", "ž2")]
    text = written("json", *reports)
    assert strict(text) == [report.as_dict() for report in reports]
    assert text.count("\n") == 4
    assert '"ž2"' in text


def test_an_empty_run_is_an_empty_array():
    assert strict(written("json")) == []
    assert written("jsonl") == ""


def test_a_line_of_jsonl_is_a_finding_with_the_keys_in_the_order_of_the_contract():
    (line,) = written("jsonl", a_report()).splitlines()
    assert tuple(strict(line)) == FINDING_KEYS
    assert strict(line) == a_report().findings[0].as_dict()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_unchanged_and_does_no_harm_on_the_way(text):
    report = a_hostile_report(text)
    array, line = written("json", report), written("jsonl", report)
    assert strict(array) == [report.as_dict()]
    assert strict(line) == report.findings[0].as_dict()
    for output in (array, line):
        assert len(output.splitlines()) == output.count("\n")  # no other line end is left in it
        assert not set("\x1b\x9b\x7f\u202e\u2066\U000e0041") & set(output)
        assert "##[" not in output
        assert "##vso[" not in output


def test_nan_is_refused():
    with pytest.raises(ValueError, match="JSON compliant"):
        dumps(float("nan"))


def test_output_is_utf8_whatever_the_stream_believes_in():
    raw = io.BytesIO()
    writer = stream_writer("jsonl", io.TextIOWrapper(raw, "ascii"))
    writer.add(a_report())
    assert "“Kiev”" in raw.getvalue().decode("utf-8")
