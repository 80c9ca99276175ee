"""Words per CPU-second of the rules without vectors, on one core, beside pofilter and proselint on the same text.

    python benchmarks/throughput.py [FEED.jsonl] [--pofilter PATH] [--proselint PATH]

Whole processes are measured, by the resource usage of the child: user and system seconds, start-up included; the start-up alone is what
the same command needs for one word. Each command runs several times, in turns, and its least CPU time counts. Without FEED the text is
the articles of ../shared/eval/dev when it lies beside the checkout, else corpora/clean and corpora/sample-feed, repeated.

pofilter (translate-toolkit) reads pairs only, so it and one run of tqcheck get the articles whose segments have sources, and its words are
those of the target. Peers are run as programs and only when they are installed; nothing of theirs is imported.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT.parent / "shared" / "eval" / "dev"
UNSPACED = {"zh", "ja", "th"}  # two characters count as a word
PAIRED_KEYS = ("id", "lang", "segments", "source_lang", "source_segments")  # of an article, all that a PO file can hold
Row = Mapping[str, Any]


class BenchmarkError(Exception):
    """The measurement cannot be made; the message says why."""


@dataclass
class Command:
    """A program with the text it reads, and what it took: CPU seconds of each run, on the text and on one word."""

    name: str
    words: int
    text: list[str]
    one_word: list[str]
    accepted: frozenset[int] = frozenset({0})
    seconds: list[float] = field(default_factory=list)
    start_up: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Words per CPU-second, start-up included."""
        return self.words / min(self.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parsed = _parser().parse_args(arguments)
    stay_on_one_core()
    try:
        title, rows = _text(parsed)
        with tempfile.TemporaryDirectory(prefix="tqcheck-throughput-") as folder:
            commands, absent = _commands(rows, Path(folder), parsed)
            for _ in range(parsed.repeat):
                for command in commands:
                    command.start_up.append(cpu_seconds(command.one_word, command.accepted))
                    command.seconds.append(cpu_seconds(command.text, command.accepted))
    except BenchmarkError as error:
        print(f"throughput.py: error: {error}", file=sys.stderr)
        return 2
    _show(title, commands, absent, parsed.repeat)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="throughput.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("feed", nargs="?", type=Path, metavar="FEED.jsonl", help="articles, one a line, in tqcheck's input format")
    parser.add_argument(
        "--words", type=int, default=60_000, metavar="N", help="about so many words of the text, evenly spread; default: 60000"
    )
    parser.add_argument("--lang", metavar="TAG", help="only articles in this language")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each command; default: 3")
    parser.add_argument("--pofilter", default="pofilter", metavar="PATH", help="default: on PATH")
    parser.add_argument("--proselint", default="proselint", metavar="PATH", help="default: on PATH")
    return parser


def _show(title: str, commands: Sequence[Command], absent: Sequence[str], repeat: int) -> None:
    pofilter = next((command.rate for command in commands if command.name == "pofilter"), None)
    print(f"{title}\none core, least of {repeat} runs\n")
    print("program                       words   CPU s   of it start-up   words/CPU-s   x pofilter")
    for command in commands:
        ratio = f"{command.rate / pofilter:.2f}" if pofilter else "-"
        seconds = f"{min(command.seconds):7.2f} {min(command.start_up):16.2f}"
        print(f"{command.name:26} {command.words:8,} {seconds} {command.rate:13,.0f} {ratio:>12}")
    for name in absent:
        print(f"not measured: {name}")


# -- measuring --------------------------------------------------------------------------------------------------------


def stay_on_one_core() -> None:
    """Bind this process, and so its children, to one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def cpu_seconds(command: Sequence[str], accepted: frozenset[int] = frozenset({0})) -> float:
    """User and system seconds of a command and of its own children. Raises BenchmarkError when it fails."""
    usage = resources(command, accepted)
    return usage.ru_utime + usage.ru_stime


def resources(command: Sequence[str], accepted: frozenset[int] = frozenset({0}), output: Path | None = None) -> resource.struct_rusage:
    """What a command and its own children used; their standard output goes to `output`. Raises BenchmarkError when it fails."""
    with tempfile.TemporaryFile() as errors, (output or Path(os.devnull)).open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=errors, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)  # so that Popen does not wait again
        if process.returncode not in accepted:
            errors.seek(0)
            said = " ".join(errors.read().decode("utf-8", "replace").split())[-300:]
            raise BenchmarkError(f"{command[0]} ended with exit code {process.returncode}: {said}")
    return usage


# -- the text ---------------------------------------------------------------------------------------------------------


def _text(parsed: argparse.Namespace) -> tuple[str, list[Row]]:
    """Where the articles come from, in words, and the articles. Raises BenchmarkError when there are none."""
    if parsed.feed:
        title, rows = str(parsed.feed), read_jsonl(parsed.feed)
    elif (DEV / "articles_mt.jsonl.gz").is_file():
        title, rows = f"{DEV}, articles by human and machine", [article_row(row) for row in _dev()]
    else:
        title, rows = "corpora/clean and corpora/sample-feed, repeated", _corpora(parsed.words, parsed.lang)
    rows = [row for row in rows if parsed.lang in {None, row.get("lang")}]
    if not rows:
        raise BenchmarkError(f"{title}: no articles{f' in {parsed.lang!r}' if parsed.lang else ''}")
    step = max(1, sum(map(count_words, rows)) // parsed.words)
    return title, rows[::step]


def read_jsonl(path: Path) -> list[Row]:
    """The rows of a file, which may be compressed. Raises BenchmarkError."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return [json.loads(line) for line in content.decode("utf-8").split("\n") if line.strip()]
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path}: {error}") from error


def _dev() -> Iterator[Row]:
    for name in ("articles_human", "articles_mt"):
        yield from read_jsonl(DEV / f"{name}.jsonl.gz")


def article_row(row: Row) -> Row:
    """A row of ../shared/eval/dev in tqcheck's input format."""
    return {
        "id": row["id"],
        "lang": row["lang"],
        "segments": row["segments"],
        "source_lang": row["source_lang"],
        "source_segments": row["source"],
    }


def _corpora(words: int, lang: str | None) -> list[Row]:
    paths = (*sorted((ROOT / "corpora" / "clean").glob("*.jsonl")), ROOT / "corpora" / "sample-feed" / "feed.jsonl")
    once = [row for path in paths for row in read_jsonl(path) if lang in {None, row.get("lang")}]
    times = -(-words // max(1, sum(map(count_words, once))))
    return [{**row, "id": f"{row['id']}-{turn}"} for turn in range(times) for row in once]


def _target(row: Row) -> list[str]:
    title = [row["title"]] if row.get("title") else []
    return title + (list(row["segments"]) if row.get("segments") else [row.get("text") or ""])


def count_words(row: Row) -> int:
    """The words of a translation."""
    return sum(_count(text, row.get("lang")) for text in _target(row))


def _count(text: str, lang: str | None) -> int:
    return len(text) // 2 if lang in UNSPACED else len(text.split())


def sentence_pairs(row: Row) -> list[tuple[str, str]]:
    """Its sentences with their sources; none without sources."""
    if not (row.get("segments") and row.get("source_segments")):
        return []
    return [pair for pair in zip(row["source_segments"], row["segments"], strict=True) if all(text.strip() for text in pair)]


# -- the programs -----------------------------------------------------------------------------------------------------


def _commands(rows: Sequence[Row], folder: Path, parsed: argparse.Namespace) -> tuple[list[Command], list[str]]:
    """What is to be run, and which peers are not there."""
    absent = []
    paired = [{key: row[key] for key in PAIRED_KEYS if key in row} for row in rows if sentence_pairs(row)]
    commands = [_tqcheck("tqcheck", rows, folder)]
    pofilter, proselint = shutil.which(parsed.pofilter), shutil.which(parsed.proselint)
    if not pofilter:
        absent.append("pofilter (pip install translate-toolkit levenshtein, in an environment of its own; then --pofilter PATH)")
    elif not paired:
        absent.append("pofilter: no article of the text has segments with sources")
    else:
        if sum(map(count_words, paired)) < sum(map(count_words, rows)):
            commands.append(_tqcheck("tqcheck, the pairs alone", paired, folder))
        commands.append(_pofilter(pofilter, paired, folder))
    if proselint:
        commands.append(_proselint(proselint, rows, folder))
    else:
        absent.append("proselint (pip install proselint; then --proselint PATH)")
    return commands, absent


def _tqcheck(name: str, rows: Sequence[Row], folder: Path) -> Command:
    feed = write_lines(folder / f"{name}.jsonl", (json.dumps(row, ensure_ascii=False) for row in rows))
    word = write_lines(folder / "word.jsonl", ['{"lang": "en", "text": "News"}'])
    options = ("--model", "none", "--fail-on", "never", "--quiet", "--no-progress", "--format", "jsonl")
    text, one_word = ([sys.executable, "-m", "tqcheck", "check", str(path), *options] for path in (feed, word))
    return Command(name, sum(map(count_words, rows)), text, one_word)


def _pofilter(program: str, rows: Sequence[Row], folder: Path) -> Command:
    """All of pofilter's checks, on a PO file of the pairs; it knows one language a run, so the text's commonest."""
    pairs = [pair for row in rows for pair in sentence_pairs(row)]
    language = Counter(row.get("lang") or "en" for row in rows).most_common(1)[0][0]
    words = sum(_count(target, row.get("lang")) for row in rows for _, target in sentence_pairs(row))
    units = write_lines(folder / "pairs.po", po_units(pairs))
    word = write_lines(folder / "word.po", po_units([("Zprávy", "News")]))
    options = ("--progress=none", f"--language={language}")
    text, one_word = ([program, *options, "-i", str(path), "-o", str(path.with_suffix(".out.po"))] for path in (units, word))
    return Command("pofilter", words, text, one_word)


def po_units(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Pairs as a PO file, in lines."""
    yield 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    for number, (source, target) in zip(itertools.count(1), pairs, strict=False):
        yield f'msgctxt "{number}"\nmsgid "{_quoted(source)}"\nmsgstr "{_quoted(target)}"\n'


def _quoted(text: str) -> str:
    plain = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    return plain.replace("\\", "\\\\").replace('"', '\\"')


def _proselint(program: str, rows: Sequence[Row], folder: Path) -> Command:
    """A file for each article: proselint leaves a file after its thousandth finding."""
    text = folder / "text"
    text.mkdir()
    for number, row in enumerate(rows):
        write_lines(text / f"{number}.txt", _target(row))
    word = write_lines(folder / "word.txt", ["News"])
    command, one_word = ([program, "check", "-o", "json", str(path)] for path in (text, word))
    return Command("proselint", sum(map(count_words, rows)), command, one_word, accepted=frozenset({0, 1}))


def write_lines(path: Path, lines: Iterable[str]) -> Path:
    """Write a file, and return its path."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
