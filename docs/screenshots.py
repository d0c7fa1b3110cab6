"""Make the pictures in docs/images from a running demo, dark and light.

Start `make demo`, let it run for a minute, then: `python docs/screenshots.py [ADDRESS]`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parent / "images"
PAGES = {"console": "", "dashboard": "dashboard"}
THEMES = ("dark", "light")
SETTLED_MS = 1500
"""Time for charts to be drawn once the first tile is there."""


def shoot(browser: Browser, address: str, theme: str) -> None:
    """Make a picture of every page in one theme."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme)
    page = context.new_page()
    for name, path in PAGES.items():
        page.goto(address + path)
        page.locator(".tile").first.wait_for()
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=IMAGES / f"{name}_{theme}.png")
    context.close()


def main() -> None:
    """Make all pictures."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/"
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for theme in THEMES:
            shoot(browser, address, theme)
        browser.close()


if __name__ == "__main__":
    main()
