"""The shipped observability files, tried with a real Prometheus that scrapes a running server."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract.tree import Tree, alert, event
from ops import prometheus as prom
from ops.programs import find, run
from ops.prometheus import DASHBOARD, FILES, RULES, SCRAPE, Prometheus
from peak_trade import clock
from serving import SERVE, Served, start, wait_until

pytestmark = pytest.mark.ops

METRICS_ON = {
    "PEAK_TRADE_PROMETHEUS_ENABLED": "1",
    "PEAK_TRADE_WEB_UI__TRADING_METRICS_LIMIT": "10",
}
GOOD = '{"ts": "2026-01-15T10:00:00+00:00", "kind": "signal", "session_id": "s"}\n'


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Artifacts that give every family a value: one run has a cell that cannot be read."""
    tree = Tree(tmp_path_factory.mktemp("watched"))
    columns = ("equity", "realized_pnl", "unrealized_pnl", "orders_filled", "orders_blocked")
    now = clock.now().isoformat()
    row = event(1, ts_event=now, realized_pnl=1.0, unrealized_pnl=2.0, orders_filled=1)
    tree.run("one", [{**row, "equity": "odd"}, {**row, "step": 2}], "step", "ts_event", *columns)
    tree.session("s", metrics={"realized_pnl": 5.5, "max_drawdown": 0.1, "num_orders": 3})
    tree.write(tree.logs / "execution" / "s.jsonl", GOOD * 10)
    return tree


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, tree: Tree) -> Iterator[Served]:
    served = start(SERVE, tree.root, tmp_path_factory.mktemp("log") / "log", env=METRICS_ON)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory, served: Served) -> Iterator[Prometheus]:
    with prom.running(tmp_path_factory.mktemp("prometheus"), served.port) as prometheus:
        yield prometheus


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def expressions() -> list[str]:
    """Return every expression of the dashboard, its variables filled in as Grafana would."""
    values = {"$instance": ".*", "$run": ".*", "$__rate_interval": "20s"}
    found = [target["expr"] for panel in panels() for target in panel.get("targets", [])]
    for name, value in values.items():
        found = [expression.replace(name, value) for expression in found]
    return found


def test_metrics_are_clean(served: Served) -> None:
    text = served.ask("/metrics").body.decode()
    assert run(find("promtool"), "check", "metrics", text=text) == ""


def test_files_are_clean() -> None:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    rules = sum(len(group["rules"]) for group in groups)
    assert f"{rules} rules found" in run(find("promtool"), "check", "rules", RULES)
    assert "SUCCESS" in run(find("promtool"), "check", "config", SCRAPE)


def test_each_rule_fires_when_it_should(tmp_path: Path) -> None:
    tests = shutil.copy(Path(__file__).with_name("alert_rules_test.yml"), tmp_path)
    rules = yaml.safe_load(RULES.read_text())
    named = {rule["alert"] for rule in rules["groups"][0]["rules"]}
    for rule in rules["groups"][0]["rules"]:
        del rule["annotations"]
    (tmp_path / RULES.name).write_text(yaml.safe_dump(rules))
    assert "SUCCESS" in run(find("promtool"), "test", "rules", tests)
    cases = yaml.safe_load(Path(tests).read_text())["tests"]
    tried = [case for group in cases for case in group["alert_rule_test"]]
    assert {case["alertname"] for case in tried if case["exp_alerts"]} == named


def test_the_server_is_scraped(prometheus: Prometheus) -> None:
    (target,) = prometheus.get("api/v1/targets")["activeTargets"]
    assert (target["health"], target["labels"]["job"]) == ("up", "peak_trade")


def test_every_expression_of_the_dashboard_returns_data(
    served: Served, prometheus: Prometheus
) -> None:
    served.ask("/runs")
    assert len(expressions()) > 30
    for expression in expressions():
        wait_until(lambda: prometheus.query(expression), expression)  # noqa: B023  called at once


def test_variables_of_the_dashboard_have_values(prometheus: Prometheus) -> None:
    listed = json.loads(DASHBOARD.read_text())["templating"]["list"]
    queries = [variable["definition"] for variable in listed if variable["type"] == "query"]
    parts = [re.fullmatch(r"label_values\((.*), (\w+)\)", query) for query in queries]
    for part in parts:
        assert part
        series = prometheus.query(part[1].replace("$instance", ".*"))
        assert all(part[2] in item["metric"] for item in series)
        assert series


def test_a_seeded_fault_raises_an_alert(tree: Tree, prometheus: Prometheus) -> None:
    rules = prometheus.get("api/v1/rules")["groups"][0]["rules"]
    wait_until(lambda: prometheus.query("peak_trade_read_errors_total > 0"))
    assert {rule["health"] for rule in rules} <= {"ok", "unknown"}
    old = (clock.now() - timedelta(minutes=6)).astimezone(UTC).isoformat()
    tree.run("stuck", [event(1, ts_event=old)])
    with (tree.logs / "execution" / "s.jsonl").open("a") as file:
        file.write("no json\n" * 10)
    dead = (clock.now() - timedelta(minutes=11)).astimezone(UTC).isoformat()
    tree.run("dead", [event(1, ts_event=dead)])
    now = clock.now()
    tree.alerts(f"{now:%Y-%m-%d}", alert(now.isoformat(), severity="CRITICAL"))
    with (tree.runs / "one" / "events.csv").open("a") as file:
        file.write(f"3,{datetime.now(UTC).isoformat()},bad,bad,bad,bad,bad\n")
    expected = {"PeakTradeTelemetryCritical", "PeakTradeReadErrorsGrowing", "PeakTradeRunStale"}
    expected |= {"PeakTradeRunCrashed", "PeakTradeCriticalAlert"}
    wait_until(lambda: expected <= set(prometheus.firing()), "the five alerts")
    assert prometheus.firing()["PeakTradeTelemetryCritical"]["check"] == "parse_error_rate"


def test_a_server_that_ended_raises_an_alert(served: Served, prometheus: Prometheus) -> None:
    assert "PeakTradeServerDown" not in prometheus.firing()
    served.stop()
    wait_until(lambda: "PeakTradeServerDown" in prometheus.firing(), "the alert")


def test_the_dashboard_has_what_grafana_imports() -> None:
    board = json.loads(DASHBOARD.read_text())
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", board["uid"])
    assert {"title", "schemaVersion", "panels", "templating", "time", "refresh"} <= set(board)
    assert "id" not in board, "Grafana gives it"
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids)
    for panel in panels():
        place = panel["gridPos"]
        assert set(place) == {"x", "y", "w", "h"}
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
        if panel["type"] == "row":
            continue
        assert panel["type"] in {"timeseries", "stat", "table"}
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert {"defaults", "overrides"} <= set(panel["fieldConfig"])
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) > 0


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in panels()):
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells


def test_compose_mounts_files_that_are_there() -> None:
    compose = yaml.safe_load((FILES / "DOCKER_COMPOSE_PROM_GRAFANA.yml").read_text())
    assert set(compose) == {"services", "configs", "volumes"}
    volumes = [volume for item in compose["services"].values() for volume in item["volumes"]]
    files = [volume.partition(":")[0] for volume in volumes if volume.startswith("./")]
    assert len(files) == 3
    assert [name for name in files if not (FILES / name).is_file()] == []
    for item in compose["services"].values():
        assert re.fullmatch(r"[a-z]+/[a-z]+:v?[\d.]+", item["image"])
        assert {config["source"] for config in item.get("configs", [])} <= set(compose["configs"])
    for config in compose["configs"].values():
        assert yaml.safe_load(config["content"])["apiVersion"] == 1
