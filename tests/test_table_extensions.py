"""A newsroom's own rows: they work in every process, never mix, and a wrong one is an error with its line."""

import ast
import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tqcheck
from tqcheck import config, table_extensions, tables
from tqcheck.article import Article
from tqcheck.config import Options, house_style, override
from tqcheck.errors import ConfigError
from tqcheck.pipeline import Checker
from tqcheck.table_extensions import EXTENDABLE, Extension, load

ROOT = Path(__file__).resolve().parent.parent
GERMAN = {"lang": "de", "text": "Er kam am Montag nach Hause.\n\nBezahlte Partnerschaft\n\nAnzeige\n\nAm Dienstag ging er wieder."}
BOILERPLATE = "# Ours\nlang\tkind\tentry\tmatch\nde\tadvertisement\tbezahlte partnerschaft\tline\n-de\t\tanzeige\n"
SOME = {"model": "none", "select": ["boilerplate-left"]}


@pytest.fixture
def ours(tmp_path):
    path = tmp_path / "ours.tsv"
    path.write_text(BOILERPLATE, encoding="utf-8")
    return path


def surfaces(report) -> list[str]:
    return [finding.surface for finding in report.findings]


def test_rows_are_added_and_taken_out(ours):
    assert surfaces(tqcheck.check(GERMAN, **SOME)) == ["Anzeige"]
    assert surfaces(tqcheck.check(GERMAN, **SOME, tables={"boilerplate": ours})) == ["Bezahlte Partnerschaft"]
    assert surfaces(tqcheck.check(GERMAN, **SOME)) == ["Anzeige"]


def test_a_file_of_the_configuration_is_named_from_its_folder(ours, monkeypatch):
    path = ours.with_name("tqcheck.toml")
    path.write_text('[tables]\nboilerplate = ["./ours.tsv"]\n', encoding="utf-8")
    monkeypatch.chdir("/")
    assert config.load(path).tables == load({"boilerplate": [ours]})


def test_two_checkers_with_other_tables_do_not_mix_article_by_article(ours):
    plain, other = Checker(override(Options(), SOME)), Checker(override(Options(), SOME | {"tables": {"boilerplate": [str(ours)]}}))
    article = Article("a", GERMAN["text"], lang="de")
    found = [surfaces(checker(article)) for checker in (plain, other, plain, other, other, plain)]
    assert found == [["Anzeige"], ["Bezahlte Partnerschaft"], ["Anzeige"], *[["Bezahlte Partnerschaft"]] * 2, ["Anzeige"]]


def test_threads_with_other_tables_do_not_mix(ours):
    options = [override(Options(), SOME), override(Options(), SOME | {"tables": {"boilerplate": str(ours)}})] * 2
    checkers = [Checker(each) for each in options]
    start = threading.Barrier(len(checkers))

    def work(checker) -> list:
        start.wait()
        return [surfaces(checker(Article(str(number), GERMAN["text"], lang="de"))) for number in range(5)]

    with ThreadPoolExecutor(len(checkers)) as pool:
        found = list(pool.map(work, checkers))
    assert found == [[["Anzeige"]] * 5, [["Bezahlte Partnerschaft"]] * 5] * 2


def test_work_within_work_with_other_tables_is_refused_and_not_a_deadlock(ours):
    extension = load({"boilerplate": [ours]})
    with tables.using(extension), tables.using(extension):
        assert len(tables.table("boilerplate")) == len(tables.shipped("boilerplate")) + 1 - _rows_of_anzeige()
        with pytest.raises(RuntimeError, match="a rule must not call"), tables.using(Extension()):
            pass
    with tables.using(Extension()):
        assert tables.table("boilerplate") == tables.shipped("boilerplate")


def _rows_of_anzeige() -> int:
    return sum(row["lang"] == "de" and row["entry"] == "anzeige" for row in tables.shipped("boilerplate"))


def test_other_processes_extend_the_tables_too(ours):
    given = [GERMAN | {"id": str(number)} for number in range(40)]
    options = SOME | {"tables": {"boilerplate": str(ours)}}
    one, two = list(tqcheck.check(given, **options)), list(tqcheck.check(given, **options, jobs=2))
    assert one == two
    assert all(surfaces(report) == ["Bezahlte Partnerschaft"] for report in two)


MANY = {
    "abbreviations": "lang\tentry\nen\tfoobar\n",
    "acronyms": "acronym\nZZQ\n",
    "boilerplate": "lang\tkind\tentry\tmatch\nen\tshare\tour little box\tline\n",
    "function-words": "lang\tentry\tin_names\nen\tforsooth\tno\n-en\tthe\n",
    "place-names": "lang\tprefer\tvariant\nen\tQuibbleton\tKwibbleton\n",
    "spelling-variants": "lang\tword\tone\tother\nen\tzorbing\tzorbing\tzorbyng\n",
    "units": "lang\tentry\tdimension\tfactor\nen\tzloty-lots\tlength\t3\n",
    "word-doublings": "lang\tentry\tkind\nen\twindow\tright\n",
}
PROGRAM = """
import json, sys, tqcheck
given = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
print(json.dumps([report.as_dict() for report in tqcheck.check(given, **json.loads(sys.argv[2]))]))
"""


def test_what_comes_after_a_change_of_tables_is_what_a_new_process_finds(tmp_path):
    """Whatever a module keeps of a table is forgotten with it: the whole sample feed, with other tables before."""
    feed = ROOT / "corpora" / "sample-feed" / "feed.jsonl"
    given = [json.loads(line) for line in feed.read_text("utf-8").splitlines()]
    given.append(
        {"id": "x", "lang": "en", "text": "Quibbleton and Kwibbleton are zorbing, not zorbyng. The window window broke.\n\nOur little box"}
    )
    (tmp_path / "feed.jsonl").write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")
    for name, content in MANY.items():
        (tmp_path / f"{name}.tsv").write_text(content, encoding="utf-8")
    options = {"model": "none", "preview": True}
    extended = options | {"tables": {name: str(tmp_path / f"{name}.tsv") for name in MANY}}
    here = [[report.as_dict() for report in tqcheck.check(given, **each)] for each in (options, extended, options)]
    arguments = [sys.executable, "-c", PROGRAM, str(tmp_path / "feed.jsonl"), json.dumps(extended)]
    new = subprocess.run(arguments, capture_output=True, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert json.loads(json.dumps(here[1])) == json.loads(new.stdout)
    assert here[0] == here[2]
    last = [[(finding["rule"], finding["surface"]) for finding in each[-1]["findings"]] for each in here]
    assert {"name-variant", "spelling-variant", "boilerplate-left"} <= {rule for rule, _ in last[1]}
    assert ("word-doubled", "window window") in last[0]
    assert ("word-doubled", "window window") not in last[1]


def test_what_is_kept_of_a_table_is_kept_where_a_change_of_tables_finds_it():
    """`tables.using` clears the caches that are names of a module; one on a method, or a table read on import, would stay."""
    hidden = []
    for path in sorted((ROOT / "tqcheck").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        top = {id(node) for node in tree.body}
        for node in ast.walk(tree):
            is_within = isinstance(node, ast.FunctionDef) and id(node) not in top
            is_read = isinstance(node, (ast.Assign, ast.AnnAssign)) and id(node) in top and _TABLE_READ.search(ast.unparse(node))
            if is_read or (is_within and any(_is_cache(each) for each in node.decorator_list)):
                hidden.append(f"{path.name}:{node.lineno}")
    assert hidden == []


_TABLE_READ = re.compile(r"\btables\.(table|shipped|entries|language)\(")


def _is_cache(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).partition("(")[0].removeprefix("functools.") in {"cache", "lru_cache"}


def test_a_rule_from_outside_forgets_what_it_kept_of_a_table(tmp_path, ours):
    from tqcheck import skeleton

    path = skeleton.write("kept-here", tmp_path)
    text = path.read_text().replace("import regex\n", "import functools\n\nimport regex\n\nfrom tqcheck import tables\n")
    kept = (
        "\n@functools.cache\ndef _words() -> list[str]:\n    return [row['entry'] for row in tables.table('boilerplate')]\n\n\ndef check("
    )
    text = text.replace("\ndef check(", kept, 1)
    text = text.replace("_DUMMY.finditer(article.text)", "regex.finditer('|'.join(_words()[-1:]), article.text)")
    path.write_text(text)
    given = {"text": "Hier bezahlte partnerschaft.", "lang": "de"}
    options = {"model": "none", "rules": [path], "select": ["kept-here"]}
    found = [surfaces(tqcheck.check(given, **options, **more)) for more in ({}, {"tables": {"boilerplate": ours}}, {})]
    assert found == [[], ["bezahlte partnerschaft"], []]


def test_the_signature_names_the_extension_and_not_its_place(ours, tmp_path):
    moved = tmp_path / "moved.tsv"
    moved.write_bytes(ours.read_bytes() + b"# a comment\n")
    signatures = [
        Checker(override(Options(), SOME | more)).signature for more in ({}, *({"tables": {"boilerplate": p}} for p in (ours, moved)))
    ]
    shipped, extended, again = (signature.split("tables:")[1].split("|")[0] for signature in signatures)
    assert extended == again
    assert extended.startswith(f"{shipped}+")
    moved.write_text("lang\tkind\tentry\tmatch\n")
    assert Checker(override(Options(), SOME | {"tables": {"boilerplate": moved}})).signature == signatures[0]


def test_a_row_takes_the_place_of_one_with_its_key(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text("lang\tentry\tdimension\tfactor\n*\t%\tshare\t0.01\n", encoding="utf-8")
    with tables.using(load({"units": [path]})):
        rows = [row for row in tables.table("units") if (row["lang"], row["entry"]) == ("*", "%")]
    assert rows == [{"lang": "*", "entry": "%", "dimension": "share", "factor": "0.01"}]


def test_a_row_that_the_table_has_already_changes_nothing(tmp_path):
    path = tmp_path / "x.tsv"
    row = tables.shipped("abbreviations")[5]
    path.write_text(f"lang\tentry\n{row['lang']}\t{row['entry']}\n" * 1, encoding="utf-8")
    with tables.using(load({"abbreviations": [path]})):
        assert sorted(map(str, tables.table("abbreviations"))) == sorted(map(str, tables.shipped("abbreviations")))


def test_a_guide_of_ones_own_is_a_style(tmp_path):
    path = tmp_path / "house.tsv"
    path.write_text("guide\tlang\tprefer\tinstead\nhouse\ten\tTürkiye\tTurkey\n", encoding="utf-8")
    options = override(Options(), {"style": "house", "tables": {"style-guides": str(path)}})
    with tables.using(Extension()):
        assert tables.table("style-guides") == tables.shipped("style-guides")
    assert house_style(options) == {"en": {"Türkiye": ("Turkey",)}}
    assert Checker(override(options, {"model": "none"})).prefer == {"en": {"Türkiye": ("Turkey",)}}
    with pytest.raises(ConfigError, match="unknown style guide 'house'"):
        override(Options(), {"style": "house"})


@pytest.mark.parametrize(
    ("table", "content", "message"),
    [
        ("boilerplate", "", "tables.boilerplate: {path}: is empty: its first line names the columns: lang, kind, entry, match, example"),
        ("boilerplate", "lang\tkind\tentri\tmatch\n", "{path}:1: unknown column 'entri': did you mean 'entry'?: the first line names the"),
        ("boilerplate", "lang\tkind\tentry\n", "{path}:1: lacks the column 'match': the first line names the columns: lang, kind, entry"),
        ("abbreviations", "lang\tentry\tlang\n", "{path}:1: names a column twice"),
        ("abbreviations", "lang\tentry\nde\n", "{path}:2: has 1 cell, not 2 as the first line: set cells off by one tabulator"),
        ("abbreviations", "lang\tentry\n\nde\t\n", "{path}:3: entry is blank: give it, or remove the row"),
        ("abbreviations", "lang\tentry\nde-AT\tbspw\n", "{path}:2: lang 'de-AT' is no primary language tag: give it in lower case without"),
        ("boilerplate", "lang\tkind\tentry\tmatch\n*\tshare\tx\tline\n", "{path}:2: lang '*' is no primary language tag"),
        ("abbreviations", "lang\tentry\nde\tBspw\n", "{path}:2: entry 'Bspw' must be in lower case: 'bspw'"),
        ("abbreviations", "lang\tentry\nde\tbspw.\n", "{path}:2: entry 'bspw.' must end with a letter or a figure"),
        ("abbreviations", "lang\tentry\nde\tbspw \n", "{path}:2: entry 'bspw ' has blanks around it, or characters that nobody sees"),
        ("abbreviations", "lang\tentry\nde\tb\u200bspw\n", "{path}:2: entry 'b\\u200bspw' has blanks around it, or characters that nobody"),
        ("abbreviations", "lang\tentry\nde\ta\u0308x\n", "{path}:2: entry 'a\u0308x' is not in the normal form NFC"),
        ("boilerplate", "lang\tkind\tentry\tmatch\nde\tads\tx\tline\n", "{path}:2: kind unknown value 'ads': "),
        ("boilerplate", "lang\tkind\tentry\tmatch\nde\tshare\tx\tlines\n", "{path}:2: match unknown value 'lines': did you mean 'line'?"),
        ("units", "lang\tentry\tdimension\tfactor\nde\tklafter\tlength\t1,9\n", "{path}:2: factor '1,9' is no number in figures"),
        ("units", "lang\tentry\tdimension\tfactor\nde\tklafter\tlength\t0\n", "{path}:2: factor '0' must be one number above 0"),
        ("number-words", "lang\tentry\tvalue\nde\tschock\tsixty\n", "{path}:2: value 'sixty' must be a whole number in figures, or 'unit'"),
        ("calendar", "lang\tkind\tnumber\tentry\nde\tmonth\t13\tx\n", "{path}:2: number '13' must be the number of a month, 01 to 12"),
        ("word-doublings", "lang\tentry\tkind\tnot_after\nzh\tx\twrong\t(\n", "{path}:2: not_after '(' must hold letters alone"),
        ("abbreviations", "lang\tentry\n-de\tbspww\n", "{path}:2: takes nothing out: tqcheck's table 'abbreviations' has no such row"),
        ("abbreviations", "lang\tentry\n-de\n", "{path}:2: says no entry to take out: give the cells of the row"),
        ("abbreviations", "lang\tentry\n-de\tx\ty\n", "{path}:2: has 3 cells, not 2 as the first line"),
        (
            "number-words",
            "lang\tentry\tvalue\nde\tschock\t60\nde\tschock\t61\n",
            "{path}:3: says something else of de, schock than {path}:2: keep one of the two rows",
        ),
        (
            "place-names",
            "lang\tprefer\tvariant\nen\tKiev\tKyyiiv\n",
            "{path}:2: 'Kiev' would be right in one row and wrong in another: take that one out by '-en⇥Kyiv⇥Kiev'",
        ),
    ],
)  # fmt: skip
def test_a_wrong_row_is_an_error_with_file_line_and_remedy(tmp_path, table, content, message):
    path = tmp_path / "x.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        override(Options(), {"tables": {table: path}})
    assert str(refused.value).startswith(message.replace("{path}", str(path)))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"boilerplates": "x.tsv"}, "unknown table that can be extended 'boilerplates': did you mean 'boilerplate'?"),
        ({"calibration": "x.tsv"}, "unknown table that can be extended 'calibration'"),
        ({"units": "nowhere.tsv"}, "tables.units: nowhere.tsv: cannot be read: No such file or directory: mend the path"),
        ({"units": 3}, "'tables.units' must be str or list or tuple, not int"),
        ("units.tsv", "'tables' must be a table, not str"),
    ],
)
def test_a_table_or_file_that_is_not_there_is_an_error(given, message):
    with pytest.raises(ConfigError) as refused:
        override(Options(), {"tables": given})
    assert str(refused.value).startswith(message)


def test_a_file_that_is_not_utf8_is_an_error(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_bytes(b"lang\tentry\nde\tf\xfcr\n")
    with pytest.raises(ConfigError, match="is not UTF-8: save it as UTF-8"):
        load({"abbreviations": [path]})


@pytest.mark.parametrize("name", sorted(EXTENDABLE))
def test_the_key_of_each_table_tells_its_rows_apart_and_its_own_rows_may_be_given_again(name, tmp_path):
    rows = tables.shipped(name)
    assert len({tuple(row[column] for column in EXTENDABLE[name].key) for row in rows}) == len(rows)
    path = tmp_path / "same.tsv"
    lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows[:: max(1, len(rows) // 300)])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    again = load({name: [path]}).applied(name, rows)
    assert sorted(map(str, again)) == sorted(map(str, rows))


def test_the_reference_lists_every_table_that_can_be_extended():
    from tqcheck.config_reference import reference

    assert all(f"| `{name}` | {table.holds} |" in reference() for name, table in EXTENDABLE.items())
    assert "**lang**, kind, **entry**, **match**, example" in reference()
    assert table_extensions.EXTENDABLE.keys().isdisjoint({"calibration", "languages", "length-ratios"})
