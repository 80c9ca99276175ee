import gzip
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FIT = ROOT / "benchmarks" / "adequacy" / "fit.py"
WORDS = "bridge river town mayor vote money school winter doctor road storm letter night market"


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(FIT), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )


def write(folder, name, rows):
    path = folder / f"{name}.jsonl.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)


def a_sentence(chance):
    return "The " + " ".join(chance.sample(WORDS.split(), 6)) + " was 12 there."


@pytest.fixture
def judgements(tmp_path):
    chance = random.Random(1)  # noqa: S311 - nothing is secret here
    texts = [a_sentence(chance) for _ in range(240)]
    judged = [
        {
            "pair": pair,
            "source_lang": pair[:2],
            "lang": pair[3:],
            "source": text,
            "mt": text[: chance.randint(20, 80)],
            "da": 50.0 + at % 40,
            "da_z": at % 7 - 3.0,
        }
        for at, text in enumerate(texts)
        for pair in ("de-en", "en-cs")
    ]
    write(tmp_path, "train/mlqe_da", judged)
    write(
        tmp_path,
        "train/critical",
        [{"source_lang": "en", "lang": "de", "source": text, "mt": text, "scores": [0, 1, at % 2]} for at, text in enumerate(texts)],
    )
    write(tmp_path, "train/tatoeba", [{"lang": "de", "text": text, "en": text} for text in texts])
    return tmp_path


def test_fit_says_that_the_judgements_are_missing_and_stops(tmp_path):
    result = run(str(tmp_path))
    assert result.returncode == 2
    assert "the judgements are not there" in result.stderr


def test_fit_writes_coefficients_that_can_be_read(judgements, tmp_path):
    pytest.importorskip("sklearn")
    result = run(str(judgements), "--out", str(tmp_path / "out"))
    assert result.returncode == 0, result.stderr
    card = json.loads((tmp_path / "out" / "adequacy.json").read_text("utf-8"))
    assert card["trained"] == ["de-en", "en-cs"]
    assert "240" in card["provenance"] or "480" in card["provenance"]
    assert (tmp_path / "out" / "adequacy.npz").is_file()
