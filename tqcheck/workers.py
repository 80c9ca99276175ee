"""Work done by several processes, with its results in order, that loses nothing when a process dies.

Each process has a pipe of its own and a thread here that gives it one chunk at a time, so that it is known over what it died: those
things are done once more, each alone, and one over which the process dies again is named. When this process is killed, the others end by
themselves. Signals that stop a run are for this process alone to hear: the others are born deaf to them and are killed when they are no
longer wanted, at the latest when this process ends, before Python waits for its children and freezes its threads.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from tqcheck.errors import TqcheckError

CHUNK = 8  # things that travel to a process together
QUEUED_CHUNKS_PER_JOB = 3  # how far reading may run ahead of the work: this bounds the memory, and what a kill costs
STARTS = 2  # how often a process is started before the run ends because it dies at once
PATIENCE = 1.0  # seconds in which a process that was killed is gone
_STOPS = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}

Given = TypeVar("Given")
Made = TypeVar("Made")


class _DiedError(Exception):
    """The process is gone."""


class WorkerError(TqcheckError):
    """Processes cannot be started."""


class _Process(Generic[Given, Made]):
    """A process that does chunks, and the pipe to it."""

    def __init__(self, make: Callable[[], Callable[[Given], Made]]) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy threads and locks in an unknown state
        self._make = make
        with _limits_named():
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_work, args=(theirs,), daemon=True)
            try:
                self._process.start()
            finally:
                theirs.close()
        self.is_fresh = True

    def wait_until_ready(self) -> None:
        """Wait until it has made what it works with. Raises _DiedError, and what was raised there."""
        self._ask(self._make)  # not as an argument of the process: start() would wait forever for one that dies before it reads much

    def do(self, chunk: Sequence[Given]) -> list[Made]:
        """What it makes of each thing. Raises _DiedError."""
        self.is_fresh = False
        made: list[Made] = self._ask(chunk)
        return made

    def _ask(self, given: Any) -> Any:  # noqa: ANN401
        try:
            self._pipe.send(given)
            fine, answer = self._pipe.recv()
        except (EOFError, OSError):
            raise _DiedError from None
        if not fine:
            raise answer
        return answer

    def kill(self) -> None:
        """Kill it, whatever it is doing; whoever waits for an answer learns that it died."""
        self._process.kill()

    def forget(self) -> None:
        """In a fork: this is the parent's child."""
        multiprocessing.process._children.discard(self._process)  # type: ignore[attr-defined] # noqa: SLF001 - Python does so in its own forks

    def close(self) -> None:
        """Kill it, and give back what it took. Only for the thread that talks to it."""
        self._process.kill()
        self._process.join(PATIENCE)  # and no close(): Python, which waits for its children at its end, takes a closed one for an error
        self._pipe.close()


class _Hand(Generic[Given, Made]):
    """A thread that has one process do the chunks of a queue, and replaces the process when it dies."""

    def __init__(self, make: Callable[[], Callable[[Given], Made]], chunks: SimpleQueue[Any], failed: Callable[[Given], Made]) -> None:
        self._make = make
        self._chunks = chunks
        self._failed = failed
        self._process: _Process[Given, Made] | None = None
        self._stopped = False
        self._changing = threading.RLock()  # of the two above; the stream of results may be collected, and so closed, in this thread
        self._thread = threading.Thread(target=self._run, daemon=True)
        _HANDS.add(self)
        with _limits_named():
            self._thread.start()

    def stop(self) -> None:
        """End the process, whatever it is doing, and soon after the thread."""
        self._stopped = True
        self._chunks.put(None)
        if self._changing.acquire(timeout=PATIENCE):  # in vain only where a process cannot even be started
            try:
                self._obey()
            finally:
                self._changing.release()

    def _obey(self) -> None:
        """Kill the process when it is no longer wanted: it may have taken longer to start than stop() waits."""
        if self._stopped and self._process is not None:
            self._process.kill()

    def join(self) -> None:
        """Wait for the thread's end."""
        if self._thread is not threading.current_thread() and self._thread.is_alive():  # a stop may come before it is started
            self._thread.join(2 * PATIENCE)
        _HANDS.discard(self)

    def forget(self) -> None:
        """In a fork, where there is no such thread: what ends here must not end the process too."""
        process, self._process = self._process, None
        if process is not None:
            process.forget()

    def _run(self) -> None:
        _become_deaf()  # processes inherit it
        while (task := self._chunks.get()) is not None:
            chunk, future = task
            try:
                future.set_result(self._done(chunk))
            except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
                future.set_exception(error)
        self._end()

    def _done(self, chunk: Sequence[Given]) -> list[Made]:
        try:
            return self._started().do(chunk)
        except _DiedError:
            self._end()
        return [self._done_alone(thing) for thing in chunk]

    def _done_alone(self, thing: Given) -> Made:
        """What is made of a thing by a process that has nothing else to do; when it dies and had done others before, by a new one."""
        for _ in range(2):
            process = self._started()
            was_fresh = process.is_fresh
            try:
                return process.do([thing])[0]
            except _DiedError:
                self._end()
                if was_fresh:
                    break
        if self._stopped:
            raise _DiedError
        return self._failed(thing)

    def _started(self) -> _Process[Given, Made]:
        """The process, which has made what it works with: the one that there is, or a new one."""
        for _ in range(STARTS):
            with self._changing:
                if self._stopped:
                    raise _DiedError
                if self._process is not None:
                    return self._process
                self._process = _Process(self._make)
                self._obey()
            try:
                self._process.wait_until_ready()
            except _DiedError:
                self._end()
            except BaseException:
                self._end()
                raise
        if self._process is None:
            raise WorkerError(
                "the processes that --jobs starts die before they can work (out of memory? a script without "
                "'if __name__ == \"__main__\":'?): try --jobs 1"
            )
        return self._process

    def _end(self) -> None:
        with self._changing:
            process, self._process = self._process, None
        if process is not None:
            process.close()


def in_order(
    things: Iterable[Given], make: Callable[[], Callable[[Given], Made]], jobs: int, failed: Callable[[Given], Made]
) -> Iterator[Made]:
    """Yield what `make()` makes of each thing, in order, in `jobs` processes; `failed(thing)` for one that kills its process twice.

    `make` and the things travel to the processes. Raises what `make()` raises there, and WorkerError when a process dies of it.
    """
    _start_tracker()
    stream = iter(things)
    chunks: SimpleQueue[Any] = SimpleQueue()
    hands: list[_Hand[Given, Made]] = []
    waiting: deque[Future[list[Made]]] = deque()
    try:
        for _ in range(jobs):
            hands.append(_Hand(make, chunks, failed))  # noqa: PERF401 - those that there are must end when the next cannot be started
        while True:
            while len(waiting) < jobs * QUEUED_CHUNKS_PER_JOB and (chunk := list(itertools.islice(stream, CHUNK))):
                waiting.append(Future())
                chunks.put((chunk, waiting[-1]))
            if not waiting:
                return
            yield from waiting.popleft().result()
    finally:
        end(hands)


@contextlib.contextmanager
def _limits_named() -> Iterator[None]:
    """Where the system gives no process, thread or pipe: it is not the output that is at fault."""
    try:
        yield
    except (OSError, RuntimeError, AssertionError) as error:  # of a thread, and of a daemon, which may have no children
        why = (error.strerror if isinstance(error, OSError) else None) or error
        raise WorkerError(f"the processes that --jobs asks for cannot be started: {why}: try --jobs 1") from error


_HANDS: set[_Hand[Any, Any]] = set()  # all that there are


def end(hands: Iterable[_Hand[Any, Any]] = _HANDS) -> None:
    """Kill processes, by default all, and wait for the threads that talk to them."""
    hands = tuple(hands)
    for hand in hands:
        hand.stop()
    for hand in hands:
        hand.join()


def _forget() -> None:
    """In a fork: the processes are its parent's to end, and to wait for, which multiprocessing would do at its end."""
    for hand in _HANDS:
        hand.forget()
    _HANDS.clear()


# What was stopped may hold on to a stream of results until Python is half gone: then no thread runs any more that could let go of a lock.
# multiprocessing, imported above, has registered itself before, so that this comes first.
atexit.register(end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def _become_deaf() -> None:
    """Let the signals that stop a run pass by this thread, and all processes that it starts."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)


def _start_tracker() -> None:
    """Start the helper process of multiprocessing before the others, deaf as they are: starting it lets signals through again."""
    if os.name == "posix":
        from multiprocessing import resource_tracker

        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        try:
            with _limits_named():
                resource_tracker.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


# -- in the process -----------------------------------------------------------------------------------------------------


def _work(pipe: Connection) -> None:
    """Receive what makes the work, then do chunks until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            threading.Thread(target=_end_with_parent, daemon=True).start()
            work = pipe.recv()()
        except Exception as error:  # noqa: BLE001 - it is raised where the results are waited for
            pipe.send((False, _sendable(error)))
            return
        pipe.send((True, None))
        while True:
            chunk = pipe.recv()
            pipe.send((True, [work(thing) for thing in chunk]))
    except (EOFError, OSError):  # the other end is gone, and with it whoever wanted the results
        return
    except Exception:  # noqa: BLE001 - out of memory, or results that cannot travel: the other end tries again, then names the article
        os._exit(1)


def _end_with_parent() -> None:
    """Also in the midst of its work, a process whose parent was killed must not stay."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _sendable(error: Exception) -> Exception:
    if isinstance(error, TqcheckError):
        return error
    return WorkerError(f"a process that --jobs started cannot work: {type(error).__name__}: {error}: try --jobs 1")
