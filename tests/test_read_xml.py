import io

import pytest
from feeds_for_tests import atom, newsml, nitf, rss, tmx, xliff

from tqcheck.article import Problem
from tqcheck.read import read, sniff

ROW = {"id": "a", "lang": "en", "title": "Head", "text": "Text."}
PAIR = {"id": "a", "lang": "de", "source_lang": "en", "segments": ["Text."], "source_segments": ["Source."]}
XHTML = '<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><body><p>Text.</p></body></html>'
FILES = {
    "rss": rss([ROW]),
    "atom": atom([ROW]),
    "newsml": newsml([ROW]),
    "nitf": nitf(ROW),
    "tmx": tmx(PAIR),
    "xliff": xliff([PAIR]),
    "xhtml": XHTML,
}


def run(data: str | bytes, input_format: str | None = "xml"):
    return list(read(["-"], stdin=io.BytesIO(data.encode() if isinstance(data, str) else data), input_format=input_format))


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("input_format", ["xml", None])
def test_the_root_decides_what_a_file_of_xml_is(kind, input_format):
    (article,) = run(FILES[kind], input_format)
    assert (article.text or article.segments[0]) == "Text."


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_xml_is_known_by_its_first_bytes(kind):
    assert sniff(FILES[kind].encode()) == "xml"
    assert sniff(FILES[kind].partition("\n")[2].encode()) in {"xml", "html"}


@pytest.mark.parametrize("input_format", ["xml", None])
def test_utf_16_is_read_as_some_tools_write_it(input_format):
    (article,) = run(FILES["tmx"].replace("UTF-8", "UTF-16").replace("Text.", "Größe 大").encode("utf-16"), input_format)
    assert article.segments == ("Größe 大",)


def test_another_root_is_a_problem_that_says_what_is_read():
    (problem,) = run("<!-- x -->\n<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert isinstance(problem, Problem)
    assert str(problem).startswith("-:2: is XML whose root is <svg>, and what that is is not known: RSS, Atom,")


def test_html_that_is_no_xml_says_how_to_read_it():
    (problem,) = run("<p>One<br>Two")
    assert "was cut" in problem.reason or "is XML whose root is <p>" in problem.reason
