"""What can go wrong, as a tree.

    TqcheckError            anything tqcheck raises on purpose; the command line turns it into one line and exit code 2
    ├── ConfigError         an option, a rule name or a configuration file that makes no sense
    ├── ReadError           an input that cannot be read at all (one bad row is a Problem, not an error: the rest is still checked)
    │   └── EmptyInputError an input that holds nothing: what a writer that failed leaves behind
    ├── ModelError          a sentence model that is missing, broken or refused
    └── WriteError          an output that cannot be written

Every message names the thing (file, option, rule), the reason, and what to do about it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class TqcheckError(Exception):
    """The base of all errors that tqcheck raises on purpose."""


class ConfigError(TqcheckError):
    """An option, rule name or configuration file that makes no sense."""


class ReadError(TqcheckError):
    """An input that cannot be read at all, or only up to `line`."""

    def __init__(self, message: str = "", line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class EmptyInputError(ReadError):
    """An input that holds nothing."""


class ModelError(TqcheckError):
    """A sentence model that is missing, broken or refused."""


class WriteError(TqcheckError):
    """An output that cannot be written."""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that `name` is no known `kind`, and which known name the writer may have meant."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    remedy = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
    return f"unknown {kind} '{name}': {remedy}"
