"""The four checks of the telemetry directory: from what was measured to statuses and messages.

Assumes sizes in bytes and times of one clock. Guarantees the checks in a fixed order, each with
its thresholds; a value at a threshold is beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

EXIT_CODES: Final = {"ok": 0, "warn": 2, "critical": 3}
RANKS: Final = {"ok": 0, "warn": 1, "critical": 2}
DISK_MB: Final = (1500.0, 1900.0)
RETENTION_HOURS: Final = (48.0, 168.0)
COMPRESSION_PERCENT: Final = (10.0, 25.0)
PARSE_PERCENT: Final = (5.0, 15.0)
_Thresholds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Usage:
    """Facts at one moment. `retention_mtime_ns` is None without any evidence."""

    exists: bool = False
    size_bytes: int = 0
    retention_mtime_ns: int | None = None
    temporary: int = 0
    logs: int = 0
    sampled_lines: int = 0
    invalid_lines: int = 0

    def plus(self, other: Usage) -> Usage:
        """Return the facts of two directories as one; the older retention counts."""
        retained = [at for at in (self.retention_mtime_ns, other.retention_mtime_ns) if at]
        return Usage(
            exists=self.exists or other.exists,
            size_bytes=self.size_bytes + other.size_bytes,
            retention_mtime_ns=min(retained, default=None),
            temporary=self.temporary + other.temporary,
            logs=self.logs + other.logs,
            sampled_lines=self.sampled_lines + other.sampled_lines,
            invalid_lines=self.invalid_lines + other.invalid_lines,
        )


class HealthCheck(TypedDict):
    """One check with its thresholds."""

    name: Annotated[str, Field(description="Name of the check", examples=["disk_usage"])]
    status: Annotated[str, Field(description="ok, warn or critical", examples=["ok"])]
    message: Annotated[str, Field(description="Text for people", examples=["Disk usage 9.0 MB"])]
    value: Annotated[
        float | None, Field(description="In the unit that the message names", examples=[12.5])
    ]
    threshold_warn: Annotated[
        float | None, Field(description="warn from here on", examples=[1500.0])
    ]
    threshold_critical: Annotated[
        float | None, Field(description="critical from here on", examples=[1900.0])
    ]


def health_checks(usage: Usage, now: float) -> list[HealthCheck]:
    """Return the four checks; `now` in unix seconds."""
    return [
        _disk(usage.size_bytes / 2**20),
        _retention(usage.retention_mtime_ns, now),
        _compression(usage),
        _parse_errors(usage),
    ]


def _status(value: float, thresholds: _Thresholds) -> str:
    warn, critical = thresholds
    return "critical" if value >= critical else "warn" if value >= warn else "ok"


def _check(
    name: str, status: str, message: str, value: float | None, thresholds: _Thresholds | None
) -> HealthCheck:
    return {
        "name": name,
        "status": status,
        "message": message,
        "value": value,
        "threshold_warn": thresholds[0] if thresholds else None,
        "threshold_critical": thresholds[1] if thresholds else None,
    }


def _long(status: str) -> str:
    return "warning" if status == "warn" else status


def _disk(size: float) -> HealthCheck:
    status = _status(size, DISK_MB)
    outcome = "is within limits" if status == "ok" else f"exceeds {_long(status)} threshold"
    return _check("disk_usage", status, f"Disk usage {size:.1f} MB {outcome}", size, DISK_MB)


def _retention(mtime_ns: int | None, now: float) -> HealthCheck:
    name = "retention_staleness"
    if mtime_ns is None:
        message = "No retention history found (first run or no logs)"
        return _check(name, "ok", message, None, None)
    hours = (now - mtime_ns / 1e9) / 3600
    status = _status(hours, RETENTION_HOURS)
    message = (
        f"Retention last run {hours:.1f} hours ago (ok)"
        if status == "ok"
        else f"Retention hasn't run in {hours:.1f} hours ({_long(status)})"
    )
    return _check(name, status, message, hours, RETENTION_HOURS)


def _compression(usage: Usage) -> HealthCheck:
    name = "compression_failures"
    if not usage.exists:
        return _check(name, "ok", "No telemetry logs found", 0.0, None)
    rate = 100 * usage.temporary / usage.logs if usage.logs else 0.0
    status = _status(rate, COMPRESSION_PERCENT)
    message = f"Compression failure rate {rate:.1f}% ({_long(status)})"
    return _check(name, status, message, rate, COMPRESSION_PERCENT)


def _parse_errors(usage: Usage) -> HealthCheck:
    name = "parse_error_rate"
    if not usage.exists:
        return _check(name, "ok", "No telemetry logs found", 0.0, None)
    if not usage.logs:
        return _check(name, "ok", "No log files to check", 0.0, PARSE_PERCENT)
    lines, invalid = usage.sampled_lines, usage.invalid_lines
    rate = 100 * invalid / lines if lines else 0.0
    status = _status(rate, PARSE_PERCENT)
    sampled = " sampled" if status == "ok" else ""
    message = f"Parse error rate {rate:.1f}% ({invalid}/{lines} lines{sampled})"
    return _check(name, status, message, rate, PARSE_PERCENT)


def worst(checks: Iterable[HealthCheck]) -> str:
    """Return the worst status of some checks: ok, warn or critical."""
    return max((check["status"] for check in checks), key=RANKS.__getitem__)
