"""What a report says of one run, or of two side by side: each table has a column for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from peak_trade.contract.base.flat import leaf_rows
from peak_trade.contract.pages.quality import KINDS, UNKNOWN_KIND
from peak_trade.contract.runs.judged import StatisticItem
from peak_trade.derive.funnel import NO_REASON
from peak_trade.derive.measured import GROUPS
from peak_trade.i18n import _
from peak_trade.reports import parts
from peak_trade.reports.parts import Beside, Cell, Column, Part, Section, Table, Text, Tile, Tiles
from peak_trade.reports.payload import RunReport
from peak_trade.views.kit import text

Runs = Sequence[RunReport]

LETTERS: Final = ("A", "B")
"""What two runs are called in tables; the head of the report says which is which."""

FALLS: Final = (
    Column("drawdown", numeric=True),
    Column("from"),
    Column("lowest"),
    Column("recovered"),
)
TRADES: Final = (
    Column("entry"),
    Column("exit"),
    Column("side"),
    Column("quantity", numeric=True),
    Column("entry price", numeric=True),
    Column("exit price", numeric=True),
    Column("PnL", numeric=True),
    Column("PnL %", numeric=True),
    Column("fees", numeric=True),
    Column("MAE", numeric=True),
    Column("MFE", numeric=True),
    Column("held", numeric=True),
)
STAGES: Final = (
    Column("stage"),
    Column("count", numeric=True),
    Column("of the stage before", numeric=True),
    Column("counted in"),
)
REASONS: Final = (
    Column("kind"),
    Column("reason"),
    Column("events", numeric=True),
    Column("first"),
    Column("last"),
)
LATENCIES: Final = (
    Column("stage"),
    Column("n", numeric=True),
    Column("p50", numeric=True),
    Column("p95", numeric=True),
    Column("p99", numeric=True),
)
BOOKS: Final = (
    Column("check"),
    Column("state"),
    Column("checked", numeric=True),
    Column("wrong", numeric=True),
    Column("first at step", numeric=True),
    Column("expected", numeric=True),
    Column("found", numeric=True),
)
ALERTS: Final = (Column("time"), Column("severity"), Column("what"), Column("description"))
READ_ERRORS: Final = (
    Column("kind"),
    Column("file"),
    Column("line", numeric=True),
    Column("reason"),
)
MAX_ROWS: Final = 200
"""Of trades, of alerts and of settings; the newest, or the first by name."""


def tiles(report: RunReport) -> Tiles:
    """Return the metrics of a run at its last event."""
    run, unit = report["run"], report["run"]["currency"]
    snapshot = run["snapshot"]
    return Tiles(
        snapshot["run_id"],
        [
            Tile(
                _("Equity"),
                parts.money(snapshot["equity"], unit),
                _("start %s") % text.money(run["start_equity"], unit),
            ),
            Tile(_("Realized PnL"), parts.profit(snapshot["realized_pnl"], unit)),
            Tile(_("Unrealized PnL"), parts.profit(snapshot["unrealized_pnl"], unit)),
            Tile(
                _("Drawdown"),
                parts.percent(snapshot["drawdown"]),
                _("max %s") % text.percent(run["max_drawdown"]),
            ),
            Tile(_("Position"), parts.size(run["position_size"]), run["asset"]),
            Tile(_("Steps"), parts.count(snapshot["total_steps"])),
            Tile(_("Orders"), parts.count(snapshot["total_orders"])),
            Tile(_("Blocked"), parts.count(snapshot["total_blocked_orders"]), _("by risk")),
        ],
    )


def statistics(runs: Runs) -> Section:
    """Return the statistics by group, with what each rests on."""
    columns = (Column("metric"), *_of_each(runs, numeric=True), Column("n", numeric=True))
    of_run = [run["judged"]["statistics"] for run in runs]
    rows = zip(*(found["items"] for found in of_run), strict=True)
    tables = []
    for group, items in groupby(rows, key=lambda row: row[0]["group"]):
        cells: parts.Rows = [
            [
                said(row[0]["label"]),
                *(_statistic(i, f["currency"]) for i, f in zip(row, of_run, strict=True)),
                " / ".join(text.count(item["n"]) for item in row),
            ]
            for row in items
        ]
        tables.append(Table(columns, cells, title=_(GROUPS[group])))
    return Section(_("Statistics"), [Beside(tables)] if len(runs) == 1 else tables)


def _statistic(item: StatisticItem, currency: str) -> Cell:
    value, reason = item["value"], item["reason"]
    if value is None:
        return Cell(_("not enough data: %s") % _(reason), tone="soft")
    if isinstance(value, str):
        return parts.time(value)
    return parts.number(value, text.statistic(value, item["unit"], currency))


def months(run: RunReport) -> Table:
    """Return the returns by year and month, and of each year."""
    columns = [
        Column("year"),
        *(Column(f"{month:02}", numeric=True, is_text=True) for month in range(1, 13)),
        Column("whole year", numeric=True),
    ]
    rows: parts.Rows = []
    found = run["judged"]["shapes"]["months"]
    for year, group in groupby(found, key=lambda month: month["month"][:-3]):
        values = {month["month"][-2:]: month["value"] for month in group}
        cells = [_return(values.get(f"{month:02}")) for month in range(1, 13)]
        rows.append([year, *cells, _return(_compounded(list(values.values())))])
    return Table(columns, rows, note="" if rows else _("not enough data"), title=_("Months"))


def _return(value: float | None) -> Cell:
    shown = text.gain(value) if value is not None else ""
    return parts.number(value, shown, text.tone(shown))


def _compounded(values: list[float | None]) -> float | None:
    whole = 1.0
    for value in values:
        if value is None:
            return None
        whole *= 1 + value
    return whole - 1


def falls(run: RunReport) -> Table:
    """Return the deepest drawdowns, when they began, and whether they are over."""
    rows: parts.Rows = [
        [
            parts.percent(fall["depth"]),
            parts.time(fall["begin"]),
            parts.time(fall["trough"]),
            parts.time(fall["recovery"]),
        ]
        for fall in run["judged"]["shapes"]["falls"]
    ]
    none = "" if rows else _("equity never fell below its peak")
    return Table(FALLS, rows, none, _("Deepest drawdowns"))


def trades(run: RunReport) -> Section:
    """Return the newest closed trades."""
    found, unit = run["closed"], run["run"]["currency"]
    rows = found["rows"][-MAX_ROWS:][::-1]
    cells: parts.Rows = [
        [
            parts.time(row["entry_time"]),
            parts.time(row["exit_time"]),
            said(row["side"]),
            parts.size(row["quantity"]),
            parts.money(row["entry_price"], unit),
            parts.money(row["exit_price"], unit),
            parts.profit(row["pnl"], unit),
            parts.percent(row["pnl_ratio"]),
            parts.money(row["fees"], unit),
            parts.profit(row["mae"], unit),
            parts.profit(row["mfe"], unit),
            text.duration(row["held_seconds"]),
        ]
        for row in rows
    ]
    none = _("No trade of the run was closed so far.")
    return Section(_("Closed trades"), [Table(TRADES, cells, cut(len(rows), found["total"], none))])


def funnel(run: RunReport) -> Section:
    """Return from a signal to a fill, why not, and how long it took."""
    told = run["funnel"]
    blocked = _("%(blocked)s blocked, %(rejected)s rejected") % {
        "blocked": text.count(told["blocked"]),
        "rejected": text.count(told["rejected"]),
    }
    stages: parts.Rows = [
        [
            said(stage["label"]),
            parts.count(stage["count"]),
            parts.percent(stage["conversion"]),
            said(stage["source"]),
        ]
        for stage in told["stages"]
    ]
    reasons: parts.Rows = [
        [
            said(row["kind"]),
            said(row["reason"]) if row["reason"] == NO_REASON else row["reason"],
            parts.count(row["count"]),
            parts.time(row["first_time"]),
            parts.time(row["last_time"]),
        ]
        for row in told["reasons"]
    ]
    latencies: parts.Rows = [
        [
            row["stage"],
            parts.count(row["n"]),
            *(parts.number(v, text.latency(v)) for v in (row["p50"], row["p95"], row["p99"])),
        ]
        for row in told["latencies"]
    ]
    none = "" if reasons else _("No order was blocked or rejected.")
    return Section(
        _("Why did it not trade?"),
        [
            Table(STAGES, stages, title=_("From signal to fill")),
            Table(REASONS, reasons, none, _("Reasons") + f": {blocked}"),
            Table(LATENCIES, latencies, title=_("Latencies")),
        ],
    )


def books(run: RunReport) -> Section:
    """Return the checks of a run's books."""
    rows: parts.Rows = [
        [
            said(check["label"]),
            Cell(_state(check["status"]), tone="loss" if check["status"] == "failed" else None),
            parts.count(check["checked"]),
            parts.count(check["failed"]),
            parts.count(check["step"]),
            parts.size(check["expected"]),
            parts.size(check["found"]),
        ]
        for check in run["books"]["checks"]
    ]
    return Section(_("Books"), [Table(BOOKS, rows)])


def _state(status: str) -> str:
    return {"ok": "ok", "failed": _("wrong"), "unchecked": _("unchecked")}[status]


def alerts(run: RunReport) -> Section:
    """Return the newest alerts about a run."""
    found = run["alerts"]
    rows: parts.Rows = [
        [
            parts.time(row["timestamp"]),
            row["severity"],
            row["title"] or row["rule_id"],
            row["message"],
        ]
        for row in found[:MAX_ROWS]
    ]
    none = _("Nothing was raised by the run's alert rules, nor by the platform.")
    return Section(_("Alerts"), [Table(ALERTS, rows, cut(len(rows), len(found), none))])


def settings(runs: Runs) -> Section:
    """Return the settings of the runs by their path; secrets are hidden."""
    leaves = [
        {row["key"]: row["value"] for row in leaf_rows(run["detail"]["meta"]["config_snapshot"])}
        for run in runs
    ]
    names = sorted({name for known in leaves for name in known})
    shown = names[:MAX_ROWS]
    rows: parts.Rows = [
        [name, *(text.stored(known.get(name)) for known in leaves)] for name in shown
    ]
    notes = [run["detail"]["meta"]["notes"] for run in runs]
    rows += [[_("notes"), *notes]] if any(notes) else []
    none = _("The run stored no configuration.")
    columns = (Column("setting"), *_of_each(runs))
    return Section(_("Configuration"), [Table(columns, rows, cut(len(shown), len(names), none))])


def read_errors(run: RunReport) -> Section:
    """Return what of a run could not be read, and what is odd in its rows."""
    faults = run["faults"]
    odd: list[Part] = []
    if faults:
        names = {
            _("gaps"): faults["gaps"],
            _("holes"): faults["holes"],
            _("repeated"): faults["repeated"],
            _("out of order"): faults["out_of_order"],
            _("back in time"): faults["backwards"],
            _("no time"): faults["untimed"],
        }
        told = ", ".join(f"{name} {text.count(n)}" for name, n in names.items() if n)
        odd = [Text(_("Rows at fault") + f": {told}")] if told else []
    rows: parts.Rows = [
        [_meaning(row["kind"]), row["file"], parts.count(row["line"]), row["reason"]]
        for row in run["examples"]
    ]
    total = run["read_errors"]
    line = text.plural(total, "%s read error", "%s read errors")
    note = f"{line}; {cut(len(rows), total, '')}" if rows else line
    return Section(_("Read errors"), [*odd, Table(READ_ERRORS, rows, note)])


def _meaning(kind: str) -> str:
    return said(KINDS.get(kind, UNKNOWN_KIND)[0])


def basis(runs: Runs) -> Section:
    """Return what the numbers rest on."""
    found = [run["judged"]["statistics"]["basis"] for run in runs]
    rows: parts.Rows = [
        [_("events"), *(parts.count(one["events"]) for one in found)],
        [_("from"), *(parts.time(one["begin"]) for one in found)],
        [_("to"), *(parts.time(one["end"]) for one in found)],
        [_("length of a bar"), *(_length(one["bar_seconds"]) for one in found)],
        [_("bars a year"), *(_amount(one["bars_per_year"]) for one in found)],
        [_("calendar"), *(said(one["calendar"]) for one in found)],
        [_("fills are those of"), *(said(one["fills"]) for one in found)],
        [_("fills that cannot be used"), *(parts.count(one["unusable_fills"]) for one in found)],
        [_("read errors"), *(parts.count(run["read_errors"]) for run in runs)],
    ]
    return Section(_("Data basis"), [Table((Column("what"), *_of_each(runs)), rows)])


def _length(seconds: float | None) -> Cell:
    return parts.number(seconds, text.duration(seconds))


def _amount(value: float | None) -> Cell:
    return parts.number(value, text.amount(value, 0))


def _of_each(runs: Runs, *, numeric: bool = False) -> Iterator[Column]:
    """Yield a column for each run."""
    if len(runs) == 1:
        yield Column("value", numeric=numeric)
        return
    for letter in LETTERS[: len(runs)]:
        yield Column(letter, numeric=numeric, is_text=True)


def cut(shown: int, total: int, none: str) -> str:
    """Return how much of how many is shown; `none` if there is nothing."""
    if not total:
        return none
    return _("%(shown)s of %(total)s") % {"shown": text.count(shown), "total": text.count(total)}


def said(word: str) -> str:
    """Return a word of ours in the language of the report."""
    return _(word)


def beside(made: Sequence[Part]) -> Part:
    """Return parts of several runs beside each other, that of one alone as it is."""
    return made[0] if len(made) == 1 else Beside(made)
