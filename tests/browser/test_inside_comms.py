"""What a notebook uses of the inside of Panel and Bokeh to keep what is sent too early."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from browser.conftest import Open
from browser.scripts import STATIC
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.both, pytest.mark.shared]

PLOT = "[...Bokeh.index][0]?.model.id"


@pytest.fixture
def page(served_corpus: Served, open_page: Open) -> Page:
    """A page with the manager of a notebook, which gives `send` what it is to hand messages to."""
    page = open_page(f"{served_corpus.url}/about")
    page.evaluate(
        """() => {
          class Manager {
            register_target(plot, comm, handle) { globalThis.send = handle }
          }
          globalThis.Manager = Manager
          globalThis.got = []
        }"""
    )
    return page


MANAGER = "globalThis.PyViz ??= {plot_index: {}}; PyViz.comm_manager = new Manager()"
SCRIPT = (STATIC / "comms.js").read_text()


def register(page: Page, plot: str) -> None:
    page.evaluate(
        f"PyViz.comm_manager.register_target({plot}, 'comm', (message) => got.push(message))"
    )


@pytest.mark.parametrize(
    "order", [(MANAGER, SCRIPT), (SCRIPT, MANAGER), (MANAGER, SCRIPT, MANAGER)], ids=len
)
def test_comms_manager(page: Page, order: tuple[str, ...]) -> None:
    """What is registered gets messages in order once its plot is there, of too many none."""
    for script in order:
        page.evaluate(script)
    register(page, "'late'")
    page.evaluate("[1, 2, 3].forEach(send)")
    assert page.evaluate("got") == []
    page.evaluate("PyViz.plot_index.late = {}")
    page.wait_for_function("() => got.length === 3")
    page.evaluate("send(4)")
    assert page.evaluate("got") == [1, 2, 3, 4]
    register(page, "'never'")
    page.evaluate("for (let message = 0; message < 2000; message++) send(message)")
    page.evaluate("PyViz.plot_index.never = {}")
    page.evaluate("send(5)")
    assert page.evaluate("got") == [1, 2, 3, 4]


def test_comms_drawn(page: Page) -> None:
    """A plot that Bokeh has drawn gets its messages at once, one that it does not know does not."""
    page.evaluate(MANAGER)
    page.evaluate(SCRIPT)
    page.wait_for_function(f"() => {PLOT}")
    register(page, PLOT)
    assert page.evaluate("() => { send(1); return got }") == [1]
    register(page, "'unknown'")
    assert page.evaluate("() => { send(2); return got }") == [1]
