"""Where a model's cosines begin to mean something: its thresholds, found on pairs of headlines and kept in the user's cache.

Every model has its own scale, so none is shared. `bundled` and `e5` ship with measured ones; for any other model they are derived from
the pairs of `data/calibration.tsv`, once by `tqcheck calibrate --model NAME`, or else each time the model is loaded.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tqcheck
from tqcheck import tables
from tqcheck.errors import WriteError
from tqcheck.whole_file import write_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[Sequence[str]], NDArray[np.float32]]

DECIMALS = 3
SAME_BELOW = 0.97  # the share of different headlines on one story that stay below `same`
POSSIBLY_BELOW = 0.88  # ... below `possibly`: on e5 this is where 1 % of the lines of real articles lie above, see benchmarks/thresholds.py
UNRELATED_BELOW = 0.90  # the share of texts in two languages that stay below `unrelated`
METHOD = 1  # of derivation: a change makes what is stored worthless

_log = logging.getLogger("tqcheck")


@dataclass(frozen=True)
class Thresholds:
    """Cosines of one model, in [-1, 1].

    same: two headlines say the same.
    possibly: two headlines may say the same; whether they do needs more evidence, such as the letters they share.
    unrelated: below it, a sentence has nothing to do with its source.
    """

    same: float
    possibly: float
    unrelated: float


@dataclass(frozen=True)
class Calibration:
    """Thresholds, and what they rest on: how many pairs of each kind, and the share of the same headlines that each finds."""

    thresholds: Thresholds
    same_pairs: int
    different_pairs: int
    across_pairs: int
    languages: int
    same_found: float
    possibly_found: float


def calibrate(encode: Encode) -> Calibration:
    """Find a model's thresholds on the pairs of data/calibration.tsv.

    `same` is the cosine that 97 of 100 pairs of different headlines on one story stay below (they are hard ones: a claim and its denial),
    `possibly` the one that 88 of 100 stay below; `unrelated` the cosine that nine of ten pairs of texts in two languages stay below.
    Quantiles, since a limit at the one closest pair hangs on that pair.
    """
    import numpy as np

    pairs = tables.table("calibration")
    lang_of = {row[side]: row["lang"] for row in pairs for side in ("one", "other")}
    texts = sorted(lang_of)
    vectors = unit_rows(np.asarray(encode(texts), dtype=np.float32))
    at = {text: index for index, text in enumerate(texts)}
    cosines: dict[str, list[float]] = {"same": [], "different": []}
    for row in pairs:
        cosines[row["label"]].append(float(vectors[at[row["one"]]] @ vectors[at[row["other"]]]))
    langs = np.array([lang_of[text] for text in texts])
    upper = np.triu(langs[:, None] != langs)
    across = (vectors @ vectors.T)[upper]
    found = Thresholds(
        same=_quantile(cosines["different"], SAME_BELOW),
        possibly=_quantile(cosines["different"], POSSIBLY_BELOW),
        unrelated=_quantile(across, UNRELATED_BELOW),
    )
    return Calibration(
        thresholds=found,
        same_pairs=len(cosines["same"]),
        different_pairs=len(cosines["different"]),
        across_pairs=int(across.size),
        languages=len(set(lang_of.values())),
        same_found=_share_from(cosines["same"], found.same),
        possibly_found=_share_from(cosines["same"], found.possibly),
    )


def unit_rows(vectors: NDArray[Any]) -> NDArray[Any]:
    """The rows of a matrix, made unit length; a row of zeros stays as it is."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[Any] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit


def _quantile(cosines: Sequence[float] | NDArray[np.float32], share: float) -> float:
    import numpy as np

    return round(float(np.quantile(cosines, share)), DECIMALS) + 0.0 if len(cosines) else 0.0


def _share_from(cosines: Sequence[float], threshold: float) -> float:
    return round(sum(cosine >= threshold for cosine in cosines) / len(cosines), DECIMALS) if cosines else 0.0


def thresholds_of(found: Any) -> Thresholds:  # noqa: ANN401 - what a JSON file holds
    """Thresholds from their JSON object. Raises ValueError when one is missing or no cosine, or when `possibly` is above `same`."""
    names = ("same", "possibly", "unrelated")
    values = [float(found[name]) for name in names if _is_cosine(found.get(name))] if isinstance(found, Mapping) else []
    if len(values) < len(names):
        raise ValueError("its thresholds are not three cosines: same, possibly, unrelated")
    same, possibly, unrelated = values
    if possibly > same:
        raise ValueError("its threshold 'possibly' is above 'same'")
    return Thresholds(same, possibly, unrelated)


def _is_cosine(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and -1 <= value <= 1


# -- the user's cache ---------------------------------------------------------------------------------------------------


def stored(name: str, version: str) -> Thresholds | None:
    """The thresholds that `tqcheck calibrate` stored for this version of a model; None when there are none.

    A file that is broken is named on the log `tqcheck` (standard error, unless the program that uses us says otherwise) and ignored.
    """
    try:
        path = _path(name, version)
        content = path.read_text(encoding="utf-8")
    except (OSError, RuntimeError):
        return None
    except UnicodeDecodeError:
        content = ""
    try:
        return thresholds_of(json.loads(content).get("thresholds"))
    except (ValueError, AttributeError):
        _log.warning("tqcheck: %s: is damaged and was ignored: run 'tqcheck calibrate --model %s' again", path, name)
        return None


def store(name: str, version: str, calibration: Calibration) -> Path:
    """Keep what was derived for this version of a model, whole or not at all; returns the file. Raises WriteError."""
    content = {"model": name, "version": version, **asdict(calibration), "tqcheck": tqcheck.__version__}
    try:
        path = _path(name, version)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    except RuntimeError as error:  # what pathlib raises when nobody knows the home folder
        raise WriteError(f"the thresholds cannot be stored: {error}: set XDG_CACHE_HOME to a folder that can be written") from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise WriteError(
            f"the thresholds cannot be stored: {where}{error.strerror}: set XDG_CACHE_HOME to a folder that can be written"
        ) from error
    return path


def _path(name: str, version: str) -> Path:
    """The file of a model: named by model, version, calibration pairs and method, so that what is outdated is never found."""
    made_of = json.dumps([Path(name).name, version, tables.table("calibration"), METHOD])
    legible = "".join(letter if letter.isalnum() else "-" for letter in Path(name).name)[:60]
    return cache_folder() / "thresholds" / f"{legible}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.json"


def cache_folder() -> Path:
    """The user's cache folder of tqcheck, as the system has it; XDG_CACHE_HOME names another. Raises RuntimeError without a home."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if given and Path(given).is_absolute():  # the specification says to ignore a relative one
        return Path(given) / "tqcheck"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "tqcheck" / "Cache"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "tqcheck"
