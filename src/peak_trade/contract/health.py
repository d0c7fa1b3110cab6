"""Payloads of the service's own health: alive, ready, fresh, and everything in detail."""

from __future__ import annotations

from typing import Annotated, Final

from typing_extensions import TypedDict

from peak_trade import jsonio
from peak_trade.artifacts import files, times
from peak_trade.artifacts.losses import Losses
from peak_trade.contract import fields as f
from peak_trade.contract import status
from peak_trade.contract.route import JSON, Context, Params, Raw
from peak_trade.contract.runs import CONTRACT_VERSION
from peak_trade.derive.freshness import Freshness, freshness

NAMESPACE: Final = "peak_trade"
OLD: Final = frozenset({Freshness.LATE, Freshness.STALE, Freshness.CRASHED})


class Health(TypedDict):
    """The service answers; fields of both former applications."""

    status: f.ServiceStatus
    contract_version: f.ContractVersion
    server_time: f.AsOf
    timestamp: f.AsOf


class Alive(TypedDict):
    """The service answers."""

    status: f.ServiceStatus


class HealthV02(TypedDict):
    """The service answers, with its parts."""

    status: f.ServiceStatus
    contract_version: f.ContractVersion
    server_time: f.AsOf
    last_update: f.AsOf
    components: Annotated[
        dict[str, f.Object],
        f.about("State of each part", {"runs_dir": {"status": "ok", "path": "live_runs"}}),
    ]


class LossExample(TypedDict):
    """One thing that could not be read."""

    kind: Annotated[str, f.about("Kind of the loss", "bad_line")]
    file: Annotated[str, f.about("Name of the file, without its directory", "alerts.jsonl")]
    line: Annotated[int, f.about("From 1; 0 is the whole file", 17)]
    reason: Annotated[str, f.about("Why it could not be read", "not JSON")]


class LossCounts(TypedDict):
    """What could not be read of the artifacts looked at so far."""

    total: f.Total
    by_kind: Annotated[dict[str, int], f.about("Counts by kind", {"bad_line": 2})]
    newest: Annotated[list[LossExample], f.about("The newest ones of each file")]


class Check(TypedDict):
    """One check of the service."""

    name: Annotated[str, f.about("Name of the check", "reading")]
    healthy: Annotated[bool, f.about("Nothing is wrong", True)]
    message: f.Text
    timestamp: f.AsOf
    details: Annotated[f.Object, f.about("Figures of the check", {"waiting": 0})]


class CheckSummary(TypedDict):
    """Counts of checks."""

    total: f.Total
    passed: Annotated[int, f.about("Healthy ones", 3)]
    failed: Annotated[int, f.about("The others", 0)]


class PanelState(TypedDict):
    """State of a status panel in short."""

    status: Annotated[str, f.about("ok, warn, error or unknown", "ok")]
    message: f.Text


class HealthDetailed(TypedDict):
    """Everything about the service's health; 503 if blocked."""

    overall_status: Annotated[str, f.about("ok, degraded or blocked", "ok")]
    healthy: Annotated[bool, f.about("Not blocked, and no check failed", True)]
    timestamp: f.AsOf
    panels: Annotated[dict[str, PanelState], f.about("State of each status panel")]
    losses: Annotated[LossCounts, f.about("What could not be read so far")]
    checks: Annotated[dict[str, Check], f.about("Checks of the service itself")]
    summary: Annotated[CheckSummary, f.about("Counts of the checks")]
    metrics: Annotated[f.Object, f.about("Whether metrics are produced", {"metrics": {}})]
    system: Annotated[f.Object, f.about("Kept for compatibility", {"circuit_breakers_active": 0})]


class Ready(TypedDict):
    """Whether requests can be served; 503 if not."""

    ready: Annotated[bool, f.about("All checks are healthy", True)]
    checks: Annotated[dict[str, Check], f.about("Checks of the service itself")]


class OldRun(TypedDict):
    """A run that has not ended and whose last event is older than its candles allow."""

    run_id: f.RunId
    state: Annotated[str, f.about("late, stale or crashed", "stale")]
    last_event_time: f.LastEvent
    age_seconds: Annotated[float | None, f.about("Age of its last event", 400.0, unit=f.SECONDS)]


class Fresh(TypedDict):
    """What is older than it should be."""

    fresh: Annotated[bool, f.about("Nothing is late, stale or crashed", True)]
    as_of: f.AsOf
    runs: Annotated[list[OldRun], f.about("Runs whose last event is older than it should be")]


class MetricsInfo(TypedDict):
    """Whether metrics are produced; the numbers are under `/metrics`."""

    namespace: Annotated[str, f.about("Begin of the metrics' names", NAMESPACE)]
    prometheus_available: Annotated[bool, f.about("`/metrics` gives the numbers", True)]
    timestamp: f.AsOf
    metrics: Annotated[f.Object, f.about("Empty: the numbers are under `/metrics`", {})]
    recent_snapshots: Annotated[f.Object, f.about("Empty, kept for compatibility", {})]


async def health(context: Context, params: Params) -> Health:
    """Say that the service answers."""
    now = context.now.isoformat()
    return {
        "status": "ok",
        "contract_version": CONTRACT_VERSION,
        "server_time": now,
        "timestamp": now,
    }


async def alive(context: Context, params: Params) -> Alive:
    """Say that the service answers."""
    return {"status": "ok"}


async def health_v02(context: Context, params: Params) -> HealthV02:
    """Say that the service answers, and whether there are runs to watch."""
    now = context.now.isoformat()
    exists = await context.store.compute(lambda: files.is_directory(context.store.local.paths.runs))
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
    body: HealthDetailed = {
        "overall_status": overall,
        "healthy": overall != "blocked",
        "timestamp": context.now.isoformat(),
        "panels": panels,
        "losses": loss_counts(context.store.losses()),
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


def _panel_message(panel: status.Panel) -> str:
    message = panel["details"].get("message")
    return message if isinstance(message, str) else panel["title"]


def loss_counts(losses: Losses) -> LossCounts:
    """Return losses as JSON: counts by kind, and the newest examples."""
    return {
        "total": losses.total,
        "by_kind": dict(losses.counts),
        "newest": [
            {"kind": loss.kind, "file": loss.file, "line": loss.line, "reason": loss.reason}
            for loss in losses.examples
        ],
    }


def service_checks(context: Context) -> dict[str, Check]:
    """Return the service's own checks."""
    store, required = context.store, context.settings.require_prometheus_client
    found: list[tuple[str, bool, str, f.Object]] = [
        ("metrics", context.has_metrics or not required, _metrics_message(context), {}),
        (
            "reading",
            not store.saturated,
            "Reads are served" if not store.saturated else "Too many reads are waiting",
            {"waiting": store.waiting},
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


def _metrics_message(context: Context) -> str:
    if context.has_metrics:
        return "Metrics are produced"
    return "Metrics are not produced: install the Python package prometheus_client"


async def ready(context: Context, params: Params) -> Raw:
    """Say whether requests can be served: artifacts are being read, and reads do not pile up."""
    checks = service_checks(context)
    good = all(check["healthy"] for check in checks.values())
    body: Ready = {"ready": good, "checks": checks}
    return Raw(jsonio.dumps(body), JSON, status=200 if good else 503)


async def fresh(context: Context, params: Params) -> Fresh:
    """Say which runs are older than they should be."""
    index = await context.store.index()
    old: list[OldRun] = []
    for head in index.ordered:
        state = freshness(
            ended=head.meta.ended_at is not None,
            last_event=head.last_event,
            timeframe=head.meta.timeframe,
            now=context.now,
        )
        if state in OLD:
            age = (context.now - head.last_event).total_seconds() if head.last_event else None
            old.append(
                {
                    "run_id": head.run_id,
                    "state": state.value,
                    "last_event_time": times.iso(head.last_event),
                    "age_seconds": age,
                }
            )
    return {"fresh": not old, "as_of": context.now.isoformat(), "runs": old}


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
