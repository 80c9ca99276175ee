"""Glossaries: what may stand in the files, what is an error, and how they travel."""

import json
import pickle

import pytest

from tqcheck import check, lemmas
from tqcheck.article import Article
from tqcheck.config import Options, load, override
from tqcheck.errors import ConfigError, ReadError, TqcheckError
from tqcheck.glossary import Glossary, of_table
from tqcheck.glossary import load as read
from tqcheck.pipeline import Checker
from tqcheck.terms import Term, TermIndex, is_copied, stands

TBX_V2 = """<?xml version="1.0"?>
<!DOCTYPE martif SYSTEM "TBXcoreStructV02.dtd">
<martif type="TBX-Basic" xml:lang="en"><text><body>
<termEntry id="c1">
  <langSet xml:lang="en"><tig><term>heat pump</term></tig></langSet>
  <langSet xml:lang="de">
    <tig><term>Wärmekraftpumpe</term></tig>
    <tig><term>Wärmepumpe</term><termNote type="administrativeStatus">preferredTerm-admn-sts</termNote></tig>
    <ntig><termGrp><term>Heizpumpe</term><termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></termGrp></ntig>
  </langSet>
</termEntry></body></text></martif>"""
TBX_V3_DCA = """<?xml version="1.0"?>
<tbx type="TBX-Core" style="dca" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2"><text><body><conceptEntry id="1">
<langSec xml:lang="en"><termSec><term>heat pump</term></termSec></langSec>
<langSec xml:lang="de"><termSec><term>Wärmepumpe</term><termNote type="administrativeStatus">preferredTerm-admn-sts</termNote></termSec>
<termSec><term>Wärmekraftpumpe</term><termNote type="administrativeStatus">admittedTerm-admn-sts</termNote></termSec>
<termSec><term>Heizpumpe</term><termNote type="administrativeStatus">supersededTerm-admn-sts</termNote></termSec></langSec>
</conceptEntry></body></text></tbx>"""
TBX_V3_DCT = """<?xml version="1.0"?>
<tbx type="TBX-Min" style="dct" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2" xmlns:min="http://www.tbxinfo.net/ns/min">
<text><body><conceptEntry id="1"><langSec xml:lang="en"><termSec><term>heat pump</term></termSec></langSec><langSec xml:lang="de">
<termSec><term>Wärmepumpe</term><min:administrativeStatus>preferredTerm-admn-sts</min:administrativeStatus></termSec>
<termSec><term>Wärmekraftpumpe</term></termSec>
<termSec><term>Heizpumpe</term><min:administrativeStatus>deprecatedTerm-admn-sts</min:administrativeStatus></termSec>
</langSec></conceptEntry></body></text></tbx>"""
CSV = "source,target,forbidden,source_lang,lang\nheat pump,Wärmepumpe|Wärmekraftpumpe,Heizpumpe,en,de\n"
ROWS = """Source Term;Translation;Source-Lang;Lang;Status
heat pump;Wärmepumpe;en;de;preferred
heat pump;Wärmekraftpumpe;en;de;admitted
heat pump;Heizpumpe;en;de;deprecated
"""
TMX = """<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en"/><body>
<tu><tuv xml:lang="en-GB"><seg><bpt i="1">&lt;b></bpt>heat <hi>pump</hi><ept i="1">&lt;/b></ept></seg></tuv>
<tuv xml:lang="de"><seg>Wärmepumpe</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>The heat pump is new.</seg></tuv><tuv xml:lang="de"><seg>Die Wärmepumpe ist neu.</seg></tuv></tu>
</body></tmx>"""


@pytest.fixture
def write(tmp_path):
    def to(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.tbx", TBX_V2), ("b.tbx", TBX_V3_DCA), ("c.tbx", TBX_V3_DCT), ("d.csv", CSV), ("e.csv", ROWS), ("f.tsv", ROWS.replace(";", "\t"))],
)
def test_every_format_says_the_same(write, name, content):
    (entry,) = read([write(name, content)]).between("en-US", "de-AT")
    assert (entry.source, entry.targets, entry.forbidden) == ("heat pump", ("Wärmepumpe", "Wärmekraftpumpe"), ("Heizpumpe",))


def test_a_tmx_file_is_a_glossary_of_its_short_units_in_both_directions(write):
    glossary = read([write("memory.tmx", TMX)])
    assert [(entry.source, entry.targets) for entry in glossary.between("en", "de")] == [("heat pump", ("Wärmepumpe",))]
    assert [(entry.source, entry.targets) for entry in glossary.between("de", "en")] == [("Wärmepumpe", ("heat pump",))]
    assert glossary.between("fr", "de") == glossary.between("de", "de") == []


def test_columns_may_be_named_by_languages():
    glossary = Glossary((), tuple(of_table("en;de;cs\nbridge;Brücke;most\nroad;Straße;\n", "t.csv")))
    assert [(entry.source, entry.targets) for entry in glossary.between("cs", "de")] == [("most", ("Brücke",))]
    assert [entry.source for entry in glossary.between("de", "en")] == ["Brücke", "Straße"]


def test_without_a_source_language_only_what_is_forbidden_counts(write):
    (entry,) = read([write("d.csv", CSV)]).between(None, "de")
    assert (entry.source, entry.targets, entry.forbidden) == ("", ("Wärmepumpe", "Wärmekraftpumpe"), ("Heizpumpe",))


@pytest.mark.parametrize(
    ("name", "content", "error", "said"),
    [
        ("a.csv", "", ReadError, "a.csv: is empty"),
        ("a.csv", " \n\n", ReadError, "a.csv: is empty"),
        ("a.csv", "source,target\n", ReadError, "no term"),
        ("a.csv", "sourse,target\na,b\n", ConfigError, "a.csv:1: unknown column 'sourse': did you mean 'source'"),
        ("a.csv", "source,target\na,b\nroad,\n", ConfigError, "a.csv:3: “road” has no target term"),
        ("a.csv", "source,target\n,b\n", ConfigError, "a.csv:2: has no source term"),
        ("a.csv", "source,target\na,b,c\n", ReadError, "a.csv:2: has 3 cells"),
        ("a.csv", 'source,target\n"a,b\n', ReadError, "a.csv"),
        ("a.csv", "source,note\na,b\n", ConfigError, "has no column 'target'"),
        ("a.csv", "source,target,source\na,b,c\n", ConfigError, "twice"),
        ("a.csv", "source,en\na,b\n", ConfigError, "use one of the two ways"),
        ("a.csv", "en,de\na,\n", ConfigError, "a.csv:2: has a term in one language only"),
        ("a.csv", "source,target,status\na,b,preffered\n", ConfigError, "did you mean 'preferred'"),
        ("a.csv", "source,target,lang\na,b,german!\n", ConfigError, "no language tag"),
        ("a.csv", "source,target,dnt\na,b,perhaps\n", ConfigError, "must be yes or no"),
        ("a.csv", "source,target\na,—\n", ConfigError, "cannot be a term"),
        ("a.csv", "source,target,status\na,b,\na,b,forbidden\n", ConfigError, "both asked for and forbidden"),
        ("a.csv", "source,target\na,b\nstra\xdfe,x".encode("latin-1"), ReadError, "a.csv:3: is not UTF-8"),
        ("a.xlsx", "x", ConfigError, "no glossary is known by this suffix"),
        ("a.tbx", "<martif", ReadError, "a.tbx:1: is not well-formed XML"),
        ("a.tbx", "<html/>", ReadError, "neither TBX nor TMX"),
        ("a.tbx", "<tbx/>", ReadError, "no concept with terms in two languages"),
        ("a.tbx", TBX_V2.replace(' xml:lang="de"', ""), ReadError, "a.tbx:6: <langSet> has no xml:lang"),
        ("a.tbx", TBX_V2.replace("preferredTerm-admn-sts", "nice"), ConfigError, "a.tbx:8: unknown status 'nice'"),
        ("a.tmx", TMX.replace("heat <hi>pump</hi>", "The pump is new."), ReadError, "no unit that is short enough"),
        ("a.tmx", TMX.replace('"tmx14.dtd">', '"tmx14.dtd" [<!ENTITY x "y">]>'), ReadError, "declares entities of its own"),
        ("a.tmx", TMX.replace('"tmx14.dtd">', '"x" [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), ReadError, "entities of its own"),
    ],
)
def test_an_unusable_file_is_an_error_that_names_place_and_remedy(write, name, content, error, said):
    with pytest.raises(error) as caught:
        read([write(name, content)])
    assert said in str(caught.value)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(ReadError, match=r"none\.csv: cannot be read: No such file"):
        read([tmp_path / "none.csv"])


def test_paths_in_a_configuration_file_start_at_its_folder(write, monkeypatch):
    write("terms.csv", CSV)
    monkeypatch.chdir("/")
    assert load(write("tqcheck.toml", 'glossary = ["terms.csv"]')).glossary.between("en", "de")[0].source == "heat pump"
    with pytest.raises(ConfigError, match="must be str"):
        load(write("tqcheck.toml", "glossary = 3"))


def test_a_glossary_travels_to_workers_and_is_part_of_the_signature_wherever_its_file_is(write):
    options = override(Options(), {"glossary": [str(write("a.csv", CSV))], "model": "none"})
    assert pickle.loads(pickle.dumps(options)).glossary == options.glossary  # noqa: S301 - made here
    moved = override(Options(), {"glossary": [str(write("b.csv", CSV))], "model": "none"})
    other = override(Options(), {"glossary": [str(write("c.csv", CSV.replace("Heiz", "Hitz")))], "model": "none"})
    none = override(Options(), {"model": "none"})
    signatures = [Checker(each).signature for each in (options, moved, other, none)]
    assert signatures[0] == signatures[1]
    assert len(set(signatures)) == 3


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_asks_for_the_terms(write, jobs):
    given = [{"id": "a", "lang": "de", "source_lang": "en", "segments": ["Die Heizanlage."], "source_segments": ["The heat pump."]}]
    (report,) = check(given, glossary=[str(write("a.csv", CSV))], model="none", select=["glossary-mismatch"], jobs=jobs)
    (finding,) = report.findings
    assert (finding.surface, finding.suggestion) == ("Die Heizanlage.", "Wärmepumpe")
    assert finding.message == (
        "The source has “heat pump”, for which the glossary (a.csv:2) asks for “Wärmepumpe” or “Wärmekraftpumpe”; "
        "the translation has no such term."
    )


def test_the_command_line_takes_several_glossaries(write, capsys):
    from tqcheck.cli import main

    feed = write("feed.jsonl", json.dumps({"id": "a", "lang": "de", "text": "Eine Heizpumpe und ein Ofenrohr."}))
    two = write("two.csv", "forbidden,lang\nOfenrohr,de\n")
    arguments = ["check", str(feed), "--model", "none", "--select", "glossary-mismatch", "--format", "jsonl", "--quiet"]
    assert main([*arguments, "--glossary", str(write("one.csv", CSV)), "--glossary", str(two)]) == 1
    assert [json.loads(line)["surface"] for line in capsys.readouterr().out.splitlines()] == ["Heizpumpe", "Ofenrohr"]
    assert main([*arguments, "--glossary", "none.csv"]) == 2


@pytest.mark.parametrize(
    ("term", "lang", "text", "found"),
    [
        ("heat pump", "en", "Heat pumps, heat-pump makers and heatpumps.", ["Heat pumps", "heat-pump", "heatpumps"]),
        ("bill", "en", "Bill paid. Yesterday Bill had two bills; he billed her.", ["Bill", "bills"]),
        ("team", "en", "His team-mates and the team", ["team"]),
        ("Haus", "de", "Die Häuser im Hausgang", ["Häuser"]),
        ("úroková sazba", "cs", "o úrokových sazbách", ["úrokových sazbách"]),
        ("процентная ставка", "ru", "Процентных ставок мало", ["Процентных ставок"]),
        ("central bank", "en", "central. Bank", []),
        ("中央银行", "zh", "欧洲中央银行", ["中央银行"]),
        ("은행", "ko", "은행은 닫혔다", ["은행은"]),
        ("school", "en", "Scholz went to schools", ["schools"]),
    ],
)
def test_terms_are_found_in_their_forms(term, lang, text, found):
    assert [text[place.start : place.end] for place in TermIndex([Term(term)], lang).find(text)] == found


def test_of_two_terms_the_longer_one_counts():
    index = TermIndex([Term("pump"), Term("heat pump"), Term("heat pump", case_sensitive=True)], "en")
    assert [place.number for place in index.find("A heat pump and a pump")] == [1, 2, 0]


@pytest.mark.parametrize(
    ("term", "text", "copied"),
    [
        ("iPhone", "Er kaufte iPhones.", True),
        ("iPhone", "Koupil dva iPhony o iPhonu", True),
        ("iPhone", "Er kaufte ein Telefon.", False),
        ("iPhone", "他买了iPhone。", True),
        ("EY", "THEY", False),
        ("Green Dot", "Der Green-Dot", False),
        ("AT&T", "u AT&T’s", True),
    ],
)
def test_what_must_stay_may_take_an_ending(term, text, copied):
    assert is_copied(term, text) is copied


@pytest.mark.parametrize(
    ("term", "lang", "text", "found"),
    [
        ("Wärmepumpe", "de", "der Wärmepumpenhersteller", True),
        ("Krankenhaus", "de", "die Krankenhäuser", True),
        ("vláda", "cs", "vládní výdaje", True),
        ("vláda", "cs", "vlak jel", False),
        ("banque centrale", "fr", "la banque européenne centrale", True),
        ("banque centrale", "fr", "la banque; " + "et " * 9 + "centrale", False),
        ("חברה", "he", "שלחברות", True),
        ("히트펌프", "ko", "히트 펌프를", True),
        ("ヒート・ポンプ", "ja", "ヒートポンプは", True),
        ("C++", "de", "in C++ geschrieben", True),
    ],
)
def test_before_a_complaint_the_search_is_generous(term, lang, text, found):
    assert stands(term, text, lang) is found


def test_the_table_of_word_forms_names_dictionaries_that_exist():
    from simplemma.strategies.dictionaries.dictionary_factory import SUPPORTED_LANGUAGES

    from tqcheck import tables

    rows = tables.table("word-forms")
    assert {row["dictionary"] for row in rows} - {"-"} <= SUPPORTED_LANGUAGES
    assert [row["lang"] for row in rows] == sorted({row["lang"] for row in rows})
    assert lemmas.is_known("Haus", "de-AT")
    assert lemmas.is_known("Haus", "xx") is None


def test_an_article_without_glossary_is_left_alone():
    assert Checker(Options(model="none", select=("glossary-mismatch",)))(Article("a", "Eine Heizpumpe.", lang="de")).findings == ()


def test_all_errors_are_the_programs_own(write):
    with pytest.raises(TqcheckError):
        read([write("a.tbx", b"\xff\xfe\x00")])
