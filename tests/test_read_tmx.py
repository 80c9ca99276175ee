import io

import pytest

from tqcheck.article import Article, Origin, Problem
from tqcheck.read import read

HEADER = '<header srclang="{}" datatype="plaintext" segtype="sentence" adminlang="en" o-tmf="x" creationtool="x" creationtoolversion="1"/>'


def run(data: bytes | str, **options):
    raw = data.encode() if isinstance(data, str) else data
    return list(read(["-"], stdin=io.BytesIO(raw), input_format="tmx", **options))


def tmx(units: str, srclang: str = "en", version: str = "1.4") -> str:
    return f'<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="{version}">{HEADER.format(srclang)}<body>\n{units}</body></tmx>'


def tu(about: str = "", **variants: str) -> str:
    tuvs = "".join(f'<tuv xml:lang="{lang.replace("_", "-")}"><seg>{text}</seg></tuv>' for lang, text in variants.items())
    return f"<tu {about}><note>x</note>{tuvs}</tu>\n"


def told(records):
    return [(one.id, one.source_lang, one.lang, one.source_segments, one.segments) for one in records]


def test_the_units_of_a_pair_are_one_article():
    assert run(tmx(tu('tuid="7"', en="One.", de="Eins.") + tu(en="Two.", de="Zwei."))) == [
        Article(
            id="-#de",
            segments=("Eins.", "Zwei."),
            source_segments=("One.", "Two."),
            lang="de",
            source_lang="en",
            origin="-:3",
            segment_origins=(Origin(3, "7"), Origin(4, None)),
        )
    ]


def test_the_source_may_stand_anywhere_and_be_of_another_region():
    expected = [("-#de", "en-GB", "de", ("One.",), ("Eins.",))]
    assert told(run(tmx(tu(de="Eins.", en_GB="One.")))) == expected
    assert told(run(tmx(tu(de="Eins.", en_GB="One."), srclang="EN-gb"))) == expected
    assert told(run(tmx(tu('srclang="en-GB"', de="Eins.", en_GB="One."), srclang="de"))) == expected


def test_every_language_has_articles_of_its_own():
    assert told(run(tmx(tu(en="One.", de="Eins.", fr="Un.") + tu(en="Two.", fr="Deux.")))) == [
        ("-#de", "en", "de", ("One.",), ("Eins.",)),
        ("-#fr", "en", "fr", ("One.", "Two."), ("Un.", "Deux.")),
    ]


def test_with_any_source_the_first_variant_is_the_source():
    assert told(run(tmx(tu(en="One.", de="Eins.") + tu(fr="Deux.", de="Zwei."), srclang="*all*"))) == [
        ("-#de", "en", "de", ("One.",), ("Eins.",)),
        ("-#fr-de", "fr", "de", ("Deux.",), ("Zwei.",)),
    ]


def test_codes_are_no_text_and_highlighted_text_is():
    seg = 'a<bpt i="1">&lt;b&gt;<sub>x</sub></bpt>b<ept i="1">&lt;/b&gt;</ept> <hi>c</hi><ph>\\n</ph><it pos="begin">[</it><ut>{</ut>'
    (article,) = run(tmx(tu(en="x", de=seg)))
    assert (article.segments, article.segment_origins[0].codes) == (("ab c",), (1, 2, 4, 4, 4))


def test_a_unit_that_lacks_something_is_one_problem_and_the_others_are_read():
    bad = '<tu><tuv><seg>One.</seg></tuv><tuv xml:lang="de"><seg>x</seg></tuv></tu>\n' + tu(fr="Un.", de="Eins.")
    records = run(tmx(bad + tu(en="Two.", de="Zwei.")))
    assert [str(record) for record in records if isinstance(record, Problem)] == [
        "-:3: has a variant without xml:lang: say which language it is in",
        "-:4: has no variant in the source language 'en': add it, or correct srclang",
    ]
    assert [record.segments for record in records if isinstance(record, Article)] == [("Zwei.",)]


def test_a_language_of_which_nothing_is_translated_is_a_problem_among_articles():
    data = tmx(tu(en="x", de="A", cs="") + "\n" + tu(en="y", de="B", cs=" "))
    article, problem = run(data)
    assert article.segments == ("A", "B")
    said = "the language 'cs' holds 2 units, and none of them is translated: there is nothing to check; translate it, or take it out"
    assert problem.reason == said
    assert problem.where == f"-:{data[: data.index('<tuv')].count(chr(10)) + 1}"
    assert run(data, allow_empty=True) == [article]


def test_an_old_lang_attribute_is_read():
    data = tmx(tu(en="One.", de="Eins.")).replace("xml:lang", "lang").replace('"1.4"', '"1.1"')
    assert told(run(data)) == [("-#de", "en", "de", ("One.",), ("Eins.",))]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (tmx(tu(en="x", de="y"), version="2.0"), "-:2: is TMX 2.0, which is not known"),
        ("<tm version='1.4'/>", "-:1: is no TMX: its root is <tm>"),
        (tmx(""), "-: holds no unit"),
        (tmx(tu(en="x") + tu(en="x", de=" ")), "-: holds 2 units, and none of them is translated"),
        ("<!DOCTYPE tmx [<!ENTITY x 'y'>]>" + tmx(tu(en="x", de="&x;")).partition("\n")[2], "-:1: declares entities of its own"),
    ],
)
def test_what_cannot_be_read_is_one_problem(data, reason):
    (problem,) = run(data)
    assert isinstance(problem, Problem)
    assert str(problem).startswith(reason)


def test_a_cut_file_gives_the_units_that_were_whole():
    data = tmx(tu(en="One.", de="Eins.") + tu(en="Two.", de="Zwei."))
    article, problem = run(data[: data.index("Zwei") + 2])
    assert article.segments == ("Eins.",)
    assert str(problem) == "-:4: ends inside the <seg> of line 4: it was cut"
