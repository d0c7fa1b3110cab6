"""A table of 100 rows as our own elements and as Tabulator: bytes, CPU, and the content policy.

For each: bytes of the document that a browser gets, bytes and CPU of an update of one row and of a
new first row, as Bokeh sends them. For Tabulator also what the browser refuses of it under the
headers of our pages; tests hold that of ours it refuses nothing.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import panel as pn
from bokeh.document import Document
from bokeh.protocol import Protocol
from panel.io.state import set_curdoc
from playwright.sync_api import Route, sync_playwright

from peak_trade.views.kit.elements import Component, h
from peak_trade.views.kit.table import Column, table
from peak_trade.web.security import HEADERS, POLICY
from server import CHROMIUM

ROWS, UPDATES = 100, 50
NAMES = ("session", "mode", "status", "symbol", "started", "pnl", "dd", "orders")
COLUMNS = tuple(Column(name, key=name) for name in NAMES)
# A page that is answered in place of its server counts as one of another network.
ARGUMENTS = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]


def rows(shift: int = 0) -> list[list[str]]:
    """Return 100 rows; `shift` of them are other ones."""
    return [
        [f"session_{n}", "shadow", "completed", "BTC/EUR", f"2026-01-{n:04}", f"{n}.5", "-1", "7"]
        for n in range(shift, shift + ROWS)
    ]


class Ours:
    """Our elements."""

    def __init__(self) -> None:
        self.part = Component()
        self.show(rows())

    def show(self, shown: list[list[str]]) -> None:
        """Show these rows."""
        cells: list[list[Any]] = [list(row) for row in shown]
        keys = [row[0] for row in shown]
        self.part.show(h("div", table(COLUMNS, cells, "Sessions", keys, name="sessions")))


class Theirs:
    """Tabulator, without pages, so that all rows are there."""

    def __init__(self) -> None:
        self.part = pn.widgets.Tabulator(self._frame(rows()), show_index=False, disabled=True)

    def show(self, shown: list[list[str]]) -> None:
        """Show these rows."""
        self.part.value = self._frame(shown)

    @staticmethod
    def _frame(shown: list[list[str]]) -> pd.DataFrame:
        return pd.DataFrame(shown, columns=list(NAMES))


def measure(kind: Callable[[], Any]) -> dict[str, float]:
    """Return bytes and CPU milliseconds of a table and its updates."""
    one, doc, sent = kind(), Document(), []
    pn.panel(one.part).server_doc(doc)
    protocol = Protocol()

    def size(event: Any) -> None:
        message = protocol.create("PATCH-DOC", [event])
        buffers = sum(len(buffer.to_bytes()) for buffer in message.buffers)
        sent.append(len(message.content_json) + buffers)

    found = {"document bytes": float(len(json.dumps(doc.to_json(), default=str)))}
    doc.on_change(size)
    for name, shift in (("one cell", 0), ("new first row", 1)):
        sent.clear()
        begin = time.process_time()
        for turn in range(1, UPDATES + 1):
            shown = rows(shift * turn)
            shown[0][5] = f"{turn}.25"
            with set_curdoc(doc):
                one.show(shown)
        found[f"{name}, bytes"] = sum(sent) / UPDATES
        found[f"{name}, CPU ms"] = (time.process_time() - begin) / UPDATES * 1000
    return found


def refused(kind: Callable[[], Any]) -> list[str]:
    """Return what the browser refuses of a page with the table, under the headers of our pages."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = pn.serve(lambda: kind().part, port=port, show=False, threaded=True)
    errors: list[str] = []

    def strict(route: Route) -> None:
        answer = route.fetch()
        body = re.sub(r"<script(?=[\s>])", '<script nonce="n"', answer.text())
        policy = POLICY.format(nonce=" 'nonce-n'")
        headers = answer.headers | HEADERS | {"content-security-policy": policy}
        route.fulfill(response=answer, body=body, headers=headers)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        address = f"http://localhost:{port}/"
        page.route(address, strict)
        page.goto(address)
        page.wait_for_timeout(15_000)
        print(f"  {page.locator('td, .tabulator-row').count()} cells or rows drawn")
        browser.close()
    server.stop()
    return errors


def main() -> None:
    """Print the figures of both."""
    pn.extension("tabulator")
    for kind in (Ours, Theirs):
        print(kind.__doc__)
        for name, value in measure(kind).items():
            print(f"  {name:<24}{value:>12,.1f}")
    errors = refused(Theirs)
    print(f"  refused by the browser  {len(errors):>12}")
    for error in sorted({error[:160] for error in errors}):
        print(f"    {error}")


if __name__ == "__main__":
    main()
