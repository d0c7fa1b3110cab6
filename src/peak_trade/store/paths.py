"""Where the artifact families lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from peak_trade.settings import Settings


@dataclass(frozen=True, slots=True)
class Paths:
    """Absolute paths of directories (runs, sessions, alerts, telemetry) and files.

    `root` is what relative ones were resolved against.
    """

    runs: Path
    sessions: Path
    alerts: Path
    telemetry: Path
    health_snapshots: Path
    rule_alerts: Path
    root: Path | None = None

    @property
    def artifacts(self) -> dict[str, Path]:
        """What is watched, by name: all but the root."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "root"}

    @property
    def directories(self) -> tuple[Path, ...]:
        """The directories that hold all of it."""
        parents = (self.health_snapshots.parent, self.rule_alerts.parent)
        return (self.runs, self.sessions, self.alerts, self.telemetry, *parents)

    def base(self, family: str) -> Path:
        """Return the directory that must exist for that of a family to be only not made yet."""
        path: Path = getattr(self, family)
        return self.root if self.root and path.is_relative_to(self.root) else path.parent

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
            root=settings.root_path,
        )


def watched(settings: Settings) -> tuple[Path, ...]:
    """Return the directories and files that are watched, of all roots."""
    alone = (Paths.of(its) for its in settings.by_root.values())
    return tuple(path for paths in alone for path in paths.artifacts.values())
