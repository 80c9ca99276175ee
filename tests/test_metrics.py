import json
import subprocess
import sys

import numpy as np
import pytest
from translations_for_tests import TRANSLATIONS

from tqcheck import metrics, scoring
from tqcheck.adequacy import Score
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article, Problem, SegmentReport, Similarities
from tqcheck.calibration import Thresholds
from tqcheck.config import Options
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


# -- adequacy, and what each line was made from -------------------------------------------------------------------------


class ByLength:
    """Says of a pair how long source and translation are together, in hundredths."""

    def score(self, source, target, source_lang, lang):
        assert (source_lang, lang) == ("de", "en")
        return Score((len(source) + len(target)) / 100, 0.0, 1.0, {}, ())


def lines_of(article: Article) -> list[tuple]:
    _, segments = metrics.similarities(AnnotatedArticle(article), ByLength())
    return [
        (segment.field, segment.segment, segment.start, segment.end, segment.text, segment.source, segment.adequacy) for segment in segments
    ]


def test_each_segment_is_told_with_its_source_and_an_empty_translation_too():
    article = Article(
        "a1",
        lang="en",
        source_lang="de",
        segments=("The dog sleeps.", " ", "It rains."),
        source_segments=("Der Hund schläft.", "Keiner weckt ihn.", "Es regnet."),
    )
    assert lines_of(article) == [
        ("segments", 0, 0, 15, "The dog sleeps.", "Der Hund schläft.", 0.32),
        ("segments", 1, 0, 0, "", "Keiner weckt ihn.", 0.18),
        ("segments", 2, 0, 9, "It rains.", "Es regnet.", 0.19),
    ]


def test_a_line_of_an_unaligned_text_is_told_with_the_sentences_it_was_made_from():
    article = Article(
        "a1",
        lang="en",
        source_lang="de",
        text="In 1994 Anna Berg sold 12 boats. The price was 3,500 euros.\n\nIn 2003 she bought 48 cars from Volvo.",
        source_text="1994 verkaufte Anna Berg 12 Boote. Der Preis war 3.500 Euro.\n\n"
        "Peter Holm, 77, wohnt seit 1961 in Hamburg und schreibt dort Gedichte.\n\n2003 kaufte sie 48 Autos von Volvo.",
    )
    assert [(line[4], line[5]) for line in lines_of(article)] == [
        ("In 1994 Anna Berg sold 12 boats. The price was 3,500 euros.", "1994 verkaufte Anna Berg 12 Boote. Der Preis war 3.500 Euro."),
        ("", "Peter Holm, 77, wohnt seit 1961 in Hamburg und schreibt dort Gedichte."),
        ("In 2003 she bought 48 cars from Volvo.", "2003 kaufte sie 48 Autos von Volvo."),
    ]


def test_the_lines_of_a_segment_are_judged_by_the_whole_segment():
    article = Article("a1", lang="en", source_lang="de", segments=("It rains.\nIt pours.",), source_segments=("Es regnet. Es gießt.",))
    assert [line[4:] for line in lines_of(article)] == [
        ("It rains.", "Es regnet. Es gießt.", 0.39),
        ("It pours.", "Es regnet. Es gießt.", 0.39),
    ]


def test_a_segment_is_judged_once_however_many_lines_it_has(monkeypatch):
    judged = []
    score = ByLength.score

    def counted(self, source, target, *langs):
        judged.append((source, target))
        return score(self, source, target, *langs)

    monkeypatch.setattr(ByLength, "score", counted)
    text, source = ("\n".join(f"{line} {number}." for number in range(30)) for line in ("It rains", "Es regnet"))
    article = Article("a1", lang="en", source_lang="de", segments=(text, "It pours."), source_segments=(source, "Es gießt."))
    assert len(lines_of(article)) == 31
    assert judged == [(source, text), ("Es gießt.", "It pours.")]


def test_the_title_of_the_source_is_not_missing_from_a_translation_without_titles():
    article = Article("a1", lang="en", source_lang="de", segments=("It rains.",), source_segments=("Es regnet.",), source_title="Wetter")
    assert [line[5] for line in lines_of(article)] == ["Es regnet."]


# -- scores by a reference ----------------------------------------------------------------------------------------------

PRINTED = {"bleu": ("bleu",), "chrf": ("chrf",), "chrf++": ("chrf", "--chrf-word-order", "2"), "ter": ("ter",)}


def sacrebleu(tmp_path, lang, *options) -> dict:
    """What sacrebleu's command line says of the translations."""
    files = [tmp_path / name for name in ("translation", "reference")]
    for number, file in enumerate(files):
        file.write_text("".join(pair[number] + "\n" for pair in TRANSLATIONS[lang]), encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", files[1], "-i", files[0], "--width", "14", "--force", *options]
    return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)


def scored(lang: str, **more) -> scoring.ArticleScores:
    translations, references = zip(*TRANSLATIONS[lang], strict=True)
    article = Article("a1", lang=lang, segments=translations, reference_segments=references, **more)
    return scoring.Scorer(Options(model="none"))(article)


@pytest.mark.parametrize("lang", TRANSLATIONS)
@pytest.mark.parametrize("name", metrics.METRICS)
def test_scores_and_signatures_are_those_of_sacrebleu_s_command_line(tmp_path, lang, name):
    tokenizer = ("--tokenize", metrics.tokenizer(lang)) if name == "bleu" else ()
    printed = sacrebleu(tmp_path, lang, "--metrics", *PRINTED[name], *tokenizer)
    assert float(f"{scored(lang).total.scores[name]:.14f}") == printed["score"]
    assert metrics.signatures(lang)[name] == printed["signature"]


@pytest.mark.parametrize("name", metrics.METRICS)
def test_intervals_are_those_of_sacrebleu_s_command_line(tmp_path, name):
    printed = sacrebleu(tmp_path, "en", "--metrics", *PRINTED[name], "--confidence")
    low, high = scored("en").total.intervals[name]
    assert (high - low) / 2 == pytest.approx(printed["confidence_var"], rel=1e-5)  # sacrebleu adds in single precision


@pytest.mark.parametrize("name", metrics.METRICS)
def test_scores_of_a_segment_are_those_of_sacrebleu_sentence_by_sentence(tmp_path, name):
    files = [tmp_path / file for file in ("translation", "reference")]
    for number, file in enumerate(files):
        file.write_text("".join(pair[number] + "\n" for pair in TRANSLATIONS["en"]), encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", files[1], "-i", files[0], "-w", "9", "-b", "--sentence-level", "-m", *PRINTED[name]]
    printed = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout.split()
    assert [f"{segment.scores[name]:.9f}" for segment in scored("en").segments] == printed


def test_the_tokenizer_of_bleu_fits_the_target_language():
    assert [metrics.tokenizer(lang) for lang in ("en", "zh", "zh-Hant-TW", "th", "xx")] == ["13a", "zh", "zh", "char", "13a"]
    assert metrics.tokenizer("ja") in {"ja-mecab", "char"}
    assert metrics.tokenizer("ko") in {"ko-mecab", "13a"}


def test_a_reference_text_is_compared_with_the_text_as_a_whole():
    translations, references = zip(*TRANSLATIONS["de"], strict=True)
    whole = scoring.Scorer(Options(model="none"))(
        Article("a1", lang="de", text="\n\n".join(translations), reference_text=" ".join(references))
    )
    assert (whole.segments, whole.total.intervals) == ((), {})
    together = metrics.reference_metrics("13a").counts(" ".join(translations), " ".join(references))
    assert whole.total.scores == metrics.reference_metrics("13a").scores(together)


def test_ter_is_not_attempted_where_it_would_take_minutes():
    words = " ".join(f"w{number}" for number in range(5000))
    long = scoring.Scorer(Options(model="none"))(
        Article("a1", lang="en", segments=(words, "It rains."), reference_segments=(words[::-1], "It rains."))
    )
    assert [segment.scores["ter"] for segment in long.segments] == [None, 0.0]
    assert long.total.scores["ter"] is None
    assert long.total.scores["bleu"] is not None
    assert "ter" not in long.total.intervals


def test_an_article_with_nothing_to_compare_with_is_a_problem():
    for article in (Article("a1", text="One."), Article("a1", text="One.", source_text=" "), Article("a1", text="One.", reference_text="")):
        assert scoring.Scorer(Options(model="none"))(article) == Problem(
            "a1", "has neither a source nor a reference: there is nothing to score it by"
        )
