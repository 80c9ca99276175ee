"""What holds for every format that feeds come in: the same articles, the same findings, and no exception whatever is broken."""

import importlib.util
import io
import json
import os
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feeds_for_tests import atom, newsml, newsml_item, ninjs, nitf, po, rss, tmx, xliff
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.article import Article, Problem
from tqcheck.config import Options
from tqcheck.pipeline import Checker
from tqcheck.read import read
from tqcheck.read.units import UNITS

SAMPLE = Path(__file__).parent.parent / "corpora" / "sample-feed" / "feed.jsonl"
ARTICLES = [
    {"id": "uk", "lang": "uk", "title": "Міст відкрито", "text": "Київ – Міст відкрито.\nОб’єднані сили.\n\n«Так», – сказав він."},
    {"id": "zh", "lang": "zh", "title": "桥梁开放", "text": "基辅——桥梁已经开放。\n\n“是的”，他说。"},
    {"id": "ar", "lang": "ar", "title": "افتتاح الجسر", "text": "كييف - افتتح الجسر.\n\n«نعم»."},
    {"id": "fr", "lang": "fr", "title": "R&D : l’été", "text": "Paris\u00a0: « 3 < 4 & 5 > 4 », dit-il 🙂.\n\nAdvertisement'; }"},
]
PAIRS = [
    {
        "id": "de",
        "lang": "de",
        "source_lang": "en",
        "segments": ["Eins & <zwei>.", "Drei\u00a0„vier“.\nFünf"],
        "source_segments": ["One & <two>.", "3"],
    },
    {"id": "ja", "lang": "ja", "source_lang": "en", "segments": ["一つ。", "二つ"], "source_segments": ["One.", "Two\u2028x\x85y"]},
]
FEEDS = {
    "rss": rss(ARTICLES),
    "rss description": rss(ARTICLES, full=False),
    "atom html": atom(ARTICLES),
    "atom text": atom(ARTICLES, kind="text"),
    "atom xhtml": atom(ARTICLES, kind="xhtml"),
    "ninjs 1": ninjs(ARTICLES),
    "ninjs 2": ninjs(ARTICLES, version=2),
    "ninjs 3": ninjs(ARTICLES, version=3),
    "newsml nitf": newsml(ARTICLES),
    "newsml xhtml": newsml(ARTICLES, kind="xhtml"),
    "newsml text": newsml(ARTICLES, kind="text"),
    "newsml html": newsml(ARTICLES, kind="html"),
}
BITEXTS = {
    "xliff 1": xliff(PAIRS),
    "xliff 2": xliff(PAIRS[:1], version=2),
    "tmx": tmx(PAIRS[0]),
    "po": po(PAIRS[0]),
}
SINGLE = {"newsml item": newsml_item(ARTICLES[0]), "nitf": nitf(ARTICLES[0])}
ALL = {**FEEDS, **BITEXTS, **SINGLE}


def run(data: bytes | str, **options):
    raw = data.encode() if isinstance(data, str) else data
    return list(read(["-"], stdin=io.BytesIO(raw), **options))


def told(articles):
    """What an article says, whatever the format can say besides."""
    return [(article.id, article.lang, article.title, article.text) for article in articles]


@pytest.mark.parametrize("kind", FEEDS)
def test_articles_in_many_languages_come_back_as_they_were_written(kind):
    assert told(run(FEEDS[kind])) == [(row["id"], row["lang"], row["title"], row["text"]) for row in ARTICLES]


@pytest.mark.parametrize("kind", SINGLE)
def test_a_document_of_one_article_is_one(kind):
    assert told(run(SINGLE[kind])) == [("uk", "uk", ARTICLES[0]["title"], ARTICLES[0]["text"])]


@pytest.mark.parametrize("kind", BITEXTS)
def test_units_come_back_as_parallel_segments_that_say_where_they_stand(kind):
    for article, row in zip(run(BITEXTS[kind]), PAIRS, strict=False):
        assert (article.lang, article.source_lang) == (row["lang"], row["source_lang"])
        assert (list(article.segments), list(article.source_segments)) == (row["segments"], row["source_segments"])
        assert [origin.unit for origin in article.segment_origins] == ["u0", "u1"]
        for segment, origin in zip(article.segments, article.segment_origins, strict=True):
            where = BITEXTS[kind].split("\n")[origin.line - 1]
            assert segment[:2] in where, "the line is that of the translation"
    assert article.where(1) == f"-:{article.segment_origins[1].line} (unit u1)"


@pytest.mark.parametrize("kind", [kind for kind in ALL if "ninjs" not in kind])
def test_a_byte_order_mark_and_line_ends_of_windows_change_nothing(kind):
    data = ALL[kind].replace("\n", "\r\n")
    fields = ("id", "lang", "title", "text", "segments", "source_segments", "origin", "segment_origins")
    changed, plain = run("\ufeff" + data), run(ALL[kind])
    assert [[getattr(one, name) for name in fields] for one in changed] == [[getattr(one, name) for name in fields] for one in plain]


@pytest.mark.parametrize("kind", ALL)
def test_a_file_that_is_cut_anywhere_gives_what_was_whole_and_one_problem(kind):
    raw, whole = ALL[kind].encode(), run(ALL[kind])
    for end in range(0, len(raw.rstrip()), 10):
        records = run(raw[:end], input_format=kind.partition(" ")[0])
        articles = [record for record in records if isinstance(record, Article)]
        problems = [record for record in records if isinstance(record, Problem)]
        assert problems or kind == "po", end  # PO is cut by lines: a file that ends with a line is whole
        assert len(problems) <= 1
        for article, right in zip(articles, whole, strict=False):
            assert article.id == right.id
            if article.segments is None or len(article.segments) == len(right.segments):
                assert article.text == right.text
                assert "po" in kind or article.segments == right.segments
            else:
                assert article.segments == right.segments[: len(article.segments)]


@pytest.mark.parametrize("kind", ALL)
def test_whatever_bytes_are_changed_nothing_is_raised(kind):
    raw, chance = ALL[kind].encode(), random.Random(kind)  # noqa: S311 - the same every time
    parts = [
        b"<",
        b">",
        b"&",
        b'"',
        b"\x00",
        b"\xff",
        b"</",
        b"]]>",
        b"<![CDATA[",
        b"&nbsp;",
        b"&x;",
        b"<!DOCTYPE",
        b"\n\n",
        b"{",
        b"}",
        b"\\",
        b"",
    ]
    for _ in range(150):
        at, length = chance.randrange(len(raw)), chance.choice([0, 1, 5, 40])
        records = run(raw[:at] + chance.choice(parts) + raw[at + length :], input_format=kind.partition(" ")[0])
        assert all(isinstance(record, (Article, Problem)) for record in records)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("other", ["rss", "atom", "ninjs", "newsml", "nitf", "xliff", "tmx", "po"])
def test_the_wrong_format_is_one_problem_that_says_so(kind, other):
    mine = kind.partition(" ")[0]
    if mine != other and {mine, other} != {"rss", "atom"}:
        records = run(ALL[kind], input_format=other)
        assert [type(record) for record in records] == [Problem]
        assert re.search(r"is no |is neither|has the root", str(records[0]))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("feed.xml", "rss"),
        ("feed.rss", "rss"),
        ("feed.rss", "atom text"),
        ("feed.atom", "atom html"),
        ("feed.xml", "newsml nitf"),
        ("feed.xml", "nitf"),
        ("feed.xml", "tmx"),
        ("feed.tmx", "tmx"),
        ("feed.xlf", "xliff 1"),
        ("feed.xliff", "xliff 2"),
        ("feed.po", "po"),
        ("feed.json", "ninjs 3"),
        ("feed", "rss"),
        ("feed", "tmx"),
        ("feed", "po"),
    ],
)
def test_suffix_and_content_decide_the_format(tmp_path, monkeypatch, path, kind):
    monkeypatch.chdir(tmp_path)
    Path(path).write_text(ALL[kind], encoding="utf-8")
    records = list(read(["."]) if "." in path else read([path]))
    assert records
    assert [replace(record, origin="", id="") for record in records] == [replace(record, origin="", id="") for record in run(ALL[kind])]
    assert all(record.origin.startswith(f"{path}:") for record in records)


# -- property: what is written is read ----------------------------------------------------------------------------------

CHARACTERS = st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="\ufffe\uffff")
WORDS = st.lists(st.text(CHARACTERS, min_size=1), min_size=1, max_size=4).map(" ".join)
PARAGRAPHS = st.lists(WORDS, min_size=1, max_size=3).map("\n\n".join)
ROWS = st.lists(st.tuples(WORDS, PARAGRAPHS), min_size=1, max_size=4).map(
    lambda found: [{"id": f"a{number}", "lang": "en", "title": title, "text": text} for number, (title, text) in enumerate(found)]
)
UNIT_ROWS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5).map(
    lambda found: {
        "id": "a",
        "lang": "de",
        "source_lang": "en",
        "segments": [t for t, _ in found],
        "source_segments": [s for _, s in found],
    }
)


@given(ROWS, st.sampled_from([rss, atom, ninjs, newsml]), st.booleans())
def test_any_feed_that_is_written_is_read_as_it_was(rows, write, other):
    options = {rss: {"full": other}, atom: {"kind": "xhtml" if other else "text"}, ninjs: {"version": 2 + other}}
    options[newsml] = {"kind": "xhtml" if other else "text"}
    assert told(run(write(rows, **options[write]))) == [(row["id"], "en", row["title"], row["text"]) for row in rows]


@given(UNIT_ROWS, st.sampled_from([tmx, po, lambda row: xliff([row]), lambda row: xliff([row], version=2)]))
def test_any_units_that_are_written_are_read_as_they_were(row, write):
    (article,) = run(write(row))
    assert (list(article.segments), list(article.source_segments)) == (row["segments"], row["source_segments"])


# -- the same findings ----------------------------------------------------------------------------------------------------

TEXT_KEYS = ("id", "lang", "title", "text")


@pytest.fixture(scope="module")
def sample():
    return [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def checker():
    return Checker(Options(model="none", preview=True), measure=False)


def findings(checker, data: bytes | str, input_format: str, *, ids: bool = True):
    """All findings but the place in the file; without ids, in one list over all articles."""
    found = []
    for record in run(data, input_format=input_format):
        assert isinstance(record, Article), record
        report = checker(record)
        assert not report.problems
        found += [finding.as_dict() | ({} if ids else {"article": "", "segment": None, "related": []}) for finding in report.findings]
    return found


def jsonl(rows) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def parquet(rows) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def table(rows, names) -> str:
    def cell(value):
        text = "" if value is None else json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
        return '"' + text.replace('"', '""') + '"'

    return "\n".join([",".join(names), *(",".join(cell(row.get(name)) for name in names) for row in rows)]) + "\n"


def test_the_sample_feed_has_the_same_findings_in_every_format_of_whole_texts(sample, checker):
    rows = [{key: row[key] for key in TEXT_KEYS} for row in sample if "text" in row]
    expected = findings(checker, jsonl(rows), "jsonl")
    assert len(expected) > 50
    written = {
        "csv": table(rows, TEXT_KEYS),
        "parquet": parquet(rows),
        "rss": rss(rows),
        "atom": atom(rows, kind="xhtml"),
        "ninjs": ninjs(rows, version=3),
        "newsml": newsml(rows),
    }
    for name, data in written.items():
        assert findings(checker, data, name) == expected, name
    assert findings(checker, ninjs(rows), "ninjs") == expected
    assert sorted(map(str, (finding for row in rows for finding in findings(checker, nitf(row), "nitf")))) == sorted(map(str, expected))


SEGMENT_KEYS = ("id", "lang", "source_lang", "segments", "source_segments")


def in_segments(sample):
    """The articles with parallel segments, and those whose paragraphs are parallel to the source's, without their headlines."""
    for row in sample:
        targets, sources = row.get("segments"), row.get("source_segments")
        if targets is None:
            targets, sources = row["text"].split("\n\n"), row["source_text"].split("\n\n")
            sources += [""] * (len(targets) - len(sources))
            sources = sources[: len(targets)]
        yield {"id": row["id"], "lang": row["lang"], "source_lang": row["source_lang"], "segments": targets, "source_segments": sources}


def test_the_sample_feed_has_the_same_findings_in_every_format_of_segments(sample, checker):
    rows = list(in_segments(sample))
    named = [row | {"id": f"-#{row['id']}"} for row in rows]
    expected = findings(checker, jsonl(named), "jsonl")
    assert len(expected) > 50
    assert findings(checker, parquet(named), "parquet") == expected
    assert findings(checker, table(named, SEGMENT_KEYS), "csv") == expected
    assert findings(checker, xliff(rows), "xliff") == expected
    for row in rows:
        mine = [finding for finding in expected if finding["article"] == f"-#{row['id']}"]
        assert findings(checker, xliff([row], version=2), "xliff") == mine
        assert [finding | {"article": f"-#{row['id']}"} for finding in findings(checker, tmx(row), "tmx")] == mine
        assert [finding | {"article": f"-#{row['id']}"} for finding in findings(checker, po(row), "po")] == mine


def test_units_beyond_the_first_article_begin_another_and_their_ids_do_not_repeat():
    count = 2 * UNITS + 3
    row = {"id": "a", "lang": "de", "source_lang": "en", "segments": [f"z{n}" for n in range(count)], "source_segments": ["x"] * count}
    for data, name in ((xliff([row]), "-#a"), (xliff([row], version=2), "-#a"), (tmx(row), "-#de"), (po(row), "-")):
        articles = run(data)
        assert [article.id for article in articles] == [name, f"{name}#2", f"{name}#3"]
        assert [segment for article in articles for segment in article.segments] == row["segments"]
        assert [len(article.segment_origins) for article in articles] == [UNITS, UNITS, 3]


# -- the command line ---------------------------------------------------------------------------------------------------


def check(path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tqcheck", "check", path.name, "--model", "none", "--no-progress", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(SAMPLE.parents[2])}
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False, timeout=120, env=environment)


@pytest.fixture
def bad_xliff(tmp_path) -> Path:
    row = PAIRS[0] | {
        "segments": ["Das ▁Haus ist groß.", "Und so weiter."],
        "source_segments": ["The house is large.", "And so on."],
    }
    path = tmp_path / "feed.xlf"
    path.write_text(xliff([row]), encoding="utf-8")
    return path


def test_a_finding_names_the_line_and_the_unit_in_which_a_person_mends_it(bad_xliff):
    done = check(bad_xliff, "--select", "token-left")
    assert (done.returncode, done.stderr) == (1, "")
    assert "  feed.xlf:7 (unit u0): segments[0] 1:5: major: token-left" in done.stdout
    done = check(bad_xliff, "--select", "token-left", "--format", "jsonl")
    assert {json.loads(line)["origin"] for line in done.stdout.splitlines()} == {"feed.xlf:7 (unit u0)"}
    done = check(bad_xliff, "--select", "token-left", "--format", "json")
    assert {finding["origin"] for report in json.loads(done.stdout) for finding in report["findings"]} == {"feed.xlf:7 (unit u0)"}


def test_a_cut_file_is_exit_code_2_and_what_stands_before_is_reported(bad_xliff):
    bad_xliff.write_text(bad_xliff.read_text("utf-8").partition("<target>Und")[0], encoding="utf-8")
    done = check(bad_xliff, "--select", "token-left", "--format", "jsonl")
    assert done.returncode == 2
    assert {json.loads(line)["rule"] for line in done.stdout.splitlines()} == {"token-left"}
    assert done.stderr == "tqcheck: feed.xlf:11: ends inside the <trans-unit> of line 9: it was cut\n"


@pytest.mark.parametrize("name", ["wrong.xml", "empty.tmx", "version.xlf", "wrong.po"])
def test_what_gives_nothing_is_exit_code_2(tmp_path, name):
    contents = {"wrong.xml": "<svg/>", "empty.tmx": "", "version.xlf": '<xliff version="9"/>', "wrong.po": "hello"}
    (tmp_path / name).write_text(contents[name])
    done = check(tmp_path / name)
    assert done.returncode == 2
    assert done.stderr.startswith(f"tqcheck: {name}")


@pytest.mark.parametrize(("kind", "limit"), [("xliff", 600), ("rss", 600)])
def test_memory_is_flat_while_a_large_file_is_read(tmp_path, kind, limit):
    spec = importlib.util.spec_from_file_location("feed_memory", SAMPLE.parents[2] / "benchmarks" / "feed_memory.py")
    feed_memory = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(feed_memory)
    megabytes = {"xliff": 50, "rss": 20}[kind]
    path = tmp_path / f"feed.{kind}"
    assert feed_memory.write(path, kind, megabytes) >= megabytes * 1e6
    _, memory, counts = feed_memory.measure(path, "read")
    assert memory < limit / 4, "checking takes about 150 MB more"
    assert "Problem" not in counts
