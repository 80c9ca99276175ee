from __future__ import annotations

import json
import re
import shutil
import sys
import zlib
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_for_tests import HOSTILE, a_hostile_report, a_report

import tqcheck
from tqcheck import cli, outcomes, pipeline, skeleton
from tqcheck.article import Article, Gate, LeftOut, Problem, Report, Row, RuleGate, SegmentReport, Severity
from tqcheck.cache import FILE, Cache
from tqcheck.calibration import Thresholds
from tqcheck.config import Options, override
from tqcheck.embed import Vectors
from tqcheck.errors import ConfigError
from tqcheck.outcomes import Keys, packed, unpacked
from tqcheck.read import read

ROOT = Path(__file__).parent.parent
FEED = ROOT / "corpora" / "sample-feed" / "feed.jsonl"
FORMATS = ("text", "json", "jsonl", "markdown", "csv", "tsv", "parquet", "sarif", "junit", "github", "gitlab", "rdjson", "rdjsonl")
ARTICLES = [article for article in read([str(FEED)]) if isinstance(article, Article)]
ROWS = [json.loads(line) for line in FEED.read_text("utf-8").splitlines()]


def checked(articles, options=None, **given):
    return list(pipeline.check(articles, override(options or Options(model="none"), given), measure=given.get("model", "none") != "none"))


class Counting:
    """Stands before a checker's `check` and counts its articles."""

    def __init__(self, monkeypatch):
        self.articles = []
        check = pipeline.Checker.check

        def counted(checker, annotated):
            self.articles.append(annotated.article.id)
            return check(checker, annotated)

        monkeypatch.setattr(pipeline.Checker, "check", counted)

    def new(self):
        found, self.articles = self.articles, []
        return found


@pytest.fixture
def seen(monkeypatch):
    return Counting(monkeypatch)


# -- a report as bytes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["none", "bundled"])
def test_every_report_on_the_sample_feed_comes_back_the_same(model):
    options = Options(model=model, preview=True, gate={"name-variant": RuleGate("never"), "mojibake": RuleGate(None, 3)}, fail_under=30.5)
    for report in pipeline.check(ARTICLES, options):
        again = unpacked(packed(report), report.article)
        assert again == report
        assert repr(again) == repr(report)  # 1 is not 1.0, True is not 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_the_same(text):
    report = a_hostile_report(text)
    report = replace(report, problems=())
    assert unpacked(packed(report), report.article) == report


KEPT = (("r", "k", "o", "a", "c"), ("r", "l", "o", "a", "c"), ("r", "", "o", "a", "d"), ("s", "", "", "a", "d"))


def test_what_does_not_stand_in_the_article_comes_back_too():
    report = a_report()
    odd = replace(report.findings[0], surface="other", segment=None, confidence=1)
    line = SegmentReport("text", None, 0, 4, "body", "not the line", "a source", 0.5, None, -0.25, 1.0)
    report = replace(report, findings=(odd,), segments=(line,), suppressed=3, rules_not_run=("a", "b (c)"), gate=Gate("never", 12))
    report = replace(
        report, limits=("cut short",), left_out=(LeftOut("markup-left", Severity.MAJOR, 7),), rows=tuple(Row(*five) for five in KEPT)
    )
    assert repr(unpacked(packed(report), report.article)) == repr(report)


def test_every_field_of_a_report_is_kept_but_those_that_never_are():
    left_out = {"article", "problems", "accepted"}  # the article is given, crashes are not kept, baselines come later
    assert {field.name for field in fields(Report)} - left_out == {
        *("lang", "source_lang", "words", "score", "verdict", "penalty", "similarity", "findings", "segments", "signature", "gate"),
        *("rules_not_run", "suppressed", "limits", "left_out", "rows"),
    }


def row_of(report):
    return json.loads(zlib.decompress(packed(report)))


def as_content(row):
    return zlib.compress(json.dumps(row).encode())


POISON = [None, True, -1, 10**30, 1.5, "x", [], {}, ["text", None, 0, 1, None], {"rule": {}}]


@pytest.mark.parametrize("poison", POISON, ids=repr)
def test_a_poisoned_entry_is_absent_or_a_report_that_can_be_written(poison):
    report = next(one for one in checked(ARTICLES[:3]) if one.findings)
    row = row_of(report)
    places = [(index,) for index in range(len(row))]
    places += [(index, inner) for index in (5, 6, 10) for inner in range(len(row[index]))]
    places += (
        [(7, 0, inner) for inner in range(len(row[7][0]))]
        + [(8, inner) for inner in range(len(row[8]))]
        + [(8, 0, 0), (8, 2, 0), (8, 5, 0)]
    )
    for place in places:
        poisoned = json.loads(json.dumps(row))
        at = poisoned
        for index in place[:-1]:
            at = at[index]
        at[place[-1]] = poison
        found = unpacked(as_content(poisoned), report.article)
        if found is not None:
            found.as_dict()
            assert {str(finding.severity) for finding in found.findings} <= {"minor", "major", "critical"}
            assert all(type(finding.start) is type(finding.end) is int for finding in found.findings)


@given(st.binary(max_size=60) | st.binary(max_size=60).map(zlib.compress))
def test_bytes_of_any_kind_are_no_report_and_no_crash(content):
    assert unpacked(content, ARTICLES[0]) is None


def test_nested_numbers_without_end_bombs_and_cut_reports_are_absent(monkeypatch):
    article = ARTICLES[0]
    whole = packed(checked([article])[0])
    assert unpacked(whole, article) is not None
    for text in (b"[" * 100_000, b"1" * 10_000, b'{"a":' * 100_000, b"[NaN]", b"[Infinity]"):
        assert unpacked(zlib.compress(text), article) is None
    assert unpacked(whole[:-3], article) is None
    monkeypatch.setattr(outcomes, "MOST_LETTERS", 100)
    assert unpacked(whole, article) is None


# -- keys ---------------------------------------------------------------------------------------------------------------


def key(article=None, options=None, vectors=None, *, measure=False):
    return Keys(options or Options(), vectors, measure=measure).of(article or Article("a", "One.", origin="feed.jsonl:1"))


def test_the_place_of_an_article_does_not_matter_but_all_that_rules_may_ask_does():
    article = Article("a", "One.", origin="feed.jsonl:1")
    assert key(replace(article, origin="feed.jsonl:7")) == key(replace(article, origin="other.jsonl:1")) == key(article)
    assert key(Article("feed.jsonl:1", "One.", origin="feed.jsonl:1")) == key(Article("feed.jsonl:9", "One.", origin="feed.jsonl:9"))
    changes = {
        **dict.fromkeys(("id", "text", "title", "lang", "source_lang", "source_title", "source_text", "reference_text"), "x"),
        **dict.fromkeys(("url", "published", "system"), "x"),
        **dict.fromkeys(("segments", "source_segments", "reference_segments"), ("x",)),
    }
    assert set(changes) == set(outcomes.ARTICLE_KEYS)
    keys = {key(replace(article, **{name: value})) for name, value in changes.items()}
    assert len(keys) == len(changes)
    assert key(article) not in keys


def test_no_rule_asks_for_what_the_key_does_not_hold():
    for source in sorted((ROOT / "tqcheck" / "rules").glob("*.py")):
        assert not re.search(r"article\.(id|extra|origin|segment_origins)\b", source.read_text("utf-8")), source


def test_the_file_and_the_id_matter_where_the_options_ask_for_them():
    options = [
        override(Options(), {"ignore": [{"rule": "mojibake", "reason": "r", "feed": "a.jsonl"}]}),
        override(Options(), {"feed": [{"files": "a.jsonl", "fail-on": "never"}]}),
    ]
    for one in options:
        keys = [key(Article("a", "One.", origin=origin), one) for origin in ("a.jsonl:1", "a.jsonl:2", "b.jsonl:1")]
        assert (keys[0] == keys[1], keys[0] == keys[2]) == (True, False)
    by_id = override(Options(), {"ignore": [{"rule": "mojibake", "reason": "r", "article": "a*"}]})
    assert key(Article("a:1", "One.", origin="a:1"), by_id) != key(Article("a:2", "One.", origin="a:2"), by_id)


CHANGES = {
    "select": ["mojibake"],
    "ignore": ["mojibake"],
    "style": "un",
    "prefer": {"Kyiv": ["Kiev"]},
    "preview": True,
    "rules": {"acronym-mismatch": {"min_letters": 3}},
    "severity": {"mojibake": "minor"},
    "weights": {"minor": 2},
    "fail_on": "major",
    "fail_under": 50,
    "gate": {"mojibake": "never"},
    "feed": [{"lang": "en", "fail-on": "never"}],
    "device": "cpu",
    "article_timeout": 5,
    "article_size": 1,
    "findings_per_rule": 3,
    "feed_rules": True,
}


def test_every_option_that_decides_what_is_found_makes_another_key_and_no_other_does(tmp_path):
    terms = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for number, path in enumerate(terms):
        path.write_text(f"source,target,source_lang,lang\nPraha,Prague{number},cs,en\n")
    keys = {name: key(options=override(Options(), {name: value})) for name, value in CHANGES.items()}
    keys |= {path.name: key(options=override(Options(), {"glossary": [path]})) for path in terms}
    suppression = {"rule": "mojibake", "reason": "r", "surface": "x"}
    keys["suppress"] = key(options=override(Options(), {"ignore": [suppression]}))
    rule = tmp_path / "dummy_left.py"
    for number in range(2):
        rule.unlink(missing_ok=True)
        skeleton.write("dummy-left", tmp_path)
        rule.write_text(f"{rule.read_text()}\n# {number}\n")
        keys[f"rule {number}"] = key(options=override(Options(), {"extra_rules": [str(rule)]}))
    words = tmp_path / "boilerplate.tsv"
    for number in range(2):
        words.write_text(f"lang\tkind\tentry\tmatch\texample\nen\tshare\tsay it {number}\tline\tSay it {number}\n")
        keys[f"table {number}"] = key(options=override(Options(), {"tables": {"boilerplate": [str(words)]}}))
    keys["measure"] = key(measure=True)
    assert len({*keys.values(), key()}) == len(keys) + 1
    same = {"jobs": 2, "cache": "elsewhere", "baseline": "b.json", "columns": {"title": "headline"}, "lang": "de", "source_lang": "cs"}
    assert {key(options=override(Options(), {name: value})) for name, value in same.items()} == {key()}
    decided = {*CHANGES, *same, "glossary", "suppress", "model", "extra_rules", "tables"}
    assert {field.name for field in fields(Options)} == decided  # a new option must be sorted in here


def test_the_model_its_version_and_its_thresholds_matter():
    models = [
        Vectors("x", np.ones, thresholds, independent=True) for thresholds in (Thresholds(0.9, 0.8, 0.1),) * 2 + (Thresholds(1, 0.8, 0.1),)
    ]
    models[1].identity = "another version"
    assert len({key(vectors=vectors) for vectors in (None, *models)}) == 4


def test_a_change_to_the_code_of_a_rule_makes_other_keys(monkeypatch, tmp_path):
    copy = tmp_path / "tqcheck"
    shutil.copytree(ROOT / "tqcheck", copy, ignore=lambda _, names: [name for name in names if name == "__pycache__" or "npz" in name])
    monkeypatch.setattr(outcomes.resources, "files", lambda _: copy)
    found = []
    for change in (None, "# a comment\n"):
        if change:
            with (copy / "rules" / "mojibake.py").open("a") as file:
                file.write(change)
        outcomes.program.cache_clear()
        outcomes.environment.cache_clear()
        found.append(outcomes.environment())
    monkeypatch.undo()
    outcomes.program.cache_clear()
    outcomes.environment.cache_clear()
    assert found[0] != found[1]
    assert found[0] == outcomes.environment()


# -- runs ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["none", "bundled"])
def test_a_second_run_checks_nothing_and_finds_the_same(tmp_path, seen, model):
    plain = checked(ARTICLES, model=model)
    seen.new()
    first = checked(ARTICLES, model=model, cache=str(tmp_path))
    assert seen.new() == [article.id for article in ARTICLES]
    second = checked(ARTICLES, model=model, cache=str(tmp_path))
    assert seen.new() == []
    assert plain == first == second


def test_only_what_is_new_is_checked_wherever_it_stands(tmp_path, seen):
    broken = Problem("feed.jsonl:9", "is no article")
    checked(ARTICLES[:4], cache=str(tmp_path))
    seen.new()
    stream = [ARTICLES[5], broken, *reversed(ARTICLES[:4]), ARTICLES[6], replace(ARTICLES[0], title="Another headline")]
    found = checked(stream, cache=str(tmp_path))
    assert seen.new() == [ARTICLES[5].id, ARTICLES[6].id, ARTICLES[0].id]
    assert found == checked(stream)


def test_a_report_names_the_line_that_its_article_stands_in_now(tmp_path):
    checked(ARTICLES[:2], cache=str(tmp_path))
    moved = [replace(article, origin=f"other.jsonl:{number}", extra={"desk": "sport"}) for number, article in enumerate(ARTICLES[:2], 7)]
    found = checked(moved, cache=str(tmp_path))
    assert [(report.article.origin, report.article.extra) for report in found] == [(f"other.jsonl:{n}", {"desk": "sport"}) for n in (7, 8)]
    assert found == checked(moved)


def test_articles_without_an_id_are_known_again_under_their_new_line(tmp_path, seen):
    rows = [{key: value for key, value in row.items() if key != "id"} for row in ROWS[:3]]
    checked([Article.from_row(row, origin=f"feed.jsonl:{number}") for number, row in enumerate(rows, 1)], cache=str(tmp_path))
    seen.new()
    moved = [Article.from_row(row, origin=f"feed.jsonl:{number}") for number, row in enumerate(rows, 5)]
    found = checked(moved, cache=str(tmp_path))
    assert seen.new() == []
    assert found == checked(moved)
    assert {finding.article for report in found for finding in report.findings} <= {"feed.jsonl:5", "feed.jsonl:6", "feed.jsonl:7"}


def test_languages_given_by_the_options_are_part_of_the_article(tmp_path, seen):
    article = replace(ARTICLES[0], lang=None)
    found = [checked([article], lang=lang, cache=str(tmp_path))[0].lang for lang in ("en", "de", "en")]
    assert (found, len(seen.new())) == (["en", "de", "en"], 2)


def test_two_processes_find_the_same_and_take_from_the_cache_what_one_has_put_there(tmp_path):
    stream = [*ARTICLES, Problem("x", "is no article")] * 3
    plain = checked(stream)
    assert checked(stream, jobs=2, cache=str(tmp_path)) == plain
    assert len(Cache(tmp_path)) == len({packed(report) for report in plain if isinstance(report, Report)})
    assert checked(stream, jobs=2, cache=str(tmp_path)) == plain
    assert checked(stream, cache=str(tmp_path)) == plain


def test_a_report_on_which_a_rule_crashed_is_not_kept(tmp_path, monkeypatch, seen):
    def crash(*_):
        raise RuntimeError("broken")

    rules = Options().chosen_rules()
    monkeypatch.setattr(Options, "chosen_rules", lambda _: (replace(rules[0], check=crash), *rules[1:]))
    found = checked(ARTICLES[:1], cache=str(tmp_path))
    assert [problem.rule for problem in found[0].problems] == [rules[0].id]
    monkeypatch.setattr(Options, "chosen_rules", lambda _: rules)
    seen.new()
    assert checked(ARTICLES[:1], cache=str(tmp_path))[0].problems == ()
    assert len(seen.new()) == 1


def test_a_damaged_entry_is_checked_anew_and_mended(tmp_path, seen):
    checked(ARTICLES[:2], cache=str(tmp_path))
    store = Cache(tmp_path)
    keys = Keys(override(Options(model="none"), {}), None, measure=False)
    store.put(keys.of(ARTICLES[0]), b"no report")
    store.close()
    seen.new()
    assert checked(ARTICLES[:2], cache=str(tmp_path)) == checked(ARTICLES[:2])
    assert seen.new()[:1] == [ARTICLES[0].id]
    checked(ARTICLES[:2], cache=str(tmp_path))
    assert seen.new()[2:] == []


def test_a_cache_that_nobody_can_make_is_an_error_before_the_first_article_is_read(tmp_path):
    (tmp_path / "file").write_text("")

    def stream():
        raise AssertionError("read")
        yield

    for jobs in (1, 2):
        with pytest.raises(ConfigError, match="cannot be made"):
            pipeline.check(stream(), Options(model="none", jobs=jobs, cache=str(tmp_path / "file")))


def test_the_library_takes_a_cache_for_one_article_for_many_and_for_frames(tmp_path, seen):
    import pandas as pd

    article = ARTICLES[0]
    reports = [tqcheck.check(article, model="none", cache=tmp_path) for _ in range(2)]
    assert (reports[0] == reports[1], len(seen.new())) == (True, 1)
    assert list(tqcheck.check([article], model="none", cache=str(tmp_path))) == reports[:1]
    assert seen.new() == []
    frame = pd.DataFrame(ROWS[:3])
    frames = [tqcheck.check_frame(frame, model="none", **options) for options in ({}, {"cache": tmp_path}, {"cache": tmp_path})]
    assert len(seen.new()) == 6
    pd.testing.assert_frame_equal(frames[0], frames[1])
    pd.testing.assert_frame_equal(frames[0], frames[2])


# -- the command line ---------------------------------------------------------------------------------------------------


def run(*arguments, capsys):
    code = cli.main([*arguments, "--no-progress"])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_from_the_cache_has_the_same_bytes_in_every_format(name, tmp_path, capsys, seen):
    (tmp_path / "tqcheck.toml").write_text(
        'ignore = [{ rule = "name-variant", lang = "en", reason = "r", expires = 2999-01-31 }]\nfail-on = "major"\n'
    )
    _, baseline, _ = run("baseline", str(FEED), "--model", "none", "--select", "mojibake,name-variant", capsys=capsys)
    (tmp_path / "accepted.json").write_text(baseline)
    written = []
    for number, options in enumerate(((), ("--cache", str(tmp_path / "kept")), ("--cache", str(tmp_path / "kept")))):
        out = tmp_path / str(number)
        accepted = ("--baseline", str(tmp_path / "accepted.json"), "--config", str(tmp_path / "tqcheck.toml"))
        seen.new()
        said = run("check", str(FEED), "--model", "none", "--format", name, "-o", str(out), *accepted, *options, capsys=capsys)
        written.append((said, out.read_bytes(), len(seen.new())))
    assert written[0][:2] == written[1][:2] == written[2][:2]
    assert [count for *_, count in written] == [len(ARTICLES), len(ARTICLES), 0]


def test_a_report_folder_from_the_cache_has_the_same_bytes(tmp_path, capsys):
    for number, options in enumerate(((), ("--cache", str(tmp_path / "kept")), ("--cache", str(tmp_path / "kept")))):
        run("report", str(FEED), "-o", str(tmp_path / str(number)), *options, capsys=capsys)
    trees = [{path.relative_to(tmp_path / n): path.read_bytes() for path in (tmp_path / n).rglob("*") if path.is_file()} for n in "012"]
    assert trees[0] == trees[1] == trees[2]
    assert len(trees[0]) > 2 * len(ARTICLES)


def test_the_configuration_names_the_cache_from_its_own_folder_and_the_command_tells_and_clears_it(tmp_path, capsys):
    (tmp_path / "tqcheck.toml").write_text('cache = "kept"\nmodel = "none"\n')
    run("check", str(FEED), "--config", str(tmp_path / "tqcheck.toml"), capsys=capsys)
    assert (tmp_path / "kept" / FILE).is_file()
    assert cli.main(["cache", str(tmp_path / "kept")]) == 0
    assert capsys.readouterr().out.startswith(f"{len(ARTICLES)} entries")
    assert cli.main(["cache", str(tmp_path / "kept"), "--clear"]) == 0
    assert not (tmp_path / "kept" / FILE).exists()
    assert cli.main(["cache", str(tmp_path / "kept")]) == 2


def test_help_does_not_pay_for_the_cache():
    import subprocess

    code = "import sys; from tqcheck import cli\ntry: cli.main(['--help'])\nexcept SystemExit: pass\nprint('sqlite3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()[-1] == "False"
