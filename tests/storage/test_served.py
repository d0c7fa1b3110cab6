"""A console over a root by address: what it shows, and what while the store does not answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from contract.conftest import Api
from contract.manners import strict_json
from contract.tree import COLUMNS, NOW, as_csv, event
from peak_trade.storage.copying import SMALL
from serving import PATIENCE, REPO
from storage.conftest import EVENTS, RUN, Bucket, Misbehaving
from web.gated import Site

TAIL = f"/runs/{RUN}/tail"


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110  the thread that copies has no event for it
            await asyncio.sleep(0.02)


async def is_ready(site: Site) -> bool:
    return (await site.ask("/readyz")).code == 200


async def is_away(site: Site) -> bool:
    return not await is_ready(site)


async def equity(site: Site, tail: str = TAIL) -> list[float]:
    """Return the equity of the newest rows; nothing while there is no such run."""
    answer = await site.ask(tail)
    return [row["equity"] for row in strict_json(answer.body)] if answer.code == 200 else []


async def is_shown(site: Site) -> bool:
    """Tell whether the run is there; ready is the console before it was uploaded, too."""
    return bool(await equity(site))


def unreachable(*_: Any, **__: Any) -> Any:
    raise ConnectionError("secret text of a library")


async def test_a_row_that_is_appended_is_shown(bucket: Bucket, site: Site) -> None:
    bucket.tree.run(RUN, [event(1)])
    bucket.upload()
    await until(lambda: is_shown(site))
    assert await equity(site) == [1001]
    epoch = (await site.ask(TAIL)).headers["ETag"]
    bucket.put(EVENTS, as_csv([event(1), event(2)]).encode())

    async def shown() -> bool:
        return await equity(site) == [1001, 1002]

    await until(shown)
    assert (await site.ask(TAIL)).headers["ETag"] != epoch


async def test_of_what_was_appended_the_new_bytes_are_fetched_alone(
    bucket: Bucket, site: Site, store: Misbehaving
) -> None:
    rows = [event(step % 60) for step in range(2 * SMALL // 40)]
    bucket.tree.run(RUN, rows)
    bucket.upload()
    await until(lambda: is_shown(site))
    asked: list[tuple[int, int]] = []

    def counting(files: Any, path: str, start: int, end: int) -> bytes:
        asked.append((start, end))
        return bytes(before(files, path, start=start, end=end))

    data, copy = bucket.read(EVENTS), site.runtime.store.local.paths.runs / RUN / "events.csv"
    grown, inode = data + data.splitlines(keepends=True)[-1], copy.stat().st_ino
    before = store.with_("cat_file", counting)
    bucket.put(EVENTS, grown)

    async def copied() -> bool:
        return copy.stat().st_size > len(data)

    await until(copied)
    assert copy.read_bytes() == grown
    assert max(end - start for start, end in asked) < 5000
    assert copy.stat().st_ino == inode


async def test_what_is_replaced_starts_again_and_what_is_removed_is_gone(
    bucket: Bucket, site: Site
) -> None:
    bucket.tree.run(RUN, [event(1), event(2)])
    bucket.tree.run("other", [event(1)])
    bucket.upload()
    await until(lambda: is_shown(site))
    bucket.put(EVENTS, as_csv([event(3, equity=5.0), event(4), event(5)]).encode())
    for name in ("meta.json", "events.csv"):
        bucket.remove(f"live_runs/other/{name}")

    async def shown() -> bool:
        runs = [run["run_id"] for run in strict_json((await site.ask("/runs")).body)]
        return await equity(site) == [5, 1004, 1005] and runs == [RUN]

    await until(shown)
    assert not (site.runtime.store.local.paths.runs / "other").exists()


async def test_while_a_store_is_unreachable_it_is_told_and_the_copy_is_shown(
    bucket: Bucket, site: Site, api: Api, store: Misbehaving
) -> None:
    bucket.tree.run(RUN, [event(1)])
    bucket.upload()
    await until(lambda: is_shown(site))
    store.with_("find", unreachable)
    await until(lambda: is_away(site))
    assert await equity(site) == [1001]
    said = f"unreachable since {NOW}: no connection can be made"
    fresh = await api("/freshz")
    assert not fresh["fresh"]
    assert all(fault["reason"].startswith(said) for fault in fresh["directories"])
    assert {fault["directory"] for fault in fresh["directories"]} == {bucket.url}
    for path in ("/readyz", "/health/detailed", "/api/v0/pages/console", "/api/v0/quality"):
        answer = (await site.ask(path)).body.decode()
        assert said in answer
        assert "secret" not in answer
    verdict = await api("/api/v0/attention")
    assert [part["name"] for part in verdict["parts"] if part["kind"] == "directory"] == [
        bucket.url
    ]
    store.back()
    await until(lambda: is_ready(site))


async def test_a_store_that_never_answered_is_no_empty_console(
    bucket: Bucket, site: Site, api: Api, store: Misbehaving
) -> None:
    """There is nothing at the address, which no store tells from an emptied one."""
    await until(lambda: is_away(site))

    async def told() -> bool:
        return "there is nothing" in (await api.refused("/runs"))[1]

    await until(told)
    assert (await api.refused("/runs"))[0] == 503
    bucket.tree.run(RUN, [event(1)], *COLUMNS)
    bucket.upload()
    await until(lambda: is_ready(site))
    assert await equity(site) == [1001]


async def test_a_store_that_lost_everything_takes_nothing_from_the_console(
    bucket: Bucket, site: Site
) -> None:
    bucket.tree.run(RUN, [event(1)])
    bucket.upload()
    await until(lambda: is_shown(site))
    bucket.remove(EVENTS)
    bucket.remove(EVENTS.replace("events.csv", "meta.json"))
    (bucket.tree.root / "live_runs" / RUN / "meta.json").unlink()
    (bucket.tree.root / "live_runs" / RUN / "events.csv").unlink()
    bucket.upload()
    await until(lambda: is_away(site))
    assert await equity(site) == [1001]


async def test_the_documentation_lists_the_metrics_of_a_store(bucket: Bucket, site: Site) -> None:
    bucket.tree.run(RUN, [event(1)])
    bucket.upload()
    await until(lambda: is_ready(site))
    text = (await site.ask("/metrics")).body.decode()
    section = (REPO / "docs" / "metrics.md").read_text().split("## Of a root by address")[1]
    documented = set(re.findall(r"^\| `(peak_trade_storage_\w+)`", section, re.MULTILINE))
    assert set(re.findall(r"^(peak_trade_storage_\w+)", text, re.MULTILINE)) == documented
    assert 'peak_trade_storage_requests_total{operation="list",outcome="ok"}' in text
