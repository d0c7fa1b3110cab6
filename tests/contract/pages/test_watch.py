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
