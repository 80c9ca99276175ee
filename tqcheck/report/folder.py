"""The report folder: an index, a page for each article, and the findings and articles as tables.

    DIR/index.html   DIR/findings.csv   DIR/findings.parquet   DIR/articles.csv   DIR/articles.parquet
    DIR/articles/NAME.html   NAME.json   (NAME.md)

Every file is written beside its place under another name and then moved there: it is whole, or it is not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from tqcheck.article import FeedReport, Report
from tqcheck.errors import WriteError
from tqcheck.report import jsonformat, table
from tqcheck.report.html import IndexPage, article_page
from tqcheck.report.markdown import report_markdown
from tqcheck.report.summary import Summary

LONGEST_SLUG = 80
HASH_DIGITS = 16  # 64 bits: also among a million ids that differ in their hash alone, two equal ones are as good as impossible
WINDOWS_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)\d")
PLAIN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
TEMPORARY = ".tqcheck-"


def safe_name(article_id: str) -> str:
    """Return a file name, without suffix, for an article: equal for equal ids only.

    ASCII letters in lower case, digits, `-` and `_`, at most 97 of them: the same on file systems that fold case or normal
    forms. The id itself when it is such a name; else as much of it as can be kept, with a hash of the id.
    """
    looks_hashed = re.search(rf"-[0-9a-f]{{{HASH_DIGITS}}}$", article_id)  # else an id could take another one's name
    if PLAIN_ID.fullmatch(article_id) and not WINDOWS_DEVICES.fullmatch(article_id) and not looks_hashed:
        return article_id
    slug = re.sub(r"[^a-z0-9_]+", "-", article_id.lower())[:LONGEST_SLUG].strip("-_") or "article"
    digest = hashlib.sha256(article_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{slug}-{digest[:HASH_DIGITS]}"


class ReportFolder:
    """Writes a report folder, article by article. As a context manager it takes away unfinished files when something fails."""

    def __init__(self, path: str | Path, *, markdown: bool = False, explanations: Mapping[str, str] | None = None) -> None:
        """Make the folder and open its tables.

        `explanations` has the manual page of each rule, by name: the pages print it.
        Raises WriteError, before any work is done, when nothing can be written there.
        """
        self._path = Path(path)
        self._articles = self._path / "articles"
        self._markdown = markdown
        self._explanations = explanations or {}
        self._index = IndexPage()
        self._names = _Names()
        self._open: list[_Unfinished] = []
        self._unended: list[table.Table] = []
        with _write_errors(self._path):
            self._make_folders()
            self._findings = self._tables("findings", table.FINDING_COLUMNS)
            self._article_rows = self._tables("articles", table.ARTICLE_COLUMNS)

    def add(self, report: Report) -> str:
        """Write the pages of one article and its rows. Returns the name of its files, without suffix.

        What feed rules found in an article comes after its page was written: it goes to the index and the table of findings.
        """
        if isinstance(report, FeedReport):
            name = safe_name(report.article.id)
            with _write_errors(self._path):
                for row in table.finding_rows(report):
                    _add_row(self._findings, row)
            self._index.add_across(report, f"articles/{name}.html")
            return name
        name = self._names.new(safe_name(report.article.id))
        with _write_errors(self._path):
            self._write(self._articles / f"{name}.json", jsonformat.dumps(report.as_dict(), indent=2) + "\n")
            self._write(self._articles / f"{name}.html", article_page(report, explanations=self._explanations))
            if self._markdown:
                self._write(self._articles / f"{name}.md", report_markdown(report))
            for row in table.finding_rows(report):
                _add_row(self._findings, row)
            _add_row(self._article_rows, table.article_row(report))
        self._index.add(report, f"articles/{name}.html")
        return name

    def close(self, summary: Summary) -> None:
        """Finish the tables and write the index, which is the last file to appear."""
        with _write_errors(self._path):
            while self._unended:
                self._unended[0].end()
                del self._unended[0]
            while self._open:
                self._open[0].finish()
                del self._open[0]
            self._write(self._path / "index.html", self._index.render(summary))

    def abort(self) -> None:
        """Take away the unfinished files. What is finished stays."""
        for one in self._unended:
            one.abandon()
        self._unended.clear()
        while self._open:
            self._open.pop().discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.abort()  # after close there is nothing left to take away

    def _make_folders(self) -> None:
        self._articles.mkdir(parents=True, exist_ok=True)
        if self._articles.is_symlink():
            raise WriteError(f"{self._articles}: is a link to another folder: remove it, or choose another folder with -o")
        for folder in (self._path, self._articles):
            for left_over in folder.glob(f"{TEMPORARY}*"):  # of a run that was killed
                left_over.unlink()

    def _tables(self, name: str, columns: Mapping[str, table.ColumnType]) -> tuple[table.Table, ...]:
        csv_file, parquet_file = self._unfinished(f"{name}.csv"), self._unfinished(f"{name}.parquet")
        tables = table.CsvTable(csv_file.stream, columns), table.ParquetTable(parquet_file.stream, columns)
        self._unended.extend(tables)
        return tables

    def _unfinished(self, name: str) -> _Unfinished:
        file = _Unfinished(self._path / name)
        self._open.append(file)
        return file

    def _write(self, path: Path, text: str) -> None:
        file = _Unfinished(path)
        try:
            file.stream.write(text.encode("utf-8", "replace"))
            file.finish()
        except BaseException:
            file.discard()
            raise


class _Unfinished:
    """A file on its way: it gets its name when it is finished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
        self.stream = cast("BinaryIO", self._temporary.open("xb"))  # x: never into a file or link that someone has put there

    def finish(self) -> None:
        self.stream.close()
        self._temporary.replace(self._path)  # a link of that name is replaced, not followed

    def discard(self) -> None:
        with contextlib.suppress(OSError):
            self.stream.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink()


class _Names:
    """Gives each article of a run a name of its own, also when two have the same id, in memory that does not grow.

    A Bloom filter of 4 MB. Where it errs (in a million articles about once) a name gets a number that it did not need.
    """

    BITS = 1 << 25
    PROBES = 8

    def __init__(self) -> None:
        self._bits = bytearray(self.BITS // 8)
        self._copies: dict[str, int] = {}

    def new(self, name: str) -> str:
        """Return `name`, or `name~2`, `name~3` ... when it has been given before."""
        if not self._seen(name):
            return name
        self._copies[name] = self._copies.get(name, 1) + 1
        return f"{name}~{self._copies[name]}"  # no safe name has a tilde

    def _seen(self, name: str) -> bool:
        digest = hashlib.blake2b(name.encode(), digest_size=4 * self.PROBES).digest()
        seen = True
        for start in range(0, len(digest), 4):
            byte, bit = divmod(int.from_bytes(digest[start : start + 4]) % self.BITS, 8)
            seen = seen and bool(self._bits[byte] >> bit & 1)
            self._bits[byte] |= 1 << bit
        return seen


def _add_row(tables: tuple[table.Table, ...], row: table.Row) -> None:
    for one in tables:
        one.add_row(row)


@contextlib.contextmanager
def _write_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename if error.filename is not None else path
        raise WriteError(f"{os.fspath(place)}: {error.strerror or error}: {_remedy(error)}") from error


def _remedy(error: OSError) -> str:
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        return "there is a file where the report folder should be: choose another folder with -o"
    if isinstance(error, PermissionError):
        return "choose a folder with -o that you may write to"
    return "make room, or choose another folder with -o"
