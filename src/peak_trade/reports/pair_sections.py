"""What a report says of two runs together: their curves, what differs, how far they went apart."""

from __future__ import annotations

from typing import Final

from peak_trade.contract.pages.compare_drift import CompareWithDrift
from peak_trade.contract.runs.drift import DriftPayload, MatchedItem
from peak_trade.i18n import _
from peak_trade.reports import charts, parts
from peak_trade.reports.parts import FACTS, Column, Section, Table, Text
from peak_trade.reports.run_sections import LETTERS, said
from peak_trade.views.kit import text

DIFFERENCES: Final = (Column("setting"), *(Column(name, is_text=True) for name in LETTERS))
FILLS: Final = (
    Column("kind"),
    Column("time"),
    Column("side"),
    Column("quantity A", numeric=True),
    Column("quantity B", numeric=True),
    Column("price A", numeric=True),
    Column("price B", numeric=True),
    Column("bps", numeric=True),
)


def sections(found: CompareWithDrift, currency: str) -> list[Section]:
    """Return all sections about the two runs together."""
    rows = [[row["key"], *map(text.stored, row["values"])] for row in found["differences"]]
    differ = Table(DIFFERENCES, rows, "" if rows else _("All settings are the same."))
    drift = found["drift"]
    return [
        Section(_("Compare"), [charts.side_by_side(found)]),
        Section(_("Settings that differ"), [differ]),
        Section(_("Drift"), _drift(drift, currency) if drift else [Text(said(found["no_drift"]))]),
    ]


def _drift(found: DriftPayload, currency: str) -> list[parts.Part]:
    letters = dict(zip(("left", "right"), LETTERS, strict=True))
    first = found["first"]
    agree = _("none: the bars of both agree")
    rows: parts.Rows = [
        [_("first divergence"), parts.time(first["time"]) if first else agree],
        [_("profit apart at the last bar"), parts.profit(found["last_difference"], currency)],
        [_("greatest distance of the profits"), parts.money(found["max_difference"], currency)],
        [_("bars of both"), parts.count(found["bars"])],
        [_("bars of %(left)s alone") % letters, parts.count(found["only_left"])],
        [_("bars of %(right)s alone") % letters, parts.count(found["only_right"])],
        [_("matched fills"), parts.count(found["matched"])],
        [_("missed fills, of %(left)s alone") % letters, parts.count(found["missed"])],
        [_("extra fills, of %(right)s alone") % letters, parts.count(found["extra"])],
        [_("mean price difference"), _bps(found["mean_price_bps"])],
    ]
    fills = [_fill(row, currency) for row in found["fills"]]
    line = text.plural(len(fills), "%s fill, the furthest first", "%s fills, the furthest first")
    return [
        charts.apart(found),
        Table(FACTS, rows),
        Table(FILLS, fills, line, _("Fills of both runs")),
    ]


def _fill(row: MatchedItem, currency: str) -> list[parts.Content]:
    both = (row["left"], row["right"])
    fill = both[0] or both[1]
    return [
        said(row["kind"]),
        parts.time(row["time"]),
        said(fill["side"]) if fill else text.NONE,
        *(parts.size(one["quantity"] if one else None) for one in both),
        *(parts.money(one["price"] if one else None, currency) for one in both),
        _bps(row["price_bps"]),
    ]


def _bps(value: float | None) -> parts.Cell:
    return parts.number(value, text.basis_points(value))
