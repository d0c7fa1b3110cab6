"""Rows as Parquet: whatever artifacts hold, there is a file, and it says the same as the JSON."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_trade.contract.base.downloads import rows_as_parquet

VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
)
NESTED = VALUES | st.lists(VALUES, max_size=2) | st.dictionaries(st.text(), VALUES, max_size=2)


def read(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(
        io.BytesIO(rows_as_parquet(rows, "r").body)
    ).to_pylist()
    return found


@given(st.lists(st.fixed_dictionaries({"a": NESTED, "b": VALUES}), max_size=5))
def test_any_rows_make_a_file_of_as_many_rows(rows: list[dict[str, Any]]) -> None:
    found = read(rows)
    assert len(found) == len(rows)
    for row, stored in zip(rows, found, strict=True):
        for name, value in row.items():
            assert (stored[name] is None) == (value is None)


@pytest.mark.parametrize("values", [[1, "x"], [True, 2], [2**63, -1], [{"a": 1}, 2.5]])
def test_columns_of_mixed_kinds_are_json(values: list[Any]) -> None:
    found = [row["a"] for row in read([{"a": value} for value in values])]
    assert [value if value is None else json.loads(value) for value in found] == values
