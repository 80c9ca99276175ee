"""`python -m tqcheck` is `tqcheck`.

Worker processes import this module again, under another name.
"""

import sys

from tqcheck import early


def main() -> int:
    """Run the command of the command line; returns the exit code. From the first line on a signal ends it without a traceback."""
    early.listen()
    from tqcheck.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
