"""The writer of execution telemetry: one log a session, one line an event.

Assumes nothing of threads: each call is one append. Guarantees that what was emitted is in the
file when the call returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from peak_trade import clock
from peak_trade.schemas import PLAIN_LOG
from peak_trade.writing.files import append_lines, clean_name, iso, json_line
from peak_trade.writing.subject import Subject

EventKind = Literal["intent", "order", "fill", "gate", "error"]


class TelemetryWriter:
    """Appends execution events to `<session_id>.jsonl`; a context manager, for symmetry alone.

    Parameters
    ----------
    directory
        Directory of the logs; made if it is not there.
    session_id
        Session that the events belong to.
    """

    def __init__(self, directory: Path | str, session_id: str, subject: Subject) -> None:
        Path(directory).mkdir(parents=True, exist_ok=True)
        self._path = Path(directory) / f"{clean_name(session_id)}{PLAIN_LOG}"
        self._head = {"session_id": session_id, "symbol": subject.symbol, "mode": subject.mode}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        pass

    def emit(
        self,
        kind: EventKind,
        payload: Mapping[str, object],
        *,
        ts_bar: datetime | None = None,
    ) -> None:
        """Write one event, with the time of now.

        Parameters
        ----------
        payload
            Of an `intent`: `side`, `quantity`, `current_price`, `strategy_key`; of an `order`:
            `client_id`, `side`, `quantity`, `order_type`; of a `fill`: `client_id`,
            `filled_quantity`, `fill_price`, `fill_notional`, `fill_fee`; of a `gate`: `gate_name`,
            `passed`, `reason`; of an `error`: `error`.
        ts_bar
            Aware time of the market, where it is not now, as in a replay.
        """
        self.write([self.line(kind, payload, ts_bar=ts_bar)])

    def line(
        self,
        kind: EventKind,
        payload: Mapping[str, object],
        *,
        ts_bar: datetime | None = None,
    ) -> bytes:
        """Return one event, with the time of now, as the line that `write` appends."""
        line = {"ts": iso(clock.now()), **self._head, "kind": kind, "payload": payload}
        if ts_bar is not None:
            line["ts_bar"] = iso(ts_bar)
        return json_line(line)

    def write(self, lines: Sequence[bytes]) -> None:
        """Append events that happened together, in one piece."""
        append_lines(self._path, b"".join(lines))
