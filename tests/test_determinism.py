"""The same input gives the same bytes: every format and the report folder, with vectors, whatever surrounds the run."""

import hashlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tqcheck.embed import load_vectors
from tqcheck.report import FORMATS

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = (ROOT / "corpora" / "sample-feed" / "feed.jsonl").read_text("utf-8").splitlines()
FILES = [name for name in FORMATS if name != "json"]


def rows() -> list[str]:
    with_source = [row for row in SAMPLE if json.loads(row).get("source_segments")][:2]
    turkish = {"id": "İıß", "lang": "tr", "title": "IŞIK İLE ılık", "text": "İstanbul’da ışık ışık. ##[error]x\n::error::y Kyiv ve Kiev."}
    hostile = {"text": "=1+1 He saw the the ship\u202e . 1,000 and 1.000 and “a quotation\u2028that is not closed."}
    return [*SAMPLE[:2], *with_source, json.dumps(turkish), json.dumps(hostile), '{"id": "broken", "text": ']


# Each differs from the first in all that must not matter; "jobs" is the option, the rest is the environment.
SETTINGS = (
    {"PYTHONHASHSEED": "0", "jobs": "1"},
    {"PYTHONHASHSEED": "1", "jobs": "2", "TZ": "Asia/Tokyo", "COLUMNS": "30", "OMP_NUM_THREADS": "1"},
    {"PYTHONHASHSEED": "2", "jobs": "4", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8", "PYTHONIOENCODING": "utf-8", "COLUMNS": "300"},
    {
        "PYTHONHASHSEED": "3",
        "jobs": "1",
        "LANG": "C",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
    },
    {"PYTHONHASHSEED": "4", "jobs": "2", "TZ": "America/St_Johns", "HOME": "/nonexistent", "SOURCE_DATE_EPOCH": "1", "NO_COLOR": "1"},
)
OUTER = ("COLUMNS", "LANG", "LC_ALL", "TZ", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GITHUB_STEP_SUMMARY", "PYTHONIOENCODING")


def run(folder: Path, setting: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if name not in OUTER}
    changed = {name: value for name, value in setting.items() if name != "jobs"}
    command = [sys.executable, "-m", "tqcheck", *arguments, "--jobs", setting["jobs"]]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, env={**kept, "PYTHONPATH": str(ROOT), **changed})


def everything(folder: Path, setting: dict[str, str]) -> tuple[dict[str, str], dict[str, bytes]]:
    """The sums of all reports of a run in a folder of its own, and all that was written."""
    folder.mkdir(parents=True)
    (folder / "feed.jsonl").write_text("".join(f"{row}\n" for row in rows()), encoding="utf-8")
    others = [part for name in FILES for part in ("--also", f"{name}=out/{name}")]
    (folder / "out").mkdir()
    checked = run(folder, setting, "check", "feed.jsonl", "--format", "json", "--preview", *others)
    reported = run(folder, setting, "report", "feed.jsonl", "-o", "out/folder", "--format", "markdown", "--preview")
    assert (checked.returncode, reported.returncode) == (2, 2), checked.stderr + reported.stderr
    written = {str(path.relative_to(folder)): path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}
    written |= {"stdout": checked.stdout, "stderr": checked.stderr, "stderr of report": reported.stderr}
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(written.items())}, written


@pytest.mark.model
def test_all_reports_are_the_same_bytes_whatever_the_seed_processes_threads_zone_language_width_and_folder(tmp_path):
    runs = [everything(tmp_path / f"run {number}" / ("deeper" * (number % 3)) / "here", setting) for number, setting in enumerate(SETTINGS)]
    first, written = runs[0]
    assert set(first) >= {f"out/{name}" for name in FILES} | {"stdout", "out/folder/index.html", "out/folder/findings.parquet"}
    for sums, _ in runs[1:]:
        assert sums == first
    for name, content in written.items():
        for told in (str(tmp_path), str(ROOT), socket.gethostname()):
            assert told.encode() not in content or len(told) < 4, (name, told)


@pytest.mark.model
@pytest.mark.parametrize("size", [1, 8, 64])
def test_a_vector_is_the_same_bits_whatever_is_encoded_with_it(size):
    texts = [f"{word} {number}" for number in range(40) for word in ("The ship came home", "Корабль", "船が帰った", "")]
    whole = load_vectors("bundled").of(texts)
    vectors = load_vectors("bundled")
    for start in range(0, len(texts), size):
        assert vectors.of(texts[start : start + size]).tobytes() == whole[start : start + size].tobytes()
        vectors.forget()
