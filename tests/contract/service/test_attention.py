"""What needs attention now, as the sign in the title of every page says it."""

from __future__ import annotations

import pytest

from contract.conftest import Api
from contract.tree import Tree, alert


@pytest.mark.parametrize("severity", ["CRITICAL", "critical", "Critical"])
async def test_a_critical_alert_is_a_sign_however_it_is_written(
    api: Api, tree: Tree, severity: str
) -> None:
    tree.alerts("2026-01-15", alert("2026-01-15T18:00:00Z", "lost", severity=severity))
    tree.alerts("2026-01-15", alert("2026-01-15T18:01:00Z", "fine", severity="warn"))
    found = await api("/api/v0/attention")
    assert (found["level"], found["critical_alerts"]) == ("error", 1)
    assert found["newest_critical"]["title"] == "lost"
    assert found["newest_critical"]["run_id"] is None


@pytest.mark.parametrize(("run_id", "known"), [("there", "there"), ("gone", None), (None, None)])
async def test_a_critical_alert_names_the_run_of_its_session(
    api: Api, tree: Tree, run_id: str | None, known: str | None
) -> None:
    tree.run("there")
    tree.session("s1", run_id=run_id)
    tree.alerts("2026-01-15", alert("2026-01-15T18:00:00Z", severity="CRITICAL", session_id="s1"))
    assert (await api("/api/v0/attention"))["newest_critical"]["run_id"] == known
