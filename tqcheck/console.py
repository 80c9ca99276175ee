"""The process and what it hangs on: standard streams that may be closed or break, and signals that stop the run.

Ctrl-C, SIGTERM and SIGHUP raise `StoppedError` where the program stands, so that every context on the way out clears up behind itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from types import FrameType
from typing import Any, TextIO, cast

from tqcheck.errors import WriteError

CLEARING_UP = 3.0  # seconds in which another Ctrl-C is not heard: who is impatient must not leave files behind
AGAIN = 0.05  # seconds after which a stop of which we know that it got lost is raised again
LOST = 1.5  # seconds after which a stop that was not heard may have got lost: it has when nothing holds it any more
HELD = 10.0  # seconds after which it is taken for lost though something holds it
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class StoppedError(KeyboardInterrupt):
    """The run is stopped by a signal. Nothing in between may take it for an error of its own, hence a KeyboardInterrupt."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    @property
    def exit_code(self) -> int:
        """What a shell expects: 130 for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP."""
        return 128 + self.number


def stop_behind(error: BaseException) -> StoppedError | None:
    """The stop over which an error was made: Python's own locks complain when a stop comes just as they are taken or let go of."""
    before = error.__context__
    while before is not None and not isinstance(before, StoppedError):
        before = before.__context__
    return before


@contextlib.contextmanager
def unstoppable() -> Iterator[None]:
    """A moment that is over soon, in whose midst no stop is heard, but after it."""
    if threading.current_thread() is not threading.main_thread():  # which hears nothing anyway
        yield
        return
    heard: list[int] = []
    before = {number: signal.signal(number, lambda number, _frame: heard.append(number)) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in heard[:1]:
            signal.raise_signal(number)


class Console:
    """The standard streams and the signals of a process that is all ours."""

    def __init__(self) -> None:
        self.output_is_closed = sys.stdout is None
        self._stopped: float | None = None
        self._raised: weakref.ref[StoppedError] | None = None
        self._heard = False
        _fill_closed_descriptors()
        # A stream that was closed when the process began is None: `tqcheck report` needs none of them.
        sys.stdin, sys.stdout, sys.stderr = (
            stream or cast("TextIO", open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open until the end
            for stream, mode in ((sys.stdin, "r"), (sys.stdout, "w"), (sys.stderr, "w"))
        )
        sys.stderr = cast("TextIO", _Forgiving(sys.stderr))
        if self.output_is_closed:
            sys.stdout = cast("TextIO", _Closed(sys.stdout))

    def listen(self) -> None:
        """From here on signals are raised: only where they are caught, since one may come in the midst of this. Till then `early` hears."""
        sys.unraisablehook = self._swallowed
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
                signal.signal(number, self._stop)

    def ignore_signals(self) -> None:
        """What comes now comes too late."""
        self._heard = True
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self._heard and (self._stopped is None or now - self._stopped > CLEARING_UP):
            self._stopped = now
            self._raise_again(number, LOST)
            stop = StoppedError(number)
            self._raised = weakref.ref(stop)
            raise stop

    def _swallowed(self, lost: sys.UnraisableHookArgs) -> None:
        """Raise a stop again that came where nothing can be raised, as while a module in C is imported or an object goes away."""
        if not isinstance(lost.exc_value, StoppedError):
            sys.__unraisablehook__(lost)
            return
        self._raise_again(lost.exc_value.number, AGAIN)

    def _is_on_its_way(self) -> bool:
        """Whether the stop that was raised last is still being passed on: what has swallowed it lets go of it."""
        held = self._raised is not None and self._raised() is not None
        return held and self._stopped is not None and time.monotonic() - self._stopped < HELD

    def _raise_again(self, number: int, seconds: float) -> None:
        """Send the signal once more, unless it is heard before: code in C also loses exceptions without a word."""
        if not hasattr(signal, "pthread_kill"):
            return

        def again() -> None:
            if self._heard:
                return
            if self._is_on_its_way():  # a busy machine: what clears up must not be disturbed
                self._raise_again(number, LOST)
                return
            self._stopped = None
            signal.pthread_kill(threading.main_thread().ident or 0, number)

        timer = threading.Timer(seconds, again)
        timer.daemon = True
        with contextlib.suppress(RuntimeError):  # no thread to be had: it is raised now, and must do
            timer.start()


class _Forgiving:
    """Standard error that nobody reads any more (`2>&1 | head`) is no reason to stop: what is said there gets lost."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            drop(2)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            drop(2)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._stream, name)


class _Closed:
    """Standard output that was closed when the process began: a command that has something to say there has failed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        del text
        raise WriteError("standard output is closed: name a file with --output where the command has that option, or open it")

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._stream, name)


def drop(descriptor: int) -> None:
    """Send what is still to come on a descriptor nowhere: what is left in a buffer must not be written again at the end."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


def _fill_closed_descriptors() -> None:
    """Else the next file that is opened, a report perhaps, would become standard output."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
