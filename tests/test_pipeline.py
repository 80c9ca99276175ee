import gc
import itertools
import json
import multiprocessing
import os
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tqcheck import pipeline
from tqcheck.article import Article, Mark, Problem, Report, Severity
from tqcheck.calibration import Thresholds
from tqcheck.config import Options
from tqcheck.embed import Vectors
from tqcheck.errors import ConfigError, ModelError
from tqcheck.pipeline import Checker, check
from tqcheck.rules import all_rules
from tqcheck.suppress import Suppression
from tqcheck.workers import CHUNK, QUEUED_CHUNKS_PER_JOB

KYIV = "He left Kyiv on Monday. The train from Kiev was late. In Kyiv it rained."
PLAIN = Options(model="none")
ROOT = Path(__file__).resolve().parent.parent


def an_article(number: int = 1, text: str = KYIV, **fields) -> Article:
    return Article(f"a{number}", text=f"{text}\n\nParagraph {number} ends here.", lang="en", origin=f"feed.jsonl:{number}", **fields)


def articles(count: int):
    return (an_article(number) for number in range(1, count + 1))


def a_checker(*rules, **options) -> Checker:
    checker = Checker(replace(PLAIN, **options))
    if rules:
        checker.rules = rules
    return checker


def a_rule(check, rule_id="markup-left"):
    return replace(all_rules()[rule_id], check=check)


# -- one article --------------------------------------------------------------------------------------------------------


def test_an_article_becomes_a_report_with_its_findings_score_and_signature():
    report = a_checker()(an_article(title="A title"))
    (finding,) = report.findings
    assert (finding.article, finding.rule, finding.severity, finding.surface, finding.start) == ("a1", "name-variant", "minor", "Kiev", 39)
    assert [place.surface for place in finding.related] == ["Kyiv"]
    assert (report.lang, report.source_lang, report.words, report.verdict, report.problems) == ("en", None, 21, "fail", ())
    assert report.penalty.per_1000_words == round(1000 / 21, 1)
    assert report.score == round(100 / (1 + report.penalty.per_1000_words / 100), 1)
    assert [segment.zone for segment in report.segments] == ["headline", "body", "body"]


def test_a_rule_that_crashes_is_named_and_the_other_findings_stay():
    def crash(_):
        yield Mark(0, 2, "Never seen.")
        raise RecursionError("too deep")

    report = a_checker(a_rule(crash), all_rules()["name-variant"])(an_article())
    assert [finding.surface for finding in report.findings] == ["Kiev"]
    assert report.problems == (Problem("a1", "crashed: RecursionError: too deep: please report it", "markup-left"),)


def test_an_article_that_cannot_be_annotated_is_named_and_the_next_is_checked(monkeypatch):
    known = pipeline.AnnotatedArticle.lines.func

    def lines(self):
        if self.article.id == "a1":
            raise ValueError("not enough values to unpack")
        return known(self)

    monkeypatch.setattr(pipeline.AnnotatedArticle, "lines", property(lines))
    first, second = check([an_article(1), an_article(2)], PLAIN)
    assert "not enough values to unpack" in str(first if isinstance(first, Problem) else first.problems)
    assert [finding.surface for finding in second.findings] == ["Kiev"]


def test_a_mark_that_runs_over_its_field_is_cut_and_a_confidence_has_two_decimals():
    report = a_checker(a_rule(lambda _: iter([Mark(6, 99, "Too long.", confidence=0.98765, severity=Severity.CRITICAL)])))(
        Article("a1", "Text", title="Title")
    )
    (finding,) = report.findings
    assert (finding.field, finding.start, finding.end, finding.surface) == ("text", 0, 4, "Text")
    assert (finding.confidence, finding.severity) == (0.99, "critical")


def test_a_message_holds_no_control_of_what_it_quotes_and_all_that_is_written_with_joiners():
    said = Mark(0, 1, "\x1b[31m“a\x80\r\nb\u202e\u2028\U000e0041\ud800” می\u200cخواهم 👩\u200d👧 e\u0301.", suggestion="a\x80b")
    (finding,) = a_checker(a_rule(lambda _: iter([said])))(an_article()).findings
    assert finding.message == (r"\u{1b}[31m“a\u{80}\u{d}\u{a}b\u{202e}\u{2028}\u{e0041}\u{d800}” می" + "\u200cخواهم 👩\u200d👧 e\u0301.")
    assert finding.suggestion == "a\x80b"


def test_the_severity_that_the_user_gives_goes_before_that_of_the_mark_and_of_the_rule():
    marked = a_rule(lambda _: iter([Mark(0, 1, "x.", severity=Severity.CRITICAL)]))
    plain = a_rule(lambda _: iter([Mark(0, 1, "x.")]))
    given = {"severity": {"markup-left": "minor"}}
    found = [a_checker(rule, **options)(an_article()).findings[0].severity for rule in (marked, plain) for options in (given, {})]
    assert found == ["minor", "critical", "minor", "major"]


def test_options_of_a_rule_reach_it():
    text = "The Acme Ltd (QX) and the Union of Painters (QXYZ) met."
    found = [
        len(
            a_checker(select=("acronym-mismatch",), rules={"acronym-mismatch": {"min_letters": least}})(
                Article("a", text, lang="en")
            ).findings
        )
        for least in (2, 4, 5)
    ]
    assert found[0] >= found[1] == 1
    assert found[2] == 0


def test_without_a_model_the_report_says_which_rules_did_not_run():
    needs = [replace(rule, needs_vectors=True) if rule.id == "markup-left" else rule for rule in all_rules().values()]
    report = a_checker(*needs)(an_article(text="He <b>left</b>."))
    assert report.findings == ()
    assert set(report.rules_not_run) >= {"markup-left", "headline-repeated (headline in other words)"}


def test_with_a_model_nothing_is_left_out_and_no_article_sees_the_vectors_of_another():
    import numpy as np

    calls = []

    def encode(texts):
        calls.append(list(texts))
        return np.ones((len(texts), 2))

    checker = a_checker()
    checker.vectors = Vectors("stand-in", encode, Thresholds(same=0.9, possibly=0.8, unrelated=0.1), independent=True)
    reports = [checker(Article("a", "Same text.", title="The same title of five words")) for _ in range(2)]
    assert reports[0] == reports[1]
    assert reports[0].rules_not_run == ()
    assert len(calls) == 2
    assert calls[0] == calls[1]


# -- the signature ------------------------------------------------------------------------------------------------------


def signature(**options) -> str:
    return a_checker(**options).signature


@pytest.mark.parametrize(
    "options",
    [
        {"ignore": ("markup-left",)},
        {"rules": {"acronym-mismatch": {"min_letters": 3}}},
        {"severity": {"markup-left": "minor"}},
        {"weights": {"minor": 2.0, "major": 5.0, "critical": 25.0}},
        {"fail_on": "major"},
        {"fail_under": 50.0},
        {"style": ("un",)},
        {"prefer": {"*": {"Kyiv": ("Kiev",)}}},
        {"suppress": (Suppression("name-variant", "agency"),)},
    ],
)
def test_whatever_changes_the_numbers_changes_the_signature(options):
    assert signature(**options) != signature()


@pytest.mark.parametrize(
    "options", [{"jobs": 2}, {"lang": "en"}, {"columns": {"title": "headline"}}, {"rules": {"acronym-mismatch": {"min_letters": 2}}}]
)
def test_what_does_not_change_the_numbers_does_not_change_the_signature(options):
    assert signature(**options) == signature()


def test_a_reason_and_a_later_date_do_not_change_the_signature():
    entries = (Suppression("name-variant", "agency"), Suppression("name-variant", "other", expires=date(2999, 1, 1)))
    assert len({signature(suppress=(entry,)) for entry in entries}) == 1


# -- suppression and house style ----------------------------------------------------------------------------------------


def test_a_suppressed_finding_is_counted_and_does_not_weigh():
    report = a_checker(suppress=(Suppression("name-variant", "agency", surface=("Kiev",)),))(an_article())
    assert (report.findings, report.suppressed, report.verdict, report.score) == ((), 1, "pass", 100.0)
    assert report.as_dict()["suppressed"] == 1
    other = a_checker(suppress=(Suppression("name-variant", "agency", surface=("Kyiv",)),))(an_article())
    assert (len(other.findings), other.suppressed, other.verdict) == (1, 0, "fail")


def test_the_command_line_counts_what_was_suppressed_on_standard_error_alone(tmp_path):
    (tmp_path / "tqcheck.toml").write_text('model = "none"\nignore = [{rule = "name-variant", reason = "agency"}]\n')
    (tmp_path / "a.txt").write_text(KYIV)
    command = [sys.executable, "-m", "tqcheck", "check", "a.txt", "--lang", "en", "--format", "jsonl", "--no-progress"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "tqcheck: 1 finding is ignored by the configuration, for reasons given there\n"


def test_an_expired_suppression_is_an_error_and_nothing_is_checked(tmp_path):
    (tmp_path / "tqcheck.toml").write_text('model = "none"\nignore = [{rule = "name-variant", reason = "agency", expires = 2020-02-29}]\n')
    (tmp_path / "a.txt").write_text(KYIV)
    done = subprocess.run([sys.executable, "-m", "tqcheck", "check", "a.txt"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "'ignore[0]' expired on 2020-02-29: name-variant (agency)" in done.stderr


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_house_style_goes_before_the_majority_and_finds_a_form_that_stands_alone(jobs):
    options = replace(PLAIN, prefer={"*": {"Kyiv": ("Kiev",)}}, suppress=(Suppression("mojibake", "x"),), jobs=jobs)
    texts = ("Trains left Kiev. Kiev slept. In Kyiv it rained.", "Trains left Kiev. Kiev slept.", "Trains left Kyiv.")
    reports = list(check([an_article(number, text) for number, text in enumerate(texts)], options))
    assert [[(f.surface, f.suggestion, f.message) for f in report.findings] for report in reports] == [
        [("Kiev", "Kyiv", "House style: Kyiv, not Kiev. The article uses both.")],
        [("Kiev", "Kyiv", "House style: Kyiv, not Kiev.")],
        [],
    ]


@given(st.text(min_size=1), st.text(min_size=1), st.text(), st.sampled_from(("en", "cs", "zh", "ar")))
def test_any_form_may_be_preferred_in_any_text(form, other, text, lang):
    assume(form.strip() and other.strip() and form != other)
    report = a_checker(select=("name-variant",), prefer={"*": {form: (other,)}})(Article("a", f"{text} {other} {text}", lang=lang))
    assert report.problems == ()
    for finding in report.findings:
        assert finding.surface == report.article.text[finding.start : finding.end] != ""


def test_a_house_style_of_one_language_leaves_the_others_alone():
    checker = a_checker(prefer={"de": {"Kyjiw": ("Kiew",)}})
    surfaces = [[finding.surface for finding in checker(Article("a", "Kiew.", lang=lang)).findings] for lang in ("de-AT", "nl")]
    assert surfaces == [["Kiew"], []]


def test_the_signature_names_version_rules_tables_and_model():
    assert [part.split(":")[0] for part in signature().split("|")] == ["rules", "tables", "model", "weights", "gate", "version"]
    assert "|model:none|weights:1-5-25|gate:minor|" in signature()


# -- a stream -----------------------------------------------------------------------------------------------------------


def test_two_processes_give_the_reports_of_one_in_the_same_order():
    stream = [article if number % 7 else Problem(f"feed.jsonl:{number}", "is not JSON") for number, article in enumerate(articles(70))]
    one, two = (list(check(iter(stream), replace(PLAIN, jobs=jobs))) for jobs in (1, 2))
    assert one == two
    assert [outcome.article.id if isinstance(outcome, Report) else outcome for outcome in two] == [
        given if isinstance(given, Problem) else given.id for given in stream
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_article_is_no_report(jobs):
    assert list(check(iter(()), replace(PLAIN, jobs=jobs))) == []


def test_one_process_reads_an_article_when_its_report_is_asked_for():
    read = itertools.count()
    stream = check((an_article(next(read) + 1) for _ in range(100)), PLAIN)
    next(stream)
    next(stream)
    assert next(read) == 2


def test_two_processes_read_only_so_far_ahead():
    read = itertools.count()
    stream = check((an_article(next(read) + 1) for _ in range(1000)), replace(PLAIN, jobs=2))
    next(stream)
    assert next(read) <= 2 * QUEUED_CHUNKS_PER_JOB * CHUNK
    stream.close()


def test_a_stream_that_nobody_reads_to_its_end_leaves_no_process():
    stream = check(articles(200), replace(PLAIN, jobs=2))
    next(stream)
    stream.close()
    deadline = time.monotonic() + 20
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(("options", "error"), [({"select": ("no-such-rule",)}, ConfigError), ({"model": "./no-such-folder"}, ModelError)])
def test_what_cannot_run_is_an_error_before_the_first_article_is_read(jobs, options, error):
    read = itertools.count()
    with pytest.raises(error):
        next(check((an_article(next(read)) for _ in range(9)), replace(PLAIN, jobs=jobs, **options)))
    assert next(read) == 0


def peak(count: int) -> int:
    gc.collect()
    gc.freeze()  # what other tests left is not walked over again
    tracemalloc.start()
    for number, _ in enumerate(check(articles(count), PLAIN)):
        if number % 50 == 0:
            gc.collect()  # when it runs by itself depends on all other tests
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.unfreeze()
    return highest


def test_ten_times_the_articles_need_no_more_memory():
    peak(20)  # tables and patterns are read once
    few, many = peak(200), peak(2000)
    assert many <= 1.25 * few


KILLER = """
import os
import tqcheck.pipeline as pipeline
check = pipeline.Checker.__call__
def killed(self, article):
    if "KILL" in article.text:
        os._exit(9)
    return check(self, article)
pipeline.Checker.__call__ = killed
"""


def test_an_article_that_kills_its_process_is_named_and_all_others_are_reported(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(KILLER)
    feed = tmp_path / "feed.jsonl"
    rows = [{"id": f"a{number}", "lang": "en", "text": "KILL it." if number == 3 else f"{KYIV} {number}"} for number in range(40)]
    feed.write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "tqcheck", "check", feed, "--model", "none", "--jobs", "2", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 2
    assert [report["article"] for report in json.loads(done.stdout)] == [row["id"] for row in rows if "KILL" not in row["text"]]
    assert done.stderr.splitlines() == [
        f"tqcheck: {feed}:4: the process that checked this article died twice (out of memory?): check it alone"
    ]


# -- defaults -----------------------------------------------------------------------------------------------------------


def test_languages_that_the_user_gives_are_those_of_articles_that_do_not_say():
    options = Options(model="none", lang="de", source_lang="cs")
    silent, speaking = check([Article("a", "T"), Article("b", "T", lang="fr", source_lang="uk")], options)
    assert (silent.lang, silent.source_lang) == ("de", "cs")
    assert (speaking.lang, speaking.source_lang) == ("fr", "uk")


def test_chunks_are_few():
    assert CHUNK * QUEUED_CHUNKS_PER_JOB <= 100, "how far reading runs ahead bounds the memory"
