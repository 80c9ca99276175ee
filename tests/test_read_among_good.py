"""One broken article among good ones: every good one is read, the broken one is named, at any place, in every format."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tqcheck.article import Article, Problem
from tqcheck.cli import main
from tqcheck.read import read, xmlfile, xmlunits

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

import mutate

CONTENT = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
NEWSML = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'
XLIFF_1 = '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">'
XLIFF_2 = '<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="de">'
DEEP = "<b>" * 3000


@dataclass(frozen=True)
class Feed:
    """A format: what stands before, between and behind its articles, a good article of a name, and broken ones, each on a line."""

    head: str
    tail: str
    good: Callable[[str], str]
    broken: dict[str, str | bytes] = field(repr=False)
    between: str = "\n"

    def write(self, articles: list[str | bytes]) -> bytes:
        parts = [article if isinstance(article, bytes) else article.encode() for article in articles]
        return self.head.encode() + self.between.encode().join(parts) + self.tail.encode()


def faults_of_xml(start: str, text: str, end: str) -> dict[str, str | bytes]:
    """What makes a unit no XML, where `start` and `end` are its own tags, and `text` has a place for a text."""
    return {
        "an ampersand": start + text.format("A & B") + end,
        "an unknown entity": start + text.format("&unknown;") + end,
        "a stray bracket": start + text.format("1 < 2") + end,
        "an element never closed": start + text.format("<i>A") + end,
        "an end tag of nothing": start + text.format("A</i>") + end,
        "no end tag": start + text.format("A"),
        "an attribute without quotes": start + text.format("<i a=b>A</i>") + end,
        "another encoding": (start + text.format("Größe") + end).encode("latin-1"),
        "a control character": start + text.format("A\x01B") + end,
        "a NUL": start + text.format("A\x00B") + end,
        "a reference to no character": start + text.format("&#0;") + end,
        "too deep": start + text.format("<i>" * 300 + "A" + "</i>" * 300) + end,
    }


FEEDS = {
    "jsonl": Feed("", "\n", lambda name: json.dumps({"id": name, "text": name}), {"cut": '{"text": "A', "empty": "{}", "bytes": b'"\xff"'}),
    "json": Feed("[", "]", lambda name: json.dumps({"id": name, "text": name}), {"key": '{"text": "A" 1}', "empty": "{}"}, ",\n"),
    "csv": Feed("id,text\n", "\n", lambda name: f"{name},{name}", {"ragged": "x", "empty": "x,", "quote": '"x"y,z', "bytes": b"x,\xff"}),
    "tsv": Feed("id\ttext\n", "\n", lambda name: f"{name}\t{name}", {"ragged": "x", "empty": "x\t", "bytes": b"x\t\xff"}),
    "rss": Feed(
        f'<rss version="2.0" {CONTENT}><channel><title>News</title>\n',
        "\n</channel></rss>",
        lambda name: f"<item><guid>{name}</guid><description>{name}</description></item>",
        {
            "empty": "<item><guid>x</guid></item>",
            "deep html": f"<item><description><![CDATA[{DEEP}]]></description></item>",
            "the start tag": "<item x='1><title>A</title></item>",
            **faults_of_xml("<item>", "<title>{}</title>", "</item>"),
        },
    ),
    "atom": Feed(
        f"<feed {ATOM}><title>News</title>\n",
        "\n</feed>",
        lambda name: f"<entry><id>{name}</id><content>{name}</content></entry>",
        {
            "empty": "<entry><id>x</id></entry>",
            "a picture": "<entry><content type='image/png'>x</content></entry>",
            **faults_of_xml("<entry>", "<title>{}</title>", "</entry>"),
        },
    ),
    "newsml": Feed(
        f"<newsMessage {NEWSML}><header/><itemSet>\n",
        "\n</itemSet></newsMessage>",
        lambda name: f"<newsItem guid='{name}'><contentMeta><headline>{name}</headline></contentMeta></newsItem>",
        {
            "empty": "<newsItem guid='x'/>",
            "another version": "<newsItem standardversion='4'><contentMeta><headline>A</headline></contentMeta></newsItem>",
            **faults_of_xml("<newsItem>", "<contentMeta><headline>{}</headline></contentMeta>", "</newsItem>"),
        },
    ),
    "ninjs": Feed(
        "[",
        "]",
        lambda name: json.dumps({"uri": name, "headline": name}),
        {"empty": '{"uri": "x", "headline": ""}', "a list": '{"uri": "x", "body_text": ["x"]}', "no item": "7"},
        ",\n",
    ),
    "xliff 1": Feed(
        f"{XLIFF_1}\n",
        "\n</xliff>",
        lambda name: (
            f"<file original='{name}'><body><trans-unit id='1'><source>x</source><target>{name}</target></trans-unit></body></file>"
        ),
        {
            "empty": "<file original='x'><body/></file>",
            "untranslated": "<file original='x'><body><trans-unit id='1'><source>x</source></trans-unit></body></file>",
            **faults_of_xml(
                "<file original='x'><body><trans-unit>",
                "<source>x</source><target>{}</target>",
                "</trans-unit></body></file>",
            ),
        },
    ),
    "xliff 2": Feed(
        f"{XLIFF_2}\n",
        "\n</xliff>",
        lambda name: f"<file id='{name}'><unit id='1'><segment><source>x</source><target>{name}</target></segment></unit></file>",
        {
            "empty": "<file id='x'/>",
            "untranslated": "<file id='x'><unit id='1'><segment><source>x</source></segment></unit></file>",
            **faults_of_xml("<file id='x'><unit id='1'>", "<segment><source>x</source><target>{}</target></segment>", "</unit></file>"),
        },
    ),
}

PO_HEAD = 'msgid ""\nmsgstr ""\n"Language: de\\n"\n\n'
UNITS = {
    "tmx": Feed(
        '<tmx version="1.4"><header srclang="en"/><body>\n',
        "\n</body></tmx>",
        lambda name: f"<tu><tuv xml:lang='en'><seg>x</seg></tuv><tuv xml:lang='de'><seg>{name}</seg></tuv></tu>",
        {
            "no language": "<tu><tuv><seg>x</seg></tuv><tuv xml:lang='de'><seg>x</seg></tuv></tu>",
            "no source": "<tu><tuv xml:lang='fr'><seg>x</seg></tuv><tuv xml:lang='de'><seg>x</seg></tuv></tu>",
            **faults_of_xml("<tu>", "<tuv xml:lang='en'><seg>x</seg></tuv><tuv xml:lang='de'><seg>{}</seg></tuv>", "</tu>"),
        },
    ),
    "xliff 1": Feed(
        f"{XLIFF_1}<file original='f'><body>\n",
        "\n</body></file></xliff>",
        lambda name: f"<trans-unit id='1'><source>x</source><target>{name}</target></trans-unit>",
        {
            "no source": "<trans-unit><target>x</target></trans-unit>",
            "the start tag": "<trans-unit id='1><source>x</source><target>x</target></trans-unit>",
            **faults_of_xml("<trans-unit>", "<source>x</source><target>{}</target>", "</trans-unit>"),
        },
    ),
    "xliff 2": Feed(
        f"{XLIFF_2}<file id='f'>\n",
        "\n</file></xliff>",
        lambda name: f"<unit id='1'><segment><source>x</source><target>{name}</target></segment></unit>",
        {
            "no source": "<unit><segment><target>x</target></segment></unit>",
            **faults_of_xml("<unit id='1'>", "<segment><source>x</source><target>{}</target></segment>", "</unit>"),
        },
    ),
    "po": Feed(
        PO_HEAD,
        "\n",
        lambda name: f'msgid "x"\nmsgstr "{name}"',
        {
            "an open quote": 'msgid "x"\nmsgstr "x',
            "no translation": 'msgid "x"',
            "said twice": 'msgid "x"\nmsgid "y"\nmsgstr "z"',
            "bytes": b'msgid "x"\nmsgstr "\xff"',
            "no message": "hello",
        },
        "\n\n",
    ),
}
FILES = {
    "nitf": (
        "<nitf><body><body.content><p>{}</p></body.content></body></nitf>",
        {"empty": "<nitf><body/></nitf>", **faults_of_xml("<nitf><body>", "<body.content>{}</body.content>", "</body></nitf>")},
    ),
    "txt": ("{}", {"empty": "", "blank": " \n", "bytes": b"\xff", "wide": "x".encode("utf-16")}),
    "md": ("{}", {"empty": "", "bytes": b"\xff", "twice": "---\ntitle: a\ntitle: b\n---\nx"}),
    "html": ("<p>{}</p>", {"empty": "", "no text": "<script>x</script>", "deep": DEEP + "x", "NUL": "<p>\x00"}),
    "newsml": (
        f"<newsItem {NEWSML} guid='{{0}}'><contentMeta><headline>{{0}}</headline></contentMeta></newsItem>",
        {"empty": f"<newsItem {NEWSML} guid='x'/>", "ampersand": f"<newsItem {NEWSML}><contentMeta><headline>A & B"},
    ),
    "ninjs": ('{{"uri": "{0}", "headline": "{0}"}}', {"empty": '{"uri": "x", "headline": ""}', "cut": '{"uri": "x", "headline": "'}),
}

PLACES = {"first": 0, "middle": 2, "last": 4}
GOOD = ["a", "b", "c", "d"]


def cases(feeds: dict[str, Feed]):
    """Each format with each fault at each place. Before the first unit of a file has begun, nobody knows in what units stand."""
    for kind, feed in feeds.items():
        for fault in feed.broken:
            for place in PLACES:
                if (fault, place) != ("the start tag", "first"):
                    yield pytest.param(kind, fault, place, id=f"{kind}, {fault}, {place}")


def among_good(feed: Feed, fault: str, place: str) -> tuple[bytes, int]:
    """The file, and the line on which the broken article begins."""
    articles: list = [feed.good(name) for name in GOOD]
    articles.insert(PLACES[place], feed.broken[fault])
    before = feed.head.encode() + b"".join(article.encode() + feed.between.encode() for article in articles[: PLACES[place]])
    return feed.write(articles), before.count(b"\n") + 1


def run(raw: bytes, kind: str):
    records = list(read(["-"], stdin=io.BytesIO(raw), input_format=kind.partition(" ")[0]))
    articles = [record for record in records if isinstance(record, Article)]
    return articles, [record for record in records if isinstance(record, Problem)]


@pytest.mark.parametrize(("kind", "fault", "place"), list(cases(FEEDS)))
def test_every_good_article_is_read_and_the_broken_one_is_named(kind, fault, place):
    raw, at = among_good(FEEDS[kind], fault, place)
    articles, problems = run(raw, kind)
    texts = [article.text or article.segments[0] for article in articles]
    assert texts == GOOD
    assert [article.id.rpartition("#")[2] for article in articles] == GOOD
    (problem,) = problems
    assert int(problem.where.split(":")[1]) in range(at, at + 2)  # a tag that is missing is missed on the next line
    assert len(problem.reason) > 15


@pytest.mark.parametrize(("kind", "fault", "place"), list(cases(UNITS)))
def test_every_good_unit_is_read_and_the_broken_one_is_named(kind, fault, place):
    raw, at = among_good(UNITS[kind], fault, place)
    articles, problems = run(raw, kind)
    assert [segment for article in articles for segment in article.segments] == GOOD
    lines = [number for number, text in enumerate(raw.split(b"\n"), start=1) if any(f">{name}<".encode() in text for name in GOOD)]
    assert kind == "po" or [origin.line for article in articles for origin in article.segment_origins] == lines
    (problem,) = problems
    assert int(problem.where.split(":")[1]) in range(at, at + 3)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("kind", "fault"), [(kind, fault) for kind, (_, broken) in FILES.items() for fault in broken])
def test_every_good_file_of_one_article_is_read_and_the_broken_one_is_named(tmp_path, monkeypatch, kind, fault, place):
    monkeypatch.chdir(tmp_path)
    good, broken = FILES[kind]
    files: list = [good.format(name) for name in GOOD]
    files.insert(PLACES[place], broken[fault])
    suffix = {"ninjs": "json"}.get(kind, kind)
    for number, content in enumerate(files):
        Path(f"{number}.{suffix}").write_bytes(content if isinstance(content, bytes) else content.encode())
    records = list(read(["."]))
    assert [record.text.strip() for record in records if isinstance(record, Article)] == GOOD
    (problem,) = [record for record in records if isinstance(record, Problem)]
    assert problem.where.startswith(f"{PLACES[place]}.{suffix}")


def parquet(names: list[str | None]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"id": pa.array([str(number) for number in range(len(names))]), "text": pa.array(names, pa.string())}), out)
    return out.getvalue()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["parquet", *FEEDS, *UNITS])
def test_the_command_reports_the_good_ones_names_the_broken_one_and_ends_with_2(tmp_path, monkeypatch, capsys, kind, place):
    monkeypatch.chdir(tmp_path)
    if kind == "parquet":
        raw = parquet([*GOOD[: PLACES[place]], None, *GOOD[PLACES[place] :]])
    else:
        feed = {**UNITS, **FEEDS}[kind]
        raw = among_good(feed, next(iter(feed.broken)), place)[0]
    Path("feed").write_bytes(raw)
    code = main(["check", "feed", "--input-format", kind.partition(" ")[0], "--model", "none", "--format", "json", "--no-progress"])
    said = capsys.readouterr()
    reports = json.loads(said.out)
    assert code == 2
    assert "".join(part["text"] for report in reports for part in report["segments"]) == "abcd" or len(reports) == len(GOOD)
    assert said.err.startswith("tqcheck: feed:")
    assert said.err.count("\n") == 1


def test_an_article_of_a_file_element_that_was_cut_short_does_not_go_to_the_next():
    files = [
        "<file original='a'><body><trans-unit id='1'><source>x</source><target>a</target></trans-unit></body></file>",
        "<file original='b'><body><trans-unit id='1'><source>x</source><target>b</target></body></file>",
        "<file original='c'><body><trans-unit id='1'><source>x</source><target>c</target></trans-unit></body></file>",
        "<file original='d><body><trans-unit id='1'><source>x</source><target>d</target></trans-unit></body></file>",
        "<file original='e'><body><trans-unit id='1'><source>x</source><target>e</target></trans-unit></body></file>",
    ]
    articles, problems = run(f"{XLIFF_1}\n{chr(10).join(files)}</xliff>".encode(), "xliff")
    assert [(article.id, article.segments) for article in articles] == [("-#a", ("a",)), ("-#c", ("c",)), ("-#e", ("e",))]
    assert [problem.where for problem in problems] == ["-:3", "-:5"]


@pytest.mark.parametrize("chunk", [1, 11, 64, 257])
def test_it_does_not_matter_where_the_chunks_of_a_file_are_cut(monkeypatch, chunk):
    monkeypatch.setattr(xmlfile, "CHUNK", chunk)
    for kind, fault in (("rss", "the start tag"), ("tmx", "an ampersand"), ("xliff 1", "no end tag"), ("newsml", "no end tag")):
        raw, _ = among_good({**FEEDS, **UNITS}[kind], fault, "middle")
        articles, problems = run(raw, kind)
        assert [text for article in articles for text in article.segments or [article.text]] == GOOD, kind
        assert len(problems) == 1


def rss_of(*items: str) -> bytes:
    return f'<rss version="2.0"><channel>\n{chr(10).join(items)}\n</channel></rss>'.encode()


def item(text: str) -> str:
    return f"<item><description>{text}</description></item>"


def test_what_looks_like_a_border_in_a_cdata_section_or_a_comment_is_none():
    items = [item(f"<![CDATA[{name} </item> <item> & ]]>") for name in GOOD]
    articles, problems = run(rss_of(items[0], f"<!-- {item('x & y')} -->", *items[1:]), "rss")
    assert [article.text.partition(" ")[0] for article in articles] == GOOD
    assert problems == []


def test_broken_items_in_a_row_are_each_named():
    broken = [item("x & y"), item("<i>x"), "<item><title>x</item>", item("&#0;"), "<item a=>" + item("x")[6:]]
    articles, problems = run(rss_of(item("a"), *broken, item("b")), "rss")
    assert [article.text for article in articles] == ["a", "b"]
    assert [problem.where for problem in problems] == ["-:3", "-:4", "-:5", "-:6", "-:7"]


@pytest.mark.parametrize("stray", ["&", "x & y", "</item>", "&unknown;"])
def test_a_stray_text_between_two_items_costs_none_of_them(stray):
    articles, problems = run(rss_of(item("a"), stray, item("b")), "rss")
    assert [article.text for article in articles] == ["a", "b"]
    assert [problem.where for problem in problems] == ["-:3"]


def test_a_break_outside_of_the_items_ends_the_reading_and_says_so():
    articles, problems = run(rss_of(item("a"), "</channel><channel></rss>", item("b")), "rss")
    assert [article.text for article in articles] == ["a"]
    assert problems[0].where == "-:3"
    assert problems[0].reason.endswith("what stands behind this place was not read")


def test_in_utf_16_a_break_ends_the_reading_and_says_so():
    raw = f'<rss version="2.0"><channel>{item("a")}\n{item("x &lt y")}{item("b")}</channel></rss>'.encode("utf-16")
    articles, problems = run(raw, "rss")
    assert [article.text for article in articles] == ["a"]
    assert problems[0].where == "-:2"
    assert problems[0].reason.endswith("what stands behind this place was not read")


def test_so_many_broken_items_that_it_would_take_long_end_the_reading_and_say_so(monkeypatch):
    monkeypatch.setattr(xmlunits, "MOST_PARSERS", 5)
    articles, problems = run(rss_of(item("a"), *[item("x & y")] * 5, item("b")), "rss")
    assert [article.text for article in articles] == ["a"]
    assert 1 < len(problems) < 5
    assert problems[-1].reason.endswith("what stands behind this place was not read")


def test_lines_are_right_behind_many_broken_items():
    articles, problems = run(rss_of(*[item("x & y"), item("a")] * 200), "rss")
    assert [int(article.origin.split(":")[1]) for article in articles] == list(range(3, 402, 2))
    assert [int(problem.where.split(":")[1]) for problem in problems] == list(range(2, 402, 2))


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1251", "utf-8-sig"])
def test_reading_goes_on_in_the_encoding_and_the_namespaces_of_the_file(encoding):
    declared = encoding.removesuffix("-sig")
    text = {"windows-1251": "Київ"}.get(declared, "Größe")
    head = f'<?xml version="1.0" encoding="{declared}"?><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    head += f' xmlns="http://purl.org/rss/1.0/" xmlns:c="http://purl.org/rss/1.0/modules/content/" xml:lang="uk" about="{text}">'
    good = f"<item><title>T</title><c:encoded>{text}</c:encoded></item>"
    raw = f"{head}\n{good}\n<item>&</item>\n{good}</r:RDF>".encode(encoding)
    articles, problems = run(raw, "rss")
    assert [(article.text, article.lang, article.title) for article in articles] == [(text, "uk", "T")] * 2
    assert len(problems) == 1


def test_a_unit_over_the_cap_is_one_problem_and_the_others_are_read():
    items = [item("a"), item("x " * 6_000_000), item("b")]
    records = list(read(["-"], stdin=io.BytesIO(rss_of(*items)), input_format="rss", row_cap=2**20))
    assert [record.text for record in records if isinstance(record, Article)] == ["a", "b"]
    (problem,) = [record for record in records if isinstance(record, Problem)]
    assert "holds more than 1 MB in one unit" in problem.reason


SAYS_THAT_MORE_IS_LOST = ("what stands behind", "its whole <", "was cut", "already used", "which is not known", "declares", "no unit")
CHANGED = [
    (kind, feed) for feeds in (FEEDS, UNITS) for kind, feed in feeds.items() if kind in {"rss", "atom", "newsml", "tmx"} or "xliff" in kind
]


@pytest.mark.parametrize(("kind", "feed"), CHANGED, ids=[f"{kind} {number}" for number, (kind, _) in enumerate(CHANGED)])
def test_whatever_one_of_them_is_changed_into_the_others_are_read_or_their_loss_is_said(kind, feed):
    change = mutate.mutator_for({"rss": "feed", "atom": "feed"}.get(kind, kind.partition(" ")[0]))
    for seed in range(100):
        articles: list = [feed.good(name) for name in GOOD]
        place = seed % len(GOOD)
        articles[place] = change(articles[place].encode(), 4096, seed)
        found, problems = run(feed.write(articles), kind)
        texts = {text for article in found for text in article.segments or [article.text]}
        missing = {name for number, name in enumerate(GOOD) if number != place} - texts
        said = [problem for problem in problems if any(words in problem.reason for words in SAYS_THAT_MORE_IS_LOST)]
        assert said or not missing, (seed, articles[place], problems)
