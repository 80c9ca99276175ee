import math
from types import SimpleNamespace

import pytest

from tqcheck import hardware
from tqcheck.hardware import GIB, batch_size, device_of, free_memory, free_ram, takes_bfloat16


def a_torch(*, cuda: tuple[int, int] | None = None, mps: bool = False, free: int = 8 * GIB):
    """A machine made of paper: with a CUDA device of this capability, or with Apple's GPU, or with neither."""
    gpu = SimpleNamespace(
        is_available=lambda: cuda is not None, get_device_capability=lambda _: cuda, mem_get_info=lambda _: (free, 2 * free)
    )
    return SimpleNamespace(cuda=gpu, backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)))


@pytest.mark.parametrize("asked", [None, "auto"])
def test_a_gpu_is_taken_when_there_is_one(asked):
    assert device_of(asked, a_torch(cuda=(7, 5), mps=True)) == "cuda"
    assert device_of(asked, a_torch(mps=True)) == "mps"
    assert device_of(asked, a_torch()) == "cpu"


def test_a_device_that_is_asked_for_is_taken_as_it_is():
    assert device_of("cpu", a_torch(cuda=(9, 0))) == "cpu"
    assert device_of("cuda:1", a_torch()) == "cuda:1"


@pytest.mark.parametrize(
    ("device", "capability", "wanted"), [("cuda", (8, 0), True), ("cuda:1", (9, 0), True), ("cuda", (7, 5), False), ("cpu", (9, 0), False)]
)
def test_bfloat16_is_for_gpus_that_have_it_and_never_for_a_cpu(device, capability, wanted):
    assert takes_bfloat16(device, a_torch(cuda=capability)) is wanted


def test_apples_gpu_computes_in_float32():
    assert takes_bfloat16("mps", a_torch(mps=True)) is False


def test_the_free_memory_is_that_of_the_device(monkeypatch):
    monkeypatch.setattr(hardware, "free_ram", lambda: 3 * GIB)
    assert free_memory("cuda:0", a_torch(cuda=(8, 0), free=5 * GIB)) == 5 * GIB
    assert free_memory("cpu", a_torch(cuda=(8, 0))) == 3 * GIB


def test_the_free_main_memory_is_what_the_system_says(tmp_path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:       24684084 kB\nMemFree:        1 kB\nMemAvailable:   2048 kB\nHugePages_Total:       0\n")
    assert free_ram(meminfo, tmp_path / "none") == 2048 * 1024


def test_a_container_has_no_more_than_its_limit(tmp_path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable:   8388608 kB\n")
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert free_ram(meminfo, tmp_path) == 600_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_ram(meminfo, tmp_path) == 8 * GIB


def test_an_older_container_has_no_more_than_its_limit_either(tmp_path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable:   8388608 kB\n")
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("1000\n")
    (tmp_path / "memory" / "memory.usage_in_bytes").write_text("4000\n")
    assert free_ram(meminfo, tmp_path) == 0


@pytest.mark.parametrize("content", ["", "MemAvailable:\n", "MemAvailable: much kB\n"])
def test_a_system_that_does_not_say_is_asked_in_another_way(tmp_path, content):
    (tmp_path / "meminfo").write_text(content)
    assert free_ram(tmp_path / "meminfo", tmp_path) > 0


def test_a_system_that_says_nothing_at_all_is_taken_to_be_small(tmp_path, monkeypatch):
    monkeypatch.setattr(hardware.os, "sysconf", lambda _: (_ for _ in ()).throw(ValueError("unrecognized configuration name")))
    assert free_ram(tmp_path / "none", tmp_path) == hardware.UNKNOWN_MEMORY


@pytest.mark.parametrize(
    ("free", "options", "wanted"),
    [
        (139 * GIB, {"number_bytes": 2, "most": 1024}, 1024),
        (16 * GIB, {"number_bytes": 2, "most": 1024}, 256),
        (16 * GIB, {"number_bytes": 4, "most": 1024}, 128),
        (16 * GIB, {"number_bytes": 4, "most": 32}, 32),
        (1 * GIB, {"number_bytes": 4, "most": 32}, 8),
        (16 * GIB, {"number_bytes": 4, "most": 1024, "width": 4096, "pieces": 8192}, 1),
        (0, {"number_bytes": 4, "most": 32}, 1),
    ],
)
def test_a_batch_is_the_largest_power_of_two_that_fits(free, options, wanted):
    assert batch_size(free, **{"pieces": 512, "width": 384} | options) == wanted


@pytest.mark.parametrize("pieces", [None, math.inf, 0, 10**30])
def test_a_model_without_a_window_of_its_own_gets_a_small_batch(pieces):
    assert batch_size(16 * GIB, pieces=pieces, width=256, number_bytes=4, most=1024) == batch_size(
        16 * GIB, pieces=hardware.LONGEST, width=256, number_bytes=4, most=1024
    )
