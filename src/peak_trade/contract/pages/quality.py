"""Payload of data quality: what could not be read, and what was read but is at fault.

Read errors are those of the artifacts that the process has read so far, and the payload says which
these are; the newest `limit` runs are read for it, all others in the background. Nothing is
repaired: each kind says what readers do instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Final, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.coverage import ReadErrorCoverage, read_error_coverage
from peak_trade.contract.base.fields import about
from peak_trade.contract.base.freshness import Freshness, known_freshness
from peak_trade.contract.base.life import known_lives
from peak_trade.contract.base.route import Context, Params
from peak_trade.derive.timeframes import candle_length
from peak_trade.errors import UnlistedError
from peak_trade.i18n import mark
from peak_trade.store.live import LiveStore
from peak_trade.store.local import LocalStore
from peak_trade.store.runs_state import RunState
from peak_trade.store.tally import ReadErrorPlace

MAX_EXAMPLES: Final = 100
MAX_PLACES: Final = 100
SKEW: Final = timedelta(minutes=1)
"""Clocks of machines may differ by this much."""

KINDS: Final = {
    "away": (
        mark("A store of objects that cannot be reached"),
        mark("Its copy is shown as it was"),
    ),
    "bad_cell": (mark("A cell that is none of its column's type"), mark("It is read as no value")),
    "bad_line": (
        mark("A line that is no usable JSON object"),
        mark("It is skipped, all others count"),
    ),
    "bad_row": (mark("A line that is no CSV record"), mark("It is skipped, all others count")),
    "bad_value": (
        mark("A value that is none of its key's type, or too large"),
        mark("It is read as no value, the rest of its record counts"),
    ),
    "beyond_bounds": (
        mark("Objects of a store beyond the bounds of the settings"),
        mark("They are left out, the newest are shown"),
    ),
    "damaged": (
        mark("A compressed log that is cut or damaged"),
        mark("The lines before that are shown"),
    ),
    "line_too_long": (mark("A line longer than 16 MB"), mark("It is skipped, all others count")),
    "missing": (
        mark("A directory that is not there, or not any more"),
        mark("Its lists are empty until it is back"),
    ),
    "missing_cells": (
        mark("A row with fewer cells than the header"),
        mark("Missing cells have no value"),
    ),
    "no_known_column": (
        mark("A file of events without any known column"),
        mark("Its rows have neither times nor numbers"),
    ),
    "not_copied": (
        mark("An object of a store that cannot be copied, by its name, its size or its rights"),
        mark("It is left out, or stays as it was known"),
    ),
    "not_utf8": (mark("A line that is no UTF-8"), mark("It is skipped, all others count")),
    "surplus_cells": (
        mark("A row with more cells than the header"),
        mark("Surplus cells are left out"),
    ),
    "too_large": (
        mark("A file or a cell beyond its bound"),
        mark("It is left out, or stays as it was known"),
    ),
    "unreadable": (
        mark("A file that is half-written or damaged"),
        mark("The last good rows are kept"),
    ),
    "unlisted": (
        mark("A directory that cannot be listed"),
        mark("What was known of it is kept"),
    ),
    "unusable_entry": (
        mark("A file or directory that cannot be read, or that leads out"),
        mark("It is left out, or stays as it was known"),
    ),
    "unusable_meta": (mark("A meta.json without what makes a run"), mark("The run is not listed")),
    "unusable_session": (
        mark("A record without what makes a session"),
        mark("The session is not listed"),
    ),
}
"""Kind of a read error to what it is and what readers do."""

UNKNOWN_KIND: Final = (mark("Another read error"), mark("It is left out"))


class ReadErrorKind(TypedDict):
    """Read errors of one kind."""

    kind: Annotated[str, about("Name of the kind", "bad_line")]
    count: Annotated[int, about("Read errors of this kind", 3)]
    meaning: Annotated[str, about("What it is", "A line that is no usable JSON object")]
    consequence: Annotated[str, about("What readers do", "It is skipped, all others count")]


class PlaceReadErrors(TypedDict):
    """Read errors of one family of artifacts, or of one run."""

    family: Annotated[
        str, about("runs (the list), run, sessions, alerts, telemetry, storage", "alerts")
    ]
    run_id: Annotated[str | None, about("Name of the run's directory, for a run", None)]
    count: Annotated[int, about("Read errors of all kinds", 3)]
    kinds: Annotated[dict[str, int], about("Read errors by kind", {"bad_line": 3})]


NAMED_BY_ROOT: Final = frozenset({"runs", "sessions"})
"""Families whose files begin with the name of their root."""


class ReadErrorExample(TypedDict):
    """One read error."""

    family: Annotated[
        str, about("runs (the list), run, sessions, alerts, telemetry, storage", "alerts")
    ]
    run_id: Annotated[str | None, about("Name of the run's directory, for a run", None)]
    root: NotRequired[f.Root]
    kind: Annotated[str, about("Name of the kind", "bad_line")]
    file: Annotated[str, about("Name of the file", "alerts_2026-01-14.jsonl")]
    line: Annotated[int | None, about("Line from 1; null for all of the file", 4)]
    reason: Annotated[str, about("Why it could not be read", "not JSON")]


class RunFaults(TypedDict):
    """Faults of one run's rows, which were read all the same."""

    run_id: f.RunId
    root: NotRequired[f.Root]
    rows: Annotated[int, about("Rows of the run", 240)]
    gaps: Annotated[int, about("Jumps of the step by more than one", 1)]
    missing: Annotated[int, about("Steps that the gaps leave out", 7)]
    holes: Annotated[int, about("Places where candles of its time frame are missing", 1)]
    missing_candles: Annotated[int, about("Candles that the holes leave out", 480)]
    repeated: Annotated[int, about("Rows with the step of the row before", 0)]
    out_of_order: Annotated[
        int, about("Rows in the file behind one with a greater step; readers sort them", 0)
    ]
    backwards: Annotated[int, about("Rows whose time is before that of the row before", 0)]
    untimed: Annotated[int, about("Rows without a usable time", 0)]
    ahead_seconds: Annotated[
        float | None, about("How far the newest row is ahead of now, if a minute or more", None)
    ]
    read_errors: Annotated[
        int, about("Cells, lines and files of the run that could not be read", 2)
    ]
    losses: Annotated[int, f.old_name("read_errors", 2)]


class QualityPayload(TypedDict):
    """What could not be read and what is at fault, as far as known."""

    as_of: f.AsOf
    read_errors: Annotated[int, about("Read errors of all kinds", 12)]
    losses: Annotated[int, f.old_name("read_errors", 12)]
    coverage: Annotated[ReadErrorCoverage, about("What that count covers")]
    kinds: Annotated[list[ReadErrorKind], about("Read errors by kind, most first")]
    places: Annotated[
        list[PlaceReadErrors], about("Where the read errors are, most first, at most 100")
    ]
    examples: Annotated[list[ReadErrorExample], about("The newest of each place, at most 100")]
    runs_total: Annotated[int, about("Runs that are listed", 55)]
    runs_checked: Annotated[int, about("The newest runs, whose rows were looked at", 50)]
    runs: Annotated[list[RunFaults], about("Runs among them with a fault, newest first")]
    repeated_sessions: Annotated[
        int, about("Records with the id of another record; the last file name counts", 1)
    ]
    freshness: Annotated[
        Freshness | None,
        about("Of the newest run, or of an open session with a newer sign of life"),
    ]
    future_alerts: Annotated[int, about("Stored alerts a minute or more ahead of now", 1)]


class QualityParams(Params):
    """Parameters of data quality."""

    limit: int = Field(50, ge=1, le=200, description="Number of runs to look at, the newest ones")


async def quality(context: Context, params: QualityParams) -> QualityPayload:
    """Give read errors and faults of the artifacts."""
    store, now = context.store, context.now
    states = await refresh(store, params.limit, now)
    sessions = store.local.sessions
    places = sorted(
        (place for place in store.local.read_error_places() if place.read_errors.total),
        key=lambda place: -place.read_errors.total,
    )
    days = store.local.alerts.days.values()
    alerts = (alert.instant for day in days for alert in day.records)
    future = await store.compute(lambda: sum(instant > now + SKEW for instant in alerts))
    total = sum(place.read_errors.total for place in places)
    alive = known_lives(store.local, context.settings, now)
    return {
        "as_of": now.isoformat(),
        "read_errors": total,
        "losses": total,
        "coverage": read_error_coverage(store.local.coverage()),
        "kinds": read_error_kinds(places),
        "places": [place_read_errors(place) for place in places[:MAX_PLACES]],
        "examples": [
            _example_of_root(store.local, example)
            for example in read_error_examples(places)[:MAX_EXAMPLES]
        ],
        "runs_total": len(store.local.index.ordered),
        "runs_checked": len(states),
        "runs": [
            _faults_of_root(store.local, faults)
            for state in states
            if (faults := run_faults(state, now))
        ],
        "repeated_sessions": len(sessions.ordered) - len(sessions.by_id),
        "future_alerts": future,
        "freshness": known_freshness(alive.newest(store.local.index.ordered)),
    }


def _faults_of_root(local: LocalStore, faults: RunFaults) -> RunFaults:
    name = local.root_of(faults["run_id"]).name
    return {**faults, "root": name} if name else faults


def _example_of_root(local: LocalStore, example: ReadErrorExample) -> ReadErrorExample:
    """Return a read error with its root, where run or file are named by their identifiers."""
    file = example["file"] if example["family"] in NAMED_BY_ROOT else ""
    key = example["run_id"] or file
    name = local.root_of(key).name if key else ""
    return {**example, "root": name} if name else example


async def refresh(store: LiveStore, limit: int, now: datetime) -> list[RunState]:
    """Refresh everything but the lines of logs; return the runs with the newest events.

    A directory that cannot be listed is a read error like others, and hides none of them.
    """
    states: list[RunState | None] = []
    await store.directories()
    with suppress(UnlistedError):
        index = await store.index()
        states = [await store.run(summary.run_id) for summary in index.ordered[:limit]]
        for summary in index.ordered[:limit]:
            await store.trades(summary.run_id)
    for others in (store.sessions, store.logs, store.health_snapshots, store.rule_alerts):
        with suppress(UnlistedError):
            await others()
    with suppress(UnlistedError):
        await store.alerts(now - timedelta(days=1), now)
    return [state for state in states if state is not None]


def read_error_kinds(places: Iterable[ReadErrorPlace]) -> list[ReadErrorKind]:
    """Return read errors by kind, most first."""
    total: Counter[str] = Counter()
    for place in places:
        total.update(place.read_errors.counts)
    rows: list[ReadErrorKind] = []
    for kind, count in total.most_common():
        meaning, consequence = KINDS.get(kind, UNKNOWN_KIND)
        rows.append({"kind": kind, "count": count, "meaning": meaning, "consequence": consequence})
    return rows


def place_read_errors(place: ReadErrorPlace) -> PlaceReadErrors:
    """Return the read errors of one place."""
    return {
        "family": place.family,
        "run_id": place.run_id,
        "count": place.read_errors.total,
        "kinds": dict(sorted(place.read_errors.counts.items())),
    }


def read_error_examples(places: Iterable[ReadErrorPlace]) -> list[ReadErrorExample]:
    """Return the known examples, the newest of each place first."""
    return [
        {
            "family": place.family,
            "run_id": place.run_id,
            "kind": read_error.kind,
            "file": read_error.file,
            "line": read_error.line or None,
            "reason": read_error.reason,
        }
        for place in places
        for read_error in reversed(place.read_errors.examples)
    ]


def run_faults(state: RunState, now: datetime) -> RunFaults | None:
    """Return the faults of a run, None if it has none."""
    faults, events = state.events.faults, state.events
    lead = faults.latest - now if faults.latest is not None else timedelta()
    holes = faults.holes(candle_length(state.meta.timeframe))
    found: RunFaults = {
        "run_id": state.run_id,
        "rows": events.metrics.steps,
        "gaps": faults.gaps,
        "missing": faults.missing,
        "holes": holes.places,
        "missing_candles": holes.candles,
        "repeated": faults.repeated,
        "out_of_order": events.order.drawdown_curve,
        "backwards": faults.backwards,
        "untimed": faults.untimed,
        "ahead_seconds": lead.total_seconds() if lead > SKEW else None,
        "read_errors": state.read_errors.total,
        "losses": state.read_errors.total,
    }
    counts = (value for name, value in found.items() if name not in {"run_id", "rows"})
    return found if any(counts) else None
