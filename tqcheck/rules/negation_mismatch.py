"""The source denies and the translation does not, or the other way round.

*He did not come* becomes *he came*: the shortest word that a sentence can lose, and the dearest. Read both sentences and put the negation
right.

Translators turn negations into other words all the time (*he failed to come*, *only then*, *unhappy*), so only clear cases count: one
short sentence for one, no question, exactly one plain negation on the one side, and on the other none, nor any word, prefix or ending
that may deny, limit or oppose (`data/negations.tsv`).
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import regex

from tqcheck import tables
from tqcheck.annotate import AnnotatedArticle, Pair
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/mistranslation"
PREVIEW = True
BAD = [
    Example("[[The minister is ill.]]", source_lang="cs", source_text="Ministr není nemocný."),
    Example("[[The witness saw the car.]]", source_lang="de", source_text="Der Zeuge hat das Auto nicht gesehen."),
    Example("[[The witness did not see the car.]]", source_lang="de", source_text="Der Zeuge hat das Auto gesehen."),
    Example("[[Der Zeuge hat das Auto gesehen.]]", lang="de", source_lang="en", source_text="The witness didn't see the car."),
    Example("[[Le témoin a vu la voiture.]]", lang="fr", source_lang="en", source_text="The witness did not see the car."),
    Example("[[El testigo vio el coche rojo.]]", lang="es", source_lang="en", source_text="The witness did not see the red car."),
    Example("[[Il testimone ha visto l’auto.]]", lang="it", source_lang="en", source_text="The witness did not see the car."),
    Example("[[A testemunha viu o carro.]]", lang="pt", source_lang="en", source_text="The witness did not see the car."),
    Example("[[De getuige heeft de auto gezien.]]", lang="nl", source_lang="en", source_text="The witness has not seen the car."),
    Example("[[Świadek widział samochód.]]", lang="pl", source_lang="ru", source_text="Свидетель не видел машину."),
    Example("[[Свідок бачив машину.]]", lang="uk", source_lang="en", source_text="The witness did not see the car."),
    Example("[[Свидетель видел машину.]]", lang="ru", source_lang="en", source_text="The witness did not see the car."),
    Example("[[Vittnet såg bilen i går.]]", lang="sv", source_lang="fi", source_text="Todistaja ei nähnyt autoa eilen."),
    Example("[[A tanú látta a piros autót.]]", lang="hu", source_lang="en", source_text="The witness did not see the red car."),
    Example("[[رأى الشاهد السيارة أمس.]]", lang="ar", source_lang="en", source_text="The witness did not see the car yesterday."),
    Example("[[העד ראה את המכונית.]]", lang="he", source_lang="en", source_text="The witness did not see the car."),
    Example("[[गवाह ने कार देखी।]]", lang="hi", source_lang="en", source_text="The witness did not see the car."),
    Example("[[证人昨天看到了那辆车。]]", lang="zh", source_lang="en", source_text="The witness did not see the car yesterday."),
    Example("[[証人は昨日その車を見た。]]", lang="ja", source_lang="en", source_text="The witness did not see the car yesterday."),
    Example("[[목격자는 어제 차를 보았다.]]", lang="ko", source_lang="en", source_text="The witness did not see the car yesterday."),
]
GOOD = [
    Example("The minister did not sign the law on Monday.", source_lang="cs", source_text="Ministr v pondělí zákon nepodepsal."),
    Example("The minister refused to sign the law.", source_lang="de", source_text="Der Minister hat das Gesetz nicht unterschrieben."),
    Example("Not only the minister came.", source_lang="de", source_text="Es kam auch jemand anderes als der Minister."),
    Example("Er kam erst am Montag.", lang="de", source_lang="en", source_text="He did not come until Monday."),
    Example("Nikdo nikdy nic neřekl.", lang="cs", source_lang="en", source_text="No one ever said anything, and he never did."),
    Example("The witness was unhappy.", source_lang="ru", source_text="Свидетель был не рад."),
    Example("Did he come on Monday?", source_lang="de", source_text="Ist er am Montag nicht gekommen?"),
    Example("El ministro no vino.", lang="es", source_lang="en", source_text="The minister failed to come."),
    Example("他未来会成为部长。", lang="zh", source_lang="en", source_text="In the future he will be minister."),
    Example("彼は大臣になるかもしれない。", lang="ja", source_lang="en", source_text="He may become minister one day."),
]
MISSED = [
    Example(
        "[[He came, and the others, who had been told of it by the minister, did not know.]]",
        source_lang="de",
        source_text="Er kam nicht, und die anderen, denen es der Minister gesagt hatte, wussten es nicht.",
    )
]

_MAX_WORDS_WON = 12  # of a sentence whose translation denies: translators are fond of *no more than*, *not to forget*
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’\u200c-][\p{L}\p{M}]++){0,99}+['’]?")
_QUESTION = regex.compile(r"[?？؟;;]")
_END = regex.compile(r"[.!?…。！？؟।][\"'“”»’)\s]+\S")


class _Signs(NamedTuple):
    """How a language denies: plainly, and by words that come near it."""

    plain: regex.Pattern[str]
    near: regex.Pattern[str]
    idioms: regex.Pattern[str] | None  # within them a plain negation denies nothing: Chinese *未来*, Japanese *かもしれない*

    def denials(self, sentence: str) -> list[str]:
        """The plain negations of a sentence."""
        found: list[str] = self.plain.findall(self.idioms.sub(" ", sentence) if self.idioms else sentence)
        return found


def check(article: AnnotatedArticle, *, max_words: int = 26) -> Iterator[Mark]:
    """Yield one finding for each short sentence that denies on one side alone.

    Args:
        article: the article; without a source there is nothing to compare.
        max_words: of the longer of two sentences; in a longer one a negation may be anywhere, and anything.
    """
    if not article.has_source or not article.source_lang:
        return
    own, other = signs(article.language.tag), signs(tables.language(article.source_lang).tag)
    if own is None or other is None or own == other:
        return
    wholes = article.pairs
    starts = [whole.start for whole in wholes]
    for pair in article.sentence_pairs:
        if _is_clear(pair.source, max_words) and _is_clear(pair.target, max_words):
            whole = wholes[max(0, bisect.bisect_right(starts, pair.start) - 1)]
            balance = len(own.denials(whole.target)) - len(other.denials(whole.source))
            yield from _compare(pair, own, other, balance)


def _compare(pair: Pair, own: _Signs, other: _Signs, balance: int) -> Iterator[Mark]:
    """Compare two sentences; `balance`: how many negations the translation has more in the whole paragraph or segment."""
    here, there = own.denials(pair.target), other.denials(pair.source)
    if balance < 0 and len(there) == 1 and not here and not own.near.search(pair.target):
        message = f"The source denies (“{there[0]}”); the translation says yes."
    elif (
        balance > 0
        and _is_clear(pair.source, _MAX_WORDS_WON)
        and len(here) == 1
        and not there
        and not other.near.search(pair.source)
        and not own.near.search(pair.target)
    ):
        message = f"The translation denies (“{here[0]}”); the source says yes."
    else:
        return
    yield Mark(*pair.span, message, confidence=0.6)


def _is_clear(sentence: str, max_words: int) -> bool:
    """One short sentence, no question."""
    words = len(_WORD.findall(sentence))
    letters = len(sentence.strip())
    return (
        words >= 1
        and letters >= 8
        and words <= max_words
        and letters <= 9 * max_words
        and not _QUESTION.search(sentence)
        and not _END.search(sentence)
    )


@lru_cache(maxsize=64)
def signs(lang: str) -> _Signs | None:
    """How a language denies; None for one that the table does not have."""
    rows = [(row["entry"], row["kind"]) for row in tables.table("negations") if row["lang"] == lang]
    if not rows:
        return None
    part = not tables.language(lang).spaced
    plain, near = ([entry for entry, kind in rows if kind == wanted] for wanted in ("not", "near"))
    idioms = [entry for entry, kind in rows if kind == "idiom"]
    idioms += [entry for entry in near if part and any(word in entry and word != entry for word in plain)]
    return _Signs(_any(plain, part=part), _any(near, part=part), _any(idioms, part=part) if idioms else None)


def _any(entries: list[str], *, part: bool) -> regex.Pattern[str]:
    patterns = [_pattern(entry, part=part) for entry in sorted(entries, key=lambda entry: (-len(entry), entry))]
    return regex.compile("|".join(patterns), regex.IGNORECASE)


def _pattern(entry: str, *, part: bool) -> str:
    """The pattern of an entry: a whole word, unless a star says that it goes on, or the script has no blanks."""
    bare = regex.escape(entry.strip("*")).replace("'", "['’]")
    before = "" if part or entry.startswith("*") else r"(?<![\p{L}\p{M}])"
    after = "" if part or entry.endswith("*") else r"(?![\p{L}\p{M}])"
    return before + bare + after
