"""What is judged of runs: facts, fills, trades, books, decisions; kept for the next rows of each.

Guarantees: what is given is that of all rows of the state; rows that only became more cost what
the new ones cost, unless something was filled in them. At most `size` runs are remembered, those
that were asked for last. From any thread.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa

from peak_trade.artifacts import times
from peak_trade.artifacts.trades import Trades
from peak_trade.derive import fills
from peak_trade.derive.books import Bases, BookCheck, first_bases, row_checks, together
from peak_trade.derive.fills import Fills
from peak_trade.derive.funnel import Decisions
from peak_trade.derive.measured import Judged
from peak_trade.derive.metrics import floats
from peak_trade.derive.round_trips import Ledger, pair, with_excursions
from peak_trade.derive.run_facts import RunFacts
from peak_trade.store.runs_state import RunState

T = TypeVar("T")

KEPT: Final = 8
"""Runs that are remembered, at least. Each holds the returns of its run, 8 bytes a row."""


@dataclass(frozen=True, slots=True)
class _Kept:
    epoch: int
    trades: Trades | None
    judged: Judged


@dataclass(frozen=True, slots=True)
class _Checked:
    epoch: int
    rows: int
    judged: Judged
    bases: Bases
    checks: list[BookCheck]


@dataclass(frozen=True, slots=True)
class _Decided:
    epoch: int
    decisions: Decisions


class Judging:
    """What is known of the runs of one store."""

    def __init__(self, size: int = KEPT) -> None:
        self._size = size
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._checked: OrderedDict[str, _Checked] = OrderedDict()
        self._decided: OrderedDict[str, _Decided] = OrderedDict()
        self._lock = Lock()

    def of(self, state: RunState, trades: Trades | None) -> Judged:
        """Return what the statistics of a run are computed from; needs its rows."""
        known = self.ahead(state, trades)
        if known is not None:
            return known
        kept, table = self._kept_of(state), state.events.table()
        facts = kept.judged.facts if kept else RunFacts()
        return self._note(
            state,
            trades,
            Judged(
                facts.plus(table.slice(facts.rows)), *_trading(table, trades, state.meta.symbol)
            ),
        )

    def ahead(self, state: RunState, trades: Trades | None) -> Judged | None:
        """Return the same where what is kept and the new rows tell it, else None."""
        kept = self._kept_of(state)
        if kept is None or kept.trades is not trades:
            return None
        known = kept.judged
        if known.facts.rows == state.events.metrics.steps:
            return known
        table = state.events.table()
        if _filled(table, known):
            return None
        facts = known.facts.plus(table.slice(known.facts.rows))
        return self._note(state, trades, replace(known, facts=facts))

    def kept(self, state: RunState, trades: Trades | None) -> Judged | None:
        """Return the same where it is known already, else None."""
        kept = self._kept_of(state)
        if kept is None or kept.trades is not trades:
            return None
        return kept.judged if kept.judged.facts.rows == state.events.metrics.steps else None

    def _kept_of(self, state: RunState) -> _Kept | None:
        with self._lock:
            kept = self._kept.get(state.run_id)
        if kept is None or kept.epoch != state.events.epoch:
            return None
        return kept if kept.judged.facts.rows <= state.events.metrics.steps else None

    def _note(self, state: RunState, trades: Trades | None, judged: Judged) -> Judged:
        self._keep(self._kept, state.run_id, _Kept(state.events.epoch, trades, judged))
        return judged

    def books(self, state: RunState, judged: Judged) -> list[BookCheck]:
        """Return the checks of a run's rows; `judged` is what is known of the same state."""
        checks = self.books_ahead(state, judged)
        if checks is not None:
            return checks
        table = state.events.table()
        bases = first_bases(table)
        return self._note_books(state, judged, bases, row_checks(table, judged, 0, bases))

    def books_ahead(self, state: RunState, judged: Judged) -> list[BookCheck] | None:
        """Return the same where what is kept and the new rows tell it, else None."""
        kept, rows = self._books_of(state), state.events.metrics.steps
        if kept is None or not _goes_on(kept, judged, rows):
            return None
        checks = kept.checks
        if kept.rows < rows:
            table = state.events.table()
            if first_bases(table.slice(kept.rows), kept.bases) != kept.bases:
                return None
            new = row_checks(table, judged, kept.rows, kept.bases)
            checks = together(checks, new)
        return self._note_books(state, judged, kept.bases, checks)

    def kept_books(self, state: RunState, judged: Judged) -> list[BookCheck] | None:
        """Return the same where it is known already, else None."""
        kept = self._books_of(state)
        is_same = kept and kept.judged is judged and kept.rows == state.events.metrics.steps
        return kept.checks if kept and is_same else None

    def decisions(self, state: RunState) -> Decisions:
        """Return what a run's rows tell of its funnel."""
        with self._lock:
            kept = self._decided.get(state.run_id)
        known = kept.decisions if kept and kept.epoch == state.events.epoch else Decisions()
        if known.rows > state.events.metrics.steps:
            known = Decisions()
        if known.rows < state.events.metrics.steps:
            known = known.plus(state.events.table().slice(known.rows))
            self._keep(self._decided, state.run_id, _Decided(state.events.epoch, known))
        return known

    def _books_of(self, state: RunState) -> _Checked | None:
        with self._lock:
            kept = self._checked.get(state.run_id)
        return kept if kept and kept.epoch == state.events.epoch else None

    def _note_books(
        self, state: RunState, judged: Judged, bases: Bases, checks: list[BookCheck]
    ) -> list[BookCheck]:
        rows = state.events.metrics.steps
        found = _Checked(state.events.epoch, rows, judged, bases, checks)
        self._keep(self._checked, state.run_id, found)
        return checks

    def _keep(self, known: OrderedDict[str, T], run_id: str, value: T) -> None:
        with self._lock:
            known[run_id] = value
            known.move_to_end(run_id)
            if len(known) > self._size:
                known.popitem(last=False)


def _goes_on(kept: _Checked, judged: Judged, rows: int) -> bool:
    """Tell whether rows that were checked would be found the same again."""
    before = kept.judged
    return (
        kept.rows <= rows
        and before.fills is judged.fills
        and before.ledger is judged.ledger
        and judged.fills.exact  # else it is the last row alone that is compared with them
    )


def _filled(table: pa.Table, known: Judged) -> bool:
    """Tell whether rows that came since can change the fills, or where they belong."""
    rows = known.facts.rows
    if known.fills.named:
        placed = known.fills.rows
        return bool(((placed < 0) | (placed >= rows - 1)).any())
    position = floats(table.slice(max(rows - 1, 0)), "position_size")
    return bool(np.isnan(position).any() or (np.diff(position) != 0).any())


def _trading(table: pa.Table, trades: Trades | None, symbol: str) -> tuple[Fills, Ledger]:
    usable = trades is not None and trades.rows is not None
    found = (
        fills.from_trades(table, trades.rows or (), times.parse, symbol)
        if trades is not None and usable
        else fills.from_events(table)
    )
    ledger = pair(found.fills)
    return found, Ledger(with_excursions(ledger.trades, table), ledger.realized)
