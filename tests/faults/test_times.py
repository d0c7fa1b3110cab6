"""Artifacts whose newest times are at the ends of the calendar: nothing can be added to them."""

from __future__ import annotations

import json
from itertools import cycle, islice

import pytest

from contract.odd import ALERT, PAYLOAD, RULE, SESSION, SNAPSHOT
from contract.tree import Tree, event, telemetry
from faults.test_damage import every_route, look
from web.gated import Site

PAGES = ("run?id=r", "session?id=s", "execution?id=r")
ENDS = {
    "first": ("0001-01-01T00:00:00", "0001-01-01T00:00:00.000001Z"),
    "last": ("9999-12-31T23:59:59", "9999-12-31T23:59:59.999999Z"),
    "all there is": ("0001-01-01T00:00:00", "9999-12-31T23:59:59.999999Z"),
}


@pytest.mark.parametrize("times", ENDS.values(), ids=ENDS)
async def test_times_at_the_ends_of_the_calendar_are_times_as_others(
    tree: Tree, site: Site, times: tuple[str, str]
) -> None:
    at = [*islice(cycle(times), 4)]
    tree.run("r", [event(n, ts_bar=time, ts_event=time) for n, time in enumerate(at, 1)])
    open_one = {"run_id": "r", "started_at": times[0], "finished_at": None, "status": "started"}
    tree.write(tree.sessions / "s.json", json.dumps({**SESSION, **open_one}))
    tree.log("r", *(telemetry(time, "fill", "r", **PAYLOAD) for time in at))
    tree.alerts(times[-1][:10], *({**ALERT, "timestamp": time} for time in times))
    tree.rule_alerts(*({**RULE, "timestamp_utc": time} for time in times))
    tree.health_snapshots(*({**SNAPSHOT, "ts_utc": time} for time in times))
    pages = tuple(f"/api/v0/pages/{name}" for name in PAGES)
    quality = await look(site, (*every_route(site), *pages))
    assert quality["read_errors"] == 0, quality["examples"]
