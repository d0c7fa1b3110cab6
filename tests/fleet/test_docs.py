"""The documents say which columns there are."""

from __future__ import annotations

from peak_trade.contract.fleet.columns import as_table
from serving import REPO


def test_the_columns_are_those_of_the_table() -> None:
    text = (REPO / "docs" / "fleet.md").read_text(encoding="utf-8")
    assert f"<!-- columns -->\n{as_table()}\n<!-- end -->" in text
