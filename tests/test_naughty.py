"""Every naughty string, in every field of an article, through every reader and every report; as a term, as configuration, as a name."""

import csv
import io
import json
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path

import oracles
import pytest
from feeds_for_tests import as_html, atom, newsml, ninjs, nitf, po, rss, tmx, xliff
from naughty_for_tests import FIELDS, GROUPS, LISTS, around, articles, families, is_speakable, rows, strings
from reports_for_tests import a_hostile_report

from tqcheck import config, glossary
from tqcheck.article import Article, Problem
from tqcheck.config import Options
from tqcheck.errors import TqcheckError
from tqcheck.pipeline import Checker
from tqcheck.read import read, read_bytes
from tqcheck.read.rows import Options as Reading
from tqcheck.report import FORMATS, Tally, stream_writer
from tqcheck.report.folder import ReportFolder
from tqcheck.report.html import article_page

FAMILIES = tuple(families())
READING = Reading({}, None, None)


@cache
def checker() -> Checker:
    return Checker(Options(model="none", preview=True))


def read_feed(content: str | bytes, name: str, kind: str) -> list[Article | Problem]:
    return list(read_bytes(content if isinstance(content, bytes) else content.encode(), name, kind, READING))


@cache
def reports(family: str) -> tuple:
    """The family's articles as JSON Lines, read and checked."""
    found = read_feed("".join(f"{json.dumps(row)}\n" for row in articles(family)), "feed.jsonl", "jsonl")
    return tuple(map(checker(), found))


def hostile_reports(family: str) -> list:
    """Reports with a string in every place; a number makes the ids different where a path means the same file."""
    found = [a_hostile_report(string) for string in families()[family] if string and is_speakable(string)]
    return [replace(one, article=replace(one.article, id=f"{one.article.id} {number}")) for number, one in enumerate(found)]


def written(name: str, found) -> bytes:
    out = io.BytesIO()
    writer, tally = stream_writer(name, io.TextIOWrapper(out, "utf-8", newline="") if name == "text" else out), Tally(may_be_empty=True)
    for outcome in found:
        if isinstance(outcome, Problem):
            tally.add_problem(outcome)
            if hasattr(writer, "add_problem"):
                writer.add_problem(outcome)
        else:
            tally.add(outcome)
            writer.add(outcome)
    writer.close(tally.summary())
    if name == "text":
        writer._out.flush()
        writer._out.detach()
    return out.getvalue()


def test_the_list_is_long_and_says_nothing_twice():
    assert len(strings()) == len(set(strings())) >= 410
    assert len(FAMILIES) >= 20


# -- JSON Lines, every field, every report ------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_each_row_becomes_its_article_to_the_letter_or_is_named(family):
    feed = "".join(f"{json.dumps(row)}\n" for row in rows(family))
    for number, (row, read_as) in enumerate(zip(rows(family), read_feed(feed, "feed.jsonl", "jsonl"), strict=True), 1):
        speakable = all(is_speakable(text) for value in row.values() for text in ([value] if isinstance(value, str) else value))
        assert isinstance(read_as, Article) == speakable, read_as
        if isinstance(read_as, Problem):
            assert str(read_as).startswith(f"feed.jsonl:{number}: ")
            continue
        for key, value in row.items():
            if key in {"lang", "source_lang"} and not value:
                continue  # an empty language says nothing: it is detected
            kept = read_as.extra[key] if key not in Article.__dataclass_fields__ else getattr(read_as, key)
            assert kept == (tuple(value) if key in LISTS else value)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_rule_crashes_and_every_finding_covers_what_it_says(family):
    for report in reports(family):
        assert report.problems == ()
        for place in (place for finding in report.findings for place in (finding, *finding.related)):
            field = getattr(report.article, place.field)
            text = field[place.segment] if place.segment is not None else field
            assert place.surface == text[place.start : place.end]


@pytest.mark.parametrize("family", [family for family in FAMILIES if any(map(is_speakable, families()[family]))])
def test_every_stream_of_reports_is_safe_and_whole(family, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    problem = Problem("feed.jsonl:0", f"could not be read: {[string for string in families()[family] if is_speakable(string)][-1]}")
    found = (*reports(family), problem)
    surfaces = [finding.surface for report in reports(family) for finding in report.findings]
    total = len(surfaces)
    assert total >= len(reports(family)) / 2, "there is something to be found beside the strings"
    output = {name: written(name, found) for name in FORMATS}
    oracles.log_lines(output["text"].decode("utf-8"))
    assert len(oracles.strict_json(output["json"].decode("utf-8"))) == len(reports(family))
    assert [finding["surface"] for finding in oracles.jsonl(output["jsonl"])] == surfaces
    assert [row["surface"] for row in oracles.parquet_rows(output["parquet"])] == surfaces
    for name, delimiter in (("csv", ","), ("tsv", "\t")):
        cells = [row["surface"] for row in oracles.csv_rows(output[name], delimiter)]
        assert [cell.removeprefix("'") for cell in cells] == [surface.removeprefix("'") for surface in surfaces]
    assert len(oracles.sarif(output["sarif"], with_schema=False)) == total
    tree = oracles.junit(output["junit"])
    assert len(list(tree.iter("testcase"))) == len(found)
    assert len(oracles.gitlab(output["gitlab"])) == total + 1
    oracles.github_annotations(output["github"])
    assert len(oracles.diagnostics(oracles.jsonl(output["rdjsonl"]))) == total + 1
    assert len(oracles.diagnostics(oracles.strict_json(output["rdjson"].decode("utf-8"))["diagnostics"])) == total + 1
    oracles.markdown(output["markdown"].decode("utf-8"))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_page_runs_and_loads_nothing(family):
    for report in reports(family):
        if report.article.id.endswith(("-text", "-segments")):  # the next test has the other fields, all at once
            oracles.page(article_page(report))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_string_in_every_place_that_a_rule_fills_is_safe_in_every_report(family):
    """A rule may quote anything in its message; here it does, and the string is the suggestion, the surface, the rule that crashed."""
    found = hostile_reports(family)
    oracles.log_lines(written("text", found).decode("utf-8"))
    assert len(oracles.jsonl(written("jsonl", found))) == len(found)
    assert len(oracles.csv_rows(written("csv", found))) == len(found)
    assert len(oracles.sarif(written("sarif", found))) == len(found)
    oracles.junit(written("junit", found))
    oracles.github_annotations(written("github", found))
    oracles.markdown(written("markdown", found).decode("utf-8"))
    for report in found:
        oracles.page(article_page(report))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_folder_of_reports_holds_its_files_and_none_besides(family, tmp_path):
    found = hostile_reports(family)
    tally = Tally()
    with ReportFolder(tmp_path / "out") as folder:
        for report in found:
            tally.add(report)
            folder.add(report)
        folder.close(tally.summary())
    oracles.folder(tmp_path / "out", len(found))
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    oracles.page((tmp_path / "out" / "index.html").read_text("utf-8"))
    for name in ("findings.csv", "articles.csv"):
        assert len(oracles.csv_rows((tmp_path / "out" / name).read_bytes())) == len(found)


# -- the other readers, for the text ------------------------------------------------------------------------------------


def articles_of(family: str) -> list[dict]:
    return [
        {"id": f"a{number}", "lang": "en", "title": "The train", "text": around(string)}
        for number, string in enumerate(families()[family])
        if is_speakable(string)
    ]


def pairs_of(family: str) -> dict:
    texts = [row["text"] for row in articles_of(family)]
    return {"id": "a", "lang": "en", "source_lang": "de", "segments": texts, "source_segments": texts}


def xml_can_hold(text: str) -> bool:
    """Whether XML 1.0 has the characters: most controls and two noncharacters have no way to be written."""
    return not any((ord(c) < 0x20 and c not in "\t\n\r") or 0xD800 <= ord(c) <= 0xDFFF or c in "\ufffe\uffff" for c in text)


def as_csv(found: list[dict], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    table = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    table.writerow(found[0] if found else ["id", "text"])
    table.writerows(row.values() for row in found)
    return out.getvalue()


def check_all(found: list[Article | Problem]) -> list[str]:
    """Check what was read; returns the texts that went through."""
    texts = []
    for outcome in found:
        if isinstance(outcome, Problem):
            oracles.log_lines(ascii(str(outcome)))
            continue
        report = checker()(outcome)
        assert report.problems == ()
        oracles.log_lines(written("text", [report]).decode("utf-8"))
        texts += list(outcome.segments or (outcome.text,))
    return texts


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_tables_keep_every_string_to_the_letter(kind, family):
    wanted = articles_of(family)
    assert check_all(read_feed(as_csv(wanted, "\t" if kind == "tsv" else ","), f"feed.{kind}", kind)) == [row["text"] for row in wanted]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["xliff", "xliff2", "tmx"])
def test_formats_of_translators_keep_every_string_that_xml_can_hold(kind, family):
    row = pairs_of(family)
    row["segments"] = row["source_segments"] = [text for text in row["segments"] if xml_can_hold(text)]
    content = {"xliff": lambda: xliff([row]), "xliff2": lambda: xliff([row], version=2), "tmx": lambda: tmx(row)}[kind]()
    found = check_all(read_feed(content, f"feed.{kind[:5]}", kind[:5]))
    assert found == [text.replace("\r\n", "\n").replace("\r", "\n") for text in row["segments"]]


@pytest.mark.parametrize("family", FAMILIES)
def test_po_keeps_every_string(family):
    row = pairs_of(family)
    assert check_all(read_feed(po(row), "feed.po", "po")) == row["segments"]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["rss", "atom", "newsml", "nitf", "html", "ninjs", "markdown", "text"])
def test_feeds_and_pages_with_any_string_are_read_or_named(kind, family):
    wanted = [row for row in articles_of(family) if xml_can_hold(row["text"])]
    single = {
        "nitf": nitf,
        "html": lambda row: f"<!doctype html><title>x</title><h1>{escape(row['title'])}</h1>{as_html(row['text'])}",
        "markdown": lambda row: row["text"],
        "text": lambda row: row["text"],
    }
    many = {"rss": rss, "atom": atom, "newsml": newsml, "ninjs": ninjs}
    files = [single[kind](row) for row in wanted] if kind in single else [many[kind](wanted)]
    found = [outcome for content in files for outcome in read_feed(content, f"feed.{kind}", kind)]
    if wanted:
        assert len(found) == len(wanted), [str(outcome) for outcome in found if isinstance(outcome, Problem)]
    texts = check_all(found)
    assert len(texts) == len(wanted)
    assert all("Kyiv" in text and "Kiev" in text for text in texts)
    if kind == "text":
        assert texts == [row["text"] for row in wanted]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["rss", "xliff", "tmx", "po", "csv", "html", "jsonl", "json", "newsml"])
def test_a_string_that_is_pasted_raw_into_a_file_breaks_that_file_and_no_more(kind, family):
    """Nothing escaped it: the string is part of the format. Articles or named problems come out, never an exception."""
    row = {"id": "a", "lang": "en", "source_lang": "de", "title": "PLACE", "text": "PLACE and more"}
    pair = {"id": "a", "lang": "en", "source_lang": "de", "segments": ["PLACE and more"], "source_segments": ["PLACE"]}
    files = {
        "rss": lambda: rss([row]),
        "newsml": lambda: newsml([row]),
        "xliff": lambda: xliff([pair]),
        "tmx": lambda: tmx(pair),
        "po": lambda: po(pair),
        "csv": lambda: "id,text\na,PLACE and more\n",
        "html": lambda: "<p class='PLACE'>PLACE and more</p>",
        "jsonl": lambda: json.dumps(row) + "\n",
        "json": lambda: json.dumps([row]),
    }
    for string in families()[family]:
        raw = files[kind]().replace("PLACE", string).encode("utf-8", "surrogatepass")
        for outcome in read_feed(raw, f"feed.{kind}", kind):
            if isinstance(outcome, Article):
                assert checker()(outcome).problems == ()


# -- elsewhere ----------------------------------------------------------------------------------------------------------


def test_every_string_is_a_term_of_the_glossary_or_a_named_error():
    accepted = 0
    for string in strings():
        content = as_csv([{"source": string, "target": f"{string}x", "forbidden": "", "note": string}])
        try:
            concepts = glossary.of_table(content, "terms.csv")
        except TqcheckError as error:
            assert str(error).startswith("terms.csv"), error
            continue
        accepted += 1
        checked = Checker(Options(model="none", glossary=glossary.Glossary(("terms.csv",), tuple(concepts))), measure=False)
        article = Article("a", text="He left Kyiv.", lang="en", source_lang="de", source_text=f"Er verließ {string}.")
        if is_speakable(string):
            assert checked(article).problems == ()
    assert accepted > len(strings()) / 3


def test_every_string_is_an_entry_of_the_house_style_or_a_named_error():
    accepted = 0
    for string in strings():
        try:
            options = config.override(Options(model="none", select=("name-variant",)), {"prefer": {string: [f"{string}y", "Kiev"]}})
        except TqcheckError:
            continue
        accepted += 1
        report = Checker(options, measure=False)(Article("a", text=around(string), lang="en"))
        assert report.problems == ()
        oracles.log_lines(written("text", [report]).decode("utf-8"))
    assert accepted > len(strings()) / 2


KEYS = (
    "select",
    "fail-on",
    "lang",
    "model",
    "style",
    "glossary",
    "prefer",
    "severity",
    "weights",
    "rules",
    "gate",
    "columns",
    "feed",
    "ignore",
)


def test_every_string_in_the_configuration_is_an_option_or_an_error(tmp_path):
    """As the value of one key or another, in a list, as the name of a key, and as the whole file."""
    path = tmp_path / "tqcheck.toml"
    for number, string in enumerate(strings()):
        quoted = '"' + "".join(f"\\U{ord(letter):08X}" for letter in string.encode("utf-8", "replace").decode()) + '"'
        key = KEYS[number % len(KEYS)]
        for text in (f"{key} = {quoted}", f"{key} = [{quoted}]", f"{quoted} = 1", f"[{key}]\n{quoted} = {quoted}", string):
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
            try:
                config.load(path)
            except TqcheckError as error:
                assert str(error)


def test_every_string_is_a_name_of_a_file_that_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = {}
    for number, string in enumerate(strings()):
        name = f"{string}.txt"
        if "/" in name or not is_speakable(name) or len(name.encode()) > 255 or name.startswith("."):
            continue
        Path(name).write_text(f"He left Kyiv. The train from Kiev was late. Number {number}.", encoding="utf-8")
        made[name] = number
    assert len(made) > 400
    found = [checker()(outcome) if isinstance(outcome, Article) else outcome for outcome in read(["."], lang="en")]
    assert not [outcome for outcome in found if isinstance(outcome, Problem)]
    assert len(found) == len(made)
    oracles.log_lines(written("text", found).decode("utf-8"))
    oracles.junit(written("junit", found))
    oracles.csv_rows(written("csv", found))
    oracles.markdown(written("markdown", found).decode("utf-8"))
    oracles.github_annotations(written("github", found))
    assert len(oracles.sarif(written("sarif", found))) == sum(len(report.findings) for report in found) >= len(made)
    tally = Tally()
    with ReportFolder(tmp_path.parent / "out") as folder:
        for report in found:
            tally.add(report)
            folder.add(report)
        folder.close(tally.summary())
    oracles.folder(tmp_path.parent / "out", len(found))


def test_every_field_of_an_article_is_in_the_matrix():
    assert {*FIELDS} - {"an unknown key"} == {*Article.__dataclass_fields__} - {"extra", "origin", "segment_origins"}
    assert {field for group in GROUPS for field in group} == {*FIELDS}
