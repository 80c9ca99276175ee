"""The report folder: an index, a page for each article, and the findings and articles as tables.

    DIR/index.html   DIR/findings.csv   DIR/findings.parquet   DIR/articles.csv   DIR/articles.parquet
    DIR/articles/NAME.html   NAME.json   (NAME.md)
    DIR/problems.csv, when something could not be checked: all of it, while the index names the first

Every file is whole, or it is not there (whole_file.py); one run at a time writes to a folder; one that was killed can go on (journal.py).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tqcheck.article import Article, FeedReport, Problem, Report
from tqcheck.errors import WriteError
from tqcheck.journal import Journal, digest, page_digest
from tqcheck.report import jsonformat, table
from tqcheck.report.html import IndexPage, article_page
from tqcheck.report.markdown import report_markdown
from tqcheck.report.summary import Summary
from tqcheck.whole_file import LockedFolder, WholeFile, remove_left_overs, write_whole

Outcome = Report | Problem

LONGEST_SLUG = 80
HASH_DIGITS = 16  # 64 bits: also among a million ids that differ in their hash alone, two equal ones are as good as impossible
WINDOWS_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)\d")
PLAIN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
PROBLEMS = "problems.csv"
PROBLEM_COLUMNS: Mapping[str, table.ColumnType] = {"where": "text", "rule": "text", "reason": "text"}


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
        self._open: list[WholeFile] = []
        self._unended: list[table.Table] = []
        self._problems: table.CsvTable | None = None
        self._journal: Journal | None = None
        self._standing: Mapping[str, str] = {}  # the pages of the next article that a killed run wrote: suffix -> digest
        self._pages: dict[str, str] = {}  # those of the last article
        self.taken_over = 0  # articles and problems that a killed run had done
        with _write_errors(self._path):
            self._path.mkdir(parents=True, exist_ok=True)
            self._lock = LockedFolder(self._path)
            try:
                self._make_folders()
                self._findings = self._tables("findings", table.FINDING_COLUMNS)
                self._article_rows = self._tables("articles", table.ARTICLE_COLUMNS)
            except BaseException:
                self.abort()
                raise

    def outcomes(
        self,
        given: Iterable[Article | Problem],
        check: Callable[[Iterator[Article | Problem]], Iterator[Outcome]],
        settings: Mapping[str, str],
        *,
        resume: bool = False,
    ) -> Iterator[Outcome]:
        """Yield what `check` makes of what is given, and keep a journal of it; with `resume` what a killed run has done is not done again.

        The caller adds each report before it asks for the next. `settings` is all that the report depends on.
        Raises ConfigError when a run is to go on that had other settings or another input.
        """
        self._journal = journal = Journal(self._path, settings)
        stream = iter(given)
        read: deque[Article | Problem] = deque()  # and not yet checked
        checked = check(_noted(stream, read))
        for entry in journal.entries() if resume else ():
            found = next(stream, None)
            if found is None or digest(found) != entry.given:
                journal.refuse_changed(found)
            self._standing = entry.pages
            yield entry.of(found)
            self.taken_over += 1
        self._standing = {}
        with _write_errors(self._path):
            journal.begin()
        for outcome in checked:
            self._pages = {}
            yield outcome
            with _write_errors(self._path):
                journal.add(read.popleft(), outcome, self._pages)

    @property
    def can_go_on(self) -> bool:
        """Whether a run that stops now can go on with --resume."""
        return self._journal is not None and self._journal.is_begun

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
            self._page(name, "json", lambda: jsonformat.dumps(report.as_dict(), indent=2) + "\n")
            self._page(name, "html", lambda: article_page(report, explanations=self._explanations))
            if self._markdown:
                self._page(name, "md", lambda: report_markdown(report))
            for row in table.finding_rows(report):
                _add_row(self._findings, row)
            _add_row(self._article_rows, table.article_row(report))
        for problem in report.problems:
            self.add_problem(problem)
        self._index.add(report, f"articles/{name}.html")
        return name

    def add_problem(self, problem: Problem) -> None:
        """Write what could not be checked to a table of its own."""
        with _write_errors(self._path):
            if self._problems is None:
                self._problems = table.CsvTable(self._unfinished(PROBLEMS).stream, PROBLEM_COLUMNS)
            self._problems.add_row({"where": problem.where, "rule": problem.rule, "reason": problem.reason})

    def close(self, summary: Summary) -> None:
        """Finish the tables and write the index, which is the last file to appear."""
        with _write_errors(self._path):
            if self._problems is None:
                (self._path / PROBLEMS).unlink(missing_ok=True)  # of a run before
            while self._unended:
                self._unended[0].end()
                del self._unended[0]
            while self._open:
                self._open[0].finish()
                del self._open[0]
            write_whole(self._path / "index.html", self._index.render(summary).encode("utf-8", "replace"))
            if self._journal is not None:
                self._journal.close(finished=True)
        self._lock.release()

    def abort(self) -> None:
        """Take away the unfinished files. What is finished stays, and so does the journal."""
        for one in self._unended:
            one.abandon()
        self._unended.clear()
        while self._open:
            self._open.pop().discard()
        if self._journal is not None:
            self._journal.close(finished=False)
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.abort()  # after close there is nothing left to take away

    def _make_folders(self) -> None:
        if self._articles.is_symlink():
            raise WriteError(f"{self._articles}: is a link to another folder: remove it, or choose another folder with -o")
        self._articles.mkdir(exist_ok=True)
        for folder in (self._path, self._articles):
            remove_left_overs(folder)

    def _tables(self, name: str, columns: Mapping[str, table.ColumnType]) -> tuple[table.Table, ...]:
        csv_file, parquet_file = self._unfinished(f"{name}.csv"), self._unfinished(f"{name}.parquet")
        tables = table.CsvTable(csv_file.stream, columns), table.ParquetTable(parquet_file.stream, columns)
        self._unended.extend(tables)
        return tables

    def _unfinished(self, name: str) -> WholeFile:
        file = WholeFile(self._path / name)
        self._open.append(file)
        return file

    def _page(self, name: str, suffix: str, render: Callable[[], str]) -> None:
        """Write a page, unless a killed run has written it and it is still the same."""
        path = self._articles / f"{name}.{suffix}"
        standing = self._standing.get(suffix)
        if standing is not None and _digest_of(path) == standing:
            return
        content = render().encode("utf-8", "replace")
        write_whole(path, content)
        self._pages[suffix] = page_digest(content)


def _noted(given: Iterator[Article | Problem], read: deque[Article | Problem]) -> Iterator[Article | Problem]:
    """What is given, and also put into `read` until it is checked."""
    for one in given:
        read.append(one)
        yield one


def _digest_of(page: Path) -> str | None:
    """The digest of a page that stands in the folder; None when there is none."""
    try:
        return None if page.is_symlink() else page_digest(page.read_bytes())
    except OSError:
        return None


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
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return "choose a folder with -o that you may write to"
    return "make room, or choose another folder with -o"
