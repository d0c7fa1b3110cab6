"""The list of runs with its counts, as the watch page shows it."""

from __future__ import annotations

import pytest

from contract.conftest import Api
from contract.tree import NOW, Tree, event


@pytest.mark.parametrize("asked", ["", "q=mode:shadow", "q=state:live", "sort=run"])
async def test_states_are_those_of_all_runs_however_they_are_asked_for(
    api: Api, tree: Tree, asked: str
) -> None:
    for name in ("a", "b"):
        tree.run(name, [event(1)], ended_at=NOW)
    tree.run("c", [event(1) | {"ts_event": NOW}])
    told = await api(f"/api/v0/pages/watch?rows=2&{asked}")
    assert told["by_state"] == {"live": 1, "ended": 2}
    matching = 1 if asked == "q=state:live" else 3
    assert (told["matching"], len(told["runs"])) == (matching, min(matching, 2))


async def test_live_runs_keep_their_places_whichever_writes_next(api: Api, tree: Tree) -> None:
    rows = [event(step) for step in range(1, 60)]
    for number, name in enumerate(("a", "b", "c")):
        tree.run(name, rows, started_at=f"2026-01-15T1{number}:00:00Z")
    tree.run("over", rows, ended_at=NOW, started_at="2026-01-15T17:00:00Z")

    async def listed() -> list[list[str]]:
        pages = [await api(f"/api/v0/pages/{name}") for name in ("console", "watch", "dashboard")]
        console, watch, dashboard = pages
        found = console["active_runs"], watch["runs"], dashboard["runs"]["runs"]
        table = (await api("/api/v0/runs_table"))["rows"]
        return [*([run["run_id"] for run in runs] for runs in found), [row["run"] for row in table]]

    once, *lists = await listed()
    assert once == ["c", "b", "a"]
    assert lists == [["c", "b", "a", "over"]] * 3
    for second, name in enumerate(("a", "c", "b"), 10):
        rows.append({**rows[-1], "step": len(rows) + 1, "ts_event": f"2026-01-15T18:29:{second}Z"})
        tree.run(name, rows, started_at=f"2026-01-15T1{'abc'.index(name)}:00:00Z")
        assert (await api("/runs"))[0]["run_id"] == name
        assert await listed() == [once, *lists]
