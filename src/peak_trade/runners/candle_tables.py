"""CSV files of market data as tables of raw columns, before any cell is understood.

A file that is no comma-separated UTF-8 text is refused as what it is: another separator, a decimal
comma, an archive, a workbook, lines before the header. Guarantees tables of bounded length, in the
order of the file, and messages of one line that never quote more than a few words.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from peak_trade.errors import MarketDataError

TRADE_COLUMNS: Final = ("time", "price", "volume")
_CANDLE: Final = ("time", "open", "high", "low", "close", "volume")
_HEADERLESS: Final[dict[int, tuple[str, ...]]] = {
    3: TRADE_COLUMNS,
    6: _CANDLE,
    7: (*_CANDLE, "count"),
    8: ("time", "open", "high", "low", "close", "vwap", "volume", "count"),
    12: (
        *_CANDLE,
        *("close_time", "quote_volume", "count", "taker_buy_volume", "taker_buy_quote_volume"),
        "ignore",
    ),
}
_ORDERS: Final = (
    _CANDLE,
    ("time", "open", "close", "high", "low", "volume"),
    ("time", "low", "high", "open", "close", "volume"),
)
"""Orders of six columns, told from each other by the prices: the usual one, jesse's, Coinbase's."""

BLOCK_ROWS: Final = 50_000
"""Most rows of a table, so that a file of any length is read in bounded memory."""

_NEEDED: Final = frozenset({"open", "high", "low", "close", "price"})
"""A line with two of these names is a header."""

_COMPRESSED: Final = (
    *((b"\x1f\x8b", "GZIP"), (b"\x28\xb5\x2f\xfd", "ZSTD")),
    *((b"BZh", "BZIP2"), (b"\xfd7zXZ", "XZ")),
)
_OTHERS: Final = (b"%PDF-", b"SQLite f", b"\x89HDF")
_SIGNATURES: Final = (
    *((signature, f"compressed ({name}); unpack it") for signature, name in _COMPRESSED),
    (b"PK\x03\x04", "an archive or a workbook (ZIP, XLSX); unpack it, or save its table as CSV"),
    (b"\xd0\xcf\x11\xe0", "a workbook (XLS); save its table as CSV"),
    (b"7z\xbc\xaf", "an archive (7z); unpack it"),
    (b"PAR1", "Parquet; give its name the ending .parquet"),
    (b"ARROW1", "Feather; give its name the ending .feather"),
    (b"\xff\xfe", "UTF-16 text; save it as CSV in UTF-8"),
    (b"\xfe\xff", "UTF-16 text; save it as CSV in UTF-8"),
    *((start, "a document (PDF) or a database; export its table as CSV") for start in _OTHERS),
)
_MARKS: Final = (
    ("[", "JSON; give its name the ending .json"),
    ("{", "JSON; save its table as CSV"),
    *((f"<{word}", "HTML or XML; export it as CSV") for word in ("!", "?", "html", "table")),
)
_SEPARATORS: Final = {";": "';'", "\t": "tabs", "|": "'|'"}
_QUOTES: Final = " \"'<>"
_HEAD, _LOOKED_AT, _LONGEST_SIGNATURE = 65_536, 20, 8
"""Characters, lines and bytes of the beginning in which layout and kind are looked for."""
_SHOWN, _SHOWN_NAMES = 40, 200
"""Characters of a cell, and of the names of columns, in a message."""
_DECIMAL_COMMA: Final = re.compile(r"\s*[+-]?\d[\d.\s]*,\d+(e[+-]?\d+)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """Named raw columns, text or typed, and where they came from."""

    file: str
    columns: pd.DataFrame
    first_line: int
    word: str = "line"

    def place(self, row: int, column: str) -> str:
        """Return where a cell stands, for a message."""
        return f"{self.file}, {self.word} {row + self.first_line}, column '{column}'"

    def part(self, start: int, stop: int) -> Table:
        """Return the rows from one on and before another, which keep their lines."""
        rows = self.columns.iloc[start:stop].reset_index(drop=True)
        return replace(self, columns=rows, first_line=self.first_line + start)


def shown(text: str, most: int = _SHOWN) -> str:
    """Return a text of the file as a message may quote it."""
    return repr(text if len(text) <= most else f"{text[:most]}…")


def has_decimal_comma(text: str) -> bool:
    """Tell whether the text is a number with a comma as decimal sign."""
    return _DECIMAL_COMMA.fullmatch(text) is not None


def read_csv(path: Path) -> Iterator[Table]:
    """Yield the columns of a CSV file as text, `BLOCK_ROWS` rows at a time.

    Raises
    ------
    MarketDataError
        If it is no comma-separated UTF-8 text with a header or in a layout that is known.
    """
    try:
        blank, first, lines = _look_at(path)
        names, skipped = _names(path.name, first, lines), blank + 1
        if all(map(is_number, first)):
            skipped = 0
        with pd.read_csv(
            path,
            header=None,
            names=range(len(first)),
            index_col=False,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
            encoding="utf-8-sig",
            chunksize=BLOCK_ROWS,
        ) as reader:
            line = 1
            for raw in reader:
                columns = raw.set_axis(names, axis="columns").reset_index(drop=True)
                yield Table(path.name, columns, line).part(skipped if line == 1 else 0, len(raw))
                line += len(raw)
    except OSError as error:
        raise MarketDataError(f"{path.name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MarketDataError(f"{path.name} is not UTF-8 text; save it as UTF-8 CSV") from None
    except (csv.Error, pd.errors.ParserError) as error:
        raise MarketDataError(f"{path.name}, {_problem(str(error))}") from None


def require_columns(table: Table, wanted: tuple[str, ...]) -> None:
    """Check that these columns are there.

    Raises
    ------
    MarketDataError
        If one is missing, or any column is there twice.
    """
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        found = shown(", ".join(map(str, table.columns.columns)), _SHOWN_NAMES)
        where = "in the first line" if table.word == "line" else "so"
        raise MarketDataError(
            f"{table.file}, {table.word} 1: no column '{missing[0]}' (columns needed: "
            f"{', '.join(dict.fromkeys(('time', *wanted)))}; found: {found}). "
            f"Name the columns {where}"
        )
    repeated = table.columns.columns[table.columns.columns.duplicated()]
    if len(repeated):
        name = shown(str(repeated[0]))
        raise MarketDataError(
            f"{table.file}, {table.word} 1: column {name} is there twice; remove or rename one"
        )


def _look_at(path: Path) -> tuple[int, list[str], list[str]]:
    """Return how many blank lines come first, the cells of the next one, and the first lines.

    It has to be one that a table can begin with.
    """
    with path.open("rb") as file:
        start = file.read(_LONGEST_SIGNATURE)
    kind = next((kind for signature, kind in _SIGNATURES if start.startswith(signature)), None)
    if kind is None and b"\0" in start:
        kind = "no text, or UTF-16; save it as CSV in UTF-8"
    if kind is None:
        with path.open(encoding="utf-8-sig") as text:
            head = text.read(_HEAD)
        begin = head.lstrip().lower()
        kind = next((kind for mark, kind in _MARKS if begin.startswith(mark)), None)
    if kind is not None:
        raise MarketDataError(f"{path.name} is {kind}")
    with path.open(encoding="utf-8-sig", newline="") as text:
        rows = enumerate(csv.reader(text))
        blank, first = next(((n, row) for n, row in rows if any(map(str.strip, row))), (0, None))
    if first is None:
        raise MarketDataError(f"{path.name}, line 1: the file is empty; export it again")
    lines = head.splitlines()[:_LOOKED_AT]
    _check_separator(path.name, lines)
    _check_header(path.name, first, lines)
    return blank, first, lines


def _check_separator(file: str, lines: list[str]) -> None:
    for number, line in enumerate(lines, start=1):
        for separator, word in _SEPARATORS.items():
            cells = [cell.strip(_QUOTES) for cell in line.split(separator)]
            if len(cells) < len(TRADE_COLUMNS) or not (_is_header(cells) or _are_numbers(cells)):
                continue
            both = any(has_decimal_comma(cell) for line in lines for cell in line.split(separator))
            found, wanted = f"{word} between the columns", "',' between the columns"
            if both:
                found, wanted = f"{found} and ',' as decimal sign", f"{wanted} and '.' in numbers"
            raise MarketDataError(f"{file}, line {number}: {found}; save the file with {wanted}")


def _check_header(file: str, first: list[str], lines: list[str]) -> None:
    """Refuse lines before the header, and a first line that is neither header nor data."""
    if _is_header(first) or _are_numbers(first):
        if comma := next(filter(has_decimal_comma, first), None):
            raise MarketDataError(
                f"{file}, line 1: {shown(comma)} has ',' as decimal sign; save the file with '.' "
                "in numbers"
            )
        return
    for number, line in enumerate(lines[1:], start=2):
        if _is_header(line.split(",")):
            raise MarketDataError(
                f"{file}, line 1: {shown(','.join(first))} is no header, line {number} is; remove "
                "the lines before it"
            )
    if len(first) == 1:
        raise MarketDataError(
            f"{file}, line 1: only one column, {shown(first[0])}; save the file with ',' between "
            "the columns, and nothing before their names"
        )


def _is_header(cells: list[str]) -> bool:
    return len(_NEEDED & {cell.strip(_QUOTES).lower() for cell in cells}) > 1


def _are_numbers(cells: list[str]) -> bool:
    return all(is_number(cell) or has_decimal_comma(cell) for cell in cells)


def is_number(cell: Any) -> bool:
    """Tell whether a cell is a number, or the text of one."""
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return True


def _problem(error: str) -> str:
    """Return what a parser of CSV complains of, in words of ours."""
    if match := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", error):
        expected, line, found = map(int, match.groups())
        hint = ", or write '.' where ',' is the decimal sign" if found > expected else ""
        return (
            f"line {line}: not as many cells as in the first line ({found}, there {expected}); "
            f"correct or remove the line{hint}"
        )
    if match := re.search(r"EOF inside string starting at row (\d+)", error):
        return f"line {int(match[1]) + 1}: a quote that is never closed; close or remove it"
    return "line 1: a cell of more than 100,000 characters; this is no table, export it again"


def _names(file: str, first: list[str], lines: list[str]) -> list[str]:
    """Return the names of the columns: those of the first line, or of a layout without any."""
    if not all(map(is_number, first)):
        return [name.strip(" <>").lower() for name in first]
    rows = [first, *(line.split(",") for line in lines)]
    numbers = [list(map(float, row)) for row in rows if all(map(is_number, row))]
    if layout := headerless(numbers):
        return list(layout)
    raise MarketDataError(
        f"{file}, line 1: {len(first)} columns of numbers without a header, in no order that is "
        "known; downloads have 3 (trades) or 6, 7, 8 or 12 (candles). Add a header line"
    )


def headerless(rows: Sequence[Sequence[float]]) -> tuple[str, ...] | None:
    """Return the names of the columns of rows that have no header; None: no such layout."""
    layout = _HEADERLESS.get(len(rows[0]))
    if layout != _CANDLE:
        return layout
    candles = [row for row in rows if len(row) == len(_CANDLE)]
    fitting = {order: sum(_fits(order, row) for row in candles) for order in _ORDERS}
    best = max(_ORDERS, key=fitting.__getitem__)
    return best if 2 * fitting[best] >= len(candles) else None


def _fits(order: Sequence[str], row: Sequence[float]) -> bool:
    """Tell whether no price of a row is above its high or below its low."""
    candle = dict(zip(order, row, strict=True))
    prices = (candle["open"], candle["close"])
    return not any(price > candle["high"] or price < candle["low"] for price in prices)
