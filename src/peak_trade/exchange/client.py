"""The exchange client: reads with tries, waits, a circuit breaker and a deadline.

Assumes one thread. Guarantees for every call:

* it returns or raises an `ExchangeError` by its deadline, or one wait for the rate limit later;
* only what may pass (no connection, time-outs, 5xx, rate limit, unreadable answers) is tried again,
  after waits that double and carry jitter; the rate limit of the exchange is kept;
* after some failed tries in a row nothing is sent for a while, then one try (circuit breaker);
* nothing is sent before the time that a failing answer names (`Retry-After`) is over.

There is no method that places, changes or cancels an order.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Self, TypeVar

import pandas as pd
import tenacity
from pybreaker import STATE_CLOSED, CircuitBreaker, CircuitBreakerError, CircuitMemoryStorage

from peak_trade import clock
from peak_trade.exchange.credentials import Credentials
from peak_trade.exchange.errors import CircuitOpenError, ExchangeUnavailableError
from peak_trade.exchange.reads import open_reads
from peak_trade.exchange.results import ExchangeStatus, Health, MarketLimits, Ticker
from peak_trade.settings_sections import Exchange

_JITTER: Final = 0.5
"""Largest random part of a wait, as a multiple of the first one."""

_Result = TypeVar("_Result")


class ResilientExchangeClient:
    """Reads one exchange.

    Parameters
    ----------
    exchange_id
        Name of the exchange in ccxt.
    settings
        Time-outs, tries, breaker; the `id` in it is not looked at.
    wait
        Waits that many seconds between two tries. What it raises ends the call.

    Raises
    ------
    UnknownExchangeError
        If there is no such exchange.

    Notes
    -----
    Keys come from the environment alone, for Kraken from `KRAKEN_API_KEY` and `KRAKEN_API_SECRET`;
    only `fetch_balance` needs them.
    """

    def __init__(
        self,
        exchange_id: str = "kraken",
        settings: Exchange | None = None,
        *,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        settings = settings or Exchange()
        self.exchange_id = exchange_id
        self._settings = settings
        self._reads = open_reads(exchange_id, settings, Credentials.from_environment(exchange_id))
        self._wait = wait
        self._breaker = CircuitBreaker(
            fail_max=settings.breaker_failures,
            reset_timeout=settings.breaker_reset_seconds,
            exclude=[lambda error: not isinstance(error, ExchangeUnavailableError)],
            state_storage=_SteadyStorage(STATE_CLOSED),
        )
        self._silent_until = -float("inf")
        self._last_success: datetime | None = None
        self._latency: float | None = None
        self._last_failure = ""

    def __repr__(self) -> str:
        return f"ResilientExchangeClient({self.exchange_id!r}, breaker={self._state!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; a later call opens them again."""
        self._reads.close()

    @property
    def is_sandbox(self) -> bool:
        """Whether the test environment of the exchange is asked."""
        return self._reads.is_sandbox

    @property
    def place(self) -> str:
        """The exchange, with the host that is asked if it is not its own: `kraken via 127.0.0.1`.

        A name and a password in the address are not shown.
        """
        return self._reads.place

    def fetch_ohlcv(
        self,
        symbol: str,
        timeframe: str,
        *,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Return candles, oldest first; the last one may not be finished.

        Parameters
        ----------
        symbol, timeframe
            Such as `BTC/EUR` and `1m`.
        since
            First candle, aware; None: as far back as the exchange goes in one answer.
        limit
            Most candles.

        Returns
        -------
        DataFrame of shape (n, 5): UTC index `time`, float columns open, high, low, close (quote
        currency) and volume (base units). `attrs["exchange_time"]` is when the exchange answered by
        its own clock, `attrs["committed"]` the last candle that it calls final; None: it tells not.

        Raises
        ------
        UnknownMarketError
            If there is no such market or time frame.
        ExchangeUnavailableError
            If the exchange does not answer; `CircuitOpenError` if it was not asked.
        ExchangeError
            If it refuses to.
        """
        return self._call("fetch_ohlcv", self._reads.candles, symbol, timeframe, since, limit)

    def fetch_ticker(self, symbol: str) -> Ticker:
        """Return the prices of a market; raises as `fetch_ohlcv` does."""
        return self._call("fetch_ticker", self._reads.ticker, symbol)

    def fetch_balance(self) -> pd.DataFrame:
        """Return what the account holds; raises as `fetch_ohlcv` does.

        Returns
        -------
        DataFrame of shape (n, 3): index `currency`; free, used and total in that currency.

        Raises
        ------
        CredentialsError
            If the keys are missing or wrong.
        """
        return self._call("fetch_balance", self._reads.balance)

    def fetch_status(self) -> ExchangeStatus:
        """Return what the exchange says of itself; raises as `fetch_ohlcv` does."""
        return self._call("fetch_status", self._reads.status)

    def market_limits(self, symbol: str) -> MarketLimits:
        """Return what an order on a market has to keep now; raises as `fetch_ohlcv` does.

        The exchange is asked for its markets at each call.
        """
        return self._call("market_limits", self._reads.limits, symbol)

    def health(self) -> Health:
        """Return the state of this client; nothing is sent."""
        return Health(
            breaker=self._state,
            failures=self._breaker.fail_counter,
            last_success=self._last_success,
            latency_seconds=self._latency,
            last_failure=self._last_failure,
        )

    @property
    def _state(self) -> str:
        return self._breaker.current_state

    def _call(self, what: str, read: Callable[..., _Result], *arguments: object) -> _Result:
        settings = self._settings
        deadline = clock.monotonic() + settings.deadline_seconds
        if (rest := self._asked_wait()) > 0:
            reason = f"{self._last_failure}; it wants no request for {rest:.0f} s more"
            raise CircuitOpenError(f"{self.exchange_id}: {what} failed: {reason}", reason)
        backoff = tenacity.wait_exponential_jitter(
            multiplier=settings.retry_wait_seconds,
            max=settings.retry_max_wait_seconds,
            jitter=_JITTER * settings.retry_wait_seconds,
        )
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(ExchangeUnavailableError),
            stop=tenacity.stop_after_attempt(settings.attempts)
            | tenacity.stop_before_delay(settings.deadline_seconds),
            wait=lambda state: max(backoff(state), self._asked_wait()),
            sleep=self._wait,
            reraise=True,
        )
        try:
            result: _Result = tries(self._breaker.call, self._ask, read, deadline, *arguments)
        except CircuitBreakerError:
            reason = f"{settings.breaker_failures} failures in a row, at last: {self._last_failure}"
            raise CircuitOpenError(
                f"{self.exchange_id}: {what} failed: {reason}; the next try is at most "
                f"{settings.breaker_reset_seconds:g} s away",
                reason,
            ) from None
        return result

    def _asked_wait(self) -> float:
        """Return for how many seconds the exchange still wants no request."""
        return self._silent_until - clock.monotonic()

    def _ask(self, read: Callable[..., _Result], *arguments: object) -> _Result:
        began = clock.monotonic()
        try:
            result = read(*arguments)
        except ExchangeUnavailableError as error:
            self._last_failure = error.reason
            self._silent_until = clock.monotonic() + error.retry_after
            raise
        self._last_success = clock.now()
        self._latency = clock.monotonic() - began
        return result


class _SteadyStorage(CircuitMemoryStorage):
    """Knows for how long the breaker is open by a clock that nobody sets.

    The breaker compares this moment with the wall clock: it is always as long ago as it should be.
    """

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self._opened: float | None = None

    @property
    def opened_at(self) -> datetime | None:
        if self._opened is None:
            return None
        return datetime.fromisoformat(clock.stamp()) - timedelta(
            seconds=clock.monotonic() - self._opened
        )

    @opened_at.setter
    def opened_at(self, _moment: datetime) -> None:
        self._opened = clock.monotonic()
