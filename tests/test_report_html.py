import base64
import hashlib
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports_for_tests import HOSTILE, a_finding, a_hostile_report, a_report, an_article, place

from tqcheck.article import Article, Gate, Place, Problem, SegmentReport, Severity, Similarities
from tqcheck.report import Summary, Tally, html
from tqcheck.report.folder import ReportFolder
from tqcheck.report.html import IndexPage, article_fragment, article_page, finding_fragment
from tqcheck.report.marked import MarkedLine

CHROMIUM = Path("/usr/bin/chromium")
VOID = {"meta", "br", "input", "rect", "circle", "path"}


class Page(HTMLParser):
    """Reads a page and keeps what the tests ask for; fails when tags do not match."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.open, self.texts, self.scripts = [], [], {}, []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in {tag}"
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open and self.open[-1][0] == "script":
            self.scripts.append(data)
        for _, attributes in self.open:
            if "data-field" in attributes:
                self.texts[attributes["data-field"]] = self.texts.get(attributes["data-field"], "") + data

    def values(self, attribute, tag=None):
        return [attributes[attribute] for name, attributes in self.tags if attribute in attributes and tag in (None, name)]

    def with_class(self, name):
        return [attributes for _, attributes in self.tags if name in attributes.get("class", "").split()]


def index_of(*reports, limit=5000, problems=()):
    index, tally = IndexPage(limit=limit), Tally()
    for number, report in enumerate(reports):
        index.add(report, f"articles/{number}.html")
        tally.add(report)
    for problem in problems:
        tally.add_problem(problem)
    return index.render(tally.summary())


@st.composite
def articles_with_findings(draw):
    text = draw(st.text(alphabet="ab <&'\"\u202eж\n\r\t\x0b", max_size=25) | st.text(max_size=15).map(lambda text: text.replace("\0", "")))
    text = text.encode("utf-8", "replace").decode()
    article = Article(id="x", text=text)
    ends = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    findings = [
        a_finding(article, *draw(ends), severity=draw(st.sampled_from(Severity)), related=[place(article, *draw(ends))])
        for _ in range(draw(st.integers(0, 5)))
    ]
    return a_report(article, tuple(findings))


@settings(deadline=None)
@given(articles_with_findings())
def test_the_page_shows_the_article_to_the_character_whatever_is_marked_in_it(report):
    page = Page(article_page(report))
    text = report.article.text
    assert page.texts.get("text", "") == (text if text.strip() else "")


@settings(deadline=None)
@given(articles_with_findings())
def test_every_link_within_the_page_has_its_target_and_every_id_is_its_own(report):
    page = Page(article_page(report))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.values("href") if link.startswith("#")} <= set(ids)
    assert len(page.with_class("card")) == len(report.findings)


def test_a_finding_is_marked_where_it_stands_and_linked_to_its_card_and_back():
    page = Page(article_page(a_report()))
    mark = next(attributes for tag, attributes in page.tags if tag == "mark" and attributes.get("id") == "f1")
    assert mark["class"] == "minor"
    assert mark["title"] == "1 name-variant"
    assert {"#c1", "#f1", "#f1r1", "#rule-name-variant"} <= set(page.values("href"))


def test_overlapping_findings_show_the_worst_severity_and_name_both():
    article = an_article()
    page = Page(article_page(a_report(article, (a_finding(article, 0, 9), a_finding(article, 5, 14, severity=Severity.CRITICAL)))))
    assert [(mark["class"], mark["title"]) for tag, mark in page.tags if tag == "mark"] == [
        ("minor", "1 name-variant"),
        ("critical several", "1 name-variant · 2 name-variant"),
        ("critical", "2 name-variant"),
    ]


def test_severity_is_told_by_sign_and_word_and_not_by_colour_alone():
    article = an_article()
    findings = tuple(a_finding(article, n, n + 2, severity=severity) for n, severity in enumerate(Severity))
    page = Page(article_page(a_report(article, findings)))
    assert [ref["data-n"] for ref in page.with_class("ref")] == ["●1", "◆2", "▲3"]
    assert "finding 3, critical: name-variant" in page.values("aria-label")


def test_a_suggestion_for_a_blank_or_a_full_stop_is_shown_with_its_word():
    article = an_article(text="It was over . They left.")
    text = article_page(a_report(article, (a_finding(article, 11, 13, suggestion="."),)))
    assert "<del><bdi>over .</bdi></del> → <ins><bdi>over.</bdi></ins>" in text


def test_an_empty_suggestion_says_to_take_the_place_out():
    article = an_article()
    assert '→ <ins class="out">take it out</ins>' in article_page(a_report(article, (a_finding(article, 0, 4, suggestion=""),)))


def test_segments_are_shown_with_their_sources():
    article = Article(id="s", title="T", segments=("One.", "Two."), source_segments=("Jedna.", "Dvě."))
    segments = tuple(
        SegmentReport("segments", n, 0, 4, "body", text, article.source_segments[n]) for n, text in enumerate(article.segments)
    )
    text = article_page(a_report(article, (a_finding(article, 0, 3, field="segments", segment=1),), segments=segments))
    assert Page(text).texts == {"title": "T", "segments": "One.Two."}
    assert "Dvě." in text


def test_a_place_that_the_page_does_not_have_is_told_and_not_linked():
    article = an_article()
    finding = a_finding(article, 0, 4, related=[Place("title", None, 0, 4, "Kyiv")])
    text = article_page(a_report(article, (finding, a_finding(article, 0, 0, field="title"))))
    assert "Findings elsewhere" in text
    assert "#f1r1" not in text


def test_the_zones_of_the_report_style_the_lines():
    article = an_article()
    segments = (SegmentReport("text", None, 0, 36, "headline", "x"), SegmentReport("text", None, 38, 50, "caption", "x"))
    page = Page(article_page(a_report(article, (), segments=segments)))
    assert [line["class"] for line in page.with_class("line")] == ["line headline", "line caption"]


def test_similarities_are_drawn_and_given_as_a_table():
    article = an_article()
    segments = (SegmentReport("text", None, 0, 36, "body", article.text[:36], headline_similarity=-0.25, repeats=0.97),)
    text = article_page(a_report(article, (), segments=segments, similarity=Similarities(0.5, None, 0.97)))
    page = Page(text)
    assert page.with_class("lines")[0]["aria-labelledby"] == "lines-title lines-desc"
    assert page.with_class("dot")[-1]["cx"] == "621.0"
    assert ">-0.25</td><td>0.97</td>" in text


def test_without_a_model_the_page_says_so():
    assert "No meanings were compared" in article_page(a_report())


def test_the_score_is_explained_with_counts_weights_and_formula():
    text = article_page(a_report())
    assert "score = 100 ÷ (1 + 125.0 ÷ 100) = <strong>44.4</strong>" in text
    assert "<td>1</td><td>× 1</td><td>1</td>" in text


def test_rules_are_explained_in_the_words_of_their_manual():
    text = article_page(a_report(), explanations={"name-variant": "Two <spellings>.\n\nAs in *Kyiv*\nand *Kiev*."})
    assert "<p>Two &lt;spellings&gt;.</p><p>As in <em>Kyiv</em> and <em>Kiev</em>.</p>" in text


def test_what_was_not_checked_is_said():
    text = article_page(a_report(problems=(Problem("a1", "crashed", "word-doubled"),), rules_not_run=("meaning-drift",)))
    assert "Not everything could be checked" in text
    assert "<code>meaning-drift</code>" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_article_gets_anything_but_text_into_a_page(text):
    report = a_hostile_report(text)
    article, index = Page(article_page(report)), Page(index_of(report, problems=[Problem(text, text)]))
    assert article.texts["text"] == text
    harmless = Page(article_page(a_hostile_report("harmless"))), Page(index_of(a_hostile_report("harmless")))
    assert article.scripts == []
    assert index.scripts == harmless[1].scripts
    for page in (article, index):
        assert {tag for tag, _ in page.tags} <= {tag for known in harmless for tag, _ in known.tags} | {"li", "ul", "section"}
        assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name in {"style", "src"}]
        assert all(re.match(r"#|\.\./index\.html$|articles/|(findings|articles)\.csv$|https://evil", link) for link in page.values("href"))


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://a.example/x?y=1&z", True),
        ("HTTP://a.example/", True),
        ("javascript:alert(1)", False),
        ("https://a b", False),
        ("//a", False),
        ("data:text/html,x", False),
    ],
)
def test_only_web_addresses_become_links(url, linked):
    page = Page(article_page(a_report(an_article(url=url))))
    outside = [attributes for tag, attributes in page.tags if tag == "a" and attributes["href"] == url]
    assert [attributes["rel"] for attributes in outside] == (["noreferrer noopener"] if linked else [])


def test_pages_load_nothing_and_allow_only_the_one_script():
    article, index = article_page(a_report()), index_of(a_report())
    (script,) = Page(index).scripts
    script_hash = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = "default-src 'none'; style-src 'unsafe-inline'; {}base-uri 'none'; form-action 'none'"
    assert policy.format("") in Page(article).values("content")
    assert policy.format(f"script-src 'sha256-{script_hash}'; ") in Page(index).values("content")
    for page in (article, index):
        assert not re.search(r"url\(|@import|src=|https?://", page)


def test_the_index_lists_the_worst_first_and_names_its_totals():
    reports = [a_report(an_article(id=name), score=score) for name, score in (("b", 50.0), ("a", 50.0), ("c", 9.5), ("d", 100.0))]
    text = index_of(*reports, problems=[Problem("f:3", "is not JSON")])
    assert re.findall(r'class="id"><bdi>(\w)', text) == ["c", "a", "b", "d"]
    assert "f:3</bdi>" in text
    assert "1 thing could not be checked" in text


def test_the_index_keeps_the_worst_in_bounded_memory_and_says_so():
    reports = [a_report(an_article(id=f"{n:03}"), score=float(n)) for n in range(100, 0, -1)]
    text = index_of(*reports, limit=10)
    assert re.findall(r'class="id"><bdi>(\w+)', text) == [f"{n:03}" for n in range(1, 11)]
    assert "10 worst of 100 articles" in text


def test_an_empty_run_has_an_index():
    assert "No article was checked" in index_of()
    assert Page(IndexPage().render(Summary())).scripts == []


def test_the_same_report_gives_the_same_page():
    assert article_page(a_report()) == article_page(a_report())
    assert index_of(a_report()) == index_of(a_report())


def test_a_page_holds_no_more_than_a_browser_can_open(monkeypatch):
    monkeypatch.setattr(html, "MOST_FINDINGS", 3)
    monkeypatch.setattr(html, "MOST_TEXT", 30)
    article = an_article()
    findings = tuple(a_finding(article, n, n + 1, severity=Severity.MAJOR if n > 5 else Severity.MINOR) for n in range(10))
    text = article_page(a_report(article, findings))
    assert "the worst 3 of 10 findings" in text
    assert "The text goes on" in text
    assert len(Page(text).with_class("major")) >= 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path, tally = tmp_path_factory.mktemp("report"), Tally()
    with ReportFolder(path) as report_folder:
        for text in HOSTILE:
            report = a_hostile_report(text)
            report_folder.add(report)
            tally.add(report)
        report = a_report(an_article(title="The plain one", id="plain", url="https://news.example/1"), (), score=100.0)
        report_folder.add(report)
        tally.add(report)
        report_folder.close(tally.summary())
    return path


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no Chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*flags, "--disable-component-update"])
        yield chromium
        chromium.close()


@pytest.mark.browser
def test_pages_open_in_a_browser_without_a_complaint_or_a_request_and_fit_a_phone(browser, folder):
    context = browser.new_context(viewport={"width": 360, "height": 700})
    complaints, requests = [], []
    context.on("console", lambda message: complaints.append(message.text))
    context.on("request", lambda request: requests.append(request.url))
    for path in (folder / "index.html", *sorted((folder / "articles").glob("*.html"))):
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path.name
        page.close()
    assert complaints == []
    assert {url.partition(":")[0] for url in requests} == {"file"}
    context.close()


@pytest.mark.browser
def test_a_browser_reads_the_article_to_the_character(browser, tmp_path):
    text = "".join(HOSTILE) + "\r\n\r end"
    (tmp_path / "page.html").write_bytes(article_page(a_hostile_report(text)).encode())
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    assert "".join(page.locator("[data-field=text]").evaluate_all("lines => lines.map(line => line.textContent)")) == text
    page.close()


@pytest.mark.browser
def test_the_index_filters_and_sorts(browser, folder):
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri())
    page.fill("input[name=words]", "plain ONE")
    assert page.locator("form output").inner_text() == f"1 of {len(HOSTILE) + 1} articles"
    page.fill("input[name=words]", "")
    page.select_option("select[name=verdict]", "pass")
    assert page.locator("tbody tr:visible .name").all_inner_texts() == ["The plain one"]
    page.select_option("select[name=verdict]", "")
    page.click("th button >> text=Score")  # it was ascending
    assert page.locator(".articles tbody tr .points").first.inner_text() == "100.0"
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Score")
    page.close()


@pytest.mark.browser
def test_the_index_can_be_read_without_script(browser, folder):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "index.html").as_uri())
    assert page.locator(".articles tbody tr").count() == len(HOSTILE) + 1
    assert not page.locator("form.filter").is_visible()
    context.close()


def test_a_run_without_a_gate_gives_no_verdict():
    report = replace(a_report(), gate=Gate("never"))
    page = article_page(report)
    assert "No verdict: the run had no gate" in page
    assert "✓ Pass" not in page
    index, tally = IndexPage(), Tally()
    index.add(report, "articles/a.html")
    tally.add(report)
    rendered = index.render(tally.summary())
    assert "<dt>Passed</dt>" not in rendered
    assert 'data-verdict=""' in rendered


def test_the_gate_stands_beside_the_verdict():
    assert "(gate: major, score 60)" in article_page(replace(a_report(), gate=Gate("major", 60)))


def test_the_sides_show_what_was_not_translated_and_what_the_source_does_not_have():
    segments = (
        SegmentReport("text", None, 0, 8, "body", "It rains", "Es regnet", 0.9, 0.8),
        SegmentReport("text", None, 8, 8, "body", "", "Es gießt", None, 0.0),
        SegmentReport("text", None, 8, 12, "body", "Wow.", None),
    )
    page = article_page(a_report(an_article(text="It rainsWow."), (), segments=segments))
    table = page[page.index('<table class="sides">') :]
    assert "Side by side, 3 lines" in page
    assert [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td.*?</td>", table[: table.index("</table>")])] == [
        *("Es regnet", "It rains", "0.90", "0.80"),
        *("Es gießt", "not translated", "–", "0.00"),
        *("nothing", "Wow.", "–", "–"),
    ]
    assert '<th scope="row">Adequacy</th><td>0.40</td>' in page


# -- in a notebook ------------------------------------------------------------------------------------------------------


def test_a_notebook_shows_the_marked_article_and_its_cards():
    report = a_report()
    page = Page(report._repr_html_())
    assert report._repr_html_() == article_fragment(report)
    assert page.texts["text"] == report.article.text
    assert [(mark["class"], mark["title"]) for tag, mark in page.tags if tag == "mark"] == [
        ("related", "see 1 name-variant"),
        ("minor", "1 name-variant"),
    ]
    assert [card["class"] for card in page.with_class("card")] == ["card minor"]
    assert "<del><bdi>Kiev</bdi></del> → <ins><bdi>Kyiv</bdi></ins>" in article_fragment(report)


@settings(deadline=None)
@given(articles_with_findings())
def test_a_notebook_shows_the_article_to_the_character_and_gives_no_ids(report):
    page = Page(article_fragment(report))
    text = report.article.text
    assert page.texts.get("text", "") == (text if text.strip() else "")
    assert page.values("id") == []
    assert len(page.with_class("card")) == len(report.findings)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_article_gets_anything_but_text_into_a_notebook(text):
    report = a_hostile_report(text)
    for shown, harmless in (
        (article_fragment(report), article_fragment(a_hostile_report("harmless"))),
        (report.findings[0]._repr_html_(), finding_fragment(a_hostile_report("harmless").findings[0])),
    ):
        page = Page(shown)
        assert page.scripts == []
        assert {tag for tag, _ in page.tags} <= {tag for tag, _ in Page(harmless).tags} | {"a", "span", "section"}
        assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name in {"style", "src", "id"}]
        assert all(link.startswith("https://evil") for link in page.values("href"))
        assert shown.count("<style>") == harmless.count("<style>") == 1
    assert Page(article_fragment(report)).texts["text"] == text


def test_the_styles_of_a_notebook_s_output_hold_for_nothing_else():
    (style,) = re.findall(r"<style>(.*?)</style>", article_fragment(a_report()), re.DOTALL)
    selectors = [one.strip() for rule in re.findall(r"([^{}]+)\{[^{}]*\}", style) for one in rule.split(",")]
    assert len(selectors) > 40
    assert [one for one in selectors if not re.match(r"(\[data-jp-theme-light=\"false\"\] |\.vscode-dark )?\.tqcheck-article\b", one)] == []
    assert "@" not in style
    assert "url(" not in style


def test_a_notebook_holds_no_more_than_the_beginning_of_a_long_article(monkeypatch):
    monkeypatch.setattr(html, "NOTEBOOK_TEXT", 30)
    monkeypatch.setattr(html, "NOTEBOOK_FINDINGS", 2)
    article = an_article()
    findings = tuple(a_finding(article, start, start + 4) for start in (0, 19, 40))
    shown = article_fragment(a_report(article, findings))
    assert Page(shown).texts["text"] == article.text[:30]
    assert "shows its first 30 characters" in shown
    assert "The worst 2 of 3 findings are shown" in shown
    segments = Article(id="s", segments=("x" * 20, "y" * 20, "z"))
    assert Page(article_fragment(a_report(segments, ()))).texts["segments"] == "x" * 20
    assert "first 30" not in article_fragment(a_report(an_article(text="Short."), ()))


def test_what_was_not_checked_is_said_in_a_notebook_too():
    shown = article_fragment(a_report(problems=(Problem("a1", "crashed", "word-doubled"),), rules_not_run=("meaning-drift",)))
    assert "Not everything could be checked: <code>word-doubled</code>: <bdi>crashed</bdi>" in shown
    assert "<code>meaning-drift</code>" in shown


def test_a_finding_alone_names_its_article_and_its_place():
    shown = finding_fragment(a_report().findings[0])
    assert "article <bdi>a1</bdi> · text 19–23" in shown
    assert '<mark class="minor"><bdi>Kiev</bdi></mark> → <ins><bdi>Kyiv</bdi></ins>' in shown
    assert "See also <bdi>Kyiv</bdi>" in shown
    article = an_article()
    assert "take it out" in finding_fragment(a_finding(article, 0, 4, suggestion=""))
    assert "→" not in finding_fragment(a_finding(article, 0, 4))


def test_the_time_for_a_line_does_not_grow_with_the_number_of_lines():
    def seconds(number):
        lines = [MarkedLine(2 * n, 2 * n + 1, (), "", "\n") for n in range(number)]
        segments = tuple(SegmentReport("text", None, line.start, line.end, "caption", ".") for line in lines)
        zones = html._Zones(a_report(segments=segments), ("text", None))
        started = time.process_time()
        assert {zones.zone(line) for line in lines} == {"caption"}
        return time.process_time() - started

    assert seconds(64_000) < 64 * seconds(4_000)  # 16 times is linear, 256 times the square
