import io

import pytest

from tqcheck.article import Article, Problem
from tqcheck.read import read

SPACES = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


def run(data: bytes | str, **options):
    raw = data.encode() if isinstance(data, str) else data
    return list(read(["-"], stdin=io.BytesIO(raw), input_format="rss", **options))


def rss(item: str, channel: str = "", version: str = "2.0") -> str:
    return f'<rss version="{version}" {SPACES}><channel>{channel}\n<item>{item}</item></channel></rss>'


def atom(entry: str, attributes: str = "") -> str:
    return f"<feed {ATOM} {attributes}>\n<entry>{entry}</entry></feed>"


def one(data: str) -> Article:
    (article,) = run(data)
    assert isinstance(article, Article), article
    return article


def test_an_item_is_an_article_with_all_it_says():
    item = """
      <title>Kyiv holds</title><link>https://example.org/1</link><guid isPermaLink="false">urn:1</guid>
      <pubDate>Thu, 25 May 2023 10:00:00 GMT</pubDate><description>In short.</description>
      <content:encoded><![CDATA[<h2>Kyiv holds</h2><p>The mayor&nbsp;said<br>so.</p><script>ad()</script>]]></content:encoded>
      <media:title>A picture</media:title><media:description>seen from afar</media:description>"""
    assert run(rss(item, "<language>en-gb</language>")) == [
        Article(
            id="urn:1",
            title="Kyiv holds",
            text="Kyiv holds\n\nThe mayor\u00a0said\nso.",
            lang="en-gb",
            url="https://example.org/1",
            published="2023-05-25T10:00:00Z",
            extra={"summary": "In short."},
            origin="-:2",
        )
    ]


def test_an_entry_is_an_article_with_all_it_says():
    entry = """
      <title type="html">Kyiv &amp;amp; Lviv &lt;b&gt;hold&lt;/b&gt;</title><id>urn:1</id><updated>2023-05-26T10:00:00Z</updated>
      <link rel="self" href="https://example.org/self"/><link href="https://example.org/1"/><published>2023-05-25T10:00:00Z</published>
      <source><title>Another feed</title><id>urn:feed</id></source><summary>In short.</summary>
      <content type="xhtml" xml:lang="de"><div xmlns="http://www.w3.org/1999/xhtml"><p>Der <b>Bürger</b>meister.</p>
      <ul><li>a</li><li>b</li></ul></div></content>"""
    assert run(atom(entry, 'xml:lang="en"')) == [
        Article(
            id="urn:1",
            title="Kyiv & Lviv hold",
            text="Der Bürgermeister.\n\na\nb",
            lang="de",
            url="https://example.org/1",
            published="2023-05-25T10:00:00Z",
            extra={"summary": "In short."},
            origin="-:2",
        )
    ]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Two lines\n\nas they  stand", "Two lines\n\nas they  stand"),
        ("\n   in the middle\n  ", "in the middle"),
        ("x &lt;y and z> 3 &amp; 4", "x <y and z> 3 & 4"),
        ("a &amp; b", "a & b"),
        ("&amp;amp;nbsp;", "&nbsp;"),
        ("&lt;p&gt;One&lt;p&gt;Two", "One\n\nTwo"),
        ("<![CDATA[<p>One</p><!-- two -->]]>", "One"),
        ("<p xmlns='http://www.w3.org/1999/xhtml'>not</p><p>escaped</p>", "not\n\nescaped"),
        ("a&nbsp;b&ndash;c", "a\u00a0b–c"),
    ],
)
def test_html_becomes_what_a_reader_sees_and_plain_text_stays(raw, text):
    assert one(rss(f"<description>{raw}</description>")).text == text


def test_the_full_text_goes_before_the_description():
    assert one(rss("<content:encoded>Full.</content:encoded><description>Full.</description>")).extra == {}
    assert one(rss("<content:encoded> </content:encoded><description>Short.</description>")).text == "Short."


def test_an_item_of_a_headline_alone_is_an_article_of_that_text():
    article = one(rss("<title>Kyiv\n holds</title>"))
    assert (article.title, article.text) == (None, "Kyiv holds")
    article = one(atom("<title>Kyiv holds</title>"))
    assert (article.title, article.text) == (None, "Kyiv holds")


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("<guid> g </guid><link>l</link>", "g"),
        ("<link>l</link>", "l"),
        ("<guid/>", "-:2#1"),
        ('<link xmlns="http://www.w3.org/2005/Atom" href="a"/>', "a"),
    ],
)
def test_the_id_is_the_guid_or_the_link_or_the_place(item, name):
    assert one(rss(f"{item}<description>x</description>")).id == name


@pytest.mark.parametrize(
    ("data", "lang"),
    [
        (rss("<description>x</description>", "<language> de </language>"), "de"),
        (rss("<dc:language>cs</dc:language><description>x</description>", "<language>de</language>"), "cs"),
        (rss("<description>x</description>").replace("<channel>", "<channel xml:lang='fr'>"), "fr"),
        (rss("<description>x</description>"), None),
        (atom("<summary>x</summary>", "xml:lang='pl'"), "pl"),
    ],
)
def test_the_language_is_the_nearest_one_said(data, lang):
    assert one(data).lang == lang


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("Thu, 25 May 2023 10:00:00 +0200", "2023-05-25T10:00:00+02:00"),
        ("yesterday", "yesterday"),
        ("", None),
        ("Thu, 99 May 2023", "Thu, 99 May 2023"),
    ],
)
def test_dates_become_iso_8601_and_what_is_no_date_stays(date, published):
    assert one(rss(f"<pubDate>{date}</pubDate><description>x</description>")).published == published


def test_rss_1_has_its_items_beside_the_channel():
    data = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {SPACES}>
      <channel><title>News</title></channel>
      <item><title>A</title><description>B</description><dc:date>2023-05-25</dc:date></item></rdf:RDF>"""
    article = one(data)
    assert (article.title, article.text, article.published) == ("A", "B", "2023-05-25")


def test_an_entry_may_stand_alone():
    assert one(f"<entry {ATOM}><id>a</id><summary>x</summary></entry>").id == "a"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('<content type="image/png">iVBOR</content>', "its content is of the type 'image/png', which is no text"),
        ("<updated>2023</updated>", "has neither a text nor a headline"),
    ],
)
def test_an_entry_without_text_is_a_problem_and_the_next_is_read(content, reason):
    data = atom(f"{content}</entry>\n<entry><id>b</id><content src='https://example.org'/><summary>x</summary>")
    problem, article = run(data)
    assert problem.where == "-:2"
    assert reason in problem.reason
    assert (article.id, article.text) == ("b", "x")


def test_html_that_is_too_deep_is_the_problem_of_its_item_alone():
    data = rss(f"<description>{'&lt;b&gt;' * 5000}x</description></item><item><description>y</description>")
    problem, article = run(data)
    assert "no HTML that can be read whole" in problem.reason
    assert article.text == "y"


def test_a_guid_used_twice_is_a_problem_that_names_the_first_place():
    first, second = run(rss("<guid>a</guid><description>x</description></item>\n<item><guid>a</guid><description>y</description>"))
    assert first.text == "x"
    assert str(second) == "-:3: the id 'a' was already used at -:2: give each article an id of its own"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (rss("<description>x</description>", version="3.0"), "-:1: is RSS 3.0, which is not known"),
        (rss("<description>x</description>", version="2"), None),
        (rss("<description>x</description>", version="0.91"), None),
        (rss("<description>x</description>").replace('version="2.0"', ""), None),
        ("<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry/></feed>", "-:1: is no Atom 1.0"),
        ("<feed><entry/></feed>", "-:1: is no Atom 1.0"),
        ("<html/>", "-:1: is neither RSS nor Atom: its root is <html>"),
    ],
)
def test_versions_that_are_not_known_are_named(data, reason):
    (record,) = run(data)
    assert isinstance(record, Problem) == (reason is not None)
    assert reason is None or str(record).startswith(reason)


def test_items_without_an_id_are_told_apart_also_on_one_line():
    assert [article.id for article in run(rss("<description>x</description></item><item><description>y</description>"))] == [
        "-:2#1",
        "-:2#2",
    ]


def test_items_without_an_id_that_have_the_same_link_are_told_apart():
    item = "<link>https://example.org/</link><description>x</description>"
    assert [article.id for article in run(rss(f"{item}</item><item>{item}"))] == ["https://example.org/", "https://example.org/#2"]


def test_a_feed_in_a_namespace_of_its_own_is_read_and_items_of_another_are_none():
    data = rss("<title>A</title><description>x</description></item><p:item xmlns:p='urn:p'><description>y</description></p:item><item>")
    data = data.replace("<item></item>", "").replace("<rss ", '<rss xmlns="http://backend.userland.com/rss2" ')
    assert [(article.title, article.text) for article in run(data)] == [("A", "x")]


def test_a_feed_without_items_holds_no_article_and_is_no_problem():
    assert run("<rss version='2.0'><channel><title>News</title></channel></rss>") == []


def test_items_that_stand_beside_the_channel_are_read():
    data = '<rss version="2.0"><channel><title>News</title></channel><item><guid>a</guid><title>T</title></item></rss>'
    assert [(article.id, article.text) for article in run(data)] == [("a", "T")]


@pytest.mark.parametrize("blank", ["", "&#160;", "<![CDATA[<p> </p>]]>", "<![CDATA[&nbsp;]]>"])
def test_a_blank_description_gives_way_to_the_headline_and_without_one_the_item_is_a_problem(blank):
    data = "".join(
        f"<item><title>{title}</title><description>{blank}</description><guid>{title}</guid></item>\n" for title in ("A", "", "B")
    )
    first, problem, last = run(f'<rss version="2.0"><channel>{data}</channel></rss>')
    assert (first.text, last.text) == ("A", "B")
    assert str(problem) == "-:2: has neither a text nor a headline: there is nothing to check; fill it in, or take it out"


def test_a_cut_feed_gives_its_whole_items_and_says_where_it_ends():
    data = rss("<guid>a</guid><description>x</description></item>\n<item><guid>b</guid><description>y")
    article, problem = run(data[: data.index("</item></channel>") - len("</description")])
    assert article.id == "a"
    assert str(problem) == "-:3: ends in the middle of an element: it was cut"
