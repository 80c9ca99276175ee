"""Texts into numbers: choose the pieces of the vocabulary, cut every text into them.

The pieces are those of multilingual-e5-small (XLM-R's 250,002), in lower case and without the vowel points of Arabic and Hebrew, chosen by
how often the languages need them: each language has the same say, half of it by word frequencies (wordfreq), half by the texts.
"""

from __future__ import annotations

import json
import pickle
import random
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import texts as corpus
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, normalizers

PIECES = 103_000  # with 256 numbers a piece the model is 29 MB
SINGLE = 12_000  # letters that are kept in any case
LONGEST = 128  # pieces of a text that are learned from
SERBO_CROATIAN = {"hr": "sh", "bs": "sh", "sr": "sh"}
LANGUAGES = (*corpus.NEWS, *corpus.OTHERS)


class Prepared(NamedTuple):
    """Texts as numbers: text i is flat[offsets[i]:offsets[i + 1]].

    pairs: (language, source) -> int32, shape (pairs, 2): the English text and the other.
    clusters: source -> lists of texts that mean the same, in several languages.
    """

    flat: NDArray[np.int32]
    offsets: NDArray[np.int64]
    pairs: dict[tuple[str, str], NDArray[np.int32]]
    clusters: dict[str, list[list[int]]]
    tests: corpus.Tests


def prepare(work: Path, evaluation: Path) -> Prepared:
    """Read everything, choose the vocabulary (`work`/pieces.json) and cut the texts; kept in `work`/prepared.pickle."""
    kept = work / "prepared.pickle"
    if kept.is_file():
        return Prepared(*pickle.loads(kept.read_bytes()))  # noqa: S301 - our own file of a moment ago
    groups, clusters, tests = _read(work, evaluation)
    tokenizer = vocabulary(json.loads((work / "tokenizer.json").read_text("utf-8")), groups)
    tokenizer.save(str(work / "pieces.json"), pretty=False)
    numbers: dict[str, int] = {}

    def number(text: str) -> int:
        return numbers.setdefault(text, len(numbers))

    pairs = {key: np.array([(number(e), number(t)) for e, t in group], np.int32).reshape(-1, 2) for key, group in groups.items()}
    numbered = {source: [[number(text) for _, text in cluster] for cluster in group] for source, group in clusters.items()}
    cut = [_cut(encoding.ids) for encoding in _encoded(tokenizer, list(numbers))]
    offsets = np.concatenate([[0], np.cumsum([len(pieces) for pieces in cut])]).astype(np.int64)
    prepared = Prepared(np.concatenate(cut), offsets, pairs, numbered, tests)
    kept.write_bytes(pickle.dumps(tuple(prepared), protocol=5))
    return prepared


Groups = dict[tuple[str, str], list[tuple[str, str]]]


def _read(work: Path, evaluation: Path) -> tuple[Groups, dict[str, list[list[tuple[str, str]]]], corpus.Tests]:
    groups: Groups = defaultdict(list)
    for source, pairs in corpus.of_packages(work):
        for lang, group in sorted(corpus.limited(source, pairs).items()):
            groups[lang, source] = [(pair.english, pair.text) for pair in group]
        print(f"{source:14} {sum(len(group) for (_, name), group in groups.items() if name == source):>9,} pairs", flush=True)
    learned, tests = corpus.evaluation(evaluation)
    hidden = {text.casefold() for group in tests.tatoeba.values() for pair in group for text in pair}
    clusters: dict[str, list[list[tuple[str, str]]]] = defaultdict(list)
    for source, cluster in learned:
        known = [(lang, text) for lang, text in cluster if lang in LANGUAGES and text.casefold() not in hidden]
        english = [text for lang, text in known if lang == "en"]
        for lang, text in known:
            if english and lang != "en":
                groups[lang, source].append((english[0], text))
        if len(known) > 2 or (len(known) == 2 and not english):
            clusters[source].append(known)
    return groups, clusters, tests


def vocabulary(original: dict[str, Any], groups: Groups) -> Tokenizer:
    """The tokenizer with the pieces that the languages need most; unknown is piece 0."""
    original["post_processor"] = None
    original["added_tokens"] = []
    pieces, unknown = original["model"]["vocab"], original["model"]["unk_id"]
    whole = _lower_cased(original)
    need = np.zeros(len(pieces))
    for lang in LANGUAGES:
        need += _need(whole, lang, groups, len(pieces)) * (3 if lang == "en" else 1 if lang in corpus.NEWS else 0.7)
    singles = [at for at, (piece, _) in enumerate(pieces) if len(piece) == 1 and need[at] > 0]
    order = [int(at) for at in np.argsort(-need, kind="stable") if need[at] > 0 and at > unknown]
    chosen = list(dict.fromkeys([*singles[:SINGLE], *order]))[: PIECES - 1]
    model = original["model"] | {"vocab": [[p, round(s, 4)] for p, s in (pieces[at] for at in (unknown, *sorted(chosen)))], "unk_id": 0}
    return _lower_cased(original | {"model": model})


def _lower_cased(config: dict[str, Any]) -> Tokenizer:
    tokenizer = Tokenizer.from_str(json.dumps(config))
    points = normalizers.Replace(Regex("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u0652\u0670]"), "")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), points, tokenizer.normalizer])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _need(tokenizer: Tokenizer, lang: str, groups: Groups, size: int) -> NDArray[np.float64]:
    """How often a language needs each piece; sums to 1."""
    import wordfreq

    chance = random.Random(lang)  # noqa: S311
    if lang == "en":
        found = [group for (other, _), group in groups.items() if other in {"de", "fr", "it"}]
        sample = [english for group in found for english, _ in chance.sample(group, min(8000, len(group)))]
    else:
        found = [group for (other, source), group in groups.items() if other == lang and source != "dictionaries"]
        sample = [text for group in found for _, text in chance.sample(group, min(8000, len(group)))]
    need = _counted(tokenizer, sample, None, size)
    listed = SERBO_CROATIAN.get(lang, lang)
    if listed in wordfreq.available_languages("best"):
        frequency = wordfreq.get_frequency_dict(listed, wordlist="best")
        words = sorted(frequency, key=lambda word: (-frequency[word], word))[:60_000]
        need = (need + _counted(tokenizer, words, [frequency[word] for word in words], size)) / 2
    return need


def _counted(tokenizer: Tokenizer, sample: list[str], weights: list[float] | None, size: int) -> NDArray[np.float64]:
    count = np.zeros(size)
    for encoding, weight in zip(_encoded(tokenizer, sample), weights or [1.0] * len(sample), strict=True):
        np.add.at(count, encoding.ids, weight)
    whole: NDArray[np.float64] = count / max(count.sum(), 1e-9)
    return whole


def _encoded(tokenizer: Tokenizer, sample: list[str]) -> Any:  # noqa: ANN401 - an iterator of encodings
    for start in range(0, len(sample), 20_000):
        yield from tokenizer.encode_batch_fast(sample[start : start + 20_000], add_special_tokens=False)


def _cut(pieces: list[int]) -> NDArray[np.int32]:
    return np.array([piece for piece in pieces if piece][:LONGEST], np.int32)
