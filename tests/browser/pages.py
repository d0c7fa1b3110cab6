"""The pages of the table: where each is in the corpus, and what shows that it is there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from playwright.sync_api import Page, expect

from peak_trade.contract.registry.pages import NAMED

ADDRESSES: Final = {name: page.address(page.example) for name, page in NAMED.items()}
"""Name of each page to its address in the corpus of the contract."""

CONTENT: Final = {
    "console": ".sessions tbody tr",
    "dashboard": ".events tbody tr",
    "run": ".events tbody tr",
    "watch": ".watched tbody tr",
    "compare": "ul.runs li",
    "session": ".tile",
    "alerts": "ul.groups li",
    "telemetry": ".gauge",
    "execution": ".timeline tbody tr",
    "quality": ".kinds tbody tr",
    "fleet": ".of-fleet tbody tr",
    "about": ".proofs tbody tr",
}
"""Name of each page to what shows that its content is there."""


def unvisited(addresses: Iterable[str]) -> set[str]:
    """Return the names of the pages that none of these addresses leads to."""
    paths = [address.partition("?")[0] for address in addresses]
    return {name for name, page in NAMED.items() if not any(map(page.pattern.fullmatch, paths))}


FIRST_FILL = """() => {
  const [plot] = [...Bokeh.index.query((view) => view.model.name === "execution")]
  const fills = plot?.model.renderers.find((one) => one.glyph.marker?.value === "triangle")
  if (!fills?.data_source.data.time?.length) return [NaN, NaN]
  const {time, lane} = fills.data_source.data
  const frame = plot.canvas_view.el.getBoundingClientRect()
  return [
    frame.x + plot.frame.x_scale.compute(time[0]),
    frame.y + plot.frame.y_scale.compute(lane[0]),
  ]
}"""
"""Where on the screen the first fill of an execution log is drawn; not numbers until it is."""


FOOT: Final = """(name) => {
  const [view] = [...Bokeh.index.query((view) => view.model.name === name && view.frame)]
  return view.canvas_view.el.getBoundingClientRect().bottom
}"""
"""Where on the screen the chart of a name ends, with its axis."""


def point_at_first_fill(page: Page) -> None:
    """Move the mouse to the first fill in the lanes of an execution log, once it is shown."""
    expect(page.locator("main:not([data-filling])")).to_be_attached()
    page.wait_for_function(f"() => ({FIRST_FILL})().every(Number.isFinite)")
    page.mouse.move(*page.evaluate(FIRST_FILL))


def save_charts(page: Page) -> None:
    """Open the menu from which the charts of a page are saved."""
    page.locator("summary", has_text="Take away").first.click()


def choose_tab(page: Page, tab: str) -> None:
    """Choose a tab of a run, and wait until it is shown: the files below it are of it then."""
    page.locator(f".tabs [data-send='tab={tab}']").click()
    expect(page.locator(f".area-panel footer a[href*='tab={tab}']").first).to_be_attached()
