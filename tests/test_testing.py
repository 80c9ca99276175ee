from types import ModuleType

import pytest
import regex

from tqcheck import skeleton
from tqcheck.article import Example, Mark, Severity
from tqcheck.errors import ConfigError
from tqcheck.rules import rule_of
from tqcheck.testing import article_of, check_rule, check_rules, marks_of, stand_in, unmark


def a_rule(bad=("Some [[dummy]] here.",), good=("Nothing here.",), missed=(), pattern="dummy", **changes) -> ModuleType:
    def check(article, *, flag: bool = False):
        for match in regex.finditer(pattern, article.text):
            yield Mark(match.start(), match.end(), f"This is dummy text{'!' if flag else '.'}")

    module = ModuleType("my_rules.dummy_left", "Dummy text is left.\n\nRemove it.")
    values = {"SEVERITY": Severity.MINOR, "MQM": "a/b", "BAD": bad, "GOOD": good, "MISSED": missed, "check": check}
    for name, value in (values | changes).items():
        if value is not None:
            setattr(module, name, value)
    return module


@pytest.mark.parametrize(
    ("marked", "plain", "spans"),
    [
        ("no mark", "no mark", []),
        ("a [[b]] c", "a b c", [(2, 3)]),
        ("[[a]][[b]]", "ab", [(0, 1), (1, 2)]),
        ("x[[ .]]", "x .", [(1, 3)]),
        ("[[[caption]]]!", "[caption]!", [(0, 9)]),
        ("", "", []),
        ("[[]]", "", [(0, 0)]),
        ("a ]] b", "a ]] b", []),
    ],
)
def test_marks_are_taken_out_and_counted_in_the_plain_text(marked, plain, spans):
    assert unmark(marked) == (plain, spans)


def test_a_mark_that_is_not_closed_is_an_error():
    with pytest.raises(ValueError, match=r"'\[\[' without '\]\]' in 'open'"):
        unmark("an [[open")


def test_spans_of_title_and_text_are_those_of_the_annotated_article():
    article, spans = article_of(Example("a [[b]] c", title="[[T]] x"))
    assert article.text == "T x\na b c"
    assert [article.text[start:end] for start, end in spans] == ["T", "b"]


def test_texts_named_the_same_are_the_same_to_the_stand_in_model_and_others_are_not():
    model = stand_in(("The mayor came.", "He came, the mayor."))
    assert model.similarity("The mayor came.", "He came, the mayor.") == 1.0
    assert model.similarity("The mayor came.", "He left.") == 0.0
    assert model.similarity("He left.", "He left.") == 1.0


def test_a_rule_that_keeps_its_word_passes():
    check_rule(a_rule(missed=["A [[stub]] here."]))
    check_rule(rule_of(a_rule()))


def test_marks_of_shows_what_was_found_and_what_was_wanted():
    marks, wanted, text = marks_of(rule_of(a_rule()), Example("Some [[dummy]] here."))
    assert [(mark.start, mark.end) for mark in marks] == wanted == [(5, 10)]
    assert text == "Some dummy here."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bad": ["Some [[dumm]]y."]}, "dummy-left: in 'Some dummy.' the rule must mark ['dumm'], but marks ['dummy']"),
        ({"bad": ["[[dummy]] dummy"]}, "dummy-left: in 'dummy dummy' the rule must mark ['dummy'], but marks ['dummy', 'dummy']"),
        ({"bad": ["No [[stub]] here."]}, "dummy-left: in 'No stub here.' the rule must mark ['stub'], but marks []"),
        ({"good": ["A dummy."]}, "GOOD dummy-left: in 'A dummy.' the rule must mark [], but marks ['dummy']"),
        ({"missed": ["A [[dummy]]."]}, "dummy-left: 'A [[dummy]].' is found by now: move it from MISSED to BAD"),
        ({"bad": ["Nothing."]}, "dummy-left: BAD example 'Nothing.' marks nothing"),
        ({"missed": ["A dummy."]}, "dummy-left: MISSED example 'A dummy.' marks nothing"),
    ],
)
def test_a_broken_promise_is_named(changes, message):
    with pytest.raises(AssertionError) as caught:
        check_rule(a_rule(**changes))
    assert str(caught.value) == message


def test_all_broken_promises_are_named_at_once():
    with pytest.raises(AssertionError) as caught:
        check_rule(a_rule(bad=["A [[stub]]."], good=["A dummy."]))
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("lacking", ["SEVERITY", "MQM", "BAD", "GOOD", "check"])
def test_a_module_that_is_no_rule_is_an_error_that_names_what_it_lacks(lacking):
    with pytest.raises(ConfigError, match=rf"rule 'dummy-left' .* lacks {lacking}: see"):
        rule_of(_with_file(a_rule(**{lacking: None})))


def test_a_rule_without_a_manual_page_is_an_error():
    module = _with_file(a_rule())
    module.__doc__ = None
    with pytest.raises(ConfigError, match="lacks a docstring"):
        rule_of(module)


def test_what_a_module_says_of_itself_is_the_rule():
    rule = rule_of(a_rule(PREVIEW=True, NEEDS_VECTORS="a part"))
    assert (rule.id, rule.summary, rule.manual) == ("dummy-left", "Dummy text is left.", "Dummy text is left.\n\nRemove it.")
    assert (rule.preview, rule.needs_vectors, dict(rule.options)) == (True, "a part", {"flag": False})
    assert rule.bad == (Example("Some [[dummy]] here."),)


def _with_file(module: ModuleType) -> ModuleType:
    module.__file__ = "dummy_left.py"
    return module


def test_all_rules_of_a_folder_are_checked_and_each_broken_promise_named(tmp_path):
    for name in ("dummy-left", "stub-left"):
        skeleton.write(name, tmp_path)
    check_rules(tmp_path)
    for name in ("dummy_left", "stub_left"):
        path = tmp_path / f"{name}.py"
        path.write_text(path.read_text().replace("Nothing was left", "Lorem ipsum was left"))
    with pytest.raises(AssertionError) as caught:
        check_rules(tmp_path)
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["GOOD dummy-left", "GOOD stub-left"]


def test_a_folder_that_holds_no_rule_is_an_error_and_no_test_that_passes(tmp_path):
    with pytest.raises(ConfigError, match="the folder holds no rule"):
        check_rules(tmp_path)
