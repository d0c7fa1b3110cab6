"""The model of the telemetry page: logs, periods, what is missing, and when it builds."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.conftest import Create
from peak_trade.contract.pages.telemetry import MAX_LOGS, TelemetryPayload
from peak_trade.models.telemetry import TelemetryModel

NOW = datetime(2026, 1, 15, 18, 30, tzinfo=UTC)


@pytest.fixture
def model(create: Create) -> TelemetryModel:
    return create(TelemetryModel)


async def shown(model: TelemetryModel) -> TelemetryPayload:
    await model.refresh()
    assert model.payload is not None
    return model.payload


def write_log(root: Path, name: str, size: int, hours: float) -> None:
    path = root / "logs" / "execution" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\n" * size)
    stamp = (NOW - timedelta(hours=hours)).timestamp()
    os.utime(path, (stamp, stamp))


def append(root: Path, name: str, *records: dict[str, Any]) -> None:
    path = root / "logs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)


def snapshot(hours: float, severity: str, disk: float | None) -> dict[str, Any]:
    moment = NOW - timedelta(hours=hours)
    return {"ts_utc": moment.isoformat(), "severity": severity, "metrics": {"disk_usage_mb": disk}}


async def test_nothing_is_said_to_be_missing(model: TelemetryModel) -> None:
    page = await shown(model)
    assert (page["exists"], page["logs"], page["newest"]) == (False, [], None)
    assert [period["worst"] for period in page["periods"]] == [None, None, None]
    assert page["degradation"] is None


async def test_the_newest_logs_come_first_with_size_and_age(
    model: TelemetryModel, tmp_path: Path
) -> None:
    for number in range(MAX_LOGS):
        write_log(tmp_path, f"n{number}.jsonl", 10, 100 + number)
    write_log(tmp_path, "packed.jsonl.gz", 2**20, 36)
    page = await shown(model)
    assert (page["logs_total"], page["compressed"], len(page["logs"])) == (51, 1, MAX_LOGS)
    first, second = page["logs"][:2]
    assert (first["log_id"], first["size_mb"], first["age_days"]) == ("packed", 1.0, 1.5)
    assert (first["is_compressed"], second["is_compressed"]) == (True, False)
    assert second["log_id"] == "n0"
    assert page["newest"] == NOW - timedelta(hours=36)
    assert page["total_mb"] == pytest.approx(1 + 500 / 2**20)


async def test_periods_count_their_own_snapshots(model: TelemetryModel, tmp_path: Path) -> None:
    found = (snapshot(1, "ok", 10), snapshot(30, "critical", 30), snapshot(24 * 20, "warn", None))
    append(tmp_path, "telemetry_health_snapshots.jsonl", *found, snapshot(24 * 31, "critical", 1))
    periods = (await shown(model))["periods"]
    assert [(p["name"], p["snapshots"], p["worst"]) for p in periods] == [
        *(("24 h", 1, "ok"), ("7 d", 2, "critical"), ("30 d", 3, "critical")),
    ]
    assert [period["disk_mb"] for period in periods] == [10, 20, 20]


async def test_rule_alerts_of_any_shape_are_text(model: TelemetryModel, tmp_path: Path) -> None:
    odd = {"severity": "warn", "title": "t", "body": "b", "source": 7, "timestamp_utc": []}
    append(tmp_path, "telemetry_alerts.jsonl", odd, odd | {"title": "last"})
    alerts = (await shown(model))["alerts"]
    assert [alert["title"] for alert in alerts] == ["last", "t"]
    assert (alerts[0]["source"], alerts[0]["time"]) == ("", None)


async def test_it_builds_only_what_changed(model: TelemetryModel, tmp_path: Path) -> None:
    assert await model.update()
    assert not await model.refresh()
    changes: tuple[Callable[[], None], ...] = (
        lambda: write_log(tmp_path, "a.jsonl", 1, 1),
        lambda: write_log(tmp_path, "a.jsonl", 2, 1),
        lambda: append(tmp_path, "telemetry_health_snapshots.jsonl", snapshot(1, "ok", 1)),
    )
    for change in changes:
        change()
        assert await model.refresh()
        assert not await model.refresh()
