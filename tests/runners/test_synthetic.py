"""Synthetic candles: repeatable, in the shape of a market, and closed to a circle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_trade.errors import SettingsError
from peak_trade.runners.bars import Bar, replay, timeframe_name, timeframe_seconds
from peak_trade.runners.synthetic import synthetic_candles


@given(bars=st.integers(1, 400), seed=st.integers(0, 2**32), minutes=st.integers(1, 300))
def test_candles_are_candles(bars: int, seed: int, minutes: int) -> None:
    candles = synthetic_candles(f"{minutes}m", bars, seed=seed)
    assert candles.shape == (bars, 5)
    body = candles[["open", "close"]]
    assert (candles["low"] <= body.min(axis="columns")).all()
    assert (candles["high"] >= body.max(axis="columns")).all()
    assert (candles["low"] > 0).all()
    assert set(np.diff(candles.index.to_numpy())) <= {np.timedelta64(minutes, "m")}
    assert candles["close"].iloc[-1] == 40_000.0


def test_the_same_seed_gives_the_same_candles_and_another_one_does_not() -> None:
    assert synthetic_candles("1m", 50).equals(synthetic_candles("1m", 50))
    assert not synthetic_candles("1m", 50).equals(synthetic_candles("1m", 50, seed=1))


def test_assets_have_a_price_of_their_own_and_one_that_is_not_known_that_of_bitcoin() -> None:
    bitcoin = synthetic_candles("1m", 50)
    assert synthetic_candles("1m", 50, symbol="BTC/EUR").equals(bitcoin)
    solana = synthetic_candles("1m", 50, symbol="SOL/EUR")
    assert solana["high"].max() < 200
    cheaper = (bitcoin["close"] / solana["close"]).to_numpy()
    np.testing.assert_allclose(solana["volume"] / bitcoin["volume"], cheaper, rtol=1e-2)


def test_there_are_trends_ranges_and_jumps() -> None:
    candles = synthetic_candles("1m")
    change = np.log(candles["close"]).diff()
    assert (change.abs() > 6 * change.std()).any()
    over_an_hour = np.log(candles["close"]).diff(60)
    assert over_an_hour.max() > 0.04
    assert over_an_hour.min() < -0.04


@given(rounds=st.integers(1, 4), bars=st.integers(1, 20), minutes=st.integers(1, 60))
def test_replay_goes_round_with_the_time_going_on(rounds: int, bars: int, minutes: int) -> None:
    candles = synthetic_candles(f"{minutes}m", bars)
    seen = list(islice(replay(lambda: [candles], f"{minutes}m", loop=True), rounds * bars))
    times = [bar.time for bar, _ in seen]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert times == [start + timedelta(minutes=minutes) * number for number in range(len(seen))]
    assert [is_seam for _, is_seam in seen] == ([False] * (bars - 1) + [True]) * rounds
    assert [bar.close for bar, _ in seen] == candles["close"].tolist() * rounds


def test_replay_without_loop_ends_and_has_no_seam() -> None:
    candles = synthetic_candles("1h", 3)
    seen = list(replay(lambda: [candles[:1], candles[1:1], candles[1:]], "1h", loop=False))
    assert [is_seam for _, is_seam in seen] == [False] * 3
    assert isinstance(seen[0][0], Bar)


@given(st.integers(1, 10**9 - 1))
def test_time_frames_have_names(seconds: int) -> None:
    assert timeframe_seconds(timeframe_name(seconds)) == seconds


@pytest.mark.parametrize(("name", "seconds"), [("1m", 60), ("4h", 14_400), ("1w", 604_800)])
def test_time_frames_of_the_exchange(name: str, seconds: int) -> None:
    assert timeframe_seconds(name) == seconds
    assert timeframe_name(seconds) == name


@pytest.mark.parametrize("text", ["", "m", "0m", "1 m", "1M", "-1m", "1.5h", "../1m"])
def test_other_texts_are_no_time_frames(text: str) -> None:
    with pytest.raises(SettingsError, match="timeframe"):
        timeframe_seconds(text)
