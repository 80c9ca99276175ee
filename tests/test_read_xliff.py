import io

import pytest

from tqcheck.article import Article, Origin, Problem
from tqcheck.read import read

ONE = '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">'
TWO = '<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="de">'


def run(data: bytes | str, **options):
    raw = data.encode() if isinstance(data, str) else data
    return list(read(["-"], stdin=io.BytesIO(raw), input_format="xliff", **options))


def one(units: str, about: str = 'original="a" source-language="en" target-language="de"') -> str:
    return f"{ONE}\n<file {about}><header><skl><internal-file>x</internal-file></skl></header><body>\n{units}\n</body></file></xliff>"


def two(units: str) -> str:
    return f'{TWO}\n<file id="f1"><notes><note>x</note></notes>\n{units}\n</file></xliff>'


def unit(target: str, source: str = "Source.", about: str = 'id="1"') -> str:
    return f"<trans-unit {about}><source>{source}</source><target>{target}</target></trans-unit>"


def xliff_1(targets: list[str | None]) -> str:
    """A <file> a line, of one unit with this target, or of none."""
    units = ["" if target is None else f'<trans-unit id="1"><source>x</source>{target}</trans-unit>' for target in targets]
    files = "\n".join(f'<file original="f{number}"><body>{unit}</body></file>' for number, unit in enumerate(units))
    return f"{ONE}\n{files}</xliff>"


def xliff_2(targets: list[str | None]) -> str:
    units = ["" if target is None else f'<unit id="1"><segment><source>x</source>{target}</segment></unit>' for target in targets]
    files = "\n".join(f'<file id="f{number}">{unit}</file>' for number, unit in enumerate(units))
    return f"{TWO}\n{files}</xliff>"


def segments(data: str) -> tuple[str, ...]:
    (article,) = run(data)
    assert isinstance(article, Article), article
    return article.segments


def test_a_file_element_is_an_article_of_parallel_segments():
    assert run(one(unit("Ziel.") + "\n" + unit("Mehr.", "More.", 'id="2"'))) == [
        Article(
            id="-#a",
            segments=("Ziel.", "Mehr."),
            source_segments=("Source.", "More."),
            lang="de",
            source_lang="en",
            origin="-:3",
            segment_origins=(Origin(3, "1"), Origin(4, "2")),
        )
    ]


def test_a_unit_of_xliff_2_may_have_several_segments_and_they_are_named():
    data = two(
        '<group id="g"><unit id="u"><segment id="s1"><source>One. </source><target>Eins. </target></segment>'
        "<ignorable><source> </source></ignorable><segment><source>Two.</source><target>Zwei.</target></segment></unit></group>"
        '<unit id="v"><segment><source>Three.</source><target>Drei.</target></segment></unit>'
    )
    (article,) = run(data)
    assert (article.id, article.segments, article.lang, article.source_lang) == ("-#f1", ("Eins. ", "Zwei.", "Drei."), "de", "en")
    assert [origin.unit for origin in article.segment_origins] == ["u/s1", "u/2", "v"]


@pytest.mark.parametrize(
    ("inline", "text", "codes"),
    [
        ('a <g id="1">b <mrk mtype="term">c</mrk></g> d', "a b c d", ()),
        ('a<x id="1"/>b <bx id="2"/>c<ex id="2"/>', "ab c", (1, 3, 4)),
        ('a<x id="1" ctype="lb"/>b', "a\nb", (1,)),
        ('<ph id="1">&lt;br/&gt;</ph>a <bpt id="2">{</bpt>b<ept id="2">}</ept><it pos="open">[</it>', "a b", (0, 2, 3, 3)),
        ("<mrk mtype='seg' mid='1'>One.</mrk> <mrk mtype='seg' mid='2'>Two.</mrk>", "One. Two.", ()),
        ("<![CDATA[<b>&nbsp;]]>&#38;", "<b>&nbsp;&", ()),
    ],
)
def test_text_stays_and_codes_leave_the_places_where_they_stood(inline, text, codes):
    (article,) = run(one(unit(inline)))
    assert (article.segments, article.segment_origins[0].codes) == ((text,), codes)


def test_inline_codes_of_xliff_2_are_no_text():
    data = (
        '<pc id="1">A</pc><sc id="2"/>b<ec startRef="2"/> <ph id="3" equiv="{{x}}"/><cp hex="0007"/><mrk id="m">c</mrk>'
        '<sm id="s"/><em startRef="s"/>'
    )
    (article,) = run(two(f'<unit id="u"><segment><source>x</source><target>{data}</target></segment></unit>'))
    assert (article.segments, article.segment_origins[0].codes) == (("Ab c",), (1, 2, 3, 3, 4, 4))


@pytest.mark.parametrize(
    "left_out",
    [
        '<trans-unit id="9"><source>x</source></trans-unit>',
        '<trans-unit id="9"><source>x</source><target/></trans-unit>',
        '<trans-unit id="9"><source>x</source><target> </target></trans-unit>',
        '<trans-unit id="9"><source>x</source><target state="new">x</target></trans-unit>',
        '<trans-unit id="9"><source>x</source><target state="needs-translation">x</target></trans-unit>',
        '<trans-unit id="9" translate="no"><source>x</source><target>x</target></trans-unit>',
        '<group translate="no"><trans-unit id="9"><source>x</source><target>x</target></trans-unit></group>',
        '<trans-unit id="9"><source>x</source><alt-trans><target>proposal</target></alt-trans></trans-unit>',
    ],
)
def test_what_is_not_translated_is_left_out_and_counted_and_the_ids_stay_right(left_out):
    (article,) = run(one(unit("A.", about='id="1"') + left_out + unit("B.", about='id="2"')))
    assert article.segments == ("A.", "B.")
    assert [origin.unit for origin in article.segment_origins] == ["1", "2"]
    assert article.extra == {"units_left_out": 1}


def test_only_a_state_that_is_said_keeps_a_segment_of_xliff_2_out():
    pair = "<source>x</source><target>{}</target>"
    data = "".join(
        f'<unit id="{state}"><segment {state and f"state={chr(34)}{state}{chr(34)}"}>{pair.format(state or "none")}</segment></unit>'
        for state in ("", "initial", "translated", "reviewed", "final")
    )
    assert segments(two(data)) == ("none", "translated", "reviewed", "final")


def test_a_unit_that_may_be_translated_within_a_group_that_may_not_is_read():
    inner = unit("A.", about='id="1" translate="yes"')
    assert segments(one(f'<group translate="no">{inner}</group>')) == ("A.",)


def test_files_of_the_same_name_are_told_apart():
    about = 'original="a" source-language="en" target-language="de"'
    data = (
        f"{ONE}{''.join(f'<file {about}><body>{unit(text)}</body></file>' for text in 'AB')}<file><body>{unit('C')}</body></file></xliff>"
    )
    assert [(article.id, article.segments) for article in run(data)] == [("-#a", ("A",)), ("-#a~2", ("B",)), ("-#3", ("C",))]


def test_a_name_that_looks_like_that_of_a_second_file_of_another_name_costs_nothing():
    files = "".join(f'<file original="{name}"><body>{unit(name)}</body></file>' for name in ("f", "f~2", "f", "f~2"))
    assert [(article.id, article.segments) for article in run(f"{ONE}{files}</xliff>")] == [
        ("-#f", ("f",)),
        ("-#f~2", ("f~2",)),
        ("-#f~3", ("f",)),
        ("-#f~2~2", ("f~2",)),
    ]


def test_languages_that_the_file_does_not_say_are_those_of_the_run():
    (article,) = run(one(unit("A."), about='original="a"'), lang="cs", source_lang="en")
    assert (article.lang, article.source_lang) == ("cs", "en")
    (article,) = run(one(unit("A."), about='original="a"'))
    assert (article.lang, article.source_lang) == (None, None)


def test_units_of_the_same_id_are_no_problem():
    assert segments(one(unit("A.") + unit("B."))) == ("A.", "B.")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (one(unit("A.")).replace("1.2", "3.0", 1), "-:1: is XLIFF 3.0, which is not known: 1.0 to 1.2 and 2.0 to 2.2 are read"),
        (one(unit("A.")).replace('version="1.2"', ""), "-:1: does not say its version"),
        (two("").replace('"2.0"', '"2.9"', 1), "-:1: is XLIFF 2.9"),
        ("<xlf version='1.2'/>", "-:1: is no XLIFF: its root is <xlf>"),
        (one(""), "-:2: the <file> 'a' holds no unit"),
        (one('<trans-unit id="9"><source>x</source></trans-unit>'), "-:2: the <file> 'a' holds 1 units, and none of them is translated"),
        (f"{ONE}</xliff>", "-: holds no <file>"),
        (one("<trans-unit><target>x</target></trans-unit>"), "-:3: is a target without a source"),
        (two("<unit id='u'><segment><target>x</target></segment></unit>"), "-:3: is a target without a source"),
    ],
)
def test_what_cannot_be_read_is_one_problem(data, reason):
    (problem,) = run(data)
    assert isinstance(problem, Problem)
    assert str(problem).startswith(reason)


@pytest.mark.parametrize("write", [xliff_1, xliff_2])
@pytest.mark.parametrize("empty", ["", "<target/>", "<target>\n </target>", None])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_file_element_of_which_nothing_is_translated_is_a_problem_among_articles(write, empty, place):
    targets = ["<target>A</target>", "<target>B</target>"]
    targets.insert(place, empty)
    records = run(write(targets))
    assert [isinstance(record, Problem) for record in records] == [number == place for number in range(3)]
    reason = "holds no unit" if empty is None else "holds 1 units, and none of them is translated"
    remedy = "there is nothing to check; translate it, or take it out"
    assert str(records[place]) == f"-:{place + 2}: the <file> 'f{place}' {reason}: {remedy}"
    assert len(run(write(targets), allow_empty=True)) == 2


def test_a_unit_outside_of_every_file_element_is_a_problem():
    data = f"{ONE}\n{unit('A')}<file original='f'><body>{unit('B')}</body></file></xliff>"
    problem, article = run(data)
    assert str(problem) == "-:2: is a unit that stands in no <file>, and was not read: put it into one"
    assert article.segments == ("B",)


def test_a_file_element_that_another_begins_in_is_not_lost():
    data = f"{ONE}<file original='a'><body>{unit('A')}<file original='b'><body>{unit('B')}</body></file></body></file></xliff>"
    assert [(article.id, article.segments) for article in run(data)] == [("-#a", ("A",)), ("-#b", ("B",))]


def test_an_untranslated_file_is_no_problem_for_those_who_accept_empty_input():
    assert run(one('<trans-unit id="9"><source>x</source></trans-unit>'), allow_empty=True) == []


def test_a_cut_file_gives_the_units_that_were_whole_and_the_line_where_it_ends():
    data = one(unit("A.") + "\n" + unit("B.", about='id="2"'))
    article, problem = run(data[: data.rindex("</target>")])
    assert (article.segments, article.id) == (("A.",), "-#a")
    assert str(problem) == "-:4: ends inside the <target> of line 4: it was cut"


def test_a_wrong_encoding_is_the_problem_of_its_unit():
    data = one(unit("A.") + "\n" + "x" * 70_000 + unit("Größe")).encode("latin-1")
    problem, article = run(data)
    assert article.segments == ("A.",)
    assert "has bytes that are not of its encoding" in problem.reason
    assert problem.where == "-:4"
