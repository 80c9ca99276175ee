import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.article import Article, Problem
from tqcheck.read import read

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<title>Kyiv | The Paper</title><meta property="og:title" content="Kyiv holds">
<link rel="canonical" href="https://example.org/kyiv"><meta property="article:published_time" content="2023-05-25T10:00:00Z">
<style>p { color: red }</style>
</head>
<body>
<header><a href="/">The Paper</a></header><nav><ul><li>World</ul></nav>
<main><article>
<header><h1>Kyiv holds</h1></header>
<h2>Kyiv
   holds</h2>
<figure><img src="x.jpg" alt="unseen"><figcaption>Fired ammunition – illustrative photo.</figcaption></figure>
<p>Kyiv – <b>The</b> <i>mayor</i>&nbsp;said<sup>1</sup>,
  that<!-- nothing --> it holds.<br>And so.</p>
<script>var ad = "<p>no</p>";</script>
Advertisement'; }
<ul><li>One<li>Two</ul><table><tr><td>a<td>b<tr><td>c</table>
<p hidden>unseen</p><p style="color: red; DISPLAY : none">unseen</p><noscript>unseen</noscript><template><p>unseen</p></template>
<pre>  as  it
stands</pre>
</article></main>
<footer>Imprint</footer>
</body></html>"""

TEXT = (
    "Kyiv holds\n\nKyiv holds\n\nFired ammunition – illustrative photo.\n\nKyiv – The mayor\u00a0said1, that it holds.\nAnd so.\n\n"
    "Advertisement'; }\n\nOne\nTwo\n\na\tb\nc\n\n  as  it\nstands"
)


def run(data: bytes | str, **options):
    raw = data.encode() if isinstance(data, str) else data
    return list(read(["-"], stdin=io.BytesIO(raw), input_format="html", **options))


def text(html: str) -> str:
    (article,) = run(html)
    return article.text


def test_a_page_is_read_as_published_with_its_repeated_headline_and_its_debris():
    assert run(PAGE) == [
        Article(
            id="-",
            text=TEXT,
            lang="en",
            url="https://example.org/kyiv",
            published="2023-05-25T10:00:00Z",
            extra={"page_title": "Kyiv holds"},
            origin="-",
        )
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<nav>n</nav><article>a</article><footer>f</footer>", "a"),
        ("<nav>n</nav><main>m</main>", "m"),
        ("<nav>n</nav><p>p</p>", "n\n\np"),
        ("<nav>n</nav><main><article>a</article><article>b</article></main>", "a\n\nb"),
        ("<nav>n</nav><article>a</article><article>b</article>", "n\n\na\n\nb"),
    ],
)
def test_the_region_is_the_one_article_or_else_the_one_main_or_else_the_page(body, expected):
    assert text(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a<br>b", "a\nb"),
        ("a<br><br>b", "a\n\nb"),
        ("<p>a</p> <p>b</p>", "a\n\nb"),
        ("a<span> </span>b<b>c</b>", "a bc"),
        ("a <!-- x --> b<script>x</script>c", "a bc"),
        ("&lt;b&gt; &amp;amp; &nbsp; &#x41;", "<b> &amp; \u00a0 A"),
        ("<p aria-hidden=true>a<p hidden=until-found>b", "a\n\nb"),
        ("<details><summary>a</summary>b</details><dialog>c</dialog>", "a\n\nb"),
        ("<unknown>a</wrong>b", "ab"),
    ],
)
def test_what_a_browser_would_show(body, expected):
    assert text(body) == expected


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"], exclude_characters="<&"), min_size=1), min_size=1))
def test_the_words_of_any_paragraphs_come_back(paragraphs):
    assert text("".join(f"<p> {words}\n</p>" for words in paragraphs)) == "\n\n".join(paragraphs)


@given(st.lists(st.sampled_from([*"<>/ab =\"'!-&;#x\n", "<p>", "</p>", "<!--", "-->", "<article", "<table>", "<![CDATA[", "&#xD800;"])))
def test_no_tag_soup_crashes_the_reader(soup):
    assert len(run("x" + "".join(soup))) == 1


def test_the_title_is_the_headline_outside_of_the_region_or_else_that_of_the_page():
    head = "<title>Page  title</title>"
    assert [(a.title, a.extra) for a in run(head + "<h1>Head <i>line</i></h1><article>a</article>")] == [("Head line", {})]
    assert [(a.title, a.extra) for a in run(head + "<article>a</article>")] == [("Page title", {})]
    assert [(a.title, a.extra) for a in run(head + "<article><h1>h</h1>a</article>")] == [(None, {"page_title": "Page title"})]


@pytest.mark.parametrize(
    "data",
    [
        "<p>“Київ”".encode(),
        b"\xef\xbb\xbf" + "<p>“Київ”".encode(),
        "<p>“Київ”".encode("utf-16"),
        '<meta charset="windows-1251"><p>“Київ”'.encode("cp1251"),
        '<meta http-equiv=Content-Type content="text/html; charset=windows-1251"><p>“Київ”'.encode("cp1251"),
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>“Київ”</p></body></html>'.encode(),
        '<meta charset="utf-16"><p>“Київ”'.encode(),
    ],
)
def test_the_encoding_is_that_of_the_mark_or_the_declaration_or_utf8(data):
    assert [article.text for article in run(data)] == ["“Київ”"]


def test_latin_1_means_windows_1252_as_in_a_browser():
    assert [article.text for article in run(b'<meta charset="iso-8859-1"><p>\x93Kyiv\x94')] == ["“Kyiv”"]


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("shift_jis", "cp932", "①髙"),
        ("gb2312", "gb18030", "镕€"),
        ("euc-kr", "cp949", "똠"),
        ("iso-8859-9", "cp1254", "“ğ”"),
        ("tis-620", "cp874", "“ก”"),
        ("windows-874", "cp874", "“ก”"),
        ("x-mac-cyrillic", "mac_cyrillic", "“Київ”"),
    ],
)
def test_encodings_mean_what_browsers_take_them_to_mean(declared, encoding, text):
    assert [article.text for article in run(f'<meta charset="{declared}"><p>{text}'.encode(encoding))] == [text]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<p>Ki\xffev", "is not utf-8, which it should be: byte 0xff at byte 5"),
        (b'<meta charset="unicode_escape"><p>a', "declares the encoding 'unicode_escape'"),
        (b'<meta charset="nonsense"><p>a', "declares the encoding 'nonsense'"),
        (b'<meta charset="windows-1292"><p>a', "declares the encoding 'windows-1292'"),
        (b'<meta charset="iso-8859-12"><p>a', "declares the encoding 'iso-8859-12'"),
        (b"<p>" + b"<div>" * 300 + b"deep", "Excessive depth"),
        (b"<p>" + b"<div>" * 100_000 + b"deep", "Excessive depth"),
        (b'<p title="' + b"x" * 11_000_000 + b'">a</p><p>b</p>', "Resource limit exceeded"),
        (b"<p>" + b"x" * 11_000_000 + b"</p><p>b</p>", "Resource limit exceeded"),
        (b"<!-- only -->", "nothing to check"),
        (b"<script>only</script>", "shows no text"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_page_that_cannot_be_read_whole_is_a_problem_and_never_half_an_article(data, reason):
    (problem,) = run(data)
    assert isinstance(problem, Problem)
    assert reason in problem.reason
    assert "\n" not in problem.reason


def test_entities_of_a_document_type_are_not_expanded(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("what nobody may see")
    page = f'<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY x SYSTEM "{secret.as_uri()}">]><p>&a;&x;</p>'
    assert text(page).endswith("&a;&x;")
    assert "aaaa&" not in text(page)
