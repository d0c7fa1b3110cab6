"""One bad line or one damaged file, at each place it can be: it is named, and no other is lost."""

from __future__ import annotations

import gzip
from itertools import product

import pytest

from contract.conftest import Api
from contract.manners import strict_json
from contract.tree import Tree
from faults.damage import DAMAGES, Damage, Place, places
from web.gated import Site

BAD_LINES = {
    "cut": b'{"a": 1',
    "no value": b"{bad",
    "two values": b"{}{}",
    "number": b"1",
    "list": b"[1]",
    "null": b"null",
    "text": b'"{}"',
    "deep": b"[" * 3_000,
    "no UTF-8": b'{"a": "\xff"}',
    "NUL": b"\0\0\0\0",
    "half a pair": b'{"a": "\\ud800"}',
    "a comment": b"# {}",
}
BAD_ROWS = {"missing": b"1", "surplus": b"1," * 60 + b"1", "no UTF-8": b"\xff,\xff,\xff"}
WHERE = {"first": 0, "between": 1, "last": -1}
EVENTS = {"csv": "events.parquet", "parquet": "events.csv"}

PLACES = tuple(places())
OF_LINES = [place for place in PLACES if place.form in {"jsonl", "gz"}]
OF_ROWS = [place for place in PLACES if place.form == "csv"]
WITH_DAMAGE = [
    (damage, place) for damage, place in product(DAMAGES, PLACES) if place.form in damage.forms
]


def name(value: object) -> str:
    return value.name if isinstance(value, Damage | Place) else str(value)


def write(tree: Tree, place: Place, content: bytes) -> None:
    """Write the family's file, and a good one of each other that it does not stand in for."""
    hidden = {EVENTS.get(place.form, ""), "trades.parquet" if place.name == "trades.csv" else ""}
    for other in PLACES:
        if other.name not in hidden and other != place:
            tree.write(tree.root / other.path, other.content)
    tree.write(tree.root / place.path, content)


async def seen(api: Api) -> dict[str, object]:
    """Return how much is shown of each family."""
    found: dict[str, object] = {}
    for path in ("/runs", "/api/live_sessions", "/runs/r/tail"):
        answer = await api.site.ask(path)
        assert answer.code in {200, 404}
        found[path] = len(strict_json(answer.body))
    alerts = (await api("/api/live/alerts"))["alerts"]
    logs = [await api(f"/api/telemetry?session_id={log}") for log in "rz"]
    return found | {
        "alerts": sorted(alert["title"] for alert in alerts),
        "logs": [log["summary"]["total_events"] for log in logs],
    }


def with_line(content: bytes, bad: bytes, where: int, *, head: int = 0) -> bytes:
    lines = content.splitlines(keepends=True)
    lines.insert(len(lines) if where < 0 else where + head, bad + b"\n")
    return b"".join(lines)


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("bad", BAD_LINES)
@pytest.mark.parametrize("place", OF_LINES, ids=name)
async def test_a_bad_line_is_counted_where_it_is(
    tree: Tree, site: Site, api: Api, place: Place, bad: str, where: str
) -> None:
    write(tree, place, place.content)
    before = await seen(api)
    plain = gzip.decompress(place.content) if place.form == "gz" else place.content
    content = with_line(plain, BAD_LINES[bad], WHERE[where])
    tree.write(tree.root / place.path, gzip.compress(content) if place.form == "gz" else content)
    assert await seen(api) == before
    quality = await api("/api/v0/quality")
    assert quality["read_errors"] == 1, quality["examples"]
    (example,) = quality["examples"]
    line = content.splitlines().index(BAD_LINES[bad]) + 1
    assert (example["file"].endswith(place.name), example["line"]) == (True, line), example


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("bad", BAD_ROWS)
@pytest.mark.parametrize("place", OF_ROWS, ids=name)
async def test_a_bad_row_is_counted_where_it_is(
    tree: Tree, site: Site, api: Api, place: Place, bad: str, where: str
) -> None:
    content = with_line(place.content, BAD_ROWS[bad], WHERE[where], head=1)
    write(tree, place, content)
    await api("/api/v0/runs/r/trades")
    assert len(await api("/runs/r/tail")) >= 3
    quality = await api("/api/v0/quality")
    assert quality["read_errors"] >= 1
    line = content.splitlines().index(BAD_ROWS[bad]) + 1
    named = {(found["file"], found["line"]) for found in quality["examples"]}
    assert any(file.endswith(place.name) and at == line for file, at in named), named


@pytest.mark.parametrize(("damage", "place"), WITH_DAMAGE, ids=name)
async def test_damage_of_one_file_leaves_all_others_as_they_are(
    tree: Tree, site: Site, api: Api, damage: Damage, place: Place
) -> None:
    write(tree, place, damage.spoil(place.content))
    await site.ask("/api/v0/runs/r/trades")
    found = await seen(api)
    quality = await api("/api/v0/quality")
    kinds = {one["kind"] for one in quality["examples"] if one["file"].endswith(place.name)}
    assert kinds & damage.kinds, quality["examples"]
    assert {one["file"].split("/")[-1] for one in quality["examples"]} == {place.name}
    if place.family not in {"runs", "run"}:
        assert (found["/runs"], found["/runs/r/tail"]) == (1, 3)
    if place.family != "sessions":
        assert found["/api/live_sessions"] == 1
