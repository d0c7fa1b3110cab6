"""The books of a run against the record and the telemetry of its session."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.conftest import Api
from contract.test_judged import COLUMNS, ENDED, TRADES, books, checks, stamp
from contract.tree import Tree, telemetry
from peak_trade.derive.books import CHECKS

SESSION_METRICS = {
    "realized_pnl": 10.0,
    "unrealized_pnl": 0.0,
    "max_drawdown": 0.0,
    "num_orders": 2,
    "equity": 10_010.0,
    "steps": 5,
}
CHECKED = {
    "session_orders": "num_orders",
    **{f"session_{name}": name for name in SESSION_METRICS if name != "num_orders"},
}
"""Each check of a session's record, with the metric that it checks."""


def of_a_session(tree: Tree, metrics: dict[str, Any], orders: int, fills: int) -> None:
    """Write a run of two fills and one blocked order, with its session and telemetry."""
    rows = books([100.0, 110, 120, 130, 140], [0.0, 1, 0, 0, 0])
    rows[3] |= {"orders_generated": 1, "orders_blocked": 1, "risk_allowed": False}
    path = tree.run("r", rows, *COLUMNS, ended_at=ENDED)
    trades = [f"{stamp(2)},2,buy,1,110,0", f"{stamp(3)},3,sell,1,120,0"]
    tree.write(path / "trades.csv", TRADES + "".join(f"{line}\n" for line in trades))
    tree.session("s", run_id="r", started_at=stamp(0), finished_at=ENDED, metrics=metrics)
    log = tree.logs / "execution" / "s.jsonl"
    kinds = ["order"] * orders + ["fill"] * fills
    lines = (telemetry(stamp(number), kind, "s") for number, kind in enumerate(kinds))
    tree.write(log, "".join(json.dumps(line) + "\n" for line in lines))


async def test_all_files_of_a_session_agree(tree: Tree, api: Api) -> None:
    of_a_session(tree, SESSION_METRICS, orders=2, fills=2)
    answer = await api("/api/v0/runs/r/books")
    assert {name: item["status"] for name, item in checks(answer).items()} == dict.fromkeys(
        CHECKS, "ok"
    )
    assert (await api("/api/v0/pages/session?id=s"))["wrong"] == []


@pytest.mark.parametrize("check", [*CHECKED, "telemetry_orders", "telemetry_fills"])
async def test_each_file_that_disagrees_is_named_with_the_difference(
    check: str, tree: Tree, api: Api
) -> None:
    name = CHECKED.get(check, "")
    metrics = SESSION_METRICS | ({name: SESSION_METRICS[name] - 3} if name else {})
    orders, fills = (2 - (check == f"telemetry_{kind}") for kind in ("orders", "fills"))
    of_a_session(tree, metrics, orders, fills)
    answer = await api("/api/v0/runs/r/books")
    (failed,) = (item for item in answer["checks"] if item["status"] == "failed")
    assert (failed["name"], failed["difference"]) == (check, -3 if name else -1)
    for page in ("session?id=s", "run?id=r"):
        assert (await api(f"/api/v0/pages/{page}"))["wrong"] == [failed]
