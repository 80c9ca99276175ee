"""A progress line on standard error for long work; none when it is piped."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 1.0  # seconds of work before the line appears


@contextmanager
def progress(*, enabled: bool = True) -> Iterator[Callable[[], None]]:
    """Yield a function to call once an article; on a terminal it shows how many are done, after a second of work."""
    if not enabled or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        SpinnerColumn(),
        TextColumn("checking articles"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    started = time.monotonic()
    task = bar.add_task("checking", total=None)

    def step() -> None:
        if not bar.live.is_started and time.monotonic() - started > PATIENCE:
            bar.start()
        bar.advance(task)

    try:
        yield step
    finally:
        bar.stop()
