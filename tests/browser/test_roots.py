"""Pages over two roots: which root a thing is of, and what is left when one root is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.conftest import DESKTOP, GAP, PHONE, Open
from browser.growing import GrowingRun
from conftest import Start
from serving import Served

pytestmark = pytest.mark.browser

ROWS = "table.watched tbody tr"
LIVE, PAPER = "live", "paper"
LABEL = "Paper box"
SETTINGS = f"""
[[roots]]
name = "{LIVE}"
path = "{LIVE}"

[[roots]]
name = "{PAPER}"
path = "{PAPER}"
label = "{LABEL}"
"""


@pytest.fixture
def runs(tmp_path: Path) -> dict[str, GrowingRun]:
    """A run of the same name in two roots, the second one longer."""
    return {
        name: GrowingRun(tmp_path / name, "same", rows=rows)
        for name, rows in ((LIVE, 3), (PAPER, 5))
    }


@pytest.fixture
def served(tmp_path: Path, runs: dict[str, GrowingRun], server: Start) -> Served:
    assert runs
    (tmp_path / "config.toml").write_text(SETTINGS)
    return server(tmp_path)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_root_is_a_column_and_a_chip(
    served: Served, open_page: Open, viewport: dict[str, int]
) -> None:
    page = open_page(f"{served.url}/watch", viewport=viewport)
    expect(page.locator(ROWS)).to_have_count(2)
    assert sorted(page.locator(f"{ROWS} .root").all_inner_texts()) == [LABEL, LIVE]
    page.locator(".bar").get_by_role("link", name=re.compile(LABEL)).click()
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(f"{ROWS} td.id")).to_have_text("paper~same")
    expect(page).to_have_url(re.compile("q=root%3Apaper"))
    assert page.evaluate(GAP) == 0


def test_a_run_of_another_root_is_opened_and_followed(
    served: Served, open_page: Open, runs: dict[str, GrowingRun]
) -> None:
    page = open_page(f"{served.url}/watch")
    page.locator(ROWS).get_by_role("link", name="paper~same", exact=True).click()
    expect(page.locator(".heading .root")).to_have_text(LABEL)
    steps = page.locator(".tile").filter(has_text="Steps").locator(".value")
    expect(steps).to_have_text("5")
    runs[LIVE].grow()
    runs[PAPER].grow(2)
    expect(steps).to_have_text("7")


def test_a_root_that_goes_is_one_warning_on_an_open_page(
    served: Served, open_page: Open, tmp_path: Path, runs: dict[str, GrowingRun]
) -> None:
    page = open_page(f"{served.url}/watch")
    expect(page.locator(ROWS)).to_have_count(2)
    warning = page.locator(".overall a").filter(has_text="The root paper is unreachable")
    elsewhere = (tmp_path / PAPER).rename(tmp_path / "elsewhere")
    expect(warning).to_contain_text(": it does not exist")
    expect(page.locator(".overall a").filter(has_text="cannot be listed")).to_have_count(0)
    expect(page.locator(ROWS)).to_have_count(2)
    elsewhere.rename(tmp_path / PAPER)
    expect(warning).to_have_count(0)
    GrowingRun(tmp_path / PAPER, "more", rows=1)
    expect(page.locator(ROWS)).to_have_count(3)
    assert runs


def test_with_one_root_pages_say_nothing_of_it(
    server: Start, open_page: Open, tmp_path: Path, runs: dict[str, GrowingRun]
) -> None:
    assert runs
    page = open_page(f"{server(tmp_path / PAPER).url}/watch")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(".root")).to_have_count(0)
    expect(page.locator("th").filter(has_text="root")).to_have_count(0)
