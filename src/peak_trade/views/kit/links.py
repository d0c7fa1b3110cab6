"""Addresses of pages, relative to the page that shows them. Ids are one encoded component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from peak_trade import i18n
from peak_trade.contract.registry.pages import NAMED
from peak_trade.views.kit.elements import Component


@dataclass(frozen=True)
class Links:
    """Links from one page; `root` is the relative path from it to `/`."""

    root: str

    def run(self, run_id: str, **view: str) -> str:
        """Return the address of a run's page: with `at` around this time, with `tab` these rows."""
        return self._page("run", run_id) + query({k: value for k, value in view.items() if value})

    def watch(self, **view: str) -> str:
        """Return the address of the page of all runs, with this view of them."""
        return self._page("watch") + query(view)

    def fleet(self, **view: str) -> str:
        """Return the address of the page of the fleet, with this view of it."""
        return self._page("fleet") + query(view)

    def compare(self, **view: str) -> str:
        """Return the address of a comparison."""
        return self._page("compare") + query(view)

    def table(self, name: str) -> str:
        """Return the address of what pages list or draw as data, a row of `export_routes`."""
        return f"{self.root}api/v0/{name}"

    def run_table(self, run_id: str) -> str:
        """Return the address of a run's rows as data."""
        return f"{self.root}api/v0/runs/{component(run_id)}/table"

    def run_events(self, run_id: str) -> str:
        """Return the address of all events of a run as a file."""
        return f"{self.root}api/v0/runs/{component(run_id)}/events.parquet"

    def run_report(self, run_id: str) -> str:
        """Return the address of a run's report, in the language of the page."""
        return f"{self.root}api/v0/runs/{component(run_id)}/report{_language()}"

    def session_report(self, session_id: str) -> str:
        """Return the address of a session's report, in the language of the page."""
        return f"{self.root}api/v0/live_sessions/{component(session_id)}/report{_language()}"

    def curve(self, run_id: str, window: dict[str, str]) -> str:
        """Return the address of the points of a run's curve that a window shows."""
        return f"{self.root}api/v0/runs/{component(run_id)}/curve{query(window)}"

    def price(self, run_id: str, view: Mapping[str, Any]) -> str:
        """Return the address of what the price chart of a run shows in a view of it."""
        return f"{self.root}api/v0/runs/{component(run_id)}/price{query(view)}"

    def execution_marks(self, session_id: str, window: dict[str, str]) -> str:
        """Return the address of the events that a session's chart shows in a window."""
        return f"{self.root}api/v0/execution_marks/{component(session_id)}{query(window)}"

    def session(self, session_id: str) -> str:
        """Return the address of a session's page."""
        return self._page("session", session_id)

    def execution(self, session_id: str, at: str = "") -> str:
        """Return the address of a session's execution timeline; with `at`, around this time."""
        return self._page("execution", session_id) + query({"at": at} if at else {})

    def session_data(self, session_id: str) -> str:
        """Return the address of a session as data."""
        return f"{self.root}api/live_sessions/{component(session_id)}"

    def session_table(self, session_id: str) -> str:
        """Return the address of the tables of a session's page as data."""
        return f"{self.root}api/v0/live_sessions/{component(session_id)}/table"

    def alerts(self, view: Mapping[str, Any] | None = None) -> str:
        """Return the address of the alerts with these filters."""
        return self._page("alerts") + query(view or {})

    def telemetry(self) -> str:
        """Return the address of the telemetry's health."""
        return self._page("telemetry")

    def quality(self) -> str:
        """Return the address of the read errors and other faults of the data."""
        return self._page("quality")

    def console(self, **filters: str) -> str:
        """Return the address of the console with these filters."""
        return self._page("console") + query(filters)

    def plain_status(self) -> str:
        """Return the address of the status panels as a page to print."""
        return f"{self.root}api/live/status/snapshot.html"

    def dashboard(self) -> str:
        """Return the address of the live dashboard."""
        return self._page("dashboard")

    def _page(self, name: str, thing: str = "") -> str:
        return self.root + NAMED[name].address(thing).removeprefix("/")


class LinkedComponent(Component):
    """A part of a page that leads elsewhere."""

    def __init__(self, links: Links) -> None:
        super().__init__()
        self._links = links


class PlacedComponent(LinkedComponent):
    """A part over the artifacts in a directory, which it names while there are none."""

    def __init__(self, links: Links, place: Path) -> None:
        super().__init__(links)
        self._place = place


def component(text: str) -> str:
    """Return `text` percent-encoded as one component of a path."""
    return quote(text, safe="")


def _language() -> str:
    return query({"language": i18n.language()})


def query(values: Mapping[str, Any]) -> str:
    """Return `?name=value&...`, empty without values; of a list each value."""
    return f"?{urlencode(values, doseq=True, quote_via=quote)}" if values else ""
