"""The execution telemetry of a session: what it did, how fast, and each event."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from peak_trade.contract.execution.params import ExecutionParams
from peak_trade.contract.pages.execution import ExecutionPayload, StageLatency
from peak_trade.i18n import _
from peak_trade.models import window
from peak_trade.models.address import Query
from peak_trade.models.execution import ExecutionModel
from peak_trade.models.window import Window
from peak_trade.views.charts.lanes import LaneChart
from peak_trade.views.execution.timeline import Timeline
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.states import empty, problem
from peak_trade.views.kit.tiles import Tile, Tiles


class ExecutionPage(Page):
    """The page at `/live/execution/{session_id}`; its filters are in the URL."""

    def __init__(self, model: ExecutionModel) -> None:
        super().__init__(model)
        self.model = model
        self.heading, self.tiles = Component(), Tiles()
        self.lanes, self.timeline = LaneChart(), Timeline(self.links)
        self.timeline.elements.on_send(self._filter)
        self.lanes.follow.on_window(self._draw)

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "heading": self.heading,
            "follow": self.lanes.follow.switch,
            "tiles": self.tiles,
            "lanes": self.lanes,
            "timeline": self.timeline,
        }

    def read(self, query: Query) -> None:
        """Take the view of a query."""
        before = self.model.window
        super().read(query)
        self.lanes.follow.mark(self.model.at)
        if self.model.window != before:
            self.lanes.follow.show(*(self.model.window or (None, None)))

    def subject(self) -> str:
        """Return the id of the session."""
        return self.model.session_id

    def render(self) -> None:
        """Show the payloads."""
        page, lanes = self.model.payload, self.model.lanes
        if page is None or lanes is None:
            self.heading.show(problem(_("Nothing can be shown now"), self.model.problem))
            return
        chip = badges.freshness_chip(page["freshness"]) if page["freshness"] else None
        self.status.show(badges.status_of(_("data "), chip or badges.age(page["newest"])))
        href = self.links.session(page["session_id"]) if page["is_session"] else None
        self.heading.show(heading(page, href))
        found = page["summary"]["found"]
        self.lanes.hide(hidden=not found)
        if not found:
            self.tiles.show(nothing(page, self.model.settings.telemetry_path))
            self.timeline.show()
            return
        self.tiles.update(tiles(page), page["freshness"])
        shown = window.view_of(self.model.window)
        self.lanes.update(lanes, self.links.execution_marks(page["session_id"], shown))
        self.timeline.update(page, self.model.filters)

    def _filter(self, chosen: str) -> None:
        self.choose(chosen=ExecutionParams.model_validate(dict(parse_qsl(chosen))))

    def _draw(self, shown: Window) -> None:
        self.choose(window=shown)


def heading(page: ExecutionPayload, session: str | None) -> Node:
    """Return the name of the log; `session` is the address of its session's page."""
    name = page["session_id"]
    return h(
        "div",
        h("h1", _("Execution")),
        h("span", ", ".join(page["summary"].get("symbols", [])), class_="soft"),
        badges.named(name, session),
        class_="heading",
    )


def nothing(page: ExecutionPayload, place: Path) -> Node:
    """Return why there is no event, and what makes some appear."""
    name = page["session_id"]
    if page["has_log"]:
        return empty(_("No events yet"), _("The log %s.jsonl holds no event with a time.") % name)
    why = _("There is no telemetry log %s.jsonl. Each paper session writes one of its own:") % name
    return empty(_("No execution telemetry"), why, "peak-trade run shadow", place)


def tiles(page: ExecutionPayload) -> list[Tile]:
    """Return the metrics of the whole log."""
    summary, read_errors = page["summary"], page["read_errors"]
    counts = summary.get("kind_counts", {})
    errors = counts.get("error", 0)
    return [
        Tile(
            _("Events"),
            text.count(summary["event_count"]),
            text.plural(len(counts), "%s kind", "%s kinds"),
        ),
        *(latency(stage) for stage in page["latencies"]),
        Tile(_("Errors"), text.count(errors), _("of kind error"), "error" if errors else None),
        Tile(
            _("Read errors"),
            text.count(read_errors),
            _("lines not readable") if read_errors else _("every line was readable"),
            "warn" if read_errors else None,
        ),
    ]


def latency(stage: StageLatency) -> Tile:
    """Return the latencies of a stage: the median, and what is beyond it."""
    name = stage["stage"].capitalize().replace(" to ", " \N{RIGHTWARDS ARROW} ")
    rest = f"p95 {text.latency(stage['p95'])}  p99 {text.latency(stage['p99'])}  n {stage['n']:,}"
    return Tile(name, text.latency(stage["p50"]), rest, unit="p50", title=rest)
