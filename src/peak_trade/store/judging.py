"""Facts, fills and closed trades of runs, kept for the next rows of the same run.

Guarantees: what is given is that of all rows of the state; rows that only became more cost what
the new ones cost, unless something was filled in them. At most `MAX_KEPT` runs are remembered,
those that were asked for last. From any thread.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
import pyarrow as pa

from peak_trade.artifacts import times
from peak_trade.artifacts.trades import Trades
from peak_trade.derive import fills
from peak_trade.derive.fills import Fills
from peak_trade.derive.measured import Judged
from peak_trade.derive.metrics import floats
from peak_trade.derive.round_trips import Ledger, pair, with_excursions
from peak_trade.store.runs_state import RunState

MAX_KEPT: Final = 8
"""Each holds the returns of its run, 8 bytes a row."""


@dataclass(frozen=True, slots=True)
class _Kept:
    epoch: int
    trades: Trades | None
    judged: Judged


class Judging:
    """What is known of the runs of one store."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def of(self, state: RunState, trades: Trades | None) -> Judged:
        """Return what the statistics of a run are computed from; needs its rows."""
        events, run_id = state.events, state.run_id
        with self._lock:
            kept = self._kept.get(run_id)
        table = events.table()
        if kept and (kept.epoch != events.epoch or kept.judged.facts.rows > table.num_rows):
            kept = None
        known = kept.judged if kept else Judged()
        new = table.slice(known.facts.rows)
        if kept and kept.trades is trades and not new.num_rows:
            return known
        facts = known.facts.plus(new)
        found, ledger = known.fills, known.ledger
        if kept is None or kept.trades is not trades or _filled(table, known):
            found, ledger = _trading(table, trades)
        judged = Judged(facts, found, ledger)
        with self._lock:
            self._kept[run_id] = _Kept(events.epoch, trades, judged)
            self._kept.move_to_end(run_id)
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return judged


def _filled(table: pa.Table, known: Judged) -> bool:
    """Tell whether rows that came since can change the fills, or where they belong."""
    rows = known.facts.rows
    if known.fills.named:
        return any(not 0 <= fill.row < rows - 1 for fill in known.fills.fills)
    position = floats(table.slice(max(rows - 1, 0)), "position_size")
    return bool(np.isnan(position).any() or (np.diff(position) != 0).any())


def _trading(table: pa.Table, trades: Trades | None) -> tuple[Fills, Ledger]:
    usable = trades is not None and trades.rows is not None
    found = (
        fills.from_trades(table, trades.rows or (), times.parse)
        if trades is not None and usable
        else fills.from_events(table)
    )
    ledger = pair(found.fills)
    return found, Ledger(with_excursions(ledger.trades, table), ledger.realized)
