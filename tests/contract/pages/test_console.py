"""The table of sessions with its counts, as the console shows it."""

from __future__ import annotations

import pytest

from contract.conftest import Api
from contract.tree import NOW, Tree


@pytest.mark.parametrize(
    ("query", "matching", "states"),
    [
        ("", 3, {"live": 1, "ended": 2}),
        ("state:live", 1, {"live": 1, "ended": 2}),
        ("mode:paper%20state:live", 0, {"ended": 1}),
    ],
)
async def test_states_are_those_that_the_rest_of_the_query_leaves(
    api: Api, tree: Tree, query: str, matching: int, states: dict[str, int]
) -> None:
    tree.run("r", started_at=NOW)
    tree.session("going", status="started", started_at=NOW, run_id="r")
    tree.session("over", finished_at=NOW)
    tree.session("other", mode="paper", finished_at=NOW)
    told = await api(f"/api/v0/pages/console?q={query}")
    assert (told["matching"], told["by_state"]) == (matching, states)
