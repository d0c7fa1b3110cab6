"""Bytes that a fuzzer makes up, read as each form of artifact: nothing fails, all can be sent.

Not for pytest: `python fuzz.py TARGET CORPUS ... [options of libFuzzer]`. It ends with an error and
keeps the bytes at the first exception, or at the first value that is no JSON.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["peak_trade.artifacts", "peak_trade.jsonio"]):
    from peak_trade import jsonio
    from peak_trade.artifacts import events, json_lines, trades, whole
    from peak_trade.artifacts.alerts import make_alert
    from peak_trade.artifacts.json_lines import LinesState
    from peak_trade.artifacts.runs import make_meta
    from peak_trade.artifacts.sessions import make_session
    from peak_trade.artifacts.telemetry import make_event


def rows(path: Path) -> Any:
    found = events.read_csv(path, None)
    return found.table.to_pylist() if found and found.table else None


TARGETS: dict[str, Callable[[Path], Any]] = {
    "rows": rows,
    "trades": lambda path: trades.refresh(path.parent, None),
    "meta": lambda path: whole.refresh(path, None, make_meta),
    "session": lambda path: whole.refresh(path, None, make_session),
    "alert": lambda path: json_lines.refresh(path, LinesState(), make_alert).records,
    "telemetry": lambda path: json_lines.refresh(path, LinesState(), make_event).records,
}
"""How each form is read, from the file."""


def main() -> None:
    """Run libFuzzer over one target."""
    read = TARGETS[sys.argv.pop(1)]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "trades.csv"

        def one(data: bytes) -> None:
            path.write_bytes(data)
            jsonio.loads(jsonio.dumps(read(path)), [])

        atheris.Setup(sys.argv, one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
