"""Axes and tooltips of charts have the digits that their numbers need."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.conftest import Open
from browser.growing import GrowingRun
from conftest import Start

pytestmark = [pytest.mark.browser]

LABELS = """(unit) => {
  const model = [...Bokeh.documents[0].all_models].find((model) =>
    model.type === "NumeralTickFormatter" && model.format.endsWith("%") === (unit === "%"))
  const steps = [1, 2, 2.5, 5].flatMap((digit) =>
    Array.from({length: 30}, (_, power) => digit * 10 ** (power - 15)))
  return steps.flatMap((step) => [-2, 0, 998, 12345].map((first) =>
    model.doFormat([0, 1, 2, 3].map((place) => (first + place) * step), {loc: 0})))
}"""
SHOWN = """() => Bokeh.require("core/util/templating").DEFAULT_FORMATTERS.numeral"""


class BitcoinRun(GrowingRun):
    """A run with an account of a twentieth of a bitcoin."""

    def equity(self, row: int) -> float:
        return 0.048 + 0.0000137 * row


@pytest.mark.parametrize("language", ["en", "de"])
def test_digits_of_a_chart_follow_the_step_and_the_magnitude(
    tmp_path: Path, server: Start, open_page: Open, language: str
) -> None:
    run = BitcoinRun(tmp_path, "small", 30)
    meta = run.directory / "meta.json"
    meta.write_text(meta.read_text().replace("BTC/EUR", "ETH/BTC"))
    point = "," if language == "de" else "."
    page = open_page(f"{server(tmp_path).url}/watch/runs/small", locale=language)
    expect(page.locator("h1")).to_have_text("small")
    equity = "0.0483973".replace(".", point)
    expect(page.locator(".area-tiles")).to_contain_text(equity)
    expect(page.locator(".readout")).to_contain_text(equity)
    for unit in ("", "%"):
        for labels in page.evaluate(LABELS, unit):
            assert len(set(labels)) == len(labels), labels
    for value, form, shown in (
        *((0.048974, "money 2 8", "0.048974"), (-0.0010259, "money 2 2", "-0.0010259")),
        *((1e-9, "digits 0 8", "0.000000001"), (12.5, "money 2 2", "12.50")),
        *((12.0, "digits 0 8", "12"), (0, "money 2 2", "0.00")),
    ):
        written = page.evaluate(f"([value, form]) => ({SHOWN})()(value, form)", [value, form])
        assert written == shown.replace(".", point)
    for change, tone in ((0.0001, "gain"), (-0.0001, "loss"), (0.00001, None), (-0.00001, None)):
        found = page.evaluate("(change) => peak.tone(peak.percent(change)) ?? null", change)
        assert found == tone
