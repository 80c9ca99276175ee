"""The README is true: what it shows is what the program prints."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tqcheck
from tqcheck import config, suppress
from tqcheck.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end -->", README, re.DOTALL)
    assert found, f"README.md has no block <!-- {name} -->"
    return found.group(1).removeprefix("```text\n").removesuffix("\n```")


def output_of(*arguments: str) -> str:
    run = subprocess.run([sys.executable, "-m", "tqcheck", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return run.stdout.strip()


def test_the_article_shown_is_the_file():
    assert block("example") == (ROOT / "corpora/example/storm.txt").read_text(encoding="utf-8").strip()


@pytest.mark.model
def test_the_findings_shown_are_what_check_prints():
    assert block("findings") == output_of("check", "corpora/example/storm.txt")


@pytest.mark.model
def test_the_findings_of_the_article_with_its_source_are_what_check_prints():
    assert block("with source") == output_of("check", "corpora/example/ferry.jsonl")


def test_the_table_of_rules_is_what_rules_prints():
    assert block("rules") == output_of("rules", "--format", "markdown")


def test_the_configuration_shown_is_valid(tmp_path, monkeypatch):
    monkeypatch.setenv("TQCHECK_TODAY", "2026-01-01")  # its entry expires
    shown = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert shown
    path = tmp_path / "pyproject.toml"
    path.write_text(shown.group(1), encoding="utf-8")
    options = config.load(path)
    assert options.ignore == ("quote-style-mixed",)
    assert [(entry.rule, entry.conditions) for entry in options.suppress] == [
        ("name-variant", {"lang": ("cs",), "surface": ("Kiev*",)}),
    ]
    assert options.style == ("un",)
    assert options.prefer == {"*": {"Kyiv": ("Kiev", "Kyyiv")}, "de": {"Kyjiw": ("Kiew",)}}
    assert options.rules == {"acronym-mismatch": {"min_letters": 3}}


def test_every_condition_of_an_ignore_entry_is_named():
    configuration = README[README.index("## Configuration") : README.index("## Sentence models")]
    assert set(suppress.CONDITIONS) <= set(re.findall(r"`([a-z]+)`", configuration))


def test_every_command_shown_is_one(capsys):
    for command in set(re.findall(r"^tqcheck (\w+)", README, re.MULTILINE)):
        with pytest.raises(SystemExit) as stopped:
            main([command, "--help"])
        assert stopped.value.code == 0, command
    capsys.readouterr()


def test_ci_runs_the_test_command_of_the_readme():
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert ".venv/bin/python -m pytest -n auto\n" in README
    assert ".venv/bin/python -m pytest -n auto\n" in script
    assert "-c constraints.txt -e '.[dev]'" in README
    assert "-c constraints.txt -e '.[dev]'" in script


def test_the_changelog_has_the_version():
    assert f"## {tqcheck.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dynamic"] == ["version"]
