"""Closed trades: entries and exits paired first in, first out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.derive.falls import NEVER
from peak_trade.derive.fills import Fill, from_events
from peak_trade.derive.round_trips import BLOCK, Ledger

FILLS = lists(
    st.tuples(st.sampled_from([1, -1]), st.integers(1, 40), st.integers(1, 500), st.integers(0, 9)),
    25,
)


def fill(side: int, quantity: float, price: float, fee: float | None = None, row: int = 0) -> Fill:
    return Fill(side, quantity, price, fee, row, NEVER, None)


def pair(fills: list[Fill]) -> Ledger:
    return Ledger().plus(fills, pa.table({}))


def test_an_exit_closes_the_oldest_lots_in_parts() -> None:
    fills = [fill(1, 2, 100, 2), fill(1, 2, 110, 4), fill(-1, 3, 120, 3)]
    ledger = pair(fills)
    assert [(t.quantity, t.entry.price, t.exit.price) for t in ledger.trades] == [
        (2, 100, 120),
        (1, 110, 120),
    ]
    assert [t.fees for t in ledger.trades] == [2 + 2, 2 + 1]
    assert [t.pnl for t in ledger.trades] == [40 - 4, 10 - 3]
    assert ledger.realized.position[-1] == 1


def test_what_is_left_of_an_exit_opens_the_other_side() -> None:
    ledger = pair([fill(1, 1, 100), fill(-1, 3, 90), fill(1, 2, 80)])
    assert [(t.side, t.quantity, t.pnl) for t in ledger.trades] == [(1, 1, -10), (-1, 2, 20)]
    assert ledger.realized.position[-1] == 0


@given(FILLS)
def test_profit_and_position_are_those_of_the_cash(
    drawn: list[tuple[int, int, int, int]],
) -> None:
    """Closed at one price, the trades are worth what the cash says, however they are paired."""
    fills = [fill(side, n / 4, price, fee) for side, n, price, fee in drawn]
    position = math.fsum(one.side * one.quantity for one in fills)
    if position:
        fills.append(fill(-1 if position > 0 else 1, abs(position), 250, 1))
    ledger = pair(fills)
    cash = math.fsum(-one.side * one.quantity * one.price - (one.fee or 0) for one in fills)
    assert math.fsum(trade.pnl for trade in ledger.trades) == pytest.approx(cash, abs=1e-6)
    position, fifo, average, *_ = (steps[-1] for steps in ledger.realized)
    assert (fifo, average) == pytest.approx((cash, cash), abs=1e-6)
    assert position == 0
    assert all(trade.quantity > 0 for trade in ledger.trades)


@given(FILLS)
def test_fees_of_what_is_open_are_realized_when_they_are_paid(
    drawn: list[tuple[int, int, int, int]],
) -> None:
    fills = [replace(fill(side, n / 4, price, fee), paid=fee) for side, n, price, fee in drawn]
    ledger = pair(fills)
    closed = math.fsum(trade.fees for trade in ledger.trades)
    still_open = math.fsum(one.paid for one in fills) - closed
    realized = ledger.realized
    open_fees = realized.fifo[-1] - realized.fifo_paid[-1]
    assert open_fees == pytest.approx(still_open, abs=1e-9)
    held = math.fsum(one.side * one.quantity for one in fills)
    assert realized.position[-1] == pytest.approx(held, abs=1e-9)


@pytest.mark.parametrize("exit_row", [1, BLOCK - 1, BLOCK + 1, 3 * BLOCK + 5])
@pytest.mark.parametrize("side", [1, -1])
def test_excursions_are_the_extremes_while_it_was_open(exit_row: int, side: int) -> None:
    rng = np.random.default_rng(exit_row)
    low, high = 90 - rng.random(4 * BLOCK), 110 + rng.random(4 * BLOCK)
    low[exit_row], high[exit_row] = 1, 1000
    table = pa.table({"price": np.full(low.size, 100.0), "low": low, "high": high})
    entry, leaving = fill(side, 2, 100, row=0), fill(-side, 2, 101, row=exit_row)
    (trade,) = Ledger().plus([entry, leaving], table).trades
    worst, best = (low, high) if side > 0 else (high, low)
    extreme = {1: (np.min, np.max), -1: (np.max, np.min)}[side]
    assert trade.mae == pytest.approx(2 * side * (extreme[0](worst[:exit_row]) - 100))
    assert trade.mfe == pytest.approx(2 * side * (extreme[1](best[:exit_row]) - 100))


def test_without_a_trades_file_the_cash_says_the_price() -> None:
    columns = {
        "position_size": [0.0, 2.0, 2.0, None, -1.0],
        "cash": [1000.0, 798.0, 798.0, None, 1098.0],
        "price": [100.0, 100.0, 101.0, 101.0, 102.0],
    }
    found = from_events(pa.table(columns))
    assert [(one.side, one.quantity, one.price, one.row) for one in found.fills] == [
        (1, 2.0, 101.0, 1),
        (-1, 3.0, 100.0, 4),
    ]
