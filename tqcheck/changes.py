"""Only what changed: `--diff REV` asks git which articles are not as they were, `--only FILE` has a list of their ids.

A file that is one article counts as changed when git says so; a row of JSONL, CSV or TSV when one of its lines was added or edited. A file
that REV does not have, one outside of the repository and one without lines (Parquet) count as changed whole, and so do all rows of a table
whose header changed: when in doubt, an article is checked. What cannot be read is told as ever, changed or not.
"""

from __future__ import annotations

import os
import re
import subprocess
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path

from tqcheck import origin
from tqcheck.article import Article, Problem
from tqcheck.errors import ConfigError
from tqcheck.report.visible import visible

TABLES = (".csv", ".tsv")  # their first line is a header
_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
Ranges = tuple[tuple[float, float], ...]  # first and last changed line, ascending; 3.5 to 3.5 where lines were taken out behind line 3

_EVERYTHING: Ranges = ((1, 2**62),)


class Diff:
    """What differs between a revision and the files as they are now."""

    def __init__(self, revision: str) -> None:
        """Ask git. Raises ConfigError, with the remedy, without a repository, without git, and for a revision that is none."""
        self.passed_over = 0
        self.why = f"unchanged since {visible(revision)}"
        top = _git("rev-parse", "--show-toplevel")
        if top is None:
            raise ConfigError("--diff: this folder is in no git repository: start tqcheck inside the one that holds the articles")
        self._top = os.path.realpath(os.fsdecode(top.rstrip(b"\n")))
        found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if found is None:
            raise ConfigError(f"--diff: git knows no revision '{revision}': fetch it, or in a CI job check out with the whole history")
        self._commit = found.decode().strip()
        self._known = set(_names(self._need("ls-tree", "-r", "-z", "--name-only", "--full-tree", self._commit)))
        changed = _names(self._need("diff", *_PLAIN, "--name-only", "-z", self._commit, "--"))
        deleted = _names(self._need("diff", *_PLAIN, "--name-only", "-z", "--diff-filter=D", self._commit, "--"))
        self._changed = set(changed)
        self._known -= set(deleted)  # gone from the index, perhaps still there as a file: as good as new
        self._file = ""
        self._ranges: Ranges | None = _EVERYTHING

    def only_changed(self, records: Iterable[Article | Problem]) -> Iterator[Article | Problem]:
        """The articles that changed, and all problems. A row ends where the next record of its file begins."""
        waiting: Article | None = None
        for record in records:
            if waiting is not None:
                yield from self._if_changed(waiting, record.origin if isinstance(record, Article) else record.where)
                waiting = None
            if isinstance(record, Article):
                waiting = record
            else:
                yield record
        if waiting is not None:
            yield from self._if_changed(waiting, "")

    def _if_changed(self, article: Article, following: str) -> Iterator[Article]:
        here, there = origin.parse(article.origin), origin.parse(following)
        ranges = self._ranges_of(here.file)
        if here.line is None:
            is_changed = bool(ranges) or ranges is None
        else:
            end = there.line - 1 if there.file == here.file and there.line else 2**62
            is_changed = ranges is None or _meet(ranges, here.line, max(here.line, end))
        if is_changed:
            yield article
        else:
            self.passed_over += 1

    def _ranges_of(self, file: str) -> Ranges | None:
        """The changed lines of a file; None when it changed in a way that has no lines. Those of the last file are kept."""
        if file != self._file:
            self._file, self._ranges = file, self._asked(file)
        return self._ranges

    def _asked(self, file: str) -> Ranges | None:
        path = os.path.relpath(os.path.realpath(file), self._top)
        name = os.fsencode(Path(path).as_posix())
        if name not in self._known:
            return _EVERYTHING
        if name not in self._changed:
            return ()
        patch = self._need("diff", *_PLAIN, "-U0", "--patch", self._commit, "--", f":(top,literal){os.fsdecode(name)}")
        ranges = tuple(_ranges(patch))
        if b"\n@@ " not in patch:
            return None  # binary, or another mode only
        if file.lower().endswith(TABLES) and ranges and ranges[0][0] == 1:
            return _EVERYTHING
        return ranges

    def _need(self, *arguments: str) -> bytes:
        output = _git(*arguments)
        if output is None:
            raise ConfigError(f"--diff: 'git {arguments[0]}' failed: see 'git status'")
        return output


_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--no-relative", "--ignore-submodules")


def _ranges(patch: bytes) -> Iterator[tuple[float, float]]:
    """Each changed stretch of the new file."""
    for hunk in _HUNK.finditer(patch):
        first, count = int(hunk[1]), int(hunk[2] or 1)
        yield (first, first + count - 1) if count else (first + 0.5, first + 0.5)


def _meet(ranges: Ranges, first: int, last: int) -> bool:
    """Whether one of the ranges has a line of first to last."""
    index = bisect_right(ranges, (last, 2**62)) - 1  # the last range that begins in time
    return index >= 0 and ranges[index][1] >= first


def _names(output: bytes) -> list[bytes]:
    return [name for name in output.split(b"\0") if name]


def _git(*arguments: str) -> bytes | None:
    """What git prints; None when it says no. Raises ConfigError without git."""
    try:
        done = subprocess.run(["git", "-c", "core.quotePath=false", *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except (OSError, ValueError) as error:
        raise ConfigError(f"--diff: git cannot be run: {error}: install it, or name the articles with --only") from None
    return done.stdout if done.returncode == 0 else None


class Only:
    """The articles with the ids of a list; in the end it is told which of them the input does not have."""

    def __init__(self, lines: Iterable[str], name: str) -> None:
        """`lines` hold an id each; blank ones are passed over."""
        self._wanted = {line.strip() for line in lines} - {""}
        self._name = name
        self.passed_over = 0
        self.why = f"not in the list {visible(name)}"

    def only_changed(self, records: Iterable[Article | Problem]) -> Iterator[Article | Problem]:
        """The articles whose ids are in the list, all problems, and a problem for each id that no article has."""
        missing = set(self._wanted)
        for record in records:
            if isinstance(record, Problem) or record.id in self._wanted:
                missing.discard(record.id if isinstance(record, Article) else "")
                yield record
            else:
                self.passed_over += 1
        for article_id in sorted(missing):
            yield Problem(self._name, f"the input has no article '{article_id[:60]}': take it from the list, or name its file as INPUT")
