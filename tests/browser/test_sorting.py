"""On a phone the order of rows is chosen from a list."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, expect

from browser.conftest import GAP, PHONE, Open
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

RUN: Final = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"
SORTED: Final = {
    "sessions": ("/?q=mode:paper", "pnl", "-pnl"),
    "watched": ("/watch?q=mode:paper", "strategy", "-return"),
    "closed": (f"/watch/runs/{RUN}?tab=closed", "pnl", "-entry_time"),
}
"""Table to its page, and two orders."""


def sort_of(select: Locator) -> str:
    """Return the order that a list says."""
    return parse_qs(select.input_value()).get("sort", [""])[0]


@pytest.mark.parametrize("name", SORTED)
def test_a_phone_sorts_by_a_list(name: str, served_corpus: Served, open_page: Open) -> None:
    path, first, second = SORTED[name]
    page = open_page(served_corpus.url + path, viewport=PHONE)
    table = page.locator(f"table.{name}")
    select, head = table.get_by_label("sort by"), table.locator("thead")
    expect(select).to_be_visible()
    expect(head).to_be_hidden()
    assert page.evaluate(GAP) == 0
    assert sort_of(select) == ""
    keys = table.locator("th[data-column]:has(a)").evaluate_all(
        "heads => heads.map(head => head.dataset.column)"
    )
    orders = [parse_qs(value).get("sort", [""])[0] for value in values(select)]
    assert orders == ["", *(f"{sign}{key}" for key in keys for sign in ("", "-"))]

    column = table.locator(f"th[data-column={first}]")
    select.select_option(value=next(value for value in values(select) if f"sort={first}" in value))
    expect(page).to_have_url(re.compile(f"[?&]sort={first}$"))
    expect(column).to_have_attribute("aria-sort", "ascending")
    kept = parse_qs(urlsplit(path).query)
    assert parse_qs(urlsplit(page.url).query) == {**kept, "sort": [first]}

    select.focus()
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile(f"[?&]sort=-{first}$"))
    expect(column).to_have_attribute("aria-sort", "descending")
    expect(select).to_be_focused()

    select.select_option(value=next(value for value in values(select) if f"sort={second}" in value))
    expect(page).to_have_url(re.compile(f"[?&]sort={second}$"))
    page.go_back()
    expect(column).to_have_attribute("aria-sort", "descending")
    expect(select).to_have_value(re.compile(f"(^|&)sort=-{first}$"))


def values(select: Locator) -> list[str]:
    """Return what a list offers."""
    found: list[str] = select.locator("option").evaluate_all(
        "options => options.map(option => option.value)"
    )
    return found
