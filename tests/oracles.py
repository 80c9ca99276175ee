"""What must hold of every report whatever stood in the article: one function a format, each on its own knowledge of the format.

An oracle takes what a writer wrote and raises AssertionError; where the format allows it returns the findings it holds, so that formats can
be held against each other. Nothing here asks tqcheck what is safe: an oracle that shared the writer's patterns would share its holes.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from lxml import etree
from lxml import html as lxml_html

DATA = Path(__file__).with_name("data")
TEMPLATES = Path(__file__).resolve().parent.parent / "tqcheck" / "report" / "templates"
ADDRESSES = frozenset("href src action formaction xlink:href data poster background cite srcset ping manifest codebase".split())  # noqa: SIM905
ARABIC_SIGNS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u08e2")  # format characters that a reader sees
UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Cn"})
OUR_LINK = re.compile(r"#[\w-]*|(\.\./)?index\.html(#[\w-]*)?|articles/[a-z0-9_~-]+\.html|(findings|articles)\.(csv|parquet)")
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
FORMULA = frozenset("=+-@")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_~-]{0,120}\.(html|json|md)")


# -- JSON ---------------------------------------------------------------------------------------------------------------


def strict_json(text: str):
    """JSON as the standard has it: no NaN, no key twice, no half of a character, nothing raw that a terminal obeys."""
    assert_nothing_hidden(text, but="\n")

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    def unique(pairs):
        assert len(dict(pairs)) == len(pairs), "a key stands twice"
        return dict(pairs)

    value = json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # raises for half of a character
    return value


def jsonl(written: bytes) -> list[dict]:
    lines = written.decode("utf-8").split("\n")
    assert lines.pop() == "", "the last line has an end"
    return [strict_json(line) for line in lines]


# -- tables -------------------------------------------------------------------------------------------------------------


def csv_rows(written: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a table of constant width in which no cell is a formula to a spreadsheet."""
    reader = csv.reader(io.StringIO(written.decode("utf-8"), newline=""), delimiter=delimiter, strict=True)
    header, *rows = reader
    for row in rows:
        assert len(row) == len(header), f"{len(row)} cells under {len(header)} names"
        for name, cell in zip(header, row, strict=True):
            assert not is_formula(cell), f"{name}: {cell[:60]!r}"
    return [dict(zip(header, row, strict=True)) for row in rows]


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet may take a cell for a formula: behind whatever is not seen, and in the full-width forms too."""
    if NUMBER.fullmatch(cell):
        return False
    if cell.startswith(("\t", "\r")):
        return True
    seen = next((c for c in cell if not c.isspace() and unicodedata.category(c) not in {"Cc", "Cf", "Zs"}), "")
    return unicodedata.normalize("NFKC", seen)[:1] in FORMULA and bool(seen)


def parquet_rows(written: bytes) -> list[dict]:
    import pyarrow.parquet as pq

    return pq.read_table(io.BytesIO(written)).to_pylist()


# -- terminals and logs -------------------------------------------------------------------------------------------------


def is_hidden(character: str) -> bool:
    return character not in ARABIC_SIGNS and unicodedata.category(character) in UNSEEN


def assert_nothing_hidden(text: str, *, but: str = "") -> None:
    found = {character for character in set(text) - set(but) if unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}}
    found |= {character for character in set(text) if character in BIDI or 0xE0000 <= ord(character) <= 0xE007F}
    assert not found, f"a terminal would obey {sorted(map(ascii, found))}"


BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def log_lines(text: str) -> list[str]:
    """The lines of a log in which nothing is hidden and nothing is an order to a CI runner."""
    lines = text.split("\n")
    for line in lines:
        hidden = [character for character in set(line) if is_hidden(character)]
        assert not hidden, f"{sorted(map(ascii, hidden))} in {line[:80]!a}"
        assert_no_command(line)
    return lines


def assert_no_command(line: str) -> None:
    assert not line.lstrip().startswith("::"), f"GitHub would obey {line[:80]!a}"
    assert not re.search(r"##(vso)?\[", line, re.IGNORECASE), f"GitHub or Azure would obey {line[:80]!a}"


def github_annotations(written: bytes) -> list[str]:
    """The annotations: each our own command with our own properties, on one line; and a last line that is none."""
    lines = written.decode("utf-8").removesuffix("\n").split("\n")
    *annotations, last = lines
    for line in annotations:
        found = re.fullmatch(r"::(error|warning|notice) ([^:\n]*)::(.*)", line)
        assert found, f"no annotation of ours: {line[:80]!a}"
        names = [part.partition("=")[0] for part in found[2].split(",")]
        assert set(names) <= {"file", "line", "endLine", "col", "endColumn", "title"}, names
        assert len(set(names)) == len(names)
        assert re.fullmatch(r"([^%]|%25|%0A|%0D)*", found[3]), line[:80]
        assert not re.search(r"##(vso)?\[", line, re.IGNORECASE)
        assert not [character for character in line if is_hidden(character)]
    log_lines(last)
    assert last.startswith("tqcheck: ")
    return annotations


# -- pages --------------------------------------------------------------------------------------------------------------


@cache
def our_markup() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The tags and attributes that stand in our templates, and our scripts."""
    source = "".join(path.read_text("utf-8") for path in sorted(TEMPLATES.glob("*.j2")))
    tags = frozenset(re.findall(r"<([a-z][a-z0-9]*)", source)) | {"html", "head", "body", "tbody", "p"}
    attributes = frozenset(map(str.lower, re.findall(r"[\s%}]([a-zA-Z][a-zA-Z-]*)=\"", source))) | {
        "data-code",
        "hidden",
        "open",
        "selected",
    }
    return tags, attributes, frozenset(path.read_text("utf-8").strip() for path in TEMPLATES.glob("*.js"))


def page(text: str) -> etree._Element:
    """A page that runs and loads nothing, whatever the browser: only our tags, our scripts, links that we make, a policy before all."""
    tree = lxml_html.document_fromstring(text, parser=lxml_html.HTMLParser(encoding=None, huge_tree=True))
    tags, attributes, scripts = our_markup()
    for element in tree.iter():
        assert isinstance(element.tag, str), f"a comment or an instruction: {etree.tostring(element)[:80]}"
        assert element.tag.lower() in tags, f"<{element.tag}> is no tag of ours"
        for name, value in element.attrib.items():
            assert not name.startswith("on"), f"a handler: {name}={value[:60]!r}"
            assert name in attributes, f"{name} is no attribute of ours"
            if name in ADDRESSES:
                _assert_link(element, value)
    for script in tree.iter("script"):
        assert (script.text or "").strip() in scripts, "a script that is not ours"
    head = tree.find("head")
    policies = [meta for meta in head if meta.get("http-equiv")]
    assert [meta.get("http-equiv") for meta in policies] == ["Content-Security-Policy"]
    assert policies[0].get("content").startswith(POLICY)
    assert head.index(policies[0]) < min(head.index(element) for element in head if element.tag in {"style", "script", "title", "link"})
    for style in tree.iter("style"):
        assert not re.search(r"@import|url\s*\(|expression\s*\(", style.text or "", re.IGNORECASE)
    for shown in tree.findall(".//span[@class='unseen']"):  # shown by its code, which the style sheet puts before it
        assert shown.get("data-code") == f"U+{ord(shown.text):04X}"
        shown.text = ""
    _assert_readable("".join(tree.itertext()))
    return tree


def _assert_link(element: etree._Element, value: str) -> None:
    if OUR_LINK.fullmatch(value):
        return
    assert element.tag == "a", f"<{element.tag}> would load {value[:60]!r}"
    assert re.match(r"https?://[^\s\x00-\x20]", value, re.IGNORECASE), f"no link of the web: {value[:60]!r}"
    assert {"noreferrer", "noopener"} <= set((element.get("rel") or "").split())


def _assert_readable(text: str) -> None:
    bad = {c for c in set(text) if (unicodedata.category(c) in {"Cc", "Zl", "Zp"} and c not in "\n\r\t") or 0xE0000 <= ord(c) <= 0xE007F}
    bad |= set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert not bad, f"hidden in the page: {sorted(map(ascii, bad))}"


def markdown(text: str) -> list:
    """Markdown in which nothing is markup that is not ours, as a CommonMark reader with GitHub's tables sees it."""
    reader = (
        pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
    )
    assert_nothing_hidden(text, but="\n")
    tokens = [token for block in reader.parse(text) for token in (block, *(block.children or ()))]
    for token in tokens:
        live = {"html_block", "html_inline", "image", "link_open", "code_inline", "fence", "s_open"}  # an indented block of code is inert
        assert token.type not in live, f"{token.type}: {token.content[:80]!r}"
    for line in text.split("\n"):
        assert_no_command(line)
    assert not re.search(r"(?<![\\\w])@\w|\{\{|\{%|https?://|\bwww\.", text, re.IGNORECASE)
    return tokens


# -- formats of code hosts ----------------------------------------------------------------------------------------------


@cache
def _sarif_schema():
    jsonschema = pytest.importorskip("jsonschema")
    return jsonschema.Draft202012Validator(json.loads((DATA / "sarif-2.1.0.json").read_bytes()))


def sarif(written: bytes, *, with_schema: bool = True) -> list[dict]:
    """The results of a log that is valid and points only where an address can point."""
    log = strict_json(written.decode("utf-8"))
    if with_schema:
        _sarif_schema().validate(log)
    (run,) = log["runs"]
    for text in _texts(run):
        assert_nothing_hidden(text, but="\n\r\t")
    for result in run["results"]:
        for place in (*result["locations"], *result.get("relatedLocations", ())):
            address = place.get("physicalLocation", {}).get("artifactLocation", {}).get("uri", "")
            assert re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=:@/%-]*", address), address
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    return run["results"]


def _texts(run: dict) -> list[str]:
    """All messages, which are shown as they are; `snippet` holds the source's own text."""
    results = [result["message"]["text"] for result in run["results"]]
    return results + [note["message"]["text"] for call in run["invocations"] for note in call["toolExecutionNotifications"]]


def junit(written: bytes) -> etree._Element:
    """A JUnit file that an XML reader takes as it is, with sums that add up."""
    tree = etree.fromstring(written, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    assert {element.tag for element in tree.iter()} <= {"testsuites", "testsuite", "testcase", "failure", "error", "system-out"}
    for element in tree.iter():
        for text in (element.text or "", *element.attrib.values()):
            log_lines(text)
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        assert int(tree.get(name)) == len(list(tree.iter(tag))), name
    return tree


def gitlab(written: bytes) -> list[dict]:
    entries = strict_json(written.decode("utf-8"))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        log_lines(entry["description"])
        log_lines(entry["location"]["path"])
        assert entry["location"]["lines"]["begin"] >= 1
    return entries


def diagnostics(found: list[dict]) -> list[dict]:
    for diagnostic in found:
        log_lines(diagnostic["message"])
        log_lines(diagnostic["location"]["path"])
    return found


# -- folders ------------------------------------------------------------------------------------------------------------


def folder(path: Path, articles: int) -> None:
    """A report folder: a page and a JSON file for each article under names that every file system takes, and nothing else anywhere."""
    top = {entry.name for entry in path.iterdir()}
    assert top - {"problems.csv"} == {"index.html", "articles", "findings.csv", "findings.parquet", "articles.csv", "articles.parquet"}
    pages = sorted(entry.name for entry in (path / "articles").iterdir())
    assert all(FILE_NAME.fullmatch(name) for name in pages)
    assert len({name.lower() for name in pages}) == len(pages)
    assert len(pages) == 2 * articles
    assert not any(entry.is_symlink() for entry in path.rglob("*"))
