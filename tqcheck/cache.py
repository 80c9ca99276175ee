"""A folder that keeps what was computed: bytes by key, in one SQLite file that may be lost, shared, killed or damaged at any time.

    DIR/tqcheck-1.sqlite3      (1 is the version of its layout)     DIR/.gitignore

What is kept is never run: no pickles, and no entry is taken that does not carry the checksum of its key and content. An entry that is
damaged is absent; a file that is damaged is made anew. Several processes may read and write at once (SQLite's write-ahead log), and
one that is killed while it writes leaves the entries of before. When the disk is full or the folder cannot be written, that is said
once on standard error, and the run goes on without.

SQLite was measured against LMDB with 20,000 entries of 0.4 to 3 kB: 9 against 4 µs to keep one, 6 against 2 to find it, where checking
an article takes some milliseconds; and where a file was cut in half SQLite says so, but LMDB takes the process with it (SIGBUS).
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tqcheck.errors import ConfigError

FILE = "tqcheck-1.sqlite3"
MOST_BYTES = 4 << 30  # of the file: some two million articles; what was asked for longest ago goes first
KEPT_WHEN_FULL = 0.9  # of that
A_WHILE = 7  # days after which it is written again that an entry was asked for: each day would cost more than finding it
PENDING = 128  # entries that are written together: a run that is killed loses no more than these
PATIENCE = 20.0  # seconds to wait for another process that writes
_CHECKSUM = 16  # bytes before each content
_MOST_ASKED = 4096  # whose day waits to be written
_DAY = 86_400
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_FAILURES = (sqlite3.Error, UnicodeDecodeError)  # the latter where the words of an error quote what is damaged
_TABLES = """
CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, day INTEGER NOT NULL, content BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS entries_by_day ON entries (day);
"""


class Cache:
    """Entries of a folder. After a failure that is no damage it holds nothing, takes nothing, and says so once."""

    def __init__(self, folder: str | Path, *, most_bytes: int = MOST_BYTES, quiet: bool = False) -> None:
        """Open the cache of a folder, or make it. Raises ConfigError when there can be no such folder; `quiet` hides later failures."""
        self._folder = Path(folder)
        self._path = self._folder / FILE
        self._most_bytes = most_bytes
        self._quiet = quiet
        self._pending: dict[bytes, bytes] = {}
        self._asked: set[bytes] = set()  # entries whose day is to be set to today
        self._today = int(time.time() // _DAY)
        self._database: sqlite3.Connection | None = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{folder}: the cache's folder cannot be made: {error.strerror}: name another with --cache") from None
        self._open()

    def get(self, key: bytes) -> bytes | None:
        """The content under a key; None when there is none, or a damaged one."""
        if (content := self._pending.get(key)) is not None:
            return content
        try:
            row = self._database.execute("SELECT day, content FROM entries WHERE key = ?", (key,)).fetchone() if self._database else None
        except _FAILURES as error:
            self._failed(error)
            return None
        if (
            row is None
            or not isinstance(row[0], int)
            or not isinstance(row[1], bytes)
            or row[1][:_CHECKSUM] != checksum(key, row[1][_CHECKSUM:])
        ):
            return None
        if not row[0] <= self._today < row[0] + A_WHILE:
            self._asked.add(key)
            if len(self._asked) >= _MOST_ASKED:
                self.flush()
        return row[1][_CHECKSUM:]

    def put(self, key: bytes, content: bytes) -> None:
        """Keep a content; it is written with the next ones."""
        if self._database is not None:
            self._pending[key] = content
            if len(self._pending) >= PENDING:
                self.flush()

    def flush(self) -> None:
        """Write what waits, all of it or nothing, and take the oldest away where there is too much."""
        if self._database is None or not (self._pending or self._asked):
            return
        rows = [(key, self._today, checksum(key, content) + content) for key, content in self._pending.items()]
        asked = [(self._today, key) for key in self._asked]
        self._pending.clear()
        self._asked.clear()
        try:
            self._write(self._database, rows, asked)
        except _FAILURES as error:
            self._failed(error)

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self.flush()
        if self._database is not None:
            self._database.close()
            self._database = None

    def __len__(self) -> int:
        try:
            return int(self._database.execute("SELECT count(*) FROM entries").fetchone()[0]) if self._database else 0
        except _FAILURES as error:
            self._failed(error)
            return 0

    def clear(self) -> None:
        """Take everything away."""
        self._pending.clear()
        self._asked.clear()
        if self._database is not None:
            self._database.close()
            self._database = None
        self._remove()

    # -- the file -------------------------------------------------------------------------------------------------------

    def _files(self) -> Iterable[Path]:
        return (self._path.with_name(f"{FILE}{suffix}") for suffix in ("", "-wal", "-shm", "-journal"))

    def _remove(self) -> None:
        for path in self._files():
            path.unlink(missing_ok=True)

    def _open(self, *, anew: bool = False) -> None:
        database = None
        try:
            if anew:
                self._remove()
            ignore = self._folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
            database = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.executescript(_TABLES)
            database.execute("PRAGMA user_version = 1")  # whether it can be written shows now
        except (*_FAILURES, OSError) as error:
            if database is not None:
                database.close()
            if _is_damage(error) and not anew:
                self._open(anew=True)
            else:
                self._give_up(error)
            return
        self._database = database

    def _write(self, database: sqlite3.Connection, rows: list[tuple[bytes, int, bytes]], asked: list[tuple[int, bytes]]) -> None:
        with _transaction(database):
            database.executemany("UPDATE entries SET day = ? WHERE key = ?", asked)
            database.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", rows)
        while (used := _bytes_used(database)) > self._most_bytes:
            number = database.execute("SELECT count(*) FROM entries").fetchone()[0]
            surplus = int(number * (1 - KEPT_WHEN_FULL * self._most_bytes / used)) + 1
            # Of one day's entries the vectors go first: a report takes less room, and more time to make.
            oldest = "SELECT rowid FROM entries ORDER BY day, substr(key, 1, 1) != x'76', rowid LIMIT ?"
            with _transaction(database):
                if not database.execute(f"DELETE FROM entries WHERE rowid IN ({oldest})", (surplus,)).rowcount:  # noqa: S608 - no text from outside
                    return

    def _failed(self, error: sqlite3.Error | UnicodeDecodeError) -> None:
        if _code(error) == sqlite3.SQLITE_BUSY:  # another process writes for long: what waited is not kept
            return
        if self._database is not None:
            self._database.close()
            self._database = None
        if _is_damage(error):
            self._open(anew=True)
        else:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self._pending.clear()
        self._asked.clear()
        if not self._quiet:
            self._quiet = True
            reason = error.strerror if isinstance(error, OSError) else str(error)
            print(f"tqcheck: the cache {str(self._folder)!r} is not used: {reason}", file=sys.stderr)  # noqa: T201 - the run goes on


class _transaction:  # noqa: N801 - used like a function
    """All or nothing; the connection's own context manager does not begin one."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._database.execute("COMMIT")
        elif self._database.in_transaction:  # SQLite has rolled back itself where the disk was full
            self._database.execute("ROLLBACK")


def checksum(key: bytes, content: bytes) -> bytes:
    """What stands before a content in the file."""
    return hashlib.blake2b(content, key=key[:64], digest_size=_CHECKSUM).digest()


def _bytes_used(database: sqlite3.Connection) -> int:
    pages, free, size = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size"))
    return int((pages - free) * size)


def _code(error: BaseException) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits say more of the same


def _is_damage(error: BaseException) -> bool:
    return _code(error) in _DAMAGED or isinstance(error, UnicodeDecodeError)


def describe(folder: str, *, clear: bool) -> str:
    """What a folder keeps, in a line; with `clear` it keeps nothing afterwards. Raises ConfigError when it is no cache."""
    path = Path(folder) / FILE
    if not path.is_file():
        raise ConfigError(f"{folder}: holds no {FILE}: name a folder that was given as --cache")
    kept = Cache(folder)
    number = len(kept)
    kept.close()
    told = f"{number:,} entries, {path.stat().st_size / 1e6:,.1f} MB of {MOST_BYTES / 1e6:,.0f} MB: {path}"
    if clear:
        kept.clear()
    return f"cleared: {told}" if clear else told
