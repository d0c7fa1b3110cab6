"""The frame of every page: header, connection bar, stylesheet, and the places of its parts.

The frame is plain HTML that the server renders, so it is there at once and without the parts.
Guarantees: no script but static files and what Bokeh needs; every inserted text is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import panel as pn
from bokeh.document import Document
from jinja2 import Environment, FileSystemLoader, Template
from panel_material_ui.base import DIST_PATH

from peak_trade import clock

ASSETS: Final = "static/peak_trade/"
PAGES: Final = (
    ("", "Console"),
    ("dashboard", "Live"),
    ("watch", "Watch"),
    ("compare", "Compare"),
    ("live/alerts", "Alerts"),
    ("live/telemetry", "Telemetry"),
    ("quality", "Quality"),
    ("about", "About"),
)
WEIGHTS: Final = (400, 700)


def root_path() -> str:
    """Return the relative path from the page that is being built to `/`."""
    return f"{pn.state.rel_path}/" if pn.state.rel_path else "./"


def frame(doc: Document, title: str, current: str, status: Any, areas: Mapping[str, Any]) -> None:
    """Put `status` (for the header) and each area into `doc` as roots, and the frame around them.

    `current` is the path of the page in the navigation.
    """
    pn.config.browser_info = False  # would add roots of its own
    for view in (status, *areas.values()):
        view.servable(title=f"{title} - Peak_Trade", location=False)
    root = root_path()
    doc.template = _template()
    doc.template_variables.update(
        root=root,
        assets=root + ASSETS,
        name=title.lower(),
        current=current,
        pages=PAGES,
        areas=list(areas),
        fonts=_fonts(),
        now=clock.now().isoformat(),
        frozen=clock.is_frozen(),
    )


@cache
def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=folder, autoescape=True).get_template("frame.html")


@cache
def _fonts() -> list[tuple[int, str]]:
    """Return weight and file of the font that comes with the component library."""
    return [
        (weight, file.name)
        for weight in WEIGHTS
        for file in sorted(DIST_PATH.glob(f"roboto-latin-{weight}-normal-*.woff2"))
    ]
