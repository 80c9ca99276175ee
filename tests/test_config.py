import pickle
from datetime import date

import pytest

from tqcheck import suppress
from tqcheck.config import Options, discover, house_style, load, override
from tqcheck.errors import ConfigError
from tqcheck.suppress import Suppression

EXAMPLE = """
ignore = ["quote-style-mixed", { rule = "name-variant", lang = "cs", surface = ["Kiev*"], reason = "agency", expires = 2999-01-31 }]
fail-on = "major"
fail-under = 70
style = "un"
model = "none"
lang = "en"
[weights]
minor = 0.5
[severity]
name-variant = "major"
[rules.acronym-mismatch]
min-letters = 3
[rules.headline-repeated]
near = 75
[prefer]
Kyiv = ["Kiev", "Kyyiv"]
de = { Kyjiw = "Kiew" }
"""


def test_a_file_and_a_table_of_pyproject_mean_the_same(tmp_path):
    wanted = Options(
        ignore=("quote-style-mixed",),
        suppress=(Suppression("name-variant", "agency", lang=("cs",), surface=("Kiev*",), expires=date(2999, 1, 31)),),
        style=("un",),
        prefer={"*": {"Kyiv": ("Kiev", "Kyyiv")}, "de": {"Kyjiw": ("Kiew",)}},
        fail_on="major",
        fail_under=70.0,
        model="none",
        lang="en",
        weights={"minor": 0.5, "major": 5.0, "critical": 25.0},
        severity={"name-variant": "major"},
        rules={"acronym-mismatch": {"min_letters": 3}, "headline-repeated": {"near": 75}},
    )
    own, project = tmp_path / "tqcheck.toml", tmp_path / "pyproject.toml"
    own.write_text(EXAMPLE)
    project.write_text(
        "[tool.tqcheck]"
        + EXAMPLE.replace("[weights", "[tool.tqcheck.weights")
        .replace("[sev", "[tool.tqcheck.sev")
        .replace("[rul", "[tool.tqcheck.rul")
        .replace("[prefer", "[tool.tqcheck.prefer")
    )
    assert load(own) == load(project) == wanted
    assert pickle.loads(pickle.dumps(wanted)) == wanted  # noqa: S301 - our own bytes


def test_the_nearest_file_is_found_and_a_pyproject_without_our_table_is_not_ours(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert discover(inner) is None
    (tmp_path / "tqcheck.toml").write_text("")
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\n")
    assert discover(inner) == tmp_path / "tqcheck.toml"
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.tqcheck]\n")
    assert discover(inner) == tmp_path / "a" / "pyproject.toml"
    (tmp_path / "a" / "tqcheck.toml").write_text("")
    assert discover(inner) == tmp_path / "a" / "tqcheck.toml"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('fail-onn = "major"', "unknown option 'fail-onn': did you mean 'fail-on'?"),
        ('fail-on = "mayor"', "unknown fail-on 'mayor': did you mean 'major'?"),
        ('select = ["name-variants"]', "unknown rule 'name-variants': did you mean 'name-variant'?"),
        ('ignore = "name-variant"', "'ignore' must be list or tuple, not str"),
        ('fail-under = "70"', "'fail-under' must be int or float, not str"),
        ("fail-under = true", "'fail-under' must be int or float, not bool"),
        ("preview = 1", "'preview' must be bool, not int"),
        ("jobs = 0", "'jobs' must be a whole number of 1 or more, not 0"),
        ("jobs = 1.5", "'jobs' must be a whole number of 1 or more, not 1.5"),
        ("[weights]\nmnor = 1", "unknown weight 'mnor': did you mean 'minor'?"),
        ("[weights]\nminor = -1", "'weights.minor' must not be negative, but is -1.0"),
        ("[weights]\nminor = '1'", "'weights.minor' must be int or float, not str"),
        ('[severity]\nname-variants = "major"', "unknown rule 'name-variants': did you mean 'name-variant'?"),
        ('[severity]\nname-variant = "bad"', "unknown severity of name-variant 'bad': known: critical, major, minor"),
        ("[rules.name-variants]", "unknown rule 'name-variants': did you mean 'name-variant'?"),
        ("[rules.acronym-mismatch]\nmin-letter = 1", "unknown option of acronym-mismatch 'min-letter': did you mean 'min-letters'?"),
        ("[rules.acronym-mismatch]\nmin-letters = 1.5", "'rules.acronym-mismatch.min-letters' must be int, not float"),
        ("[rules.acronym-mismatch]\nmin-letters = true", "'rules.acronym-mismatch.min-letters' must be int, not bool"),
        ("rules = 3", "'rules' must be a table, not int"),
        ('ignore = [{rule = "name-variants", reason = "x"}]', "unknown rule 'name-variants': did you mean 'name-variant'?"),
        ('ignore = [{reason = "x"}]', "'ignore[0]' needs a 'rule'"),
        ('ignore = [{rule = "name-variant"}]', "'ignore[0]' needs a 'reason': say why name-variant may be ignored there"),
        (
            'ignore = ["mojibake", {rule = "name-variant", reason = " "}]',
            "'ignore[1]' needs a 'reason': say why name-variant may be ignored there",
        ),
        (
            'ignore = [{rule = "name-variant", reason = "x", surfaces = "y"}]',
            "'ignore[0]': unknown key 'surfaces': did you mean 'surface'?",
        ),
        (
            'ignore = [{rule = "name-variant", reason = "x", field = "tilte"}]',
            "unknown field of ignore[0] 'tilte': did you mean 'title'?",
        ),
        ('ignore = [{rule = "name-variant", reason = "x", lang = 3}]', "'ignore[0].lang' must be str or list or tuple, not int"),
        ('ignore = [{rule = "name-variant", reason = "x", lang = []}]', "'ignore[0].lang' is empty: leave it out, or name something"),
        ('ignore = [{rule = "name-variant", reason = "x", surface = ""}]', "'ignore[0].surface' holds an empty text"),
        (
            'ignore = [{rule = "name-variant", reason = "x", expires = "2027-01-31"}]',
            "'ignore[0].expires' must be a date without quotation marks, as in 2027-01-31, not '2027-01-31'",
        ),
        (
            'ignore = [{rule = "name-variant", reason = "X", surface = "Kiev", expires = 2020-01-31}]',
            "'ignore[0]' expired on 2020-01-31: name-variant, surface Kiev (X): look again, then remove the entry or set a later date",
        ),
        ('style = "una"', "unknown style guide 'una': did you mean 'un'?"),
        ("style = 3", "'style' must be str or list or tuple, not int"),
        ("prefer = 3", "'prefer' must be a table, not int"),
        ("[prefer]\nKyiv = 3", "'prefer.Kyiv' must be str or list or tuple, not int"),
        ("[prefer]\nKyiv = []", "'prefer.Kyiv' is empty: leave it out, or name something"),
        ("[prefer]\n' ' = ['Kiev']", "'prefer. ' is no name: write the form that the house prefers, and a list of those it replaces"),
        (
            "[prefer.Kyiv]\nKiev = ['Kiew']",
            "'prefer.Kyiv' is no language tag: a table holds what is preferred in one language, a list what 'Kyiv' replaces",
        ),
        (
            "[prefer]\nKyiv = ['Kiev']\nKiev = ['Kyyiv']",
            "'prefer' both prefers and replaces 'Kiev', or replaces it twice: decide on one form",
        ),
        ("[rules]\nacronym-mismatch = 3", "'rules.acronym-mismatch' must be a table, not int"),
    ],
)
def test_a_wrong_key_or_value_is_an_error_that_names_file_key_and_remedy(tmp_path, content, reason):
    path = tmp_path / "tqcheck.toml"
    path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: {reason}"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("severity = 3"),
        pytest.param("weights = 3"),
        pytest.param("select = [3]"),
        pytest.param("ignore = [['x']]"),
        pytest.param("columns = 3"),
        pytest.param("columns = {titel = 'headline'}"),
        pytest.param("columns = {title = 3}"),
        pytest.param("model = 3"),
        pytest.param("device = 3"),
        pytest.param("lang = 3"),
        pytest.param("source-lang = 3"),
        pytest.param("jobs = true"),
        pytest.param("fail-under = nan"),
        pytest.param("weights = {minor = nan}"),
        pytest.param("weights = {minor = inf}"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_config_error_and_no_traceback(tmp_path, content):
    path = tmp_path / "tqcheck.toml"
    path.write_text(content)
    with pytest.raises(ConfigError):
        load(path)


@pytest.mark.parametrize("content", [b"a = ", b"\xff\xfe", b"= 1"])
def test_what_is_not_toml_is_an_error_that_names_the_file(tmp_path, content):
    path = tmp_path / "tqcheck.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="is not valid TOML"):
        load(path)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory"):
        load(tmp_path / "none.toml")


def test_what_the_user_gives_goes_before_the_file():
    options = override(Options(fail_on="major", jobs=2), {"fail-on": "never", "select": ["markup-left"]})
    assert (options.fail_on, options.jobs, options.select) == ("never", 2, ("markup-left",))


def test_every_option_can_be_spelled_with_hyphens_or_underscores():
    assert override(Options(), {"fail_under": 3}) == override(Options(), {"fail-under": 3}) == Options(fail_under=3.0)


# -- ignore with a reason -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "holds"), [(date(2027, 1, 30), True), (date(2027, 1, 31), True), (date(2027, 2, 1), False)])
def test_an_entry_holds_until_the_end_of_its_last_day(monkeypatch, day, holds):
    monkeypatch.setattr(suppress, "today", lambda: day)
    entry = {"rule": "name-variant", "reason": "agency", "expires": date(2027, 1, 31)}
    if holds:
        assert override(Options(), {"ignore": [entry]}).suppress == (Suppression("name-variant", "agency", expires=date(2027, 1, 31)),)
    else:
        with pytest.raises(ConfigError, match=r"^'ignore\[0\]' expired on 2027-01-31: name-variant \(agency\): look again"):
            override(Options(), {"ignore": [entry]})


def test_rule_names_on_the_command_line_replace_those_of_the_file_and_leave_its_reasons_alone():
    of_file = override(Options(), {"ignore": ["mojibake", {"rule": "name-variant", "reason": "agency"}]})
    both = override(of_file, {"ignore": ["markup-left"]})
    assert (both.ignore, both.suppress) == (("markup-left",), (Suppression("name-variant", "agency"),))


def test_an_array_of_tables_is_ignore_too(tmp_path):
    path = tmp_path / "tqcheck.toml"
    path.write_text('[[ignore]]\nrule = "name-variant"\nreason = "agency"\n[[ignore]]\nrule = "mojibake"\nreason = "old feed"\n')
    assert [(entry.rule, entry.reason) for entry in load(path).suppress] == [("name-variant", "agency"), ("mojibake", "old feed")]


def test_suppress_is_no_key_of_the_file():
    with pytest.raises(ConfigError, match="unknown option 'suppress'"):
        override(Options(), {"suppress": []})


# -- the house style ----------------------------------------------------------------------------------------------------


def test_the_houses_own_entries_go_before_those_of_a_guide():
    style = house_style(override(Options(), {"style": ["ukraine"], "prefer": {"Kiev": ["Kyiv"], "de": {"Kyjiw": ["Kiew"]}}}))
    assert style["*"] == {"Kiev": ("Kyiv",)}
    assert style["de"] == {"Kyjiw": ("Kiew",)}
    assert "Kyiv" not in style["en"]
    assert style["en"]["Mykolaiv"] == ("Nikolaev", "Nikolayev")


def test_without_style_and_prefer_nothing_is_decided():
    assert house_style(Options()) == {}
