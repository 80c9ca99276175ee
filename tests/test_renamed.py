from tqcheck.annotate import AnnotatedArticle
from tqcheck.article import Article
from tqcheck.renamed import two_ways


def _forms(source, target, source_lang="cs", lang="uk"):
    article = Article("a", segments=tuple(target), source_segments=tuple(source), lang=lang, source_lang=source_lang)
    return [(name, main[0].form, other[0].form) for name, main, other in two_ways(AnnotatedArticle(article))]


def test_one_source_name_rendered_in_two_ways_is_found():
    source = ["Mluvil Schejbal.", "Pak Schejbal odešel.", "Pak přišel Schejbal."]
    target = ["Говорив Шейбал.", "Потім Щейбал пішов.", "Потім прийшов Шейбал."]
    assert _forms(source, target) == [("Schejbal", "Шейбал", "Щейбал")]


def test_endings_of_cases_are_no_second_rendering():
    source = ["Potkal Rosenberga.", "Mluvil s Rosenbergem."]
    assert _forms(source, ["Він зустрів Розенберга.", "Він говорив з Розенбергом."]) == []


def test_two_source_names_are_two_names():
    source = ["He met Brown.", "He met Braun."]
    assert _forms(source, ["Er traf Brown.", "Er traf Braun."], "en", "de") == []


def test_a_title_that_is_copied_is_no_second_rendering():
    source = ["He left Scotland today.", "He works for BBC Scotland now."]
    assert _forms(source, ["A quitté l'Écosse, la Scotia.", "Il travaille pour BBC Scotland."], "en", "fr") == []


def test_without_a_source_or_with_an_unknown_language_there_is_nothing():
    assert _forms(["Schejbal"], ["Шейбал"], "xx") == []
    assert list(two_ways(AnnotatedArticle(Article("a", text="Шейбал і Щейбал", lang="uk")))) == []
