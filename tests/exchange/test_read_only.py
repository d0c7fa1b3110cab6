"""The client orders nothing and tells nobody its keys."""

from __future__ import annotations

import inspect
import logging
import re
import threading
import traceback
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType
from typing import Any

import ccxt
import pytest
import requests

from peak_trade.exchange.client import ResilientExchangeClient
from peak_trade.exchange.credentials import Credentials
from peak_trade.exchange.errors import ExchangeError, ExchangeUnavailableError, ReadOnlyError
from peak_trade.exchange.transport import Allowed
from peak_trade.settings_sections import Exchange

from .stand_in import KEY, SECRET, Fault, StandIn
from .support import client_of

ORDER_WORDS = re.compile(r"order|cancel|withdraw|transfer|deposit|leverage|margin|stake")
PUBLIC = {
    *("close", "exchange_id", "fetch_balance", "fetch_ohlcv", "fetch_status", "fetch_ticker"),
    *("health", "is_sandbox", "market_limits", "place"),
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


class Peeping:
    """Does something while the exchange is asked."""

    def __init__(self, stand_in: StandIn, act: Callable[[], None]) -> None:
        self.stand_in, self.act = stand_in, act
        self.ohlc = stand_in._ohlc

    def __call__(self, query: Any) -> Any:
        self.act()
        return self.ohlc(query)


def refusals(
    client: ResilientExchangeClient, stand_in: StandIn, attempts: list[Callable[[], object]]
) -> list[str]:
    """Make attempts in another thread during a read; return the types of what they raise."""
    found: list[str] = []

    def attempt() -> None:
        for one in attempts:
            try:
                one()
            except ExchangeError as error:
                found.append(type(error).__name__)

    def act() -> None:
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join(1.0)

    stand_in._ohlc = Peeping(stand_in, act)  # type: ignore[method-assign]
    client.fetch_ohlcv("BTC/EUR", "1m")
    return found


def test_another_thread_sends_nothing_while_one_reads(
    client: ResilientExchangeClient, stand_in: StandIn
) -> None:
    exchange, before = dug_out(client), len(stand_in.requests)
    attempts: list[Callable[[], object]] = [
        lambda: exchange.privatePostAddOrder({"pair": "XXBTZEUR"}),
        lambda: exchange.session.post(stand_in.url + "/0/private/AddOrder", timeout=5),
        lambda: exchange.session.get(stand_in.url + "/0/public/OHLC", timeout=5),
    ]
    assert refusals(client, stand_in, attempts) == ["ReadOnlyError"] * 3
    assert len(stand_in.requests) == before + 1


def test_a_read_in_the_same_thread_sends_only_what_reads(
    client: ResilientExchangeClient, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange, before = dug_out(client), len(stand_in.requests)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: exchange.privatePostAddOrder({"pair": "XXBTZEUR"}),
        lambda: exchange.privatePostWithdraw({}),
        lambda: ccxt.kraken.fetch(
            exchange, stand_in.url + "/0/private/AddOrder", "POST", {}, "pair=XXBTZEUR"
        ),
        lambda: exchange.session.get("http://localhost:1/0/public/OHLC", timeout=5),
        lambda: exchange.session.get(stand_in.url + "/0/public/../private/AddOrder", timeout=5),
        lambda: exchange.session.get(stand_in.url + "/0/public/Depth", timeout=5),
    )
    for attempt in attempts:
        monkeypatch.setattr(exchange, "fetch_ohlcv", lambda *_, attempt=attempt: attempt())
        with pytest.raises(ReadOnlyError):
            client.fetch_ohlcv("BTC/EUR", "1m")
    assert len(stand_in.requests) == before


def test_the_session_of_an_exchange_stays_what_it_is(
    client: ResilientExchangeClient, stand_in: StandIn
) -> None:
    exchange, before = dug_out(client), len(stand_in.requests)
    with pytest.raises(ReadOnlyError):
        exchange.session = requests.Session()
    with pytest.raises(ReadOnlyError):
        exchange.session.allow(Allowed(frozenset({"127.0.0.1"})))
    with pytest.raises(ReadOnlyError):
        exchange.privatePostAddOrder({"pair": "XXBTZEUR"})
    assert len(stand_in.requests) == before


def test_an_answer_without_end_is_left(
    client: ResilientExchangeClient, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peak_trade.exchange.transport.MAX_ANSWER_BYTES", 500)
    with pytest.raises(ExchangeUnavailableError, match="the answer is longer than"):
        client.fetch_ohlcv("BTC/EUR", "1m")


@pytest.mark.parametrize(
    ("method", "url", "holds"),
    [
        ("GET", "https://a/0/x?y=1", True),
        ("POST", "https://a/0/x", False),
        ("GET", "https://b/0/x", False),
        ("GET", None, False),
    ],
)
def test_of_an_exchange_without_known_paths_only_get_is_sent(
    method: str, url: str | None, holds: bool
) -> None:
    assert Allowed(frozenset({"a"})).holds(method, url) is holds


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


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("", "kraken"),
        ("https://api.kraken.com", "kraken"),
        ("https://me:xyzzy@API.kraken.com", "kraken"),
        ("http://api.kraken.com", "kraken via api.kraken.com"),
        ("http://me:xyzzy@127.0.0.1:8099", "kraken via 127.0.0.1:8099"),
        ("https://api.kraken.com@example.org", "kraken via example.org"),
    ],
)
def test_a_host_that_is_not_the_exchange_s_own_is_told(address: str, place: str) -> None:
    with ResilientExchangeClient("kraken", Exchange(base_url=address)) as client:
        assert client.place == place
