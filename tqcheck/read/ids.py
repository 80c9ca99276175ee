"""Which ids this run has already seen, and where, in memory that does not grow with the feed."""

from __future__ import annotations

import sqlite3
from hashlib import blake2b

from tqcheck.errors import ReadError


class Seen:
    """Keys with the place of their first use, in a private temporary database that SQLite removes by itself."""

    def __init__(self) -> None:
        # "" is a database that lives in SQLite's page cache and spills to an unnamed temporary file. The generator that
        # owns it may be handed from one thread to another, but never runs in two at once.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -4000", "locking_mode = EXCLUSIVE"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, place TEXT) WITHOUT ROWID")
        self._db.execute("BEGIN")  # one transaction that is never committed: nothing here outlives the run

    def first(self, key: str, place: str) -> str | None:
        """None when `key` is new (now it is known), or else the place of its first use.

        Raises ReadError when the temporary folder is full.
        """
        digest = blake2b(key.encode("utf-8", "surrogateescape"), digest_size=16).digest()  # an id may be a megabyte long
        try:
            if self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (digest, place)).rowcount:
                return None
            return str(self._db.execute("SELECT place FROM seen WHERE key = ?", (digest,)).fetchone()[0])
        except sqlite3.OperationalError as error:
            raise ReadError(f"the table of article ids: {error}; point SQLITE_TMPDIR at a folder with more room") from error

    def close(self) -> None:
        """Give the memory and the temporary file back."""
        self._db.close()
