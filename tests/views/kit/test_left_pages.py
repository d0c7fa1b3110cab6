"""Pages update for who looks at them, and for nobody else; soon, but not with each change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from bokeh.document import Document

from peak_trade.views.kit.live import GATHER_SECONDS, MOMENT_SECONDS, Live
from ticking import Ticking


class Model:
    """Counts its updates."""

    updates = 0

    async def update(self, read: object = None) -> None:
        self.updates += 1


async def test_a_page_that_its_browser_has_left_does_nothing() -> None:
    """While it did something it would not be swept, however long ago it was left."""
    session, model = SimpleNamespace(connection_count=1), Model()
    document: Any = Document()
    document._session_context = lambda: SimpleNamespace(session=session)
    live = Live(document, model, print, print)  # type: ignore[arg-type]
    for connections, updates in ((1, 1), (0, 1), (1, 2)):
        session.connection_count = connections
        live.see(True)
        for callback in document.session_callbacks:  # one, which is done with when it has run
            await callback.callback()
        assert model.updates == updates


async def test_a_change_after_a_pause_waits_for_none_and_those_of_a_moment_make_one_update(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticking, model = Ticking.instead(monkeypatch), Model()
    document: Any = Document()
    live = Live(document, model, print, print)  # type: ignore[arg-type]
    waits: list[tuple[float, Callable[[], None]]] = []

    async def changed(after: float) -> float:
        """Tell of some changes and update; return how long that waits."""
        ticking.seconds += after
        with monkeypatch.context() as patched:
            loop = asyncio.get_running_loop()
            patched.setattr(loop, "call_later", lambda *wait, **_: waits.append(wait))
            for _ in range(3):
                live._wake_soon()
        (seconds, wake), *others = waits
        assert not others
        waits.clear()
        ticking.seconds += seconds
        wake()
        for callback in document.session_callbacks:
            await callback.callback()
        return seconds

    assert await changed(0) == GATHER_SECONDS
    assert await changed(MOMENT_SECONDS / 4) == pytest.approx(MOMENT_SECONDS * 3 / 4)
    assert await changed(MOMENT_SECONDS) == GATHER_SECONDS
    assert model.updates == 3
