"""Where the artifact families lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from peak_trade.settings import Settings


@dataclass(frozen=True, slots=True)
class Paths:
    """Absolute paths of directories (runs, sessions, alerts, telemetry) and files."""

    runs: Path
    sessions: Path
    alerts: Path
    telemetry: Path
    health_snapshots: Path
    rule_alerts: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the paths that the settings name."""
        return cls(
            runs=settings.runs_path,
            sessions=settings.sessions_path,
            alerts=settings.alerts_path,
            telemetry=settings.telemetry_path,
            health_snapshots=settings.health_snapshots_path,
            rule_alerts=settings.telemetry_alerts_path,
        )
