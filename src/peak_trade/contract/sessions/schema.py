"""What routes and pages say of sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NotRequired

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.freshness import Freshness

Environment = Annotated[
    str, f.about("Environment and symbol, joined by ` / `", "shadow_local / BTC/EUR")
]


Status = Annotated[str, f.about("started, completed, failed or aborted", "completed")]


MaxDrawdown = Annotated[float | None, f.about("Sign as stored", -0.05, unit=f.FRACTION)]


NumOrders = Annotated[int | None, f.about("Executed orders, else trades", 12)]


Notes = Annotated[str | None, f.about("Error text of the session", None)]


Duration = Annotated[
    int | None, f.about("Whole seconds; null while it goes on", 3600, unit=f.SECONDS)
]


LiveWarning = Annotated[bool, f.about("The mode is exactly `live`", False)]


RiskStatus = Annotated[str, f.about("green, yellow or red", "green")]


RiskSeverity = Annotated[str, f.about("ok, warning or breach", "ok")]


class SessionFacts(TypedDict):
    """What every answer says of a session."""

    session_id: f.SessionId
    started_at: f.Iso
    ended_at: f.Ended
    mode: f.Mode
    environment: Environment
    status: Status
    realized_pnl: f.Realized
    max_drawdown: MaxDrawdown
    num_orders: NumOrders
    notes: Notes
    duration_seconds: Duration
    is_live_warning: LiveWarning
    risk_status: RiskStatus
    risk_severity: RiskSeverity
    root: NotRequired[f.Root]


class SessionItem(SessionFacts):
    """One session of the list."""

    report_path: Annotated[None, f.about("Always null", None)]


class RiskLimit(TypedDict):
    """One risk limit; values verbatim."""

    name: Annotated[Any, f.about("Name of the limit", "max_loss")]
    value: Annotated[Any, f.about("Current value, as stored", 120.0)]
    limit: Annotated[Any, f.about("Limit, as stored", 500.0)]
    ratio: Annotated[Any, f.about("value / limit, as stored", 0.24)]
    severity: Annotated[Any, f.about("As stored", "ok")]


class SessionDetail(SessionFacts):
    """All of a session; secrets in configuration, metrics and command line are hidden."""

    risk_limit_details: Annotated[list[RiskLimit], f.about("Risk limits and how near they are")]
    run_id: Annotated[str | None, f.about("Id of the strategy run", "shadow_ma_20260112")]
    run_type: Annotated[str, f.about("Kind of the run", "live_session_shadow")]
    env_name: Annotated[str, f.about("Name of the environment", "shadow_local")]
    symbol: f.Symbol
    config: f.Config
    metrics: Annotated[f.Object, f.about("As stored, secrets hidden", {"realized_pnl": 5.5})]
    cli_args: Annotated[list[Any], f.about("Command line, secrets hidden", ["--mode", "shadow"])]
    created_at: Annotated[str | None, f.about("Time of the record, ISO 8601", f.EXAMPLE_TIME)]


class SessionStats(TypedDict):
    """Metrics over all usable sessions."""

    total_sessions: Annotated[int, f.about("Number of usable records", 25)]
    by_mode: Annotated[dict[str, int], f.about("Records by mode", {"shadow": 20, "paper": 5})]
    by_status: Annotated[
        dict[str, int], f.about("Records by status as stored", {"completed": 24, "started": 1})
    ]
    total_pnl: Annotated[float, f.about("Sum of realized PnL", 312.5, unit=f.CURRENCY)]
    avg_drawdown: Annotated[
        float, f.about("Mean of the maximum drawdowns, 0.0 without any", -0.04, unit=f.FRACTION)
    ]


class SessionRow(SessionItem):
    """One session of the console's table; its maximum drawdown is a fraction <= 0."""

    strategy_name: f.Strategy
    tier: Annotated[str, f.about("Of the strategy, unclassified if it has none", "core")]
    symbol: f.Symbol
    currency: f.Currency
    env_name: Annotated[str, f.about("Environment as stored", "shadow")]
    started: Annotated[datetime, f.about("When it began", f.EXAMPLE_TIME)]
    as_of: Annotated[datetime, f.about("Its end, else its start", f.EXAMPLE_TIME)]
    freshness: Annotated[Freshness, f.about("Whether it lives: beside the stored status")]
