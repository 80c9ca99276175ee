"""Rules from outside: files and folders that `rules` names, and installed packages with the entry-point group `tqcheck.rules`.

    [tool.tqcheck]
    rules = ["./my_rules", "checks/dummy_left.py"]         # or extra-rules, where [tool.tqcheck.rules.NAME] holds options

    [project.entry-points."tqcheck.rules"]                  # in the pyproject.toml of a package of rules
    my-rules = "my_rules"                                   # a rule module, or a package of them

A rule file looks like those of `tqcheck/rules`, and its name is the rule's. In a folder every `.py` file is a rule, but for tests
(`test_*.py`, `*_test.py`, `conftest.py`) and what begins with an underscore. A file stands by itself: it may import what is installed, but
not its neighbours; rules that share code are a package. It is read once, when the options are made: its bytes travel to the worker
processes, and are part of the signature of a report.

Code runs because somebody named it: on the command line, in the configuration, or by installing it. A configuration is looked for in the
working folder and above, never beside an input; one that was found there, but belongs to another user, may not name code. One that lies
in a folder full of downloaded things is obeyed by whoever runs tqcheck in that folder: `--config` names another.

What cannot be loaded is an error before anything is read: a gate without one of its rules would be green for nothing.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from tqcheck.errors import ConfigError

GROUP = "tqcheck.rules"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NO_RULE = re.compile(r"_.*|test_.*|.*_test|conftest")


@dataclass(frozen=True)
class RuleFile:
    """A rule's file as it was when the options were made."""

    path: str
    source: bytes = field(repr=False)

    @property
    def rule(self) -> str:
        """The name of its rule."""
        return Path(self.path).stem.replace("_", "-")

    @property
    def digest(self) -> str:
        """A short hash of its bytes."""
        return hashlib.sha256(self.source).hexdigest()[:8]


class OutsideModule(NamedTuple):
    """A rule module, how messages name it, and what tells it from its next version."""

    module: ModuleType
    where: str
    version: str


def read(paths: Iterable[str | Path], known: Iterable[RuleFile] = ()) -> tuple[RuleFile, ...]:
    """The files of rules that paths name, after those that are known already. Raises ConfigError with the remedy."""
    found = {Path(file.path).resolve(): file for file in known}
    for path in paths:
        for file in _files(Path(path)):
            found.setdefault(file.resolve(), RuleFile(str(file), _source(file)))
    return tuple(found.values())


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(file for file in path.glob("*.py") if not _NO_RULE.fullmatch(file.stem))
        if not files:
            raise ConfigError(f"rules: {path}: the folder holds no rule: 'tqcheck new RULE --folder {path}' writes one")
    elif path.suffix != ".py":
        raise ConfigError(f"rules: {path}: there is no such folder, and no file of a rule: name a .py file, or a folder of them")
    else:
        files = [path]
    for file in files:
        if not _NAME.fullmatch(file.stem):
            raise ConfigError(f"rules: {file}: is no name of a rule: rename it in lower case with underscores, as in headline_repeated.py")
    return files


def _source(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"rules: {file}: cannot be read: {error.strerror}: mend the path, or take it out of 'rules'") from error


def modules(files: Iterable[RuleFile]) -> Iterator[OutsideModule]:
    """The rule modules of installed packages, and of some files. Raises ConfigError for one that cannot be imported."""
    yield from _packaged()
    for file in files:
        yield OutsideModule(_loaded(file), f"rule file {file.path}", file.digest)


def _loaded(file: RuleFile) -> ModuleType:
    """The module of a file, made of the bytes that were read: the file itself may have changed since."""
    path = Path(file.path).absolute()
    key = hashlib.sha256(b"\0".join((str(path).encode(), file.source))).hexdigest()[:16]
    name = f"tqcheck.outside.{key}.{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        exec(compile(file.source, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102 - the user named this code
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ConfigError(
            f"rule file {file.path}: cannot be imported: {_told(error, str(path))}: mend it, or take it out of 'rules' (a rule file may "
            "import what is installed, not its neighbours)"
        ) from error
    return module


def _told(error: BaseException, path: str) -> str:
    """An error in one line, with the line of the file that it came from."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} (line {error.lineno})"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return " ".join(f"{type(error).__name__}: {error}".split()) + (f" (line {lines[-1]})" if lines else "")


@cache
def _packaged() -> tuple[OutsideModule, ...]:
    """The rule modules of all installed packages that have some."""
    return tuple(found for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name) for found in _of_package(entry))


def _of_package(entry: EntryPoint) -> Iterator[OutsideModule]:
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
    where = f"entry point '{entry.name}' of the package {package}"
    remedy = "mend, update or uninstall the package"
    try:
        loaded = entry.load()
        if not isinstance(loaded, ModuleType):
            raise TypeError(f"'{entry.value}' is {type(loaded).__name__}, not a rule module or a package of them")  # noqa: TRY301
        names = [name for _, name, is_package in pkgutil.iter_modules(getattr(loaded, "__path__", ())) if not is_package]
        names = [name for name in names if not _NO_RULE.fullmatch(name)]
        found = [importlib.import_module(f"{loaded.__name__}.{name}") for name in sorted(names)] or [loaded]
    except (Exception, SystemExit) as error:
        raise ConfigError(f"{where}: cannot be loaded: {_told(error, '')}: {remedy}") from error
    for module in found:
        yield OutsideModule(module, f"{where} ({module.__name__})", package)
