"""Two workers scraped by a real Prometheus: sums are right, alerts come once, whoever is down."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Start
from contract.tree import Tree, alert, event
from ops import prometheus as prom
from ops.test_prometheus import METRICS_ON
from peak_trade import clock
from serving import wait_until
from several import TWO, workers_of

pytestmark = pytest.mark.ops

ASKED = (3, 4)


def test_two_workers_are_summed_and_alert_once(server: Start, tmp_path: Path) -> None:
    tree = Tree(tmp_path / "root")
    now = clock.now().isoformat()
    for run_id in ("one", "two", "three"):
        tree.run(run_id, [event(1, ts_event=now)])
    tree.alerts(now[:10], alert(now, severity="CRITICAL"))
    workers = workers_of(server(tree.root, TWO, env=METRICS_ON, ports=2))
    for worker, count in zip(workers, ASKED, strict=True):
        for _ in range(count):
            worker.ask("/livez")
    sums = {
        'sum(peak_trade_http_requests_total{route="/livez"})': sum(ASKED),
        "sum(peak_trade_runs)": 3,
        'sum(peak_trade_artifacts{family="run"})': 3,
        "sum(peak_trade_run_info)": 3,
        "count(process_resident_memory_bytes)": 2,
    }
    with prom.running(tmp_path, *(worker.port for worker in workers)) as prometheus:

        def total(expression: str) -> float | None:
            found = prometheus.query(expression)
            return float(found[0]["value"][1]) if found else None

        for expression, expected in sums.items():
            wait_until(lambda: total(expression) == expected, expression)  # noqa: B023  at once
        wait_until(lambda: "PeakTradeCriticalAlert" in prometheus.firing(), "the alert")
        assert len(prometheus.alerts()) == 1
        workers[1].own.kill()
        again = 'peak_trade_http_requests_total{route="/health",worker="2"}'
        wait_until(lambda: workers[0].told(workers[1])["restarts"] == 1)
        wait_until(lambda: workers[0].told(workers[1])["state"] == "up")
        workers[1].ask("/health")
        wait_until(lambda: total(again) == 1, "the same series after a restart")

        workers[0].own.suspend()  # the first one hangs: the other tells of the artifacts
        tree.alerts(now[:10], alert(clock.now().isoformat(), severity="CRITICAL"))
        other = f"127.0.0.1:{workers[1].port}"

        def alerting() -> list[str]:
            named = (one for one in prometheus.alerts() if one["severity"] == "critical")
            return [
                one["instance"] for one in named if one["alertname"] == "PeakTradeCriticalAlert"
            ]

        wait_until(lambda: alerting() == [other], "the alert, from the other worker alone")
        assert total("sum(peak_trade_runs)") == 3
        workers[0].own.resume()
