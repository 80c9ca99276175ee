import io

import pytest

from tqcheck.article import Article, Problem
from tqcheck.read import read

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nitf SYSTEM "nitf-3-4.dtd">
<nitf version="-//IPTC//DTD NITF 3.4//EN" xml:lang="en">
<head><title>A slug</title><docdata><doc-id id-string="urn:1"/><date.issue norm="20230525T100000Z"/></docdata></head>
<body>
<body.head><hedline><hl1>Kyiv &amp; Lviv <em>hold</em></hl1><hl2>Still</hl2></hedline>
<byline>By A. B.</byline><dateline><location>KYIV</location> &ndash;</dateline></body.head>
<body.content>
<media media-type="image"><media-reference source="a.jpg"/><media-caption><p>Seen from afar.</p></media-caption></media>
<p>The <org>mayor</org>
  said<br/>so.</p>
<hl2>More</hl2>
<p>One.</p><table><tr><td>a</td><td>b</td></tr></table>
</body.content>
<body.end><tagline>Imprint</tagline></body.end>
</body>
</nitf>
"""


def run(data: str):
    return list(read(["-"], stdin=io.BytesIO(data.encode()), input_format="nitf"))


def test_a_document_is_an_article_as_a_reader_sees_it():
    assert run(DOCUMENT) == [
        Article(
            id="urn:1",
            title="Kyiv & Lviv hold",
            text="KYIV –\n\nSeen from afar.\n\nThe mayor said\nso.\n\nMore\n\nOne.\n\na\tb",
            lang="en",
            published="2023-05-25T10:00:00Z",
            origin="-:3",
        )
    ]


def test_without_a_headline_the_title_of_the_head_serves_and_without_a_text_it_is_the_text():
    (article,) = run("<nitf><head><title> A\n slug </title></head><body><body.content><p>x</p></body.content></body></nitf>")
    assert (article.id, article.title, article.text) == ("-:1", "A slug", "x")
    (article,) = run("<nitf><body><body.head><hedline><hl1>Head</hl1></hedline></body.head></body></nitf>")
    assert (article.title, article.text) == (None, "Head")


@pytest.mark.parametrize(
    ("norm", "published"), [("20230525", "2023-05-25"), ("20230525T1000+0200", "2023-05-25T10:00:00+0200"), ("today", "today")]
)
def test_dates_become_iso_8601_and_what_is_no_date_stays(norm, published):
    (article,) = run(DOCUMENT.replace("20230525T100000Z", norm))
    assert article.published == published


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("<html/>", "-:1: is no NITF: its root is <html>"),
        (DOCUMENT.replace("NITF 3.4", "NITF 4.0"), "-:3: is of the version '-//IPTC//DTD NITF 4.0//EN', which is not known"),
        ("<nitf><body/></nitf>", "-:1: has neither a text nor a headline"),
        (DOCUMENT.replace("&ndash;", "&agency;"), "-:3: uses the entity '&agency;'"),
        (DOCUMENT[:500], "-:9: ends in the middle"),
    ],
)
def test_what_cannot_be_read_is_one_problem(data, reason):
    (problem,) = run(data)
    assert isinstance(problem, Problem)
    assert str(problem).startswith(reason)
