"""Tables: what the style sheet knows them by does not depend on texts."""

from __future__ import annotations

import json

import pytest

from peak_trade.views.kit import table as tables
from peak_trade.views.kit.table import Column, Order, table


def test_names_and_widths_are_not_those_of_the_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_", lambda text: f"<{text}>")
    columns = (Column("first", width=22), Column("second", "number", "second"))
    order = Order("second", lambda by: {"href": f"?sort={by}", "data_send": by})
    shown = json.loads(
        json.dumps(table(columns, [["a", "b"]], "What it is", order=order, name="n"))
    )
    tag, attributes, choice, head, _body = shown
    options = choice[2][-1][2:]
    assert [(option[1]["value"], option[2]) for option in options] == [
        ("", "<as listed>"),
        ("second", "<second> \N{UPWARDS ARROW}"),
        ("-second", "<second> \N{DOWNWARDS ARROW}"),
    ]
    first, second = head[2][2:]
    assert (tag, attributes["class"], attributes["aria-label"]) == (
        "table",
        "n stacked",
        "<What it is>",
    )
    assert (first[1]["width"], first[2]) == ("22%", "<first>")
    assert "width" not in second[1]
