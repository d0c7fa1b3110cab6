"""Damaged files of every family: every route answers, each is named once and hides no other."""

from __future__ import annotations

import pytest

from contract.conftest import Api
from contract.manners import has_id, strict_json
from contract.tree import Tree
from faults.damage import DAMAGES, Damage, Place, places
from peak_trade.contract.registry.routes import EVENT_STREAM
from web.gated import Site

LOGS = ("/api/telemetry?session_id=r", "/api/telemetry?session_id=z")
EVENTS = {"csv": "parquet", "parquet": "csv"}
"""Form of the table of a run, and the one that stands in its way."""


async def look(site: Site, paths: tuple[str, ...] = LOGS) -> dict[str, object]:
    """Ask these routes; return the quality."""
    for path in (*paths, "/api/v0/quality"):
        answer = await site.ask(path)
        assert answer.code < 500 or (path, answer.code) == ("/health/detailed", 503), path
    return dict(strict_json(answer.body))


def every_route(site: Site) -> tuple[str, ...]:
    lists = [
        route.path
        for route in site.runtime.routes
        if route.media_types != (EVENT_STREAM,) and not has_id(route)
    ]
    of_run = [
        route.path.replace("{run_id}", "r")
        for route in site.runtime.routes
        if "{run_id}" in route.path and "text/html" not in route.media_types  # drawn, and slow
    ]
    assert len(of_run) > 15
    return (*lists, *of_run, *LOGS)


def named(quality: dict[str, object], place: Place) -> set[str]:
    examples = quality["examples"]
    assert isinstance(examples, list)
    return {found["kind"] for found in examples if found["file"].endswith(place.name)}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: f"{min(one.forms)}: {one.name}")
async def test_damage_is_named_once_and_hides_nothing_else(
    tree: Tree, site: Site, api: Api, damage: Damage
) -> None:
    spoiled = [place for place in places() if place.form in damage.forms]
    assert spoiled
    in_the_way = {EVENTS.get(place.form) for place in spoiled}
    others = [place for place in places() if place.form not in in_the_way]
    for place in others:
        tree.write(tree.root / place.path, place.content)
    before = await look(site)
    assert before["read_errors"] == 0, before["examples"]

    for place in spoiled:  # later than the first look
        tree.write(tree.root / place.path, damage.spoil(place.content))
    quality = await look(site, every_route(site))
    for place in spoiled:
        assert named(quality, place) & damage.kinds, (place.path, quality["examples"])
    alerts = (await api("/api/live/alerts"))["alerts"]
    assert {alert["title"] for alert in alerts} == {"t"}
    assert (await look(site))["read_errors"] == quality["read_errors"]

    for place in spoiled:
        tree.write(tree.root / place.path, place.content)
    await look(site)
    assert [run["run_id"] for run in await api("/runs")] == ["r"]
    assert [record["session_id"] for record in await api("/api/live_sessions")] == ["s"]
    assert len(await api("/runs/r/tail")) == 3
    assert (await api("/api/telemetry?session_id=z"))["summary"]["total_events"] == 3
