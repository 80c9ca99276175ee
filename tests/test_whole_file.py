import os
import subprocess
import sys
from pathlib import Path

import pytest
from processes_for_tests import environment

from tqcheck.errors import WriteError
from tqcheck.whole_file import TEMPORARY, LockedFolder, Output, WholeFile, open_output, refuse_unwritable, remove_left_overs, write_whole


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_finished_and_not_before(tmp_path):
    target = tmp_path / "a"
    target.write_text("old")
    file = WholeFile(target)
    file.stream.write(b"new")
    file.stream.flush()
    assert target.read_text() == "old"
    assert len(names(tmp_path)) == 2
    file.finish()
    file.discard()
    assert (target.read_text(), names(tmp_path)) == ("new", ["a"])


def test_a_file_that_is_discarded_was_never_there(tmp_path):
    file = WholeFile(tmp_path / "a")
    file.stream.write(b"new")
    file.discard()
    assert names(tmp_path) == []


def test_a_planted_link_is_replaced_and_its_target_untouched(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "a").symlink_to("mine")
    write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (tmp_path / "a").is_symlink()


def test_a_link_is_followed_where_that_is_wanted(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "a").symlink_to("mine")
    file = open_output(tmp_path / "a", follow=True)
    file.stream.write(b"new")
    file.finish()
    assert (tmp_path / "mine").read_text() == "new"
    assert (tmp_path / "a").is_symlink()


def test_what_a_killed_run_left_is_taken_away_and_what_a_run_at_work_writes_is_not(tmp_path):
    dead, alive, other = WholeFile(tmp_path / "a"), WholeFile(tmp_path / "a"), WholeFile(tmp_path / "b")
    dead.stream.close()
    other.stream.close()
    planted = tmp_path / f"{TEMPORARY}link"
    planted.symlink_to("a")
    open_output(tmp_path / "a").discard()
    assert len(names(tmp_path)) == 3, "of the same place only"
    remove_left_overs(tmp_path)
    assert len(names(tmp_path)) == 2, "a link is nothing of ours"
    alive.finish()
    assert names(tmp_path) == sorted([planted.name, "a"])


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices")
def test_a_device_is_written_to_and_stays_one():
    file = open_output(Path("/dev/null"))
    file.stream.write(b"x")
    file.take_mode(0o600)
    file.finish()
    file.discard()
    assert not Path("/dev/null").is_file()


def test_a_folder_is_no_output(tmp_path):
    with pytest.raises(IsADirectoryError):
        open_output(tmp_path)
    with pytest.raises(WriteError, match="cannot be written: Is a directory: choose another --output"), Output(tmp_path):
        pass


def test_an_output_appears_only_when_all_went_well(tmp_path):
    def stopped_half_way():
        with Output(tmp_path / "a") as out:
            out.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stopped_half_way()
    assert names(tmp_path) == []
    with Output(tmp_path / "a") as out:
        out.write(b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_names_the_file():
    with pytest.raises(WriteError, match="/dev/full: cannot be written: No space left"), Output(Path("/dev/full")) as out:
        out.write(b"x")
    file = open_output(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left") as error:
        file.stream.write(b"x" * 10**6)
    assert error.value.filename == "/dev/full"
    file.discard()


@pytest.mark.skipif(os.name != "posix", reason="folders can be locked on POSIX only")
def test_a_folder_is_for_one_run_at_a_time(tmp_path):
    first = LockedFolder(tmp_path)
    with pytest.raises(WriteError, match="another run of tqcheck is writing to this folder"):
        LockedFolder(tmp_path)
    first.release()
    first.release()
    LockedFolder(tmp_path).release()
    assert names(tmp_path) == []


@pytest.mark.parametrize("place", ["file/below", "file/below/it", "/proc/none"])
def test_what_can_never_be_written_is_refused_at_once(tmp_path, place):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WriteError, match="cannot be written"):
        refuse_unwritable(tmp_path / place)
    for fine in ("file", "new", "new/and/deeper", "."):
        refuse_unwritable(tmp_path / fine)
    assert names(tmp_path) == ["file"]


STOPPED = """
import os, signal, sys, time
from pathlib import Path
from tqcheck import whole_file
from tqcheck.console import Console, StoppedError
console = Console()
console.listen()
def stop(descriptor):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
whole_file.lock = stop  # the file is there, and nobody has it yet
try:
    whole_file.write_whole(Path(sys.argv[1]), b"content")
except StoppedError as stop:
    sys.exit(stop.exit_code)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_run_that_is_stopped_while_it_opens_a_file_leaves_nothing(tmp_path):
    target = tmp_path / "page.html"
    done = subprocess.run([sys.executable, "-c", STOPPED, target], capture_output=True, env=environment(), check=False, timeout=50)
    assert (done.returncode, done.stderr) == (143, b"")
    assert list(tmp_path.iterdir()) == []
