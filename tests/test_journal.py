import json
from dataclasses import replace

import pytest
from reports_for_tests import a_report, an_article

from tqcheck.article import Problem
from tqcheck.config import Options
from tqcheck.errors import ConfigError
from tqcheck.journal import NAME, Journal, digest, page_digest, settings

SETTINGS = {"fail-on": '"minor"'}
BROKEN = Problem("feed.jsonl:2", "is no valid JSON")


def written(folder, *outcomes):
    journal = Journal(folder, SETTINGS)
    journal.begin()
    for given, outcome in outcomes:
        journal.add(given, outcome, {"json": "00"})
    journal.close(finished=False)
    return folder / NAME


def test_what_was_noted_comes_back(tmp_path):
    article = an_article(segments=None)
    changed = replace(a_report(article), article=replace(article, lang="de"))
    written(tmp_path, (article, a_report(article)), (BROKEN, BROKEN), (article, changed), (article, BROKEN))
    journal = Journal(tmp_path, SETTINGS)
    entries = list(journal.entries())
    assert [entry.given for entry in entries] == [digest(given) for given in (article, BROKEN, article, article)]
    assert [entry.of(given) for entry, given in zip(entries, (article, BROKEN, article, article), strict=True)] == [
        a_report(article),
        BROKEN,
        changed,
        BROKEN,
    ]
    assert [entry.pages for entry in entries] == [{"json": "00"}] * 4


@pytest.mark.parametrize("left", [0, 1, 10])
def test_a_line_that_was_cut_is_forgotten_and_written_again(tmp_path, left):
    article = an_article()
    path = written(tmp_path, (article, a_report(article)), (BROKEN, BROKEN))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]) + lines[2][:left])
    journal = Journal(tmp_path, SETTINGS)
    assert len(list(journal.entries())) == 1
    journal.begin()
    assert journal.is_begun
    journal.add(BROKEN, BROKEN, {"json": "00"})
    journal.close(finished=False)
    assert path.read_bytes() == b"".join(lines)


def summed(line):
    return f"{page_digest(line.encode())} {line}\n"


@pytest.mark.parametrize("changed", [b"minor", b"score", b"given", b"Kyiv"])
def test_from_a_line_that_was_damaged_on_all_is_done_anew(tmp_path, changed):
    article = an_article(title="Kyiv")
    other = replace(article, title="Kyiv, again")
    path = written(tmp_path, (article, a_report(article)), (article, replace(a_report(article), article=other)), (BROKEN, BROKEN))
    lines = path.read_bytes().splitlines(keepends=True)
    (at, *_) = [number for number, line in enumerate(lines) if changed in line]
    lines[at] = lines[at].replace(changed, changed[:-1] + b"x", 1)
    path.write_bytes(b"".join(lines))
    assert len(list(Journal(tmp_path, SETTINGS).entries())) == max(0, at - 1)


def test_a_line_whose_end_alone_is_missing_was_cut(tmp_path):
    path = written(tmp_path, (BROKEN, BROKEN))
    path.write_bytes(path.read_bytes()[:-1])
    assert list(Journal(tmp_path, SETTINGS).entries()) == []


@pytest.mark.parametrize("content", ["", "{", "[]\n", '{"journal": 99, "settings": {}}\n', '{"journal": 2, "settings": []}\n', "\0\n"])
@pytest.mark.parametrize("written_as", [str, lambda content: summed(content.removesuffix("\n"))])
def test_what_is_no_journal_is_none(tmp_path, content, written_as):
    content = written_as(content)
    (tmp_path / NAME).write_text(content)
    journal = Journal(tmp_path, SETTINGS)
    assert list(journal.entries()) == []
    journal.begin()
    journal.close(finished=False)
    assert (tmp_path / NAME).read_text() == summed(json.dumps({"journal": 2, "settings": SETTINGS}))


def test_a_planted_link_is_neither_read_nor_followed(tmp_path):
    (tmp_path / "mine").write_text(summed(json.dumps({"journal": 2, "settings": SETTINGS})))
    before = (tmp_path / "mine").read_text()
    (tmp_path / NAME).symlink_to("mine")
    journal = Journal(tmp_path, SETTINGS)
    assert list(journal.entries()) == []
    journal.begin()
    journal.close(finished=True)
    assert (tmp_path / "mine").read_text() == before
    assert not (tmp_path / NAME).exists()


def test_other_settings_are_refused_by_name(tmp_path):
    written(tmp_path)
    with pytest.raises(ConfigError, match=r"had other settings \(fail-on, lang\): give it the same ones, or leave --resume out"):
        list(Journal(tmp_path, {"fail-on": '"major"', "lang": '"de"'}).entries())


@pytest.mark.parametrize(("given", "where"), [(None, "the end of the input"), (an_article(), "feed.jsonl:1"), (BROKEN, "feed.jsonl:2")])
def test_another_input_is_refused_by_its_place(tmp_path, given, where):
    with pytest.raises(ConfigError, match=rf"--resume: {where}: the input is not the one of the run that stopped"):
        Journal(tmp_path, SETTINGS).refuse_changed(given)


@pytest.mark.parametrize(
    "change", [{"title": "x"}, {"lang": "de"}, {"origin": "x"}, {"extra": {"a": 1}}, {"id": "x"}, {"text": None, "segments": ("a",)}]
)
def test_whatever_is_changed_in_an_article_changes_its_digest(change):
    assert digest(replace(an_article(), **change)) != digest(an_article())


def test_settings_are_the_same_whatever_the_number_of_processes_and_name_what_differs():
    options = Options(model="none")
    assert settings(options) == settings(replace(options, jobs=7))
    other = settings(replace(options, fail_under=3.0), baseline="0a")
    assert {name for name, value in other.items() if settings(options).get(name) != value} == {"fail-under", "baseline"}
    json.dumps(settings(options))
