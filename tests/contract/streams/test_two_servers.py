"""Servers of one root: the same ids and epochs, so that a client may go from one to the other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from contract.streams.test_run_events import append, frames, seqs
from contract.tree import Tree, as_csv, event
from peak_trade.serve.runtime import Runtime
from serving import PATIENCE, SERVE, start
from web.gated import Site, Stream, close_site, make_settings, serve

FOLLOW = "/api/v0/runs/r/events?sse=1&follow=1&max_seconds=600"
ROWS = [event(step) for step in range(1, 7)]
Rewrite = Callable[[Tree], object]


@pytest.fixture
async def other(tree: Tree) -> AsyncIterator[Site]:
    site = serve(Runtime(make_settings(tree.root)), tree.root)
    yield site
    await close_site(site)


async def poll(site: Site, since: int = 0) -> dict[str, Any]:
    answer = await site.ask(f"/api/v0/runs/r/events?since_seq={since}")
    assert answer.code == 200, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found


async def epoch(site: Site) -> int:
    number = (await poll(site))["epoch"]
    assert isinstance(number, int)
    return number


async def taken(stream: Stream, last: int) -> bytes:
    """Return what comes up to the event with this seq."""
    return await stream.until(b'data: {"seq":%d,' % last) + await stream.until(b"\n\n")


def rewrite(tree: Tree, rows: list[Any]) -> None:
    (tree.runs / "r" / "events.csv").write_text(as_csv(rows))


def made_again(tree: Tree) -> None:
    for path in (tree.runs / "r").iterdir():
        path.unlink()
    tree.run("r", [event(step, equity=7) for step in range(1, 4)])


REWRITES: dict[str, Rewrite] = {
    "all": lambda tree: rewrite(tree, [event(step) for step in (7, 8)]),
    "first row": lambda tree: rewrite(tree, [event(1, equity=5), *ROWS[1:]]),
    "a row between": lambda tree: rewrite(tree, [*ROWS[:2], event(3, equity=5), *ROWS[3:]]),
    "last row": lambda tree: rewrite(tree, [*ROWS[:-1], event(6, equity=5)]),
    "cut": lambda tree: rewrite(tree, ROWS[:2]),
    "sorted anew": lambda tree: append(tree.runs / "r", 2),
    "made again": made_again,
}


async def test_epochs_are_equal_and_appends_leave_them(site: Site, other: Site, tree: Tree) -> None:
    directory = tree.run("r", ROWS[:1])
    first = await epoch(site)
    append(directory, 2, 5)
    late = serve(Runtime(make_settings(tree.root)), tree.root)
    assert {await epoch(each) for each in (site, other, late)} == {first}
    await close_site(late)
    assert 0 < first < 2**53


async def test_another_first_row_is_another_epoch_for_whoever_comes(
    site: Site, other: Site, tree: Tree
) -> None:
    tree.run("r", ROWS)
    before = await epoch(site)
    rewrite(tree, [event(1, equity=5)])
    assert await epoch(site) == await epoch(other) != before
    rewrite(tree, ROWS)
    assert await epoch(site) == await epoch(other) == before


@pytest.mark.parametrize("name", REWRITES)
async def test_a_rewritten_file_has_another_epoch_that_is_the_same_in_both(
    site: Site, other: Site, tree: Tree, name: str
) -> None:
    tree.run("r", ROWS)
    before = await epoch(site)
    assert await epoch(other) == before
    REWRITES[name](tree)
    after = await epoch(site)
    assert after == await epoch(other) != before
    append(tree.runs / "r", 9)
    assert {await epoch(site), await epoch(other)} == {after}


async def test_who_saw_a_file_while_it_was_empty_gives_the_same_epoch(
    site: Site, other: Site, tree: Tree
) -> None:
    tree.run("r", ROWS)
    before = await epoch(site)
    assert await epoch(other) == before
    rewrite(tree, [])
    assert (await poll(site))["epoch"] == 0
    rewrite(tree, [*ROWS[:2], event(3, equity=5)])
    assert await epoch(site) == await epoch(other) != before


async def test_a_run_that_was_out_of_sight_goes_on(site: Site, tree: Tree) -> None:
    meta = tree.run("r", ROWS) / "meta.json"
    before, text = await epoch(site), meta.read_text()
    meta.write_text(text[:9])
    assert (await site.ask("/api/v0/runs/r/events")).code == 404
    meta.write_text(text)
    append(tree.runs / "r", 7)
    assert await epoch(site) == before


async def test_a_follower_that_goes_to_the_other_misses_and_repeats_nothing(
    site: Site, other: Site, tree: Tree
) -> None:
    directory = tree.run("r", ROWS[:3])
    stays = await other.stream(FOLLOW)
    stream = await site.stream(FOLLOW)
    got = await taken(stream, 2)
    append(directory, 4, 2)
    got += await taken(stream, 4)
    for server, step in ((other, 6), (site, 7), (other, 8)):
        stream.writer.close()
        append(directory, step)  # nobody follows meanwhile
        stream = await server.stream(FOLLOW, Last_Event_ID=str(seqs(got)[-1]))
        got += await taken(stream, step - 1)
    stream.writer.close()
    assert seqs(got) == list(range(8))
    assert frames(await taken(stays, 7)) == frames(got)
    stays.writer.close()


@pytest.mark.parametrize("name", REWRITES)
async def test_a_rewritten_file_resets_the_followers_of_both(
    site: Site, other: Site, tree: Tree, name: str
) -> None:
    tree.run("r", ROWS)
    streams = [await each.stream(FOLLOW) for each in (site, other)]
    for stream in streams:
        await taken(stream, 5)
    REWRITES[name](tree)
    told = await epoch(site)
    for stream in streams:
        assert await stream.until(b"event: reset\n") == b"id:\nevent: reset\n"
        assert await stream.until(b"\n\n") == b'data: {"epoch":%d}\n\n' % told
        last = len((await poll(site))["items"]) - 1
        assert seqs(await taken(stream, last)) == list(range(last + 1))
        stream.writer.close()


def test_a_restart_is_no_reset(tree: Tree, tmp_path: Path) -> None:
    tree.run("r", ROWS)
    followed = "/api/v0/runs/r/events?sse=1&follow=1&max_seconds=1"
    epochs, got = [], b""
    for step in (7, 8):
        served = start(SERVE, tree.root, tmp_path / "log")
        headers = {"Last-Event-ID": str(seqs(got)[-1])} if got else {}
        got += served.ask(followed, headers=headers).body
        epochs.append(served.ask("/api/v0/runs/r/events").json["epoch"])
        served.stop()
        append(tree.runs / "r", step)
    assert seqs(got) == list(range(7))
    assert epochs[0] == epochs[1] > 0


def test_a_server_that_ends_ends_its_streams_whole(tree: Tree, tmp_path: Path) -> None:
    tree.run("r", ROWS)
    served = start(SERVE, tree.root, tmp_path / "log")
    with closing(HTTPConnection("127.0.0.1", served.port, PATIENCE)) as connection:
        connection.request("GET", FOLLOW)
        stream = connection.getresponse()
        got = b"".join(iter(stream.readline, b"id: 5\n"))
        assert served.stop() == 0
        got += b"id: 5\n" + stream.read()  # fails where the last chunk is missing
    assert seqs(got) == list(range(6))
    log = served.log.read_text()
    assert "GET /api/v0/runs/{run_id}/events 200" in log
    assert "Traceback" not in log
