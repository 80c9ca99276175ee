"""Fuzzes the readers and the whole line with atheris (libFuzzer), one target after another.

    python tests/fuzz/run.py [TARGET ...] [--seconds 60] [--corpus FOLDER]

An exception that is not the tool's own, more than 25 seconds or more than 2.5 GB for one input is a fault: the input is kept in
tests/fuzz/crashers/ as TARGET-HASH, where an ordinary test replays it from then on (tests/test_fuzz.py). --corpus keeps what the fuzzer
learns for the next run; without it each run starts from tests/fuzz/seeds/. Needs `pip install atheris`. Exit codes: 0 nothing found,
1 a crasher, 2 atheris is not there.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SECONDS_OF_ONE_INPUT = 25
MEGABYTES_OF_ONE_INPUT = 2_560
FAULTS = ("crash", "timeout", "oom")  # libFuzzer's slow units of 10 seconds are none
LONGEST_INPUT = 4_096  # bytes: faults of size are for tests of growth, and short inputs run more often


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="of each target; default: 60")
    parser.add_argument("--corpus", type=Path, metavar="FOLDER")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given, rest = parser.parse_known_args()
    if importlib.util.find_spec("atheris") is None:
        print("run.py: error: atheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    if given.one:
        sys.exit(fuzz(given.one, [*rest, *given.targets]))  # the folders of the corpus stand where targets do
    sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]
    from targets import TARGETS

    unknown = set(given.targets) - set(TARGETS)
    if rest or unknown:
        parser.error(f"unknown: {', '.join([*rest, *sorted(unknown)])}; targets: {', '.join(TARGETS)}")
    with tempfile.TemporaryDirectory(prefix="tqcheck-fuzz-") as folder:
        found = [run(target, given.seconds, given.corpus or Path(folder), Path(folder)) for target in given.targets or TARGETS]
    return 1 if any(found) else 0


def run(target: str, seconds: int, corpus: Path, scratch: Path) -> bool:
    """Fuzz one target in a process of its own; says what was run and whether anything was found."""
    own = corpus / target
    own.mkdir(parents=True, exist_ok=True)
    limits = (f"-max_total_time={seconds}", f"-timeout={SECONDS_OF_ONE_INPUT}", f"-rss_limit_mb={MEGABYTES_OF_ONE_INPUT}")
    more = (f"-max_len={LONGEST_INPUT}", f"-artifact_prefix={scratch}/found-", "-print_final_stats=1", "-seed=1")
    command = [sys.executable, __file__, "--one", target, *limits, *more, str(own), str(HERE / "seeds" / target)]
    done = subprocess.run(command, capture_output=True, text=True, errors="backslashreplace", check=False)
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    covered = re.findall(r"cov: (\d+)", done.stderr)
    kept = [keep(target, path) for kind in FAULTS for path in sorted(scratch.glob(f"found-{kind}-*"))]
    told = f"{runs[1] if runs else '?'} inputs, {covered[-1] if covered else '?'} edges"
    print(f"{target}: {told}, exit code {done.returncode}{''.join(f', kept {name}' for name in kept)}", flush=True)
    if done.returncode:
        print("\n".join(line for line in done.stderr.splitlines() if not line.startswith(("INFO", "#")))[-3_000:], flush=True)
    return done.returncode != 0


def keep(target: str, path: Path) -> str:
    content = path.read_bytes()
    name = f"{target}-{hashlib.sha256(content).hexdigest()[:12]}"
    (HERE / "crashers" / name).write_bytes(content)
    path.unlink()
    return name


def fuzz(target: str, arguments: list[str]) -> None:
    """The process of one target; libFuzzer ends it."""
    import atheris

    sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]
    with atheris.instrument_imports(include=["tqcheck"]):
        from targets import TARGETS
    from mutate import mutator_for

    for seed in sorted((HERE / "seeds" / target).iterdir()):  # what is loaded once, when it is first needed, is not the first input's time
        TARGETS[target](seed.read_bytes())
    mutator = mutator_for(target)  # atheris.Mutate, libFuzzer's own, cannot be called from one in atheris 3.0
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target], **({} if mutator is None else {"custom_mutator": mutator}))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
