"""Alerts in the metrics: every source and severity, by their own times, at the next scrape."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from contract.tree import HOSTILE, NOW, Tree, alert, as_line, event
from ops.test_trading_metrics import open_runtime, text_of
from peak_trade import clock
from peak_trade.errors import OverloadedError
from peak_trade.serve.runtime import Runtime

HOUR, DAY = "peak_trade_alerts_last_hour", "peak_trade_alerts_last_day"
SOURCES = ("platform", "run", "telemetry")
SEVERITIES = ("info", "warning", "critical", "other")
Found = dict[tuple[str, str, str], float]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW)


def ago(**length: float) -> str:
    return (clock.now() - timedelta(**length)).isoformat()


@contextmanager
def runtime_of(tree: Tree) -> Iterator[Runtime]:
    with open_runtime(tree, 0) as runtime:
        yield runtime


async def scrape(runtime: Runtime) -> tuple[Found, set[tuple[str, str, str]]]:
    """Return the samples that are not 0, and all samples there are."""
    samples = [
        sample
        for family in text_string_to_metric_families(await text_of(runtime))
        for sample in family.samples
        if sample.name in {HOUR, DAY}
    ]
    found = {(s.name, s.labels["source"], s.labels["severity"]): s.value for s in samples}
    return {key: value for key, value in found.items() if value}, set(found)


def run_alert(tree: Tree, run_id: str, stamp: object, severity: str) -> None:
    record = {"rule_id": "r", "severity": severity, "message": "m", "timestamp": stamp}
    with (tree.runs / run_id / "alerts.jsonl").open("a") as file:
        file.write(as_line(record))


def rule_alert(stamp: object, severity: str) -> dict[str, object]:
    return {"timestamp_utc": stamp, "severity": severity, "title": "t", "body": "b"}


async def test_without_alerts_every_sample_is_there_and_0(tree: Tree) -> None:
    with runtime_of(tree) as runtime:
        found, samples = await scrape(runtime)
    assert found == {}
    assert samples == {(n, so, se) for n in (HOUR, DAY) for so in SOURCES for se in SEVERITIES}


async def test_every_source_counts_by_severity_within_each_window(tree: Tree) -> None:
    for severity in ("CRITICAL", "critical", "WARN", "INFO", HOSTILE, ""):
        tree.alerts("2026-01-15", alert(ago(minutes=59), severity=severity))
    tree.alerts("2026-01-15", alert(ago(hours=2), severity="CRITICAL"))
    tree.alerts("2026-01-14", alert(ago(hours=23), severity="CRITICAL"))
    tree.alerts("2026-01-14", alert(ago(hours=25), severity="CRITICAL"))
    tree.alerts("2026-01-15", alert(ago(hours=-1), severity="CRITICAL"), "no json")
    tree.run("a", [event(1)])
    tree.run("old", [event(1)], ended_at=ago(days=9))
    for run_id, severity in (("a", "critical"), ("a", "warning"), ("old", "critical")):
        run_alert(tree, run_id, ago(minutes=1), severity)
    run_alert(tree, "a", ago(days=2), "critical")
    run_alert(tree, "a", "never", "critical")
    run_alert(tree, "a", ago(minutes=-1), "critical")
    tree.rule_alerts(*(rule_alert(ago(minutes=m), "critical") for m in (5, 90, 2000, -5)))
    tree.rule_alerts(rule_alert(17, "critical"), rule_alert(ago(minutes=5), "warn"))
    with runtime_of(tree) as runtime:
        found, _ = await scrape(runtime)
    assert found == {
        (HOUR, "platform", "critical"): 2,
        (HOUR, "platform", "warning"): 1,
        (HOUR, "platform", "info"): 1,
        (HOUR, "platform", "other"): 2,
        (HOUR, "run", "critical"): 2,
        (HOUR, "run", "warning"): 1,
        (HOUR, "telemetry", "critical"): 1,
        (HOUR, "telemetry", "warning"): 1,
        (DAY, "platform", "critical"): 4,
        (DAY, "platform", "warning"): 1,
        (DAY, "platform", "info"): 1,
        (DAY, "platform", "other"): 2,
        (DAY, "run", "critical"): 2,
        (DAY, "run", "warning"): 1,
        (DAY, "telemetry", "critical"): 2,
        (DAY, "telemetry", "warning"): 1,
    }


async def test_the_next_scrape_shows_an_alert_and_a_later_one_no_more(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.run("a", [event(1)])
    with runtime_of(tree) as runtime:
        assert (await scrape(runtime))[0] == {}
        tree.alerts("2026-01-15", alert(NOW, severity="CRITICAL"))
        run_alert(tree, "a", NOW, "critical")
        found, _ = await scrape(runtime)
        assert found[HOUR, "platform", "critical"] == found[HOUR, "run", "critical"] == 1
        monkeypatch.setenv("PEAK_TRADE_NOW", ago(minutes=-61))
        found, _ = await scrape(runtime)
    assert found == {(DAY, "platform", "critical"): 1, (DAY, "run", "critical"): 1}


async def test_runs_that_wrote_no_alert_lately_are_not_read(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PEAK_TRADE_NOW")
    for run_id in ("new", "old"):
        tree.run(run_id, [event(1)])
        run_alert(tree, run_id, ago(minutes=1), "critical")
    long_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(tree.runs / "old" / "alerts.jsonl", (long_ago, long_ago))
    with runtime_of(tree) as runtime:
        found, _ = await scrape(runtime)
        assert set(runtime.store.local.runs) == {"new"}
    assert found[HOUR, "run", "critical"] == 1


async def test_an_overloaded_store_keeps_what_is_known(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.alerts("2026-01-15", alert(NOW, severity="CRITICAL"))
    with runtime_of(tree) as runtime:
        before, _ = await scrape(runtime)

        async def refuse(*_: object) -> None:
            raise OverloadedError("wait")

        monkeypatch.setattr(runtime.store, "alerts", refuse)
        assert (await scrape(runtime))[0] == before != {}
