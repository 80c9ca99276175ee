"""Rules from outside: named everywhere, loaded in every process, part of the signature, and never left out silently."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import tqcheck
from tqcheck import config, outside, rules, skeleton
from tqcheck.cli import main
from tqcheck.config import Options, override
from tqcheck.config_reference import effective
from tqcheck.errors import ConfigError
from tqcheck.outside import RuleFile, read
from tqcheck.pipeline import Checker
from tqcheck.rules import all_rules

ROOT = Path(__file__).resolve().parent.parent
DUMMY = {"id": "a", "lang": "en", "text": "Lorem ipsum was left here."}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a rule of its own, in my_rules, and a feed."""
    (tmp_path / "my_rules").mkdir()
    skeleton.write("dummy-left", tmp_path / "my_rules")
    (tmp_path / "feed.jsonl").write_text(json.dumps(DUMMY) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(report) -> list[tuple[str, str]]:
    return [(finding.rule, finding.surface) for finding in report.findings]


# -- known everywhere -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["my_rules", "my_rules/dummy_left.py"])
def test_a_path_is_a_file_or_a_folder(folder, given):
    assert [(file.path, file.rule) for file in read([given])] == [("my_rules/dummy_left.py", "dummy-left")]
    assert found(tqcheck.check(DUMMY, model="none", rules=[given], select=["dummy-left"])) == [("dummy-left", "Lorem ipsum")]
    assert found(tqcheck.check(DUMMY, model="none", rules=folder / given, preview=True)) == [("dummy-left", "Lorem ipsum")]


def test_in_a_folder_tests_and_what_begins_with_an_underscore_are_no_rules(folder):
    for name in ("_words.py", "test_mine.py", "mine_test.py", "conftest.py", "__init__.py", "notes.txt"):
        (folder / "my_rules" / name).write_text("nonsense(")
    assert [file.rule for file in read(["my_rules", "my_rules/dummy_left.py", Path("my_rules").resolve()])] == ["dummy-left"]


CONFIG = """
extra-rules = ["my_rules"]
model = "none"
select = ["dummy-left", "name-variant"]
ignore = [{ rule = "dummy-left", article = "b", reason = "a test" }]
[rules.dummy-left]
least = 3
[severity]
dummy-left = "critical"
[gate]
dummy-left = { max-findings = 1 }
[[feed]]
lang = "de"
severity.dummy-left = "major"
rules.dummy-left.least = 20
"""


def test_its_name_can_be_used_wherever_a_rule_is_named(folder):
    path = folder / "my_rules" / "dummy_left.py"
    path.write_text(path.read_text().replace("article: AnnotatedArticle)", "article: AnnotatedArticle, *, least: int = 1)").replace(
        "    for match in", "    if len(article.text) < least:\n        return\n    for match in"
    ))  # fmt: skip
    (folder / "tqcheck.toml").write_text(CONFIG, encoding="utf-8")
    options = config.load(folder / "tqcheck.toml")
    assert dict(options.rules["dummy-left"]) == {"least": 3}
    reports = [tqcheck.check(DUMMY | change, **_given(options)) for change in ({}, {"id": "b"}, {"lang": "de", "text": "Lorem ipsum."})]
    assert [[str(finding.severity) for finding in report.findings] for report in reports] == [["critical"], [], []]
    assert [report.verdict for report in reports] == ["pass"] * 3
    assert reports[1].suppressed == 1
    (folder / "again.toml").write_text(effective(options), encoding="utf-8")
    assert config.load(folder / "again.toml") == options


def _given(options: Options) -> dict:
    ignored = [{"rule": entry.rule, "reason": entry.reason, **entry.conditions} for entry in options.suppress]
    feed = [{"lang": list(feed.lang), **feed.changes} for feed in options.feed]
    gate = {rule: {"max-findings": own.max_findings} for rule, own in options.gate.items()}
    names = ("select", "rules", "severity", "model")
    paths = [file.path for file in options.extra_rules]
    return {name: getattr(options, name) for name in names} | {"ignore": ignored, "feed": feed, "gate": gate, "extra_rules": paths}


def test_a_list_in_the_configuration_and_paths_of_the_command_line_add_up(folder, capsys):
    (folder / "more").mkdir()
    skeleton.write("stub-left", folder / "more")
    (folder / "tqcheck.toml").write_text('rules = ["./my_rules"]\nseverity = { stub-left = "major" }\n', encoding="utf-8")
    assert main(["rules"]) == 2  # stub-left is named, but nobody said where it is
    assert "unknown rule 'stub-left'" in capsys.readouterr().err
    assert main(["rules", "--rules", "more"]) == 0
    assert {"dummy-left", "stub-left"} < {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert main(["explain", "stub-left", "--rules", "more"]) == 0
    assert "From outside: rule file more/stub_left.py." in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "report", "fix", "compare", "baseline", "eval"])
def test_each_command_takes_rules(folder, command, capsys):
    label = {"feed": "feed.jsonl", "article": "a", "rule": "dummy-left", "field": "text", "segment": None, "start": 0, "end": 11}
    (folder / "gold.jsonl").write_text(json.dumps(label | {"surface": "Lorem ipsum", "why": "x"}) + "\n", encoding="utf-8")
    inputs = {"compare": ["feed.jsonl", "feed.jsonl"], "eval": ["gold.jsonl"]}.get(command, ["feed.jsonl"])
    more = {"report": ["-o", "out"], "fix": ["--unsafe-fixes", "--diff"], "check": ["--format", "jsonl"]}.get(command, [])
    arguments = [command, *inputs, "--rules", "my_rules", "--select", "dummy-left", "--model", "none", *more]
    assert main(arguments) == {"check": 1, "report": 1, "fix": 1}.get(command, 0)
    shown = capsys.readouterr().out if command != "report" else next((folder / "out" / "articles").glob("*.html")).read_text("utf-8")
    wanted = {"fix": "+", "report": "This is the rule&#39;s manual page"}.get(command, "dummy-left")
    assert wanted in shown


@pytest.mark.usefixtures("folder")
def test_sarif_and_frames_know_it(capsys):
    arguments = ["feed.jsonl", "--rules", "my_rules", "--select", "dummy-left", "--model", "none"]
    assert main(["check", *arguments, "--format", "sarif"]) == 1
    run = json.loads(capsys.readouterr().out)["runs"][0]
    help_ = {rule["id"]: rule["fullDescription"]["text"] for rule in run["tool"]["driver"]["rules"]}
    assert "Say here why the engine does it" in help_["dummy-left"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "dummy-left"
    frame = tqcheck.check_frame(pd.DataFrame([DUMMY]), rules=["my_rules"], select=["dummy-left"], model="none")
    assert list(frame["rule"]) == ["dummy-left"]
    assert list(frame["rule"].cat.categories) == sorted([*all_rules(), "dummy-left"])


@pytest.mark.usefixtures("folder")
def test_its_name_is_not_known_without_it_and_a_near_name_is_suggested_with_it():
    with pytest.raises(ConfigError, match="unknown rule 'dummy-left'"):
        override(Options(), {"select": ["dummy-left"]})
    with pytest.raises(ConfigError, match="unknown rule 'dumy-left': did you mean 'dummy-left'"):
        override(Options(), {"select": ["dumy-left"], "rules": ["my_rules"]})
    assert "dummy-left" not in all_rules()


@pytest.mark.usefixtures("folder")
def test_other_processes_have_it_too():
    given = [DUMMY | {"id": str(number)} for number in range(40)]
    options = {"rules": ["my_rules"], "select": ["dummy-left"], "model": "none"}
    one, two = list(tqcheck.check(given, **options)), list(tqcheck.check(given, **options, jobs=2))
    assert one == two
    assert all(found(report) == [("dummy-left", "Lorem ipsum")] for report in two)


def test_two_processes_run_what_was_read_though_the_file_changed_since(folder):
    options = override(Options(), {"rules": ["my_rules"], "select": ["dummy-left"], "model": "none", "jobs": 2})
    (folder / "my_rules" / "dummy_left.py").write_text("nonsense(")
    from tqcheck import pipeline

    (report,) = pipeline.check([tqcheck.Article("a", DUMMY["text"], lang="en")], options)
    assert found(report) == [("dummy-left", "Lorem ipsum")]


def test_the_signature_changes_with_the_code_and_not_with_its_place(folder):
    path = folder / "my_rules" / "dummy_left.py"

    def signature(given, **more) -> str:
        return Checker(override(Options(), {"model": "none", "rules": [given], "select": ["dummy-left"], **more})).signature

    before = signature("my_rules")
    (folder / "moved").mkdir()
    (folder / "moved" / "dummy_left.py").write_bytes(path.read_bytes())
    assert signature("moved") == before
    path.write_text(path.read_text().replace("This is dummy text.", "This is dummy texT."))
    assert signature("my_rules") != before
    assert signature("my_rules", select=["name-variant"]) == Checker(Options(model="none", select=("name-variant",))).signature


# -- what cannot be loaded ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("bad.py", "def x(:\n", "my_rules/bad.py: cannot be imported: SyntaxError: invalid syntax (line 1): mend it, or take it out"),
        ("bad.py", "\nimport nowhere_at_all\n", "ModuleNotFoundError: No module named 'nowhere_at_all' (line 2)"),
        ("bad.py", "import sys\nsys.exit(0)\n", "bad.py: cannot be imported: SystemExit: 0 (line 2)"),
        ("bad.py", "from . import dummy_left\n", "(a rule file may import what is installed, not its neighbours)"),
        ("bad.py", '"""X."""\n', "my_rules/bad.py: rule 'bad' ("),
        ("bad.py", '"""X."""\n', "lacks SEVERITY, MQM, BAD, GOOD, check: see 'tqcheck new --help'"),
        ("name_variant.py", None, "my_rules/name_variant.py: there is a rule 'name-variant' already, of tqcheck itself: rename the file"),
        ("Bad.py", None, "my_rules/Bad.py: is no name of a rule: rename it in lower case with underscores, as in headline_repeated.py"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_loaded_is_an_error_before_anything_is_read(folder, capsys, name, content, message):
    (folder / "my_rules" / name).write_text((folder / "my_rules" / "dummy_left.py").read_text() if content is None else content)
    assert main(["check", "nowhere.jsonl", "--rules", "my_rules", "--model", "none"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert "nowhere.jsonl" not in error


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("Severity.MINOR", "'grave'", "SEVERITY is 'grave', not one of minor, major, critical"),
        ('"style/inconsistent-style"', "3", "MQM is 3, not a category of the MQM typology"),
        ("PREVIEW = True", "PREVIEW = 1", "PREVIEW is 1, not bool"),
        ("PREVIEW = True", "FIX = 'sure'", "FIX is 'sure', not one of safe, blanks, style, unsafe"),
        ("GOOD = [", "GOOD = [3, ", "GOOD is no list of texts and Examples"),
        ("def check(article: AnnotatedArticle)", "def check()", "check must take the article first"),
        ("article: AnnotatedArticle)", "article, least=1)", "the option 'least' of check must stand after a '*' and have a default"),
        ("article: AnnotatedArticle)", "article, *, least)", "the option 'least' of check must stand after a '*' and have a default"),
    ],
)
def test_a_rule_that_says_what_no_rule_can_mean_is_an_error(folder, before, after, message):
    path = folder / "my_rules" / "dummy_left.py"
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(ConfigError) as refused:
        override(Options(), {"rules": ["my_rules"]})
    assert message in str(refused.value)
    assert "rule file my_rules/dummy_left.py: rule 'dummy-left'" in str(refused.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["nowhere"], "rules: nowhere: there is no such folder, and no file of a rule: name a .py file, or a folder of them"),
        (["no_rule.py"], "rules: no_rule.py: cannot be read: No such file or directory: mend the path, or take it out of 'rules'"),
        (["empty"], "rules: empty: the folder holds no rule: 'tqcheck new RULE --folder empty' writes one"),
        (["feed.jsonl"], "rules: feed.jsonl: there is no such folder, and no file of a rule: name a .py file, or a folder of them"),
        ([3], "'an entry of rules' must be str, not int"),
        (["my_rules", "other"], "rule file other/dummy_left.py: there is a rule 'dummy-left' already, of rule file my_rules/dummy_left.py"),
    ],
)
def test_a_path_that_names_no_rule_is_an_error(folder, given, message):
    for name in ("empty", "other"):
        (folder / name).mkdir()
    skeleton.write("dummy-left", folder / "other")
    with pytest.raises(ConfigError) as refused:
        override(Options(), {"rules": given})
    assert str(refused.value).startswith(message)


# -- whose configuration --------------------------------------------------------------------------------------------------


def test_a_configuration_beside_an_input_is_not_read(folder, monkeypatch, capsys):
    away = folder / "downloaded"
    (away / "evil").mkdir(parents=True)
    (away / "evil" / "dummy_left.py").write_text(f"import os\nos.mkdir({str(folder / 'was_run')!r})\n")
    (away / "tqcheck.toml").write_text('rules = ["./evil"]\nfail-on = "never"\nselect = ["markup-left"]\n')
    (away / "feed.jsonl").write_text(json.dumps(DUMMY | {"text": "The train from Kiev was late. In Kyiv it rained."}) + "\n")
    here = folder / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert main(["check", "--model", "none", str(away / "feed.jsonl"), str(away)]) == 1
    assert not (folder / "was_run").exists()
    monkeypatch.chdir(away)  # whoever works there obeys it: this shows that the rule would have run
    assert main(["check", "--model", "none", "feed.jsonl"]) == 2
    assert (folder / "was_run").exists()
    capsys.readouterr()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner here")
def test_a_configuration_of_another_user_may_not_name_code_unless_it_is_named_itself(folder, monkeypatch, capsys):
    path = folder / "tqcheck.toml"
    path.write_text('rules = ["my_rules"]\n')
    if path.stat().st_uid == 0:
        os.chown(path, 4711, -1)
    else:
        another = path.stat().st_uid + 1
        monkeypatch.setattr(os, "getuid", lambda: another)
    assert main(["rules"]) == 2
    assert f"{path}: names rules from outside, but belongs to another user: if you trust it, say so: --config {path}" in (
        capsys.readouterr().err
    )
    assert main(["rules", "--config", str(path)]) == 0
    path.write_text("[rules.acronym-mismatch]\nmin-letters = 3\n")
    assert main(["rules"]) == 0  # it names no code


# -- packages ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with two rules that share code: how it is entered can be changed before it is first looked for."""
    home = tmp_path / "site"
    (home / "their_rules").mkdir(parents=True)
    (home / "their_rules-1.2.dist-info").mkdir()
    (home / "their_rules-1.2.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: their-rules\nVersion: 1.2\n")
    for name in ("__init__.py", "_shared.py"):
        (home / "their_rules" / name).write_text("")
    for name in ("dummy-left", "stub-left"):
        path = skeleton.write(name, home / "their_rules")
        path.write_text(path.read_text().replace("import regex\n", "import regex\n\nfrom their_rules import _shared\n"))

    def enter(value: str) -> Path:
        (home / "their_rules-1.2.dist-info" / "entry_points.txt").write_text(f"[tqcheck.rules]\ntheirs = {value}\n")
        return home

    enter("their_rules")
    monkeypatch.syspath_prepend(home)
    _forget()
    yield enter
    _forget()


def _forget() -> None:
    rules._with_those.cache_clear()
    outside._packaged.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "their_rules"]:
        del sys.modules[name]


@pytest.mark.usefixtures("package")
def test_the_rules_of_an_installed_package_are_there_without_a_word():
    assert {"dummy-left", "stub-left"} < set(all_rules())
    report = tqcheck.check(DUMMY, model="none", select=["dummy-left"])
    assert found(report) == [("dummy-left", "Lorem ipsum")]
    rule = all_rules()["dummy-left"]
    assert (rule.version, rule.where) == (
        "their-rules 1.2",
        "entry point 'theirs' of the package their-rules 1.2 (their_rules.dummy_left)",
    )


def test_an_entry_point_may_be_one_rule(package):
    package("their_rules.dummy_left")
    assert "dummy-left" in all_rules()
    assert "stub-left" not in all_rules()


@pytest.mark.usefixtures("package")
def test_its_version_is_part_of_the_signature(tmp_path):
    before = Checker(Options(model="none", select=("dummy-left",))).signature
    metadata = tmp_path / "site" / "their_rules-1.2.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("1.2", "1.3"))
    _forget()
    assert Checker(Options(model="none", select=("dummy-left",))).signature != before


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (
            "nowhere_at_all",
            "cannot be loaded: ModuleNotFoundError: No module named 'nowhere_at_all': mend, update or uninstall the package",
        ),
        ("their_rules:__name__", "cannot be loaded: TypeError: 'their_rules:__name__' is str, not a rule module or a package of them"),
        ("their_rules._shared", "(their_rules._shared): rule '-shared' ("),
    ],
)
def test_an_entry_point_that_cannot_be_loaded_is_an_error(package, capsys, value, reason):
    package(value)
    assert main(["check", "nowhere.jsonl", "--model", "none"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("tqcheck: error: entry point 'theirs' of the package their-rules 1.2")
    assert reason in error


@pytest.mark.usefixtures("package", "folder")
def test_a_file_may_not_have_the_name_of_a_packages_rule():
    with pytest.raises(ConfigError, match="there is a rule 'dummy-left' already, of entry point 'theirs' of the package their-rules"):
        override(Options(), {"rules": ["my_rules"]})


# -- the way of a rule ------------------------------------------------------------------------------------------------------


def test_a_new_rule_its_run_and_its_two_lines_of_tests(tmp_path):
    def run(*arguments) -> subprocess.CompletedProcess:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-m", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    (tmp_path / "my_rules").mkdir()
    (tmp_path / "feed.jsonl").write_text(json.dumps(DUMMY) + "\n")
    assert run("tqcheck", "new", "dummy-left", "--folder", "./my_rules").returncode == 0
    checked = run("tqcheck", "check", "--model", "none", "--rules", "./my_rules", "--preview", "feed.jsonl")
    assert (checked.returncode, "minor: dummy-left: This is dummy text." in checked.stdout) == (1, True)
    lines = rules.__doc__.rstrip().splitlines()[-2:]
    test = tmp_path / "my_rules" / "test_my_rules.py"
    test.write_text("".join(f"{line.strip()}\n" for line in lines))
    tested = run("pytest", "-q", "-p", "no:cacheprovider", str(test))
    assert tested.returncode == 0, tested.stdout
    rule = tmp_path / "my_rules" / "dummy_left.py"
    rule.write_text(rule.read_text().replace("[[Lorem ipsum]] was", "[[Lorem]] ipsum was"))
    tested = run("pytest", "-q", "-p", "no:cacheprovider", str(test))
    assert (tested.returncode, "the rule must mark ['Lorem'], but marks ['Lorem ipsum']" in tested.stdout) == (1, True)


def test_a_file_that_was_read_can_be_sent_to_another_process():
    file = RuleFile("my_rules/dummy_left.py", b"x")
    import pickle

    assert pickle.loads(pickle.dumps(file)) == file  # noqa: S301
    assert (file.rule, len(file.digest)) == ("dummy-left", 8)
