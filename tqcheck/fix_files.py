"""What `tqcheck fix` does with files: reads them, has their articles fixed, writes them again whole or not at all, and says what it did."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import tqcheck
from tqcheck.article import Article, Problem
from tqcheck.console import unstoppable
from tqcheck.errors import ConfigError, WriteError
from tqcheck.fix import FixedArticle
from tqcheck.read import read_bytes, whole_inputs
from tqcheck.report.jsonformat import dumps
from tqcheck.report.visible import visible
from tqcheck.rewrite import BY_FIELD, CannotFixError, kind_of, rewrite
from tqcheck.whole_file import Unfinished, open_output, refuse_unwritable

if TYPE_CHECKING:
    from tqcheck.read.files import File
    from tqcheck.read.rows import Options

STANDARD = "-"
_CONTEXT = 3

# Fixes the articles of a file of this format, in order; what could not be read passes through
Fixing = Callable[[Iterable[Article | Problem], str], Iterator[FixedArticle | Problem]]


@dataclass(frozen=True)
class FixedFile:
    """A file as it was and as it is fixed; `after` is None when it must not be written."""

    path: str
    name: str
    kind: str
    target: str | None  # where it goes; None when nothing is written
    before: bytes
    after: bytes | None
    articles: tuple[FixedArticle, ...]
    problems: tuple[Problem, ...]

    @property
    def is_changed(self) -> bool:
        """Whether something in it was, or would be, fixed."""
        return self.after is not None and self.after != self.before


@dataclass
class Done:
    """What a run did."""

    files: list[tuple[str, str | None, bool]] = field(default_factory=list)
    fixes: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    articles: int = 0

    def add(self, file: FixedFile | Problem) -> None:
        """Count a file."""
        if isinstance(file, Problem):
            self.problems.append(file)
            return
        self.files.append((file.name, file.target, file.is_changed))
        self.problems += file.problems
        self.articles += len(file.articles)
        for article in file.articles if file.after is not None else ():
            self.fixes += [{"file": file.name, **asdict(fix)} for fix in article.fixes]
            self.left += [
                {"file": file.name, **left.finding.as_dict(), "reason": left.reason, "safety": left.safety} for left in article.left
            ]

    @property
    def changed(self) -> int:
        """How many files were, or would be, changed."""
        return sum(changed for _, _, changed in self.files)

    def summary(self, *, would: bool) -> Iterator[str]:
        """What was done, for a person; with `would`, what would be done."""
        of_files = f"{self.changed} of {len(self.files)} files" if len(self.files) != 1 else "1 file"
        kinds = Counter(fix["rule"] for fix in self.fixes)
        listed = ", ".join(f"{rule} {count}" for rule, count in sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0])))
        made = f"{_count(len(self.fixes), 'fix', 'fixes')} {'would be' if would else ''}".rstrip()
        yield f"{made} made in {of_files} ({listed})" if self.fixes else "nothing to fix"
        if self.left:
            unsafe = sum(left["safety"] == "unsafe" for left in self.left)
            remedy = f"; {unsafe} of them can be fixed with --unsafe-fixes" if unsafe else ""
            yield f"{_count(len(self.left), 'finding')} left for a person{remedy}"

    def report(self) -> str:
        """All of it as JSON."""
        return dumps(
            {
                "version": tqcheck.__version__,
                "files": [{"input": name, "output": target, "changed": changed} for name, target, changed in self.files],
                "fixes": self.fixes,
                "left": self.left,
                "problems": [str(problem) for problem in self.problems],
            },
            indent=2,
        )


def _count(number: int, noun: str, nouns: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {nouns or noun + 's'}"


def fixed_files(  # noqa: PLR0913 - what the command line gives
    inputs: Sequence[str],
    fixing: Fixing,
    options: Options,
    target: Callable[[str, str], str | None],
    *,
    input_format: str | None = None,
    stdin: BinaryIO | None = None,
) -> Iterator[FixedFile | Problem]:
    """Yield each file of the inputs, fixed; a problem for what could not be read at all. `target` says where a file of an input goes."""
    seen: set[str] = set()
    for given in inputs:
        for source in whole_inputs([given], input_format=input_format, stdin=stdin):
            if isinstance(source, Problem):
                yield source
                continue
            file = source[0]
            if (identity := os.path.realpath(file.path)) not in seen:
                seen.add(identity)
                yield _fixed(source, fixing, options, target(given, file.path))


def _fixed(source: tuple[File, str, bytes], fixing: Fixing, options: Options, target: str | None) -> FixedFile:
    file, read_as, raw = source
    kind = kind_of(raw, read_as)
    articles: list[FixedArticle] = []
    problems: list[Problem] = []
    for outcome in fixing(read_bytes(raw, file.name, read_as, options), kind):
        if isinstance(outcome, FixedArticle):
            articles.append(outcome)
            problems += outcome.problems
        else:
            problems.append(outcome)
    after: bytes | None = None
    try:
        if articles or not problems:
            after, failed = rewrite(raw, file.name, read_as, options, articles)
            for number, why in failed.items():
                article = articles[number]
                problems.append(Problem(article.before.origin or article.before.id, why))
                articles[number] = article.undone(why)
    except CannotFixError as error:
        problems.append(Problem(file.name, str(error)))
    return FixedFile(file.path, file.name, kind, target, raw, after, tuple(articles), tuple(problems))


# -- where files go -------------------------------------------------------------------------------------------------------


def targets(inputs: Sequence[str], output: str | None, *, in_place: bool) -> Callable[[str, str], str | None]:
    """What says where a file goes: back to its place, to `output`, or into that as a folder. Raises ConfigError and WriteError."""
    if in_place:
        if STANDARD in inputs:
            raise ConfigError("--in-place: standard input has no place: write to standard output with -o -")
        return lambda _given, path: path
    if output is None:
        return lambda _given, _path: None
    is_folder = (
        output.endswith(("/", os.sep)) or Path(output).is_dir() or len(inputs) > 1 or Path(inputs[0]).is_dir() or _is_pattern(inputs[0])
    )
    if output == STANDARD and is_folder:
        raise ConfigError("-o -: several files cannot go to standard output: name a folder")
    if output != STANDARD:
        refuse_unwritable(Path(output))
    taken: dict[str, str] = {}

    def target(given: str, path: str) -> str:
        if not is_folder:
            where = output
        else:
            name = os.path.relpath(path, given) if Path(given).is_dir() else Path(path).name
            where = str(Path(output) / ("stdin" if path == STANDARD else name))
        if where != STANDARD and os.path.realpath(where) == os.path.realpath(path):
            raise ConfigError(f"-o: {visible(path)} would be overwritten: say --in-place if that is meant")
        if taken.setdefault(os.path.realpath(where), path) != path:
            raise ConfigError(
                f"-o: {visible(path)} and {visible(taken[os.path.realpath(where)])} would both be written to {visible(where)}"
            )
        return where

    return target


def _is_pattern(given: str) -> bool:
    return any(mark in given for mark in "*?[") and not os.path.lexists(given)


class Writing(AbstractContextManager["Writing"]):
    """Files that appear all together, each whole, or not at all: use as a context, then `commit`."""

    def __init__(self, standard: BinaryIO) -> None:
        self._standard = standard
        self._unfinished: list[tuple[Unfinished, Path]] = []
        self._to_standard: list[bytes] = []

    def __exit__(self, *_: object) -> None:
        for file, _target in self._unfinished:
            file.discard()

    def add(self, file: FixedFile | Problem) -> None:
        """Write a file beside its place. Raises WriteError."""
        if isinstance(file, Problem) or file.after is None or file.target is None or (file.target == file.path and not file.is_changed):
            return
        if file.target == STANDARD:
            self._to_standard.append(file.after)
            return
        target = Path(file.target)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = open_output(target, follow=True)
            self._unfinished.append((unfinished, target))
            unfinished.stream.write(file.after)
            unfinished.stream.close()  # there may be more files than can be open
            if file.path != STANDARD:
                unfinished.take_mode(Path(file.path).stat().st_mode & 0o777)
        except OSError as error:
            raise WriteError(f"{visible(str(target))}: cannot be written: {error.strerror}") from error

    def commit(self) -> None:
        """Let the files appear. Raises WriteError."""
        with unstoppable():
            for file, target in self._unfinished:
                try:
                    file.finish()
                except OSError as error:
                    raise WriteError(f"{visible(str(target))}: cannot be written: {error.strerror}") from error
        for content in self._to_standard:
            self._standard.write(content)


# -- what changed, as a diff ----------------------------------------------------------------------------------------------


def diff(file: FixedFile | Problem) -> Iterator[str]:
    """The lines of a unified diff; of the fields of articles, as ruff does for notebooks, where the lines of the file say nothing."""
    if isinstance(file, Problem) or not file.is_changed or file.after is None:
        return
    if file.kind not in BY_FIELD:
        yield from _unified(file.name, file.name, file.before.decode("utf-8", "replace"), file.after.decode("utf-8", "replace"))
        return
    for article in file.articles:
        for name, segment in article.edits:
            place = f"{article.before.where(segment)} {name}{'' if segment is None else f'[{segment}]'}"
            before, after = (getattr(version, name) for version in (article.before, article.after))
            texts = (before, after) if segment is None else (before[segment], after[segment])
            yield from _unified(place, place, *(f"{text}\n" for text in texts))


def _unified(old: str, new: str, before: str, after: str) -> Iterator[str]:
    lines = ([line + "\n" for line in text.split("\n")] for text in (before, after))
    one, other = (_without_last(part, text) for part, text in zip(lines, (before, after), strict=True))
    for line in difflib.unified_diff(one, other, old, new, n=_CONTEXT):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _without_last(lines: list[str], text: str) -> list[str]:
    """Lines with their ends; the last one without, where the text has none."""
    return lines[:-1] if text.endswith("\n") or not text else [*lines[:-1], lines[-1][:-1]]
