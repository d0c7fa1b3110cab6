"""What app files call: a page is shown by a server of ours alone; others are told what to type.

Panel and Bokeh run an app file when its page is asked for. By then a server that was built without
`install` cannot become ours: it lacks routes, styles and the gate. Where an app file is run before
the server is built (`--warm`, `--dev`), that server is made ours.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import panel as pn
from jinja2 import Environment

from peak_trade import i18n
from peak_trade.i18n import mark
from peak_trade.serve.applications import PageApplication, build_in_steps
from peak_trade.serve.install import install_or_exit
from peak_trade.serve.pages import build_page
from peak_trade.serve.runtime import runtime
from peak_trade.views.kit.layout import language

HOW: tuple[str, ...] = ("peak-trade serve", "panel serve apps/")
WRONG = mark(
    "This server cannot show the console: stop it and start it with one of these commands."
)

log = logging.getLogger("peak_trade.serve")


def show(stem: str) -> None:
    """Show the page of an app file, for the ids of the address."""
    if _is_ours():
        build_in_steps(pn.state.curdoc, _steps(stem, pn.state.route_params))


def _steps(stem: str, ids: Mapping[str, str]) -> Iterator[object]:
    view = build_page(stem, runtime(), ids)
    yield view
    yield from view.build()


def begin() -> None:
    """Make the server ours that is about to be built."""
    _is_ours()


def _is_ours() -> bool:
    document = pn.state.curdoc
    context = document.session_context if document else None
    if context is None or context.server_context is None:
        install_or_exit()
        return False
    application = context.server_context.application_context.application
    if isinstance(application, PageApplication):
        return True
    _log_once()
    name = language()
    document.title = "Peak_Trade"
    document.template = Environment(autoescape=True).from_string(_template())
    document.template_variables.update(language=name, wrong=i18n.texts(name)(WRONG), commands=HOW)
    return False


@cache
def _log_once() -> None:
    log.error("%s %s", WRONG, " | ".join(HOW))


@cache
def _template() -> str:
    return (files(__package__) / "elsewhere.html").read_text(encoding="utf-8")
