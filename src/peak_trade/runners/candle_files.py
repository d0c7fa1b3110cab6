"""Files of market data as tables of raw columns: CSV, Parquet, Feather, JSON, by their name.

Guarantees tables in the order of the file. Those of CSV, Parquet and Feather are of bounded length;
a file of JSON has to fit in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
from pyarrow import ipc, parquet

from peak_trade import jsonio
from peak_trade.errors import MarketDataError
from peak_trade.runners.candle_tables import (
    BLOCK_ROWS,
    Table,
    headerless,
    is_number,
    read_csv,
    shown,
)
from peak_trade.schemas import NULL_WORDS

_MARKETS: Final = ("symbol", "pair", "ticker", "instrument")
_LONGEST_LINE: Final = 65_536
_ROWS: Final = "a list of rows [time, open, high, low, close, volume] or of objects with such names"


def read_tables(path: Path) -> Iterator[Table]:
    """Yield the tables of a file, one after the other.

    Raises
    ------
    MarketDataError
        If it is not what its name says, or cannot be read.
    """
    kinds: dict[str, Callable[[Path], Iterator[Table]]] = {
        ".parquet": _read_parquet,
        ".pq": _read_parquet,
        ".feather": _read_feather,
        ".json": _read_json,
    }
    try:
        tables = kinds.get(path.suffix.lower(), read_csv)(path)
        yield from _of_one_market(map(_with_volume, tables))
    except OSError as error:
        reason = error.strerror or "damaged"
        raise MarketDataError(f"{path.name} cannot be read: {reason}") from None
    except pa.ArrowException:
        kind = "Feather" if path.suffix.lower() == ".feather" else "Parquet"
        raise MarketDataError(f"{path.name} is not a {kind} file; write it again") from None


def _with_volume(table: Table) -> Table:
    """Name the volume of trades as it is named here."""
    if "volume" in table.columns or "price" not in table.columns:
        return table
    return replace(table, columns=table.columns.rename(columns={"amount": "volume"}))


def _of_one_market(tables: Iterable[Table]) -> Iterator[Table]:
    """Refuse rows of another market than the first, where a column names it."""
    market: str | None = None
    for table in tables:
        name = next((name for name in _MARKETS if name in table.columns), None)
        if name is not None and table.columns.columns.is_unique:
            cells = table.columns[name].astype(str).str.strip()
            told = cells[~cells.isin(NULL_WORDS)]
            market = next(iter(told), None) if market is None else market
            others = told[told != market]
            if market is not None and len(others):
                row, other = int(str(others.index[0])), shown(others.iloc[0])
                raise MarketDataError(
                    f"{table.place(row, name)}: {other} is another market than {shown(market)} "
                    "before it; keep one market a file"
                )
        yield table


def _is_json(text: bytes) -> bool:
    try:
        jsonio.loads(text)
    except ValueError:
        return False
    return True


def _read_parquet(path: Path) -> Iterator[Table]:
    with parquet.ParquetFile(path) as file:
        yield from _typed(path.name, file.iter_batches(BLOCK_ROWS))


def _read_feather(path: Path) -> Iterator[Table]:
    with pa.OSFile(str(path)) as opened, ipc.open_file(opened) as file:
        yield from _typed(path.name, map(file.get_batch, range(file.num_record_batches)))


def _typed(file: str, batches: Iterator[Any]) -> Iterator[Table]:
    """Name the columns of each batch; an index with a name is one, that of times is `time`."""
    row = 1
    for batch in batches:
        frame = batch.to_pandas()
        if isinstance(frame.index, pd.DatetimeIndex):
            frame = frame.rename_axis("time")
        if any(name is not None for name in frame.index.names):
            frame = frame.reset_index(allow_duplicates=True)
        names = [str(name).strip().lower() for name in frame.columns]
        columns = frame.set_axis(names, axis="columns").reset_index(drop=True)
        yield Table(file, columns, first_line=row, word="row")
        row += len(frame)


def _read_json(path: Path) -> Iterator[Table]:
    try:
        rows = jsonio.loads(path.read_bytes())
    except ValueError:
        with path.open("rb") as file:
            is_lines = _is_json(file.readline(_LONGEST_LINE))
        kind = "a list but one object a line; write them as one list" if is_lines else "JSON"
        hint = "" if is_lines else "; download it again"
        raise MarketDataError(f"{path.name} is not {kind}{hint}") from None
    if not isinstance(rows, list) or not rows:
        raise MarketDataError(f"{path.name} is not {_ROWS}")
    if all(isinstance(row, dict) for row in rows):
        frame = pd.DataFrame(rows)
        names = [str(name).strip().lower() for name in frame.columns]
    else:
        names = _names_of_rows(path.name, rows)
        frame = pd.DataFrame(rows, dtype=object)
    yield Table(path.name, frame.set_axis(names, axis="columns"), first_line=1, word="row")


def _names_of_rows(file: str, rows: list[Any]) -> list[str]:
    width = len(rows[0]) if isinstance(rows[0], list) else 0
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != width:
            raise MarketDataError(f"{file}, row {number}: the file is not {_ROWS}")
    numbers = [list(map(float, row)) for row in rows[:20] if all(is_number(cell) for cell in row)]
    layout = headerless(numbers) if numbers else None
    if layout is None:
        raise MarketDataError(f"{file}, row 1: {width} values a row; the file is not {_ROWS}")
    return list(layout)
