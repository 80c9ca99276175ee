import numpy as np
import pytest

from tqcheck import metrics
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, SegmentReport, Similarities
from tqcheck.calibration import Thresholds
from tqcheck.embed import Vectors

DIRECTIONS = {
    "Headline": (1.0, 0.0),
    "Titel": (1.0, 0.0),
    "One stands.": (1.0, 0.0),
    "Two stands.": (0.6, 0.8),
    "Three.": (0.0, 1.0),
    "Eins.": (0.6, 0.8),
    "Zwei.": (0.0, 1.0),
    "Drei.": (-1.0, 0.0),
}


def annotated(**fields) -> AnnotatedArticle:
    vectors = Vectors(
        "plane",
        lambda texts: np.array([DIRECTIONS[text] for text in texts]),
        Thresholds(same=0.9, possibly=0.8, unrelated=0.1),
        independent=True,
    )
    return AnnotatedArticle(Article("a1", lang="en", **fields), vectors)


def test_each_line_is_compared_with_source_headline_and_the_other_lines():
    article = annotated(
        title="Headline",
        segments=("One stands.", "Two stands.", "Three."),
        source_title="Titel",
        source_segments=("Eins.", "Zwei.", "Drei."),
    )
    similarity, segments = metrics.similarities(article)
    assert segments == (
        SegmentReport("title", None, 0, 8, "headline", "Headline", "Titel", 1.0, None, None, 1.0),
        SegmentReport("segments", 0, 0, 11, "body", "One stands.", "Eins.", 0.6, None, 1.0, 1.0),
        SegmentReport("segments", 1, 0, 11, "body", "Two stands.", "Zwei.", 0.8, None, 0.6, 0.8),
        SegmentReport("segments", 2, 0, 6, "body", "Three.", "Drei.", 0.0, None, 0.0, 0.8),
    )
    body = np.array([1.6, 1.8]) / np.hypot(1.6, 1.8)
    assert similarity == Similarities(headline_body=round(body[0], 3), source_target=round((0.6 + 0.8 + 0.0) / 3, 3), redundancy=1.0)


def test_a_source_without_segments_is_compared_as_a_whole():
    similarity, segments = metrics.similarities(annotated(title="Headline", text="One stands.\n\nThree.", source_text="Zwei.\n\n"))
    assert similarity.source_target == round(0.5 / np.hypot(0.5, 0.5), 3)
    assert [(segment.text, segment.source) for segment in segments] == [("Headline", None), ("One stands.", None), ("Three.", "Zwei.")]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"text": "Three."}, Similarities(None, None, None)),
        ({"title": "Headline", "text": "Three."}, Similarities(0.0, None, 0.0)),
        ({"title": "Headline", "text": "Three.", "source_text": " "}, Similarities(0.0, None, 0.0)),
        ({"title": "Headline", "text": ""}, Similarities(None, None, None)),
        ({"text": "One stands.\n\nOne stands."}, Similarities(None, None, 1.0)),
    ],
)
def test_what_there_is_nothing_to_compare_with_is_none(fields, wanted):
    assert metrics.similarities(annotated(**fields))[0] == wanted


def test_without_a_model_lines_are_listed_and_nothing_is_measured():
    article = AnnotatedArticle(Article("a1", title="T", segments=("One.", "Two."), source_segments=("Eins.", "Zwei."), lang="en"))
    similarity, segments = metrics.similarities(article)
    assert similarity == Similarities()
    assert [(segment.text, segment.source, segment.similarity, segment.repeats) for segment in segments] == [
        ("T", None, None, None),
        ("One.", "Eins.", None, None),
        ("Two.", "Zwei.", None, None),
    ]


def test_offsets_of_lines_are_those_of_their_field():
    text = "Headline\n\n  One stands.  \nThree.\n"
    for segment in metrics.similarities(annotated(text=text))[1]:
        assert text[segment.start : segment.end] == segment.text


def test_a_long_article_is_compared_within_its_first_lines(monkeypatch):
    monkeypatch.setattr(metrics, "MAX_LINES", 2)
    _, segments = metrics.similarities(annotated(text="Two stands.\nThree.\nThree."))
    assert [segment.repeats for segment in segments] == [0.8, 0.8, None]
