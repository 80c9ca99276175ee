"""What must hold of every article, whatever it says: over all rules, the score, suppressions, baselines and fixes."""

import copy
import itertools
import sys
import unicodedata
from dataclasses import replace
from functools import cache

import pytest
import regex
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from news_for_tests import articles, feeds, nasty, paragraphs, prose, termbase, unicode_runs, unspeakable, word_vectors

from tqcheck import align, config, pipeline, score
from tqcheck.article import ARTICLE_KEYS, Article, Problem, Severity
from tqcheck.baseline import Baseline, BaselineWriter
from tqcheck.config import Options
from tqcheck.errors import ConfigError, TqcheckError
from tqcheck.fingerprint import Fingerprint, fingerprint
from tqcheck.fix import Fixer
from tqcheck.pipeline import Checker
from tqcheck.report import Summary
from tqcheck.rules import all_rules
from tqcheck.score import WEIGHTS
from tqcheck.suppress import Suppression

RULES = tuple(sorted(rule.id for rule in all_rules().values() if not rule.is_for_feeds))
PLAIN = Options(model="none", preview=True, glossary=termbase())
EACH_FIELD = ("title", "text", "source_title", "source_text", "reference_text", "url", "published", "system", "lang", "source_lang", "id")


@cache
def checker(**changes) -> Checker:
    return Checker(replace(PLAIN, **changes), measure=False)


@cache
def with_words() -> Checker:
    """A checker whose model compares words: rules that need vectors run, at no cost."""
    made = Checker(PLAIN)
    made.vectors = word_vectors()
    return made


def check(article: Article, **changes):
    return checker(**changes)(article)


def field_of(article: Article, place) -> str:
    return article.segments[place.segment] if place.field == "segments" else getattr(article, place.field)


def assert_places(report) -> None:
    for finding in report.findings:
        for place in (finding, *finding.related):
            assert 0 <= place.start <= place.end <= len(field_of(report.article, place))
            assert place.surface == field_of(report.article, place)[place.start : place.end]
        assert finding.surface


def told(report):
    return [(found.rule, found.field, found.surface.replace("\r\n", "\n")) for found in report.findings]


# -- the examples reach the rules ---------------------------------------------------------------------------------------


def test_the_articles_that_are_made_here_reach_every_rule():
    fired: dict[str, int] = dict.fromkeys(RULES, 0)

    @settings(max_examples=400, derandomize=True, database=None, phases=[Phase.generate])
    @given(articles())
    def run(article):
        for rule in {finding.rule for finding in with_words()(article).findings}:
            fired[rule] += 1

    run()
    unreached = {rule for rule, count in fired.items() if not count}
    assert unreached <= {"term-variant"}, fired  # it asks the bundled model: see below
    assert sum(fired.values()) > 400, "most examples have something to be found"


# -- every rule ---------------------------------------------------------------------------------------------------------


@given(articles())
def test_every_finding_is_a_stretch_of_its_field_and_no_rule_crashes(article):
    report = check(article)
    assert report.problems == ()
    assert_places(report)


@given(articles())
def test_the_same_with_a_model(article):
    report = with_words()(article)
    assert report.problems == ()
    assert_places(report)
    assert all(-1 <= finding.similarity <= 1 for finding in report.findings if finding.similarity is not None)


@pytest.mark.model
@settings(max_examples=25)
@given(articles(with_source=True))
def test_the_same_with_the_bundled_model(article):
    report = bundled()(article)
    assert report.problems == ()
    assert_places(report)
    assert report == bundled()(article)


@pytest.mark.model
def test_the_articles_made_of_the_examples_of_term_variant_reach_it_with_the_bundled_model():
    reached = []

    @settings(max_examples=10, derandomize=True, database=None, phases=[Phase.generate])
    @given(articles(rules=("term-variant",), hostile=False))
    def run(article):
        reached.extend(finding.rule for finding in bundled()(article).findings)

    run()
    assert reached.count("term-variant") >= 5


@cache
def bundled() -> Checker:
    return Checker(replace(PLAIN, model="bundled"))


@given(articles())
def test_checking_changes_nothing_of_the_article_and_gives_the_same_twice(article):
    before = copy.deepcopy(article)
    assert check(article) == check(article)
    assert article == before


@given(articles(with_source=False), st.data())
def test_text_without_sense_in_any_field_crashes_nothing(article, data):
    field = data.draw(st.sampled_from(EACH_FIELD))
    spoilt = replace(article, **{field: data.draw(unicode_runs | nasty) + ("" if field != "text" else article.text)})
    report = check(spoilt)
    assert not isinstance(report, Problem)
    assert report.problems == ()
    assert_places(report)


LANGUAGES = ("en", "ru", "sr", "el", "he", "ar", "hi", "th", "zh", "ja", "ko", "am")


@cache
def one_of_each_kind() -> tuple[str, ...]:
    """The first and the last character of each script and category; also of those that only a later Unicode than Python's knows."""
    first, last = {}, {}
    for char in map(chr, (*range(0xD800), *range(0xE000, sys.maxunicode + 1))):
        if not regex.match(r"\p{Cn}", char):
            name = unicodedata.name(char, f"in {ord(char) >> 8:x}").split()
            kind = (name[0] if name[0] != "CJK" else name[:2][-1], unicodedata.category(char))
            first.setdefault(kind, char)
            last[kind] = char
    return tuple(sorted({*first.values(), *last.values()}))


@pytest.mark.parametrize(
    "shape", ["{0}", "{0}{0} word", "word{0}", "B1{0}", "{0}1,000", "Кyiv{0}{0}{0}{0}{0}", "слово {0}{0}", "“a{0}”, 中{0}"]
)
def test_no_character_of_any_script_crashes_a_rule(shape):
    text = "\n".join(map(shape.format, one_of_each_kind()))
    sources = ({}, {"source_lang": "de", "source_text": text[::-1]}, {})
    for lang, source in zip(LANGUAGES, itertools.cycle(sources), strict=False):
        report = check(Article("a", text, lang=lang, **source))
        assert not isinstance(report, Problem), report
        assert report.problems == ()
        assert_places(report)


@given(articles(hostile=False), unspeakable, st.sampled_from(("title", "text", "source_text", "id", "system")))
def test_half_of_a_character_in_any_field_crashes_no_rule(article, half, field):
    """No reader lets it through, but an Article can be made by hand."""
    value = getattr(article, field) or ""
    report = check(replace(article, source_lang="de", **{field: f"{value[:9]}{half}{value[9:]}"}))
    assert not isinstance(report, Problem)
    assert report.problems == ()


@given(articles(hostile=False))
def test_line_ends_of_windows_give_the_same_findings(article):
    ends = {name: getattr(article, name).replace("\n", "\r\n") for name in ("text", "source_text") if getattr(article, name)}
    assume("\r" not in article.text)
    assert told(check(replace(article, **ends))) == told(check(article))


@given(articles(), st.sets(st.sampled_from(RULES), min_size=1, max_size=8))
def test_a_rule_finds_the_same_whatever_else_runs(article, chosen):
    everything = check(article, select=RULES).findings
    alone = check(article, select=tuple(sorted(chosen))).findings
    assert alone == tuple(found for found in everything if found.rule in chosen)


@given(articles(), st.sets(st.sampled_from(RULES), max_size=5), st.sets(st.sampled_from(RULES), max_size=5))
def test_select_and_ignore_compose(article, selected, ignored):
    assume(selected - ignored)
    both = Checker(replace(PLAIN, select=tuple(selected), ignore=tuple(ignored)), measure=False)(article)
    alone = Checker(replace(PLAIN, select=tuple(selected - ignored)), measure=False)(article)
    assert both.findings == alone.findings
    assert both.score == alone.score


@given(articles())
def test_findings_are_sorted_and_none_stands_twice(article):
    found = check(article).findings
    keys = [(["title", "text"].index(finding.field), finding.start, finding.end, finding.rule) for finding in found]
    assert keys == sorted(keys)
    assert len({(*key, finding.message) for key, finding in zip(keys, found, strict=True)}) == len(found)


# -- feeds --------------------------------------------------------------------------------------------------------------


@given(feeds(least=2, most=4), st.randoms(use_true_random=False))
def test_an_article_has_the_same_report_alone_in_a_feed_and_in_any_order(feed, random):
    alone = {article.id: Checker(PLAIN, measure=False)(article) for article in feed[:1]} | {a.id: check(a) for a in feed[1:]}
    shuffled = list(feed)
    random.shuffle(shuffled)
    together = {report.article.id: report for report in map(checker(), shuffled)}
    assert together == alone


@given(feeds(most=2), st.sampled_from(("en", "de", "uk")).flatmap(lambda lang: st.tuples(st.just(lang), prose(lang))))
def test_one_more_article_changes_nothing_of_the_others(feed, clean):
    more = Article("clean", text=clean[1], lang=clean[0])
    short, longer = (list(pipeline.check(iter(given), PLAIN, measure=False)) for given in (feed, [*feed, more]))
    assert longer[:-1] == short


# -- score --------------------------------------------------------------------------------------------------------------

severities = st.lists(st.sampled_from(Severity), max_size=12)


class Weighed:
    def __init__(self, severity):
        self.severity = severity


@given(severities, st.sampled_from(Severity), st.integers(0, 10_000))
def test_the_score_is_from_0_to_100_and_one_more_finding_never_raises_it(found, more, words):
    before, after = (
        score.score(score.penalty([Weighed(severity) for severity in given], words, WEIGHTS)) for given in (found, [*found, more])
    )
    assert 0 <= after <= before <= 100
    assert found or before == 100


@given(severities, st.integers(1, 5_000), st.integers(1, 5_000))
def test_the_same_findings_in_a_longer_text_never_lower_the_score(found, words, more):
    given = [Weighed(severity) for severity in found]
    assert score.score(score.penalty(given, words, WEIGHTS)) <= score.score(score.penalty(given, words + more, WEIGHTS))


@given(articles(), st.sampled_from(RULES))
def test_what_is_suppressed_is_counted_and_lifts_the_score(article, rule):
    everything = check(article)
    less = Checker(replace(PLAIN, suppress=(Suppression(rule, "the house says so"),)), measure=False)(article)
    assert less.findings == tuple(found for found in everything.findings if found.rule != rule)
    assert less.suppressed == len(everything.findings) - len(less.findings)
    assert less.score >= everything.score


@given(articles(), st.sampled_from(("never", *map(str, Severity))))
def test_the_verdict_follows_the_gate(article, fail_on):
    report = check(article, fail_on=fail_on)
    grave = [found for found in report.findings if fail_on != "never" and found.severity.rank >= Severity(fail_on).rank]
    assert report.verdict == ("fail" if grave else "pass")


# -- baselines and fingerprints -----------------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(feeds(most=3))
def test_a_baseline_accepts_exactly_what_was_there(tmp_path, feed):
    reports = [check(article) for article in feed]
    path = tmp_path / "baseline.json"
    with path.open("wb") as out:
        writer = BaselineWriter(out)
        for report in reports:
            writer.add(report)
        writer.close(Summary())
    baseline = Baseline(path, checker().rules)
    after = [baseline.accept(report) for report in reports]
    assert [report.findings for report in after] == [()] * len(feed)
    assert baseline.accepted == sum(len(report.findings) for report in reports)
    assert all(report.score == 100 for report in after)
    assert baseline.gone() == (0, 0)
    again = baseline.accept(reports[0])  # accepted once each, and no more
    assert len(again.findings) == len(reports[0].findings)


@given(articles(), prose("en"))
def test_a_fingerprint_stays_when_something_is_put_in_front(article, more):
    found = check(article).findings
    assume(found)
    for finding in found[:5]:
        assume(finding.field == "text")
        shift = len(more) + 2
        moved = replace(finding, start=finding.start + shift, end=finding.end + shift)
        edited = replace(article, text=f"{more}\n\n{article.text}")
        assert fingerprint(edited, moved) == fingerprint(article, finding)
        assert Fingerprint.parse(str(fingerprint(article, finding))) == fingerprint(article, finding)


# -- fix ----------------------------------------------------------------------------------------------------------------


@cache
def fixer(unsafe: bool) -> Fixer:
    return Fixer(PLAIN, unsafe=unsafe)


@given(articles(), st.booleans())
def test_fixing_changes_nothing_outside_its_edits_and_to_fix_again_changes_nothing(article, unsafe):
    fixed = fixer(unsafe)(article)
    if isinstance(fixed, Problem):
        assert "come to rest" in fixed.reason
        assume(False)
    for name in ("title", "text"):
        before, after = getattr(article, name), getattr(fixed.after, name)
        edits = fixed.edits.get((name, None), ())
        if before is None:
            assert after is None
            continue
        at, written = 0, ""
        for edit in edits:
            assert edit.start >= at
            written += before[at : edit.start] + edit.text
            at = edit.end
        assert written + before[at:] == after
    assert replace(fixed.after, title=article.title, text=article.text) == article
    again = fixer(unsafe)(fixed.after)
    assert again.after == fixed.after
    assert again.edits == {}


# -- records, configuration, alignment, metrics -------------------------------------------------------------------------

keys = st.sampled_from((*ARTICLE_KEYS, "extra key", "n"))
values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), unicode_runs, nasty, st.lists(nasty | st.integers() | st.none(), max_size=3)
)


@given(st.dictionaries(keys, values | st.dictionaries(nasty, values, max_size=2), max_size=6))
def test_any_row_is_an_article_or_a_value_error_and_an_article_is_its_own_row(row):
    try:
        article = Article.from_row(row, origin="feed.jsonl:1")
    except ValueError as error:
        assert str(error)
        return
    same = {key: getattr(article, key) for key in ARTICLE_KEYS} | dict(article.extra)
    assert Article.from_row(same, origin="feed.jsonl:1") == article


toml_values = st.recursive(
    st.one_of(
        st.booleans(), st.integers(-5, 200), st.floats(), st.sampled_from(RULES), nasty, st.dates(), st.sampled_from(("minor", "never"))
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from((*RULES[:9], "rule", "reason", "de", "files", "lang", "minor", "fail-on")) | nasty, inner, max_size=3
        )
    ),
    max_leaves=6,
)
CONFIG_KEYS = (
    "select ignore preview fail-on fail-under lang source-lang model jobs style prefer weights severity rules gate feed columns "
    "baseline device glossary"
)
config_keys = st.sampled_from(CONFIG_KEYS.split())


@given(st.dictionaries(config_keys | nasty, toml_values, max_size=4))
def test_any_configuration_is_options_or_an_error_that_says_which_key(changes):
    try:
        options = config.override(Options(), changes)
    except ConfigError as error:
        assert str(error)
        return
    except TqcheckError as error:  # a glossary that is not there
        assert "glossary" in changes
        assert str(error)
        return
    assert isinstance(options, Options)
    assert options.jobs >= 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")) | nasty.map(str.encode))
def test_any_bytes_as_a_configuration_file_are_options_or_an_error_that_names_it(tmp_path, content):
    path = tmp_path / "tqcheck.toml"
    path.write_bytes(content)
    try:
        config.load(path)
    except TqcheckError as error:
        assert str(error)


sentences = st.lists(st.sampled_from(paragraphs("en") + paragraphs("cs")) | nasty | unicode_runs, max_size=25)


@given(sentences, sentences, st.booleans())
def test_beads_have_every_sentence_of_both_sides_once_and_in_order(source, target, with_vectors):
    vectors = [word_vectors().of(side) if with_vectors and side else None for side in (source, target)]
    beads = align.align(source, target, *vectors)
    assert [index for bead in beads for index in range(bead.source_start, bead.source_end)] == list(range(len(source)))
    assert [index for bead in beads for index in range(bead.start, bead.end)] == list(range(len(target)))
    assert all(bead.source_end > bead.source_start or bead.end > bead.start for bead in beads)


@given(st.lists(st.tuples(*[st.sampled_from(paragraphs("en")) | nasty] * 2), min_size=1, max_size=3))
def test_metrics_are_those_of_sacrebleu_to_the_last_digit(found):
    import sacrebleu

    from tqcheck.metrics import reference_metrics

    ours = reference_metrics("13a")
    counts = sum(ours.counts(target, reference) for target, reference in found)
    targets, references = ([side[number] for side in found] for number in (0, 1))
    scores = ours.scores(counts)
    assert scores["bleu"] == pytest.approx(sacrebleu.corpus_bleu(targets, [references], force=True).score, abs=1e-8)
    assert scores["chrf"] == pytest.approx(sacrebleu.corpus_chrf(targets, [references]).score, abs=1e-8)
    assert scores["chrf++"] == pytest.approx(sacrebleu.corpus_chrf(targets, [references], word_order=2).score, abs=1e-8)
    assert scores["ter"] == pytest.approx(sacrebleu.corpus_ter(targets, [references]).score, abs=1e-8)
