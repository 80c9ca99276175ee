import io

import pytest

from tqcheck.article import Article, Problem
from tqcheck.read import read

SPACE = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'


def run(data: str):
    return list(read(["-"], stdin=io.BytesIO(data.encode()), input_format="newsml"))


def item(
    content: str = "", meta: str = "<headline>Head</headline>", about: str = 'guid="urn:1" standardversion="2.31" xml:lang="en"'
) -> str:
    dates = "<itemMeta><versionCreated>2023-05-25T10:00:00Z</versionCreated><title>A slug</title></itemMeta>"
    return f"<newsItem {SPACE} {about}>\n{dates}<contentMeta>{meta}</contentMeta><contentSet>{content}</contentSet></newsItem>"


def one(data: str) -> Article:
    (article,) = run(data)
    assert isinstance(article, Article), article
    return article


def test_an_item_is_an_article():
    content = (
        '<inlineXML><nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body><body.head><hedline><hl1>Head</hl1></hedline>'
        "<dateline>KYIV –</dateline></body.head><body.content><p>One.</p><block><p>Two.</p></block>"
        "</body.content></body></nitf></inlineXML>"
    )
    assert run(item(content)) == [
        Article(id="urn:1", title="Head", text="KYIV –\n\nOne.\n\nTwo.", lang="en", published="2023-05-25T10:00:00Z", origin="-:1")
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('<inlineData contenttype="text/plain">\na  b\n\nc\n</inlineData>', "a  b\n\nc"),
        ('<inlineData contenttype="text/html">&lt;p&gt;a&lt;p&gt;b</inlineData>', "a\n\nb"),
        ('<inlineData contenttype="image/png">iVBOR</inlineData><inlineData>a</inlineData>', "a"),
        (
            '<inlineXML><html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body><p>a</p></body></html></inlineXML>',
            "a",
        ),
        ('<inlineXML><p xmlns="">a</p><p xmlns="">b</p></inlineXML>', "a\n\nb"),
        ('<remoteContent href="a.jpg"/><inlineXML><story xmlns="urn:own"><p>a</p><p>b</p></story></inlineXML>', "a\n\nb"),
    ],
)
def test_the_text_is_the_first_content_that_stands_in_the_item(content, text):
    assert one(item(content)).text == text


def test_an_item_whose_content_stands_elsewhere_has_its_description_or_headline_as_text():
    remote = '<remoteContent href="a.jpg" contenttype="image/jpeg"/>'
    article = one(item(remote, "<headline>Head</headline><description>Seen\n from <i>afar</i>.</description>"))
    assert (article.title, article.text) == ("Head", "Seen from afar.")
    article = one(item(remote))
    assert (article.title, article.text) == (None, "Head")


def test_the_language_of_the_content_goes_before_that_of_the_item():
    text = '<inlineData contenttype="text/plain" {}>x</inlineData>'
    assert one(item(text.format('xml:lang="de"'))).lang == "de"
    assert one(item(text.format(""), '<language tag="cs"/>')).lang == "cs"
    assert one(item(text.format(""))).lang == "en"
    assert one(item(text.format(""), about='guid="a"')).lang is None


def test_a_message_holds_many_items_and_packages_are_passed_over():
    text = "<inlineData>x</inlineData>"
    package = f'<packageItem {SPACE} guid="p"><groupSet><group><itemRef/></group></groupSet></packageItem>'
    items = package + item(text) + "\n" + item(text, about='guid="urn:2" standardversion="3.0"') + item(text, about='guid="urn:3"')
    first, problem, last = run(f"<newsMessage {SPACE}><header/><itemSet>{items}</itemSet></newsMessage>")
    assert (first.id, last.id) == ("urn:1", "urn:3")
    assert str(problem) == "-:3: is NewsML-G2 3.0, which is not known: 2.x is"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("<NewsML><NewsItem/></NewsML>", "-:1: is NewsML 1, which is not read"),
        (f"<packageItem {SPACE}/>", "-:1: has the root <packageItem>, which holds no text"),
        ("<rss/>", "-:1: has the root <rss>, which is no NewsML-G2"),
        ("<newsItem/>", "-:1: is no NewsML-G2: its root is not in the namespace"),
        (item("x", about='standardversion="4"'), "-:1: is NewsML-G2 4, which is not known"),
        (f"<newsMessage {SPACE}><itemSet/></newsMessage>", "-:1: is a message without a newsItem"),
        (
            item('<inlineData contenttype="text/html">' + "&lt;b&gt;" * 5000 + "</inlineData>"),
            "-:1: its content is no HTML that can be read whole",
        ),
        (item(meta="").replace("A slug", ""), "-:1: has neither a text nor a headline"),
    ],
)
def test_what_cannot_be_read_is_one_problem(data, reason):
    (problem,) = run(data)
    assert isinstance(problem, Problem)
    assert str(problem).startswith(reason)
