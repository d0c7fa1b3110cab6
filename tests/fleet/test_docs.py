"""The documents say which columns there are."""

from __future__ import annotations

import re

from peak_trade.contract.fleet.columns import as_table
from peak_trade.contract.fleet.search import NAMES
from serving import REPO


def test_the_columns_are_those_of_the_table() -> None:
    text = (REPO / "docs" / "fleet.md").read_text(encoding="utf-8")
    assert f"<!-- columns -->\n{as_table()}\n<!-- end -->" in text


def test_the_names_of_queries_are_listed() -> None:
    text = (REPO / "docs" / "fleet.md").read_text(encoding="utf-8")
    listed = text.partition("with these names:")[2].partition(" `books>0`")[0]
    words = set(re.findall(r"[a-z_]+", re.sub(r"\([^)]*\)", "", listed))) - {"and"}
    assert words == set(NAMES)
