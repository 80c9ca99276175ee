"""`tqcheck compare`: which findings went, came and stayed, and which scores changed by more than chance."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tqcheck import compare
from tqcheck.article import Article, Problem, Severity
from tqcheck.config import Options
from tqcheck.score import WEIGHTS

ROOT = Path(__file__).resolve().parent.parent
PLAIN = Options(model="none", select=("word-doubled", "markup-left", "name-variant"))
FIRST = "The ferry to Lund was late."
DOUBLED = "He said that that was the the end."


def an_article(text: str, name="a1", **more) -> Article:
    return Article(name, lang="en", text=text, origin=f"feed.jsonl:{name}", **more)


def side(*articles: Article, given="feed.jsonl", options=PLAIN) -> compare.Side:
    found = compare.Side(given)
    for outcome in compare.measure(articles, options):
        found.add_problem(outcome) if isinstance(outcome, Problem) else found.add(outcome)
    return found


def changes(old: str, new: str) -> dict[str, tuple[int, int, int]]:
    compared = compare.compare(side(an_article(old)), side(an_article(new)), WEIGHTS)
    return {rule: (change.gone, change.came, change.stayed) for rule, change in compared.rules.items()}


# -- findings -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("It was the the end.", "It was the the end.", {"word-doubled": (0, 0, 1)}),
        ("It was the the end.", "It was the end.", {"word-doubled": (1, 0, 0)}),
        ("It was the end.", "It was the the end.", {"word-doubled": (0, 1, 0)}),
        (f"It was the the end.\n\n{FIRST}", f"{FIRST}\n\nIt was the the end.", {"word-doubled": (0, 0, 1)}),
        ("It was the the end.", "So came the the end of it.", {"word-doubled": (0, 0, 1)}),
        ("It was the the end.", "He left at at ten.", {"word-doubled": (1, 1, 0)}),
        ("The the ferry was late. It was the the end.", "It was the the end.", {"word-doubled": (1, 0, 1)}),
        ("It was the the end.", "A <b>bold</b> ferry.", {"markup-left": (0, 2, 0), "word-doubled": (1, 0, 0)}),
        (FIRST, FIRST, {}),
    ],
)
def test_a_finding_stays_when_the_same_words_are_found_in_the_article_again(old, new, wanted):
    assert changes(old, new) == wanted


def test_of_two_findings_of_the_same_words_the_one_with_the_same_neighbours_stays():
    old = side(an_article("The the ferry was late. It was the the end."))
    new = side(an_article("It was the the end."))
    (gone,) = compare.compare(old, new, WEIGHTS).gone
    assert gone.start == 0


def test_new_findings_are_told_the_worst_first():
    new = side(an_article("It was the the end of <b>it</b>."))
    came = compare.compare(side(an_article(FIRST)), new, WEIGHTS).came
    assert [finding.severity for finding in came] == [Severity.MAJOR, Severity.MAJOR, Severity.MINOR]


# -- matching -----------------------------------------------------------------------------------------------------------


def test_articles_are_matched_by_id_in_any_order_and_the_others_are_named():
    old = side(an_article(FIRST, "a1"), an_article(FIRST, "a2"), an_article(FIRST, "gone"))
    new = side(an_article(FIRST, "came"), an_article(FIRST, "a2"), an_article(FIRST, "a1"))
    compared = compare.compare(old, new, WEIGHTS)
    assert (compared.articles, compared.only_old, compared.only_new) == (2, ("gone",), ("came",))


def test_articles_without_an_id_are_matched_by_their_place_in_the_input():
    old = side(Article("old.jsonl:3", lang="en", text=FIRST, origin="old.jsonl:3"), given="old.jsonl")
    new = side(Article("new.jsonl:3", lang="en", text=FIRST, origin="new.jsonl:3"), given="new.jsonl")
    assert compare.compare(old, new, WEIGHTS).articles == 1
    folder = side(Article("old/a.txt", lang="en", text=FIRST, origin="old/a.txt"), given="old/")
    other = side(Article("new/a.txt", lang="en", text=FIRST, origin="new/a.txt"), given="new")
    assert compare.compare(folder, other, WEIGHTS).articles == 1


def test_an_article_with_other_segments_is_compared_by_its_findings_alone():
    def cut(*segments):
        return side(Article("a1", lang="en", segments=segments, reference_segments=segments))

    compared = compare.compare(cut(FIRST, "It was the the end."), cut(FIRST, "It was", "the end."), WEIGHTS)
    assert compared.unpaired == ("a1",)
    assert compared.rules["word-doubled"] == compare.Change(gone=1)
    assert list(compared.pairs[0].scores) == ["mqm"]


# -- scores -------------------------------------------------------------------------------------------------------------


def scores(old: tuple[str, ...], new: tuple[str, ...], references: tuple[str, ...]) -> dict[str, compare.ScoreChange]:
    sides = (side(Article("a1", lang="en", segments=segments, reference_segments=references)) for segments in (old, new))
    (pair,) = compare.compare(*sides, WEIGHTS).pairs
    return dict(pair.scores)


def test_a_translation_that_is_better_throughout_is_clearly_better():
    references = tuple(f"The ferry number {number} to the town of Lund was late on Monday." for number in range(30))
    worse = tuple(reference.replace("was late on Monday", "had been delayed") for reference in references)
    found = scores(worse, references, references)
    assert {name: (change.new, change.units) for name, change in found.items() if name in {"chrf", "ter"}} == {
        "chrf": (100.0, 30),
        "ter": (0.0, 30),
    }
    assert all(max(found[name].bootstrap, found[name].randomization) < 0.01 for name in ("bleu", "chrf", "chrf++", "ter"))


def test_the_same_translation_has_no_difference_and_a_single_segment_proves_nothing():
    same = scores((FIRST, DOUBLED), (FIRST, DOUBLED), (FIRST, FIRST))
    assert {(change.old == change.new, change.bootstrap, change.randomization) for name, change in same.items() if name != "mqm"} == {
        (True, 1.0, 1.0)
    }
    single = scores((FIRST,), (DOUBLED,), (FIRST,))
    assert {(change.units, change.bootstrap, change.randomization) for change in single.values()} == {(1, None, None)}


def test_unaligned_texts_are_compared_as_wholes():
    def texts(text):
        return side(*(an_article(text, f"a{number}", source_text="Die Fähre kam. Es regnete.", source_lang="de") for number in range(3)))

    (pair,) = compare.compare(texts("The ferry came. It rained."), texts("The ferry came and it rained."), WEIGHTS).pairs
    assert pair.scores["adequacy"].units == 3


def test_the_mqm_score_is_that_of_all_articles_as_one_text():
    old, new = (side(an_article(text, "a1"), an_article(FIRST, "a2")) for text in ("It was the the end.", "It was the end of it."))
    (pair,) = compare.compare(old, new, WEIGHTS).pairs
    assert pair.scores["mqm"].old == pytest.approx(100 / (1 + 1000 * 1 / 11 / 100))
    assert pair.scores["mqm"].new == 100.0


# -- the command --------------------------------------------------------------------------------------------------------

OLD = [
    {"id": "a1", "lang": "en", "segments": ["It was the the end."], "reference_segments": ["It was the end."]},
    {"id": "a2", "lang": "en", "segments": [FIRST], "reference_segments": [FIRST]},
    {"id": "gone", "lang": "en", "text": FIRST},
]
NEW = [
    {"id": "a2", "lang": "en", "segments": ["The <b>ferry to Lund was late."], "reference_segments": [FIRST]},
    {"id": "a1", "lang": "en", "segments": ["It was the end."], "reference_segments": ["It was the end."]},
]


def run(tmp_path, old, new, *arguments):
    for name, rows in (("old", old), ("new", new)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    command = [sys.executable, "-m", "tqcheck", "compare", tmp_path / "old.jsonl", tmp_path / "new.jsonl", "--model", "none", *arguments]
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
    assert b"Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("old", "new", "arguments", "code"),
    [
        (OLD, NEW, [], 0),
        (OLD, NEW, ["--fail-on", "never"], 0),
        (OLD, NEW, ["--fail-on", "major"], 1),
        (OLD, NEW, ["--fail-on", "critical"], 0),
        (NEW, OLD, ["--fail-on", "minor"], 1),
        (NEW, OLD, ["--fail-on", "major"], 0),
        (OLD, OLD, ["--fail-on", "minor"], 0),
        (OLD[:1], NEW[:1], [], 2),
        (OLD, [*NEW, {"id": "bad"}], [], 2),
        (OLD, NEW, ["--select", "no-rule"], 2),
    ],
)
def test_the_exit_code_says_whether_the_new_one_has_new_findings(tmp_path, old, new, arguments, code):
    assert run(tmp_path, old, new, *arguments).returncode == code


def test_nothing_in_common_is_said_in_one_line(tmp_path):
    done = run(tmp_path, OLD[:1], NEW[:1])
    assert done.stderr.decode() == "tqcheck: error: OLD and NEW have no article in common: articles are matched by their id\n"


def test_json_holds_scores_rules_and_findings(tmp_path):
    found = json.loads(run(tmp_path, OLD, NEW, "--format", "json").stdout)
    assert (found["articles"], found["only_old"], found["only_new"]) == (2, ["gone"], [])
    assert found["rules"] == {
        "markup-left": {"gone": 0, "came": 1, "stayed": 0},
        "word-doubled": {"gone": 1, "came": 0, "stayed": 0},
    }
    assert [(finding["article"], finding["surface"]) for finding in found["came"]] == [("a2", "<b>")]
    (pair,) = found["scores"]
    assert list(pair["scores"]) == ["mqm", "bleu", "chrf", "chrf++", "ter"]
    assert set(pair["scores"]["bleu"]) == {"old", "new", "verdict", "units", "p_bootstrap", "p_randomization"}
    assert found["signature"].endswith("|bs:1000|ar:10000|seed:12345")


def test_the_text_names_what_a_person_must_know(tmp_path):
    shown = run(tmp_path, OLD, NEW).stdout.decode()
    assert "2 articles in both\n1 article only in OLD: gone\n" in shown
    assert "  TER (less is better) " in shown
    assert "\nmarkup-left      0     1       0\n" in shown
    assert "\nNew findings\n  major: markup-left: a2 segments[0] 4: " in shown


def test_markdown_holds_the_same_tables_and_no_markup_of_the_articles(tmp_path):
    shown = run(tmp_path, OLD, NEW, "--format", "markdown").stdout.decode()
    assert "| rule | gone | came | stayed |\n| --- | ---: | ---: | ---: |\n| markup-left | 0 | 1 | 0 |" in shown
    assert "<b>" not in shown
    assert "⟦\\<b\\>⟧" in shown


@pytest.mark.parametrize("output_format", ["text", "json", "markdown"])
def test_the_number_of_processes_changes_no_byte(tmp_path, output_format):
    one, two = (run(tmp_path, OLD, NEW, "--format", output_format, "--jobs", jobs).stdout for jobs in ("1", "2"))
    assert one == two
    assert one


def test_pairs_of_sentences_can_be_compared(tmp_path):
    rows = [
        {"id": f"p{number}", "lang": "en", "source_lang": "de", "source": "Es regnete.", "target": "It rained.", "reference": "It rained."}
        for number in range(9)
    ]
    found = json.loads(run(tmp_path, [row | {"target": ""} for row in rows], rows, "--format", "json").stdout)
    (pair,) = found["scores"]
    assert (pair["scores"]["chrf"]["old"], pair["scores"]["chrf"]["new"], pair["scores"]["chrf"]["verdict"]) == (0.0, 100.0, "better")
