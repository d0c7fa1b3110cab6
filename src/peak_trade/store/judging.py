"""What is judged of runs: facts, fills, trades, books, decisions; kept for the next rows of each.

Guarantees: what is given is that of all rows of the state; rows that only became more cost what
the new ones cost. A trades file is read as a whole, but only its new rows are looked at and paired.
At most `size` runs are remembered, those that were asked for last. From any thread.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final, TypeVar

from peak_trade.artifacts import times
from peak_trade.artifacts.trades import Trades
from peak_trade.derive import fills
from peak_trade.derive.books import Bases, BookCheck, first_bases, row_checks, together
from peak_trade.derive.fills import Fills
from peak_trade.derive.funnel import Decisions
from peak_trade.derive.measured import Judged
from peak_trade.derive.round_trips import Ledger
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
        kept = self._kept_of(state)
        known = kept.judged if kept else Judged()
        return self._go_on(state, trades, known, _fills(state, trades, known))

    def ahead(self, state: RunState, trades: Trades | None) -> Judged | None:
        """Return the same where what is kept and the new rows tell it, else None."""
        kept = self._kept_of(state)
        if kept is None or kept.trades is not trades:
            return None
        known = kept.judged
        if known.facts.rows == state.events.metrics.steps:
            return known
        if not known.fills.named:
            found = fills.from_events(state.events.table(), known.fills, known.facts)
        elif _placed(known):
            found = known.fills
        else:
            return None
        return self._go_on(state, trades, known, found)

    def _go_on(self, state: RunState, trades: Trades | None, known: Judged, found: Fills) -> Judged:
        table = state.events.table()
        ledger = known.ledger if found.begin_with(known.fills) else Ledger()
        judged = Judged(
            known.facts.plus(table.slice(known.facts.rows)),
            found,
            ledger.plus(found.fills[ledger.taken :], table),
        )
        self._keep(self._kept, state.run_id, _Kept(state.events.epoch, trades, judged))
        return judged

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
    before, now = kept.judged.fills, judged.fills
    return (
        0 < kept.rows <= rows
        and before.exact  # else it is the last row alone that is compared with them
        and now.exact
        and bool(before.unusable) == bool(now.unusable)
        and now.begin_with(before)
        and bool((now.rows[before.rows.size :] >= kept.rows).all())
    )


def _placed(known: Judged) -> bool:
    """Tell whether fills of a trades file stay at their events, whatever comes behind them."""
    placed = known.fills.rows
    return bool(((placed >= 0) & (placed < known.facts.rows - 1)).all())


def _fills(state: RunState, trades: Trades | None, known: Judged) -> Fills:
    table = state.events.table()
    if trades is not None and trades.rows is not None:
        return fills.from_trades(table, trades.rows, times.parse, state.meta.symbol, known.fills)
    if known.fills.named:
        return fills.from_events(table)
    return fills.from_events(table, known.fills, known.facts)
