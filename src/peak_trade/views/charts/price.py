"""Price as candles with signals, fills and blocked orders, and the position below it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource
from panel.viewable import Viewer

from peak_trade.contract.pages.run_chart import Markers, PriceChart
from peak_trade.derive.candles import Candles
from peak_trade.i18n import _, mark
from peak_trade.views.charts.figures import (
    Data,
    bare,
    caption,
    entitle,
    fit,
    milliseconds,
    number_axis,
    send,
    time_figure,
)
from peak_trade.views.charts.follow import FollowRange
from peak_trade.views.kit import text
from peak_trade.views.kit.cache import Cache
from peak_trade.views.kit.elements import Component
from peak_trade.views.kit.theme import tokens
from peak_trade.views.kit.time_axis import SECOND, hover

PRICES: Final = ("open", "high", "low", "close")
KINDS: Final = {
    "fills": ("\N{WHITE UP-POINTING TRIANGLE}\N{WHITE DOWN-POINTING TRIANGLE}", mark("fills")),
    "blocked": ("\N{CIRCLED TIMES}", mark("blocked")),
    "signals": ("\N{WHITE DIAMOND}", mark("signals")),
}
TABLES: Final = (mark("candles"), mark("marks"), mark("position"))
"""What is drawn, as tables to take away."""

DRAWN: Final[Cache[dict[str, Data]]] = Cache(32)
"""What is drawn, by the address that gives it as data: pages that show the same share it."""

MARKS: Final = ("time", "price", "value", "marks", "first", "last")

SIDES: Final = ("left", "right", "bottom", "top")

BODY: Final = 0.7
"""Part of the time of a candle that its body takes."""

HOVER: Final = [
    (mark("candle"), f"@time{SECOND}"),
    (mark("open"), "@open{digits 0 8}"),
    (mark("high"), "@high{digits 0 8}"),
    (mark("low"), "@low{digits 0 8}"),
    (mark("close"), "@close{digits 0 8}"),
]


class PricePanel(Viewer):  # type: ignore[misc]  # panel is untyped
    """The upper two of the linked charts of a run."""

    def __init__(self, follow: FollowRange) -> None:
        super().__init__()
        self.caption = Component()
        self._follow = follow
        self._price = time_figure(follow, 236, "price")
        self._position = time_figure(follow, 92, "position")
        self._bodies: list[Any] = []
        flat: Any = ColumnDataSource({"time": [], "price": []})
        held: Any = ColumnDataSource({"time": [], "least": [], "greatest": []})
        band: Any = ColumnDataSource({name: [] for name in SIDES})
        self._sources: dict[str, Any] = {
            "up": self._candles("gain"),
            "down": self._candles("loss"),
            "flat": flat,
            "signals": self._markers("diamond", "muted", 11, mark("signal"), hollow=True),
            "bought": self._markers("triangle", "accent", 11, mark("bought")),
            "sold": self._markers("inverted_triangle", "shadow", 11, mark("sold")),
            "blocked": self._markers("circle_x", "warn", 12, mark("orders blocked"), hollow=True),
            "held": held,
            "band": band,
        }
        self._arrange()

    def __panel__(self) -> Any:
        charts = (self._price, self._position)
        panes = (pn.pane.Bokeh(chart, sizing_mode="stretch_width") for chart in charts)
        return pn.Column(self.caption, *panes, sizing_mode="stretch_width", margin=0)

    def update(self, chart: PriceChart, address: str, currency: str, asset: str) -> None:
        """Draw this chart; `address` gives its tables as data.

        `currency` is the unit of prices, `asset` that of the position.
        """
        if chart["begin"] is None:
            self.clear()
            return
        entitle(self._price, _("Price"), currency)
        entitle(self._position, _("Position"), asset)
        data = DRAWN.get(address, chart, lambda: prepared(chart))
        for name, source in self._sources.items():
            send(source, data[name])
        for body in self._bodies:
            body.glyph.width = chart["seconds"] * 1000 * BODY
        self.caption.show_of(
            chart,
            ("price caption", address),
            lambda: [caption(drawn(chart), "price", "position", data=address, tables=TABLES)],
        )
        self._fit(chart)

    def clear(self) -> None:
        """Draw nothing, no axes either."""
        for source in self._sources.values():
            send(source, {name: np.array([]) for name in source.data})
        self._price.visible = self._position.visible = False
        self.caption.show()

    def _fit(self, chart: PriceChart) -> None:
        candles, fills = chart["candles"], chart["fills"]
        seen = self._seen(candles.times)
        prices = (candles.low[seen], candles.high[seen], fills["price"][self._seen(fills["times"])])
        fit(self._price.y_range, np.concatenate(prices))
        reached = (chart["position_low"], chart["position_high"], [0.0])
        fit(self._position.y_range, np.concatenate(reached))

    def _seen(self, times: Any) -> Any:
        at, shown = milliseconds(times), self._follow.range
        return (at >= shown.start) & (at <= shown.end)

    def _candles(self, tone: str) -> Any:
        """Add candles of one direction; those that rise are hollow."""
        source: Any = ColumnDataSource({name: [] for name in ("time", *PRICES)})
        wick = bare(self._price.segment("time", "high", "time", "low", source=source))
        body = bare(self._price.vbar("time", 1, "open", "close", source=source))
        self._paint(wick.glyph, tone)
        self._paint(body.glyph, tone)
        if tone == "gain":
            body.glyph.update(fill_color=tokens("dark")["card"], tags=[tone, "fill_color:card"])
        self._bodies.append(body)
        self._price.add_tools(hover(HOVER, [wick], "vline"))
        return source

    def _markers(
        self, marker: str, tone: str, size: int, name: str, *, hollow: bool = False
    ) -> Any:
        source: Any = ColumnDataSource({name: [] for name in MARKS})
        shown = bare(
            self._price.scatter(
                "time", "price", source=source, marker=marker, size=size, line_width=1.5
            )
        )
        self._paint(shown.glyph, tone)
        if hollow:
            shown.glyph.fill_alpha = 0
        price = "@price{digits 0 8}"
        tips = [
            (name, "@value"),
            (mark("marks"), "@marks"),
            (mark("price"), price),
            (mark("first"), f"@first{SECOND}"),
            (mark("last"), f"@last{SECOND}"),
        ]
        self._price.add_tools(hover(tips, [shown]))
        return source

    def _paint(self, glyph: Any, tone: str) -> None:
        # The browser takes the colours from its stylesheet, by these tags.
        color = tokens("dark")[tone]
        names = {"line_color", "fill_color"} & set(glyph.properties())
        glyph.update(tags=[tone], **dict.fromkeys(names, color))

    def _arrange(self) -> None:
        line = bare(self._price.line("time", "price", source=self._sources["flat"]))
        self._paint(line.glyph, "accent")
        held = self._sources["held"]
        # Not a VAreaStep: with it the script of Bokeh 3.9 does not come to an end.
        band = bare(
            self._position.quad(*SIDES, source=self._sources["band"], fill_alpha=0.35, line_alpha=0)
        )
        self._paint(band.glyph, "accent")
        for edge in ("least", "greatest"):
            step = bare(self._position.step("time", edge, source=held, mode="after"))
            self._paint(step.glyph, "accent")
        self._position.yaxis.ticker.desired_num_ticks = 2
        for shown in (self._price, self._position):
            shown.xaxis.visible = False
            number_axis(shown)


def prepared(chart: PriceChart) -> dict[str, Data]:
    """Return what the sources hold of a chart, by their names."""
    candles, fills = chart["candles"], chart["fills"]
    rising = candles.close >= candles.open
    flat = np.array_equal(candles.high, candles.low)  # prices alone: a line says more
    line = {"time": milliseconds(candles.times), "price": candles.close}
    times, low, high = (
        milliseconds(chart["position_times"]),
        chart["position_low"],
        chart["position_high"],
    )
    held = {"time": times, "least": low, "greatest": high}
    wide = np.flatnonzero(low < high)  # never the last, which is a point
    sides = (times[wide], times[wide + 1], low[wide], high[wide])
    return {
        "up": columns(candles.part(rising)),
        "down": columns(candles.part(~rising)),
        "flat": line if flat else {name: values[:0] for name, values in line.items()},
        "signals": points(chart["signals"]),
        "bought": points(fills, fills["value"] > 0),
        "sold": points(fills, fills["value"] < 0),
        "blocked": points(chart["blocked"]),
        "held": held,
        "band": dict(zip(SIDES, sides, strict=True)),
    }


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
    return " \N{MIDDLE DOT} ".join([*parts, position(chart)])


def position(chart: PriceChart) -> str:
    """Return how often the position changes, and how it is drawn if not as it is."""
    line = text.plural(chart["position_changes"], "position %s change", "position %s changes")
    if not chart["position_buckets"]:
        return line
    buckets = text.plural(
        chart["position_buckets"], "drawn as a band of %s bucket", "drawn as a band of %s buckets"
    )
    return f"{line}, {buckets}"
