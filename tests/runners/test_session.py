"""Sessions in this process, on the real exchange library over HTTP to a stand-in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from exchange.stand_in import KEY, SECRET, Fault, Row, StandIn, pair
from exchange.support import START, settings
from peak_trade import clock
from peak_trade.errors import SettingsError
from peak_trade.exchange.client import ResilientExchangeClient
from peak_trade.exchange.errors import ExchangeUnavailableError, RefusedError, UnknownMarketError
from peak_trade.exchange.results import MarketLimits, candle_frame
from peak_trade.runners.feed import Feed
from peak_trade.runners.lifecycle import Outcome, Progress
from peak_trade.runners.live import LiveBars
from peak_trade.runners.progress import Silent
from peak_trade.runners.risk import RiskLimits
from peak_trade.runners.session import OpenExchange, SessionConfig, run_session
from peak_trade.runners.trader import Totals
from peak_trade.writing import Subject

from .support import Tree, check_books, output, shadow


def wave(count: int, start: int = START) -> list[Row]:
    """Return candles of a price that goes up and down; each opens where the last one closed."""
    closes = [100 + 20 * math.sin(n / 6) for n in range(count + 1)]
    return [
        (start + 60 * n, old, max(old, new) + 1, min(old, new) - 1, new, 2.0)
        for n, (old, new) in enumerate(pairwise(closes))
    ]


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(candles=wave(400), visible=60, grow=4) as server:
        yield server


def opener(stand_in: StandIn, **more: Any) -> OpenExchange:
    return lambda wait: ResilientExchangeClient("kraken", settings(stand_in, **more), wait=wait)


def via(stand_in: StandIn) -> str:
    return f"kraken via {stand_in.url.partition('://')[2]}"


def config(root: Path, mode: str = "shadow", **more: Any) -> SessionConfig:
    subject = Subject(mode, "ma_crossover", "BTC/EUR", "1m", "kraken")
    quick: dict[str, Any] = {"poll_seconds": 0.001, "warmup_bars": 30, "output": output(root)}
    return SessionConfig(**{"subject": subject, **quick, **more})


def session(
    root: Path,
    stand_in: StandIn,
    mode: str = "shadow",
    progress: Progress | None = None,
    **more: Any,
) -> Outcome:
    return run_session(config(root, mode, **more), opener(stand_in), progress or Silent())


def test_a_session_trades_each_new_candle_once(tmp_path: Path, stand_in: StandIn) -> None:
    outcome = session(tmp_path, stand_in, steps=150, limits=RiskLimits(max_drawdown=0.5))
    tree = Tree(tmp_path)
    frame = check_books(tree.run)
    assert (outcome.status, outcome.totals.steps) == ("completed", 150)
    candles = stand_in.candles[60:210]
    assert frame["close"].tolist() == [row[4] for row in candles]
    assert [moment.timestamp() for moment in frame["ts_bar"]] == [row[0] for row in candles]
    assert frame["orders_filled"].sum() == len(tree.trades) > 5
    assert {"intent", "gate", "order", "fill"} == {line["kind"] for line in tree.telemetry}
    told = [line["payload"]["client_id"] for line in tree.telemetry if line["kind"] == "fill"]
    assert told == tree.trades["order_id"].tolist()
    assert len(set(told)) == len(told), "each order has an id of its own"
    record = tree.session
    assert (record["status"], record["error"]) == ("completed", None)
    assert (record["run_id"], record["env_name"]) == (outcome.run_id, f"shadow_{via(stand_in)}")
    assert record["config"]["data"] == {
        "source": "exchange",
        "exchange": via(stand_in),
        "sandbox": False,
    }
    assert record["metrics"]["steps"] == 150
    assert record["metrics"]["exchange"]["breaker"] == "closed"
    assert record["metrics"]["limit_details"][0]["limit_name"] == "max_drawdown"
    assert [alert["rule_id"] for alert in tree.run_alerts] == ["run_started", "run_completed"]
    assert tree.meta["ended_at"] is not None


def test_without_warm_up_it_trades_as_a_shadow_run_does(tmp_path: Path, stand_in: StandIn) -> None:
    session(tmp_path / "live", stand_in, steps=100, warmup_bars=0)
    candles = candle_frame([(row[0] * 1000, *row[1:]) for row in stand_in.candles[60:160]])
    shadow(tmp_path / "past", Feed.of(candles, "1m", {}))
    live, past = (Tree(tmp_path / name).events for name in ("live", "past"))
    pd.testing.assert_frame_equal(live.drop(columns="ts_event"), past.drop(columns="ts_event"))
    assert past["orders_filled"].sum() > 2


def test_warm_bars_teach_the_strategy_and_are_not_traded(tmp_path: Path, stand_in: StandIn) -> None:
    session(tmp_path, stand_in, steps=1, warmup_bars=30)
    first = Tree(tmp_path).events.iloc[0]
    assert first["signal"] != 0
    assert not first["signal_changed"]
    assert first["orders_generated"] == 0


def test_testnet_checks_orders_and_sends_none(tmp_path: Path, stand_in: StandIn) -> None:
    stand_in.pairs["XXBTZEUR"] = pair("XXBT", "ZEUR", lot_decimals=2)
    session(tmp_path, stand_in, "testnet", steps=120)
    tree = Tree(tmp_path)
    check_books(tree.run)
    orders = [line["payload"] for line in tree.telemetry if line["kind"] == "order"]
    assert len(orders) == len(tree.trades) > 3
    for order in orders:
        assert order["validation"] == {"valid": True, "problems": [], "sent": False}
        assert order["quantity"] == round(order["quantity"], 2)
    assert tree.session["run_type"] == "live_session_testnet"
    assert set(stand_in.requests) == {"Assets", "AssetPairs", "OHLC"}


def test_testnet_does_not_fill_what_the_exchange_would_refuse(
    tmp_path: Path, stand_in: StandIn
) -> None:
    stand_in.pairs["XXBTZEUR"] = pair("XXBT", "ZEUR", ordermin="50", costmin="5000")
    session(tmp_path, stand_in, "testnet", steps=120)
    tree = Tree(tmp_path)
    frame = check_books(tree.run)
    assert frame["orders_filled"].sum() == 0
    assert frame["orders_rejected"].sum() == frame["orders_generated"].sum() > 0
    assert frame["orders_blocked"].sum() == 0
    orders = [line["payload"]["validation"] for line in tree.telemetry if line["kind"] == "order"]
    assert all(not order["valid"] for order in orders)
    assert all(len(order["problems"]) == 2 for order in orders)
    assert not [line for line in tree.telemetry if line["kind"] == "fill"]
    rejected = [alert for alert in tree.alerts if alert["context"]["rule_id"] == "order_rejected"]
    counted = [1 + alert["context"].get("repeats", 0) for alert in rejected]
    assert len(rejected) == 2  # the first at once, the others with their count at the end
    assert sum(counted) == len(orders)
    assert {alert["category"] for alert in rejected} == {"EXECUTION"}
    assert "below 50" in rejected[0]["body"]


class FailingAt(Silent):
    """Lets the stand-in fail from a step on, for some requests."""

    def __init__(self, stand_in: StandIn, step: int, faults: list[Fault]) -> None:
        self._stand_in, self._step, self._faults = stand_in, step, faults

    def stepped(self, totals: Totals) -> None:
        if totals.steps == self._step:
            self._stand_in.faults.extend(self._faults)


def test_an_outage_is_told_once_and_survived(tmp_path: Path, stand_in: StandIn) -> None:
    failing = FailingAt(stand_in, 40, [Fault.UNAVAILABLE] * 9)
    quick = {"attempts": 2, "breaker_failures": 3, "breaker_reset_seconds": 0.05}
    chosen = config(tmp_path, steps=100)
    assert run_session(chosen, opener(stand_in, **quick), failing).status == "completed"
    tree = Tree(tmp_path)
    frame = check_books(tree.run)
    assert frame["close"].tolist() == [row[4] for row in stand_in.candles[60:160]]
    rules = [alert["context"]["rule_id"] for alert in tree.alerts]
    assert rules == ["run_started", "exchange_unavailable", "exchange_recovered", "run_completed"]
    outage = tree.alerts[1]
    assert (outage["category"], outage["severity"]) == ("SYSTEM", "CRITICAL")
    assert "not available" in outage["body"]
    (error,) = (line for line in tree.telemetry if line["kind"] == "error")
    assert error["payload"]["error"].startswith("kraken: fetch_ohlcv failed")
    assert stand_in.faults == type(stand_in.faults)()
    assert tree.session["metrics"]["exchange"]["breaker"] == "closed"


@pytest.mark.parametrize("fault", [Fault.UNHEARD_OF, Fault.HTTP_401, Fault.HTTP_511])
def test_what_worked_before_is_tried_again_after_a_refusal(
    tmp_path: Path, stand_in: StandIn, fault: Fault
) -> None:
    failing = FailingAt(stand_in, 40, [fault] * 3)
    session(tmp_path, stand_in, steps=60, progress=failing)
    rules = [alert["context"]["rule_id"] for alert in Tree(tmp_path).alerts]
    assert rules == ["run_started", "exchange_unavailable", "exchange_recovered", "run_completed"]
    assert "after 3 failed polls; no candle is missing" in Tree(tmp_path).alerts[2]["body"]


def everything_in(root: Path) -> str:
    return "\n".join(path.read_text() for path in root.rglob("*") if path.is_file())


def test_a_refusal_fails_the_session(
    tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRAKEN_API_KEY", KEY)
    monkeypatch.setenv("KRAKEN_API_SECRET", SECRET)
    failing = FailingAt(stand_in, 20, [Fault.INVALID_KEY])
    with pytest.raises(RefusedError, match="EAPI:Invalid key"):
        session(tmp_path, stand_in, progress=failing, patience_seconds=0.0)
    tree = Tree(tmp_path)
    record = tree.session
    assert record["status"] == "failed"
    assert record["error"].startswith("RefusedError: kraken: fetch_ohlcv failed: the exchange")
    assert "EAPI:Invalid key" in tree.alerts[-1]["body"]
    assert record["metrics"]["steps"] == len(check_books(tree.run)) >= 20
    assert tree.telemetry[-1]["kind"] == "error"
    assert tree.run_alerts[-1]["severity"] == "critical"
    assert KEY not in everything_in(tmp_path)


class Broken(Silent):
    def stepped(self, totals: Totals) -> None:
        raise RuntimeError(f"{KEY} and {SECRET} in a text")


def test_the_error_of_a_crash_holds_no_key(
    tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRAKEN_API_KEY", KEY)
    monkeypatch.setenv("KRAKEN_API_SECRET", SECRET)
    with pytest.raises(RuntimeError):
        session(tmp_path, stand_in, progress=Broken())
    record = Tree(tmp_path).session
    assert (record["status"], record["error"]) == ("failed", "RuntimeError: *** and *** in a text")
    written = everything_in(tmp_path)
    assert "***" in written
    assert KEY not in written
    assert SECRET not in written


def test_nothing_is_written_if_the_exchange_does_not_answer_at_the_start(
    tmp_path: Path, stand_in: StandIn
) -> None:
    stand_in.always = Fault.HTTP_503
    with pytest.raises(ExchangeUnavailableError):
        session(tmp_path, stand_in)
    stand_in.always = None
    with pytest.raises(UnknownMarketError):
        session(tmp_path, stand_in, subject=Subject("shadow", "ma_crossover", "BTC/EUX", "1m"))
    with pytest.raises(UnknownMarketError):
        session(tmp_path, stand_in, subject=Subject("shadow", "ma_crossover", "BTC/EUR", "7m"))
    assert list(tmp_path.iterdir()) == []


def test_without_registry_all_else_is_written(tmp_path: Path, stand_in: StandIn) -> None:
    session(tmp_path, stand_in, steps=5, output=output(tmp_path, has_registry=False))
    tree = Tree(tmp_path)
    assert len(check_books(tree.run)) == 5
    assert tree.meta["ended_at"] is not None
    assert not (tmp_path / "reports").exists()


def test_a_session_ends_after_its_duration(tmp_path: Path) -> None:
    with StandIn(candles=wave(40), visible=40) as quiet:
        outcome = session(tmp_path, quiet, duration=0.05)
    assert (outcome.status, outcome.totals.steps) == ("completed", 0)
    assert Tree(tmp_path).session["status"] == "completed"


class Fixed:
    """An exchange that gives the same candles again and again."""

    is_sandbox = False
    place = "kraken"

    def __init__(self, rows: list[Row]) -> None:
        self._candles = candle_frame([(row[0] * 1000, *row[1:]) for row in rows])

    def fetch_ohlcv(self, symbol: str, timeframe: str, **bounds: Any) -> pd.DataFrame:
        return self._candles

    def market_limits(self, symbol: str) -> MarketLimits:
        return MarketLimits(symbol)

    def health(self) -> Any:
        raise AssertionError


def test_only_finished_usable_and_new_candles_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.FREEZE_VARIABLE, "2026-01-01T00:05:30+00:00")
    rows = wave(6)
    rows[2] = (*rows[2][:4], float("nan"), 1.0)
    bars = LiveBars(Fixed(rows), "BTC/EUR", "1m")
    assert [bar.time.minute for bar in bars.first(2)] == [3, 4]
    assert bars.new().bars == []
    monkeypatch.setenv(clock.FREEZE_VARIABLE, "2026-01-01T00:06:05+00:00")
    assert [bar.time.minute for bar in bars.new().bars] == [5]
    assert bars.new().bars == []
    assert LiveBars(Fixed([]), "BTC/EUR", "1m").first(5) == []


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"mode": "live"}, "mode live is refused: this program sends no orders"),
        ({"mode": "paper"}, "mode 'paper' is not known; use shadow or testnet"),
        ({"poll_seconds": 0.0}, "poll interval"),
        ({"duration": -1.0}, "duration"),
        ({"duration": float("nan")}, "duration"),
    ],
)
def test_bad_choices(tmp_path: Path, more: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        config(tmp_path, **more)


def test_a_frozen_clock_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(wait: object) -> AbstractContextManager[Fixed]:
        return nullcontext(Fixed([]))

    monkeypatch.setenv(clock.FREEZE_VARIABLE, "2026-01-01T00:05:30+00:00")
    with pytest.raises(SettingsError, match="real time"):
        run_session(config(tmp_path), never, Silent())
