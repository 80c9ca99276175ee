from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from tqcheck import cache
from tqcheck.cache import FILE, Cache, describe
from tqcheck.errors import ConfigError


def key(number):
    return b"r" + hashlib.blake2b(str(number).encode(), digest_size=20).digest()


def noise(seed, number):
    return hashlib.shake_128(str(seed).encode()).digest(number)


def a_cache(folder, number=10, **options):
    store = Cache(folder, **options)
    for index in range(number):
        store.put(key(index), b"content %d" % index)
    store.close()
    return folder / FILE


def held(folder, number=10):
    store = Cache(folder)
    found = [store.get(key(index)) for index in range(number)]
    store.close()
    return found


CONTENTS = [b"content %d" % index for index in range(10)]


def test_what_was_put_is_there_for_the_next_run_and_nothing_else(tmp_path):
    a_cache(tmp_path / "new" / "folder")
    assert held(tmp_path / "new" / "folder", 11) == [*CONTENTS, None]


def test_what_waits_to_be_written_is_there_already(tmp_path):
    store = Cache(tmp_path)
    store.put(key(1), b"one")
    assert store.get(key(1)) == b"one"
    assert held(tmp_path, 2) == [None, None]
    store.close()
    assert held(tmp_path, 2) == [None, b"one"]


def test_a_folder_that_cannot_be_made_is_an_error_that_names_the_option(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigError, match=r"cannot be made: .*--cache"):
            Cache(place)


def change(path, statement, values=()):
    with sqlite3.connect(path) as database:
        database.execute(statement, values)
    database.close()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"content 3",
        bytes(16),
        bytes(40),
        cache.checksum(key(3), b"content 3")[:-1],
        cache.checksum(key(4), b"another") + b"another",
    ],
)
def test_an_entry_that_is_damaged_or_another_ones_is_absent_and_can_be_made_anew(tmp_path, content):
    path = a_cache(tmp_path)
    change(path, "UPDATE entries SET content = ? WHERE key = ?", (content, key(3)))
    assert held(tmp_path) == [*CONTENTS[:3], None, *CONTENTS[4:]]
    a_cache(tmp_path)
    assert held(tmp_path) == CONTENTS


def test_an_entry_of_another_type_is_absent(tmp_path):
    path = a_cache(tmp_path)
    change(path, "UPDATE entries SET content = 12 WHERE key = ?", (key(3),))
    change(path, "UPDATE entries SET day = 'Monday' WHERE key = ?", (key(4),))
    assert held(tmp_path)[3:5] == [None, None]


def test_damage_that_the_error_itself_quotes_is_damage(tmp_path, capsys):
    path = a_cache(tmp_path)
    raw = path.read_bytes()
    assert raw.count(b"CREATE INDEX") == 1
    path.write_bytes(raw.replace(b"CREATE INDEX", b"CREATE \xff\xfeDEX"))
    assert held(tmp_path) == [None] * len(CONTENTS)
    a_cache(tmp_path)
    assert held(tmp_path) == CONTENTS
    assert capsys.readouterr().err == ""


def test_what_a_damaged_cache_holds_is_told_without_an_error(tmp_path):
    big(tmp_path)
    path = tmp_path / FILE
    raw = bytearray(path.read_bytes())
    for page in range(4096, len(raw), 4096):  # all but the first are no pages any more
        raw[page] = 99
    path.write_bytes(raw)
    assert describe(str(tmp_path), clear=False).startswith("0 entries")


def big(folder, number=300):
    """A cache of some 80 pages."""
    store = Cache(folder)
    contents = [noise(index, 1000) for index in range(number)]
    for index, content in enumerate(contents):
        store.put(key(index), content)
    store.close()
    return contents


@pytest.mark.parametrize("damage", ["empty", "text", "half", "middle", "head", "other database"])
def test_a_damaged_file_never_gives_a_wrong_content_and_takes_new_ones(tmp_path, damage, capsys):
    contents = big(tmp_path)
    path = tmp_path / FILE
    raw = path.read_bytes()
    if damage == "other database":
        path.unlink()
        change(path, "CREATE TABLE other (a)")
    else:
        middle = raw[:20_000] + noise(1, 100_000) + raw[120_000:]
        path.write_bytes(
            {"empty": b"", "text": b"no database", "half": raw[: len(raw) // 2], "middle": middle, "head": b"x" + raw[1:]}[damage]
        )
    found = held(tmp_path, 300)
    assert all(one in {None, content} for one, content in zip(found, contents, strict=True))
    assert None in found
    big(tmp_path)
    big(tmp_path)  # where the damage showed while it was written, the second one mends it
    assert held(tmp_path, 300) == contents
    assert capsys.readouterr().err == ""


def test_a_full_disk_is_said_once_and_the_run_goes_on_without(tmp_path, capsys):
    a_cache(tmp_path)
    store = Cache(tmp_path)
    store._database.execute("PRAGMA max_page_count = 8")
    for index in range(1000):
        store.put(key(index + 100), bytes(4000))
    assert [store.get(key(index)) for index in (0, 100)] == [None, None]
    store.close()
    assert capsys.readouterr().err == f"tqcheck: the cache {str(tmp_path)!r} is not used: database or disk is full\n"
    assert held(tmp_path) == CONTENTS


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of files are others on Windows")
def test_a_folder_that_cannot_be_written_is_said_once_and_nothing_is_kept(tmp_path, capsys, monkeypatch):
    a_cache(tmp_path)
    path = tmp_path / FILE
    if os.geteuid() == 0:  # root may write to anything
        connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", lambda file, **options: connect(f"file:{file}?mode=ro", uri=True, **options))
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    store = Cache(tmp_path)
    for index in range(500):
        store.put(key(index), b"x")
        assert store.get(key(index)) is None
    store.close()
    tmp_path.chmod(0o700)
    said = capsys.readouterr().err
    assert said.startswith(f"tqcheck: the cache {str(tmp_path)!r} is not used: ")
    assert said.count("\n") == 1
    path.chmod(0o600)
    monkeypatch.undo()
    assert held(tmp_path) == CONTENTS


def test_the_oldest_entries_go_when_there_is_too_much_and_vectors_before_reports_of_the_same_day(tmp_path, monkeypatch):
    for day, names in ((1, "abc"), (9, "def")):
        monkeypatch.setattr(cache.time, "time", lambda day=day: day * 86_400.0)
        store = Cache(tmp_path)
        for name in names:
            for kind in (b"r", b"v"):
                store.put(kind + name.encode(), noise(name, 50_000))
        if day == 9:
            store.get(b"ra")  # asked for on the later day
        store.close()
    small = Cache(tmp_path, most_bytes=400_000)
    small.put(b"rg", b"g")
    small.close()
    store = Cache(tmp_path)
    kinds = {kind: "".join(name for name in "abcdefg" if store.get(kind.encode() + name.encode())) for kind in "rv"}
    store.close()
    assert kinds == {"r": "adefg", "v": "def"[3 - len(kinds["v"]) :]}
    assert 0 < len(kinds["v"]) < 3


def test_that_an_entry_was_asked_for_is_written_once_a_week_and_never_waits_for_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_MOST_ASKED", 10)
    days = {}
    for day in (1, 5, 8, 9):
        monkeypatch.setattr(cache.time, "time", lambda day=day: day * 86_400.0)
        store = Cache(tmp_path)
        for index in range(25):
            if day == 1:
                store.put(key(index), b"content")
            else:
                store.get(key(index))
        with sqlite3.connect(tmp_path / FILE) as file:
            days[day] = [found for (found,) in file.execute("SELECT day FROM entries")]
        store.close()
    assert days[5] == [1] * 25
    assert sorted(days[8]) == [1] * 5 + [8] * 20  # the last five wait
    assert days[9] == [8] * 25


def test_the_file_stays_as_small_as_it_must(tmp_path):
    store = Cache(tmp_path, most_bytes=1_000_000)
    for index in range(4000):
        store.put(key(index), noise(index, 1000))
    store.close()
    assert (tmp_path / FILE).stat().st_size < 1_500_000
    assert [one is None for one in held(tmp_path, 4000)[-100:]] == [False] * 100


WRITER = """
import sys
from tests.test_cache import key, noise
from tqcheck.cache import Cache
store = Cache(sys.argv[1])
for index in range(int(sys.argv[2]), int(sys.argv[3])):
    store.put(key(index), noise(index, 1500))
    if index % 16 == 0:
        store.flush()
        print(index, flush=True)
store.close()
"""


def writer(folder, first, last):
    command = [sys.executable, "-c", WRITER, str(folder), str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_process_that_is_killed_while_it_writes_leaves_all_that_it_had_written(tmp_path, capsys):
    for turn in range(5):
        process = writer(tmp_path, 0, 10_000_000)
        for _ in range(3 + turn):
            written = int(process.stdout.readline())
        time.sleep(0.003 * turn)  # into another place of the loop
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        process.communicate()
        found = held(tmp_path, written + 1)
        assert found == [noise(index, 1500) for index in range(written + 1)]
    with sqlite3.connect(tmp_path / FILE) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
    assert capsys.readouterr().err == ""


def test_several_processes_write_to_one_cache_at_once(tmp_path):
    writers = [writer(tmp_path, first, first + 300) for first in (0, 150, 300)]
    assert [(process.communicate()[1], process.returncode) for process in writers] == [("", 0)] * 3
    assert held(tmp_path, 600) == [noise(index, 1500) for index in range(600)]


def test_while_another_process_writes_for_long_the_run_goes_on_and_keeps_less(tmp_path, monkeypatch, capsys):
    path = a_cache(tmp_path)
    monkeypatch.setattr(cache, "PATIENCE", 0.05)
    store = Cache(tmp_path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.put(key(10), b"ten")
    store.flush()
    other.execute("ROLLBACK")
    other.close()
    store.put(key(11), b"eleven")
    assert store.get(key(1)) == CONTENTS[1]
    store.close()
    assert held(tmp_path, 12) == [*CONTENTS, None, b"eleven"]
    assert capsys.readouterr().err == ""


def test_a_folder_tells_what_it_keeps_and_is_cleared(tmp_path):
    path = a_cache(tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    assert describe(str(tmp_path), clear=False) == f"10 entries, {path.stat().st_size / 1e6:,.1f} MB of 4,295 MB: {path}"
    assert describe(str(tmp_path), clear=True).startswith("cleared: 10 entries")
    assert sorted(file.name for file in tmp_path.iterdir()) == [".gitignore", "mine.txt"]
    with pytest.raises(ConfigError, match=f"holds no {FILE}"):
        describe(str(tmp_path), clear=True)
