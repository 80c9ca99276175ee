"""The trained table as the package ships it: int8 rows with a scale each, the tokenizer, a file that names and checks them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

NAME = "tqcheck-static-1"


def pack(table: NDArray[np.float32], tokenizer: Path, folder: Path, thresholds: Mapping[str, float]) -> None:
    """Write model.safetensors, tokenizer.json and model.json.

    Args:
        table: shape (pieces, dimension). The row of the unknown piece, 0, becomes zero; the scale of all rows does not matter.
        tokenizer: the tokenizers file that goes with it.
        folder: where the files go.
        thresholds: same, possibly, unrelated.
    """
    table = table / np.linalg.norm(table, axis=1).mean()
    table[0] = 0
    scales = (np.abs(table).max(axis=1) / 127).astype(np.float16)
    divisor = np.where(scales > 0, scales, 1).astype(np.float32)[:, None]
    rows = np.clip(np.rint(table / divisor), -127, 127).astype(np.int8)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(save({"rows": rows, "scales": scales}))
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("model.safetensors", "tokenizer.json")}
    about = {"name": NAME, "sha256": sums, "thresholds": dict(thresholds)}
    (folder / "model.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")
