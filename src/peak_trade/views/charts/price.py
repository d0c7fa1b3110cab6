"""Price with signals, fills and blocked orders, and below it volume and position.

Candles where there are prices of four kinds, a line where there are only closes. What the values
are at the crosshair, the readout says (readout.js); it finds the sources by their names.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, Line, Quad, Scatter, Segment, Step, VBar
from panel.viewable import Viewer

from peak_trade.contract.pages.run_chart import Markers, PriceChart
from peak_trade.derive.candles import Candles
from peak_trade.derive.gaps import Gaps, broken
from peak_trade.i18n import _, mark
from peak_trade.views.charts.figures import (
    Data,
    GapLabels,
    LastValue,
    between,
    draw,
    empty_source,
    entitle,
    fit,
    milliseconds,
    number_axis,
    send,
    strips,
    time_figure,
)
from peak_trade.views.charts.follow import FollowRange
from peak_trade.views.charts.indicators import FIGURES as INDICATOR_FIGURES
from peak_trade.views.charts.indicators import IndicatorLines
from peak_trade.views.kit import text
from peak_trade.views.kit.cache import Cache
from peak_trade.views.kit.theme import tokens

PRICES: Final = ("open", "high", "low", "close")
KINDS: Final = {
    "fills": ("\N{WHITE UP-POINTING TRIANGLE}\N{WHITE DOWN-POINTING TRIANGLE}", mark("fills")),
    "blocked": ("\N{CIRCLED TIMES}", mark("blocked")),
    "signals": ("\N{WHITE DIAMOND}", mark("signals")),
}
TABLES: Final = (mark("candles"), mark("marks"), mark("position"), mark("indicators"))
"""What is drawn, as tables to take away; the last one only if there are any."""

HEIGHTS: Final = {"price": 184, "volume": 60, "position": 64}
FIGURES: Final = (*HEIGHTS, *INDICATOR_FIGURES, "equity", "drawdown")
"""All figures of a run, from the top."""

SEPARATOR: Final = " \N{MIDDLE DOT} "

DRAWN: Final[Cache[dict[str, Data]]] = Cache(32)
"""What is drawn, by the address that gives it as data: pages that show the same share it."""

MARKS: Final = ("time", "price", "value", "marks", "first", "last")

SIDES: Final = ("left", "right", "bottom", "top")

BODY: Final = 0.7
"""Part of the time of a candle that its body takes."""


class PricePanel(Viewer):  # type: ignore[misc]  # panel is untyped
    """The upper three of the linked charts of a run."""

    def __init__(self, follow: FollowRange) -> None:
        super().__init__()
        self._follow = follow
        self._price, self._volume, self._position = (
            time_figure(follow, height, name) for name, height in HEIGHTS.items()
        )
        self._last = {
            "close": LastValue(self._price),
            "volume": LastValue(self._volume),
            "position": LastValue(self._position),
        }
        self._gaps = GapLabels(self._price)
        self.indicators = IndicatorLines(follow, self._price)
        self._bodies: list[Any] = []
        self._reasons: Any = ColumnDataSource({"time": [], "reason": []}, name="reasons")
        self._sources: dict[str, Any] = {
            "gaps": empty_source("gaps", "first", "last", "begin", "end"),
            "up": self._candles("up", "gain"),
            "down": self._candles("down", "loss"),
            "flat": empty_source("flat", "time", "price"),
            "closes": empty_source("closes", "time", "close"),
            "traded": empty_source("traded", "time", "volume"),
            "signals": self._markers("signals", "diamond", "muted", 11, hollow=True),
            "bought": self._markers("bought", "triangle", "accent", 11),
            "sold": self._markers("sold", "inverted_triangle", "shadow", 11),
            "blocked": self._markers("blocked", "circle_x", "warn", 12, hollow=True),
            "held": empty_source("held", "time", "least", "greatest"),
            "band": empty_source("band", *SIDES),
        }
        self._arrange()

    def __panel__(self) -> Any:
        charts = (self._price, self._volume, self._position)
        panes = (pn.pane.Bokeh(chart, sizing_mode="stretch_width") for chart in charts)
        height = sum(HEIGHTS.values())
        return pn.Column(
            *panes, self.indicators, sizing_mode="stretch_width", min_height=height, margin=0
        )

    def update(self, chart: PriceChart, address: str, currency: str, asset: str) -> None:
        """Draw this chart; `address` gives its tables as data.

        `currency` is the unit of prices, `asset` that of the position.
        """
        if chart["begin"] is None:
            self.clear()
            return
        entitle(self._price, _("Price"), currency)
        entitle(self._position, _("Position"), asset)
        entitle(self._volume, _("Volume"), asset)
        data = DRAWN.get(address, chart, lambda: prepared(chart))
        for name, source in self._sources.items():
            send(source, data[name])
        self._gaps.show(data["gaps"]["first"], data["gaps"]["last"])
        reasons = {"time": data["blocked"]["time"].tolist(), "reason": list(chart["reasons"])}
        if reasons != self._reasons.data:
            self._reasons.data = reasons
        for body in self._bodies:
            body.glyph.width = chart["seconds"] * 1000 * BODY
        traded = chart["candles"].volume
        self._give_room(volume=bool((traded > 0).any()))
        self._last["close"].show(chart["candles"].close, currency)
        self._last["volume"].show(traded, asset)
        self._last["position"].show(chart["position"], asset)
        self._fit(chart)

    def _give_room(self, *, volume: bool) -> None:
        """Show the volume if there is any, or else let the price have its place."""
        whole = HEIGHTS["price"] if volume else HEIGHTS["price"] + HEIGHTS["volume"]
        self._volume.visible = volume
        if self._price.height != whole:
            self._price.height = whole

    def pane(self) -> Any:
        """Return the chart of the price by itself, with its indicators."""
        self._follow.label(self._price)
        price = pn.pane.Bokeh(self._price, sizing_mode="stretch_width")
        return pn.Column(price, self.indicators, sizing_mode="stretch_width", margin=0)

    def clear(self) -> None:
        """Draw nothing, no axes either."""
        for drawn_from in self._sources.values():
            send(drawn_from, {name: np.array([]) for name in drawn_from.data})
        self._reasons.data = {"time": [], "reason": []}
        for label in self._last.values():
            label.show(np.array([]))
        self._gaps.show(np.array([]), np.array([]))
        self.indicators.clear()
        self._price.visible = self._volume.visible = self._position.visible = False

    def _fit(self, chart: PriceChart) -> None:
        candles, fills = chart["candles"], chart["fills"]
        seen = self._seen(candles.times)
        prices = (candles.low[seen], candles.high[seen], fills["price"][self._seen(fills["times"])])
        fit(self._price, np.concatenate(prices))
        fit(self._volume, np.append(candles.volume[seen], 0.0))
        reached = np.concatenate((chart["position_low"], chart["position_high"]))
        fit(self._position, np.append(reached, 0.0) if reached.any() else reached)

    def _seen(self, times: Any) -> Any:
        at, shown = milliseconds(times), self._follow.range
        return (at >= shown.start) & (at <= shown.end)

    def _candles(self, name: str, tone: str) -> Any:
        """Add candles of one direction; those that rise are hollow."""
        data = empty_source(name, "time", *PRICES)
        wick = draw(self._price, Segment, data, x0="time", y0="high", x1="time", y1="low")
        body = draw(self._price, VBar, data, x="time", width=1, top="open", bottom="close")
        self._paint(wick.glyph, tone)
        self._paint(body.glyph, tone)
        if tone == "gain":
            body.glyph.update(fill_color=tokens("dark")["card"], tags=[tone, "fill_color:card"])
        self._bodies.append(body)
        return data

    def _markers(
        self, name: str, marker: str, tone: str, size: int, *, hollow: bool = False
    ) -> Any:
        data = empty_source(name, *MARKS)
        style = {"marker": marker, "size": size, "line_width": 1.5}
        shown = draw(
            self._price, Scatter, data, x="time", y="price", fill_alpha=0 if hollow else 1, **style
        )
        self._paint(shown.glyph, tone)
        return data

    def _paint(self, glyph: Any, tone: str) -> None:
        # The browser takes the colours from its stylesheet, by these tags.
        color = tokens("dark")[tone]
        names = {"line_color", "fill_color"} & set(glyph.properties())
        glyph.update(tags=[tone], **dict.fromkeys(names, color))

    def _arrange(self) -> None:
        for shown in (self._price, self._volume, self._position):
            strips(shown, self._sources["gaps"])
        # What the readout alone needs: without a renderer a source is no part of the document.
        for unseen in (self._sources["closes"], self._reasons):
            draw(self._price, Scatter, unseen, x="time", y="time").visible = False
        line = draw(self._price, Line, self._sources["flat"], x="time", y="price")
        self._paint(line.glyph, "text")
        traded, faint = self._sources["traded"], {"fill_alpha": 0.5, "line_alpha": 0}
        bars = draw(self._volume, VBar, traded, x="time", width=1, top="volume", **faint)
        self._paint(bars.glyph, "muted")
        self._bodies.append(bars)
        held = self._sources["held"]
        # Not a VAreaStep: with it the script of Bokeh 3.9 does not come to an end.
        sides = {side: side for side in SIDES}
        band = draw(
            self._position, Quad, self._sources["band"], **sides, fill_alpha=0.35, line_alpha=0
        )
        self._paint(band.glyph, "accent")
        for edge in ("least", "greatest"):
            step = draw(self._position, Step, held, x="time", y=edge, mode="after")
            self._paint(step.glyph, "accent")
        for shown in (self._volume, self._position):
            shown.left[0].ticker.desired_num_ticks = 2
        for shown in (self._price, self._volume, self._position):
            number_axis(shown)


def prepared(chart: PriceChart) -> dict[str, Data]:
    """Return what the sources hold of a chart, by their names."""
    candles, fills = chart["candles"], chart["fills"]
    rising = candles.close >= candles.open
    drawn_as = slice(0) if chart["closes_only"] else slice(None)
    at = milliseconds(candles.times)
    known = ~np.isnan(candles.volume)
    gaps = Gaps(chart["gaps_first"], chart["gaps_last"])
    times, low, high = (
        milliseconds(chart["position_times"]),
        chart["position_low"],
        chart["position_high"],
    )
    held = {"time": times, "least": low, "greatest": high}
    wide = np.flatnonzero(low < high)  # never the last, which is a point
    sides = (times[wide], times[wide + 1], low[wide], high[wide])
    return {
        "gaps": between(gaps, chart["seconds"] * 500),
        "up": columns(candles.part(rising).part(drawn_as)),
        "down": columns(candles.part(~rising).part(drawn_as)),
        "flat": closes_line(chart),
        "closes": {"time": at, "close": candles.close},
        "traded": {"time": at[known], "volume": candles.volume[known]},
        "signals": points(chart["signals"]),
        "bought": points(fills, fills["value"] > 0),
        "sold": points(fills, fills["value"] < 0),
        "blocked": points(chart["blocked"]),
        "held": held,
        "band": dict(zip(SIDES, sides, strict=True)),
    }


def closes_line(chart: PriceChart) -> Data:
    """Return the line of a run that has only closes: broken by gaps, with the extremes of each."""
    candles = chart["candles"].part(slice(None) if chart["closes_only"] else slice(0))
    times = candles.times
    prices = candles.close
    if chart["merged"] > 1:
        times = np.repeat(times, 4)
        prices = np.column_stack((candles.open, candles.high, candles.low, candles.close)).ravel()
    found = Gaps(chart["gaps_first"], chart["gaps_last"])
    return broken(times, found, {"time": milliseconds(times), "price": prices})


def columns(candles: Candles) -> Data:
    """Return candles as columns for drawing."""
    prices = {name: getattr(candles, name) for name in PRICES}
    return {"time": milliseconds(candles.times), **prices}


def points(markers: Markers, chosen: Any = slice(None)) -> Data:
    """Return marks as columns for drawing."""
    data = {
        "time": milliseconds(markers["times"]),
        "price": markers["price"],
        "value": markers["value"],
        "marks": markers["marks"].astype(np.float64),
        "first": milliseconds(markers["first"]),
        "last": milliseconds(markers["last"]),
    }
    return {name: values[chosen] for name, values in data.items()}


def drawn(chart: PriceChart) -> str:
    """Return the line that says what of the data is drawn, and what the shapes are."""
    if not chart["bars"]:
        return _("no candle with a price here")
    merged, size = chart["merged"], chart["candles"].size
    bars = _("%(candles)s, %(drawn)s drawn") % {
        "candles": text.plural(chart["bars"], "%s candle", "%s candles"),
        "drawn": text.count(min(size, chart["bars"])),
    }
    merging = _("each of %s, extremes kept") % text.count(merged)
    parts = [bars if merged == 1 else f"{bars}, {merging}"]
    for name, (shape, label) in KINDS.items():
        markers: Markers = chart[name]  # type: ignore[literal-required]
        count, shown = markers["count"], markers["times"].size
        if count:
            part = text.count(count)
            if shown < count:
                part = _("%(total)s as %(shown)s clusters") % {"shown": shown, "total": part}
            parts.append(f"{shape} {_(label)} {part}")
    if chart["gaps"]:
        parts.append(text.plural(chart["gaps"], "%s gap", "%s gaps"))
    return SEPARATOR.join([*parts, position(chart)])


def position(chart: PriceChart) -> str:
    """Return how often the position changes, and how it is drawn if not as it is."""
    line = text.plural(chart["position_changes"], "position %s change", "position %s changes")
    if not chart["position_buckets"]:
        return line
    buckets = text.plural(
        chart["position_buckets"], "drawn as a band of %s bucket", "drawn as a band of %s buckets"
    )
    return f"{line}, {buckets}"
