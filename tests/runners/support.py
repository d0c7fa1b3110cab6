"""Shared by the runner tests: runs, their artifacts, and the laws that books have to keep."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import peak_trade
from peak_trade import clock, jsonio
from peak_trade.artifacts import events
from peak_trade.runners.bars import CANDLE_COLUMNS
from peak_trade.runners.feed import Feed
from peak_trade.runners.lifecycle import Outcome
from peak_trade.runners.progress import Silent
from peak_trade.runners.shadow import ShadowConfig, run_shadow
from peak_trade.schemas import EVENT_COLUMNS
from peak_trade.writing import LogFormat, Output, Subject
from preloaded import finish
from serving import PATIENCE

SHARED = Path(__file__).resolve().parents[3] / "shared"
MARKET = SHARED / "market"
EVENT_NAMES = [column.name for column in EVENT_COLUMNS]


def shared(*parts: str) -> Path:
    """Return a path in the contract folder, or skip the test."""
    if not SHARED.is_dir():
        pytest.skip("no contract folder beside the checkout")
    return SHARED.joinpath(*parts)


@dataclass(frozen=True, slots=True)
class Tree:
    """The artifacts below one root."""

    root: Path

    @property
    def runs(self) -> list[Path]:
        return sorted(path.parent for path in self.root.glob("live_runs/*/meta.json"))

    @property
    def run(self) -> Path:
        (run,) = self.runs
        return run

    @property
    def meta(self) -> dict[str, Any]:
        return read_json(self.run / "meta.json")

    @property
    def session(self) -> dict[str, Any]:
        (path,) = self.root.glob("reports/experiments/live_sessions/*.json")
        return read_json(path)

    @property
    def events(self) -> pd.DataFrame:
        return read_events(self.run)

    @property
    def trades(self) -> pd.DataFrame:
        return read_trades(self.run)

    @property
    def run_alerts(self) -> list[dict[str, Any]]:
        return read_lines(self.run / "alerts.jsonl")

    @property
    def alerts(self) -> list[dict[str, Any]]:
        days = sorted(self.root.glob("live_runs/alerts/alerts_*.jsonl"))
        return [line for day in days for line in read_lines(day)]

    @property
    def telemetry(self) -> list[dict[str, Any]]:
        (path,) = self.root.glob("logs/execution/*.jsonl")
        return read_lines(path)


def read_json(path: Path) -> dict[str, Any]:
    return dict(jsonio.loads(path.read_bytes()))


def whole_lines(path: Path) -> bytes:
    """Return the lines that have their end; a killed process can leave one that has not."""
    data = path.read_bytes()
    return data[: data.rfind(b"\n") + 1]


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [jsonio.loads(line) for line in whole_lines(path).splitlines()]


def read_trades(run: Path) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(whole_lines(run / "trades.csv")))


def read_events(run: Path) -> pd.DataFrame:
    """Read the events by the product's own reader, which has to find nothing to complain of."""
    parquet = run / "events.parquet"
    new = (
        events.read_parquet(parquet, None)
        if parquet.exists()
        else events.read_csv(run / "events.csv", None)
    )
    assert new is not None
    assert new.table is not None
    assert new.read_errors.total == 0
    frame = pd.DataFrame(new.table.to_pandas())[EVENT_NAMES]
    times = {name: pd.to_datetime(frame[name], utc=True) for name in ("ts_bar", "ts_event")}
    return frame.assign(**times, risk_reasons=frame["risk_reasons"].fillna(""))


def output(root: Path, log_format: LogFormat = LogFormat.CSV, **more: Any) -> Output:
    return Output(
        runs=root / "live_runs",
        sessions=root / "reports/experiments/live_sessions",
        telemetry=root / "logs/execution",
        alerts=root / "live_runs/alerts",
        log_format=log_format,
        **more,
    )


def config(
    root: Path, strategy: str = "ma_crossover", timeframe: str = "1m", **more: Any
) -> ShadowConfig:
    subject = Subject("shadow", strategy, "BTC/EUR", timeframe)
    return ShadowConfig(subject=subject, **{"output": output(root), **more})


def shadow(root: Path, feed: Feed, strategy: str = "ma_crossover", **more: Any) -> Outcome:
    return run_shadow(config(root, strategy, feed.timeframe, **more), feed, Silent())


def feed(rows: Sequence[tuple[float, float]]) -> Feed:
    """Make one-minute bars from pairs of open and close."""
    opens, closes = np.array(rows, dtype=float).T
    columns = (opens, np.maximum(opens, closes), np.minimum(opens, closes), closes, opens * 0 + 1)
    index = pd.date_range("2026-01-01", periods=len(rows), freq="60s", tz="UTC", unit="us")
    candles = pd.DataFrame(dict(zip(CANDLE_COLUMNS, columns, strict=True)), index=index)
    return Feed.of(candles, "1m", {"source": "test"})


def closes(feed: Feed) -> list[float]:
    return [close for block in feed.blocks() for close in block["close"]]


def check_books(
    run: Path, start_balance: float = 10_000.0, *, killed: bool = False
) -> pd.DataFrame:
    """Hold the books of a run against its own prices and trades; return its events.

    Of a killed run the last trades may be missing: they are flushed after the events.
    """
    frame = read_events(run)
    tolerance = 1e-9 * max(1.0, start_balance)
    worth = frame["cash"] + frame["position_size"] * frame["price"]
    assert (frame["equity"] - worth).abs().max() <= 1e-9
    gains = start_balance + frame["realized_pnl"] + frame["unrealized_pnl"]
    assert (frame["equity"] - gains).abs().max() <= tolerance
    assert (frame["cash"] >= 0).all()
    assert (frame["position_size"] >= 0).all()
    assert frame["step"].tolist() == list(range(1, len(frame) + 1))
    last_step = len(frame)
    trades = pd.DataFrame({"step": [], "side": [], "quantity": [], "price": [], "fee": []})
    if (run / "trades.csv").exists():
        trades = read_trades(run)
    if killed:
        last_step = int(trades["step"].max()) if len(trades) else 0
    known = frame[frame["step"] <= last_step]
    assert known["orders_filled"].sum() == len(trades)
    realized = known["realized_pnl"].iloc[-1] if len(known) else 0.0
    assert abs(realized - sum(closed_trades(trades))) <= tolerance
    return frame


def closed_trades(trades: pd.DataFrame) -> list[float]:
    """Return the result of each bought and sold position, the fees of both fills taken off."""
    assert trades["side"].tolist() == (["buy", "sell"] * len(trades))[: len(trades)]
    sides = trades["side"].to_numpy()
    size, price, fee = (trades[name].to_numpy(dtype=float) for name in ("quantity", "price", "fee"))
    bought, sold = (sides == "buy").nonzero()[0], (sides == "sell").nonzero()[0]
    bought = bought[: len(sold)]  # the last position may still be open
    assert np.array_equal(size[bought], size[sold])
    gains = size[sold] * price[sold] - size[bought] * price[bought] - fee[sold] - fee[bought]
    return [float(gain) for gain in gains]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a runner process that finds the package as this process does."""
    source = str(Path(peak_trade.__file__).parents[1])
    return {**os.environ, "PYTHONPATH": source, **more}


def command(*words: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "peak_trade.runners.cli", *words]


def run_command(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, in a process that has imported the program before."""
    return finish(command(*words), cwd, environment(**env), PATIENCE)


def start_command(*words: str, cwd: Path, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*words),
        cwd=cwd,
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until the condition holds; fail if the process ends before that."""
    give_up_at = clock.monotonic() + PATIENCE
    while not condition():
        assert clock.monotonic() < give_up_at, "the condition does not come"
        try:
            process.wait(timeout=0.005)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(process.communicate())
