"""The model of a session's page: when a session is dead, and when it builds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract.tree import Tree, alert, event, telemetry
from models.conftest import Create
from peak_trade.contract.pages.session import SessionPayload
from peak_trade.models.session import SessionModel
from peak_trade.store.slots import Change

STARTED = "2026-01-15T18:00:00"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def model(create: Create) -> SessionModel:
    return create(SessionModel, session_id="s")


async def shown(model: SessionModel) -> SessionPayload:
    await model.refresh()
    assert model.payload is not None, model.problem
    return model.payload


def session(tree: Tree, **record: Any) -> None:
    config = {"timeframe": "1m"}
    tree.session("s", **{"status": "started", "started_at": STARTED, "config": config, **record})


async def test_a_session_without_a_sign_of_life_is_dead(tree: Tree, model: SessionModel) -> None:
    session(tree)
    life = (await shown(model))["life"]
    assert (life["goes_on"], life["duration_seconds"]) == (False, None)


@pytest.mark.parametrize(("minute", "goes_on"), [(19, False), (20, True), (29, True)])
async def test_telemetry_is_a_sign_of_life(
    tree: Tree, model: SessionModel, minute: int, goes_on: bool
) -> None:
    session(tree)
    tree.log("s", telemetry(f"2026-01-15T18:{minute}:00+00:00", "intent"))
    life = (await shown(model))["life"]
    assert (life["goes_on"], life["duration_seconds"]) == (goes_on, minute * 60)


async def test_so_is_the_run_with_its_own_candles(tree: Tree, model: SessionModel) -> None:
    session(tree, run_id="r")
    tree.run("r", [event(step) for step in range(40)], timeframe="5m")  # ends at 18:09
    page = await shown(model)
    assert page["life"]["goes_on"]
    assert page["run"] is not None
    assert (page["run"]["start_equity"], page["run"]["curve"]["points"]) == (1000.0, 40)


async def test_so_are_alerts_but_none_before_the_start(tree: Tree, model: SessionModel) -> None:
    session(tree)
    tree.alerts("2026-01-15", alert("2026-01-15T17:00:00+00:00", session_id="s"))
    page = await shown(model)
    assert (page["alerts_total"], page["life"]["duration_seconds"]) == (1, None)
    tree.alerts("2026-01-15", alert("2026-01-15T18:05:00+00:00", "u", session_id="s"))
    page = await shown(model)
    assert [item["title"] for item in page["alerts"]] == ["u", "t"]
    assert page["life"]["duration_seconds"] == 300


@pytest.mark.parametrize("status", ["completed", "failed", "other"])
async def test_an_end_ends_the_duration(tree: Tree, model: SessionModel, status: str) -> None:
    session(tree, status=status, finished_at="2026-01-15T18:01:40")
    tree.log("s", telemetry("2026-01-15T18:29:00+00:00", "intent"))
    life = (await shown(model))["life"]
    assert (life["goes_on"], life["duration_seconds"]) == (False, 100)


async def test_secrets_are_hidden_everywhere(tree: Tree, model: SessionModel) -> None:
    session(tree, config={"api_key": "xyzzy"}, cli_args=["run", "--token", "xyzzy", "a b"])
    page = await shown(model)
    assert page["command"] == "run --token '***' 'a b'"
    assert "xyzzy" not in repr(page)


async def test_it_builds_only_for_its_own_changes(tree: Tree, model: SessionModel) -> None:
    session(tree, run_id="r")
    await shown(model)
    assert not await model.refresh()
    assert model.concerns(Change("run", "r", 1))
    assert not model.concerns(Change("run", "other", 1))
    assert not model.concerns(Change("telemetry", "other", 1))
    tree.log("s", telemetry("2026-01-15T18:29:00+00:00", "intent"))
    assert await model.refresh()


async def test_a_session_that_goes_away_is_a_problem(tree: Tree, model: SessionModel) -> None:
    session(tree)
    await shown(model)
    (tree.sessions / "s.json").unlink()
    assert await model.refresh()
    assert model.problem == "Session not found: s"
