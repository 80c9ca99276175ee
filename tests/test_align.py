"""align.py: which sentences stand for which."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tqcheck import align
from tqcheck.align import Bead
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article
from tqcheck.embed import load_vectors

SENTENCES = st.lists(st.text(max_size=30), max_size=12)


def meanings(*numbers):
    """Vectors of texts that mean the same when their numbers are equal, and have nothing in common else."""
    return np.eye(400, dtype=np.float32)[list(numbers)]


def texts(count, letters=40):
    return [chr(ord("a") + index % 26) * letters for index in range(count)]


def test_sentences_in_the_same_order_are_paired_one_to_one():
    assert align.align(texts(4), texts(4), meanings(0, 1, 2, 3), meanings(0, 1, 2, 3)) == [Bead(i, i + 1, i, i + 1) for i in range(4)]


def test_a_sentence_left_out_of_the_translation_stands_alone():
    found = align.align(texts(4), texts(3), meanings(0, 1, 2, 3), meanings(0, 1, 3))
    assert found == [Bead(0, 1, 0, 1), Bead(1, 2, 1, 2), Bead(2, 3, 2, 2), Bead(3, 4, 2, 3)]


def test_a_sentence_that_the_source_lacks_stands_alone():
    found = align.align(texts(3), texts(4), meanings(0, 1, 3), meanings(0, 1, 2, 3))
    assert found == [Bead(0, 1, 0, 1), Bead(1, 2, 1, 2), Bead(2, 2, 2, 3), Bead(2, 3, 3, 4)]


def test_two_sentences_that_became_one_are_one_bead():
    both = (meanings(1) + meanings(2)) / np.sqrt(2)
    found = align.align(texts(4), ["a" * 40, "b" * 80, "d" * 40], meanings(0, 1, 2, 3), np.vstack([meanings(0), both, meanings(3)]))
    assert found == [Bead(0, 1, 0, 1), Bead(1, 3, 1, 2), Bead(3, 4, 2, 3)]


def test_a_sentence_replaced_by_another_is_paired_with_it():
    assert align.align(texts(3), texts(3), meanings(0, 1, 2), meanings(0, 9, 2))[1] == Bead(1, 2, 1, 2)


def test_without_a_model_figures_and_names_hold_the_alignment():
    source = [
        "Petr Novák, 43, bydlí v Brně.",
        "Do práce jezdí každý den na kole podél řeky.",
        "Volejte 545 112.",
        "Ostrava má 285 000 obyvatel.",
    ]
    target = ["Petr Novák, 43, lives in Brno.", "Call 545 112.", "Ostrava has 285 000 people."]
    found = align.align(source, target, None, None)
    assert found[-2:] == [Bead(2, 3, 1, 2), Bead(3, 4, 2, 3)]


@pytest.mark.parametrize(("source", "target"), [([], []), (["a"], []), ([], ["a", "b"]), (["a"], ["b"])])
def test_an_empty_side_leaves_the_other_alone(source, target):
    assert covers(align.align(source, target, None, None), len(source), len(target))


@given(SENTENCES, SENTENCES)
@settings(max_examples=200, deadline=None)
def test_every_sentence_is_in_exactly_one_bead(source, target):
    assert covers(align.align(source, target, None, None), len(source), len(target))


@given(st.integers(170, 700), st.sets(st.integers(0, 690), max_size=40))
@settings(max_examples=20, deadline=None)
def test_a_long_text_with_sentences_left_out_is_aligned_near_the_coarse_path(count, dropped):
    kept = [index for index in range(count) if index not in dropped]
    vectors = np.random.default_rng(1).normal(size=(count, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = align.align(texts(count), [texts(count)[index] for index in kept], vectors, vectors[kept])
    assert covers(found, count, len(kept))
    right = {(index, kept.index(index)) for index in kept}
    pairs = {(i, j) for bead in found for i in range(bead.source_start, bead.source_end) for j in range(bead.start, bead.end)}
    assert len(pairs & right) >= 0.95 * len(right)


def test_time_and_memory_grow_with_the_length_of_the_text_and_not_with_its_square():
    cells = {}
    for count in (1000, 4000):
        vectors = np.tile(np.eye(50, dtype=np.float32), (count // 50, 1))
        began = time.process_time()
        assert len(align.align(texts(count), texts(count), vectors, vectors)) == count
        cells[count] = time.process_time() - began
    assert cells[4000] < 10 * cells[1000]


def covers(beads, sources, targets):
    source = [index for bead in beads for index in range(bead.source_start, bead.source_end)]
    target = [index for bead in beads for index in range(bead.start, bead.end)]
    return source == list(range(sources)) and target == list(range(targets))


# -- as the article shows it ----------------------------------------------------------------------------------------------


def annotated(**fields):
    return AnnotatedArticle(Article("a", lang="en", source_lang="de", **fields), load_vectors())


def test_parallel_segments_are_pairs_as_they_are_given():
    article = annotated(segments=("One. Two.", "", "Four."), source_segments=("Eins. Zwei.", "Drei.", "Vier."))
    assert [(pair.target, pair.source) for pair in article.pairs] == [("One. Two.", "Eins. Zwei."), ("", "Drei."), ("Four.", "Vier.")]


def test_within_a_segment_sentences_are_paired():
    article = annotated(
        segments=("A storm hit Lyon on Monday. Two people died.",),
        source_segments=("Ein Sturm traf am Montag Lyon. Zwei Menschen starben.",),
    )
    assert [(pair.target, pair.source) for pair in article.sentence_pairs] == [
        ("A storm hit Lyon on Monday.", "Ein Sturm traf am Montag Lyon."),
        ("Two people died.", "Zwei Menschen starben."),
    ]


def test_an_unaligned_text_is_paired_by_paragraphs_and_by_sentences():
    article = annotated(
        title="Storm hits Lyon",
        source_title="Sturm trifft Lyon",
        text="A storm hit Lyon on Monday. Two people died.\n\nThe mayor spoke. He was sad.",
        source_text="Ein Sturm traf am Montag Lyon. Zwei Menschen starben.\n\n"
        "Der Bürgermeister sprach. Die Schulen waren geschlossen. Er war traurig.",
    )
    assert [(pair.target, pair.source) for pair in article.pairs] == [
        ("Storm hits Lyon", "Sturm trifft Lyon"),
        ("A storm hit Lyon on Monday. Two people died.", "Ein Sturm traf am Montag Lyon. Zwei Menschen starben."),
        ("The mayor spoke. He was sad.", "Der Bürgermeister sprach. Die Schulen waren geschlossen. Er war traurig."),
    ]
    assert ("", "Die Schulen waren geschlossen.") in [(pair.target, pair.source) for pair in article.sentence_pairs]


def test_an_article_without_source_has_no_pairs():
    article = annotated(text="A storm hit Lyon.")
    assert (article.has_source, article.pairs, article.sentence_pairs) == (False, (), ())


@given(st.text(max_size=200), st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_pairs_are_cut_from_the_texts_and_lose_no_word(text, source):
    article = AnnotatedArticle(Article("a", text=text or "x", source_text=source, lang="en", source_lang="de"))
    for pairs in (article.pairs, article.sentence_pairs):
        for pair in pairs:
            assert pair.target == article.text[pair.start : pair.end]
            assert pair.source == article.source[pair.source_start : pair.source_end]
    if article.has_source:
        assert "".join("".join(pair.target for pair in article.sentence_pairs).split()) == "".join(article.text.split())
        assert "".join("".join(pair.source for pair in article.sentence_pairs).split()) == "".join(article.source.split())
