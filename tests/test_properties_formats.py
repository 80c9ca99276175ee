"""What must hold of every reader and every report, whatever the articles say: the same feed in another format is the same feed."""

import io
import json
from functools import cache

import oracles
import pytest
from feeds_for_tests import atom, newsml, ninjs, nitf, po, rss, tmx, xliff
from hypothesis import assume, example, given
from hypothesis import strategies as st
from news_for_tests import feeds, nasty, pairs, plain_rows, termbase, unicode_runs
from test_naughty import as_csv, written

from tqcheck import glossary
from tqcheck.article import Article, Problem
from tqcheck.config import Options
from tqcheck.errors import TqcheckError
from tqcheck.pipeline import Checker
from tqcheck.read import FORMATS, read_bytes
from tqcheck.read.rows import Options as Reading
from tqcheck.report.html import article_page

READING = Reading({}, None, None)


@cache
def checker() -> Checker:
    return Checker(Options(model="none", preview=True, glossary=termbase()), measure=False)


def read_as(kind: str, content: str | bytes) -> list[Article | Problem]:
    return list(read_bytes(content if isinstance(content, bytes) else content.encode(), f"feed.{kind}", kind, READING))


def found_in(kind: str, content: str | bytes, *keys: str) -> list[tuple]:
    """What is found in a feed: of each finding the rule, the letters and what else is asked for."""
    articles = read_as(kind, content)
    assert not [str(article) for article in articles if isinstance(article, Problem)]
    reports = list(map(checker(), articles))
    return [(found.rule, found.surface, *(getattr(found, key) for key in keys)) for report in reports for found in report.findings]


def as_jsonl(rows) -> str:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def as_parquet(rows) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


def plain(row) -> dict:
    return {key: value for key, value in row.items() if key != "lines"} | {"text": "\n\n".join(row["lines"])}


# -- the same feed in every format --------------------------------------------------------------------------------------


@given(plain_rows())
def test_a_feed_has_the_same_findings_in_every_format_of_rows(given_rows):
    rows = list(map(plain, given_rows))
    places = ("article", "field", "start", "end", "message")
    wanted = found_in("jsonl", as_jsonl(rows), *places)
    assert found_in("json", json.dumps(rows), *places) == wanted
    assert found_in("csv", as_csv(rows), *places) == wanted
    assert found_in("tsv", as_csv(rows, "\t"), *places) == wanted
    assert found_in("parquet", as_parquet(rows), *places) == wanted


@given(plain_rows())
def test_a_feed_has_the_same_findings_in_every_format_of_newsrooms(given_rows):
    rows = list(map(plain, given_rows))
    wanted = found_in("jsonl", as_jsonl(rows))
    assert found_in("rss", rss(rows)) == wanted
    assert found_in("atom", atom(rows)) == wanted
    assert found_in("newsml", newsml(rows)) == wanted
    assert found_in("ninjs", ninjs(rows, version=2)) == wanted
    assert [found for row in rows for found in found_in("nitf", nitf(row))] == wanted


@given(pairs())
def test_an_article_in_segments_has_the_same_findings_in_every_format_of_translators(row):
    places = ("segment", "start", "end")
    wanted = found_in("jsonl", as_jsonl([row]), *places)
    assert found_in("xliff", xliff([row]), *places) == wanted
    assert found_in("xliff", xliff([row], version=2), *places) == wanted
    assert found_in("tmx", tmx(row), *places) == wanted
    assert found_in("po", po(row), *places) == wanted


@given(plain_rows(), st.sampled_from(("jsonl", "csv")))
def test_line_ends_of_windows_in_the_file_change_nothing(given_rows, kind):
    rows = list(map(plain, given_rows))
    content = as_jsonl(rows) if kind == "jsonl" else as_csv([{**row, "text": " ".join(row["text"].split())} for row in rows])
    unix, windows = content.replace("\r\n", "\n"), content.replace("\r\n", "\n").replace("\n", "\r\n")
    assert found_in(kind, windows, "article", "start", "end") == found_in(kind, unix, "article", "start", "end")


# -- reports ------------------------------------------------------------------------------------------------------------


@given(feeds(most=3))
def test_every_report_has_all_findings_and_keeps_its_promise(feed):
    reports = [checker()(article) for article in feed]
    count = sum(len(report.findings) for report in reports)
    surfaces = [found.surface for report in reports for found in report.findings]
    assert [found["surface"] for found in oracles.jsonl(written("jsonl", reports))] == surfaces
    as_json = oracles.strict_json(written("json", reports).decode())
    assert [found["surface"] for report in as_json for found in report["findings"]] == surfaces
    assert [row["surface"] for row in oracles.parquet_rows(written("parquet", reports))] == surfaces
    assert len(oracles.csv_rows(written("csv", reports))) == count
    assert len(oracles.csv_rows(written("tsv", reports), "\t")) == count
    assert len(oracles.sarif(written("sarif", reports), with_schema=False)) == count
    assert len(oracles.gitlab(written("gitlab", reports))) == count
    assert len(oracles.diagnostics(oracles.jsonl(written("rdjsonl", reports)))) == count
    assert len(list(oracles.junit(written("junit", reports)).iter("failure"))) == count
    lines = oracles.log_lines(written("text", reports).decode())
    assert sum(line.startswith("      | ") and set(line[8:].strip()) == {"^"} for line in lines) == count
    oracles.markdown(written("markdown", reports).decode())
    oracles.github_annotations(written("github", reports))


@given(feeds(most=1))
def test_every_page_shows_each_finding_once_and_is_safe(feed):
    report = checker()(feed[0])
    cards = oracles.page(article_page(report)).findall(".//section[@class]")
    assert sum(card.get("class").startswith("card ") for card in cards) == len(report.findings)


@given(feeds(least=2, most=4), st.integers(1, 3))
def test_the_findings_of_two_feeds_are_those_of_the_one_and_those_of_the_other(feed, cut):
    assume(cut < len(feed))
    one, other, both = (written("jsonl", map(checker(), part)) for part in (feed[:cut], feed[cut:], feed))
    assert one + other == both


# -- readers ------------------------------------------------------------------------------------------------------------

SHORT = {
    "jsonl": b'{"id": "a", "text": "Kyiv"}\n',
    "json": b'[{"id": "a", "text": "Kyiv"}]',
    "csv": b'id,text\na,"Kyiv"\n',
    "tsv": b"id\ttext\na\tKyiv\n",
    "parquet": as_parquet([{"id": "a", "text": "Kyiv"}]),
    "text": b"Kyiv\n",
    "markdown": b"# Kyiv\n\nText\n",
    "html": b"<h1>Kyiv</h1><p>Text</p>",
    "rss": rss([{"id": "a", "title": "T", "text": "Kyiv"}]).encode(),
    "atom": atom([{"id": "a", "title": "T", "text": "Kyiv"}]).encode(),
    "ninjs": ninjs([{"id": "a", "title": "T", "text": "Kyiv"}]).encode(),
    "newsml": newsml([{"id": "a", "title": "T", "text": "Kyiv"}]).encode(),
    "nitf": nitf({"id": "a", "title": "T", "text": "Kyiv"}).encode(),
    "xliff": xliff([{"id": "a", "lang": "en", "source_lang": "de", "segments": ["Kyiv"], "source_segments": ["Kyjiw"]}]).encode(),
    "tmx": tmx({"id": "a", "lang": "en", "source_lang": "de", "segments": ["Kyiv"], "source_segments": ["Kyjiw"]}).encode(),
    "po": po({"id": "a", "lang": "en", "source_lang": "de", "segments": ["Kyiv"], "source_segments": ["Kyjiw"]}).encode(),
    "xml": rss([{"id": "a", "title": "T", "text": "Kyiv"}]).encode(),
}


@st.composite
def spoilt_files(draw):
    """A file of some format with bytes cut out, put in or changed; or no such file at all."""
    kind = draw(st.sampled_from(sorted(FORMATS)))
    content = SHORT[kind] if draw(st.integers(0, 9)) else draw(st.binary(max_size=60))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 12)))
        piece = draw(st.binary(max_size=6) | (nasty | unicode_runs).map(lambda text: text.encode("utf-8", "surrogatepass")))
        content = content[:start] + piece + content[end:]
    return kind, content


def test_there_is_a_file_of_each_format():
    assert set(SHORT) == set(FORMATS)
    assert all(isinstance(record, Article) for kind, content in SHORT.items() for record in read_as(kind, content))


@given(spoilt_files())
@example(("csv", b""))
@example(("xliff", b"\xff\xfe<\x00"))
def test_any_bytes_are_articles_or_named_problems(file):
    kind, content = file
    for record in read_as(kind, content):
        if isinstance(record, Problem):
            assert record.where.startswith(f"feed.{kind}")
            assert record.reason
            continue
        assert not isinstance(checker()(record), Problem)
    assert read_as(kind, content) == read_as(kind, content)


BAD = {
    "jsonl": ("{broken", "[]", "{}", '{"text": 1}', '{"text": "\\ud800"}', '{"text": NaN}', "\x00", '{"text": "a", "text": "b"}'),
    "csv": ("x,", 'x,"  "', "x,y,z", "x"),
    "tsv": ("x\t", "x\ty\tz"),
}


@given(plain_rows(), st.data())
def test_one_bad_row_costs_itself_alone_wherever_it_stands(given_rows, data):
    rows = [{"id": row["id"], "text": " ".join(row["lines"])} for row in given_rows]
    kind = data.draw(st.sampled_from(sorted(BAD)))
    bad, at = data.draw(st.sampled_from(BAD[kind])), data.draw(st.sampled_from((0, len(rows) // 2, len(rows))))
    header, *lines = (as_jsonl(rows) if kind == "jsonl" else as_csv(rows, "," if kind == "csv" else "\t")).splitlines()
    header, lines = ([], [header, *lines]) if kind == "jsonl" else ([header], lines)
    lines.insert(at, bad)
    found = read_as(kind, "\n".join([*header, *lines]) + "\n")
    assert [record.id for record in found if isinstance(record, Article)] == [row["id"] for row in rows]
    assert [record.text for record in found if isinstance(record, Article)] == [row["text"] for row in rows]
    problems = [record for record in found if isinstance(record, Problem)]
    assert [problem.where for problem in problems] == [f"feed.{kind}:{at + 1 + len(header)}"]


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("kind", ["json", "parquet", "rss", "atom", "newsml", "ninjs"])
def test_one_empty_article_costs_itself_alone_in_the_other_formats(kind, at):
    rows = [{"id": f"a{n}", "lang": "en", "text": f"Text {n}."} for n in range(2)]
    rows.insert(at, {"id": "bad", "lang": "en", "text": ""})
    make = {"json": json.dumps, "parquet": as_parquet, "rss": rss, "atom": atom, "newsml": newsml, "ninjs": ninjs}
    found = read_as(kind, make[kind](rows))
    assert [record.text for record in found if isinstance(record, Article)] == ["Text 0.", "Text 1."]
    assert [isinstance(record, Problem) for record in found] == [n == at for n in range(3)]


@given(st.lists(st.lists(nasty | unicode_runs, min_size=1, max_size=5), min_size=1, max_size=4) | st.just([]), st.sampled_from(",;\t"))
def test_any_table_is_a_glossary_or_a_named_error(rows, delimiter):
    header = delimiter.join(("source", "target", "forbidden", "do_not_translate", "note"))
    content = header + "\n" + "".join(delimiter.join(row) + "\n" for row in rows)
    try:
        concepts = glossary.of_table(content, "terms.csv", delimiter)
    except TqcheckError as error:
        assert str(error).startswith("terms.csv")
        return
    found = glossary.Glossary(("terms.csv",), tuple(concepts))
    assert isinstance(found.between("de", "en"), list)
    assert found.digest == found.digest
    text = " ".join(cell for row in rows for cell in row)
    checked = Checker(Options(model="none", glossary=found, select=("glossary-mismatch",)), measure=False)
    report = checked(Article("a", text=f"Kyiv {text}", lang="en", source_lang="de", source_text=f"Kyjiw {text}"))
    assert report.problems == ()


@given(feeds(most=2))
def test_an_article_written_as_json_and_read_again_is_the_same_article(feed):
    from dataclasses import asdict

    rows = [{key: value for key, value in asdict(article).items() if value is not None} for article in feed]
    for row in rows:
        del row["extra"], row["segment_origins"], row["origin"]
    assert [record.text for record in read_as("jsonl", as_jsonl(rows))] == [article.text for article in feed]
    again = read_as("json", json.dumps(rows))
    assert [Article(**{**asdict(record), "origin": article.origin}) for record, article in zip(again, feed, strict=True)] == feed
