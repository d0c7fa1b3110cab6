"""What the sessions that live hold: portfolio and positions without those that crashed.

The status panels of the snapshot count every record that says `started`, as their contract wants; a
killed session stands in them until somebody ends it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Annotated

from typing_extensions import TypedDict

from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.life import Lives
from peak_trade.contract.service.status import notional
from peak_trade.derive.symbols import quote_currency
from peak_trade.jsonio import whole


class Holding(TypedDict):
    """Sums of the active sessions; money by quote currency, that of most sessions first."""

    sessions: Annotated[int, f.about("Sessions whose record says started, and that live", 2)]
    left_out: Annotated[int, f.about("Sessions that crashed, and are not in the sums", 1)]
    equity: Annotated[dict[str, float], f.about("Of those that tell it", {"EUR": 10250.5})]
    unrealized_pnl: Annotated[dict[str, float], f.about("Of those that tell it", {"EUR": -3.5})]
    exposure: Annotated[dict[str, float], f.about("Notional of the positions", {"EUR": 1020.0})]
    open_positions: Annotated[int, f.about("As the sessions say it", 1)]


def holding(started: Iterable[SessionRecord], alive: Lives) -> Holding:
    """Add up what the started sessions hold that live."""
    started = list(started)
    going = [record for record in started if alive.session(record).goes_on]
    positions = sum(record.metric("open_positions") or 0 for record in going)
    return {
        "sessions": len(going),
        "left_out": len(started) - len(going),
        "equity": by_currency(going, lambda record: record.metric("equity")),
        "unrealized_pnl": by_currency(going, lambda record: record.metric("unrealized_pnl")),
        "exposure": by_currency(going, lambda record: notional(record) or None),
        "open_positions": whole(positions) or 0,
    }


def by_currency(
    records: Iterable[SessionRecord], value: Callable[[SessionRecord], float | None]
) -> dict[str, float]:
    """Return the sums of a metric by quote currency, that of most sessions first.

    The key of sessions whose symbol is no pair is empty.
    """
    found: defaultdict[str, list[float]] = defaultdict(list)
    for record in records:
        known = value(record)
        if known is not None:
            found[quote_currency(record.symbol)].append(known)
    return {name: sum(found[name]) for name in sorted(found, key=lambda name: -len(found[name]))}
