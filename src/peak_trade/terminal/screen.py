"""The border to the terminal: all that the commands print goes through here.

Guarantees: nothing of an artifact's text reaches a terminal as anything but text; colours are sent
to a terminal alone; what is no terminal gets whole lines, however long they are.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from peak_trade import jsonio
from peak_trade.errors import PeakTradeError
from peak_trade.plain import escaped, escaped_json, escaped_lines

WIDE: Final = 10_000_000
"""Columns of what is no terminal: a row is a line there, however long."""

GAP: Final = 2
"""Columns after each of those of a table."""

FOLDED: Final = 24
"""Columns that a folded text of a table has at least."""

FOLDED_VALUE: Final = 12
"""The same of a value beside its name."""

STYLES: Final = {"gain": "green", "loss": "red", "warn": "yellow", "soft": "dim"}
Cell = tuple[str, str]
"""A text and its tone: gain, loss, warn, soft, or empty."""


@dataclass(frozen=True)
class Grid:
    """A table: names of columns, and rows of texts, with a tone or without."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    numeric: frozenset[str] = frozenset()
    title: str = ""


Shown = Grid | str


class _PlainConsole(Console):
    """Turns each string into one line of plain text; markup in it means nothing."""

    @override
    def render_str(self, text: str, **options: Any) -> Text:
        return Text(escaped(text), style=options.get("style", ""))


class Screen:
    """Standard output."""

    def __init__(self) -> None:
        self.is_terminal = sys.stdout.isatty()
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # signs that its encoding lacks
        self._console = _PlainConsole(
            force_terminal=self.is_terminal,
            force_jupyter=False,
            highlight=False,
            width=None if self.is_terminal else WIDE,
        )

    def show(self, shown: Iterable[Shown]) -> None:
        """Print tables and lines."""
        for one in shown:
            if isinstance(one, str):
                self._print(one)
            else:
                self._console.print(_drawn(one, self._console.width))

    def line(self, text: str, tone: str = "") -> None:
        """Print a line at once."""
        self._print(text, STYLES.get(tone, ""))
        self._console.file.flush()

    def _print(self, text: str, style: str = "") -> None:
        """Print a line: a terminal that is narrower gets it folded, between words if it can be.

        A single word, such as the name of a file, stays whole and can be copied.
        """
        self._console.print(text, style=style, soft_wrap=not self.is_terminal or " " not in text)

    def json(self, value: Any, *, indent: bool = True) -> None:
        """Print a value as JSON, which says the same as that of the routes."""
        document = escaped_json(jsonio.dumps(value, indent=indent).decode())
        sys.stdout.write(document + "\n")
        sys.stdout.flush()

    def data(self, body: bytes, *, is_text: bool) -> None:
        """Print the bytes of a file: as they are, or as plain text on a terminal.

        Raises
        ------
        PeakTradeError
            If they are no text and this is a terminal.
        """
        if not self.is_terminal:
            sys.stdout.buffer.write(body)
            sys.stdout.buffer.flush()
        elif is_text:
            sys.stdout.write(escaped_lines(body.decode()))
        else:
            raise PeakTradeError("This is no text for a terminal; name a file with --out")

    def live(self) -> Live:
        """Return what draws over what it drew last; on a terminal alone."""
        return Live(console=self._console, auto_refresh=False, transient=False)

    def drawn(self, shown: Iterable[Shown]) -> Any:
        """Return tables and lines below each other, as one picture."""
        return Group(*(_drawn(one, self._console.width) for one in shown))


def _drawn(shown: Shown, room: int) -> Any:
    """Return a line or a table for this many columns of a terminal.

    Where there are too few, the widest column of a table is folded; where that leaves too little of
    it, each row stands as lines of a name and a value, and in the end as one below the other. No
    other word is torn.
    """
    if isinstance(shown, str):
        return shown
    lines = [shown.columns, *([_plain(cell) for cell in row] for row in shown.rows)]
    widths = [
        max(cell_len(escaped(text)) for text in column) for column in zip(*lines, strict=True)
    ]
    widest = widths.index(max(widths))
    others = sum(widths) - widths[widest] + GAP * len(widths)
    least, narrower = (FOLDED, _pairs) if any(shown.columns) else (FOLDED_VALUE, _one_by_one)
    if room - others < min(widths[widest], least) and len(widths) > 1:
        return _drawn(narrower(shown), room)
    table = Table(
        box=None,
        pad_edge=False,
        title=shown.title or None,
        title_justify="left",
        show_header=any(shown.columns),
    )
    widths[widest] = min(widths[widest], max(room - others, 1))
    for name, width in zip(shown.columns, widths, strict=True):
        justify = "right" if name in shown.numeric else "left"
        table.add_column(
            name,
            justify=justify,  # type: ignore[arg-type]
            header_style="bold",
            overflow="fold",
            width=width,
        )
    for row in shown.rows:
        table.add_row(*(_cell(cell) for cell in row))
    return table


def _pairs(grid: Grid) -> Grid:
    rows: list[Sequence[Cell | str]] = []
    for row in grid.rows:
        rows += [
            *([(name, "soft"), cell] for name, cell in zip(grid.columns, row, strict=True)),
            ["", ""],
        ]
    return Grid(("", ""), rows[:-1], title=grid.title)


def _one_by_one(grid: Grid) -> Grid:
    cells = [[cell] for row in grid.rows for cell in (row if any(map(_plain, row)) else row[:1])]
    return Grid(("",), cells, title=grid.title)


def _plain(cell: Cell | str) -> str:
    return cell if isinstance(cell, str) else cell[0]


def _cell(cell: Cell | str) -> Any:
    text, tone = (cell, "") if isinstance(cell, str) else cell
    return Text(escaped(text), style=STYLES.get(tone, "")) if tone else text
