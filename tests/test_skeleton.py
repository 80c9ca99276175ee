import importlib.util
import subprocess
import sys

import pytest

from tqcheck import skeleton
from tqcheck.errors import ConfigError, WriteError
from tqcheck.rules import all_rules, rule_of
from tqcheck.testing import check_rule


def test_a_new_rule_passes_its_own_examples(tmp_path):
    path = skeleton.write("dummy-left", tmp_path)
    assert path == tmp_path / "dummy_left.py"
    spec = importlib.util.spec_from_file_location("dummy_left", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    check_rule(module)
    rule = rule_of(module)
    assert (rule.id, rule.preview) == ("dummy-left", True)
    assert "tqcheck explain dummy-left" in rule.manual
    assert len({example.lang for example in rule.bad}) == 3


def test_a_new_rule_is_in_the_house_style(tmp_path):
    path = skeleton.write("dummy-left", tmp_path)
    linted = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--isolated",
            "--select",
            "E,F,D,ANN",
            "--ignore",
            "D203,D213,D406,D407",
            "--line-length",
            "140",
            path,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if "No module named" in linted.stderr:
        pytest.skip("ruff is not installed")
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    "name", ["", "Dummy", "dummy_left", "-dummy", "dummy-", "dummy--left", "../x", "a/b", "1st", "dümmy", "dummy left", "x\n"]
)
def test_a_name_that_is_no_rule_name_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="is not a rule name: name what is wrong, in lower case with hyphens"):
        skeleton.write(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_rule_that_exists_is_not_overwritten(tmp_path):
    (tmp_path / "dummy_left.py").write_text("mine")
    with pytest.raises(WriteError, match="exists already: choose another name or remove it"):
        skeleton.write("dummy-left", tmp_path)
    assert (tmp_path / "dummy_left.py").read_text() == "mine"


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(WriteError, match="cannot be written: No such file or directory"):
        skeleton.write("dummy-left", tmp_path / "none")


def test_a_name_that_is_taken_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="'name-variant' is a rule of tqcheck already: give yours another name"):
        skeleton.write("name-variant", tmp_path, all_rules())
    assert list(tmp_path.iterdir()) == []
