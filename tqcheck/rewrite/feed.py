"""To come."""

from tqcheck.rewrite.letters import File, Opened


def opened(file: File) -> Opened:
    raise file.cannot("not yet")
