"""THE table of the columns of a fleet dataset: a row is a run, with what its own page says of it.

The schema of the Parquet files, what is written into them, and the table in the documents are made
from here. A figure that cannot be told is null; the reason is on the run's page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from peak_trade.derive.funnel import STAGES
from peak_trade.derive.statistics import STATISTICS

TEXT, WHOLE, REAL, YES_NO = pa.string(), pa.int64(), pa.float64(), pa.bool_()
TIME: Final = pa.timestamp("us", tz="UTC")

MONTH: Final = "month"
"""Column that the files are partitioned by: `month=2026-01/`."""
UNKNOWN: Final = "unknown"
"""Month of a run whose start is not known."""


@dataclass(frozen=True, slots=True)
class FleetColumn:
    """One column; `unit` is empty for texts, counts and times, which are in UTC."""

    name: str
    type: pa.DataType
    about: str
    unit: str = ""


_RUN: Final = (
    FleetColumn("run_id", TEXT, "Id of the run: the name of its directory, after that of its root"),
    FleetColumn("root", TEXT, "Name of the root that it is below; null where one alone is built"),
    FleetColumn(
        "status", TEXT, "ok, or failed: the run could not be read, and all figures are null"
    ),
    FleetColumn("reason", TEXT, "Why it failed; empty if it did not"),
    FleetColumn("mode", TEXT, "Mode, such as shadow"),
    FleetColumn("strategy", TEXT, "Name of the strategy"),
    FleetColumn("symbol", TEXT, "Traded pair"),
    FleetColumn("timeframe", TEXT, "Length of a bar, as stored"),
    FleetColumn("currency", TEXT, "Account currency: that of the pair's quotes"),
    FleetColumn("session_id", TEXT, "The session that wrote it; null if that is not known"),
    FleetColumn("started", TIME, "Start of the run"),
    FleetColumn("ended", TIME, "Its end; null while it goes on"),
    FleetColumn("last_event", TIME, "Time of its last event"),
    FleetColumn("provisional", YES_NO, "It has not ended: its figures will change"),
    FleetColumn("active", YES_NO, "It has not ended, and its last event was under 10 minutes old"),
    FleetColumn("events", WHOLE, "Events of the run", "count"),
)
_STATISTICS: Final = tuple(
    FleetColumn(
        row.name,
        TIME if row.unit == "time" else REAL,
        f"Statistic: {row.formula}",
        "" if row.unit == "time" else row.unit,
    )
    for row in STATISTICS
)
_CHECKED: Final = (
    FleetColumn("books_checked", WHOLE, "Checks of the books that could be made", "count"),
    FleetColumn("books_failed", WHOLE, "Those that failed", "count"),
    FleetColumn("books_wrong", TEXT, "Their names, with blanks between"),
    *(
        FleetColumn(f"funnel_{name}", WHOLE, f"Decision funnel: {label}; null if not told", "count")
        for name, label in STAGES.items()
    ),
    FleetColumn("blocked", WHOLE, "Orders that the risk check blocked", "count"),
    FleetColumn("rejected", WHOLE, "Orders that were rejected", "count"),
    FleetColumn(
        "read_errors", WHOLE, "Rows, cells, values and files that could not be read", "count"
    ),
    FleetColumn("read_error_kinds", TEXT, "How many of which kind, such as `bad_row=2`"),
)
_PROVENANCE: Final = (
    FleetColumn("version", TEXT, "Version of the program that computed the row"),
    FleetColumn("as_of", TIME, "Time it was computed for"),
    FleetColumn("digest", TEXT, "Of names, sizes and times of what was read, and of the version"),
    FleetColumn(MONTH, TEXT, "Month of the start, unknown without one: the partition"),
)

COLUMNS: Final[tuple[FleetColumn, ...]] = (*_RUN, *_STATISTICS, *_CHECKED, *_PROVENANCE)

SCHEMA: Final = pa.schema(
    pa.field(column.name, column.type, metadata={"about": column.about, "unit": column.unit})
    for column in COLUMNS
)


def as_table(columns: Iterable[FleetColumn] = COLUMNS) -> str:
    """Return what the documents say of the columns."""
    lines = ["| column | type | unit | |", "|---|---|---|---|"]
    for column in columns:
        about = column.about.replace("|", "\\|")
        lines.append(f"| `{column.name}` | {column.type} | {column.unit} | {about} |")
    return "\n".join(lines)
