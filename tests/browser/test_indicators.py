"""Indicators of a run are drawn where they are chosen, and are read at the crosshair."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from conftest import Start
from contract.tree import NOW, Tree, event
from serving import Served

pytestmark = pytest.mark.browser

ODD: Final = "$$x$$<b>constructor"
COLUMNS: Final = ("step", "ts_event", "equity", "price", "signal", "orders_filled")
EXTRAS: Final = ("extra_mean", "extra_rsi", f"extra_{ODD}", "extra_why")
DRAWN: Final = """() => [...Bokeh.index.query((view) => view.frame && view.model.visible)]
  .toSorted((one, other) => one.el.getBoundingClientRect().y - other.el.getBoundingClientRect().y)
  .flatMap(({model}) => model.renderers
    .map((one) => one.data_source)
    .filter((one) => one?.name?.startsWith("indicator ") && one.data.time.length)
    .map((one) => `${one.name.slice(10)} in ${model.name}`))"""
"""In which figures indicators are drawn, from the top."""


@pytest.fixture(scope="module")
def served(server: Start, tmp_path_factory: pytest.TempPathFactory) -> Served:
    tree = Tree(tmp_path_factory.mktemp("indicators"))
    rows = []
    for step in range(60):
        values = ("" if step < 5 else 100 + step % 7, 30 + step, step / 4, "because")
        extras = dict(zip(EXTRAS, values, strict=True))
        rows.append(event(step, price=100 + step % 8, signal=int(step > 30), **extras))
    tree.run("run", rows, *COLUMNS, *EXTRAS)
    tree.run("plain", rows, *COLUMNS)
    return server(tree.root, env={"PEAK_TRADE_NOW": NOW})


def choose(page: Page, name: str) -> None:
    """Switch an indicator in the menu, which stays open."""
    menu = page.locator(".indicators")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    menu.locator("a", has_text=name).click()


def wait_for(page: Page, **drawn: str) -> None:
    said = [f"{name} in {figure}" for name, figure in drawn.items()]
    page.wait_for_function(f"(said) => ({DRAWN})().join() === said", arg=",".join(said))


def read(page: Page, name: str, text: str) -> None:
    expect(page.locator(f'.readout [data-name="{name}"] b')).to_have_text(text)


def test_they_are_switched_kept_in_the_address_and_read(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/watch/runs/run", color_scheme="light")
    expect(page.locator(".readout time")).to_contain_text("newest")
    expect(page.locator(".indicators a")).to_have_text(["mean", "rsi", ODD])
    choose(page, "mean")
    wait_for(page, mean="price")
    read(page, "mean", "103.00")
    choose(page, "rsi")
    choose(page, ODD)
    wait_for(page, **{"mean": "price", "rsi": "indicator 1", ODD: "indicator 2"})
    read(page, "rsi", "89.00")
    read(page, ODD, "14.75")
    assert page.url.endswith(
        "?indicator=mean&indicator=rsi&indicator=%24%24x%24%24%3Cb%3Econstructor"
    )
    choose(page, "mean")
    wait_for(page, **{"rsi": "indicator 0", ODD: "indicator 1"})
    page.go_back()
    wait_for(page, **{"mean": "price", "rsi": "indicator 1", ODD: "indicator 2"})
    page.reload()
    wait_for(page, **{"mean": "price", "rsi": "indicator 1", ODD: "indicator 2"})


def test_a_signal_says_what_it_came_from(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/watch/runs/run?indicator=rsi&indicator=none")
    wait_for(page, rsi="indicator 0")
    page.locator("[data-charts]").focus()
    page.keyboard.press("Home")
    read(page, "rsi", "30.00")
    expect(page.locator(".readout p")).to_have_text("")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".readout p")).to_have_text(
        "\N{WHITE DIAMOND} signal +1 @ 107.00: rsi 61.00"
    )


@pytest.mark.both
def test_new_lines_have_the_colours_of_the_page_and_labels_in_its_language(
    served: Served, open_page: Open
) -> None:
    page = open_page(
        f"{served.url}/watch/runs/run?indicator=rsi", color_scheme="light", locale="de-DE"
    )
    wait_for(page, rsi="indicator 0")
    accent = page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--pt-accent')"
    )
    page.wait_for_function(
        """(accent) => [...Bokeh.index.query((view) => view.model.name === "indicator 0")][0]
          .model.renderers.some((one) => one.glyph.line_color.value === accent.trim())""",
        arg=accent,
    )
    page.wait_for_function(
        """() => [...Bokeh.index.query((view) => view.model.name === "indicator 0")][0]
          .model.left[0].formatter.doFormat([0.5, 1], {}).join(" ") === "0,5 1,0" """
    )


def test_a_run_without_any_has_no_choice(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/watch/runs/plain?indicator=rsi")
    expect(page.locator(".readout time")).to_contain_text("newest")
    expect(page.locator(".area-range .line")).to_have_count(1)
    expect(page.locator(".indicators")).to_have_count(0)
    page.locator("summary", has_text="Take away").click()
    expect(page.locator(".saves")).not_to_contain_text("indicators")


def test_they_can_be_taken_away(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/watch/runs/run?indicator=rsi")
    wait_for(page, rsi="indicator 0")
    page.locator("summary", has_text="Take away").click()
    with page.expect_download() as file:
        page.locator(".saves .files", has_text="indicators, drawn").get_by_text("csv").click()
    lines = Path(file.value.path()).read_text().splitlines()
    assert lines[:2] == ["name,time,value", "rsi,2026-01-15T17:30:00+00:00,30.0"]
    assert len(lines) == 61
