"""THE table of pages: all that is said of a page anywhere comes from its row.

Its address, the checks of its parameters, links to it, its place in the navigation and its key,
its title, the route of its payload, and the tests over all pages are made from here. A page is a
payload, a model, a view, an app file in `apps/`, and one row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from urllib.parse import quote

from pydantic import Field

from peak_trade.contract.alerts.params import AlertsView
from peak_trade.contract.base.route import Build, Params, template_regex
from peak_trade.contract.execution.params import ExecutionParams
from peak_trade.contract.pages import (
    about,
    alerts,
    compare,
    compare_drift,
    console,
    execution,
    fleet,
    quality,
    run_page,
    session,
    telemetry,
    watch,
)
from peak_trade.contract.pages.indicators import Chosen
from peak_trade.contract.pages.run_chart import MomentView
from peak_trade.contract.pages.run_tabs import TabView
from peak_trade.contract.runs.search import RunTableParams
from peak_trade.contract.sessions.search import SessionTableParams
from peak_trade.i18n import mark


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRoute:
    """One page.

    `path` is a template with at most one id, which names an artifact of `family`; an unknown one
    is answered with 404 and the text `unknown`. Without a family any id is good.
    """

    name: str
    """Of the page in the route of its payload."""
    path: str
    stem: str = ""
    """Of its file in `apps/`; the name, if it is empty."""
    title: str
    """What is shown as its name, in English."""
    summary: str
    key: str = ""
    """Letter that leads to it after `g`; without one it is not in the navigation."""
    place: str = ""
    """Name of the page that is current in the navigation, if it is not itself."""
    params: type[Params] = Params
    """Of the address; others are ignored."""
    build: Build[Any, Any]
    """Gives the payload, for parameters of the type `view_params`."""
    payload: Any
    view_params: type[Params] = Params
    model: str = ""
    """`module:Class` of the model: what knows contracts alone does not import it.

    If it is empty, `XModel` in `models/x.py` for a page of name `x`.
    """
    view: str = ""
    """`module:Class` of the view; if it is empty, `XPage` in `views/x/page.py`."""
    family: Literal["run", "session"] | None = None
    unknown: str = ""
    example: str = ""
    """An id, for documents and examples."""
    slash_ids: frozenset[str] = frozenset()
    lists_runs: bool = False
    """Its document lists the runs before any script: they are read before it is built."""
    regex: str = field(init=False, repr=False, compare=False)
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named = {
            "stem": self.name,
            "model": f"peak_trade.models.{self.name}:{self.name.capitalize()}Model",
            "view": f"peak_trade.views.{self.name}.page:{self.name.capitalize()}Page",
        }
        for attribute, usual in named.items():
            object.__setattr__(self, attribute, getattr(self, attribute) or usual)
        object.__setattr__(self, "regex", template_regex(self.path))
        object.__setattr__(self, "pattern", re.compile(self.regex))

    @property
    def id_name(self) -> str:
        """Name of the id in the path, empty without one."""
        return next(iter(self.pattern.groupindex), "")

    def address(self, thing: str = "") -> str:
        """Return the path of the page, for the thing of this id."""
        return self.path.format(**{self.id_name: quote(thing, safe="")} if self.id_name else {})


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
    indicator: Chosen = ()


RUN: Final = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"
SESSION: Final = "session_20260115_181000_shadow_a1b2c3"

_RUN_PAGE: Final = PageRoute(
    name="run",
    path="/watch/runs/{run_id}",
    title=mark("Live"),
    summary="One run, live",
    place="dashboard",
    params=RunPageParams,
    build=run_page.run_page,
    payload=run_page.RunWithChart,
    view_params=run_page.RunView,
    family="run",
    unknown="run_not_found: {id}",
    example=RUN,
)

PAGES: Final[tuple[PageRoute, ...]] = (
    PageRoute(
        name="console",
        path="/",
        stem="main",
        title=mark("Console"),
        summary="Console: sessions, active runs, alerts",
        key="c",
        params=ConsoleParams,
        build=console.console_with_panels,
        payload=console.ConsoleWithPanels,
        view_params=SessionTableParams,
    ),
    PageRoute(
        name="dashboard",
        path="/dashboard",
        title=mark("Live"),
        summary="Live dashboard of the runs",
        key="l",
        params=RunPageParams,
        build=run_page.dashboard,
        payload=run_page.DashboardPayload,
        view_params=run_page.DashboardView,
        model="peak_trade.models.run:RunModel",
        view="peak_trade.views.run.page:RunPage",
    ),
    _RUN_PAGE,
    replace(_RUN_PAGE, path="/sessions/{run_id}", summary="One run, live; another address of it"),
    PageRoute(
        name="watch",
        path="/watch",
        title=mark("Watch"),
        summary="All runs, and what answers",
        key="w",
        lists_runs=True,
        build=watch.watch,
        payload=watch.WatchPayload,
        view_params=RunTableParams,
    ),
    PageRoute(
        name="compare",
        path="/compare",
        title=mark("Compare"),
        summary="Runs side by side, and how far two of them went apart",
        key="m",
        params=compare.CompareView,
        build=compare_drift.compare_with_drift,
        payload=compare_drift.CompareWithDrift,
        view_params=compare.CompareView,
    ),
    PageRoute(
        name="fleet",
        path="/fleet",
        title=mark("Fleet"),
        summary="All runs of a fleet: search, distributions, comparison",
        key="f",
        build=fleet.fleet,
        payload=fleet.FleetPayload,
        view_params=fleet.FleetView,
    ),
    PageRoute(
        name="session",
        path="/session/{session_id}",
        title=mark("Session"),
        summary="One session: record, risk, run and its statistics, alerts, execution",
        place="console",
        build=session.session_with_statistics,
        payload=session.SessionWithStatistics,
        view_params=MomentView,
        family="session",
        unknown="Session not found: {id}",
        example=SESSION,
        slash_ids=frozenset({"session_id"}),
    ),
    PageRoute(
        name="alerts",
        path="/live/alerts",
        title=mark("Alerts"),
        summary="Alerts, grouped and counted",
        key="a",
        params=AlertsView,
        build=alerts.alerts_page,
        payload=alerts.AlertsPayload,
        view_params=AlertsView,
    ),
    PageRoute(
        name="telemetry",
        path="/live/telemetry",
        title=mark("Telemetry"),
        summary="Health of the execution telemetry",
        key="t",
        build=telemetry.telemetry_page,
        payload=telemetry.TelemetryPayload,
    ),
    PageRoute(
        name="execution",
        path="/live/execution/{session_id}",
        title=mark("Execution"),
        summary="Execution telemetry of one session: lanes, latencies, timeline",
        place="telemetry",
        params=ExecutionParams,
        build=execution.execution_with_lanes,
        payload=execution.ExecutionWithLanes,
        view_params=execution.ExecutionView,
        example=SESSION,
    ),
    PageRoute(
        name="quality",
        path="/quality",
        title=mark("Quality"),
        summary="What could not be read, and faults of what was",
        key="q",
        build=quality.quality,
        payload=quality.QualityPayload,
        view_params=quality.QualityParams,
    ),
    PageRoute(
        name="about",
        path="/about",
        title=mark("About"),
        summary="Safety, versions, settings in force",
        key="b",
        build=about.about,
        payload=about.AboutPayload,
    ),
)

NAMED: Final = {page.name: page for page in reversed(PAGES)}
"""Each page once, under its first address."""

NAVIGATION: Final = tuple(page for page in PAGES if page.key)


def page_of(view: type) -> PageRoute:
    """Return the row of a view: the first, if it shows several pages."""
    name = f"{view.__module__}:{view.__qualname__}"
    return next(page for page in PAGES if page.view == name)
