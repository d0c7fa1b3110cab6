"""The client orders nothing and tells nobody its keys."""

from __future__ import annotations

import inspect
import logging
import re
import traceback
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType
from typing import Any

import ccxt
import pytest
import requests

from peak_trade.exchange.client import ResilientExchangeClient
from peak_trade.exchange.credentials import Credentials
from peak_trade.exchange.errors import ExchangeError, ReadOnlyError
from peak_trade.settings_sections import Exchange

from .stand_in import KEY, SECRET, Fault, StandIn
from .support import client_of

ORDER_WORDS = re.compile(r"order|cancel|withdraw|transfer|deposit|leverage|margin|stake")
PUBLIC = {
    *("close", "exchange_id", "fetch_balance", "fetch_ohlcv", "fetch_status", "fetch_ticker"),
    *("health", "is_sandbox", "market_limits"),
}


@pytest.fixture
def client(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[ResilientExchangeClient]:
    monkeypatch.setenv("KRAKEN_API_KEY", KEY)
    monkeypatch.setenv("KRAKEN_API_SECRET", SECRET)
    with client_of(stand_in) as opened:
        opened.fetch_ohlcv("BTC/EUR", "1m")
        yield opened


def attributes(value: object) -> Iterator[tuple[str, Any]]:
    """Yield what a person or a debugger reaches with dots and indices: no closure cells."""
    if isinstance(value, dict):
        yield from ((f"[{key!r}]", item) for key, item in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"[{number}]", item) for number, item in enumerate(value))
    if isinstance(value, MethodType):
        yield "__self__", value.__self__
    if not isinstance(value, type | FunctionType | MethodType):
        names = (name for name in dir(value) if not name.startswith("__"))
        yield from ((name, inspect.getattr_static(value, name)) for name in names)
        yield from vars(value).items() if hasattr(value, "__dict__") else ()


def reachable(start: object, depth: int = 6) -> Iterator[tuple[str, Any]]:
    seen: set[int] = set()
    found = [("client", start, 0)]
    while found:
        path, value, level = found.pop()
        if id(value) in seen or isinstance(value, str | bytes | int | float | type(None)):
            continue
        seen.add(id(value))
        yield path, value
        if level < depth:
            found += [(f"{path}.{name}", item, level + 1) for name, item in attributes(value)]


def test_the_public_names_are_readers(client: ResilientExchangeClient) -> None:
    assert {name for name in dir(client) if not name.startswith("_")} == PUBLIC


def test_no_attribute_leads_to_the_exchange_or_to_an_order(client: ResilientExchangeClient) -> None:
    paths = dict(reachable(client))
    assert len(paths) > 50
    assert "client._reads" in paths
    for path, value in paths.items():
        assert not isinstance(value, ccxt.Exchange | requests.Session), path
        assert not isinstance(getattr(value, "__self__", None), ccxt.Exchange), path
        if callable(value):
            assert not ORDER_WORDS.search(path.rpartition(".")[2].lower()), path


def dug_out(client: ResilientExchangeClient) -> Any:
    """Return the object of ccxt, by the closure of a reading function."""
    closure = inspect.getclosurevars(client._reads.candles)
    return closure.nonlocals["exchange"]


def test_even_the_object_of_ccxt_can_send_no_order(
    client: ResilientExchangeClient, stand_in: StandIn
) -> None:
    exchange = dug_out(client)
    assert exchange.id == "kraken"
    before = len(stand_in.requests)
    orders: tuple[Callable[[], object], ...] = (
        lambda: exchange.create_order("BTC/EUR", "market", "buy", 1.0),
        lambda: exchange.cancel_order("id"),
        lambda: exchange.privatePostAddOrder({"pair": "XXBTZEUR"}),
        lambda: exchange.session.post(stand_in.url + "/0/private/AddOrder"),
        lambda: exchange.fetch(stand_in.url + "/0/private/AddOrder", "POST"),
    )
    for order in orders:
        with pytest.raises(ReadOnlyError):
            order()
    assert len(stand_in.requests) == before
    assert len(client.fetch_ohlcv("BTC/EUR", "1m")) == 30


def test_keys_are_sent_and_told_nowhere(
    client: ResilientExchangeClient, stand_in: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client.fetch_balance()
    assert stand_in.headers[-1]["API-Key"] == KEY
    signature = stand_in.headers[-1]["API-Sign"]
    told = [repr(client), str(client.health()), repr(Credentials(KEY, SECRET))]
    for fault in Fault:
        if fault in {Fault.SILENCE, Fault.DRIP}:
            continue
        with stand_in.failing(fault):
            try:
                client.fetch_balance()
            except ExchangeError as error:
                told += [str(error), repr(error), "".join(traceback.format_exception(error))]
    told += [record.getMessage() for record in caplog.records]
    assert len(told) > 10
    for secret in (KEY, SECRET, signature):
        assert not [text for text in told if secret in text]


def test_keys_of_public_requests_stay_here(
    client: ResilientExchangeClient, stand_in: StandIn
) -> None:
    assert stand_in.requests == ["Assets", "AssetPairs", "OHLC"]
    assert all(KEY not in headers.values() for headers in stand_in.headers)


def test_redacting() -> None:
    keys = Credentials(KEY, SECRET)
    assert keys.redact(f"a {KEY} b {SECRET}") == "a *** b ***"
    assert Credentials().redact("nothing") == "nothing"


def test_an_exchange_with_a_sandbox_is_asked_there() -> None:
    with ResilientExchangeClient("bybit", Exchange()) as client:
        assert client.is_sandbox
    with ResilientExchangeClient("bybit", Exchange(sandbox=False)) as client:
        assert not client.is_sandbox
    with ResilientExchangeClient("kraken", Exchange()) as client:
        assert not client.is_sandbox
