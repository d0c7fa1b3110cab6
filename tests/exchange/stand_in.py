"""A server that speaks Kraken's REST format, counts what it is asked, and misbehaves on demand."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from peak_trade import jsonio

KEY, SECRET = "key-of-nobody", "c2VjcmV0LW9mLW5vYm9keQ=="
Row = tuple[float, float, float, float, float, float]
"""Time in unix seconds, open, high, low, close, volume."""

ASSETS = {
    name: {"aclass": "currency", "altname": short, "decimals": 10, "display_decimals": 5}
    for name, short in (("XXBT", "XBT"), ("ZEUR", "EUR"), ("XETH", "ETH"))
}


def pair(base: str, quote: str, **more: object) -> dict[str, Any]:
    return {
        "altname": base.strip("XZ") + quote.strip("XZ"),
        "base": base,
        "quote": quote,
        "pair_decimals": 1,
        "lot_decimals": 8,
        "fees": [[0, 0.26]],
        "fees_maker": [[0, 0.16]],
        "ordermin": "0.0001",
        "costmin": "0.5",
        "status": "online",
        **more,
    }


class Fault(StrEnum):
    """What a request is answered with instead of what it asks for."""

    HTTP_500 = auto()
    HTTP_503 = auto()
    HTTP_429 = auto()
    HTTP_401 = auto()
    HTTP_407 = auto()
    HTTP_422 = auto()
    HTTP_511 = auto()
    RATE_LIMIT = "EAPI:Rate limit exceeded"
    UNAVAILABLE = "EService:Unavailable"
    INVALID_KEY = "EAPI:Invalid key"
    TIMEOUT = "EService:Timeout"
    BAD_NONCE = "EAPI:Invalid nonce"
    UNHEARD_OF = "EFoo:Not today"
    BAD_ARGUMENTS = "EGeneral:Invalid arguments"
    DROP = auto()  # the connection ends without an answer
    SILENCE = auto()  # no byte comes
    DRIP = auto()  # a byte comes now and then, for three seconds
    CUT_JSON = auto()
    HTML = auto()
    EMPTY = auto()
    EMPTY_RESULT = auto()
    NO_RESULT = auto()
    NULL_RESULT = auto()
    NULL_CANDLES = auto()
    OTHER_MARKET = auto()
    CUT_CHUNKS = auto()  # chunks without the last one
    NO_GZIP = auto()  # bytes that are said to be compressed, and are not
    WARNING = auto()  # what it asks for, with a warning


STATUS = {fault: int(fault.name[5:]) for fault in Fault if fault.name.startswith("HTTP_")}
BODY = {
    Fault.CUT_JSON: b'{"error":[],"result":{"XXBTZEUR',
    Fault.HTML: b"<html><body>please wait</body></html>",
    Fault.EMPTY: b"",
    Fault.EMPTY_RESULT: b'{"error":[],"result":{}}',
    Fault.NO_RESULT: b'{"error":[]}',
    Fault.NULL_RESULT: b'{"error":[],"result":null}',
    Fault.NULL_CANDLES: b'{"error":[],"result":{"XXBTZEUR":null,"last":0}}',
    Fault.OTHER_MARKET: b'{"error":[],"result":{"XETHZEUR":[],"last":0}}',
}
DAMAGED = {
    Fault.CUT_CHUNKS: (("Transfer-Encoding", "chunked"), b'a\r\n{"error":[\r\n'),
    Fault.NO_GZIP: (("Content-Encoding", "gzip"), b'{"error":[],"result":{}}'),
}
"""A header that an answer has, and what it does not keep to."""


@dataclass
class StandIn:
    """The server; while it is entered it listens on a free port of 127.0.0.1.

    `faults` are used up one a request, `always` stays. Each request for candles shows `grow` more
    of them, from `visible` on.
    """

    candles: Sequence[Row] = ()
    visible: int = 0
    grow: int = 0
    pairs: dict[str, Any] = field(
        default_factory=lambda: {
            "XXBTZEUR": pair("XXBT", "ZEUR"),
            "XETHZEUR": pair("XETH", "ZEUR", ordermin="0.002", lot_decimals=3),
        }
    )
    faults: deque[Fault] = field(default_factory=deque)
    always: Fault | None = None
    requests: list[str] = field(default_factory=list)  # names of what was asked, such as OHLC
    headers: list[dict[str, str]] = field(default_factory=list)
    drips: Queue[str] = field(default_factory=Queue)  # how each drip ended
    date: str | None = None  # the header Date of answers; None: the time of this machine
    retry_after: str = ""  # the header of answers with a status of failure; empty: there is none
    last: object = ...  # what answers say of their last final candle; ...: what is so
    is_last_open: bool = False  # whether the last candle of an answer is said to be open still
    on_its_way: Callable[[], object] = lambda: (
        None
    )  # called after an answer is made, before it goes

    def __enter__(self) -> Self:
        self.is_ending = threading.Event()
        handler = type("Handler", (_Handler,), {"stand_in": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.is_ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def count(self, name: str) -> int:
        return self.requests.count(name)

    @contextlib.contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        self.always = fault
        yield
        self.always = None

    def next_fault(self) -> Fault | None:
        return self.faults.popleft() if self.faults else self.always

    def result(self, name: str, query: dict[str, list[str]]) -> dict[str, Any]:
        if name == "OHLC":
            return self._ohlc(query)
        if name == "Ticker":
            last = str(self.candles[-1][4]) if self.candles else "100.0"
            one = [last, "1", "1.000"]
            both = ["3.5", "7.25"]
            prices = {"a": one, "b": ["99.5", "1", "1.0"], "c": one, "v": both, "p": [last, last]}
            return {query["pair"][0]: {**prices, "l": ["90", "80"], "h": ["110", "120"], "o": "95"}}
        return {
            "AssetPairs": self.pairs,
            "Assets": ASSETS,
            "SystemStatus": {"status": "online", "timestamp": "2026-01-15T00:00:00Z"},
            "BalanceEx": {
                "ZEUR": {"balance": "1000.5", "hold_trade": "0.5"},
                "XXBT": {"balance": "2.0", "hold_trade": "0"},
            },
            "AddOrder": {"txid": ["never"]},
        }[name]

    def _ohlc(self, query: dict[str, list[str]]) -> dict[str, Any]:
        shown = self.candles[: self.visible]
        self.visible += self.grow
        since = float(query.get("since", ["0"])[0])
        rows = [
            [int(row[0]), *map(str, row[1:5]), str(row[4]), str(row[5]), 1]
            for row in shown
            if row[0] > since
        ][-720:]
        last = rows[-2:][0 if self.is_last_open else -1][0] if rows else 0
        return {query["pair"][0]: rows, "last": last if self.last is ... else self.last}


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # who asked is gone
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer goes out in one piece
    stand_in: StandIn

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer()

    def date_time_string(self, timestamp: float | None = None) -> str:
        given = self.stand_in.date
        return super().date_time_string(timestamp) if given is None else given

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""

    def _answer(self) -> None:
        stand_in, address = self.stand_in, urlsplit(self.path)
        name = address.path.rpartition("/")[2]
        stand_in.requests.append(name)
        stand_in.headers.append(dict(self.headers))
        fault = stand_in.next_fault()
        if fault is None or fault is Fault.WARNING:
            result = stand_in.result(name, parse_qs(address.query))
            stand_in.on_its_way()
            told = ["WGeneral:Be careful"] if fault else []
            self._send(200, jsonio.dumps({"error": told, "result": result}))
        elif ":" in fault:
            self._send(200, jsonio.dumps({"error": [str(fault)]}))
        elif fault in BODY:
            self._send(200, BODY[fault])
        elif fault in STATUS:
            self._send(STATUS[fault], b"<html>proxy</html>")
        elif fault in DAMAGED:
            self._damage(*DAMAGED[fault])
        else:
            self._stall(fault)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status != HTTPStatus.OK and self.stand_in.retry_after:
            self.send_header("Retry-After", self.stand_in.retry_after)
        self.end_headers()
        self.wfile.write(body)

    def _damage(self, header: tuple[str, str], body: bytes) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    def _stall(self, fault: Fault) -> None:
        self.close_connection = True
        if fault is Fault.SILENCE:
            self.stand_in.is_ending.wait()
        if fault is not Fault.DRIP:
            return
        self.send_response(200)
        self.send_header("Content-Length", "300")
        self.end_headers()
        try:
            for _ in range(300):
                self.stand_in.is_ending.wait(0.01)
                self.wfile.write(b" ")
                self.wfile.flush()
            self.stand_in.drips.put("read to its end")
        except ConnectionError:
            self.stand_in.drips.put("cut off")
