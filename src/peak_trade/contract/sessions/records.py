"""Payloads of the session registry: list, statistics, detail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, cast

from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.artifacts.times import as_utc
from peak_trade.contract.base.freshness import freshness
from peak_trade.contract.base.life import Lives
from peak_trade.contract.base.redact import redact, redact_arguments
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.sessions.params import SessionsParams
from peak_trade.contract.sessions.schema import (
    RiskLimit,
    SessionDetail,
    SessionFacts,
    SessionItem,
    SessionRow,
    SessionStats,
)
from peak_trade.derive.symbols import quote_currency
from peak_trade.errors import NotFoundError
from peak_trade.jsonio import whole

STATUSES: Final = ("started", "completed", "failed", "aborted")
RISK_OF_STATUS: Final = {"green": "ok", "yellow": "warning", "red": "breach"}
STATUS_OF_RISK: Final = {risk: status for status, risk in RISK_OF_STATUS.items()}


async def live_sessions(context: Context, params: SessionsParams) -> list[SessionItem]:
    """List sessions, newest end (or start) first: filtered, then cut to `limit`."""
    index = await context.store.sessions()
    chosen = select(index.ordered, params.mode, params.status)
    return [session_item(record) for record in chosen[: params.limit]]


async def live_sessions_stats(context: Context, params: Params) -> SessionStats:
    """Count sessions and sum their results."""
    records = (await context.store.sessions()).ordered
    return await context.store.compute(lambda: session_stats(records))


async def live_session(context: Context, params: Params, session_id: str) -> SessionDetail:
    """Give all of one session."""
    record = (await context.store.sessions()).by_id.get(session_id)
    if record is None or not session_id:
        raise NotFoundError(f"Session not found: {session_id}")
    return session_detail(record)


async def revision(context: Context, params: Params, **ids: str) -> int:
    """Return the revision of the registry."""
    return (await context.store.sessions()).revision


def session_detail(record: SessionRecord) -> SessionDetail:
    """Return all of a record."""
    item = session_item(record)
    facts = cast("SessionFacts", {key: item[key] for key in item if key != "report_path"})  # type: ignore[literal-required]
    return {
        **facts,
        "risk_limit_details": risk_limits(record.metrics),
        "run_id": record.run_id,
        "run_type": record.run_type,
        "env_name": record.env_name,
        "symbol": record.symbol,
        "config": redact(record.config),
        "metrics": redact(record.metrics),
        "cli_args": redact_arguments(record.cli_args),
        "created_at": stored_time(record.created_at) if record.created_at else None,
    }


def raw_limits(metrics: dict[str, Any]) -> list[Any]:
    """Return the stored limit details: of the metrics, else of the risk check."""
    check = metrics.get("risk_check")
    check = check if isinstance(check, dict) else {}
    stored = metrics.get("limit_details", check.get("limit_details"))
    return stored if isinstance(stored, list) else []


def risk_limits(metrics: dict[str, Any]) -> list[RiskLimit]:
    """Return a session's risk limits that are objects, each under its first known spelling."""

    def first(item: dict[str, Any], names: tuple[str, ...], default: Any) -> Any:
        return next((item[name] for name in names if name in item), default)

    return [
        {
            "name": first(item, ("limit_name", "name"), "unknown"),
            "value": first(item, ("current_value", "value"), 0.0),
            "limit": first(item, ("limit_value", "limit"), 0.0),
            "ratio": first(item, ("ratio",), 0.0),
            "severity": first(item, ("severity",), "ok"),
        }
        for item in raw_limits(metrics)
        if isinstance(item, dict)
    ]


def select(
    records: tuple[SessionRecord, ...], mode: str = "", status: str = "", tier: str = ""
) -> list[SessionRecord]:
    """Return the records with this stored mode, status and tier; empty text does not filter."""
    return [
        record
        for record in records
        if (not mode or (record.mode or "unknown") == mode)
        and (not status or record.status == status)
        and (not tier or shown_tier(record) == tier)
    ]


def session_stats(records: tuple[SessionRecord, ...]) -> SessionStats:
    """Return metrics over records; values that are no finite numbers are left out."""
    known = drawdowns(records)
    return {
        "total_sessions": len(records),
        "by_mode": dict(Counter(record.mode or "unknown" for record in records)),
        "by_status": dict(Counter(record.status for record in records)),
        "total_pnl": sum(r.metric("realized_pnl") or 0.0 for r in records),
        "avg_drawdown": sum(known) / len(known) if known else 0.0,
    }


def drawdowns(records: Iterable[SessionRecord]) -> list[float]:
    """Return the maximum drawdowns that are finite numbers."""
    found = (record.metric("max_drawdown") for record in records)
    return [value for value in found if value is not None]


def is_live(mode: str) -> bool:
    """Tell whether a mode is a live account, however it is spelled: a warning too many is safe."""
    return mode.strip().casefold() == "live"


def drawdown(record: SessionRecord) -> float | None:
    """Return the maximum drawdown as a fraction <= 0: producers write it with either sign."""
    stored = record.metric("max_drawdown")
    return None if stored is None else -abs(stored) or 0.0  # zero has no sign


def session_item(record: SessionRecord) -> SessionItem:
    """Return the list entry of a record."""
    status, severity = risk(record.metrics)
    item: SessionItem = {
        "session_id": record.session_id,
        "started_at": stored_time(record.started_at),
        "ended_at": stored_time(record.finished_at) if record.finished_at else None,
        "mode": record.mode or "unknown",
        "environment": " / ".join(part for part in (record.env_name, record.symbol) if part),
        "status": shown_status(record),
        "realized_pnl": record.metric("realized_pnl"),
        "max_drawdown": record.metric("max_drawdown"),
        "num_orders": num_orders(record.metrics),
        "report_path": None,
        "notes": record.error,
        "duration_seconds": duration_seconds(record),
        "is_live_warning": record.mode == "live",
        "risk_status": status,
        "risk_severity": severity,
    }
    return {**item, "root": record.root} if record.root else item


def stored_time(moment: datetime) -> str:
    """Return a stored time: naive without offset, UTC with `Z`, else with its offset."""
    text = moment.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def shown_status(record: SessionRecord) -> str:
    """Return the stored status if it is a known one, else what the times say."""
    if record.status in STATUSES:
        return record.status
    return "completed" if record.finished_at else "started"


def shown_tier(record: SessionRecord) -> str:
    """Return the tier of a session's strategy: core, aux, legacy, r_and_d or another text."""
    return record.strategy_tier or "unclassified"


def num_orders(metrics: dict[str, Any]) -> int | None:
    """Return executed orders, or trades if absent; the fraction is cut off."""
    for name in ("num_orders", "num_trades"):
        value = whole(metrics.get(name))
        if value is not None:
            return value
    return None


def duration_seconds(record: SessionRecord) -> int | None:
    """Return whole seconds from start to end, None while running."""
    if record.finished_at is None:
        return None
    return int((as_utc(record.finished_at) - as_utc(record.started_at)).total_seconds())


def risk(metrics: dict[str, Any]) -> tuple[str, str]:
    """Return risk status and severity of a session; stored values that are not known count not."""
    status, severity = "green", "ok"
    stored_status, stored_severity = metrics.get("risk_status"), metrics.get("risk_severity")
    if isinstance(stored_status, str) and stored_status in RISK_OF_STATUS:
        status, severity = stored_status, RISK_OF_STATUS[stored_status]
    if isinstance(stored_severity, str) and stored_severity in STATUS_OF_RISK:
        severity = stored_severity
        if "risk_status" not in metrics:
            status = STATUS_OF_RISK[stored_severity]
    check = metrics.get("risk_check")
    checked = check.get("severity") if isinstance(check, dict) else None
    if isinstance(checked, str) and checked in STATUS_OF_RISK:
        status, severity = STATUS_OF_RISK[checked], checked
    return status, severity


def session_row(record: SessionRecord, lives: Lives) -> SessionRow:
    """Return the table row of a session."""
    strategy = record.config.get("strategy_name")
    return {
        **session_item(record),
        "max_drawdown": drawdown(record),
        "strategy_name": strategy if isinstance(strategy, str) else "",
        "tier": shown_tier(record),
        "symbol": record.symbol,
        "currency": quote_currency(record.symbol),
        "env_name": record.env_name,
        "started": as_utc(record.started_at),
        "as_of": as_utc(record.finished_at or record.started_at),
        "freshness": freshness(lives.session(record)),
    }
