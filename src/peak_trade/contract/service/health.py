"""Payloads of the service's own health: alive, ready, fresh, and everything in detail."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from peak_trade import jsonio
from peak_trade.artifacts import files, times
from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.coverage import read_error_coverage
from peak_trade.contract.base.fields import CONTRACT_VERSION
from peak_trade.contract.base.freshness import freshness
from peak_trade.contract.base.life import Lives, lives, server
from peak_trade.contract.base.route import JSON, Context, Params, Raw
from peak_trade.contract.base.workers import Workers
from peak_trade.contract.service import schema as status_schema
from peak_trade.contract.service import status
from peak_trade.contract.service.schema import (
    NAMESPACE,
    Alive,
    Check,
    DirectoryFault,
    Fresh,
    Health,
    HealthDetailed,
    HealthV02,
    MetricsInfo,
    OpenRun,
    OpenSession,
    PanelState,
    ReadErrorCounts,
    Ready,
    RootAway,
    WorkerState,
)
from peak_trade.derive.freshness import Freshness, Judgement
from peak_trade.store.directories import Directories
from peak_trade.store.local import LocalStore
from peak_trade.store.runs_state import RunIndex, RunSummary

OLD: Final = frozenset({Freshness.LATE, Freshness.STALE, Freshness.CRASHED})


async def health(context: Context, params: Params) -> Health:
    """Say that the service answers."""
    now = context.now.isoformat()
    found: Health = {
        "status": "ok",
        "contract_version": CONTRACT_VERSION,
        "server_time": now,
        "timestamp": now,
        "freshness": freshness(server(context)),
    }
    if context.workers is None:
        return found
    return {**found, "worker": context.workers.own, "workers": worker_states(context.workers)}


def worker_states(workers: Workers) -> list[WorkerState]:
    """Return how each of several processes stands."""
    return [
        {
            "worker": worker.number,
            "port": worker.port,
            "state": worker.state.value,
            "since": worker.since.isoformat(),
            "restarts": worker.restarts,
        }
        for worker in workers.all
    ]


async def alive(context: Context, params: Params) -> Alive:
    """Say that the service answers."""
    return {"status": "ok"}


async def health_v02(context: Context, params: Params) -> HealthV02:
    """Say that the service answers, and whether there are runs to watch."""
    now = context.now.isoformat()
    runs = context.store.local.paths.runs
    exists = await context.store.compute(lambda: files.is_directory(runs))
    return {
        "status": "ok",
        "contract_version": CONTRACT_VERSION,
        "server_time": now,
        "last_update": now,
        "components": {
            "live_dashboard": {"status": "ok", "contract_version": CONTRACT_VERSION},
            "runs_dir": {
                "status": "ok" if exists else "missing",
                "path": context.settings.shadow_paper_logging.base_dir,
            },
        },
    }


async def detailed(context: Context, params: Params) -> Raw:
    """Give everything about the service's health."""
    snapshot = await status.snapshot(context, params)
    panels: dict[str, PanelState] = {
        panel["id"]: {"status": panel["status"], "message": _panel_message(panel)}
        for panel in snapshot["panels"]
    }
    checks = service_checks(context)
    failed = sum(not check["healthy"] for check in checks.values())
    overall = overall_status([panel["status"] for panel in panels.values()], failed)
    read_errors = read_error_counts(context.store.local)
    body: HealthDetailed = {
        "overall_status": overall,
        "healthy": overall != "blocked",
        "timestamp": context.now.isoformat(),
        "panels": panels,
        "read_errors": read_errors,
        "losses": read_errors,
        "checks": checks,
        "summary": {"total": len(checks), "passed": len(checks) - failed, "failed": failed},
        "metrics": {**_metrics_info(context)},
        "system": {
            "resilience_enabled": False,
            "circuit_breakers_active": 0,
            "rate_limiters_active": 0,
        },
    }
    return Raw(jsonio.dumps(body), JSON, status=503 if overall == "blocked" else 200)


def overall_status(panels: list[str], failed_checks: int) -> str:
    """Return blocked, degraded or ok."""
    if failed_checks or "error" in panels:
        return "blocked"
    return "degraded" if {"warn", "unknown"} & set(panels) else "ok"


def _panel_message(panel: status_schema.Panel) -> str:
    message = panel["details"].get("message")
    return message if isinstance(message, str) else panel["title"]


def read_error_counts(local: LocalStore) -> ReadErrorCounts:
    """Return read errors as JSON: counts by kind, the newest examples, and what they cover."""
    read_errors = local.read_errors()
    return {
        "total": read_errors.total,
        "by_kind": dict(read_errors.counts),
        "newest": [
            {
                "kind": read_error.kind,
                "file": read_error.file,
                "line": read_error.line,
                "reason": read_error.reason,
            }
            for read_error in read_errors.examples
        ],
        "coverage": read_error_coverage(local.coverage()),
    }


def service_checks(context: Context) -> dict[str, Check]:
    """Return the service's own checks."""
    store, required = context.store, context.settings.require_prometheus_client
    faults = store.local.directories.faults
    found: list[tuple[str, bool, str, f.Object]] = [
        *_roots_check(context),
        (
            "directories",
            not faults,
            "Directories that cannot be listed" if faults else "All directories can be listed",
            {family: fault.reason for family, fault in faults.items()},
        ),
        ("metrics", context.has_metrics or not required, _metrics_message(context), {}),
        (
            "reading",
            not store.reading.saturated,
            "Reads are served" if not store.reading.saturated else "Too many reads are waiting",
            {"waiting": store.reading.waiting},
        ),
        (
            "watching",
            True,
            "File-system events" if store.watching else "Polling",
            {"poll_seconds": context.settings.store.poll_seconds},
        ),
    ]
    return {
        name: {
            "name": name,
            "healthy": healthy,
            "message": message,
            "timestamp": context.now.isoformat(),
            "details": details,
        }
        for name, healthy, message, details in found
    }


def _roots_check(context: Context) -> list[tuple[str, bool, str, f.Object]]:
    """Return the check of several roots: one that is away is a warning, all of them are a fault."""
    if not context.settings.several:
        return []
    local = context.store.local
    away = local.directories.away
    text = f"Unreachable: {', '.join(away)}" if away else "All roots can be reached"
    details = {
        name: f"unreachable since {times.iso(one.since)}: {one.reason}"
        for name, one in away.items()
    }
    return [("roots", len(away) < len(local.roots), text, details)]


def _metrics_message(context: Context) -> str:
    if context.has_metrics:
        return "Metrics are produced"
    return "Metrics are not produced: install the Python package prometheus_client"


async def ready(context: Context, params: Params) -> Raw:
    """Say whether requests can be served: artifacts can be read, and reads do not pile up."""
    await context.store.directories()
    checks = service_checks(context)
    good = all(check["healthy"] for check in checks.values())
    body: Ready = {"ready": good, "checks": checks}
    return Raw(jsonio.dumps(body), JSON, status=200 if good else 503)


async def fresh(context: Context, params: Params) -> Fresh:
    """Say of each run and session that has not ended whether it lives, and why."""
    directories = await context.store.directories()
    index, alive = await context.store.index(), await lives(context)
    return await context.store.compute(lambda: _fresh(context, directories, index, alive))


def _fresh(context: Context, directories: Directories, index: RunIndex, alive: Lives) -> Fresh:
    listed = ((summary, alive.summary(summary)) for summary in index.ordered)
    runs = [known for known in listed if known[1].state is not Freshness.ENDED]
    sessions = [(record, alive.session(record)) for record in alive.open_sessions]
    states = {judgement.state for _, judgement in (*runs, *sessions)}
    found: Fresh = {
        "fresh": not states & OLD and not directories.faults and not directories.away,
        "as_of": context.now.isoformat(),
        "directories": directory_faults(directories),
        "runs": [_run(*known, context.now) for known in runs],
        "sessions": [_session(*known) for known in sessions],
        "alerts": freshness(alive.feed()),
        "telemetry": freshness(alive.telemetry()),
        "server": freshness(server(context)),
    }
    return {**found, "roots": roots_away(directories)} if context.settings.several else found


def roots_away(directories: Directories) -> list[RootAway]:
    """Return which of several roots cannot be reached."""
    return [
        {"root": name, "since": times.iso(away.since), "reason": away.reason}
        for name, away in directories.away.items()
    ]


def directory_faults(directories: Directories) -> list[DirectoryFault]:
    """Return what of the directories cannot be listed."""
    return [
        {"family": family, "directory": fault.file, "reason": fault.reason}
        for family, fault in directories.faults.items()
    ]


def _run(summary: RunSummary, judgement: Judgement, now: datetime) -> OpenRun:
    last = summary.last_event
    return {
        "run_id": summary.run_id,
        "state": judgement.state.value,
        "last_event_time": times.iso(last),
        "age_seconds": (now - last).total_seconds() if last else None,
        "freshness": freshness(judgement),
    }


def _session(record: SessionRecord, judgement: Judgement) -> OpenSession:
    return {
        "session_id": record.session_id,
        "state": judgement.state.value,
        "freshness": freshness(judgement),
    }


async def metrics_info(context: Context, params: Params) -> MetricsInfo:
    """Say whether metrics are produced."""
    return _metrics_info(context)


def _metrics_info(context: Context) -> MetricsInfo:
    return {
        "namespace": NAMESPACE,
        "prometheus_available": context.has_metrics,
        "timestamp": context.now.isoformat(),
        "metrics": {},
        "recent_snapshots": {},
    }
