import hashlib
import json
import math
import pickle
import resource
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.normalizers import Replace
from tokenizers.pre_tokenizers import Metaspace

import tqcheck
from tqcheck import cli, static_model
from tqcheck.calibration import Thresholds
from tqcheck.errors import ModelError
from tqcheck.static_model import LETTERS_AT_ONCE, StaticModel, load, speakable

SHIPPED = Path(str(resources.files("tqcheck"))) / "data" / "model"
STORM = Path(__file__).resolve().parent.parent / "corpora" / "example" / "storm.txt"
slow_import = pytest.mark.filterwarnings("ignore")  # sentence_transformers and what it imports warn of each other
TEXTS = ["The bridge is open.", "Міст відкрито.", "大桥通车", "🙂", "a " * 900, "x" * 3000, "1,5 %", "e\u0301"]


def a_tokenizer() -> Tokenizer:
    pieces = ["<unk>", "▁", "a", "b", "▁a", "▁b", "ab"]
    tokenizer = Tokenizer(Unigram([(piece, -0.5 if piece == "ab" else -1.0) for piece in pieces], unk_id=0))
    tokenizer.normalizer = Replace("z", "")
    tokenizer.pre_tokenizer = Metaspace()
    return tokenizer


def write(folder: Path, *, rows=None, scales=None, tokenizer: Tokenizer | None = None, **changes) -> Path:
    """A model of seven pieces; piece 0 is the unknown one."""
    tokenizer = tokenizer or a_tokenizer()
    rows = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [-1, 0], [0, -1], [2, 1]], dtype=np.int8) if rows is None else rows
    scales = np.array([1, 0.5, 1, 2, 1, 1, 3], dtype=np.float16) if scales is None else scales
    parts = {"model.safetensors": save({"rows": rows, "scales": scales}), "tokenizer.json": tokenizer.to_str().encode()}
    for name, content in parts.items():
        (folder / name).write_bytes(content)
    card = {
        "name": "tiny",
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()},
        "thresholds": {"same": 0.8, "possibly": 0.6, "unrelated": 0.2},
    }
    (folder / "model.json").write_text(json.dumps(card | changes))
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> StaticModel:
    return load(write(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def shipped() -> StaticModel:
    return tqcheck.load_model()


# -- the table ----------------------------------------------------------------------------------------------------------


def test_a_vector_is_the_sum_of_the_scaled_rows_of_the_pieces_made_unit_length(tiny):
    assert tiny.tokenizer.encode("a ab").tokens == ["▁a", "▁", "ab"]
    total = 1 * np.array([-1, 0]) + 0.5 * np.array([1, 0]) + 3 * np.array([2, 1])
    assert tiny.encode("a ab") == pytest.approx(total / np.linalg.norm(total))


def test_what_holds_nothing_gets_zeros(tiny):
    assert tiny.encode(["", " \n\t", "\x00", "z", "zz zz"[:2]]).tolist() == [[0.0, 0.0]] * 5


def test_a_piece_that_is_not_known_adds_nothing(tiny):
    assert tiny.encode("a 中") == pytest.approx(tiny.encode("a "), abs=1e-6)


def test_a_model_tells_its_name_its_content_and_its_measures(tiny):
    assert tiny.version == f"tiny.{tiny.checksum[:8]}"
    assert tiny.thresholds == Thresholds(same=0.8, possibly=0.6, unrelated=0.2)
    assert tiny.get_embedding_dimension() == tiny.get_sentence_embedding_dimension() == 2
    assert tiny.max_seq_length == tiny.get_max_seq_length() == math.inf
    assert len(repr(tiny)) < 300


def test_a_long_text_is_cut_at_blanks_and_adds_up_to_the_same(tiny):
    text = "ab a b " * LETTERS_AT_ONCE
    ids = tiny.tokenizer.encode(text.strip(" ")).ids
    total = (tiny.rows[ids] * tiny.scales[ids][:, None]).sum(axis=0, dtype=np.float64)
    assert tiny.encode(text.strip(" ")) == pytest.approx(total / np.linalg.norm(total), abs=1e-4)
    assert " ".join(static_model._stretches(text)) == text
    assert "".join(static_model._stretches("a" * 10_000)) == "a" * 10_000
    assert max(map(len, static_model._stretches("a" * 10_000 + " b"))) == LETTERS_AT_ONCE


def test_a_model_can_be_sent_to_another_process(tiny):
    again = pickle.loads(pickle.dumps(tiny))  # noqa: S301 - our own
    assert again.encode(["a b"]).tobytes() == tiny.encode(["a b"]).tobytes()


@given(st.text(st.characters(exclude_categories=[]), max_size=50))
def test_whatever_a_text_holds_the_tokenizer_can_take_it(text):
    shown = speakable(text)
    shown.encode()
    assert "\x00" not in shown
    assert shown == speakable(shown)


# -- encode, as sentence-transformers has it ----------------------------------------------------------------------------


def test_one_text_gives_one_vector_and_many_a_table(tiny):
    assert tiny.encode("a").shape == (2,)
    assert tiny.encode(["a"]).shape == (1, 2)
    assert tiny.encode([]).shape == (0, 2)
    assert tiny.encode("a").dtype == np.float32
    for given_as in (("a", "b"), np.array(["a", "b"]), iter(["a", "b"]), {"a": 1, "b": 2}):
        assert tiny.encode(given_as).tolist() == tiny.encode(["a", "b"]).tolist()


def test_queries_and_documents_are_encoded_alike(tiny):
    wanted = tiny.encode(["a", "ab"]).tolist()
    for found in (
        tiny.encode_query(["a", "ab"], batch_size=1),
        tiny.encode_document(["a", "ab"]),
        tiny.encode(["a", "ab"], prompt_name="query", normalize_embeddings=True, device="cuda", precision=None),
    ):
        assert found.tolist() == wanted
    assert tiny.encode(["b"], prompt="a ").tolist() == tiny.encode(["a b"]).tolist()


def test_vectors_can_be_shortened_and_made_unit_length_again(shipped):
    whole = shipped.encode(TEXTS)
    short = shipped.encode(TEXTS, truncate_dim=8)
    assert short.tolist() == whole[:, :8].tolist()
    assert np.linalg.norm(shipped.encode([*TEXTS, ""], truncate_dim=8, normalize_embeddings=True), axis=1) == pytest.approx(
        [1] * len(TEXTS) + [0]
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output_value": "token_embeddings"}, r"output_value='token_embeddings': this model gives 'sentence_embedding' only"),
        ({"output_value": None}, r"output_value=None: this model gives"),
        ({"prompt_name": "passage"}, r"prompt_name='passage': this model has no such prompt; known: query, document"),
        ({"pool": {}}, r"pool: this model runs in one process"),
        ({"batch_size": 0}, r"batch_size must be a positive integer, got 0"),
    ],
)
def test_an_option_that_the_model_has_not_is_refused(tiny, options, message):
    with pytest.raises(ValueError, match=message):
        tiny.encode("a", **options)


@pytest.mark.parametrize("other", [None, 1, float("nan"), b"a", ["a"]])
def test_what_is_no_text_is_named(tiny, other):
    with pytest.raises(TypeError, match=f"text 1 is of type {type(other).__name__}, not str"):
        tiny.encode(["a", other])


def test_a_progress_bar_changes_no_vector_and_stays_off_standard_output(tiny, capsys):
    assert tiny.encode(["a", "ab"] * 600, show_progress_bar=True).tolist() == tiny.encode(["a", "ab"] * 600).tolist()
    assert tiny.encode([], show_progress_bar=True).shape == (0, 2)
    assert capsys.readouterr().out == ""


def test_similarity_of_arrays_is_an_array(tiny):
    one, other = tiny.encode(["a", "b", ""]), tiny.encode(["a", "ab"])
    assert tiny.similarity(one, other) == pytest.approx(one @ other.T)
    assert tiny.similarity(one[0], other).shape == (1, 2)
    assert tiny.similarity(list(3 * one), other) == pytest.approx(one @ other.T)
    assert tiny.similarity_pairwise(one[:2], other) == pytest.approx(np.array([one[0] @ other[0], one[1] @ other[1]]))


@pytest.mark.model
@slow_import
def test_tensors_and_other_number_formats_are_made_when_they_are_asked_for(tiny):
    import torch

    texts = ["a", "ab", ""]
    array = tiny.encode(texts)
    assert torch.equal(tiny.encode(texts, convert_to_tensor=True), torch.from_numpy(array))
    assert [part.tolist() for part in tiny.encode(texts, convert_to_numpy=False)] == array.tolist()
    assert torch.equal(tiny.encode("a", convert_to_numpy=False), torch.from_numpy(array[0]))
    assert isinstance(tiny.similarity(torch.from_numpy(array), array), torch.Tensor)
    assert isinstance(tiny.similarity_pairwise(list(torch.from_numpy(array)), array), torch.Tensor)
    assert tiny.encode(texts, precision="binary").dtype == np.int8
    with pytest.raises(ValueError, match="float64"):
        tiny.encode(texts, precision="float64")


@pytest.mark.model
@slow_import
def test_as_a_genuine_sentence_transformer_it_gives_the_same_vectors_saved_and_loaded_too(shipped, tmp_path):
    from sentence_transformers import SentenceTransformer

    genuine = shipped.sentence_transformer()
    texts = [*TEXTS, "", "half a word " * 1000]
    wanted = shipped.encode(texts)
    assert isinstance(genuine, SentenceTransformer)
    assert np.abs(genuine.encode(texts, batch_size=3) - wanted).max() < 2e-5
    assert genuine.get_embedding_dimension() == shipped.get_embedding_dimension()
    assert genuine.max_seq_length == shipped.max_seq_length
    genuine.save(str(tmp_path))
    assert np.abs(SentenceTransformer(str(tmp_path), device="cpu").encode(texts) - wanted).max() < 2e-5


# -- the shipped model --------------------------------------------------------------------------------------------------


def test_the_shipped_model_fits_in_the_wheel_and_says_where_it_comes_from(shipped):
    assert {path.name for path in SHIPPED.iterdir()} == {"MODEL_CARD.md", "model.json", "model.safetensors", "tokenizer.json"}
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 30_000_000
    assert -1 < shipped.thresholds.unrelated < shipped.thresholds.possibly < shipped.thresholds.same < 1


def test_the_shipped_tokenizer_adds_nothing_and_its_unknown_piece_has_no_direction(shipped):
    model = json.loads(shipped.tokenizer.to_str())
    assert model["model"]["type"] == "Unigram"
    assert not model["truncation"]
    assert not model["padding"]
    unknown = model["model"]["unk_id"]
    assert unknown is None or not shipped.rows[unknown].any()


def test_vectors_are_finite_and_unit_length_whatever_a_text_holds(shipped):
    texts = [*TEXTS, "\ud800", "a\udfffb", "\x00a\x00", "\u200b\u2060", "\U0010ffff", "\ufffe", "﷽" * 100]
    lengths = np.linalg.norm(shipped.encode(texts), axis=1)
    assert np.isfinite(lengths).all()
    assert [round(float(length), 5) for length in lengths if length] == [1.0] * np.count_nonzero(lengths)
    assert lengths[: len(TEXTS)].all()
    assert not shipped.encode(["", "\x00", " \u00a0\n"]).any()


@given(st.lists(st.text(st.characters(exclude_categories=[]), max_size=20), max_size=5))
def test_no_vector_depends_on_the_other_texts_of_a_call(texts):
    model = tqcheck.load_model()
    together = model.encode(texts, batch_size=2)
    assert [model.encode(text).tobytes() for text in texts] == [vector.tobytes() for vector in together]


@pytest.mark.parametrize("letter", ["a", "中", " ", "\u0301", "🙂", "\x00", "\n", "1", "(", "ä "])
def test_a_megabyte_takes_linear_time(shipped, letter):
    started = time.process_time()
    length = float(np.linalg.norm(shipped.encode(letter * (1_000_000 // len(letter)))))
    assert time.process_time() - started < 4
    assert length == pytest.approx(1, abs=1e-5) or length == 0


MEASURED = """
import sys, time
started = time.perf_counter()
import tqcheck
model = tqcheck.load_model()
model.encode("text")
seconds = time.perf_counter() - started
text = "trucks of an American make stood at the border crossing, reported the newspaper on Monday evening"
texts = [f"{number} {text}"[:100] for number in range(20_000)]
started = time.process_time()
for start in range(0, len(texts), 1000):
    model.encode(texts[start : start + 1000])
rate = len(texts) / (time.process_time() - started)
megabytes = int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0]) / 1024
heavy = [name for name in ("torch", "transformers", "sentence_transformers", "pandas", "scipy", "sklearn") if name in sys.modules]
print(seconds, rate, megabytes, heavy)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured on Linux")
def test_it_loads_in_a_second_encodes_5000_texts_a_second_in_250_megabytes_and_imports_no_torch():
    shown = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    seconds, rate, megabytes, heavy = shown.stdout.split(maxsplit=3)
    assert (shown.stderr, heavy.strip()) == ("", "[]")
    assert float(megabytes) < 250
    assert float(seconds) < 3  # under one on a machine that does nothing else: see benchmarks/model_speed.py
    assert float(rate) > 2500  # over 5,000 there


def test_a_hundred_thousand_texts_in_one_call(tiny):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = tiny.encode([f"{'ab' * (number % 7)} a" for number in range(100_000)])
    assert found.shape == (100_000, 2)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(100_000), abs=1e-5)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


# -- broken models ------------------------------------------------------------------------------------------------------


def test_a_missing_file_is_named_with_the_remedy(tmp_path):
    write(tmp_path)
    for name in ("tokenizer.json", "model.safetensors", "model.json"):
        (tmp_path / name).unlink()
        with pytest.raises(
            ModelError, match=rf"^model 'bundled': {tmp_path / name} cannot be read: No such file .*: install tqcheck again"
        ):
            load(tmp_path)


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content[:-1] + b"\x07", lambda _: b""])
def test_a_damaged_file_is_named_and_never_parsed(tmp_path, name, damage):
    path = write(tmp_path) / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelError, match=rf"^model 'bundled': {path} is damaged: its checksum is not the one in model.json: install"):
        load(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '"x"', "\xff", '{"name": "x", "sha256": null, "thresholds": {"same": 1, "possibly": 0, "unrelated": 0}}'],
)
def test_a_damaged_model_json_is_one_line(tmp_path, content):
    (write(tmp_path) / "model.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(ModelError, match=rf"^model 'bundled': {tmp_path / 'model.json'} is damaged \(.*: install tqcheck again") as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": np.ones((6, 2), dtype=np.int8), "scales": np.ones(6, dtype=np.float16)},
        {"scales": np.ones(6, dtype=np.float16)},
        {"rows": np.ones((7, 2), dtype=np.float32)},
    ],
)
def test_a_table_that_does_not_fit_its_tokenizer_is_refused(tmp_path, changes):
    write(tmp_path, **changes)
    with pytest.raises(ModelError, match=r"model.safetensors does not fit tokenizer.json"):
        load(tmp_path)


def test_a_damaged_model_ends_the_command_with_one_line_and_exit_code_2(tmp_path, monkeypatch, capsys):
    (write(tmp_path) / "model.safetensors").write_bytes(b"")
    monkeypatch.setattr(static_model, "FOLDER", tmp_path)
    static_model.bundled.cache_clear()
    try:
        assert cli.main(["check", str(STORM)]) == 2
    finally:
        static_model.bundled.cache_clear()
    printed, told = capsys.readouterr()
    assert printed == ""
    assert told.startswith(f"tqcheck: error: model 'bundled': {tmp_path / 'model.safetensors'} is damaged")
    assert told.count("\n") == 1
