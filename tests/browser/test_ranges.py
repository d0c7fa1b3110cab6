"""Charts of rows that leave nothing, or almost nothing, to draw: each axis has a range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest
from playwright.sync_api import expect

from browser.conftest import Open
from conftest import Start
from contract.odd import SNAPSHOT
from contract.tree import NOW, Row, Tree, event
from fleet.made import run_row, write_fleet
from serving import Served

pytestmark = [pytest.mark.browser]

DRAWN: Final = ("equity", "price", "close", "position_size", "unrealized_pnl")
COLUMNS: Final = ("step", "ts_event", *DRAWN)
ENDS: Final = (1.7e308, -1.7e308)
KINDS: Final[Mapping[str, list[float | str | None]]] = {
    "none": [],
    "one": [1.0],
    "unknown": [None] * 8,
    "nan": ["nan"] * 8,
    "equal": [1.0] * 8,
    "zero": [0.0] * 8,
    "infinite": ["inf", "-inf"] * 4,
    "ends": [*ENDS] * 4,
    "end": [ENDS[0]] * 8,
    "least": [5e-324, 0.0] * 4,
}
RANGES: Final = """() => [...Bokeh.documents[0].all_models]
  .filter((model) => model.type === "Figure" && model.visible)
  .map((model) => [model.name, model.x_range, model.y_range])
  .flatMap(([name, ...ranges]) => ranges.map(({start, end}) => [name, String(end - start)]))"""
"""Of each figure that is seen the length of its axes, as text: what is no number has no JSON."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, server: Start) -> Served:
    root = tmp_path_factory.mktemp("ranges")
    tree = Tree(root / "a")
    for name, values in KINDS.items():
        rows = [row(step, value) for step, value in enumerate(values)]
        tree.run(name, rows, *COLUMNS)
    tree.session("s", run_id="ends")
    tree.health_snapshots(
        *({**SNAPSHOT, "ts_utc": NOW, "metrics": {"disk_usage_mb": end}} for end in ENDS)
    )
    fleet = write_fleet(
        root / "fleet",
        (run_row(at, total_return=end, max_drawdown=end) for at, end in enumerate(ENDS)),
    )
    return server(tree.root, env={"PEAK_TRADE_NOW": NOW, "PEAK_TRADE_FLEET__PATH": str(fleet)})


def row(step: int, value: object) -> Row:
    return {**event(step), **dict.fromkeys(DRAWN, value)}


@pytest.mark.parametrize(
    "address",
    [
        *(f"/watch/runs/{name}" for name in KINDS),
        "/compare?runs=ends,end,least,one&scale=absolute&by=bar",
        "/compare?runs=none,unknown,nan",
        "/compare?runs=zero,infinite,equal",
        "/live/telemetry",
        "/session/s",
        "/fleet",
        "/",
    ],
)
def test_every_axis_has_a_length(address: str, served: Served, open_once: Open) -> None:
    page = open_once(f"{served.url}/about")
    page.goto(served.url + address)
    expect(page.locator("main:not([data-filling])")).to_be_visible()
    lengths = page.evaluate(RANGES)
    assert [one for one in lengths if not 0 < float(one[1]) < float("inf")] == []
