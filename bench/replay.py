"""A replay with all its artifacts against a plain loop with the same strategy, books and CSV."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from peak_trade.runners.bars import Bar, bars_of
from peak_trade.runners.broker import Broker, Fill, MarketModel
from peak_trade.runners.feed import Feed, synthetic_feed
from peak_trade.runners.progress import Silent
from peak_trade.runners.shadow import ShadowConfig, run_shadow
from peak_trade.runners.strategies import create_strategy
from peak_trade.schemas import EVENT_COLUMNS
from peak_trade.writing import Output, Subject

STRATEGY = "ma_crossover"
CASH = 10_000.0
FLUSH = 50
"""Rows that are written at once, as a run does by default."""


def compared(bars: int = 20_000, rounds: int = 5) -> tuple[float, float]:
    """Return microseconds of CPU a bar of a replay and of the loop, the best of some rounds."""
    feed = synthetic_feed("1m", bars)
    best = [float("inf")] * 2
    for _ in range(rounds):
        with TemporaryDirectory() as root:
            for place, run in enumerate((replayed, plain)):
                best[place] = min(best[place], seconds(run, feed, Path(root)))
    ours, theirs = (1e6 * value / bars for value in best)
    return ours, theirs


def seconds(run: Callable[[Feed, Path], None], feed: Feed, root: Path) -> float:
    """Return the CPU time that it takes."""
    began = time.process_time()
    run(feed, root)
    return time.process_time() - began


def replayed(feed: Feed, root: Path) -> None:
    """Run the runner."""
    subject = Subject("shadow", STRATEGY, "BTC/EUR", feed.timeframe)
    run_shadow(ShadowConfig(subject=subject, output=Output.below(root)), feed, Silent())


def plain(feed: Feed, root: Path) -> None:
    """Do the same without risk gate, telemetry, registry, checks and recovery."""
    broker, strategy = Broker(MarketModel(), CASH), create_strategy(STRATEGY)
    pending, before, peak, number = "", 0, CASH, 0
    rows = io.StringIO()
    with (root / "events.csv").open("w") as events, (root / "trades.csv").open("w") as trades:
        writer = csv.writer(rows)
        writer.writerow([column.name for column in EVENT_COLUMNS])
        for block in feed.blocks():
            for bar in bars_of(block):
                number += 1
                fill = None
                if pending:
                    fill = broker.execute("buy" if pending == "buy" else "sell", bar.open)
                    trades.write(",".join(map(str, asdict(fill).values())) + "\n")
                    pending = ""
                signal = strategy.on_bar(bar)
                if signal != before and (signal > 0) != (broker.position > 0):
                    pending = "buy" if signal > 0 else "sell"
                peak = max(peak, broker.equity(bar.close))
                writer.writerow(
                    row(number, bar, broker, signal, before, fill, strategy.indicators())
                )
                before = signal
                if number % FLUSH == 0:
                    events.write(rows.getvalue())
                    events.flush()
                    rows.seek(0)
                    rows.truncate()
        events.write(rows.getvalue())


def row(
    number: int,
    bar: Bar,
    broker: Broker,
    signal: int,
    before: int,
    fill: Fill | None,
    indicators: object,
) -> list[object]:
    """Return the cells of an event."""
    filled = int(fill is not None)
    return [
        *(number, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.time.isoformat()),
        *(time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()), bar.close, broker.position),
        *(broker.cash, broker.equity(bar.close), broker.realized_pnl),
        *(broker.unrealized_pnl(bar.close), signal, signal != before, filled, filled, 0, 0),
        *(True, "", *(indicators if isinstance(indicators, tuple) else ())),
    ]
