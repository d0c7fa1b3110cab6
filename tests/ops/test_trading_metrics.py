"""Trading figures in the metrics: what is shown, what is left out, and what goes away."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from contract.tree import HOSTILE, NOW, Tree, event
from peak_trade.contract.base.route import Params
from peak_trade.contract.runs.snapshot import snapshot
from peak_trade.errors import OverloadedError
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import load

NAMES = ("run_id", "session_id", "state", "check", "family")
Series = dict[tuple[str, str], float]


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW)


@contextmanager
def open_runtime(tree: Tree, limit: int) -> Iterator[Runtime]:
    overrides = {"dashboard.root": str(tree.root), "web_ui.trading_metrics_limit": limit}
    yield Runtime(load(None, overrides).settings)


async def text_of(runtime: Runtime) -> str:
    """Return a scrape, after the look that a watcher would take."""
    await runtime.store.index()
    await runtime.store.sessions()
    answer = await runtime.metrics.build(runtime.context(), Params())
    return str(answer.body.decode())


def name_of(labels: dict[str, str]) -> str:
    return next((labels[name] for name in NAMES if name in labels), "")


async def scrape(runtime: Runtime) -> Series:
    """Return the values of our trading families, by name and what they are about."""
    families = text_string_to_metric_families(await text_of(runtime))
    samples = [sample for family in families for sample in family.samples]
    found = {(sample.name, name_of(sample.labels)): sample.value for sample in samples}
    series = [(sample.name, *sorted(sample.labels.items())) for sample in samples]
    assert len(set(series)) == len(series)
    return found


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path)
    rows = [
        event(58, orders_filled=2, orders_blocked=0),
        event(59, equity=1200.0, orders_generated=3, orders_blocked=1),
        event(60, equity=900.0, realized_pnl=-100.5, unrealized_pnl=7.0),
    ]
    tree.run("a", rows, *(*rows[0], "orders_generated", "realized_pnl", "unrealized_pnl"))
    tree.run("b", [event(30)], ended_at="2026-01-15T18:01:00+00:00")
    tree.run("c")
    tree.session("s", metrics={"realized_pnl": 5.5, "max_drawdown": 0.1, "num_orders": 3})
    return tree


async def test_metrics_of_each_run(tree: Tree) -> None:
    with open_runtime(tree, 10) as runtime:
        found = await scrape(runtime)
    of_a = {name: value for (name, key), value in found.items() if key == "a"}
    for many in ("peak_trade_run_statistic", "peak_trade_run_books_failed"):
        del of_a[many]  # told apart by another label
    assert of_a == {
        "peak_trade_run_info": 1,
        "peak_trade_run_equity": 900.0,
        "peak_trade_run_drawdown_ratio": -0.25,
        "peak_trade_run_realized_pnl": -100.5,
        "peak_trade_run_unrealized_pnl": 7.0,
        "peak_trade_run_events_total": 3,
        "peak_trade_run_orders_total": 5,
        "peak_trade_run_orders_blocked_total": 1,
        "peak_trade_run_age_seconds": 0,
    }
    assert ("peak_trade_run_age_seconds", "b") not in found
    assert ("peak_trade_run_equity", "c") not in found
    assert found["peak_trade_run_orders_total", "c"] == 0
    assert found["peak_trade_session_realized_pnl", "s"] == 5.5
    assert found["peak_trade_session_max_drawdown", "s"] == 0.1
    assert found["peak_trade_session_orders", "s"] == 3


async def test_states_are_always_there(tree: Tree) -> None:
    with open_runtime(tree, 0) as runtime:
        found = await scrape(runtime)
    states = {key: value for (name, key), value in found.items() if name == "peak_trade_runs"}
    expected = {"live": 1, "late": 0, "stale": 0, "crashed": 0, "ended": 1, "unknown": 1}
    assert states == expected
    checks = {key for name, key in found if name == "peak_trade_telemetry_health"}
    assert len(checks) == 4
    assert not [
        name for name, _ in found if name.startswith(("peak_trade_run_", "peak_trade_session_"))
    ]


@pytest.mark.parametrize(
    ("minutes", "timeframe", "ended", "crashed"),
    [
        (9, "1m", False, 0),
        (11, "1m", False, 1),
        (69, "1m", False, 1),
        (71, "1m", False, 0),
        (69, "1m", True, 0),
        (590, "1h", False, 0),
        (610, "1h", False, 1),
        (610, "9999w", False, 0),
    ],
)
async def test_runs_that_crashed_within_the_last_hour(
    tmp_path: Path, minutes: int, timeframe: str, ended: bool, crashed: int
) -> None:
    tree = Tree(tmp_path)
    last = (datetime.fromisoformat(NOW) - timedelta(minutes=minutes)).isoformat()
    ended_at = NOW if ended else None
    tree.run("a", [event(1, ts_event=last)], timeframe=timeframe, ended_at=ended_at)
    with open_runtime(tree, 0) as runtime:
        found = await scrape(runtime)
    assert found["peak_trade_runs_crashed_last_hour", ""] == crashed


async def test_what_vanished_has_no_series(tree: Tree) -> None:
    with open_runtime(tree, 10) as runtime:
        await scrape(runtime)
        shutil.rmtree(tree.runs / "a")
        next(tree.sessions.iterdir()).unlink()
        found = await scrape(runtime)
    assert [name for name, key in found if key in {"a", "s"}] == []
    assert ("peak_trade_run_info", "b") in found


async def test_the_newest_are_shown_and_the_others_counted(tree: Tree) -> None:
    tree.session("x" * 201, "long")
    tree.session("newer", started_at="2026-01-15T09:00:00")
    tree.session("s", "again", started_at="2026-01-15T10:00:00")
    with open_runtime(tree, 1) as runtime:
        found = await scrape(runtime)
    assert [key for name, key in found if name == "peak_trade_run_info"] == ["a"]
    assert [key for name, key in found if name == "peak_trade_session_info"] == ["newer"]
    for name in ("peak_trade_series_left_out", "peak_trade_figures_left_out"):
        assert (found[name, "run"], found[name, "session"]) == (2, 2)


async def test_labels_hold_any_text_and_have_an_end(tree: Tree) -> None:
    odd = f"{HOSTILE}\n"
    tree.run(odd, [event(60)], symbol="y" * 5000, mode=odd)
    tree.session(f"{odd}\\", "odd", status=HOSTILE)
    with open_runtime(tree, 10) as runtime:
        text = await text_of(runtime)
        found = await scrape(runtime)
    assert found["peak_trade_run_equity", odd] == 1060.0
    assert ("peak_trade_session_info", f"{odd}\\") in found
    assert f'symbol="{"y" * 100}"' in text
    assert "y" * 101 not in text


async def test_a_scrape_sees_new_events(tree: Tree) -> None:
    with open_runtime(tree, 10) as runtime:
        await scrape(runtime)
        with (tree.runs / "b" / "events.csv").open("a") as file:
            file.write("31,2026-01-15T18:01:00+00:00,1.5,,,\n")
        assert (await scrape(runtime))["peak_trade_run_equity", "b"] == 1.5


async def test_an_overloaded_store_still_answers(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_runtime(tree, 10) as runtime:
        before = await scrape(runtime)

        async def refuse(*_: object) -> None:
            raise OverloadedError("wait")

        monkeypatch.setattr(runtime.store, "telemetry_usage", refuse)
        after = await scrape(runtime)
    key = ("peak_trade_run_equity", "a")
    assert before[key] == after[key]
    assert ("peak_trade_telemetry_health", "disk_usage") in after


async def test_metrics_are_those_of_the_routes(tree: Tree) -> None:
    with open_runtime(tree, 10) as runtime:
        found = await scrape(runtime)
        shown = await asyncio.wait_for(snapshot(runtime.context(), Params(), "a"), 60)
    assert json.loads(json.dumps(shown))["equity"] == found["peak_trade_run_equity", "a"]
    assert shown["total_orders"] == found["peak_trade_run_orders_total", "a"]
