"""CSV tables that grow while others read them.

Assumes one writer a file and a column set that never changes. Guarantees that a reader meets at
most a last line without its end, and that a file which somebody removes or empties while it grows
gets its header again, which is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from peak_trade import jsonio
from peak_trade.schemas import Column, Kind
from peak_trade.writing.cells import Row, cell_kind
from peak_trade.writing.files import append_lines, replace_file

_SPECIAL: Final = re.compile('[",\r\n]')
_BOOLEANS: Final = {None: "", False: "False", True: "True"}


class RowFile(Protocol):
    """A table that grows."""

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows at the end; returns when they are in the file."""


class CsvFile:
    """Appears with a header and its first rows at once, then grows by appending.

    `on_loss` is told in a sentence when rows that were written are gone.
    """

    def __init__(
        self, path: Path, columns: Sequence[Column], on_loss: Callable[[str], None]
    ) -> None:
        self._path = path
        self._texts = [_TEXTS[cell_kind(column)] for column in columns]
        self._header = _csv_lines([_quoted([column.name]) for column in columns])
        self._on_loss = on_loss
        self._size = 0  # bytes that have to be in the file

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows at the end, in one write."""
        columns = zip(self._texts, zip(*rows, strict=True), strict=True)
        lines = _csv_lines([texts(column) for texts, column in columns])
        if not self._size:
            first = self._header + lines
            replace_file(self._path, lambda draft: draft.write_bytes(first))
            self._size = len(first)
            return
        found = append_lines(self._path, lines, self._header)
        if found < self._size:
            self._on_loss(
                f"{self._path.name} was removed or cut while it was written: {found} of "
                f"{self._size} bytes were there; what follows is written again from here on"
            )
        self._size = (found or len(self._header)) + len(lines)


def _csv_lines(columns: Iterable[Sequence[str]]) -> bytes:
    rows = map(",".join, zip(*columns, strict=True))
    return "".join([f"{row}\n" for row in rows]).encode()


def _numbers(column: Sequence[Any]) -> Sequence[str]:
    """Return numbers as JSON has them: a column at a time costs a tenth of one by one."""
    return jsonio.dumps(column)[1:-1].decode().replace("null", "").split(",")


def _booleans(column: Sequence[Any]) -> Sequence[str]:
    return [_BOOLEANS[value] for value in column]


def _quoted(column: Sequence[Any]) -> Sequence[str]:
    texts = [text or "" for text in column]
    return list(map(_cell, texts)) if _SPECIAL.search("".join(texts)) else texts


def _cell(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if _SPECIAL.search(text) else text


_TEXTS: Final[dict[Kind, Callable[[Sequence[Any]], Sequence[str]]]] = {
    Kind.INTEGER: _numbers,
    Kind.NUMBER: _numbers,
    Kind.BOOLEAN: _booleans,
    Kind.TIME: _quoted,
    Kind.TEXT: _quoted,
}
