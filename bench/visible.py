"""How soon a person sees a new row, and how soon a zoom is drawn, measured inside the browser.

Floors of the same run: the change on the stream of the same page, and a request that does nothing.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page, sync_playwright

from events import append, write_run
from server import CHROMIUM, free_port, serve

ROWS, EVENTS = 100, 1_000_000
PAUSE_SECONDS = 0.6
ZOOMS = 60

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


class Delay(NamedTuple):
    """The 95th percentile of delays, and the median of their floor, in ms."""

    p95_ms: float
    floor_ms: float


def tell(what: str, delays: list[float], floor: float, name: str) -> Delay:
    """Print the 50th and 95th percentile of delays in ms beside a floor."""
    ordered = sorted(delays)
    middle, high = statistics.median(ordered), ordered[int(0.95 * len(ordered))]
    print(
        f"{what}: p50 {middle:.0f} ms, p95 {high:.0f} ms (n {len(ordered)});"
        f" {middle / floor:.1f} times {name} ({floor:.0f} ms)"
    )
    return Delay(high, floor)


def visible(page: Page, path: Path, begin: int) -> Delay:
    """Append rows; return how long it takes until the number of steps changes."""
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
    return tell("append to visible", shown, floor, "the stream")


def zoom(page: Page) -> Delay:
    """Zoom with the wheel; return how long it takes until it is drawn."""
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
    return tell(f"zoom in {EVENTS:,} events", taken, floor, "an empty request")


def first_load() -> int:
    """Return how many bytes come over the wire when a page is opened with an empty cache."""
    port, sizes = free_port(), []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        write_run(Path(name), "run", 1000)
        with (
            serve(Path(name), port),
            playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
        ):
            page = browser.new_page()
            wire = page.context.new_cdp_session(page)
            wire.send("Network.enable")
            wire.on("Network.loadingFinished", lambda end: sizes.append(end["encodedDataLength"]))
            wire.on(
                "Network.webSocketFrameReceived",
                lambda frame: sizes.append(len(frame["response"]["payloadData"])),
            )
            page.goto(f"http://127.0.0.1:{port}/watch/runs/run")
            page.locator(".events tbody tr").first.wait_for()
    return int(sum(sizes))


def seen() -> tuple[Delay, Delay]:
    """Print and return the delays of new rows and of zooms."""
    port = free_port()
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
            shown = visible(page, path, 1001)
            page.goto(f"http://127.0.0.1:{port}/watch/runs/long")
            page.locator(".events tbody tr").first.wait_for()
            page.wait_for_timeout(2000)
            return shown, zoom(page)


if __name__ == "__main__":
    seen()
