"""What routes and pages say of runs."""

from __future__ import annotations

from typing import Annotated, Any, Final, Generic, NotRequired, TypeVar

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.freshness import Freshness

Row = dict[str, Any]
"""One event: column name to value, null for no value."""


T = TypeVar("T")


POINTER_EXAMPLE: Final = {"equity": "/api/v0/runs/r1/equity"}


class RunItem(TypedDict):
    """One run of the list."""

    run_id: f.RunId
    mode: f.Mode
    strategy_name: f.Strategy
    symbol: f.Symbol
    timeframe: f.Timeframe
    started_at: f.Started
    ended_at: f.Ended
    is_active: Annotated[
        bool, f.about("Not ended, and the last event is less than 10 minutes old", True)
    ]
    last_event_time: f.LastEvent
    root: NotRequired[f.Root]


class RunMetrics(TypedDict):
    """Metrics of a run at its last event."""

    equity: f.Equity
    realized_pnl: f.Realized
    unrealized_pnl: f.Unrealized
    drawdown: f.Drawdown
    total_steps: Annotated[int, f.about("Number of events", 320)]
    total_orders: Annotated[
        int, f.about("Sum over all events of orders filled if > 0, else generated", 17)
    ]
    total_blocked_orders: Annotated[int, f.about("Sum of blocked orders", 0)]


class RunSnapshot(RunMetrics):
    """A run at its last event."""

    run_id: f.RunId
    mode: f.Mode
    strategy_name: f.Strategy
    symbol: f.Symbol
    timeframe: f.Timeframe
    last_event_time: f.LastEvent


class TailRow(TypedDict):
    """One event of the tail."""

    ts_bar: Annotated[str | None, f.about("Time of the candle, as stored", f.EXAMPLE_TIME)]
    equity: f.Equity
    realized_pnl: f.Realized
    unrealized_pnl: f.Unrealized
    position_size: f.Position
    orders_count: Annotated[int, f.about("Orders filled if > 0, else generated", 1)]
    risk_allowed: Annotated[bool, f.about("What the risk check said; true if it did not", True)]
    risk_reasons: Annotated[str, f.about("Reasons of the risk check, joined by `; `", "")]


class RunAlertItem(TypedDict):
    """One alert of a run."""

    rule_id: Annotated[str, f.about("Rule that gave the alert", "risk_blocked")]
    severity: Annotated[str, f.about("info, warning, critical or another stored text", "warning")]
    message: f.Text
    run_id: f.RunId
    timestamp: Annotated[str, f.about("Time as stored, ISO 8601; empty if none", f.EXAMPLE_TIME)]


class EquityPoint(TypedDict):
    """One event with its equity."""

    ts: f.Iso
    equity: f.Equity
    realized_pnl: f.Realized
    unrealized_pnl: f.Unrealized
    drawdown: f.Drawdown


class TradeRows(TypedDict):
    """All trades of a run, columns verbatim."""

    run_id: f.RunId
    available: Annotated[bool, f.about("true; without trades the answer is 404", True)]
    rows: Annotated[
        list[f.Object], f.about("Trades in file order", [{"side": "buy", "price": 42000.5}])
    ]


class SignalItem(TypedDict):
    """One event with its signal."""

    ts: f.Iso
    step: f.Step
    signal: Annotated[int | None, f.about("-1, 0 or +1", 1)]
    signal_changed: Annotated[bool | None, f.about("It differs from the step before", False)]


class PositionItem(TypedDict):
    """One event with its position."""

    ts: f.Iso
    step: f.Step
    position_size: f.Position
    cash: f.Cash
    equity: f.Equity


class OrderItem(TypedDict):
    """One event with its order counts."""

    ts: f.Iso
    step: f.Step
    orders_generated: f.Orders
    orders_filled: f.Orders
    orders_rejected: f.Orders
    orders_blocked: f.Orders
    risk_allowed: f.Allowed
    risk_reasons: f.Reasons


class EventItem(TypedDict):
    """One event as a log line."""

    seq: Annotated[int, f.about("Position of the event in the run, from 0", 41)]
    ts: f.Iso
    level: Annotated[str, f.about("warning if blocked or not allowed, else info", "info")]
    component: Annotated[str, f.about("run", "run")]
    msg: Annotated[str, f.about("The event in one line", "step=42 signal=1 position_size=0.04")]
    run_id: f.RunId


class Items(TypedDict, Generic[T]):
    """Rows with the time of the answer."""

    run_id: f.RunId
    asof: f.AsOf
    count: f.Count
    items: Annotated[list[T], f.about("Oldest first")]


class EventItems(TypedDict):
    """Events from a position on."""

    run_id: f.RunId
    asof: f.AsOf
    next_seq: Annotated[int, f.about("`since_seq` of the next request", 42)]
    count: f.Count
    epoch: Annotated[int, f.about("Changes when known rows may have: begin again from 0", 7)]
    items: Annotated[list[EventItem], f.about("Oldest first")]


class Meta(TypedDict):
    """Meta data of a run; secrets in the configuration are hidden."""

    run_id: Annotated[str, f.about("Id as stored in meta.json", "r1")]
    mode: f.Mode
    strategy_name: f.Strategy
    symbol: f.Symbol
    timeframe: f.Timeframe
    started_at: f.Started
    ended_at: f.Ended
    config_snapshot: f.Config
    notes: Annotated[str, f.about("Free text, empty if none", "")]


class RunDetail(TypedDict):
    """Meta data and snapshot of a run."""

    meta: Annotated[Meta, f.about("Meta data of the run")]
    snapshot: Annotated[RunSnapshot, f.about("The run at its last event")]


class RunSummaryV02(TypedDict):
    """One run in the second form."""

    run_id: f.RunId
    status: Annotated[str, f.about("active, completed, inactive or unknown", "active")]
    started_at: f.Started
    last_heartbeat: f.LastEvent
    strategy_id: f.Strategy
    tags: Annotated[list[str], f.about("Tags of the configuration", ["demo"])]
    base_dir: Annotated[str, f.about("Directory of the runs, as configured", "live_runs")]


class AlertsSummary(TypedDict):
    """Alerts of a run in short."""

    count: Annotated[int, f.about("Number of alerts of the run", 3)]
    last_severity: NotRequired[Annotated[str, f.about("Severity of the newest alert", "warning")]]


class RunDetailV02(TypedDict):
    """One run in the second form, with pointers to its other routes."""

    summary: Annotated[RunSummaryV02, f.about("The run in short")]
    pointers: Annotated[
        dict[str, str],
        f.about("Paths of the run's other routes, the id percent-encoded", POINTER_EXAMPLE),
    ]
    alerts_summary: Annotated[AlertsSummary, f.about("Its alerts in short")]
    config_snapshot: f.Config


class RunEntry(RunItem):
    """One run of a page's list; metrics are those of its last event, null before it was read."""

    realized_pnl: f.Realized
    drawdown: f.Drawdown
    max_drawdown: Annotated[
        float | None, f.about("The deepest drawdown so far, <= 0", -0.08, unit=f.FRACTION)
    ]
    gain: Annotated[
        float | None,
        f.about("Change of equity since the first event that has one", 0.02, unit=f.FRACTION),
    ]
    currency: f.Currency
    freshness: Annotated[Freshness, f.about("How old its data is")]


class RunList(TypedDict):
    """The runs of the live dashboard."""

    total: Annotated[int, f.about("Usable run directories", 55)]
    matching: Annotated[int, f.about("Those that match the query", 55)]
    runs: Annotated[list[RunEntry], f.about("At most 50: live ones by start, others by event")]
