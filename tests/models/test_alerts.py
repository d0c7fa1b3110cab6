"""The model of the alerts page: groups, counts, choices, and when it builds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from models.conftest import Create
from peak_trade.contract.pages.alerts import AlertsPayload
from peak_trade.models.alerts import AlertsModel
from peak_trade.store.slots import Change

NOW = datetime(2026, 1, 15, 18, 30, tzinfo=UTC)
SESSION = "a/b <i>"


class Alerts:
    """The daily alert store below `root`."""

    def __init__(self, root: Path) -> None:
        self.directory = root / "live_runs" / "alerts"

    def write(self, minutes: float, severity: str = "WARN", **keys: Any) -> None:
        """Store an alert of some minutes ago."""
        self.directory.mkdir(parents=True, exist_ok=True)
        moment = NOW - timedelta(minutes=minutes)
        alert = {"title": "t", "source": "s", "category": "RISK", "session_id": SESSION}
        line = json.dumps(alert | {"severity": severity, "timestamp": moment.isoformat()} | keys)
        with (self.directory / f"alerts_{moment:%Y-%m-%d}.jsonl").open("a") as file:
            file.write(line + "\n")


@pytest.fixture
def model(create: Create) -> AlertsModel:
    return create(AlertsModel)


@pytest.fixture
def stored(tmp_path: Path) -> Alerts:
    return Alerts(tmp_path)


async def shown(model: AlertsModel, query: str = "") -> AlertsPayload:
    model.go_to(parse_qs(query))
    await model.refresh()
    assert model.payload is not None
    return model.payload


async def test_no_file_is_told_from_no_alert(model: AlertsModel, stored: Alerts) -> None:
    assert (await shown(model))["files"] == 0
    stored.write(60 * 24 * 3)
    page = await shown(model)
    assert (page["files"], page["total"], page["groups"]) == (1, 0, [])
    assert page["newest"] == NOW - timedelta(days=3)


async def test_equal_alerts_are_one_group(model: AlertsModel, stored: Alerts) -> None:
    for minutes in (50, 30, 5):
        stored.write(minutes, body=f"{minutes}")
    stored.write(20, title="other")
    stored.write(10, severity="warn", source="elsewhere")
    stored.write(4, severity="warn")  # the case of a severity makes no difference
    groups = (await shown(model))["groups"]
    assert [(g["newest"]["title"], g["count"]) for g in groups] == [
        ("t", 4),
        ("t", 1),
        ("other", 1),
    ]
    assert (groups[0]["last"], groups[0]["first"]) == tuple(
        NOW - timedelta(minutes=m) for m in (4, 50)
    )
    assert groups[0]["first_display"] == "15.01.2026 17:40:00"
    assert [group["is_flapping"] for group in groups] == [True, False, False]


async def test_the_limit_chooses_groups_but_cuts_none(model: AlertsModel, stored: Alerts) -> None:
    for minutes in (1, 2, 3):
        stored.write(minutes)
    stored.write(4, title="older")
    page = await shown(model, "limit=2")
    assert [group["count"] for group in page["groups"]] == [3]
    assert (page["listed"], page["matching"]) == (2, 4)


async def test_each_filter_counts_what_the_others_leave(model: AlertsModel, stored: Alerts) -> None:
    stored.write(1, "CRITICAL")
    stored.write(200, "INFO", category="SYSTEM", session_id=None)
    stored.write(60 * 30, "odd")
    page = await shown(model, "severity=critical&hours=48")
    assert page["matching"] == 1
    assert page["by_severity"] == {"INFO": 1, "WARN": 0, "CRITICAL": 1, "ODD": 1}
    assert page["by_category"] == {"RISK": 1, "EXECUTION": 0, "SYSTEM": 0}
    assert page["by_session"] == {SESSION: 1}
    assert page["by_hours"] == {"2": 1, "6": 1, "24": 1, "48": 1, "168": 1}
    everything = await shown(model, "hours=48")
    assert everything["by_hours"] == {"2": 1, "6": 2, "24": 2, "48": 3, "168": 3}
    counted = {
        name: sum(b["counts"][name] for b in everything["bins"]) for name in ("INFO", "OTHER")
    }
    assert counted == {"INFO": 1, "OTHER": 1}


async def test_a_session_leads_to_its_run_and_its_log(
    model: AlertsModel, stored: Alerts, tmp_path: Path
) -> None:
    stored.write(1)
    group = (await shown(model))["groups"][0]
    assert (group["run_id"], group["has_log"]) == (None, False)
    registry = tmp_path / "reports" / "experiments" / "live_sessions"
    registry.mkdir(parents=True)
    record = {"session_id": SESSION, "run_id": "r", "run_type": "x", "started_at": NOW.isoformat()}
    (registry / "one.json").write_text(json.dumps(record))
    assert (await shown(model))["groups"][0]["run_id"] is None  # there is no such run
    meta = dict.fromkeys(("run_id", "mode", "strategy_name", "symbol", "timeframe"), "r")
    (tmp_path / "live_runs" / "r").mkdir()
    (tmp_path / "live_runs" / "r" / "meta.json").write_text(json.dumps(meta))
    (registry / "two.json").write_text(json.dumps(record))
    assert (await shown(model))["groups"][0]["run_id"] == "r"


async def test_the_query_is_the_view(model: AlertsModel) -> None:
    model.go_to(parse_qs("severity=WARN&severity=info&hours=48&session_id=a%2Fb&limit=7&unknown=1"))
    assert model.chosen.severity == ["WARN", "info"]
    assert model.chosen.session_id == "a/b"
    query = "hours=48&limit=7&severity=WARN&severity=info&session_id=a%2Fb"
    assert urlencode(model.view, doseq=True) == query
    model.go_to({})
    assert model.view == {}


async def test_it_builds_only_what_changed(model: AlertsModel, stored: Alerts) -> None:
    stored.write(3)
    assert await model.update()
    assert not await model.refresh()
    stored.write(2)
    assert await model.refresh()
    assert model.concerns(Change("alert", "", 1))
    assert not model.concerns(Change("run", "r", 1))
