import json
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import regex

from tqcheck import limits, suppress
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, Finding, Gate, LeftOut, Mark, Problem, Report, RuleGate, Severity
from tqcheck.baseline import Baseline, BaselineWriter
from tqcheck.config import Options, override
from tqcheck.embed import Thresholds, Vectors
from tqcheck.errors import ConfigError
from tqcheck.pipeline import Checker
from tqcheck.report import Tally, stream_writer
from tqcheck.report.html import article_page
from tqcheck.rules import all_rules
from tqcheck.scoring import Scorer

NO_MODEL = Options(model="none", select=("word-doubled", "name-variant"))
needs_signals = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="nothing can be stopped on this system")


def compute(_article):
    while True:
        yield from ()


def wait(_article):
    time.sleep(60)
    yield Mark(0, 1, "late")


def backtrack(_article):
    re.search(r"(a+)+b", "a" * 60)
    yield Mark(0, 1, "late")


def backtrack_in_regex(_article):
    regex.search(r"(a+)+(a+)+(a+)+c$", "a" * 5000 + "b")
    yield Mark(0, 1, "late")


def take_all_exceptions(_article):
    try:
        time.sleep(60)
    except Exception:  # noqa: BLE001 - as such rules do
        yield Mark(0, 1, "not stopped")


def find_and_hang(_article):
    yield Mark(0, 1, "half of it")
    time.sleep(60)


def checker(*checks, options=NO_MODEL, **changes):
    made = Checker(replace(options, **changes), measure=False)
    rule = all_rules()["mojibake"]
    hanging = [replace(rule, id=f"hanging-{number}", check=check, options={}) for number, check in enumerate(checks)]
    made.rules = (*hanging, *made.rules)
    return made


def many(count=130, text="He saw the the ship. "):
    return Article("a", text * count, lang="en", origin="a.jsonl:1")


# -- time ---------------------------------------------------------------------------------------------------------------


@needs_signals
@pytest.mark.parametrize("hang", [compute, wait, backtrack, backtrack_in_regex, take_all_exceptions, find_and_hang])
def test_a_rule_that_hangs_is_stopped_and_named_and_the_findings_of_the_others_are_kept(hang):
    report = checker(hang, article_timeout=1.0)(Article("a", "He saw the the ship.", lang="en"))
    assert [finding.rule for finding in report.findings] == ["word-doubled"]
    assert [(problem.where, problem.rule) for problem in report.problems] == [("a", "hanging-0")]
    assert report.problems[0].reason.startswith("timed-out: stopped after half of what was left of the 1 s")


@needs_signals
def test_several_rules_that_hang_take_no_longer_than_the_limit_and_leave_time_for_the_others():
    report = checker(wait, wait, wait, article_timeout=1.0)(Article("a", "He saw the the ship.", lang="en"))
    assert [problem.rule for problem in report.problems] == ["hanging-0", "hanging-1", "hanging-2"]
    assert [finding.rule for finding in report.findings] == ["word-doubled"]


@needs_signals
def test_the_next_article_has_all_of_its_time_and_the_alarm_is_off():
    before = signal.getsignal(signal.SIGALRM)
    made = checker(wait, article_timeout=0.3)
    reports = [made(Article(name, "He saw the the ship.", lang="en")) for name in "ab"]
    assert [len(report.problems) for report in reports] == [1, 1]
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


@needs_signals
def test_what_takes_too_long_to_measure_is_named_and_the_findings_are_kept(monkeypatch):
    monkeypatch.setattr("tqcheck.metrics.similarities", lambda *_: time.sleep(60))
    report = Checker(replace(NO_MODEL, article_timeout=0.3))(Article("a", "He saw the the ship.", lang="en"))
    assert [(problem.rule, problem.reason.partition(":")[0]) for problem in report.problems] == [(None, "measuring similarities timed-out")]
    assert [finding.rule for finding in report.findings] == ["word-doubled"]


@needs_signals
def test_an_article_that_takes_too_long_to_score_is_a_problem(monkeypatch):
    monkeypatch.setattr(Scorer, "score", lambda *_: time.sleep(60))
    outcome = Scorer(replace(NO_MODEL, article_timeout=0.3))(Article("a", "A ship.", source_text="Ein Schiff.", origin="a.jsonl:1"))
    assert isinstance(outcome, Problem)
    assert str(outcome) == "a.jsonl:1: cannot be scored: timed-out: stopped after the 0.3 s that an article may take (--article-timeout)"


@needs_signals
def test_the_time_that_other_processes_had_is_not_counted(monkeypatch):
    queued = iter((5.0, 5.3, 5.3, 5.3))  # of the 0.35 s that the work takes, others had 0.3
    monkeypatch.setattr(limits, "_queued", lambda: next(queued, 5.3))
    assert limits.Clock(0.2).run(lambda: time.sleep(0.35) or "done", share=1.0) == "done"
    with pytest.raises(limits.TimedOut, match=r"after the 0\.2 s"):
        limits.Clock(0.2).run(lambda: time.sleep(60), share=1.0)


def test_the_time_in_the_queue_grows_or_is_nought():
    assert 0.0 <= limits._queued() <= limits._queued()


def test_without_a_limit_and_in_another_thread_nothing_is_stopped():
    found = []
    thread = threading.Thread(target=lambda: found.append(limits.Clock(0.01).run(lambda: time.sleep(0.05) or "done")))
    thread.start()
    thread.join()
    assert [*found, limits.Clock(0).run(lambda: time.sleep(0.05) or "done")] == ["done", "done"]


@needs_signals
def test_the_command_names_a_rule_that_takes_too_long_and_ends_with_exit_code_2(tmp_path):
    feed = tmp_path / "feed.jsonl"
    feed.write_text(json.dumps({"id": "a", "lang": "en", "text": "He saw the the ship. " * 2000}) + "\n")
    command = [sys.executable, "-m", "tqcheck", "check", str(feed), "--model", "none", "--article-timeout", "0.001", "--format", "jsonl"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "timed-out: stopped after half of what was left of the 0.001 s that an article may take" in result.stderr


# -- findings -----------------------------------------------------------------------------------------------------------


def test_so_many_findings_of_a_rule_are_reported_and_all_of_them_count():
    whole = checker(findings_per_rule=0)(many())
    report = checker()(many())
    assert [len(whole.findings), len(report.findings), report.count] == [130, 100, 130]
    assert report.findings == whole.findings[:100]
    assert report.left_out == (LeftOut("word-doubled", Severity.MINOR, 30),)
    assert (report.penalty, report.score, report.verdict) == (whole.penalty, whole.score, whole.verdict)
    assert report.as_dict()["left_out"] == [{"rule": "word-doubled", "severity": "minor", "count": 30}]


def test_the_gravest_findings_are_kept_wherever_they_stand():
    def check(_article):
        yield from (Mark(at, at + 1, "m", severity=Severity.CRITICAL if at % 50 == 49 else Severity.MINOR) for at in range(200))

    report = checker(check, findings_per_rule=5)(Article("a", "x" * 300, lang="en"))
    assert [finding.start for finding in report.findings] == [0, 49, 99, 149, 199]
    assert report.left_out == (LeftOut("hanging-0", Severity.MINOR, 195),)


def test_a_gate_that_lets_more_pass_than_the_limit_still_judges_by_all():
    gate = {"word-doubled": RuleGate(max_findings=129)}
    assert checker(gate=gate)(many()).verdict == "fail"
    assert checker(gate={"word-doubled": RuleGate(max_findings=130)})(many()).verdict == "pass"


def test_what_the_configuration_takes_away_does_not_use_up_the_limit():
    options = override(NO_MODEL, {"ignore": [{"rule": "word-doubled", "surface": "the the", "reason": "so they write"}]})
    report = checker(options=options, findings_per_rule=3)(Article("a", "He saw the the ship. " * 9 + "He saw a a ship.", lang="en"))
    assert [(finding.surface, report.suppressed) for finding in report.findings] == [("a a", 9)]
    assert report.left_out == ()


def test_a_baseline_accepts_all_findings_and_what_is_left_is_cut(tmp_path):
    path = tmp_path / "baseline.json"
    with path.open("w") as out:
        writer = BaselineWriter(out)
        writer.add(checker(findings_per_rule=0)(many(110)))
        writer.close(Tally().summary())
    report = checker(baseline=str(path))(many(120))
    assert len(report.findings) == 120
    accepted = Baseline(path, (all_rules()["word-doubled"],), most=4).accept(report)
    assert (accepted.accepted, len(accepted.findings), accepted.count, accepted.penalty.minor) == (110, 4, 10, 10)


def test_a_report_under_the_limit_is_left_as_it_is():
    report = checker()(many(20))
    assert limits.cut(report, 20) is report
    assert limits.cut(report, 0) is report


@pytest.mark.parametrize("most", [0, 1])
def test_the_limit_is_raised_for_a_gate_that_counts_further(most):
    gate = Gate(rules={"name-variant": RuleGate(max_findings=7)})
    assert [limits.most_of(rule, most, gate) for rule in ("name-variant", "word-doubled")] == [8 if most else 0, most]


@pytest.mark.parametrize("name", ["text", "json", "markdown", "sarif", "junit", "github"])
def test_every_report_for_people_says_how_many_findings_it_leaves_out(name, tmp_path):
    assert "30" in re.sub(r"\b\d+:\d+\b|line=\d+", "", written(name, checker()(many()), tmp_path))
    nothing = written(name, checker()(many(20)), tmp_path)
    assert not re.search(r"not shown: the limit|\"left_out\": \[\{|findings-over-limit|of these not shown", nothing)


def test_the_page_of_an_article_says_how_many_findings_it_leaves_out():
    assert "30 more findings of word-doubled (minor) are counted and not shown" in article_page(checker()(many()))


def written(name: str, report: Report, folder) -> str:
    tally = Tally()
    tally.add(report)
    with (folder / "report").open("w+", encoding="utf-8") as out:
        writer = stream_writer(name, out)
        writer.add(report)
        writer.close(tally.summary())
    return (folder / "report").read_text("utf-8")


def test_the_command_says_on_standard_error_how_many_findings_are_left_out(tmp_path):
    feed = tmp_path / "feed.jsonl"
    feed.write_text(json.dumps({"id": "a", "lang": "en", "text": many().text}) + "\n")
    command = [sys.executable, "-m", "tqcheck", "check", str(feed), "--model", "none", "--select", "word-doubled", "--format", "csv"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, len(result.stdout.splitlines())) == (1, 101)
    assert "30 findings are counted and not reported" in result.stderr


# -- options ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "wrong"),
    [
        ("article-timeout", -1, "or 0 for no limit"),
        ("article-timeout", "30", "must be int or float"),
        ("article-timeout", float("nan"), "must be a number"),
        ("article-size", 0, "over 0"),
        ("findings-per-rule", 1.5, "must be int"),
        ("findings-per-rule", -1, "or 0 for no limit"),
    ],
)
def test_a_limit_that_is_none_is_an_error_that_names_the_key(key, value, wrong):
    with pytest.raises(ConfigError, match=wrong) as error:
        override(Options(), {key: value})
    assert key in str(error.value)


def test_an_article_over_the_size_of_the_configuration_is_named_and_not_read(tmp_path):
    (tmp_path / "tqcheck.toml").write_text("article-size = 0.001\n")
    (tmp_path / "feed.jsonl").write_text(
        json.dumps({"id": "a", "text": "A ship. " * 200}) + "\n" + json.dumps({"id": "b", "text": "Ok."}) + "\n"
    )
    command = [sys.executable, "-m", "tqcheck", "check", "feed.jsonl", "--model", "none"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={"PYTHONPATH": ":".join(sys.path)})
    assert result.returncode == 2
    assert "feed.jsonl:1: is longer than 1048 bytes, the limit for one row" in result.stderr
    assert "1 article checked" in result.stdout


def test_the_limit_of_findings_is_part_of_the_signature_when_it_is_another():
    signatures = [checker(findings_per_rule=most).signature for most in (limits.FINDINGS, 7)]
    assert signatures[0] == Checker(NO_MODEL).signature != signatures[1]


def test_of_equally_grave_findings_the_first_are_kept_and_what_is_dropped_is_never_made():
    made = []
    gravest = limits.Gravest(2)
    for at in (5, 1, 9, 3):
        gravest.add(Severity.MAJOR, at, at + 1, lambda at=at: made.append(at) or at)
    assert (gravest.kept(), made) == ([1, 3], [5, 1, 3])
    assert gravest.left_out("r") == [LeftOut("r", Severity.MAJOR, 2)]


def test_what_was_not_compared_is_named_by_every_report_for_people(tmp_path):
    def check(article):
        article.limit("hanging-0: of 9 lines the first 2 were compared")
        article.limit("hanging-0: of 9 lines the first 2 were compared")
        yield from ()

    report = checker(check)(Article("a", "A ship.", lang="en"))
    assert report.limits == ("hanging-0: of 9 lines the first 2 were compared",)
    for name in ("text", "json", "markdown", "sarif", "junit"):
        assert "of 9 lines the first 2 were compared" in written(name, report, tmp_path).replace("\\", "")
    assert "of 9 lines the first 2 were compared" in article_page(report)


@pytest.mark.model
def test_a_long_article_says_how_many_of_its_sentences_and_lines_were_compared():
    text = "\n".join(
        f"On day {n} the old ship of the line came home with {n * 7919 % 9973} sailors and {n % 89} guns on board." for n in range(450)
    )
    report = Checker(Options(select=("sentence-repeated",)))(Article("a", text, lang="en"))
    assert [limit.partition(":")[0] for limit in report.limits][-1] == "similarities"
    assert report.limits[-1] == "similarities: of 450 lines the first 400 were measured"


# -- what was not compared ----------------------------------------------------------------------------------------------

WORDS = tuple(
    f"{one}{other}{last}"
    for one in ("ka", "lo", "mi", "nu", "pe")
    for other in ("dor", "ban", "til", "ras")
    for last in "abcdefghijklmnopqrstuvwxyz"
)


def translated(count, *more, lang="en", source_lang="cs"):
    """An article with a segment of so many words on both sides, and more pairs of segments."""
    text = " ".join(WORDS[:count]) + "."
    own, source = zip((text, text), *more, strict=True)
    return Article("a", lang=lang, source_lang=source_lang, segments=own, source_segments=source)


def with_dates(count):
    days = (date(1950 + n, 5, 5) for n in range(count))
    return Article("a", text=" ".join(f"It was on {day:%A}, {day.day} {day:%B} {day.year} at sea." for day in days), lang="en")


def drifted(words):
    own, source = " ".join(["bank", "money", "market", "shares"] * 120), " ".join(["Vogel", "Wald", "Nest", "Feder"] * 120)
    own, source = (" ".join(text.split()[:words]) + "." for text in (own, source))
    return Article("a", lang="en", source_lang="de", segments=(own,), source_segments=(source,))


LONG_NAMES = ("He met Rosenberg there. " * 260, "Potkal tam Rosenberga. " * 260)
LIMITS = [  # the rule, an article that is over its limit, one that is not, and what is said
    (
        "term-variant",
        translated(201),
        translated(200),
        "terms: in a sentence of 201 words that may be terms none was looked for: the limit is 200 words",
    ),
    (
        "meaning-drift",
        drifted(401),
        drifted(400),
        "sentences: of a sentence of 401 words the first 400 were compared with its counterpart",
    ),
    (
        "name-variant",
        translated(2, LONG_NAMES),
        translated(2, ("He met Rosenberg.", "Potkal Rosenberga.")),
        f"names: in a segment of {len(LONG_NAMES[0]):,} letters none was compared with the source's: the limit is 6,000",
    ),
    (
        "name-mismatch",
        translated(2, LONG_NAMES),
        translated(2, ("He met Rosenberg.", "Potkal Rosenberga.")),
        f"name-mismatch: a segment of {len(LONG_NAMES[0]):,} letters was not compared with its source: the limit is 6,000",
    ),
    (
        "headline-unsupported",
        Article("a", title="The ship " * 23, text="The ship came home. " * 40, lang="en"),
        Article("a", title="The ship " * 22, text="The ship came home. " * 40, lang="en"),
        "headline-unsupported: a headline of 206 letters was not compared: the limit is 200",
    ),
    (
        "pair-unbalanced",
        Article("a", text="\n".join(f"The ship [came [home {n}." for n in range(11)), lang="en"),
        Article("a", text="\n".join(f"The ship [came home {n}." for n in range(30)), lang="en"),
        "pair-unbalanced: of more than 20 marks open at once the first were taken to stay so",
    ),
    (
        "pair-unbalanced",
        Article("a", text=f"The (ship {'[' * 21} came) home {']' * 21}.", lang="en"),
        Article("a", text=f"The (ship {'[' * 19} came) home {']' * 19}.", lang="en"),
        "pair-unbalanced: of 22 marks open at once the last 20 were looked at for a partner",
    ),
    (
        "sentence-repeated",
        Article("a", text=" ".join(f"Alpha number {n} came home with the old ship today." for n in range(10)), lang="en"),
        Article("a", text=" ".join(f"Alpha number {n} came home with the old ship today." for n in range(9)), lang="en"),
        "sentence-repeated: of 9 sentences that share a rare word each was compared with the last 8",
    ),
    (
        "fact-inconsistent",
        with_dates(52),
        with_dates(50),
        "fact-inconsistent: of 52 dates far apart the others were compared with the first 50",
    ),
]


@pytest.mark.parametrize(("rule", "over", "under", "told"), LIMITS, ids=[f"{rule}-{number}" for number, (rule, *_) in enumerate(LIMITS)])
def test_where_a_limit_of_a_rule_cuts_the_report_says_so_once_and_else_nothing(rule, over, under, told):
    made = Checker(Options(select=(rule,)), measure=False)
    assert made(over).limits == (told,)
    assert made(under).limits == ()


@pytest.mark.model
def test_a_line_that_was_not_looked_at_to_its_end_is_named_in_the_report_and_beside_its_score():
    def read(count):
        given = drifted(count)
        (segment,) = next(iter(Scorer(Options())(given).segments)).reasons[-1:] or ("",)
        return Checker(Options(select=("word-doubled",)))(given).limits, segment

    told = "of {} words of a segment the first 400 were looked for on the other side"
    (limit, *rest), reason = read(450)
    actual = limit.split()[2]
    assert (limit, rest, reason) == (f"adequacy: {told.format(actual)}", [], f"Limit: {told.format(actual)}.")
    assert int(actual.replace(",", "")) >= 450
    assert read(100)[0] == ()
    long = Article("a", lang="en", source_lang="de", segments=("word " * 900,), source_segments=("Wort",))
    assert (
        "adequacy: of a segment of 4,499 letters the first 4,000 were looked at" in Checker(Options(select=("word-doubled",)))(long).limits
    )


@pytest.mark.model
def test_lines_of_the_source_that_were_not_measured_are_named():
    text = "\n".join(f"On day {n} the ship came home." for n in range(401))
    report = Checker(Options(select=("word-doubled",)))(Article("a", "The ship came home.", lang="en", source_lang="en", source_text=text))
    assert "similarities: of 401 lines of the source the first 400 were measured" in report.limits


def test_a_text_that_a_model_does_not_read_to_its_end_is_named_until_the_next_article():
    encode = lambda texts: np.ones((len(texts), 2), dtype=np.float32)  # noqa: E731
    vectors = Vectors("small-1", encode, Thresholds(0.9, 0.8, 0.1), independent=True, max_letters=10)
    article = AnnotatedArticle(Article("a", "A ship."), vectors)
    vectors.of(["a" * 10])
    assert article.limits == ()
    vectors.of(["a" * 12, "b" * 1234, "c"])
    assert article.limits == ("similarities: of a text of 1,234 letters the first 10 were read (small-1)",)
    vectors.forget()
    assert article.limits == ()


def test_a_rule_from_outside_may_tell_a_limit_with_braces_and_the_largest_value_is_told_once():
    article = AnnotatedArticle(Article("a", "A ship."))
    for told, actual in (("mine: {odd} {", 0), ("mine: {} of 5", 1200), ("mine: {} of 5", 7)):
        article.limit(told, actual)
    assert article.limits == ("mine: {odd} {", "mine: 1,200 of 5")


def test_a_glob_of_the_configuration_cannot_hang():
    def seconds(letters):
        started = time.process_time()
        assert not suppress.fits("a" * letters, "*a*a*a*a*a*a*a*a*a*a*b")
        return time.process_time() - started

    seconds(10)
    assert seconds(40_000) < 40 * max(seconds(4_000), 0.005)


def test_findings_come_back_in_the_order_in_which_they_were_found():
    gravest: limits.Gravest[Finding] = limits.Gravest(0)
    for at in (5, 1, 9):
        gravest.add(Severity.MINOR, at, at, lambda at=at: at)
    assert gravest.kept() == [5, 1, 9]
