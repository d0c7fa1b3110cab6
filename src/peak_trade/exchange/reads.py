"""The few things that can be read from an exchange, as functions around an object of ccxt.

The object stays in the closures of these functions: no attribute leads to it. Whoever digs it out
all the same cannot order anything, since its only way out is a `Transport`, which sends nothing
unless one of these functions is at work. Guarantees that whatever fails inside of ccxt is an
`ExchangeError` outside, without the text of the exchange, which could be anything.
"""

from __future__ import annotations

import binascii
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import ccxt
import pandas as pd
import requests

from peak_trade import clock, jsonio
from peak_trade.addresses import host
from peak_trade.exchange.credentials import Credentials, variables
from peak_trade.exchange.errors import (
    CredentialsError,
    ExchangeError,
    ExchangeUnavailableError,
    ReadOnlyError,
    RefusedError,
    UnknownExchangeError,
    UnknownMarketError,
)
from peak_trade.exchange.results import (
    COMMITTED,
    EXCHANGE_TIME,
    ExchangeStatus,
    MarketLimits,
    Ticker,
    balance_frame,
    candle_frame,
    make_limits,
    make_ticker,
)
from peak_trade.exchange.transport import Allowed, Transport
from peak_trade.settings_sections import Exchange

_PASSING: Final = (
    (ccxt.RequestTimeout, "no answer in time"),
    (ccxt.RateLimitExceeded, "too many requests"),
    (ccxt.DDoSProtection, "too many requests"),
    (ccxt.OnMaintenance, "under maintenance"),
    (ccxt.ExchangeNotAvailable, "not available"),
    (ccxt.BadResponse, "the answer is incomplete"),
    (ccxt.InvalidNonce, "not available"),
    (ccxt.OperationFailed, "no connection"),
)
"""Failures that another try may mend, most special first, and what to call them."""

_PATHS: Final = {
    "kraken": frozenset(
        {
            *(
                ("GET", f"/0/public/{name}")
                for name in ("Assets", "AssetPairs", "OHLC", "SystemStatus", "Ticker", "Time")
            ),
            *(("POST", f"/0/private/{name}") for name in ("Balance", "BalanceEx")),
        }
    )
}
"""Every request that the reading functions send to an exchange."""

_NEEDS_KEYS: Final = frozenset({"fetch_balance"})
_CODE: Final = re.compile(r"\b(E[A-Z][A-Za-z]{1,20}:[A-Za-z][A-Za-z ]{0,40})")
_WARNING: Final = re.compile(r"W[A-Z][A-Za-z]{1,20}:")
_STATUS: Final = re.compile(r" ((?:4|5)[0-9]{2}) ")
"""A code of Kraken's, one that only warns, and the status in the text of a failed request."""

_ALWAYS_THERE: Final = {"kraken": "result"}
"""Key that every answer of an exchange has, with an object under it."""

_UNREADABLE: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError)
"""What ccxt raises where an answer is not what it expects."""


class Reads(NamedTuple):
    """Functions that read; each takes the deadline (monotonic seconds) before its arguments.

    `place` is the exchange, and the host that is asked if it is not its own.
    """

    candles: Callable[[float, str, str, datetime | None, int | None], pd.DataFrame]
    ticker: Callable[[float, str], Ticker]
    balance: Callable[[float], pd.DataFrame]
    status: Callable[[float], ExchangeStatus]
    limits: Callable[[float, str], MarketLimits]
    close: Callable[[], None]
    is_sandbox: bool
    place: str


def open_reads(exchange_id: str, settings: Exchange, credentials: Credentials) -> Reads:
    """Return the reading functions of one exchange; nothing is sent yet.

    Raises
    ------
    UnknownExchangeError
        If ccxt does not know it; the message names the nearest ones.
    """
    transport = Transport()
    exchange, place = _connect(exchange_id, settings, credentials, transport)

    def guarded(what: str, read: Callable[..., Any]) -> Callable[..., Any]:
        def call(deadline: float, *arguments: object) -> Any:
            try:
                with _translated(exchange_id, what, deadline), transport.until(deadline):
                    return read(exchange, *arguments)
            except ExchangeUnavailableError as error:
                error.retry_after = transport.retry_after
                raise

        return call

    def close() -> None:  # the bound method itself would lead to the transport
        transport.close()

    return Reads(
        candles=guarded("fetch_ohlcv", _candles),
        ticker=guarded("fetch_ticker", _ticker),
        balance=guarded("fetch_balance", _balance),
        status=guarded("fetch_status", _status),
        limits=guarded("market_limits", _limits),
        close=close,
        is_sandbox=bool(exchange.isSandboxModeEnabled),
        place=place,
    )


def _connect(
    exchange_id: str, settings: Exchange, credentials: Credentials, transport: Transport
) -> tuple[Any, str]:
    """Return the object of ccxt, and what to call the place that it asks."""
    if exchange_id not in ccxt.exchanges:
        nearest = get_close_matches(exchange_id.lower(), ccxt.exchanges, n=3, cutoff=0.3)
        hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
        raise UnknownExchangeError(f"exchange {exchange_id!r} is not known to ccxt{hint}")
    # ccxt logs signed headers at level DEBUG: its logger leads nowhere
    silent = logging.getLogger("peak_trade.exchange.ccxt")
    silent.disabled = True
    exchange = _locked(getattr(ccxt, exchange_id))(
        {
            "apiKey": credentials.key,
            "secret": credentials.secret,
            "timeout": settings.timeout_seconds * 1000,
            "enableRateLimit": True,
            "session": transport,
            "logger": silent,
        }
    )
    if settings.rate_limit_ms:
        exchange.rateLimit = settings.rate_limit_ms
    if settings.sandbox and exchange.urls.get("test"):
        exchange.set_sandbox_mode(True)
    own = exchange.urls["api"]
    if settings.base_url:
        exchange.urls["api"] = _moved(own, settings.base_url)
    hosts = frozenset(urlsplit(address).netloc for address in _addresses(exchange.urls["api"]))
    transport.allow(Allowed(hosts, _PATHS.get(exchange_id, frozenset())))
    exchange.enableLastJsonResponse = True
    exchange.fetch = _whole(exchange.fetch, _ALWAYS_THERE.get(exchange_id))
    return exchange, _place(exchange_id, own, settings.base_url)


def _place(exchange_id: str, own: Any, base: str) -> str:
    """Return the exchange, and the host that is asked instead of its own."""
    if not base or _origin(base) in map(_origin, _addresses(own)):
        return exchange_id
    return f"{exchange_id} via {host(base)}"


def _origin(address: str) -> tuple[str, str]:
    return urlsplit(address).scheme, host(address)


def _addresses(found: Any) -> Iterator[str]:
    """Yield the addresses of a text or a tree of them."""
    if isinstance(found, dict):
        for inner in found.values():
            yield from _addresses(inner)
    else:
        yield str(found)


def _locked(kind: Any) -> Any:
    """Return a class of ccxt whose session is the one that it was made with.

    An answer with warnings is one: ccxt would take every entry of `error` for a refusal.
    """

    class Locked(kind):  # type: ignore[misc]
        @property
        def session(self) -> Any:
            return self.__dict__.get("session")

        @session.setter
        def session(self, session: Any) -> None:
            if isinstance(self.__dict__.get("session"), Transport):
                raise ReadOnlyError("the session of an exchange is not changed")
            self.__dict__["session"] = session

        def handle_errors(self, *given: Any) -> Any:
            *before, answer, headers, body = given
            return super().handle_errors(*before, _without_warnings(answer), headers, body)

    return Locked


def _without_warnings(answer: Any) -> Any:
    """Return an answer without those entries of its `error` that are no errors: `W…:…`."""
    told = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(told, list):
        return answer
    return {**answer, "error": [one for one in told if not _WARNING.match(str(one))]}


def _moved(addresses: Any, base: str) -> Any:
    """Return the addresses, a text or a tree of them, with another scheme and host."""
    if isinstance(addresses, dict):
        return {name: _moved(inner, base) for name, inner in addresses.items()}
    return base + urlsplit(addresses).path


def _whole(fetch: Callable[..., Any], needed: str | None) -> Callable[..., Any]:
    """Refuse texts and answers without their content: ccxt takes both for empty ones."""

    def checked(*arguments: Any, **options: Any) -> Any:
        answer = fetch(*arguments, **options)
        if not isinstance(answer, dict | list):
            raise ccxt.BadResponse
        if needed and not (isinstance(answer, dict) and isinstance(answer.get(needed), dict)):
            raise ccxt.BadResponse
        return answer

    return checked


@contextmanager
def _translated(exchange_id: str, what: str, deadline: float) -> Iterator[None]:
    failed = f"{exchange_id}: {what} failed"
    try:
        yield
    except ExchangeError:
        raise
    except (ccxt.AuthenticationError, binascii.Error) as error:
        if what not in _NEEDS_KEYS:
            raise _refused(failed, error) from None
        names = " and ".join(variables(exchange_id))
        raise CredentialsError(
            f"{failed}: the keys are missing, wrong or not allowed to do this; put valid ones into "
            f"the environment variables {names}"
        ) from None
    except ccxt.NotSupported:
        raise ExchangeError(f"{failed}: the exchange cannot do this; choose another") from None
    except ccxt.BaseError as error:
        reason = _reason(error, deadline)
        if reason is None:
            raise _refused(failed, error) from None
        raise ExchangeUnavailableError(f"{failed}: {reason}; try again later", reason) from None
    except _UNREADABLE:
        reason = "the answer cannot be understood"
        raise ExchangeUnavailableError(f"{failed}: {reason}; try again later", reason) from None


def _refused(failed: str, error: Exception) -> RefusedError:
    code = _code(error)
    told = f" ({code})" if code else ""
    return RefusedError(
        f"{failed}: the exchange refused the request{told}; check exchange, symbol and settings",
        code,
    )


def _code(error: Exception) -> str:
    """Return the exchange's own word for a failure, or the status of HTTP; empty: it gave none."""
    text = str(error)
    match = _CODE.search(text) or _STATUS.search(text)
    return match[1].strip() if match else ""


def _reason(error: ccxt.BaseError, deadline: float) -> str | None:
    """Return what to call a failure that another try may mend; None for any other."""
    if clock.monotonic() >= deadline:  # the connection was cut, whatever that looks like
        return "no answer in time"
    cause = error.__cause__
    if isinstance(cause, requests.exceptions.SSLError):
        return "no safe connection"
    code = _code(error)
    if code.startswith("EService:"):
        return f"not available ({code})"
    reason = next((reason for kind, reason in _PASSING if isinstance(error, kind)), None)
    is_status = isinstance(cause, requests.HTTPError)
    if reason is None and isinstance(cause, requests.RequestException) and not is_status:
        return "the answer cannot be read"  # ccxt takes a damaged one for a refusal
    return f"{reason} ({code})" if reason and code else reason


def _load(exchange: Any, symbol: str) -> Any:
    """Return a market; the exchange is asked for its markets once, and again if it is not there."""
    if symbol not in (exchange.markets or ()):
        exchange.load_markets(reload=True)
    if not exchange.markets:
        raise ccxt.BadResponse
    if symbol not in exchange.markets:
        nearest = get_close_matches(symbol.upper(), exchange.markets, n=3)
        hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
        raise UnknownMarketError(f"{exchange.id}: no market {symbol!r}{hint}")
    return exchange.market(symbol)


def _candles(
    exchange: Any, symbol: str, timeframe: str, since: datetime | None, limit: int | None
) -> pd.DataFrame:
    _load(exchange, symbol)
    if timeframe not in exchange.timeframes:
        known = ", ".join(exchange.timeframes)
        raise UnknownMarketError(f"{exchange.id}: no candles of {timeframe!r}, but of {known}")
    start = None if since is None else int(since.timestamp() * 1000)
    rows = exchange.fetch_ohlcv(symbol, timeframe, start, limit)
    answer = exchange.last_json_response
    content = answer.get("result") if exchange.id == "kraken" else None
    if content is not None and not isinstance(content.get(exchange.market(symbol)["id"]), list):
        raise ccxt.BadResponse  # of another market, or of none
    frame = candle_frame(rows)
    frame.attrs[EXCHANGE_TIME] = _date(exchange.last_response_headers)
    frame.attrs[COMMITTED] = _moment((content or {}).get("last"))
    return frame


def _date(headers: Mapping[str, str] | None) -> datetime | None:
    """Return the time at which an answer left the exchange; None: it does not tell."""
    try:
        return parsedate_to_datetime((headers or {}).get("Date", "")).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _moment(seconds: object) -> datetime | None:
    number = jsonio.finite(seconds)
    try:
        return None if number is None else datetime.fromtimestamp(number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _ticker(exchange: Any, symbol: str) -> Ticker:
    _load(exchange, symbol)
    return make_ticker(exchange.fetch_ticker(symbol), symbol, clock.now())


def _balance(exchange: Any) -> pd.DataFrame:
    return balance_frame(exchange.fetch_balance())


def _status(exchange: Any) -> ExchangeStatus:
    return ExchangeStatus(str(exchange.fetch_status()["status"]), clock.now())


def _limits(exchange: Any, symbol: str) -> MarketLimits:
    """Return the limits of now: the state of a market changes while a session runs."""
    if exchange.markets:
        exchange.load_markets(reload=True)
    return make_limits(_load(exchange, symbol))
