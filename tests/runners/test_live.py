"""Which candles of a live market are taken: finished, final, new; and what is told of others."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.stand_in import Fault, Row, StandIn
from exchange.support import client_of
from peak_trade import clock
from peak_trade.exchange.client import ResilientExchangeClient
from peak_trade.exchange.errors import ExchangeUnavailableError
from peak_trade.runners.live import LiveBars

from .test_session import session, wave


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(candles=wave(400), visible=6) as server:
        yield server


@pytest.fixture
def client(stand_in: StandIn) -> Iterator[ResilientExchangeClient]:
    with client_of(stand_in, attempts=1) as client:
        client.market_limits("BTC/EUR")
        yield client


class Hands:
    """Sets the clock of this machine and of the stand-in."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stand_in: StandIn) -> None:
        self._monkeypatch, self._stand_in = monkeypatch, stand_in

    def set(self, here: str, there: str | None = None) -> None:
        self._monkeypatch.setenv(clock.FREEZE_VARIABLE, f"2026-01-01T{here}+00:00")
        self._stand_in.date = f"Thu, 01 Jan 2026 {there or here} GMT"


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch, stand_in: StandIn) -> Hands:
    return Hands(monkeypatch, stand_in)


def minutes(bars: LiveBars) -> list[int]:
    return [bar.time.minute for bar in bars.new().bars]


def test_a_bar_that_ends_while_the_answer_travels_is_not_finished(
    stand_in: StandIn, client: ResilientExchangeClient, hands: Hands
) -> None:
    hands.set("00:05:59")
    bars = LiveBars(client, "BTC/EUR", "1m")
    stand_in.on_its_way = lambda: hands.set("00:06:01", "00:05:59")
    assert [bar.time.minute for bar in bars.first(3)] == [2, 3, 4]
    hands.set("00:05:59")
    assert minutes(bars) == []
    stand_in.on_its_way = lambda: None
    hands.set("00:06:01")
    assert minutes(bars) == [5]


def test_the_slower_clock_decides(
    stand_in: StandIn, client: ResilientExchangeClient, hands: Hands
) -> None:
    bars = LiveBars(client, "BTC/EUR", "1m")
    hands.set("00:05:03", "00:04:58")
    assert [bar.time.minute for bar in bars.first(2)] == [2, 3]
    assert bars.clock_offset == timedelta(seconds=4), "the exchange tells whole seconds"
    hands.set("00:05:58", "00:06:03")
    assert minutes(bars) == [4]
    assert bars.clock_offset == timedelta(seconds=-5)
    hands.set("00:06:03")
    assert minutes(bars) == [5]
    assert bars.clock_offset == timedelta(0)
    for unusable in ("", "soon", "Thu, 99 Jan 2026 00:00:00 GMT"):
        hands.set("00:06:03", "00:06:03")
        stand_in.date = unusable
        assert LiveBars(client, "BTC/EUR", "1m").first(1)[0].time.minute == 5


def test_a_candle_that_the_exchange_calls_open_is_not_finished(
    stand_in: StandIn, client: ResilientExchangeClient, hands: Hands
) -> None:
    hands.set("00:06:10")
    stand_in.is_last_open = True
    bars = LiveBars(client, "BTC/EUR", "1m")
    assert [bar.time.minute for bar in bars.first(2)] == [3, 4]
    stand_in.visible = 7
    hands.set("00:07:10")
    assert minutes(bars) == []
    stand_in.is_last_open = False
    assert minutes(bars) == [6]


def test_a_candle_that_changes_after_it_was_taken_is_told_once(
    stand_in: StandIn, client: ResilientExchangeClient, hands: Hands
) -> None:
    hands.set("01:00:00")
    bars = LiveBars(client, "BTC/EUR", "1m")
    taken = bars.first(2)[-1]
    assert bars.new().revised is None, "not yet: an exchange may take its time"
    row = stand_in.candles[5]
    stand_in.candles = [*stand_in.candles[:5], (*row[:5], 7.0), *stand_in.candles[6:]]
    revised = bars.new().revised
    assert revised is not None
    assert revised == (taken, taken._replace(volume=7.0))
    assert bars.new().revised is None
    stand_in.visible = 7
    assert len(bars.new().bars) == 1
    assert bars.new().revised is None, "it did not change"


@pytest.mark.parametrize("unsaid", [0, 10**9, 10**18, "soon", None])
def test_where_the_exchange_says_nothing_of_its_newest_candle_it_has_to_settle(
    stand_in: StandIn, client: ResilientExchangeClient, hands: Hands, unsaid: object
) -> None:
    stand_in.last = unsaid
    hands.set("00:05:30")
    bars = LiveBars(client, "BTC/EUR", "1m")
    assert [bar.time.minute for bar in bars.first(2)] == [3, 4]
    hands.set("00:06:03")
    assert minutes(bars) == []
    stand_in.visible = 7
    assert minutes(bars) == [5], "another one has begun"
    hands.set("00:07:04")
    assert minutes(bars) == []
    hands.set("00:07:05")
    assert minutes(bars) == [6]


@pytest.mark.parametrize("late", [1, 100])
def test_what_was_finished_before_the_first_question_is_past_when_it_comes_later(
    stand_in: StandIn, client: ResilientExchangeClient, hands: Hands, late: int
) -> None:
    hands.set("03:00:10")
    stand_in.visible = 180 - late
    bars = LiveBars(client, "BTC/EUR", "1m")
    assert len(bars.first(30)) == 30
    stand_in.visible = 190
    hands.set("03:10:10")
    news = bars.new()
    assert len(news.past) == late
    assert [bar.time.minute for bar in news.bars] == list(range(10))
    assert news.gaps == []


@pytest.mark.parametrize(("late", "new"), [(1, 0), (100, 100)])
def test_the_candles_of_a_market_that_stood_still_at_the_start_are_new(
    stand_in: StandIn, client: ResilientExchangeClient, hands: Hands, late: int, new: int
) -> None:
    hands.set("03:00:10")
    stand_in.visible = 180 - late
    bars = LiveBars(client, "BTC/EUR", "1m")
    assert len(bars.first(30)) == 30
    assert [minutes(bars), minutes(bars)] == [[], []]
    stand_in.visible = 180
    assert len(bars.new().bars) == new


def test_a_first_answer_that_is_old_makes_no_past_candle_a_step(tmp_path: Path) -> None:
    now = int(clock.now().timestamp()) // 60 * 60
    with StandIn(candles=wave(400, now - 400 * 60), visible=100) as stand_in:

        def catch_up() -> None:
            stand_in.visible = 400

        stand_in.on_its_way = catch_up
        outcome = session(tmp_path, stand_in, duration=0.2, warmup_bars=30)
    assert outcome.totals.steps == 0
    assert stand_in.count("OHLC") > 1


@pytest.mark.parametrize(
    "values",
    [
        *((100, 101, 99, math.inf, 1), (100, math.nan, 99, 100, 1), (100, 99, 101, 100, 1)),
        *((100, 101, 99, 102, 1), (1, 101, 99, 100, 1), (math.inf,) * 5, (-1, -1, -1, -1, 1)),
        *((0, 1, 1, 1, 1), (1e40, 1e40, 1e40, 1e40, 1), (1e-40, 1e-40, 1e-40, 1e-40, 1)),
        *((100, 101, 99, 100, -7), (100, 101, 99, 100, 1e40)),
    ],
)
def test_a_candle_that_no_market_has_is_missing(
    stand_in: StandIn, client: ResilientExchangeClient, values: tuple[float, ...]
) -> None:
    bars = LiveBars(client, "BTC/EUR", "1m")
    bars.first(3)
    rows = list(stand_in.candles)
    rows[7] = (rows[7][0], *values)  # type: ignore[assignment]
    stand_in.candles, stand_in.visible = rows, 10
    news = bars.new()
    assert [bar.time.minute for bar in news.bars] == [6, 8, 9]
    assert [gap.missing for gap in news.gaps] == [1]


@pytest.mark.parametrize("shift", [7, -7])
def test_a_candle_that_begins_between_two_is_none(
    stand_in: StandIn, client: ResilientExchangeClient, shift: float
) -> None:
    bars = LiveBars(client, "BTC/EUR", "1m")
    bars.first(3)
    rows = list(stand_in.candles)
    rows[7] = (rows[7][0] + shift, *rows[7][1:])
    stand_in.candles, stand_in.visible = rows, 9
    assert minutes(bars) == [6, 8]


@pytest.mark.parametrize("count", [0, 1, 3, 10])
def test_after_too_few_past_bars_nothing_older_than_the_start_is_new(
    stand_in: StandIn, client: ResilientExchangeClient, hands: Hands, count: int
) -> None:
    hands.set("04:10:30")
    stand_in.visible = count
    bars = LiveBars(client, "BTC/EUR", "1m")
    assert len(bars.first(20)) == count
    stand_in.visible = 400
    assert minutes(bars) == []
    hands.set("04:12:00")
    assert minutes(bars) == [10, 11]


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault.EMPTY_RESULT, Fault.NO_RESULT, Fault.NULL_RESULT),
        *(Fault.NULL_CANDLES, Fault.OTHER_MARKET),
    ],
)
def test_answers_without_their_content_are_no_empty_markets(
    stand_in: StandIn, client: ResilientExchangeClient, fault: Fault
) -> None:
    bars = LiveBars(client, "BTC/EUR", "1m")
    with stand_in.failing(fault), pytest.raises(ExchangeUnavailableError, match="incomplete"):
        bars.first(3)
    assert len(bars.first(3)) == 3


@pytest.mark.parametrize(
    ("absent", "gaps"),
    [
        ({10}, [1]),
        ({6, 7, 8}, [3]),
        ({8, 12, 13, 30}, [1, 2, 1]),
        (set(range(6, 399)), [393]),
        (set(), []),
    ],
)
def test_missing_candles_are_counted(
    stand_in: StandIn, client: ResilientExchangeClient, absent: set[int], gaps: list[int]
) -> None:
    bars = LiveBars(client, "BTC/EUR", "1m")
    bars.first(5)
    rows: list[Row] = list(stand_in.candles)
    stand_in.candles = [row for number, row in enumerate(rows) if number not in absent]
    stand_in.visible = 400
    news = bars.new()
    assert [gap.missing for gap in news.gaps] == gaps
    assert len(news.bars) == 400 - 6 - len(absent)
    assert all(
        (gap.before - gap.after).total_seconds() == 60 * (gap.missing + 1) for gap in news.gaps
    )
