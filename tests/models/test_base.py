"""What every view model keeps: it builds when something changed, and only then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import param
import pytest

from peak_trade.contract.base.route import Context
from peak_trade.errors import NotFoundError, OverloadedError
from peak_trade.models.base import BROKEN, ViewModel
from peak_trade.models.sources import Source
from peak_trade.settings import load
from peak_trade.store.live import LiveStore


class Counting(ViewModel):
    """Counts what it is asked."""

    choice = param.String("")
    looks = builds = 0
    revision_of_source = 0
    fault: Exception | None = None

    @param.depends("choice", watch=True)
    def on_choice(self) -> None:
        self.request()

    def sources(self) -> tuple[Source, ...]:
        return (
            Source(
                "run", self.choice, read=self._refresh, revision=lambda _: self.revision_of_source
            ),
        )

    async def _refresh(self, store: LiveStore) -> None:
        self.looks += 1
        if self.fault:
            raise self.fault

    async def _build(self, context: Context) -> None:
        self.builds += 1


@pytest.fixture
async def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counting]:
    monkeypatch.setenv("PEAK_TRADE_NOW", "2026-01-15T18:30:10+00:00")
    settings = load(None, {"dashboard.root": str(tmp_path)}).settings
    store = LiveStore(settings)
    yield Counting(store, settings)
    await store.stop()


async def test_nothing_new_builds_nothing(model: Counting) -> None:
    assert (model.ready, await model.update(), model.ready) == (False, True, True)
    assert not await model.update()
    assert not await model.refresh()
    assert (model.looks, model.builds) == (2, 1)


async def test_a_choice_builds_again_without_a_refresh(model: Counting) -> None:
    await model.update()
    model.choice = "other"
    assert await model.update()
    assert (model.looks, model.builds) == (1, 2)


async def test_a_new_minute_builds_again(model: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    await model.update()
    monkeypatch.setenv("PEAK_TRADE_NOW", "2026-01-15T18:30:59+00:00")
    assert not await model.update()
    monkeypatch.setenv("PEAK_TRADE_NOW", "2026-01-15T18:31:00+00:00")
    assert await model.update()


async def test_what_is_gone_is_said_once_and_asked_for_again(model: Counting) -> None:
    await model.update()
    model.fault = NotFoundError("Run not found: x")
    assert await model.refresh()
    assert (model.problem, model.ready) == ("Run not found: x", True)
    assert not await model.update()
    model.fault = None
    assert await model.update()
    assert model.problem == ""


async def test_what_cannot_be_built_is_said_and_logged_once(
    model: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    await model.update()
    model.fault = OverflowError("date value out of range")
    assert await model.refresh()
    assert (model.problem, model.ready) == (BROKEN, True)
    for _ in range(3):
        assert not await model.refresh()
    assert caplog.text.count("Traceback") == 1
    assert "date value out of range" in caplog.text
    model.fault = None
    assert await model.update()
    assert model.problem == ""


async def test_a_busy_store_leaves_what_is_shown(model: Counting) -> None:
    await model.update()
    model.fault = OverloadedError("Too many reads are waiting.")
    assert not await model.refresh()
    assert model.problem == ""
    model.fault = None
    assert await model.update()
    assert model.builds == 2


async def test_pages_that_show_the_same_share_one_refresh(
    model: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [Counting(model.store, model.settings) for _ in range(3)]
    elsewhere = Counting(model.store, model.settings, choice="other")
    pages = (model, *others, elsewhere)
    for page in pages:
        await page.update()
    for turn, looks in ((10.1, 7), (10.2, 7), (20.0, 9)):
        monkeypatch.setattr("peak_trade.clock.monotonic", lambda turn=turn: turn * model.period)
        for page in pages:
            assert not await page.update(page.read_with_others)
        assert sum(page.looks for page in pages) == looks


async def test_a_choice_brings_the_payload_up_to_date_by_itself(model: Counting) -> None:
    seen: list[object] = []
    await model.refresh()
    model.param.watch(lambda event: seen.append(event.new), "edition")
    model.choice = "other"
    await model.updated()
    assert (model.builds, seen) == (2, [2])


async def test_a_change_of_a_source_after_the_start_does_so_too(model: Counting) -> None:
    model.choice = "mine"
    await model.updated()
    assert model.builds == 1
    model.revision_of_source = 1
    stop = model.start()
    model.store._publish("run", "other", 1)
    await model.updated()
    assert model.builds == 1
    model.store._publish("run", "mine", 2)
    await model.updated()
    assert model.builds == 2
    stop()
    model.revision_of_source = 2
    model.store._publish("run", "mine", 3)
    await model.updated()
    assert model.builds == 2
