"""`python -m tqcheck` is `tqcheck`."""

import sys

from tqcheck.cli import main

if __name__ == "__main__":  # worker processes import this module again
    sys.exit(main())
