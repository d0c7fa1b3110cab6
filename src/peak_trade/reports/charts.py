"""The charts of a report: which values are drawn, and how they are called."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from peak_trade.contract.pages.compare_drift import CompareWithDrift
from peak_trade.contract.runs.drift import DriftPayload
from peak_trade.derive import digits
from peak_trade.derive.arrays import Floats
from peak_trade.i18n import _
from peak_trade.reports import drawing
from peak_trade.reports.drawing import (
    COLOURS,
    SOFT,
    Drawn,
    Kind,
    Panel,
    Picture,
    seconds,
    time_label,
)
from peak_trade.reports.parts import Chart
from peak_trade.reports.payload import RunReport
from peak_trade.views.kit import text

HALF: Final = 3.5
"""Width of a chart that stands beside another one, in inches."""

MAX_PLACES: Final = 8

KINDS: Final[tuple[Kind, ...]] = ("line", "dashes")
"""How two curves of a chart are told apart on paper."""


def equity(run: RunReport, width: float, colour: str) -> Chart:
    """Return equity beside that of buy and hold, with the drawdown below it."""
    curve, shapes = run["curve"], run["judged"]["shapes"]
    at = seconds(curve["times"])
    hold = Drawn(seconds(shapes["held_times"]), shapes["held"], "dashes", SOFT)
    picture = Picture(
        [
            Panel([hold, Drawn(at, curve["equity"], "line", colour)], _number),
            Panel([Drawn(at, curve["drawdown"], "area", colour)], _percent, 0.9, zero=True),
        ],
        time_label(_span(at)),
        width,
        is_round=False,
    )
    drawn = text.drawn(curve["points"], curve["drawn"])
    if shapes["held"].size:
        drawn += "; " + _("dashed: buy and hold")
    return _chart(_("Equity") + ", " + _("Underwater"), picture, drawn)


def distribution(run: RunReport, width: float, colour: str) -> Chart:
    """Return how often returns of a bar were how great."""
    shapes = run["judged"]["shapes"]
    edges, counts = shapes["edges"], np.array(shapes["counts"], np.float64)
    middles = (edges[1:] + edges[:-1]) / 2 if counts.size else np.array([])
    bars = Panel([Drawn(middles, counts, "bars", colour)], _number, zero=True)
    return _chart(_("Distribution of returns"), Picture([bars], _percent, width))


def rolling_sharpe(run: RunReport, width: float, colour: str) -> Chart:
    """Return the Sharpe ratio of the last returns over the run."""
    shapes = run["judged"]["shapes"]
    title = _("Rolling Sharpe ratio, %s returns") % text.count(shapes["window"])
    return _over_the_run(title, shapes["rolling_sharpe"], width, colour)


def rolling_sortino(run: RunReport, width: float, colour: str) -> Chart:
    """Return the Sortino ratio of the last returns over the run."""
    shapes = run["judged"]["shapes"]
    title = _("Rolling Sortino ratio, %s returns") % text.count(shapes["window"])
    return _over_the_run(title, shapes["rolling_sortino"], width, colour)


def _over_the_run(title: str, values: Floats, width: float, colour: str) -> Chart:
    share = np.linspace(0.0, 1.0, values.size) if values.size else values
    panel = Panel([Drawn(share, values, "line", colour)], _number, zero=True)
    note = _("from the first to the last return of the run")
    return _chart(title, Picture([panel], _percent, width), note)


def excursions(run: RunReport, width: float, colour: str) -> Chart:
    """Return the closed trades by their greatest excursions against and for them."""
    rows = [row for row in run["judged"]["shapes"]["trades"] if row["mae"] is not None]
    mae, mfe = (np.array([row[name] for row in rows], np.float64) for name in ("mae", "mfe"))
    panel = Panel([Drawn(mae, mfe, "points", colour)], _number)
    note = " ".join(
        part for part in (_("across: MAE, upwards: MFE"), run["run"]["currency"]) if part
    )
    return _chart(_("MAE and MFE of the closed trades"), Picture([panel], _number, width), note)


def side_by_side(found: CompareWithDrift) -> Chart:
    """Return the equity of runs, each of which begins at 100."""
    curves = [
        Drawn(_stamps(curve["times"]), np.array(curve["values"], np.float64), kind, colour)
        for curve, kind, colour in zip(found["curves"], KINDS, COLOURS, strict=False)
    ]
    spans = np.concatenate([curve.x for curve in curves]) if curves else np.array([])
    picture = Picture([Panel(curves, _number)], time_label(_span(spans)), is_round=False)
    title = _("Equity") + ", " + _("each run begins at 100")
    return _chart(title, picture, _("A: a line; B: dashed"))


def apart(found: DriftPayload) -> Chart:
    """Return how far the profits of two runs are apart."""
    at = seconds(found["times"])
    panel = Panel([Drawn(at, found["difference"])], _number, zero=True)
    title = _("Profit, %(right)s less %(left)s") % {"right": "B", "left": "A"}
    return _chart(title, Picture([panel], time_label(_span(at)), is_round=False))


def _chart(title: str, picture: Picture, note: str = "") -> Chart:
    drawn = drawing.svg(picture)
    return Chart(title, drawn, note if drawn else _("not enough data"))


def _stamps(times: Sequence[str]) -> Floats:
    return seconds(np.array([stamp.removesuffix("Z") for stamp in times], "datetime64[us]"))


def _span(at: Floats) -> float:
    known = at[~np.isnan(at)]
    return float(known.max() - known.min()) if known.size else 0.0


def _number(value: float, step: float) -> str:
    if abs(value) >= digits.PLAIN[1]:
        return text.size(value)
    return text.amount(value, _places(step))


def _percent(value: float, step: float) -> str:
    return text.percent(value, _places(step * 100))


def _places(step: float) -> int:
    """Return the decimals of numbers that are a step apart; those of even parts need one more."""
    exact = -math.floor(math.log10(step)) if 0 < step < math.inf else 0
    return min(max(exact, 0), MAX_PLACES)
