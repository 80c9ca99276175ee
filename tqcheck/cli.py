"""The command line: arguments only. What the commands do is in commands.py.

Exit codes: 0 the gate passes; 1 the gate fails; 2 something could not be checked. Reports go to standard output, everything
else to standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import errno
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import tqcheck
from tqcheck import commands as does
from tqcheck.commands import UNCHECKED
from tqcheck.console import Console, StoppedError, drop, stop_behind
from tqcheck.errors import TqcheckError

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

INTERRUPTED = 130
# For numpy, before it is imported: for small matrices its threads only get in each other's way; --jobs is for speed.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
_SCORE_HELP = (
    "INPUT holds articles with source_segments, source_text, reference_segments or reference_text, or sentence pairs, one a line: "
    '{"id", "lang", "source_lang", "source", "target", "reference"}. Adequacy, in [0, 1], estimates what people would say of how much of '
    "the source's meaning was kept; BLEU, chrF, chrF++ and TER compare with the reference and are sacrebleu's."
)
_COMPARE_HELP = (
    "Articles are matched by their id, without one by their place in the input. Scores (MQM, adequacy where there is a source, BLEU, chrF "
    "and TER where there is a reference) come with p-values of paired bootstrap resampling and paired approximate randomization. A finding "
    "stays when the same rule finds the same words in the same article, wherever they stand now."
)
_FIX_HELP = (
    "The file keeps its format and every byte that is not part of a fix. Safe are, as 'tqcheck rules --format json' says: a headline that "
    "stands again, boilerplate, markup and tokens taken out, blanks at punctuation marks, text decoded wrongly, a word that stands twice, "
    "a name as the house style has it. Exit codes: 0 fixed; 1 with --diff or --check when something would change; 2 when something could "
    "not be read, or a file not be fixed: all others are."
)
_CONFIG_HELP = "default: tqcheck.toml or pyproject.toml here or above"
_DEVICE_HELP = "where a model of sentence-transformers runs, as torch names it; default: auto, a GPU when there is one"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code. Without arguments the process is ours: it takes those of its command line, and its signals."""
    if arguments is not None:
        return _run(arguments, None)
    console = Console()
    try:
        try:
            console.listen()
            return _run(None, console)
        finally:
            console.ignore_signals()
    except StoppedError as stop:  # it came at the very beginning, at the very end, or while an error was told
        console.ignore_signals()
        print("tqcheck: stopped", file=sys.stderr)
        return stop.exit_code


def _run(arguments: Sequence[str] | None, console: Console | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    parsed = argparse.Namespace()
    try:
        parsed = _parser().parse_args(arguments)
        parsed.output_is_closed = console is not None and console.output_is_closed
        with _without_workers_behind():
            code: int = parsed.run(parsed)
        _end_standard_output()
    except SystemExit as end:  # of --help and --version
        return _ended(end, parsed)
    except KeyboardInterrupt as stop:
        return _stopped(stop, parsed, console)
    except Exception as error:
        if (behind := stop_behind(error)) is not None:
            return _stopped(behind, parsed, console)
        if os.environ.get("TQCHECK_TRACEBACK"):
            raise
        return _complain(error, parsed)
    return code


def _stopped(stop: KeyboardInterrupt, parsed: argparse.Namespace, console: Console | None) -> int:
    if console is not None:
        console.ignore_signals()
    print(f"tqcheck: stopped{_how_to_go_on(parsed)}", file=sys.stderr)
    return stop.exit_code if isinstance(stop, StoppedError) else INTERRUPTED


@contextlib.contextmanager
def _without_workers_behind() -> Iterator[None]:
    """End the processes of --jobs on the way out: with an error on its way the stream of their results is still held, and not closed."""
    try:
        yield
    finally:
        if workers := sys.modules.get("tqcheck.workers"):  # imported when it is needed: not for --help
            workers.end()


def _ended(end: SystemExit, parsed: argparse.Namespace) -> int:
    try:
        _end_standard_output()
    except OSError as error:
        return _complain(error, parsed)
    raise end


def _complain(error: Exception, parsed: argparse.Namespace) -> int:
    """One line, whatever went wrong."""
    if isinstance(error, OSError) and error.filename is None:
        drop(1)
    if not isinstance(error, BrokenPipeError):  # of `| head`, which has seen enough
        from tqcheck.report.visible import visible

        print(f"tqcheck: error: {visible(_reason(error))}{_how_to_go_on(parsed)}", file=sys.stderr)
    return UNCHECKED


def _reason(error: Exception) -> str:
    if isinstance(error, TqcheckError):
        return str(error)
    if isinstance(error, OSError):
        if error.errno in {errno.EMFILE, errno.ENFILE}:
            return f"{error.strerror}: let a process open more of them (ulimit -n)"
        place = "standard output" if error.filename is None else os.fsdecode(error.filename)
        return f"{place}: {error.strerror or error}: make room, or name another --output"
    if isinstance(error, MemoryError):
        return "out of memory: make room for it, or ask for fewer --jobs"
    told = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    return f"internal error: {told}: please report it (TQCHECK_TRACEBACK=1 shows where)"


def _end_standard_output() -> None:
    """Write what is in its buffer; that nobody reads it any more changes no verdict."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        drop(1)


def _how_to_go_on(parsed: argparse.Namespace) -> str:
    return ": what is done is kept, the same command with --resume goes on from there" if getattr(parsed, "can_go_on", False) else ""


# -- arguments --------------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, with the near name where an option or command is unknown, and exit code 2."""
        from tqcheck.report.visible import visible

        wrong = re.search(r"unrecognized arguments: (\S+)|invalid choice: '([^']*)'", message)
        if wrong:
            message = self._near(wrong.group(1) or wrong.group(2), message)
        self.exit(UNCHECKED, f"tqcheck: error: {visible(message)} (see '{self.prog} --help')\n")

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Like argparse's own, but a help text that a full disk swallows is an error."""
        if message:
            (file or sys.stderr).write(message)

    def _near(self, wrong: str, message: str) -> str:
        """Name the option, command or choice that the writer may have meant."""
        known = re.findall(r"'([^']+)'", message.partition("choose from")[2])
        option = wrong.partition("=")[0]
        others = [name for name in known or _options_of(self) if name != option]  # it may be an option of another command
        near = difflib.get_close_matches(option, others, n=1, cutoff=0.6)
        return f"{message.partition(' (choose from')[0]}: did you mean '{near[0]}'?" if near else message


def _options_of(parser: argparse.ArgumentParser) -> list[str]:
    """All options of a parser and of its commands: an option that is unknown to a command is reported by the top parser."""
    options: list[str] = []
    for action in parser._actions:  # noqa: SLF001 - argparse has no public list of its options
        options += action.option_strings
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            options += [option for command in action.choices.values() for option in _options_of(command)]
    return sorted(set(options))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="tqcheck", description=tqcheck.__doc__, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"tqcheck {tqcheck.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    check = _command(commands, "check", does.check, "findings on standard output, and a verdict as exit code: the CI gate")
    _add_inputs(check)
    formats = ("text", "json", "jsonl", "markdown", "csv", "tsv", "parquet", "sarif", "junit", "github", "gitlab", "rdjson", "rdjsonl")
    check.add_argument("--format", choices=formats, default="text", help="default: text")
    check.add_argument("-o", "--output", metavar="FILE", help="default: standard output")
    also = "one more report of the same run: --also sarif=tqcheck.sarif; may be given several times"
    check.add_argument("--also", metavar="FORMAT=FILE", type=_format_and_file(formats), action="append", default=[], help=also)
    changed = check.add_mutually_exclusive_group()
    changed.add_argument("--diff", metavar="REV", help="only articles that are not as they were in this revision of git")
    changed.add_argument("--only", metavar="FILE", help="only articles whose ids are in this list, one a line; - for standard input")

    report = _command(commands, "report", does.report, "a report per article, an index, and the findings as tables")
    _add_inputs(report)
    report.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write to")
    report.add_argument("--format", choices=("html", "markdown"), default="html", help="markdown: also an .md per article")
    report.add_argument("--resume", action="store_true", help="go on where a run into DIR was stopped or killed")

    _add_gate_commands(commands)

    score = _command(
        commands, "score", does.score, "how good each segment, article and corpus is, by its source and by a reference", _SCORE_HELP
    )
    _add_reading(score)
    _add_model(score)
    score.add_argument("--format", choices=("text", "json", "jsonl", "csv"), default="text", help="default: text")
    score.add_argument("-o", "--output", metavar="FILE", help="default: standard output")

    compare = _command(commands, "compare", does.compare, "what a new engine or version made better or worse", _COMPARE_HELP)
    compare.add_argument("old", metavar="OLD", help="a file, a folder or a glob pattern: the translations as they were")
    compare.add_argument("new", metavar="NEW", help="the same articles as they are now")
    _add_reading_options(compare)
    _add_rule_options(compare)
    compare.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="default: text")
    compare.add_argument("-o", "--output", metavar="FILE", help="default: standard output")
    compare.add_argument(
        "--fail-on",
        dest="fail_on_new",
        choices=("minor", "major", "critical", "never"),
        help="exit code 1 when NEW has a finding of this severity that OLD has not; default: never",
    )

    _add_shelf_commands(commands)
    return parser


def _add_shelf_commands(commands: Any) -> None:  # noqa: ANN401
    rules = _command(commands, "rules", does.rules, "the rules, a line each")
    rules.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="default: text")
    _add_outside(rules)
    explain = _command(commands, "explain", does.explain, "a rule's manual page")
    explain.add_argument("rule", metavar="RULE")
    _add_outside(explain)
    new = _command(commands, "new", does.new, "a skeleton rule file")
    new.add_argument("rule", metavar="RULE", help="its name, by what is wrong: headline-repeated")
    new.add_argument("--folder", metavar="DIR", help="where to write it; default: tqcheck's own rules")

    evaluate = _command(commands, "eval", does.evaluate, "precision and recall of each rule on labelled articles")
    evaluate.add_argument("gold", nargs="+", metavar="GOLD", help="a gold JSONL file, or a folder of them")
    _add_rule_options(evaluate)
    evaluate.add_argument("--quiet", action="store_true", help="the table only, not each miss and false alarm")

    kept = _command(commands, "cache", does.cache, "what a cache folder holds; --clear empties it")
    kept.add_argument("folder", metavar="DIR", help="the folder of --cache")
    kept.add_argument("--clear", action="store_true", help="take everything away")

    calibrate = _command(commands, "calibrate", does.calibrate, "a sentence model's thresholds, derived and kept in the user's cache")
    calibrate.add_argument("--model", metavar="NAME|PATH", required=True, help="a sentence-transformers model")
    calibrate.add_argument("--device", metavar="DEVICE", help=_DEVICE_HELP)


def _add_gate_commands(commands: Any) -> None:  # noqa: ANN401
    baseline = _command(commands, "baseline", does.baseline, "accept what is there now: only what is new fails a gate with --baseline")
    _add_inputs(baseline, gate=False)
    baseline.add_argument("-o", "--output", metavar="FILE", help="default: standard output")

    fix = _command(commands, "fix", does.fix, "what is wrong made right, where that cannot change what is said", _FIX_HELP)
    _add_reading(fix)
    where = fix.add_mutually_exclusive_group()
    where.add_argument("-o", "--output", metavar="OUT", help="a file; a folder for several; - for standard output")
    where.add_argument("--in-place", action="store_true", help="write each file back to where it was")
    where.add_argument("--diff", action="store_true", help="show what would change and write nothing; exit code 1 when something would")
    where.add_argument("--check", action="store_true", help="the same without showing it")
    fix.add_argument("--unsafe-fixes", action="store_true", help="also fixes that may change what is said")
    fix.add_argument("--report", metavar="FILE", help="what was fixed and what was left, as JSON")
    fix.add_argument("--baseline", metavar="FILE", help="findings that were accepted: they are not fixed")
    _add_rule_options(fix)

    config = _command(commands, "config", does.config_in_force, "the configuration in force, as TOML")
    _add_gate(config)
    _add_rule_options(config)
    config.add_argument("--reference", action="store_true", help="all keys of the configuration, as Markdown")


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str, more: str = "") -> argparse.ArgumentParser:  # noqa: ANN401
    description = f"{text[0].upper()}{text[1:]}. {more}" if more else text
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=description, allow_abbrev=False)
    command.set_defaults(run=run)
    return command


def _add_inputs(command: argparse.ArgumentParser, *, gate: bool = True) -> None:
    _add_reading(command)
    if gate:
        _add_gate(command)
        command.add_argument("--baseline", metavar="FILE", help="findings that were accepted: they neither fail the gate nor weigh")
    _add_rule_options(command)
    whole = "also rules that look at the whole feed: their findings come last, count for the gate and weigh in no score"
    command.add_argument("--feed-rules", action="store_true", default=None, help=whole)


def _add_reading(command: argparse.ArgumentParser) -> None:
    command.add_argument("inputs", nargs="*", metavar="INPUT", help="a file, a folder, a glob pattern, or - for standard input")
    _add_reading_options(command)


def _add_reading_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--input-format",
        metavar="FORMAT",
        help="jsonl, json, csv, tsv, parquet, text, markdown, html, rss, atom, ninjs, newsml, nitf, xliff, tmx, po, xml (any of these by "
        "its root); default: by suffix and content",
    )
    command.add_argument("--lang", metavar="TAG", help="target language (BCP 47) of articles that do not say")
    command.add_argument("--source-lang", metavar="TAG", help="source language of articles that do not say")
    command.add_argument("--columns", metavar="OURS=THEIRS,...", help="other names for our keys: title=headline,text=body")
    command.add_argument("--allow-empty", action="store_true", help="no article at all is not an error")
    command.add_argument("--jobs", type=int, metavar="N", help="processes; default: 1")
    command.add_argument(
        "--article-timeout",
        type=float,
        metavar="SECONDS",
        help="stop and name the rule over which an article takes longer; default: 30",
    )
    command.add_argument("--quiet", action="store_true", help="nothing on standard error but errors")
    command.add_argument("--no-progress", action="store_true", help="no progress bar")


def _add_gate(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--fail-on", choices=("minor", "major", "critical", "never"), help="the gate fails from this severity; default: minor"
    )
    command.add_argument("--fail-under", type=float, metavar="SCORE", help="the gate fails for an article that scores less")


def _add_rule_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--select", type=_names, metavar="RULE,...", help="only these rules")
    command.add_argument("--ignore", type=_names, metavar="RULE,...", help="all but these rules")
    command.add_argument(
        "--glossary", action="append", metavar="FILE", help="the project's terms: CSV, TSV, TBX or TMX; may be given several times"
    )
    command.add_argument("--preview", action="store_true", default=None, help="also rules on probation")
    _add_model(command, config=False)
    _add_outside(command)


def _add_outside(command: argparse.ArgumentParser) -> None:
    """Where rules come from."""
    command.add_argument(
        "--rules", action="append", metavar="PATH", help="rules of your own: a .py file or a folder of them; may be given several times"
    )
    command.add_argument("--config", metavar="FILE", help=_CONFIG_HELP)


def _add_model(command: argparse.ArgumentParser, *, config: bool = True) -> None:
    command.add_argument(
        "--model", metavar="bundled|e5|none|NAME|PATH", help="e5: slower, more accurate; NAME: of sentence-transformers; default: bundled"
    )
    command.add_argument("--device", metavar="DEVICE", help=_DEVICE_HELP)
    command.add_argument("--cache", metavar="DIR", help="a folder that keeps what was found: what has not changed is not checked again")
    if config:
        command.add_argument("--config", metavar="FILE", help=_CONFIG_HELP)


def _format_and_file(formats: Sequence[str]) -> Callable[[str], tuple[str, str]]:
    def parse(text: str) -> tuple[str, str]:
        from tqcheck.errors import unknown

        name, _, file = text.partition("=")
        if name not in formats:
            raise argparse.ArgumentTypeError(unknown("format", name, formats))
        if not file:
            raise argparse.ArgumentTypeError(f"'{text}' is not FORMAT=FILE, as in sarif=tqcheck.sarif")
        return name, file

    return parse


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


if __name__ == "__main__":
    sys.exit(main())
