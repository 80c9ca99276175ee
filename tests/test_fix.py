"""What is fixed and what is not, and that nothing else happens to an article."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.article import Article, Origin, Problem
from tqcheck.config import Options, override
from tqcheck.fix import Edit, Fixer, Letters
from tqcheck.rules import all_rules

PIECES = (
    *(
        "Mayor opens the bridge",
        "the the",
        " ,",
        " .",
        "<b>",
        "</b>",
        "&amp;",
        "&lt;b&gt;",
        "▁",
        "<unk>",
        "Advertisement",
        "Read also: More",
    ),
    *(
        "\n",
        "\n\n",
        "\r\n",
        "\r\n\r\n",
        " ",
        "  ",
        "\u00a0",
        "\t",
        "\u200b",
        "\ufeff",
        "â€œ",
        "Ã©",
        "\\n",
        "\\u00e9",
        "Kiev",
        "Kyiv",
        "He said",
    ),
    *(
        "it rained",
        "“",
        "”",
        '"',
        "(",
        ")",
        "!",
        "?",
        "😀",
        "e\u0301",
        "\u202e",
        "\x0b",
        "'; }",
        "{{x}}",
        "%s",
        "# ",
        "**a**",
        "```",
        "\u2028",
    ),
)
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map("".join)
ARTICLES = st.builds(
    lambda text, title: Article("a", text=text, title=title, lang="en"),
    TEXTS.filter(lambda text: text.strip()),
    st.none() | TEXTS.filter(lambda text: text.strip()),
)
FIXER = Fixer(Options(model="none"))
UNSAFE = Fixer(Options(model="none"), unsafe=True)


def fixed(text, *, unsafe=False, options=(), input_format="", **article):
    fixer = Fixer(override(Options(), {"model": "none", **dict(options)}), unsafe=unsafe, input_format=input_format)
    return fixer(Article(**{"id": "a", "text": text, "lang": "en"} | article))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Mayor opens the new bridge\n\nMayor opens the new bridge\n\nIt rained today.", "Mayor opens the new bridge\n\nIt rained today."),
        ("He came home.\r\n\r\nAdvertisement\r\n\r\nHe left.\r\n", "He came home.\r\n\r\nHe left.\r\n"),
        ("He came home.\n\nHe left.\n\nAdvertisement\n", "He came home.\n\nHe left.\n"),
        ("He came home.\n\nHe left.\n\nAdvertisement", "He came home.\n\nHe left."),
        ("He came home.\nHe left.\nAdvertisement", "He came home.\nHe left."),
        ("<br>\n\nHe came home.\n\nHe left.", "He came home.\n\nHe left."),
        ("It was <b>fine</b> today.", "It was fine today."),
        ("It was <br> fine today.", "It was fine today."),
        ("It was fine today. <br>", "It was fine today."),
        ("<br> It was fine today.", "It was fine today."),
        ("He said , and the the dog ran .", "He said, and the dog ran."),
        ("It was â€œfineâ€\u009d today.", "It was “fine” today."),
        ("It was\u200b fine today\u200b, he said.", "It was fine today, he said."),
        ("▁It▁was▁fine.", "It was fine."),
        ("Fish &amp;amp; chips.", "Fish & chips."),
    ],
)
def test_what_cannot_change_the_meaning_is_fixed_and_its_line_or_blank_goes_with_it(text, right):
    assert fixed(text).after.text == right


def test_a_house_style_is_a_safe_fix_and_a_majority_is_not():
    text = "He left Kyiv on Monday. The train from Kiev was late. In Kyiv it rained, not in Kiev."
    style = {"prefer": {"Kyiv": ["Kiev"]}}
    assert fixed(text, options=style).after.text == text.replace("Kiev", "Kyiv")
    assert fixed(text).after.text == text
    assert "--unsafe-fixes" in fixed(text).left[0].reason
    assert fixed(text, unsafe=True).after.text == text.replace("Kiev", "Kyiv")


def test_of_two_fixes_that_undo_each_other_one_is_made():
    text = "Sie fuhr am Dienstag nach Kyjiw, sagte der Verhandlungsführer. Nach seiner Rückkehr aus Kiew schwieg er."
    result = fixed(text, lang="de", unsafe=True)
    assert [(fix.before, fix.after) for fix in result.fixes] == [("Kyjiw", "Kiew")]


def test_an_inflected_name_is_left_to_a_person():
    result = fixed("Vlak odjel z Kyjeva. Nad městem svítalo.", lang="cs", options={"prefer": {"Kyjiv": ["Kyjev"]}})
    assert not result.edits
    assert [left.safety for left in result.left] == ["unsafe"]


def test_what_the_source_has_too_is_no_residue():
    pair = {"text": None, "segments": ("Press <b>now</b> to go.",), "source_lang": "de"}
    assert not fixed(**pair, source_segments=("Drücken Sie <b>jetzt</b>.",)).edits
    assert fixed(**pair, source_segments=("Drücken Sie jetzt.",)).after.segments == ("Press now to go.",)


def test_a_placeholder_within_a_sentence_is_for_a_person():
    assert not fixed("He told {{ name }} to come at once.").edits
    assert fixed("He came at once.\n\n{{ related }}\n\nHe left.").after.text == "He came at once.\n\nHe left."


def test_nothing_is_fixed_away_whole():
    assert fixed("<br>").after.text == "<br>"
    assert fixed("It rained today.", title="<b></b>").after.title == "<b></b>"
    units = {"text": None, "segments": ("It rained.", "<br>"), "source_lang": "de", "source_segments": ("Es regnete.", "Gut")}
    assert fixed(**units).after.segments == ("It rained.", "<br>")


def test_an_inline_code_within_a_fix_is_for_a_person():
    result = fixed(None, segments=("He said the the word.",), segment_origins=(Origin(1, "u1", codes=(12,)),))
    assert not result.edits
    assert result.left[0].reason == "an inline code stands within it"


def test_suppressed_findings_are_not_fixed():
    entry = {"rule": "word-doubled", "reason": "our style"}
    assert not fixed("It was the the day.", options={"ignore": [entry]}).edits


def test_markup_in_markdown_may_be_meant():
    text = "It was <b>fine</b> and the the end."
    assert fixed(text, input_format="markdown").after.text == "It was <b>fine</b> and the end."
    assert fixed(text).after.text == "It was fine and the end."


def test_each_fix_says_what_stood_where_in_the_input():
    result = fixed("It was the the day , he said.")
    assert [(fix.rule, fix.start, fix.end, fix.before, fix.after) for fix in result.fixes] == [
        ("word-doubled", 7, 14, "the the", "the"),
        ("punctuation-stray", 18, 20, " ,", ","),
    ]
    assert result.edits["text", None] == (Edit(10, 14, ""), Edit(18, 19, ""))


def test_rules_that_are_fixed_safely_are_known_by_name():
    safe = {rule.id: rule.fix for rule in all_rules().values() if rule.fix != "unsafe"}
    assert safe == {
        **dict.fromkeys(("boilerplate-left", "headline-repeated", "markup-left", "mojibake", "token-left", "word-doubled"), "safe"),
        "name-variant": "style",
        "punctuation-stray": "blanks",
    }


@given(ARTICLES)
def test_fixing_twice_changes_nothing_more_and_no_safe_fix_is_left(article):
    once = FIXER(article)
    assert not isinstance(once, Problem), once
    twice = FIXER(once.after)
    assert (twice.after, twice.edits, twice.fixes) == (once.after, {}, ())
    assert not [left for left in once.left if left.safety == "safe" and not left.reason]


@given(ARTICLES)
def test_also_unsafe_fixes_come_to_rest_or_are_named(article):
    once = UNSAFE(article)
    if isinstance(once, Problem):
        assert "does not come to rest" in once.reason
    else:
        assert not UNSAFE(once.after).edits


@given(ARTICLES)
def test_the_edits_make_the_fixed_text_and_touch_nothing_else(article):
    result = FIXER(article)
    for (field, _segment), edits in result.edits.items():
        text = getattr(article, field)
        at, parts = 0, []
        for edit in edits:
            assert at <= edit.start <= edit.end
            parts += [text[at : edit.start], edit.text]
            at = edit.end
        assert "".join((*parts, text[at:])) == getattr(result.after, field)


@given(st.text(max_size=20), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.text(max_size=3)), max_size=5))
def test_edits_of_edits_are_edits_of_the_first_text(text, made):
    letters = Letters(text)
    for start, end, new in made:
        start, end = sorted((min(start, len(letters.text)), min(end, len(letters.text))))  # noqa: PLW2901
        letters.apply([Edit(start, end, new)])
    after, at = "", 0
    for edit in letters.edits():
        after += text[at : edit.start] + edit.text
        at = edit.end
    assert after + text[at:] == letters.text
