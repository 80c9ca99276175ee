"""Every rule's own examples, and what must hold of every rule on any text."""

import copy
import gc
import itertools
import time
from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rules_for_tests import RuleManners

from tqcheck import testing
from tqcheck.article import Article
from tqcheck.config import Options
from tqcheck.errors import ConfigError
from tqcheck.pipeline import Checker
from tqcheck.rules import all_rules, choose

RULES = {rule.id: rule for rule in all_rules().values() if not rule.is_for_feeds}  # the others: test_feed_rules.py
LANGS = (None, "en", "de", "fr", "cs", "uk", "ru", "zh", "ja", "ar", "he", "fi", "tr", "hi", "xx", "zh-Hant", "EN_us", "")
# A mark of one of these depends on its own line alone, so no other paragraph may add or take one.
SPAN_LOCAL = ("attribution-doubled", "markup-left", "punctuation-stray")
PIECES = (
    *(
        "Kyiv",
        "Kiev",
        "Kharkiv",
        "Kharkov",
        "Андрій Черняк",
        "Чернюк",
        "Cherniak",
        "Chernyak",
        "Sánchez",
        "Sanchez",
        "Zelenskyj",
        "Zelenskij",
    ),
    *(
        "the",
        "The",
        "of",
        "in",
        "Freedom",
        "Legion of Freedom in Russia (LSR)",
        "Legions of Freedom to Russia",
        "(RDK)",
        "(Ab1)",
        "(",
        ")",
        "()",
    ),
    *("said", "the newspaper said", "according to the newspaper", "which said", "he said", "laut dem Sprecher", "sagte", "podle agentury"),
    *(".", ",", ". ,", " .", "..", "...", "…", ",,", ";", ":", "!", "?", "?!", "-", "–", "—", "'", "’", "/", "\\", "·", "•", "|"),
    *('"', "“", "”", "„", "«", "»", "「", "」", "‘", "“Go”,", '"No",', "“It is late,” he said.", "»Ja«", "„Nein“"),
    *(
        "<b>",
        "</b>",
        "<",
        ">",
        "&amp;",
        "&",
        "&#65;",
        "{{ x }}",
        "{",
        "}",
        "'; }",
        "});",
        "ga('send');",
        "<!--",
        "[caption]",
        "[[",
        "]]",
        "$",
    ),
    *(
        "Advertisement",
        "Read also: More",
        "Photo: Reuters",
        "Reklama",
        "Anzeige",
        "illustrative photo",
        "Čtěte také:",
        "広告",
        "(AP) –",
        "LYON,",
    ),
    *("1.234", "1,234.5", "12", "3 : 2", "3.", "$.50", "٣٤", "५", "2023", "10:30", "M.", "z. B.", "U.S.", "e.g.", "i.e.", "5 p.m."),
    *(
        "北京",
        "他说",
        "。",
        "，",
        "！",
        "東京で",
        "が",
        "한국",
        "ไทย",
        "قال",
        "؟",
        "كييف",
        "שלום",
        "नमस्ते",
        "।",
        "é",
        "e\u0301",
        "ﬁ",
        "İ",
        "ß",
        "ǅ",
    ),
    *(
        "\u200b",
        "\u200d",
        "\u2060",
        "\ufeff",
        "\u202e",
        "\u00a0",
        "\u202f",
        "\u00ad",
        "\u0301",
        "🙂",
        "👩‍👩‍👧",
        "\U000e0041",
        "\x1b[31m",
        "\x07",
    ),
    *("iPhone", "Yahoo!", "example.org/a,b", "https://x.org/?a=b&c=d", "@x", "#y", "word", "word word", "This is a sentence of some words"),
)
BLANKS = (" ", " ", " ", "", "\n", "\n\n", "\t", " \n ", "\u2028", "\u0085", "\x0b")

pieces = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(BLANKS)), max_size=40).map(
    lambda found: "".join(itertools.chain(*found))
)
texts = st.one_of(
    pieces, pieces, st.text(max_size=120), st.text(st.sampled_from(".,;:!?()[]{}<>&\"“”„«»'’ \nAaBbßЖж1٣中あ\u0301\u200b-–"), max_size=80)
)
langs = st.sampled_from(LANGS)
unbroken = st.sampled_from(PIECES).filter(lambda piece: not piece.startswith(("<!--", ";", "}")))  # code that may go on in the next line
lines = st.lists(unbroken, min_size=1, max_size=12).map(" ".join).map(str.strip).filter(bool)
paragraphs = st.lists(lines, min_size=1, max_size=6)


@cache
def checker(*select: str) -> Checker:
    return Checker(Options(select=select, model="none"), measure=False)


def check(article: Article, *select: str):
    return checker(*select)(article)


def an_article(text, title=None, lang=None) -> Article:
    assume(text.strip())
    return Article("a1", text=text, title=title, lang=lang)


def field_of(article: Article, place) -> str:
    return article.segments[place.segment] if place.field == "segments" else getattr(article, place.field)


def told(report, *rules: str):
    return [(found.rule, found.surface.replace("\r\n", "\n")) for found in report.findings if not rules or found.rule in rules]


# -- the examples that a rule brings ------------------------------------------------------------------------------------


def examples(kind: str):
    return [
        pytest.param(rule, example, id=f"{rule.id}-{number}")
        for rule in RULES.values()
        for number, example in enumerate(getattr(rule, kind), 1)
    ]


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_a_bad_example_is_marked_exactly(rule, example):
    assert testing.article_of(example)[1], "a BAD example marks what must be found"
    assert testing.failure(rule, example) is None


@pytest.mark.parametrize(("rule", "example"), examples("good"))
def test_a_good_example_is_not_marked(rule, example):
    assert not testing.article_of(example)[1], "a GOOD example has no marks"
    assert testing.failure(rule, example) is None


@pytest.mark.parametrize(("rule", "example"), examples("missed"))
@pytest.mark.xfail(strict=True, reason="the rule's known limits: one that is found by now belongs in BAD")
def test_a_missed_example_is_still_missed(rule, example):
    assert testing.failure(rule, example) is None


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES.values()])
class TestRule(RuleManners):
    def test_its_missed_examples_say_what_should_be_found(self, rule):
        assert all(testing.article_of(example)[1] for example in rule.missed)

    def test_each_finding_on_a_bad_example_speaks_to_an_editor(self, rule):
        for example in rule.bad:
            for mark in testing.marks_of(rule, example)[0]:
                assert mark.message[0].isupper() or mark.message[0] in '“"'
                assert mark.message.endswith(".")
                assert 0 < mark.confidence <= 1
                assert mark.start < mark.end


# -- the shelf ----------------------------------------------------------------------------------------------------------


def test_rules_are_named_after_their_files_and_come_in_alphabetical_order():
    assert list(RULES) == sorted(RULES)
    assert {rule.check.__module__ for rule in RULES.values()} == {f"tqcheck.rules.{rule.replace('-', '_')}" for rule in RULES}


def test_the_nine_first_rules_are_there():
    promised = "headline-repeated attribution-doubled name-variant quote-style-mixed acronym-mismatch boilerplate-left markup-left"
    assert set(RULES) >= {*promised.split(), "punctuation-stray", "sentence-broken"}


def test_without_a_selection_all_stable_rules_run_and_with_preview_all():
    assert [rule.id for rule in choose()] == [rule.id for rule in RULES.values() if not rule.preview]
    assert [rule.id for rule in choose(preview=True)] == list(RULES)


def test_ignore_takes_away_from_select():
    chosen = choose(["name-variant", "markup-left"], ["name-variant"])
    assert [rule.id for rule in chosen] == ["markup-left"]


@pytest.mark.parametrize("option", ["select", "ignore"])
def test_an_unknown_rule_is_an_error_that_names_the_near_one(option):
    with pytest.raises(ConfigError, match=r"^unknown rule 'headline-repeat': did you mean 'headline-repeated'\?$"):
        choose(**{option: ["headline-repeat"]})


def test_taking_all_rules_away_is_an_error():
    with pytest.raises(ConfigError, match="no rule is left to run"):
        choose(ignore=list(RULES))


# -- what holds of every rule, on any text ------------------------------------------------------------------------------


@given(texts, st.none() | texts, langs)
def test_every_finding_covers_what_its_offsets_say_and_no_rule_crashes(text, title, lang):
    article = an_article(text, title, lang)
    report = check(article)
    assert report.problems == ()
    for finding in report.findings:
        for place in (finding, *finding.related):
            field = field_of(article, place)
            assert 0 <= place.start <= place.end <= len(field)
            assert place.surface == field[place.start : place.end]
        assert finding.surface, "a finding covers something"


@given(st.lists(texts, min_size=1, max_size=5), st.none() | texts, langs)
def test_in_segments_every_finding_stays_within_its_segment(segments, title, lang):
    article = Article("a1", segments=tuple(segments), title=title, lang=lang)
    report = check(article)
    assert report.problems == ()
    for place in (place for finding in report.findings for place in (finding, *finding.related)):
        assert place.surface == field_of(article, place)[place.start : place.end]


@given(texts, st.none() | texts, langs)
def test_checking_twice_gives_the_same_report_and_leaves_the_article_alone(text, title, lang):
    article = an_article(text, title, lang)
    before = copy.deepcopy(article)
    assert check(article) == check(article)
    assert article == before


@given(texts, st.none() | texts, langs, st.sets(st.sampled_from(sorted(RULES)), min_size=1))
def test_a_rule_finds_the_same_whatever_other_rules_run(text, title, lang, chosen):
    article = an_article(text, title, lang)
    everything = check(article, *sorted(RULES)).findings
    assert check(article, *sorted(chosen)).findings == tuple(found for found in everything if found.rule in chosen)


@given(texts, st.none() | texts, langs)
def test_findings_are_sorted_by_place_and_then_by_rule(text, title, lang):
    found = check(an_article(text, title, lang)).findings
    keys = [(["title", "text"].index(finding.field), finding.start, finding.end, finding.rule) for finding in found]
    assert keys == sorted(keys)


@given(texts, langs)
def test_line_ends_of_windows_give_the_same_findings(text, lang):
    assume("\r" not in text)
    unix, windows = (check(an_article(content, lang=lang)) for content in (text, text.replace("\n", "\r\n")))
    assert told(unix) == told(windows)


@given(paragraphs, lines, st.sampled_from(("en", "de", "cs", "uk", "zh", "fr")))
def test_segments_give_the_findings_of_the_same_text_in_paragraphs(found, title, lang):
    whole = check(Article("a1", text="\n\n".join(found), title=title, lang=lang))
    parts = check(Article("a1", segments=tuple(found), title=title, lang=lang))
    assert told(parts) == told(whole)


@given(paragraphs, st.sampled_from(("en", "de", "cs", "uk")))
def test_a_clean_paragraph_at_the_end_changes_no_finding_of_a_rule_that_reads_single_lines(found, lang):
    text = "\n\n".join([*found, "word word"])
    one = check(Article("a1", text=text, lang=lang))
    longer = check(Article("a1", text=f"{text}\n\nThis paragraph has nothing to say.", lang=lang))
    assert told(longer, *SPAN_LOCAL) == told(one, *SPAN_LOCAL)


@given(texts, st.sampled_from(("\ud800", "\udfff", "\x00")))
def test_what_no_reader_lets_through_does_not_crash_a_rule_either(text, unspeakable):
    report = check(Article("a1", text=f"{text}{unspeakable}{text}", lang="en"))
    assert report.problems == ()


def test_a_comment_that_opens_in_one_segment_does_not_reach_into_the_next():
    report = check(Article("a1", segments=("He said <!-- so.", "Then 2 > 1 held."), lang="en"))
    assert report.findings == ()


def test_no_mojibake_is_marked_over_the_end_of_a_line():
    assert told(check(Article("a1", text="Kyiv\x85Kyiv\nKyiv\x85", lang="en"), "mojibake")) == [
        ("mojibake", "Kyiv\x85Kyiv"),
        ("mojibake", "Kyiv\x85"),
    ]


def test_a_foreign_word_is_found_in_segments_as_in_a_text():
    found = ("( 東京で Kyiv Kyiv Kyiv according to the newspaper . . , Reklama 👩\u200d👩\u200d👧 word word", "( 東京で )")
    whole, parts = (check(Article("a1", lang="en", **body), "script-mixed") for body in ({"text": "\n\n".join(found)}, {"segments": found}))
    assert told(parts) == told(whole)


def test_debris_at_the_head_of_the_text_is_not_found_at_the_end_of_the_title():
    report = check(Article("a1", title="Kyiv", text="; } said he.", lang="en"), "markup-left")
    assert [(found.field, found.start, found.end, found.surface) for found in report.findings] == [("text", 0, 3, "; }")]


# -- time ---------------------------------------------------------------------------------------------------------------

PUMPS = (
    *("a", "A", "1", "中", "\u0301", "\u200b", "_", "-", "@", " ", "\n", "\n\n", "\t", ".", ". ", " .", ",", "(", "[", "“", "«", "|", "$"),
    *("(A", "<a ", "</", "<!--", "&a", "{{", "{%", '"a ', "a.b", "a(", "a@", "a.", "A. ", "$a.", "1.", "1 ", "中。", "A'", "Ab-", "a-"),
    *(
        "A b\n\n",
        "Ab ",
        "Ab of ",
        "the Ab of the ",
        "Ab (AB) ",
        "he said, ",
        "Kyiv Kiev ",
        "var a",
        "Photo: ",
        "www.",
        "“a” ",
        "abcdef., b ",
    ),
)


def seconds(rule: str, pump: str, letters: int) -> float:
    article = Article("a1", text=(pump * letters)[:letters], title="A title of four words", lang="en")
    gc.disable()  # a collection walks over all that other tests left
    try:
        started = time.process_time()
        assert check(article, rule).problems == ()
        return time.process_time() - started
    finally:
        gc.enable()


@pytest.mark.parametrize("rule", sorted(RULES))
def test_four_times_the_text_takes_about_four_times_as_long(rule):
    """A pattern that tries again from every place takes sixteen times as long: minutes for a megabyte without a blank."""
    for pump in PUMPS:
        longer = seconds(rule, pump, 20_000)
        assert longer < 0.15 or longer < 9 * seconds(rule, pump, 5_000), pump
