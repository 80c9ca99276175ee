import io
import time

import pytest

from tqcheck.article import Article, Origin, Problem
from tqcheck.read import read

HEADER = 'msgid ""\nmsgstr ""\n"Language: de_AT\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


def run(data: bytes | str, **options):
    raw = data.encode() if isinstance(data, str) else data
    return list(read(["-"], stdin=io.BytesIO(raw), input_format="po", **options))


def pairs(data: str) -> list[tuple[str, str]]:
    (article,) = run(data)
    assert isinstance(article, Article), article
    return list(zip(article.source_segments, article.segments, strict=True))


def test_the_messages_of_a_file_are_one_article():
    header = f'{HEADER}"X-Source-Language: en\\n"\n'
    data = f'{header}\n#. a note\n#: a.c:1\nmsgid "One"\nmsgstr "Eins"\n\nmsgctxt "menu"\nmsgid "Two"\nmsgstr "Zwei"\n'
    assert run(data) == [
        Article(
            id="-",
            segments=("Eins", "Zwei"),
            source_segments=("One", "Two"),
            lang="de-AT",
            source_lang="en",
            origin="-:10",
            segment_origins=(Origin(10, "One"), Origin(14, "menu")),
        )
    ]


def test_strings_over_several_lines_and_escapes_are_put_together():
    data = 'msgid ""\n"One "\n"two"\nmsgstr ""\n"Eins\\n"\n"\\tzwei \\"drei\\" \\\\ \\x41\\101 \\q\u2028\x85"\n'
    assert pairs(data) == [("One two", 'Eins\n\tzwei "drei" \\ AA q\u2028\x85')]


def test_each_plural_form_is_a_segment_beside_what_it_translates():
    forms = "".join(f'msgstr[{number}] "{text}"\n' for number, text in enumerate(("soubor", "soubory", "souborů")))
    data = f'msgid "file"\nmsgid_plural "%d files"\n{forms}'
    assert pairs(data) == [("file", "soubor"), ("%d files", "soubory"), ("%d files", "souborů")]
    (article,) = run(data)
    assert [(origin.line, origin.unit) for origin in article.segment_origins] == [(3, "file[0]"), (4, "file[1]"), (5, "file[2]")]
    assert pairs('msgid "file"\nmsgid_plural "%d files"\nmsgstr[0] "%d 個"\n') == [("%d files", "%d 個")]


@pytest.mark.parametrize(
    "left_out",
    [
        'msgid "x"\nmsgstr ""\n',
        '#, fuzzy\nmsgid "x"\nmsgstr "y"\n',
        '#, c-format, fuzzy\nmsgid "x"\nmsgstr "y"\n',
        '#: a.c\n#, fuzzy\n#| msgid "old"\nmsgid "x"\nmsgstr "y"\n',
    ],
)
def test_what_is_not_translated_is_left_out_and_counted(left_out):
    (article,) = run(f'{left_out}\nmsgid "a"\nmsgstr "b"\n')
    assert (article.segments, article.extra) == (("b",), {"units_left_out": 1})


def test_obsolete_messages_and_a_fuzzy_header_are_passed_over():
    data = f'#, fuzzy\n{HEADER}\nmsgid "a"\nmsgstr "b"\n\n#~ msgid "x"\n#~ msgstr "y"\n'
    (article,) = run(data)
    assert (article.segments, article.lang, article.extra) == (("b",), "de-AT", {})


def test_messages_need_no_blank_line_between_them():
    assert pairs('msgid "a"\nmsgstr "b"\nmsgid "c"\nmsgstr "d"\n#, fuzzy\nmsgid "e"\nmsgstr "f"\nmsgctxt "g"\nmsgid "h"\nmsgstr "i"\n') == [
        ("a", "b"),
        ("c", "d"),
        ("h", "i"),
    ]


@pytest.mark.parametrize(
    ("broken", "at", "reason"),
    [
        ('msgid "x"\nmsgstr "y\n', 5, "has a quotation mark that is not closed, or not escaped"),
        ('msgid "x"\nmsgstr "y" z"\n', 5, "has a quotation mark that is not closed, or not escaped"),
        ('msgid "x"\nmsgstr y\n', 5, "has a line that is no message"),
        ('msgid "x"\nmsgstr "y"\nmsgstr "z"\n', 6, "says msgstr twice"),
        ('"x"\n', 4, "has a text without msgid or msgstr"),
        ('msgid "x"\n', 4, "has no msgstr, the file may have been cut"),
        ('msgstr "x"\n', 4, "has no msgid, the file may have been cut"),
        ('msgid "x"\nmsgstr "\udcff"\n', 5, "is not utf-8, which it should be (byte 0xff at byte"),
        (f'msgid "{"x" * 600}"\nmsgstr "y"\n', 4, "is longer than 500 bytes"),
    ],
)
def test_a_broken_message_is_one_problem_and_the_others_are_read(broken, at, reason):
    data = f'msgid "a"\nmsgstr "b"\n\n{broken}\nmsgid "c"\nmsgstr "d"\n'.encode("utf-8", "surrogateescape")
    records = run(data, row_cap=500)
    (problem,) = [record for record in records if isinstance(record, Problem)]
    (article,) = [record for record in records if isinstance(record, Article)]
    assert problem.where == f"-:{at}"
    assert problem.reason.startswith(reason)
    assert "the others are read" in problem.reason
    assert article.segments == ("b", "d")


@pytest.mark.parametrize("charset", ["ISO-8859-2", "windows-1250", "UTF-8"])
def test_the_charset_of_the_header_is_that_of_the_file(charset):
    data = f'msgid ""\nmsgstr "Content-Type: text/plain; charset={charset}\\n"\nmsgid "a"\nmsgstr "žluťoučký"\n'
    (article,) = run(data.encode(charset))
    assert article.segments == ("žluťoučký",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "-: is empty"),
        ("# only a comment\n", "-: is empty"),
        ("hello\n", "-:1: is no PO file: it does not begin with msgid"),
        (HEADER, "-: holds no unit"),
        (HEADER + '\nmsgid "a"\nmsgstr ""\n', "-: holds 1 units, and none of them is translated"),
        (HEADER.replace("UTF-8", "rot13"), "-:2: declares the charset 'rot13'"),
        (HEADER.replace("UTF-8", "cp9999"), "-:2: declares the charset 'cp9999'"),
    ],
)
def test_what_cannot_be_read_is_one_problem(data, reason):
    (problem,) = run(data)
    assert isinstance(problem, Problem)
    assert str(problem).startswith(reason)


@pytest.mark.parametrize(
    ("locale", "tag"),
    [
        ("de", "de"),
        ("pt_BR", "pt-BR"),
        ("sr@latin", "sr-Latn"),
        ("sr_RS@latin", "sr-Latn-RS"),
        ("zh_Hant_TW", "zh-Hant-TW"),
        ("ca@valencia", "ca"),
    ],
)
def test_the_name_of_a_locale_becomes_a_language_tag(locale, tag):
    (article,) = run(HEADER.replace("de_AT", locale) + '\nmsgid "a"\nmsgstr "b"\n')
    assert article.lang == tag


@pytest.mark.parametrize("text", ["b\x00c", "b\\000c", "b\\x00c"])
def test_a_message_with_a_nul_costs_only_itself(text):
    problem, article = run(f'{HEADER}\nmsgid "a"\nmsgstr "{text}"\n\nmsgid "c"\nmsgstr "d"\n')
    assert article.segments == ("d",)
    assert str(problem) == "-:7: holds a NUL character, which no text may: the message was left out, the others are read"


def test_a_template_charset_is_none():
    assert pairs(HEADER.replace("UTF-8", "CHARSET") + '\nmsgid "a"\nmsgstr "ž"\n') == [("a", "ž")]


def test_a_long_message_is_named_by_its_beginning():
    (article,) = run(f'msgid "{"word " * 40}"\nmsgstr "b"\n')
    assert article.segment_origins[0].unit == ("word " * 12).ljust(60)[:60] + "…"


def test_a_message_over_the_cap_is_a_problem_and_the_others_are_read():
    long = 'msgid "b"\nmsgstr ""\n' + f'"{"x" * 90}"\n' * 20
    problem, article = run(f'msgid "a"\nmsgstr "A"\n\n{long}\nmsgid "c"\nmsgstr "C"\n', row_cap=1000)
    assert "is longer than 1000 bytes" in str(problem)
    assert article.segments == ("A", "C")


def test_a_message_of_many_lines_is_read_in_time_that_grows_with_their_number():
    def seconds(lines):
        data = ('msgid ""\n' + '""\n' * lines + '"a"\nmsgstr ""\n' + '"b"\n' * lines).encode()
        started = time.process_time()
        assert len(run(data)) == 1
        return time.process_time() - started

    seconds(100)
    assert seconds(20_000) < 40 * max(seconds(2_000), 0.005)
