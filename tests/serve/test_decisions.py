"""Every handler that Panel and Bokeh have is decided on, and those that are served are allowed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bokeh.server.server
import pytest
from bokeh.server.tornado import BokehTornado
from panel.io.server import get_static_routes
from tornado.routing import Rule, RuleRouter
from tornado.web import RequestHandler

from peak_trade.contract.registry.pages import PAGES
from peak_trade.serve import install as installer
from peak_trade.serve import runtime as runtimes
from peak_trade.serve.decisions import (
    BOKEH_FILES,
    DECISIONS,
    PANEL_FILES,
    decision,
    static_files,
)
from peak_trade.serve.install import ConsoleTornado
from peak_trade.serve.pages import page_applications
from peak_trade.settings import load

pytestmark = pytest.mark.both


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load(None, {"dashboard.root": str(tmp_path)}).settings
    monkeypatch.setattr(runtimes, "_runtime", runtimes.Runtime(settings))


def handlers(router: RuleRouter) -> Iterator[tuple[Rule, type[RequestHandler]]]:
    """Yield every rule that ends at a handler."""
    for rule in router.rules:
        if isinstance(rule.target, RuleRouter):
            yield from handlers(rule.target)
        else:
            yield rule, rule.target


def test_every_handler_of_panel_is_decided_on() -> None:
    panel = BokehTornado(page_applications(), extra_patterns=get_static_routes({}))
    found = {handler for _, handler in handlers(panel.default_router)}
    # Our own websocket stands in the place of Panel's, in the whole process.
    decided = {next((c for c in handler.__mro__ if c in DECISIONS), handler) for handler in found}
    assert decided == set(DECISIONS)


def test_the_running_application_has_allowed_handlers_alone() -> None:
    console = ConsoleTornado({}, extra_patterns=get_static_routes({}))
    found = list(handlers(console.default_router))
    assert len(found) == 2 * len(PAGES)  # each page and its websocket
    for _, handler in found:
        decided = decision(handler)
        assert decided is not None
        assert decided.allowed, handler
        assert decided.reason


def test_a_new_handler_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    class New(RequestHandler): ...

    class Ours(next(iter(DECISIONS))): ...  # type: ignore[misc]

    Ours.__module__ = "peak_trade.serve.ours"
    assert decision(New) is None
    assert decision(Ours) is decision(next(iter(DECISIONS)))
    monkeypatch.setattr(
        "bokeh.server.tornado.per_app_patterns",
        [*vars(bokeh.server.tornado)["per_app_patterns"], ("/new", New)],
    )
    console = ConsoleTornado({})
    assert New not in {handler for _, handler in handlers(console.default_router)}
    assert installer.ConsoleTornado is ConsoleTornado


def test_every_listed_file_is_there() -> None:
    paths = static_files()
    for name in BOKEH_FILES:
        assert f"/static/{name}" in paths
    for pattern in PANEL_FILES:
        start = f"/static/extensions/panel/{pattern.partition('*')[0]}"
        assert [path for path in paths if path.startswith(start)], pattern
    assert len(paths) < 200
