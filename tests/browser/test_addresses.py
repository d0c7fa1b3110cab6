"""Each page's address holds its view: links to it, back and forward, and values that are none."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from browser.pages import ADDRESSES, CONTENT
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

FILTER = "nav.filter a[data-send]:not([aria-current])"
CHOICES = {
    "console": FILTER,
    "dashboard": FILTER,
    "run": FILTER,
    "watch": "table.watched th a",
    "compare": "ul.runs a",
    "fleet": "table.of-fleet th a",
    "alerts": FILTER,
    "execution": FILTER,
}
"""Name of each page on which something can be chosen by a click to what is clicked."""

DEEP = {
    "console": "?mode=shadow&sort=-pnl",
    "dashboard": "?range=6h",
    "run": "?since=2026-01-15T17:50:00.000Z",
    "watch": "?q=state%3Ainactive&rows=100",
    "compare": "?by=bar",
    "fleet": "?q=mode%3Ashadow&sort=-return&offset=2&rows=3",
    "session": "?since=2026-01-15T18:11:00.000Z&until=2026-01-15T18:20:00.000Z",
    "alerts": "?hours=168&severity=WARN&severity=CRITICAL",
    "execution": "?limit=5",
}
"""Name of each page with a query to one that is written as the page itself writes it."""


BAD = {
    "console": "sort=nope&rows=-1",
    "watch": "q=%3A%3A&rows=x",
    "fleet": "q=%3A%3A&offset=-1",
    "session": "since=yesterday&until=%FF",
    "dashboard": "since=yesterday&at=0001-01-01T00:00:00Z",
    "quality": "limit=0",
}
"""Values that a page takes for none, where it does not refuse them.

That it works with them is tested on the pages themselves, in `tests/views/kit`.
"""


def ready(page: Page, name: str) -> Page:
    expect(page.locator(CONTENT[name]).first).to_be_attached()
    return page


@pytest.mark.parametrize("name", DEEP)
def test_a_link_to_a_view_shows_it_and_stays_and_back_and_forward_lead_on_from_there(
    name: str, served_corpus: Served, open_page: Open
) -> None:
    page = ready(open_page(served_corpus.url + ADDRESSES[name] + DEEP[name]), name)
    given = page.url.partition("?")[2].split("&")
    page.evaluate("history.pushState({}, '', '#elsewhere')")
    page.go_back()  # the page enters the view that this entry of the history stands for
    names = {part.partition("=")[0] for part in given}
    kept = page.url.partition("?")[2].split("&")
    assert [part for part in kept if part.partition("=")[0] in names] == given
    if name in CHOICES:
        back_and_forward_lead_to_what_is_chosen(page, name)


def back_and_forward_lead_to_what_is_chosen(page: Page, name: str) -> None:
    before = page.url
    page.locator(CHOICES[name]).first.click()
    page.wait_for_url(lambda url: url != before)
    after = page.url
    page.go_back()
    page.wait_for_url(before)
    page.go_forward()
    page.wait_for_url(after)


def test_every_choice_has_a_link_to_a_view() -> None:
    assert CHOICES.keys() <= DEEP.keys()


@pytest.mark.parametrize("name", BAD)
def test_values_that_are_none_are_not_refused(name: str, served_corpus: Served) -> None:
    assert served_corpus.ask(f"{ADDRESSES[name]}?{BAD[name]}").status == 200


@pytest.mark.parametrize(
    ("name", "query"), [("run", "tab=z"), ("alerts", "hours=0"), ("compare", "by=z")]
)
def test_values_that_a_page_refuses_are_named(name: str, query: str, served_corpus: Served) -> None:
    answer = served_corpus.ask(f"{ADDRESSES[name]}?{query}")
    assert answer.status == 422
    assert re.search(query.partition("=")[0], answer.body.decode())
