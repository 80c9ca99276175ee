"""The sentence says something else than its source.

The engine lost the thread, or the sentence of another place stands here. Read the source and translate it anew.

A sentence of some length counts when its vector has nothing to do with that of its source, and neither have its parts. Idioms and
free renderings keep some words whose vectors are near; smaller changes of meaning are beyond vectors, and other rules look for those in
numbers, names and negation. Needs the source text and a sentence model.
"""

from __future__ import annotations

from collections.abc import Iterator

from tqcheck import coverage
from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Example, Mark, Severity

SEVERITY = Severity.MAJOR
MQM = "accuracy/mistranslation"
NEEDS_VECTORS = True
BAD = [
    Example(
        "[[Voters will elect a new president in the autumn, the commission announced.]]",
        source_lang="de",
        source_text="Die Fähre verließ den Hafen im Morgengrauen mit fast zweihundert Fahrgästen.",
        bundled=True,
    ),
    Example(
        "[[Die Bäckerei am Marktplatz verkauft jeden Morgen frisches Brot und Kuchen.]]",
        lang="de",
        source_lang="cs",
        source_text="Soud odsoudil bývalého ministra obrany k pěti letům vězení za přijímání úplatků.",
        bundled=True,
    ),
    Example(
        "[[Los científicos descubrieron un planeta nuevo cerca de la estrella.]]",
        lang="es",
        source_lang="en",
        source_text="The farmers blocked the motorway with their tractors for two days.",
        bundled=True,
    ),
]
GOOD = [
    Example(
        "The ferry left the harbour at dawn with almost two hundred passengers on board.",
        source_lang="de",
        source_text="Die Fähre verließ den Hafen im Morgengrauen mit fast zweihundert Fahrgästen.",
        bundled=True,
    ),
    Example(
        "Der Minister trat zurück, weil er Geld genommen hatte.",
        lang="de",
        source_lang="en",
        source_text="The minister stepped down because he had taken bribes.",
        bundled=True,
    ),
    Example("It's free.", source_lang="uk", source_text="Це безкоштовне плавання.", bundled=True),
    "The bridge is closed.",  # no source
]


def check(article: AnnotatedArticle, *, min_letters: int = 50) -> Iterator[Mark]:
    """Yield a finding for each sentence that has nothing to do with its source.

    Args:
        article: with its source.
        min_letters: letters of English, or as much in another language, of both sentences: the vectors of short ones tell little.
    """
    assert article.vectors is not None  # for mypy: NEEDS_VECTORS
    if article.source_lang is None:
        return
    limit = article.vectors.thresholds.unrelated
    lang, source_lang = article.lang, article.source_lang
    for pair in article.pairs if article.article.source_segments is not None else article.sentence_pairs:
        if min(coverage.english_letters(pair.source, source_lang), coverage.english_letters(pair.target, lang)) < min_letters:
            continue
        similarity = article.similarity(pair.source, pair.target)
        if similarity < limit and coverage.mean_coverage(article, pair.source, pair.target) < limit:
            message = f"This has nothing to do with its source, “{coverage.quoted(pair.source)}”: translate that anew."
            yield Mark(*pair.span, message, similarity=similarity, confidence=0.85)
