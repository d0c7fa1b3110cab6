"""What every page keeps, whatever it shows: in German it has no English words, and fits a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from browser.conftest import GAP, PHONE, Open
from browser.pages import ADDRESSES, CONTENT
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

ENGLISH = re.compile(
    r"\b(the|and|of|with|without|none|last|events|shown|drawn|search)\b", re.IGNORECASE
)
CUT = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).map(box => box.innerText)"
"""Tables whose rows are cards need no scrolling to the side."""

UNNAMED = """cells => cells.filter(cell =>
  getComputedStyle(cell, "::before").content !== JSON.stringify(cell.dataset.label)
).map(cell => cell.innerText)"""
"""Cells of cards that do not say their column."""

OWN_WORDS = "nav a, h1, h2, th, .tile .label, .tile .context, .caption, .foot, label"


@pytest.mark.parametrize("name", ADDRESSES)
def test_german_fits_a_phone(name: str, served_corpus: Served, open_page: Open) -> None:
    page = open_page(served_corpus.url + ADDRESSES[name], viewport=PHONE, locale="de-DE")
    expect(page.locator(CONTENT[name]).first).to_be_attached()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert page.evaluate(GAP) == 0
    expect(page.locator("#verdict a").first).to_have_text(re.compile("1 Session abgestürzt 18:12"))
    expect(page).to_have_title(re.compile("^\N{BLACK UP-POINTING TRIANGLE} "))
    words = page.locator(OWN_WORDS).all_inner_texts()
    assert len(words) > len(ADDRESSES)
    assert [text for text in words if ENGLISH.search(text)] == []
    assert page.locator(".scroll:has(table.stacked)").evaluate_all(CUT) == []
    cells = page.locator("table.stacked tbody td:not(:first-child)")
    assert cells.evaluate_all(UNNAMED) == []
