from tqcheck.article import Problem
from tqcheck.complaints import MOST_KINDS, TOLD, Complaints


def told(*reasons):
    lines = []
    complaints = Complaints(lines.append)
    for number, reason in enumerate(reasons, 1):
        complaints.add(Problem(f"feed.jsonl:{number}", reason))
    complaints.close()
    return lines


def test_each_problem_is_told_on_one_line():
    assert told("is empty\x1b[31m", "could\nnot") == ["feed.jsonl:1: is empty\\u{1b}[31m", "feed.jsonl:2: could\\nnot"]


def test_of_one_kind_twenty_are_told_and_the_rest_counted():
    lines = told(*(f"is no valid JSON: column {number}" for number in range(TOLD + 1)))
    assert lines[-1] == "and 1 more problem"
    assert len(lines) == TOLD + 1


def test_a_thousand_broken_rows_do_not_hide_the_file_that_could_not_be_opened():
    lines = told(*(f"the id 'a{number}' was already used" for number in range(1000)), "does not exist")
    assert lines[TOLD] == "feed.jsonl:1001: does not exist"
    assert lines[-1] == "and 980 more problems like: the id 'a0' was already used"


def test_kinds_without_end_do_not_fill_the_screen():
    lines = told(*(f"{'x' * number} is wrong" for number in range(1000)))
    assert len(lines) == MOST_KINDS + TOLD + 1
    assert lines[-1] == f"and {1000 - MOST_KINDS - TOLD} more problems"
