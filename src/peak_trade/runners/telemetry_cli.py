"""Commands over the telemetry logs, mounted as `peak-trade telemetry`.

Assumes a terminal, a pipe or cron. Exit codes of `health`: 0 ok, 2 warn, 3 critical, 1 could not
check; of `retention`: 0 done, 1 some log could not be treated, 2 bad option or setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from peak_trade import clock, jsonio
from peak_trade.artifacts.files import UnusableError, within
from peak_trade.artifacts.telemetry_usage import measure
from peak_trade.cli_options import group
from peak_trade.derive.telemetry_health import (
    EXIT_CODES,
    HealthCheck,
    Usage,
    health_checks,
    worst,
)
from peak_trade.errors import PeakTradeError, UnlistedError
from peak_trade.runners import retention as logs
from peak_trade.settings import Settings, load
from peak_trade.writing.files import append_lines, iso

app = group("Check and tidy the telemetry logs.")

_FAILED: Final = 1
_BAD_INPUT: Final = 2
_FULL_MB: Final = 2048.0  # what the disk usage is a percentage of
_METRICS: Final = {
    "disk_usage": "disk_usage_mb",
    "retention_staleness": "retention_staleness_hours",
    "compression_failures": "compression_failure_rate",
    "parse_error_rate": "parse_error_rate",
}
"""Check to the name of its value among the metrics of a snapshot."""

_Config = Annotated[Path | None, typer.Option(help="Configuration file (TOML).")]
_Directory = Annotated[str | None, typer.Option(help="Instead of the configured directory.")]


@app.command()
def health(
    config: _Config = None,
    root: _Directory = None,
    telemetry_dir: _Directory = None,
    snapshot: Annotated[bool, typer.Option("--snapshot", help="Add it to the history.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the snapshot as JSON.")] = False,
) -> None:
    """Check size, retention, compression and content of the telemetry logs."""
    overrides = {"dashboard.root": root, "dashboard.telemetry_dir": telemetry_dir}
    with _exit_codes(_FAILED):
        settings = load(config, overrides).settings
        settings.log_warnings()
        checks = health_checks(_measure(settings.telemetry_path), clock.now().timestamp())
        record = make_snapshot(checks)
        if snapshot:
            _add(settings.health_snapshots_path, record)
    if as_json:
        typer.echo(jsonio.dumps(record, indent=True))
    else:
        for check in checks:
            typer.echo(f"{check['status']:<8}  {check['name']:<20}  {check['message']}")
        typer.echo(record["severity"])
    raise typer.Exit(EXIT_CODES[record["severity"]])


@app.command()
def retention(
    config: _Config = None,
    root: _Directory = None,
    telemetry_dir: _Directory = None,
    sessions_dir: _Directory = None,
    max_age_days: Annotated[float | None, typer.Option(help="Delete older logs.")] = None,
    keep_last: Annotated[int | None, typer.Option(help="But not these newest.")] = None,
    max_total_mb: Annotated[
        float | None, typer.Option(help="Delete the oldest above this size.")
    ] = None,
    compress_after_days: Annotated[float | None, typer.Option(help="Compress older logs.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, change nothing.")] = False,
) -> None:
    """Compress old telemetry logs and delete older ones."""
    overrides = {
        "dashboard.root": root,
        "dashboard.telemetry_dir": telemetry_dir,
        "dashboard.sessions_dir": sessions_dir,
        "telemetry_retention.max_age_days": max_age_days,
        "telemetry_retention.keep_last_n_sessions": keep_last,
        "telemetry_retention.max_total_mb": max_total_mb,
        "telemetry_retention.compress_after_days": compress_after_days,
    }
    with _exit_codes(_BAD_INPUT):
        settings = load(config, overrides, needs={"telemetry_retention"}).settings
        settings.log_warnings()
        kept = settings.telemetry_retention
        policy = logs.Policy(
            kept.max_age_days,
            kept.keep_last_n_sessions,
            kept.max_total_mb,
            kept.compress_after_days,
        )
    if not kept.enabled:
        typer.echo("telemetry_retention.enabled is false: nothing was changed")
        return
    with _exit_codes(_FAILED):
        failed = _retain(settings, policy, dry_run=dry_run)
    if failed:
        raise typer.Exit(_FAILED)


def _measure(root: Path) -> Usage:
    try:
        with within((root,)):
            return measure(root)
    except UnusableError as error:
        raise UnlistedError(f"The directory {error.file} cannot be listed: {error}.") from None


def make_snapshot(checks: list[HealthCheck]) -> dict[str, Any]:
    """Return the checks as the history keeps them."""
    values = {_METRICS[check["name"]]: check["value"] for check in checks}
    size = values["disk_usage_mb"] or 0.0
    return {
        "schema_version": 1,
        "ts_utc": iso(clock.now()),
        "severity": worst(checks),
        "metrics": {**values, "disk_usage_pct": 100 * size / _FULL_MB},
        "checks": checks,
    }


def _add(path: Path, record: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    append_lines(path, jsonio.dumps(record) + b"\n")


def _retain(settings: Settings, policy: logs.Policy, *, dry_run: bool) -> int:
    """Treat all logs, tell what is done, and return how many could not be treated."""
    directory = settings.telemetry_path
    found = logs.find_logs(directory)
    running = logs.running_logs(settings.sessions_path)
    for name in logs.find_links(directory):
        typer.echo(f"left alone: {name} (a symbolic link)")
    for log in found:
        if log.log_id in running:
            typer.echo(f"left alone: {log.log_id} (its session runs)")
    actions = logs.plan(found, running, policy, clock.now())
    failed = sum(not _do(directory, action, dry_run=dry_run) for action in actions)
    if directory.is_dir() and not dry_run:
        logs.mark(directory)
    deleted = sum(action.verb == "delete" for action in actions)
    end = "nothing was changed" if dry_run else f"{failed} failed"
    typer.echo(
        f"{len(found)} logs: {deleted} to delete, {len(actions) - deleted} to compress; {end}"
    )
    return failed


def _do(directory: Path, action: logs.Action, *, dry_run: bool) -> bool:
    """Do one action and tell it; False if it could not be done."""
    text = f"{action.verb}: {action.log.log_id} ({action.reason})"
    try:
        if not dry_run:
            logs.carry_out(directory, action)
    except OSError as error:
        typer.echo(f"failed to {text}: {error.strerror}", err=True)
        return False
    except logs.ChangedMeanwhileError as error:
        typer.echo(f"left alone: {error}", err=True)
        return False
    typer.echo(f"would {text}" if dry_run else text)
    return True


@contextmanager
def _exit_codes(code: int) -> Iterator[None]:
    """Turn errors that a user can mend into lines and an exit code."""
    try:
        yield
    except PeakTradeError as error:
        for line in str(error).splitlines():
            typer.echo(f"error: {line}", err=True)
        raise typer.Exit(code) from None
    except OSError as error:
        typer.echo(f"error: {error.filename or 'output'}: {error.strerror}", err=True)
        raise typer.Exit(_FAILED) from None


if __name__ == "__main__":
    app()
