"""The command line: arguments only. What the commands do is in the modules they call.

Exit codes: 0 the gate passes; 1 the gate fails; 2 something could not be checked. Reports go to standard output, everything
else to standard error.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import tqcheck
from tqcheck.errors import ConfigError, ReadError, TqcheckError, WriteError

PASSED, FAILED, UNCHECKED, INTERRUPTED = 0, 1, 2, 130
# For numpy, before it is imported: for small matrices its threads only get in each other's way; --jobs is for speed.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
PROBLEMS_SHOWN = 20  # of one kind; the rest are counted
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
_DEVICE_HELP = "where a model of sentence-transformers runs, as torch names it; default: auto, a GPU when there is one"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    parsed = _parser().parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
        sys.stdout.flush()
    except TqcheckError as error:
        return _complain(error)
    except BrokenPipeError:  # `| head` has seen enough
        _drop_standard_output()
        return UNCHECKED
    except OSError as error:
        _drop_standard_output()
        return _complain(WriteError(f"standard output cannot be written: {error.strerror}"))
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _drop_standard_output() -> None:
    """What is left in its buffer must not be written again when the interpreter exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(error: TqcheckError) -> int:
    from tqcheck.report.visible import visible

    print(f"tqcheck: error: {visible(str(error))}", file=sys.stderr)
    return UNCHECKED


# -- commands ---------------------------------------------------------------------------------------------------------


def _check(parsed: argparse.Namespace) -> int:
    from tqcheck.report import stream_writer

    outputs = [(parsed.format, parsed.output), *parsed.also]
    files = [os.path.realpath(file) for _, file in outputs if file not in {None, "-"}]
    if len(set(files)) < len(files) or sum(file in {None, "-"} for _, file in outputs) > 1:
        raise ConfigError("--also: two reports would be written to the same place: give each a file of its own")
    writers = [(file, lambda out, name=name: stream_writer(name, out)) for name, file in outputs]
    return _run_gate(parsed, writers, measure=any(name == "json" for name, _ in outputs))


def _baseline(parsed: argparse.Namespace) -> int:
    from tqcheck.baseline import BaselineWriter

    made: list[BaselineWriter] = []

    def writer(out: Any) -> BaselineWriter:  # noqa: ANN401
        made.append(BaselineWriter(out))
        return made[0]

    code = _run_gate(parsed, [(parsed.output, writer)], measure=False)
    if not parsed.quiet:
        print(f"tqcheck: {_count(made[0].findings, 'finding')} accepted from now on", file=sys.stderr)
    return PASSED if code == FAILED else code  # what is there is accepted: there is no gate


def _run_gate(parsed: argparse.Namespace, outputs: Sequence[tuple[str | None, Callable[[Any], Any]]], *, measure: bool) -> int:
    """Read, check, write and judge: what `check` and `baseline` do. `outputs`: a file, and what makes a writer to it."""
    from tqcheck.report import Tally

    options = _options(parsed)
    _refuse_missing_inputs(parsed)
    accepted = _accepted(parsed, options)
    from tqcheck import pipeline  # after the inputs were looked at: it may load a model

    tally = Tally(may_be_empty=parsed.allow_empty)
    changed = _changed(parsed)
    articles = _articles(parsed, options)
    outcomes = pipeline.check(changed.only_changed(articles) if changed else articles, options, measure=measure)
    with ExitStack() as files:
        writers = [make(files.enter_context(_output(file))) for file, make in outputs]
        listeners = [writer.add_problem for writer in writers if hasattr(writer, "add_problem")]
        for outcome in _told(_with_feed(outcomes, options, parsed), tally, parsed, accepted, listeners):
            for writer in writers:
                writer.add(outcome)
        if changed and changed.passed_over:
            tally.may_be_empty = True
            if not parsed.quiet:
                print(f"tqcheck: {_count(changed.passed_over, 'article')} passed over: {changed.why}", file=sys.stderr)
        for writer in writers:
            writer.close(tally.summary())
    return _exit_code(tally, parsed, accepted)


def _report(parsed: argparse.Namespace) -> int:
    from tqcheck.report import Tally
    from tqcheck.report.folder import ReportFolder
    from tqcheck.rules import all_rules

    options = _options(parsed)
    _refuse_missing_inputs(parsed)
    accepted = _accepted(parsed, options)
    explanations = {rule.id: rule.manual for rule in all_rules().values()}
    tally = Tally(may_be_empty=parsed.allow_empty)
    with ReportFolder(parsed.output, markdown=parsed.format == "markdown", explanations=explanations) as folder:
        from tqcheck import pipeline

        outcomes = pipeline.check(_articles(parsed, options), options)
        for outcome in _told(_with_feed(outcomes, options, parsed), tally, parsed, accepted):
            folder.add(outcome)
        summary = tally.summary()
        folder.close(summary)
    if not parsed.quiet:
        index = Path(parsed.output) / "index.html"
        counted = f"{summary.articles} articles, {summary.findings} findings, {summary.failed} failed, {summary.problems} not checked"
        print(f"{counted}: open {index}", file=sys.stderr)
    return _exit_code(tally, parsed, accepted)


def _fix(parsed: argparse.Namespace) -> int:
    from functools import partial

    from tqcheck import fix_files
    from tqcheck.fix import Fixer
    from tqcheck.read.rows import Options as Reading

    options = _options(parsed)
    _refuse_missing_inputs(parsed)
    would = parsed.diff or parsed.check
    if not (would or parsed.in_place or parsed.output):
        raise ConfigError("where should the fixed text go? -o OUT, --in-place, or --diff to see it first")
    target = fix_files.targets(parsed.inputs, parsed.output, in_place=parsed.in_place)
    accepted = _accepted(parsed, options)
    from tqcheck import pipeline

    fixer = Fixer(options, unsafe=parsed.unsafe_fixes, baseline=accepted) if options.jobs == 1 else None

    def fixing(articles: Any, kind: str) -> Iterator[Any]:  # noqa: ANN401
        if fixer is None:
            return pipeline.each(
                articles, partial(Fixer, options, unsafe=parsed.unsafe_fixes, baseline=accepted, input_format=kind), options
            )
        fixer.input_format = kind
        return pipeline.each(articles, lambda: fixer, options)

    reading = Reading(options.columns, options.lang, options.source_lang, allow_empty=parsed.allow_empty)
    done = fix_files.Done()
    with fix_files.Writing(sys.stdout.buffer) as writing:
        for file in fix_files.fixed_files(parsed.inputs, fixing, reading, target, input_format=parsed.input_format):
            done.add(file)
            if parsed.diff:
                _print_diff(fix_files.diff(file))
            elif not would:
                writing.add(file)
        if parsed.report:
            with _output(parsed.report) as out:
                out.write(f"{done.report()}\n")
        writing.commit()
    return _tell_fixed(done, parsed, would=would)


def _print_diff(lines: Iterator[str]) -> None:
    """As it is for `patch`; a person's terminal must not obey what stands in it."""
    from tqcheck.report.visible import visible

    for line in lines:
        print(visible(line.removesuffix("\n")) if sys.stdout.isatty() else line.removesuffix("\n"))


def _tell_fixed(done: Any, parsed: argparse.Namespace, *, would: bool) -> int:  # noqa: ANN401
    from tqcheck.report.visible import visible

    for problem in done.problems[:PROBLEMS_SHOWN]:
        print(f"tqcheck: {visible(str(problem))}", file=sys.stderr)
    if len(done.problems) > PROBLEMS_SHOWN:
        print(f"tqcheck: and {len(done.problems) - PROBLEMS_SHOWN} more problems", file=sys.stderr)
    if not (done.problems or done.articles or parsed.allow_empty):
        return _nothing_checked()
    if not parsed.quiet:
        for line in done.summary(would=would):
            print(f"tqcheck: {line}", file=sys.stderr)
    if done.problems:
        return UNCHECKED
    return FAILED if would and done.changed else PASSED


def _config(parsed: argparse.Namespace) -> int:
    from tqcheck import config
    from tqcheck.config_reference import effective, reference
    from tqcheck.report.visible import visible

    options = _options(parsed)
    if parsed.reference:
        print(reference())
        return PASSED
    found = Path(parsed.config) if parsed.config else config.discover(Path.cwd())
    print(f"# {visible(str(found)) if found else 'no tqcheck.toml and no [tool.tqcheck] here or above: the defaults'}")
    print(effective(options))
    return PASSED


def _score(parsed: argparse.Namespace) -> int:
    options = _options(parsed, pairs=True)
    _refuse_missing_inputs(parsed)
    from tqcheck import scoring
    from tqcheck.embed import load_vectors
    from tqcheck.report.scores import score_writer

    corpus = scoring.Corpus()
    vectors = load_vectors(options.model, device=options.device)
    signature = scoring.signature(vectors.name if vectors else "none")
    outcomes = scoring.score(_articles(parsed, options, pairs=True), options)
    with _output(parsed.output) as out:
        writer = score_writer(parsed.format, out)
        for article in _told(outcomes, corpus, parsed):
            writer.add(article)
        writer.close(corpus.scores(), signature)
    if corpus.problems:
        return UNCHECKED
    return PASSED if corpus.articles or parsed.allow_empty else _nothing_checked()


def _compare(parsed: argparse.Namespace) -> int:
    options = _options(parsed, pairs=True)
    from tqcheck import compare, pipeline, significance
    from tqcheck.article import Severity
    from tqcheck.config import house_style
    from tqcheck.embed import load_vectors
    from tqcheck.report import comparison as report
    from tqcheck.rules import choose

    rules = choose(options.select, options.ignore, preview=options.preview)
    made_by = pipeline.signature(options, rules, load_vectors(options.model, device=options.device), house_style(options))
    sides = (compare.Side(parsed.old), compare.Side(parsed.new))
    for side in sides:
        measured = compare.measure(_articles(parsed, options, inputs=[side.given], pairs=True), options)
        for _ in _told(measured, side, parsed):
            pass
    compared = compare.compare(*sides, options.weights)
    with _output(parsed.output) as out:
        report.write(parsed.format, compared, out, f"{made_by}|{significance.SIGNATURE}")
    if not compared.articles:
        print("tqcheck: error: OLD and NEW have no article in common: articles are matched by their id", file=sys.stderr)
        return UNCHECKED
    if any(side.problems for side in sides):
        return UNCHECKED
    worst = compared.worst_new
    is_gated = parsed.fail_on_new not in {None, "never"} and worst is not None
    return FAILED if is_gated and worst is not None and worst.rank >= Severity(parsed.fail_on_new).rank else PASSED


def _rules(parsed: argparse.Namespace) -> int:
    from tqcheck.rules import all_rules

    rules = all_rules().values()
    if parsed.format == "json":
        keys = ("id", "severity", "mqm", "preview", "needs_vectors", "fix", "summary")
        print(json.dumps([{key: getattr(rule, key) for key in keys} for rule in rules], indent=2, ensure_ascii=False))
        return PASSED
    if parsed.format == "markdown":
        print("| rule | severity | what is wrong | MQM |\n| --- | --- | --- | --- |")
        for rule in rules:
            name = f"`{rule.id}`{' (preview)' if rule.preview else ''}"
            print(f"| {name} | {rule.severity} | {rule.summary} | {rule.mqm} |")
        return PASSED
    width = max(len(rule.id) for rule in rules)
    for rule in rules:
        state = "preview" if rule.preview else "stable"
        print(f"{rule.id:{width}}  {rule.severity:8}  {state:7}  {rule.summary}")
    return PASSED


def _explain(parsed: argparse.Namespace) -> int:
    from tqcheck.errors import unknown
    from tqcheck.rules import all_rules

    if parsed.rule not in all_rules():
        raise ConfigError(unknown("rule", parsed.rule, all_rules()))
    rule = all_rules()[parsed.rule]
    print(f"{rule.id} ({rule.severity}, MQM {rule.mqm})\n\n{rule.manual}")
    if rule.needs_vectors:
        print(f"\nNeeds a sentence model{'' if rule.needs_vectors is True else f' for one part: {rule.needs_vectors}'}.")
    if rule.fix != "unsafe":
        when = {"blanks": ", where only blanks change", "style": ", where the house style asks for it"}.get(rule.fix, "")
        sure = f", from a confidence of {rule.fix_from:g}" if rule.fix_from else ""
        print(f"\nFixed by `tqcheck fix`{when}{sure}.")
    if rule.options:
        print("\nOptions ([tool.tqcheck.rules." + rule.id + "]):")
        for name, default in rule.options.items():
            print(f"  {name.replace('_', '-')} = {default}")
    for title, examples in (("Found", rule.bad), ("Right, so silent", rule.good), ("Missed so far", rule.missed)):
        print(f"\n{title}:")
        for example in examples:
            head = f"{example.title} / " if example.title else ""
            style = "; ".join(f"{form}, not {' or '.join(others)}" for form, others in example.prefer.items())
            asked = f" (glossary: {' / '.join(example.glossary.splitlines()[1:])})" if example.glossary else ""
            print(f"  {example.lang}: {head}{' / '.join(example.text.split(chr(10) * 2))}{style and f' (house style: {style})'}{asked}")
    return PASSED


def _new(parsed: argparse.Namespace) -> int:
    from tqcheck import skeleton
    from tqcheck.rules import __path__ as shelf

    folder = Path(parsed.folder or shelf[0])
    path = skeleton.write(parsed.rule, folder)
    print(f"{path}: change it, then run its examples: python -m pytest tests/test_rules.py -k {parsed.rule}", file=sys.stderr)
    return PASSED


def _eval(parsed: argparse.Namespace) -> int:
    from tqcheck.evaluate import evaluate

    result = evaluate(parsed.gold, _options(parsed))
    for line in result.lines(details=not parsed.quiet):
        print(line)
    for problem in result.problems:
        print(f"tqcheck: {problem}", file=sys.stderr)
    return UNCHECKED if result.problems else PASSED


def _calibrate(parsed: argparse.Namespace) -> int:
    from tqcheck import calibration
    from tqcheck.embed import calibrate_model

    found, version = calibrate_model(parsed.model, device=parsed.device)
    limits = found.thresholds
    from_same, from_possibly = (f"finds {share:.0%} of {found.same_pairs}" for share in (found.same_found, found.possibly_found))
    print(f"model {parsed.model}")
    print(f"same       {limits.same:.3f}  {from_same} headlines in other words")
    print(f"possibly   {limits.possibly:.3f}  {from_possibly}; both were chosen on {found.different_pairs} pairs of different headlines")
    print(f"unrelated  {limits.unrelated:.3f}  chosen on {found.across_pairs} pairs of texts in two of {found.languages} languages")
    sys.stdout.flush()
    print(f"stored in {calibration.store(parsed.model, version, found)}", file=sys.stderr)
    return PASSED


# -- what the commands share ------------------------------------------------------------------------------------------


def _options(parsed: argparse.Namespace, *, pairs: bool = False) -> Any:  # noqa: ANN401 - Options, whose module is not imported for --help
    from tqcheck import config

    found = Path(parsed.config) if parsed.config else config.discover(Path.cwd())
    options = config.load(found) if found else config.Options()
    names = (
        "preview",
        "feed_rules",
        "fail_on",
        "fail_under",
        "model",
        "device",
        "lang",
        "source_lang",
        "jobs",
        "select",
        "ignore",
        "glossary",
        "baseline",
    )
    given = {name: getattr(parsed, name, None) for name in names}
    options = config.override(options, {name: value for name, value in given.items() if value is not None})
    if getattr(parsed, "columns", None):
        from tqcheck.read import parse_columns

        options = replace(options, columns=parse_columns(parsed.columns, pairs=pairs))
    from tqcheck.embed import NONE, check_name

    if options.model != NONE:
        check_name(options.model)
    return options


def _refuse_missing_inputs(parsed: argparse.Namespace) -> None:
    if not parsed.inputs:
        raise ReadError("no input: name a file, a folder, a glob pattern, or '-' for standard input")


def _changed(parsed: argparse.Namespace) -> Any:  # noqa: ANN401 - Diff, Only, or None
    given = getattr(parsed, "only", None)
    if getattr(parsed, "diff", None) is not None:
        if "-" in parsed.inputs:
            raise ConfigError("--diff: git knows nothing of standard input: name a file, or use --only")
        from tqcheck.changes import Diff

        return Diff(parsed.diff)
    if given is None:
        return None
    if given == "-" and "-" in parsed.inputs:
        raise ConfigError("--only: standard input holds the articles already: put the ids in a file")
    from tqcheck.changes import Only

    try:
        raw = sys.stdin.buffer.read() if given == "-" else Path(given).read_bytes()
        return Only(raw.decode("utf-8-sig").split("\n"), given)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"--only: {given}: the list cannot be read: {reason}: give a file with an article's id a line") from None


def _accepted(parsed: argparse.Namespace, options: Any) -> Any:  # noqa: ANN401 - Baseline, or None
    from tqcheck.baseline import named

    return named(options) if hasattr(parsed, "baseline") else None  # `tqcheck baseline` makes one, and takes none


def _articles(parsed: argparse.Namespace, options: Any, *, inputs: Sequence[str] = (), pairs: bool = False) -> Iterator[Any]:  # noqa: ANN401
    from tqcheck.read import read

    return read(
        inputs or parsed.inputs,
        columns=options.columns,
        lang=options.lang,
        source_lang=options.source_lang,
        input_format=parsed.input_format,
        allow_empty=parsed.allow_empty,
        pairs=pairs,
    )


def _told(
    outcomes: Iterator[Any],
    tally: Any,  # noqa: ANN401
    parsed: argparse.Namespace,
    accepted: Any = None,  # noqa: ANN401
    listeners: Sequence[Callable[[Any], None]] = (),
) -> Iterator[Any]:
    """Reports, counted and shown as progress; problems go to standard error, the first of each kind in full.

    `accepted` takes the findings of a baseline away; `listeners` hear of what could not be read.
    """
    from tqcheck.article import Problem
    from tqcheck.progress import progress
    from tqcheck.report.visible import visible

    told = 0
    with progress(enabled=not (parsed.quiet or parsed.no_progress)) as step:
        for outcome in outcomes:
            problems = (outcome,) if isinstance(outcome, Problem) else outcome.problems
            for problem in problems:
                told += 1
                if told <= PROBLEMS_SHOWN:
                    print(f"tqcheck: {visible(str(problem))}", file=sys.stderr)
            step()
            if isinstance(outcome, Problem):
                tally.add_problem(outcome)
                for tell in listeners:
                    tell(outcome)
            else:
                outcome = accepted.accept(outcome) if accepted else outcome  # noqa: PLW2901
                tally.add(outcome)
                yield outcome
    if told > PROBLEMS_SHOWN:
        print(f"tqcheck: and {told - PROBLEMS_SHOWN} more problems", file=sys.stderr)


def _with_feed(outcomes: Iterator[Any], options: Any, parsed: argparse.Namespace) -> Iterator[Any]:  # noqa: ANN401
    """The outcomes, and after them what feed rules find, when they are asked for."""
    from tqcheck.feed_store import FeedStore, across
    from tqcheck.report.visible import visible

    with FeedStore(options) as store:
        yield from across(outcomes, store)
        for note in () if parsed.quiet else store.notes[:PROBLEMS_SHOWN]:
            print(f"tqcheck: {visible(note)}", file=sys.stderr)


def _exit_code(tally: Any, parsed: argparse.Namespace, accepted: Any = None) -> int:  # noqa: ANN401
    summary = tally.summary()
    if summary.suppressed and not parsed.quiet:
        number = f"{summary.suppressed} finding{'s are' if summary.suppressed > 1 else ' is'}"
        print(f"tqcheck: {number} ignored by the configuration, for reasons given there", file=sys.stderr)
    if accepted and not parsed.quiet:
        _tell_accepted(accepted, parsed)
    if not (summary.problems or summary.articles or summary.may_be_empty):
        return _nothing_checked()
    code: int = summary.exit_code
    return code


def _tell_accepted(accepted: Any, parsed: argparse.Namespace) -> None:  # noqa: ANN401
    """How many findings the baseline took away, and how many of its own are gone: it should shrink, and nobody else says so."""
    from tqcheck.report.visible import visible

    print(f"tqcheck: {_count(accepted.accepted, 'finding')} accepted by the baseline {visible(str(accepted.path))}", file=sys.stderr)
    here, away = accepted.gone()
    if here:
        print(f"tqcheck: {_count(here, 'accepted finding')} gone: update the baseline with 'tqcheck baseline'", file=sys.stderr)
    if away and not here and not (getattr(parsed, "diff", None) or getattr(parsed, "only", None)):
        print(f"tqcheck: {_count(away, 'accepted finding')} of articles that are not in this input", file=sys.stderr)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun} is" if number == 1 else f"{number} {noun}s are"


def _nothing_checked() -> int:
    print("tqcheck: error: nothing was checked: the input holds no article (--allow-empty accepts that)", file=sys.stderr)
    return UNCHECKED


class _output:  # noqa: N801 - used like a function
    """Standard output, or a file that appears whole or not at all."""

    def __init__(self, path: str | None) -> None:
        self._path = None if path in {None, "-"} else Path(str(path))
        self._file: Any = None

    def __enter__(self) -> Any:  # noqa: ANN401 - a text stream
        if self._path is None:
            return sys.stdout
        self._partial = self._path.with_name(f".{self._path.name}.{os.getpid()}.partial")
        try:
            self._file = self._partial.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise WriteError(f"{self._path}: cannot be written: {error.strerror}: choose another --output") from error
        return self._file

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._path is None:
            return
        try:
            self._file.close()
            if kind is None:
                self._partial.replace(self._path)
        except OSError as error:
            raise WriteError(f"{self._path}: cannot be written: {error.strerror}") from error
        finally:
            self._partial.unlink(missing_ok=True)


# -- arguments --------------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, with the near name where an option or command is unknown, and exit code 2."""
        wrong = re.search(r"unrecognized arguments: (\S+)|invalid choice: '([^']*)'", message)
        if wrong:
            message = self._near(wrong.group(1) or wrong.group(2), message)
        self.exit(UNCHECKED, f"tqcheck: error: {message} (see '{self.prog} --help')\n")

    def _near(self, wrong: str, message: str) -> str:
        """Name the option, command or choice that the writer may have meant."""
        known = re.findall(r"'([^']+)'", message.partition("choose from")[2])
        option = wrong.partition("=")[0]
        near = difflib.get_close_matches(option, known or _options_of(self), n=1, cutoff=0.6)
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

    check = _command(commands, "check", _check, "findings on standard output, and a verdict as exit code: the CI gate")
    _add_inputs(check)
    formats = ("text", "json", "jsonl", "markdown", "csv", "tsv", "parquet", "sarif", "junit", "github", "gitlab", "rdjson", "rdjsonl")
    check.add_argument("--format", choices=formats, default="text", help="default: text")
    check.add_argument("-o", "--output", metavar="FILE", help="default: standard output")
    also = "one more report of the same run: --also sarif=tqcheck.sarif; may be given several times"
    check.add_argument("--also", metavar="FORMAT=FILE", type=_format_and_file(formats), action="append", default=[], help=also)
    changed = check.add_mutually_exclusive_group()
    changed.add_argument("--diff", metavar="REV", help="only articles that are not as they were in this revision of git")
    changed.add_argument("--only", metavar="FILE", help="only articles whose ids are in this list, one a line; - for standard input")

    report = _command(commands, "report", _report, "a report per article, an index, and the findings as tables")
    _add_inputs(report)
    report.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write to")
    report.add_argument("--format", choices=("html", "markdown"), default="html", help="markdown: also an .md per article")

    _add_gate_commands(commands)

    score = _command(
        commands, "score", _score, "how good each segment, article and corpus is, by its source and by a reference", _SCORE_HELP
    )
    _add_reading(score)
    _add_model(score)
    score.add_argument("--format", choices=("text", "json", "jsonl", "csv"), default="text", help="default: text")
    score.add_argument("-o", "--output", metavar="FILE", help="default: standard output")

    compare = _command(commands, "compare", _compare, "what a new engine or version made better or worse", _COMPARE_HELP)
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

    rules = _command(commands, "rules", _rules, "the rules, a line each")
    rules.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="default: text")
    explain = _command(commands, "explain", _explain, "a rule's manual page")
    explain.add_argument("rule", metavar="RULE")
    new = _command(commands, "new", _new, "a skeleton rule file")
    new.add_argument("rule", metavar="RULE", help="its name, by what is wrong: headline-repeated")
    new.add_argument("--folder", metavar="DIR", help="where to write it; default: tqcheck's own rules")

    evaluate = _command(commands, "eval", _eval, "precision and recall of each rule on labelled articles")
    evaluate.add_argument("gold", nargs="+", metavar="GOLD", help="a gold JSONL file, or a folder of them")
    _add_rule_options(evaluate)
    evaluate.add_argument("--quiet", action="store_true", help="the table only, not each miss and false alarm")

    calibrate = _command(commands, "calibrate", _calibrate, "a sentence model's thresholds, derived and kept in the user's cache")
    calibrate.add_argument("--model", metavar="NAME|PATH", required=True, help="a sentence-transformers model")
    calibrate.add_argument("--device", metavar="DEVICE", help=_DEVICE_HELP)
    return parser


def _add_gate_commands(commands: Any) -> None:  # noqa: ANN401
    baseline = _command(commands, "baseline", _baseline, "accept what is there now: only what is new fails a gate with --baseline")
    _add_inputs(baseline, gate=False)
    baseline.add_argument("-o", "--output", metavar="FILE", help="default: standard output")

    fix = _command(commands, "fix", _fix, "what is wrong made right, where that cannot change what is said", _FIX_HELP)
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

    config = _command(commands, "config", _config, "the configuration in force, as TOML")
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
    _add_model(command)


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model", metavar="bundled|e5|none|NAME|PATH", help="e5: slower, more accurate; NAME: of sentence-transformers; default: bundled"
    )
    command.add_argument("--device", metavar="DEVICE", help=_DEVICE_HELP)
    command.add_argument("--config", metavar="FILE", help="default: tqcheck.toml or pyproject.toml here or above")


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
