"""The funnel of rows that come in parts is that of all rows at once."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.derive.funnel import Decisions, funnel

ROWS = lists(
    st.fixed_dictionaries(
        {
            "signal": st.sampled_from([None, -1.0, 0.0, 1.0]),
            "signal_changed": st.booleans(),
            "orders_generated": st.sampled_from([None, 0.0, 1.0, 3.0]),
            "orders_blocked": st.sampled_from([None, 0.0, 1.0]),
            "orders_rejected": st.sampled_from([0.0, 1.0]),
            "orders_filled": st.sampled_from([0.0, 2.0]),
            "risk_reasons": st.sampled_from([None, "too large", "too large; too late", "late"]),
            "extra_rejection_reason": st.sampled_from([None, "late"]),
        }
    ),
    12,
)


@pytest.mark.parametrize("told_by", ["signal_changed", "signal", ""])
@given(ROWS, st.lists(st.integers(0, 12)))
def test_rows_in_parts_have_the_funnel_of_all(
    told_by: str, rows: list[dict[str, object]], cuts: list[int]
) -> None:
    table = pa.Table.from_pylist(rows)
    left = {"signal", "signal_changed"} - {told_by}
    table = table.drop_columns([name for name in left if name in table.column_names])
    parts = Decisions()
    for begin, end in pairwise(sorted({0, *(min(c, len(rows)) for c in cuts), len(rows)})):
        parts = parts.plus(table.slice(begin, end - begin))
    assert funnel(parts, []) == funnel(Decisions().plus(table), [])
