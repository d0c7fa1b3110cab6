"""What judges a run: statistics, closed trades, checks of its books, the funnel, and drift."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import peak_trade
from contract.conftest import Api
from contract.tree import Row, Tree
from peak_trade.derive.books import CHECKS, Bases, BookCheck, row_checks
from peak_trade.derive.measured import Judged
from peak_trade.derive.statistics import STATISTICS
from peak_trade.settings import load
from peak_trade.store import judging
from peak_trade.store.judging import KEPT
from peak_trade.store.live import LiveStore
from peak_trade.web.trading_metrics import TradingMetrics

COLUMNS = (
    *("step", "ts_bar", "ts_event", "price", "position_size", "cash", "equity", "realized_pnl"),
    *("unrealized_pnl", "signal", "signal_changed", "orders_generated", "orders_filled"),
    *("orders_rejected", "orders_blocked", "risk_allowed", "risk_reasons"),
)
ENDED = "2026-01-15T18:00:00+00:00"
ODD = "<b>too large</b>, 5 > 3"
TRADES = "ts,step,side,quantity,price,fee\n"


def stamp(step: int) -> str:
    at = np.datetime64("2026-01-01T00:00") + np.timedelta64(step, "m")
    return f"{at}:00+00:00"


def books(prices: list[float], positions: list[float], fee: float = 0.0) -> list[Row]:
    """Return the events of a run whose position changes at the price of the row."""
    cash, position, cost, realized, rows = 10_000.0, 0.0, 0.0, 0.0, []
    for step, (price, wanted) in enumerate(zip(prices, positions, strict=True), start=1):
        change = wanted - position
        paid = fee if change else 0.0
        cash -= change * price + paid
        if change > 0:
            cost += change * price + paid
        elif change < 0:
            part = cost * -change / position
            realized += -change * price - paid - part
            cost -= part
        position = wanted
        rows.append(
            {
                "step": step,
                "ts_bar": stamp(step),
                "ts_event": stamp(step),
                "price": price,
                "position_size": position,
                "cash": cash,
                "equity": cash + position * price,
                "realized_pnl": realized,
                "unrealized_pnl": position * price - cost,
                "signal": int(position > 0),
                "signal_changed": bool(change),
                "orders_generated": int(bool(change)),
                "orders_filled": int(bool(change)),
                "orders_rejected": 0,
                "orders_blocked": 0,
                "risk_allowed": True,
            }
        )
    return rows


def items(answer: Any) -> dict[str, Any]:
    return {item["name"]: item for item in answer["items"]}


def checks(answer: Any) -> dict[str, Any]:
    return {item["name"]: item for item in answer["checks"]}


async def test_statistics_say_what_they_rest_on(tree: Tree, api: Api) -> None:
    prices = [100.0, 110, 120, 90, 95, 100, 130, 125, 120, 110] * 4
    rows = books(prices, [0.0, 1, 1, 0, 0, 2, 2, 1, 0, 0] * 4, fee=1.0)
    tree.run("r", rows, *COLUMNS, ended_at=ENDED, symbol="BTC/EUR")
    answer = await api("/api/v0/runs/r/statistics")
    found = items(answer)
    assert list(found) == [row.name for row in STATISTICS]
    assert (answer["provisional"], answer["currency"]) == (False, "EUR")
    assert answer["basis"]["bars_per_year"] == 365 * 24 * 60
    equity = np.array([row["equity"] for row in rows], dtype=np.float64)
    returns = equity[1:] / equity[:-1] - 1
    assert found["total_return"]["value"] == pytest.approx(equity[-1] / equity[0] - 1)
    sharpe = returns.mean() / returns.std(ddof=1) * np.sqrt(365 * 24 * 60)
    assert found["sharpe"]["value"] == pytest.approx(sharpe)
    assert (found["cagr"]["value"], found["cagr"]["reason"]) == (None, "spans less than 30 days")
    snapshot = await api("/runs/r/snapshot")
    assert found["drawdown"]["value"] == snapshot["drawdown"]
    assert found["end_equity"]["value"] == snapshot["equity"]
    trades = await api("/api/v0/runs/r/closed_trades")
    assert found["trades"]["value"] == trades["total"] == 12
    profit = sum(row["pnl"] for row in trades["rows"])
    assert found["net_profit"]["value"] == pytest.approx(profit)
    assert profit == pytest.approx(equity[-1] - 10_000)
    assert found["fees"]["reason"] == "no artifact names a fee in a currency of the pair"


async def test_the_equity_stands_beside_that_of_buy_and_hold(tree: Tree, api: Api) -> None:
    prices = [100.0, 110, 80, 90]
    tree.run("r", books(prices, [0.0, 1, 1, 0]), *COLUMNS)
    tree.run("unpriced", [{"step": 1, "ts_bar": stamp(1), "equity": 5.0}], *COLUMNS)
    page = await api("/api/v0/pages/run?id=r&tab=statistics")
    drawn = page["rows"]["judged"]["shapes"]
    assert drawn["equity"] == [10_000, 10_000, 9_970, 9_980]
    assert drawn["held"] == [10_000, 11_000, 8_000, 9_000]
    assert drawn["held_times"] == drawn["times"]
    held = items(page["rows"]["judged"]["statistics"])["benchmark_return"]
    assert held["value"] == pytest.approx(-0.1)
    frame = peak_trade.open(tree.root).run("r").equity
    assert frame["buy_and_hold"].tolist() == drawn["held"]
    bare = await api("/api/v0/pages/run?id=unpriced&tab=statistics")
    assert bare["rows"]["judged"]["shapes"]["held"] == []
    assert (await api("/api/v0/runs/unpriced/report?format=json"))["runs"]


@pytest.mark.parametrize(
    "rows", [[], [{"step": 1, "ts_event": stamp(1), "equity": -5.0}], [{"step": 1}]]
)
async def test_there_are_always_statistics(rows: list[Row], tree: Tree, api: Api) -> None:
    tree.run("r", rows, *COLUMNS)
    tree.run("bare")
    for run in ("r", "bare"):
        for item in (await api(f"/api/v0/runs/{run}/statistics"))["items"]:
            assert (item["value"] is None) == bool(item["reason"])
        assert (await api(f"/api/v0/runs/{run}/closed_trades"))["rows"] == []
        assert (await api(f"/api/v0/runs/{run}/books"))["failed"] == 0
        assert (await api(f"/api/v0/runs/{run}/funnel"))["blocked"] == 0


async def test_trades_follow_their_file_and_new_rows(tree: Tree, api: Api) -> None:
    rows = books([100.0, 110, 120, 130], [0.0, 1, 1, 0])
    path = tree.run("r", rows[:2], *COLUMNS)
    assert (await api("/api/v0/runs/r/statistics"))["provisional"]
    assert (await api("/api/v0/runs/r/closed_trades"))["total"] == 0
    tree.run("r", rows, *COLUMNS)
    (trade,) = (await api("/api/v0/runs/r/closed_trades"))["rows"]
    assert (trade["pnl"], trade["held_seconds"], trade["entry_seq"]) == (20, 120, 1)
    text = f"{TRADES}{stamp(2)},2,buy,1,111,0.5\n{stamp(4)},4,sell,1,129,0.5\nbroken\n"
    tree.write(path / "trades.csv", text)
    answer = await api("/api/v0/runs/r/closed_trades")
    (trade,) = answer["rows"]
    assert (answer["fills"], trade["pnl"], trade["fees"]) == ("trades", 17, 1)
    assert trade["entry_slippage"] == pytest.approx((111 / 110 - 1) * 1e4)
    assert trade["exit_slippage"] == pytest.approx((1 - 129 / 130) * 1e4)
    assert items(await api("/api/v0/runs/r/statistics"))["fees"]["value"] == 1


async def test_books_that_agree(tree: Tree, api: Api) -> None:
    prices, positions = [100.0, 110, 120, 90, 95], [0.0, 2, 1, 3, 0]
    tree.run("r", books(prices, positions, fee=0.5), *COLUMNS, ended_at=ENDED)
    answer = await api("/api/v0/runs/r/books")
    assert [name for name, item in checks(answer).items() if item["status"] == "ok"] == [
        *("equity", "profit", "realized")
    ]
    assert (list(checks(answer)), answer["failed"]) == (list(CHECKS), 0)


@pytest.mark.parametrize(
    ("column", "check"),
    [("equity", "equity"), ("cash", "equity"), ("unrealized_pnl", "profit")],
)
async def test_one_wrong_row_among_many_is_named(
    column: str, check: str, tree: Tree, api: Api
) -> None:
    count = 100_000
    prices = (100 + np.sin(np.arange(count))).tolist()
    rows = books(prices, [float(step // 1000 % 2) for step in range(count)])
    rows[76_543][column] = float(str(rows[76_543][column])) + 0.05
    tree.run("r", rows, *COLUMNS)
    answer = await api("/api/v0/runs/r/books")
    found = checks(answer)[check]
    assert (found["status"], found["failed"]) == ("failed", 1)
    assert (found["seq"], found["step"], found["time"]) == (76_543, 76_544, stamp(76_544))
    assert abs(found["difference"]) == pytest.approx(0.05)


async def test_realized_profit_that_is_not_that_of_the_trades_is_named(
    tree: Tree, api: Api
) -> None:
    rows = books([100.0, 110, 120, 130, 140], [0.0, 1, 0, 0, 0])
    for row in rows[3:]:
        row["realized_pnl"] = 0.0
    tree.run("r", rows, *COLUMNS)
    found = checks(await api("/api/v0/runs/r/books"))
    assert (found["realized"]["seq"], found["realized"]["difference"]) == (3, -10)
    assert found["profit"]["status"] == "failed"


async def test_the_session_and_the_telemetry_are_checked_once_the_run_has_ended(
    tree: Tree, api: Api
) -> None:
    rows = books([100.0, 110, 120, 130], [0.0, 1, 0, 0])
    tree.run("r", rows, *COLUMNS, ended_at=ENDED)
    metrics = {"realized_pnl": 99.0, "num_orders": 2, "max_drawdown": 0.0, "steps": 4}
    record = {"session_id": "s", "run_id": "r", "run_type": "x", "started_at": stamp(0)}
    tree.write(tree.sessions / "s.json", json.dumps({**record, "metrics": metrics}))
    log = [{"ts": stamp(2), "session_id": "s", "symbol": "X", "kind": "fill", "payload": {}}]
    tree.write(tree.logs / "execution" / "s.jsonl", json.dumps(log[0]) + "\n")
    answer = await api("/api/v0/runs/r/books")
    found = {name: item["status"] for name, item in checks(answer).items()}
    assert answer["session_id"] == "s"
    assert found["session_realized_pnl"] == found["telemetry_fills"] == "failed"
    assert (
        found["session_orders"] == found["session_steps"] == found["session_max_drawdown"] == "ok"
    )
    assert checks(answer)["session_realized_pnl"]["difference"] == pytest.approx(89)


async def test_the_funnel_says_why_nothing_was_traded(tree: Tree, api: Api) -> None:
    rows = books([100.0] * 6, [0.0, 1, 1, 1, 0, 0])
    for place, why in ((2, f"{ODD}; max_order"), (3, "max_order"), (4, "")):
        blocked = {"orders_generated": 1, "orders_blocked": 1, "orders_filled": 0}
        rows[place] |= blocked | {"risk_allowed": False, "risk_reasons": why}
    tree.run("r", rows, *COLUMNS, config_snapshot={"session_id": "s"})
    answer = await api("/api/v0/runs/r/funnel")
    assert {stage["name"]: stage["count"] for stage in answer["stages"]} == {
        "signal": 2,
        "intent": None,
        "gate": 1,
        "order": 1,
        "fill": 1,
    }
    assert answer["stages"][2]["conversion"] == 0.5
    told = [(one["reason"], one["count"], one["first_seq"]) for one in answer["reasons"]]
    assert told == [("max_order", 2, 2), (ODD, 1, 2), ("no reason given", 1, 4)]
    lines = [
        ("intent", 0.0, {}),
        ("order", 0.25, {"client_id": "a", "validation": {"valid": False, "problems": ["small"]}}),
        ("order", 0.5, {"client_id": "b"}),
        ("fill", 0.75, {"client_id": "b"}),
    ]
    events = (
        {"ts": f"2026-01-15T17:00:0{at}+00:00", "symbol": "X", "kind": kind, "payload": payload}
        for kind, at, payload in lines
    )
    tree.write(
        tree.logs / "execution" / "s.jsonl", "".join(json.dumps(one) + "\n" for one in events)
    )
    answer = await api("/api/v0/runs/r/funnel")
    assert answer["stages"][1]["count"] == 1
    assert [one["reason"] for one in answer["reasons"] if one["kind"] == "rejected"] == ["small"]
    p50 = {one["stage"]: one["p50"] for one in answer["latencies"]}
    assert p50 == {"intent to order": 500, "order to fill": 250, "intent to fill": 750}
    assert sum(one["n"] for one in answer["latencies_over_time"]) == 4


async def test_drift_of_two_runs(tree: Tree, api: Api) -> None:
    left = books([100.0, 110, 120, 130, 140, 150], [0.0, 1, 1, 0, 0, 1])
    right = books([100.0, 110, 121, 130, 140, 150], [0.0, 1, 1, 0, 1, 1])
    tree.run("left", left, *COLUMNS)
    tree.run("right", right[:-1], *COLUMNS)
    same = await api("/api/v0/drift?left=left&right=left")
    assert (same["first"], same["max_difference"], same["matched"]) == (None, 0, 3)
    answer = await api("/api/v0/drift?left=left&right=right")
    assert (answer["bars"], answer["only_left"], answer["only_right"]) == (5, 1, 0)
    assert answer["first"] == {**answer["first"], "time": stamp(3), "column": "equity"}
    assert (answer["matched"], answer["missed"], answer["extra"]) == (2, 0, 1)
    assert answer["difference"] == [0, 0, 1, 0, 0]
    assert answer["mean_price_bps"] == 0
    assert (await api.refused("/api/v0/drift?left=left&right=gone"))[0] == 404


async def test_a_notebook_and_the_metrics_have_the_same_figures(tree: Tree, api: Api) -> None:
    prices = [100.0, 110, 120, 90, 95, 100, 130, 125, 120, 110] * 4
    rows = books(prices, [0.0, 1, 1, 0, 0, 2, 2, 1, 0, 0] * 4, fee=1.0)
    tree.run("r", rows, *COLUMNS, ended_at=ENDED)
    told = items(await api("/api/v0/runs/r/statistics"))
    run = peak_trade.open(tree.root).run("r")
    frame = run.statistics
    assert {name: frame["value"][name] for name in told} == {
        name: item["value"] for name, item in told.items()
    }
    trades = (await api("/api/v0/runs/r/closed_trades"))["rows"]
    assert run.closed_trades["pnl"].tolist() == [trade["pnl"] for trade in trades]
    assert run.drift(run)["first"] is None
    assert await scraped(of_metrics(api), "peak_trade_run_statistic") == {
        ("r", name): item["value"]
        for name, item in told.items()
        if isinstance(item["value"], int | float)
    }


async def scraped(metrics: TradingMetrics, name: str) -> dict[tuple[str, ...], float]:
    """Return the samples of a family by the values of their labels."""
    await metrics.refresh()
    (family,) = (one for one in metrics.collect() if one.name == name)
    return {tuple(sample.labels.values()): sample.value for sample in family.samples}


def of_metrics(api: Api, limit: int = 5) -> TradingMetrics:
    loaded = load(None, {"web_ui.trading_metrics_limit": str(limit)})
    return TradingMetrics(api.site.runtime.store, loaded.settings)


async def test_the_metrics_have_the_checks_of_the_books(tree: Tree, api: Api) -> None:
    rows = books([100.0, 110, 120, 130], [0.0, 1, 0, 0])
    tree.run("good", rows, *COLUMNS, ended_at=ENDED)
    rows[1]["unrealized_pnl"] = rows[2]["unrealized_pnl"] = 7.0
    tree.run("wrong", rows, *COLUMNS, ended_at=ENDED)
    record = {"session_id": "s", "run_id": "wrong", "run_type": "x", "started_at": stamp(0)}
    tree.write(tree.sessions / "s.json", json.dumps({**record, "metrics": {"steps": 5}}))
    log = {"ts": stamp(2), "session_id": "s", "symbol": "X", "kind": "fill", "payload": {}}
    tree.write(tree.logs / "execution" / "s.jsonl", json.dumps(log) + "\n")
    await api.site.runtime.store.index()
    await api.site.runtime.store.sessions()
    metrics, name = of_metrics(api), "peak_trade_run_books_failed"
    first = await scraped(metrics, name)
    assert {key: value for key, value in first.items() if value} == {
        ("wrong", "profit"): 2,
        ("wrong", "session_steps"): 1,
    }
    assert first["good", "profit"] == 0
    assert ("wrong", "telemetry_fills") not in first  # no scrape reads a log
    told = {
        (run, check["name"]): check["failed"]
        for run in ("good", "wrong")
        for check in (await api(f"/api/v0/runs/{run}/books"))["checks"]
        if check["status"] != "unchecked"
    }
    assert ("wrong", "telemetry_fills") in told
    assert await scraped(metrics, name) == told


async def test_a_scrape_looks_at_no_row_again(
    tree: Tree, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [f"r{number:02}" for number in range(KEPT + 2)]
    rows = books([100.0, 110, 120, 130], [0.0, 1, 1, 1])
    for run in runs:
        tree.run(run, rows[:3], *COLUMNS)
    store = LiveStore(
        load(
            None, {"dashboard.root": str(tree.root), "web_ui.trading_metrics_limit": "20"}
        ).settings
    )
    await store.index()
    metrics = TradingMetrics(store, load(None, {"web_ui.trading_metrics_limit": "20"}).settings)
    seen: list[int] = []

    def counted(table: pa.Table, run: Judged, begin: int, bases: Bases) -> list[BookCheck]:
        seen.append(table.num_rows - begin)
        return row_checks(table, run, begin, bases)

    monkeypatch.setattr(judging, "row_checks", counted)
    await metrics.refresh()
    assert seen == [3] * len(runs)
    await metrics.refresh()
    assert len(seen) == len(runs)
    tree.run(runs[0], rows, *COLUMNS)
    await metrics.refresh()
    assert seen[len(runs) :] == [1]
    await store.stop()


async def test_times_of_trades_and_reasons_are_those_of_their_candles(tree: Tree, api: Api) -> None:
    rows = books([100.0, 110, 120, 130], [0.0, 1, 1, 0])
    rows[3] |= {"orders_blocked": 1, "risk_allowed": False, "risk_reasons": "limit"}
    for row in rows:  # all of it is replayed within a second
        row["ts_event"] = "2026-01-15T18:00:00+00:00"
    path = tree.run("r", rows, *COLUMNS, ended_at=ENDED)
    now = rows[0]["ts_event"]
    tree.write(path / "trades.csv", f"{TRADES}{now},2,buy,1,110,0\n{now},4,sell,1,130,0\n")
    (trade,) = (await api("/api/v0/runs/r/closed_trades"))["rows"]
    assert (trade["entry_time"], trade["exit_time"]) == (stamp(2), stamp(4))
    assert trade["held_seconds"] == 120
    (reason,) = (await api("/api/v0/runs/r/funnel"))["reasons"]
    assert (reason["first_time"], reason["last_time"]) == (stamp(4), stamp(4))
