"""What objects look like where they stand alone: as plain text, and as HTML that needs nothing.

Guarantees: no text of an artifact becomes markup, or a control sequence of a terminal; nothing
grows with the number of artifacts, or with the length of a text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd

from peak_trade.artifacts.runs import RunMeta
from peak_trade.contract.base.freshness import Freshness as Judged
from peak_trade.contract.runs.schema import RunSnapshot
from peak_trade.contract.sessions.schema import SessionDetail
from peak_trade.derive import digits
from peak_trade.derive.arrays import Floats
from peak_trade.derive.downsample import extremes, shares
from peak_trade.derive.freshness import Freshness
from peak_trade.derive.symbols import quote_currency
from peak_trade.plain import escaped

MOST: Final = 10
"""Rows of a list that are shown."""

LONGEST: Final = 200
"""Signs of a text that are shown."""

POINTS: Final = 400
WIDTH, HEIGHT = 640, 120
_STYLE: Final = "border-collapse:collapse;font-variant-numeric:tabular-nums"
_TILE: Final = (
    "display:inline-block;min-width:7em;margin:0 8px 8px 0;padding:6px 10px;"
    "border:1px solid #8888;border-radius:6px"
)


def readable(text: object) -> str:
    """Return text as one line that acts on no terminal, cut where it is too long to be read."""
    line = escaped(str(text))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def money(value: float | None, currency: str) -> str:
    """Return an amount with the digits that it needs and its currency, a dash for none."""
    shown = "\N{EM DASH}" if value is None else digits.money(value, currency)
    return f"{shown} {readable(currency)}".rstrip()


def percent(value: float | None) -> str:
    """Return a fraction as a percentage, a dash for none."""
    shown = "\N{EM DASH}" if value is None else f"{value:,.2%}"
    return shown if shown.strip("-0.%") else shown.lstrip("-")


def run_tiles(meta: RunMeta, found: RunSnapshot) -> dict[str, str]:
    """Return the metrics of a run by what they are called."""
    currency = quote_currency(meta.symbol)
    values = {
        "equity": money(found["equity"], currency),
        "realized pnl": money(found["realized_pnl"], currency),
        "unrealized pnl": money(found["unrealized_pnl"], currency),
        "drawdown": percent(found["drawdown"]),
    }
    for name in ("total_steps", "total_orders", "total_blocked_orders"):
        values[name.removeprefix("total_").replace("_", " ")] = f"{found[name]:,}"
    return values


def run_title(meta: RunMeta, run_id: str) -> str:
    """Return which run it is."""
    parts = (run_id, meta.mode, meta.strategy_name, meta.symbol, meta.timeframe)
    return " \N{MIDDLE DOT} ".join(readable(part) for part in parts if part)


def run_text(meta: RunMeta, found: RunSnapshot, state: str) -> str:
    """Return a run as plain text, `state` in words."""
    return _listed(run_title(meta, found["run_id"]), run_tiles(meta, found), state)


def run_html(meta: RunMeta, found: RunSnapshot, state: str, equity: Floats) -> str:
    """Return a run as tiles, `state` in words, with its equity as a picture."""
    title, currency = run_title(meta, found["run_id"]), quote_currency(meta.symbol)
    return _card(title, run_tiles(meta, found), state) + curve_svg(equity, currency)


def state_text(found: Judged) -> str:
    """Return the state of a run and why it is that, such as `crashed: ... silent since ...`."""
    ended = found["ended_at"]
    return readable(
        f"ended {ended:%Y-%m-%d %H:%M:%S} UTC" if ended else f"{found['state']}: {found['reason']}"
    )


def session_tiles(record: SessionDetail) -> dict[str, str]:
    """Return the result of a session by what it is called."""
    fall = record["max_drawdown"]
    return {
        "status": readable(record["status"]),
        "risk": readable(record["risk_severity"]),
        "realized pnl": money(record["realized_pnl"], quote_currency(record["symbol"])),
        "max drawdown": percent(None if fall is None else 0.0 - abs(fall)),
        "orders": str(record["num_orders"] or 0),
    }


def session_title(record: SessionDetail) -> str:
    """Return which session it is."""
    parts = (record["session_id"], record["mode"], record["environment"])
    return " \N{MIDDLE DOT} ".join(readable(part) for part in parts if part)


def session_text(record: SessionDetail) -> str:
    """Return a session as plain text."""
    return _listed(session_title(record), session_tiles(record))


def session_html(record: SessionDetail) -> str:
    """Return a session as tiles."""
    return _card(session_title(record), session_tiles(record))


def counts(frame: pd.DataFrame | None) -> str:
    """Return how many rows a list has, and in which state; a dash where that is not known."""
    if frame is None:
        return "\N{EM DASH}"
    if "state" not in frame:
        return f"{len(frame):,}"
    by_state = Counter(frame["state"])
    named = [f"{by_state[state]} {state}" for state in Freshness if by_state[state]]
    return f"{len(frame):,}" + (f" ({', '.join(named)})" if named else "")


def list_text(place: str, lists: Mapping[str, str], newest: pd.DataFrame) -> str:
    """Return what there is as plain text: counts, and the newest runs."""
    lines = [readable(place), *(f"  {name}: {value}" for name, value in lists.items())]
    return "\n".join([*lines, *(f"    {'  '.join(row)}" for row in _rows(newest))])


def list_html(place: str, lists: Mapping[str, str], newest: pd.DataFrame) -> str:
    """Return what there is: counts, and the newest runs as a table."""
    return _card(readable(place), lists) + frame_html(newest.head(MOST))


class OfLists(ABC):
    """What is shown as counts with the first rows of a list."""

    @abstractmethod
    def _shown(self) -> tuple[str, dict[str, str], pd.DataFrame]:
        """Return the place, the counts by name, and the rows."""

    def __repr__(self) -> str:
        return list_text(*self._shown())

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> Mapping[str, str]:
        del include, exclude
        shown = self._shown()
        return {"text/plain": list_text(*shown), "text/html": list_html(*shown)}


def frame_html(frame: pd.DataFrame) -> str:
    """Return the first columns of a frame as a table."""
    header = ["", *map(str, frame.columns)]
    rows = ([str(name), *cells] for name, cells in zip(frame.index, _rows(frame), strict=True))
    return _table(header, rows)


def curve_svg(values: Floats, currency: str) -> str:
    """Return a curve as a picture, extremes kept; empty without two points."""
    known = values[np.isfinite(values)]
    if known.size < 2:
        return ""
    drawn = extremes(known, POINTS)
    low, high = float(known.min()), float(known.max())
    across = drawn / (known.size - 1) * WIDTH
    up = HEIGHT - shares(known)[drawn] * HEIGHT
    ends = f"equity from {money(low, currency)} to {money(high, currency)}"
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, up, strict=True))
    return (
        f'<svg viewBox="0 -4 {WIDTH} {HEIGHT + 8}" width="100%" height="{HEIGHT}" role="img"'
        f' preserveAspectRatio="none"><title>{escape(ends)}</title>'
        f'<polyline points="{points}" fill="none" stroke="#4C9AFF" stroke-width="1.5"'
        ' vector-effect="non-scaling-stroke"/></svg>'
    )


def _listed(title: str, values: Mapping[str, str], state: str = "") -> str:
    wide = max(map(len, values))
    lines = [title, *([f"  {state}"] if state else [])]
    return "\n".join([*lines, *(f"  {name:<{wide}}  {value}" for name, value in values.items())])


def _card(title: str, values: Mapping[str, str], state: str = "") -> str:
    tiles = "".join(
        f'<div style="{_TILE}"><small>{escape(name)}</small><br><b>{escape(value)}</b></div>'
        for name, value in values.items()
    )
    told = f"<br>{escape(state)}" if state else ""
    return f"<p><strong>{escape(title)}</strong>{told}</p><div>{tiles}</div>"


def _rows(frame: pd.DataFrame) -> list[list[str]]:
    return [[_cell(value) for value in row] for row in frame.head(MOST * 5).itertuples(index=False)]


def _cell(value: Any) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return "\N{EM DASH}"
    return digits.decimal(value, 0, 4) if isinstance(value, float) else readable(value)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(tag: str, cells: Sequence[str]) -> str:
        inside = "".join(f"<{tag}>{escape(readable(cell))}</{tag}>" for cell in cells)
        return f"<tr>{inside}</tr>"

    body = "".join(line("td", row) for row in rows)
    return (
        f'<table style="{_STYLE}"><thead>{line("th", header)}</thead><tbody>{body}</tbody></table>'
    )
