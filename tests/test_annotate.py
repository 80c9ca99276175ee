import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.annotate import AnnotatedArticle, Span, Zone, is_abbreviation, split_sentences
from tqcheck.article import Article, Place

WRAPPED = (
    "The mayor of the town of Lund opened the bridge on\nMonday, three years after the flood had taken the\n"
    "old one away, and thanked everyone who had helped to\nbuild it."
)


def annotated(text=None, title=None, lang="en", **more) -> AnnotatedArticle:
    return AnnotatedArticle(Article("a1", text=text, title=title, lang=lang, **more))


def surfaces(article: AnnotatedArticle, spans) -> list[str]:
    return [article.text[start:end] for start, end, *_ in spans]


def layout(article: AnnotatedArticle) -> list[tuple[str, str]]:
    return [(str(line.zone), line.text) for line in article.lines]


def sentences(text: str, lang: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, lang)]


# -- lines and zones ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title", "lines"),
    [
        ("He came on Monday.", "Mayor opens bridge", [("headline", "Mayor opens bridge"), ("body", "He came on Monday.")]),
        (
            "Mayor opens bridge\n\nHe came.\n\nHe left.",
            None,
            [("headline", "Mayor opens bridge"), ("body", "He came."), ("body", "He left.")],
        ),
        ("Will the mayor come?\nHe came.", None, [("headline", "Will the mayor come?"), ("body", "He came.")]),
        ("He came on Monday.\n\nHe left.", None, [("body", "He came on Monday."), ("body", "He left.")]),
        ("The mayor said:\n\nHe left.", None, [("body", "The mayor said:"), ("body", "He left.")]),
        ("Only one line", None, [("body", "Only one line")]),
        ("Mayor opens bridge\n\nHe came.", "   ", [("headline", "Mayor opens bridge"), ("body", "He came.")]),
        ("\n\n  Mayor opens bridge  \n \n\tHe came.\n\n\n", None, [("headline", "Mayor opens bridge"), ("body", "He came.")]),
        ("x" * 201 + "\n\nHe came.", None, [("body", "x" * 201), ("body", "He came.")]),
        ("他来了\n\n他走了。", None, [("headline", "他来了"), ("body", "他走了。")]),
        ("他来了。\n\n他走了。", None, [("body", "他来了。"), ("body", "他走了。")]),
        ("He came.\nPhoto: Reuters\nHe left.", None, [("body", "He came."), ("caption", "Photo: Reuters"), ("body", "He left.")]),
        ("", "A title", [("headline", "A title")]),
        (" ", None, []),
    ],
)
def test_the_title_or_a_first_line_without_full_stop_is_the_headline(text, title, lines):
    assert layout(annotated(text, title)) == lines


def test_segments_are_lines_of_their_own_and_empty_ones_none():
    article = annotated(segments=("One.", " ", "Three."), title="A title")
    found = [(line.field, line.segment, str(line.zone), line.text) for line in article.lines]
    assert found == [("title", None, "headline", "A title"), ("segments", 0, "body", "One."), ("segments", 2, "body", "Three.")]


def test_headline_and_body_are_the_lines_of_their_zones():
    article = annotated("He came.\n\nPhoto: Reuters\n\nHe left.", "A title")
    assert article.headline.text == "A title"
    assert [line.text for line in article.body] == ["He came.", "He left."]
    assert annotated("He came.\n\nHe left.").headline is None


def test_a_hard_wrapped_paragraph_is_one_line():
    assert layout(annotated(f"{WRAPPED}\n\nNext.")) == [("body", WRAPPED), ("body", "Next.")]
    windows = WRAPPED.replace("\n", "\r\n")
    assert layout(annotated(f"{windows}\r\n\r\nNext.")) == [("body", windows), ("body", "Next.")]


@pytest.mark.parametrize(
    "text",
    [
        "Verse one is here and comes to its end, at length.\nVerse two is here and comes to its end, at length.\nVerse three is here.",
        "Votes\nApples 3\nPears 4",
        "The first paragraph is long and has no full stop at its end\nTwo\nThe third paragraph is long and has none at its end either",
        f"{WRAPPED}\n{'x' * 130}",
    ],
    ids=["full stops", "short lines", "uneven lines", "a long last line"],
)
def test_lines_that_end_as_sentences_do_or_differ_in_length_stay_lines(text):
    assert [line.text for line in annotated(text).lines] == text.split("\n")


@pytest.mark.parametrize(
    ("line", "dateline"),
    [
        ("LYON, 3 May (AFP) – The mayor came.", "LYON, 3 May (AFP) – "),
        ("NEW DELHI (AP) - The minister said so.", "NEW DELHI (AP) - "),
        ("PARIS (AFP) — Le maire est venu.", "PARIS (AFP) — "),
        ("BERLIN – Der Minister kam.", "BERLIN – "),
        ("KYJEV/PRAHA (ČTK) – Ministr odjel.", "KYJEV/PRAHA (ČTK) – "),
        ("(Reuters) - Oil fell.", "(Reuters) - "),
        ("Oil fell on Monday, the agency said.", None),
        ("He said: “No” – and left.", None),
        pytest.param("Kyiv fell – then it rose again.", None),
        pytest.param("The mayor came. He left – at once.", None),
    ],
)
def test_a_dateline_stands_at_the_head_of_the_body(line, dateline):
    article = annotated(f"{line} It rained.", "A title")
    assert surfaces(article, article.datelines) == ([dateline] if dateline else [])
    assert article.zone_at(len("A title") + 2) is (Zone.DATELINE if dateline else Zone.BODY)


@pytest.mark.parametrize(
    ("line", "zone"),
    [
        ("Cars and mud – illustrative photo.", "caption"),
        ("Photo: Reuters", "caption"),
        ("Foto: ČTK", "caption"),
        ("The photo was good.", "body"),
        ("Photo of the year goes to Anna", "body"),
        ("Photo: " + "x" * 300, "body"),
    ],
)
def test_captions_are_known_by_the_table(line, zone):
    assert layout(annotated(f"He came.\n\n{line}\n\nHe left.", "A title", source_lang="cs"))[2] == (zone, line)


def test_each_position_has_its_zone_and_its_line():
    article = annotated("LYON (AFP) – He came. “Go,” he said.\n\nPhoto: Reuters", "A title")
    zones = {surface: str(article.zone_at(article.text.index(surface))) for surface in ("title", "AFP", "came", "Go", "Reuters")}
    assert zones == {"title": "headline", "AFP": "dateline", "came": "body", "Go": "quotation", "Reuters": "caption"}
    assert article.line_at(article.text.index("Go")).text.startswith("LYON")
    assert article.line_at(article.text.index("\n\nPhoto") + 1) is None
    assert article.line_at(len(article.text)) is None


# -- places -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "start", "end", "place"),
    [
        ({"title": "Title", "text": "Text"}, 0, 5, Place("title", None, 0, 5, "Title")),
        ({"title": "Title", "text": "Text"}, 6, 10, Place("text", None, 0, 4, "Text")),
        ({"title": "Title", "text": "Text"}, 2, 9, Place("title", None, 2, 5, "tle")),
        ({"text": "Text"}, 1, 3, Place("text", None, 1, 3, "ex")),
        ({"text": "Text"}, 4, 4, Place("text", None, 4, 4, "")),
        ({"title": "", "text": "Text"}, 1, 5, Place("text", None, 0, 4, "Text")),
        ({"title": "T", "segments": ("One", "", "Three")}, 2, 5, Place("segments", 0, 0, 3, "One")),
        ({"title": "T", "segments": ("One", "", "Three")}, 7, 12, Place("segments", 2, 0, 5, "Three")),
        ({"segments": ("One", "Two")}, 1, 7, Place("segments", 0, 1, 3, "ne")),
        ({"text": "🙂 é e\u0301"}, 2, 5, Place("text", None, 2, 5, "é e")),
    ],
)
def test_a_stretch_becomes_a_place_of_the_input(fields, start, end, place):
    assert annotated(**fields).place(start, end) == place


@given(st.none() | st.text(max_size=9), st.lists(st.text(max_size=9), min_size=1, max_size=4), st.data())
def test_every_place_holds_the_surface_it_names(title, segments, data):
    article = annotated(title=title, segments=tuple(segments))
    start = data.draw(st.integers(0, len(article.text)))
    place = article.place(start, data.draw(st.integers(start, len(article.text))))
    field = title if place.field == "title" else segments[place.segment]
    assert place.surface == field[place.start : place.end]


# -- sentences ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Dr. Smith met J. K. Rowling at 5 p.m. on Monday.|It rained.|“Why?” he asked.|“No!”|The No. 3 train came."),
        ("en", "It rained in the U.S. and the U.K. all day.|He paid approx. five dollars.|On p. 3 it says so...|And then?|Yes."),
        ("en", "It grew by 2.5 per cent.|(He left.)|“It is 3 p.m.,” she said.|12 came. e.g. is not a word."),
        ("de", "Am 3. Mai kam Dr. Weber, z. B. nach Bonn.|Er blieb bis zum 15. Juni 2020.|„Ja.“|Er ging."),
        ("fr", "M. de Villiers est venu, cf. p. 12.|Il est parti.|«Oui.»|Puis rien."),
        pytest.param("fr", "« Oui. »|Elle est partie."),
        ("cs", "Dne 3. května přišel Ing. Novák, tj. ředitel.|Odešel ve 20. hodin.|„Ano.“|Řekl to."),
        ("uk", "У 2020 р. було тихо.|Він народився в м. Київ, вул. Хрещатик.|Потім пішов."),
        ("ru", "В т.ч. на 5 тыс. руб. больше.|Это было в 1953 г. в Москве.|Он ушёл."),
        ("es", "El Sr. García llegó.|Nadie lo sabe."),
        pytest.param("es", "El Sr. García llegó.|¿Por qué?|¡No!"),
        ("pl", "Przyjechał dr. Kowalski, np. w 3. rundzie.|Potem wyszedł."),
        ("it", "Il sig. Rossi è arrivato.|È vero?|Sì."),
        ("tr", "Dr. Yılmaz geldi.|Saat 5'te gitti.|İyi."),
        ("fi", "Hän tuli 3. toukokuuta.|Hän lähti."),
        ("ar", "وصل الرئيس.|هل غادر؟|نعم."),
        ("hi", "वह आया।|वह गया।"),
        ("en", "no capital. here."),
        ("en", "One"),
    ],
)
def test_text_is_cut_where_its_sentences_end(lang, text):
    wanted = text.split("|")
    assert sentences(" ".join(wanted), lang) == wanted


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [("zh", ["他说：“好。”", "然后走了。", "真的吗？", "是的！！", "好"]), ("ja", ["彼は来た。", "本当？！", "はい。"])],
)
def test_unspaced_text_is_cut_at_its_own_full_stops(lang, wanted):
    assert sentences("".join(wanted), lang) == wanted


def test_sentences_never_reach_over_a_line():
    article = annotated("He came\n\nand left. Then it rained.", "A title")
    assert surfaces(article, article.sentences) == ["A title", "He came", "and left.", "Then it rained."]


@given(st.text(st.sampled_from('aB1 .!?…。"“”»)\n\u00a0'), max_size=60), st.sampled_from(("en", "de", "zh")))
def test_sentences_are_in_order_do_not_overlap_and_leave_only_blanks_between(text, lang):
    rest, last = list(text), 0
    for start, end in split_sentences(text, lang):
        assert last <= start < end
        assert text[start:end] == text[start:end].strip()
        rest[start:end] = [" "] * (end - start)
        last = end
    assert not "".join(rest).strip()


def test_sentences_count_from_the_offset():
    assert list(split_sentences("One. Two.", "en", 10)) == [Span(10, 14), Span(15, 19)]


@pytest.mark.parametrize(
    ("text", "surface", "starts"), [("He left. “Kyiv fell.”", "Kyiv", True), ("He left Kyiv.", "Kyiv", False), ("(Kyiv)", "Kyiv", True)]
)
def test_a_word_starts_a_sentence_even_behind_opening_marks(text, surface, starts):
    article = annotated(text)
    assert article.starts_sentence(article.text.index(surface)) is starts


@pytest.mark.parametrize(
    ("word", "lang", "is_one"), [("Dr", "en", True), ("dr", "de", True), ("bzw", "de", True), ("bzw", "en", False), ("house", "en", False)]
)
def test_abbreviations_are_those_of_the_language(word, lang, is_one):
    assert is_abbreviation(word, lang) is is_one


# -- words, quotations, names -------------------------------------------------------------------------------------------


def test_words_keep_their_hyphens_apostrophes_and_decimal_marks():
    article = annotated("It's 1,234.5 e-mails, 3/4 of O’Neil’s (x) _y_ — café cafe\u0301.")
    assert surfaces(article, article.words) == ["It's", "1,234.5", "e-mails", "3/4", "of", "O’Neil’s", "x", "y", "café", "cafe\u0301"]


@pytest.mark.parametrize(
    ("text", "lang", "words"),
    [
        ("He said: “Go!” — at once.", "en", 6),
        ("Він пішов додому.", "uk", 3),
        ("他说好了", "zh", 2),
        ("他说 OK 好了。", "zh", 4),
        ("彼は来た", "ja", 2),
        ("ไทย", "th", 2),
        ("한국 사람", "ko", 2),
        ("他说好了", "zh-Hant-TW", 2),
        ("", "en", 0),
    ],
)
def test_words_are_counted_two_characters_a_word_where_no_blank_separates_them(text, lang, words):
    assert annotated(text or " ", lang=lang).word_count == words


def test_quotations_come_with_their_marks_and_unpaired_ones_do_not_come():
    article = annotated('“go” and "no" and «da» and „nein“ and „ja” and 「hai」 and »ja« but “open\nand closed”.')
    assert surfaces(article, article.quotations) == ["“go”", '"no"', "«da»", "„nein“", "„ja”", "「hai」", "»ja«"]
    inside = [article.in_quotation(article.text.index(word)) for word in ("go", "nein", "but", "open")]
    assert inside == [True, True, False, False]
    assert [article.in_quotation(position) for position in (0, 3, 4)] == [True, True, False]


def test_names_and_numbers_are_found_in_the_whole_article():
    article = annotated("In Kyiv 1,000.5 came.", "Kyiv fell")
    assert [(mention.form, mention.start) for mention in article.names] == [("Kyiv", 0), ("In", 10), ("Kyiv", 13)]
    assert [str(number.value) for number in article.numbers] == ["1000.5"]


# -- language and meaning -----------------------------------------------------------------------------------------------

CZECH = "Protože jsme včera přijeli pozdě, nemohli jsme už nic vidět ani slyšet."
ENGLISH = "He left the town on Monday and said that he would never come back to it."


def test_the_language_is_as_given_or_else_detected():
    assert annotated(CZECH, lang="en").lang == "en"
    assert annotated(CZECH, lang=None).lang == "cs"
    assert annotated("12345", lang=None).lang == "und"
    assert annotated(ENGLISH, lang="en-GB").language.tag == "en"


def test_the_source_language_is_as_given_or_else_that_of_the_source():
    assert annotated(ENGLISH).source_lang is None
    assert annotated(ENGLISH, source_lang="uk", source_text=CZECH).source_lang == "uk"
    assert annotated(ENGLISH, source_text=CZECH).source_lang == "cs"
    assert annotated(segments=(ENGLISH,), source_segments=(CZECH,)).source_lang == "cs"


def test_a_stretch_in_another_language_is_told_and_a_short_one_is_not():
    article = annotated(f"{ENGLISH}\n\n{CZECH}\n\nOK")
    assert [article.language_of(line.start, line.end) for line in article.lines] == ["en", "cs", "und"]


def test_similarity_without_a_model_says_what_the_rule_forgot():
    with pytest.raises(LookupError, match="declare NEEDS_VECTORS"):
        annotated("x").similarity("a", "b")
