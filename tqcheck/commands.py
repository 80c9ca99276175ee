"""What each command of the command line does: it puts the steps together, and says on standard error what is to be said.

A command takes the parsed arguments and returns the exit code. What is slow to import is imported where it is used.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tqcheck.console import drop
from tqcheck.errors import ConfigError, ReadError, WriteError

PASSED, FAILED, UNCHECKED = 0, 1, 2
NOTES_SHOWN = 20  # of feed rules, on what they cut
CI_WITH_COMMANDS = ("GITHUB_ACTIONS", "TF_BUILD")  # set by runners that take lines of the output for commands: GitHub, Azure


def check(parsed: argparse.Namespace) -> int:
    """Findings on standard output or in a file, and the verdict."""
    from tqcheck.report import stream_writer

    options = _options(parsed)
    known = options.known_rules()
    outputs = [(parsed.format, parsed.output), *parsed.also]
    files = [os.path.realpath(file) for _, file in outputs if file not in {None, "-"}]
    if len(set(files)) < len(files) or sum(file in {None, "-"} for _, file in outputs) > 1:
        raise ConfigError("--also: two reports would be written to the same place: give each a file of its own")
    writers = [(file, lambda out, name=name: stream_writer(name, out, known)) for name, file in outputs]
    return _run_gate(parsed, options, writers, measure=any(name == "json" for name, _ in outputs))


def baseline(parsed: argparse.Namespace) -> int:
    """Write what is accepted from now on."""
    from tqcheck.baseline import BaselineWriter

    made: list[BaselineWriter] = []

    def writer(out: Any) -> BaselineWriter:  # noqa: ANN401
        made.append(BaselineWriter(out))
        return made[0]

    code = _run_gate(parsed, _options(parsed), [(parsed.output, writer)], measure=False)
    if not parsed.quiet:
        print(f"tqcheck: {_count(made[0].findings, 'finding')} accepted from now on", file=sys.stderr)
    return PASSED if code == FAILED else code  # what is there is accepted: there is no gate


def _run_gate(
    parsed: argparse.Namespace,
    options: Any,  # noqa: ANN401 - Options
    outputs: Sequence[tuple[str | None, Callable[[Any], Any]]],
    *,
    measure: bool,
) -> int:
    """Read, check, write and judge: what `check` and `baseline` do. `outputs`: a file, and what makes a writer to it."""
    from tqcheck.report import Tally
    from tqcheck.report.visible import visible

    options = replace(options, findings_per_rule=0) if parsed.run is baseline else options  # nothing may be cut that is to be accepted
    _refuse_missing_inputs(parsed)
    accepted = _accepted(parsed, options)
    from tqcheck import pipeline  # after the inputs were looked at: it may load a model

    tally = Tally(may_be_empty=parsed.allow_empty)
    changed = _changed(parsed)
    articles = _articles(parsed, options)
    with ExitStack() as files:
        writers = [make(files.enter_context(_output(file, parsed))) for file, make in outputs]
        outcomes = pipeline.check(changed.only_changed(articles) if changed else articles, options, measure=measure)
        listeners = [writer.add_problem for writer in writers if hasattr(writer, "add_problem")]
        for outcome in _told(_with_feed(outcomes, options, parsed), tally, parsed, accepted, listeners):
            _write(writers, partial(_add, outcome))
        if changed and changed.passed_over:
            tally.may_be_empty = True
            if not parsed.quiet:
                why = visible(changed.why)
                print(f"tqcheck: {_count(changed.passed_over, 'article')} passed over: {why}", file=sys.stderr)
        summary = tally.summary()
        _write(writers, partial(_close, summary))
    return _exit_code(tally, parsed, accepted)


def _add(report: Any, writer: Any) -> None:  # noqa: ANN401
    writer.add(report)


def _close(summary: Any, writer: Any) -> None:  # noqa: ANN401
    writer.close(summary)


def _write(writers: list[Any], write: Callable[[Any], object]) -> None:
    """Let all writers write. When nobody reads standard output any more, the files beside it are written to their end all the same."""
    for writer in tuple(writers):
        try:
            write(writer)
        except BrokenPipeError:
            if len(writers) == 1:
                raise
            writers.remove(writer)
            drop(1)


def report(parsed: argparse.Namespace) -> int:
    """A report per article, an index, and the tables."""
    from tqcheck.report import Tally
    from tqcheck.report.folder import ReportFolder
    from tqcheck.report.visible import visible

    options = _options(parsed)
    _refuse_missing_inputs(parsed)
    accepted = _accepted(parsed, options)
    explanations = {rule.id: rule.manual for rule in options.known_rules().values()}
    tally = Tally(may_be_empty=parsed.allow_empty)
    with ReportFolder(parsed.output, markdown=parsed.format == "markdown", explanations=explanations) as folder:
        from tqcheck import journal, pipeline

        settings = journal.settings(options, format=parsed.format, baseline=accepted.digest if accepted else "")
        articles = _articles(parsed, options)
        outcomes = folder.outcomes(articles, lambda given: pipeline.check(given, options), settings, resume=parsed.resume)
        try:
            for outcome in _told(_with_feed(outcomes, options, parsed), tally, parsed, accepted, [folder.add_problem]):
                folder.add(outcome)
            summary = tally.summary()
            folder.close(summary)
        except BaseException:
            parsed.can_go_on = folder.can_go_on
            raise
    if parsed.resume and not parsed.quiet:
        taken = f"{folder.taken_over} articles were done before" if folder.taken_over else "there was nothing to go on with: all is new"
        print(f"tqcheck: --resume: {taken}", file=sys.stderr)
    if not parsed.quiet:
        index = Path(parsed.output) / "index.html"
        counted = f"{summary.articles} articles, {summary.findings} findings, {summary.failed} failed, {summary.problems} not checked"
        print(f"{counted}: open {visible(str(index))}", file=sys.stderr)
    return _exit_code(tally, parsed, accepted)


def fix(parsed: argparse.Namespace) -> int:
    """Write, or show, the fixes."""
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

    cap = int(options.article_size * 2**20)
    reading = Reading(options.columns, options.lang, options.source_lang, row_cap=cap, allow_empty=parsed.allow_empty)
    done = fix_files.Done()
    with fix_files.Writing(sys.stdout.buffer) as writing:
        for file in fix_files.fixed_files(parsed.inputs, fixing, reading, target, input_format=parsed.input_format):
            done.add(file)
            if parsed.diff:
                _print_diff(fix_files.diff(file))
            elif not would:
                writing.add(file)
        if parsed.report:
            with _output(parsed.report, parsed) as out:
                out.write(f"{done.report()}\n")
        writing.commit()
    return _tell_fixed(done, parsed, would=would)


def _print_diff(lines: Iterator[str]) -> None:
    """As it is for `patch`; a person's terminal and the log of a CI job must not obey what stands in it."""
    from tqcheck.report.visible import visible

    is_log = sys.stdout.isatty() or any(os.environ.get(name) for name in CI_WITH_COMMANDS)
    for line in lines:
        print(visible(line.removesuffix("\n")) if is_log else line.removesuffix("\n"))


def _tell(text: str) -> None:
    print(f"tqcheck: {text}", file=sys.stderr)


def _tell_fixed(done: Any, parsed: argparse.Namespace, *, would: bool) -> int:  # noqa: ANN401
    from tqcheck.complaints import Complaints

    complaints = Complaints(_tell)
    for problem in done.problems:
        complaints.add(problem)
    complaints.close()
    if not (done.problems or done.articles or parsed.allow_empty):
        return _nothing_checked()
    if not parsed.quiet:
        for line in done.summary(would=would):
            print(f"tqcheck: {line}", file=sys.stderr)
    if done.problems:
        return UNCHECKED
    return FAILED if would and done.changed else PASSED


def config_in_force(parsed: argparse.Namespace) -> int:
    """The configuration in force, or the reference of its keys."""
    from tqcheck.config_reference import effective, reference
    from tqcheck.report.visible import visible

    options = _options(parsed)
    if parsed.reference:
        print(reference())
        return PASSED
    found = _config_file(parsed)
    print(f"# {visible(str(found)) if found else 'no tqcheck.toml and no [tool.tqcheck] here or above: the defaults'}")
    print(effective(options))
    return PASSED


def score(parsed: argparse.Namespace) -> int:
    """Scores per segment, article and corpus."""
    options = _options(parsed, pairs=True)
    _refuse_missing_inputs(parsed)
    from tqcheck import scoring
    from tqcheck.embed import load_vectors
    from tqcheck.report.scores import score_writer

    corpus = scoring.Corpus()
    with _output(parsed.output, parsed) as out:
        vectors = load_vectors(options.model, device=options.device, cache=options.cache)
        signature = scoring.signature(vectors.name if vectors else "none", options.tables)
        outcomes = scoring.score(_articles(parsed, options, pairs=True), options)
        writer = score_writer(parsed.format, out)
        for article in _told(outcomes, corpus, parsed):
            writer.add(article)
        writer.close(corpus.scores(), signature)
    if corpus.problems:
        return UNCHECKED
    return PASSED if corpus.articles or parsed.allow_empty else _nothing_checked()


def compare(parsed: argparse.Namespace) -> int:
    """What another translation of the same articles made better or worse."""
    options = _options(parsed, pairs=True)
    with _output(parsed.output, parsed) as out:
        return _compare_into(out, parsed, options)


def _compare_into(out: Any, parsed: argparse.Namespace, options: Any) -> int:  # noqa: ANN401
    from tqcheck import compare, pipeline, significance
    from tqcheck.article import Severity
    from tqcheck.config import house_style
    from tqcheck.embed import load_vectors
    from tqcheck.report import comparison as report

    rules = options.chosen_rules()
    made_by = pipeline.signature(options, rules, load_vectors(options.model, device=options.device), house_style(options))
    sides = (compare.Side(parsed.old), compare.Side(parsed.new))
    for side in sides:
        measured = compare.measure(_articles(parsed, options, inputs=[side.given], pairs=True), options)
        for _ in _told(measured, side, parsed):
            pass
    compared = compare.compare(*sides, options.weights)
    report.write(parsed.format, compared, out, f"{made_by}|{significance.SIGNATURE}")
    if not compared.articles:
        print("tqcheck: error: OLD and NEW have no article in common: articles are matched by their id", file=sys.stderr)
        return UNCHECKED
    if any(side.problems for side in sides):
        return UNCHECKED
    worst = compared.worst_new
    is_gated = parsed.fail_on_new not in {None, "never"} and worst is not None
    return FAILED if is_gated and worst is not None and worst.rank >= Severity(parsed.fail_on_new).rank else PASSED


def rules(parsed: argparse.Namespace) -> int:
    """The rules, a line each."""
    rules = _options(parsed).known_rules().values()
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


def explain(parsed: argparse.Namespace) -> int:
    """A rule's manual page."""
    from tqcheck.errors import unknown

    known = _options(parsed).known_rules()
    if parsed.rule not in known:
        raise ConfigError(unknown("rule", parsed.rule, known))
    rule = known[parsed.rule]
    print(f"{rule.id} ({rule.severity}, MQM {rule.mqm})\n\n{rule.manual}")
    if rule.where:
        print(f"\nFrom outside: {rule.where}.")
    if rule.is_for_feeds:
        print("\nLooks at the whole feed: runs with --feed-rules, or when selected by name.")
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


def new(parsed: argparse.Namespace) -> int:
    """A skeleton rule file."""
    from tqcheck import skeleton
    from tqcheck.rules import __path__ as shelf
    from tqcheck.rules import all_rules

    if not parsed.folder:
        path = skeleton.write(parsed.rule, Path(shelf[0]))
        print(f"{path}: change it, then run its examples: python -m pytest tests/test_rules.py -k {parsed.rule}", file=sys.stderr)
        return PASSED
    path = skeleton.write(parsed.rule, Path(parsed.folder), all_rules())
    test = f"from tqcheck import testing; testing.check_rules({str(parsed.folder)!r})"
    print(f'{path}: change it, then run its examples: python -c "{test}"', file=sys.stderr)
    return PASSED


def evaluate(parsed: argparse.Namespace) -> int:
    """Precision and recall of each rule on labelled articles."""
    from tqcheck.evaluate import evaluate
    from tqcheck.report.visible import visible

    result = evaluate(parsed.gold, _options(parsed))
    for line in result.lines(details=not parsed.quiet):
        print(visible(line))
    for problem in result.problems:
        print(f"tqcheck: {visible(str(problem))}", file=sys.stderr)
    return UNCHECKED if result.problems else PASSED


def cache(parsed: argparse.Namespace) -> int:
    """What a cache folder holds; or empty it."""
    from tqcheck.cache import describe

    print(describe(parsed.folder, clear=parsed.clear))
    return PASSED


def calibrate(parsed: argparse.Namespace) -> int:
    """A model's thresholds, derived and kept."""
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

    found = _config_file(parsed)
    rules = getattr(parsed, "rules", None)  # first of all: the configuration may name them
    options = config.override(config.Options(), {"rules": rules} if rules else {})
    options = config.load(found, options, discovered=not parsed.config) if found else options
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
        "cache",
        "select",
        "ignore",
        "glossary",
        "baseline",
        "article_timeout",
    )
    given = {name: getattr(parsed, name, None) for name in names}
    options = config.override(options, {name: value for name, value in given.items() if value is not None})
    if getattr(parsed, "columns", None):
        from tqcheck.read import parse_columns

        options = replace(options, columns=parse_columns(parsed.columns, pairs=pairs))
    from tqcheck.embed import NONE, check_name

    if options.model != NONE and hasattr(parsed, "model"):
        check_name(options.model)
    return options


def _config_file(parsed: argparse.Namespace) -> Path | None:
    """The one that is named, or else the nearest; none where the working folder has been removed."""
    from tqcheck import config

    if parsed.config:
        return Path(parsed.config)
    try:
        here = Path.cwd()
    except OSError:
        return None
    return config.discover(here)


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
        row_cap=int(options.article_size * 2**20),
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
    from tqcheck.complaints import Complaints
    from tqcheck.progress import progress

    complaints = Complaints(_tell)
    with progress(enabled=not (parsed.quiet or parsed.no_progress)) as step:
        for outcome in outcomes:
            problems = (outcome,) if isinstance(outcome, Problem) else outcome.problems
            for problem in problems:
                complaints.add(problem)
            step()
            if isinstance(outcome, Problem):
                tally.add_problem(outcome)
                for tell in listeners:
                    tell(outcome)
            else:
                outcome = accepted.accept(outcome) if accepted else outcome  # noqa: PLW2901
                tally.add(outcome)
                yield outcome
    complaints.close()


def _with_feed(outcomes: Iterator[Any], options: Any, parsed: argparse.Namespace) -> Iterator[Any]:  # noqa: ANN401
    """The outcomes, and after them what feed rules find, when they are asked for."""
    from tqcheck.feed_store import FeedStore, across
    from tqcheck.report.visible import visible

    with FeedStore(options) as store:
        yield from across(outcomes, store)
    for note in () if parsed.quiet else store.notes[:NOTES_SHOWN]:
        print(f"tqcheck: {visible(note)}", file=sys.stderr)
    if len(store.notes) > NOTES_SHOWN and not parsed.quiet:
        print(f"tqcheck: and {len(store.notes) - NOTES_SHOWN} more notes on what feed rules left out", file=sys.stderr)


def _exit_code(tally: Any, parsed: argparse.Namespace, accepted: Any = None) -> int:  # noqa: ANN401
    summary = tally.summary()
    if summary.suppressed and not parsed.quiet:
        number = f"{summary.suppressed} finding{'s are' if summary.suppressed > 1 else ' is'}"
        print(f"tqcheck: {number} ignored by the configuration, for reasons given there", file=sys.stderr)
    if summary.limited and not parsed.quiet:
        number = f"{summary.limited} article{'s are' if summary.limited > 1 else ' is'}"
        print(f"tqcheck: {number} so long that not all was compared: the reports as text, JSON and HTML say what", file=sys.stderr)
    if summary.left_out and not parsed.quiet:
        number = f"{summary.left_out} finding{'s are' if summary.left_out > 1 else ' is'}"
        print(f"tqcheck: {number} counted and not reported: over the limit of a rule in an article (findings-per-rule)", file=sys.stderr)
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


@contextmanager
def _output(path: str | None, parsed: argparse.Namespace) -> Iterator[Any]:
    """Standard output, or a file that appears whole or not at all, as a stream of text."""
    from tqcheck.whole_file import Output

    if path in {None, "-"}:
        if parsed.output_is_closed:
            raise WriteError("standard output is closed: name a file with --output")
        yield sys.stdout
        return
    with Output(Path(str(path))) as file:
        out = io.TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            yield out
            out.flush()
        finally:
            with suppress(OSError):  # it has been raised, if there is one
                out.detach()
