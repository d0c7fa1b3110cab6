"""What the service says of its own state."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, NotRequired

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.coverage import ReadErrorCoverage
from peak_trade.contract.base.freshness import Freshness

NAMESPACE: Final = "peak_trade"


VERSION: Final = "0.1"


class WorkerState(TypedDict):
    """One of several processes that serve the same."""

    worker: Annotated[int, f.about("Its number, from 1", 1)]
    port: Annotated[int, f.about("Where it listens", 8000)]
    state: Annotated[
        str, f.about("up, starting, down: started again soon, or silent: it hangs", "up")
    ]
    since: f.Iso
    restarts: Annotated[int, f.about("How often it was started again", 0)]


class Health(TypedDict):
    """The service answers; fields of both former applications."""

    status: f.ServiceStatus
    contract_version: f.ContractVersion
    server_time: f.AsOf
    timestamp: f.AsOf
    freshness: Annotated[Freshness, f.about("Of the server: it answers")]
    worker: NotRequired[
        Annotated[int, f.about("Where several processes serve: the one that answers", 1)]
    ]
    workers: NotRequired[Annotated[list[WorkerState], f.about("And how each of them stands")]]


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


class ReadErrorExample(TypedDict):
    """One thing that could not be read."""

    kind: Annotated[str, f.about("Kind of the read error", "bad_line")]
    file: Annotated[str, f.about("Name of the file, without its directory", "alerts.jsonl")]
    line: Annotated[int, f.about("From 1; 0 is the whole file", 17)]
    reason: Annotated[str, f.about("Why it could not be read", "not JSON")]


class ReadErrorCounts(TypedDict):
    """What could not be read of the artifacts read so far."""

    total: f.Total
    by_kind: Annotated[dict[str, int], f.about("Counts by kind", {"bad_line": 2})]
    newest: Annotated[list[ReadErrorExample], f.about("The newest ones of each file")]
    coverage: Annotated[ReadErrorCoverage, f.about("What the counts cover")]


class Check(TypedDict):
    """One check of the service."""

    name: Annotated[str, f.about("Name of the check", "reading")]
    healthy: Annotated[bool, f.about("Nothing is wrong", True)]
    message: f.Text
    timestamp: f.AsOf
    details: Annotated[f.Object, f.about("Metrics of the check", {"waiting": 0})]


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
    read_errors: Annotated[ReadErrorCounts, f.about("What could not be read so far")]
    losses: Annotated[ReadErrorCounts, f.old_name("read_errors")]
    checks: Annotated[dict[str, Check], f.about("Checks of the service itself")]
    summary: Annotated[CheckSummary, f.about("Counts of the checks")]
    metrics: Annotated[f.Object, f.about("Whether metrics are produced", {"metrics": {}})]
    system: Annotated[f.Object, f.about("Kept for compatibility", {"circuit_breakers_active": 0})]


class Ready(TypedDict):
    """Whether requests can be served; 503 if not."""

    ready: Annotated[bool, f.about("All checks are healthy", True)]
    checks: Annotated[dict[str, Check], f.about("Checks of the service itself")]


class Open(TypedDict):
    """What has not ended, and whether it lives."""

    state: Annotated[str, f.about("live, late, stale, crashed or unknown", "stale")]
    freshness: Annotated[Freshness, f.about("The judgement, with its reason")]


class OpenSession(Open):
    """A session, judged by its signs of life and those of its run."""

    session_id: f.SessionId


class OpenRun(Open):
    """A run, judged by its signs of life and those of its session."""

    run_id: f.RunId
    last_event_time: f.LastEvent
    age_seconds: Annotated[float | None, f.about("Age of its last event", 400.0, unit=f.SECONDS)]


class DirectoryFault(TypedDict):
    """A directory of artifacts that cannot be listed, or is not where it was."""

    family: Annotated[str, f.about("runs, sessions, alerts or telemetry", "runs")]
    directory: Annotated[str, f.about("Its name", "live_runs")]
    reason: Annotated[str, f.about("Why", "it does not exist any more")]


class RootAway(TypedDict):
    """One of several roots that cannot be reached; what was known of it is shown."""

    root: Annotated[str, f.about("Its name", "paper")]
    since: Annotated[
        str | None, f.about("Since when, as far as this process knows", f.EXAMPLE_TIME)
    ]
    reason: Annotated[str, f.about("Why", "it does not exist")]


class Fresh(TypedDict):
    """What is older than it should be."""

    fresh: Annotated[
        bool, f.about("Nothing is late, stale or crashed, and all directories are there", True)
    ]
    as_of: f.AsOf
    directories: Annotated[list[DirectoryFault], f.about("Directories that cannot be listed")]
    roots: NotRequired[
        Annotated[list[RootAway], f.about("Where there are several roots: those unreachable", [])]
    ]
    runs: Annotated[list[OpenRun], f.about("Runs that have not ended")]
    sessions: Annotated[list[OpenSession], f.about("Sessions that have not ended")]
    alerts: Annotated[Freshness, f.about("The alerts of a day: none are expected")]
    telemetry: Annotated[Freshness, f.about("The telemetry logs, by the time of the newest file")]
    server: Annotated[Freshness, f.about("This server")]


class MetricsInfo(TypedDict):
    """Whether metrics are produced; the numbers are under `/metrics`."""

    namespace: Annotated[str, f.about("Begin of the metrics' names", NAMESPACE)]
    prometheus_available: Annotated[bool, f.about("`/metrics` gives the numbers", True)]
    timestamp: f.AsOf
    metrics: Annotated[f.Object, f.about("Empty: the numbers are under `/metrics`", {})]
    recent_snapshots: Annotated[f.Object, f.about("Empty, kept for compatibility", {})]


class Panel(TypedDict):
    """One status panel."""

    id: Annotated[str, f.about("Id of the panel", "alerts")]
    title: Annotated[str, f.about("Name of the panel", "Alerts")]
    status: Annotated[str, f.about("ok, warn, error or unknown", "ok")]
    details: Annotated[f.Object, f.about("Metrics of the panel, keys sorted", {"total": 0})]


class StatusSnapshot(TypedDict):
    """All status panels at one moment, sorted by id."""

    version: Annotated[str, f.about("Version of this form", VERSION)]
    generated_at: f.AsOf
    panels: Annotated[list[Panel], f.about("Sorted by id")]
    meta: Annotated[dict[str, str], f.about("Where it comes from", {"source": "webui_api"})]


class CriticalAlert(TypedDict):
    """The newest critical alert."""

    title: Annotated[str, f.about("Text of the alert", "Equity Drawdown Critical")]
    session_id: Annotated[str | None, f.about("Its session", "session_20260115_shadow_a1b2c3")]
    run_id: Annotated[
        str | None, f.about("The run of the session, if there is one", "20260115_1736_shadow")
    ]
    timestamp: f.Iso


class VerdictPart(TypedDict):
    """One thing to know, with what it leads to."""

    kind: Annotated[
        str,
        f.about(
            "root, directory, crashed, sessions_crashed, critical_alerts, panel, stale, late, "
            "unknown, live, never_ended or read_errors",
            "crashed",
        ),
    ]
    level: Annotated[str, f.about("error, warn, note or ok", "error")]
    count: Annotated[int, f.about("How many there are", 1)]
    total: Annotated[int, f.about("Of so many: of runs, those that have not ended", 3)]
    since: Annotated[
        datetime | None, f.about("Since when; of several, the newest", "2026-01-15T17:54:00+00:00")
    ]
    run_id: Annotated[str | None, f.about("The run, if it is one alone", None)]
    session_id: Annotated[str | None, f.about("The session, if it is one alone", None)]
    name: Annotated[
        str, f.about("Of a root, a directory, a panel or a run's strategy", "ma_crossover")
    ]
    reason: Annotated[str, f.about("Why a root or a directory cannot be read, else empty", "")]


class Verdict(TypedDict):
    """What needs attention now."""

    level: Annotated[
        str,
        f.about("error: act now; warn: look at it; ok: neither. That of the worst part", "error"),
    ]
    parts: Annotated[
        list[VerdictPart], f.about("Worst first; without any nothing runs and all is well")
    ]
    newest: Annotated[
        Freshness | None, f.about("Of the run with the newest sign of life that has not ended")
    ]
    open_runs: Annotated[
        int, f.about("Runs that have not ended, with a sign of life within 24 hours", 3)
    ]
    critical_alerts: Annotated[int, f.about("Critical alerts of the last 24 hours", 2)]
    newest_critical: Annotated[CriticalAlert | None, f.about("Null without any", None)]
    crashed_runs: Annotated[int, f.about("Runs that crashed within the last 24 hours", 0)]
    crashed_sessions: Annotated[
        int, f.about("Sessions without an end that fell silent within the last 24 hours", 0)
    ]
    stale_runs: Annotated[int, f.about("Runs whose newest sign of life is too old", 1)]
