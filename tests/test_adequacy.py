import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tqcheck import adequacy, evidence
from tqcheck.adequacy import FEATURES, REASONS, SIGNS, Adequacy
from tqcheck.config import Options
from tqcheck.embed import load_vectors
from tqcheck.read import read
from tqcheck.scoring import Scorer

SOURCE = "Die Brücke über den Fluss ist seit gestern wieder für Autos geöffnet."
GOOD = "The bridge over the river has been open to cars again since yesterday."
ROWS = [
    (SOURCE, GOOD, "de", "en"),
    (SOURCE, SOURCE, "de", "en"),
    (SOURCE, "", "de", "en"),
    (SOURCE, "The minister resigned after a vote in parliament on Monday night.", "de", "en"),
    ("Міст знову відкрито.", "The bridge is open again.", "uk", "en"),
    ("大桥昨天重新开放。", "The bridge reopened yesterday.", "zh", "en"),
    ("O ye of little faith", "Ihr Kleingläubigen", "xx", "yy"),
]


@pytest.fixture(scope="module")
def judge():
    return Adequacy(load_vectors("bundled"))


def value(judge, target, source=SOURCE):
    return judge.score(source, target, "de", "en").value


def test_a_score_lies_between_zero_and_one_and_within_its_interval(judge):
    for score in judge.score_all(ROWS):
        assert 0 <= score.low <= score.value <= score.high <= 1
        assert score.value == round(score.value, 3)


def test_a_pair_has_the_same_score_alone_as_in_a_batch_and_in_any_order(judge):
    alone = [judge.score(*row) for row in ROWS]
    assert judge.score_all(ROWS) == alone
    assert judge.score_all(ROWS[::-1]) == alone[::-1]


@pytest.mark.parametrize("nothing", ["", " ", "\n", ".", "…", "—"])
def test_no_translation_scores_zero(judge, nothing):
    assert judge.score(SOURCE, nothing, "de", "en")[:3] == (0.0, 0.0, 0.0)


def test_a_copy_of_the_source_scores_zero_whatever_its_case_and_marks(judge):
    for copy in (SOURCE, SOURCE.upper(), SOURCE.rstrip(".")):
        score = judge.score(SOURCE, copy, "de", "en")
        assert score.value == 0.0
        assert score.reasons == ("This is the source, not a translation.",)


def test_a_translation_scores_above_one_of_another_sentence(judge):
    assert value(judge, GOOD) > value(judge, ROWS[3][1]) + 0.3


@pytest.mark.parametrize(
    "worse",
    [
        "The bridge over the river river river has been open to cars again since yesterday.",
        "river the to over open again bridge cars yesterday been The since has.",
        "The bridge over the Fluss has been open to Autos again since yesterday.",
        "The bridge over the river has been geöffnet to cars again since yesterday.",
        "the bridge over the river has been open to cars again since yesterday.",
        "The bridge over the river has been open to cars again since yesterday",
        "The brigde over the rver has been open to cars again since yesterday.",
        "The bridge over the river has not been open to cars again since yesterday.",
        "Has the bridge over the river been open to cars again since yesterday?",
        "The bridge.",
    ],
)
def test_a_fault_lowers_the_score(judge, worse):
    assert value(judge, worse) < value(judge, GOOD)


def test_what_pulled_a_score_down_is_said_in_an_editor_s_words(judge):
    reasons = judge.score(SOURCE, "the bridge bridge bridge is open", "de", "en").reasons
    assert "Words are repeated." in reasons
    assert set(reasons) <= set(REASONS.values())


def test_a_good_translation_has_no_reasons(judge):
    assert judge.score(*ROWS[0]).reasons == ()


def test_every_figure_is_named_and_finite(judge):
    features = judge.score(*ROWS[0]).features
    assert set(features) == set(FEATURES)
    assert all(np.isfinite(list(features.values())))


def test_language_tags_with_a_region_are_the_same_language(judge):
    assert judge.score(SOURCE, GOOD, "de-AT", "en-GB").value == value(judge, GOOD)


def test_a_pair_that_nothing_was_learned_of_has_a_wider_interval():
    scale = [[-1.0, 0.2, 0.1, 0.4], [1.0, 0.6, 0.4, 0.8]]
    _, low, high = adequacy._read_off(0.0, scale, known=True)
    _, wider_low, wider_high = adequacy._read_off(0.0, scale, known=False)
    assert wider_low < low < high < wider_high


def test_the_scale_goes_up():
    card = json.loads((Path(str(adequacy.DATA)) / "adequacy.json").read_text("utf-8"))
    for scale in card["scale"].values():
        assert all(one[0] < other[0] and one[1] < other[1] for one, other in itertools.pairwise(scale))
    assert "MLQE-PE" in card["provenance"]


def test_the_weights_have_the_sign_that_they_must_have():
    card = json.loads((Path(str(adequacy.DATA)) / "adequacy.json").read_text("utf-8"))
    assert {name for name, weight in card["faults"].items() if weight * SIGNS.get(name, 0) < 0} == set()


def test_without_vectors_the_bundled_table_is_used(judge):
    assert Adequacy(None).score(*ROWS[0]) == judge.score(*ROWS[0])


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["en", "de", "zh", "ja", "ar", "und", "x"]))
@settings(max_examples=150, deadline=None)
def test_any_text_gets_a_score(source, target, lang):
    score = Adequacy(None).score(source, target, "en", lang)
    assert 0 <= score.low <= score.value <= score.high <= 1


def test_a_very_long_text_is_scored_in_time_and_nobody_reads_it_to_its_end():
    side = evidence.Side("word " * 200_000, "en")
    assert len(side.text) <= evidence.MAX_LETTERS


# -- the sample feed ----------------------------------------------------------------------------------------------------

FEED = Path(__file__).resolve().parent.parent / "corpora" / "sample-feed" / "feed.jsonl"
ONE_STORY = {"sf-06-mine-robots", "sf-07-robots-again"}  # two translations of one story


def test_a_copy_nothing_and_another_article_score_below_every_ordinary_translation_of_the_sample_feed(judge):
    scorer = Scorer(Options())
    articles = [scorer(article) for article in read([str(FEED)])]
    lowest = min(article.total.scores["adequacy"] for article in articles)

    def mean(article, texts):
        sources = [segment.source for segment in article.segments if segment.source]
        rows = [(source, text, article.source_lang, article.lang) for source, text in zip(sources, texts, strict=False)]
        return np.mean([score.value for score in judge.score_all(rows)])

    for article in articles:
        sources = [segment.source for segment in article.segments if segment.source]
        assert mean(article, sources) < lowest
        assert mean(article, [""] * len(sources)) == 0.0
        for other in articles:
            if other.lang == article.lang and other.id != article.id and {other.id, article.id} != ONE_STORY:
                assert mean(article, [segment.text for segment in other.segments if segment.text]) < lowest, (article.id, other.id)


@pytest.mark.parametrize(
    ("source", "target", "source_lang", "expected"),
    [
        ("Der Zug aus Wien hielt in Polen.", "The train from Vienna stopped in Poland.", "de", (0, 0)),
        ("Der Zug aus Wien hielt in Polen.", "The train from Vienna stopped.", "de", (1, 0)),
        ("Der Zug aus Wien hielt dort.", "The train from Vienna stopped in Poland.", "de", (0, 1)),
        ("Russland schwieg.", "Moscow was silent.", "de", (0, 0)),
        ("俄罗斯的会谈结束了。", "The talks ended.", "zh", (1, 0)),
    ],
)
def test_a_place_of_which_the_other_side_says_nothing_is_counted(source, target, source_lang, expected):
    found = evidence.form(evidence.Side(source, source_lang), evidence.Side(target, "en"))
    assert (found["places_lost"], found["places_added"]) == expected


@pytest.mark.parametrize(
    ("target", "lost"), [("Tehdy promluvil Nováček.", 0), ("Then he spoke.", 1), ("Then Novacek spoke.", 0), ("Тогда говорил Новачек.", 0)]
)
def test_a_name_of_the_source_is_looked_for_by_its_sound(target, lost):
    assert evidence.form(evidence.Side("Tehdy promluvil Nováček.", "cs"), evidence.Side(target, "en"))["names_lost"] == lost


def test_a_known_pair_of_languages_has_a_place_of_its_own_and_an_unknown_one_none():
    assert adequacy.pair_code("et-en", ["en-de", "et-en"]) == [0.0, 1.0]
    assert adequacy.pair_code("en-fi", ["en-de", "et-en"]) == [0.0, 0.0]
