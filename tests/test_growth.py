"""Time grows with the length of a text and not with its square: a sample of benchmarks/growth.py, in ratios of CPU time.

The whole is `python benchmarks/growth.py`, with longer texts and all pumps.
"""

import gc
import importlib.util
import sys
import time
from pathlib import Path

import pytest

from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article
from tqcheck.config import Options, override
from tqcheck.pipeline import Checker

ROOT = Path(__file__).resolve().parent.parent
SHORT, LONG = 4_096, 32_768  # eight times as long
ALLOWED = 24.0  # times the seconds of the short text: linear is 8, the square 64
LEAST = 0.2  # seconds: less than that is noise
TIMES = 10.0  # of what ordinary text takes in all
PUMPS = ("a", "1", "1,", "A", "中", ". ", "a@", "http://", "(", "Kyiv Kiev ", "Smith, John, ", "“a” ", "the the ", "a\n")


def growth():
    spec = importlib.util.spec_from_file_location("benchmark_growth", ROOT / "benchmarks" / "growth.py")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


BENCH = growth()
ORDINARY = BENCH.Text.of_the_corpus()


def seconds(subject, articles, letters):
    gc.collect()
    gc.disable()  # when a collection runs depends on all that came before
    started = time.process_time()
    subject.work(articles, letters)
    spent = time.process_time() - started
    gc.enable()
    return spent


@pytest.fixture(scope="module")
def subjects():
    found = BENCH._subjects((), None, "none", "both")
    article = BENCH._article(*ORDINARY.cut(LONG), "both", "en", None)
    BENCH._annotate(article)
    for subject in found:  # what is loaded when it is first asked for counts for no text
        subject.work({LONG: article}, LONG)
    return found, sum(seconds(subject, {LONG: article}, LONG) for subject in found)


@pytest.mark.parametrize("pump", PUMPS)
def test_time_grows_with_the_length_of_translation_and_source(subjects, pump):
    found, ordinary = subjects
    articles = {letters: BENCH._pumped(pump, ORDINARY.cut(letters), "both", "en", None) for letters in (SHORT, LONG)}
    for article in articles.values():
        BENCH._annotate(article)  # what the rules share is measured once, as a subject of its own
    spent = {}
    for subject in found:
        spent[subject.name] = [seconds(subject, articles, letters) for letters in articles]
    steep = {name: (short, long) for name, (short, long) in spent.items() if long > LEAST and long > ALLOWED * max(short, LEAST / ALLOWED)}
    assert steep == {}
    assert sum(long for _, long in spent.values()) < TIMES * ordinary


def numbers(count, step):
    return " ".join(str(10_000 + number * step) for number in range(count))


def names(count, first):
    """Names that have no letter's sound in common with those of another `first`."""
    return " ".join(f"{first}{chr(97 + number // 26 % 26)}{chr(97 + number % 26)}{number % 7 * 'o'}" for number in range(count))


# What one unit of a text holds very often, or a long run of one thing and then what no pattern that began with it can end with.
HOSTILE = {
    "soft hyphens": lambda letters: ("\u00ad" * letters + "x", ""),
    "blanks of no width": lambda letters: ("a" + "\u200b" * letters + "\u0e01", ""),
    "line ends in code": lambda letters: ("a" + "\\n" * (letters // 2) + "x", ""),
    "blanks in a dateline": lambda letters: ("A" + " " * letters + "x", ""),
    "quotations in Han": lambda letters: ("“" + "€\u2009「二" * (letters // 4), ""),
    "numbers that differ": lambda letters: (numbers(letters // 6, 11), numbers(letters // 6, 7)),
    "names that differ": lambda letters: ("There " + names(letters // 8, "Kar"), "Es " + names(letters // 8, "Mel")),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_time_grows_with_the_length_of_hostile_text(subjects, kind):
    found, ordinary = subjects
    spent = []
    for letters in (SHORT, LONG):
        text, source = HOSTILE[kind](letters)
        article = AnnotatedArticle(Article("x", title="", text=text, lang="en", source_text=source or None, source_lang="de"))
        spent.append(sum(seconds(subject, {letters: article}, letters) for subject in found))
    assert spent[1] < max(LEAST, ALLOWED * spent[0])
    assert spent[1] < TIMES * ordinary


@pytest.mark.parametrize("pump", ["a", "1,", "a'"])
def test_a_word_of_ten_megabytes_takes_no_rule_down(pump):
    word = pump * (10_000_000 // len(pump))
    report = Checker(override(Options(model="none"), {"article_timeout": 0}))(Article(id="x", title="", text=word, lang="zh"))
    assert report.problems == ()
