"""What libxml2 finds wrong, in words for the person who has the file."""

import pytest
from lxml import etree

from tqcheck.read import xmlparser


def fault(content):
    parser = etree.XMLPullParser(events=("end",), **xmlparser.HARDENED)
    return xmlparser.feed(parser, content)


@pytest.mark.parametrize(
    ("content", "words", "at"),
    [
        (b"<r>\n<a>&nobody;</a><b/></r>", "uses the entity '&nobody;', which nothing defines: write the character itself", 2),
        (b"nothing", "is no XML file: it does not begin with an element", 1),
        (b"<r>\n</x>", "is not well-formed XML", 2),
        (b"<?xml version='1.0' encoding='odd-8'?><r/>", "declares the encoding 'odd-8', which is not known: save it as UTF-8", 1),
    ],
)
def test_each_fault_is_told_with_its_line(content, words, at):
    error = fault(content)
    assert words in str(error)
    assert error.line == at


def test_what_is_right_is_no_fault():
    assert fault(b"<r><a/></r>") is None


def test_what_no_pattern_knows_is_cut_short_and_says_what_to_do():
    told = xmlparser.told(f"{'Odd ' * 200}, line 3, column 4", 3)
    assert str(told).startswith("is not well-formed XML (odd Odd")
    assert str(told).endswith(": mend it there, or export the file again")
    assert len(str(told)) < 300


def test_an_element_says_its_name_line_and_language_without_its_namespace():
    root = etree.fromstring(b"<r xmlns='urn:r' xml:lang='de'>\n<a/></r>")
    assert (xmlparser.local(root[0]), xmlparser.namespace(root[0]), xmlparser.line(root[0])) == ("a", "urn:r", 2)
    assert xmlparser.language(root[0]) == "de"
