"""The values of all charts of a run at the crosshair: by mouse, by touch and by keyboard."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from browser.conftest import PHONE, Open
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

RUN = "20260115_150000_shadow_scalper_BTC-EUR_1m"
READ = """() => Object.fromEntries([...document.querySelectorAll(".readout [data-name]")]
  .map((one) => [one.dataset.name, one.querySelector("b").textContent]))"""
PLACE = """([name, time]) => {
  const [view] = [...Bokeh.index.query((view) => view.model.name === name && view.frame)]
  const {x, y} = view.canvas_view.el.getBoundingClientRect()
  const {y0, y1} = view.frame.bbox
  return [x + view.frame.x_scale.compute(time), y + (y0 + y1) / 2]
}"""
CHARTS = ("price", "volume", "position", "equity", "drawdown")


def rows(served: Served, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = served.ask(f"/api/v0/runs/{RUN}/{path}").json
    return found


def milliseconds(text: str) -> float:
    return float(pd.Timestamp(text).timestamp() * 1000)


def number(text: str) -> float:
    return float(text.replace(",", "").replace(" %", ""))


@pytest.fixture
def run(served_corpus: Served, open_once: Open) -> Page:
    """The page of a run on which nothing is pointed at."""
    page = open_once(f"{served_corpus.url}/watch/runs/{RUN}")
    page.mouse.move(5, 5)
    expect(page.locator(".readout time")).to_contain_text("newest 2026-01-15 15:29:00 UTC")
    return page


def point(page: Page, chart: str, time: float) -> None:
    x, y = page.evaluate(PLACE, [chart, time])
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)


@pytest.mark.ops
def test_every_candle_is_read_in_every_chart(run: Page, served_corpus: Served) -> None:
    """The readout says what the routes say, wherever on the five charts the pointer is."""
    candles, curve = rows(served_corpus, "price"), rows(served_corpus, "curve")
    held = rows(served_corpus, "price?table=position")
    assert len(candles) == len(curve) == 30
    for place, (candle, drawn) in enumerate(zip(candles, curve, strict=True)):
        time = milliseconds(candle["time"])
        point(run, CHARTS[place % len(CHARTS)], time)
        clock = candle["time"][11:19]
        expect(run.locator(".readout time")).to_have_text(f"2026-01-15 {clock} UTC")
        read = run.evaluate(READ)
        for name in ("open", "high", "low", "close", "volume"):
            assert number(read[name]) == pytest.approx(candle[name], rel=1e-4), (clock, name)
        assert number(read["equity"]) == pytest.approx(drawn["equity"], abs=0.006)
        assert number(read["drawdown"]) == pytest.approx(drawn["drawdown"] * 100, abs=0.006)
        position = [one for one in held if milliseconds(one["time"]) <= time][-1]
        assert number(read["position"]) == pytest.approx(position["position"])
        if place:
            change = candle["close"] / candles[place - 1]["close"] - 1
            assert number(read["change"]) == pytest.approx(change * 100, abs=0.006)


def test_marks_are_read_with_their_reason(run: Page, served_corpus: Served) -> None:
    marks = rows(served_corpus, "price?table=marks")
    words = {"signal": "signal", "blocked": "blocked"}
    for mark in marks:
        point(run, "price", milliseconds(mark["time"]))
        word = words.get(mark["kind"]) or ("bought" if mark["value"] > 0 else "sold")
        expect(run.locator(".readout p")).to_contain_text(word)
        if mark["kind"] == "blocked":
            assert mark["reason"]
            expect(run.locator(".readout p")).to_contain_text(mark["reason"])
    assert {mark["kind"] for mark in marks} == {"signal", "fill", "blocked"}


def test_labels_are_at_the_crosshair_and_leave_with_it(run: Page) -> None:
    point(run, "equity", 1768489200000 + 600_000)
    time, value = run.locator(".at-crosshair.x"), run.locator(".at-crosshair.y")
    expect(time).to_have_text("15 Jan 15:10")
    expect(value).to_be_visible()
    assert 9_900 < number(value.inner_text()) < 10_300
    run.mouse.move(5, 5)
    expect(time).to_be_hidden()
    expect(run.locator(".readout time")).to_contain_text("newest")


def test_the_keyboard_moves_the_crosshair_and_zooms(served_corpus: Served, open_page: Open) -> None:
    run = open_page(f"{served_corpus.url}/watch/runs/{RUN}")
    expect(run.locator(".readout time")).to_contain_text("newest")
    charts, time = run.locator("[data-charts]"), run.locator(".readout time")
    charts.focus()
    for key, clock in (
        ("ArrowLeft", "15:28:00"),
        ("ArrowLeft", "15:27:00"),
        ("Shift+ArrowLeft", "15:17:00"),
        ("ArrowRight", "15:18:00"),
        ("Home", "15:00:00"),
        ("End", "15:29:00"),
    ):
        run.keyboard.press(key)
        expect(time).to_have_text(f"2026-01-15 {clock} UTC")
    span = """() => {
      const [view] = [...Bokeh.index.query((view) => view.model.name === "equity")]
      return view.model.x_range.end - view.model.x_range.start
    }"""
    whole = run.evaluate(span)
    run.keyboard.press("Shift+ArrowLeft")
    run.keyboard.press("+")
    run.wait_for_function(f"(whole) => ({span})() < whole", arg=whole)
    closer = run.evaluate(span)
    run.keyboard.press("-")
    run.wait_for_function(f"(closer) => ({span})() > closer", arg=closer)
    run.keyboard.press("Escape")
    expect(time).to_contain_text("newest")


def test_the_same_values_are_a_table(run: Page) -> None:
    run.get_by_text("Values as a table").click()
    table = run.locator(".values table")
    expect(table.locator("tbody tr")).to_have_count(30)
    heads = table.locator("thead th").all_inner_texts()
    cells = table.locator("tbody tr").last.locator("th, td").all_inner_texts()
    last = dict(zip(heads, cells, strict=True))
    assert last["time"] == "2026-01-15 15:29:00 UTC"
    assert last["close"] == run.evaluate(READ)["close"]
    assert math.isfinite(number(last["equity"]))


def test_a_tap_shows_the_values_and_a_swipe_scrolls_the_page(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(f"{served_corpus.url}/watch/runs/{RUN}", viewport=PHONE, has_touch=True)
    expect(page.locator(".readout time")).to_contain_text("newest")
    page.locator("[data-charts]").scroll_into_view_if_needed()
    x, y = page.evaluate(PLACE, ["price", milliseconds("2026-01-15T15:10:00Z")])
    page.touchscreen.tap(x, y)
    expect(page.locator(".readout time")).to_have_text("2026-01-15 15:10:00 UTC")
    touch = page.context.new_cdp_session(page)
    before = page.evaluate("scrollY")
    for kind, moved in (("touchStart", 0), *(("touchMove", 10 * step) for step in range(1, 21))):
        points = [{"x": x, "y": y - moved}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("(before) => scrollY > before + 100", arg=before)
