"""Where a model of sentence-transformers runs: device, number format and batch size, chosen by what the machine has.

`torch` is an argument: these functions import nothing heavy, and tests give them a machine made of paper.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

AUTO = "auto"
GIB = 2**30
UNKNOWN_MEMORY = 2 * GIB  # what is assumed to be free on a system that does not say
SHARE = 0.25  # of the free memory that one batch may take
MOST_ON_CPU, MOST_ON_GPU = 32, 1024  # larger batches are not faster
LONGEST = 8192  # pieces; what a model without a window of its own is taken to read


def device_of(asked: str | None, torch: Any) -> str:  # noqa: ANN401 - a module
    """The device as torch names it: as asked, else the first GPU, else the CPU."""
    if asked is not None and asked != AUTO:
        return asked
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def takes_bfloat16(device: str, torch: Any) -> bool:  # noqa: ANN401
    """Whether the device computes in bfloat16: CUDA from compute capability 8.0 on. Never on a CPU, where it is slower."""
    return device.startswith("cuda") and torch.cuda.get_device_capability(device) >= (8, 0)


def free_memory(device: str, torch: Any) -> int:  # noqa: ANN401
    """Bytes that are free on the device."""
    if device.startswith("cuda"):
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return free_ram()


def free_ram(meminfo: Path = Path("/proc/meminfo"), cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes of main memory that are free, in the container if there is one."""
    known = [amount for amount in (_available(meminfo), _left_in(cgroup)) if amount is not None]
    return min(known, default=UNKNOWN_MEMORY)


def _available(meminfo: Path) -> int | None:
    try:
        entries = dict(line.split(":", 1) for line in meminfo.read_text(encoding="ascii").splitlines() if ":" in line)
        return int(entries["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):  # Windows has no sysconf, macOS not this name
        return None


def _left_in(cgroup: Path) -> int | None:
    """Bytes that the container may still take (cgroup 2, then 1); None without a limit."""
    for limit, used in (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")):
        try:
            return max(0, int((cgroup / limit).read_text(encoding="ascii")) - int((cgroup / used).read_text(encoding="ascii")))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return None


def batch_size(free: int, *, pieces: float | None, width: int, number_bytes: int, most: int) -> int:
    """Texts that are encoded together: the largest power of two that fits, from 1 to `most`.

    Args:
        free: bytes that are free.
        pieces: the window of the model; None or infinite when it has none.
        width: numbers in a vector.
        number_bytes: bytes of a number: 4, or 2 for bfloat16.
        most: the largest batch of any use.
    """
    window = min(pieces, LONGEST) if pieces and math.isfinite(pieces) else LONGEST
    # Of a transformer: queries, keys, values and a feed-forward layer four times as wide; then the attention of about 12 heads.
    one_text = window * (16 * width + 16 * window) * number_bytes
    fitting = int(free * SHARE / max(one_text, 1))
    return min(most, 2 ** (fitting.bit_length() - 1)) if fitting else 1
