"""The seeds of the fuzzer, and every input that ever crashed a target, run again without the fuzzer."""

import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).with_name("fuzz")
sys.path.insert(0, str(FUZZ))

from targets import TARGETS  # noqa: E402 - after its folder is known

INPUTS = [(path.parent.name, path) for path in sorted(FUZZ.glob("seeds/*/*"))]
CRASHERS = [(path.name.rpartition("-")[0], path) for path in sorted(FUZZ.glob("crashers/*")) if path.name != "README.md"]


@pytest.mark.parametrize(("target", "path"), [pytest.param(*one, id=f"{one[0]}-{one[1].name}") for one in INPUTS])
def test_a_seed_runs_through(target, path):
    TARGETS[target](path.read_bytes())


@pytest.mark.parametrize(("target", "path"), [pytest.param(*one, id=one[1].name) for one in CRASHERS])
def test_what_crashed_once_does_not_again(target, path):
    TARGETS[target](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_each_target_has_seeds_and_survives_their_halves(target):
    seeds = [path for name, path in INPUTS if name == target]
    assert seeds
    for path in seeds:
        content = path.read_bytes()
        for cut in range(1, 8):
            TARGETS[target](content[: len(content) * cut // 8])
            TARGETS[target](content[len(content) * cut // 8 :])
