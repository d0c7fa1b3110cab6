"""The shadow run: candles from a file or made up, a strategy, a paper account, all artifacts.

Assumes candles from `feed`. Guarantees that no exchange is called, that
rows are written in the order of time, and that the run ends as `completed` (end of the data),
`aborted` (SIGINT or SIGTERM) or `failed` (any error).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from peak_trade import clock
from peak_trade.errors import SettingsError
from peak_trade.runners.bars import replay
from peak_trade.runners.broker import Broker
from peak_trade.runners.feed import Feed
from peak_trade.runners.lifecycle import (
    Outcome,
    Progress,
    Setup,
    check_clock,
    open_recorder,
    run_to_end,
    write_step,
)
from peak_trade.runners.stop import StopSignals
from peak_trade.runners.trader import Trader
from peak_trade.writing import Recorder

MODES: Final = ("shadow", "paper", "testnet")
"""What a run on paper may be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many bars are processed, and how fast.

    Parameters
    ----------
    speed
        Bars a second; 0: as fast as possible.
    bars
        Bars to process; None: all there are, or for ever with `loop`.
    warm_bars
        Bars at the beginning that are processed without waiting.
    loop
        Start again at the end of the data, with the time going on.
    """

    speed: float = 0.0
    bars: int | None = None
    warm_bars: int = 0
    loop: bool = False

    def __post_init__(self) -> None:
        if not self.speed >= 0:
            raise SettingsError(f"speed {self.speed} is not a number of bars a second from 0 on")

    def total(self, available: int) -> int | None:
        """Return how many bars will be processed; None: no end."""
        if self.loop:
            return self.bars
        return available if self.bars is None else min(self.bars, available)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowConfig(Setup):
    """Everything that is chosen about a shadow run but its candles."""

    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        if self.subject.mode not in MODES:
            raise SettingsError(
                f"mode {self.subject.mode!r} is none of {', '.join(MODES)}: "
                "this program sends no orders"
            )


def run_shadow(config: ShadowConfig, feed: Feed, progress: Progress) -> Outcome:
    """Run a strategy over candles and write all artifacts.

    Raises
    ------
    SettingsError
        If the run cannot begin: the clock is frozen, the run exists, an option is not usable.
    """
    check_clock()
    broker = Broker(config.model, config.start_balance)
    strategy = config.fresh_strategy()
    with StopSignals() as stop:
        recorder = open_recorder(config, strategy, feed.source, feed.tags)
        trader = Trader(strategy, broker, config.limits, recorder)
        work = partial(_replay, config, feed, trader, recorder, stop, progress)
        return run_to_end(recorder, trader.totals, trader.metrics, stop, work)


def _replay(
    config: ShadowConfig,
    feed: Feed,
    trader: Trader,
    recorder: Recorder,
    stop: StopSignals,
    progress: Progress,
) -> None:
    pace = config.pace
    progress.started(recorder, pace.total(feed.count))
    for bar in feed.warmup:
        trader.warm(bar)
    bars = islice(replay(feed.blocks, feed.timeframe, loop=pace.loop), pace.bars)
    next_at = clock.monotonic()
    for number, (bar, is_seam) in enumerate(bars, start=1):
        if pace.speed and number > pace.warm_bars:
            # a late bar is not made up for: those after it keep their distance
            next_at = max(next_at + 1 / pace.speed, clock.monotonic())
            if next_at - clock.monotonic() > config.output.flush_seconds:
                recorder.refresh(trader.metrics())
            stop.wait(max(0.0, next_at - clock.monotonic()))
        if stop.received:
            break
        step = trader.step(bar, is_seam=is_seam)
        write_step(recorder, trader, bar, step)
        if recorder.is_refresh_due():
            recorder.refresh(trader.metrics())
        progress.stepped(trader.totals)
    recorder.refresh(trader.metrics())  # here a full disk is still a failure of the run
