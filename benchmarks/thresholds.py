"""Where a sentence model's cosines begin to mean something: what a threshold finds, and what it flags by mistake.

    python benchmarks/thresholds.py [--model bundled|e5|PATH]

Measured on tqcheck/data/calibration.tsv: pairs of headlines that say the same, and pairs that only share story and names, chosen to be
hard. When ../shared/eval/dev lies beside the checkout, real translated news is measured as well: the lines that the rule
`headline-repeated` compares with the headline, one headline by two translators, and sentences with and without their source.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sacrebleu.metrics.chrf import CHRF

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article
from tqcheck.calibration import Thresholds, calibrate
from tqcheck.embed import Vectors, load_vectors
from tqcheck.errors import TqcheckError
from tqcheck.rules import all_rules

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float64]

_Entry = TypeVar("_Entry")

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT.parent / "shared" / "eval" / "dev"
NEAR = 80.0  # chrF from which `headline-repeated` needs no vectors
# Documents of the dev set that do say their headline again below it (read, all languages): a find there is right.
REPEATING = {
    *("dailymail.co.uk.298630", "dailymail.co.uk.298622", "dailymail.co.uk.54769", "cnn.304489", "kp.96048", "kp.96064", "bbc.381669"),
    *("scotsman.133783",),
}


@dataclass(frozen=True)
class Pair:
    """Two texts, whether they say the same, and their cosine."""

    lang: str
    same: bool
    cosine: float
    one: str = ""
    other: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was measured; returns the exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        vectors = load_vectors(parsed.model)
    except TqcheckError as error:
        print(f"thresholds.py: error: {error}", file=sys.stderr)
        return 2
    if vectors is None:
        print("thresholds.py: error: --model none has no thresholds", file=sys.stderr)
        return 2
    print(f"model {vectors.name}\n")
    pairs = list(_calibration(vectors, parsed.languages))
    if not pairs:
        print("thresholds.py: error: calibration.tsv has no pairs in these languages", file=sys.stderr)
        return 2
    _show_calibration(pairs, _tried(vectors.thresholds))
    _show_thresholds(vectors)
    if parsed.dev.is_dir():
        _show_dev(vectors, parsed.dev, parsed.limit)
    else:
        print(f"\nreal news: {parsed.dev} is not there, not measured")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="thresholds.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="bundled", metavar="bundled|e5|PATH", help="PATH: of sentence-transformers; default: bundled")
    parser.add_argument(
        "--languages", type=lambda text: set(text.split(",")), metavar="LANG,...", help="only these pairs of calibration.tsv"
    )
    parser.add_argument(
        "--dev", type=Path, default=DEV, metavar="DIR", help="labelled real news; default: ../shared/eval/dev, if it is there"
    )
    parser.add_argument("--limit", type=int, default=1200, metavar="N", help="at most N pairs of each kind of real news; default: 1200")
    return parser


# -- calibration.tsv --------------------------------------------------------------------------------------------------


def _calibration(vectors: Vectors, languages: set[str] | None) -> Iterator[Pair]:
    for row in tables.table("calibration"):
        if languages is None or row["lang"] in languages:
            cosine = vectors.similarity(row["one"], row["other"])
            yield Pair(row["lang"], row["label"] == "same", cosine, row["one"], row["other"])


def _tried(used: Thresholds) -> list[float]:
    """Thresholds for repeats around those in use: from below `possibly` to above `same`."""
    step = max(0.005, (used.same - used.possibly) / 4)
    return [round(used.possibly + step * number, 3) for number in range(-3, 8)]


def _unrelated_tried(used: Thresholds) -> list[float]:
    step = (1 - used.unrelated) / 20
    return [round(used.unrelated + step * number, 3) for number in range(-4, 5)]


def _show_calibration(pairs: Sequence[Pair], tried: Sequence[float]) -> None:
    same, different = _scores(pairs, same=True), _scores(pairs, same=False)
    print(f"calibration.tsv: {len(same)} same, {len(different)} different (hard ones), AUC {_auc(same, different):.3f}")
    print("  from    same found   different flagged")
    for threshold in tried:
        print(f"  {threshold:.3f}   {_share(same, threshold):10.3f}   {_share(different, threshold):.3f}")
    print("  the closest different pairs:")
    for pair in sorted((pair for pair in pairs if not pair.same), key=lambda pair: -pair.cosine)[:5]:
        print(f"    {pair.cosine:.3f}  {pair.lang}  {pair.one} / {pair.other}")
    print("\n  lang    AUC   same: median, lowest   different: median, highest")
    by_language: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_language[pair.lang].append(pair)
    for lang, own in sorted(by_language.items()):
        yes, no = _scores(own, same=True), _scores(own, same=False)
        print(f"  {lang:4}  {_auc(yes, no):.3f}   {_median(yes):12.3f}, {yes.min():.3f}   {_median(no):17.3f}, {no.max():.3f}")


def _show_thresholds(vectors: Vectors) -> None:
    texts = sorted({row[side] for row in tables.table("calibration") for side in ("one", "other")})
    table = vectors.of(texts)

    def encode(wanted: Sequence[str]) -> NDArray[np.float32]:
        return table[[texts.index(text) for text in wanted]]

    print("\nthresholds                            same   possibly   unrelated")
    for name, found in (
        ("used for this model", vectors.thresholds),
        ("calibration.calibrate() derives", calibrate(encode).thresholds),
    ):
        print(f"  {name:34} {found.same:.3f}   {found.possibly:8.3f}   {found.unrelated:.3f}")


# -- real news --------------------------------------------------------------------------------------------------------


def _show_dev(vectors: Vectors, folder: Path, limit: int) -> None:
    human = [*_rows(folder, "articles_human"), *_rows(folder, "human_ntrex")]
    machine = _rows(folder, "articles_mt")
    print(f"\nreal news in {folder}: {len(human)} human articles, {len(machine)} by machine")
    lines = _headline_lines(vectors, _spread(human, 3 * limit))  # most have no line to compare
    twice = _headlines_twice(vectors, _spread(_same_headlines(human, machine), limit))
    _show_headlines(lines, twice, _tried(vectors.thresholds))
    _show_sources(_sentences(vectors, _spread(human, max(1, limit // 4))), _unrelated_tried(vectors.thresholds))


def _rows(folder: Path, name: str) -> list[dict[str, Any]]:
    path = folder / f"{name}.jsonl.gz"
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _spread(entries: Iterable[_Entry], limit: int) -> list[_Entry]:
    """At most `limit` entries, evenly spread, so that every language has its share."""
    known = list(entries)
    step = max(1, -(-len(known) // limit))
    return known[::step]


def _headline_lines(vectors: Vectors, human: Iterable[Mapping[str, Any]]) -> list[tuple[str, Pair]]:
    """Document and cosine for each line that `headline-repeated` compares with the headline by vectors. All say something else."""
    rule = all_rules()["headline-repeated"]
    all_pass = Vectors(vectors.name, vectors.of, Thresholds(same=-1.0, possibly=-1.0, unrelated=-1.0), independent=vectors.independent)
    found = []
    for row in human:
        if row["doc"] in REPEATING:
            continue
        title, *body = row["segments"]
        article = AnnotatedArticle(Article(row["id"], title=title, segments=tuple(body), lang=row["lang"]), all_pass)
        for mark in rule.marks(article, {}):
            if mark.similarity is not None:
                pair = Pair(row["lang"], same=False, cosine=mark.similarity, one=title, other=article.text[mark.start : mark.end])
                found.append((row["doc"], pair))
        vectors.forget()
        all_pass.forget()
    return found


def _same_headlines(human: Iterable[Mapping[str, Any]], machine: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Language and two translations of one headline, by two translators, where letters alone would not do."""
    chrf = CHRF()
    translations: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for row in (*human, *machine):
        if "year" in row and len(row["segments"][0]) <= 200:
            translations[row["year"], row["pair"], row["doc"], row["lang"]].append(row["segments"][0])
    for (*_, lang), headlines in translations.items():
        first, last = headlines[0], headlines[-1]
        if len(headlines) > 1 and min(len(first.split()), len(last.split())) >= 4 and chrf.sentence_score(last, [first]).score < NEAR:
            yield lang, first, last


def _headlines_twice(vectors: Vectors, headlines: Iterable[tuple[str, str, str]]) -> list[Pair]:
    found = []
    for lang, one, other in headlines:
        found.append(Pair(lang, same=True, cosine=vectors.similarity(one, other), one=one, other=other))
        vectors.forget()
    return found


def _show_headlines(lines: Sequence[tuple[str, Pair]], twice: Sequence[Pair], tried: Sequence[float]) -> None:
    if not lines or not twice:
        print("  no headlines to compare")
        return
    different, same = _scores((pair for _, pair in lines), same=False), _scores(twice, same=True)
    documents = len({document for document, _ in lines})
    print(
        f"  {len(same)} headlines by two translators, against {len(different)} lines of {documents} documents that the rule compares with"
    )
    print(f"  the headline (documents known to repeat it left out): AUC {_auc(same, different):.3f}")
    print("  from    same found   lines flagged   documents with one")
    for threshold in tried:
        flagged = len({document for document, pair in lines if pair.cosine >= threshold})
        print(f"  {threshold:.3f}   {_share(same, threshold):10.3f}   {_share(different, threshold):13.4f}   {flagged}")
    print("  the closest lines:")
    for document, pair in sorted(lines, key=lambda entry: -entry[1].cosine)[:8]:
        print(f"    {pair.cosine:.3f}  {pair.lang}  {document}")


def _sentences(vectors: Vectors, human: Iterable[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """Cosines of sentences to their source, and to the source of another sentence of the same article: four of each article."""
    found = []
    for row in human:
        sources, targets = row.get("source") or [], row["segments"]
        if len(sources) != len(targets) or len(targets) < 8 or row.get("domain", "news") not in {"news", "news?"}:
            continue
        chosen = range(1, len(targets), max(1, len(targets) // 4))[:4]
        one = vectors.of([sources[index] for index in chosen])
        other = vectors.of([targets[index] for index in chosen])
        table = one @ other.T
        count = len(chosen)
        found += [(float(table[i, i]), float(table[i, (i + 1) % count])) for i in range(count)]
        vectors.forget()
    return found


def _show_sources(found: Sequence[tuple[float, float]], tried: Sequence[float]) -> None:
    if not found:
        print("  no sentences with a source")
        return
    print(f"\n  {len(found)} sentences with their source, against the source of another sentence of the same article")
    print("  below   unrelated found   true pairs flagged")
    for threshold in tried:
        own, others = (sum(pair[side] < threshold for pair in found) / len(found) for side in (0, 1))
        print(f"  {threshold:.3f}   {others:15.3f}   {own:.4f}")


# -- figures ----------------------------------------------------------------------------------------------------------


def _scores(pairs: Iterable[Pair], *, same: bool) -> Scores:
    import numpy as np

    return np.array([pair.cosine for pair in pairs if pair.same is same])


def _share(scores: Scores, threshold: float) -> float:
    return float((scores >= threshold).mean())


def _median(scores: Scores) -> float:
    return float(sorted(scores)[len(scores) // 2])


def _auc(same: Scores, different: Scores) -> float:
    """The chance that a pair of the same scores higher than a different one; ties count half."""
    higher, equal = (same[:, None] > different).mean(), (same[:, None] == different).mean()
    return float(higher + equal / 2)


if __name__ == "__main__":
    sys.exit(main())
