"""THE table of pages: path, app file, query parameters, and what their ids name.

A page is an app file in `apps/`, found by its stem. Adding a page is one row and one file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import Field

from peak_trade.contract.alerts.params import AlertsParams
from peak_trade.contract.base.route import Params, template_regex
from peak_trade.contract.execution.params import ExecutionParams
from peak_trade.contract.pages.compare import CompareView
from peak_trade.contract.pages.run_tabs import TabView


@dataclass(frozen=True, slots=True)
class PageRoute:
    """One page.

    `path` is a template with at most one id, which names an artifact of `family`; an unknown one
    is answered with 404 and the text `unknown`. Without a family any id is good.
    """

    path: str
    stem: str
    summary: str
    params: type[Params] = Params
    family: Literal["run", "session"] | None = None
    unknown: str = ""
    slash_ids: frozenset[str] = frozenset()
    regex: str = field(init=False, repr=False, compare=False)
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "regex", template_regex(self.path))
        object.__setattr__(self, "pattern", re.compile(self.regex))


class ConsoleParams(Params):
    """Filters of the console."""

    mode: str = Field("", description="Exact stored mode; `unknown` for none; empty for all")
    status: str = Field("", description="Exact stored status; empty for all")
    tier: str = Field("", description="Exact stored tier; `unclassified` for none; empty for all")
    include_research: bool = Field(False, description="Known for compatibility; has no effect")


class RunPageParams(TabView):
    """The view of a run's page."""

    run: str = Field("", description="The selected run; empty for the newest")
    range: Literal["1h", "6h", "1d", "all"] = Field(
        "all", description="What is drawn, from the newest candle back"
    )


PAGES: Final[tuple[PageRoute, ...]] = (
    PageRoute("/", "main", "Console: sessions, active runs, alerts", ConsoleParams),
    PageRoute("/dashboard", "dashboard", "Live dashboard of the runs", RunPageParams),
    PageRoute(
        "/watch/runs/{run_id}",
        "run",
        "One run, live",
        RunPageParams,
        family="run",
        unknown="run_not_found: {id}",
    ),
    PageRoute(
        "/sessions/{run_id}",
        "run",
        "One run, live; another address of it",
        RunPageParams,
        family="run",
        unknown="run_not_found: {id}",
    ),
    PageRoute("/compare", "compare", "Runs side by side", CompareView),
    PageRoute("/watch", "watch", "Health of the service and all runs"),
    PageRoute(
        "/session/{session_id}",
        "session",
        "One session: record, risk, run, alerts, execution",
        family="session",
        unknown="Session not found: {id}",
        slash_ids=frozenset({"session_id"}),
    ),
    PageRoute(
        "/live/execution/{session_id}",
        "execution",
        "Execution telemetry of one session: lanes, latencies, timeline",
        ExecutionParams,
    ),
    PageRoute("/live/alerts", "alerts", "Alerts, grouped and counted", AlertsParams),
    PageRoute("/live/telemetry", "telemetry", "Health of the execution telemetry"),
    PageRoute("/quality", "quality", "What could not be read, and faults of what was"),
    PageRoute("/about", "about", "Safety, versions, settings in force"),
)
