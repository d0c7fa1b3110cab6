"""A run whose time frame is not known is held against the interval at which its rows came."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

import pytest

from contract.conftest import Api
from contract.tree import NOW, Row, Tree

AT = datetime.fromisoformat(NOW)
COLUMNS = ("step", "ts_event", "equity")
EVERY = timedelta(minutes=2)


def write(
    tree: Tree,
    silent: timedelta,
    count: int = 12,
    timeframe: str = "tick",
    *,
    falls: bool = False,
    status: str = "started",
    **config: object,
) -> None:
    """Write a run with a row every two minutes but for one pause, and its session."""
    last = AT - silent
    ages = [EVERY * number for number in range(count)]
    stamps = [last - age - (timedelta(hours=1) if age > EVERY * 4 else timedelta()) for age in ages]
    rows: list[Row] = [
        {"step": step, "ts_event": stamp.isoformat(), "equity": 1.0}
        for step, stamp in enumerate(reversed(stamps), start=1)
    ]
    if falls:
        rows[0], rows[1] = rows[1], rows[0]
    begun = stamps[-1].isoformat()
    meta = {"timeframe": timeframe, "started_at": begun, "config_snapshot": config}
    run = tree.run("r", rows, *COLUMNS, **meta)
    record = tree.session("s", status=status, run_id="r", started_at=begun, finished_at=None)
    for file in (run / "events.csv", record):
        os.utime(file, (last.timestamp(), last.timestamp()))
    os.utime(run / "meta.json", (stamps[-1].timestamp(), stamps[-1].timestamp()))


async def judged(api: Api) -> dict[str, Any]:
    """Return the judgement of the run; that of its session is the same."""
    found: dict[str, Any] = (await api("/api/v0/pages/watch"))["runs"][0]["freshness"]
    session = (await api("/api/v0/pages/session?id=s"))["life"]["freshness"]
    same = ("state", "reason", "cadence", "cadence_source")
    assert {name: session[name] for name in same} == {name: found[name] for name in same}
    return found


@pytest.mark.parametrize("falls", [False, True])
@pytest.mark.parametrize(
    ("minutes", "state"), [(2, "live"), (4, "late"), (9, "stale"), (60 * 24 * 30, "stale")]
)
async def test_what_was_observed_is_the_cadence(
    minutes: int, state: str, falls: bool, tree: Tree, api: Api
) -> None:
    write(tree, timedelta(minutes=minutes), falls=falls)
    found = await judged(api)
    assert (found["state"], found["cadence"]) == (state, EVERY.total_seconds())
    assert (found["cadence_source"], found["crashed_after"]) == ("observed interval", None)
    if state != "live":
        assert found["reason"].endswith("expected every 120 s (observed interval)")


async def test_too_few_rows_tell_no_cadence(tree: Tree, api: Api) -> None:
    write(tree, timedelta(minutes=25), count=5)
    found = await judged(api)
    assert (found["state"], found["cadence_source"]) == ("unknown", "none")


async def test_a_known_time_frame_counts_and_not_what_was_observed(tree: Tree, api: Api) -> None:
    write(tree, timedelta(minutes=25), timeframe="1h")
    found = await judged(api)
    assert (found["state"], found["cadence"]) == ("live", 3600)
    assert found["cadence_source"] == "timeframe"


@pytest.mark.parametrize("held", [60, 60.0, "60"])
async def test_a_writer_says_what_it_holds_back_as_a_number_or_its_text(
    held: object, tree: Tree, api: Api
) -> None:
    write(tree, timedelta(minutes=50), timeframe="1m", flush_interval_steps=held)
    found = await judged(api)
    assert (found["state"], found["cadence_source"]) == ("live", "writer's flush")


@pytest.mark.parametrize("status", ["completed", "failed", "aborted"])
async def test_a_run_has_ended_with_its_session_that_names_no_end(
    status: str, tree: Tree, api: Api
) -> None:
    write(tree, timedelta(hours=5), timeframe="1m", status=status)
    session = (await api("/api/v0/pages/session?id=s"))["life"]["freshness"]
    assert session["state"] == "ended"
    (run,) = (await api("/api/v0/runs_table"))["rows"]
    assert run["state"] == "ended"
