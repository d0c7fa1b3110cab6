"""The risk gate: each limit, its days and minutes, and what a blocked order leaves behind."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from peak_trade.errors import SettingsError
from peak_trade.runners.broker import MarketModel
from peak_trade.runners.risk import (
    LimitDetail,
    RiskGate,
    RiskLimits,
    RiskSeverity,
    ToldSeverity,
)

from .support import Tree, feed, shadow

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
FREE = MarketModel(fee_rate=0.0, slippage_bps=0.0, position_fraction=0.5)


def blocked_by(gate: RiskGate, notional: float = 1.0) -> list[str]:
    return [detail.limit_name for detail in gate.check(notional)]


def test_without_limits_everything_passes() -> None:
    gate = RiskGate(RiskLimits(), 1000.0)
    gate.mark(START, 1.0, 999.0)
    assert blocked_by(gate, 1e12) == []
    assert gate.details() == []
    assert gate.severity() is RiskSeverity.OK


def test_position_counts_what_is_held_and_what_is_ordered() -> None:
    gate = RiskGate(RiskLimits(max_position=500.0), 1000.0)
    gate.mark(START, 1000.0, 300.0)
    assert blocked_by(gate, 200.0) == []
    assert blocked_by(gate, 200.01) == ["max_position"]


def test_drawdown_is_measured_from_the_highest_equity() -> None:
    gate = RiskGate(RiskLimits(max_drawdown=0.1), 1000.0)
    gate.mark(START, 2000.0, 0.0)
    gate.mark(START, 1800.0, 0.0)
    assert blocked_by(gate) == []
    assert gate.severity() is RiskSeverity.WARNING
    gate.mark(START, 1799.0, 0.0)
    assert blocked_by(gate) == ["max_drawdown"]
    assert gate.severity() is RiskSeverity.BREACH


def test_daily_loss_begins_anew_at_midnight() -> None:
    gate = RiskGate(RiskLimits(max_daily_loss=100.0), 1000.0)
    gate.mark(START, 890.0, 0.0)
    assert blocked_by(gate) == ["max_daily_loss"]
    gate.mark(START + timedelta(hours=12), 850.0, 0.0)
    assert blocked_by(gate) == []
    gate.mark(START + timedelta(hours=13), 789.0, 0.0)
    assert blocked_by(gate) == ["max_daily_loss"]


def test_orders_are_counted_over_a_minute() -> None:
    gate = RiskGate(RiskLimits(max_orders_per_minute=2), 1000.0)
    for second in (0, 20):
        gate.mark(START + timedelta(seconds=second), 1000.0, 0.0)
        assert blocked_by(gate) == []
        gate.ordered()
    assert blocked_by(gate) == ["max_orders_per_minute"]
    gate.mark(START + timedelta(seconds=59), 1000.0, 0.0)
    assert blocked_by(gate) == ["max_orders_per_minute"]
    gate.mark(START + timedelta(seconds=60), 1000.0, 0.0)
    assert blocked_by(gate) == []


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan")])
def test_limits_are_above_zero(limit: float) -> None:
    with pytest.raises(SettingsError, match="max_drawdown"):
        RiskLimits(max_drawdown=limit)


def rise(length: int) -> list[tuple[float, float]]:
    """Return bars in which the price stands still, then rises without end."""
    closes = [100.0] * 30 + [100.0 + number for number in range(1, length - 29)]
    return list(zip([100.0, *closes], closes, strict=False))


def test_a_blocked_order_is_counted_named_and_told(tmp_path: Path) -> None:
    limits = RiskLimits(max_position=100.0, max_daily_loss=500.0)
    outcome = shadow(tmp_path, feed(rise(60)), model=FREE, limits=limits)
    tree = Tree(tmp_path)
    assert outcome.totals.orders_filled == 0

    (blocked,) = tree.events[tree.events["orders_blocked"] > 0].to_dict("records")
    assert blocked["orders_generated"] == blocked["orders_blocked"] == 1
    assert blocked["risk_allowed"] is False
    assert blocked["risk_reasons"] == "max_position: 5,000 above 100"
    assert tree.events["risk_allowed"].sum() == len(tree.events) - 1

    kinds = [event["kind"] for event in tree.telemetry]
    assert kinds == ["intent", "gate"]
    assert tree.telemetry[1]["payload"] == {
        "gate_name": "risk",
        "passed": False,
        "reason": blocked["risk_reasons"],
    }

    (alert,) = [alert for alert in tree.alerts if alert["category"] == "RISK"]
    assert alert["source"] == "live_risk_limits"
    assert alert["severity"] == "WARN"
    assert alert["session_id"] == tree.session["session_id"]
    assert alert["context"]["rule_id"] == "risk_blocked"
    assert [alert["rule_id"] for alert in tree.run_alerts] == [
        "run_started",
        "risk_blocked",
        "run_completed",
    ]

    metrics = tree.session["metrics"]
    assert metrics["fill_rate"] == 0.0
    assert metrics["risk_status"] == "green"
    assert metrics["limit_details"] == [
        {
            "limit_name": "max_position",
            "current_value": 0.0,
            "limit_value": 100.0,
            "ratio": 0.0,
            "severity": "ok",
        },
        {
            "limit_name": "max_daily_loss",
            "current_value": 0.0,
            "limit_value": 500.0,
            "ratio": 0.0,
            "severity": "ok",
        },
    ]
    assert tree.session["config"]["enable_risk_limits"] is True


def test_a_position_is_sold_in_breach_and_the_severity_is_told(tmp_path: Path) -> None:
    rows = rise(40)
    top = rows[-1][1]
    drawdown = [(top, top * 0.8), *[(top * 0.8, top * 0.8)] * 30]
    shadow(tmp_path, feed([*rows, *drawdown]), model=FREE, limits=RiskLimits(max_drawdown=0.05))
    tree = Tree(tmp_path)
    assert tree.trades["side"].tolist() == ["buy", "sell"]
    titles = [alert["title"] for alert in tree.alerts if alert["category"] == "RISK"]
    assert titles == ["Risk severity changed: GREEN → RED"]
    metrics = tree.session["metrics"]
    assert (metrics["risk_status"], metrics["risk_severity"]) == ("red", "breach")
    assert metrics["risk_check"]["allowed"] is False
    assert metrics["risk_check"]["reasons"][0].startswith("max_drawdown: ")


def position(notional: float) -> list[LimitDetail]:
    return [LimitDetail("max_position", notional, 100.0)]


def told(values: list[float], minutes: int) -> list[str]:
    """Return the changes that are told of values which are that many minutes apart."""
    severity = ToldSeverity()
    seen = [RiskSeverity.OK]
    seen += [
        severity.take(START + timedelta(minutes=minutes * number), position(value))
        for number, value in enumerate(values)
    ]
    return [now.light for before, now in pairwise(seen) if now is not before]


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        ([85, 0] * 300, ["yellow"]),  # a position that comes and goes
        ([79.9, 80.1] * 300, ["yellow"]),
        ([99, 101] * 300, ["yellow", "red"]),
        ([101, 75] * 300, ["red"]),
        ([85, *[79] * 300], ["yellow"]),  # not a tenth below
        ([85, *[71] * 13], ["yellow", "green"]),
        ([85, *[71] * 12], ["yellow"]),  # not yet an hour
        ([101, *[71] * 6, 75, *[71] * 6], ["red", "yellow"]),
        ([101, *[0] * 13, 101], ["red", "green", "red"]),
    ],
)
def test_a_severity_is_told_at_once_and_taken_back_after_an_hour(
    values: list[float], changes: list[str]
) -> None:
    assert told(values, minutes=5) == changes


def test_bars_that_are_long_are_calm_from_the_second_on() -> None:
    assert told([85, 0, 0, 85], minutes=1440) == ["yellow", "green", "yellow"]


def test_trades_that_come_and_go_near_a_limit_are_one_alert(tmp_path: Path) -> None:
    wave = [100.0 + 10 * math.sin(number / 6) for number in range(600)]
    rows = list(zip([100.0, *wave], wave, strict=False))
    shadow(tmp_path, feed(rows), model=FREE, limits=RiskLimits(max_position=5_500.0))
    tree = Tree(tmp_path)
    assert len(tree.trades) > 20
    titles = [alert["title"] for alert in tree.alerts if alert["category"] == "RISK"]
    assert titles == ["Risk severity changed: GREEN → YELLOW"]


@pytest.mark.parametrize(("percent", "fraction"), [(20.0, "20 % is 0.2"), (1.5, "1.5 % is 0.015")])
def test_a_drawdown_in_percent_is_refused_with_the_right_value(
    percent: float, fraction: str
) -> None:
    with pytest.raises(SettingsError, match=fraction):
        RiskLimits(max_drawdown=percent)
    assert RiskLimits(max_drawdown=1.0).given() == {"max_drawdown": 1.0}
