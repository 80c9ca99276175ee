import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck import tables
from tqcheck.article import Article
from tqcheck.config import Options
from tqcheck.leftovers import MAX_LETTERS, is_menu, is_path, is_time_stamp, is_unfinished, kind_of, phrases, stands_alone, words_of
from tqcheck.pipeline import Checker

CORPORA = Path(__file__).resolve().parent.parent / "corpora"
ENGLISH = phrases(("en",))


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Advertisement", "advertisement"),
        ("ADVERTISEMENT", "advertisement"),
        ("Advertisement'; }", "advertisement"),
        ("Reklama", "advertisement"),
        ("Anzeige", "advertisement"),
        ("Read also: Why the dam broke", "read-also"),
        ("Photo: Reuters", "credit"),
        ("Cars and mud – illustrative photo.", "caption"),
    ],
)
def test_a_line_of_the_page_is_known_by_what_it_is(line, kind):
    assert kind_of(line, ENGLISH) in {kind, {"credit": "caption", "caption": "credit"}.get(kind)}


@pytest.mark.parametrize(
    "line",
    [
        "",
        " ",
        "·",
        "| • |",
        "The advertisement for it had cost a million.",
        "Photo of the year goes to Anna Lind",
        "Share prices fell.",
        "He left.",
        "Advertisement. The bridge reopened on Monday.",
        "Photo: " + "x" * MAX_LETTERS,
    ],
)
def test_a_line_of_the_article_is_nothing_of_the_page(line):
    assert kind_of(line, ENGLISH) is None


def test_a_line_of_two_leftovers_is_one():
    assert kind_of("Illustrative photo. Photo: press service", ENGLISH) is not None


def test_a_pointer_of_another_language_is_known_only_when_its_language_is_asked():
    assert kind_of("Čtěte také: Proč praskla hráz", ENGLISH) is None
    assert kind_of("Čtěte také: Proč praskla hráz", phrases(("cs", "en"))) == "read-also"


@given(st.text(st.sampled_from("Ad:Photo |•·.!?-–()[]1 \n\u00a0広告"), max_size=40), st.sampled_from(("en", "zh", "tr")))
def test_any_line_has_a_kind_or_none(line, lang):
    assert kind_of(line, phrases((lang, "en"))) in {
        None,
        "credit",
        "counter",
        "file",
        *(row["kind"] for row in tables.table("boilerplate")),
    }


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("12 comments", "comments"),
        ("3 min read", "reading-time"),
        ("5 Min. Lesezeit", "reading-time"),
        ("IMG_2034.JPG", "file"),
        ("harbour.1200x800.webp", "file"),
        ("1.2K", "counter"),
        ("Anna Lind/Reuters", "credit"),
        ("(AFP / Anna Lind)", "credit"),
        ("© Jiří Novák/ČTK", "credit"),
        ("dpa/AFP", "credit"),
        ("[Photo: Anna Lind]", "credit"),
    ],
)
def test_a_line_of_the_page_is_known_by_its_shape(line, kind):
    assert kind_of(line, ENGLISH) == kind


@pytest.mark.parametrize(
    "line",
    [
        "12",
        "2023",
        "14:30",
        "3 : 2",
        "10K",
        "km/h",
        "AC/DC",
        "Anna Lind",
        "Reuters",
        "he/she",
        "Lund/Malmö",
        "24/7",
        "12 eggs",
        "example.org",
        "v1.2",
    ],
)
def test_a_shape_that_the_article_may_have_is_nothing_of_the_page(line):
    assert kind_of(line, ENGLISH) is None


@pytest.mark.parametrize("line", ["Home | News | Sport", "Новини • Спорт • Погода", "首页 | 新闻 | 体育"])
def test_short_items_between_symbols_are_a_menu(line):
    assert is_menu(line)


@pytest.mark.parametrize(
    "line", ["", "Lund | 3 | 2", "Home | News", "col·lecció", "a|b|c", "He said | that it was so | and left the room for good"]
)
def test_figures_and_sentences_between_symbols_are_no_menu(line):
    assert not is_menu(line)


def test_a_path_and_a_time_stamp_are_known():
    assert is_path("Home > Culture")
    assert not is_path("10 > 5")
    assert is_time_stamp("12.05.2023, 14:30 Uhr")
    assert is_time_stamp("2023-05-12 14:30")
    assert not is_time_stamp("12.05.2023")
    assert not is_time_stamp("14:30")


@given(st.text(st.sampled_from("Ab: |•·>.!?-–()1/ \n\u00a0広告"), max_size=60))
def test_layout_is_told_of_any_line(line):
    assert words_of(line) >= 0
    assert not stands_alone(line) or is_unfinished(line)
    assert {is_menu(line), is_path(line), is_time_stamp(line)} <= {True, False}


# -- lines of the page that the table does not hold -----------------------------------------------------------------------


def paragraphs(lang: str) -> list[str]:
    article = json.loads((CORPORA / "clean" / f"{lang}.jsonl").read_text("utf-8").splitlines()[0])
    return list(article.get("segments") or [part for part in article["text"].split("\n") if part.strip()])


def is_found(checker: Checker, line: str, lang: str) -> bool:
    before, *after = paragraphs(lang)[:4]
    report = checker(Article("a1", title="", segments=(before, after[0], line, *after[1:]), lang=lang))
    return any(finding.surface == line for finding in report.findings)


@pytest.fixture(scope="module")
def with_model() -> Checker:
    return Checker(Options(select=("boilerplate-left",)), measure=False)


def page_lines() -> list[list[str]]:
    rows = (CORPORA / "page-lines.tsv").read_text("utf-8").splitlines()
    return [row.split("\t") for row in rows if not row.startswith("#")][1:]


@pytest.mark.model
def test_half_of_the_lines_that_no_phrase_fits_are_given_away_by_their_layout(with_model):
    found: dict[str, list[bool]] = {}
    for lang, part, line in page_lines():
        assert kind_of(line, phrases((lang, "en"))) is None, line
        found.setdefault(lang, []).append(is_found(with_model, line, lang))
        found.setdefault(part, []).append(found[lang][-1])
    shares = {name: round(sum(hits) / len(hits), 2) for name, hits in found.items()}
    assert shares.pop("dev") >= 0.6, shares
    assert shares.pop("held-out") >= 0.45, shares
    assert len(shares) >= 12
    assert sum(share >= 0.4 for share in shares.values()) >= 12, shares


@pytest.mark.model
def test_of_a_hundred_subheadings_at_most_one_is_marked(with_model):
    rows = tables.table("calibration")
    headlines = sorted({(row["lang"], row[side].rstrip(".。")) for row in rows for side in ("one", "other")})
    short = [(lang, line) for lang, line in headlines if stands_alone(line) and kind_of(line, phrases((lang, "en"))) is None]
    assert len(short) > 200
    marked = [line for lang, line in short if is_found(with_model, line, lang)]
    assert len(marked) <= len(short) / 100, marked
