"""Pages of the user's own: Panel app files that the configuration names.

Guarantees: only a configuration file that was named explicitly can name them (`settings.load`
sees to that); each is served at `/my/<name>` in the frame of our pages, behind the gate; what one
raises is shown on it and nowhere else. Such a file runs with the rights of the server.
"""

from __future__ import annotations

import logging
import re
import runpy
from functools import partial
from pathlib import Path
from typing import Any, Final

from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from panel.io.state import set_curdoc

from peak_trade import i18n
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.registry.pages import PageRoute
from peak_trade.errors import SettingsError
from peak_trade.guarded import guard
from peak_trade.serve.applications import PageApplication
from peak_trade.serve.own_faults import SAID, Faults
from peak_trade.settings import Settings
from peak_trade.views.kit.elements import Component
from peak_trade.views.kit.layout import framed, language, prepare, title

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")

log = logging.getLogger("peak_trade.serve")


def own_pages(settings: Settings) -> dict[PageRoute, Path]:
    """Return the rows of the pages that the settings name, with their files, in order of names.

    Raises
    ------
    SettingsError
        If a pattern finds no file, or a file has a name that is no part of an address.
    """
    found: dict[str, Path] = {}
    if not settings.dashboard.pages:
        return {}
    base = Path(settings.origins["dashboard.pages"]).resolve().parent
    for pattern in settings.dashboard.pages:
        place = Path(pattern).expanduser()
        files = sorted(
            (place.parent if place.is_absolute() else base / place.parent).glob(place.name)
        )
        if not files:
            raise SettingsError(f"dashboard.pages: {pattern!r} finds no file below {base.name}")
        for file in files:
            if file.suffix != ".py" or not NAME.fullmatch(file.stem) or file.stem in found:
                raise SettingsError(
                    f"dashboard.pages: {file.name!r} must be a .py file with a name of its own in"
                    " small letters, digits, - and _"
                )
            found[file.stem] = file
    return {_row(name): file for name, file in sorted(found.items())}


def own_application(page: PageRoute, file: Path) -> PageApplication:
    """Return the application of a page."""
    return PageApplication(FunctionHandler(partial(_build, page, file)), page)


def _row(name: str) -> PageRoute:
    return PageRoute(
        name=f"my-{name}",
        path=f"/my/{name}",
        title=name.replace("_", " ").replace("-", " ").capitalize(),
        summary="A page of your own",
        build=_nothing,
        payload=dict[str, Any],
    )


async def _nothing(context: Context, params: Params) -> dict[str, Any]:  # noqa: ARG001
    """Build the payload of a page that has none of ours."""
    return {}


def _build(page: PageRoute, file: Path, doc: Document) -> None:
    with set_curdoc(doc):
        _build_here(page, file, doc)


def _build_here(page: PageRoute, file: Path, doc: Document) -> None:
    """Run the file; its parts come into our frame."""
    spoken = language()
    i18n.use(spoken)
    prepare(doc)
    for head in (Component(), Component()):  # the age of data and the verdict: there are none
        head.servable(location=False)
    first = len(doc.roots)
    faults = Faults(page.path, file, doc)
    faults.servable(location=False)
    own = len(doc.roots)
    token = guard.set(faults.guard)
    try:
        runpy.run_path(str(file))
    except Exception as error:
        log.exception(SAID, page.path, error)  # noqa: TRY401  or the next is left out
        for root in doc.roots[own:]:
            doc.remove_root(root)
        faults.file_raised(error)
    finally:
        guard.reset(token)
    areas = {place: f"own-{place}" for place in range(first, len(doc.roots))}
    doc.title = title(spoken, page)
    framed(doc, spoken, page, areas)
    doc.template_variables["own"] = True
