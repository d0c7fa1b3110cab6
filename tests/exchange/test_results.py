"""What the client returns: real ccxt over HTTP to the stand-in, and limits of orders."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from peak_trade import clock
from peak_trade.exchange.results import MarketLimits, balance_frame, candle_frame

from .stand_in import KEY, SECRET, StandIn
from .support import START, client_of


def test_candles_have_a_utc_index_and_float_columns(stand_in: StandIn) -> None:
    with client_of(stand_in) as client:
        frame = client.fetch_ohlcv("BTC/EUR", "1m")
        assert frame.shape == (30, 5)
        assert list(frame.columns) == ["open", "high", "low", "close", "volume"]
        assert {str(kind) for kind in frame.dtypes} == {"float64"}
        index = pd.DatetimeIndex(frame.index)
        assert str(index.tz) == "UTC"
        assert index.is_monotonic_increasing
        assert index[0] == pd.Timestamp(START, unit="s", tz="UTC")
        assert frame.iloc[0].tolist() == [100.0, 101.0, 99.0, 100.5, 1.5]
        later = client.fetch_ohlcv("BTC/EUR", "1m", since=index[20].to_pydatetime(), limit=3)
        assert list(later.index) == list(index[20:23])
        assert list(client.fetch_ohlcv("BTC/EUR", "1m", limit=2).index) == list(index[-2:])
    assert stand_in.requests == ["Assets", "AssetPairs", "OHLC", "OHLC", "OHLC"]


@pytest.mark.parametrize("odd", [None, float("inf"), float("-inf"), float("nan")])
def test_a_number_that_is_not_finite_is_none(odd: float | None) -> None:
    candles = candle_frame([(0, 1.0, 2.0, 1.0, odd, odd)])
    assert candles.isna().to_numpy().tolist() == [[False, False, False, True, True]]
    balances = balance_frame({"free": {"EUR": odd}, "used": {}, "total": {"EUR": 5.0}})
    assert balances.isna().to_numpy().tolist() == [[True, True, False]]


def test_no_candles_are_an_empty_frame() -> None:
    with StandIn() as stand_in, client_of(stand_in) as client:
        frame = client.fetch_ohlcv("BTC/EUR", "1m")
    assert frame.shape == (0, 5)
    assert str(pd.DatetimeIndex(frame.index).tz) == "UTC"


def test_of_candles_with_one_time_the_last_counts() -> None:
    frame = candle_frame([[60_000, 1, 1, 1, 1, 1], [0, 2, 2, 2, 2, 2], [60_000, 3, 3, 3, 3, None]])
    assert frame["open"].tolist() == [2.0, 3.0]
    assert frame["volume"].isna().tolist() == [False, True]


def test_prices(stand_in: StandIn) -> None:
    with client_of(stand_in) as client:
        ticker = client.fetch_ticker("BTC/EUR")
    assert (ticker.symbol, ticker.bid, ticker.ask, ticker.last) == ("BTC/EUR", 99.5, 129.5, 129.5)
    assert (ticker.high, ticker.low, ticker.volume) == (120.0, 80.0, 7.25)
    assert ticker.time.tzinfo is UTC


def test_balances(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRAKEN_API_KEY", KEY)
    monkeypatch.setenv("KRAKEN_API_SECRET", SECRET)
    with client_of(stand_in) as client:
        frame = client.fetch_balance()
    assert frame.index.tolist() == ["BTC", "EUR"]
    assert frame.to_numpy().tolist() == [[2.0, 0.0, 2.0], [1000.0, 0.5, 1000.5]]
    assert list(frame.columns) == ["free", "used", "total"]


def test_status_and_health(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.FREEZE_VARIABLE, "2026-01-15T18:30:00+00:00")
    with client_of(stand_in) as client:
        before = client.health()
        assert (before.last_success, before.latency_seconds) == (None, None)
        assert client.fetch_status().status == "ok"
        after = client.health()
    assert (after.breaker, after.failures, after.last_failure) == ("closed", 0, "")
    assert after.last_success == datetime(2026, 1, 15, 18, 30, tzinfo=UTC)
    assert after.latency_seconds is not None
    assert after.latency_seconds > 0
    assert after.is_healthy


def test_limits_of_a_market(stand_in: StandIn) -> None:
    with client_of(stand_in) as client:
        limits = client.market_limits("ETH/EUR")
    assert limits == MarketLimits("ETH/EUR", 0.001, 0.1, 0.002, None, 0.5, None)


@pytest.mark.parametrize(
    ("quantity", "price", "problems"),
    [
        (0.3, 10.0, []),
        (0.002, 1000.0, []),
        (0.001, 1000.0, ["quantity 0.001 below 0.002"]),
        (0.0, 1000.0, ["quantity 0 below 0.002", "cost 0 below 0.5"]),
        (0.0025, 1000.0, ["quantity 0.0025 is no multiple of 0.001"]),
        (7.0, 1000.0, ["quantity 7 above 5", "cost 7000 above 6000"]),
    ],
)
def test_what_an_order_has_to_keep(quantity: float, price: float, problems: list[str]) -> None:
    limits = MarketLimits("ETH/EUR", 0.001, 0.1, 0.002, 5.0, 0.5, 6000.0)
    assert limits.problems(quantity, price) == problems
    assert MarketLimits("X/Y").problems(quantity, price) == []
