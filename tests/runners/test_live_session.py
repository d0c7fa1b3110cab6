"""What a session tells of its exchange: outages, holes, market states, clocks, revisions."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from exchange.stand_in import Fault, StandIn, pair
from peak_trade import clock
from peak_trade.errors import SettingsError
from peak_trade.exchange.errors import RefusedError
from peak_trade.runners import notices
from peak_trade.runners.progress import Silent
from peak_trade.runners.session import describe_session, run_session
from peak_trade.runners.trader import Totals

from .support import Tree, check_books
from .test_session import config, opener, session, wave


class At(Silent):
    """Does something to the stand-in after a step."""

    def __init__(self, step: int, act: Any) -> None:
        self._step, self._act = step, act

    def stepped(self, totals: Totals) -> None:
        if totals.steps == self._step:
            self._act()


def alerts_of(root: Path) -> dict[str, str]:
    return {alert["context"]["rule_id"]: alert["body"] for alert in Tree(root).alerts}


def test_an_outage_longer_than_the_window_is_told_with_what_is_missing(tmp_path: Path) -> None:
    with StandIn(candles=wave(1500), visible=60, grow=4) as stand_in:

        def fail() -> None:
            stand_in.faults.extend([Fault.UNAVAILABLE] * 3)
            stand_in.visible, stand_in.grow = 1500, 0

        session_config = config(tmp_path, steps=300)
        with_one_try = opener(stand_in, attempts=1)
        run_session(session_config, with_one_try, At(40, fail))
    tree = Tree(tmp_path)
    frame = check_books(tree.run)
    steps = frame["ts_bar"].diff().dt.total_seconds().dropna() / 60 - 1
    missing = int(steps.sum())
    assert missing == 1500 - 720 - 100
    assert tree.session["metrics"]["missing_candles"] == missing
    rules = [alert["context"]["rule_id"] for alert in tree.alerts]
    assert rules == [
        *("run_started", "exchange_unavailable", "candles_missing"),
        *("exchange_recovered", "run_completed"),
    ]
    told = alerts_of(tmp_path)
    before = frame["ts_bar"][steps.idxmax()].isoformat()
    assert told["candles_missing"].startswith(f"{missing} candles of 1m are missing, between ")
    assert told["candles_missing"].endswith(before)
    assert told["exchange_recovered"].endswith(f"{missing} candles of it are missing")


def test_gaps_of_a_thin_market_are_gathered(tmp_path: Path) -> None:
    rows = [row for number, row in enumerate(wave(400)) if number < 60 or number % 3]
    with StandIn(candles=rows, visible=60, grow=4) as stand_in:
        session(tmp_path, stand_in, steps=101)
    tree = Tree(tmp_path)
    bodies = [
        alert["body"] for alert in tree.alerts if alert["context"]["rule_id"] == "candles_missing"
    ]
    assert len(bodies) == 2, "the first at once, the others at the end"
    assert bodies[1].endswith("in 49 gaps since this was told last")
    assert tree.session["metrics"]["missing_candles"] == 51 == 2 + 49


STATES = ["cancel_only", "post_only", "limit_only", "reduce_only", "delisted", "maintenance"]


@pytest.mark.parametrize("state", STATES)
def test_a_market_that_is_not_open_is_told_and_its_orders_are_not_valid(
    tmp_path: Path, state: str
) -> None:
    pairs = {"XXBTZEUR": pair("XXBT", "ZEUR", status=state)}
    with StandIn(candles=wave(400), visible=60, grow=20, pairs=pairs) as stand_in:
        lines = describe_session(config(tmp_path, "testnet"), opener(stand_in))
        assert any(f"BTC/EUR is {state}" in line for line in lines)
        session(tmp_path, stand_in, "testnet", steps=120)
        tree = Tree(tmp_path)
        orders = [line["payload"] for line in tree.telemetry if line["kind"] == "order"]
        assert len(orders) > 2
        for order in orders:
            assert order["validation"]["valid"] is False
            assert f"the market is {state}" in order["validation"]["problems"]
        assert tree.events["orders_filled"].sum() == 0
        assert state in alerts_of(tmp_path)["market_restricted"]
        session(tmp_path / "shadow", stand_in, steps=1)
        assert state in alerts_of(tmp_path / "shadow")["market_restricted"]


@pytest.mark.parametrize("state", ["cancel_only", "reduce_only"])
def test_a_state_that_changes_while_a_session_runs_counts_for_the_next_order(
    tmp_path: Path, state: str
) -> None:
    with StandIn(candles=wave(400), visible=60, grow=4) as stand_in:

        def change() -> None:
            stand_in.pairs = {"XXBTZEUR": pair("XXBT", "ZEUR", status=state)}

        session(tmp_path, stand_in, "testnet", progress=At(40, change), steps=200)
    orders = [line["payload"] for line in Tree(tmp_path).telemetry if line["kind"] == "order"]
    late = orders[3:]
    assert orders[0]["validation"]["valid"]
    assert late
    sells = [order for order in late if order["side"] == "sell"]
    assert not any(o["validation"]["valid"] for o in late if o["side"] == "buy")
    assert all(order["validation"]["valid"] == (state == "reduce_only") for order in sells)


def test_a_market_that_is_gone_takes_no_order_and_fails_the_session(tmp_path: Path) -> None:
    with StandIn(candles=wave(400), visible=60, grow=4) as stand_in:

        def vanish() -> None:
            stand_in.pairs = {"XETHZEUR": pair("XETH", "ZEUR")}

        with pytest.raises(RefusedError, match="no market 'BTC/EUR'"):
            session(tmp_path, stand_in, "testnet", progress=At(40, vanish), patience_seconds=0.0)
    tree = Tree(tmp_path)
    orders = [line["payload"] for line in tree.telemetry if line["kind"] == "order"]
    assert orders[-1]["validation"]["problems"] == ["the exchange has this market no longer"]
    assert tree.session["status"] == "failed"


def test_a_market_that_was_gone_for_a_while_is_traded_again(tmp_path: Path) -> None:
    with StandIn(candles=wave(400), visible=60, grow=4) as stand_in:
        pairs = stand_in.pairs

        def vanish() -> None:
            stand_in.pairs = {"XETHZEUR": pair("XETH", "ZEUR")}
            asked = stand_in.count("AssetPairs")

            def come_back() -> None:
                if stand_in.count("AssetPairs") > asked + 3:
                    stand_in.pairs = pairs

            stand_in.on_its_way = come_back

        outcome = session(tmp_path, stand_in, "testnet", progress=At(40, vanish), steps=150)
    assert (outcome.status, outcome.totals.steps) == ("completed", 150)
    rules = [alert["context"]["rule_id"] for alert in Tree(tmp_path).alerts]
    assert [rule for rule in rules if rule.startswith("exchange_")] == [
        *("exchange_unavailable", "exchange_recovered"),
    ]


class EveryOther(Silent):
    """Lets every other question fail, as often as there are failures in each of `lengths`."""

    def __init__(self, stand_in: StandIn, lengths: list[int]) -> None:
        self._stand_in, self._lengths = stand_in, lengths

    def stepped(self, totals: Totals) -> None:
        if totals.steps % 4 == 0 and self._lengths:
            self._stand_in.faults.extend([Fault.UNAVAILABLE] * self._lengths.pop(0))


@pytest.mark.parametrize("is_long", [False, True])
def test_an_exchange_that_answers_every_other_question_is_no_flood_of_alerts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_long: bool
) -> None:
    if is_long:  # from the second failed question of an outage on
        monkeypatch.setattr(notices, "_SHORT_SECONDS", 1e-6)
    with StandIn(candles=wave(400), visible=60, grow=4) as stand_in:
        lengths = [1] * 10 + [3]
        failing = EveryOther(stand_in, lengths)
        run_session(config(tmp_path, steps=80), opener(stand_in, attempts=1), failing)
    tree = Tree(tmp_path)
    rules = [alert["context"]["rule_id"] for alert in tree.alerts]
    down_and_up = ["exchange_unavailable", "exchange_recovered"]
    assert rules == [
        *("run_started", *down_and_up, "exchange_unsteady"),
        *(down_and_up if is_long else []),
        *("exchange_unsteady", "run_completed"),  # the last one says how many were counted
    ]
    assert tree.alerts[-2]["context"]["repeats"] == (7 if is_long else 8)
    assert len([line for line in tree.telemetry if line["kind"] == "error"]) == 11


def test_a_clock_that_is_off_is_told_or_refused(tmp_path: Path) -> None:
    with StandIn(candles=wave(400), visible=60, grow=4) as stand_in:
        stand_in.date = "Thu, 01 Jan 2026 05:00:00 GMT"
        with pytest.raises(SettingsError, match=r"ahead of that of the exchange.*set the clock"):
            session(tmp_path, stand_in, steps=5)
        assert list(tmp_path.iterdir()) == []

        def go_wrong() -> None:
            stand_in.date = "Fri, 01 Jan 2999 05:00:00 GMT"

        stand_in.date = None
        session(tmp_path, stand_in, progress=At(8, go_wrong), steps=60)
    rules = [alert["context"]["rule_id"] for alert in Tree(tmp_path).alerts]
    assert rules == ["run_started", "clock_off", "run_completed"]
    assert "s behind that of the exchange" in alerts_of(tmp_path)["clock_off"]


def test_a_clock_at_the_border_is_told_once(tmp_path: Path) -> None:
    with StandIn(candles=wave(400), visible=60, grow=4) as stand_in:

        def sway() -> None:
            ahead = 6.5 if stand_in.count("OHLC") % 2 else 4.5  # seconds
            stand_in.date = format_datetime(clock.now() + timedelta(seconds=ahead), usegmt=True)

        stand_in.on_its_way = sway
        session(tmp_path, stand_in, steps=60)
    rules = [alert["context"]["rule_id"] for alert in Tree(tmp_path).alerts]
    assert rules == ["run_started", "clock_off", "run_completed"]


def test_answers_that_travel_now_longer_now_shorter_prove_no_other_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, travelled = clock.now, timedelta(0)
    monkeypatch.setattr(clock, "now", lambda: now() + travelled)
    with StandIn(candles=wave(400), visible=60, grow=4) as stand_in:

        def travel() -> None:
            nonlocal travelled
            stand_in.date = format_datetime(clock.now() + timedelta(seconds=8), usegmt=True)
            travelled += timedelta(seconds=6 * (stand_in.count("OHLC") % 2))

        stand_in.on_its_way = travel
        session(tmp_path, stand_in, steps=24)
    told = [alert for alert in Tree(tmp_path).alerts if alert["title"] == "Clock off"]
    assert len(told) == 1
    assert "repeats" not in told[0]["context"]


def test_fewer_bars_to_warm_up_than_asked_for_are_told(tmp_path: Path) -> None:
    with StandIn(candles=wave(40), visible=40) as stand_in:
        session(tmp_path, stand_in, duration=0.05, warmup_bars=100)
    assert alerts_of(tmp_path)["warmup_short"] == "40 of 100 past candles came to warm up"


def test_a_revised_candle_is_an_alert(tmp_path: Path) -> None:
    with StandIn(candles=wave(400), visible=60, grow=4) as stand_in:

        def revise() -> None:
            stand_in.candles = [(*row[:4], row[4] + 0.5, row[5]) for row in stand_in.candles]

        session(tmp_path, stand_in, progress=At(40, revise), steps=60)
    assert "close" in alerts_of(tmp_path)["candle_revised"]


def test_an_exchange_that_changes_each_candle_is_no_flood_of_alerts(tmp_path: Path) -> None:
    with StandIn(candles=wave(400), visible=60, grow=1) as stand_in:

        def revise() -> None:
            stand_in.candles = [(*row[:4], row[4] + 0.01, row[5]) for row in stand_in.candles]

        stand_in.on_its_way = revise
        session(tmp_path, stand_in, steps=60)
    told = [alert for alert in Tree(tmp_path).alerts if alert["title"] == "Candle revised"]
    assert len(told) == 2, "the first at once, the others in one line"
    assert told[1]["context"]["repeats"] > 40


def test_answers_without_news_are_told_once_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "_BARS_WITHOUT_NEWS", 1e-6)
    with StandIn(candles=wave(400), visible=60) as stand_in:

        def stand_still() -> None:
            stand_in.grow = 30 if stand_in.count("OHLC") % 4 == 3 else 0

        stand_in.on_its_way = stand_still
        session(tmp_path, stand_in, steps=85)
    first, *others = (a for a in Tree(tmp_path).alerts if a["title"] == "No new candles")
    assert "repeats" not in first["context"]
    assert [alert["context"]["repeats"] for alert in others] == [1], "of three, one is counted"
