"""The article the project started from. It is another's text, so it lies beside the checkout and not in it."""

import json
from pathlib import Path

import pytest

from tqcheck.config import Options
from tqcheck.pipeline import check
from tqcheck.read import read

SEED = Path(__file__).resolve().parent.parent.parent / "shared" / "seed"
pytestmark = pytest.mark.skipif(not (SEED / "gold.jsonl").is_file(), reason="the seed article is not beside this checkout (../shared/seed)")


def labels():
    return [json.loads(line) for line in (SEED / "gold.jsonl").read_text("utf-8").splitlines()]


def checked(model):
    path = SEED / labels()[0]["file"]
    (report,) = check(read([str(path)], lang="en"), Options(model=model))
    return report, path.read_bytes().decode("utf-8")


def touches(finding, label) -> bool:
    return min(finding.end, label["end"]) > max(finding.start, label["start"])


def name(label) -> str:
    return f"{label['n']} {label['kind']} {label['surface']!r}"


@pytest.fixture(scope="module")
def without_model():
    return checked("none")


@pytest.fixture(scope="module")
def with_model():
    return checked("bundled")


def test_every_surface_is_what_stands_in_the_file(without_model):
    report, text = without_model
    assert report.findings
    for place in (place for finding in report.findings for place in (finding, *finding.related)):
        assert place.field == "text"
        assert place.surface == text[place.start : place.end]


def test_without_a_model_at_most_one_core_artefact_is_missed(without_model):
    report, _ = without_model
    core = [label for label in labels() if label["tier"] == "core"]
    assert len(core) == 13
    assert len([name(label) for label in core if not any(touches(finding, label) for finding in report.findings)]) <= 1


@pytest.mark.model
def test_with_the_bundled_model_all_13_core_artefacts_are_touched(with_model):
    report, _ = with_model
    core = [label for label in labels() if label["tier"] == "core"]
    assert [name(label) for label in core if not any(touches(finding, label) for finding in report.findings)] == []


def wrong(report) -> list[str]:
    return [f"{finding.rule}: {finding.surface!r}" for finding in report.findings if not any(touches(finding, label) for label in labels())]


def test_without_a_model_at_most_two_findings_touch_no_label(without_model):
    assert len(wrong(without_model[0])) <= 2, wrong(without_model[0])


@pytest.mark.model
def test_with_the_bundled_model_at_most_two_findings_touch_no_label(with_model):
    assert len(wrong(with_model[0])) <= 2, wrong(with_model[0])


def test_the_article_fails_the_gate(without_model):
    report, _ = without_model
    assert report.verdict == "fail"
    assert report.problems == ()
    assert 0 < report.score < 60
