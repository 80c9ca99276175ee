"""The report in a real browser: from the index to a finding, with and without JavaScript."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install Debian's package chromium"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    feed = ROOT / "corpora" / "sample-feed" / "feed.jsonl"
    command = [sys.executable, "-m", "tqcheck", "report", str(feed), "-o", str(folder), "--model", "none", "--fail-on", "never"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install 'tqcheck[dev]'")
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def requests():
    return []


@pytest.fixture
def page(browser, requests):
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.on("request", lambda request: requests.append(request.url))
    yield opened
    opened.close()


def test_a_reader_clicks_from_the_index_to_an_article_and_on_to_a_finding(page, report, requests):
    page.goto((report / "index.html").as_uri())
    page.get_by_role("link", name="Volunteers reopen rail bridge near Kharkiv after eight months").click()
    assert page.url.endswith("articles/sf-01-rail-bridge.html")
    page.locator("mark:has-text('Kharkov') + a.ref").first.click()
    card = page.locator(page.url[page.url.index("#") :])
    assert card.is_visible()
    assert "Kharkiv" in card.inner_text()
    assert all(url.startswith("file:") for url in requests), "a report loads nothing from anywhere"


def test_the_index_can_be_filtered_by_rule(page, report):
    page.goto((report / "index.html").as_uri())
    rows = page.locator("table tbody tr:visible")
    everything = rows.count()
    page.get_by_label("Rule").select_option("attribution-doubled")
    assert 0 < rows.count() < everything


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 360])
def test_pages_fit_the_screen_and_work_without_javascript(browser, report, scheme, width):
    context = browser.new_context(java_script_enabled=False, color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    for path in ("index.html", "articles/sf-01-rail-bridge.html", "articles/sf-29-ulivi.html"):
        page.goto((report / path).as_uri())
        assert page.locator("h1, h2").first.is_visible()
    context.close()
