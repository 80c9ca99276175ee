import json

import pytest

from tqcheck.config import Options
from tqcheck.errors import ReadError
from tqcheck.evaluate import RuleResult, evaluate

PLAIN = Options(model="none")
TEXTS = {
    "a": "He left Kyiv on Monday. The train from Kiev was late. In Kyiv it rained.",
    "b": "The minister <b>denied</b> it. He denied denied it.",
    "c": "The price &amp; the value.",
}


def label(article, rule, surface, **changes):
    start = TEXTS[article].index(surface)
    return {
        "feed": "../feed/feed.jsonl",
        "article": article,
        "rule": rule,
        "field": "text",
        "segment": None,
        "start": start,
        "end": start + len(surface),
        "surface": surface,
    } | changes


def write(tmp_path, *labels):
    (tmp_path / "feed").mkdir(exist_ok=True)
    (tmp_path / "gold").mkdir(exist_ok=True)
    rows = [{"id": name, "lang": "en", "text": text} for name, text in TEXTS.items()]
    (tmp_path / "feed" / "feed.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = tmp_path / "gold" / "one.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in labels))
    return path


LABELS = (
    label("a", "name-variant", "Kiev"),
    label("b", "markup-left", "<b>denied"),
    label("b", "no-such-rule", "denied denied"),
    label("c", "name-variant", "price"),
)


def test_labels_are_counted_against_findings(tmp_path):
    result = evaluate([str(write(tmp_path, *LABELS))], PLAIN)
    assert result.articles == 3
    assert {rule: found for rule, found in result.rules.items() if rule != "word-doubled"} == {
        "name-variant": RuleResult(labels=2, found=1, findings=1, right=1),
        "markup-left": RuleResult(labels=1, found=1, findings=3, right=1),
        "no-such-rule": RuleResult(labels=1, found=0),
    }
    assert [(missed.article, missed.surface) for missed in result.missed] == [("b", "denied denied"), ("c", "price")]
    assert [(found.article, found.surface) for found in result.false_alarms] == [("b", "</b>"), ("c", "&amp;")]
    assert result.problems == []


def test_the_total_counts_the_rules_that_ran(tmp_path):
    path = write(tmp_path, *LABELS)
    assert evaluate([str(path)], Options(model="none", select=("name-variant", "markup-left"))).total() == RuleResult(3, 2, 4, 2)
    assert evaluate([str(path)], Options(model="none", select=("name-variant",))).total() == RuleResult(2, 1, 1, 1)


def test_a_finding_whose_other_place_was_labelled_is_right(tmp_path):
    result = evaluate([str(write(tmp_path, label("a", "name-variant", "Kyiv")))], Options(model="none", select=("name-variant",)))
    assert result.rules["name-variant"] == RuleResult(labels=1, found=1, findings=1, right=1)


def test_a_label_in_another_field_or_segment_is_not_touched(tmp_path):
    labels = [label("a", "name-variant", "Kiev", field="title"), label("a", "name-variant", "Kiev", field="segments", segment=0)]
    result = evaluate([str(write(tmp_path, *labels))], Options(model="none", select=("name-variant",)))
    assert result.rules["name-variant"] == RuleResult(labels=2, found=0, findings=1, right=0)


def test_shares_are_none_where_there_is_nothing_to_share():
    assert (RuleResult().recall, RuleResult().precision) == (None, None)
    assert (RuleResult(4, 1, 2, 1).recall, RuleResult(4, 1, 2, 1).precision) == (0.25, 0.5)


def test_the_table_says_what_was_missed_and_what_was_wrong(tmp_path):
    result = evaluate([str(write(tmp_path, *LABELS))], Options(model="none", select=("name-variant", "markup-left")))
    lines = list(result.lines())
    assert [line.split()[:7] for line in lines[1:5]] == [
        ["markup-left", "1", "1", "1.00", "3", "1", "0.33"],
        ["name-variant", "2", "1", "0.50", "1", "1", "1.00"],
        ["no-such-rule", "1", "0", "0.00", "0", "0", "-"],
        ["all", "rules", "that", "ran", "3", "2", "0.67"],
    ]
    assert lines[3].endswith("(no such rule yet)")
    assert lines[5] == "missed  c  name-variant  'price'"
    assert [line.split("  ")[:4] for line in lines[6:]] == [
        ["false   b", "markup-left", "'</b>': “</b>” is an HTML tag, not text."],
        ["false   c", "markup-left", "'&amp;': “&amp;” is an HTML character reference, not text."],
    ] or all(line.startswith("false   ") for line in lines[6:])
    assert list(result.lines(details=False)) == lines[:5]


def test_a_folder_is_all_its_gold_files(tmp_path):
    path = write(tmp_path, LABELS[0])
    (path.parent / "two.jsonl").write_text(json.dumps(LABELS[1]) + "\n\n")
    result = evaluate([str(path.parent)], Options(model="none", select=("name-variant", "markup-left")))
    assert result.total().labels == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no labels found"),
        ("{}\n", r"one.jsonl:1: is not a label: KeyError"),
        ("\n[]\n", r"one.jsonl:2: is not a label: TypeError"),
        ("nonsense", r"one.jsonl:1: is not a label: JSONDecodeError"),
    ],
)
def test_a_file_that_holds_no_labels_is_an_error_that_names_file_and_line(tmp_path, content, reason):
    path = write(tmp_path)
    path.write_text(content)
    with pytest.raises(ReadError, match=reason):
        evaluate([str(path)], PLAIN)


def test_a_gold_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ReadError, match="there is no such file"):
        evaluate([str(tmp_path / "none.jsonl")], PLAIN)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00"])
def test_a_gold_file_that_is_not_utf_8_is_an_error_of_ours(tmp_path, content):
    path = write(tmp_path)
    path.write_bytes(content)
    with pytest.raises(ReadError):
        evaluate([str(path)], PLAIN)


def test_a_feed_that_is_not_there_is_a_problem_and_no_silence(tmp_path):
    path = write(tmp_path, {**LABELS[0], "feed": "none.jsonl"})
    result = evaluate([str(path)], PLAIN)
    assert result.articles == 0
    assert len(result.problems) == 1


def test_two_feeds_may_use_the_same_ids(tmp_path):
    path = write(tmp_path, label("a", "name-variant", "Kiev"))
    (tmp_path / "feed" / "other.jsonl").write_text(json.dumps({"id": "a", "lang": "en", "text": "All is well in the town of Lund."}) + "\n")
    other = label("a", "name-variant", "Kiev", feed="../feed/other.jsonl")
    path.write_text(json.dumps(LABELS[0]) + "\n" + json.dumps(other) + "\n")
    assert evaluate([str(path)], Options(model="none", select=("name-variant",))).rules["name-variant"].found == 1
