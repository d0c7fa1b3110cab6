"""How soon a person sees a new row, and how soon a zoom is drawn, measured inside the browser.

Floors of the same run: the change on the stream of the same page, and a request that does nothing.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from events import append, write_run
from server import serve

ROWS, EVENTS = 100, 1_000_000
PAUSE_SECONDS = 0.6
ZOOMS = 60
MAX_VISIBLE_MS, MAX_ZOOM_MS = 300, 150
CHROMIUM = "/usr/bin/chromium"

WATCH = """(selector) => {
  const find = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.matches(selector)) return element
      const inside = element.shadowRoot && find(element.shadowRoot)
      if (inside) return inside
    }
    return null
  }
  window.shown = []
  window.heard = []
  window.moved = []
  let last = find(document).textContent
  const look = () => {
    const text = find(document)?.textContent ?? last
    if (text !== last) shown.push(performance.timeOrigin + performance.now())
    last = text
    requestAnimationFrame(look)
  }
  look()
  const source = new EventSource(`${document.documentElement.dataset.root}api/v0/stream?type=run`)
  source.addEventListener("change", () => heard.push(performance.timeOrigin + performance.now()))
  addEventListener("wheel", () => moved.push(performance.timeOrigin + performance.now()), true)
}"""
FIRST = """(names) => new Promise((done) => {
  const look = () => names.every((name) => window[name].length)
    ? done(names.map((name) => window[name][0])) : setTimeout(look, 5)
  look()
})"""
"""The first entries of lists, as soon as each has one."""

NOTHING = """async () => {
  const begin = performance.now()
  await fetch(`${document.documentElement.dataset.root}livez`)
  return performance.now() - begin
}"""


def tell(
    what: str, delays: list[float], limit: float, floor: float, name: str
) -> tuple[float, float]:
    """Print the 50th and 95th percentile of delays in ms beside a floor; return both."""
    ordered = sorted(delays)
    middle, high = statistics.median(ordered), ordered[int(0.95 * len(ordered))]
    print(
        f"{what}: p50 {middle:.0f} ms, p95 {high:.0f} ms (limit {limit} ms, n {len(ordered)});"
        f" {middle / floor:.1f} times {name} ({floor:.0f} ms)"
    )
    return middle, high


def visible(page: Page, path: Path, begin: int) -> float:
    """Append rows; return the 95th percentile of the time until the number of steps changes."""
    page.evaluate(WATCH, ".tile:nth-child(7) .value")
    page.wait_for_timeout(1000)
    shown, heard = [], []
    for turn in range(ROWS):
        page.evaluate("shown.length = heard.length = 0")
        written = time.time() * 1000
        append(path, begin + turn, 1)
        first = page.evaluate(FIRST, ["shown", "heard"])
        shown.append(first[0] - written)
        heard.append(first[1] - written)
        time.sleep(PAUSE_SECONDS)
    floor = statistics.median(heard)
    return tell("append to visible", shown, MAX_VISIBLE_MS, floor, "the stream")[1]


def zoom(page: Page) -> float:
    """Zoom with the wheel; return the median of the time until it is drawn."""
    page.evaluate(WATCH, ".caption")
    box: Any = page.locator(".area-chart canvas").last.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    floor = statistics.median(page.evaluate(NOTHING) for _ in range(ZOOMS))
    taken = []
    for turn in range(ZOOMS):
        page.wait_for_timeout(500)
        page.evaluate("shown.length = moved.length = 0")
        page.mouse.wheel(0, -120 if turn % 6 < 3 else 120)
        drawn, moved = page.evaluate(FIRST, ["shown", "moved"])
        taken.append(drawn - moved)
    return tell(f"zoom in {EVENTS:,} events", taken, MAX_ZOOM_MS, floor, "an empty request")[0]


def main() -> None:
    """Print the delays; fail if they are above what they may be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8978)
    port = parser.parse_args().port
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        root = Path(name)
        write_run(root, "long", EVENTS)
        path = write_run(root, "run", 1000)
        with (
            serve(root, port),
            playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
        ):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"http://127.0.0.1:{port}/watch/runs/run")
            page.locator(".events tbody tr").first.wait_for()
            seen = visible(page, path, 1001)
            page.goto(f"http://127.0.0.1:{port}/watch/runs/long")
            page.locator(".events tbody tr").first.wait_for()
            page.wait_for_timeout(2000)
            drawn = zoom(page)
    assert seen <= MAX_VISIBLE_MS
    assert drawn <= MAX_ZOOM_MS


if __name__ == "__main__":
    main()
