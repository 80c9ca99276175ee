"""The bundled sentence model: a table with a vector for each piece of a word, read by tokenizers and numpy alone.

The vector of a text is the sum of the vectors of its pieces, made unit length. Each text is computed by itself, with sums in one order:
a vector never depends on the other texts of the call, nor on the processor. `data/model/MODEL_CARD.md` says where the table comes from.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from tqcheck.calibration import Thresholds, thresholds_of, unit_rows
from tqcheck.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

FOLDER = resources.files("tqcheck") / "data" / "model"
LETTERS_AT_ONCE = 4096  # a longer text is taken in stretches, so that a megabyte needs no more memory than a page
PROMPTS = ("query", "document")  # known to every model of sentence-transformers; empty in this one


def speakable(text: str) -> str:
    """The text as any tokenizer can take it: half a surrogate pair would lose the whole batch, and NUL is a blank."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")


@dataclass(frozen=True, eq=False)
class StaticModel:
    """A sentence model that is a table. It has the `encode` of a SentenceTransformer, and needs no torch for it.

    name: as `model.json` has it.
    checksum: SHA-256 of the table, hexadecimal.
    rows: int8, shape (pieces, dimension); row i times scales[i] is the vector of piece i.
    scales: float32, shape (pieces,).
    """

    name: str
    checksum: str
    thresholds: Thresholds
    tokenizer: Tokenizer = field(repr=False)
    rows: NDArray[np.int8] = field(repr=False)
    scales: NDArray[np.float32] = field(repr=False)

    similarity_fn_name = "cosine"
    max_seq_length = math.inf  # a text is read to its end
    device = "cpu"

    @property
    def version(self) -> str:
        """Name and content in one word, for signatures."""
        return f"{self.name}.{self.checksum[:8]}"

    def get_embedding_dimension(self) -> int:
        """Numbers in a vector."""
        return int(self.rows.shape[1])

    def get_sentence_embedding_dimension(self) -> int:
        """Numbers in a vector, under the name it had before sentence-transformers 6."""
        return self.get_embedding_dimension()

    def get_max_seq_length(self) -> float:
        """Infinite: a text is read to its end."""
        return self.max_seq_length

    # -- vectors ------------------------------------------------------------------------------------------------------

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimension); zeros for a text that holds nothing. One thread, linear time."""
        import numpy as np

        found = np.zeros((len(texts), self.get_embedding_dimension()), dtype=np.float32)
        for row, text in zip(found, map(speakable, texts), strict=True):
            if text.strip():
                self._add_up(text, row)
        return found

    def _add_up(self, text: str, row: NDArray[np.float32]) -> None:
        """Write the vector of a text into a row of zeros. No BLAS: its sums differ from processor to processor."""
        import numpy as np

        for stretch in _stretches(text):
            pieces = np.array(self.tokenizer.encode(stretch, add_special_tokens=False).ids, dtype=np.intp)
            row += np.add.reduce(self.rows.take(pieces, axis=0) * self.scales.take(pieces)[:, None], axis=0)
        length = math.sqrt(np.add.reduce(np.square(row, dtype=np.float64)))
        if length:
            row /= length

    def encode(  # noqa: PLR0913, PLR0917 - the signature is that of sentence-transformers
        self,
        inputs: str | Iterable[str],
        prompt_name: str | None = None,
        prompt: str | None = None,
        batch_size: int = 32,
        show_progress_bar: bool | None = None,
        output_value: str | None = "sentence_embedding",
        precision: str | None = "float32",
        convert_to_numpy: bool = True,
        convert_to_tensor: bool = False,
        device: Any = None,  # noqa: ANN401, ARG002 - a table is read where it lies
        normalize_embeddings: bool = False,
        truncate_dim: int | None = None,
        pool: Any = None,  # noqa: ANN401
        chunk_size: int | None = None,  # noqa: ARG002 - of a pool
    ) -> Any:  # noqa: ANN401 - an array or what the caller asks for
        """Encode a text or texts, as `SentenceTransformer.encode` does.

        Args:
            inputs: a text, or texts. Half a surrogate pair and NUL are replaced; nothing is cut off.
            prompt_name: "query" or "document", which change nothing.
            prompt: put before each text.
            batch_size: changes neither vectors nor speed.
            show_progress_bar: on standard error.
            output_value: "sentence_embedding"; nothing else can be had.
            precision: "float32"; "int8", "uint8", "binary" and "ubinary" are made by sentence-transformers.
            convert_to_numpy: else a list of tensors.
            convert_to_tensor: one tensor on the CPU. This and the former import torch.
            device: ignored: a table is read on the CPU.
            normalize_embeddings: of use only with truncate_dim: vectors are unit length as they are.
            truncate_dim: keep only so many numbers of each vector.
            pool: None; one process is fast enough.
            chunk_size: ignored.

        Returns:
            Float32 unit vectors, shape (texts, dimension), or (dimension,) for one text; zeros for a text that holds nothing.

        Raises:
            TypeError: an input is not a text.
            ValueError: an option that this model has not.
        """
        if output_value != "sentence_embedding":
            raise ValueError(f"output_value={output_value!r}: this model gives 'sentence_embedding' only")
        if pool is not None:
            raise ValueError("pool: this model runs in one process; take sentence_transformer() for pools")
        if batch_size <= 0:
            raise ValueError(f"batch_size must be a positive integer, got {batch_size}.")
        before = self._prompt(prompt, prompt_name)
        texts = [before + text for text in _checked([inputs] if isinstance(inputs, str) else inputs)]
        found = self._with_progress(texts) if show_progress_bar else self.vectors(texts)
        found = _quantized(_shortened(found, truncate_dim, normalize=normalize_embeddings), precision)
        return _given_as(found[0] if isinstance(inputs, str) else found, tensor=convert_to_tensor, numpy=convert_to_numpy)

    def encode_query(self, inputs: str | Iterable[str], **options: Any) -> Any:  # noqa: ANN401
        """The same as `encode`: queries and documents are not told apart."""
        return self.encode(inputs, **options)

    def encode_document(self, inputs: str | Iterable[str], **options: Any) -> Any:  # noqa: ANN401
        """The same as `encode`: queries and documents are not told apart."""
        return self.encode(inputs, **options)

    def _prompt(self, prompt: str | None, name: str | None) -> str:
        if prompt is None and name is not None and name not in PROMPTS:
            raise ValueError(f"prompt_name={name!r}: this model has no such prompt; known: {', '.join(PROMPTS)}")
        return prompt or ""

    def _with_progress(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np
        from rich.console import Console
        from rich.progress import track

        size = 1024
        parts = range(0, len(texts), size)
        shown = track(parts, "encoding", console=Console(stderr=True), transient=True)
        found = [self.vectors(texts[start : start + size]) for start in shown]
        return np.concatenate(found) if found else self.vectors([])

    # -- similarity ---------------------------------------------------------------------------------------------------

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:  # noqa: ANN401 - arrays or tensors
        """Cosines of each vector with each, shape (first, second): a tensor if one of them is a tensor, else an array."""
        return _as_given(_unit(embeddings1) @ _unit(embeddings2).T, embeddings1, embeddings2)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Any:  # noqa: ANN401
        """Cosines of the vectors that stand at the same place, shape (vectors,): tensor or array as in `similarity`."""
        return _as_given((_unit(embeddings1) * _unit(embeddings2)).sum(axis=1), embeddings1, embeddings2)

    # -- the real thing -----------------------------------------------------------------------------------------------

    def sentence_transformer(self) -> SentenceTransformer:
        """The same model as a genuine SentenceTransformer, to be trained, saved or put on a GPU; equal vectors, but 4 bytes a number.

        It is made of the stock modules StaticEmbedding and Normalize, so that what it saves can be loaded anywhere.
        """
        import numpy as np
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(self.tokenizer.to_str())
        weights = self.rows.astype(np.float32) * self.scales[:, None]
        return SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()], device="cpu")


def _stretches(text: str) -> Iterator[str]:
    """A text in parts, cut at blanks, where no piece of a word is cut; in the midst of a word only if it fills a whole stretch."""
    start = 0
    while len(text) - start > LETTERS_AT_ONCE:
        blank = text.rfind(" ", start + 1, start + LETTERS_AT_ONCE)
        end = blank if blank > 0 else start + LETTERS_AT_ONCE
        yield text[start:end]
        start = end + (blank > 0)
    yield text[start:]


def _checked(texts: Iterable[Any]) -> list[str]:
    known = list(texts)
    for number, text in enumerate(known):
        if not isinstance(text, str):
            raise TypeError(f"text {number} is of type {type(text).__name__}, not str")
    return known


def _shortened(found: NDArray[np.float32], dimension: int | None, *, normalize: bool) -> NDArray[np.float32]:
    if dimension is None:
        return found
    return unit_rows(found[:, :dimension]) if normalize else found[:, :dimension]


def _quantized(found: NDArray[np.float32], precision: str | None) -> Any:  # noqa: ANN401 - an array of the type that was asked for
    if precision is None or precision == "float32":
        return found
    from sentence_transformers.util import quantize_embeddings

    return quantize_embeddings(found, precision=precision)  # type: ignore[arg-type]  # it refuses what it does not know


def _given_as(found: NDArray[np.float32], *, tensor: bool, numpy: bool) -> Any:  # noqa: ANN401 - an array, a tensor, or tensors
    if numpy and not tensor:
        return found
    import torch

    as_tensor = torch.from_numpy(found)
    return as_tensor if tensor or as_tensor.ndim == 1 else list(as_tensor)


def _unit(embeddings: Any) -> NDArray[np.float32]:  # noqa: ANN401 - arrays, tensors, or lists of them
    import numpy as np

    parts = embeddings if isinstance(embeddings, (list, tuple)) else [embeddings]
    arrays = [np.asarray(part.detach().cpu() if hasattr(part, "detach") else part, dtype=np.float32) for part in parts]
    return unit_rows(np.atleast_2d(np.stack(arrays) if isinstance(embeddings, (list, tuple)) else arrays[0]))


def _as_given(found: NDArray[np.float32], *given: Any) -> Any:  # noqa: ANN401
    torch = sys.modules.get("torch")  # without it nobody can have given a tensor
    parts = [entry for one in given for entry in (one if isinstance(one, (list, tuple)) else [one])]
    return torch.from_numpy(found) if torch and any(isinstance(part, torch.Tensor) for part in parts) else found


# -- loading --------------------------------------------------------------------------------------------------------------


@cache
def bundled() -> StaticModel:
    """The model of `data/model`, loaded once. Raises ModelError."""
    return load(FOLDER)


def load(folder: Traversable) -> StaticModel:
    """The model of a folder: model.json, model.safetensors, tokenizer.json. Raises ModelError when one is missing or damaged."""
    import numpy as np
    from safetensors.numpy import load as load_tensors
    from tokenizers import Tokenizer

    try:
        card = json.loads(_read(folder / "model.json"))
        name, checksums, thresholds = card["name"], card["sha256"], thresholds_of(card["thresholds"])
        contents = {part: _read(folder / part) for part in ("model.safetensors", "tokenizer.json")}
        for part, content in contents.items():
            if hashlib.sha256(content).hexdigest() != checksums[part]:
                raise ModelError(_broken(folder / part, "is damaged: its checksum is not the one in model.json"))
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(_broken(folder / "model.json", f"is damaged ({type(error).__name__}: {error})")) from error
    tokenizer = Tokenizer.from_buffer(contents["tokenizer.json"])
    tensors = load_tensors(contents.pop("model.safetensors"))
    rows, scales = tensors["rows"], tensors["scales"].astype(np.float32)
    if rows.dtype != np.int8 or rows.shape[:1] != scales.shape or len(rows) != tokenizer.get_vocab_size():
        raise ModelError(_broken(folder / "model.safetensors", "does not fit tokenizer.json"))
    return StaticModel(name, checksums["model.safetensors"], thresholds, tokenizer, rows, scales)


def _read(path: Traversable) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(_broken(path, f"cannot be read: {error.strerror}")) from error


def _broken(path: Traversable, reason: str) -> str:
    return f"model 'bundled': {path} {reason}: install tqcheck again, or give another --model"
