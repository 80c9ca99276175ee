import io
import json
import os
import socket
from pathlib import Path

import pytest

from tqcheck.article import Article, Problem
from tqcheck.cli import main
from tqcheck.errors import ConfigError, ReadError
from tqcheck.read import FORMATS, parse_columns, read, sniff
from tqcheck.read.ids import Seen


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def put(path: str, content: str | bytes = "Kyiv") -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def ids(records) -> list[str]:
    return [record.id for record in records if isinstance(record, Article)]


def problems(records) -> list[str]:
    return [str(record) for record in records if isinstance(record, Problem)]


def row(article_id: str) -> str:
    return json.dumps({"id": article_id, "text": "Kyiv"}) + "\n"


def test_a_folder_is_walked_in_sorted_order_and_hidden_names_are_passed_over():
    for path in ("feed/b.txt", "feed/a/z.md", "feed/a/y/x.html", "feed/c.htm", "feed/.hidden.txt", "feed/.git/a.txt", "feed/A.TXT"):
        put(path)
    assert ids(read(["feed"])) == ["feed/A.TXT", "feed/a/y/x.html", "feed/a/z.md", "feed/b.txt", "feed/c.htm"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", row("a")),
        ("a.ndjson", row("a")),
        ("a.json", row("a")),
        ("a.json", "[" + row("a") + "]"),
        ("a.csv", "id,text\na,Kyiv\n"),
        ("a.tsv", "id\ttext\na\tKyiv\n"),
        ("a.JSONL", row("a")),
    ],
)
def test_the_suffix_decides_the_format(name, content):
    put(name, content)
    assert list(read([name])) == [Article(id="a", text="Kyiv", origin=f"{name}:{2 if 'sv' in name else 1}")]


@pytest.mark.parametrize(
    ("content", "name"),
    [(row("a"), "a"), ("[" + row("b") + "]", "b"), ("Kyiv", "feed"), ("<!DOCTYPE html><p>Kyiv", "feed"), ("\ufeff\n" + row("c"), "c")],
)
def test_the_first_character_decides_for_a_file_without_suffix_and_for_standard_input(content, name):
    put("feed", content)
    assert ids(read(["feed"])) == [name]
    assert ids(read(["-"], stdin=io.BytesIO(content.encode()))) == [name.replace("feed", "-")]


def test_html_and_parquet_are_known_by_their_first_bytes():
    assert [sniff(head) for head in (b" <HTML>", b"PAR1\x15", b"", b"<p>")] == ["html", "parquet", "text", "text"]


def test_standard_input_comes_as_it_is_written_and_need_not_end():
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stdin, os.fdopen(writer, "wb", buffering=0) as feed:
        feed.write(b"\n" + row("a").encode())
        records = read(["-"], stdin=stdin)
        assert next(records) == Article(id="a", text="Kyiv", origin="-:2")
        feed.write(row("b").encode())
        assert next(records) == Article(id="b", text="Kyiv", origin="-:3")


def test_standard_input_stays_open_for_its_owner():
    stdin = io.BytesIO(row("a").encode())
    list(read(["-"], stdin=stdin))
    assert not stdin.closed


def test_standard_input_given_twice_is_a_problem():
    records = list(read(["-", "-"], stdin=io.BytesIO(row("a").encode())))
    assert ids(records) == ["a"]
    assert problems(records) == ["-: standard input can be read only once: give '-' once"]


def test_a_format_said_by_the_user_wins_over_the_suffix_and_reads_every_file_of_a_folder():
    put("feed/part-0", row("a"))
    put("feed/part-1.txt", row("b"))
    assert ids(read(["feed"], input_format="ndjson")) == ["a", "b"]


def test_a_glob_is_expanded_in_sorted_order():
    for path in ("x/b.txt", "x/a.txt", "y/c.txt", "y/d.md"):
        put(path)
    assert ids(read(["?/*.txt"])) == ["x/a.txt", "x/b.txt", "y/c.txt"]
    assert ids(read(["**/*.md"])) == ["y/d.md"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file():
    put("a[1].txt")
    put("a1.txt")
    assert ids(read(["a[1].txt"])) == ["a[1].txt"]


def test_a_file_given_twice_is_read_once():
    put("feed/a.jsonl", row("a"))
    Path("feed/link.jsonl").symlink_to("a.jsonl")
    assert list(read(["feed/a.jsonl", "./feed/*.jsonl", "feed/link.jsonl"])) == [Article(id="a", text="Kyiv", origin="feed/a.jsonl:1")]


def test_paths_are_shown_as_they_were_given():
    put("feed/a.txt")
    assert ids(read(["./feed//a.txt"])) == ["feed/a.txt"]
    assert ids(read([str(Path("feed").absolute())])) == [str(Path("feed").absolute()) + "/a.txt"]


def test_a_link_that_is_named_is_read():
    put("real.txt")
    Path("link.txt").symlink_to("real.txt")
    Path("here").symlink_to(".")
    assert ids(read(["link.txt"])) == ["link.txt"]
    assert ids(read(["here"])) == ["here/real.txt"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("missing.jsonl", "missing.jsonl: does not exist"),
        ("*.jsonl", "*.jsonl: matches no file"),
        ("/dev/zero", "/dev/zero: is a device"),
        ("pipe.jsonl", "pipe.jsonl: is a named pipe"),
        ("socket", "socket: is a socket"),
        ("dangling.txt", "dangling.txt: does not exist"),
        ("loop.txt", "loop.txt: could not be read (too many levels of symbolic links)"),
        ("a.docx", "a.docx: has the suffix '.docx', and which format that is is not known"),
        ("a.txt/b", "a.txt/b: could not be read (not a directory)"),
        ("", "'': is no name of a file"),
        ("a\0b", "a\\0b: could not be read (embedded null byte)"),
        ("x" * 5000, "could not be read (file name too long)"),
        ("empty", "empty: holds no file"),
        ("pictures", "pictures: holds files of formats that are not read (1 of .jpg, 1 of .png, 1 of no suffix)"),
    ],
    ids=lambda value: value[:20],
)
def test_what_is_no_readable_file_is_named_and_the_run_goes_on(given, reason):
    put("last.jsonl", row("last"))
    os.mkfifo("pipe.jsonl")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
    Path("dangling.txt").symlink_to("nowhere")
    Path("loop.txt").symlink_to("loop.txt")
    for path in ("a.docx", "a.txt", "pictures/a.png", "pictures/b.jpg", "pictures/LICENSE"):
        put(path)
    Path("empty").mkdir()
    if given == "*.jsonl":
        Path("elsewhere").mkdir()
        Path("last.jsonl").rename("elsewhere/last.jsonl")
        Path("pipe.jsonl").unlink()
    last = "elsewhere/last.jsonl" if given == "*.jsonl" else "last.jsonl"
    records = list(read([given, last]))
    assert ids(records) == ["last"]
    assert len(records) == 2
    assert reason in str(records[0])


def test_in_a_folder_links_pipes_and_formats_that_hold_articles_are_named_and_pictures_are_not():
    for path in ("feed/a.txt", "feed/b.docx", "feed/sub/c.docx", "feed/d.jsonl.gz", "feed/e.png", "feed/x.txt/f.txt"):
        put(path)
    Path("feed/link.txt").symlink_to("a.txt")
    Path("feed/round").symlink_to(".")
    os.mkfifo("feed/pipe")
    records = list(read(["feed"]))
    assert ids(records) == ["feed/a.txt", "feed/x.txt/f.txt"]
    assert [line.partition(",")[0] for line in problems(records)] == [
        "feed/link.txt: is a symbolic link inside a folder",
        "feed/pipe: is a named pipe",
        "feed: holds files of formats that are not read (2 of .docx",
    ]
    assert "1 of .gz" in problems(records)[-1]


def test_a_file_that_may_not_be_read_is_named(monkeypatch):
    put("a.txt")
    put("b.txt")
    open_really = os.open

    def refuse(path, *rest):
        if path == "a.txt":
            raise PermissionError(13, "Permission denied")
        return open_really(path, *rest)

    monkeypatch.setattr(os, "open", refuse)
    records = list(read(["a.txt", "b.txt"]))
    assert problems(records) == ["a.txt: could not be read (permission denied): check the name and who may read it"]
    assert ids(records) == ["b.txt"]


def test_a_file_that_became_a_pipe_since_it_was_found_is_not_waited_for(monkeypatch):
    os.mkfifo("pipe")
    put("a.txt")
    open_really = os.open
    monkeypatch.setattr(os, "open", lambda path, *rest: open_really("pipe" if path == "a.txt" else path, *rest))
    assert problems(read(["a.txt"]))[0].startswith("a.txt: is a named pipe")


def test_a_disk_that_fails_while_reading_is_named_and_what_was_read_is_kept():
    class Failing(io.RawIOBase):
        """A row, and then an input/output error."""

        begun = False

        def readable(self):
            return True

        def readinto(self, buffer):
            if self.begun:
                raise OSError(5, "Input/output error")
            self.begun = True
            chunk = row("a").encode()
            buffer[: len(chunk)] = chunk
            return len(chunk)

    records = list(read(["-"], stdin=io.BufferedReader(Failing())))
    assert ids(records) == ["a"]
    assert problems(records) == ["-: could not be read (input/output error): check the name and who may read it"]


def test_a_name_that_is_no_utf8_is_shown_so_that_it_can_be_printed():
    put(os.fsdecode(b"caf\xe9.txt"))
    assert ids(read(["."])) == ["caf\\udce9.txt"]


def test_an_id_used_twice_in_a_run_is_a_problem_that_names_the_first_place():
    put("a.jsonl", row("a") + row("b") + row("a"))
    put("b.csv", "id,text\nb,Kyiv\nc,Kyiv\n")
    records = list(read(["a.jsonl", "b.csv"]))
    assert ids(records) == ["a", "b", "c"]
    assert problems(records) == [
        "a.jsonl:3: the id 'a' was already used at a.jsonl:1: give each article an id of its own",
        "b.csv:2: the id 'b' was already used at a.jsonl:2: give each article an id of its own",
    ]


def test_a_full_temporary_folder_stops_the_run_in_words():
    seen = Seen()
    seen._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(ReadError, match="SQLITE_TMPDIR"):
        all(seen.first(str(number), "somewhere") is None for number in range(10_000))
    seen.close()


def test_the_languages_of_the_run_are_for_articles_that_do_not_say_theirs():
    rows = [{"text": "a", "lang": "de"}, {"text": "b", "lang": ""}, {"text": "c", "source_lang": "cs"}]
    stdin = io.BytesIO("\n".join(map(json.dumps, rows)).encode())
    articles = list(read(["-"], stdin=stdin, lang="en", source_lang="uk"))
    assert [(article.lang, article.source_lang) for article in articles] == [("de", "uk"), ("en", "uk"), ("en", "cs")]


def test_mapped_columns_are_renamed_and_what_they_push_aside_is_kept():
    stdin = io.BytesIO(b'{"headline": "h", "title": "Mr", "body": "b", "text": "t", "x": 1}')
    (article,) = read(["-"], stdin=stdin, columns={"title": "headline", "text": "body"})
    assert (article.title, article.text, article.extra) == ("h", "b", {"input_title": "Mr", "input_text": "t", "x": 1})


def test_two_columns_can_be_swapped_and_one_can_serve_twice():
    stdin = io.BytesIO(b'{"title": "b", "text": "t"}')
    (article,) = read(["-"], stdin=stdin, columns={"title": "text", "text": "title", "id": "title"})
    assert (article.title, article.text, article.id, article.extra) == ("t", "b", "b", {})


def test_a_mapped_column_that_no_row_of_a_file_has_is_named_once():
    stdin = io.BytesIO(b'{"id": "1", "text": "a", "headline": "h"}\n{"id": "2", "text": "b"}')
    records = list(read(["-"], stdin=stdin, columns={"title": "headlin"}))
    assert ids(records) == ["1", "2"]
    assert problems(records) == ["-: has no column 'headlin' (for 'title'), which --columns asks for; it has: id, text, headline"]


def test_columns_are_parsed_as_pairs():
    assert parse_columns("title=headline, text = body,id=a=b") == {"title": "headline", "text": "body", "id": "a=b"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("titel=headline", "unknown column 'titel': did you mean 'title'?"),
        ("title", "'title' is not OUR_NAME=THEIR_NAME"),
        ("title=", "'title=' is not"),
        ("=headline", "'=headline' is not"),
        ("", "'' is not"),
        ("title=a,", "'' is not"),
        ("title=a,title=b", "'title' is given twice"),
    ],
)
def test_columns_that_make_no_sense_are_an_error_with_a_remedy(text, reason):
    with pytest.raises(ConfigError) as error:
        parse_columns(text)
    assert reason in str(error.value)


def test_the_help_names_every_format(capsys):
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    said = " ".join(capsys.readouterr().out.split()).rpartition("--input-format FORMAT")[2]
    assert [name for name in FORMATS if name not in said.partition("--lang")[0]] == []


def test_bad_options_are_refused_before_anything_is_read():
    with pytest.raises(ConfigError, match="unknown input format 'jsn': did you mean 'json'"):
        read(["-"], input_format="jsn")
    with pytest.raises(ConfigError, match="unknown column 'titel': did you mean 'title'"):
        read(["-"], columns={"titel": "x"})
