"""What a report says of a session besides its run: record, risk limits, telemetry, alerts."""

from __future__ import annotations

from typing import Final

from peak_trade.contract.base.flat import leaf_rows
from peak_trade.contract.pages.session import SessionPayload
from peak_trade.i18n import _
from peak_trade.jsonio import finite
from peak_trade.reports import parts
from peak_trade.reports.parts import FACTS, Cell, Column, Section, Table, Text, Tile, Tiles
from peak_trade.reports.run_sections import ALERTS, MAX_ROWS, cut
from peak_trade.views.kit import text

LIMITS: Final = (
    Column("what"),
    Column("value", numeric=True),
    Column("limit", numeric=True),
    Column("used", numeric=True),
    Column("state"),
)


def sections(session: SessionPayload) -> list[Section]:
    """Return all sections about the session."""
    return [
        Section(_("Session"), [tiles(session), record(session)]),
        Section(_("Limits"), [limits(session)]),
        Section(_("Telemetry"), [telemetry(session)]),
        Section(_("Alerts"), [alerts(session)]),
        Section(_("Configuration"), [stored(session)]),
    ]


def tiles(session: SessionPayload) -> Tiles:
    """Return the metrics of a session."""
    detail, unit = session["detail"], session["currency"]
    return Tiles(
        detail["session_id"],
        [
            Tile(_("Duration"), Cell(text.duration(session["life"]["duration_seconds"]))),
            Tile(_("Realized PnL"), parts.profit(detail["realized_pnl"], unit)),
            Tile(_("Unrealized PnL"), parts.profit(session["unrealized_pnl"], unit)),
            Tile(_("Max drawdown"), parts.percent(session["max_drawdown"])),
            Tile(_("Orders"), parts.count(detail["num_orders"])),
            Tile(_("Risk"), Cell(detail["risk_severity"]), _("%s light") % detail["risk_status"]),
        ],
    )


def record(session: SessionPayload) -> Table:
    """Return what the registry says."""
    detail, life = session["detail"], session["life"]
    facts = {
        _("session"): detail["session_id"],
        _("run"): detail["run_id"],
        _("type"): detail["run_type"],
        _("mode"): detail["mode"],
        _("status"): detail["status"],
        _("tier"): session["tier"],
        _("environment"): detail["env_name"],
        _("symbol"): detail["symbol"],
        _("started"): text.utc(life["started"]),
        _("ended"): text.utc(life["ended"]),
        _("recorded"): text.utc(detail["created_at"]),
        _("notes"): detail["notes"],
        _("Command line"): session["command"],
    }
    rows: parts.Rows = [[name, str(value or text.NONE)] for name, value in facts.items()]
    return Table(FACTS, rows, title=_("Record"))


def limits(session: SessionPayload) -> Table:
    """Return the risk limits and how far they are used."""
    rows: parts.Rows = [
        [
            str(limit["name"]),
            _shown(limit["value"]),
            _shown(limit["limit"]),
            _share(limit["ratio"]),
            str(limit["severity"]),
        ]
        for limit in session["detail"]["risk_limit_details"]
    ]
    return Table(LIMITS, rows, "" if rows else _("The session's record names none."))


def telemetry(session: SessionPayload) -> Table | Text:
    """Return how many events of which kind the telemetry log holds."""
    execution = session["execution"]
    summary = execution["summary"]
    if not summary["found"]:
        return Text(_("No telemetry log has this session's id as its name."))
    counts = sorted(summary["kind_counts"].items(), key=lambda item: (-item[1], item[0]))
    rows: parts.Rows = [[_("events"), parts.count(summary["event_count"])]]
    rows += [[kind, parts.count(number)] for kind, number in counts]
    rows += [
        [_("symbols"), ", ".join(summary["symbols"]) or text.NONE],
        [_("newest"), text.utc(execution["newest"])],
    ]
    return Table(FACTS, rows)


def alerts(session: SessionPayload) -> Table:
    """Return the newest alerts about the session."""
    rows: parts.Rows = [
        [parts.time(row["timestamp"]), row["severity"], row["title"], row["body"]]
        for row in session["alerts"]
    ]
    none = _("Nothing was raised from a day before its start to a day after its end.")
    return Table(ALERTS, rows, cut(len(rows), session["alerts_total"], none))


def stored(session: SessionPayload) -> Table:
    """Return the configuration and the metrics as stored; secrets are hidden."""
    detail = session["detail"]
    leaves = {"config": detail["config"], "metrics": detail["metrics"]}
    rows: parts.Rows = [[row["key"], str(row["value"])] for row in leaf_rows(leaves)]
    shown = rows[:MAX_ROWS]
    return Table(FACTS, shown, cut(len(shown), len(rows), ""))


def _shown(value: object) -> Cell:
    """Return a stored value: a number with its digits, anything else as its text."""
    exact = finite(value)
    return Cell(text.stored(value)) if exact is None else parts.size(exact)


def _share(value: object) -> Cell:
    exact = finite(value)
    return _shown(value) if exact is None else parts.percent(exact)
