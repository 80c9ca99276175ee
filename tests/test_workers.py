import errno
import itertools
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue

import pytest
from processes_for_tests import PATIENCE, environment

from tqcheck import workers
from tqcheck.errors import ModelError
from tqcheck.workers import CHUNK, QUEUED_CHUNKS_PER_JOB, WorkerError, _start_tracker, end, in_order


class Squares:
    """Dies over 13, and over 7 when it has done something before."""

    def __init__(self):
        self.done = 0

    def __call__(self, number):
        if number == 13 or (number == 7 and self.done):
            os.kill(os.getpid(), signal.SIGKILL)
        if number == 21:
            raise MemoryError
        self.done += 1
        return number * number, os.getpid()


class Pids:
    def __call__(self, _):
        return os.getpid()


class NoModel:
    def __init__(self):
        raise ModelError("there is none")


class Unsendable:
    def __call__(self, _):
        return (letter for letter in ())


def named(number):
    return number, "died"


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_order_and_what_kills_its_process_twice_is_named(jobs):
    made = list(in_order(range(100), Squares, jobs, named))
    assert [entry[0] for entry in made if entry[1] != "died"] == [number * number for number in range(100) if number not in {13, 21}]
    assert [entry for entry in made if entry[1] == "died"] == [(13, "died"), (21, "died")]
    assert len({pid for _, pid in made} - {"died"}) >= 3


def test_nothing_in_is_nothing_out_and_no_process_is_started():
    assert list(in_order([], Squares, 2, named)) == []
    assert multiprocessing.active_children() == []


def test_reading_runs_only_so_far_ahead_and_whoever_stops_leaves_no_process():
    read = itertools.count()
    stream = in_order((next(read) for _ in range(1000)), Pids, 2, named)
    pids = {next(stream) for _ in range(3)}
    assert next(read) <= 2 * CHUNK * QUEUED_CHUNKS_PER_JOB + CHUNK
    stream.close()
    assert not any(os.path.exists(f"/proc/{pid}/exe") for pid in pids)  # noqa: PTH110 - a zombie has none


HELD = """
from tqcheck.workers import in_order
from test_workers import Pids, named
if __name__ == "__main__":
    stream = in_order(range(10**6), Pids, 3, named)
    next(stream)
"""


def test_a_program_that_ends_with_a_stream_in_its_hands_ends(tmp_path):
    script = tmp_path / "held.py"
    script.write_text(HELD)
    env = environment(Path(__file__).parent)
    for _ in range(3):
        done = subprocess.run([sys.executable, script], capture_output=True, env=env, timeout=PATIENCE, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_fork_that_ends_does_not_end_the_processes_of_its_parent():
    stream = in_order(range(1000), Pids, 1, named)
    pid = next(stream)
    fork = multiprocessing.get_context("fork").Process(target=end)
    fork.start()
    fork.join(PATIENCE)
    assert {pid, *stream} == {pid}


FORKED = """
import os, sys
from tqcheck.workers import in_order
from test_workers import Pids, named
if __name__ == "__main__":
    stream = in_order(range(100), Pids, 1, named)
    pid = next(stream)
    if not os.fork():
        sys.exit()
    os.wait()
    print({pid, *stream} == {pid})
"""


def test_a_fork_that_python_did_not_make_ends_without_a_word(tmp_path):
    script = tmp_path / "forked.py"
    script.write_text(FORKED)
    env = environment(Path(__file__).parent)
    done = subprocess.run([sys.executable, script], capture_output=True, env=env, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"True\n", b"")


def nested():
    with pytest.raises(WorkerError, match="allowed to have children: try --jobs 1"):
        list(in_order(range(3), Squares, 1, named))


def test_a_process_that_may_have_no_children_says_so():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.apply(nested)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals")
def test_signals_that_stop_a_run_are_not_for_its_processes_to_hear():
    stream = in_order(range(1000), Pids, 1, named)
    pid = next(stream)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    assert {pid, *stream} == {pid}


def test_a_thread_that_ends_its_own_stream_does_not_wait_for_itself():
    def ended(number):  # in that thread, as the collector of garbage may do
        end()
        return number

    assert list(in_order([13], Squares, 1, ended)) == [13]


def test_where_the_system_gives_no_further_thread_the_run_ends_with_an_error_of_ours(monkeypatch):
    start, begun = threading.Thread.start, []

    def second_fails(thread):
        begun.append(thread)
        if len(begun) > 1:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", second_fails)
    with pytest.raises(WorkerError, match="cannot be started: can't start new thread: try --jobs 1"):
        list(in_order(range(3), Squares, 2, named))
    end()  # that one's thread, which never began, is not waited for
    assert not begun[0].is_alive()


def test_where_the_system_gives_no_further_process_the_run_ends_with_an_error_of_ours(monkeypatch):
    def refused(*_given):
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    _start_tracker()
    monkeypatch.setattr(multiprocessing.util, "spawnv_passfds", refused)
    with pytest.raises(WorkerError, match=f"cannot be started: {os.strerror(errno.EAGAIN)}: try --jobs 1"):
        list(in_order(range(3), Squares, 2, named))


def test_a_process_that_took_longer_to_start_than_anybody_waits_does_not_stay(monkeypatch):
    begun, stopped = threading.Event(), threading.Event()
    make = workers._Process.__init__

    def slowly(process, *given):
        begun.set()
        stopped.wait(PATIENCE)
        make(process, *given)

    monkeypatch.setattr(workers._Process, "__init__", slowly)
    monkeypatch.setattr(workers, "PATIENCE", 0.01)
    chunks, future = SimpleQueue(), Future()
    hand = workers._Hand(NeverReady, chunks, named)
    chunks.put(([1], future))
    assert begun.wait(PATIENCE)
    hand.stop()
    stopped.set()
    hand._thread.join(PATIENCE)
    assert not hand._thread.is_alive()
    assert isinstance(future.exception(), workers._DiedError)


class NeverReady:
    def __init__(self):
        time.sleep(10 * PATIENCE)


def test_an_error_of_ours_at_the_start_of_a_process_is_raised_here():
    with pytest.raises(ModelError, match="there is none"):
        list(in_order(range(3), NoModel, 2, named))
    assert multiprocessing.active_children() == []


def test_a_process_that_cannot_begin_at_all_is_an_error_and_not_started_for_ever():
    with pytest.raises(WorkerError, match="die before they can work"):
        list(in_order(range(300), DiesAtOnce, 2, named))


class DiesAtOnce:
    def __init__(self):
        os._exit(3)


def test_an_error_of_a_worker_can_travel():
    assert str(pickle.loads(pickle.dumps(WorkerError("try --jobs 1")))) == "try --jobs 1"  # noqa: S301 - our own


def test_what_cannot_travel_back_is_named_like_what_kills():
    assert list(in_order(range(2), Unsendable, 1, named)) == [(0, "died"), (1, "died")]
