"""What of Panel and Bokeh may answer a request: each of their handlers and files is decided on.

Guarantees: a handler that is not decided on is not served, so one that a new version of Panel adds
is refused until somebody has looked at it; a file that is not listed is not served.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bokeh.server.views.ico_handler import IcoHandler
from bokeh.server.views.metadata_handler import MetadataHandler
from bokeh.server.views.multi_root_static_handler import MultiRootStaticHandler
from bokeh.server.views.static_handler import StaticHandler
from bokeh.settings import settings
from panel.io.resources import DIST_DIR
from panel.io.server import (
    AutoloadJsHandler,
    ComponentResourceHandler,
    DocHandler,
    RootHandler,
    WSHandler,
)
from tornado.web import RequestHandler


@dataclass(frozen=True)
class Decision:
    """Whether a handler may answer, and why."""

    allowed: bool
    reason: str


DECISIONS: Final[Mapping[type[RequestHandler], Decision]] = {
    DocHandler: Decision(True, "builds a page of the page table"),
    WSHandler: Decision(True, "the websocket of such a page, for who holds its token"),
    StaticHandler: Decision(True, "files of Bokeh that are listed below"),
    MultiRootStaticHandler: Decision(True, "files of Panel and its components, listed below"),
    ComponentResourceHandler: Decision(False, "imports the module that an address names"),
    AutoloadJsHandler: Decision(False, "lets pages of other sites build sessions and read them"),
    MetadataHandler: Decision(False, "no page asks for it"),
    RootHandler: Decision(False, "a list of pages; the console is the first page"),
    IcoHandler: Decision(False, "the icon is a file of ours"),
}
"""Every handler that a Bokeh server has without further options."""


def decision(handler: type[RequestHandler]) -> Decision | None:
    """Return what is decided on a handler; a class of ours counts as what it extends."""
    for base in handler.__mro__:
        if base in DECISIONS:
            return DECISIONS[base]
        if not base.__module__.startswith("peak_trade."):
            return None
    return None


BOKEH_FILES: Final = tuple(f"js/bokeh{part}.min.js" for part in ("", "-gl", "-tables", "-widgets"))
PANEL_FILES: Final = (
    "panel.min.js",
    "css/listpanel.css",
    "css/loading.css",
    "bundled/theme/default.css",
    "bundled/theme/material.css",
    "bundled/theme/material_variables.css",
    "bundled/theme/native.css",
    "bundled/reactiveesm/es-module-shims@*/dist/es-module-shims.min.js",
    # Panel's command line imports its own table, whose files then stand on every page.
    "bundled/datatabulator/luxon/build/global/luxon.min.js",
    "bundled/datatabulator/tabulator-tables@*/dist/css/tabulator_simple.min.css",
    "bundled/datatabulator/tabulator-tables@*/dist/js/tabulator.min.js",
)
"""What our pages load; a star stands for a version or a hash."""


def static_paths() -> frozenset[str]:
    """Return the paths of the listed files as browsers send them; `/static/` begins each."""
    bokeh, panel = Path(settings.bokehjs_path()), Path(DIST_DIR)
    found = [f"/static/{name}" for name in _found(bokeh, BOKEH_FILES)]
    found += [f"/static/extensions/panel/{name}" for name in _found(panel, PANEL_FILES)]
    # Browsers differ in which signs of a path they escape.
    return frozenset(spelt for path in found for spelt in (path, quote(path, safe="/@")))


def _found(root: Path, patterns: tuple[str, ...]) -> Iterator[str]:
    return (path.relative_to(root).as_posix() for name in patterns for path in root.glob(name))
