"""`tqcheck config` prints what holds, in a form that can be read again, and its reference leaves no key out."""

import tomllib
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck import config
from tqcheck.cli import main
from tqcheck.config import Options, override
from tqcheck.config_reference import REFERENCE, effective, reference
from tqcheck.report.visible import is_hidden

EVERYTHING = """
select = ["name-variant", "punctuation-stray", "acronym-mismatch"]
ignore = [
    "quote-style-mixed",
    { rule = "name-variant", lang = "cs", surface = "Kiev*", reason = "the agency's “style”\\t", expires = 2099-01-31 },
]
preview = true
fail-on = "major"
fail-under = 60.5
model = "none"
device = "cpu"
lang = "en"
source-lang = "uk"
style = "un"
jobs = 2
baseline = "accepted.json"
[columns]
source_text = "quelle \\u202e"
[severity]
name-variant = "major"
[weights]
minor = 0.5
[gate]
name-variant = "never"
punctuation-stray = { max-findings = 3 }
[rules.acronym-mismatch]
min-letters = 3
[prefer]
"Kyiv city" = ["Kiev_x"]
a_b = ["c"]
de = { Kyjiw = ["Kiew"] }
[[feed]]
files = "sports/*"
fail-on = "critical"
rules.acronym-mismatch.min-letters = 4
gate.name-variant = "minor"
weights.minor = 2.0
[[feed]]
lang = ["cs", "sk"]
ignore = ["name-variant"]
fail-under = 10.0
"""


def test_what_is_printed_gives_the_same_options_again(tmp_path):
    path = tmp_path / "tqcheck.toml"
    path.write_text(EVERYTHING, encoding="utf-8")
    options = config.load(path)
    path.write_text(effective(options), encoding="utf-8")
    assert config.load(path) == options


def test_the_defaults_are_printed_so_too():
    assert override(Options(), tomllib.loads(effective(Options()))) == Options()


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(str.strip))
def test_any_text_can_be_read_again(text):
    options = override(Options(), {"device": text, "columns": {"title": text}})
    printed = effective(options)
    assert override(Options(), tomllib.loads(printed)) == options
    assert not any(is_hidden(letter) for letter in printed.replace("\n", ""))


def test_every_key_is_in_the_reference():
    keys = {key.partition(".")[0].replace("-", "_") for key, _, _ in REFERENCE}
    assert keys == {option.name for option in fields(Options)} - {"suppress"}
    assert all(f"| `{key}` |" in reference() for key, _, _ in REFERENCE)
    assert "{" not in reference().replace("{ ", "")


def test_the_command_says_which_file_holds_and_what_the_command_line_changed(tmp_path, monkeypatch, capsys):
    (tmp_path / "tqcheck.toml").write_text('fail-on = "major"\n[gate]\nname-variant = "minor"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["config", "--fail-on", "never"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"# {tmp_path / 'tqcheck.toml'}\n")
    assert 'fail-on = "never"' in printed
    assert 'name-variant = { fail-on = "minor" }' not in printed
    assert main(["config", "--reference"]) == 0
    assert "| `fail-under` |" in capsys.readouterr().out


def test_without_a_file_the_defaults_are_named_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["config"]) == 0
    assert capsys.readouterr().out.startswith("# no tqcheck.toml and no [tool.tqcheck] here or above: the defaults\n")


def test_a_wrong_key_is_an_error_here_too(tmp_path, monkeypatch, capsys):
    (tmp_path / "tqcheck.toml").write_text('fail-onn = "major"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["config"]) == 2
    assert "did you mean 'fail-on'?" in capsys.readouterr().err


@pytest.mark.parametrize("key", [key for key, _, _ in REFERENCE])
def test_every_key_of_the_reference_is_one_of_the_file(key):
    name = key.partition(".")[0]
    with pytest.raises(config.ConfigError) as refused:
        override(Options(), {name: object()})
    assert "unknown option" not in str(refused.value)
