"""What our scripts use of the inside of Bokeh and Panel, one by one: each fails if that changed.

The names are those in `inside` of the scripts; tests/codebase holds that none is left out.
"""

from __future__ import annotations

import base64
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from browser.pages import point_at_first_fill, save_charts
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.both, pytest.mark.shared]

RUN = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"
VIEW = """(name) => [...Bokeh.index.query((view) => view.model.name === name)]"""
MODELS = "[...Bokeh.documents[0].all_models]"
TOKEN = """(name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()"""
MOMENTS = "[40, 50].map((minute) => Date.UTC(2026, 0, 15, 8, minute))"
COLORS = """async (data) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0))
  const image = await createImageBitmap(new Blob([bytes]))
  const area = new OffscreenCanvas(image.width, image.height).getContext("2d")
  area.drawImage(image, 0, 0)
  const drawn = area.getImageData(0, 0, image.width, image.height)
  return new Set(new Uint32Array(drawn.data.buffer)).size
}"""


@pytest.fixture
def run(served_corpus: Served, open_page: Open) -> Page:
    """A run with charts, in a zone that is not that of the server."""
    page = open_page(f"{served_corpus.url}/watch/runs/{RUN}", timezone_id="Asia/Tokyo")
    page.wait_for_function(f"() => ({VIEW})('equity').length === 1")
    return page


@pytest.fixture
def still_run(served_corpus: Served, open_once: Open) -> Page:
    """For tests that leave the page as it is."""
    page = open_once(f"{served_corpus.url}/watch/runs/{RUN}", timezone_id="Asia/Tokyo")
    page.wait_for_function(f"() => ({VIEW})('equity').length === 1")
    return page


def hovered(page: Page) -> Any:
    """Return the tooltip of a mark in the lanes of an execution log."""
    point_at_first_fill(page)
    tooltip = page.locator(".bk-Tooltip:visible")
    expect(tooltip).to_contain_text("Fill: ")
    return tooltip


def choose_zone(page: Page) -> None:
    page.locator("#zone").click()
    expect(page.locator("#zone")).to_have_text("local")


def test_browser_models(run: Page) -> None:
    """All charts of the page are relabelled."""
    choose_zone(run)
    labels = run.evaluate(
        f"() => {MODELS}.filter((model) => model.type === 'DatetimeTickFormatter')"
        f".map((model) => model.doFormat({MOMENTS}, {{loc: 0}})[1].trim())"
    )
    assert len(labels) >= 2
    assert set(labels) - {""} == {"17:50"}  # some axes are without labels


def test_browser_type(still_run: Page) -> None:
    """Formatters are told from each other, and from all else; that of gaps by its tag."""
    own = (
        f"() => {MODELS}.filter((model) => Object.hasOwn(model, 'doFormat'))"
        ".map((model) => model.constructor.__qualified__ ?? model.type)"
    )
    still_run.wait_for_function(f"() => ({own})().length > 1")
    kinds = {"BasicTickFormatter", "DatetimeTickFormatter", "NumeralTickFormatter"}
    assert set(still_run.evaluate(own)) == kinds


def test_browser_tags(run: Page) -> None:
    """The tags that Python gives name the colours of lines, in both themes."""
    shown = f"""(tone) => {MODELS}.filter((model) => model.type === "Line")
      .filter((model) => model.tags.includes(tone)).map((model) => model.line_color.value)"""
    seen = []
    for theme in ("light", "dark"):
        run.locator(f"[data-choose-theme={theme}]").first.click()
        seen.append(run.evaluate(TOKEN, "--pt-accent"))
        colors = run.evaluate(shown, "accent")
        assert colors
        assert set(colors) == {seen[-1]}
    assert seen[0] != seen[1]


def test_browser_set(run: Page) -> None:
    """A colour is set where there is one of that name, and nobody is told."""
    run.evaluate("""() => {
      window.peakTold = []
      Bokeh.documents[0].on_change((event) => {{
        if (event.attr?.endsWith("_color")) peakTold.push(event.sync)
      }})
    }""")
    for theme in ("light", "dark"):
        run.locator(f"[data-choose-theme={theme}]").first.click()
    assert run.evaluate("() => peakTold") == []
    assert run.evaluate(f"""() => {MODELS}.filter((model) => model.type === "Line")
      .every((model) => "line_color" in model.properties && !("fill_color" in model.properties))""")


def test_tooltips_sheet(served_corpus: Served, open_page: Open) -> None:
    """Names in a tooltip have the colour of the page, however early the chart was made."""
    page = open_page(f"{served_corpus.url}/live/execution/exec_all_kinds")
    hovered(page)
    sheets = """() => {
      const found = []
      const look = (root) => {
        for (const element of root.querySelectorAll("*")) {
          if (element.localName === "style") found.push(element.textContent)
          if (!element.shadowRoot) continue
          look(element.shadowRoot)
          for (const sheet of element.shadowRoot.adoptedStyleSheets) {
            found.push([...sheet.cssRules].map((rule) => rule.cssText).join(" "))
          }
        }
      }
      look(document)
      return found.filter((text) => text.includes("tooltip-row-label"))
    }"""
    ours = "(text) => text.includes('var(--pt-muted)') && !text.includes('26aae1')"
    page.wait_for_function(f"() => ({sheets})().length && ({sheets})().every({ours})")


def test_browser_formatters(served_corpus: Served, open_page: Open) -> None:
    """Tooltips have times in both zones, and numbers as the language writes them."""
    page = open_page(
        f"{served_corpus.url}/live/execution/exec_all_kinds",
        timezone_id="Asia/Tokyo",
        locale="de-DE",
    )
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}"
    expect(hovered(page)).to_contain_text(re.compile(rf"{stamp} UTC\s+{stamp} Asia/Tokyo"))
    written = """() => Bokeh.require("core/util/templating")
      .replace_placeholders("@x{0,0.0}", {get_column: () => [1234.5], data: {x: [1234.5]}}, 0)"""
    assert "1.234,5" in str(page.evaluate(written))


def test_browser_ticks(run: Page) -> None:
    """Axes are drawn anew with what our formatters say."""
    drawn = """() => [...Bokeh.index.query((view) => view.model.name === "drawdown")][0]
      .canvas_view.el.shadowRoot.querySelector("canvas").toDataURL()"""
    run.wait_for_function(
        f"""() => {{
      const before = window.peakDrawn
      window.peakDrawn = ({drawn})()
      return before === window.peakDrawn
    }}""",
        polling=500,
    )
    choose_zone(run)
    run.wait_for_function(f"() => ({drawn})() !== window.peakDrawn")


def test_browser_chart(still_run: Page) -> None:
    """A chart is found by the name that its button has."""
    for name in ("equity", "price"):
        exporting = f"(name) => ({VIEW})(name).map((view) => typeof view.export)"
        assert still_run.evaluate(exporting, name) == ["function"]


def test_browser_image(still_run: Page) -> None:
    """What is saved has the size of the chart, and something on it."""
    save_charts(still_run)
    with still_run.expect_download() as waiting:
        still_run.locator("[data-save]").click()
    data = Path(waiting.value.path()).read_bytes()
    size = f"""() => {{
      const names = ["price", "volume", "position", "equity", "drawdown"]
      const boxes = names.map((name) => ({VIEW})(name)[0].el.getBoundingClientRect())
      const height = boxes.reduce((sum, box) => sum + box.height, 28)
      return [boxes[0].width, height].map((length) => Math.round(length * devicePixelRatio))
    }}"""
    for saved, shown in zip(
        struct.unpack(">II", data[16:24]), still_run.evaluate(size), strict=True
    ):
        assert abs(saved - shown) <= 5
    assert still_run.evaluate(COLORS, base64.b64encode(data).decode()) > 9


def test_elements_style(still_run: Page) -> None:
    """The parts of the page have its styles, whatever Panel gives them."""
    ruled = """() => {
      const rules = document.getElementById("peak-styles").sheet.cssRules.length
      const found = []
      const look = (root) => {
        for (const element of root.querySelectorAll("*")) {
          if (element.shadowRoot) look(element.shadowRoot)
          if (element.matches(".peak")) {
            const sheets = element.getRootNode().adoptedStyleSheets
            found.push(sheets.some((one) => one.cssRules.length === rules))
          }
        }
      }
      look(document)
      return found
    }"""
    still_run.wait_for_function(f"() => ({ruled})().length")
    assert all(still_run.evaluate(ruled))


def test_elements_mark(still_run: Page) -> None:
    """An empty part says so, and its place on the page is not shown."""
    expect(still_run.locator(".area-fault [data-empty]")).to_have_count(1)
    expect(still_run.locator(".area-fault")).to_be_hidden()
    expect(still_run.locator(".area-tiles [data-empty]")).to_have_count(0)
    assert still_run.locator(".area-tiles .peak").count() >= 1
