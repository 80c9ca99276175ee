"""The seeds of the fuzzer, and every input that ever crashed a target, run again without the fuzzer."""

import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).with_name("fuzz")
sys.path.insert(0, str(FUZZ))

import mutate  # noqa: E402 - after its folder is known
import run  # noqa: E402
from targets import TARGETS  # noqa: E402

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


def test_the_fuzzer_is_given_the_folders_of_the_seeds(monkeypatch):
    """Once it was not: argparse took them for targets, and every run began from nothing."""
    given = []
    monkeypatch.setattr(run, "fuzz", lambda target, arguments: given.append((target, arguments)))
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(sys, "argv", ["run.py", "--one", "xliff", "-seed=1", "corpus", "seeds"])
    with pytest.raises(SystemExit):
        run.main()
    assert given == [("xliff", ["-seed=1", "corpus", "seeds"])]


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "parquet"])
def test_inputs_are_changed_by_what_their_format_is_made_of_and_the_target_survives_it(target):
    change, content = mutate.mutator_for(target), min((FUZZ / "seeds" / target).iterdir()).read_bytes()
    changed = [change(content, 4_096, seed) for seed in range(100)]
    assert changed == [change(content, 4_096, seed) for seed in range(100)]
    assert len(set(changed)) > 50
    assert max(map(len, changed)) <= 4_096
    for one in changed[:30]:
        TARGETS[target](one)


def test_an_empty_input_can_be_changed():
    assert all(isinstance(mutate.mutator_for(target)(b"", 100, seed), bytes) for target in ("xml", "po") for seed in range(100))
