"""Pages update for who looks at them, and for nobody else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bokeh.document import Document

from peak_trade.views.kit.live import Live


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
