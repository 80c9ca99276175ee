"""A signal in the midst of the imports: real processes, to each of which a signal comes while one certain module is looked for."""

import os
import signal
import subprocess
import sys
import tomllib

import pytest
from processes_for_tests import PATIENCE, ROOT, TQCHECK, as_jsonl, environment, rows

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")
# Python looks for modules by way of this: the first that is looked for after `early` is number 0.
AT_AN_IMPORT = """
import os, sys
class Sending:
    found = 0
    def find_spec(self, name, path=None, target=None):
        if "tqcheck.early" in sys.modules and name != "_signal" and "tqcheck.__main__" not in (name,):
            if self.found == int(os.environ["AT"]):
                os.kill(os.getpid(), int(os.environ["SIGNAL"]))
            self.found += 1
            open(os.environ["LOG"], "w").write(str(self.found))
sys.meta_path.insert(0, Sending())
"""


def stopped_at(number, sent, folder, *arguments, program=TQCHECK):
    """Run the program and send a signal while it looks for its module of this number; what it did, and how many it looked for."""
    (folder / "sitecustomize.py").write_text(AT_AN_IMPORT)
    log = folder / "found"
    log.write_text("0")
    env = environment(folder, AT=str(number), SIGNAL=str(int(sent)), LOG=str(log))
    done = subprocess.run([*program, *map(str, arguments)], capture_output=True, env=env, check=False, timeout=PATIENCE)
    return done, int(log.read_text())


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("check", "{feed}", "--model", "none")])
def test_a_signal_while_modules_are_loaded_ends_the_run_without_a_traceback(tmp_path, sent, arguments):
    feed = tmp_path / "feed.jsonl"
    feed.write_bytes(as_jsonl(rows(1)))
    given = [argument.format(feed=feed) for argument in arguments]
    done, modules = stopped_at(-1, sent, tmp_path, *given)
    assert (done.returncode, modules > 20) == (1 if "check" in given else 0, True), done.stderr
    for number in {0, 1, 2, *range(3, modules, modules // 6)}:
        done, _ = stopped_at(number, sent, tmp_path, *given)
        assert (done.returncode, done.stderr) == (128 + sent, b"tqcheck: stopped\n"), number


def test_the_installed_command_listens_before_it_loads_the_program(tmp_path):
    entry = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["tqcheck"]
    module, _, function = entry.partition(":")
    script = tmp_path / "tqcheck"
    script.write_text(f"import sys\nfrom {module} import {function}\nsys.exit({function}())\n")
    for number in (0, 5, 20):
        done, _ = stopped_at(number, signal.SIGINT, tmp_path, "--version", program=(sys.executable, script))
        assert (done.returncode, done.stderr) == (130, b"tqcheck: stopped\n"), number


def test_what_nohup_ignores_stays_ignored_and_a_closed_standard_error_does_not_matter():
    script = "import os, signal; from tqcheck import early; {before}; early.listen(); os.kill(os.getpid(), signal.SIGHUP); print('here')"
    ignoring = script.format(before="signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    done = subprocess.run([sys.executable, "-c", ignoring], capture_output=True, env=environment(), check=False, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (0, b"here\n")
    closing = script.format(before="os.close(2)")
    done = subprocess.run([sys.executable, "-c", closing], capture_output=True, env=environment(), check=False, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (129, b"")


def test_until_it_listens_the_package_imports_nothing():
    script = "import sys; before = set(sys.modules); import tqcheck.early; print(sorted(set(sys.modules) - before - {'__future__'}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment(), check=True, timeout=PATIENCE)
    assert done.stdout == "['tqcheck', 'tqcheck.early']\n"
