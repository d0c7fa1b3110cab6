"""Make the animated tour at the top of the README, of the demo that `screenshots.py` starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Locator, Page

VIEWPORT: Final = {"width": 1280, "height": 800}
SIZE: Final = (960, 600)
"""Pixels of a frame."""

QUALITY: Final = 55
SETTLED_MS: Final = 2500
"""Time for charts to be drawn once the page is there."""

PATIENCE_MS: Final = 120_000
"""A busy machine is waited for: how long, is not in the film."""

LOOK, GLANCE, MOVE = 2000, 900, 125
"""How long frames are shown, in milliseconds."""

STEPS: Final = 20
"""Places of the crosshair on its way over a chart."""


@dataclass
class Film:
    """Pictures of a page, each with the time for which it is shown."""

    page: Page
    frames: list[Image.Image] = field(default_factory=list)
    shown_ms: list[int] = field(default_factory=list)

    def take(self, shown_ms: int) -> None:
        """Take a picture."""
        picture = Image.open(BytesIO(self.page.screenshot()))
        self.frames.append(picture.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS))
        self.shown_ms.append(shown_ms)

    def click(self, target: Locator, leads_to: str) -> None:
        """Show where the mouse is, and wait for what a click leads to."""
        target.scroll_into_view_if_needed()
        target.hover()
        self.take(GLANCE)
        target.click()
        self.settle(leads_to)

    def settle(self, content: str) -> None:
        """Wait until the page has this content."""
        self.page.locator(content).first.wait_for()
        self.page.wait_for_timeout(SETTLED_MS)

    def read(self, chart: Locator) -> None:
        """Move the crosshair over a chart."""
        box = chart.bounding_box()
        assert box is not None
        for step in range(STEPS):
            across = 0.15 + 0.7 * step / STEPS
            self.page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] / 3)
            self.page.wait_for_timeout(MOVE)
            self.take(MOVE)

    def save(self, path: Path) -> None:
        """Write the pictures as one animation that begins anew at its end."""
        first, *others = self.frames
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self.shown_ms,
            loop=0,
            quality=QUALITY,
            method=4,
        )


def tour(browser: Browser, address: str, compared: str, path: Path) -> None:
    """Film what is wrong, a run, why it did not trade, `compared` runs, and an alert's moment."""
    context = browser.new_context(viewport=VIEWPORT, color_scheme="dark")
    context.set_default_timeout(PATIENCE_MS)
    film = Film(context.new_page())
    film.page.goto(address)
    film.settle(".run-card")
    film.take(LOOK)
    film.click(film.page.locator(".run-card", has_text="live").first, ".area-chart canvas")
    film.take(LOOK)
    film.read(film.page.locator(".area-chart"))
    film.click(film.page.locator(".tile", has_text="Blocked"), ".funnel")
    film.take(LOOK)
    film.page.goto(address.rstrip("/") + compared)
    film.settle(".area-curves canvas")
    film.take(GLANCE)
    film.read(film.page.locator(".area-curves"))
    film.page.goto(f"{address}live/alerts")
    film.settle("ul.groups li")
    film.take(LOOK)
    film.click(film.page.locator("ul.groups .there a").first, ".area-chart canvas")
    film.take(LOOK)
    film.save(path)
    context.close()
