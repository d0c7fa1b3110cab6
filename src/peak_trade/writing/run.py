"""The writer of one run directory: `meta.json`, `events.csv` or `events.parquet`, `trades.csv`.

Assumes one writer a run; its methods may be called from several threads. Guarantees that files
which are replaced are replaced atomically, that files which grow grow by whole lines, that the
columns of a run never change, and that what was flushed survives the death of the process.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from logging import getLogger
from pathlib import Path
from threading import RLock
from typing import Final, Self

from peak_trade import clock
from peak_trade.errors import ArtifactError, SettingsError
from peak_trade.schemas import (
    EVENT_COLUMNS,
    EVENTS_STEM,
    EXTRA_PREFIX,
    META_FILE,
    TRADE_COLUMNS,
    TRADES_STEM,
    Column,
    Kind,
)
from peak_trade.writing.cells import Columns, Row
from peak_trade.writing.files import iso, write_json
from peak_trade.writing.subject import Subject, check_run_id
from peak_trade.writing.tables import CsvFile, RowFile
from peak_trade.writing.tally import Tally

_REST: Final = 9
"""A flush waits for this many times what the last one took: at most a tenth of the time is spent
on rewriting a Parquet file that grows."""
_MOST_WAITING: Final = 20_000
"""Rows that wait in memory at most, however slow the disk is."""

_NONE: Final[dict[str, object]] = {}

log: Final = getLogger(__name__)


class RunExistsError(SettingsError):
    """The run directory is there already."""


class LogFormat(StrEnum):
    """Format of the event log of a run."""

    CSV = "csv"
    PARQUET = "parquet"


class RunWriter:
    """Writes one run; a context manager that closes it.

    Rows are flushed when `flush_steps` of them wait or `flush_seconds` have passed since the last
    flush, whichever comes first, but not before `rest_seconds` have passed since then or 20,000
    rows wait.

    Parameters
    ----------
    runs
        Directory of the run directories; made if it is not there.
    subject
        What is traded and how.
    run_id
        Name of the run directory, which must not exist: a run is written once and never continued,
        so that two processes can never write into one file. None: made from time and subject.
    config
        Configuration of the run, as `config_snapshot` of `meta.json`; no secrets.
    notes
        Free text.
    extra
        Names of columns beyond those of the contract, each beginning with `extra_`; their cells are
        numbers, such as the values of indicators.
    started_at
        Aware; None: now.
    on_loss
        Told in a sentence when somebody removed rows that were written.

    Raises
    ------
    RunExistsError
        If the run directory exists already.
    SettingsError
        If `run_id` or a name in `extra` cannot be used.
    """

    def __init__(
        self,
        runs: Path | str,
        subject: Subject,
        run_id: str | None = None,
        *,
        config: Mapping[str, object] = _NONE,
        notes: str = "",
        extra: Sequence[str] = (),
        log_format: LogFormat | str = LogFormat.CSV,
        flush_steps: int = 50,
        flush_seconds: float = 1.0,
        started_at: datetime | None = None,
        on_loss: Callable[[str], None] = log.warning,
    ) -> None:
        started_at = started_at or clock.now()
        columns = (*EVENT_COLUMNS, *(_extra_column(name) for name in extra))
        self._event_columns = Columns("events", columns)
        self._trade_columns = Columns("trades", TRADE_COLUMNS)
        self._event_rows: list[Row] = []
        self._trade_rows: list[Row] = []
        self._flush_steps = flush_steps
        self._flush_seconds = flush_seconds
        self._flushed_at = clock.monotonic()
        self._flush_cost = 0.0  # seconds
        self._lock = RLock()
        self._tally = Tally(self._event_columns.names)
        self.directory = _make_directory(Path(runs), subject, run_id, started_at)
        self._events = _event_file(self.directory, columns, LogFormat(log_format), on_loss)
        trades = self.directory / f"{TRADES_STEM}.csv"
        self._trades = CsvFile(trades, TRADE_COLUMNS, on_loss)
        self._meta: dict[str, object] = {
            "run_id": self.run_id,
            "mode": subject.mode,
            "strategy_name": subject.strategy,
            "symbol": subject.symbol,
            "timeframe": subject.timeframe,
            "started_at": iso(started_at),
            "ended_at": None,
            "config_snapshot": dict(config),
            "notes": notes,
        }
        try:
            self._write_meta()
        except BaseException:
            self.discard()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close()

    @property
    def run_id(self) -> str:
        """Name of the run directory."""
        return self.directory.name

    @property
    def metrics(self) -> dict[str, object]:
        """What the rows so far come to, in the words of the session registry."""
        return self._tally.metrics()

    @property
    def rest_seconds(self) -> float:
        """Shortest time from one flush to the next, for who flushes by a clock of its own."""
        return _REST * self._flush_cost

    def append(self, row: Mapping[str, object]) -> None:
        """Add one event.

        Parameters
        ----------
        row
            Cells by the names of `schemas.EVENT_COLUMNS` and of `extra`. What is not given is
            missing, except: `step` counts on, `ts_event` is now, `price` is `close`, counts of
            orders are 0, `risk_allowed` is true, and `signal_changed` follows from `signal`.

        Raises
        ------
        ArtifactError
            If a column is not known or a value is not of its kind; nothing is added then.
        OSError
            If waiting rows were due and could not be written.
        """
        with self._lock:
            self._take(self._event_columns.row(self._tally.completed(row)))

    def append_cells(self, cells: Sequence[object]) -> None:
        """Add one event of which nothing is left out: quicker, where rows come without a pause.

        Parameters
        ----------
        cells
            Those of `schemas.EVENT_COLUMNS`, then those of `extra`, in their order.

        Raises
        ------
        ArtifactError
            If they are not as many, or a value is not of its kind; nothing is added then.
        OSError
            If waiting rows were due and could not be written.
        """
        with self._lock:
            self._take(self._event_columns.cells(cells))

    def _take(self, row: Row) -> None:
        self._event_rows.append(row)
        self._tally.add(row)
        waited, count = clock.monotonic() - self._flushed_at, len(self._event_rows)
        is_due = count >= self._flush_steps or waited >= self._flush_seconds
        if is_due and (waited >= self.rest_seconds or count >= _MOST_WAITING):
            self.flush()

    def append_trade(self, row: Mapping[str, object]) -> None:
        """Add one fill; it is flushed with the events.

        Parameters
        ----------
        row
            Cells by the names of `schemas.TRADE_COLUMNS`; `side` is `buy` or `sell`, `quantity` is
            above 0. `ts` is now if it is not given.

        Raises
        ------
        ArtifactError
            If a column is not known, a value is not of its kind, or one of the three is missing.
        """
        cells = row if "ts" in row else {"ts": clock.now(), **row}
        values = self._trade_columns.row(cells)
        accepted = self._trade_columns.named(values)
        if accepted["side"] not in {"buy", "sell"}:
            side = cells.get("side")
            raise ArtifactError(f"trades, column 'side': {side!r} is neither 'buy' nor 'sell'")
        if accepted["price"] is None or not (accepted["quantity"] or 0) > 0:
            raise ArtifactError("trades: a fill needs a price, and a quantity above 0")
        with self._lock:
            self._trade_rows.append(values)

    def flush(self) -> None:
        """Write all waiting rows; when this returns they are in the file."""
        with self._lock:
            began = clock.monotonic()
            events, self._event_rows = self._event_rows, []
            trades, self._trade_rows = self._trade_rows, []
            if events:
                self._events.add(events)
            if trades:
                self._trades.add(trades)
            self._flushed_at = clock.monotonic()
            self._flush_cost = self._flushed_at - began

    def close(self, ended_at: datetime | None = None) -> None:
        """Write all waiting rows and the end of the run; None: now."""
        with self._lock:
            self.flush()
            self._meta["ended_at"] = iso(ended_at or clock.now())
            self._write_meta()

    def discard(self) -> None:
        """Remove the run, if its session could not begin."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _write_meta(self) -> None:
        write_json(self.directory / META_FILE, self._meta)


def _extra_column(name: str) -> Column:
    if not name.startswith(EXTRA_PREFIX) or not name.isprintable():
        raise SettingsError(f"column {name!r} has to begin with {EXTRA_PREFIX!r}")
    return Column(name, Kind.NUMBER, "of the producer", "its own")


def _event_file(
    directory: Path,
    columns: Sequence[Column],
    log_format: LogFormat,
    on_loss: Callable[[str], None],
) -> RowFile:
    path = directory / f"{EVENTS_STEM}.{log_format}"
    if log_format is LogFormat.CSV:
        return CsvFile(path, columns, on_loss)
    from peak_trade.writing.parquet import ParquetFile  # Arrow takes long to load

    return ParquetFile(path, columns)


def _make_directory(runs: Path, subject: Subject, run_id: str | None, started_at: datetime) -> Path:
    """Make the first run directory that does not exist yet; two processes never get the same."""
    runs.mkdir(parents=True, exist_ok=True)
    for name in subject.run_ids(started_at) if run_id is None else (run_id,):
        directory = runs / check_run_id(name)
        try:
            directory.mkdir()
        except FileExistsError:
            continue
        return directory
    raise RunExistsError(
        f"run {run_id!r} exists already, and a run is never continued; give another run id, or none"
    )
