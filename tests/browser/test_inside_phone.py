"""What makes room for charts on a phone, by what it uses of the inside of Bokeh."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import PHONE, Open
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.both, pytest.mark.shared]

RUN = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"
VIEW = """(name) => [...Bokeh.index.query((view) => view.model.name === name)]"""
CHARTS = """() => [...Bokeh.index.query((view) => view.frame && view.model.visible)].map((view) => {
  const axes = (side) => [...view.views.all_views()].filter((one) => one.panel?.side === side)
  const labels = (axis) => axis.model.formatter.doFormat([0, 1], axis)
  const last = (axis) => axis.model.formatter.doFormat([5], axis)
  const {x0, x1} = view.frame.bbox
  return {
    frame: [x0, x1], width: view.bbox.width, title: view.model.title.offset,
    inside: view.model.left[0].major_label_standoff < 0,
    left: axes("left").flatMap(labels), right: axes("right").flatMap(labels),
    last: axes("right").flatMap(last),
  }
})"""


@pytest.fixture
def phone(served_corpus: Served, open_once: Open) -> Page:
    """A run on a phone, whose charts have been given their room."""
    page = open_once(f"{served_corpus.url}/watch/runs/{RUN}", viewport=PHONE)
    expect(page.locator(".readout time")).to_contain_text("newest")
    page.wait_for_function(f"() => ({CHARTS})().every(({{frame}}) => frame[0] < 10)")
    return page


def charts(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(CHARTS)
    assert len(found) == 5
    return found


def test_browser_put(phone: Page) -> None:
    """Values are set without a word to the server or to what is drawn."""
    assert phone.evaluate(f"""() => {{
      const told = []
      const [{{model}}] = ({VIEW})("equity")
      Bokeh.documents[0].on_change((event) => {{ told.push(event.attr) }})
      const heard = () => {{ told.push("drawn") }}
      model.properties.min_border_left.change.connect(heard)
      const before = model.min_border_left
      model.setv({{min_border_left: before + 1}}, {{silent: true}})
      const set = model.min_border_left - before
      model.setv({{min_border_left: before}}, {{silent: true}})
      model.properties.min_border_left.change.disconnect(heard)
      return [set, told]
    }}""") == [1, []]


def test_browser_layout(phone: Page) -> None:
    """A change of one chart lays out all that stand together."""
    begins = phone.evaluate("""() => {
      const views = [...Bokeh.index.query((view) => view.frame && view.model.visible)]
      const begins = () => views.map((view) => view.frame.bbox.x0)
      const move = (by) => {
        for (const {model} of views) {
          model.setv({min_border_left: model.min_border_left + by}, {silent: true})
        }
        views[0].model.properties.min_border_left.change.emit()
        return begins()
      }
      return [new Set(views.map((view) => view.root)).size, begins(), move(40), move(-40)]
    }""")
    roots, before, moved, after = begins
    assert roots == 1
    assert moved == [place + 40 for place in before]
    assert after == before


def test_browser_gutters(phone: Page) -> None:
    """All charts are as wide as each other and take most of the screen; on a desktop as before."""
    found = charts(phone)
    assert {tuple(chart["frame"]) for chart in found} == {tuple(found[0]["frame"])}
    begin, end = found[0]["frame"]
    assert end - begin > 0.75 * found[0]["width"]
    phone.set_viewport_size({"width": 1440, "height": 900})
    phone.wait_for_function(f"() => ({CHARTS})().every(({{frame}}) => frame[0] >= 84)")
    assert not any(chart["inside"] or chart["title"] for chart in charts(phone))
    phone.set_viewport_size({"width": 375, "height": 812})
    phone.wait_for_function(f"() => ({CHARTS})().every(({{frame}}) => frame[0] < 10)")


def test_browser_axes(phone: Page) -> None:
    """The labels of values are within their charts."""
    assert all(chart["inside"] for chart in charts(phone))


def test_browser_side(phone: Page) -> None:
    """A label within its chart stands above its line, the last value beside the end of its own."""
    for chart in charts(phone):
        assert all(label.endswith("\n\N{NO-BREAK SPACE}") for label in chart["left"])
        assert not any("\n" in label for label in chart["right"])


def test_browser_least(phone: Page) -> None:
    """The last value has the decimals of its unit, zeros at the end as well."""
    last = [label for chart in charts(phone) for label in chart["last"]]
    assert sorted(last) == ["5.00"] * 4 + ["500.00 %"]


def test_browser_title(phone: Page) -> None:
    """The title of a chart begins beside its uppermost label."""
    assert all(chart["title"] > 0 for chart in charts(phone))
