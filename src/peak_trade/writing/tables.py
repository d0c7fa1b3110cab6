"""CSV tables that grow while others read them.

Assumes one writer a file and a column set that never changes. Guarantees that a reader meets at
most a last line without its end, and that a file which somebody removes or empties while it grows
gets its header again, which is told.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from peak_trade.writing.cells import Row
from peak_trade.writing.files import append_lines, replace_file


class RowFile(Protocol):
    """A table that grows."""

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows at the end; returns when they are in the file."""


class CsvFile:
    """Appears with a header and its first rows at once, then grows by appending.

    `on_loss` is told in a sentence when rows that were written are gone.
    """

    def __init__(self, path: Path, names: Sequence[str], on_loss: Callable[[str], None]) -> None:
        self._path = path
        self._header = _csv_lines([tuple(names)])
        self._on_loss = on_loss
        self._size = 0  # bytes that have to be in the file

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows at the end, in one write."""
        lines = _csv_lines(rows)
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


def _csv_lines(rows: Sequence[Row]) -> bytes:
    lines = _written(rows, io.StringIO(), "\n")
    if "\r" in lines:  # the writer quotes only what is in its own line end
        lines = _written(rows, _Lines(), _Lines.END)
    return lines.encode()


def _written(rows: Sequence[Row], text: io.StringIO, end: str) -> str:
    csv.writer(text, lineterminator=end).writerows(rows)
    return text.getvalue()


class _Lines(io.StringIO):
    """Ends lines with a line feed, whatever the writer of CSV ends them with."""

    END: Final = "\r\n"

    def write(self, line: str) -> int:
        return super().write(line.removesuffix(self.END) + "\n")
