"""What the readout and the images of charts use of the inside of Bokeh, one by one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.both, pytest.mark.shared]

RUN = "20260115_150000_shadow_scalper_BTC-EUR_1m"
VIEW = """(name) => [...Bokeh.index.query((view) => view.model.name === name && view.frame)]"""
NAMES = ("price", "volume", "position", "equity", "drawdown")


@pytest.fixture
def run(served_corpus: Served, open_page: Open) -> Page:
    page = open_page(f"{served_corpus.url}/watch/runs/{RUN}")
    expect(page.locator(".readout time")).to_contain_text("newest")
    return page


@pytest.fixture
def still_run(served_corpus: Served, open_once: Open) -> Page:
    """For tests that leave the page as it is."""
    page = open_once(f"{served_corpus.url}/watch/runs/{RUN}")
    expect(page.locator(".readout time")).to_contain_text("newest")
    return page


def hide_volume(page: Page) -> None:
    """Hide a chart without telling the server, which would refuse it."""
    hidden = "setv({visible: false}, {sync: false})"
    page.evaluate(f"() => {{ ({VIEW})('volume')[0].model.{hidden} }}")


def test_readout_sheet(still_run: Page) -> None:
    """All charts let a vertical swipe scroll the page."""
    actions = still_run.evaluate(
        "() => [...Bokeh.index.query((view) => view.frame)]"
        ".map((view) => getComputedStyle(view.canvas_view.events_el).touchAction)"
    )
    assert actions == ["pan-y"] * len(NAMES)


def test_readout_chart(still_run: Page) -> None:
    """Each name is that of one chart."""
    for name in NAMES:
        assert still_run.evaluate(f"(name) => ({VIEW})(name).length", name) == 1


def test_readout_visible(run: Page) -> None:
    """Charts that are not shown are told from others."""
    visible = f"() => ({VIEW})('volume')[0].model.visible"
    assert run.evaluate(visible) is True
    hide_volume(run)
    expect(run.locator(".readout [data-name=volume]")).to_have_count(0)


def test_readout_sources(still_run: Page) -> None:
    """Sources of a chart have the names that Python gave them."""
    names = still_run.evaluate(
        f"() => ({VIEW})('price')[0].model.renderers.map((one) => one.data_source?.name)"
    )
    wanted = {"up", "down", "closes", "signals", "bought", "sold", "blocked", "reasons", "gaps"}
    assert wanted <= set(names)


def test_readout_data(still_run: Page) -> None:
    """The points of a chart are in the source of its name."""
    data = "(one) => one.data_source?.name === 'curve'"
    equity = (
        f"() => [...({VIEW})('equity')[0].model.renderers.find({data}).data_source.data.equity]"
    )
    assert len(still_run.evaluate(equity)) == 30


def test_readout_tags(still_run: Page) -> None:
    """Charts say how many decimals their unit has."""
    tags = still_run.evaluate(f"() => ({VIEW})('equity')[0].model.tags")
    assert tags == ["digits 2 2"]


def test_readout_surface(still_run: Page) -> None:
    """What takes the pointer lies over the chart, and gets events of ours as well."""
    hears = f"""() => new Promise((done) => {{
      const surface = ({VIEW})("equity")[0].canvas_view.events_el
      surface.addEventListener("pointermove", () => done(surface.getBoundingClientRect().width))
      surface.dispatchEvent(new PointerEvent("pointermove", {{bubbles: true, composed: true}}))
    }})"""
    assert still_run.evaluate(hears) > 500


def test_readout_frame(still_run: Page) -> None:
    """The frames of all charts begin and end at the same places."""
    frame = f"""(name) => {{
      const {{x0, x1, y0, y1}} = ({VIEW})(name)[0].frame.bbox
      return [x0, x1, y1 > y0]
    }}"""
    frames = [still_run.evaluate(frame, name) for name in NAMES]
    assert frames[0][1] - frames[0][0] > 500
    assert frames == frames[:1] * len(NAMES)


def test_readout_scales(still_run: Page) -> None:
    """Scales give places for values, and values for places."""
    found = still_run.evaluate(f"""() => {{
      const {{x_scale, y_scale, bbox}} = ({VIEW})("equity")[0].frame
      const [x, y] = [(bbox.x0 + bbox.x1) / 2, (bbox.y0 + bbox.y1) / 2]
      return [x_scale.invert(x), x_scale.compute(x_scale.invert(x)) - x, y_scale.invert(y)]
    }}""")
    assert 1768489200000 < found[0] < 1768491000000
    assert abs(found[1]) < 1
    assert 9_900 < found[2] < 10_300


def test_browser_visible(run: Page) -> None:
    """Charts that are not shown are no part of an image."""
    run.locator(".area-chart summary", has_text="Take away").click()

    def height() -> int:
        with run.expect_download() as waiting:
            run.locator("[data-save]").click()
        return int.from_bytes(waiting.value.path().read_bytes()[20:24])

    whole = height()
    hide_volume(run)
    expect(run.locator(".readout [data-name=volume]")).to_have_count(0)
    assert height() < whole
