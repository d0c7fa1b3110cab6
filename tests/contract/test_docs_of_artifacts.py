"""The data contract, the status panels and the session explorer name what the program has."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from contract.conftest import Api
from contract.tree import NOW, Tree, alert
from documents import codes, read, rows, section
from peak_trade.artifacts.alerts import Alert
from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.contract.service.status import normal_status
from peak_trade.contract.sessions.search import SESSIONS, SessionTableParams
from peak_trade.schemas import EVENT_COLUMNS, FOREIGN_EVENT_COLUMNS, SESSION_REQUIRED
from peak_trade.serve.snapshot import EXIT_CODES
from peak_trade.settings import Settings

DATA = "webui/DASHBOARD_DATA_CONTRACT_v0.md"
PANELS = "webui/LIVE_STATUS_PANELS.md"
HELD = "webui/LIVE_PANELS_POSITIONS_PORTFOLIO_RISK.md"
EXPLORER = "webui/SESSION_EXPLORER.md"
WORDS: dict[str, object] = {"true": True, "false": False, "0": 0, "1": 1}


def names(text: str) -> list[str]:
    """Return the names in the first column of the tables of a text."""
    return [name for row in rows(text) for name in codes(row[0])]


def panel_sections() -> dict[str, str]:
    """Return where the fields of each panel are described."""
    own = {name: section(PANELS, f"`{name}`", 3) for name in ("alerts", "live_sessions")}
    held = {name: section(HELD, name.capitalize()) for name in ("portfolio", "positions", "risk")}
    return {**own, **held, "telemetry": section(PANELS, "`telemetry`", 3).split("| check |")[0]}


async def panels(api: Api) -> dict[str, dict[str, Any]]:
    snapshot = await api("/api/live/status/snapshot.json")
    return {panel["id"]: panel for panel in snapshot["panels"]}


def test_data_lists_every_column_of_the_events() -> None:
    documented = {
        name: (kind, unit)
        for columns, kind, unit, _ in rows(section(DATA, "Runs"))
        for name in codes(columns)
    }
    assert documented == {
        column.name: (
            column.kind.value,
            "count" if column.name.startswith("orders_") else column.unit.replace(", <=", " ≤"),
        )
        for column in (*EVENT_COLUMNS, *FOREIGN_EVENT_COLUMNS)
    }


def test_data_lists_every_key_of_a_record() -> None:
    keys = names(section(DATA, "Sessions"))
    assert sorted(keys) == stored(SessionRecord)
    assert tuple(keys[:3]) == SESSION_REQUIRED
    assert sorted(names(section(DATA, "Alerts"))) == stored(Alert)


def stored(record: type[SessionRecord | Alert]) -> list[str]:
    """Return what of a record stands in its file: all but its root."""
    return sorted(field.name for field in fields(record) if field.name != "root")


def test_data_names_the_default_places() -> None:
    places = "".join(row[1] for row in rows(read(DATA).split("\n## ")[0]))
    settings = Settings()
    runs, dashboard = settings.shadow_paper_logging.base_dir, settings.dashboard
    files = (dashboard.health_snapshots, dashboard.telemetry_alerts)
    directories = (runs, f"{runs}/alerts", dashboard.sessions_dir, dashboard.telemetry_dir)
    for place in (*(f"`{name}/" for name in directories), *(f"`{name}`" for name in files)):
        assert place in places


async def test_panels_are_listed_with_their_titles(api: Api) -> None:
    listed = {codes(row[0])[0]: row[1] for row in rows(section(PANELS, "The panels"))}
    assert listed == {name: panel["title"] for name, panel in (await panels(api)).items()}


async def test_fields_of_panels_are_listed(api: Api, tree: Tree) -> None:
    empty = await panels(api)
    tree.alerts("2026-01-15", alert(NOW, severity="CRITICAL"))
    tree.session("s", status="started", metrics={"exposure": 5.0})
    filled = await panels(api)
    for name, text in panel_sections().items():
        documented = set(names(text))
        assert documented == set(empty[name]["details"]) | set(filled[name]["details"]), name


async def test_without_active_sessions_panels_are_as_the_documents_say(api: Api) -> None:
    found = await panels(api)
    texts: dict[str, object] = {"null": None, "false": False, "ok": "ok", "`ok`": "ok", "empty": []}
    for name in ("portfolio", "positions", "risk"):
        for field, _, value in rows(section(HELD, name.capitalize())):
            if "newest records" in value:
                continue
            if "`" in value and value not in texts:
                wanted: object = codes(value)[0]
            else:
                wanted = texts[value] if value in texts else float(value)
            assert found[name]["details"][codes(field)[0]] == wanted


async def test_thresholds_of_checks_are_listed(api: Api, tree: Tree) -> None:
    tree.log("a", {"kind": "intent"})
    tree.write(tree.logs / "execution" / ".last_retention_run", "")
    checks = (await panels(api))["telemetry"]["details"]["health_checks"]
    listed = section(PANELS, "`telemetry`", 3).split("| check |")[1]
    assert {
        codes(name)[0]: (float(warn), float(critical))
        for name, _, warn, critical in rows(f"| check |{listed}")
    } == {check["name"]: (check["threshold_warn"], check["threshold_critical"]) for check in checks}


def test_statuses_are_as_the_table_says() -> None:
    table = rows(section(PANELS, "Statuses"))
    assert [codes(row[0])[0] for row in table] == ["ok", "warn", "error", "unknown"]
    for status, said, _ in table[:3]:
        words = said.removesuffix(", any other integer").split(", ")
        assert len(words) > 4
        for word in words:
            assert normal_status(WORDS.get(word, word)) == codes(status)[0], word
    assert normal_status(2) == "error"
    assert normal_status("anything else") == "unknown"


def test_exit_codes_are_listed() -> None:
    table = section(PANELS, "As a file").split("| exit code |")[1]
    listed = [row[0] for row in rows(table) if row[0].isdigit()]
    assert sorted(map(int, listed)) == sorted({*EXIT_CODES.values(), 1})


def test_explorer_lists_filters_and_names() -> None:
    filters = section(EXPLORER, "Filters").split("### ")[0]
    assert set(names(filters)) == set(SessionTableParams.model_fields) - {
        *("sort", "hide", "order", "rows")
    }
    asked = section(EXPLORER, "The query", 3)
    listed = asked.split("| to find |")[0]
    kinds = {name: row[1] for row in rows(listed) for name in codes(row[0])}
    assert kinds == {name: type(kind).__name__.lower() for name, kind in SESSIONS.names.items()}


def test_examples_of_queries_can_be_understood() -> None:
    examples = rows("| to find |" + section(EXPLORER, "The query", 3).split("| to find |")[1])
    assert len(examples) > 4
    for _, query in examples:
        SESSIONS.parse(codes(query)[0])


async def test_statistics_of_the_explorer_are_the_keys_of_the_route(api: Api) -> None:
    stats = await api("/api/live_sessions/stats")
    assert names(section(EXPLORER, "Statistics")) == list(stats)
