"""What runs in other people's pipelines: the action, the pre-commit hook, the GitLab job and the README's walk-through, each as written."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from test_cli import CLEAN, KYIV, as_jsonl

from tqcheck.config import Options, override

yaml = pytest.importorskip("yaml")
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXT = README[README.index("## The gate") : README.index("## Sentence models")]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def yaml_of(file: str) -> dict:
    (found,) = (yaml.safe_load(block) for block in blocks("yaml") if file in block.splitlines()[0])
    return found


@pytest.fixture
def bash(tmp_path, monkeypatch):
    """A shell in an empty folder, with a `tqcheck` and a `pip` that are this checkout's and nothing."""
    programs = tmp_path / "programs"
    programs.mkdir()
    python = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
    for name, script in (
        ("tqcheck", python.replace(' "$@"', ' -m tqcheck "$@"')),
        ("python", python),
        ("pip", '#!/bin/sh\necho pip "$@"\n'),
    ):
        (programs / name).write_text(script, encoding="utf-8")
        (programs / name).chmod(0o755)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}

    def run(script, **environment):
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            env=quiet | {"PATH": path, "PYTHONPATH": str(ROOT)} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    run.programs = programs
    return run


# -- the README's walk-through ------------------------------------------------------------------------------------------


def test_the_walk_through_ends_as_the_readme_says(bash):
    Path("corpora").symlink_to(ROOT / "corpora")
    (block,) = (block for block in blocks("sh") if "tqcheck baseline" in block)
    codes = []
    for line in block.splitlines():
        command, _, comment = line.partition(" # ")
        done = bash(command.replace("tqcheck check", "tqcheck check --model none"))
        wanted = int(comment[0]) if comment else 0
        assert done.returncode == wanted, (line, done.stdout, done.stderr)
        codes += [wanted] if comment else []
    assert codes == [0, 1, 0, 0, 1, 2]


def test_the_configuration_of_gates_is_valid():
    (block,) = (block for block in blocks("toml") if "tool.tqcheck.gate" in block)
    options = override(Options(), tomllib.loads(block)["tool"]["tqcheck"])
    assert options.gate["punctuation-stray"].max_findings == 3
    assert options.feed[0].files == ("sports/*",)


# -- the action ---------------------------------------------------------------------------------------------------------

STEPS = ACTION["runs"]["steps"]
INSTALL, CHECK = STEPS


def run_check(bash, tmp_path, **inputs):
    temporary = tmp_path / "runner"
    (temporary / "tqcheck/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(bash.programs / "python", temporary / "tqcheck/bin/python")
    output = tmp_path / "output"
    output.write_text("", encoding="utf-8")
    defaults = {name.upper().replace("-", "_"): given.get("default", "") for name, given in ACTION["inputs"].items()}
    given = {name: {**defaults, **inputs}[name] for name in CHECK["env"]}
    page = tmp_path / "summary.md"
    done = bash(CHECK["run"], RUNNER_TEMP=str(temporary), GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(page), **given)
    return done, dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())


def test_inputs_reach_the_shell_as_variables_only():
    for step in STEPS:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]
    used = {name for step in STEPS for value in step["env"].values() for name in re.findall(r"inputs\.([\w-]+)", value)}
    assert used == set(ACTION["inputs"])
    assert all(output["value"] == f"${{{{ steps.check.outputs.{name} }}}}" for name, output in ACTION["outputs"].items())


def test_the_action_makes_annotations_a_page_and_a_sarif_file_and_fails_as_the_gate_does(bash, tmp_path):
    Path("a feed.jsonl").write_bytes(as_jsonl(KYIV))
    Path("tqcheck.toml").write_text('model = "none"\n', encoding="utf-8")
    done, outputs = run_check(bash, tmp_path, PATHS="a feed.jsonl\n")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::notice file=a feed.jsonl,line=1,title=name-variant (minor)::")
    assert outputs["findings"] == "1"
    assert json.loads(Path(outputs["sarif"]).read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("# Translation quality")


def test_the_actions_inputs_are_the_options_of_the_program(bash, tmp_path):
    Path("a.jsonl").write_bytes(as_jsonl(KYIV))
    Path("b.jsonl").write_bytes(as_jsonl(CLEAN))
    Path("own.toml").write_text('model = "none"\n', encoding="utf-8")
    assert bash("tqcheck baseline a.jsonl --model none -o base.json").returncode == 0
    done, outputs = run_check(bash, tmp_path, PATHS="a.jsonl\nb.jsonl", BASELINE="base.json", CONFIG="own.toml", FORMAT="text")
    assert (done.returncode, outputs["findings"]) == (0, "0"), done.stderr
    assert "2 articles checked" in done.stdout
    assert run_check(bash, tmp_path, PATHS="a.jsonl", CONFIG="own.toml", FAIL_ON="major")[0].returncode == 0


@pytest.mark.parametrize(
    "inputs", [{"PATHS": "missing.jsonl"}, {"PATHS": ""}, {"PATHS": "--help"}, {"PATHS": "a.jsonl", "FAIL_ON": "x; exit 0"}]
)
def test_what_cannot_be_checked_is_exit_code_2_and_no_input_is_an_option_or_a_command(bash, tmp_path, inputs):
    Path("a.jsonl").write_bytes(as_jsonl(CLEAN))
    Path("tqcheck.toml").write_text('model = "none"\n', encoding="utf-8")
    assert run_check(bash, tmp_path, **inputs)[0].returncode == 2


@pytest.mark.parametrize(("version", "package"), [("", "/the/action"), ("1.2.3", "tqcheck==1.2.3")])
def test_the_action_installs_its_own_version_or_the_one_that_is_asked_for(bash, tmp_path, version, package):
    fake = '#!/bin/sh\ncase "$2" in venv) mkdir -p "$3/bin"; cp "$0" "$3/bin/python";; *) echo "$@";; esac\n'
    (bash.programs / "python3").write_text(fake, encoding="utf-8")
    (bash.programs / "python3").chmod(0o755)
    done = bash(INSTALL["run"], RUNNER_TEMP=str(tmp_path / "runner"), GITHUB_ACTION_PATH="/the/action", VERSION=version)
    assert done.stdout.split() == ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--", package]


def test_the_workflow_shown_gives_the_action_inputs_that_it_has():
    steps = yaml_of(".github/workflows")["jobs"]["articles"]["steps"]
    (ours,) = (step for step in steps if "tqcheck@" in step.get("uses", ""))
    assert set(ours["with"]) <= set(ACTION["inputs"])
    assert "paths" in ours["with"]
    used = re.findall(r"steps\.tqcheck\.outputs\.(\w+)", json.dumps(steps))
    assert set(used) <= set(ACTION["outputs"])


# -- pre-commit and GitLab ----------------------------------------------------------------------------------------------


def test_the_hook_runs_its_entry_with_the_files_behind_it(bash):
    Path("a.txt").write_text("The train <b>to</b> Lund.", encoding="utf-8")
    Path("b.txt").write_text("All is well in the town of Lund.", encoding="utf-8")
    (shown,) = yaml_of(".pre-commit-config.yaml")["repos"][0]["hooks"]
    assert shown["id"] == HOOK["id"]
    command = shlex.join([*shlex.split(HOOK["entry"]), *shown["args"], "--model", "none", "--lang", "en"])
    assert bash(f"{command} a.txt b.txt").returncode == 1
    assert bash(f"{command} b.txt").returncode == 0
    assert HOOK["language"] == "python"


def test_the_job_of_gitlab_writes_the_reports_that_it_hands_over(bash):
    Path("news").mkdir()
    Path("news/a.txt").write_text("The train to to Lund.", encoding="utf-8")
    Path("tqcheck.toml").write_text('model = "none"\nlang = "en"\n', encoding="utf-8")
    assert bash("tqcheck baseline news/ -o tqcheck-baseline.json").returncode == 0
    job = yaml_of(".gitlab-ci.yml")["articles"]
    done = bash("\n".join(job["script"]), TQCHECK="https://git.example.org/tqcheck")
    assert done.returncode == 0, done.stderr
    Path("news/b.txt").write_text("A bus to to Lund.", encoding="utf-8")
    assert bash("\n".join(job["script"]), TQCHECK="x").returncode == 1
    reports = job["artifacts"]["reports"]
    (finding,) = json.loads(Path(reports["codequality"]).read_text(encoding="utf-8"))
    assert finding["location"] == {"path": "news/b.txt", "lines": {"begin": 1}}
    assert "<testsuites" in Path(reports["junit"]).read_text(encoding="utf-8")
