"""What is not tried by whole processes in test_faults.py."""

import io
import os
import signal
import subprocess
import sys

import pytest
from processes_for_tests import PATIENCE, TQCHECK, as_jsonl, environment, rows

from tqcheck.console import StoppedError, _Forgiving

SCRIPT = """
import os, signal, sys, time
from tqcheck.console import Console, StoppedError
console = Console()
console.listen()
try:
    os.kill(os.getpid(), signal.{name})
    time.sleep(60)
except StoppedError as stop:
    os.kill(os.getpid(), signal.{name})  # while it clears up
    time.sleep(0.1)
    console.ignore_signals()
    sys.exit(stop.exit_code)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_is_raised_once_where_the_program_stands(name, code):
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(name=name)], capture_output=True, env=environment(), check=False, timeout=60)
    assert (done.returncode, done.stderr) == (code, b"")


SILENT = """
import os, signal, sys, time
from tqcheck.console import Console, StoppedError
console = Console()
console.listen()
try:
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
    except BaseException:
        pass
    time.sleep(60)
except StoppedError as stop:
    console.ignore_signals()
    sys.exit(stop.exit_code)
"""
LOST = """
import os, signal, sys, time
from tqcheck.console import Console, StoppedError
console = Console()
console.listen()
class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
try:
    Dying()
    time.sleep(60)
except StoppedError as stop:
    console.ignore_signals()
    sys.exit(stop.exit_code)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("script", [LOST, SILENT])
def test_a_signal_that_gets_lost_is_raised_a_little_later(script):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment(), check=False, timeout=50)
    assert (done.returncode, done.stderr) == (143, b"")


SLOW = """
import os, signal, sys, time
from tqcheck import console
console.LOST, console.HELD = 0.05, {held}
ours = console.Console()
ours.listen()
try:
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    finally:
        time.sleep(1)  # clears up on a busy machine
        print("cleared up")
except console.StoppedError as stop:
    ours.ignore_signals()
    sys.exit(stop.exit_code)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("held", "told"), [(10, b"cleared up\n"), (0.2, b"")])
def test_a_signal_that_was_heard_does_not_come_again_while_things_are_cleared_up_unless_that_takes_very_long(held, told):
    script = SLOW.format(held=held)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment(), check=False, timeout=50)
    assert (done.returncode, done.stdout, done.stderr) == (143, told, b"")


LATE = """
import os, signal
import tqcheck.console as console
ignore = console.Console.ignore_signals
def late(self):
    if not self._heard:
        os.kill(os.getpid(), signal.SIGTERM)
    ignore(self)
console.Console.ignore_signals = late
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("arguments", [["--version"], ["rules"], ["explain", "no-such-rule"]])
def test_a_signal_at_the_very_end_is_no_traceback_either(tmp_path, arguments):
    (tmp_path / "sitecustomize.py").write_text(LATE)
    done = subprocess.run([*TQCHECK, *arguments], capture_output=True, env=environment(tmp_path), check=False, timeout=50)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (143, b"tqcheck: stopped"), done.stderr
    assert b"Traceback" not in done.stderr


IN_BETWEEN = """
import os, signal
install, sent = signal.signal, []
def one_by_one(number, handler):
    before = install(number, handler)
    if getattr(handler, "__qualname__", "") == "Console._stop" and not sent:
        sent.append(number)
        os.kill(os.getpid(), number)
    return before
signal.signal = one_by_one
"""
IN_A_LOCK = """
import os, signal, sys, threading
release = threading.Condition._release_save
def late(self):
    release(self)
    if "tqcheck.workers" in sys.modules and threading.current_thread() is threading.main_thread():
        os.kill(os.getpid(), signal.SIGINT)
threading.Condition._release_save = late
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("moment", "arguments"), [(IN_BETWEEN, ["rules"]), (IN_A_LOCK, ["check", "-", "--model", "none", "--jobs", "2"])])
def test_a_signal_at_a_bad_moment_ends_the_run_with_one_line_all_the_same(tmp_path, moment, arguments):
    (tmp_path / "sitecustomize.py").write_text(moment)
    given = {"input": as_jsonl(rows(3)), "env": environment(tmp_path)}
    done = subprocess.run([*TQCHECK, *arguments], capture_output=True, check=False, timeout=PATIENCE, **given)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"tqcheck: stopped\n")


NO_THREAD = """
import os, signal, sys, threading, time
from tqcheck.console import Console, StoppedError
def refused(thread):
    raise RuntimeError("can't start new thread")
threading.Thread.start = refused
console = Console()
console.listen()
try:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
except StoppedError as stop:
    sys.exit(stop.exit_code)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_signal_is_heard_where_the_system_gives_no_further_thread():
    done = subprocess.run([sys.executable, "-c", NO_THREAD], capture_output=True, env=environment(), check=False, timeout=50)
    assert (done.returncode, done.stderr) == (143, b"")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_what_nohup_ignores_stays_ignored():
    script = (
        "import os, signal; from tqcheck.console import Console; Console().listen(); os.kill(os.getpid(), signal.SIGHUP); print('here')"
    )
    done = subprocess.run(["nohup", sys.executable, "-c", script], capture_output=True, env=environment(), check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"here\n")


def test_being_stopped_is_no_error_that_something_on_the_way_would_swallow():
    assert not issubclass(StoppedError, Exception)
    assert StoppedError(signal.SIGTERM).exit_code == 143


def test_standard_error_that_is_gone_is_no_error(monkeypatch):
    dropped = []
    monkeypatch.setattr("tqcheck.console.drop", dropped.append)
    stream = io.StringIO()
    forgiving = _Forgiving(stream)
    print("told", file=forgiving)
    assert stream.getvalue() == "told\n"
    stream.close()
    print("lost", file=forgiving, flush=True)
    assert set(dropped) == {2}
