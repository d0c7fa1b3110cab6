"""Make the pictures in docs/images: every page, dark and light, and a tour, all of one demo.

Called by `make screenshots`. It takes about three minutes and needs Chromium.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright
from tour import tour

from peak_trade.contract.registry.pages import NAMED

IMAGES = Path(__file__).parent / "images"
PEAK_TRADE = (sys.executable, "-m", "peak_trade")
THEMES = ("dark", "light")
DIRECTORIES = {
    "--base-runs-dir": "live_runs",
    "--sessions-dir": "reports/experiments/live_sessions",
    "--telemetry-dir": "logs/execution",
    "--alerts-dir": "live_runs/alerts",
}
EARLIER = (
    ("--symbol", "ETH/EUR", "--timeframe", "5m", "--max-drawdown", "0.05"),
    ("--symbol", "ETH/EUR", "--timeframe", "5m", "--position-fraction", "0.3"),
)
"""Options of runs that have ended before the demo begins, so that there is what to compare."""

FIRST_EVENTS = 400
SETTLED_MS = 2500
"""Time for charts to be drawn once the page is there."""


def earlier_run(root: Path, options: tuple[str, ...]) -> None:
    """Let a shadow run write its artifacts and end."""
    places = [word for name, path in DIRECTORIES.items() for word in (name, str(root / path))]
    command = [*PEAK_TRADE, "run", "shadow", "--quiet", "--bars", "600", *options, *places]
    subprocess.run(command, check=True)


def health_snapshot(root: Path) -> None:
    """Let the checks of the telemetry directory be written to their history."""
    command = [*PEAK_TRADE, "telemetry", "health", "--snapshot", "--root", str(root)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def fleet(root: Path, out: Path) -> None:
    """Judge what there is of runs."""
    command = [*PEAK_TRADE, "fleet", "build", "--root", str(root), "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def demo(root: Path, out: Path) -> Iterator[str]:
    """Serve `root` and the fleet `out` while a run fills the root; gives the address."""
    command = [*PEAK_TRADE, "demo", "--dir", str(root), "--port", "0"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PEAK_TRADE_FLEET__PATH": str(out)},
    )
    try:
        assert process.stdout is not None
        address = next(word for line in process.stdout for word in line.split() if "http" in word)
        yield address.rstrip("/") + "/"
    finally:
        process.terminate()
        process.wait()


def ask(address: str) -> Any:
    """Return the answer of a JSON route."""
    with urlopen(address) as answer:
        return json.load(answer)


def pages(address: str) -> dict[str, str]:
    """Return the path of each page by the name of its picture, once there is much to see."""
    while not (
        runs(address, "crashed") and any(is_long(address, run) for run in runs(address, "live"))
    ):
        time.sleep(0.5)
    ended = [run for run in runs(address, "ended") if "ETH-EUR" in run]
    started = [
        record for record in ask(f"{address}api/live_sessions") if record["status"] == "started"
    ]
    session = max(started, key=lambda record: record["num_orders"] or 0)["session_id"]
    ids = {"run_id": ended[0], "session_id": session}
    paths = {name: page.address(ids.get(page.id_name, "")) for name, page in NAMED.items()}
    paths["compare"] += f"?runs={','.join(ended)}"
    return paths


def runs(address: str, state: str) -> list[str]:
    """Return the ids of the runs in a state."""
    rows = ask(f"{address}api/v0/runs_table?limit=100")["rows"]
    return [row["run"] for row in rows if row["state"] == state]


def is_long(address: str, run: str) -> bool:
    """Tell whether a run has the events that a picture needs."""
    return int(ask(f"{address}runs/{quote(run)}/snapshot")["total_steps"]) >= FIRST_EVENTS


def shoot(browser: Browser, address: str, paths: dict[str, str], theme: str) -> None:
    """Make a picture of every page in one theme."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme)
    page = context.new_page()
    for name, path in paths.items():
        page.goto(address.rstrip("/") + path)
        page.locator("main :is(table, .tile, canvas)").first.wait_for()
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=IMAGES / f"{name}_{theme}.png")
    context.close()


def main() -> None:
    """Make all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        root, out = Path(directory) / "root", Path(directory) / "fleet"
        for options in EARLIER:
            earlier_run(root, options)
            health_snapshot(root)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
            args=["--no-sandbox"],
        )
        with demo(root, out) as address:
            paths = pages(address)
            fleet(root, out)
            tour(browser, address, paths["compare"], IMAGES / "tour.webp")
            for theme in THEMES:
                shoot(browser, address, paths, theme)
        browser.close()


if __name__ == "__main__":
    main()
