"""A report from its page: the link downloads it, and the file draws without anything else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.conftest import Open
from conftest import NewContext
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

RUN = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"
SESSION = "session_20260115_181000_shadow_a1b2c3"


@pytest.mark.parametrize(
    ("path", "word", "pictures"),
    [(f"/watch/runs/{RUN}", "ma_crossover", 5), (f"/session/{SESSION}", SESSION, 0)],
)
def test_the_link_of_a_page_gives_a_file_that_needs_nothing(
    path: str,
    word: str,
    pictures: int,
    served_corpus: Served,
    open_page: Open,
    new_context: NewContext,
    tmp_path: Path,
) -> None:
    page = open_page(f"{served_corpus.url}{path}")
    with page.expect_download() as download:
        page.locator(".heading").get_by_role("link", name="report", exact=True).click()
    file = tmp_path / "report.html"
    download.value.save_as(file)
    assert re.search(r"_report_\d{8}T\d{6}Z\.html$", download.value.suggested_filename)
    expect(page.locator(".heading")).to_be_visible()  # the page is where it was
    context = new_context(offline=True, java_script_enabled=False)
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.set_content(file.read_text())
    expect(opened.locator("h1")).to_contain_text(word)
    widths = opened.locator("img").evaluate_all("(all) => all.map((one) => one.naturalWidth)")
    assert len(widths) == pictures
    assert [width for width in widths if width < 100] == []
    assert complaints == []
    shown = opened.viewport_size
    assert shown
    assert opened.evaluate("document.documentElement.scrollWidth") <= shown["width"]
