"""`tqcheck score`, as people and machines use it: by starting the program."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from translations_for_tests import TRANSLATIONS

from tqcheck import scoring
from tqcheck.article import Article, SentencePair
from tqcheck.config import Options

ROOT = Path(__file__).resolve().parent.parent
PAIRS = [
    {"id": "p1", "lang": "en", "source_lang": "de", "source": "Es regnet.", "target": "It rains.", "reference": "It is raining."},
    {"id": "p2", "lang": "en", "source_lang": "de", "source": "Keiner weckt den Hund.", "target": ""},
    {"id": "p3", "lang": "cs", "target": "Prší.", "reference": "Prší."},
]  # fmt: skip
SEGMENTS = {
    "id": "a1",
    "lang": "en",
    "source_lang": "de",
    "title": "Rain in Lund",
    "source_title": "Regen in Lund",
    "segments": ["It rains in Lund.", "", "The dog sleeps."],
    "source_segments": ["Es regnet in Lund.", "Keiner weckt den Hund.", "Der Hund schläft."],
    "reference_segments": ["It is raining in Lund.", "Nobody wakes the dog.", "The dog sleeps."],
}
TEXT = {
    "id": "a2",
    "lang": "en",
    "source_lang": "de",
    "text": "In 1994 Anna Berg sold 12 boats.\n\nIn 2003 she bought 48 cars from Volvo.",
    "source_text": "1994 verkaufte Anna Berg 12 Boote.\n\nPeter Holm, 77, wohnt seit 1961 in Hamburg und schreibt dort Gedichte.\n\n"
    "2003 kaufte sie 48 Autos von Volvo.",
    "reference_text": "Anna Berg sold 12 boats in 1994.\n\nIn 2003, she bought 48 Volvos.",
}
MODEL = ("--model", "none")


def run(*arguments, stdin=None):
    return subprocess.run([sys.executable, "-m", "tqcheck", *map(str, arguments)], input=stdin, capture_output=True, check=False, cwd=ROOT)


def feed(tmp_path, *rows) -> Path:
    path = tmp_path / "feed.jsonl"
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows), encoding="utf-8"
    )
    return path


def score(path, *arguments, output_format="jsonl"):
    done = run("score", path, *MODEL, "--format", output_format, *arguments)
    assert b"Traceback" not in done.stderr
    return done


def lines_of(done) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


# -- sentence pairs -----------------------------------------------------------------------------------------------------


def test_a_pair_is_a_line_in_the_order_of_the_input(tmp_path):
    done = score(feed(tmp_path, *PAIRS))
    lines = lines_of(done)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [line["id"] for line in lines] == ["p1", "p2", "p3"]
    assert all(0 <= line["adequacy_low"] <= line["adequacy"] <= line["adequacy_high"] <= 1 for line in lines[:2])
    assert {"bleu", "chrf", "chrf++", "ter"} <= lines[0].keys()
    assert not {"bleu", "chrf", "chrf++", "ter"} & lines[1].keys()
    assert (lines[2]["adequacy"], lines[2]["similarity"]) == (None, None)
    assert (lines[2]["chrf"], lines[2]["ter"]) == (100.0, 0.0)


def test_a_bad_row_is_named_and_everything_else_is_scored(tmp_path):
    bad = [{"id": "b1", "source": "Eins."}, {"id": "b2", "target": "One."}, "{broken", {"id": "b3", "source": 3, "target": "One."}]
    path = feed(tmp_path, PAIRS[0], *bad, PAIRS[1])
    done = score(path)
    assert done.returncode == 2
    assert [line["id"] for line in lines_of(done)] == ["p1", "p2"]
    told = done.stderr.decode().splitlines()
    assert [line.partition(": ")[2].split(": ")[0] for line in told] == [f"{path}:{number}" for number in (2, 3, 4, 5)]
    assert told[0].endswith("has no 'target': give the translation under this name (--columns maps other names)")
    assert told[1].endswith("has neither 'source' nor 'reference': there is nothing to compare the translation with")
    assert told[3].endswith("'source' must be a string, not int")


def test_pairs_may_have_other_column_names_and_come_as_a_table_or_on_standard_input(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("id,src,mt\np1,Es regnet in Lund.,It rains in Lund.\n", encoding="utf-8")
    options = ("--columns", "source=src,target=mt", "--lang", "en", "--source-lang", "de")
    (from_table,) = lines_of(score(path, *options))
    row = json.dumps({"id": "p1", "source": "Es regnet in Lund.", "target": "It rains in Lund."})
    done = run("score", "-", *MODEL, "--format", "jsonl", "--lang", "en", "--source-lang", "de", stdin=row.encode())
    assert lines_of(done) == [from_table]


def test_the_columns_of_pairs_are_unknown_to_commands_that_read_articles(tmp_path):
    done = run("check", feed(tmp_path, PAIRS[0]), *MODEL, "--columns", "target=mt")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"unknown column 'target'" in done.stderr


# -- articles -----------------------------------------------------------------------------------------------------------


def test_an_article_has_a_line_a_segment_then_its_own_then_that_of_the_corpus(tmp_path):
    done = score(feed(tmp_path, SEGMENTS))
    lines = lines_of(done)
    assert [(line["level"], line.get("field"), line.get("segment")) for line in lines] == [
        ("segment", "title", None),
        ("segment", "segments", 0),
        ("segment", "segments", 1),
        ("segment", "segments", 2),
        ("article", None, None),
        ("corpus", None, None),
    ]
    article, corpus = lines[-2:]
    assert (article["id"], article["segments"], corpus["articles"], corpus["segments"]) == ("a1", 4, 1, 4)
    for name in ("adequacy", "bleu", "chrf", "chrf++", "ter"):
        assert article[f"{name}_low"] <= article[name] <= article[f"{name}_high"]
        assert corpus[name] == article[name]
    assert article["adequacy"] == pytest.approx(sum(line["adequacy"] for line in lines[:4]) / 4, abs=1e-6)
    assert corpus["signatures"]["bleu"].startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")
    assert "|bs:1000|seed:12345|" in corpus["signature"]


def test_an_unaligned_text_is_scored_by_aligned_sentences_and_what_is_missing_stands_among_them(tmp_path):
    *segments, article, _ = lines_of(score(feed(tmp_path, TEXT)))
    assert [(line["text"], line["source"]) for line in segments] == [
        ("In 1994 Anna Berg sold 12 boats.", "1994 verkaufte Anna Berg 12 Boote."),
        ("", "Peter Holm, 77, wohnt seit 1961 in Hamburg und schreibt dort Gedichte."),
        ("In 2003 she bought 48 cars from Volvo.", "2003 kaufte sie 48 Autos von Volvo."),
    ]
    assert all(line["text"] == TEXT["text"][line["start"] : line["end"]] for line in segments)
    assert not any("bleu" in line for line in segments)
    assert {"bleu", "chrf", "chrf++", "ter"} <= article.keys()


def test_an_article_without_source_and_reference_is_named(tmp_path):
    path = feed(tmp_path, {"id": "a3", "text": "It rains."}, SEGMENTS)
    done = score(path)
    assert done.returncode == 2
    assert {line["id"] for line in lines_of(done)} == {"a1", None}
    assert done.stderr.decode() == f"tqcheck: {path}:1: has neither a source nor a reference: there is nothing to score it by\n"


def test_each_target_language_has_its_own_tokenizer_and_corpus(tmp_path):
    articles = [
        {"id": lang, "lang": lang, "segments": [one for one, _ in pairs], "reference_segments": [other for _, other in pairs]}
        for lang, pairs in TRANSLATIONS.items()
        if lang in {"de", "zh"}
    ]
    corpora = [line for line in lines_of(score(feed(tmp_path, *articles))) if line["level"] == "corpus"]
    assert [(corpus["lang"], corpus["signatures"]["bleu"].split("|")[3]) for corpus in corpora] == [("de", "tok:13a"), ("zh", "tok:zh")]


# -- formats ------------------------------------------------------------------------------------------------------------


def test_json_is_one_object_with_the_same_scores(tmp_path):
    path = feed(tmp_path, SEGMENTS, TEXT, *PAIRS)
    lines = lines_of(score(path))
    whole = json.loads(score(path, output_format="json").stdout)
    assert [article["id"] for article in whole["articles"]] == ["a1", "a2", "p1", "p2", "p3"]
    segments = [segment for article in whole["articles"][:2] for segment in article["segments"]] + whole["articles"][2:]
    assert [segment.get("adequacy") for segment in segments] == [line.get("adequacy") for line in lines if line["level"] == "segment"]
    assert [corpus["lang"] for corpus in whole["corpus"]] == ["cs", "en"]
    assert whole["signature"] == lines[-1]["signature"]


def test_an_empty_input_is_valid_json_where_it_is_allowed(tmp_path):
    done = score(feed(tmp_path, " "), "--allow-empty", output_format="json")
    assert (done.returncode, json.loads(done.stdout)["articles"]) == (0, [])
    assert score(feed(tmp_path, " ")).returncode == 2


def test_csv_has_a_row_for_each_level_and_no_formula(tmp_path):
    rows = list(
        csv.DictReader(io.StringIO(score(feed(tmp_path, SEGMENTS, PAIRS[0] | {"id": "=1+1"}), output_format="csv").stdout.decode()))
    )
    assert [row["level"] for row in rows] == ["segment"] * 4 + ["article", "segment", "corpus"]
    assert rows[5]["id"] == "'=1+1"
    assert float(rows[4]["chrf++_low"]) <= float(rows[4]["chrf++"]) <= float(rows[4]["chrf++_high"])


def test_the_table_shows_segments_article_corpus_and_signatures(tmp_path):
    shown = score(feed(tmp_path, SEGMENTS, TEXT), output_format="text").stdout.decode()
    lines = shown.splitlines()
    assert lines[0] == "a1  en from de, 4 segments"
    assert lines[1].split() == ["adequacy", "BLEU", "chrF", "chrF++", "TER"]
    assert [line.split()[0] for line in lines[2:8]] == ["title", "segment", "segment", "segment", "all", "95"]
    assert "All en from de: 2 articles, 7 segments" in lines
    assert any(line.startswith("  chrF++  nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:") for line in lines)
    assert "Least adequate:" in lines
    assert "        translation  (nothing)" in lines


def test_a_hostile_text_neither_moves_the_cursor_nor_breaks_the_table(tmp_path):
    bad = "::error::x \x1b[31m \u202e\n##[command]y"
    shown = score(
        feed(tmp_path, *({"id": f"{bad}{number}", "source": bad, "target": bad} for number in range(7))), output_format="text"
    ).stdout
    assert b"\x1b" not in shown
    assert "\u202e".encode() not in shown
    assert not any(line.lstrip().startswith(b"::") or b"##[" in line for line in shown.splitlines())


@pytest.mark.parametrize("output_format", ["text", "json", "jsonl", "csv"])
def test_the_number_of_processes_changes_no_byte(tmp_path, output_format):
    path = feed(tmp_path, SEGMENTS, TEXT, *({**pair, "id": f"{pair['id']}.{number}"} for number in range(12) for pair in PAIRS))
    one, two = (score(path, "--jobs", jobs, output_format=output_format) for jobs in (1, 2))
    assert one.stdout == two.stdout
    assert (one.returncode, one.stderr) == (0, b"")


def test_a_file_holds_what_standard_output_would(tmp_path):
    path, target = feed(tmp_path, *PAIRS), tmp_path / "scores.jsonl"
    assert score(path, "-o", target).stdout == b""
    assert target.read_bytes() == score(path).stdout


@pytest.mark.parametrize("arguments", [["--help"], ["score", "--help"], ["compare", "--help"], ["score"], ["rules"]])
def test_sacrebleu_and_numpy_are_not_imported_for_help(arguments):
    program = (
        "import sys, tqcheck.cli\n"
        "try: tqcheck.cli.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('sacrebleu', 'numpy', 'torch') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score"], "no input: name a file, a folder, a glob pattern, or '-' for standard input"),
        (["score", "x", "--columns", "sorce=src"], "--columns: unknown column 'sorce': did you mean 'source'?"),
        (["score", "x", "--format", "jsnl"], "argument --format: invalid choice: 'jsnl': did you mean 'jsonl'?"),
        (["compare", "x"], "the following arguments are required: NEW"),
    ],
)
def test_a_wrong_command_is_one_line_that_says_what_to_do(arguments, message):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(f"tqcheck: error: {message}")


@pytest.mark.model
def test_with_a_model_similarities_are_scored_and_a_copy_of_the_source_is_no_translation(tmp_path):
    copied = {"id": "copy", "lang": "en", "source_lang": "de", "source": "Keiner weckt den Hund.", "target": "Keiner weckt den Hund."}
    lines = lines_of(run("score", feed(tmp_path, *PAIRS, copied), "--format", "jsonl"))
    scored = {line["id"]: line for line in lines}
    assert {"similarity", "reference_similarity"} <= scored["p1"].keys()
    assert max(scored["copy"]["adequacy"], scored["p2"]["adequacy"]) < scored["p1"]["adequacy"]


# -- any text -----------------------------------------------------------------------------------------------------------

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=80)
SCORER = scoring.Scorer(Options(model="none"))


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, st.sampled_from(["en", "ja", "zh", "ar", "und"]))
def test_any_pair_has_scores_in_their_ranges(source, target, reference, lang):
    pair = SentencePair.from_row({"id": "p", "lang": lang, "source": source, "target": target, "reference": reference})
    scored = SCORER(pair)
    assert isinstance(scored, scoring.ArticleScores), scored
    assert SCORER(pair).total == scored.total
    for name, score in scored.total.scores.items():
        assert score >= 0 if name == "ter" else 0 <= score <= (1 if name == "adequacy" else 100.001)


@given(ANY_TEXT.filter(str.strip), ANY_TEXT.filter(str.strip))
def test_the_units_of_any_unaligned_text_stand_where_they_say(text, source):
    scored = SCORER(Article("a1", lang="en", source_lang="de", text=text, source_text=source))
    assert isinstance(scored, scoring.ArticleScores), scored
    assert all(text[unit.start : unit.end] == unit.text for unit in scored.segments)
