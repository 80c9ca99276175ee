"""What goes wrong around the program, done to it: real processes, signals, full disks and closed streams.

`python -m pytest tests/test_faults.py --kills 200` kills a run 200 times instead of 10.
"""

import csv
import io
import itertools
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes_for_tests import (
    PATIENCE,
    ROOT,
    TQCHECK,
    alive,
    as_jsonl,
    ended,
    environment,
    files_in,
    journal_lines,
    kill,
    rows,
    run,
    start,
    until,
    workers,
)

from tqcheck.workers import CHUNK, QUEUED_CHUNKS_PER_JOB

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

NONE = ("--model", "none", "--no-progress")
COUNTING = """
import os
import tqcheck.pipeline as pipeline
check = pipeline.Checker.__call__
def counted(self, article):
    with open(os.environ["CHECKED"], "a") as log:
        log.write(article.id + "\\n")
    return check(self, article)
pipeline.Checker.__call__ = counted
"""


@pytest.fixture(scope="module")
def feed(tmp_path_factory):
    """Forty articles; among them a row that is broken and an id that stands twice."""
    given = rows(40)
    path = tmp_path_factory.mktemp("in") / "feed.jsonl"
    path.write_bytes(as_jsonl([*given[:10], "{broken", *given[10:30], given[3], *given[30:]]))
    return path


@pytest.fixture(scope="module")
def unbroken(feed, tmp_path_factory):
    """The report of a run to which nothing happened."""
    out = tmp_path_factory.mktemp("unbroken")
    done = run("report", feed, "-o", out, *NONE)
    assert done.returncode == 2, done.stderr
    return files_in(out)


@pytest.fixture(scope="module")
def unbroken_from_standard_input(feed, tmp_path_factory):
    out = tmp_path_factory.mktemp("unbroken")
    run("report", "-", "-o", out, *NONE, stdin=feed.read_bytes())
    return files_in(out)


@pytest.fixture(scope="module")
def stopped_folder(feed, tmp_path_factory):
    """The folder of a run that was killed after eight articles."""
    out = tmp_path_factory.mktemp("stopped") / "out"
    process = start("report", "-", "-o", out, *NONE, stdin=subprocess.PIPE)
    process.stdin.write(b"".join(feed.read_bytes().splitlines(keepends=True)[:8]))
    process.stdin.flush()
    until(lambda: journal_lines(out) > 7, "no progress")
    kill(process)
    return out


@pytest.fixture
def stopped(stopped_folder, tmp_path):
    """A copy of it to go on with."""
    return shutil.copytree(stopped_folder, tmp_path / "out")


def report(feed, out, *more, **environ):
    return run("report", feed, "-o", out, *NONE, *more, **environ)


def left_overs(folder):
    return [name for name in files_in(folder) if ".tqcheck" in name]


# -- killed, and on again -----------------------------------------------------------------------------------------------


def test_a_run_that_is_killed_again_and_again_ends_in_the_report_of_one_that_was_not(feed, tmp_path, request):
    kills, chance = request.config.getoption("--kills"), random.Random(8)  # noqa: S311 - no secret
    baseline = tmp_path / "baseline.json"
    accepted = [*rows(5)]
    assert run("baseline", "-", "-o", baseline, *NONE, stdin=as_jsonl(accepted)).returncode == 0
    ways = itertools.cycle([(), ("--jobs", "2"), ("--baseline", baseline), ("--format", "markdown", "--jobs", "2"), ("-",)])
    done = runs = 0
    log = tmp_path / "checked"
    (tmp_path / "sitecustomize.py").write_text(COUNTING)
    unbroken = {}
    while done < kills:
        way = next(ways)
        arguments = [*NONE, *(more for more in way if more != "-")]
        source = "-" if "-" in way else feed
        if way not in unbroken:
            whole = run("report", source, "-o", tmp_path / "whole", *arguments, stdin=feed.read_bytes() if source == "-" else None)
            assert whole.returncode == 2, whole.stderr
            unbroken[way] = files_in(tmp_path / "whole")
            shutil.rmtree(tmp_path / "whole")
        log.write_text("")
        killed, code = until_it_ends(source, feed, tmp_path / "out", arguments, chance, log)
        assert code == 2
        assert files_in(tmp_path / "out") == unbroken[way], way
        checked = log.read_text().split()
        ahead = 2 * CHUNK * QUEUED_CHUNKS_PER_JOB if "--jobs" in way else 1
        assert set(checked) == {f"a{number}" for number in range(40)}
        assert len(checked) <= 40 + killed * ahead
        shutil.rmtree(tmp_path / "out")
        done, runs = done + killed, runs + 1
    (tmp_path / "kills.txt").write_text(f"{done} kills in {runs} runs: no byte differs\n")


def until_it_ends(source, feed, out, arguments, chance, log):  # noqa: PLR0917
    """Run with --resume and kill it at a random moment, until it ends; returns how often it was killed, and the exit code."""
    whole = None
    for killed in itertools.count():
        with feed.open("rb") as stdin:
            env = environment(log.parent, CHECKED=str(log))
            process = start("report", source, "-o", out, *arguments, "--resume", stdin=stdin, env=env)
        lines = chance.randrange(44) if killed < 4 else 99
        until(lambda: process.poll() is not None or journal_lines(out) > lines, "no progress")  # noqa: B023
        time.sleep(chance.random() / 20)
        if process.poll() is not None or lines == 99:
            return killed, ended(process)[0]
        kill(process)
        if out.exists():
            standing = {name: content for name, content in files_in(out).items() if ".tqcheck" not in name}
            whole = whole or {}
            for name, content in standing.items():  # whole from the first time that they stand there
                assert content
                assert whole.setdefault(name, content) == content
    raise AssertionError


@pytest.mark.parametrize("cut", [b"", b'{"given": "00', b"\x00\x00\x00\n", b'{"given": "0", "report": {}, "pages": {}}\n'])
def test_a_journal_whose_end_was_cut_costs_only_its_end(feed, unbroken_from_standard_input, stopped, cut):
    with (stopped / ".tqcheck.journal").open("ab") as journal:
        journal.write(cut)
    done = run("report", "-", "-o", stopped, *NONE, "--resume", stdin=feed.read_bytes())
    assert b"articles were done before" in done.stderr
    assert done.returncode == 2
    assert files_in(stopped) == unbroken_from_standard_input


def test_a_page_that_was_spoilt_meanwhile_is_made_again(feed, unbroken_from_standard_input, stopped):
    (stopped / "articles" / "a1.html").write_text("spoilt")
    (stopped / "articles" / "a2.json").unlink()
    run("report", "-", "-o", stopped, *NONE, "--resume", stdin=feed.read_bytes())
    assert files_in(stopped) == unbroken_from_standard_input


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        (lambda raw: raw.replace(b"Paragraph 2 ", b"Paragraph two "), (), "-:3: the input is not the one of the run that stopped"),
        (lambda raw: raw[: raw.index(b"\n") + 1], (), "the end of the input: the input is not the one of the run that stopped"),
        (lambda raw: raw, ("--fail-on", "major"), "had other settings (fail-on): give it the same ones"),
        (lambda raw: raw, ("--ignore", "markup-left"), "had other settings (ignore"),
        (lambda raw: raw, ("--model", "bundled"), "had other settings (model)"),
        (lambda raw: raw, ("--format", "markdown"), "had other settings (format)"),
        (lambda raw: raw, ("--lang", "de"), "had other settings (lang)"),
    ],
)
def test_another_input_or_other_settings_are_refused_and_the_folder_stays(feed, stopped, change, arguments, message):
    before = {name: content for name, content in files_in(stopped).items() if ".tqcheck-" not in name}
    done = run("report", "-", "-o", stopped, *NONE, *arguments, "--resume", stdin=change(feed.read_bytes()))
    (line,) = done.stderr.decode().splitlines()
    assert (done.returncode, message in line) == (2, True), line
    assert line.endswith("or leave --resume out to check everything anew")
    assert files_in(stopped) == before


def test_what_was_not_reached_before_the_kill_may_change(feed, stopped, tmp_path):
    longer = feed.read_bytes() + as_jsonl([{"id": "late", "lang": "en", "text": "Late."}])
    assert run("report", "-", "-o", stopped, *NONE, "--resume", "--jobs", "2", stdin=longer).returncode == 2
    run("report", "-", "-o", tmp_path / "whole", *NONE, stdin=longer)
    assert files_in(stopped) == files_in(tmp_path / "whole")


def test_to_resume_what_is_finished_or_was_never_begun_is_a_run_like_any_other(feed, unbroken, tmp_path):
    for _ in range(2):
        done = report(feed, tmp_path / "out", "--resume")
        assert done.returncode == 2
        assert b"tqcheck: --resume: there was nothing to go on with: all is new\n" in done.stderr
        assert files_in(tmp_path / "out") == unbroken


def test_a_run_without_resume_begins_anew(feed, unbroken, stopped):
    report(feed, stopped)
    assert files_in(stopped) == unbroken


def test_a_check_that_is_killed_leaves_the_old_file_and_the_next_run_clears_up(feed, tmp_path):
    target = tmp_path / "out" / "found.json"
    target.parent.mkdir()
    target.write_text("old")
    process = start("check", "-", "-o", target, "--format", "json", *NONE, stdin=subprocess.PIPE)
    process.stdin.write(feed.read_bytes())
    process.stdin.flush()
    until(lambda: left_overs(target.parent), "no output")
    kill(process)
    assert target.read_text() == "old"
    assert run("check", feed, "-o", target, "--format", "json", *NONE).returncode == 2
    assert [path.name for path in target.parent.iterdir()] == ["found.json"]
    assert len(json.loads(target.read_bytes())) == 40


# -- stopped ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_run_that_is_stopped_says_how_to_go_on_and_leaves_nobody_behind(tmp_path, sent, code, jobs):
    out, given = tmp_path / "out", as_jsonl([*rows(99), "{broken"])  # more than processes have in hand at once
    process = start("report", "-", "-o", out, "--jobs", jobs, *NONE, stdin=subprocess.PIPE)
    process.stdin.write(given)
    process.stdin.flush()
    until(lambda: journal_lines(out) > 5, "no progress")
    os.killpg(process.pid, sent)  # as a terminal does: all processes hear it
    if sent == signal.SIGINT:
        os.killpg(process.pid, sent)  # and an impatient person does it twice
    exit_code, standard_output, err = ended(process)
    *others, last = err.splitlines()
    assert (exit_code, standard_output) == (code, b"")
    assert last == "tqcheck: stopped: what is done is kept, the same command with --resume goes on from there"
    assert all(line.startswith("tqcheck: -:") for line in others)
    assert left_overs(out) == [".tqcheck.journal"]
    if sent == signal.SIGTERM:
        assert run("report", "-", "-o", out, "--resume", *NONE, stdin=given).returncode == 2
        run("report", "-", "-o", tmp_path / "whole", *NONE, stdin=given)
        assert files_in(out) == files_in(tmp_path / "whole")


def test_runs_that_are_stopped_at_any_moment_end_with_one_line(tmp_path, request):
    stops, chance = request.config.getoption("--kills"), random.Random(9)  # noqa: S311 - no secret
    given = as_jsonl(rows(99))
    for number in range(stops):
        out, sent = tmp_path / f"out{number}", chance.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
        process = start("report", "-", "-o", out, "--jobs", "2", *NONE, stdin=subprocess.PIPE)
        process.stdin.write(given)
        process.stdin.flush()
        if chance.random() < 0.7:  # else already while it is getting ready
            until(lambda out=out: journal_lines(out) > 0, "no progress")
        else:
            until(lambda process=process: workers(process), "no worker")
        time.sleep(chance.random() / 10)
        os.killpg(process.pid, sent)
        code, _, err = ended(process)
        assert (code, err.count("\n"), err[:17]) == (128 + sent, 1, "tqcheck: stopped:"), err
        assert left_overs(out) == [".tqcheck.journal"]


def test_a_check_that_is_stopped_leaves_the_old_file_alone(tmp_path):
    target = tmp_path / "out" / "found.json"
    target.parent.mkdir()
    target.write_text("old")
    process = start("check", "-", "-o", target, *NONE, stdin=subprocess.PIPE)
    process.stdin.write(as_jsonl(rows(3)))
    process.stdin.flush()
    until(lambda: left_overs(target.parent), "no output")
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (143, b"", "tqcheck: stopped\n")
    assert [path.name for path in target.parent.iterdir()] == ["found.json"]
    assert target.read_text() == "old"


BETWEEN_FILES = """
import os, signal
from tqcheck import whole_file
finish = whole_file.WholeFile.finish
def late(self):
    finish(self)
    os.kill(os.getpid(), signal.SIGTERM)
whole_file.WholeFile.finish = late
"""


def test_a_stop_while_fixed_files_appear_comes_when_all_of_them_have(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(BETWEEN_FILES)
    (tmp_path / "in").mkdir()
    files = [tmp_path / "in" / name for name in ("a.txt", "b.txt", "c.txt")]
    for file in files:
        file.write_text("He left  Lund .\n\nAdvertisement\n")
    done = run("fix", tmp_path / "in", "--in-place", "--lang", "en", *NONE, env=environment(tmp_path))
    assert (done.returncode, done.stderr) == (143, b"tqcheck: stopped\n")
    assert len({file.read_text() for file in files}) == 1
    assert "Advertisement" not in files[0].read_text()


BUSY = """
import os, time
import tqcheck.pipeline as pipeline
check = pipeline.Checker.__call__
def busy(self, article):
    if "BUSY" in article.text:
        open(os.environ["CHECKED"], "w").close()
        while True:
            time.sleep(0.01)
    return check(self, article)
pipeline.Checker.__call__ = busy
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_rule_that_does_not_end_does_not_keep_a_run_from_being_stopped(tmp_path, jobs):
    (tmp_path / "sitecustomize.py").write_text(BUSY)
    (tmp_path / "a.txt").write_text("BUSY")
    busy = tmp_path / "busy"
    process = start("check", tmp_path / "a.txt", "--jobs", jobs, *NONE, env=environment(tmp_path, CHECKED=str(busy)))
    until(busy.exists, "not begun")
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (143, b"", "tqcheck: stopped\n")


def test_with_its_parent_killed_no_worker_stays_even_in_the_midst_of_its_work(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(BUSY)
    (tmp_path / "a.txt").write_text("BUSY")
    busy = tmp_path / "busy"
    process = start("check", tmp_path / "a.txt", "--jobs", "2", *NONE, env=environment(tmp_path, CHECKED=str(busy)))
    until(busy.exists, "not begun")
    kill(process)  # waits for all of the session
    assert alive(process.pid) == []


# -- disks --------------------------------------------------------------------------------------------------------------


def with_files_up_to(size):
    return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))}


@pytest.mark.parametrize("size", [1_000, 20_000, 50_000])
def test_a_disk_that_runs_full_is_named_and_the_rest_is_made_later(feed, unbroken, tmp_path, size):
    out = tmp_path / "out"
    done = report(feed, out, **with_files_up_to(size))
    *_, line = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert line.startswith(f"tqcheck: error: {out}"), done.stderr
    assert "Traceback" not in done.stderr.decode()
    standing = {name: content for name, content in files_in(out).items() if name != ".tqcheck.journal"}
    assert standing.items() <= unbroken.items()
    assert report(feed, out, "--resume").returncode == 2
    assert files_in(out) == unbroken


@pytest.mark.parametrize("output_format", ["text", "json", "parquet"])
def test_a_full_disk_leaves_no_cut_file_of_any_format(feed, tmp_path, output_format):
    out = tmp_path / "out"
    out.mkdir()
    done = run("check", feed, "-o", out / "found", "--format", output_format, *NONE, **with_files_up_to(500))
    *_, line = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert line.startswith(f"tqcheck: error: {out / 'found'}: "), done.stderr
    assert "Traceback" not in done.stderr.decode()
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("arguments", ["--version", "check --help", "rules", "explain name-variant"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_a_full_disk_swallows_is_an_error_of_every_command(arguments, unbuffered):
    with Path("/dev/full").open("wb") as full:
        env = environment(PYTHONUNBUFFERED=unbuffered)
        done = subprocess.run([*TQCHECK, *arguments.split()], stdout=full, stderr=subprocess.PIPE, check=False, timeout=PATIENCE, env=env)
    assert (done.returncode, done.stderr) == (
        2,
        b"tqcheck: error: standard output: No space left on device: make room, or name another --output\n",
    )


def test_a_full_disk_where_feed_rules_keep_what_they_compare_is_named(feed, tmp_path):
    done = run("check", feed, *NONE, "--feed-rules", env=environment(TMPDIR=str(tmp_path)), **with_files_up_to(1024))
    *_, line = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert line.startswith(f"tqcheck: error: {tmp_path}: what feed rules compare cannot be kept there: "), done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path):
    """A real disk of 200 kB, which may be made larger or write-protected; only root can have one."""
    place = tmp_path / "disk"
    place.mkdir()
    if not shutil.which("mount") or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", place], check=False).returncode:
        pytest.skip("a disk cannot be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_real_disk_that_runs_full_and_is_made_larger(feed, unbroken, small_disk):
    out = small_disk / "out"
    done = report(feed, out)
    assert done.returncode == 2
    assert "No space left on device: make room, or choose another folder with -o" in done.stderr.decode().splitlines()[-1]
    subprocess.run(["mount", "-o", "remount,size=20m", small_disk], check=True)
    done = report(feed, out, "--resume")
    assert (done.returncode, b"articles were done before" in done.stderr) == (2, True)
    assert files_in(out) == unbroken
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    (line,) = report(feed, out).stderr.decode().splitlines()
    assert line.endswith(f"{out}/findings.csv: Read-only file system: choose a folder with -o that you may write to")
    assert files_in(out) == unbroken


def test_a_device_named_as_output_is_written_to_and_not_replaced(feed, tmp_path):
    done = run("check", feed, "-o", "/dev/full", *NONE)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1].startswith("tqcheck: error: /dev/full: ")
    assert run("check", feed, "-o", "/dev/null", *NONE).returncode == 2
    assert all(os.path.exists(name) and not os.path.isfile(name) for name in ("/dev/full", "/dev/null"))  # noqa: PTH110, PTH113
    assert run("check", feed, "-o", "/dev/stdout", "--format", "csv", *NONE).stdout == run("check", feed, "--format", "csv", *NONE).stdout
    del tmp_path


NO_MODEL = """
import os
import tqcheck.static_model as static_model
def load(folder):
    open(os.environ["CHECKED"], "w").close()
    raise SystemExit(99)
static_model.load = load
"""


@pytest.mark.parametrize(
    ("command", "place"),
    [
        ("report", "file"),
        ("report", "file/below"),
        ("report", "/proc/none"),
        ("report", "/dev/null"),
        ("check", "folder"),
        ("check", "missing/found"),
        ("check", "file/below"),
        ("check", "/proc/none"),
        ("baseline", "missing/found"),
        ("score", "missing/found"),
        ("compare", "missing/found"),
        ("fix", "file/below"),
    ],
)
def test_an_output_that_cannot_be_written_is_an_error_before_the_model_is_loaded(feed, tmp_path, command, place):
    (tmp_path / "sitecustomize.py").write_text(NO_MODEL)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    loaded = tmp_path / "loaded"
    inputs = (feed, feed) if command == "compare" else (feed,)
    done = run(command, *inputs, "-o", tmp_path / place, env=environment(tmp_path, CHECKED=str(loaded)))
    (line,) = done.stderr.decode().splitlines()
    assert (done.returncode, loaded.exists()) == (2, False), line
    assert line.startswith("tqcheck: error: ")
    assert place.split("/")[1 if place.startswith("/") else 0] in line
    assert (tmp_path / "file").read_text() == "mine"


# -- processes that die -------------------------------------------------------------------------------------------------


def test_a_worker_that_is_killed_costs_nothing_but_time(feed, unbroken, tmp_path):
    out = tmp_path / "out"
    process = start("report", feed, "-o", out, "--jobs", "2", *NONE)
    first, *_ = until(lambda: workers(process), "no worker")
    until(lambda: journal_lines(out) > 1 or process.poll() is not None, "no progress")
    try:
        os.kill(first, signal.SIGKILL)
    except ProcessLookupError:
        pytest.skip("the run was faster")
    code, _, err = ended(process)
    assert (code, "Traceback" in err) == (2, False)
    assert files_in(out) == unbroken


WHY = "out of memory? a script without 'if __name__ == \"__main__\":'?"
DIES_AT_START = """
import multiprocessing, os
import tqcheck.pipeline as pipeline
make = pipeline.Checker.__init__
def dies(self, *given, **more):
    if multiprocessing.parent_process() is not None:
        {what}
    make(self, *given, **more)
pipeline.Checker.__init__ = dies
"""


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("os._exit(9)", f"the processes that --jobs starts die before they can work ({WHY}): try --jobs 1"),
        ("raise ImportError('no such rule')", "a process that --jobs started cannot work: ImportError: no such rule: try --jobs 1"),
        ("raise MemoryError", "a process that --jobs started cannot work: MemoryError: : try --jobs 1"),
    ],
)
def test_workers_that_cannot_begin_are_one_clear_error(feed, tmp_path, what, message):
    (tmp_path / "sitecustomize.py").write_text(DIES_AT_START.format(what=what))
    process = start("check", feed, "--jobs", "2", *NONE, env=environment(tmp_path))
    assert ended(process) == (2, b"", f"tqcheck: error: {message}\n")


SHORT_OF = """
import tqcheck.pipeline as pipeline
def refused(self, *given, **more):
    raise {error}
pipeline.Checker.__init__ = refused
"""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("MemoryError", "out of memory: make room for it, or ask for fewer --jobs"),
        ("OSError(24, 'Too many open files', '/x')", "Too many open files: let a process open more of them (ulimit -n)"),
    ],
)
def test_a_machine_that_is_short_of_something_is_no_fault_of_the_program(feed, tmp_path, error, told):
    (tmp_path / "sitecustomize.py").write_text(SHORT_OF.format(error=error))
    done = run("check", feed, *NONE, env=environment(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", f"tqcheck: error: {told}\n".encode())


# -- streams ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def long_feed(tmp_path):
    path = tmp_path / "long.jsonl"
    path.write_bytes(as_jsonl(rows(300)))
    return path


def bash(command, **more):
    return subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=PATIENCE, cwd=ROOT, env=environment(), **more)


def test_who_reads_no_further_does_not_cut_the_reports_beside(long_feed, tmp_path):
    program = " ".join(TQCHECK)
    done = bash(f"{program} check {long_feed} --model none --also sarif={tmp_path}/found.sarif | head -1; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (1, b"", 1)
    run("check", long_feed, "--model", "none", "--format", "sarif", "-o", tmp_path / "whole.sarif")
    assert (tmp_path / "found.sarif").read_bytes() == (tmp_path / "whole.sarif").read_bytes()


def test_an_unread_standard_error_changes_neither_report_nor_exit_code(feed, unbroken, tmp_path):
    done = bash(f"{' '.join(TQCHECK)} report {feed} -o {tmp_path}/out --model none 2>&1 | true; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (2, b"")
    assert files_in(tmp_path / "out") == unbroken


@pytest.mark.parametrize("arguments", ["--help", "rules", "explain name-variant", "check {feed} --model none"])
def test_a_reader_that_is_gone_at_once_is_no_traceback(feed, arguments):
    done = bash(f"{' '.join(TQCHECK)} {arguments.format(feed=feed)} | true; exit ${{PIPESTATUS[0]}}")
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert done.returncode in {0, 1, 2}


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_report_needs_no_standard_stream(feed, unbroken, tmp_path, closed):
    done = bash(f"{' '.join(TQCHECK)} report {feed} -o {tmp_path}/out --model none --jobs 2 {closed}")
    assert (done.returncode, done.stdout, b"Traceback" in done.stderr) == (2, b"", False)
    assert files_in(tmp_path / "out") == unbroken


def test_without_standard_output_a_check_says_so_and_with_a_file_it_works(feed, tmp_path):
    done = bash(f"{' '.join(TQCHECK)} check {feed} --model none >&-")
    assert (done.returncode, done.stderr) == (2, b"tqcheck: error: standard output is closed: name a file with --output\n")
    assert bash(f"{' '.join(TQCHECK)} check {feed} --model none -o {tmp_path}/found >&-").returncode == 2
    assert (tmp_path / "found").read_text()
    for command in ("rules", "--help", "--version", "explain name-variant", f"fix {feed} --model none --diff"):
        done = bash(f"{' '.join(TQCHECK)} {command} >&-")
        assert (done.returncode, done.stderr.startswith(b"tqcheck: error: standard output is closed: ")) == (2, True), command
    closed = bash(f"{' '.join(TQCHECK)} check - --model none <&-")
    assert (closed.returncode, closed.stderr) == (2, b"tqcheck: -: is empty: there is nothing to check\n")


# -- two at once --------------------------------------------------------------------------------------------------------


def test_a_second_run_into_the_same_folder_is_refused_and_the_first_goes_on(feed, unbroken_from_standard_input, tmp_path):
    out = tmp_path / "out"
    first = start("report", "-", "-o", out, *NONE, stdin=subprocess.PIPE)
    first.stdin.write(feed.read_bytes())
    first.stdin.flush()
    until(lambda: journal_lines(out) > 5, "no progress")
    for more in ((), ("--resume",)):
        second = report(feed, out, *more)
        (line,) = second.stderr.decode().splitlines()
        assert (second.returncode, line) == (
            2,
            f"tqcheck: error: {out}: another run of tqcheck is writing to this folder: wait for it, or choose another folder with -o",
        )
    assert ended(first)[0] == 2
    assert files_in(out) == unbroken_from_standard_input


def test_two_checks_into_one_file_leave_one_whole_file(feed, tmp_path):
    target = tmp_path / "out" / "found.json"
    target.parent.mkdir()
    both = [start("check", feed, "-o", target, "--format", "json", *NONE) for _ in range(2)]
    assert [ended(process)[0] for process in both] == [2, 2]
    assert [path.name for path in target.parent.iterdir()] == ["found.json"]
    assert len(json.loads(target.read_bytes())) == 40


# -- surroundings -------------------------------------------------------------------------------------------------------

NO_NETWORK = """
import os, socket
def refused(*given):
    open(os.environ["CHECKED"], "a").write(repr(given[1:]))
    raise OSError("the network was used")
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refused
socket.getaddrinfo = socket.create_connection = refused
"""


@pytest.mark.parametrize(
    "changes",
    [
        {"HOME": None, "XDG_CACHE_HOME": None},
        {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent", "TMPDIR": "/nonexistent"},
        {"HOME": "/proc", "TMPDIR": "/proc", "LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        {"PATH": "", "LANG": "xx_XX.nonsense", "TERM": None, "USER": None},
    ],
)
def test_the_surroundings_change_no_byte_and_no_connection_is_made(feed, tmp_path, changes):
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK)
    used = tmp_path / "network"
    done = run("report", feed, "-o", tmp_path / "out", "--jobs", "2", env=environment(tmp_path, CHECKED=str(used), **changes))
    assert (done.returncode, used.exists()) == (2, False), done.stderr
    assert run("report", feed, "-o", tmp_path / "usual").returncode == 2
    assert files_in(tmp_path / "out") == files_in(tmp_path / "usual")


def test_a_working_folder_that_was_removed_does_not_matter(feed, unbroken, tmp_path):
    gone = tmp_path / "gone"
    done = bash(f"mkdir {gone}; cd {gone}; rmdir {gone}; {' '.join(TQCHECK)} report {feed} -o {tmp_path}/out --model none")
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False), done.stderr
    assert files_in(tmp_path / "out") == unbroken


# -- inputs -------------------------------------------------------------------------------------------------------------


def test_only_regular_files_of_a_folder_are_opened_and_each_other_is_named(tmp_path):
    folder = tmp_path / "in"
    (folder / "x.txt").mkdir(parents=True)
    (tmp_path / "outside.txt").write_text("Outside.")
    (folder / "good.txt").write_text("All is well in the town of Lund.")
    os.mkfifo(folder / "pipe.txt")
    listening = socket.socket(socket.AF_UNIX)
    os.chdir(folder)  # the address of a socket is at most 107 bytes long
    listening.bind("socket.txt")
    os.chdir(ROOT)
    (folder / "dangling.txt").symlink_to("nowhere")
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "outside.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "line\nbreak\x1b[31m.txt").write_text("All is well in the town of Lund.")
    (folder / ("é" * 120 + ".txt")).write_text("All is well in the town of Lund.")
    (folder / os.fsdecode(b"\xff\xfe.txt")).write_text("All is well in the town of Lund.")
    done = run("check", folder, "/dev/zero", folder / "dangling.txt", folder / "loop.txt", "--format", "json", "--lang", "en", *NONE)
    listening.close()
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert len(json.loads(done.stdout)) == 4
    for name in ("pipe.txt", "socket.txt", "dangling.txt", "loop.txt", "outside.txt", "/dev/zero"):
        assert any(name in line for line in lines), name
    assert len(lines) == 5 + 3
    assert "\x1b" not in done.stderr.decode()


def test_folders_deeper_than_a_path_may_be_long_end_in_a_problem(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.txt").write_text("All is well in the town of Lund.")
    here = os.open(folder, os.O_RDONLY)
    for _ in range(60):
        os.mkdir("d" * 100, dir_fd=here)
        below = os.open("d" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    done = run("check", folder, "--format", "json", "--lang", "en", *NONE)
    (line,) = done.stderr.decode().splitlines()
    assert (done.returncode, len(json.loads(done.stdout)), "could not be read (file name too long)" in line) == (2, 1, True)
    subprocess.run(["rm", "-rf", folder], check=True)


def test_a_pipe_that_the_shell_hands_over_is_read_and_a_named_one_is_not(tmp_path):
    program = " ".join(TQCHECK)
    text = as_jsonl(rows(2)).decode()
    (tmp_path / "a.jsonl").write_text(text)
    os.mkfifo(tmp_path / "named")
    options = "--model none --format csv"
    for command in (
        f"{program} check <(cat {tmp_path}/a.jsonl) {options}",
        f"cat {tmp_path}/a.jsonl | {program} check /dev/stdin {options}",
    ):
        done = bash(command)
        assert (done.returncode, done.stderr) == (1, b"")
        assert {row["article"] for row in csv.DictReader(io.StringIO(done.stdout.decode()))} == {"a0", "a1"}
    done = run("check", tmp_path / "named", *NONE)
    assert (done.returncode, b"is a named pipe, not a file, and was not opened" in done.stderr) == (2, True)


CHANGES = """
import os
import tqcheck.pipeline as pipeline
check = pipeline.Checker.__call__
def changes(self, article):
    if article.id == "a0":
        os.truncate(os.environ["FEED"], 300_000)
    return check(self, article)
pipeline.Checker.__call__ = changes
"""


def test_a_file_that_is_cut_while_it_is_read_is_reported_up_to_the_cut(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(CHANGES)
    feed = tmp_path / "feed.jsonl"
    feed.write_bytes(as_jsonl(row | {"url": "u" * 5000} for row in rows(200)))
    done = run("check", feed, "--format", "json", *NONE, env=environment(tmp_path, FEED=str(feed)))
    (line,) = done.stderr.decode().splitlines()
    whole = feed.read_bytes().count(b"\n")
    assert (done.returncode, len(json.loads(done.stdout))) == (2, whole)
    assert line.startswith(f"tqcheck: {feed}:{whole + 1}: is no valid JSON")


# -- accounts -----------------------------------------------------------------------------------------------------------


def test_rows_in_are_articles_reported_and_problems_named(tmp_path):
    feed = tmp_path / "feed.jsonl"
    again = ({**row, "id": f"b{row['id']}"} for row in rows(4))
    feed.write_bytes(as_jsonl([*rows(7), *["{broken"] * 30, {"id": "x"}, "[]", *rows(3), *again]))
    done = report(feed, tmp_path / "out")
    lines = done.stderr.decode().splitlines()
    assert lines[-1].startswith("11 articles, ")
    assert "35 not checked" in lines[-1]
    assert lines[-2].startswith("tqcheck: and 10 more problems like: is no valid JSON")
    assert len(lines) == 20 + 1 + 1 + 3 + 2  # broken, no text, no object, ids used before, a count, the sums
    problems = list(csv.DictReader(io.StringIO((tmp_path / "out" / "problems.csv").read_text())))
    articles = list(csv.DictReader(io.StringIO((tmp_path / "out" / "articles.csv").read_text())))
    assert len(problems) + len(articles) == 46 == feed.read_bytes().count(b"\n")
    assert {row["where"] for row in problems} == {f"{feed}:{number}" for number in range(8, 43)}
    feed.write_bytes(as_jsonl(rows(1)))
    assert report(feed, tmp_path / "out").returncode == 1
    assert not (tmp_path / "out" / "problems.csv").exists()


@pytest.mark.parametrize("output_format", ["text", "json", "sarif"])
def test_in_every_format_each_problem_is_named(tmp_path, output_format):
    feed = tmp_path / "feed.jsonl"
    feed.write_bytes(as_jsonl([*rows(2), "{broken", {"id": "x"}]))
    done = run("check", feed, "--format", output_format, "-o", tmp_path / "found", *NONE)
    assert done.returncode == 2
    assert [line.split(": ")[1] for line in done.stderr.decode().splitlines()] == [f"{feed}:3", f"{feed}:4"]
