"""Checks every artifact below a root, file by file and line by line.

Assumes that nobody writes meanwhile; a file that changes is told as such. Guarantees that a damaged
file hides no other one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from peak_trade import jsonio
from peak_trade.artifacts import events, files, times, trades
from peak_trade.artifacts.alerts import file_day
from peak_trade.artifacts.read_errors import ReadErrors
from peak_trade.artifacts.runs import is_valid_id
from peak_trade.checking.models import (
    Artifact,
    ExecutionEvent,
    HealthSnapshot,
    RunAlert,
    RunMeta,
    Session,
    StoredAlert,
)
from peak_trade.schemas import (
    EVENT_KINDS,
    EVENTS_STEM,
    EXTRA_PREFIX,
    META_FILE,
    PLAIN_LOG,
    RUN_ALERTS_FILE,
)
from peak_trade.settings import Settings


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong and where; `line` counts from 1, 0 is the whole file."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return the problem as a line, as compilers have it."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.text}"


def check_root(settings: Settings) -> Iterator[Problem]:
    """Yield what is wrong with the artifacts in the directories of the settings."""
    runs = settings.runs_path
    for name in _names(runs, directories=True):
        if files.signature(runs / name / META_FILE) is not None:
            yield from check_run(runs / name)
        elif runs / name != settings.alerts_path:
            yield Problem(str(runs / name), 0, f"has no {META_FILE}, so it is no run")
    for name in _names(settings.sessions_path):
        if name.endswith(".json"):
            yield from _check_object(settings.sessions_path / name, Session)
    yield from _check_alerts(settings.alerts_path)
    for name in _names(settings.telemetry_path):
        if name.endswith(PLAIN_LOG):
            yield from _check_lines(settings.telemetry_path / name, ExecutionEvent)
    yield from _check_lines(settings.health_snapshots_path, HealthSnapshot)


def _check_alerts(store: Path) -> Iterator[Problem]:
    for name in _names(store):
        path = store / name
        if file_day(name):
            yield from _check_lines(path, StoredAlert)
        elif name.endswith(PLAIN_LOG):
            yield Problem(str(path), 0, "is not called alerts_YYYY-MM-DD.jsonl, so nobody reads it")


def check_run(directory: Path) -> Iterator[Problem]:
    """Yield what is wrong with one run."""
    if not is_valid_id(directory.name):
        yield Problem(str(directory), 0, "its name cannot be the id of a run")
    yield from _check_object(directory / META_FILE, RunMeta)
    try:
        yield from _check_events(directory)
        yield from _check_trades(directory)
    except files.UnusableError as error:
        yield Problem(str(directory / error.file), 0, str(error))
    yield from _check_lines(directory / RUN_ALERTS_FILE, RunAlert)


def _check_events(directory: Path) -> Iterator[Problem]:
    parquet, csv = (directory / f"{EVENTS_STEM}.{suffix}" for suffix in ("parquet", "csv"))
    seen = files.signature(parquet)
    path = parquet if seen is not None and seen.size else csv
    try:
        new = (events.read_parquet if path == parquet else events.read_csv)(path, None)
    except FileNotFoundError:
        return
    except events.UnreadableError as error:
        yield Problem(str(path), 0, f"{error} ({error.kind})")
        return
    if new is not None:
        yield from _read_errors(path, new.read_errors)
        if new.table is not None:
            yield from _check_columns(path, new.table)


def _check_columns(path: Path, table: Any) -> Iterator[Problem]:
    names = [name for name in table.column_names if not name.startswith("_")]
    for name in names:
        if name not in EVENT_KINDS and not name.startswith(EXTRA_PREFIX):
            nearest = get_close_matches(name, EVENT_KINDS, n=1)
            if nearest and nearest[0] not in names:
                yield Problem(str(path), 1, f"column {name!r}: is {nearest[0]!r} meant?")
    for name in ("ts_event", "ts_bar"):
        if name in names:
            yield from _check_times(path, name, table.column(name).to_pylist())
    if "equity" not in names:
        yield Problem(str(path), 1, "no column 'equity': no curve, drawdown or statistics")


def _check_times(path: Path, name: str, cells: list[Any]) -> Iterator[Problem]:
    """Tell of the first time without an offset: all are taken as UTC."""
    for row, cell in enumerate(cells):
        moment = times.parse_stored(cell)
        if moment is not None and moment.tzinfo is None:
            text = f"column {name!r}: {cell!r} has no offset; it is taken as UTC"
            yield Problem(str(path), row + 2, text)
            return


def _check_trades(directory: Path) -> Iterator[Problem]:
    found = trades.refresh(directory, None)
    if found is None:
        return
    path = directory / found.name
    yield from _read_errors(path, found.read_errors)
    for row, cells in enumerate(found.rows or ()):
        problem = _fill_problem(cells)
        if problem:
            yield Problem(str(path), row + 2, problem)


def _fill_problem(cells: dict[str, Any]) -> str:
    side = str(cells.get("side")).strip().lower()
    quantity, price = jsonio.number(cells.get("quantity")), jsonio.number(cells.get("price"))
    if side not in {"buy", "sell"}:
        return f"side {cells.get('side')!r} is neither buy nor sell: the fill counts nowhere"
    if not quantity or quantity < 0:
        return f"quantity {cells.get('quantity')!r} is not above 0: the fill counts nowhere"
    return "" if price is not None else "no price: the fill counts nowhere"


def _read_errors(path: Path, found: ReadErrors) -> Iterator[Problem]:
    for one in found.examples:
        yield Problem(str(path), one.line, f"{one.reason} ({one.kind})")
    if (more := found.total - len(found.examples)) > 0:
        yield Problem(str(path), 0, f"{more} more of these")


def _check_object(path: Path, model: type[Artifact]) -> Iterator[Problem]:
    data, problem = _read(path)
    if problem:
        yield problem
    if data is not None:
        yield from _check_json(path, 0, data, model)


def _check_lines(path: Path, model: type[Artifact]) -> Iterator[Problem]:
    data, problem = _read(path)
    if problem:
        yield problem
    if not data:
        return
    *lines, rest = data.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield from _check_json(path, number, line, model)
    if rest:
        yield Problem(str(path), len(lines) + 1, "no line end: as yet the line is unfinished")


def _check_json(path: Path, line: int, data: bytes, model: type[Artifact]) -> Iterator[Problem]:
    faults: list[str] = []
    try:
        value = jsonio.loads(data, faults)
    except ValueError as error:
        yield Problem(str(path), line, f"is not JSON: {error}")
        return
    if not isinstance(value, dict):
        yield Problem(str(path), line, "is not a JSON object")
        return
    for fault in faults:
        yield Problem(str(path), line, fault)
    try:
        model.model_validate(value)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False):
            key = ".".join(map(str, item["loc"]))
            yield Problem(str(path), line, f"{key}: {_sentence(item)}")


def _sentence(item: Any) -> str:
    if item["type"] == "missing":
        return "is missing"
    text = str(item["msg"]).removeprefix("Value error, ")
    shown = repr(item["input"])
    shown = shown if len(shown) <= 40 else f"{shown[:40]}…"
    return f"{shown} {text}" if text.startswith("is ") else f"{shown}: {_lower(text)}"


def _lower(text: str) -> str:
    return f"{text[0].lower()}{text[1:]}"


def _read(path: Path) -> tuple[bytes | None, Problem | None]:
    try:
        content = files.read_whole(path)
    except files.UnusableError as error:
        return None, Problem(str(path), 0, str(error))
    if content is None and files.signature(path) is not None:
        return None, Problem(str(path), 0, "changes just now, or is too large")
    return None if content is None else content[0], None


def _names(directory: Path, *, directories: bool = False) -> list[str]:
    try:
        listing = files.list_directory(directory)
    except files.UnusableError:
        return []
    return sorted(listing.directories if directories else listing.files)
