"""One session as frames: its registry record, its run and its telemetry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from peak_trade.contract.sessions.schema import SessionDetail
from peak_trade.library import tables
from peak_trade.library.frames import EVENT_COLUMNS, timed_frame
from peak_trade.library.run import Run

if TYPE_CHECKING:
    from peak_trade.library.artifacts import Library
    from peak_trade.library.live import LiveSession
    from peak_trade.views.notebook.cells import Cell


@dataclass(frozen=True, eq=False, repr=False)
class Session:
    """One session at the moment it was asked for; `live` and `dashboard` go on with it."""

    record: SessionDetail
    """Its record in the registry, secrets hidden, as `/api/live_sessions/{session_id}` has it."""
    artifacts: Library

    @property
    def session_id(self) -> str:
        """The session's id."""
        return self.record["session_id"]

    @property
    def run(self) -> Run | None:
        """The run that it wrote, None if it names none that there is."""
        run_id = self.record["run_id"]
        return self.artifacts.find_run(run_id) if run_id else None

    @property
    def telemetry(self) -> pd.DataFrame:
        """Its telemetry, as `Library.telemetry` describes it; empty without a log."""
        found = self.artifacts.find_telemetry(self.session_id)
        return timed_frame((), "instant", EVENT_COLUMNS, "time") if found is None else found

    @property
    def alerts(self) -> pd.DataFrame:
        """Its stored alerts of the last week, as `Library.alerts` describes them."""
        found = self.artifacts.alerts(hours=24 * 7)
        return found[found["session_id"] == self.session_id]

    def live(self) -> LiveSession:
        """Return the session as it goes on; see `Run.live`."""
        from peak_trade.library.live import LiveSession, opened

        return opened(LiveSession, self.artifacts.reader, session_id=self.session_id)

    def dashboard(self) -> Cell:
        """Return the page of the session for a cell, live."""
        from peak_trade.views.notebook.cells import session_cell

        return session_cell(self.live())

    def __repr__(self) -> str:
        return tables.session_text(self.record)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> Mapping[str, str]:
        del include, exclude
        return {
            "text/plain": tables.session_text(self.record),
            "text/html": tables.session_html(self.record),
        }
