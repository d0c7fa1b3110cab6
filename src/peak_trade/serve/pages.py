"""From the table of pages to Panel applications.

The app files are in `apps/` of a checkout, or in the installed package.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pkgutil import resolve_name
from types import MappingProxyType
from typing import Any

from bokeh.application.application import Application
from panel.io.handlers import ScriptHandler

from peak_trade.contract.registry.pages import PAGES, PageRoute
from peak_trade.serve.applications import PageApplication
from peak_trade.serve.own_pages import own_application
from peak_trade.serve.runtime import Runtime
from peak_trade.views.kit.layout import OWN

HOOKS = "app_hooks"
"""Stem of the file that Panel runs before it builds a server; it is no page."""

_PACKAGE = Path(__file__).parents[1]


def apps_directory() -> Path:
    """Return the directory of the app files."""
    installed = _PACKAGE / "apps"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "apps"


def page_applications(
    own: Mapping[PageRoute, Path] = MappingProxyType({}),
) -> dict[str, Application]:
    """Return an application for each page, by the pattern of its path.

    Those of the user's `own`, with their files, come into the navigation.
    """
    directory = apps_directory()
    OWN[:] = own
    made: dict[str, Application] = {
        page.regex: PageApplication(ScriptHandler(filename=directory / f"{page.stem}.py"), page)
        for page in PAGES
    }
    return made | {page.regex: own_application(page, file) for page, file in own.items()}


def build_page(stem: str, runtime: Runtime, ids: Mapping[str, str]) -> Any:
    """Return the view of the page of an app file over its model."""
    page = next(page for page in PAGES if page.stem == stem)
    model, view = resolve_name(page.model), resolve_name(page.view)
    return view(model(runtime.store, runtime.settings, **ids))


def former_paths() -> frozenset[str]:
    """Return the paths under which Panel would serve our own files and their directory."""
    return frozenset({f"/{name}" for name in ("apps", HOOKS, *(page.stem for page in PAGES))})
