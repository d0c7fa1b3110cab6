"""What of Panel and Bokeh may answer a request: each of their handlers and files is decided on.

Guarantees: a handler that is not decided on is not served, so one that a new version of Panel adds
is refused until somebody has looked at it; a file that is not listed is not served. Listed ones
are served by our own handler (`web/files.py`), which compresses them.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    StaticHandler: Decision(False, "compresses nothing; files of Bokeh are listed below"),
    MultiRootStaticHandler: Decision(False, "compresses nothing; files of Panel are listed below"),
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


COMPONENTS: Final = ("bokeh", "bokeh-widgets", "bokeh-tables")
"""Scripts of Bokeh that a page loads: Panel's own needs the last two. Left out are those that draw
with WebGL and that set formulas."""

BOKEH_FILES: Final = tuple(f"js/{name}.min.js" for name in COMPONENTS)
PANEL_FILES: Final = (
    "panel.min.js",
    "css/*.css",
    "bundled/theme/default.css",
    "bundled/theme/material.css",
    "bundled/theme/material_variables.css",
    "bundled/theme/native.css",
    "bundled/reactiveesm/es-module-shims@*/dist/es-module-shims.min.js",
    # Panel's command line imports its own table, whose files then stand on every page; a page of
    # the user's own may show it, in any of its themes.
    "bundled/datatabulator/luxon/build/global/luxon.min.js",
    "bundled/datatabulator/tabulator-tables@*/dist/css/tabulator*.min.css",
    "bundled/datatabulator/tabulator-tables@*/dist/js/tabulator.min.js",
    "bundled/font-awesome/css/all.min.css",
    "bundled/font-awesome/webfonts/*.woff2",
)
"""What our pages load; a star stands for a version or a hash."""


def static_files() -> dict[str, Path]:
    """Return the listed files by their paths as browsers send them; `/static/` begins each."""
    bokeh, panel = Path(settings.bokehjs_path()), Path(DIST_DIR)
    found = _found("/static/", bokeh, BOKEH_FILES)
    found |= _found("/static/extensions/panel/", panel, PANEL_FILES)
    # Browsers differ in which signs of a path they escape.
    return found | {quote(path, safe="/@"): file for path, file in found.items()}


def _found(start: str, root: Path, patterns: tuple[str, ...]) -> dict[str, Path]:
    files = (file for name in patterns for file in root.glob(name))
    return {start + file.relative_to(root).as_posix(): file for file in files}
