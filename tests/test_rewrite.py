"""Fixed articles are written back into their file, in its format, and no other byte is touched."""

import io
import json
import re
from pathlib import Path

import feeds_for_tests as feeds
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_fix import TEXTS

from tqcheck.article import Article
from tqcheck.cli import main
from tqcheck.config import Options
from tqcheck.fix import Fixer
from tqcheck.read import read_bytes
from tqcheck.read.rows import Options as Reading
from tqcheck.rewrite import CannotFixError, rewrite

FIXER = Fixer(Options(model="none"))
ROW = {"id": "a", "lang": "en", "title": "Mayor opens the the bridge", "text": "It was <b>fine</b> , he said.\n\nThe the end & so on."}


def fixed(raw, input_format, columns=None):
    raw = raw.encode() if isinstance(raw, str) else raw
    reading = Reading(columns or {}, lang="en")
    articles = [record for record in read_bytes(raw, "f", input_format, reading) if isinstance(record, Article)]
    return rewrite(raw, "f", input_format, reading, [FIXER(article) for article in articles])


def written(raw, input_format, columns=None):
    after, failed = fixed(raw, input_format, columns)
    assert not failed
    return after.decode()


XLIFF = (
    '<?xml version=\'1.0\'?>\n<!-- <target>the the</target> -->\n<xliff version="1.2"><file original="a" target-language="en"><body>'
    '<trans-unit id = "1"><source>a</source><target>&#39;See&#x27; [[the ]]the <x id="1" />word &amp; go'
    "<![CDATA[ [[the ]]the <b]]>[[ ]], so.</target></trans-unit></body></file></xliff>"
)
RSS = (
    '<rss version="2.0"><channel><language>en</language><item><title>A  [[the ]]the b</title><guid>1</guid>'
    "<description><![CDATA["
    "<p>He ran.<br>[[Advertisement<br>]]It is <i>so</i>[[ ]], [[the ]]the &eacute;nd</p><br><p>[[Advertisement]]</p><!-- x -->"
    "<p>He  ran.</p>]]>"
    "</description></item></channel></rss>"
)
HTML = (
    "<!doctype html><html lang=en><meta charset=utf-8><h1>Mayor opens</h1><p class='x'>He said\n [[the ]]the &lt;word&gt; so[[ ]], so\n"
    " it was.<script>the the</script>"
)
PO = (
    '# c\nmsgid ""\nmsgstr "Language: en\\n"\n\n#: x\nmsgid "Das \\"Wort\\""\nmsgstr ""\n"The \\"word\\" of \\t"\n'
    '  "[[the ]]the day[[ ]].\\n"\n'
)
JSONL = '{"x": 1.50,  "text":"It\\u2019s [[the ]]the \\/ day\\ud83d\\ude00 so[[ ]], see."}  \r\n\n{broken\n{"text": "é the[[ the]]"}'


@pytest.mark.parametrize(
    ("input_format", "marked"),  # what stands in [[ ]] must go, and nothing else
    [
        ("text", "\ufeffIt was [[the ]]the day.\r\nFine[[ ]], he said.\r\n"),
        ("markdown", "---\ntitle:  It is [[the ]]the day # x\nx: [1]\n---\nBe [[the ]]the one.\n"),
        ("markdown", '---\ntitle: "A \\"fine\\" [[the ]]the \\u00e9"\n---\nHe ran.\n'),
        ("jsonl", JSONL),
        ("json", '{"n": 1, "articles": [{"text": "A [[the ]]the b"}, {"text":"c [[the ]]the d"}]}'),
        ("json", '[\n {"segments": ["It is", "a the\\nb", "so [[the ]]the end"]}\n]\n'),
        ("csv", 'id;text;"n"\n1;"He said ""the[[ the]]"" and";007\n"2";see [[the ]]the x;" 1"\n'),
        ("tsv", 'id\tsegments\n1\t["It is", "a [[the ]]the b"]\n'),
        ("po", PO),
        ("xliff", XLIFF),
        ("rss", RSS),
        ("html", HTML),
    ],
)
def test_only_the_stretch_that_is_wrong_is_taken_out(input_format, marked):
    after = re.sub(r"\[\[([^\]]+)\]\]", "", marked)
    found = written(re.sub(r"\[\[([^\]]+)\]\]", r"\1", marked), input_format)
    assert found == after
    assert written(found, input_format) == after


def test_a_cell_gets_quotation_marks_when_it_needs_them():
    assert written("id,text\r\n1,&quot;Fine&quot; it was\r\n2,ok it is\r\n", "csv") == 'id,text\r\n1,"""Fine"" it was"\r\n2,ok it is\r\n'


def test_text_in_utf_16_stays_in_utf_16():
    page = feeds.tmx({**ROW, "segments": ["It was the the day."], "source_segments": ["Es war der Tag."], "source_lang": "de"})
    raw = page.replace("UTF-8", "UTF-16").encode("utf-16")
    after, failed = fixed(raw, "tmx")
    assert not failed
    assert after.decode("utf-16") == raw.decode("utf-16").replace("the the", "the")


def test_a_parquet_file_keeps_its_other_columns_and_its_schema():
    table = pa.table(
        {"n": pa.array([1, 2], pa.int8()), "text": ["It was the the day.", "Fine."], "d": [{"a": [1]}, None]}
    ).replace_schema_metadata({"k": "v"})
    out = io.BytesIO()
    pq.write_table(table, out)
    after, _ = fixed(out.getvalue(), "parquet")
    now = pq.read_table(io.BytesIO(after))
    assert now.schema.equals(pq.read_table(out).schema, check_metadata=True)
    assert now.to_pylist() == [{"n": 1, "text": "It was the day.", "d": {"a": [1]}}, {"n": 2, "text": "Fine.", "d": None}]


def test_columns_of_other_names_are_fixed_where_they_stand():
    assert written('{"body": "a the the b", "text": "the the"}', "jsonl", {"text": "body"}) == '{"body": "a the b", "text": "the the"}'


@pytest.mark.parametrize(
    ("input_format", "raw"),
    [
        ("ninjs", feeds.ninjs([ROW])),
        ("nitf", feeds.nitf(ROW)),
        ("newsml", feeds.newsml([ROW])),
        ("json", '[{"text": "a the the b"}, {"text": '),
    ],
)
def test_a_format_that_cannot_be_fixed_is_named_with_the_remedy(input_format, raw):
    with pytest.raises(CannotFixError, match=r"cannot be fixed in .*convert it to JSONL"):
        fixed(raw, input_format)


def test_an_article_that_cannot_be_fixed_costs_only_itself():
    xhtml = feeds.atom([ROW], kind="xhtml").partition("<entry")[2].partition("</entry>")[0]
    feed = feeds.atom([{**ROW, "id": "b"}]).replace("</feed>", f"<entry{xhtml}</entry></feed>")
    after, failed = fixed(feed, "atom")
    assert list(failed) == [1]
    assert "cannot be fixed in Atom" in failed[1]
    assert after.count(b"the the") == 1


JSONL_TEXTS = st.lists(TEXTS.filter(lambda text: text.strip()), min_size=1, max_size=3)


def as_csv(texts):
    return "id,text\n" + "".join('{},"{}"\n'.format(number, text.replace('"', '""')) for number, text in enumerate(texts))


WRITERS = {
    "text": lambda texts: texts[0],
    "markdown": lambda texts: f"---\nlang: en\n---\n{texts[0]}",
    "jsonl": lambda texts: "\n".join(json.dumps({"text": text, "k": 1}, ensure_ascii=bool(n % 2)) for n, text in enumerate(texts)),
    "json": lambda texts: json.dumps([{"text": text} for text in texts], indent=1),
    "csv": as_csv,
    "xliff": lambda texts: feeds.xliff([{**ROW, "segments": texts, "source_segments": ["Satz"] * len(texts), "source_lang": "de"}]),
    "tmx": lambda texts: feeds.tmx({**ROW, "segments": texts, "source_segments": ["Satz"] * len(texts), "source_lang": "de"}),
    "po": lambda texts: feeds.po(
        {**ROW, "segments": texts, "source_segments": [f"Satz {n}" for n, _ in enumerate(texts)], "source_lang": "de"}
    ),
    "rss": lambda texts: feeds.rss([{**ROW, "id": str(number), "text": text} for number, text in enumerate(texts)]),
    "atom": lambda texts: feeds.atom([{**ROW, "id": str(number), "text": text} for number, text in enumerate(texts)], kind="text"),
}


PLAIN = ("markdown", "jsonl", "json", "csv", "po")  # what stands in them stands in one place


@pytest.mark.parametrize("input_format", WRITERS)
@given(texts=JSONL_TEXTS)
def test_whatever_stands_there_the_file_holds_what_was_meant_or_the_article_is_named(input_format, texts):
    raw = WRITERS[input_format](texts).encode()
    try:
        after, failed = fixed(raw, input_format)
    except CannotFixError:
        assert input_format not in PLAIN
        return
    assert not (failed and input_format in PLAIN)
    try:
        again, failed_again = fixed(after, input_format)
    except CannotFixError:
        again, failed_again = after, {}
    assert again == after
    assert len(failed_again) <= len(failed)


# -- the command ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def feed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "feed"
    (folder / "in").mkdir(parents=True)
    (folder / "a.txt").write_text("It was the the day.\n")
    (folder / "in" / "b.jsonl").write_text('{"id": "b", "text": "Fine , he said."}\n{"id": "c", "text": "Fine."}\n')
    return folder


def run(*arguments):
    return main(["fix", "--model", "none", "--lang", "en", "--no-progress", *map(str, arguments)])


def test_a_folder_gives_a_folder_and_the_input_stays(feed, tmp_path, capsys):
    before = (feed / "a.txt").read_bytes()
    assert run(feed, "-o", "out", "--report", "report.json") == 0
    assert Path("out/a.txt").read_text() == "It was the day.\n"
    assert Path("out/in/b.jsonl").read_text() == '{"id": "b", "text": "Fine, he said."}\n{"id": "c", "text": "Fine."}\n'
    assert (feed / "a.txt").read_bytes() == before
    assert "2 fixes made in 2 of 2 files (punctuation-stray 1, word-doubled 1)" in capsys.readouterr().err
    report = json.loads(Path("report.json").read_text())
    assert report["fixes"][0] == {
        "file": f"{feed.as_posix()}/a.txt",
        "article": f"{feed.as_posix()}/a.txt",
        "rule": "word-doubled",
        "field": "text",
        "segment": None,
        "start": 7,
        "end": 14,
        "before": "the the",
        "after": "the",
        "safety": "safe",
    }
    assert run("out", "--check") == 0
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a.txt", "a.txt", "b.jsonl", "b.jsonl", "report.json"]


def test_a_diff_shows_what_would_change_and_writes_nothing(feed, capsys):
    assert run("feed", "--diff") == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        *("--- feed/a.txt", "+++ feed/a.txt", "@@ -1 +1 @@", "-It was the the day.", "+It was the day."),
        *("--- feed/in/b.jsonl:1 text", "+++ feed/in/b.jsonl:1 text", "@@ -1 +1 @@", "-Fine , he said.", "+Fine, he said."),
    ]
    assert "2 fixes would be made" in shown.err
    assert run("feed", "--check") == 1
    assert (feed / "a.txt").read_text() == "It was the the day.\n"


def test_in_place_writes_back_and_then_there_is_nothing_to_do(feed):
    (feed / "a.txt").chmod(0o640)
    assert run("feed", "--in-place") == 0
    assert (feed / "a.txt").read_text() == "It was the day.\n"
    assert (feed / "a.txt").stat().st_mode & 0o777 == 0o640
    assert run("feed", "--check") == 0


def test_what_cannot_be_read_is_kept_and_told_and_all_else_fixed(feed, capsys):
    (feed / "in" / "b.jsonl").write_text('{"text": "a the the b"}\n{broken\n')
    assert run("feed", "-o", "out") == 2
    assert Path("out/in/b.jsonl").read_text() == '{"text": "a the b"}\n{broken\n'
    assert "feed/in/b.jsonl:2" in capsys.readouterr().err


def test_the_input_is_never_overwritten_unasked(feed, capsys):
    assert run("feed/a.txt", "-o", "feed/a.txt") == 2
    assert run("feed", "-o", "feed") == 2
    assert "--in-place" in capsys.readouterr().err
    assert run("feed/a.txt") == 2
    assert (feed / "a.txt").read_text() == "It was the the day.\n"


def test_two_files_never_go_to_one_place(feed):
    (feed / "in" / "a.txt").write_text("Other.\n")
    assert run("feed/a.txt", "feed/in/a.txt", "-o", "out") == 2
    assert not Path("out").exists() or not list(Path("out").iterdir())


def test_standard_input_goes_to_standard_output(monkeypatch, capfdbinary):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"It was the the day.\n")))
    assert run("-", "-o", "-") == 0
    assert capfdbinary.readouterr().out == b"It was the day.\n"


@pytest.mark.usefixtures("feed")
def test_what_a_baseline_accepts_is_not_fixed():
    assert main(["baseline", "--model", "none", "--lang", "en", "feed/a.txt", "-o", "base.json", "--no-progress"]) == 0
    assert run("feed", "--baseline", "base.json", "-o", "out") == 0
    assert Path("out/a.txt").read_text() == "It was the the day.\n"
    assert "Fine, he said." in Path("out/in/b.jsonl").read_text()


def test_the_rules_say_what_is_fixed(capsys):
    assert main(["rules", "--format", "json"]) == 0
    kinds = {rule["id"]: rule["fix"] for rule in json.loads(capsys.readouterr().out)}
    assert (kinds["word-doubled"], kinds["name-variant"], kinds["number-mismatch"]) == ("safe", "style", "unsafe")
    assert main(["explain", "punctuation-stray"]) == 0
    assert "Fixed by `tqcheck fix`, where only blanks change." in capsys.readouterr().out
