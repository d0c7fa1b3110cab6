"""Addresses of pages, relative to the page that shows them. Ids are one encoded component."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Links:
    """Links from one page; `root` is the relative path from it to `/`."""

    root: str

    def run(self, run_id: str) -> str:
        """Return the address of a run's page."""
        return f"{self.root}watch/runs/{component(run_id)}"

    def session(self, session_id: str) -> str | None:  # noqa: ARG002  until there is such a page
        """Return the address of a session's page, None while there is none."""
        return None

    def console(self, **filters: str) -> str:
        """Return the address of the console with these filters."""
        return self.root + query(filters)

    def dashboard(self) -> str:
        """Return the address of the live dashboard."""
        return f"{self.root}dashboard"


def component(text: str) -> str:
    """Return `text` percent-encoded as one component of a path."""
    return quote(text, safe="")


def query(values: dict[str, str]) -> str:
    """Return `?name=value&...`, empty without values."""
    return f"?{urlencode(values, quote_via=quote)}" if values else ""
