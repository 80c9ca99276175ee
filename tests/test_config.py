import pickle

import pytest

from tqcheck.config import Options, discover, load, override
from tqcheck.errors import ConfigError

EXAMPLE = """
ignore = ["quote-style-mixed"]
fail-on = "major"
fail-under = 70
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
"""


def test_a_file_and_a_table_of_pyproject_mean_the_same(tmp_path):
    wanted = Options(
        ignore=("quote-style-mixed",),
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
        + EXAMPLE.replace("[weights", "[tool.tqcheck.weights").replace("[sev", "[tool.tqcheck.sev").replace("[rul", "[tool.tqcheck.rul")
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
