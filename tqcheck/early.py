"""What a signal does before the program is there to hear it: while Python loads it, nothing is begun, so that it can just end.

Python's own answer to Ctrl-C in the midst of an import is a traceback. `console.py` takes over when the command line is read.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # signal itself takes a while to import, and this is a matter of milliseconds
import os

_STOPS = tuple(getattr(_signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(_signal, name))


def listen() -> None:
    """End at once, with one line and the exit code that a shell expects, when a signal comes. Only for a process that is all ours."""
    for number in _STOPS:
        if _signal.getsignal(number) != _signal.SIG_IGN:  # nohup means it
            _signal.signal(number, _end)


def _end(number: int, _frame: object) -> None:
    try:  # noqa: SIM105 - contextlib is more to import
        os.write(2, b"tqcheck: stopped\n")
    except OSError:  # standard error is closed
        pass
    os._exit(128 + number)
