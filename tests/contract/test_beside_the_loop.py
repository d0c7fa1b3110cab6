"""What goes through all that there is does so beside the event loop, and others are answered."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from contract.tree import Tree
from peak_trade.derive.freshness import judge
from peak_trade.store import survey
from web.gated import Site

RUNS = 250
"""More than lists judge for their order alone."""


@pytest.mark.parametrize("path", ["/freshz", "/metrics", "/api/v0/attention"])
async def test_all_runs_are_judged_in_a_thread(
    path: str, tree: Tree, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(RUNS):
        tree.run(f"run_{number}")
    await site.ask("/runs")  # a scrape tells of what is known
    threads: list[int] = []

    def noted(*args: Any, **options: Any) -> Any:
        threads.append(threading.get_ident())
        return judge(*args, **options)

    monkeypatch.setattr("peak_trade.contract.base.life.judge", noted)
    assert (await site.ask(path)).code == 200
    assert len(threads) >= RUNS
    assert threads.count(threading.get_ident()) < RUNS / 10


async def test_what_is_to_be_counted_is_gathered_in_a_thread(
    tree: Tree, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.run("run", [])
    threads: list[int] = []
    listed = survey.listed

    def noted(local: Any) -> Any:
        threads.append(threading.get_ident())
        return listed(local)

    monkeypatch.setattr(survey, "listed", noted)
    background = survey.Survey(site.runtime.store, 1.0)
    await background.complete()
    await background.stop()
    assert len(threads) == 1
    assert threading.get_ident() not in threads
