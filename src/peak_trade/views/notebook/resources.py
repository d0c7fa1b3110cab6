"""What a notebook needs to show our parts: scripts and styles, all of them within its outputs.

They are published once a kernel, by the cell that makes the first view, and by that cell again
when it is run again, as its outputs were cleared. Guarantees: nothing comes from elsewhere; no rule
of ours reaches what is not ours.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from typing import Any, Final, cast

import panel as pn
import panel.io.notebook
import panel.io.resources
import panel.reactive
from bokeh.core.json_encoder import serialize_json
from panel.io.resources import CDN_DIST, DIST_DIR, LOCAL_DIST

from peak_trade import clock, i18n
from peak_trade.views.kit import model_defaults
from peak_trade.views.kit.elements import STATIC
from peak_trade.views.kit.layout import WORDS
from peak_trade.views.kit.theme import tokens
from peak_trade.views.notebook.kernel import shell
from peak_trade.views.notebook.messages import hand_over

_CHARTS: Final = re.compile(r"--bk-[\w-]+: [^;]+;")
_NO_LINKS: Final = """
a:not([href], [data-send]) { color: inherit; }
a:not([href], [data-send]):hover { text-decoration: none; }
a[data-send] { cursor: pointer; }
.files, a.leads:not([href]), .saves a, .saves > span > span { display: none; }
"""
"""A notebook has none of our pages and files: links that are but a way there are not shown."""

_PUBLISHED: Final[list[tuple[str, int]]] = []
"""Cell and its count of the execution that published."""


def ensure() -> None:
    """Publish scripts and styles, if a kernel asks and they are not there."""
    found = shell()
    if found is None:
        return
    cell, count = _cell(found), found.execution_count
    first = not _PUBLISHED
    if not first and (not cell or cell != _PUBLISHED[0][0] or count == _PUBLISHED[0][1]):
        return
    _PUBLISHED[:] = [(cell, count)]
    from IPython.display import publish_display_data

    hand_over()
    model_defaults.keep()
    if not pn.extension._loaded or not first:  # noqa: SLF001  nothing else tells
        pn.extension(inline=True)
    for module in (panel.io.resources, panel.reactive):
        cast("Any", module).patch_stylesheet = take_in
    cast("Any", panel.io.notebook).serialize_json = ending_no_script
    publish: Any = publish_display_data
    publish({"text/html": f"<script>{script()}</script>"})


def ending_no_script(content: Any) -> str:
    """Return JSON for a script in HTML, which a text with `</script>` in it would end.

    Panel writes a view into such a script as it is: what follows in the text would be run.
    """
    return serialize_json(content).replace("<", "\\u003c")


def take_in(sheet: Any, _: object = None) -> None:
    """Let a style sheet of Panel be its text.

    What a pane gets with an update came from a CDN, or from the server that a notebook is not.
    """
    url = str(sheet.url).partition("?")[0]
    place = next((place for place in (CDN_DIST, LOCAL_DIST) if url.startswith(place)), None)
    path = DIST_DIR / url.removeprefix(place or "")
    if place and path.is_file():
        sheet.url = f"data:text/css;base64,{b64encode(path.read_bytes()).decode()}"


def chart_styles() -> str:
    """Return the styles of what surrounds our parts."""
    charts = "".join(_CHARTS.findall(_text("app.css")))
    return (
        f":host {{ {charts} color-scheme: var(--pt-scheme); padding: 8px; border-radius: 8px;"
        " background: var(--pt-page); color: var(--pt-text); }"
    )


@cache
def script() -> str:
    """Return the script that does for a notebook what the frame does for a page."""
    texts = i18n.texts("en")
    given = {
        "words": json.dumps({word: texts(word) for word in WORDS}),
        "frozen": clock.now().isoformat() if clock.is_frozen() else "",
        "styles": _text("app.css") + _NO_LINKS,
        "dark": _declared("dark"),
        "light": _declared("light"),
    }
    # `<` ends no script that it is written into.
    settings = json.dumps(given).replace("<", "\\u003c")
    page = ";\n".join(
        _text(name) for name in ("times.js", "numbers.js", "app.js", "readout.js", "comparison.js")
    )
    return (
        f"if (!globalThis.peak) {{\n{_text('comms.js')}\n"
        f"{_text('notebook.js')}\nprepare({settings});\n{page};\n"
        "globalThis.peak = peak\n}"
    )


def _declared(theme: str) -> str:
    lines = (f"--pt-{name}: {color};" for name, color in tokens(theme).items())
    return f"--pt-scheme: {theme}; {' '.join(lines)}"


def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _cell(found: Any) -> str:
    """Return the id of the cell that runs, empty where the front end tells none."""
    metadata = found.get_parent().get("metadata", {})
    return str(metadata.get("cellId", ""))
