"""Checks of rows that were checked in parts are those of all rows."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.derive import fills
from peak_trade.derive.books import first_bases, row_checks, together
from peak_trade.derive.measured import Judged
from peak_trade.derive.round_trips import Ledger
from peak_trade.derive.run_facts import RunFacts

COLUMNS = ("price", "equity", "cash", "position_size", "realized_pnl", "unrealized_pnl")
VALUE = st.one_of(st.none(), st.integers(-3, 3).map(float))
ROWS = lists(st.tuples(*[VALUE] * len(COLUMNS)), 40, min_size=5)


@given(ROWS, st.integers(0, 40))
def test_parts_are_checked_as_the_whole(rows: list[tuple[float | None, ...]], cut: int) -> None:
    columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    numbers = {name: pa.array(column, pa.float64()) for name, column in columns.items()}
    table = pa.table({"step": pa.array(range(len(rows)), pa.float64()), **numbers})
    found = fills.from_events(table)
    run = Judged(RunFacts().plus(table), found, Ledger().plus(found.fills, table))
    cut = min(cut, len(rows))
    bases = first_bases(table)
    assert first_bases(table.slice(cut), first_bases(table.slice(0, cut))) == bases
    before = row_checks(table.slice(0, cut), run, 0, bases)
    assert together(before, row_checks(table, run, cut, bases)) == row_checks(table, run, 0, bases)
