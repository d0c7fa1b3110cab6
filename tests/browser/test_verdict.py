"""The verdict on top of every page, while a real runner is stopped, goes on, ends and is killed."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from conftest import Start
from serving import PATIENCE, Served, clean_environment

pytestmark = [pytest.mark.browser]

QUICK = {
    "PEAK_TRADE_FRESHNESS__LATE_SECONDS": "2",
    "PEAK_TRADE_FRESHNESS__STALE_SECONDS": "2",
    "PEAK_TRADE_FRESHNESS__CRASHED_SECONDS": "8",
    "PEAK_TRADE_FRESHNESS__CRASHED_CANDLES": "8",
    "PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "0.5",
}
"""Judges a run of candles of one second within seconds."""


@contextmanager
def runner(root: Path, run_id: str) -> Iterator[subprocess.Popen[bytes]]:
    """A run of one-second candles, one a second, until it is ended."""
    words = ["run", "shadow", "--loop", "--quiet", "--run-id", run_id, "--timeframe", "1s"]
    process = subprocess.Popen(
        [sys.executable, "-m", "peak_trade", *words, "--speed", "2", "--warm-bars", "20"],
        cwd=root,
        env=clean_environment(),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)


@pytest.fixture
def served(server: Start, tmp_path: Path) -> Served:
    return server(tmp_path, env=QUICK)


def says(page: Page, text: str) -> None:
    expect(page.locator("#verdict .overall")).to_contain_text(re.compile(text))


def agrees(console: Page, level: str, card: str, tile: str, panel: str) -> None:
    """Check that title, icon, card, tile and panel say what the verdict says."""
    sign = {"ok": "", "error": "\N{BLACK UP-POINTING TRIANGLE} "}[level]
    icon = {"ok": "icon.svg", "error": "icon-error.svg"}[level]
    expect(console).to_have_title(f"{sign}Console - Peak_Trade")
    expect(console.locator("link[rel=icon]")).to_have_attribute("href", re.compile(icon))
    chip = console.locator(".area-active .run-card .chip")
    expect(chip.first).to_have_attribute("data-state", card)
    expect(console.locator(".tile", has_text="Open runs")).to_contain_text(tile)
    expect(console.locator(".panels a", has_text="Live Sessions")).to_contain_text(panel)


def test_a_run_that_stops_goes_on_and_ends(served: Served, tmp_path: Path, open_page: Open) -> None:
    console, alerts = open_page(f"{served.url}/"), open_page(f"{served.url}/live/alerts")
    says(console, "All well:.*no run is open")
    with runner(tmp_path, "r") as process:
        for page in (console, alerts):
            says(page, "All well:.*1 run live")
        agrees(console, "ok", "live", "1 live", "active")
        process.send_signal(signal.SIGSTOP)
        for page in (console, alerts):
            says(page, r"1 of 1 run crashed \d\d:\d\d")
        agrees(console, "error", "crashed", "1 crashed", "error")
        process.send_signal(signal.SIGCONT)
        for page in (console, alerts):
            says(page, "All well:.*1 run live")
        agrees(console, "ok", "live", "1 live", "active")
        process.send_signal(signal.SIGTERM)
        for page in (console, alerts):
            says(page, "no run is open")
        expect(console.locator(".area-active .run-card")).to_have_count(0)


def test_a_run_that_is_killed_stays_on_the_wall_before_those_that_live(
    served: Served, tmp_path: Path, open_page: Open
) -> None:
    console = open_page(f"{served.url}/")
    with runner(tmp_path, "dead") as dead, runner(tmp_path, "living"):
        says(console, "All well:.*2 runs live")
        dead.kill()
        says(console, r"1 of 2 runs crashed \d\d:\d\d.*1 run live")
        agrees(console, "error", "crashed", "1 crashed, 1 live", "error")
        expect(console.locator(".area-active .run-card .id").first).to_have_text("dead")
        console.locator("#verdict a", has_text="crashed").click()
        expect(console).to_have_url(f"{served.url}/watch/runs/dead")
        says(console, r"1 of 2 runs crashed \d\d:\d\d")
        told = served.ask("/api/v0/pages/about").json["verdict"]
        assert [part["kind"] for part in told["parts"]] == ["crashed", "live"]
