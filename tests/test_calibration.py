import json
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tqcheck import calibration
from tqcheck.calibration import Calibration, Thresholds, cache_folder, calibrate, store, stored, thresholds_of
from tqcheck.errors import WriteError

FOUND = Calibration(Thresholds(0.8, 0.6, 0.2), 10, 12, 300, 3, 0.4, 0.7)


def calibrated(monkeypatch, *pairs: tuple[str, str, float]) -> Calibration:
    """Calibration of a model under which the pairs, of a language and a label, have these cosines."""
    rows = [{"lang": lang, "label": label, "one": f"{number}", "other": f"{number}'"} for number, (lang, label, _) in enumerate(pairs)]
    monkeypatch.setattr(calibration.tables, "table", {"calibration": tuple(rows)}.__getitem__)

    def encode(texts):
        vectors = np.zeros((len(texts), 2 * len(pairs)))
        for text, vector in zip(texts, vectors, strict=True):
            number = int(text.rstrip("'"))
            score = pairs[number][2]
            vector[2 * number : 2 * number + 2] = (score, (1 - score**2) ** 0.5) if text.endswith("'") else (3.0, 0.0)
        return vectors

    return calibrate(encode)


# -- derivation ---------------------------------------------------------------------------------------------------------


def test_97_of_100_pairs_that_say_something_else_stay_below_same_and_88_below_possibly(monkeypatch):
    pairs = [("en", "different", number / 200) for number in range(101)]
    found = calibrated(monkeypatch, *pairs, ("en", "same", 0.99), ("en", "same", 0.45))
    assert found == Calibration(
        Thresholds(same=0.485, possibly=0.44, unrelated=0.0),
        same_pairs=2,
        different_pairs=101,
        across_pairs=0,
        languages=1,
        same_found=0.5,
        possibly_found=1.0,
    )


def test_a_single_close_pair_moves_the_thresholds_little(monkeypatch):
    pairs = [("en", "different", 0.4)] * 100
    found = calibrated(monkeypatch, *pairs, ("en", "different", 0.999)).thresholds
    assert (found.same, found.possibly) == (0.4, 0.4)


def test_texts_in_two_languages_have_nothing_to_do_with_each_other(monkeypatch):
    found = calibrated(monkeypatch, ("en", "different", 0.5), ("de", "different", 0.5))
    assert found.thresholds == Thresholds(same=0.5, possibly=0.5, unrelated=0.0)
    assert (found.across_pairs, found.languages) == (4, 2)


def test_the_calibration_pairs_are_of_both_kinds_in_many_languages():
    rows = calibration.tables.table("calibration")
    assert {row["label"] for row in rows} == {"same", "different"}
    assert min(sum(row["label"] == label for row in rows) for label in ("same", "different")) >= 30
    assert len({row["lang"] for row in rows}) >= 10
    assert all(row["one"] != row["other"] for row in rows)


def test_the_shipped_pairs_calibrate_a_model_of_letters():
    def encode(texts):
        return [[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyzаеиоту的了一"] for text in texts]

    found = calibrate(encode)
    assert 0 <= found.thresholds.unrelated <= found.thresholds.possibly <= found.thresholds.same <= 1
    assert 0 < found.same_found <= found.possibly_found < 1


def test_a_model_that_gives_zeros_gets_zeros():
    assert calibrate(lambda texts: np.zeros((len(texts), 2))).thresholds == Thresholds(0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {"same": 0.9, "possibly": 0.8},
        {"same": 0.9, "possibly": 0.8, "unrelated": "0.1"},
        {"same": 0.9, "possibly": 0.8, "unrelated": None},
        {"same": 0.9, "possibly": 0.8, "unrelated": True},
        {"same": 0.9, "possibly": 0.8, "unrelated": float("nan")},
        {"same": 9, "possibly": 0.8, "unrelated": 0.1},
        {"same": 0.7, "possibly": 0.8, "unrelated": 0.1},
    ],
)
def test_what_is_no_thresholds_is_refused(wrong):
    with pytest.raises(ValueError, match="its threshold"):
        thresholds_of(wrong)


def test_thresholds_are_read_from_json():
    assert thresholds_of({"same": 1, "possibly": 0.5, "unrelated": -0.25, "more": 1}) == Thresholds(1.0, 0.5, -0.25)


# -- the user's cache ---------------------------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "tqcheck"


def test_what_is_stored_is_found_again_for_the_same_version_of_the_model_alone(cache):
    path = store("some/model", "1", FOUND)
    assert path.parent == cache / "thresholds"
    assert stored("some/model", "1") == FOUND.thresholds
    assert stored("other/model", "1") == FOUND.thresholds  # the folder it lies in is not part of a model
    assert stored("some/model", "2") is None
    assert stored("some/model-2", "1") is None
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert json.loads(path.read_text())["same_pairs"] == 10


def test_other_pairs_or_another_method_outdate_what_is_stored(cache, monkeypatch):
    assert store("model", "1", FOUND).is_relative_to(cache)
    monkeypatch.setattr(calibration, "METHOD", calibration.METHOD + 1)
    assert stored("model", "1") is None
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parent))
    assert stored("model", "1") == FOUND.thresholds
    monkeypatch.setattr(calibration.tables, "table", lambda _: ())
    assert stored("model", "1") is None


@pytest.mark.parametrize("name", ["../../x", "a" * 500, "мост/桥", "con\x01 ?*:|", "."])
def test_any_name_makes_a_plain_file_in_the_folder(cache, name):
    assert store(name, "1", FOUND).parent == cache / "thresholds"
    assert stored(name, "1") == FOUND.thresholds


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b"{}", b'{"thresholds": {"same": 2}}', b"\xff\xfe\x00"])
def test_a_damaged_file_is_named_and_ignored(cache, caplog, damage):
    path = store("model", "1", FOUND)
    path.write_bytes(damage)
    with caplog.at_level(logging.WARNING, "tqcheck"):
        assert stored("model", "1") is None
    assert caplog.messages == [f"tqcheck: {path}: is damaged and was ignored: run 'tqcheck calibrate --model model' again"]
    assert cache in path.parents


def test_the_warning_goes_to_standard_error_where_no_program_says_otherwise(cache):
    path = store("model", "1", FOUND)
    path.write_text("{")
    program = "from tqcheck.calibration import stored; print(stored('model', '1'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"
    assert done.stderr == f"tqcheck: {path}: is damaged and was ignored: run 'tqcheck calibrate --model model' again\n"
    assert cache in path.parents


def test_a_folder_in_the_place_of_the_file_is_as_good_as_none(cache):
    path = store("model", "1", FOUND)
    path.unlink()
    path.mkdir()
    assert stored("model", "1") is None
    assert cache in path.parents
    with pytest.raises(WriteError, match="the thresholds cannot be stored"):
        store("model", "1", FOUND)


def test_a_cache_that_cannot_be_written_is_one_line_with_the_remedy(cache):
    cache.write_text("a file where the folder should be")
    with pytest.raises(WriteError, match=r"^the thresholds cannot be stored: /.*: set XDG_CACHE_HOME to a folder that can be written$"):
        store("model", "1", FOUND)
    assert stored("model", "1") is None


def test_without_a_home_nothing_is_found_and_storing_says_what_to_do(monkeypatch):
    def nobody(_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(calibration.Path, "home", classmethod(nobody))
    assert stored("model", "1") is None
    with pytest.raises(WriteError, match=r"the thresholds cannot be stored: Could not determine home directory\.: set XDG_CACHE_HOME"):
        store("model", "1", FOUND)


@pytest.mark.parametrize(
    ("platform", "variables", "wanted"),
    [
        ("linux", {}, "{home}/.cache/tqcheck"),
        ("linux", {"XDG_CACHE_HOME": "{home}/elsewhere"}, "{home}/elsewhere/tqcheck"),
        ("linux", {"XDG_CACHE_HOME": "elsewhere"}, "{home}/.cache/tqcheck"),
        ("linux", {"XDG_CACHE_HOME": ""}, "{home}/.cache/tqcheck"),
        ("darwin", {}, "{home}/Library/Caches/tqcheck"),
        ("win32", {"LOCALAPPDATA": "{home}/local"}, "{home}/local/tqcheck/Cache"),
        ("win32", {}, "{home}/AppData/Local/tqcheck/Cache"),
    ],
)
def test_the_cache_lies_where_the_system_wants_it(platform, variables, wanted, tmp_path, monkeypatch):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"HOME": str(tmp_path)} | variables).items():
        monkeypatch.setenv(name, value.format(home=tmp_path))
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_folder() == Path(wanted.format(home=tmp_path))
