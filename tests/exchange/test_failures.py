"""The client when the exchange misbehaves: held by what the stand-in saw."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import pybreaker
import pytest
from ccxt.base import exchange as ccxt_base

from peak_trade import clock
from peak_trade.exchange.client import ResilientExchangeClient
from peak_trade.exchange.errors import (
    CircuitOpenError,
    CredentialsError,
    ExchangeError,
    ExchangeUnavailableError,
    RefusedError,
    UnknownExchangeError,
    UnknownMarketError,
)
from peak_trade.exchange.transport import MAX_RETRY_AFTER_SECONDS
from serving import PATIENCE

from .stand_in import KEY, Fault, StandIn
from .support import client_of, settings

PASSING = {
    Fault.HTTP_500: "not available (500)",
    Fault.HTTP_503: "not available (503)",
    Fault.HTTP_429: "too many requests (429)",
    Fault.RATE_LIMIT: "too many requests (EAPI:Rate limit exceeded)",
    Fault.UNAVAILABLE: "not available (EService:Unavailable)",
    Fault.TIMEOUT: "not available (EService:Timeout)",
    Fault.BAD_NONCE: "not available (EAPI:Invalid nonce)",
    Fault.DROP: "no connection",
    Fault.CUT_CHUNKS: "the answer cannot be read",
    Fault.NO_GZIP: "the answer cannot be read",
    Fault.CUT_JSON: "the answer is incomplete",
    Fault.HTML: "the answer is incomplete",
    Fault.EMPTY: "the answer is incomplete",
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_failure_is_tried_again(stand_in: StandIn, fault: Fault) -> None:
    stand_in.faults.extend([fault, fault])
    with client_of(stand_in, attempts=3) as client:
        assert client.fetch_status().status == "ok"
        assert stand_in.requests == ["SystemStatus"] * 3
        assert client.health().is_healthy
        assert client.health().last_failure == PASSING[fault]


def test_an_answer_with_a_warning_is_one(stand_in: StandIn) -> None:
    stand_in.always = Fault.WARNING
    with client_of(stand_in) as client:
        assert len(client.fetch_ohlcv("BTC/EUR", "1m")) == 30
        assert client.health().last_failure == ""


@pytest.mark.parametrize("fault", PASSING)
def test_tries_come_to_an_end(stand_in: StandIn, fault: Fault) -> None:
    stand_in.always = fault
    with client_of(stand_in, attempts=3) as client:
        with pytest.raises(ExchangeUnavailableError) as caught:
            client.fetch_status()
        assert not client.health().is_healthy
    assert stand_in.requests == ["SystemStatus"] * 3
    assert str(caught.value) == (f"kraken: fetch_status failed: {PASSING[fault]}; try again later")


def test_markets_that_do_not_come_are_no_markets(stand_in: StandIn) -> None:
    stand_in.faults.extend([Fault.EMPTY_RESULT, Fault.EMPTY_RESULT])
    with client_of(stand_in) as client:
        assert len(client.fetch_ohlcv("BTC/EUR", "1m")) == 30
    assert stand_in.requests == ["Assets", "AssetPairs"] * 2 + ["OHLC"]


@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.DRIP])
def test_a_call_ends_by_its_deadline(stand_in: StandIn, fault: Fault) -> None:
    stand_in.always = fault
    patient = client_of(stand_in, timeout_seconds=15.0, deadline_seconds=0.3)
    with patient as client, pytest.raises(ExchangeUnavailableError, match="no answer in time"):
        client.fetch_status()
    assert stand_in.requests == ["SystemStatus"]


def test_a_drip_of_bytes_is_cut_off(stand_in: StandIn) -> None:
    stand_in.always = Fault.DRIP
    with client_of(stand_in, deadline_seconds=0.3) as client:
        with contextlib.suppress(ExchangeUnavailableError):
            client.fetch_status()
        assert stand_in.drips.get(timeout=PATIENCE) == "cut off"


def test_a_silent_request_is_given_up_and_sent_again(stand_in: StandIn) -> None:
    stand_in.faults.append(Fault.SILENCE)
    with client_of(stand_in, timeout_seconds=0.2) as client:
        assert client.fetch_status().status == "ok"
        assert client.health().last_failure == "no answer in time"
    assert stand_in.count("SystemStatus") == 2


def test_no_wait_goes_beyond_the_deadline(stand_in: StandIn) -> None:
    stand_in.always = Fault.DROP
    slow = client_of(stand_in, retry_wait_seconds=50.0, retry_max_wait_seconds=50.0)
    with slow as client, pytest.raises(ExchangeUnavailableError):
        client.fetch_status()
    assert stand_in.count("SystemStatus") == 1


def test_waits_double_and_carry_jitter(stand_in: StandIn) -> None:
    stand_in.always = Fault.UNAVAILABLE
    waits: list[float] = []
    patient = settings(
        stand_in,
        attempts=6,
        retry_wait_seconds=0.5,
        retry_max_wait_seconds=4.0,
        breaker_failures=99,
    )
    with ResilientExchangeClient("kraken", patient, wait=waits.append) as client:
        for _ in range(3):
            with pytest.raises(ExchangeUnavailableError):
                client.fetch_status()
    assert len(waits) == 15
    for number, wait in enumerate(waits):
        least = 0.5 * 2 ** (number % 5)
        assert min(least, 4.0) <= wait <= min(least + 0.25, 4.0)
    assert len(set(waits)) > 5


def test_a_wait_can_end_the_call(stand_in: StandIn) -> None:
    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    stand_in.always = Fault.UNAVAILABLE
    stopped = ResilientExchangeClient("kraken", settings(stand_in), wait=stop)
    with stopped as client, pytest.raises(KeyboardInterrupt):
        client.fetch_status()
    assert stand_in.count("SystemStatus") == 1


def call_until_it_is_sent(client: ResilientExchangeClient, stand_in: StandIn) -> None:
    before, give_up_at = len(stand_in.requests), clock.monotonic() + PATIENCE
    while len(stand_in.requests) == before:
        assert clock.monotonic() < give_up_at
        with contextlib.suppress(CircuitOpenError):
            client.fetch_status()


def test_the_breaker_opens_and_closes(stand_in: StandIn) -> None:
    stand_in.always = Fault.HTTP_503
    quick = {"attempts": 2, "breaker_failures": 3, "breaker_reset_seconds": 0.2}
    with client_of(stand_in, **quick) as client:
        with pytest.raises(ExchangeUnavailableError):
            client.fetch_status()
        assert (client.health().breaker, client.health().failures) == ("closed", 2)
        with pytest.raises(CircuitOpenError, match="3 failures in a row, at last: not available"):
            client.fetch_status()
        assert client.health().breaker == "open"
        assert stand_in.count("SystemStatus") == 3

        with pytest.raises(CircuitOpenError, match=r"at most 0\.2 s away"):
            client.fetch_ticker("BTC/EUR")
        assert len(stand_in.requests) == 3, "nothing is sent while the breaker is open"

        call_until_it_is_sent(client, stand_in)
        assert stand_in.count("SystemStatus") == 4, "one try, no second one"
        assert client.health().breaker == "open"

        stand_in.always = None
        call_until_it_is_sent(client, stand_in)
        assert client.health().is_healthy
    assert stand_in.count("SystemStatus") == 5


@pytest.mark.parametrize("days", [-2, 2])
def test_a_wall_clock_that_is_set_neither_closes_nor_holds_the_breaker(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    began, passed = clock.monotonic(), 0.0
    shift = timedelta(0)

    class WallClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + shift

    monkeypatch.setattr(pybreaker, "datetime", WallClock)
    monkeypatch.setattr(clock, "stamp", lambda: WallClock.now(UTC).isoformat())
    monkeypatch.setattr(clock, "monotonic", lambda: began + passed)
    stand_in.faults.append(Fault.HTTP_503)
    with client_of(stand_in, breaker_failures=1, breaker_reset_seconds=60.0) as client:
        with pytest.raises(CircuitOpenError):
            client.fetch_status()
        shift, passed = timedelta(days=days), 50.0
        with pytest.raises(CircuitOpenError):
            client.fetch_status()
        assert stand_in.requests == ["SystemStatus"]
        passed = 70.0
        client.fetch_status()
        assert client.health().is_healthy


@pytest.mark.parametrize("status", [Fault.HTTP_429, Fault.HTTP_503])
def test_the_exchange_says_when_it_wants_to_be_asked_again(
    stand_in: StandIn, status: Fault
) -> None:
    stand_in.faults.append(status)
    stand_in.retry_after = "3"
    waits: list[float] = []
    with ResilientExchangeClient("kraken", settings(stand_in), wait=waits.append) as client:
        client.fetch_status()
    assert len(waits) == 1
    assert 2 < waits[0] <= 3


FAR = ["3600", "9" * 30, "Fri, 31 Dec 2099 23:59:59 GMT"]


@pytest.mark.parametrize("told", FAR)
def test_what_is_asked_for_beyond_the_deadline_is_kept_up_to_a_bound(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    stand_in.always, stand_in.retry_after = Fault.HTTP_503, told
    with client_of(stand_in) as client:
        with pytest.raises(ExchangeUnavailableError, match="not available"):
            client.fetch_status()
        for _ in range(3):
            with pytest.raises(CircuitOpenError, match=r"wants no request for \d+ s more"):
                client.fetch_ticker("BTC/EUR")
        assert stand_in.requests == ["SystemStatus"]
        stand_in.always = None
        later = clock.monotonic() + MAX_RETRY_AFTER_SECONDS
        monkeypatch.setattr(clock, "monotonic", lambda: later)
        client.fetch_status()
        assert client.health().is_healthy


@pytest.mark.parametrize("told", ["", "-5", "soon", "1e9", "9" * 9000, "Fri, 99 Dec 2099"])
def test_an_odd_wish_for_silence_is_none(stand_in: StandIn, told: str) -> None:
    stand_in.faults.append(Fault.HTTP_503)
    stand_in.retry_after = told
    with client_of(stand_in) as client:
        client.fetch_status()
    assert stand_in.requests == ["SystemStatus"] * 2


REFUSALS = {
    Fault.INVALID_KEY: "EAPI:Invalid key",
    Fault.BAD_ARGUMENTS: "EGeneral:Invalid arguments",
    Fault.UNHEARD_OF: "EFoo:Not today",
    Fault.HTTP_401: "401",
    Fault.HTTP_407: "407",
    Fault.HTTP_422: "422",
    Fault.HTTP_511: "511",
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_what_does_not_pass_is_tried_once(stand_in: StandIn, fault: Fault) -> None:
    stand_in.always = fault
    with client_of(stand_in, breaker_failures=1) as client:
        for _ in range(2):
            with pytest.raises(ExchangeError) as caught:
                client.fetch_status()
            assert isinstance(caught.value, RefusedError)
            assert caught.value.code == REFUSALS[fault]
            assert f"({REFUSALS[fault]})" in str(caught.value)
            assert "KRAKEN_API" not in str(caught.value), "no keys are needed"
        assert client.health().breaker == "closed"
    assert stand_in.requests == ["SystemStatus"] * 2


@pytest.mark.parametrize(("key", "secret"), [("", ""), (KEY, "not base64"), (KEY, "abc")])
def test_unusable_keys_are_told_before_anything_is_sent(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, key: str, secret: str
) -> None:
    monkeypatch.setenv("KRAKEN_API_KEY", key)
    monkeypatch.setenv("KRAKEN_API_SECRET", secret)
    names = "KRAKEN_API_KEY and KRAKEN_API_SECRET"
    with client_of(stand_in) as client, pytest.raises(CredentialsError, match=names):
        client.fetch_balance()
    assert stand_in.count("BalanceEx") == 0


def test_unknown_names_are_told_with_the_nearest(stand_in: StandIn) -> None:
    with pytest.raises(UnknownExchangeError, match=r"'krakn' .* did you mean kraken"):
        ResilientExchangeClient("krakn")
    with client_of(stand_in) as client:
        with pytest.raises(UnknownMarketError, match="no market 'BTC/EUX'; did you mean BTC/EUR"):
            client.fetch_ticker("BTC/EUX")
        with pytest.raises(UnknownMarketError, match="no candles of '2m', but of 1m, 5m"):
            client.fetch_ohlcv("BTC/EUR", "2m")
    assert stand_in.requests == ["Assets", "AssetPairs"]


def test_nobody_there() -> None:
    with StandIn() as stand_in:
        client = client_of(stand_in)
    with client, pytest.raises(ExchangeUnavailableError, match="no connection"):
        client.fetch_status()


def test_no_safe_connection(stand_in: StandIn) -> None:
    unsafe = settings(stand_in, base_url=stand_in.url.replace("http://", "https://"), attempts=2)
    with (
        ResilientExchangeClient("kraken", unsafe) as client,
        pytest.raises(ExchangeUnavailableError, match="no safe connection"),
    ):
        client.fetch_status()


def test_requests_keep_their_distance(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(ccxt_base.time, "sleep", waits.append)
    with client_of(stand_in, rate_limit_ms=60_000) as client:
        for _ in range(3):
            client.fetch_status()
    assert len(waits) == 2
    assert all(0 < wait <= 60 for wait in waits)
