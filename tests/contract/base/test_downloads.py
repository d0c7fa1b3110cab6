"""Rows as files: whatever artifacts hold, there is one that says what the JSON says; no formula."""

from __future__ import annotations

import csv
import io
import json
from functools import partial
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.contract.base.downloads import as_csv, rows_as_parquet

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


SIGNS = ["=1+1", "+1", "-1", "@SUM(A1)", ";", ",", "\t", "\r\n", "\n", '"', " ", "x"]
PIECES = st.sampled_from(SIGNS)
TEXTS = lists(PIECES, 6, min_size=1).map("".join)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@given(lists(st.fixed_dictionaries({"a": TEXTS, "b": TEXTS | st.lists(TEXTS, max_size=2)}), 3, 1))
def test_no_cell_starts_a_formula_whichever_sign_separates(
    separator: str, rows: list[dict[str, Any]]
) -> None:
    text = as_csv(rows, "r").body.decode()
    # A program that separates elsewhere sees other cells: quotes within a cell are text to it.
    read = partial(csv.reader, io.StringIO(text, newline=""), delimiter=separator)
    for cells in read() if separator == "," else read(quoting=csv.QUOTE_NONE):
        for cell in cells:
            assert not cell.lstrip(' "').startswith(("=", "+", "-", "@")), text
