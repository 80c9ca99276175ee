"""What the model learns from and what it is tested on: pairs of packages, and the evaluation texts of a folder, cut into two halves.

The halves are cut by a number that depends on the text (of a document: on its name) alone, so that nothing of the tested half is ever
learned, whatever else changes.
"""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import parallel
from parallel import Pair, fingerprint

NEWS = (
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "nb",
    "nl", "pl", "pt", "ro", "ru", "sk", "sr", "sv", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
OTHERS = (
    "af", "az", "be", "bn", "bs", "ca", "cy", "eo", "et", "eu", "ga", "gl", "hy", "is", "ka", "kk", "lt", "lv", "mk", "mr",
    "ms", "sl", "sq", "sw", "ta", "te", "tl", "ur",
)  # fmt: skip
WMT = ("cs", "uk", "ru", "de", "zh", "ja")
TESTED = 50  # of 100 fingerprints are tested, the others are learned
TESTED_TATOEBA = 20  # so little of it is there that more is needed to learn from

# At most so many pairs a language of each source, or the large sources would drown the small ones; OTHERS get a half.
MOST = {
    "dictionaries": 120_000, "descriptions": 30_000, "wesnoth": 30_000, "cataclysm": 20_000, "widelands": 10_000, "libreoffice": 16_000,
    "help": 16_000, "user-guide": 5_000, "mediawiki": 8_000, "firefox": 8_000, "catalogues": 50_000, "cldr": 30_000,
}  # fmt: skip


def of_packages(work: Path) -> Iterator[tuple[str, Iterable[Pair]]]:
    """The pairs of each source below a working folder (see fetch.py)."""
    unpacked = work / "unpacked"

    def catalogues(*beginnings: str) -> Iterator[Pair]:
        folders = (folder for folder in sorted(unpacked.iterdir()) if folder.name.startswith(beginnings))
        return itertools.chain.from_iterable(map(parallel.catalogues, folders))

    own = ("dict-", "wesnoth", "cataclysm", "widelands", "libreoffice", "firefox", "mediawiki", "gnome-user-docs")
    yield "dictionaries", itertools.chain.from_iterable(map(parallel.dictionary, sorted(unpacked.glob("dict-freedict-*"))))
    yield "descriptions", parallel.descriptions(work / "descriptions" / "lists")
    yield "wesnoth", catalogues("wesnoth")
    yield "cataclysm", catalogues("cataclysm")
    yield "widelands", catalogues("widelands")
    yield "libreoffice", catalogues("libreoffice-l10n")
    yield "help", parallel.help_pages(unpacked)
    yield "user-guide", parallel.user_guide(unpacked / "gnome-user-docs")
    yield "mediawiki", parallel.wiki_messages(unpacked / "mediawiki")
    yield "firefox", parallel.language_packs(unpacked)
    yield "catalogues", catalogues(*(folder.name for folder in unpacked.iterdir() if not folder.name.startswith(own)))
    yield "cldr", parallel.cldr(work / "cldr")


def limited(source: str, pairs: Iterable[Pair]) -> dict[str, list[Pair]]:
    """The pairs by language: each once, not more than MOST, texts of 25 letters and more first, interfaces only where they are prose."""
    by_language: dict[str, list[Pair]] = defaultdict(list)
    for found in sorted(set(pairs)):
        if found.lang in _KNOWN and (source in {"dictionaries", "cldr"} or _is_prose(found.english)):
            by_language[found.lang].append(found)
    for lang, group in by_language.items():
        most = MOST[source] // (1 if lang in NEWS else 2)
        random.Random(source + lang).shuffle(group)  # noqa: S311 - nothing is secret here
        group.sort(key=lambda found: len(found.english) < 25)
        del group[most:]
    return by_language


_KNOWN = {*NEWS, *OTHERS} - {"en"}


def _is_prose(text: str) -> bool:
    return sum(map(str.isalpha, text)) >= 0.6 * len(text)


@dataclass(frozen=True)
class Tests:
    """Texts that are never learned. Each a list of texts that stand for each other at the same place."""

    ntrex: Mapping[str, list[str]]  # language -> sentences, all languages parallel
    tatoeba: Mapping[str, list[tuple[str, str]]]  # language -> (text, English)
    wmt: Mapping[str, list[tuple[str, str]]]  # language -> (text, English)


Learned = list[tuple[str, list[tuple[str, str]]]]  # (source, translations of each other: (language, text))


def evaluation(folder: Path) -> tuple[Learned, Tests]:
    """What may be learned of an evaluation folder (clusters of translations), and its other half."""
    learned: Learned = []
    tests = Tests(_ntrex(folder, learned), _tatoeba(folder, learned), _wmt(folder, learned))
    for name, source in (("train/mlqe_da", "mlqe"), ("train/critical", "critical")):
        learned += [(source, [(row["source_lang"], row["source"]), (row["lang"], row["mt"])]) for row in rows(folder, name)]
    hidden = {text for group in tests.wmt.values() for pair in group for text in pair}
    return [(source, cluster) for source, cluster in learned if hidden.isdisjoint(text for _, text in cluster)], tests


def rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The records of an evaluation file, as `dev/articles_mt`."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _ntrex(folder: Path, learned: Learned) -> dict[str, list[str]]:
    documents: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in rows(folder, "dev/human_ntrex"):
        documents[row["doc"]][row["lang"]] = row["segments"]
    tested: dict[str, list[str]] = defaultdict(list)
    for name, languages in sorted(documents.items()):
        if fingerprint(name) < TESTED:
            for lang, sentences in languages.items():
                tested[lang] += sentences
        else:
            learned += [("ntrex", [(lang, text[at]) for lang, text in languages.items()]) for at in range(len(languages["en"]))]
    return tested


def _tatoeba(folder: Path, learned: Learned) -> dict[str, list[tuple[str, str]]]:
    tested: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows(folder, "train/tatoeba"):
        if fingerprint(row["en"]) < TESTED_TATOEBA:
            tested[row["lang"]].append((row["text"], row["en"]))
        else:
            learned.append(("tatoeba", [("en", row["en"]), (row["lang"], row["text"])]))
    return tested


def _wmt(folder: Path, learned: Learned) -> dict[str, list[tuple[str, str]]]:
    tested: dict[str, dict[str, str]] = defaultdict(dict)
    clusters: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for name in ("dev/articles_human", "dev/articles_mt"):
        for row in rows(folder, name):
            pairs = list(zip(row["source"], row["segments"], strict=False)) if len(row["source"]) == len(row["segments"]) else []
            if fingerprint(row["doc"]) >= TESTED:
                for source, target in pairs:
                    clusters[row["source_lang"], source].add((row["lang"], target))
            elif row["kind"] == "human" and "en" in {row["source_lang"], row["lang"]}:
                for source, target in pairs:
                    english, other = (source, target) if row["source_lang"] == "en" else (target, source)
                    if len(english) > 10:
                        tested[row["lang"] if row["source_lang"] == "en" else row["source_lang"]].setdefault(other, english)
    learned += [("wmt", [source, *sorted(targets)]) for source, targets in clusters.items()]
    return {lang: sorted(pairs.items()) for lang, pairs in tested.items() if lang in WMT}
