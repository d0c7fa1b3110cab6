"""Questions that a console is opened for: how many steps there are between page and answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import GAP, PHONE, Open
from browser.pages import CONTENT
from peak_trade.contract.registry.pages import RUN
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

CUT: Final = """parts => {
  const {bottom} = document.getElementById("verdict").getBoundingClientRect()
  return parts.filter(part => part.getBoundingClientRect().bottom > bottom)
    .map(part => part.innerText)
}"""
"""Parts of the verdict that are not in view."""


@dataclass
class Hand:
    """What a person does on a page: each click, choice or query is a step."""

    page: Page
    steps: int = 0

    def click(self, target: Locator) -> None:
        self.steps += 1
        target.first.click()

    def ask(self, query: str) -> None:
        self.steps += 1
        box = self.page.get_by_label("Search sessions")
        box.fill(query)
        box.press("Enter")


def who_died(hand: Hand) -> None:
    expect(hand.page.locator("#verdict a").first).to_have_text(
        re.compile("1 session crashed 18:12")
    )


def why_no_trade(hand: Hand) -> None:
    hand.click(hand.page.locator(".tile", has_text="Blocked"))
    expect(hand.page.locator("table.reasons")).to_contain_text("max_order_notional")


def drawdown_since(hand: Hand) -> None:
    hand.click(hand.page.locator(".tile", has_text="Drawdown now"))
    drawdown = hand.page.locator(".tile", has=hand.page.get_by_text("Drawdown", exact=True))
    expect(drawdown).to_contain_text("since 15 Jan 18:15")


def failed_with_losses(hand: Hand) -> None:
    hand.ask("mode:testnet status:failed pnl<0")
    expect(hand.page).to_have_url(re.compile("q=mode%3Atestnet.+status%3Afailed.+pnl%3C0"))


def difference_of_runs(hand: Hand) -> None:
    hand.click(hand.page.get_by_role("link", name="Compare", exact=True))
    hand.click(hand.page.get_by_role("link", name="Compare the first two"))
    expect(hand.page.locator("table.differences tbody tr")).not_to_have_count(0)


def moment_of_alert(hand: Hand) -> None:
    hand.click(hand.page.locator("ul.groups .there a"))
    expect(hand.page).to_have_url(re.compile("at=2026-01-15"))
    expect(hand.page.locator(CONTENT["execution"])).not_to_have_count(0)


def equity_of_all_rows(hand: Hand) -> None:
    hand.click(hand.page.locator("summary", has_text="Take away"))
    with hand.page.expect_download() as download:
        hand.click(hand.page.get_by_label(re.compile(r"^parquet, all rows")))
    assert download.value.suggested_filename.endswith(".parquet")


def damaged_data(hand: Hand) -> None:
    hand.click(hand.page.locator("#verdict a", has_text="read errors"))
    expect(hand.page.locator("table.kinds tbody tr")).not_to_have_count(0)


def printed_status(hand: Hand) -> None:
    hand.page.context.add_init_script("window.print = () => document.body.dataset.printed = 1")
    with hand.page.expect_popup() as opened:
        hand.click(hand.page.get_by_role("link", name="Print the status"))
    expect(opened.value.locator("body[data-printed] h1")).to_be_visible()


Task = Callable[[Hand], None]
TASKS: Final[tuple[tuple[Task, str, int], ...]] = (
    (who_died, "/", 0),
    (why_no_trade, f"/watch/runs/{RUN}", 1),
    (drawdown_since, "/", 1),
    (failed_with_losses, "/", 1),
    (difference_of_runs, "/", 3),
    (moment_of_alert, "/live/alerts", 1),
    (equity_of_all_rows, f"/watch/runs/{RUN}", 2),
    (damaged_data, "/", 1),
    (printed_status, "/", 1),
)
"""What is asked, on which page, and in how many steps it is answered at most."""


@pytest.mark.ops
def test_answers_are_few_steps_away(served_corpus: Served, open_page: Open) -> None:
    page = open_page(served_corpus.url)
    for task, path, most in TASKS:
        page.goto(served_corpus.url + path)
        hand = Hand(page)
        task(hand)
        assert hand.steps <= most, task.__name__


def test_all_of_the_verdict_is_a_tap_away_on_a_phone(
    served_corpus: Served, open_page: Open
) -> None:
    phone = open_page(served_corpus.url, viewport=PHONE, has_touch=True, locale="de-DE")
    parts = phone.locator("#verdict .overall > *")
    expect(parts.first).to_be_visible()
    assert parts.count() > 3
    assert parts.first.evaluate_all(CUT) == []
    assert parts.evaluate_all(CUT) != []
    phone.locator("#verdict button").tap()
    assert parts.evaluate_all(CUT) == []
    assert phone.evaluate(GAP) == 0
