"""The program as a process that can be killed, starved and cut off: for the tests of faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TQCHECK = (sys.executable, "-m", "tqcheck")
TEXT = "He left Kyiv on Monday. The train from Kiev was late. In Kyiv it rained.\n\nAdvertisement\n\nParagraph {} ends here ."
PATIENCE = 120  # seconds after which a test gives up: a run that hangs


def rows(count):
    return [{"id": f"a{number}", "lang": "en", "title": f"Title {number}", "text": TEXT.format(number)} for number in range(count)]


def as_jsonl(given) -> bytes:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in given).encode()


def environment(tmp_path=None, **more):
    """The environment of a child; a `sitecustomize.py` in tmp_path is run by all Python processes."""
    path = os.pathsep.join(str(folder) for folder in (tmp_path, ROOT) if folder)
    env = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "PYTHONHASHSEED", "TQCHECK_TRACEBACK"}}
    return {name: value for name, value in (env | {"PYTHONPATH": path} | more).items() if value is not None}


def start(*arguments, **more):
    """Start the program in a session of its own, so that all that it starts can be found."""
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment()} | more
    return subprocess.Popen([*TQCHECK, *map(str, arguments)], start_new_session=True, **given)


def run(*arguments, stdin=None, **more):
    given = {"env": environment()} | more
    given |= {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
    return subprocess.run([*TQCHECK, *map(str, arguments)], capture_output=True, check=False, timeout=PATIENCE, **given)


def until(condition, what):
    """Wait for something to come true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.005)
    return found


def alive(session: int) -> list[int]:
    """The processes of a session that are at work, the first one included; zombies are not."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = stat.read_text("utf-8", "replace").rpartition(")")[2].split()[:4]
        except (OSError, ValueError):  # it is gone
            continue
        if int(its_session) == session and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


def workers(process) -> list[int]:
    """The processes that --jobs started."""
    found = []
    for pid in alive(process.pid):
        try:
            command = (Path("/proc") / str(pid) / "cmdline").read_bytes()
        except OSError:
            continue
        if b"spawn_main" in command:
            found.append(pid)
    return found


def ended(process):
    """Wait for the process and for all that it started; returns exit code, standard output and standard error."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
        until(lambda: not alive(process.pid), "a child is left")
    except BaseException:  # nothing that hangs may disturb the next test
        for pid in alive(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode, out, err.decode()


def kill(process) -> None:
    process.send_signal(signal.SIGKILL)
    ended(process)


def files_in(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def journal_lines(folder) -> int:
    try:
        return (folder / ".tqcheck.journal").read_bytes().count(b"\n")
    except OSError:
        return 0
