"""The shadow run: candles from a file or made up, a strategy, a paper account, all artifacts.

Assumes candles from `feed`. Guarantees that no exchange is called, that
rows are written in the order of time, and that the run ends as `completed` (end of the data),
`aborted` (SIGINT or SIGTERM) or `failed` (any error).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Protocol

from peak_trade import clock
from peak_trade.errors import SettingsError
from peak_trade.runners.bars import Bar, replay
from peak_trade.runners.broker import Broker, MarketModel
from peak_trade.runners.feed import Feed
from peak_trade.runners.files import iso
from peak_trade.runners.recorder import Output, Recorder, Subject
from peak_trade.runners.risk import RiskLimits
from peak_trade.runners.stop import StopSignals
from peak_trade.runners.strategies import create_strategy
from peak_trade.runners.trader import Figures, Step, Trader
from peak_trade.runners.writers import EndStatus


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


@dataclass(frozen=True, slots=True)
class Labels:
    """Words that a run carries through its artifacts; no secrets."""

    tags: tuple[str, ...] = ()
    notes: str = ""
    cli_args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowConfig:
    """Everything that is chosen about a shadow run but its candles."""

    subject: Subject
    output: Output
    model: MarketModel = field(default_factory=MarketModel)
    limits: RiskLimits = field(default_factory=RiskLimits)
    pace: Pace = field(default_factory=Pace)
    start_balance: float = 10_000.0
    run_id: str | None = None
    labels: Labels = field(default_factory=Labels)


class Progress(Protocol):
    """Tells a person how a run goes."""

    def started(self, recorder: Recorder, total: int | None) -> None:
        """Take the ids of the run and the number of bars, None if it has no end."""

    def stepped(self, figures: Figures) -> None:
        """Take the figures after a step."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    run_id: str
    status: EndStatus
    figures: Figures


def run_shadow(config: ShadowConfig, feed: Feed, progress: Progress) -> Outcome:
    """Run a strategy over candles and write all artifacts.

    Raises
    ------
    SettingsError
        If the run cannot begin: the clock is frozen, the run exists, an option is not usable.
    """
    if clock.is_frozen():
        raise SettingsError(f"a run needs the real time; unset {clock.FREEZE_VARIABLE}")
    broker = Broker(config.model, config.start_balance)
    strategy = create_strategy(config.subject.strategy)
    with StopSignals() as stop:
        recorder = Recorder(
            config.output,
            config.subject,
            config.run_id,
            snapshot=_snapshot(config, feed, strategy.parameters()),
            config=_session_config(config, feed),
            notes=config.labels.notes,
            cli_args=config.labels.cli_args,
        )
        trader = Trader(strategy, broker, config.limits, recorder)
        try:
            _replay(config, feed, trader, recorder, stop, progress)
        except BaseException as error:
            recorder.finish("failed", trader.metrics(), f"{type(error).__name__}: {error}")
            raise
        status: EndStatus = "aborted" if stop.received else "completed"
        reason = f"stopped by {stop.received.name}" if stop.received else None
        recorder.finish(status, trader.metrics(), reason)
    return Outcome(recorder.run_id, status, trader.figures)


def _replay(
    config: ShadowConfig,
    feed: Feed,
    trader: Trader,
    recorder: Recorder,
    stop: StopSignals,
    progress: Progress,
) -> None:
    pace = config.pace
    progress.started(recorder, pace.total(len(feed.candles)))
    bars = islice(replay(feed.candles, feed.timeframe, loop=pace.loop), pace.bars)
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
        _write_step(recorder, trader, bar, step)
        if recorder.is_refresh_due():
            recorder.refresh(trader.metrics())
        progress.stepped(trader.figures)
    recorder.refresh(trader.metrics())  # here a full disk is still a failure of the run


def _write_step(recorder: Recorder, trader: Trader, bar: Bar, step: Step) -> None:
    ts_event = iso(clock.now())
    number, broker = trader.figures.steps, trader.broker
    for trade in step.trades:
        fill = asdict(trade.fill)
        row = {"ts": ts_event, "step": number, "order_id": trade.order_id, **fill}
        recorder.run.append_trade(row)
    recorder.run.append(
        {
            **bar._asdict(),
            "step": number,
            "ts_bar": bar.time.isoformat(),
            "ts_event": ts_event,
            "price": bar.close,
            "position_size": broker.position,
            "cash": broker.cash,
            "equity": trader.figures.equity,
            "realized_pnl": broker.realized_pnl,
            "unrealized_pnl": broker.unrealized_pnl(bar.close),
            "signal": step.signal,
            "signal_changed": step.signal_changed,
            "orders_generated": step.orders_generated,
            "orders_filled": len(step.trades),
            "orders_rejected": 0,
            "orders_blocked": step.orders_generated - len(step.trades),
            "risk_allowed": not step.breaches,
            "risk_reasons": step.risk_reasons,
        }
    )


def _snapshot(config: ShadowConfig, feed: Feed, parameters: dict[str, object]) -> dict[str, object]:
    subject = config.subject
    return {
        "shadow_paper": {
            "mode": subject.mode,
            "symbol": subject.symbol,
            "timeframe": subject.timeframe,
            "start_balance": config.start_balance,
            **asdict(config.model),
        },
        "strategy": {"key": subject.strategy, **parameters},
        "risk": config.limits.given(),
        "data": feed.source,
        "tags": [*config.labels.tags, *feed.tags],
    }


def _session_config(config: ShadowConfig, feed: Feed) -> dict[str, object]:
    subject = config.subject
    return {
        "strategy_name": subject.strategy,
        "symbol": subject.symbol,
        "timeframe": subject.timeframe,
        "mode": subject.mode,
        "position_fraction": config.model.position_fraction,
        "start_balance": config.start_balance,
        "enable_risk_limits": bool(config.limits.given()),
        "data": feed.source,
        "tags": [*config.labels.tags, *feed.tags],
    }
