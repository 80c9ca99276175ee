import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.errors import EmptyInputError, ReadError
from tqcheck.read import xmlfile
from tqcheck.read.xmlfile import XmlFile, parse
from tqcheck.read.xmlparser import language, line, local

DECLARED = "<?xml version='1.0' encoding='UTF-8'?>"


def opened(content: bytes | str, cap: int = 2**25) -> XmlFile:
    return XmlFile(io.BytesIO(content.encode() if isinstance(content, str) else content), cap)


def texts(content: bytes | str, name: str = "a", **options) -> list[str]:
    file = opened(content, **options)
    return [element.text or "" for event, element in file.elements(name) if event == "end"]


def until_error(content: bytes | str, name: str = "a", **options) -> tuple[list[str], ReadError]:
    """What was read, and the error that ended it."""
    found = []
    with pytest.raises(ReadError) as error:
        found = _take(found, content, name, options)
    return found, error.value


def _take(found, content, name, options):
    file = opened(content, **options)
    for event, element in file.elements(name):
        if event == "end":
            found.append(element.text or "")
    return found


def test_the_root_is_known_before_anything_else_is_read():
    stream = io.BytesIO(b"<!-- x -->\n<r:feed xmlns:r='urn:r' version='2'>" + b"<a>x</a>" * 100_000)
    file = XmlFile(stream)
    assert file.root == xmlfile.Root("feed", "urn:r", {"version": "2"}, 2)
    assert stream.tell() <= xmlfile.CHUNK


def test_elements_come_with_their_starts_and_ends_in_any_namespace():
    file = opened("<r><a n='1'>x<b/></a><c xmlns='urn:c'><a>y</a></c></r>")
    assert [(event, element.get("n")) for event, element in file.elements("a")] == [
        ("start", "1"),
        ("end", "1"),
        ("start", None),
        ("end", None),
    ]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))), st.integers(1, 60))
def test_any_text_comes_back_wherever_the_chunks_are_cut(rows, chunk):
    content = "<r>" + "".join(f"<a>{row.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</a>" for row in rows) + "</r>"
    default, xmlfile.CHUNK = xmlfile.CHUNK, chunk
    try:
        assert texts(content) == rows
    finally:
        xmlfile.CHUNK = default


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1251", "iso-8859-5", "koi8-r"])
def test_declared_encodings_and_byte_order_marks_are_understood(encoding):
    declared = f"<?xml version='1.0' encoding='{encoding.removesuffix('-sig')}'?>" if encoding != "utf-16" else ""
    assert texts((declared + "<r><a>Кито</a></r>").encode(encoding)) == ["Кито"]


@pytest.mark.parametrize("chunk", [1, 7, 2**16])
def test_named_characters_of_html_are_read_and_in_cdata_they_are_text(monkeypatch, chunk):
    monkeypatch.setattr(xmlfile, "CHUNK", chunk)
    content = "<r><a>a&nbsp;b&mdash;&amp;&lt;&apos;</a><a><![CDATA[&nbsp;<&mdash;]]>&eacute;</a><a>&NotEqualTilde;</a></r>"
    assert texts(content) == ["a\u00a0b—&<'", "&nbsp;<&mdash;é", "≂̸"]


def test_named_characters_are_read_also_under_a_document_type():
    assert texts("<!DOCTYPE r SYSTEM 'no-such-file.dtd'><r><a>x&nbsp;y</a></r>") == ["x\u00a0y"]


@pytest.mark.parametrize("doctype", ["", "<!DOCTYPE r SYSTEM 'no-such-file.dtd'>"])
def test_an_entity_that_nobody_defines_is_an_error_behind_what_was_whole(doctype):
    found, error = until_error(f"{doctype}<r><a>one</a>\n<a>two &agency; three</a></r>")
    assert found == ["one"]
    assert "uses the entity '&agency;', which nothing defines" in str(error)
    assert error.line == 2


BOMBS = {
    "laughs": "<!DOCTYPE r [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY a{n} '{'&a' + str(n - 1 or '') + ';'}{'&a;' * 9}'>" for n in range(1, 9)),
    "quadratic": f"<!DOCTYPE r [<!ENTITY a '{'x' * 100_000}'>",
    "external": "<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>",
    "parameter": "<!DOCTYPE r [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;",
    "nested": "<!DOCTYPE r SYSTEM 'x.dtd' [<!ENTITY a '&#38;a;'>",
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_file_that_declares_entities_is_refused(kind):
    with pytest.raises(ReadError, match="declares entities of its own, which may hide anything"):
        opened(f"{BOMBS[kind]}]><r a='&a;'>{'&a;' * 1000}</r>")


def test_no_file_that_a_document_names_is_opened(tmp_path):
    canary = tmp_path / "canary.dtd"
    canary.write_text("<!ENTITY secret 'canary'><!ATTLIST a found CDATA 'canary'>")
    content = f"<!DOCTYPE r SYSTEM '{canary.as_uri()}'><r><a>x</a></r>"
    file = opened(content)
    assert [dict(element.attrib) for event, element in file.elements("a") if event == "end"] == [{}]
    with pytest.raises(ReadError, match="&secret;"):
        texts(content.replace("x<", "&secret;<"))
    include = f"<r xmlns:xi='http://www.w3.org/2001/XInclude'><a>x<xi:include href='{canary.as_uri()}' parse='text'/></a></r>"
    assert texts(include) == ["x"]


def test_a_hundred_thousand_levels_are_one_error_that_names_the_limit():
    found, error = until_error("<r>\n<a>one</a>" + "<b>" * 100_000)
    assert found == ["one"]
    assert "nests more than 256 elements inside each other, which is the limit" in str(error)
    assert error.line == 2


def test_what_is_too_long_is_an_error_that_names_the_limit():
    assert "longer than 10 MB, which is the limit" in str(until_error(f"<r><a>{'x' * 11_000_000}</a></r>")[1])
    assert "longer than 10 MB, which is the limit" in str(until_error(f"<r><a b='{'x' * 11_000_000}'/></r>")[1])
    found, error = until_error("<r><a>one</a>" + "<b>x</b>" * 100_000, cap=200_000)
    assert found == ["one"]
    assert "holds more than 200000 bytes in one unit or between two, which is the limit" in str(error)
    with pytest.raises(ReadError, match="holds no element in its first 1 MB"):
        opened("<!--" + "x" * 2_000_000)


def test_memory_does_not_grow_with_the_file():
    file = opened(b"<r>" + b"<g><b>x</b><a>" + b"y" * 1000 + b"</a></g>" + b"<a>z</a>" * 20_000 + b"</r>", cap=100_000)
    for event, element in file.elements("a"):
        if event == "end":
            file.release(element)
            assert element.getprevious() is None
            assert len(element.getparent()) <= xmlfile.CHUNK  # what was parsed ahead, of one chunk


@pytest.mark.parametrize(
    ("content", "reason", "at"),
    [
        ("<r>\n<a>x</a>\n<a>y", "ends inside the <a> of line 3: it was cut", 3),
        ("<r>\n<a>x</a>\n<a y='", "ends in the middle of an element: it was cut", 3),
        ("<r><a>x</a></r>\n<r/>", "is not well-formed XML (extra content at the end of the document)", 2),
        ("<r><a>x</b></r>", "is not well-formed XML (opening and ending tag mismatch", 1),
        ("<r><a>x & y</a></r>", "is not well-formed XML", 1),
        ("<r><a>x\x01</a></r>", "is not well-formed XML", 1),
        (b"<r><a>x \xff</a></r>", "has bytes that are not of its encoding", 1),
        (DECLARED.encode() + "<r>\n<a>é</a></r>".encode("latin-1"), "has bytes that are not of its encoding", 2),
        ("<r><z:a>x</z:a></r>", "is not well-formed XML (namespace prefix z on a is not defined", 1),
    ],
)
def test_what_is_no_xml_is_named_with_its_line(content, reason, at):
    _, error = until_error(content)
    assert reason in str(error)
    assert error.line == at


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("hello", "is no XML file: it does not begin with an element"),
        (b"\x00\x01\x02", "is no"),
        ("<?xml version='1.0'?>", "it does not begin with an element"),
        ("<?xml version='1.0' encoding='klingon'?><r/>", "declares the encoding 'klingon"),
        ("<?xml version='1.0' encoding='UTF-16'?><r/>", "declares the encoding UTF-16, and is none of it"),
        ("\n" + DECLARED + "<r/>", "XML declaration allowed only at the start"),
        ("<!DOCTYPE r [<!ENTITY", "is not well-formed"),
    ],
)
def test_what_does_not_even_begin_is_an_error_at_once(content, reason):
    with pytest.raises(ReadError) as error:
        opened(content)
    assert reason.lower() in str(error.value).lower()


@pytest.mark.parametrize("content", ["", " \n", "\ufeff", "\ufeff\n"])
def test_a_file_of_nothing_is_empty(content):
    with pytest.raises(EmptyInputError, match="is empty"):
        opened(content)


def test_comments_and_instructions_part_no_text():
    assert texts("<r><a>on<!-- x -->e<?php y?> two</a></r>") == ["one two"]


def test_lines_are_known_beyond_what_libxml2_counts_in_16_bits():
    file = opened("<r>" + "\n<a>\n</a>" * 50_000 + "</r>")
    lines = [line(element) for event, element in file.elements("a") if event == "end"]
    assert lines[:3] == [2, 4, 6]
    assert abs(lines[-1] - 100_000) <= 1


def test_the_language_is_the_nearest_one_said():
    root = parse(b"<r xml:lang='de'><b><c xml:lang=''/><d/></b></r>")
    assert [(local(element), language(element)) for element in root.iter()] == [("r", "de"), ("b", "de"), ("c", None), ("d", "de")]


def test_a_small_file_is_parsed_whole_under_the_same_rules():
    assert [local(element) for element in parse(b"<r><a/><b/></r>")] == ["a", "b"]
    with pytest.raises(ReadError, match="declares entities"):
        parse(b"<!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>")


def test_all_bytes_of_a_file_can_be_had_for_another_reader():
    content = b"<html>" + b"x" * 200_000 + b"</html>"
    assert opened(content).whole().read() == content
    with pytest.raises(ReadError, match="larger than 100000 bytes"):
        opened(content, cap=100_000).whole()
