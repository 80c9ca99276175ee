"""What a run has done so far, on disk, so that one that was killed can go on where it stopped.

A line for each article or problem, in the order of the input, when its pages stand in the folder: a digest of what was read, what was made
of it, and digests of the pages. The first line says with which settings. A run that goes on reads its input anew, takes from the journal
what was done, and so makes the same tables and the same index as if nothing had happened. A line that was cut is done anew; an input that
has changed meanwhile, or other settings, are refused: the report would be of two minds.

Each line is a checksum and JSON. The journal goes away with the end of the run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Self

import tqcheck
from tqcheck import calibration, embed, outcomes, static_model, tables
from tqcheck.article import Article, Problem, Report
from tqcheck.config import Options
from tqcheck.errors import ConfigError
from tqcheck.records import from_plain, to_plain, values_from_plain

NAME = ".tqcheck.journal"
FORMAT = 2
NEUTRAL = frozenset({"jobs", "cache"})  # options that change no byte of a report
_BEGIN_ANEW = "leave --resume out to check everything anew"


_NO_ARTICLE = Article("")


@dataclass(frozen=True)
class Entry:
    """What was done with one article or problem."""

    given: str  # a digest of it as it was read
    outcome: Report | Problem  # the report without its article
    changed: Mapping[str, Any]  # the fields of the article that are not as they were read
    pages: Mapping[str, str]  # suffix -> digest

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Read a line of the journal. Raises ValueError when it is none."""
        plain = _parsed(line)
        if not isinstance(plain, dict) or not isinstance(plain.get("given"), str) or not isinstance(plain.get("pages"), dict):
            raise ValueError("is no entry")  # noqa: TRY004 - one kind for all
        outcome = from_plain(Problem, plain["problem"]) if "problem" in plain else from_plain(Report, plain.get("report"))
        return cls(plain["given"], outcome, values_from_plain(Article, plain.get("changed", {})), plain["pages"])

    def line(self) -> dict[str, Any]:
        """The entry as the journal has it."""
        outcome = {"problem" if isinstance(self.outcome, Problem) else "report": to_plain(self.outcome)}
        return {"given": self.given, "changed": to_plain(self.changed), "pages": dict(self.pages), **outcome}

    def of(self, article: Article | Problem) -> Report | Problem:
        """What was made of the article."""
        if isinstance(self.outcome, Problem) or isinstance(article, Problem):
            return self.outcome
        return replace(self.outcome, article=replace(article, **self.changed))


class Journal:
    """Reads what a killed run left, and writes what this one does."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self._path = folder / NAME
        self._settings = dict(settings)
        self._file: BinaryIO | None = None
        self._length = 0  # of the lines that are whole

    def entries(self) -> Iterator[Entry]:
        """Yield what a killed run has done; nothing where there was none. Raises ConfigError when it had other settings, and OSError."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except OSError:  # there is none, or a link that someone has put there
            return
        with os.fdopen(descriptor, "rb") as file:
            head = _parsed(file.readline()) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
            if not isinstance(head, dict) or head.get("journal") != FORMAT or not isinstance(head.get("settings"), dict):
                return
            self._refuse_other(head["settings"])
            self._length = file.tell()
            for line in file:
                try:
                    entry = Entry.from_line(line)
                except ValueError:  # it was cut, or is not ours: from here on all is done anew
                    return
                yield entry
                self._length += len(line)

    def _refuse_other(self, settings: Mapping[str, Any]) -> None:
        names = sorted(name for name in {*settings, *self._settings} if settings.get(name) != self._settings.get(name))
        if names:
            raise ConfigError(
                f"--resume: the run that stopped in {self._path.parent} had other settings ({', '.join(names)}): "
                f"give it the same ones, or {_BEGIN_ANEW}"
            )

    def refuse_changed(self, given: Article | Problem | None) -> NoReturn:
        """Raise ConfigError: what is read now is not what the killed run had read."""
        where = "the end of the input" if given is None else f"{given.origin or given.id if isinstance(given, Article) else given.where}"
        raise ConfigError(f"--resume: {where}: the input is not the one of the run that stopped: restore it, or {_BEGIN_ANEW}")

    def begin(self) -> None:
        """Go on behind the last entry that was read, or else anew. Raises OSError."""
        if self._length:
            self._file = self._path.open("r+b")
            self._file.truncate(self._length)
            self._file.seek(self._length)
            return
        self._path.unlink(missing_ok=True)
        self._file = self._path.open("xb")
        self._write({"journal": FORMAT, "settings": self._settings})

    def add(self, article: Article | Problem, outcome: Report | Problem, pages: Mapping[str, str]) -> None:
        """Note what was made of an article that was read, when its pages are written. Raises OSError."""
        changed: dict[str, Any] = {}
        if isinstance(outcome, Report):
            both = ((field.name, getattr(outcome.article, field.name), getattr(article, field.name)) for field in fields(Article))
            changed = {name: now for name, now, before in both if now != before}
            outcome = replace(outcome, article=_NO_ARTICLE)
        self._write(Entry(digest(article), outcome, changed, pages).line())

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._file is not None:
            content = json.dumps(line, ensure_ascii=True).encode()
            self._file.write(b"%s %s\n" % (page_digest(content).encode(), content))
            self._file.flush()

    def close(self, *, finished: bool) -> None:
        """Close the file; a run that is finished needs it no more."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full disk, which has been told
                self._file.close()
            self._file = None
            if finished:
                self._path.unlink(missing_ok=True)

    @property
    def is_begun(self) -> bool:
        """Whether a run that stops now can go on later."""
        return self._file is not None


def _parsed(line: bytes) -> Any:  # noqa: ANN401
    """The JSON value of a whole line; None for one that was cut or damaged."""
    checksum, _, content = line.removesuffix(b"\n").partition(b" ")
    try:
        return json.loads(content) if line.endswith(b"\n") and checksum == page_digest(content).encode() else None
    except (ValueError, RecursionError):
        return None


def digest(given: Article | Problem) -> str:
    """What tells an article or a problem from any other."""
    plain = json.dumps([type(given).__name__, to_plain(given)], sort_keys=True)
    return hashlib.blake2b(plain.encode(), digest_size=16).hexdigest()


def page_digest(content: bytes) -> str:
    """What tells a page, or a line, from any other."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def settings(options: Options, **more: str) -> dict[str, str]:
    """All but the input that a report depends on, in pieces that can be named when they differ."""
    own_way = {*NEUTRAL, "extra_rules", "tables"}
    told = {field.name: to_plain(getattr(options, field.name)) for field in fields(options) if field.name not in own_way}
    told |= {"extra_rules": [[file.rule, file.digest] for file in options.extra_rules]}
    told |= {"glossary": options.glossary.digest, "model": [options.model, *_model(options.model)]}
    told |= {"version": tqcheck.__version__, "tables": tables.digest(options.tables), "rules in force": _code(options), **more}
    return {name.replace("_", "-"): json.dumps(value, sort_keys=True) for name, value in told.items()}


def _model(name: str) -> list[str]:
    """What tells a model, and the thresholds that were found for it, from others."""
    if name in {embed.NONE, embed.E5}:
        return []
    if name == embed.BUNDLED:
        return [static_model.bundled().version]
    version = embed.version_of(name)
    return [version, str(calibration.stored(name, version))]


def _code(options: Options) -> str:
    """A digest of the program and of the rules from outside: what is edited between two runs must not be mixed."""
    package = Path(tqcheck.__file__).parent
    files = {Path(rule.check.__code__.co_filename) for rule in options.chosen_rules()}
    found = hashlib.sha256(outcomes.program())
    for path in sorted(file for file in files if file.is_file() and not file.is_relative_to(package)):
        found.update(path.read_bytes() + b"\0")
    return found.hexdigest()[:16]
