"""What all runs share: their set-up, their artifacts' content, and how they end.

Assumes one run a process. Guarantees that a run which began ends in the registry as `completed`,
`aborted` or `failed`, whatever its work does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from peak_trade import clock
from peak_trade.errors import SettingsError
from peak_trade.runners.bars import Bar
from peak_trade.runners.broker import MarketModel
from peak_trade.runners.risk import RiskLimits
from peak_trade.runners.stop import StopSignals
from peak_trade.runners.strategies import Strategy, create_strategy
from peak_trade.runners.trader import Step, Totals, Trader
from peak_trade.schemas import EXTRA_PREFIX
from peak_trade.writing import Output, Recorder, Subject
from peak_trade.writing.session import EndStatus, end_gone_sessions


@dataclass(frozen=True, slots=True)
class Labels:
    """Words that a run carries through its artifacts; no secrets."""

    tags: tuple[str, ...] = ()
    notes: str = ""
    cli_args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Everything that is chosen about any run; money in account currency.

    `strategy` has the settings of the one that is used; None: the one of the subject's name, with
    its defaults.
    """

    subject: Subject
    output: Output
    model: MarketModel = field(default_factory=MarketModel)
    limits: RiskLimits = field(default_factory=RiskLimits)
    start_balance: float = 10_000.0
    strategy: Strategy | None = None
    run_id: str | None = None
    labels: Labels = field(default_factory=Labels)

    def fresh_strategy(self) -> Strategy:
        """Return the strategy before its first bar."""
        return self.strategy.fresh() if self.strategy else create_strategy(self.subject.strategy)


class Progress(Protocol):
    """Tells a person how a run goes."""

    def started(self, recorder: Recorder, total: int | None) -> None:
        """Take the ids of the run and the number of bars, None if it has no end."""

    def told(self, notice: str) -> None:
        """Take what the person should know of the run."""

    def stepped(self, totals: Totals) -> None:
        """Take the metrics after a step."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    run_id: str
    status: EndStatus
    totals: Totals


def check_clock() -> None:
    """Refuse to run while the clock stands still.

    Raises
    ------
    SettingsError
        If it does.
    """
    if clock.is_frozen():
        raise SettingsError(f"a run needs the real time; unset {clock.FREEZE_VARIABLE}")


def open_recorder(
    setup: Setup,
    strategy: Strategy,
    source: Mapping[str, object],
    tags: Sequence[str] = (),
    more: Mapping[str, object] | None = None,
) -> Recorder:
    """Begin the artifacts of a run; sessions whose process is gone are ended as failed.

    Parameters
    ----------
    source
        Where the candles come from.
    tags
        Tags that every run on these candles has to carry.
    more
        Configuration of the session that other kinds of run do not have.

    Raises
    ------
    SettingsError
        If the run exists, or its id cannot be the name of a directory.
    """
    subject, model = setup.subject, setup.model
    names = {"mode": subject.mode, "symbol": subject.symbol, "timeframe": subject.timeframe}
    all_tags = [*setup.labels.tags, *tags]
    snapshot: dict[str, object] = {
        "shadow_paper": {**names, "start_balance": setup.start_balance, **asdict(model)},
        "strategy": {"key": subject.strategy, **strategy.parameters()},
        "risk": setup.limits.given(),
        "data": source,
        "tags": all_tags,
    }
    config: dict[str, object] = {
        "strategy_name": subject.strategy,
        **names,
        "position_fraction": model.position_fraction,
        "start_balance": setup.start_balance,
        "enable_risk_limits": bool(setup.limits.given()),
        "data": source,
        "tags": all_tags,
        **(more or {}),
    }
    recorder = Recorder(
        setup.output,
        subject,
        setup.run_id,
        snapshot=snapshot,
        config=config,
        notes=setup.labels.notes,
        cli_args=setup.labels.cli_args,
        extra=[f"{EXTRA_PREFIX}{name}" for name in strategy.indicator_names],
    )
    if setup.output.has_registry:
        end_gone_sessions(setup.output.sessions)
    return recorder


def run_to_end(
    recorder: Recorder,
    totals: Totals,
    metrics: Callable[[], Mapping[str, Any]],
    stop: StopSignals,
    work: Callable[[], None],
    redact: Callable[[str], str] = str,
) -> Outcome:
    """Do the work of a run and write its end; `redact` takes secrets out of an error's text."""
    try:
        work()
    except BaseException as error:
        recorder.finish("failed", metrics(), redact(f"{type(error).__name__}: {error}"))
        raise
    status: EndStatus = "aborted" if stop.received else "completed"
    reason = f"stopped by {stop.received.name}" if stop.received else None
    recorder.finish(status, metrics(), reason)
    return Outcome(recorder.run_id, status, totals)


def write_step(recorder: Recorder, trader: Trader, bar: Bar, step: Step) -> None:
    """Add a step to the event log, and its fills to the trades."""
    now, totals, broker = clock.stamp(), trader.totals, trader.broker
    filled, blocked = len(step.trades), step.orders_generated - step.orders_rejected
    for trade in step.trades:
        fill = trade.fill
        recorder.run.append_trade(
            {
                "ts": now,
                "step": totals.steps,
                "order_id": trade.order_id,
                "ts_bar": bar.time,
                "side": fill.side,
                "quantity": fill.quantity,
                "price": fill.price,
                "fee": fill.fee,
            }
        )
    moment, *prices, volume = bar
    close = prices[-1]
    recorder.run.append_cells(
        (  # as `schemas.EVENT_COLUMNS`
            *(totals.steps, moment.isoformat(), now, close, *prices, volume),
            *(broker.position, broker.cash, totals.equity),
            *(broker.realized_pnl, broker.unrealized_pnl(close), step.signal, step.signal_changed),
            *(step.orders_generated, filled, step.orders_rejected, blocked - filled),
            *(not step.breaches, step.risk_reasons, *trader.indicators()),
        )
    )
