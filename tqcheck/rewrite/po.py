"""To come."""

from collections.abc import Sequence

from tqcheck.rewrite.letters import Change, File


def rewrite(file: File, changes: Sequence[Change]) -> bytes:
    raise file.cannot("not yet")
